"""What lint tells beyond loading, each at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnose.errors import Fault
from diagnose.rulebook import Known, lint, load_rules
from diagnose.rulebook.linting import NOISY
from tests.rulebook.rule_texts import RULE, SHORT, write

KNOWN = Known()


def told(folder: Path, healthy: tuple[bytes, ...] = (), **rules: str) -> list[Fault]:
    return list(lint(load_rules([write(folder, **rules)], known=KNOWN), KNOWN, healthy))


def test_good_rules_give_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, mysql__duplicate_key=RULE, node__refused=SHORT) == []


SLIPS = [
    ("holds {value}", "holds {valu}", "nothing fills in `{valu}`", "{valu}", "did you mean `value`?"),
    ("at {blame}", "at {blam}", "nothing fills in `{blam}`", "{blam}", "did you mean `blame`?"),
    ("wins between the two.", "wins on {kay}.", "nothing fills in `{kay}`", "{kay}", "did you mean `key`?"),
    ("unless: [ON DUPLICATE KEY]", "unless: [D]", "`D` stands in every literal: the signal can never hold", "D]", ""),
    ("will retry", "(will +)+retry( *a*)*", "risky regex: a repeat inside a repeat", '"(will', "let the inner part"),
    ("or retried then duplicate within 5s", "", "no condition asks for the signal `retried`", "retried:", ""),
]


@pytest.mark.parametrize(("written", "instead", "reason", "caret", "help"), SLIPS)
def test_one_slip_is_one_warning(tmp_path: Path, written: str, instead: str, reason: str, caret: str, help: str) -> None:
    assert RULE.count(written) == 1
    (fault,) = told(tmp_path, mysql__duplicate_key=RULE.replace(written, instead))
    assert (fault.reason, fault.severity) == (reason, "warning")
    assert fault.excerpt[fault.column - 1 :].startswith(caret)
    assert fault.help.startswith(help)


def test_loading_warnings_are_told_too(tmp_path: Path) -> None:
    (fault,) = told(tmp_path, node__refused=SHORT.replace("  - {name: miss, log: all is well, expect: []}\n", ""))
    assert fault.reason == "experimental: no test is a near-miss"


def test_errors_are_told_beside_the_warnings_of_others(tmp_path: Path) -> None:
    write(tmp_path, a__bad="title: 3", mysql__duplicate_key=RULE.replace("{value}", "{valu}"))
    faults = lint(load_rules([tmp_path], strict=False), KNOWN)
    assert {fault.severity for fault in faults} == {"error", "warning"}
    assert [fault.file for fault in faults] == sorted(fault.file for fault in faults)


def test_a_rule_without_a_fix(tmp_path: Path) -> None:
    (fault,) = told(tmp_path, node__refused=SHORT.replace("fix: Start it.\n", ""))
    assert fault.reason == "no cause has a fix"
    assert fault.excerpt.startswith("cause:")


def test_nothing_to_look_in(tmp_path: Path) -> None:
    (fault,) = told(tmp_path, node__refused=SHORT.replace("{literals: ECONNREFUSED}", "{level: error, look_in: trace}"))
    assert fault.reason == "nothing is looked for there"


def test_codes_of_two_rules(tmp_path: Path) -> None:
    other = RULE.replace("mysql/duplicate-key", "mysql/twin").replace('ER_DUP_ENTRY, "1062"', 'er_dup_entry, "1"')
    (fault,) = told(tmp_path, mysql__duplicate_key=RULE, mysql__twin=other)
    assert fault.reason == "`er_dup_entry` is a code of mysql/duplicate-key too"
    assert fault.file.endswith("twin.yaml")
    assert told(tmp_path, mysql__duplicate_key=RULE, mysql__twin=other.replace("[mysql, mariadb]", "[oracle]")) == []


def test_what_no_other_rule_gives(tmp_path: Path) -> None:
    text = SHORT.replace("{literals: ECONNREFUSED}", "{class: duplicate-key}")
    (fault,) = told(tmp_path, node__refused=text)
    assert fault.reason.startswith("no other rule is of the class `duplicate-key`")
    (tmp_path / "two").mkdir()
    assert told(tmp_path / "two", node__refused=text, mysql__duplicate_key=RULE) == []
    other = RULE.replace("    expect: []", "    expect: mysql/duplicate-kex")
    (fault,) = told(tmp_path / "two", mysql__duplicate_key=other)
    assert (fault.reason, fault.help) == ("there is no rule `mysql/duplicate-kex`", "did you mean `mysql/duplicate-key`?")


def test_signals_that_hit_healthy_lines(tmp_path: Path) -> None:
    line = b"2026-11-23 10:00:00 LOG:  will retry nothing, will retry all\n"
    quiet = b"2026-11-23 10:00:00 LOG:  checkpoint complete\n" * 3_000
    noisy = b"".join([quiet, line * 300, quiet])
    (fault,) = told(tmp_path, (noisy,), mysql__duplicate_key=RULE)
    assert fault.reason.startswith("`will retry` stands on ")
    assert fault.excerpt.lstrip().startswith("retried:")
    rate = int(fault.reason.split(" stands on ")[1].split(" ")[0].replace(",", ""))
    assert rate == round(300 / (len(noisy) / (1 << 20)))
    assert rate >= NOISY
    assert told(tmp_path, (quiet * 8, line), mysql__duplicate_key=RULE) == []
