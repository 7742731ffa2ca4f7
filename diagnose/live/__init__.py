"""Findings while logs are still being written: `diagnose tail` and `diagnose run`.

`readings.py` gives each source its turn, `changes.py` tells what opened, changed or was resolved, `outages.py` makes one thing of all findings of
one incident, `memory.py` keeps what must outlive the process, `tailing.py` is the loop that ties them together.
"""
