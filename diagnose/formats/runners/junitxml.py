"""JUnit's XML, as Surefire, Gradle, pytest, Jest, PHPUnit and many others write it.

A record is a `testcase` that begins a line, or a whole document that stands on one line (pytest): then all of its tests that failed are one
event, as far as they lie within a record's reach. Shapes: Surefire 3.5, pytest 9 and PHPUnit 9 run by fixtures/lab/runners.
"""

from __future__ import annotations

import html
import re

from diagnose.formats.parts.base import spelled
from diagnose.formats.runners.base import PASSED, UNKNOWN, Runner, placed, without_source
from diagnose.formats.runners.pytest import read_block
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_CASE = lazy(r"<testcase\b([^<>]*)>(.*?)(?=<testcase\b|\Z)", re.DOTALL)
_FAULT = lazy(r"<(failure|error)\b([^<>]*?)(?:/>|>(.*?)(?:</\1>|\Z))", re.DOTALL)
_OUTPUT = lazy(r"<(system-(?:out|err))\b[^<>]*>(.*?)(?:</\1>|\Z)", re.DOTALL)
_ATTRIBUTE = lazy(r'([\w:]+)="([^"]*)"')
_CDATA = lazy(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_FRAMES = lazy(r"(?m)^[ \t]+(?:at |File \")[^\n]*\n?")
_PYTEST = lazy(r"(?m)^E  ")


class JUnitXml(Runner):
    """`<testcase name="…" classname="…">` with `failure`, `error`, `skipped`, `system-out`."""

    name = "junit-xml"
    priority = 95
    start = r" {0,40}<testcase |<\?xml [^<>\n]{1,80}\?>[ \t]{0,10}<testsuites?[ >]"
    errors: tuple[str, ...] = spelled(
        ("<", r"\\u003c", r"\\u003C"), ("failure", "error"), (" ", ">", "/", r"\\/", r"\\u003e", r"\\u003E")
    )
    samples: tuple[Sample, ...] = (
        Sample(
            '  <testcase name="hasNoFirst" classname="com.example.shop.FailingTest" time="0.018">\n'
            '    <error type="java.util.NoSuchElementException"><![CDATA[java.util.NoSuchElementException\n'
            "\tat com.example.shop.FailingTest.hasNoFirst(FailingTest.java:42)\n]]></error>\n  </testcase>",
            level="error",
            message="com.example.shop.FailingTest.hasNoFirst: java.util.NoSuchElementException",
        ),
        Sample(
            '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0">'
            '<testcase classname="test_failing" name="test_answers_ECONNREFUSED" time="0.001" />'
            '<testcase classname="test_failing" name="test_stock_is_asked" time="0.012"><failure message="ConnectionRefusedError: '
            '[Errno 111] Connection refused">def test():\n&gt;   shop.ask_stock(47002)\n\ntest_failing.py:12: \n'
            "E   ConnectionRefusedError: [Errno 111] Connection refused\n\nsocket.py:836: ConnectionRefusedError</failure></testcase>",
            level="error",
            message="test_failing.test_stock_is_asked: ConnectionRefusedError: [Errno 111] Connection refused",
        ),
        Sample(
            '    <testcase name="refusedIsAnsweredWith503" classname="HealthyTest" time="0.1">\n'
            "    <system-err><![CDATA[java.net.ConnectException: Connection refused\n]]></system-err>\n  </testcase>",
            level="info",
        ),
        Sample(
            '<testcase name="isDisabled" classname="HealthyTest"><skipped message="Connection refused"/></testcase>', level="info"
        ),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read the tests of a record; those that failed are told together."""
        cases = _CASE.findall(record)
        told = [(_attributes(head), fault, body) for head, body in cases if (fault := _FAULT.search(body))]
        if not told:
            return self.mute(PASSED if cases else UNKNOWN)
        names, details, texts, stacks = [], [], [], []
        for attributes, fault, body in told:
            names.append(".".join(filter(None, (attributes.get("classname"), attributes.get("name")))))
            error, text, stack = _told(
                fault, body, f"{attributes.get('class') or attributes.get('classname')}::{attributes.get('name')}"
            )
            details.append(error)
            texts.append(text)
            stacks.append(stack)
        file = told[0][0].get("file", "")
        if len(told) == 1:
            return self.failed(names[0], details[0], file, texts[0], stacks[0])
        # Of several tests in one event no frame is to blame for the others' errors.
        header = self.failed(names[0], "\n\n".join(details), file, _FRAMES.sub("", "\n\n".join(details)))
        header.fields["test.names"] = ", ".join(names)
        return header


def _told(fault: re.Match[str], body: str, name: str) -> tuple[str, str, str]:
    """(the error, what signals look in, the trace) of one test. PHPUnit begins with the test's name."""
    attributes, text = _attributes(fault[2]), _text(fault[3] or "").strip("\n").removeprefix(f"{name}\n")
    message = attributes.get("message", "")
    kind = attributes.get("type", "")
    output = "\n".join(_text(found[1]).strip("\n") for found in _OUTPUT.findall(body))
    if _PYTEST.search(text):
        block = read_block(text)
        return block.error, f"{block.text}\n{output}".rstrip("\n"), block.stack
    if message not in text:
        text = f"{message}\n{text}".rstrip("\n")
    if kind and kind.rpartition(".")[2].rpartition("\\")[2] not in text:
        text = f"{kind}: {text}"
    text = placed(without_source(text))
    return text, f"{text}\n{output}".rstrip("\n"), text


def _attributes(head: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(head)}


def _text(content: str) -> str:
    """The text of an element: CDATA as it stands, all else with its entities read."""
    if "<![CDATA[" not in content:
        return html.unescape(content)
    return "".join(_CDATA.findall(content))
