"""What CI servers are given: each format is read back by a parser that is not ours, whatever a log holds."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import cmarkgfm
import jsonschema
import junitparser
import pytest
from hypothesis import given, settings

from diagnose.model import Incident, Proof, Report, Severity
from diagnose.printers import BUILT_IN
from diagnose.printers.github import SHOWN
from diagnose.printers.markdown import ROOM
from diagnose.printers.markup import code, fence, inline
from diagnose.printers.places import Base
from diagnose.printers.sarif import RESULTS
from diagnose.visible import visible
from tests.kit import FIXTURES, ROOT, scan_files
from tests.strange import TEXT, finding, plain, report_of, strange_reports
from tests.test_visible import unsafe

MANY = settings(deadline=None, max_examples=80)


def printed(name: str, report: Report, **options: object) -> str:
    out = io.StringIO()
    next(printer for printer in BUILT_IN if printer.name == name).print(report, out, options)
    return out.getvalue()


@cache
def demo() -> Report:
    return scan_files(sorted((FIXTURES / "demo").glob("*.log")))


# ---------------------------------------------------------------- SARIF


@cache
def sarif_schema() -> jsonschema.Draft7Validator:
    schema = json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0.json").read_text())
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())


def sarif(report: Report, **options: object) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(printed("sarif", report, **options))
    sarif_schema().validate(data)
    (run,) = data["runs"]
    assert isinstance(run, dict)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        for place in (*result["locations"], *result["relatedLocations"]):
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"(?:[A-Za-z0-9._~!$'()*,;=@/+-]|%[0-9A-F]{2})+", uri)
            assert not uri.startswith("/")
            assert ":" not in uri
    return run


@pytest.mark.slow
@MANY
@given(strange_reports())
def test_sarif_is_valid_whatever_a_log_holds(report: Report) -> None:
    run = sarif(report)
    told = [one for one in report.findings if not one.suppressed]
    assert len(run["results"]) == len(told)
    for result in run["results"]:
        text = result["message"]["text"]
        # No link and no placeholder is left: brackets are escaped, braces doubled.
        assert not re.search(r"(?<!\\)(?:\\\\)*\[", text)
        assert not re.search(r"\{", text.replace("{{", ""))


def test_sarif_of_the_demo_keeps_the_root_and_tells_what_it_explains() -> None:
    run = sarif(demo(), verb="scan")
    assert run["automationDetails"]["id"] == "diagnose/scan/"
    root = run["results"][0]
    assert root["ruleId"] == "linux/oom-killed"
    assert root["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "fixtures/demo/kern.log",
        "uriBaseId": "SRCROOT",
    }
    assert sum("Explained by: " in result["message"]["text"] for result in run["results"]) == len(run["results"]) - 1
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    assert "**Check**" in run["tool"]["driver"]["rules"][0]["help"]["markdown"]


def test_sarif_tells_the_state_against_a_baseline() -> None:
    run = sarif(report_of(finding(1, baseline="known"), finding(2, baseline="new"), finding(3)))
    states = {result["message"]["text"][:6]: result.get("baselineState") for result in run["results"]}
    assert states == {"Part 1": "unchanged", "Part 2": "new", "Part 3": None}


def test_sarif_leaves_out_what_is_suppressed() -> None:
    assert sarif(report_of(finding(1, suppressed="we know")))["results"] == []


@pytest.mark.slow
def test_sarif_keeps_the_worst_where_github_takes_no_more() -> None:
    mild = [finding(number, severity=Severity.WARNING) for number in range(RESULTS)]
    run = sarif(report_of(*mild, finding(RESULTS, severity=Severity.CRITICAL), finding(RESULTS + 1)))
    assert len(run["results"]) == RESULTS
    assert [result["level"] for result in run["results"][:3]] == ["error", "error", "warning"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("2 findings are left out")


def test_sarif_points_at_code_where_there_is_some() -> None:
    log, spot = Proof("a.log", 1, 0, "x"), Proof("src/a.js", 4, 0, "await f()", None, "", 3, 5, 8)
    (result,) = sarif(report_of(finding(1, evidence=(log, spot))))["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 4, "startColumn": 3, "endLine": 5, "endColumn": 8, "snippet": {"text": "await f()"}}
    assert result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a.log"


# ---------------------------------------------------------------- places


def test_paths_start_at_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "api").mkdir()
    base = Base(tmp_path / "api")
    assert base.relative("logs/a.log") == "api/logs/a.log"
    assert base.relative("../a.log") == "a.log"
    assert base.relative(str(tmp_path / "api" / "b.log")) == "api/b.log"
    assert base.relative("/var/log/x") == "/var/log/x"
    assert base.relative("-") == "stdin"


# ---------------------------------------------------------------- GitHub


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands of a step's output, read as the runner reads them, and nothing but figures besides."""
    told = []
    for line in text.split("\n"):
        match = re.fullmatch(r"::([a-z]+)(?: ([^:]*))?::(.*)", line)
        if match is None:
            assert re.fullmatch(r"(?:diagnose: [a-zA-Z0-9 ,]+: [\d,]+)?", line), line
            continue
        pairs = [pair.split("=", 1) for pair in match[2].split(",")]
        told.append((match[1], {name: unescape(value, ":,") for name, value in pairs}, unescape(match[3], "")))
    return told


def unescape(text: str, more: str) -> str:
    for char in (*more, "\r", "\n"):
        text = text.replace(f"%{ord(char):02X}", char)
    return text.replace("%25", "%")


@pytest.mark.slow
@MANY
@given(strange_reports())
def test_github_reads_back_what_was_meant(report: Report) -> None:
    text = printed("github", report)
    assert unsafe(text) == []
    told = commands(text)
    open_ = {one.fingerprint: one for one in report.findings if not one.suppressed and one.baseline != "known"}
    root, symptom, alone = (one.fingerprint for one in report.findings)
    wanted = open_.keys() - ({symptom} if root in open_ else set())
    assert len(told) == len(wanted)
    assert (alone in open_) <= bool(told)
    for kind, properties, message in told:
        assert kind in ("error", "warning", "notice")
        assert any(
            properties["title"].startswith(f"{visible(one.title)} [{one.rule}]") and message.startswith(visible(one.cause))
            for one in map(open_.__getitem__, wanted)
        )


def test_github_shows_the_worst_ten_and_counts_the_rest() -> None:
    found = [finding(number, count=number + 1) for number in range(SHOWN + 3)]
    text = printed("github", report_of(*found, finding(99, severity=Severity.CRITICAL), finding(100, severity=Severity.INFO)))
    told = commands(text)
    assert [kind for kind, _, _ in told] == ["error"] * SHOWN + ["notice"]
    assert told[0][1]["title"].startswith("Part 99 ")
    assert "diagnose: not annotated, since GitHub shows 10 of kind error a step: 4" in text


def test_github_annotates_symptoms_only_where_their_root_is_not() -> None:
    incident = Incident(f"{1:012x}", (f"{1:012x}", f"{2:012x}"), None, None)
    symptom = finding(2, explained_by=f"{1:012x}")
    assert [p["title"][:6] for _, p, _ in commands(printed("github", report_of(finding(1), symptom, incidents=(incident,))))] == [
        "Part 1"
    ]
    known = report_of(finding(1, baseline="known"), replace(symptom, baseline="new"), incidents=(incident,))
    assert [p["title"][:6] for _, p, _ in commands(printed("github", known))] == ["Part 2"]


def test_github_is_told_the_place_in_the_code() -> None:
    spot = Proof("src/a,b.js", 4, 0, "await f()", None, "", 3, 4, 8)
    (_, properties, _), = commands(printed("github", report_of(finding(1, evidence=(spot,)))))  # fmt: skip
    assert {name: properties[name] for name in ("file", "line", "col", "endLine", "endColumn")} == {
        "file": "src/a,b.js", "line": "4", "col": "3", "endLine": "4", "endColumn": "8",
    }  # fmt: skip
    outside = finding(1, evidence=(Proof("/var/log/a.log", 4, 0, "x"),))
    (_, properties, _), = commands(printed("github", report_of(outside)))  # fmt: skip
    assert "file" not in properties
    assert properties["title"].endswith("in /var/log/a.log:4")


# ---------------------------------------------------------------- GitLab


@pytest.mark.slow
@MANY
@given(strange_reports())
def test_gitlab_has_what_it_asks_for(report: Report) -> None:
    text = printed("gitlab", report)
    assert unsafe(text) == []
    issues = json.loads(text)
    assert len(issues) == sum(not one.suppressed for one in report.findings)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert {"description", "check_name", "fingerprint", "severity", "location"} <= issue.keys()
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith(("/", "./"))
        assert issue["location"]["path"]


# ---------------------------------------------------------------- JUnit


def junit(report: Report, **options: object) -> ElementTree.Element:
    text = printed("junit", report, **options)
    assert unsafe(text) == []
    root = ElementTree.fromstring(text)
    for suite in (root, *root.iter("testsuite")):
        for tag, name in (("testcase", "tests"), ("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert len(list(suite.iter(tag))) == int(suite.attrib[name]), (suite.attrib, name)
    names = [(case.attrib["classname"], case.attrib["name"]) for case in root.iter("testcase")]
    assert len(set(names)) == len(names) > 0
    return root


@pytest.mark.slow
@MANY
@given(strange_reports())
def test_junit_is_read_by_a_parser_and_counts_right(report: Report) -> None:
    root = junit(report)
    cases = junitparser.JUnitXml.fromstring(printed("junit", report))
    assert sum(len(list(suite)) for suite in cases) == len(list(root.iter("testcase")))
    failing = [o for o in report.findings if o.severity >= Severity.ERROR and o.baseline != "known" and not o.suppressed]
    assert sorted(node.attrib["message"] for node in root.iter("failure")) == sorted(
        visible(one.title).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for one in failing
    )


def test_junit_fails_from_the_limit_on() -> None:
    found = report_of(finding(1, severity=Severity.WARNING), finding(2, severity=Severity.CRITICAL))
    assert len(list(junit(found).iter("failure"))) == 1
    assert len(list(junit(found, limit=Severity.WARNING).iter("failure"))) == 2
    assert len(list(junit(found, limit=None).iter("failure"))) == 0


def test_junit_of_nothing_is_one_case_that_passes() -> None:
    (case,) = junit(report_of()).iter("testcase")
    assert (case.attrib["name"], len(case)) == ("nothing found", 0)


def test_junit_says_the_same_in_every_encoding() -> None:
    report = report_of(finding(1, cause="Zürich 🔥"))
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, "ascii", errors="backslashreplace")
    next(printer for printer in BUILT_IN if printer.name == "junit").print(report, out, {})
    out.flush()
    (failure,) = ElementTree.fromstring(raw.getvalue()).iter("failure")
    assert (failure.text or "").startswith("Zürich 🔥")


# ---------------------------------------------------------------- Markdown

OWN = {"h2", "h3", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "details", "summary", "strong",
       "span", "em"}  # fmt: skip


class Reader(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""
        self.attributes: list[tuple[str, str | None]] = []
        self.comments: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def rendered(markdown: str) -> Reader:
    """As GitHub's own parser reads it, with all that it may make of text."""
    options = cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE
    return Reader(cmarkgfm.github_flavored_markdown_to_html(markdown, options))


@pytest.mark.slow
@MANY
@given(strange_reports())
def test_no_text_of_a_log_becomes_markup(report: Report) -> None:
    text = printed("markdown", report)
    assert unsafe(text) == []
    page = rendered(text)
    assert set(page.tags) <= OWN
    assert page.comments == []
    assert {name for name, _ in page.attributes} <= {"lang", "align", "class"}
    assert page.tags.count("h3") == 2


@settings(deadline=None, max_examples=300)
@given(TEXT)
def test_a_text_in_markdown_is_shown_as_it_stands(text: str) -> None:
    shown = inline(text)
    page = rendered(f"{shown}\n")
    assert set(page.tags) <= {"p", "span"}
    assert page.text.split() == visible(text.strip()).replace("\n", "⏎ ").split()
    row = rendered(f"| a | b |\n| --- | --- |\n| {shown} | x |\n")
    assert [tag for tag in row.tags if tag in ("td", "th", "a", "tr")] == ["tr", "th", "th", "tr", "td", "td"]
    assert rendered(f"x {code(text)} y\n").tags == ["p", "code"]
    block = rendered(fence(text, text))
    assert block.tags == ["pre", "code"]
    assert block.text.rstrip() == visible(text.rstrip()).expandtabs(0).rstrip() or "\t" in text


def test_the_summary_tells_the_incident() -> None:
    page = rendered(printed("markdown", demo()))
    assert page.text.index("1 incident") < page.text.index("The kernel killed postgres") < page.text.index("connection-refused")
    assert "a" not in page.tags
    assert page.tags.count("table") == 1
    assert page.text.count("□") >= 3


def test_what_has_no_room_in_a_summary_is_counted() -> None:
    big = "x" * (ROOM // 10)
    found = [finding(number, cause=big) for number in range(20)]
    incidents = tuple(Incident(one.fingerprint, (one.fingerprint,), None, None) for one in found)
    text = printed("markdown", report_of(*found, incidents=incidents))
    assert len(text.encode()) <= ROOM + 200
    assert "11 parts of this report have no room" in text


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("name", ["sarif", "github", "gitlab", "junit", "markdown"])
def test_nothing_found_is_told_as_nothing(name: str) -> None:
    text = printed(name, report_of())
    if name == "sarif":
        assert json.loads(text)["runs"][0]["results"] == []
    elif name == "gitlab":
        assert json.loads(text) == []
    elif name == "github":
        assert text == ""
    elif name == "junit":
        assert "<failure" not in text
    else:
        assert "nothing found" in text


def test_uris_lead_back_to_the_file() -> None:
    odd = Proof("logs/a b#ü%41.log", 1, 0, "x")
    (result,) = sarif(report_of(finding(1, evidence=(odd,))))["results"]
    assert unquote(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) == "logs/a b#ü%41.log"
    assert plain().findings[0].evidence
