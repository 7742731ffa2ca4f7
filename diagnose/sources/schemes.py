"""Openers of locations that are no paths. What reads them is imported when a location asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.sources import Input

SCHEME = "://"


class SchemeOpener:
    """Opens and lists locations of some schemes; none named: of all others, if there is no file of that name."""

    def __init__(self, name: str, *schemes: str) -> None:
        self.name = name
        self._schemes = schemes

    def accepts(self, location: str) -> bool:
        """See Opener."""
        scheme, sign, _ = location.partition(SCHEME)
        if not sign or not scheme.replace("+", "").replace("-", "").isalnum():
            return False
        return scheme.lower() in self._schemes if self._schemes else len(scheme) > 1 and not os.path.exists(location)

    def list(self, location: str) -> Iterable[Input]:
        """What the location stands for. Raises InputError."""
        from diagnose.sources import remote

        return remote.LISTS[self.name](location)

    def open(self, location: str) -> IO[bytes]:
        """See Opener."""
        from diagnose.sources import remote

        return remote.opened(location, remote.ASKS[self.name])


HTTP = SchemeOpener("http", "http", "https")
S3 = SchemeOpener("s3", "s3")
OTHERS = SchemeOpener("fsspec")
