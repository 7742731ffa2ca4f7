"""The clock of a corpus, in all the ways that logs write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

TIMES = ("iso", "nano", "comma", "dot", "second", "slashed", "clf", "nest", "syslog", "kernel", "epoch")


def write_time(milliseconds: int) -> dict[str, bytes]:
    """A moment, in ms after START, as each of TIMES."""
    moment = START + timedelta(milliseconds=milliseconds)
    fraction = milliseconds % 1000
    date, clock = moment.strftime("%Y-%m-%d"), moment.strftime("%H:%M:%S")
    hour = moment.hour % 12 or 12
    written = {
        "iso": f"{date}T{clock}.{fraction:03d}Z",
        "nano": f"{date}T{clock}.{fraction:03d}{milliseconds * 7919 % 1_000_000:06d}Z",
        "comma": f"{date} {clock},{fraction:03d}",
        "dot": f"{date} {clock}.{fraction:03d}",
        "second": f"{date} {clock}",
        "slashed": f"{date.replace('-', '/')} {clock}",
        "clf": moment.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "nest": f"{moment:%m/%d/%Y}, {hour}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'}",
        "syslog": f"{moment:%b} {moment.day:2d} {clock}",
        "kernel": f"{93_000 + milliseconds // 1000}.{fraction:03d}000",
        "epoch": f"{int(moment.timestamp()) * 1000 + fraction}",
    }
    return {name: text.encode() for name, text in written.items()}
