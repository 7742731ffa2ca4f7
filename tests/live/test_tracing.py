"""What a tail says of itself: spans as OTLP, and its own log."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from diagnose import tracing
from diagnose.errors import UsageError
from diagnose.live.saying import Own
from diagnose.tracing import Traced
from tests.shell import FAN, shell, write_rules


def spans(path: Path) -> list[dict[str, object]]:
    return [
        span
        for line in path.read_text().splitlines()
        for resource in json.loads(line)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]


def test_parts_belong_to_their_whole_and_what_is_forgotten_is_not_told(tmp_path: Path) -> None:
    tracer = Traced(str(tmp_path / "spans.jsonl"), print)
    with tracer.span("round", bytes=7) as whole:
        with tracer.span("look"):
            pass
        whole.note(cases=2, share=0.5, name="x")
    with tracer.span("idle") as idle, tracer.span("part of it"):
        idle.forget()
    with pytest.raises(ValueError, match="oh no"), tracer.span("bad"):
        raise ValueError("oh no")
    tracer.close()
    told = {str(span["name"]): span for span in spans(tmp_path / "spans.jsonl")}
    assert set(told) == {"round", "look", "bad"}
    assert told["look"]["parentSpanId"] == told["round"]["spanId"]
    assert told["look"]["traceId"] == told["round"]["traceId"] != told["bad"]["traceId"]
    assert "parentSpanId" not in told["round"]
    assert told["bad"]["status"] == {"code": 2, "message": "oh no"}
    assert told["round"]["attributes"] == [
        {"key": "bytes", "value": {"intValue": "7"}},
        {"key": "cases", "value": {"intValue": "2"}},
        {"key": "share", "value": {"doubleValue": 0.5}},
        {"key": "name", "value": {"stringValue": "x"}},
    ]
    for span in told.values():
        assert len(str(span["traceId"])) == 32
        assert len(str(span["spanId"])) == 16
        assert int(str(span["startTimeUnixNano"])) <= int(str(span["endTimeUnixNano"]))


def test_the_file_is_bounded_and_a_full_disk_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "ROOM", 2_000)
    monkeypatch.setattr(tracing, "EVERY", 0.0)
    told: list[str] = []
    path = tmp_path / "spans.jsonl"
    tracer = Traced(str(path), told.append)
    for _ in range(50):
        with tracer.span("round"):
            pass
    assert sum(one.stat().st_size for one in tmp_path.iterdir()) < 6_000
    monkeypatch.setattr(tracer, "_path", "/dev/full")
    for _ in range(3):
        with tracer.span("round"):
            pass
    assert told == ["--trace /dev/full: No space left on device"]
    with pytest.raises(UsageError, match="--trace"):
        Traced(str(tmp_path / "missing" / "spans"), print)


def test_the_own_log_as_text_and_as_json() -> None:
    out = io.StringIO()
    own = Own("info", "text", out)
    own.info("started", rules=3)
    own.debug("no")
    own.warn("odd \x1b[2J")
    assert out.getvalue() == "info: started rules=3\nwarning: odd \\x1b[2J\n"
    out = io.StringIO()
    Own("debug", "json", out).debug("looked", findings=2)
    record = json.loads(out.getvalue())
    assert {**record, "time": ""} == {"time": "", "level": "debug", "message": "looked", "findings": 2}
    assert record["time"].endswith("Z")
    seen: list[str] = []
    own.divert = seen.append
    own.warn("to the view")
    assert seen == ["to the view"]


@pytest.mark.slow
def test_the_program_writes_spans_and_says_what_it_does(tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules")
    words = ["tail", "-", "--rules", rules, "--rule", "tiny/*", "--format", "jsonl", "--trace", tmp_path / "spans.jsonl"]
    said = shell(
        *words, "--log-level", "info", "--log-format", "json", "--sink", f"file:{tmp_path}/sink", stdin=(FAN * 2).encode()
    )
    assert said.code == 1
    messages = [json.loads(line) for line in said.err.splitlines()]
    assert [one["message"] for one in messages] == ["started", "stopped"]
    assert messages[1]["bytes"] == len(FAN) * 2
    told = spans(tmp_path / "spans.jsonl")
    assert {"round", "keep", "deliver"} <= {span["name"] for span in told}
    ids = {span["spanId"] for span in told}
    assert all(span.get("parentSpanId", next(iter(ids))) in ids for span in told)
    assert {"key": "sink", "value": {"stringValue": f"file:{tmp_path}/sink"}} in next(
        span["attributes"]  # type: ignore[operator]
        for span in told
        if span["name"] == "deliver"
    )
