"""What a tail reads from: files that are followed, and pipes. Each keeps its own place and writes it with everybody else's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from diagnose.sources import STDIN, dup_stdin
from diagnose.sources.follow.checkpoints import Checkpoints
from diagnose.sources.follow.file import Followed
from diagnose.sources.follow.follower import Follower
from diagnose.sources.follow.pipe import Pipe
from diagnose.state import State


class LiveSource(Protocol):
    """Some feeds that come and go."""

    def poll(self, *, discover: bool) -> None:
        """Look for what is new. Never raises for what the world does."""

    def ready(self) -> Iterator[Followed | Pipe]:
        """Those that have something to read."""

    def feeds(self) -> Iterable[Followed | Pipe]:
        """All of them."""

    def ended(self, feed: Followed | Pipe) -> None:
        """One was read to its end."""

    @property
    def is_over(self) -> bool:
        """Whether nothing can come any more."""

    @property
    def descriptors(self) -> Sequence[int]:
        """What wakes the reader."""

    @property
    def folders(self) -> Iterable[str]:
        """Folders whose changes wake the reader."""

    def write(self, database: sqlite3.Connection) -> None:
        """Keep how far was read, within a transaction. Raises sqlite3.Error."""

    def written(self) -> None:
        """The transaction went through."""

    def close(self) -> None:
        """Give all back."""


class Files:
    """Files that locations name, with checkpoints in the state.

    `from_start`: what is there at the first start is read too. `tell` is given warnings.
    """

    def __init__(
        self, locations: Sequence[str], state: State, *, from_start: bool = False, tell: Callable[[str], None] = print
    ) -> None:
        self._locations = tuple(locations)
        self._checkpoints = Checkpoints(state)
        rows = self._checkpoints.load()
        kept = [self._checkpoints.kept(location) for location in locations]
        # A damaged state: to read again is better than to lose; what is told again bears the same ids.
        known = bool(state.broken) or all(one is not None for one in kept)
        count = max((int(one) for one in kept if one is not None), default=0)
        self.follower = Follower(
            locations,
            known=rows,
            bystanders=self._checkpoints.bystanders(),
            count=count,
            at_end=lambda path: not (from_start or known),
            tell=tell,
        )

    def poll(self, *, discover: bool) -> None:
        """See `LiveSource`."""
        self.follower.poll(discover=discover)
        self.follower.rest()

    def ready(self) -> Iterator[Followed]:
        """See `LiveSource`."""
        return self.follower.ready()

    def feeds(self) -> Iterable[Followed]:
        """See `LiveSource`."""
        return list(self.follower.files.values())

    def ended(self, feed: Followed | Pipe) -> None:
        """See `LiveSource`."""
        assert isinstance(feed, Followed)
        self.follower.retire(feed)

    is_over = False
    descriptors: Sequence[int] = ()

    @property
    def folders(self) -> Iterable[str]:
        """See `LiveSource`."""
        return self.follower.folders

    def write(self, database: sqlite3.Connection) -> None:
        """See `LiveSource`."""
        count = str(self.follower.count)
        places = ((location, count) for location in self._locations)
        self._checkpoints.write(database, self.follower.rows(), places, self.follower.bystanders)

    def written(self) -> None:
        """See `LiveSource`."""
        self._checkpoints.written()

    def close(self) -> None:
        """See `LiveSource`."""
        self.follower.close()


class Piped:
    """Standard input, or another pipe. It has no place to go on from."""

    folders: Iterable[str] = ()

    def __init__(self, pipe: Pipe | None = None) -> None:
        """Raises InputError where standard input is closed."""
        self.pipe = pipe or Pipe(STDIN, dup_stdin())
        self.is_over = False

    def poll(self, *, discover: bool) -> None:
        """See `LiveSource`."""

    def ready(self) -> Iterator[Pipe]:
        """See `LiveSource`."""
        if not self.is_over and self.pipe.is_ready:
            yield self.pipe

    def feeds(self) -> Iterable[Pipe]:
        """See `LiveSource`."""
        return () if self.is_over else (self.pipe,)

    def ended(self, feed: Followed | Pipe) -> None:
        """See `LiveSource`."""
        self.is_over = True
        self.pipe.close()

    @property
    def descriptors(self) -> Sequence[int]:
        """See `LiveSource`."""
        return () if self.is_over else (self.pipe.descriptor,)

    def write(self, database: sqlite3.Connection) -> None:
        """See `LiveSource`."""

    def written(self) -> None:
        """See `LiveSource`."""

    def close(self) -> None:
        """See `LiveSource`."""
        self.pipe.close()
