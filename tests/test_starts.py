"""Asking by the first byte gives what the union of all patterns gives."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diagnose.starts
from diagnose.formats import BUILT_IN, WRAPPERS
from diagnose.starts import NONE, Starts, first_bytes
from tests.documents import corpus

PATTERNS = [*(wrapper.marker for wrapper in WRAPPERS), *(form.start for form in BUILT_IN)]
ODD = [
    "a",
    "(?i)k[a-c]",
    "[^x]",
    "(?:a|b?)c",
    r"\d{2,3}",
    r"\W",
    "a{0,3}b",
    "(?i:s)",
    "x*",
    r"(?:(?i:q)|z)\b",
    ".",
    r"^\[",
    r"[\d-]\s",
    "(a)(b)?c",
    "s(?:(q)|k)+",
]
LINES = st.one_of(
    st.sampled_from(corpus()).flatmap(st.sampled_from),
    st.binary(max_size=8),
    st.text("abckKsSqxyz0-[ \t", max_size=4).map(str.encode),
    st.sampled_from([sample.text.split("\n", 1)[0].encode() for form in BUILT_IN for sample in form.samples]),
)


def by_union(patterns: list[str], line: bytes) -> int:
    matches = (number for number, pattern in enumerate(patterns) if re.compile(pattern.encode("latin-1")).match(line))
    return next(matches, NONE)


@pytest.mark.parametrize("many", [1, 20, 1 << 60], ids=["joined", "later", "one by one"])
@pytest.mark.parametrize("patterns", [PATTERNS, ODD, [*ODD, r"(a)\1", "(?P<n>z)"]], ids=["built in", "odd", "not to join"])
def test_the_first_byte_leads_to_the_first_pattern_that_matches(
    patterns: list[str], many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnose.starts, "_MANY", many)
    # Flags for the whole pattern stand at its beginning, which is not the union's.
    starts = Starts([re.sub(r"^\(\?i\)(.*)", r"(?i:\1)", pattern) for pattern in patterns])

    @settings(deadline=None)  # a byte's union is compiled when it is first met
    @given(LINES)
    def check(line: bytes) -> None:
        assert starts.at(line, 0, len(line)) == by_union(patterns, line)
        assert starts.at(b"{\n" + line, 2, len(line) + 2) == by_union(patterns, line)

    check()


@given(st.sampled_from([*PATTERNS, *ODD]), LINES)
def test_what_a_match_begins_with_is_known(pattern: str, line: bytes) -> None:
    if re.match(pattern.encode("latin-1"), line):
        assert (line[0] if line else 256) in first_bytes(pattern.encode("latin-1"))


def test_no_format_begins_with_a_tab() -> None:
    """So Java's frames are told without trying any pattern; few formats begin with a space (chi's panics, npm's debug)."""
    assert not any(first_bytes(pattern.encode("latin-1")) & set(b"\t") for pattern in PATTERNS)
