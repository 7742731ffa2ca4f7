"""Line-wise wrappings: what engines, CI runners and supervisors put around each line."""
