"""Every case of `cases/*.yaml`: a text, and the traces that stand in it, told in full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diagnose.traces import BUILT_IN, parse_traces
from tests.kit import read_yaml
from tests.traces.told import told

CASES: list[dict[str, Any]] = [
    case for file in sorted((Path(__file__).parent / "cases").glob("*.yaml")) for case in read_yaml(file)
]
WITH_TRACES = [case for case in CASES if case["traces"] and "\\" not in case["text"]]


def read(text: str) -> list[dict[str, Any]]:
    return [told(trace) for trace in parse_traces(text)]


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", CASES, ids=named)
def test_case(case: dict[str, Any]) -> None:
    assert read(case["text"]) == case["traces"]


@pytest.mark.parametrize("case", [case for case in CASES if "\r" not in case["text"]], ids=named)
def test_carriage_returns_change_nothing(case: dict[str, Any]) -> None:
    assert read(case["text"].replace("\n", "\r\n")) == case["traces"]


@pytest.mark.parametrize("case", WITH_TRACES, ids=named)
def test_the_text_may_stand_in_a_field_of_json(case: dict[str, Any]) -> None:
    record = json.dumps({"level": "error", "stack": case["text"], "message": 'a "quoted" word'})
    assert read(record) == case["traces"]


@pytest.mark.parametrize("case", WITH_TRACES, ids=named)
def test_the_field_may_be_wrapped_once_more(case: dict[str, Any]) -> None:
    record = json.dumps({"log": json.dumps({"stack": case["text"], "level": "error"}) + "\n", "stream": "stderr"})
    assert read(record) == case["traces"]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_cut_anywhere_nothing_is_raised(case: dict[str, Any]) -> None:
    text = case["text"]
    for end in range(0, len(text), 7):
        for trace in parse_traces(text[:end]):
            assert trace.kind or trace.frames or trace.others


@pytest.mark.parametrize("parser", BUILT_IN, ids=lambda parser: parser.runtime)
def test_samples_hold_a_marker_and_one_trace(parser: Any) -> None:
    for sample in parser.samples:
        assert any(marker in sample for marker in parser.markers)
        (trace,) = parser.parse(sample)
        assert trace.runtime == parser.runtime
        assert trace.kind
        assert trace.frames
