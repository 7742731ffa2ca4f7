"""Records that are cut, glued together or interrupted, and prefixes of runners and stores: nothing is lost, nothing is taken by others."""

from __future__ import annotations

import pytest

from diagnose.lines import PLAIN
from diagnose.model import Event, Level
from tests.formats.records import events_of, iso
from tests.formats.test_text import READER

OOM = [
    "Nov 23 03:18:24 app-3 kernel: [93188.252156] node invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE), order=0",
    "Nov 23 03:18:24 app-3 kernel: [93188.252293] CPU: 1 PID: 1893 Comm: node Not tainted 6.1.0-28-amd64",
    "Nov 23 03:18:24 app-3 kernel: [93188.252567] Call Trace:",
    "Nov 23 03:18:24 app-3 kernel: [93188.252704]  <TASK>",
    "Nov 23 03:18:24 app-3 kernel: [93188.257362] [   1893]  1000  1893   953085   850529   7831552        0             0 node",
    "Nov 23 03:18:24 app-3 kernel: [93188.257499] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=node,pid=1893,uid=1000",
    "Nov 23 03:18:24 app-3 kernel: [93188.257773] Out of memory: Killed process 1893 (node) total-vm:3812340kB, anon-rss:3402116kB",
]
SYSLOG = "Nov 23 03:18:24 app-3 sshd[812]: Accepted publickey for deploy"
PG = [
    'Nov 23 10:00:00 db-1 postgres[1175]: [5-1] shop@orders ERROR:  duplicate key value violates unique constraint "k"',
    "Nov 23 10:00:00 db-1 postgres[1175]: [5-2] shop@orders DETAIL:  Key (id)=(7) already exists.",
    "Nov 23 10:00:00 db-1 postgres[1175]: [5-3] shop@orders STATEMENT:  INSERT INTO t",
    "Nov 23 10:00:00 db-1 postgres[1175]: [5-4] #011VALUES (7)",
]
EXPORT = [
    "__CURSOR=s=7a62bad6d26244be92c3eb4b1ebf236b;i=9;b=f4f188103b4e45c9ae5d9424ea58f833;m=4;t=6;x=8",
    "__REALTIME_TIMESTAMP=1795428000287007",
    "PRIORITY=3",
    "MESSAGE=out of stock",
    "_HOSTNAME=app-4",
    "",
]


def read(*lines: str) -> list[Event]:
    return events_of("\n".join(lines).encode() + b"\n")


def heads(events: list[Event]) -> list[str]:
    return [event.message.split("\n", 1)[0][:40] for event in events]


# ---------------------------------------------------------------- half a record


def test_a_kernel_report_without_its_first_line_leaves_the_verdict_alone() -> None:
    events = read(*OOM[1:])
    assert events[-1].message.startswith("Out of memory: Killed process 1893 (node)")
    assert (events[-1].format, events[-1].scope["host"], iso(events[-1])) == ("syslog", "app-3", "2026-11-23T03:18:24")
    assert all(event.format == "plain" for event in events[:-1])


def test_a_verdict_alone_is_a_record_with_time_and_host() -> None:
    (event,) = read(OOM[-1])
    assert (event.format, event.scope["host"], iso(event)) == ("syslog", "app-3", "2026-11-23T03:18:24")


def test_a_kernel_report_without_its_verdict_is_whole() -> None:
    report, other = read(*OOM[:-1], SYSLOG)
    assert report.message.count("\n") == 5
    assert "\nCPU: 1 PID: 1893" in report.message
    assert other.message.startswith("Accepted publickey")


def test_postgresql_s_later_lines_without_the_first_are_no_errors() -> None:
    assert [event.level for event in read(*PG[1:])] == [None] * 3


def test_half_an_exported_record_ends_where_the_next_begins() -> None:
    first, second = read(*EXPORT[:3], *EXPORT)
    assert (first.level, first.message) == (Level.ERROR, "")
    assert (second.level, second.message, second.scope) == (Level.ERROR, "out of stock", {"host": "app-4"})


def test_a_length_that_is_too_great_ends_with_the_record() -> None:
    (event,) = read(*EXPORT[:3], "MESSAGE", "\x7f\0\0\0\0\0\0\0out of stock", "_HOSTNAME=app-4")
    assert event.message.startswith("out of stock")


@pytest.mark.parametrize(
    "line",
    [
        "203.0.113.31:38432 [23/Nov/2026:10:00:00.954] www api/api-1 0/0/0/-1/1001 504 198 - - sH-- 1/1",
        "203.0.113.31:38432 [23/Nov/2026:10:00:00.954] www",
        '203.0.113.31:38432 [23/Nov/2026:10:00:00.954] www api/api-1 0/0/0/-1/1001 504 198 - - sH-- 1/1/0/0/0 0/0 "GET /a',
    ],
)
def test_a_cut_line_of_haproxy_keeps_its_time(line: str) -> None:
    (event,) = read(line)
    assert (event.format, iso(event), event.fields["client"]) == ("haproxy", "2026-11-23T10:00:00.954", "203.0.113.31")


@pytest.mark.parametrize(
    "line",
    [
        '{"resourceLogs":[]}',
        '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}',
        '{"resourceLogs":[{"scopeLogs":[{"logRecords":[7]}]}]}',
        '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"},"attributes":[7]}]}]}]}',
        '{"logEvents":[{"message":"a"}]}',
        '{"logEvents":[{"message":"a","timestamp":1795428000123},{"message":"b","timestamp":1795428000124}]}',
        '{"events":["a"]}',
        '{"events":{"a":1}}',
        '{"status":"success","data":7}',
        '{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[]}]}}',
        '{"status":"ok","message":"fine"}',
    ],
)
def test_a_batch_of_none_or_several_is_a_json_line(line: str) -> None:
    (event,) = read(line)
    assert event.format == "json"


# ---------------------------------------------------------------- two glued, a foreign record between


def test_two_reports_one_behind_the_other() -> None:
    events = read(*OOM, *OOM)
    assert heads(events) == 2 * ["node invoked oom-killer: gfp_mask=0x140c", "Out of memory: Killed process 1893 (node"]


def test_a_foreign_record_between_splits_a_report_and_takes_none_of_it() -> None:
    events = read(*OOM[:3], SYSLOG, *OOM[3:])
    assert events[0].message.count("\n") == 2
    foreign = events[1]
    assert foreign.scope["service"] == "sshd"
    assert foreign.message.startswith("Accepted publickey for deploy")
    assert events[-1].message.startswith("Out of memory")


def test_another_session_s_record_between() -> None:
    other = "Nov 23 10:00:00 db-1 postgres[1200]: [9-1] shop@orders LOG:  checkpoint starting"
    first, second = read(*PG, other)
    assert first.fields["statement"] == "INSERT INTO t\n\tVALUES (7)"
    assert second.level == Level.INFO
    first, second = read(PG[0], other)
    assert heads([first, second]) == ["duplicate key value violates unique cons", "checkpoint starting"]


def test_a_second_record_glued_to_a_line_is_not_invented() -> None:
    (event,) = read("748:M 25 Nov 2026 23:28:25.507 * Bye748:M 25 Nov 2026 23:28:25.508 # bye bye...")
    assert (event.format, iso(event)) == ("redis", "2026-11-25T23:28:25.507")


# ---------------------------------------------------------------- runners, containers, stores

STAMP = "2026-11-23T10:00:00.123456789Z "
GITHUB = "2026-11-23T10:00:00.1234567Z "
GITLAB = "2026-11-23T10:00:00.123456Z 01E "
STERN = "api-7d9f5c6b8-x2x4z api "
JOB = "build\tRun npm test\t2026-11-23T10:00:00.1234567Z "
NAMED = "shop-api  | "
TRACE = [
    "Traceback (most recent call last):",
    '  File "/srv/shop/orders.py", line 42, in listing',
    "    return repository.find(customer)",
    "KeyError: 'id'",
]


@pytest.mark.parametrize(
    "prefix", [STAMP, GITHUB, GITLAB, STERN, JOB], ids=["docker -t", "github", "gitlab", "stern", "gh run view"]
)
def test_a_prefixed_trace_is_one_record(prefix: str) -> None:
    (event,) = read(*(prefix + line for line in TRACE))
    assert str(event.blame) == "/srv/shop/orders.py:42 in listing"
    assert iso(event).startswith("2026-11-23T10:00:00.123456") or prefix == STERN


def test_a_container_s_own_name_is_believed_where_a_record_or_a_trace_follows() -> None:
    (event,) = read(*(NAMED + line for line in TRACE[:3]))
    assert (event.scope["service"], event.fields["wrapper"]) == ("shop-api", "compose-named")
    (event,) = read(NAMED + '{"level":50,"msg":"a | b"}')
    assert (event.level, event.message) == (Level.ERROR, "a | b")


@pytest.mark.parametrize(
    "line",
    [
        "name  | type",
        "web   | running  | 3 days",
        "web   | 2026-11-23 | ready",
        "total  | 12",
        "api-7d9f5c6b8 x",
        "some-thing-else-here and more",
        "read-write-error-found api gone",
        "2026-11-23T10:00:00.1234567Z [ERR] no stock",
        "2026-11-23T10:00:00.123456789Z INFO ready",
        "2026-11-23T10:00:00.123456789Z stdout F",
        "2026-11-23T10:00:00.123456Z 00X text",
        "one\ttwo\tthree",
    ],
)
def test_what_only_looks_wrapped(line: str) -> None:
    wrapper = READER.read(line.encode(), 0).wrapper
    assert wrapper < 0 or READER.wrappers[wrapper].name == "cri"


@pytest.mark.parametrize(
    "line",
    [
        "  Warning: something",
        "  Normal people",
        "Parse errors were found",
        "Error: near the end",
        "container die",
        "5m of rain",
        "::warning",
        "\t\tat com.example.Shop.main",
        "section_started:1",
        "[   12] text",
    ],
)
def test_what_only_looks_like_a_start(line: str) -> None:
    assert READER.read(line.encode(), 0).form == PLAIN


def test_a_carrier_s_json_gives_way_to_the_record_inside() -> None:
    (event,) = read(
        '{"logStreamName":"api","timestamp":1795428000123,"message":"{\\"level\\":50,\\"msg\\":\\"boom\\"}","ingestionTime":1}'
    )
    assert (event.level, event.message, iso(event)) == (Level.ERROR, "boom", "2026-11-23T10:00:00.123")
    (event,) = read(
        '{"labels":{"app":"db","pod":"db-0"},"line":"812:M 23 Nov 2026 10:00:00.123 # Short read","timestamp":"2026-11-23T10:00:01Z"}'
    )
    assert (event.message, event.fields["role"], event.scope) == (
        "Short read", "master", {"process": "812", "service": "db", "pod": "db-0", "container": "db"},
    )  # fmt: skip
    (event,) = read('{"__REALTIME_TIMESTAMP":"1795428000123456","PRIORITY":"3","MESSAGE":[104,105,255],"_PID":"7"}')
    assert (event.level, event.message, event.scope) == (Level.ERROR, "hi\ufffd", {"process": "7"})


def test_kubernetes_events_as_json_have_a_level() -> None:
    (event,) = read(
        '{"apiVersion":"v1","kind":"Event","type":"Warning","reason":"BackOff","message":"Back-off restarting failed container",'
        '"involvedObject":{"kind":"Pod","name":"api-0"},"lastTimestamp":"2026-11-23T10:00:00Z"}'
    )
    assert (event.level, event.scope["pod"], iso(event)) == (Level.WARNING, "api-0", "2026-11-23T10:00:00")


def test_a_kernel_line_of_a_machine_without_uptime_is_read() -> None:
    events = read(*(line[:30] + line[line.index("] ") + 2 :] for line in OOM))
    assert heads(events) == ["node invoked oom-killer: gfp_mask=0x140c", "Out of memory: Killed process 1893 (node"]


def test_zerolog_s_console_is_read() -> None:
    """Traefik's own log, with the place that wrote it."""
    (event,) = read(
        "2026-11-23T10:00:00Z ERR github.com/traefik/traefik/v3/pkg/server/router/router.go:83 > "
        'error="the service \\"missing@file\\" does not exist" entryPointName=web routerName=nowhere@file'
    )
    assert (event.level, iso(event)) == (Level.ERROR, "2026-11-23T10:00:00")
    assert "does not exist" in event.message
