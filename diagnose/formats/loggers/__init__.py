"""Text lines of loggers, and what runtimes print themselves, one family a file."""
