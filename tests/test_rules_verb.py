"""`diagnose rules list` and `rules new`: what they choose, print and write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.api import trial
from diagnose.rulebook import Known, lint, load_rules, run_tests
from diagnose.rulebook.book import build
from diagnose.rulebook.form import RULE_ID
from diagnose.rulebook.scaffold import OTHERWISE, likely_class, scaffold
from tests.kit import kit, rulebook
from tests.shell import call, write_rules

CLASSES = rulebook().classes

# ---------------------------------------------------------------- list


def listed(*words: str | Path) -> list[str]:
    said = call("rules", "list", *words)
    assert (said.code, said.err) == (0, "")
    return [line.split()[0] for line in said.out.splitlines()]


def test_rules_are_chosen_by_technology_and_class() -> None:
    every = rulebook().rules
    assert listed() == [rule.id for rule in every]
    assert listed("--technology", "mysql") == [rule.id for rule in every if "mysql" in rule.technologies]
    assert listed("--class", "duplicate-key") == [rule.id for rule in every if rule.of_class == "duplicate-key"]
    assert listed("--class", "duplicate-key", "--technology", "mysql") == ["mysql/duplicate-key"]
    assert set(listed("--technology", "mysql", "--technology", "sqlite")) > set(listed("--technology", "sqlite"))
    assert listed("--class", "tls-untrusted", "--rule", "mysql/*") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--technology", "mysq"], "no technology is called 'mysq': did you mean mysql?"),
        (["--class", "duplicate-kex"], "no failure class is called 'duplicate-kex': did you mean duplicate-key?"),
        (["--class", "\x1b[31m"], "no failure class is called '\\x1b[31m'"),
    ],
)
def test_a_misspelt_choice_is_told(words: list[str], said: str) -> None:
    answer = call("rules", "list", *words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_the_list_as_json_says_what_the_rules_say(tmp_path: Path) -> None:
    data = json.loads(call("rules", "list", write_rules(tmp_path), "--format", "json").out)
    assert data["schema"] == "diagnose.rules/1"
    assert data["rules"][0] == {
        "id": "tiny/broken",
        "title": "The {part} broke",
        "class": "connection-refused",
        "severity": "error",
        "technologies": [],
        "codes": [],
        "generic": False,
        "file": str(tmp_path / "tiny" / "broken.yaml"),
    }
    assert [rule["id"] for rule in json.loads(call("rules", "list", "--format", "json").out)["rules"]] == listed()


# ---------------------------------------------------------------- new


KNOWN = Known(classes=CLASSES, frameworks=[framework.name for framework in kit().frameworks], formats=kit().formats)


def begun(folder: Path, id: str) -> Path:
    """A folder with the scaffold of this id."""
    path = folder / f"{id}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(scaffold(id, likely_class(id, CLASSES), "rules"))
    return folder


@settings(max_examples=40, deadline=None)
@given(st.from_regex(RULE_ID.pattern, fullmatch=True).filter(lambda id: len(id) < 60 and id.isascii()))
def test_a_scaffold_of_any_id_is_in_order(tmp_path_factory: pytest.TempPathFactory, id: str) -> None:
    result = load_rules([begun(tmp_path_factory.mktemp("new"), id)], known=KNOWN, strict=False)
    assert [str(fault) for fault in lint(result, KNOWN)] == []


@pytest.mark.parametrize("id", ["mysql/duplicate-key", "1/2/3", "on/no"])
def test_a_scaffold_passes_its_own_tests(tmp_path: Path, id: str) -> None:
    book = build([begun(tmp_path, id)], formats=kit().formats)
    outcomes = list(run_tests(book, lambda text, compiled: trial(text, compiled, kit())))
    assert len(outcomes) == 3
    assert [str(outcome) for outcome in outcomes if not outcome.passed] == []


def test_a_new_rule_is_written_and_lints_with_the_program_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("rules", "new", "shop/duplicate-key")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("rules/shop/duplicate-key.yaml: a rule of the class duplicate-key.")
    assert call("rules", "lint", "rules", "--strict").out == "1 rules, 0 errors, 0 warnings\n"
    assert call("rules", "test", "rules").out == "3 passed, 0 failed\n"
    assert call("rules", "new", "shop/duplicate-key").code == 2
    assert call("rules", "new", "shop/cart-lost", "mine", "--class", "n-plus-one").code == 0
    assert "class: n-plus-one " in (tmp_path / "mine/shop/cart-lost.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Shop/x"], "is no rule id"),
        (["shop"], "is no rule id"),
        (["../x/y"], "is no rule id"),
        (["shop/\x1b[31m"], "is no rule id"),
        (["shop/x", "--class", "duplicate-kex"], "did you mean duplicate-key?"),
        (["shop/x", "file"], "cannot be written"),
    ],
)
def test_what_cannot_be_begun_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    answer = call("rules", "new", *words)
    assert answer.code == 2
    assert said in answer.err
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]


@pytest.mark.parametrize(
    ("id", "of_class"),
    [("x/duplicate-key", "duplicate-key"), ("x/duplicate-keys", "duplicate-key"), ("x/zzz", OTHERWISE)],
)
def test_the_class_is_guessed_from_the_name(id: str, of_class: str) -> None:
    assert likely_class(id, CLASSES) == of_class
    assert OTHERWISE in CLASSES
