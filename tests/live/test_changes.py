"""Findings told while a pipe is still being written to. What is told last equals what a scan says of the same bytes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.live.changes import OPENED, QUIET, RESOLVED, UPDATED, Change, Changes
from diagnose.live.tailing import Tail
from diagnose.live.watching import LiveRun
from diagnose.model import SECOND, Finding, Report
from diagnose.pipeline import Options, Run
from diagnose.rulebook import Rulebook
from diagnose.sources import Input
from diagnose.sources.follow.live import Piped
from diagnose.sources.follow.pipe import Pipe
from diagnose.sources.follow.wake import Waker
from diagnose.state import State
from tests.documents import CutStream, documents
from tests.kit import NOW, kit, rulebook
from tests.tiny import STORE, book, report, rule

RULES = book(
    broke=rule("regex: 'the (?P<what>\\w+) broke'", keys="what"),
    slow=rule("regex: 'the (?P<what>\\w+) is slow'", of_class="read-timeout", severity="warning", keys="what").replace(
        "  seen:", "  well: {literals: [all is well]}\n  seen:"
    )
    + "resolved_by: well\n",
)


class Talk:
    """A tail of a pipe, round by round. Each part is told at once, as if every look were due and every pause long enough."""

    def __init__(self, rules: Rulebook = RULES) -> None:
        reader, self._writer = os.pipe()
        os.set_blocking(reader, False)
        self.changes: list[Change] = []
        run = LiveRun(rules, kit(), Options(now=NOW, block=4_096, engine="plain" if rules is RULES else ""), STORE).watched()
        self.pipe = Pipe("log", reader)
        self.state = State(None)
        self.tail = Tail(run, self.state, [Piped(self.pipe)], self._show, lambda text: None, waker=Waker(inotify=False))
        self.tail.changes = Changes(lambda: self.clock)
        self.clock = 0.0

    def _show(self, changes: Sequence[Change], report: Report) -> None:
        self.changes += changes

    def say(self, data: bytes, *, pause: bool = True, seconds: float = 10.0) -> None:
        while data:
            written = os.write(self._writer, data[:30_000])
            data = data[written:]
            while self.tail.readings.turn(self.tail.sources[0].ready(), self.tail.sources[0].ended):
                pass
        if pause:
            self.clock += seconds
            self.pipe.grown -= 60.0
            self.tail.readings.pause()
            self.tail.look()

    def end(self) -> Report:
        os.close(self._writer)
        self.tail.follow()
        told = self.tail.finish()
        self.tail.close()
        self.state.close()
        return told


def settled(told: Report) -> Report:
    return replace(told, summary=replace(told.summary, seconds=0.0))


def check(changes: list[Change], told: Report) -> None:
    """Each finding opens once, or again when it was over, and is last told as it is at the end."""
    last: dict[str, Finding] = {}
    goes_on: set[str] = set()
    for change in changes:
        fingerprint = change.finding.fingerprint
        if change.event == OPENED:
            assert fingerprint not in goes_on
        elif change.event == UPDATED:
            assert last[fingerprint] != change.finding
        else:
            # It may be over when it is first looked at, and over again before an update of it was due.
            assert fingerprint in goes_on or change.reason == "withdrawn" or last.get(fingerprint) != change.finding
        (goes_on.discard if change.event == RESOLVED else goes_on.add)(fingerprint)
        last[fingerprint] = change.finding
        if change.reason == "withdrawn":
            del last[fingerprint]
    for finding in told.findings:
        said = last[finding.fingerprint]
        assert (said.count, said.last_seen, said.severity) == (finding.count, finding.last_seen, finding.severity)


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(
    documents(),
    st.lists(st.sampled_from([397, 3_001, 20_000]), min_size=1, max_size=4),
    st.lists(st.booleans(), min_size=2, max_size=6),
)
def test_whatever_the_pauses_the_last_report_is_a_scans(document: bytes, sizes: list[int], pauses: list[bool]) -> None:
    talk, at, turn = Talk(rulebook()), 0, 0
    while at < len(document):
        size = sizes[turn % len(sizes)]
        talk.say(document[at : at + size], pause=pauses[turn % len(pauses)], seconds=1.0)
        at, turn = at + size, turn + 1
    told = talk.end()
    scan = Run(rulebook(), kit(), Options(now=NOW), STORE)
    scan.read(Input("log", NOW), CutStream(document, [1 << 30]))  # type: ignore[arg-type]
    # A pipe's time is when it spoke, so years that are left out differ from a file's.
    assert [(f.fingerprint, f.count) for f in sorted(told.findings, key=_name)] == [
        (f.fingerprint, f.count) for f in sorted(scan.report().findings, key=_name)
    ]
    check(talk.changes, told)


def _name(finding: Finding) -> str:
    return finding.fingerprint


def story(*parts: str) -> list[tuple[str, str, int]]:
    talk = Talk()
    for part in parts:
        talk.say(part.encode())
    told = talk.end()
    assert settled(told) == settled(report("".join(parts).encode(), RULES, engine="plain"))
    check(talk.changes, told)
    return [(change.event, change.finding.title, change.finding.count) for change in talk.changes]


def at(second: int, text: str) -> str:
    return f"2026-11-23T10:00:{second:02d}Z ERROR {text}\n"


def test_a_finding_opens_and_is_updated() -> None:
    assert story(at(0, "the fan broke"), at(1, "the fan broke") * 2, at(2, "nothing")) == [
        (OPENED, "It broke: fan", 1),
        (UPDATED, "It broke: fan", 3),
    ]


def test_a_finding_is_told_while_its_record_is_still_open() -> None:
    """A record of a format that takes continuations is complete only when the next begins."""
    assert story("Error: the fan broke\n", "    at x (a.js:1:1)\n")[0] == (OPENED, "It broke: fan", 1)


def test_half_a_line_counts_once_it_was_waited_for_and_is_not_counted_twice() -> None:
    assert story(at(0, "the fan broke")[:-3], at(0, "the fan broke")[-3:]) == [(OPENED, "It broke: fan", 1)]


def test_a_recovery_is_told_once() -> None:
    told = story(at(0, "the door is slow"), at(1, "all is well"), at(2, "nothing"))
    assert [event for event, _, _ in told] == [OPENED, RESOLVED]


def test_nothing_is_told_of_nothing() -> None:
    assert story(at(0, "nothing"), at(1, "all is well")) == []


def test_updates_are_held_back_for_some_seconds_and_the_last_one_is_not_lost() -> None:
    talk = Talk()
    for second in range(10):
        talk.say(at(second, "the fan broke").encode(), seconds=1.0)
    told = [(change.event, change.finding.count) for change in talk.changes]
    assert told == [(OPENED, 1), (UPDATED, 6)]
    assert talk.end().findings[0].count == 10
    assert [(change.event, change.finding.count) for change in talk.changes][-1] == (UPDATED, 10)


def test_silence_resolves_and_a_later_failure_opens_anew() -> None:
    talk = Talk()
    talk.say(at(0, "the fan broke").encode())
    talk.say(b"", seconds=QUIET)
    talk.say(at(9, "the fan broke").encode(), seconds=QUIET)
    told = [(change.event, change.reason, change.number) for change in talk.changes]
    assert told == [(OPENED, "", 1), (RESOLVED, "silence", 1), (OPENED, "", 2)]
    assert len({change.id for change in talk.changes}) == 3
    talk.end()


def test_silence_is_told_by_the_times_of_events_too() -> None:
    """A log that is read after the fact was silent then."""
    talk = Talk()
    talk.say(
        at(0, "the fan broke").encode()
        + b"2026-11-23T10:30:00Z ERROR the pump broke\n2026-11-23T10:30:01Z ERROR the pump broke\n"
    )
    assert [(c.event, c.finding.title) for c in talk.changes if c.reason] == [(RESOLVED, "It broke: fan")]
    talk.end()


def test_what_flaps_goes_on_instead_of_opening_again() -> None:
    talk = Talk()
    for second in range(0, 40, 4):
        talk.say((at(second, "the door is slow") + at(second + 1, "all is well")).encode(), seconds=30.0)
    assert [change.event for change in talk.changes].count(OPENED) <= 1
    talk.end()


def test_a_finding_that_was_none_is_withdrawn() -> None:
    changes = Changes(lambda: 0.0)
    finding = report(at(0, "the fan broke").encode(), RULES, engine="plain").findings[0]
    assert [change.event for change in changes.look([finding])] == [OPENED]
    (gone,) = changes.look([])
    assert (gone.event, gone.reason) == (RESOLVED, "withdrawn")


@pytest.mark.slow
def test_lines_without_a_year_stay_in_the_year_of_a_source_that_moves_on() -> None:
    """A tail that runs for days: its file was last written to long before the lines that come now."""

    class Moving(CutStream):
        modified = NOW

        def readinto(self, buffer: Any) -> int | None:  # type: ignore[override]
            self.modified += 60 * 86_400 * SECOND
            return super().readinto(buffer)

    line = b"Jan 21 10:00:00 shop-1 api[7]: the fan broke\n"
    run = Run(RULES, kit(), Options(now=NOW), STORE)
    for _ in run.follow(Input("log", NOW), Moving(line, [len(line)])):  # type: ignore[arg-type]
        pass
    assert [finding.first_seen for finding in run.report().findings] == [1_800_525_600 * SECOND], "2027, not 2026"
