"""`diagnose explain`: every name leads somewhere, every rule can be told, and nothing of a text steers a terminal."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from diagnose.cli.entry_page import AnswerPage
from diagnose.cli.explain import MOST, as_bytes
from diagnose.encyclopaedia import Answer, By, Index, answer, answer_data
from diagnose.model import Report, Rule
from diagnose.printers.page import console
from tests.kit import FIXTURES, ROOT, rulebook, scan_bytes
from tests.shell import BROKEN, call, command, environment, loaded_by, shell, write_rules
from tests.test_visible import HOSTILE, unsafe

RULES = rulebook().rules


@cache
def index() -> Index:
    return Index(RULES, rulebook().classes)


def scan(text: str) -> Report:
    return scan_bytes(as_bytes(text))


def ask(query: str, *prefer: str, every: bool = False) -> Answer:
    return answer(rulebook(), index(), query, scan, prefer=frozenset(prefer), every=every)


def rules_of(query: str, *prefer: str) -> list[str]:
    return [match.rule.id if match.rule else match.of_class for match in ask(query, *prefer).matches]


def page(told: Answer, *, width: int = 120, color: bool = False) -> str:
    out = io.StringIO()
    AnswerPage(console(out, color=color, width=width), told, clip=True).write()
    return out.getvalue()


# ---------------------------------------------------------------- names lead somewhere


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_name_of_a_rule_leads_to_it(rule: Rule) -> None:
    for name in (rule.id, rule.of_class, *rule.codes, *rule.technologies):
        assert rule.id in rules_of(name), name
    assert rules_of(rule.id) == [rule.id]


@pytest.mark.parametrize("name", rulebook().classes)
def test_every_failure_class_is_known(name: str) -> None:
    told = ask(name)
    assert told.matches
    assert all(match.of_class == name for match in told.matches)
    assert told.entries[0].meaning == rulebook().classes[name]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("ECONNREFUSED", "network/connection-refused"),
        ("econnrefused", "network/connection-refused"),
        ("  `ECONNREFUSED`: ", "network/connection-refused"),
        ("23505", "postgresql/duplicate-key"),
        ("SQLSTATE 23505", "postgresql/duplicate-key"),
        ("error 1062", "mysql/duplicate-key"),
        ("mysql 1062", "mysql/duplicate-key"),
        ("connection-refused", "network/connection-refused"),
        ("Connection refused", "network/connection-refused"),
        ("mysql/duplicate-key", "mysql/duplicate-key"),
        ("[Errno 98]", "network/port-in-use"),
        ("errno 98", "network/port-in-use"),
        ("HTTP 500", "service/unhandled-500"),
        ("tls-untrusted", "network/certificate-untrusted"),
    ],
)
def test_what_people_type_is_understood(query: str, first: str) -> None:
    assert rules_of(query)[0] == first


def test_a_technology_before_a_code_must_be_the_rules_own() -> None:
    assert "mysql/duplicate-key" not in rules_of("postgresql 1062")


def test_what_is_preferred_comes_first() -> None:
    assert rules_of("duplicate-key", "sqlite")[0] == "sqlite/duplicate-key"
    assert rules_of("duplicate-key", "postgresql")[0] == "postgresql/duplicate-key"
    assert set(rules_of("duplicate-key", "sqlite")) == set(rules_of("duplicate-key"))


def test_a_class_lists_its_rules_and_explains_the_best() -> None:
    told = ask("duplicate-key")
    assert len(told.matches) > 1
    assert [entry.rule.id for entry in told.entries if entry.rule] == [told.matches[0].rule.id if told.matches[0].rule else ""]
    assert len(ask("duplicate-key", every=True).entries) == len(told.matches)


def test_a_few_words_lead_to_the_rules_that_hold_them_all() -> None:
    told = ask("oom memory kernel")
    assert [match.by for match in told.matches] == [By.WORDS] * len(told.matches)
    assert "linux/oom-killed" in rules_of("oom memory kernel")
    assert rules_of("oom memory kernel zebra") == []
    assert rules_of("the and of") == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ECONREFUSED", "ECONNREFUSED"), ("duplicate-kye", "duplicate-key"), ("msql/duplicate-key", "mysql/duplicate-key")],
)
def test_close_names_are_offered(typed: str, meant: str) -> None:
    told = ask(typed)
    assert (told.matches, told.entries) == ((), ())
    assert meant in [near.term for near in told.near]


@pytest.mark.parametrize("typed", ["23506", "xyzzy", "97", "!!", "\x1b[31m"])
def test_a_number_that_is_like_a_code_is_none(typed: str) -> None:
    told = ask(typed)
    assert (told.matches, told.near) == ((), ())


# ---------------------------------------------------------------- texts


def test_a_pasted_line_is_read_as_a_log() -> None:
    told = ask("Error: connect ECONNREFUSED 10.0.0.5:5432")
    (entry,) = told.entries
    assert told.matches[0].by is By.LOG
    assert entry.title == "Connection refused: PostgreSQL at 10.0.0.5:5432"
    assert entry.finding is not None
    assert [cause.seen for cause in entry.causes] == [True] + [False] * (len(entry.causes) - 1)
    assert not any("<peer>" in cause.cause.text for cause in entry.causes)
    text = page(told)
    assert "proof         line 1  Error: connect ECONNREFUSED 10.0.0.5:5432" in text
    assert "fits best" in text


def test_nothing_of_a_log_goes_into_a_command() -> None:
    told = ask("Error: connect ECONNREFUSED 10.0.0.5:5432", every=True)
    for entry in told.entries:
        for cause in entry.causes:
            assert not any("10.0.0.5" in check.run for check in cause.cause.checklist)


@pytest.mark.parametrize("name", ["postgres.log", "kern.log", "nginx-error.log"])
def test_a_whole_log_is_explained_root_first(name: str) -> None:
    text = (FIXTURES / "demo" / name).read_text()
    told = ask(text, every=True)
    report = scan(text)
    by_print = {finding.fingerprint: finding for finding in report.findings}
    assert told.matches[0].rule is not None
    assert told.matches[0].rule.id == by_print[report.incidents[0].root].rule
    assert {match.rule.id for match in told.matches if match.rule} == {finding.rule for finding in report.findings}
    assert all(entry.finding for entry in told.entries)


def test_a_text_that_no_rule_finds_anything_in_is_looked_through_for_codes() -> None:
    told = ask("our support says it is ER_DUP_ENTRY, whatever that means")
    assert [(match.by, match.term) for match in told.matches] == [(By.WITHIN, "ER_DUP_ENTRY")]
    assert told.entries[0].finding is None


def test_a_number_in_a_text_is_a_code_only_where_it_is_called_one() -> None:
    assert rules_of("the answer took 500 ms and 1062 bytes in all places") == []
    assert rules_of("the client got error code 1062 from somewhere today") == ["mysql/duplicate-key"]


def test_secrets_of_a_text_are_not_told() -> None:
    said = call("explain", "password=hunter2secret ECONNREFUSED connect", "--format", "json")
    assert "hunter2secret" not in said.out
    assert "[redacted:" in said.out


# ---------------------------------------------------------------- what is told


def test_causes_are_told_with_what_tells_them_apart() -> None:
    text = " ".join(page(ask("mysql/duplicate-key")).split())
    rule = next(rule for rule in RULES if rule.id == "mysql/duplicate-key")
    for cause in rule.causes:
        assert f"{cause.id} weight {cause.weight}" in text
        for fix in cause.fix:
            assert " ".join(fix.code.split()) in text
    for mark in ("CAUSE 1", "for it +", "FIX 1", "CHECK □", "explains unhandled-500", "found when", "signs", "see https://"):
        assert mark in text


def test_steps_for_others_are_left_out_and_named() -> None:
    every, chosen = ask("postgresql/duplicate-key"), ask("postgresql/duplicate-key", "django")
    steps = [step for cause in chosen.entries[0].causes for step in cause.steps.fix]
    assert any("django" in step.applies_to for step in steps)
    assert all(not step.applies_to or "django" in step.applies_to for step in steps)
    assert len(steps) < sum(len(cause.steps.fix) for cause in every.entries[0].causes)
    assert "express" in chosen.entries[0].causes[0].steps.others
    assert "there are steps for" in page(chosen)
    assert "there are steps for" not in page(every)


def test_what_a_framework_brings_along_fits_too() -> None:
    said = call("explain", "mysql/duplicate-key", "--framework", "nestjs", "--format", "json")
    names = {name for cause in json.loads(said.out)["entries"][0]["causes"] for s in cause["fix"]["steps"] for name in s["for"]}
    assert "express" in names


def test_what_explains_what_is_told_from_both_sides() -> None:
    (entry,) = ask("service/unhandled-500").entries
    assert {rule for related in entry.explained_by for rule in related.rules} == {
        rule.id for rule in RULES if any(link.of_class == "unhandled-500" for link in rule.explains)
    }
    (entry,) = ask("mysql/duplicate-key").entries
    assert [(related.of_class, related.rules) for related in entry.explains] == [
        ("unhandled-500", tuple(rule.id for rule in RULES if rule.of_class == "unhandled-500"))
    ]


STEPS = """\
causes:
  - {id: old, weight: 10, cause: It was old., fix: [{for: [express], text: Oil it.}]}
  - {id: cheap, weight: 20, cause: "{part} was cheap.", evidence: [{if: "broke.part == \\"fan\\"", add: -5}]}
fix: Buy a new one.
checklist: [{text: "Look at {part}", run: "ls {part}"}]
"""


def test_shared_steps_are_told_once_and_evidence_against_as_such(tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "r", both=BROKEN.split("cause:")[0] + STEPS)
    said = call("explain", "tiny/both", "--rules", rules)
    text = " ".join(said.out.split())
    assert text.count("Buy a new one.") == 1
    assert text.index("cheap weight 20") < text.index("old weight 10")
    assert "against it -5 broke.part is “fan”" in text
    assert "<part> was cheap." in text
    assert "Look at <part> ls <part> (changes something)" in text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("width", [40, 100])
def test_every_rule_has_a_page_of_any_width(rule: Rule, width: int) -> None:
    text = page(ask(rule.id), width=width)
    assert rule.id in text
    checks = (check for checks in (rule.checklist, *(cause.checklist for cause in rule.causes)) for check in checks)
    commands = tuple(check.run.split("{")[0] for check in checks if check.run)
    copied = set(rule.references)
    copied |= {line.strip() for cause in rule.causes for fix in cause.fix for line in fix.code.expandtabs(4).splitlines()}
    for line in text.splitlines():
        whole = line.strip().removeprefix("see").strip().removesuffix("  (changes something)")
        if whole not in copied and not whole.startswith(commands) and not line.startswith(f" {rule.id}"):
            assert cell_len(line) <= width or " " not in line.strip(), line
    assert "{blame}" not in text


@pytest.mark.slow
def test_code_commands_and_links_are_never_cut() -> None:
    for rule in RULES:
        text = page(ask(rule.id), width=40)
        for cause in rule.causes:
            for fix in cause.fix:
                assert all(line.expandtabs(4).rstrip() in text for line in fix.code.splitlines()), rule.id
        assert all(reference in text for reference in rule.references), rule.id


def test_colours_only_where_they_are_wanted() -> None:
    assert "\x1b[" in page(ask("ECONNREFUSED"), color=True)
    assert "\x1b" not in page(ask("ECONNREFUSED"))
    assert "\x1b[" in call("explain", "ECONNREFUSED", "--color").out
    assert "\x1b" not in call("explain", "ECONNREFUSED").out


# ---------------------------------------------------------------- nothing steers


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=4)), min_size=1, max_size=5).map("".join), st.booleans())
def test_no_text_steers_the_terminal(odd: str, color: bool) -> None:
    for query in (
        f"{odd}x",
        f"Error: connect ECONNREFUSED {odd}10.0.0.5:5432 {odd}",
        f"[{odd}] Duplicate entry '{odd}' for key 'a'",
    ):
        text = page(ask(query), color=color)
        assert unsafe(re.sub(r"\x1b\[[\d;]*m", "", text) if color else text) == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_has_an_answer(query: str) -> None:
    told = ask(query)
    contract().validate(json.loads(json.dumps(answer_data(told))))
    assert bool(told.entries) == bool(told.matches)


# ---------------------------------------------------------------- the JSON contract


@cache
def contract() -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "docs" / "explain.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@cache
def strict() -> jsonschema.Draft202012Validator:
    """The contract without room for keys that it does not name."""

    def close(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: False if (key, value) == ("additionalProperties", True) else close(value) for key, value in part.items()}
        return [close(one) for one in part] if isinstance(part, list) else part

    return jsonschema.Draft202012Validator(close(contract().schema))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_keeps_the_contract(rule: Rule) -> None:
    for query in (rule.id, *(test.log for test in rule.tests[:1])):
        strict().validate(json.loads(json.dumps(answer_data(ask(query, every=True)), allow_nan=False)))


@pytest.mark.parametrize("query", ["tls-untrusted", "ECONREFUSED", "mysql", "oom memory kernel"])
def test_every_kind_of_answer_keeps_the_contract(query: str) -> None:
    said = call("explain", query, "--format", "json")
    strict().validate(json.loads(said.out))


# ---------------------------------------------------------------- the verb


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ECONNREFUSED"], 0),
        (["connection", "refused"], 0),
        (["xyzzy"], 1),
        (["ECONREFUSED"], 1),
        ([""], 2),
        (["ECONNREFUSED", "--framework", "expres"], 2),
        (["ECONNREFUSED", "--rules", "/nowhere"], 2),
        (["ECONNREFUSED", "--format", "xml"], 2),
    ],
)
def test_the_exit_code_says_how_it_went(words: list[str], code: int) -> None:
    said = call("explain", *words)
    assert said.code == code
    assert "Traceback" not in said.err


def test_what_is_not_known_is_said_with_what_may_be_meant() -> None:
    said = call("explain", "ECONREFUSED")
    assert "Nothing is known of ECONREFUSED" in said.out
    assert "did you mean  ECONNREFUSED   network/connection-refused" in said.out


TRACE = """\
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 12, in place
    connection = connect()
  File "/usr/lib/python3/dist-packages/redis/connection.py", line 700, in connect
    raise ConnectionError(self._error_message(e))
redis.exceptions.ConnectionError: Error 111 connecting to cache:6379. Connection refused.
"""


@pytest.mark.parametrize("words", [["explain"], ["explain", "-"]])
def test_a_trace_may_be_piped_in(words: list[str]) -> None:
    said = shell(*words, stdin=TRACE.encode())
    assert (said.code, said.err) == (0, "")
    assert "FOUND        Connection refused: Redis at cache:6379" in said.out
    assert "at /srv/shop/orders.py:12 in place" in said.out


@pytest.mark.slow
@pytest.mark.parametrize("data", [b"", b" \n", bytes(range(256)) * 20, b"x" * ((4 << 20) + 1)])
def test_whatever_is_piped_in_gives_no_traceback(data: bytes) -> None:
    said = shell("explain", "-", stdin=data)
    assert said.code in (1, 2)
    assert "Traceback" not in said.err


def test_without_a_word_and_a_pipe_the_way_is_told() -> None:
    import pty

    master, slave = pty.openpty()
    try:
        done = subprocess.run(command("explain"), stdin=slave, capture_output=True, env=environment(), timeout=60, check=False)
    finally:
        os.close(slave)
        os.close(master)
    assert done.returncode == 2
    assert b"diagnose explain ECONNREFUSED" in done.stderr


@pytest.mark.slow
def test_rules_of_ones_own_are_looked_up_too(tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules")
    assert "The <part> broke" in call("explain", "tiny/broken", "--rules", rules).out
    assert "FOUND        The fan broke" in call("explain", "Error: the fan broke down", "--rules", rules).out


def test_a_settings_file_is_heard_but_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "diagnose.toml").write_text('format = "json"\n')
    assert json.loads(call("explain", "ECONNREFUSED").out)["query"] == "ECONNREFUSED"
    assert "CAUSE 1" in call("explain", "ECONNREFUSED", "--format", "terminal").out
    (tmp_path / "diagnose.toml").write_text('format = "sarif"\nrule = ["mysql/*"]\n')
    assert "CAUSE 1" in call("explain", "ECONNREFUSED").out


def test_a_warm_look_up_imports_neither_parsers_nor_the_pipeline() -> None:
    loaded = loaded_by("explain", "ECONNREFUSED")
    assert "diagnose.encyclopaedia.answer" in loaded
    slow = {"lark", "yaml", "hyperscan", "pygments", "diagnose.pipeline", "diagnose.engine", "diagnose.guards"}
    assert loaded & slow == set()


DOC = (ROOT / "docs" / "explain.md").read_text()
SHOWN = re.findall(
    r"^\$ (.*?)(?: {2,}#.*)?\n((?:^ .*\n)*)", "".join(re.findall(r"```console\n(.*?)```", DOC, re.DOTALL)), re.MULTILINE
)


@pytest.mark.parametrize(("line", "output"), SHOWN, ids=[line for line, _ in SHOWN])
def test_what_the_page_shows_is_so(line: str, output: str) -> None:
    words = shlex.split(line.split("| ")[-1])
    assert words[:2] == ["diagnose", "explain"]
    said = call("explain", *words[2:]) if "|" not in line else shell("explain", "-", stdin=TRACE.encode())
    assert said.code == (1 if output else 0)
    if output:
        assert said.out == output


def test_the_page_names_the_labels_and_options_that_there_are() -> None:
    text = page(ask("mysql/duplicate-key")) + page(ask("network/dns-failure"))
    for label in re.findall(r"^\| ([A-Z]+|found when|see) \|", DOC, re.MULTILINE):
        assert label in text, label
    help_ = call("explain", "--help").out
    assert all(option in help_ for option in re.findall(r"`(--[a-z]+)", DOC))
    assert f"up to {MOST >> 20} MiB" in DOC
