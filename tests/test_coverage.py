"""docs/coverage.md tells what the rules and fixtures of today know."""

from __future__ import annotations

from tests.coverage import FAMILIES, PAGE, family_of, page, shown
from tests.kit import rulebook


def test_the_page_is_written_anew_when_rules_or_fixtures_change() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.coverage"


def test_every_folder_of_fixtures_belongs_to_a_system() -> None:
    several = {"clean", "demo", "incidents", "junit-xml", "tap", "network", "cloudwatch", "loki", "otlp", "source", "collectors"}
    folders = {case.case.split("/")[0] for cases in shown().values() for case in cases} - several
    assert {folder for folder in folders if not family_of(folder)} == set()


def test_what_fixtures_must_show_are_rules_that_exist() -> None:
    assert set(shown()) <= {rule.id for rule in rulebook().rules}
    assert FAMILIES
