"""journald's records as `journalctl -o export` and `-o verbose` print them: one field a line.

The export format is told in systemd's "Journal Export Formats": a value of several lines stands behind its name and eight bytes
that hold its length; a blank line ends the record. (`-o json` is JSON lines, the short modes are syslog's.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnose.formats.carriers.inner import Inner
from diagnose.formats.parts.base import BaseFormat, spelled
from diagnose.formats.parts.levels import level_of_syslog
from diagnose.hooks import Format, Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_CURSOR = r"s=[0-9a-f]{32};i=[0-9a-f]{1,16};b=[0-9a-f]{32};"
_TIME = r"[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} [A-Z]{3,5}"
_VERBOSE = lazy(rf"{_TIME} \[")
_FIELD = lazy(r"(_{0,2}[A-Z][A-Z0-9_]{0,63})=(.*)")
_NAME = lazy(r"_{0,2}[A-Z][A-Z0-9_]{0,63}")
_INDENT = "    "
_SCOPES = {
    "_HOSTNAME": "host", "SYSLOG_IDENTIFIER": "service", "_PID": "process", "CONTAINER_NAME": "container", "_SYSTEMD_UNIT": "",
}  # fmt: skip
_TIMES = ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP")


class Journal(BaseFormat):
    """`__CURSOR=…` and a field a line (export); `Wed 2026-11-25 23:31:19.286985 UTC [s=…]` and indented fields (verbose)."""

    name = "journal"
    priority = 42
    start = rf"__CURSOR={_CURSOR}|{_TIME} \[{_CURSOR}"
    samples: tuple[Sample, ...] = (
        Sample(
            "__CURSOR=s=7a62bad6d26244be92c3eb4b1ebf236b;i=3;b=f4f188103b4e45c9ae5d9424ea58f833;m=4a949916;t=66122395aa0df;x=8b3\n"
            "__REALTIME_TIMESTAMP=1795428000287007\nPRIORITY=6\n_HOSTNAME=app-4\nMESSAGE=order 0 paid\nSYSLOG_IDENTIFIER=shop\n",
            "2026-11-23T10:00:00.287007Z",
            "info",
            "order 0 paid",
        ),
        Sample(
            "__CURSOR=s=7a62bad6d26244be92c3eb4b1ebf236b;i=9;b=f4f188103b4e45c9ae5d9424ea58f833;m=4a949916;t=66122395aa0df;x=8b3\n"
            "__REALTIME_TIMESTAMP=1795428000287007\nPRIORITY=3\nMESSAGE\n=\0\0\0\0\0\0\0Exception on /orders [GET]\n"
            "Traceback (most recent call last):\nCODE_LINE=42\n",
            "2026-11-23T10:00:00.287007Z",
            "error",
            "Exception on /orders [GET]\nTraceback (most recent call last):",
        ),
        Sample(
            "Wed 2026-11-25 23:31:19.286985 UTC [s=7a62bad6d26244be92c3eb4b1ebf236b;i=3;b=f4f188103b4e45c9ae5d9424ea58f833;m=4;t=6;x=8]\n"
            "    PRIORITY=4\n    MESSAGE=retrying\n            in 5 s\n    _HOSTNAME=app-4",
            "2026-11-25T23:31:19.286985Z",
            "warning",
            "retrying\nin 5 s",
        ),
    )
    errors: tuple[str, ...] = spelled(("PRIORITY=",), "0123")

    def __init__(self, formats: Sequence[Format] = ()) -> None:
        self._inner = Inner(formats)
        self.errors = tuple(dict.fromkeys((*Journal.errors, *(pattern for form in formats for pattern in form.errors))))

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one record; one of another format in its message is read too."""
        verbose = _VERBOSE.match(record)
        found = _of_verbose(record) if verbose else _of_export(record)
        header = Header(found.pop("MESSAGE", ""))
        for name in _TIMES:
            moment = clock.parse(found.pop(name, ""))
            if moment is not None and header.time is None:
                header.time, header.resolution = moment
        if header.time is None and verbose:
            moment = clock.iso(verbose[0][4:-2])
            if moment is not None:
                header.time, header.resolution = moment
        priority = found.pop("PRIORITY", "")
        header.level = level_of_syslog(int(priority)) if priority.isdecimal() else None
        for name, scope in _SCOPES.items():
            if scope and found.get(name):
                header.scope[scope] = found[name]
        unit = found.get("_SYSTEMD_UNIT", "") or found.get("UNIT", "")
        header = self._inner.within(header, clock)
        header.fields |= {name: value for name, value in found.items() if not name.startswith("_")}
        if unit:
            header.fields["unit"] = unit
        return header


def _of_export(record: str) -> dict[str, str]:
    """Field → value."""
    found: dict[str, str] = {}
    lines = iter(record.split("\n"))
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is not None:
            found[field[1]] = field[2]
        elif _NAME.fullmatch(line):
            found[line] = _long_value(next(lines, ""), lines)
    found.pop("__CURSOR", None)
    return found


def _long_value(first: str, lines: Iterator[str]) -> str:
    """A value behind its length. A length with bytes that are no text was lost in decoding: then an empty line ends the value."""
    size, value = first[:8], first[8:]
    length = sum(ord(char) << 8 * at for at, char in enumerate(size))
    lost = "\ufffd" in size
    while len(value.encode("utf-8", "replace")) < length:
        line = next(lines, None)
        if line is None or (lost and not line):
            break
        value += "\n" + line
    return value


def _of_verbose(record: str) -> dict[str, str]:
    """The same; later lines of a value are indented by four more than the width of `NAME=`."""
    found: dict[str, str] = {}
    name = ""
    for line in record.split("\n")[1:]:
        field = _FIELD.fullmatch(line[len(_INDENT) :]) if line.startswith(_INDENT) else None
        if field is not None:
            name = field[1]
            found[name] = field[2]
        elif name:
            found[name] += "\n" + line[len(_INDENT) + len(name) + 1 :]
    return found
