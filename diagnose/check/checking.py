"""Files in, a report out: `diagnose check` for the command line and for library users. Many files are shared out to processes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from diagnose.check.changes import Lines, touches
from diagnose.check.detector import Detector
from diagnose.check.files import Found
from diagnose.check.look import Seen, Texts, look
from diagnose.check.match import Match
from diagnose.check.telling import Teller, report_of
from diagnose.model import Report, Summary, Unread

SHARED_FROM = 1_500_000
"""Bytes of code from which on a second process pays (about a second of work)."""

MOST_WORKERS = 4
_SHARE = 16


@dataclass(frozen=True)
class Checked:
    """What was found: the matches that are told, file by file, and the report of them."""

    matches: Mapping[str, tuple[Match, ...]]
    report: Report


def check(
    found: Found,
    detectors: Sequence[Detector],
    *,
    changes: Mapping[str, Lines] | None = None,
    prefer: frozenset[str] = frozenset(),
) -> Checked:
    """Look at the files. With `changes` only lines that were changed are told.

    A file that has not changed is told whole where it was named itself (a hook over all files), and not at all below a folder.
    """
    begun = time.perf_counter()
    if changes is not None:
        changes = {name: () for name in found.files if name not in found.named} | dict(changes)
    teller = Teller(detectors, prefer)
    matches: dict[str, tuple[Match, ...]] = {}
    findings, unread, skipped = [], list(found.unread), list(found.skipped)
    size = lines = count = 0
    files = sorted(item for item in found.files.items() if changes is None or changes.get(item[0]) != ())
    for seen in _agreed(list(_all(files, detectors)), detectors):
        size, lines, count = size + seen.bytes, lines + seen.lines, count + 1
        if seen.unread:
            unread.append(Unread(seen.name, seen.unread))
        if seen.skipped:
            skipped.append(Unread(seen.name, seen.skipped))
        within = changes.get(seen.name) if changes is not None else None
        told = []
        for match in seen.matches:
            finding = teller.tell(seen.name, match)
            if within is None or touches(within, match.line, match.end_line):
                findings.append(finding)
                told.append(match)
        if told:
            matches[seen.name] = tuple(told)
    summary = Summary(
        bytes=size,
        lines=lines,
        sources=count,
        seconds=time.perf_counter() - begun,
        unread=tuple(unread),
        skipped=tuple(skipped),
    )
    return Checked(matches, report_of(findings, summary))


def _agreed(every: Sequence[Seen], detectors: Sequence[Detector]) -> Iterable[Seen]:
    """What each file gave, without what another of the files answers for."""
    held = Texts().union(*(seen.elsewhere for seen in every))
    answered = {(one.rule.id, one.number) for one in detectors if not held.isdisjoint(one.nowhere)}
    for seen in every:
        if any((match.rule, match.number) in answered for match in seen.matches):
            seen = replace(seen, matches=tuple(one for one in seen.matches if (one.rule, one.number) not in answered))
        yield seen


def _all(files: Sequence[tuple[str, Path]], detectors: Sequence[Detector]) -> Iterable[Seen]:
    """What each file gave, in the order of the files."""
    workers = min(MOST_WORKERS, os.cpu_count() or 1, max(1, len(files) // _SHARE))
    if workers > 1 and sum(map(_size, files)) >= SHARED_FROM:
        from concurrent.futures import ProcessPoolExecutor

        shares = [files[start : start + _SHARE] for start in range(0, len(files), _SHARE)]
        with ProcessPoolExecutor(workers, initializer=_begin, initargs=(tuple(detectors),)) as pool:
            for share in pool.map(_look_share, shares):
                yield from share
        return
    for name, path in files:
        yield look(name, path, detectors)


_DETECTORS: list[Detector] = []
"""A worker's own; set once when it begins."""


def _begin(detectors: Sequence[Detector]) -> None:
    _DETECTORS[:] = detectors


def _look_share(files: Sequence[tuple[str, Path]]) -> list[Seen]:
    return [look(name, path, _DETECTORS) for name, path in files]


def _size(file: tuple[str, Path]) -> int:
    try:
        return file[1].stat().st_size
    except OSError:
        return 0
