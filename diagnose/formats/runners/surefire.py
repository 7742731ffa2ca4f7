"""Maven Surefire and Failsafe on the console, and their `.txt` reports.

What a class prints stands below `Running`, before anything tells how its tests ended: mute. Each test that failed is then told with its trace;
the lists at the end repeat that. Shapes: Surefire 3.5 run by fixtures/lab/runners; 2.x (name in brackets, two blanks) as documented at
https://maven.apache.org/surefire/maven-surefire-plugin/.
"""

from __future__ import annotations

import re

from diagnose.formats.runners.base import FAILED, UNKNOWN, Runner
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_BLOCK = lazy(
    r"(?:\[ERROR\] +)?(?P<name>[^\n]+?)(?: --)? {1,2}Time elapsed: [\d.,]+ s(?:ec)? {1,2}<<< (?:FAILURE|ERROR)!(?P<suite> --? in )?[^\n]*\n?"
)
_OLD_NAME = lazy(r"(?P<test>[^()\n]+)\((?P<suite>[\w$]+(?:\.[\w$]+)+)\)\Z")
_ELAPSED = r"(?: --)? {1,2}Time elapsed: [\d.,]{1,12} s(?:ec)? {1,2}<<< (?:FAILURE|ERROR)!"


class Surefire(Runner):
    """`[ERROR] com.example.OrderTest.refused -- Time elapsed: 0.002 s <<< ERROR!`, then the trace."""

    name = "surefire"
    priority = 93
    technologies = ("surefire", "java")
    start = (
        rf"\[ERROR\] [^\n]{{1,400}}{_ELAPSED}"
        rf"|[a-z]\w{{0,60}}\.[\w.$]{{1,200}}[^ \n]{{0,100}}{_ELAPSED}"
        r"|\[(?:INFO|WARNING|ERROR)\] (?:Running [\w.$]|Tests run: \d|Results:|(?:Failures|Errors|Flakes|Warnings): {0,2}\r?$)"
    )
    errors: tuple[str, ...] = (r"Time elapsed: [\d.,]+ s(?:ec)?  ?(?:<|\\u003[cC]){3} (?:FAILURE|ERROR)!",)
    samples: tuple[Sample, ...] = (
        Sample(
            "[ERROR] com.example.shop.FailingTest.stockIsAsked -- Time elapsed: 0.002 s <<< ERROR!\n"
            "java.net.ConnectException: Connection refused\n\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)\n"
            "\tat com.example.shop.Shop.askStock(Shop.java:16)\n",
            level="error",
            message="com.example.shop.FailingTest.stockIsAsked: java.net.ConnectException: Connection refused",
        ),
        Sample(
            "[ERROR] total(com.example.shop.FailingTest)  Time elapsed: 0.016 s  <<< FAILURE!\n"
            "org.opentest4j.AssertionFailedError: expected: <400> but was: <300>",
            level="error",
            message="com.example.shop.FailingTest.total: org.opentest4j.AssertionFailedError",
        ),
        Sample(
            "com.example.shop.FailingTest.hasNoFirst -- Time elapsed: 0.018 s <<< ERROR!\njava.util.NoSuchElementException",
            level="error",
            message="com.example.shop.FailingTest.hasNoFirst: java.util.NoSuch",
        ),
        Sample("[INFO] Running com.example.shop.HealthyTest\nError: connect ECONNREFUSED 127.0.0.1:5432", level="info"),
        Sample(
            "[ERROR] Tests run: 7, Failures: 2, Errors: 4, Skipped: 0, Time elapsed: 0.542 s <<< FAILURE! -- in com.example.Test",
            level="info",
        ),
        Sample("[ERROR] Errors: \n[ERROR]   FailingTest.stockIsAsked:18 » Connect Connection refused", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read a test that failed; all else says nothing."""
        block = _BLOCK.match(record)
        if block is None:
            return self.mute(UNKNOWN)
        if block["suite"] or block["name"].startswith("Tests run: "):
            return self.mute(FAILED)
        name = block["name"]
        old = _OLD_NAME.match(name)
        if old is not None:
            name = f"{old['suite']}.{old['test']}"
        header = self.failed(name, record[block.end() :])
        header.fields["test.class"] = re.split(r"\.(?=[^.]*\Z)", name.partition("(")[0])[0]
        return header
