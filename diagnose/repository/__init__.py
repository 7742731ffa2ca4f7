"""Logs meet code: blamed frames are found in the reader's own repository, with the lines around and the commit that touched them.

`files.py` knows the repository's files and reads them, `frames.py` finds the file of a frame, `maps.py` reads source maps,
`history.py` asks git. Nothing is run that a repository names, and nothing outside its folder is read.
"""

from diagnose.repository.meeting import with_code

__all__ = ["with_code"]
