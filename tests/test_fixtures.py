"""All rules over all fixtures: each case gives what its `expected.yaml` says and nothing else; healthy logs give nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diagnose.model import Finding, Report
from tests.kit import FIXTURES, read_yaml, scan_files

CASES = sorted(path.parent for path in FIXTURES.rglob("provenance.yaml") if "lab" not in path.relative_to(FIXTURES).parts)
CLEAN = sorted((FIXTURES / "clean").glob("*.log"))


def logs(case: Path) -> list[Path]:
    return sorted(path for path in case.iterdir() if path.suffix not in (".yaml", ".md") and path.is_file())


def told(report: Report) -> str:
    return (
        "\n".join(f"  {f.rule} [{f.cause_id}] ×{f.count} {dict(f.captures)} {f.severity.name}" for f in report.findings)
        or "  nothing"
    )


def fits(finding: Finding, expected: dict[str, Any]) -> bool:
    if finding.rule != expected["rule"]:
        return False
    if "cause" in expected and finding.cause_id != expected["cause"]:
        return False
    if "count" in expected and finding.count != expected["count"]:
        return False
    if "severity" in expected and finding.severity.name.lower() != expected["severity"]:
        return False
    if "blame" in expected and finding.blame != expected["blame"]:
        return False
    return all(str(finding.captures.get(name)) == str(value) for name, value in expected.get("captures", {}).items())


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(FIXTURES)))
def test_a_case_gives_what_is_expected_and_nothing_else(case: Path) -> None:
    file = case / "expected.yaml"
    assert file.exists(), "the case has no expected.yaml"
    expected = read_yaml(file)
    report = scan_files(logs(case))
    left = list(report.findings)
    for wanted in expected["findings"]:
        match = next((finding for finding in left if fits(finding, wanted)), None)
        assert match is not None, f"missing: {wanted}\ntold:\n{told(report)}"
        left.remove(match)
    assert not left, f"not expected: {[f.rule for f in left]}\ntold:\n{told(report)}"
    if "root" in expected:
        by_print = {finding.fingerprint: finding.rule for finding in report.findings}
        assert by_print[report.incidents[0].root] == expected["root"], told(report)


@pytest.mark.parametrize("log", CLEAN, ids=lambda log: log.stem)
def test_a_healthy_log_gives_nothing(log: Path) -> None:
    report = scan_files([log])
    assert not report.findings, told(report)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(FIXTURES)))
def test_each_case_says_where_its_log_comes_from(case: Path) -> None:
    told = read_yaml(case / "provenance.yaml")
    assert told["captured"] in (True, False)
    assert told["programs"]
    assert told["date"]
    assert told.get("command") or not told["captured"]


def test_there_are_cases() -> None:
    assert len(CASES) > 20
    assert CLEAN
