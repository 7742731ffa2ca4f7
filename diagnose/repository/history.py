"""What git says of a line: the commit that last touched it.

`git blame` is asked for the committed file, so that no filter of the repository's settings is run over the working one; conversions,
hooks, pagers, monitors and the fetching of missing objects are off. All questions together have a time.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from diagnose.model import SECOND, Commit

PATIENCE = 2.0
"""Seconds for one question."""

ALL = 6.0
"""Seconds for all of a run."""

_OFF = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat", "-c", "diff.external="),
    *("-c", "blame.ignoreRevsFile=", "-c", "protocol.allow=never", "-c", "core.quotePath=false"),
)
_NOBODY = "0" * 40


class History:
    """Of one repository. Where there is none, or git is missing, there is no commit."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._left = ALL
        self._shallow: bool | None = None
        self._known: dict[tuple[str, int], Commit | None] = {}

    def commit(self, file: str, line: int, text: str) -> Commit | None:
        """What last touched a line; None where git does not know, or the committed line reads differently."""
        key = (file, line)
        if key not in self._known:
            self._known[key] = self._ask(file, line, text)
        return self._known[key]

    def _ask(self, file: str, line: int, text: str) -> Commit | None:
        told = self._git("blame", "--no-textconv", "--porcelain", f"-L{line},{line}", "HEAD", "--", file)
        rows = told.decode("utf-8", "replace").split("\n") if told else []
        fields = {row.partition(" ")[0]: row.partition(" ")[2] for row in rows[1:] if not row.startswith("\t")}
        committed = next((row[1:] for row in rows if row.startswith("\t")), None)
        if committed is None or committed.rstrip("\r") != text or ("boundary" in fields and self._is_shallow()):
            return None
        id_, moment = rows[0].split(" ")[0], fields.get("author-time", "")
        if id_ == _NOBODY or not moment.isdigit():
            return None
        return Commit(id_[:12], fields.get("author", ""), int(moment) * SECOND, fields.get("summary", ""))

    def _is_shallow(self) -> bool:
        """Whether history is cut off: the commit at the cut seems to have written all there is."""
        if self._shallow is None:
            self._shallow = self._git("rev-parse", "--is-shallow-repository") != b"false\n"
        return self._shallow

    def _git(self, *words: str) -> bytes:
        if self._left <= 0:
            return b""
        begun = time.monotonic()
        env = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat", "LC_ALL": "C"}
        try:
            done = subprocess.run(
                ["git", "--no-pager", *_OFF, *words], cwd=self._root, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=min(PATIENCE, self._left), check=False, env={**os.environ, **env},
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError, ValueError):
            return b""
        finally:
            self._left -= time.monotonic() - begun
        return done.stdout if done.returncode == 0 else b""
