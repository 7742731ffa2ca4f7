"""Following files that grow, are rotated, truncated, replaced and compressed: nothing lost, nothing read twice.

Polling `stat` is the truth; inotify (`wake.py`) only makes the next poll come sooner. A file is what its device, inode and first
bytes say (`identity.py`), a place in it what the bytes just before its offset say. `file.py` is one file, `search.py`
finds what locations name and where a file went, `follower.py` keeps them all in order, `checkpoints.py` on disk.
"""
