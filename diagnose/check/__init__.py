"""`diagnose check`: the constructs in code and configuration that cause what rules recognise in logs, before they do.

Rules carry detectors in their `source:` half (`detector.py`); `look.py` is the way of one file, `checking.py` that of many.
"""
