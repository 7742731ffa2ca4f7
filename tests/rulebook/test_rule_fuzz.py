"""Whatever stands in a rule file: faults with a place, never another exception."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from diagnose.rulebook.document import Document
from diagnose.rulebook.files import RuleFile
from diagnose.rulebook.form import CAUSE, EVIDENCE, EXPLAINS, SIGNAL
from diagnose.rulebook.form import RULE as RULE_FORM
from diagnose.rulebook.known import Known
from diagnose.rulebook.load import LoadResult, load_files
from tests.rulebook.rule_texts import RULE, SHORT

QUICK = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KNOWN = Known(classes=("duplicate-key", "connection-refused", "unhandled-500"), frameworks=("express", "mysql2"))


def read(data: bytes) -> LoadResult:
    """Load the bytes as a rule; every fault must have its place, and no rule comes from a file with errors."""
    result = load_files([RuleFile("a/b", Path("a/b.yaml"), data)], KNOWN)
    errors = [fault for fault in result.faults if fault.severity == "error"]
    assert bool(errors) != bool(result.rules)
    rows = data.decode("utf-8", "replace").count("\n") + data.decode("utf-8", "replace").count("\r") + 2
    for fault in result.faults:
        assert fault.file == "a/b.yaml"
        assert fault.reason
        assert fault.line <= rows + sum(data.decode("utf-8", "replace").count(char) for char in "\x85\u2028\u2029")
        assert fault.line > 0 or fault.reason.startswith(("the file", "the condition")), fault
        assert str(fault)
    return result


@QUICK
@given(st.binary(max_size=300))
@example(b"\x00")
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbftitle: x")
@example("title: \U0001f600\x07".encode())
@example(b'title: "\\ud800"')
@example(b"\r\r\r: \r[")
@example("a: \u2028 'b".encode())
def test_random_bytes(data: bytes) -> None:
    assert not read(data).rules


@QUICK
@given(st.text(alphabet="abc:-[]{}\"'|>&*!#%@`,?\n \t\\0~", max_size=120))
def test_random_yaml_signs(text: str) -> None:
    assert not read(text.encode()).rules


KEYS = st.sampled_from(["a", "id", *RULE_FORM.entries, *SIGNAL.entries, *CAUSE.entries, *EVIDENCE.entries, *EXPLAINS.entries])
LEAVES = st.one_of(
    st.sampled_from(["x", "a", "error", "a within 5s", "(?P<a>b", "((((a+)+)+)+)$", "(?P<n>abc\\d+)", "5s", "count(a) >= 2"]),
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.dates(),
)
NAMES = KEYS | st.text(max_size=3)
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5))


@pytest.mark.slow
@QUICK
@given(TREES)
def test_random_trees(tree: object) -> None:
    read(yaml.safe_dump(tree, allow_unicode=True).encode())


SIGNS = (":", "\n", "  ", '"', "[", "}", "- ", "&a ", "*a", "!!set ", "é", "(?P<", "|", "\t")


@QUICK
@given(st.data())
def test_mutated_rules(data: st.DataObject) -> None:
    """A run of the file is cut out, doubled, or replaced."""
    text = data.draw(st.sampled_from([RULE, SHORT]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        other = data.draw(st.sampled_from(["", text[start:end] * 2, *SIGNS]))
        text = text[:start] + other + text[end:]
    read(text.encode())


def with_regex(pattern: str) -> bytes:
    quoted = "'" + pattern.replace("'", "''") + "'"
    return RULE.replace("signals:\n", f"signals:\n  strange: {{regex: {quoted}}}\n").encode()


REGEXES = [
    "(" * 2_000 + "abc" + ")" * 2_000,
    "(?P<a>" * 300 + "abc",
    "abc" + "{1,65535}" * 3,
    "abc{99999999999999999999}",
    "(?i)(?s)(?L)abc",
    "[[:alpha:]]abc(?<=a+)",
    "\\p{IsGreek}abc\\X\\K\\G",
    "(?|abc|def)(?R)",
    "abc(?(1)x|y)",
    "abc\\",
    "(?P<a>abc)(?P<a>def)",
    "abc" * 5_000,
    "(?#",
    "abc\ud7ff\u00ff",
]


@pytest.mark.parametrize("pattern", REGEXES, ids=range(len(REGEXES)))
def test_strange_regexes(pattern: str) -> None:
    read(with_regex(pattern))


@QUICK
@given(st.text(alphabet="abc.*+?()[]{}|\\^$<>P=!:#-12 ", max_size=30))
def test_random_regexes(pattern: str) -> None:
    read(with_regex(pattern))


@QUICK
@given(st.text(alphabet="abcduplicate ()\"'<>=.,|0123456789smhd_", max_size=60))
def test_random_conditions(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    read(RULE.replace("when: duplicate or retried then duplicate within 5s", f"when: {quoted}").encode())


@pytest.mark.parametrize("sign", ["[", "{a: ", "- ", "? ", "'a': - "])
def test_bottomless_nesting(sign: str) -> None:
    (fault,) = read((sign * 100_000).encode()).faults
    assert "nested deeper" in fault.reason or "YAML" in fault.reason


def test_multiplied_nodes() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    (fault,) = read(bomb.encode()).faults
    assert fault.reason == "anchors (&a) are not taken"
    (fault,) = read(("a: [" + "1," * 100_000 + "]").encode()).faults
    assert fault.reason == "more than 20,000 values in one file"


STYLES = {
    "plain": lambda text: text,
    "single": lambda text: "'" + text.replace("'", "''") + "'",
    "double": lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"',
    "literal": lambda text: "|-\n    " + text,
    "folded": lambda text: ">-\n    " + text.replace(" ", "\n    "),
    "wrapped": lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace(" ", "\n    ") + '"',
}


@QUICK
@given(
    words=st.lists(st.text(alphabet="abcn'\"\\:é\U0001f600", min_size=1, max_size=6), min_size=1, max_size=5),
    style=st.sampled_from(sorted(STYLES)),
    data=st.data(),
)
def test_a_place_in_a_scalar_is_found_however_it_is_written(words: list[str], style: str, data: st.DataObject) -> None:
    text = " ".join(words)
    document = Document("x.yaml", f"# é\nkey: {STYLES[style](text)}\n".encode())
    if document.root is None or document.at("key").text != text:
        assert style == "plain"
        return
    offset = data.draw(st.integers(0, len(text) - 1))
    document.error(document.at("key"), "here", offset=offset)
    (fault,) = document.faults
    if text[offset] != " ":
        assert fault.excerpt[fault.column - 1] == text[offset] or not text[offset].isprintable()
        before = "\n".join([*document.text.split("\n")[1 : fault.line - 1], fault.excerpt[: fault.column - 1]])
        assert sum(before.count(char) for char in "abc") >= sum(text[:offset].count(char) for char in "abc")
