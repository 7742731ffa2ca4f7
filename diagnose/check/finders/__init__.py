"""Finders: what is looked for in configuration by code, because it takes numbers or two places. A rule names them by `finds:`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from diagnose.check.spots import File, Spot

Finder = Callable[[File], Iterable[Spot]]

UNUSED_IGNORE = "unused-ignore"
"""Judged when all else is known: see `look.py`."""

FINDERS: Mapping[str, Finder] = {}
