"""Times: what is read, to which resolution, and what is no time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.times import Clock

SECOND, MILLI, MICRO = 1_000_000, 1_000, 1


def micros(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


NOON = micros("2026-11-23T12:00:00+00:00")


def clock(reference: str = "2026-11-23T12:00:00+00:00", zone: str = "UTC") -> Clock:
    return Clock(ZoneInfo(zone), micros(reference))


@pytest.mark.parametrize(
    ("text", "expected", "resolution"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00+00:00", SECOND),
        ("2026-11-23T10:00:00.123Z", "2026-11-23T10:00:00.123+00:00", MILLI),
        ("2026-11-23 10:00:00,123", "2026-11-23T10:00:00.123+00:00", MILLI),
        ("2026-11-23T10:00:00.5Z", "2026-11-23T10:00:00.500+00:00", MILLI),
        ("2026-11-23T10:00:00.123456+01:00", "2026-11-23T09:00:00.123456+00:00", MICRO),
        ("2026-11-23T10:00:00.123456789Z", "2026-11-23T10:00:00.123456+00:00", MICRO),
        ("2026-11-23 10:00:00.123 +0530", "2026-11-23T04:30:00.123+00:00", MILLI),
        ("2026-11-23 10:00:00 -03", "2026-11-23T13:00:00+00:00", SECOND),
        ("2026-11-23 10:00:00.123 UTC", "2026-11-23T10:00:00.123+00:00", MILLI),
        ("2026-11-23 10:00:00 CET", "2026-11-23T09:00:00+00:00", SECOND),
        ("2026-11-23 10:00:00 GMT+2", "2026-11-23T08:00:00+00:00", SECOND),
        ("2026-11-23  9:05:01", "2026-11-23T09:05:01+00:00", SECOND),
        ("23/Nov/2026:10:00:00 +0100", "2026-11-23T09:00:00+00:00", SECOND),
        ("23/Nov/2026 10:00:00", "2026-11-23T10:00:00+00:00", SECOND),
        ("2026/11/23 10:00:00", "2026-11-23T10:00:00+00:00", SECOND),
        ("2026/11/23 10:00:00.123456", "2026-11-23T10:00:00.123456+00:00", MICRO),
        ("2026/11/23 - 10:00:00", "2026-11-23T10:00:00+00:00", SECOND),
        ("Nov 23 10:00:00", "2026-11-23T10:00:00+00:00", SECOND),
        ("Nov  3 10:00:00.25", "2026-11-03T10:00:00.250+00:00", MILLI),
        ("23 Nov 2026 10:00:00.123", "2026-11-23T10:00:00.123+00:00", MILLI),
        ("11/23/2026, 10:00:00 AM", "2026-11-23T10:00:00+00:00", SECOND),
        ("11/23/2026, 12:00:01 AM", "2026-11-23T00:00:01+00:00", SECOND),
        ("11/23/2026, 12:00:01 PM", "2026-11-23T12:00:01+00:00", SECOND),
        ("11/23/2026, 10:00:00\u202fPM", "2026-11-23T22:00:00+00:00", SECOND),
        ("Mon, 23 Nov 2026 10:00:00 GMT", "2026-11-23T10:00:00+00:00", SECOND),
        ("Mon Nov 23 10:00:00.123456 2026", "2026-11-23T10:00:00.123456+00:00", MICRO),
        ("Mon Nov 23 2026 10:00:00 GMT+0100 (Central European Standard Time)", "2026-11-23T09:00:00+00:00", SECOND),
        ("23-Nov-2026 10:00:00 UTC", "2026-11-23T10:00:00+00:00", SECOND),
        ("Nov 23, 2026 10:00:00 AM", "2026-11-23T10:00:00+00:00", SECOND),
        ("261123 10:00:00", "2026-11-23T10:00:00+00:00", SECOND),
        ("10:00:00.123", "2026-11-23T10:00:00.123+00:00", MILLI),
        ("13:00:00", "2026-11-22T13:00:00+00:00", SECOND),
        ("1795428000.123", "2026-11-23T10:00:00.123+00:00", MILLI),
    ],
)
def test_notations(text: str, expected: str, resolution: int) -> None:
    assert clock().parse(text) == (micros(expected), resolution)
    reader = clock()
    reader.parse(text)
    assert reader.parse(text) == (micros(expected), resolution), "a second look remembers the first"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2026-02-30 10:00:00",
        "2026-11-23 24:00:00",
        "2026-11-23 10:61:00",
        "2026-13-01T00:00:00Z",
        "2026-11-23",
        "2026-11-23T10:00:00 XYZ",
        "2026-11-23T10:00:00+99:99",
        "11/23/2026, 13:00:00 PM",
        "Feb 30 10:00:00",
        "0000-01-01T00:00:00Z",
        "2026-11-23T10:00:00.",
        "nan",
        "inf",
        "12345",
        "٢٠٢٦-11-23T10:00:00Z",
    ],
)
def test_no_times(text: str) -> None:
    assert clock().parse(text) is None
    assert clock().iso(text) is None


def test_leap_second_is_the_last_microsecond_of_its_minute() -> None:
    assert clock().iso("2016-12-31T23:59:60Z") == (micros("2016-12-31T23:59:59.999999+00:00"), SECOND)
    assert clock().iso("2016-12-31T23:59:60.500Z") == (micros("2016-12-31T23:59:59.999999+00:00"), MILLI)
    assert clock().iso("2016-12-31T23:60:60Z") is None


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        ("Dec 31 23:59:59", "2027-01-01T00:00:05+00:00", "2026-12-31T23:59:59+00:00"),
        ("Jan  1 00:00:01", "2027-01-01T00:00:05+00:00", "2027-01-01T00:00:01+00:00"),
        ("Jan  1 00:00:01", "2026-12-31T23:59:00+00:00", "2027-01-01T00:00:01+00:00"),
        ("Jan  2 00:00:01", "2026-12-31T23:59:00+00:00", "2026-01-02T00:00:01+00:00"),
        ("Nov 24 11:59:59", "2026-11-23T12:00:00+00:00", "2026-11-24T11:59:59+00:00"),
        ("Nov 24 12:00:01", "2026-11-23T12:00:00+00:00", "2025-11-24T12:00:01+00:00"),
        ("Feb 29 10:00:00", "2026-11-23T12:00:00+00:00", "2024-02-29T10:00:00+00:00"),
        ("Feb 29 10:00:00", "1903-01-01T00:00:00+00:00", "1896-02-29T10:00:00+00:00"),
    ],
)
def test_the_year_is_the_latest_not_more_than_a_day_ahead(text: str, reference: str, expected: str) -> None:
    assert clock(reference).parse(text) == (micros(expected), SECOND)


def test_without_reference_a_time_without_year_is_unknown() -> None:
    assert Clock().parse("Nov 23 10:00:00") is None
    assert Clock().parse("10:00:00.123") is None


def test_the_clocks_zone_is_assumed_where_none_is_written() -> None:
    berlin = clock(zone="Europe/Berlin")
    assert berlin.iso("2026-07-01 10:00:00") == (micros("2026-07-01T08:00:00+00:00"), SECOND)
    assert berlin.iso("2026-01-01 10:00:00") == (micros("2026-01-01T09:00:00+00:00"), SECOND)
    assert berlin.iso("2026-07-01 10:00:00 CEST") == berlin.iso("2026-07-01 10:00:00")
    assert berlin.iso("2026-07-01 10:00:00Z") == (micros("2026-07-01T10:00:00+00:00"), SECOND)
    assert berlin.parse("Jul  1 10:00:00") == (micros("2026-07-01T08:00:00+00:00"), SECOND)


def test_an_ambiguous_abbreviation_means_the_clocks_own_zone() -> None:
    text = "2026-07-01 10:00:00 CST"
    assert Clock().iso(text) == (micros("2026-07-01T16:00:00+00:00"), SECOND)
    assert Clock(ZoneInfo("Asia/Shanghai")).iso(text) == (micros("2026-07-01T02:00:00+00:00"), SECOND)


@pytest.mark.parametrize(
    ("number", "expected", "resolution"),
    [
        (1795428000, NOON - 7200 * SECOND, SECOND),
        ("1795428000", NOON - 7200 * SECOND, SECOND),
        (1795428000.123, NOON - 7200 * SECOND + 123_000, MILLI),
        (1795428000.1234567, NOON - 7200 * SECOND + 123_457, MICRO),
        (1795428000123, NOON - 7200 * SECOND + 123_000, MILLI),
        (1795428000123456, NOON - 7200 * SECOND + 123_456, MICRO),
        (1795428000123456789, NOON - 7200 * SECOND + 123_456, MICRO),
    ],
)
def test_epoch_by_magnitude(number: float | str, expected: int, resolution: int) -> None:
    assert clock().epoch(number) == (expected, resolution)


@pytest.mark.parametrize("number", [0, 12.5, True, float("nan"), float("inf"), -1e30, 10**30, "", "x", "1e999"])
def test_no_epoch(number: float | str) -> None:
    assert clock().epoch(number) is None


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), st.integers(-14 * 60, 14 * 60), st.sampled_from("T "))
def test_iso_reads_what_the_standard_library_writes(moment: datetime, minutes: int, separator: str) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    read = clock().iso(aware.isoformat(separator))
    assert read == (expected, MICRO if moment.microsecond else SECOND)


@given(st.text() | st.text("0123456789-:/ TZ.,+NovAMPUC", max_size=40))
def test_no_text_raises(text: str) -> None:
    for reader in (clock(), Clock(), clock(zone="America/New_York")):
        reader.parse(text)
        reader.iso(text)
        reader.epoch(text)


@given(
    st.lists(
        st.sampled_from([f"2026-11-{d:02}T{h:02}:00:00.{ms:03}Z" for d in (1, 2) for h in range(24) for ms in (0, 7)]),
        max_size=60,
    )
)
def test_what_is_remembered_is_what_would_be_read(texts: list[str]) -> None:
    reader = clock()
    assert [reader.iso(text) for text in texts] == [clock().iso(text) for text in texts]


def test_memory_is_bounded() -> None:
    reader = clock()
    start = datetime(2026, 1, 1)
    for second in range(20_000):
        text = (start + timedelta(seconds=second)).isoformat() + f".{second % 1000:03}"
        assert reader.iso(text) == (micros(text + "+00:00"), MILLI)
        reader.parse(f"Nov 23 {second % 24:02}:00:00.{second}")
    assert max(len(reader._heads), len(reader._tails), len(reader._parsed)) <= 8_192
