"""What the command line cannot tell: that a captured log gives these findings, with their places in the code."""

from __future__ import annotations

from pathlib import Path

from diagnose import scan

LOG = Path(__file__).parent / "shop.log"


def test_the_shops_log_gives_its_two_failures() -> None:
    report = scan([LOG])
    assert {(finding.rule, finding.count, finding.blame) for finding in report.findings} == {
        ("perl/undefined-value", 2, "shop.pl:15"),
        ("mojolicious/template-broken", 1, "basket.html.ep:2 in Mojo::Template::process"),
    }
