"""PHPUnit's report: sections (`There was 1 failure:`) of numbered blocks.

Below "skipped" and "incomplete" (shown with `-v`) blocks look as those of failures do. So a section and its first block are one record, and a later
block of which neither its error's class nor its assertion tells that it failed is mute. Shapes: PHPUnit 9.6 run by
fixtures/lab/runners.
"""

from __future__ import annotations

from diagnose.formats.runners.base import PASSED, UNKNOWN, Runner
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_SECTION = lazy(r"There (?:was|were) \d+ (error|failure|warning|\w+ (?:test|deprecation|notice|warning))s?:\s*\n")
_BLOCK = lazy(r"\d+\) ([\w\\]+::[^\n]+?)\r?(?:\n|\Z)")
_END = lazy(r"\n(?:--\n|(?:ERRORS|FAILURES|WARNINGS)!\n|OK(?:, but|\s\())")
_PLACE = lazy(r"(?m)^((?:/|[A-Za-z]:\\|phar:)[^\n]*\.php):(\d{1,9})$")
_THROWN = lazy(r"[A-Z][\w\\]*(?: \(\w+\))?: ")
_ASSERTED = lazy(r"(?m)^(?:Failed asserting|--- Expected)")


class PhpUnit(Runner):
    """`1) OrderTest::testRefused`, the error, a blank line, files with line numbers."""

    name = "phpunit"
    priority = 96
    technologies = ("phpunit", "php")
    start = (
        r"(?:[2-9]|[1-9]\d{1,5})\) [A-Za-z_][\w\\]{0,200}::\w"
        r"|There w(?:as 1|ere \d{1,6}) (?:error|failure|warning|skipped|incomplete|risky|PHPUnit|deprecat)[\w ]{0,30}:\r?$"
        r"|PHPUnit \d[\w.-]{1,20} by "
    )
    errors: tuple[str, ...] = (
        "There was 1 (?:error|failure):",
        r"There were \d+ (?:errors|failures):",
        "::test",
        "Failed asserting that ",
    )
    samples: tuple[Sample, ...] = (
        Sample(
            "There were 2 errors:\n\n1) FailingTest::testStockIsAsked\n"
            "RuntimeException: stream_socket_client(): Unable to connect to tcp://127.0.0.1:47002 (Connection refused)\n\n"
            "/srv/shop/Shop.php:10\n/srv/shop/FailingTest.php:11\n",
            level="error",
            message="FailingTest::testStockIsAsked: RuntimeException: stream_socket_client()",
        ),
        Sample(
            "2) FailingTest::testTotal\nFailed asserting that 300 is identical to 400.\n\n/srv/shop/FailingTest.php:23\n",
            level="error",
            message="FailingTest::testTotal: Failed asserting that 300",
        ),
        Sample(
            "There was 1 skipped test:\n\n1) FailingTest::testSkipped\nno database: SQLSTATE[HY000] [2002] Connection refused\n",
            level="info",
        ),
        Sample("2) HealthyTest::testSkipped\nno database: SQLSTATE[HY000] [2002] Connection refused\n", level="info"),
        Sample("PHPUnit 9.6.7 by Sebastian Bergmann and contributors.\n\n.Error: Connection refused", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read a section's title with its first block, or a later block."""
        section = _SECTION.match(record)
        rest = record[section.end() :] if section else record
        block = _BLOCK.match(rest.lstrip())
        if block is None or (section and section[1] not in ("error", "failure")):
            return self.mute(UNKNOWN if block is None else PASSED)
        details = rest.lstrip()[block.end() :]
        end = _END.search(details)
        details = (details[: end.start()] if end else details).strip("\n")
        if not section and not _THROWN.match(details) and not _ASSERTED.search(details):
            return self.mute(UNKNOWN, block[1])
        places = _PLACE.findall(details)
        header = self.failed(block[1], details, places[-1][0] if places else "", _as_thrown(block[1], details, places))
        if places:
            header.fields["test.line"] = int(places[-1][1])
        return header


def _as_thrown(name: str, details: str, places: list[tuple[str, str]]) -> str:
    """The details with their places as PHP prints an exception, so that a trace is read from them."""
    if not places or not _THROWN.match(details):
        return details
    error = _PLACE.sub("", details).strip("\n")
    (file, line), callers = places[0], places[1:]
    frames = [f"#{number} {path}({at}): {name}()" for number, (path, at) in enumerate(callers)]
    return "\n".join([f"{error} in {file}:{line}", "Stack trace:", *frames, f"#{len(frames)} {{main}}"])
