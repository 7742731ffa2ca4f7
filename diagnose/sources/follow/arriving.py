"""Files that are seen for the first time: they are of their own, or copies of what is read anyway, or it cannot be told yet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from diagnose.sources.follow.between import Between, Key
from diagnose.sources.follow.copies import Copies
from diagnose.sources.follow.file import Followed, fresh
from diagnose.sources.follow.identity import NOTHING, Mark, proves
from diagnose.sources.follow.opening import is_packed, open_copy, open_regular
from diagnose.sources.follow.roll import Roll
from diagnose.sources.follow.row import COPY, LEAVING, LIVE, Row

WARNED = 10_000
"""Paths that are remembered for what was told of them."""


class Arriving:
    """`at_end`: whether a file that is there at the first look is read from its end. `tell` is given warnings, each once."""

    def __init__(
        self, roll: Roll, copies: Copies, between: Between, at_end: Callable[[str], bool], tell: Callable[[str], None]
    ) -> None:
        self._roll, self._copies, self._between = roll, copies, between
        self._at_end, self._tell = at_end, tell
        self.first = True
        """Whether this is the first look."""
        self._deferred: set[Key] = set()
        """Files that were there at first, and could not be told from copies yet."""
        self._told: dict[str, str] = {}

    def warn(self, path: str, reason: str) -> None:
        """Tell what is the matter with a path."""
        if self._told.get(path) != reason:
            if len(self._told) > WARNED:
                self._told.clear()
            self._told[path] = reason
            self._tell(f"{path}: {reason}")

    def new(self, path: str, key: Key, *, base: str = "") -> Followed | None:
        """A file that was not seen before. `base`: the path that it had until it was rotated."""
        try:
            descriptor = open_regular(path)
        except OSError as error:
            self.warn(path, error.strerror or str(error))
            return None
        try:
            if is_packed(descriptor):
                self.warn(path, "it is compressed: not followed")
                return None
            is_copy = self._copies.original(path, descriptor, self._roll.originals_of(path), self._between.was_followed)
            if is_copy is None:
                self._between.doubt(key, base or path)
                if self.first and not base:
                    self._deferred.add(key)
                return None
            file = fresh(self._roll.name(base or path), path, descriptor, at_end=not base and self._begins_at_end(path, key))
            descriptor = -1
        except OSError as error:
            self.warn(path, error.strerror or str(error))
            return None
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        if is_copy:
            file.state = COPY
            file.pass_over()
            file.rest()
        self._told.pop(path, None)
        self._roll.add(file)
        return file

    def _begins_at_end(self, path: str, key: Key) -> bool:
        return (self.first or key in self._deferred) and path not in self._roll.replaced and self._at_end(path)

    def rotated(self, path: str, key: Key, base: str, *, named: bool) -> None:
        """A file that may have had the path `base`, and was rotated before anybody looked. `named`: its own path is followed, too."""
        if key in self._roll.by_key:
            return
        try:
            copy = open_copy(path)
        except OSError as error:
            self.warn(path, error.strerror or str(error))
            return
        row = self._roll.resting.get(key)
        if (row is not None and proves(copy.read, row.mark)) or (named and copy.packed is None):
            copy.close()
            return
        if copy.packed is None:
            copy.close()
            file = self.new(path, key, base=base)
            if file is not None:
                self._roll.by_path.pop(path, None)
                if file.state == LIVE:
                    file.state, file.left = LEAVING, time.monotonic()
                else:
                    self._roll.pass_by(file)
            return
        known = self._copies.packed(copy, self._roll.files.values(), self._roll.resting.values())
        if known is None:
            self._between.doubt(key, base)
        if known is not False:
            copy.close()
            return
        file = Followed(Row(self._roll.name(base), path, LEAVING, Mark(*key, NOTHING, 0, NOTHING)))
        file.adopt(copy)
        self._roll.add(file)
