"""Gradle's test logging: `OrderTest > refused() FAILED`, then the error four blanks further in.

Standard streams are shown per test, but before it has ended: mute. Documented only:
https://docs.gradle.org/current/dsl/org.gradle.api.tasks.testing.logging.TestLoggingContainer.html.
"""

from __future__ import annotations

from diagnose.formats.runners.base import PASSED, UNKNOWN, Runner, dedent
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LINE = lazy(r"([A-Za-z_][\w.$]{0,200} > [^\n]{1,300}) (PASSED|FAILED|SKIPPED|STANDARD_OUT|STANDARD_ERROR)\r?(?:\n|\Z)")


class Gradle(Runner):
    """`Class > test FAILED`."""

    name = "gradle-test"
    priority = 94
    technologies = ("gradle", "java")
    start = r"[A-Za-z_][\w.$]{0,200} > [^\n]{1,300} (?:PASSED|FAILED|SKIPPED|STANDARD_OUT|STANDARD_ERROR)\r?$"
    errors: tuple[str, ...] = (" FAILED",)
    samples: tuple[Sample, ...] = (
        Sample(
            "com.example.OrderTest > refused() FAILED\n    java.net.ConnectException: Connection refused\n"
            "        at com.example.Shop.askStock(Shop.java:16)",
            level="error",
            message="com.example.OrderTest > refused(): java.net.ConnectException: Connection refused\n    at com",
        ),
        Sample("OrderTest > answers ECONNREFUSED with 503 PASSED", level="info"),
        Sample("OrderTest > refused() STANDARD_ERROR\n    Error: connect ECONNREFUSED 127.0.0.1:5432", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read a test that failed; all else says nothing."""
        line = _LINE.match(record)
        if line is None:
            return None
        if line[2] != "FAILED":
            return self.mute(UNKNOWN if line[2].startswith("STANDARD") else PASSED, line[1])
        return self.failed(line[1], dedent(record[line.end() :], 4))
