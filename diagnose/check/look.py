"""One file: read, told apart, asked by the detectors whose gates it opens, its suppressions heeded. Never raises for what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from diagnose.check.detector import Detector, Gates
from diagnose.check.ignores import MARK, UNUSED_IGNORE, Ignore, ignores, is_ignored
from diagnose.check.languages import CONFIGURATION, language_of, part_of
from diagnose.check.manifests import is_from
from diagnose.check.match import Match, Parsed
from diagnose.check.meant import unsaid
from diagnose.check.skips import LARGEST, not_read
from diagnose.check.spots import File, match_of

Texts = frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one file gave. `skipped` says why it was not looked at, `unread` why it could not be read."""

    name: str
    matches: tuple[Match, ...] = ()
    bytes: int = 0
    lines: int = 0
    skipped: str = ""
    unread: str = ""
    elsewhere: Texts = frozenset()
    """What it holds of the texts that some detectors want nowhere."""


def look(name: str, path: Path, detectors: Sequence[Detector]) -> Seen:
    """Read a file and look at it."""
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        return Seen(name, unread=error.strerror or str(error))
    try:
        return look_at(name, data, detectors, path)
    except BaseException as error:  # what the parser's own code panics with is no Exception
        if type(error).__name__ != "PanicException":
            raise
        return Seen(name, skipped="the parser gave up on it")


def look_at(name: str, data: bytes, detectors: Sequence[Detector], path: Path | None = None) -> Seen:
    """What the detectors find in a file of this name that holds these bytes; `path` is where it lies, if anywhere."""
    language = language_of(name, data[:100])
    if not language or not data:
        return Seen(name)
    skipped = not_read(name, data)
    if skipped:
        return Seen(name, skipped=skipped)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Seen(name, skipped="not UTF-8")
    found = _Look(name, text, data, language, detectors, path)
    matches = found.run()
    elsewhere = frozenset(word for one in detectors if language in one.languages for word in one.nowhere if word in data)
    return Seen(name, tuple(matches), len(data), text.count("\n") + 1, skipped=found.broken, elsewhere=elsewhere)


class _Look:
    """One file on its way."""

    def __init__(
        self, name: str, text: str, data: bytes, language: str, detectors: Sequence[Detector], path: Path | None
    ) -> None:
        self.name, self.text, self.language = name, text, language
        self.file = File(name, text)
        self.broken = ""
        part, gates = part_of(name), Gates(data)
        self.finders = [one for one in detectors if one.finder and one.asks(name, part)]
        asked = [one for one in detectors if language in one.languages and gates.open(one) and one.asks(name, part)]
        self.patterns = [one for one in asked if not _is_past(one, path)]
        self.comments = MARK in data

    def run(self) -> list[Match]:
        """All that is found, in the file's order."""
        found = [(detector, match) for detector in self._finders() for match in self._of_finder(detector)]
        if self.patterns:
            parsed = Parsed(self.name, self.text, self.language)
            found += [(detector, match) for detector in self.patterns for match in parsed.find(detector)]
            if parsed.broken:
                self.broken = f"line {parsed.broken[0]} does not parse; the rest was looked at"
        kept = self._heeded(_once_a_line(found)) if self.comments else [match for _, match in _once_a_line(found)]
        kept = unsaid(kept, self.text.split("\n")) if kept else kept
        return [replace(match, text=self._line(match.line)) for match in sorted(kept, key=_place)]

    def _finders(self) -> list[Detector]:
        is_configuration = self.language == CONFIGURATION or self.language == "bash"
        return [one for one in self.finders if one.finder != UNUSED_IGNORE and is_configuration]

    def _of_finder(self, detector: Detector) -> Iterable[Match]:
        from diagnose.check.finders import FINDERS  # where there is configuration: a tenth of a hook's time

        return (match_of(detector, self.file, spot) for spot in FINDERS[detector.finder](self.file))

    def _heeded(self, found: Iterable[tuple[Detector, Match]]) -> list[Match]:
        """What no comment suppresses, and the comments that suppress nothing."""
        some = ignores(self.text)
        kept = [
            match
            for detector, match in found
            if not is_ignored(some, match.rule, detector.rule.of_class, match.line, match.end_line)
        ]
        judges = [one for one in self.finders if one.finder == UNUSED_IGNORE]
        return kept + [match for judge in judges for match in self._unused(judge, some)]

    def _unused(self, judge: Detector, some: Iterable[Ignore]) -> Iterable[Match]:
        file = self.file
        for one in some:
            if not one.names:
                yield match_of(
                    judge, file, file.spot(one.line, one.column, WHY="names no rule: write `diagnose: ignore[rule] reason`")
                )
            elif not one.used:
                yield match_of(
                    judge, file, file.spot(one.line, one.column, WHY=f"suppresses nothing here: {', '.join(one.names)}")
                )
            elif not one.reason:
                yield match_of(judge, file, file.spot(one.line, one.column, WHY="gives no reason"))

    def _line(self, number: int) -> str:
        return self.text.split("\n")[number - 1].strip()


def _is_past(detector: Detector, path: Path | None) -> bool:
    """Whether the file's project has a version of the detector's package with which there is nothing to tell."""
    return detector.before is not None and path is not None and is_from(path, *detector.before)


def _once_a_line(found: Iterable[tuple[Detector, Match]]) -> list[tuple[Detector, Match]]:
    """Of one rule one match a line: the first of its detectors that holds there is the nearest."""
    told: dict[tuple[str, int], tuple[Detector, Match]] = {}
    for detector, match in found:
        told.setdefault((match.rule, match.line), (detector, match))
    return list(told.values())


def _place(match: Match) -> tuple[int, int, str, int]:
    return match.line, match.column, match.rule, match.number
