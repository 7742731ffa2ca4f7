"""Exports that hold many records in one JSON value: each is a record of its own, however the value is printed and cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.sources.batches import LARGEST, Batches, shape_of
from diagnose.sources.stream import Opened
from tests.kit import scan_files
from tests.tiny import CutStream

MESSAGES = ("order paid", 'connect ECONNREFUSED 10.0.0.5:5432 "quoted"', "Zürich – 東京\nsecond line")


def otlp(messages: tuple[str, ...], service: str = "api") -> Any:
    records = [
        {"timeUnixNano": str(1795428000123000000 + n * 10**9), "severityNumber": 17, "body": {"stringValue": text}}
        for n, text in enumerate(messages)
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": {"name": "shop"}, "logRecords": records}]}]}


def subscription(messages: tuple[str, ...]) -> Any:
    events = [{"id": str(n), "timestamp": 1795428000123 + n, "message": text} for n, text in enumerate(messages)]
    return {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/ecs/api", "logStream": "api/1", "logEvents": events}


def filtered(messages: tuple[str, ...]) -> Any:
    return {
        "events": [
            {"logStreamName": "api/1", "timestamp": 1795428000123 + n, "message": text} for n, text in enumerate(messages)
        ],
        "searchedLogStreams": [],
    }


def loki(messages: tuple[str, ...]) -> Any:
    values = [[str(1795428000123000000 + n), text] for n, text in enumerate(messages)]
    return {"status": "success", "data": {"resultType": "streams", "result": [{"stream": {"app": "api"}, "values": values}]}}


KINDS = {"otlp": otlp, "subscription": subscription, "filtered": filtered, "loki": loki}


def unpacked(data: bytes, cuts: list[int] | None = None) -> tuple[list[Any], str]:
    """The values of all lines, and why they ended too early."""
    shape = shape_of(data[:512])
    assert shape is not None
    stream = Batches(Opened(CutStream(data, cuts or [1 << 20])), shape)  # type: ignore[arg-type]
    made, room = b"", memoryview(bytearray(1_000))
    while count := stream.readinto(room):
        made += room[:count]
    return [json.loads(line) for line in made.splitlines()], stream.trouble


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("indent", [None, 2])
@settings(deadline=None, max_examples=25)
@given(cuts=st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_each_record_is_a_value_of_its_own(kind: str, indent: int | None, cuts: list[int]) -> None:
    batch = KINDS[kind]
    data = "\n".join(json.dumps(batch(messages), indent=indent) for messages in (MESSAGES, MESSAGES[:1]))
    values, trouble = unpacked(data.encode(), cuts)
    assert trouble == ""
    assert len(values) == 4
    texts = [json.dumps(value, ensure_ascii=False) for value in values]
    for text, message in zip(texts, (*MESSAGES, MESSAGES[0]), strict=True):
        assert json.dumps(message, ensure_ascii=False) in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_scan_tells_each_record_with_its_time_and_service(kind: str, tmp_path: Path) -> None:
    log = tmp_path / "export.json"
    log.write_text(json.dumps(KINDS[kind](("fine", MESSAGES[1], "fine", MESSAGES[1])), indent=1))
    report = scan_files([log])
    (finding,) = (finding for finding in report.findings if finding.rule == "network/connection-refused")
    assert finding.count == 2
    assert [proof.line for proof in finding.evidence] == [2, 4]
    assert finding.evidence[0].time is not None
    assert report.summary.events >= 2


def test_what_a_batch_says_counts_for_its_own_records_only() -> None:
    value = otlp(MESSAGES[:1], "api")
    value["resourceLogs"].append({"scopeLogs": otlp(MESSAGES[:1])["resourceLogs"][0]["scopeLogs"]})
    values, _ = unpacked(json.dumps(value).encode())
    assert "service.name" in json.dumps(values[0])
    assert "service.name" not in json.dumps(values[1])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_gives_the_records_before(kind: str) -> None:
    data = json.dumps(KINDS[kind](MESSAGES * 50)).encode()
    values, trouble = unpacked(data[: len(data) * 2 // 3])
    assert 60 < len(values) < 110
    assert trouble.startswith("the JSON is damaged")


@pytest.mark.slow
def test_a_record_without_end_is_given_up() -> None:
    head = json.dumps(otlp(MESSAGES[:1]))[: -len('"}}]}]}]}') - len(MESSAGES[0])].encode()
    values, trouble = unpacked(head + b"x" * (LARGEST + 200_000))
    assert values == []
    assert "16 MiB" in trouble


@given(tail=st.binary(max_size=300), kind=st.sampled_from(sorted(KINDS)))
@settings(deadline=None, max_examples=100)
def test_damage_of_any_kind_is_told_and_never_raised(tail: bytes, kind: str) -> None:
    whole = json.dumps(KINDS[kind](MESSAGES)).encode()
    values, trouble = unpacked(whole[: len(whole) // 2] + tail)
    assert isinstance(trouble, str)
    assert len(values) <= len(MESSAGES) + 300


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b'{"level":50,"msg":"resourceLogs"}',
        b'{"events":[],"level":"error"}',
        b'{"events":["a"]}',
        b'{"status":"success","data":{"id":1}}',
        b'{"data":{"order":null},"errors":[]}',
        b'[{"resourceLogs":[]}]',
        b"2026-11-23T10:00:00Z ERROR resourceLogs",
    ],
)
def test_other_json_is_left_as_it_is(head: bytes) -> None:
    assert shape_of(head) is None
