"""`key=value` lines: Go's slog and logrus, Grafana's and HashiCorp's servers, Heroku's router, structlog."""

from __future__ import annotations

import re

from diagnose.formats.parts.base import QUOTE, QUOTES, BaseFormat, spelled, split_test, statuses
from diagnose.formats.parts.levels import LOUD_LOWER, LOUD_SHORT, LOUD_TITLE, LOUD_UPPER
from diagnose.formats.parts.pairs import value_of
from diagnose.formats.parts.structured import header_of
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_PAIR = lazy(r"([\w.@/-]+)=(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\S*)")


class Logfmt(BaseFormat):
    """`time=… level=ERROR msg="…" key=value`."""

    name = "logfmt"
    priority = 40
    continues = False
    start = (
        r"(?:time|ts|t|timestamp|level|lvl|event)=(?:[\"']?\d{4}-|\d{9}|[A-Za-z\"'])[^\n]{0,60} [\w.]+="
        r"|at=(?:info|warning|error) [\w.]+="
        r"|caller=[\w./-]+\.go:\d+ level=\w+ "
    )
    errors: tuple[str, ...] = (
        rf"(?:level|lvl|at)=(?:{QUOTE}|')?(?:{LOUD_LOWER}|{LOUD_UPPER}|{LOUD_TITLE}|{LOUD_SHORT}|err|eror)\b",
    )
    samples: tuple[Sample, ...] = (
        Sample(
            'time=2026-11-23T10:00:00.123Z level=ERROR msg="query failed" err="pq: deadlock detected" status=500',
            "2026-11-23T10:00:00.123Z",
            "error",
            "query failed\npq: deadlock",
        ),
        Sample('time="2026-11-23T10:00:00Z" level=fatal msg="no \\"config\\""', "2026-11-23T10:00:00Z", "fatal", 'no "config"'),
        Sample(
            'level=info ts=2026-11-23T10:00:00.123Z caller=main.go:42 msg="Starting"',
            "2026-11-23T10:00:00.123Z",
            "info",
            "Starting",
        ),
        Sample(
            'caller=api.go:42 level=error msg="query failed" ts=2026-11-23T10:00:00.123Z',
            "2026-11-23T10:00:00.123Z",
            "error",
            "query failed",
        ),
        Sample(
            "timestamp='2026-11-23T10:00:00.123456Z' level='error' event='payment failed' reference='R-1' logger='shop.pay'",
            "2026-11-23T10:00:00.123456Z",
            "error",
            "payment failed",
        ),
        Sample("event='ready' version='1.8.0' level='info'", level="info", message="ready"),
        Sample('at=error code=H12 desc="Request timeout" method=GET path="/orders" status=503', level="error"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one line; values that look like numbers are numbers."""
        fields = {key: value_of(text) for key, text in _PAIR.findall(record)}
        if "at" in fields:
            fields.setdefault("level", fields.pop("at"))
        return header_of(fields, clock, record)

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """The key, with its value where the test names one."""
        if len(name) < 3 or not re.fullmatch(r"[\w.]+", name):
            return ()
        sign, operand = split_test(test)
        if name == "status":
            return (*spelled(("status=", "tatusCode=", "status_code=", "statuscode="), ("", *QUOTES), statuses(test)),)
        if sign == "==" and operand.isalnum() and not operand.isdigit():
            return (rf"{re.escape(name)}={QUOTE}?{operand}\b",)
        return (rf"{re.escape(name)}=",)
