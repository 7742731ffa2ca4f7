"""Lines of test reports that stand alone: totals, results of packages, and single marks. They say nothing, and nothing belongs to them.

What follows a run's last line is another program's output, and speaks for itself. A single ✔ behind one blank is Docker Compose's,
Next.js' or PHPUnit's as well: it must not take anything with it.
"""

from __future__ import annotations

from diagnose.formats.runners.base import UNKNOWN, Runner
from diagnose.hooks import Sample
from diagnose.model import Header
from diagnose.times import Clock


class TestSummary(Runner):
    """`4 failed, 1 passed in 0.68s`, `Tests: 5 failed, 10 total`, `ok  \\tpackage`, `ℹ pass 2`, `[INFO] BUILD FAILURE`, ` ✔ name`."""

    name = "test-summary"
    priority = 98
    continues = False
    start = (
        r"(?:={3,200} )?\d{1,7} (?:failed|passed|errors?|skipped|deselected|xfailed|xpassed|warnings?)(?:, [^\n]{1,200})? in [\d.]{1,12}s"
        r"|(?:Test Suites|Tests|Snapshots): {1,12}\d|Ran all test suites"
        r"| {1,12}(?:Test Files|Tests) {2}[\d\w]|(?:ok  |FAIL|\?   )\t[\w./-]{1,300}\t"
        r"|\xe2\x84\xb9 (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) \d|# (?:tests|pass|fail|todo|skip(?:ped)?) +\d"
        r"|\[INFO\] (?:-{10,200}|BUILD (?:SUCCESS|FAILURE))"
        r"|\[ERROR\] Failed to execute goal org\.apache\.maven\.plugins:maven-(?:surefire|failsafe)-plugin"
        r"|Result: (?:PASS|FAIL)\r?$|(?:OK \(|(?:ERRORS|FAILURES)!|Tests: )\d{0,7}"
        r"|\xe2\x96\xb6 [^\n]| (?:\xe2\x9c\x94|\xe2\x9c\x93|\xe2\x86\xa9) [^\n]"
    )
    samples: tuple[Sample, ...] = (
        Sample("=============== 4 failed, 1 passed, 1 xfailed, 1 error in 0.68s ================", level="info"),
        Sample("Tests:       5 failed, 1 skipped, 1 todo, 3 passed, 10 total", level="info"),
        Sample("ok  \texample.com/shop/stock\t0.009s", level="info"),
        Sample("ℹ duration_ms 2573.497955", level="info"),
        Sample("# skipped 1", level="info"),
        Sample("[INFO] BUILD FAILURE", level="info"),
        Sample("▶ answers ECONNREFUSED with 503", level="info"),
        Sample(" ✔ Connect ECONNREFUSED is answered with 503", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """There is nothing to read."""
        return self.mute(UNKNOWN)
