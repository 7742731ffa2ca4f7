"""Reports whose every text was written by somebody who means harm, and large ones."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import strategies as st

from diagnose.model import Finding, Incident, Past, Proof, Report, Severity, Unread
from diagnose.rulebook import Rulebook
from tests.test_visible import HOSTILE
from tests.tiny import book, report, rule

MEAN = [
    *HOSTILE,
    *("::error::x", "%0A::error::x", "\n::set-env name=X::y", "a,file=b", ":", "%", "]]>", "</failure>", "&", "<", ">", '"', "'"),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=y>",
        "[a](javascript:b)",
        "![a](b)",
        "`",
        "``",
        "```\n",
        "~~~",
        "|",
        "\\",
        "\\|",
    ),
    *(
        "# a",
        "\n# a",
        "- a",
        "1. a",
        "1) a",
        "+ a",
        "===",
        "---",
        "> a",
        "    a",
        "@team",
        "#12",
        "$x$",
        ":fire:",
        "*a*",
        "_a_",
        "~a~",
    ),
    *(
        "https://evil.example/x",
        "http://a.b",
        "www.evil.example",
        "a@b.example",
        "mailto:a@b.c",
        "<a@b.c>",
        "&#60;b&#62;",
        "[x]: y",
    ),
    *("{0}", "{a}", "[x](1)", "\ufffe", "\uffff", "\U0001ffff", "\t", "é", "🔥", "\U000f0000", "<!-- ", " -->", "</details>"),
]
TEXT = st.lists(st.one_of(st.sampled_from(MEAN), st.text(max_size=4)), min_size=1, max_size=6).map("".join)


@cache
def rules() -> Rulebook:
    return book(broke=rule("regex: 'it broke: (?P<what>.+)'", keys="what"))


@cache
def plain() -> Report:
    """One incident with one finding."""
    return report(b"2026-11-23T10:00:00Z ERROR it broke: fan\n", rules())


def finding(number: int = 0, **more: object) -> Finding:
    """A finding that differs from others by its number."""
    return replace(plain().findings[0], fingerprint=f"{number:012x}", title=f"Part {number} broke", **more)  # type: ignore[arg-type]


def report_of(*findings: Finding, incidents: tuple[Incident, ...] = ()) -> Report:
    return replace(plain(), findings=findings, incidents=incidents)


@st.composite
def strange_reports(draw: st.DrawFn) -> Report:
    """A root and a symptom, and one alone, with every text a stranger's."""
    found = []
    for number in range(3):
        text = [draw(TEXT) for _ in range(8)]
        file = draw(st.one_of(TEXT, st.sampled_from(["-", "/var/log/a b.log", "../up.log", "src/a.js"]))).replace("\0", "")
        column = draw(st.integers(0, 2))
        proof = Proof(file, draw(st.integers(1, 9)), 0, text[0], None, text[1], column, column and 9, column and 3)
        base = finding(number)
        found.append(
            replace(
                base, title=text[2], cause=text[3], blame=text[4], evidence=(proof,) * draw(st.integers(0, 2)), services=(text[5],),
                checklist=tuple(replace(check, text=text[6], run=text[7]) for check in base.checklist), references=(text[6],),
                fix=tuple(replace(fix, text=text[7], code=text[0], language=text[1]) for fix in base.fix),
                database_changes=(text[2],), security_considerations=(text[3],), severity=draw(st.sampled_from(list(Severity))),
                baseline=draw(st.sampled_from(["", "new", "known"])), suppressed=draw(st.sampled_from(["", text[4]])),
                explained_by=found[0].fingerprint if number == 1 else "", count=draw(st.integers(1, 3)),
                past=draw(st.sampled_from([None, Past(0, 9, 3, 1 << 60, False), Past(-(1 << 61), 1 << 61, 1, 0, True)])),
            )
        )  # fmt: skip
    incident = Incident(found[0].fingerprint, (found[0].fingerprint, found[1].fingerprint), 0, 5_000_000)
    made = report_of(*found, incidents=(incident,))
    unread = tuple(Unread(draw(TEXT), draw(TEXT)) for _ in range(draw(st.integers(0, 1))))
    return replace(made, summary=replace(made.summary, unread=unread))
