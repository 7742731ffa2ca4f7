"""From YAML to rules: what is read, and each fault with its reason, line and column."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diagnose.errors import Fault, Faults
from diagnose.model import SECOND, Capture, Check, Endpoint, Explains, Fix, Level, Severity
from diagnose.rulebook.known import Known
from diagnose.rulebook.load import experimental, load_rules
from tests.rulebook.rule_texts import RULE, SHORT, load, write

ID = "mysql__duplicate_key"


def only_fault(tmp_path: Path, text: str) -> Fault:
    faults = load(tmp_path, **{ID: text}).faults
    assert len(faults) == 1, "\n\n".join(map(str, faults))
    return faults[0]


def test_a_whole_rule(tmp_path: Path) -> None:
    result = load(tmp_path, **{ID: RULE})
    assert result.faults == ()
    (rule,) = result.rules
    assert (rule.id, rule.of_class, rule.severity) == ("mysql/duplicate-key", "duplicate-key", Severity.ERROR)
    assert rule.codes == ("ER_DUP_ENTRY", "1062", "SQLSTATE 23000")
    duplicate, retried, healed = rule.signals.values()
    assert duplicate.captures == {"value": Capture(redact=True)}
    assert duplicate.unless == ("ON DUPLICATE KEY",)
    assert retried.regex == (r"retrying in (?P<wait>\d+ms)", "will retry")
    assert (retried.level, retried.captures) == (Level.WARNING, {"wait": Capture("duration")})
    assert (healed.fields, healed.look_in, healed.ignore_case) == ({"status": ">= 200"}, "line", True)
    race, retry = rule.causes
    assert race.fix[0] == Fix("Keep the unique key and drop the pre-check.")
    assert race.fix[1].applies_to == ("express", "mysql2")
    assert race.fix[1].code.startswith("try {")
    assert race.api_endpoints == (Endpoint("POST", "/users", "creates"),)
    assert (retry.evidence[0].add, retry.weight) == (50, 20)
    assert rule.explains == (Explains("unhandled-500", ("request", "service"), 2 * SECOND),)
    assert rule.source[0]["rule"] == {"pattern": "insert($A)", "any": [{"kind": "call_expression"}, {"kind": "new_expression"}]}
    assert rule.tests[0].expect[0].captures == {"key": "users.email"}
    assert rule.tests[1].expect == ()
    compiled = result.loaded[0].compiled
    assert str(compiled.when).startswith("duplicate or retried then duplicate")
    assert [len(evidence) for evidence in compiled.evidence] == [0, 1]


def test_a_command_is_read_only_when_the_rule_says_so(tmp_path: Path) -> None:
    (rule,) = load(tmp_path, **{ID: RULE}).rules
    assert rule.checklist == (
        Check("Find the insert at {blame}"),
        Check("See which keys the table has", "SHOW INDEX FROM <table>", readonly=True),
        Check("Drop the row", "DELETE FROM <table>", readonly=False),
    )


def test_the_short_form(tmp_path: Path) -> None:
    result = load(tmp_path, node__refused=SHORT)
    assert result.faults == ()
    (rule,) = result.rules
    (cause,) = rule.causes
    assert (cause.id, cause.text, cause.fix) == ("refused", "The service is down.", (Fix("Start it."),))
    assert rule.tests[0].expect[0].rule == "node/refused"


SLIPS = [
    # what is written, what stands there instead, the reason, where the caret stands, the help
    ("severity: error", "severity: eror", "expected one of info, warning", "eror", "did you mean `error`?"),
    ("class: duplicate-key", "class: duplicate-kex", "unknown failure class", "duplicate-kex", "did you mean `duplicate-key`?"),
    ("codes: [ER_DUP_ENTRY, ", "codes: [1062, ", "expected text, found a number", "1062", 'quote it: "1062"'),
    ("technologies:", "technologes:", "a rule has no key `technologes`", "technologes", "did you mean `technologies`?"),
    ("    unless: [ON", "    unles: [ON", "a signal has no key `unles`", "unles", "did you mean `unless`?"),
    ("redact: true", "redact: yes", "expected true or false, found `yes`", "yes", ""),
    ("level: warning", "level: warn", "expected one of trace, debug", "warn", "did you mean `warning`?"),
    ("captures: {value:", "captures: {valu:", "no regex of `duplicate` has a group `valu`", "valu", "did you mean `value`?"),
    ("(?P<value>.*?)", "(?P<value>.*?", "the regex does not compile", '"', ""),
    ("literals: [Duplicate entry,", 'literals: ["it\'s\\n",', '"it\'s\\n" has no run', "\"it's", "the search needs a run"),
    ('">= 200"', '">= big"', ">= compares numbers", '"', ""),
    ("when: duplicate or", "when: duplicat or", "no signal is named `duplicat`", "duplicat or", "did you mean `duplicate`?"),
    ("then duplicate within 5s", "then duplicate within 5", "`5` cannot stand here", "5", "a window needs a number and a unit"),
    ("keys: [key, service]", "keys: [kei, service]", "no signal captures `kei`", "kei", "did you mean `key`?"),
    ("resolved_by: healed", "resolved_by: heeled", "no signal is named `heeled`", "heeled", "did you mean `healed`?"),
    ("resolved_by: healed", "resolved_by: duplicate", "`duplicate` opens the case", "duplicate", "name another"),
    ("weight: 40", "weight: heavy", "expected a whole number from 0 to 1000, found `heavy`", "heavy", ""),
    ("weight: 40", "weight: 4.5", "expected a whole number from 0 to 1000, found `4.5`", "4.5", ""),
    ("weight: 40", "weight: true", "expected a whole number from 0 to 1000, found `true`", "true", ""),
    ("  - id: double-submit-or-retry", "  - id: check-then-insert-race", "two causes are named `check-", "check-then", ""),
    ("        language: javascript\n", "", "code without its language", "code", "language: python"),
    ("method: POST", "method: PSOT", "expected one of GET, HEAD", "PSOT", "did you mean `POST`?"),
    ("path: /users", "path: users", "expected a path that begins with /, found `users`", "users", ""),
    ("by key, duplicate.value", "by kee, duplicate.value", "nothing carries the key `kee`", "kee", ""),
    ("add: 50}", "add: a lot}", "expected a whole number from -1000 to 1000, found `a lot`", "a lot", ""),
    ("{class: unhandled-500,", "{class: unhandled-50,", "unknown failure class", "unhandled-50", "did you mean `unhandled-500`?"),
    ("request|service", "request|servise", "unknown scope `servise`", "servise", "did you mean `service`?"),
    ("within: 2s}", "within: 2 s}", "expected a duration (500ms, 2s, 5m, 1h, 1d), found `2 s`", "2 s", ""),
    ("https://dev", "http://dev", "expected an https address", '"http', ""),
    ("- name: SQL text is no error", "- name: node mysql2", "two tests are named `node mysql2`", "node mysql2", ""),
    ("    expect: []\n", "", "a test lacks `expect`", "name", "expect: What must be found"),
    ("cause: check-then-insert-race,", "cause: check-the-insert-race,", "no cause is", "check-the-", "did you mean"),
    ("captures: {key: users", "captures: {kay: users", "no signal captures `kay`", "kay", "did you mean `key`?"),
    ("generic: false", "cause: x", "`cause` stands beside `causes`", "cause", "move it"),
    ("generic: false", "title: x", "the key `title` stands twice", "title", "the first is on line 1"),
    ("generic: false", "? [a]\n: b", "a key must be a word, not a list", "[a]", ""),
    ("generic: false", "fix: &anchor x", "anchors (&anchor) are not taken", "&anchor x", ""),
    ("generic: false", "fix: *anchor", "aliases (*anchor) are not taken", "*anchor", ""),
    ("generic: false", "fix: !!python/name:os.system x", "tags (`tag:yaml.org,2002:python/name:", "!!python/name", ""),
    ("generic: false", "generic: {", "this is no YAML", "- id", ""),
]


@pytest.mark.parametrize(("written", "instead", "reason", "caret", "help"), SLIPS)
def test_one_slip_is_one_fault(tmp_path: Path, written: str, instead: str, reason: str, caret: str, help: str) -> None:
    head, tail = RULE.rsplit(written, 1) if written.startswith("    expect") else RULE.split(written, 1)
    text = head + instead + tail
    fault = only_fault(tmp_path, text)
    assert fault.reason.startswith(reason)
    assert fault.help.startswith(help)
    assert fault.severity == "error"
    assert fault.file == str(tmp_path / "mysql/duplicate-key.yaml")
    assert fault.excerpt == text.split("\n")[fault.line - 1]
    assert fault.excerpt[fault.column - 1 :].startswith(caret)


def test_a_group_must_be_a_name(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, RULE.replace("signals:\n", "signals:\n  other: {regex: 'hello (?P<World>x)'}\n"))
    assert fault.reason == "expected a name (small letters, digits, _) as a group, found `World`"
    assert fault.excerpt[fault.column - 1 :].startswith("World>")


@pytest.mark.parametrize("key", ["title", "class", "severity", "signals", "when", "causes"])
def test_what_a_rule_must_have(tmp_path: Path, key: str) -> None:
    blocks = ("\n" + RULE).split("\n" + key + ":")
    assert len(blocks) == 2
    rest = blocks[1].split("\n")
    while len(rest) > 1 and (rest[1].startswith(" ") or not rest[1]):
        del rest[1]
    text = (blocks[0] + "\n" + "\n".join(rest[1:])).lstrip("\n")
    faults = load(tmp_path, **{ID: text}).faults
    assert any(key.rstrip("s") in fault.reason and "lacks" in fault.reason for fault in faults), faults


def test_a_condition_in_a_folded_scalar_is_located(tmp_path: Path) -> None:
    text = RULE.replace(
        "when: duplicate or retried then duplicate within 5s",
        "when: >-\n  duplicate or\n    # no comment here: part of the text\n  rettried",
    )
    fault = only_fault(tmp_path, text)
    assert (fault.line, fault.column) == (17, 5)
    when = "when: duplicate or retried then duplicate within 5s"
    text = RULE.replace(when, "when: >-\n  duplicate or\n\n  retried and\n  heeled")
    fault = only_fault(tmp_path, text)
    assert fault.reason == "no signal is named `heeled`"
    assert fault.excerpt[fault.column - 1 :] == "heeled"


def test_all_faults_of_all_files_are_raised_at_once(tmp_path: Path) -> None:
    first, second = RULE.replace("error", "eror"), SHORT.replace("title", "titel")
    write(tmp_path, a__first=first, b__second=second, c__third="[", d__fourth=SHORT)
    with pytest.raises(Faults) as raised:
        load_rules([tmp_path])
    told = {(Path(fault.file).name, fault.reason) for fault in raised.value.items}
    assert ("second.yaml", "a rule has no key `titel`") in told
    assert ("second.yaml", "a rule lacks `title`") in told
    assert {name for name, _ in told} == {"first.yaml", "second.yaml", "third.yaml"}
    assert all(fault.severity == "error" for fault in raised.value.items)


def test_one_bad_file_costs_only_itself(tmp_path: Path) -> None:
    result = load(tmp_path, a__first="title: 1", node__refused=SHORT)
    assert [rule.id for rule in result.rules] == ["node/refused"]
    assert {Path(fault.file).name for fault in result.faults} == {"first.yaml"}


def test_a_rule_without_hit_or_near_miss_is_experimental(tmp_path: Path) -> None:
    text = SHORT.replace("  - {name: miss, log: all is well, expect: []}\n", "")
    result = load(tmp_path, node__refused=text)
    (fault,) = result.faults
    assert (fault.severity, fault.reason) == ("warning", "experimental: no test is a near-miss")
    assert fault.line == text.split("\n").index("tests:") + 1
    assert experimental(result.rules[0]) == fault.reason
    (rule,) = load(tmp_path, node__refused=text[: text.index("tests:")]).rules
    assert experimental(rule) == "experimental: no test is a hit or a near-miss"


def test_unknown_frameworks_are_a_warning(tmp_path: Path) -> None:
    write(tmp_path, **{ID: RULE})
    result = load_rules([tmp_path], known=Known(frameworks=("express", "mysql")))
    (fault,) = result.faults
    assert (fault.severity, fault.reason) == ("warning", "no known framework or driver is named `mysql2`")
    assert fault.help == "did you mean `mysql`?"
    assert len(result.rules) == 1


def test_the_same_id_in_two_folders(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, node__refused=SHORT)
    result = load_rules([tmp_path / "one", tmp_path / "two"], strict=False)
    (fault,) = result.faults
    assert fault.file == str(tmp_path / "two/node/refused.yaml")
    assert f"stands in {tmp_path / 'one/node/refused.yaml'} already" in fault.reason
    assert len(result.rules) == 1


def test_classes_of_all_folders_count(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "own").mkdir()
    write(tmp_path / "base")
    write(tmp_path / "own", node__refused=SHORT.replace("connection-refused", "mine"))
    (tmp_path / "own/classes.yaml").write_text("own: {mine: a class of my own}")
    result = load_rules([tmp_path / "base", tmp_path / "own"])
    assert result.rules[0].of_class == "mine"
    assert result.classes["mine"] == "a class of my own"
    (tmp_path / "own/classes.yaml").write_text("own: {Mine: 3}")
    reasons = [fault.reason for fault in load_rules([tmp_path / "own"], strict=False).faults]
    assert reasons[0].startswith("expected a failure class")
    assert reasons[1] == "expected text, found a number"


def test_files_that_are_no_rules(tmp_path: Path) -> None:
    write(tmp_path, node__refused=SHORT)
    (tmp_path / "node/.hidden.yaml").write_text("[")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/x.yaml").write_text("[")
    (tmp_path / "node/notes.txt").write_text("x")
    assert load_rules([tmp_path]).faults == ()
    (tmp_path / "node/other.yml").write_text("x")
    (tmp_path / "top.yaml").write_text(SHORT)
    os.mkfifo(tmp_path / "node/pipe.yaml")
    (tmp_path / "node/empty.yaml").write_text("")
    (tmp_path / "node/big.yaml").write_text("#" * (1 << 20) + "#")
    (tmp_path / "node/latin.yaml").write_bytes(b"title: x\ncause: caf\xe9\n")
    (tmp_path / "node/two.yaml").write_text(SHORT + "---\n" + SHORT)
    told = {Path(fault.file).name: fault for fault in load_rules([tmp_path, tmp_path / "none"], strict=False).faults}
    assert told["other.yml"].reason == "rule files end in .yaml"
    assert told["top.yaml"].reason == "`top` is no rule id"
    assert told["pipe.yaml"].reason == "not a file"
    assert told["empty.yaml"].reason == "the file is empty"
    assert told["big.yaml"].reason == "the file is larger than 1024 KiB"
    assert (told["latin.yaml"].reason, told["latin.yaml"].line) == ("the file is not UTF-8", 2)
    assert told["two.yaml"].reason == "a second document starts here"
    assert told["none"].reason == "no such file or folder"


def test_a_single_file_is_named_by_its_last_two_parts(tmp_path: Path) -> None:
    write(tmp_path, node__refused=SHORT)
    (rule,) = load_rules([tmp_path / "node/refused.yaml"], known=Known(classes=("connection-refused",))).rules
    assert rule.id == "node/refused"


CIRCLE = """\
title: x
class: {own}
severity: error
signals: {{other: {{class: {other}}}}}
when: other
cause: x
"""


def test_a_circle_of_classes_costs_one_rule(tmp_path: Path) -> None:
    result = load(
        tmp_path,
        a__one=CIRCLE.format(own="duplicate-key", other="unhandled-500"),
        b__two=CIRCLE.format(own="unhandled-500", other="duplicate-key"),
        node__refused=SHORT,
    )
    errors = [fault for fault in result.faults if fault.severity == "error"]
    assert len(errors) == 1
    assert "circle" in errors[0].reason
    assert len(result.rules) == 2


def test_a_class_signal_stands_alone(tmp_path: Path) -> None:
    text = CIRCLE.format(own="duplicate-key", other="unhandled-500").replace("unhandled-500}", "unhandled-500, level: error}")
    faults = [fault for fault in load(tmp_path, a__one=text).faults if fault.severity == "error"]
    assert [fault.reason for fault in faults] == ["`level` stands beside `class`"]


def test_a_signal_that_looks_for_nothing(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, RULE.replace("signals:\n", "signals:\n  void: {unless: [x]}\n"))
    assert fault.reason == "the signal `void` looks for nothing"


def test_a_signal_at_another_needs_nothing_to_search_for(tmp_path: Path) -> None:
    text = SHORT.replace("signals:\n", "signals:\n  late: {at: refused, regex: '\\d+'}\n")
    result = load(tmp_path, node__refused=text)
    assert result.faults == ()
    (rule,) = result.rules
    assert rule.signals["late"].at == ("refused",)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("refuse", "the rule has no signal `refuse`"),
        ("late", "`late` is not searched for in records itself"),
        ("other", "`other` is not searched for in records itself"),
    ],
)
def test_a_signal_stands_at_one_that_is_searched_for(tmp_path: Path, at: str, reason: str) -> None:
    text = SHORT.replace("signals:\n", f"signals:\n  other: {{class: duplicate-key}}\n  late: {{at: {at}, regex: x}}\n")
    (fault,) = load(tmp_path, node__refused=text).faults
    assert fault.reason == reason


def test_a_regex_without_a_run(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, RULE.replace("signals:\n", "signals:\n  void: {regex: '[a-z]+ \\d+'}\n"))
    assert "no run of 3 characters" in fault.reason
    assert (fault.line, fault.column) == (8, 17)


def test_faults_print_with_a_caret(tmp_path: Path) -> None:
    fault = only_fault(tmp_path, RULE.replace("severity: error", "severity: eror"))
    assert str(fault).split("\n") == [
        "error: expected one of info, warning, error, critical, found `eror`",
        f"  --> {tmp_path}/mysql/duplicate-key.yaml:3:11",
        "  |",
        "3 | severity: eror",
        "  |           ^",
        "  = help: did you mean `error`?",
    ]


@pytest.mark.slow
def test_the_shipped_classes_are_in_order() -> None:
    folder = Path(__file__).parent.parent.parent / "rules"
    result = load_rules([folder], strict=False)
    assert [fault for fault in result.faults if Path(fault.file).name == "classes.yaml"] == []
    assert {"connection-refused", "duplicate-key", "n-plus-one"} <= result.classes.keys()
