"""Ids of requests and traces: in fields, in headers' values, in text; and what looks like one and is none."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.api import trial
from diagnose.formats.json.lines import JsonLines
from diagnose.formats.parts.fields import peer_of
from diagnose.formats.parts.ids import is_counter, read_ids, real, trace_of
from diagnose.formats.parts.names import PORTS, ROLES
from diagnose.model import SCOPES, Event
from diagnose.pipeline import Options, Run
from diagnose.sources import Input
from diagnose.times import Clock
from tests.kit import NOW, STORE, kit, rulebook

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
UUID = "0d1f3e52-7c1c-4f52-9d53-8d1b6ad2c7e1"
W3C = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (W3C, (TRACE, SPAN)),
        (f"{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90", (TRACE, SPAN)),
        (f"a3ce929d0e0e4736-{SPAN}", ("a3ce929d0e0e4736", SPAN)),
        (f"{TRACE}:{SPAN}:0:1", (TRACE, SPAN)),
        (f"Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent={SPAN};Sampled=1", (TRACE, SPAN)),
        ("1-4bf92f35-77b34da6a3ce929d0e0e4736", (TRACE, "")),
        (f"{TRACE}/123;o=1", (TRACE, "123")),
        (f"projects/shop/traces/{TRACE}", (TRACE, "")),
        (TRACE.upper(), (TRACE, "")),
        (f"00-{'0' * 32}-{SPAN}-01", ("", SPAN)),
        ("-", ("", "")),
        ("", ("", "")),
        (None, ("", "")),
        (7, ("", "")),
    ],
)
def test_headers_of_all_kinds(text: object, found: tuple[str, str]) -> None:
    assert trace_of(text) == found


@pytest.mark.parametrize(
    "value", ["", " ", "-", "null", "None", "undefined", "N/A", "0", "0000-0000", "%{req_id}", "${id}", "a b", None]
)
def test_what_stands_for_nothing_is_no_id(value: object) -> None:
    assert real(value) == ""


def test_counters_are_told_from_ids() -> None:
    assert all(is_counter(text) for text in ("1", "7", "req-1a", "ab12"))
    assert not any(is_counter(text) for text in (UUID, TRACE, "01HZX3KQ5T", "abcdefgh"))


# ---------------------------------------------------------------- in fields


def scope_of(record: dict[str, Any]) -> dict[str, str]:
    header = JsonLines().parse(json.dumps(record), Clock(reference=NOW))
    assert header is not None
    return header.scope


@pytest.mark.parametrize("name", sorted(name for name, (role, _) in ROLES.items() if role == "request"))
def test_every_name_of_a_request_id(name: str) -> None:
    assert scope_of({"msg": "x", name: UUID})["request"] == UUID


@pytest.mark.parametrize("name", sorted(name for name, (role, _) in ROLES.items() if role == "trace"))
def test_every_name_of_a_trace(name: str) -> None:
    assert scope_of({"msg": "x", name: TRACE}) == {"trace": TRACE, "request": TRACE}


@pytest.mark.parametrize("name", sorted(name for name, (role, _) in ROLES.items() if role == "propagated"))
def test_every_name_of_a_header(name: str) -> None:
    assert scope_of({"msg": "x", name: W3C}) == {"trace": TRACE, "span": SPAN, "request": TRACE}


@pytest.mark.parametrize(
    ("record", "scope"),
    [
        # a request id is narrower than the trace
        ({"trace_id": TRACE, "span_id": SPAN, "request_id": UUID}, {"trace": TRACE, "span": SPAN, "request": UUID}),
        ({"dd": {"trace_id": "1234567890123456789", "span_id": "42"}}, {"trace": "1234567890123456789", "span": "42"}),
        ({"dd.trace_id": "1234567890123456789", "traceparent": W3C}, {"trace": TRACE, "span": SPAN}),
        ({"trace": f"projects/shop/traces/{TRACE}"}, {"trace": TRACE}),
        ({"otelTraceID": "0", "otelSpanID": "0", "otelServiceName": "shop"}, {"service": "shop"}),
        ({"req": {"id": UUID, "headers": {"traceparent": W3C}}}, {"request": UUID, "trace": TRACE, "span": SPAN}),
        # containers, pods, hosts
        (
            {"log": "x", "kubernetes": {"pod_name": "api-0", "container_name": "api", "host": "n1", "labels": {"app": "shop"}}},
            {"pod": "api-0", "container": "api", "host": "n1", "service": "shop"},
        ),
        (
            {"_HOSTNAME": "a", "_PID": "7", "SYSLOG_IDENTIFIER": "api", "MESSAGE": "x"},
            {"host": "a", "process": "7", "service": "api"},
        ),
        ({"worker": 3, "sessionId": "s-1"}, {"worker": "3", "session": "s-1"}),
        # names that mean something else here
        ({"status": 500, "uri": "/x", "host": "shop.example.com"}, {}),
        ({"name": "Jane Doe", "msg": "signed up"}, {}),
        ({"name": "shop", "pid": 7}, {"service": "shop", "process": "7"}),
        ({"msg": "x", "ctx": "checkout"}, {}),
        ({"msg": "x", "ctx": "conn7", "t": {"$date": "2026-11-23T10:00:00Z"}}, {"thread": "conn7"}),
        ({"msg": "x", "thread_name": ".NET ThreadPool Worker"}, {"thread": ".NET ThreadPool Worker"}),
        ({"name": "Jane Doe", "app": "shop"}, {"service": "shop"}),
        ({"userId": None, "thread": "-", "request_id": "-", "sessionId": "undefined"}, {}),
    ],
)
def test_scopes_of_fields(record: dict[str, Any], scope: dict[str, str]) -> None:
    found = scope_of(record)
    if "request" not in scope and "trace" in scope:
        scope = {**scope, "request": scope["trace"]}
    assert found == scope


@pytest.mark.parametrize(
    ("record", "peer"),
    [
        ({"err": {"code": "ECONNREFUSED", "address": "10.0.0.5", "port": 5432}}, "10.0.0.5:5432"),
        ({"err": {"code": "ECONNREFUSED", "address": "::1", "port": 5432}}, "[::1]:5432"),
        ({"err": {"code": "ENOTFOUND", "hostname": "db.internal"}}, "db.internal"),
        ({"net.peer.name": "db", "net.peer.port": 5432}, "db:5432"),
        ({"server.address": "db", "server.port": 5432, "db.system": "postgresql"}, "db:5432"),
        ({"server.address": "shop.example.com", "server.port": 443}, ""),
        ({"upstream_addr": "10.0.0.1:8080"}, "10.0.0.1:8080"),
        ({"upstream_addr": "10.0.0.1:8080, 10.0.0.2:8080"}, ""),
        ({"upstream": "payments"}, ""),
        ({"upstream": "unix:/run/app.sock"}, ""),
        ({"ServiceURL": "http://10.0.0.1:8080"}, "10.0.0.1:8080"),
        ({"err": {"config": {"baseURL": "https://api.example.com/v1"}}}, "api.example.com:443"),
        ({"db.connection_string": "postgres://shop:secret@db/shop"}, "db:5432"),
        ({"host": "10.0.0.5", "port": 5432}, ""),
    ],
)
def test_peers_of_fields(record: dict[str, Any], peer: str) -> None:
    assert scope_of({"msg": "x", **record}).get("peer", "") == peer


@pytest.mark.parametrize(
    ("address", "port", "peer"),
    [
        ("db", 5432, "db:5432"),
        ("db", "5432", "db:5432"),
        ("db", None, "db"),
        ("http://db:80/x?y", None, "db:80"),
        ("redis://:secret@cache", None, "cache:6379"),
        ("[::1]:6379", None, "[::1]:6379"),
        ("::1", "6379", "[::1]:6379"),
        ("a b", 1, ""),
        ("", None, ""),
        ("-", None, ""),
        (None, True, ""),
    ],
)
def test_addresses(address: object, port: object, peer: str) -> None:
    assert peer_of(address, port) == peer


def test_ports_belong_to_names_of_addresses() -> None:
    assert all(ROLES[name][0] == "peer_host" for name in PORTS)
    roles = {role for role, _ in ROLES.values()}
    assert {
        "request",
        "trace",
        "span",
        "session",
        "thread",
        "worker",
        "process",
        "container",
        "pod",
        "host",
        "service",
        "peer",
    } <= roles


# ---------------------------------------------------------------- in text


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        (
            f"2026-11-23 10:00:00,123 INFO [shop] [a.py:7] [trace_id={TRACE} span_id={SPAN} resource.service.name=shop] - paid",
            {"trace": TRACE, "span": SPAN, "request": TRACE},
        ),
        (
            "2026-11-23 10:00:00,123 INFO [shop] [dd.service=shop dd.trace_id=1234567890123456789 dd.span_id=987654321012345678] - x",
            {"trace": "1234567890123456789", "span": "987654321012345678", "request": "1234567890123456789"},
        ),
        (f"10:00:00 INFO  traceId={TRACE}, parentId=, spanId={SPAN}, sampled=true [a.b] (main) x", {"trace": TRACE, "span": SPAN}),
        (f"10:00:00.123 request_id={UUID} [info] GET /", {"request": UUID}),
        (f"info: A[1]\n      => SpanId:{SPAN}, TraceId:{TRACE}, ParentId:0 => RequestPath:/x RequestId:0HMVFE0A284AM:00000001\n      x",
         {"span": SPAN, "trace": TRACE, "request": "0HMVFE0A284AM:00000001"}),
        (f"198.51.100.2 - - [x] \"GET / HTTP/1.1\" 200 1 \"-\" \"curl\" {W3C}", {"trace": TRACE, "span": SPAN}),
        ('h2 2026-11-23T10:00:00Z app/x "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736" "-"', {"trace": TRACE}),
        (f"[{UUID}] Started GET \"/orders\" for 127.0.0.1", {"request": UUID}),
        (f"START RequestId: {UUID} Version: $LATEST", {"request": UUID}),
        (f"2026-11-23T10:00:00.123Z\t{UUID}\tERROR\tboom", {"request": UUID}),
        # what only looks like one
        ("2026-11-23 10:00:00 WARN sending RequestHeader(apiKey=METADATA, clientId=p-1, correlationId=12)", {}),
        (f"AccessDenied: denied (Service: S3; Status Code: 403; Request ID: {UUID})", {}),
        (f"The blob does not exist.\nRequestId:{UUID}\nTime:2026-11-23", {}),
        ("request_id=- trace_id=00000000000000000000000000000000 x", {}),
        (f"user_id={UUID} order {UUID} is gone", {}),
        ("2000-00-00 pid=7 id=abcdefghijklm1", {}),
    ],
)  # fmt: skip
def test_ids_in_text(text: str, scope: dict[str, str]) -> None:
    found: dict[str, str] = {}
    read_ids(text, text, found)
    if "trace" in scope:
        scope = {"request": scope["trace"], **scope}
    assert found == scope


def test_what_a_record_names_itself_stays() -> None:
    scope = {"request": "mine", "trace": "my-trace"}
    read_ids(f"trace_id={TRACE} request_id={UUID}", "", scope)
    assert scope == {"request": "mine", "trace": "my-trace"}


@given(st.text(max_size=80) | st.text("traceidrquestTID=: 0123456789abcdef-[]\t", max_size=200))
def test_no_text_raises(text: str) -> None:
    scope: dict[str, str] = {}
    read_ids(text, text, scope)
    trace_of(text)
    peer_of(text, text)
    assert all(value and name in SCOPES for name, value in scope.items())


# ---------------------------------------------------------------- in events


def events(text: str, source: str = "log") -> list[Event]:
    found: list[Event] = []

    class Recording(Run):
        def admit(self, event: Event, sightings: Any) -> None:
            found.append(event)

    Recording(rulebook(), kit(), Options(now=NOW), STORE).read(Input(source, NOW), io.BytesIO(text.encode()))  # type: ignore[arg-type]
    return found


def test_a_counter_is_one_request_in_its_process_alone() -> None:
    record = '{"level":50,"msg":"boom","reqId":7%s}'
    (alone,) = events(record % "", "a.log")
    (process,) = events(record % ',"pid":1', "a.log")
    (machine,) = events(record % ',"pid":1,"hostname":"api-0"', "a.log")
    (elsewhere,) = events(record % ',"pid":1,"hostname":"api-0"', "b.log")
    requests = [event.scope["request"] for event in (alone, process, machine, elsewhere)]
    assert requests == ["7@a.log", "7@1@a.log", "7@1@api-0", "7@1@api-0"]


def test_a_prefix_and_a_path_fill_in_what_a_record_leaves_out() -> None:
    (event,) = events('[pod/api-7d9f5c6b8-x2x4z/web] {"level":50,"msg":"boom","service":"shop"}\n')
    assert event.scope == {"service": "shop", "pod": "api-7d9f5c6b8-x2x4z", "container": "web"}
    (event,) = events('{"level":50,"msg":"boom"}\n', f"/var/log/pods/shop_db-0_{UUID}/postgres/0.log")
    assert event.scope == {"pod": "db-0", "container": "postgres"}


def test_two_files_meet_by_trace_where_one_has_a_request_id_too() -> None:
    text = f'{{"level":50,"msg":"connect ECONNREFUSED 10.0.0.5:5432","trace_id":"{TRACE}","request_id":"{UUID}"}}'
    (finding,) = trial(text, rulebook().compiled, kit()).findings
    assert set(finding.requests) == {TRACE, UUID}
