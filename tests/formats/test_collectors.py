"""What collectors put around lines is taken off; a program's own JSON records are left alone, whatever their keys are called."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnose.formats import WRAPPERS
from diagnose.lines import PLAIN, LineReader
from tests.kit import kit, scan_bytes

TRACE = ["Traceback (most recent call last):", '  File "/srv/shop/orders.py", line 12, in pay', "    charge(order)",
         "ConnectionRefusedError: [Errno 111] Connection refused"]  # fmt: skip


def fluent(pod: str, text: str, **more: Any) -> str:
    kubernetes = {"pod_name": pod, "container_name": "api"}
    return json.dumps(
        {"date": 1795428000.5, "stream": "stderr", "log": text, "kubernetes": kubernetes, **more}, separators=(",", ":")
    )


OWN = (
    '{"level":"error","log":"x","message":"boom"}',
    '{"log":"rotated","message":"boom","time":"2026-11-23T10:00:00Z"}',
    '{"log":{"level":"error"},"message":"boom"}',
    '{"host":"shop-1","message":"boom","level":"error"}',
    '{"@timestamp":"2026-11-23T10:00:00.123Z","@message":"boom","@fields":{"level":"error"}}',
    '{"@timestamp":"2026-11-23T10:00:00.123Z","log.level":"ERROR","message":"boom","service.name":"shop"}',
    '{"kubernetes":{"pod_name":"api-0"},"message":"boom","level":"error"}',
    '{"labels":{"app":"api"},"message":"boom","log.level":"error"}',
    '{"insertId":"a","jsonPayload":{"message":"boom"},"severity":"ERROR","logName":"projects/p/logs/stderr"}',
    '{"insertId":"a","textPayload":"The request failed.","severity":"ERROR","logName":"projects/p/logs/run.googleapis.com%2Frequests"}',
    '{"__REALTIME_TIMESTAMP":"1795428000123456","_TRANSPORT":"journal","PRIORITY":"3","MESSAGE":"Failed to start shop.service"}',
    '{"MESSAGE":"boom","PRIORITY":"3"}',
    '{"file":"/srv/shop/app.py","line":3,"message":"boom","level":"error"}',
)


@pytest.mark.parametrize("record", OWN)
def test_a_programs_own_record_is_not_taken_apart(record: str) -> None:
    reader = LineReader(kit().formats, WRAPPERS)
    line = reader.read(record.encode(), 0)
    assert line.wrapper == -1
    assert line.form != PLAIN
    assert reader.formats[line.form].name == "json"


def test_traces_of_two_pods_whose_lines_are_mixed_are_two_records() -> None:
    log = "\n".join(fluent(pod, line) for line in TRACE for pod in ("api-7d9f5c6b8-x2x4z", "api-7d9f5c6b8-qpzgl"))
    (finding,) = scan_bytes((log).encode()).findings
    assert (finding.rule, finding.count, finding.blame) == ("network/connection-refused", 2, "/srv/shop/orders.py:12 in pay")


def test_a_trace_that_the_collector_has_joined_is_one_record() -> None:
    (finding,) = scan_bytes((fluent("api-0", "\n".join(TRACE))).encode()).findings
    assert (finding.rule, finding.blame) == ("network/connection-refused", "/srv/shop/orders.py:12 in pay")


def test_a_record_that_the_program_wrote_as_json_is_read_as_that() -> None:
    own = json.dumps({"level": "info", "message": "retried after connect ECONNREFUSED 127.0.0.1:5432"})
    assert scan_bytes((fluent("api-0", own)).encode()).findings == ()
    loud = json.dumps({"level": "error", "message": "connect ECONNREFUSED 127.0.0.1:5432"})
    (finding,) = scan_bytes((fluent("api-0", loud, level="error")).encode()).findings
    assert finding.captures["peer"] == "127.0.0.1:5432"


def test_jenkins_times_before_each_line_of_a_trace() -> None:
    (finding,) = scan_bytes(
        ("\n".join(f"[2026-11-23T10:00:00.{at:03d}Z] {line}" for at, line in enumerate(TRACE))).encode()
    ).findings
    assert finding.blame == "/srv/shop/orders.py:12 in pay"
