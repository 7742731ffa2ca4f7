"""The report for a person: its shape, and that nothing of a log steers the terminal."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion

from diagnose.live.changes import OPENED, Change
from diagnose.model import Cluster, NotEvaluated, Proof, Report, Triage
from diagnose.pipeline import Options, Run
from diagnose.printers.json import JsonPrinter
from diagnose.printers.terminal import TerminalPrinter
from diagnose.rulebook import Rulebook
from diagnose.sources import Input
from diagnose.visible import visible
from tests.kit import FIXTURES, NOW, kit, rulebook
from tests.test_visible import HOSTILE, unsafe
from tests.tiny import book, report, rule

WIDTH = 140
SOME = settings(deadline=None, max_examples=50)


def page(told: Report, *, width: int = WIDTH, unknown: bool = True, color: bool = False) -> str:
    out = io.StringIO()
    TerminalPrinter().print(told, out, {"width": width, "color": color, "unknown": unknown})
    return out.getvalue()


@cache
def demo() -> Report:
    run = Run(rulebook(), kit(), Options(now=NOW))
    for log in sorted((FIXTURES / "demo").glob("*.log")):
        run.read(Input(f"demo/{log.name}", NOW), io.BytesIO(log.read_bytes()))  # type: ignore[arg-type]
    told = run.report()
    return replace(told, summary=replace(told.summary, seconds=1.5))


@cache
def rules() -> Rulebook:
    return book(
        broke=rule("regex: 'it broke: (?P<what>.+)'", keys="what"),
        slow=rule("regex: 'it is slow: (?P<what>\\w+)'", of_class="read-timeout", severity="warning", keys="what"),
    )


# ---------------------------------------------------------------- the shape


@pytest.mark.slow
def test_the_demo_tells_the_incident_on_one_page() -> None:
    """The letter may change with the rules; the order of what is told may not."""
    text = page(demo(), unknown=False)
    marks = ["Incident 1 of ", "ROOT CAUSE", "explains", "proof", "FIX", "CHECK", "Triage", "1.5 s"]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    root = next(finding for finding in demo().findings if finding.fingerprint == demo().incidents[0].root)
    assert root.title in text
    assert root.rule in text
    for finding in demo().findings:
        assert finding.of_class in text


@pytest.mark.slow
def test_the_demo_looks_as_it_did(snapshot: SnapshotAssertion) -> None:
    """A changed rule may change it: look at the difference, then `pytest tests/test_terminal.py --snapshot-update`."""
    assert "\n".join(line.rstrip() for line in page(demo()).splitlines()) == snapshot


@pytest.mark.slow
def test_every_finding_is_told_in_the_report_of_every_size() -> None:
    data = b"".join(b"2026-11-23T10:00:%02dZ ERROR it broke: part%d\n" % (i % 60, i) for i in range(40))
    text = page(report(data, rules()))
    assert text.count("It broke: part") >= 1
    assert "Incident 1 of " in text


def test_nothing_is_told_as_nothing() -> None:
    healthy = report(b"2026-11-23T10:00:00Z INFO all is well\n", rules())
    assert "Nothing found." in page(healthy)
    strange = report(b"2026-11-23T10:00:00Z ERROR flux capacitor empty\n", rules())
    assert "No known failure found." in page(strange)
    assert "flux capacitor empty" in page(strange)
    assert "flux capacitor empty" not in page(strange, unknown=False)
    assert "--unknown" in page(strange, unknown=False)


def test_what_was_not_evaluated_is_told() -> None:
    told = replace(report(b"", rules()), not_evaluated=(NotEvaluated("tiny/broke", "no key\x1b[0m", 3),))
    assert "not evaluated: tiny/broke: no key\\x1b[0m (3)" in page(told)


def test_the_triage_names_all_eight_questions() -> None:
    text = " ".join(page(report(b"", rules())).split())
    for number, name in enumerate(("stack traces", "database connectivity", "API endpoints", "environment variables"), 1):
        assert f"{number} {name}" in text


def test_colours_only_where_they_are_wanted() -> None:
    assert "\x1b[" in page(demo(), color=True)
    assert "\x1b" not in page(demo(), color=False)


@settings(deadline=None, max_examples=25)
@given(st.integers(40, 200), st.booleans())
def test_any_width_is_kept(width: int, color: bool) -> None:
    """Titles and the summary may be longer: they wrap where the terminal does."""
    text = page(demo(), width=width, color=color)
    assert "ROOT CAUSE" in text
    if not color:
        proofs = [line for line in text.splitlines() if line.startswith((" proof", " explains", "              ["))]
        assert proofs
        assert all(cell_len(line) <= width for line in proofs)


@pytest.mark.parametrize("width", [1, 2, 10, 20, 39])
def test_no_width_crashes(width: int) -> None:
    assert page(demo(), width=width)


# ---------------------------------------------------------------- nothing of a log steers

PLANTED = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=4)), min_size=1, max_size=6).map("".join)


@st.composite
def hostile_logs(draw: st.DrawFn) -> bytes:
    """Lines whose every part holds what a terminal or rich's markup would obey."""
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        odd = [draw(PLANTED) for _ in range(6)]
        trace = f"Error: {odd[1]}\n    at {odd[2]} (/srv/{odd[3]}.js:1:2)"
        record = {
            "level": 50,
            "time": "2026-11-23T10:00:00Z",
            "msg": f"it broke: {odd[0]} {odd[1]}",
            "service": odd[4],
            "method": odd[5],
            "path": f"/x/{odd[2]}",
            "err": {"type": odd[3], "stack": trace},
            "req": {"id": odd[0], "method": odd[5], "url": f"/{odd[1]}"},
            "res": {"statusCode": 500},
        }
        plain = f"2026-11-23T10:00:00Z ERROR it broke: {odd[0]} [{odd[1]}]\n{trace}"
        unknown = f"2026-11-23T10:00:01Z ERROR nobody knows {odd[2]}"
        lines += [json.dumps(record), json.dumps(record, ensure_ascii=False), plain, unknown]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


@pytest.mark.slow
@SOME
@given(hostile_logs(), PLANTED.filter(lambda name: "\0" not in name), st.booleans(), st.integers(40, 200))
def test_nothing_of_a_log_reaches_the_terminal_unseen(data: bytes, name: str, unknown: bool, width: int) -> None:
    told = report(data, rules(), name=name)
    assert told.findings
    assert unsafe(page(told, unknown=unknown, width=width)) == []


@SOME
@given(hostile_logs(), PLANTED.filter(lambda name: "\0" not in name))
def test_the_json_says_all_and_steers_nothing(data: bytes, name: str) -> None:
    out = io.StringIO()
    told = report(data, rules(), name=name)
    JsonPrinter().print(told, out, {})
    assert unsafe(out.getvalue()) == []
    assert len(json.loads(out.getvalue())["findings"]) == len(told.findings)


@SOME
@given(hostile_logs(), PLANTED)
def test_what_tail_tells_is_one_safe_line(data: bytes, name: str) -> None:
    import click
    from click.testing import CliRunner

    from diagnose.cli.tail import _show_lines, show_changes

    finding = report(data, rules(), name=name.replace("\0", "")).findings[0]

    @click.command()
    def both() -> None:
        show_changes([Change(OPENED, finding, "1")])
        _show_lines([Change(OPENED, finding, "1")])

    out = CliRunner().invoke(both, catch_exceptions=False).stdout
    assert unsafe(out) == []
    assert out.count("\n") == 2


@SOME
@given(PLANTED, st.integers(40, 200))
def test_markup_of_a_log_is_shown_as_it_stands(text: str, width: int) -> None:
    """Every text field of a report, filled by a stranger."""
    base = report(b"2026-11-23T10:00:00Z ERROR it broke: x\n", rules())
    proof = Proof(text, 1, 0, text, None, text)
    odd = replace(
        base.findings[0], title=text, cause=text, blame=text, evidence=(proof,), services=(text,), peers=(text,),
        checklist=tuple(replace(check, text=text, run=text) for check in base.findings[0].checklist), references=(text,),
        database_changes=(text,), security_considerations=(text,),
        fix=tuple(replace(fix, text=text, code=text, language="python") for fix in base.findings[0].fix),
    )  # fmt: skip
    told = replace(
        base,
        findings=(odd,),
        unknown=(Cluster(text, 1, None, None, proof),),
        checklist=tuple(Triage(number, "name", "problem", text, (text,)) for number in range(1, 9)),
    )
    shown = page(told, width=width)
    assert unsafe(shown) == []


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/]", "[red", ":fire:", "[link=file:///]a[/link]", "\\[x]"])
def test_markup_is_no_markup(text: str) -> None:
    shown = page(report(f"2026-11-23T10:00:00Z ERROR it broke: {text}\n".encode(), rules()))
    assert f"It broke: {text}" in shown


# ---------------------------------------------------------------- where no screen is


def test_what_goes_to_a_file_is_not_cut_and_what_is_copied_is_not_broken() -> None:
    out = io.StringIO()
    TerminalPrinter().print(demo(), out, {})
    lines = out.getvalue().splitlines()
    finding = next(finding for finding in demo().findings if finding.fingerprint == demo().incidents[0].root)
    assert any(line.rstrip().endswith(visible(proof.text)) for proof in finding.evidence[:1] for line in lines)
    for copied in (*(check.run for check in finding.checklist if check.run), *finding.references[:2]):
        assert any(copied in line for line in lines), copied
    assert "…" not in out.getvalue()


def test_a_long_path_leaves_the_text_of_a_proof_a_line_of_its_own() -> None:
    told = report(b"it broke: the pump\n", rules(), name="/var/log/" + "deep/" * 20 + "app.log")
    lines = page(told, width=100).splitlines()
    at = next(number for number, line in enumerate(lines) if "/var/log/deep" in line)
    assert lines[at + 1].strip() == "it broke: the pump"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_the_triage_keeps_each_item_whole(width: int) -> None:
    lines = page(demo(), width=width, unknown=False).splitlines()
    items = [line for line in lines if " 1 " in line or line.strip().startswith(("✗", "✓", "·"))]
    assert items
    assert all(not line.rstrip().endswith(("✗", "✓", "·")) for line in items)
