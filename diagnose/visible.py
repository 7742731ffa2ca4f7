"""Log text made safe for a terminal: what would move a cursor, colour, retitle or reorder is shown as an escape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from diagnose.lazy import lazy
from diagnose.model import Past
from diagnose.units import SECOND

_UNSAFE = lazy(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def visible(text: str) -> str:
    """The text with C0 and C1 controls, bidirectional and invisible characters and lone surrogates as escapes.

    Tabs and newlines stay: they are the caller's to lay out.
    """
    return _UNSAFE.sub(lambda match: f"\\x{ord(match[0]):02x}" if ord(match[0]) < 256 else json_escape(match[0]), text)


def visible_json(text: str) -> str:
    """The same for a JSON document: what stands for its strings does not change."""
    return _UNSAFE.sub(lambda match: json_escape(match[0]), text)


def json_escape(char: str) -> str:
    """`\\u202e`, or two of them for a character beyond 16 bits."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def one_line(text: str) -> str:
    """The same on one line."""
    return visible(text.replace("\r\n", "\n").replace("\n", "⏎ ").replace("\t", " "))


def iso(time: int | None) -> str | None:
    """`2026-11-23T14:03:11.123456Z`; None for None. Times out of the calendar's range are told as the nearest that is in it."""
    if time is None:
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=time)
    except OverflowError:
        moment = datetime.max.replace(tzinfo=UTC) if time > 0 else datetime.min.replace(tzinfo=UTC)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def clock(time: int | None) -> str:
    """The time of day, `14:03:11`, or empty."""
    text = iso(time)
    return text[11:19] if text else ""


def span(first: int | None, last: int | None) -> str:
    """From first to last as a person writes it: with the date where they lie on two days."""
    if first is None or last is None:
        return ""
    if first // SECOND == last // SECOND:
        return clock(first)
    start, end = iso(first) or "", iso(last) or ""
    if start[:10] == end[:10]:
        return f"{start[11:19]} → {end[11:19]}"
    return f"{start[:10]} {start[11:19]} → {end[:10]} {end[11:19]}"


_UNITS = (("year", 31_556_952), ("month", 2_629_746), ("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60))


def ago(age: int) -> str:
    """How long ago, in the largest unit of which it is two at least, else the next one: `3 weeks ago`, `10 days ago`."""
    seconds = max(0, age) // SECOND
    for unit, length in _UNITS:
        if seconds >= 2 * length or (unit == "minute" and seconds >= length):
            count = seconds // length
            return f"{count:,} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def times_since(past: Past) -> str:
    """What the history says of a finding: `first seen 3 weeks ago, 41 times since`."""
    if past.is_new and past.times == 1:
        return "not seen before"
    since = past.times - 1
    often = "not since" if since == 0 else "once since" if since == 1 else f"{since:,} times since"
    return f"{'not seen before: ' if past.is_new else ''}first seen {ago(past.age)}, {often}"
