"""The schema of rule files says what the reader takes: both are made from one form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.rulebook import Known, keys_text, lint
from diagnose.rulebook.document import Document
from diagnose.rulebook.form import RULE as FORM
from diagnose.rulebook.schema import rule_schema, schema_text
from tests.rulebook.rule_texts import RULE, SHORT, load

VALIDATOR = jsonschema.Draft202012Validator(rule_schema())


def read(text: str) -> tuple[Any, list[str]]:
    """The file as plain data, and the faults of its form."""
    document = Document("x.yaml", text.encode())
    assert document.root is not None, document.faults
    FORM.read(document.root, document)
    return document.root.plain(), [fault.reason for fault in document.faults]


def test_the_published_schema_is_the_form() -> None:
    published = Path(__file__).parent.parent.parent / "docs/rule.schema.json"
    assert published.read_text(encoding="utf-8") == schema_text(), "write it anew: `diagnose rules schema`"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(rule_schema())


@pytest.mark.parametrize("text", [RULE, SHORT])
def test_rules_conform(text: str) -> None:
    data, faults = read(text)
    assert faults == []
    VALIDATOR.validate(data)


SCALARS = st.one_of(
    st.sampled_from(["", "x", "two\nlines", "error", "5s", "GET", "https://a.b", "/path", "a|b", "mysql/x", "A b", "true"]),
    st.integers(-2000, 2_000_000),
    st.floats(0.5, 9.5).map(lambda number: round(number, 2)),
    st.booleans(),
    st.none(),
)
NAMES = st.sampled_from(["a", "b"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2))


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_reader_and_schema_agree(data: st.DataObject) -> None:
    """A value anywhere in a rule is replaced, dropped or renamed: the form finds a fault where the schema does."""
    rule, _ = read(data.draw(st.sampled_from([RULE, SHORT])))
    places = list(_places(rule))
    holder, key = data.draw(st.sampled_from(places))
    action = data.draw(st.sampled_from(["replace", "drop", "rename"]))
    if action == "replace":
        holder[key] = data.draw(VALUES)
    else:
        value = holder.pop(key)
        if action == "rename" and isinstance(holder, dict):
            holder[data.draw(st.sampled_from(["other", "text", "regex", "Title", "class"]))] = value
    plain, faults = read(json.dumps(rule))
    assert plain == rule
    assert bool(faults) == bool(list(VALIDATOR.iter_errors(rule))), faults


def _places(value: Any) -> Any:
    if isinstance(value, dict | list):
        for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from _places(inner)


GUIDE = (Path(__file__).parent.parent.parent / "docs/rules.md").read_text(encoding="utf-8")


def test_the_guide_lists_every_key() -> None:
    _, written = GUIDE.split("<!-- keys: written by `diagnose.rulebook.keys_text()` -->\n\n")
    assert written == keys_text()


def test_the_guides_example_is_a_good_rule(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    result = load(tmp_path, mysql__duplicate_key=example)
    assert result.faults == ()
    assert lint(result, Known()) == ()
