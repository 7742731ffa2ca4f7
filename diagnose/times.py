"""Times of log records become UTC microseconds; what a line leaves out (zone, year, date) is an input, never the clock's.

A log repeats its seconds: the date-time up to the second is worked out once and remembered, and so is what
stands behind it (milliseconds and zone), so that a time costs two look-ups.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from diagnose.lazy import lazy

Moment = tuple[int, int]
"""(µs since 1970 in UTC, resolution in µs: a minute, a second, a millisecond or a microsecond)."""

_SECOND = 1_000_000
_REMEMBERED = 8_192
"""Entries a memory holds before it is emptied."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400 * _SECOND
_GRACE = 60 * _SECOND
"""How much later than the file's own time a bare time of day may be: archives cut off fractions and odd seconds."""

_MONTHS = {"janfebmaraprmayjunjulaugsepoctnovdec"[at : at + 3]: at // 3 + 1 for at in range(0, 36, 3)}

# Hours east of Greenwich. Where an abbreviation has several meanings (CST, IST), a clock whose own zone
# uses it decides; else the meaning most people live by.
_ZONES = {
    "UTC": 0, "GMT": 0, "UCT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "WAT": 1, "CEST": 2,
    "EET": 2, "SAST": 2, "CAT": 2, "EEST": 3, "MSK": 3, "EAT": 3, "TRT": 3, "PKT": 5, "IST": 5.5, "WIB": 7,
    "HKT": 8, "SGT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11,
    "NZST": 12, "NZDT": 13, "NDT": -2.5, "NST": -3.5, "ADT": -3, "AST": -4, "EDT": -4, "EST": -5, "CDT": -5,
    "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8, "AKDT": -8, "AKST": -9, "HST": -10,
}  # fmt: skip

_HEAD = lazy(r"(\d{4})-(\d\d)-(\d\d)[Tt ]([ \d]\d):(\d\d):(\d\d)", re.ASCII)
_ZONE = r"(?P<zone>Z|z|[+-]\d\d(?::?\d\d)?|(?:UTC|GMT)[+-]\d{1,2}(?::?\d\d)?|[A-Z]{3,5})"
_TAIL = lazy(rf"(?:[.,](?P<fraction>\d{{1,9}})\d*)?(?:\ ?{_ZONE})?\s*", re.ASCII)

_FRACTION = r"(?:[.,:](?P<fraction>\d{1,9})\d*)?"
_HMS = rf"(?P<hour>[ \d]?\d):(?P<minute>\d\d):(?P<second>\d\d){_FRACTION}"
_HALF = r"(?:[\s\u00a0\u202f]?(?P<half>[AaPp]\.?\s?[Mm]\.?))?"
_MONTH = r"(?P<name>[A-Za-z]{3})[a-z]*\.?"
_REGION = r"(?P<region>[A-Z][A-Za-z]+(?:/[A-Za-z][A-Za-z0-9_+-]*){1,2})"
_OTHERS = tuple(
    lazy(rf"\s*{shape}\s*", re.ASCII)
    for shape in (
        # 23/Nov/2026:10:00:00 +0000    Apache, nginx
        rf"(?P<day>\d\d?)/{_MONTH}/(?P<year>\d{{4}})[: ]{_HMS}(?:\ {_ZONE})?",
        # 2026/11/23 10:00:00, 2026/11/23 - 10:00:00, 2026.11.23 10:00:00, 2026-11-23 9:05:01, 2026-11-23T10:00Z,
        # 2026-11-23T10:00:00+01:00[Europe/Berlin], 2026-11-23 10:00:00:123    nginx, Go, gin, java.time, log4net
        rf"(?P<year>\d{{4}})(?P<sign>[-./])(?P<month>\d\d)(?P=sign)(?P<day>\d\d)(?:[Tt _]|,\ |\ -\ )"
        rf"(?P<hour>[ \d]?\d):(?P<minute>\d\d)(?::(?P<second>\d\d){_FRACTION})?{_HALF}(?:\ ?{_ZONE})?(?:\ ?\[?{_REGION}\]?|\[UTC\])?",
        # 20261123T100000Z, 20261123 10:00:00.123    ISO's basic form
        rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)[T_ -](?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d){_FRACTION}"
        rf"(?:\ ?{_ZONE})?",
        # Nov 23 10:00:00, Nov  3 2026 10:00:00    syslog
        rf"{_MONTH}\ +(?P<day>\d\d?)(?:\ (?P<year>\d{{4}}))?\ {_HMS}(?:\ {_ZONE})?",
        # 2026 Nov 23 10:00:00, 2026-Nov-23 10:00:00    network devices, Boost
        rf"(?P<year>\d{{4}})[ -]{_MONTH}[ -]+(?P<day>\d\d?)\ {_HMS}(?:\ {_ZONE})?",
        # Mon Nov 23 10:00:00.123456 2026, Mon Nov 23 10:00:00 UTC 2026    Apache's error log, asctime, date
        rf"[A-Za-z]{{3}}\ {_MONTH}\ +(?P<day>\d\d?)\ {_HMS}(?:\ {_ZONE})?\ (?P<year>\d{{4}})",
        # Mon Nov 23 2026 10:00:00 GMT+0000 (Coordinated Universal Time)    JavaScript's Date
        rf"[A-Za-z]{{3}}\ {_MONTH}\ (?P<day>\d\d?)\ (?P<year>\d{{4}})\ {_HMS}\ GMT(?P<zone>[+-]\d{{4}})(?:\ \([^)]*\))?",
        # 23 Nov 2026 10:00:00.123, Mon, 23 Nov 2026 10:00:00 GMT, 23-Nov-2026 10:00:00 Europe/Berlin, Monday, 23-Nov-26 10:00:00 GMT
        # Redis, RFC 1123, PHP, RFC 850
        rf"(?:[A-Za-z]{{3,9}},\ )?(?P<day>\d\d?)[ -]{_MONTH}[ -](?:(?P<year>\d{{4}})|(?P<short>\d\d))\ {_HMS}"
        rf"(?:\ ?(?:{_ZONE}|{_REGION}))?",
        # 11/23/2026, 10:00:00 AM, 11/23/26 10:00:00:123 CET    JavaScript's toLocaleString, Nest, WebSphere
        rf"(?P<month>\d\d?)/(?P<day>\d\d?)/(?:(?P<year>\d{{4}})|(?P<short>\d\d)),?\ {_HMS}{_HALF}(?:\ {_ZONE})?",
        # 23.11.2026, 10:00:00    German and Russian locales
        rf"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{{4}}),?\ {_HMS}(?:\ {_ZONE})?",
        # Nov 23, 2026 10:00:00 AM    java.util.logging (newer JDKs: U+202F before AM)
        rf"{_MONTH}\ (?P<day>\d\d?),\ (?P<year>\d{{4}}),?\ {_HMS}{_HALF}",
        # 261123 10:00:00    old MySQL
        rf"(?P<short>\d\d)(?P<month>\d\d)(?P<day>\d\d)\ +{_HMS}",
        # 10:00:00.123    the date is the reference's
        _HMS + _HALF,
    )
)


class Clock:
    """Reads times. No method raises on any text; what is no time is None.

    `zone` is assumed where a text has none. `reference` (µs UTC: the file's modification time, or a given *now*)
    gives the year where a line has none: the latest in which the time is not more than a day after the reference.
    Without it such a time is None. A bare time of day is on the last day on which it is not after the reference.
    A second 60 is the last microsecond of its minute; an hour 24 is no time. A local time that a change of clocks brings twice is
    the earlier one, unless the zone's abbreviation is written; one that it leaves out is as if clocks had not changed yet.
    """

    def __init__(self, zone: tzinfo = UTC, reference: int | None = None) -> None:
        self.zone = zone
        self.reference = reference
        year = 2026 if reference is None else max(1, min(9998, (_EPOCH + reference * _MICROSECOND).year))
        self._names = _abbreviations(zone, year)
        self._heads: dict[str, tuple[int, int]] = {}
        self._tails: dict[str, tuple[int, int, bool]] = {}
        self._parsed: dict[str, Moment | None] = {}

    def refer(self, reference: int) -> None:
        """Move the reference on: a source that is still being written."""
        if reference != self.reference:
            self.reference = reference
            self._parsed.clear()

    def iso(self, text: str) -> Moment | None:
        """Read ISO 8601 and its kin: `2026-11-23T10:00:00.123Z`, with a blank, a comma, ` UTC`, ` +0100`, or no zone."""
        head = self._heads.get(text[:19])
        tail = self._tails.get(text[19:])
        if head is None or tail is None:
            head = head or self._read_head(text[:19])
            tail = tail or self._read_tail(text[19:])
            if head is None or tail is None:
                return self._leap_second(text) if text[17:19] == "60" else None
        return head[tail[2]] + tail[0], tail[1]

    def epoch(self, number: float | str) -> Moment | None:
        """Read seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by magnitude; from 1973 on."""
        if isinstance(number, bool):
            return None
        try:
            value = _number(number) if isinstance(number, str) else number
            size = abs(value)
            if size < 1e8 or not size < 1e20:
                return None
            if size < 1e11:
                if isinstance(value, int):
                    return value * _SECOND, _SECOND
                micros = round(value * _SECOND)
                return micros, 1_000 if micros % 1_000 == 0 else 1
        except (ValueError, OverflowError):
            return None
        if size < 1e14:
            return round(value * 1_000), 1_000 if isinstance(value, int) else 1
        return round(value) if size < 1e17 else round(value) // 1_000, 1

    def parse(self, text: str) -> Moment | None:
        """Read a time in any notation known here: ISO, epoch numbers, web servers', syslog's, Redis', Nest's, Java's…"""
        if text[4:5] == "-" and text[13:14] == ":":
            moment = self.iso(text)
            if moment is not None:
                return moment
        try:
            return self._parsed[text]
        except KeyError:
            pass
        if len(self._parsed) >= _REMEMBERED:
            self._parsed.clear()
        moment = self.epoch(text) if text[:10].isdigit() else self._other(text)
        self._parsed[text] = moment
        return moment

    def _other(self, text: str) -> Moment | None:
        for shape in _OTHERS:
            match = shape.fullmatch(text)
            if match is not None:
                return self._from_groups(match.groupdict())
        return None

    def _from_groups(self, found: dict[str, str | None]) -> Moment | None:
        hour, half = int(found["hour"] or 0), found.get("half")
        if half:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if half[0] in "Pp" else 0)
        clock = f"{hour:02}:{found['minute']}:{found['second'] or '00'}"
        tail = f".{found['fraction']}" if found["fraction"] else ""
        if found.get("zone"):
            tail += f" {found['zone']}"
        if found.get("day") is None:
            return self._of_day(clock + tail)
        month = int(found.get("month") or 0) or _MONTHS.get((found.get("name") or "").lower(), 0)
        date = f"{month:02}-{int(found['day'] or 0):02}T{clock}"
        short = found.get("short")
        year = found.get("year") or (f"20{short}" if short else "")
        region = None if found.get("zone") else found.get("region")
        if not year:
            return self._of_year(date + tail)
        moment = self.iso(f"{year}-{date}{tail}") if region is None else _in_region(f"{year}-{date}{tail}", region)
        return moment if moment is None or found["second"] else (moment[0], 60 * _SECOND)

    def _of_year(self, date: str) -> Moment | None:
        """The latest year in which `MM-DDThh:mm:ss…` is not more than a day after the reference."""
        if self.reference is None:
            return None
        last = (_EPOCH + self.reference * _MICROSECOND).year + 1
        for year in range(last, last - 10, -1):  # leap days may be eight years apart
            moment = self.iso(f"{year:04}-{date}")
            if moment is not None and moment[0] <= self.reference + _DAY:
                return moment
        return None

    def _of_day(self, clock: str) -> Moment | None:
        """The latest day on which a bare time of day is not after the reference."""
        if self.reference is None:
            return None
        today = (_EPOCH + self.reference * _MICROSECOND).astimezone(self.zone)
        for days in (1, 0, -1, -2):
            moment = self.iso(f"{today + timedelta(days):%Y-%m-%d}T{clock}")
            if moment is not None and moment[0] <= self.reference + _GRACE:
                return moment
        return None

    def _read_head(self, head: str) -> tuple[int, int] | None:
        """(µs if read in the clock's zone, µs if read in UTC) of a date-time up to the second."""
        match = _HEAD.fullmatch(head)
        if match is None:
            return None
        year, month, day, hour, minute, second = map(int, match.groups())
        try:
            date = datetime(year, month, day, hour, minute, second)
            found = _micros(date, self.zone), _micros(date, UTC)
        except (ValueError, OverflowError):
            return None
        if len(self._heads) >= _REMEMBERED:
            self._heads.clear()
        self._heads[head] = found
        return found

    def _read_tail(self, tail: str) -> tuple[int, int, bool] | None:
        """(µs to add, resolution, whether to add them to UTC) of what stands behind the second; None: no such tail."""
        match = _TAIL.fullmatch(tail)
        if match is None:
            return None
        zone, fraction = match["zone"], match["fraction"] or ""
        own = zone is None
        offset = 0 if zone is None else self._names[zone] if zone in self._names else _offset(zone)
        if offset is None:
            return None
        micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
        resolution = _SECOND if not fraction else 1_000 if len(fraction) <= 3 else 1
        found = micros - offset * 60 * _SECOND, resolution, not own
        if len(fraction) <= 3:
            # Microseconds hardly repeat: remembering them would only push out what does.
            if len(self._tails) >= _REMEMBERED:
                self._tails.clear()
            self._tails[tail] = found
        return found

    def _leap_second(self, text: str) -> Moment | None:
        minute = self.iso(f"{text[:17]}59{text[19:]}")
        return (minute[0] - minute[0] % _SECOND + _SECOND - 1, minute[1]) if minute else None


def _micros(date: datetime, zone: tzinfo) -> int:
    return (date.replace(tzinfo=zone) - _EPOCH) // _MICROSECOND


def _abbreviations(zone: tzinfo, year: int) -> dict[str, int]:
    """What a zone calls itself in the course of a year, with the minutes east of Greenwich."""
    names: dict[str, int] = {}
    for month in range(1, 13):
        moment = datetime(year, month, 1)
        name, offset = zone.tzname(moment), zone.utcoffset(moment)
        if name is not None and offset is not None:
            names[name] = offset // timedelta(minutes=1)
    return names


@lru_cache(64)
def _region(name: str) -> Clock | None:
    try:
        return Clock(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return None


def _in_region(text: str, name: str) -> Moment | None:
    """A local time of a region of the time zone database; None where there is no such region."""
    clock = _region(name)
    return clock.iso(text) if clock is not None else None


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


def _offset(zone: str) -> int | None:
    """Minutes east of Greenwich of `Z`, `+01:00`, `-0300`, `+03`, `GMT+2`, `CET`; None where unknown."""
    known = _ZONES.get(zone.upper())
    if known is not None:
        return int(known * 60)
    digits = zone.removeprefix("UTC").removeprefix("GMT")
    if digits[0] not in "+-":
        return None
    sign, digits = -1 if digits[0] == "-" else 1, digits[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    return sign * (hours * 60 + minutes) if hours < 24 and minutes < 60 else None
