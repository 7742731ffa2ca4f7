"""Log text made safe for a terminal, and times as they are told."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.visible import clock, iso, one_line, span, visible, visible_json

SECOND = 1_000_000
HOSTILE = [
    "\x1b[31m", "\x1b]0;title\x07", "\x9b31m", "\x90q\x9c", "\x00", "\x08", "\x7f", "\r", "\x0b", "\x85", "\u2028", "\u2029",
    "\u202e", "\u2066", "\u2069", "\u200b", "\u200f", "\u061c", "\ufeff", "\u00ad", "\U000e0041", "\ufff9", "\ud800",
    "[/]", "[bold]",
]  # fmt: skip
"""What may steer, hide or reorder, and rich's markup."""


def unsafe(text: str) -> list[str]:
    """The characters of a text that a terminal might obey, reorder or hide; by Unicode's own properties."""
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    hidden = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e"
    return [
        char
        for char in text
        if (unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char not in "\n\t")
        or unicodedata.bidirectional(char) in directions
        or char in hidden
        or 0xE0000 <= ord(char) < 0xE0080
    ]


TEXTS = st.text(st.one_of(st.characters(exclude_categories=()), st.sampled_from("\x1b\x9b\n\t\r\u202e\\u0[]/m;")))


@given(TEXTS)
def test_nothing_unsafe_is_left(text: str) -> None:
    assert unsafe(visible(text)) == []
    assert unsafe(one_line(text)) == []
    assert not set(one_line(text)) & set("\n\t")


@given(TEXTS)
def test_what_is_safe_stays_and_twice_is_once(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    if all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text):
        assert shown == text


@pytest.mark.parametrize("text", ["déjà vu", "日本語", "🔥", "\tx\n", "[/] [bold]x[/bold]", "العربية", "a\u0301"])
def test_ordinary_text_of_all_languages_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mx", "\\x1b[31mx"),
        ("a\u202eb", "a\\u202eb"),
        ("\U000e0041", "\\udb40\\udc41"),
        ("\ud800", "\\ud800"),
        ("a\r\nb\tc", "a⏎ b c"),
    ],
)
def test_what_is_escaped_can_be_read(text: str, shown: str) -> None:
    assert one_line(text) == shown


@given(st.text())
def test_json_says_the_same_with_its_characters_made_visible(text: str) -> None:
    document = visible_json(json.dumps({text: [text]}, ensure_ascii=False, indent=1))
    assert json.loads(document) == {text: [text]}
    assert unsafe(document) == []


def at(moment: str) -> int:
    return (datetime.fromisoformat(moment) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "1970-01-01T00:00:00Z",
        "2026-11-23T14:03:11Z",
        "2026-11-23T14:03:11.000001Z",
        "1969-12-31T23:59:59.500000Z",
        "0033-04-03T15:00:00Z",
    ],
)
def test_times_are_iso_8601(text: str) -> None:
    assert iso(at(text)) == text


@given(st.integers(-(1 << 80), 1 << 80))
def test_any_number_is_told_as_a_time(time: int) -> None:
    text = iso(time)
    assert text is not None
    assert len(text) in (20, 27)
    assert datetime.fromisoformat(text).tzinfo is not None
    assert span(time, time + 1) != ""


def test_no_time_is_nothing() -> None:
    assert (iso(None), clock(None), span(None, 1), span(1, None)) == (None, "", "", "")


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2026-11-23T14:03:11.1+00:00", "2026-11-23T14:03:11.9+00:00", "14:03:11"),
        ("2026-11-23T14:03:11+00:00", "2026-11-23T15:00:00+00:00", "14:03:11 → 15:00:00"),
        ("2026-11-23T23:59:59+00:00", "2026-11-24T00:00:00+00:00", "2026-11-23 23:59:59 → 2026-11-24 00:00:00"),
    ],
)
def test_a_span_names_the_day_only_where_there_are_two(first: str, last: str, told: str) -> None:
    assert span(at(first), at(last)) == told
