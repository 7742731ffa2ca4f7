"""Every detector on annotated code: `ruleid: RULE` stands before each line that must be found, `ok: RULE` before near-misses."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from diagnose.check.detector import Detector, detectors
from diagnose.check.look import look_at
from diagnose.check.match import refusal
from diagnose.rulebook.form import LANGUAGES
from tests.kit import FIXTURES, ROOT, rulebook

SAMPLES = FIXTURES / "source"
_NOTE = re.compile(r"(ruleid|ok): ([\w/,-]+)")


@cache
def every() -> tuple[Detector, ...]:
    return detectors(rule for rule in rulebook().rules if rule.source)


def samples() -> list[Path]:
    return sorted(path for path in SAMPLES.rglob("*") if path.is_file())


def name_of(path: Path) -> str:
    """The sample as if it stood in a project: below its language's folder there may be folders that matter (ci/, src/)."""
    return path.relative_to(SAMPLES).as_posix().split("/", 1)[1]


def noted(text: str, kind: str) -> set[tuple[str, int]]:
    """What a sample's comments say: (rule, line of the code behind the comments)."""
    lines = text.split("\n")
    found: set[tuple[str, int]] = set()
    for number, line in enumerate(lines, 1):
        for match in _NOTE.finditer(line):
            if match[1] != kind:
                continue
            at = number
            while _NOTE.search(lines[at]) or not lines[at].strip():
                at += 1
            found |= {(rule, at + 1) for rule in match[2].split(",")}
    return found


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.relative_to(SAMPLES).as_posix())
def test_a_sample_gives_what_it_says(path: Path) -> None:
    data = path.read_bytes()
    seen = look_at(name_of(path), data, every())
    assert not seen.skipped, seen.skipped
    assert not seen.unread
    found = {(match.rule, match.line) for match in seen.matches}
    wanted = noted(data.decode(), "ruleid")
    assert found == wanted, f"not found: {sorted(wanted - found)}; found besides: {sorted(found - wanted)}"


def test_every_detector_has_a_hit_and_every_rule_a_near_miss() -> None:
    hits: Counter[tuple[str, int]] = Counter()
    misses: set[str] = set()
    for path in samples():
        data = path.read_bytes()
        hits.update((match.rule, match.number) for match in look_at(name_of(path), data, every()).matches)
        misses |= {rule for rule, _ in noted(data.decode(), "ok")}
    assert [f"{one.rule.id} {one.number}: {one.message}" for one in every() if not hits[one.rule.id, one.number]] == []
    assert sorted({one.rule.id for one in every()} - misses) == []


@pytest.mark.parametrize("detector", every(), ids=lambda one: f"{one.rule.id}-{one.number}")
def test_ast_grep_takes_every_rule(detector: Detector) -> None:
    assert detector.finder or refusal(detector) == ""


TABLE = "<!-- rules by language: `tests/test_check_samples.py` holds it to the rules -->\n\n"


def table() -> str:
    """Which rule has how many detectors for which language; finders are those of configuration, scripts and templates."""
    counts: Counter[tuple[str, str]] = Counter()
    for one in every():
        counts.update((one.rule.id, language) for language in (one.languages or ["other"]))
    languages = [*LANGUAGES, "other"]
    lines = [f"| rule | {' | '.join(languages)} |", f"| :-- |{' --: |' * len(languages)}"]
    for rule in sorted({rule for rule, _ in counts}):
        lines.append(f"| `{rule}` | {' | '.join(str(counts[rule, language] or '') for language in languages)} |")
    return "\n".join(lines) + "\n"


def test_the_table_of_languages_is_that_of_the_rules() -> None:
    _, behind = (ROOT / "docs/check.md").read_text().split(TABLE)
    assert behind.split("\n\n")[0] + "\n" == table()
