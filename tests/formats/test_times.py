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


# ---------------------------------------------------------------- against the standard library

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu"]
LOCAL = st.datetimes(datetime(2000, 1, 2), datetime(2037, 12, 30))


def since_1970(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@given(LOCAL, st.sampled_from(ZONES))
def test_a_local_time_is_the_earlier_of_two_and_as_if_unchanged_where_there_is_none(local: datetime, name: str) -> None:
    local = local.replace(microsecond=0, fold=0)
    assert Clock(ZoneInfo(name)).iso(local.isoformat()) == (since_1970(local.replace(tzinfo=ZoneInfo(name))), SECOND)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-29 01:59:59", "2026-03-29T00:59:59+00:00"),
        ("2026-03-29 02:30:00", "2026-03-29T01:30:00+00:00"),  # skipped
        ("2026-03-29 03:00:00", "2026-03-29T01:00:00+00:00"),
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00+00:00"),  # twice
        ("2026-10-25 02:30:00 CEST", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25 02:30:00 CET", "2026-10-25T01:30:00+00:00"),
        ("2026-10-25 02:30:00+01:00", "2026-10-25T01:30:00+00:00"),
        ("2026-10-25 03:00:00", "2026-10-25T02:00:00+00:00"),
        ("Oct 25 02:30:00", "2026-10-25T00:30:00+00:00"),
    ],
)
def test_the_hours_in_which_clocks_change(text: str, expected: str) -> None:
    assert clock(zone="Europe/Berlin").parse(text) == (micros(expected), SECOND)


@given(
    st.datetimes(datetime(2010, 1, 2), datetime(2030, 12, 30)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "America/Chicago"]),
)
def test_an_abbreviation_tells_which_of_two_it_is(moment: datetime, name: str) -> None:
    aware = moment.replace(microsecond=0, tzinfo=UTC).astimezone(ZoneInfo(name))
    assert Clock(ZoneInfo(name)).iso(f"{aware:%Y-%m-%d %H:%M:%S %Z}") == (since_1970(aware), SECOND)


NOTATIONS = [
    ("%Y-%m-%dT%H:%M:%S.%fZ", MICRO),
    ("%Y-%m-%d %H:%M:%S,%f", MICRO),
    ("%Y/%m/%d %H:%M:%S", SECOND),
    ("%Y/%m/%d - %H:%M:%S", SECOND),
    ("%Y.%m.%d %H:%M:%S", SECOND),
    ("%Y-%m-%d, %H:%M:%S", SECOND),
    ("%Y-%m-%d_%H:%M:%S", SECOND),
    ("%Y%m%dT%H%M%SZ", SECOND),
    ("%Y%m%d %H:%M:%S.%f", MICRO),
    ("%Y-%m-%dT%H:%MZ", 60 * SECOND),
    ("%Y-%m-%d %I:%M:%S %p", SECOND),
    ("%Y-%m-%dT%H:%M:%S.%fZ[UTC]", MICRO),
    ("%Y-%b-%d %H:%M:%S.%f", MICRO),
    ("%Y %b %d %H:%M:%S", SECOND),
    ("%d/%b/%Y:%H:%M:%S +0000", SECOND),
    ("%d-%b-%Y %H:%M:%S UTC", SECOND),
    ("%d-%b-%Y %H:%M:%S Etc/UTC", SECOND),
    ("%d %b %Y %H:%M:%S.%f", MICRO),
    ("%A, %d-%b-%y %H:%M:%S GMT", SECOND),
    ("%a, %d %b %Y %H:%M:%S +0000", SECOND),
    ("%a %b %d %H:%M:%S %Y", SECOND),
    ("%a %b %d %H:%M:%S UTC %Y", SECOND),
    ("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)", SECOND),
    ("%m/%d/%Y, %I:%M:%S %p", SECOND),
    ("%m/%d/%Y, %I:%M:%S\u202f%p", SECOND),
    ("%m/%d/%y %H:%M:%S:%f UTC", MICRO),
    ("%d.%m.%Y, %H:%M:%S", SECOND),
    ("%b %d, %Y %I:%M:%S %p", SECOND),
    ("%b %d %Y %H:%M:%S", SECOND),
    ("%y%m%d %H:%M:%S", SECOND),
]


@given(st.datetimes(datetime(2000, 1, 2), datetime(2068, 12, 30)), st.sampled_from(NOTATIONS))
def test_every_notation_reads_what_strftime_writes(moment: datetime, notation: tuple[str, int]) -> None:
    shape, resolution = notation
    exact = since_1970(moment.replace(tzinfo=UTC))
    for text in (moment.strftime(shape), moment.strftime(shape).replace("AM", "a.m.").replace("PM", "p.m.")):
        assert clock().parse(text) == (exact - exact % resolution, resolution), text


@given(st.integers(10**15 // 10 + 1, 4 * 10**15), st.sampled_from([(SECOND, SECOND), (MILLI, MILLI), (MICRO, MICRO)]))
def test_epochs_in_every_unit(exact: int, unit: tuple[int, int]) -> None:
    size, resolution = unit
    assert clock().epoch(exact // size) == (exact // size * size, resolution)
    assert clock().parse(str(exact // size)) == (exact // size * size, resolution)
    assert clock().epoch(exact * 1_000 + 999) == (exact, MICRO)


@given(st.datetimes(datetime(2005, 1, 1), datetime(2035, 12, 30)), st.integers(-86_400, 363 * 86_400))
def test_a_time_without_year_is_within_the_year_before_its_files(written: datetime, before: int) -> None:
    """From a day after the file's time (clocks and zones differ) to nearly a year before it."""
    reference = written.replace(microsecond=0, tzinfo=UTC)
    moment = reference - timedelta(seconds=before)
    read = Clock(reference=since_1970(reference)).parse(f"{moment:%b} {moment.day:2} {moment:%H:%M:%S}")
    assert read == (since_1970(moment), SECOND)


@given(st.datetimes(datetime(2005, 1, 1), datetime(2035, 12, 30)), st.integers(-59, 86_300))
def test_a_bare_time_of_day_is_within_the_day_before_its_files(written: datetime, before: int) -> None:
    """Archives cut off fractions: a line may be somewhat later than the time of its file."""
    reference = written.replace(microsecond=0, tzinfo=UTC)
    moment = reference - timedelta(seconds=before)
    assert Clock(reference=since_1970(reference)).parse(f"{moment:%H:%M:%S}.250") == (since_1970(moment) + 250_000, MILLI)


@given(st.integers(0, 23), st.integers(0, 59))
def test_twelve_hour_clocks(hour: int, minute: int) -> None:
    moment = datetime(2026, 11, 23, hour, minute, 7, tzinfo=UTC)
    for blank in (" ", "", "\u202f", "\u00a0"):
        for half in (f"{moment:%p}", f"{moment:%p}".lower()):
            text = f"{moment:%m/%d/%Y, %I:%M:%S}{blank}{half}"
            assert clock("2026-11-24T12:00:00+00:00").parse(text) == (since_1970(moment), SECOND), text


def test_leap_days_are_days_of_leap_years_only() -> None:
    assert clock().parse("2024-02-29 10:00:00") is not None
    assert clock().parse("2025-02-29 10:00:00") is None
    assert clock().parse("29.02.2026 10:00:00") is None
    assert clock("2028-03-01T00:00:00+00:00").parse("Feb 29 10:00:00") == (micros("2028-02-29T10:00:00+00:00"), SECOND)


def test_leap_seconds_in_other_notations() -> None:
    last = micros("2016-12-31T23:59:59.999999+00:00")
    for text in ("31/Dec/2016:23:59:60 +0000", "2016/12/31 23:59:60", "Dec 31 2016 23:59:60", "2017-01-01 00:59:60+01:00"):
        assert clock().parse(text) == (last, SECOND)


def test_a_region_has_its_own_time() -> None:
    for text in (
        "23-Nov-2026 10:00:00 Europe/Berlin",
        "2026-11-23T10:00:00[Europe/Berlin]",
        "2026-11-23T04:00:00-05:00[America/New_York]",
    ):
        assert clock().parse(text) == (micros("2026-11-23T09:00:00+00:00"), SECOND)
    assert clock().parse("23-Nov-2026 10:00:00 Middle/Earth") is None
    assert clock().parse("23-Nov-2026 10:00:00 Etc/../passwd") is None


def test_a_reference_moves_on_with_its_source() -> None:
    live = clock("2026-12-30T12:00:00+00:00")
    assert live.parse("Jan  2 10:00:00") == (micros("2026-01-02T10:00:00+00:00"), SECOND)
    assert live.parse("11:00:00") == (micros("2026-12-30T11:00:00+00:00"), SECOND)
    live.refer(micros("2027-01-02T10:00:01+00:00"))
    assert live.parse("Jan  2 10:00:00") == (micros("2027-01-02T10:00:00+00:00"), SECOND)
    assert live.parse("11:00:00") == (micros("2027-01-01T11:00:00+00:00"), SECOND)
