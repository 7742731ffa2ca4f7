"""The order in which a rotated log was written: dated files, then numbered ones from the highest down, then the one without either."""

from __future__ import annotations

import re
from typing import NamedTuple

from diagnose.lazy import lazy

_PACKED = lazy(r"\.(?:gz|zst|xz|bz2|lz4|zip|tar|tgz)\Z", re.IGNORECASE)
_DATE = lazy(
    r"(?<=.)[-._@](\d{4}-?\d\d(?:-?\d\d)?(?:[-_T.]?\d\d[-:.]?\d\d(?:[-:.]?\d\d)?)?|\d{10})"
    r"(?:[-._](?P<number>\d{1,4}))?(?=\.[A-Za-z]+\Z|\Z)"
)
_NUMBER = lazy(r"(?<=.)[-._](?P<number>\d{1,4})(?=\.[A-Za-z]+\Z|\Z)")

_DATED, _NUMBERED, _BARE = 0, 1, 2


class Turn(NamedTuple):
    """A file's place: its log, then its turn. `number` counts down, so it is negative."""

    log: str
    kind: int
    date: str
    number: int
    name: str


def turn(name: str) -> Turn:
    """The place of a file of this name in its folder."""
    stem = name
    while (match := _PACKED.search(stem)) is not None:
        stem = stem[: match.start()]
    # `app-20261101.1.log`: a second file of one day, in the order of its number.
    date = _DATE.search(stem)
    found = date or _NUMBER.search(stem)
    number = found["number"] if found is not None else None
    if found is not None:
        stem = stem[: found.start()] + stem[found.end() :]
    kind = _DATED if date is not None else _NUMBERED if number is not None else _BARE
    count = int(number or 0)
    digits = re.sub(r"\D", "", date[1]) if date is not None else ""
    return Turn(stem, kind, digits, count if date is not None else -count, name)
