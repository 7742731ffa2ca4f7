"""Deliveries to a real HTTP server that answers 500 and 429, hangs and dies; to files, commands, and a disk that is full."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from diagnose.errors import UsageError
from diagnose.live.changes import Change, Changes
from diagnose.live.outages import COOL, Outages
from diagnose.live.outlet import Outlets
from diagnose.live.tailing import QueueFull
from diagnose.model import Report
from diagnose.sinks import Sink, Undelivered, make_sink, queue
from diagnose.sinks.queue import Queue
from diagnose.sinks.webhook import seconds
from diagnose.state import State
from tests.live.kit import Desk, lines
from tests.tiny import book, report, rule

RULES = book(
    refused=rule("regex: 'refused by (?P<what>\\w+)'", keys="what", severity="critical")
    + "explains: [{class: unhandled-500, within: 30s}]\n",
    failed=rule("regex: '500 at (?P<what>\\w+)'", of_class="unhandled-500", keys="what"),
)


class Server:
    """Answers as it is told: a status, or `hang`, or `die`; then 200. `got` are the bodies that it answered with 2xx."""

    def __init__(self) -> None:
        self.plan: list[tuple[int | str, dict[str, str]]] = []
        self.got: list[Any] = []
        self.asked: list[tuple[float, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append((time.monotonic(), self.headers["Idempotency-Key"]))
                status, headers = outer.plan.pop(0) if outer.plan else (200, {})
                if status == "hang":
                    outer.released.wait(30)
                if isinstance(status, str):
                    self.close_connection = True
                    return
                if status < 300:
                    outer.got.append(body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None: ...

        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "FIRST", 0.02)
    monkeypatch.setattr(queue, "LATER", 0.3)
    monkeypatch.setattr("diagnose.sinks.webhook.PATIENCE", 0.5)


def notice(number: int, incident: str = "a", event: str = "opened") -> dict[str, Any]:
    finding = report(b"2026-11-23T10:00:00Z ERROR refused by <db> & co: refused by db\n", RULES, engine="plain").findings[0]
    (made,) = Outages().look([Change("opened", finding, "1")], Report(None, (), (finding,), (), (), ()))  # type: ignore[arg-type]
    return {**made, "id": str(number), "incident": incident, "event": event}


class Desk2:
    """A queue with its warnings."""

    def __init__(self, folder: Path, *sinks: Sink, fallback: Sink | None = None) -> None:
        self.told: list[str] = []
        self.state = State(folder / "state")
        self.queue = Queue(self.state, sinks, fallback, self.told.append)

    def put(self, *notices: dict[str, Any]) -> None:
        with self.state.transaction() as database:
            assert self.queue.put(database, notices)
        self.queue.wake()

    def until(self, condition: Any) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.told
            time.sleep(0.01)

    def close(self) -> None:
        self.queue.stop(2.0)
        self.state.close()


def test_an_answer_of_500_is_tried_again_and_order_is_kept(tmp_path: Path, server: Server) -> None:
    with closing(Desk2(tmp_path, make_sink(f"webhook:{server.url}"))) as desk:
        server.plan = [(500, {}), (503, {}), (500, {})]
        desk.put(notice(1), notice(2), notice(3, "b"))
        desk.queue.start()
        desk.until(lambda: len(server.got) == 3 and desk.queue.waiting == 0)
        assert [body["id"] for body in server.got] == ["1", "2", "3"]
        assert [key for _, key in server.asked] == ["1", "1", "1", "1", "2", "3"]
        assert desk.told == []


@pytest.mark.slow
def test_retry_after_is_honoured(tmp_path: Path, server: Server) -> None:
    with closing(Desk2(tmp_path, make_sink(f"webhook:{server.url}"))) as desk:
        server.plan = [(429, {"Retry-After": "1"})]
        desk.put(notice(1))
        desk.queue.start()
        desk.until(lambda: server.got)
        (first, _), (second, _) = server.asked
        assert second - first >= 1.0


def test_what_retry_after_may_say() -> None:
    assert seconds("7") == 7.0
    assert seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert seconds("99999999999") == 3_600.0
    assert [seconds(text) for text in ("", "soon", "-1", "\u0663")] == [0.0, 0.0, 0.0, 3.0]


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["hang", "die", 500])
def test_after_four_tries_the_fallback_gets_it(tmp_path: Path, server: Server, trouble: int | str) -> None:
    fallback = tmp_path / "fallback.jsonl"
    with closing(Desk2(tmp_path, make_sink(f"webhook:{server.url}"), fallback=make_sink(f"file:{fallback}"))) as desk:
        server.plan = [(trouble, {})] * 4
        desk.put(notice(1), notice(2))
        desk.queue.start()
        desk.until(lambda: server.got)
        (line,) = fallback.read_text().splitlines()
        assert (json.loads(line)["id"], json.loads(line)["undelivered_to"]) == ("1", f"webhook:127.0.0.1:{server.port}")
        assert [body["id"] for body in server.got] == ["2"]
        assert len(desk.told) == 1
        assert "not delivered: webhook:127.0.0.1" in desk.told[0]
        assert desk.queue.failed[f"webhook:127.0.0.1:{server.port}"] == 1


@pytest.mark.slow
def test_without_fallback_it_waits_on_disk_and_holds_its_incident_but_no_other(tmp_path: Path, server: Server) -> None:
    with closing(Desk2(tmp_path, make_sink(f"webhook:{server.url}"))) as desk:
        server.plan = [(500, {})] * 4
        desk.put(notice(1), notice(2), notice(3, "b"))
        desk.queue.start()
        desk.until(lambda: len(server.got) == 3)
        assert [body["id"] for body in server.got] == ["3", "1", "2"]


@pytest.mark.slow
def test_a_server_that_is_gone_gets_what_waited_when_the_next_run_finds_it(tmp_path: Path, server: Server) -> None:
    sink = make_sink(f"webhook:{server.url}")
    server.plan = [(500, {})] * 40
    desk = Desk2(tmp_path, sink)
    desk.put(notice(1), notice(2))
    desk.queue.start()
    desk.until(lambda: desk.told)
    desk.close()
    server.plan = []
    with closing(Desk2(tmp_path, sink)) as again:
        again.queue.start()
        again.until(lambda: len(server.got) == 2)
        assert [body["id"] for body in server.got] == ["1", "2"]


def test_what_is_refused_for_good_is_told_and_not_tried_again(tmp_path: Path, server: Server) -> None:
    with closing(Desk2(tmp_path, make_sink(f"webhook:{server.url}"))) as desk:
        server.plan = [(400, {})]
        desk.put(notice(1), notice(2))
        desk.queue.start()
        desk.until(lambda: server.got)
        assert [key for _, key in server.asked] == ["1", "2"]
        assert "answered 400" in desk.told[0]


def test_redirects_are_not_followed(tmp_path: Path, server: Server) -> None:
    server.plan = [(302, {"Location": server.url})]
    with pytest.raises(Undelivered, match="answered 302"):
        make_sink(f"webhook:{server.url}").send(notice(1))
    assert server.got == []


@pytest.mark.slow
def test_a_full_queue_stops_reading_and_keeps_nothing_until_there_is_room(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "ROOM", 1)
    log = tmp_path / "app.log"
    log.write_text(lines(1, 2))
    desk = Desk(tmp_path, log)
    sending = Queue(desk.state, [make_sink(f"webhook:{server.url}")], None, desk.warnings.append)
    with desk.state.transaction() as database:
        assert sending.put(database, [notice(1, "other")])
    desk.tail._outlet = Outlets(desk.state, sending)
    desk.until(lambda: desk.tail.blocked)
    assert any("nothing more is read" in warning for warning in desk.warnings)
    with log.open("a") as writer:
        writer.write(lines(3, 4))
    before = list(desk.run.texts)
    desk.tail._kept = time.monotonic() + 60
    for _ in range(5):
        desk.once()
    assert desk.run.texts == before
    sending.start()
    desk.tail._kept = 0.0
    desk.until(lambda: not desk.tail.blocked and len(server.got) >= 2)
    desk.drain()
    assert desk.stop().findings[0].count == 4
    sending.stop(5.0)
    desk.state.close()


@pytest.mark.parametrize("kind", ["slack", "alertmanager", "pagerduty", "otlp", "webhook"])
def test_each_receiver_gets_its_shape(server: Server, kind: str) -> None:
    sink: Any = make_sink(f"{kind}:{server.url}") if kind != "pagerduty" else make_sink("pagerduty:KEY")
    if kind == "pagerduty":
        sink._secure, sink._host, sink._port = False, "127.0.0.1", server.port
    for event in ("opened", "updated", "resolved"):
        sink.send(notice(1, event=event))
    opened, _, resolved = server.got
    if kind == "slack":
        assert "&amp;" in json.dumps(opened) or "<" not in opened["text"]
        assert all(block["text"]["type"] == "mrkdwn" and len(block["text"]["text"]) <= 3_000 for block in opened["blocks"])
    elif kind == "alertmanager":
        assert opened[0]["labels"] == resolved[0]["labels"], "one alert"
        assert all(isinstance(value, str) for value in {**opened[0]["labels"], **opened[0]["annotations"]}.values())
        assert resolved[0]["endsAt"] < opened[0]["endsAt"]
    elif kind == "pagerduty":
        assert (opened["event_action"], resolved["event_action"]) == ("trigger", "resolve")
        assert opened["dedup_key"] == resolved["dedup_key"] == "a"
        assert opened["payload"]["severity"] in ("critical", "error", "warning", "info")
        assert {"summary", "source", "severity"} <= opened["payload"].keys()
    elif kind == "otlp":
        (record,) = opened["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
        assert (record["severityNumber"], record["severityText"]) == (21, "CRITICAL")
        assert record["timeUnixNano"].isdecimal()
    else:
        assert opened["root"]["rule"] == "tiny/refused"


def test_a_command_gets_the_notice_as_data(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = tmp_path / "take.sh"
    script.write_text(f'#!/bin/sh\ncat > "{out}"; echo "$DIAGNOSE_EVENT $DIAGNOSE_SEVERITY" >> "{out}.env"\n')
    script.chmod(0o755)
    make_sink(f"command:{script} 'two words'").send(notice(1))
    assert json.loads(out.read_text())["id"] == "1"
    assert Path(f"{out}.env").read_text() == "opened critical\n"
    with pytest.raises(Undelivered, match="ended with 3: oh no"):
        make_sink("command:sh -c 'echo oh no >&2; exit 3'").send(notice(1))
    with pytest.raises(Undelivered, match="No such file"):
        make_sink("command:/nothing/here").send(notice(1))


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(Undelivered, match="No such file"):
        make_sink(f"file:{tmp_path}/missing/out.jsonl").send(notice(1))
    if Path("/dev/full").exists():
        with pytest.raises(Undelivered, match="No space left"):
            make_sink("file:/dev/full").send(notice(1))


@pytest.mark.parametrize(
    "told",
    """|slack|slack:|slack:nonsense|smoke:signals|webhook:ftp://x|webhook:http://|command:'|webhook:http://x:y/|slack:$NOT_SET""".split(
        "|"
    ),
)
def test_a_sink_that_cannot_be_is_told(told: str) -> None:
    with pytest.raises(UsageError):
        make_sink(told)


def test_a_name_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", "https://hooks.example.com/services/T0/B0/secret?token=x")
    assert make_sink("slack:$HOOK").name == "slack:hooks.example.com"
    assert "secret" not in make_sink("pagerduty:secret").name


# ---------------------------------------------------------------- one outage, one incident


class Story:
    """Logs in, notices out, with a clock that is set."""

    def __init__(self) -> None:
        self.clock, self.data = 1_000.0, ""
        self.changes, self.outages = Changes(lambda: self.clock), Outages(lambda: self.clock)

    def say(self, *texts: str, seconds: float = 10.0) -> list[tuple[str, str]]:
        self.clock += seconds
        self.data += "".join(
            f"2026-11-23T10:{int(self.clock) // 60 % 60:02d}:{int(self.clock) % 60:02d}Z ERROR {text}\n" for text in texts
        )
        told = report(self.data.encode(), RULES, engine="plain")
        changes = list(self.changes.look(told.findings))
        self.notices = self.outages.look(changes, told)
        return [(one["event"], one["root"]["title"]) for one in self.notices]


def test_a_symptom_that_is_seen_first_and_its_cause_are_one_incident() -> None:
    story = Story()
    assert story.say("500 at orders") == [("opened", "It broke: orders")]
    first = story.notices[0]["incident"]
    assert story.say("refused by db", seconds=1.0) == [("updated", "It broke: db")], "another root: told at once"
    assert story.notices[0]["incident"] == first
    assert story.say("500 at cart", "500 at orders", seconds=1.0) == []
    assert story.say("500 at cart", seconds=COOL) == [("updated", "It broke: db")]
    assert {finding["title"] for finding in story.notices[0]["findings"]} == {
        "It broke: orders",
        "It broke: db",
        "It broke: cart",
    }
    assert story.say(seconds=600.0) == [("resolved", "It broke: db")]
    assert story.say(seconds=600.0) == []


def test_ids_are_those_of_another_run_over_the_same() -> None:
    one, other = Story(), Story()
    ids = []
    for story in (one, other):
        story.say("500 at orders")
        ids.append(story.notices[0]["id"])
    assert ids[0] == ids[1]


def test_what_is_open_outlives_a_restart() -> None:
    story = Story()
    story.say("500 at orders")
    first = story.notices[0]["incident"]
    kept = story.outages.kept()
    story.outages = Outages(lambda: story.clock)
    story.outages.remember(kept)
    assert story.say("refused by db", seconds=1.0) == [("updated", "It broke: db")]
    assert story.notices[0]["incident"] == first


def test_queue_full_is_an_error_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "ROOM", 0)
    state = State(tmp_path / "state")
    outlets = Outlets(state, Queue(state, [make_sink(f"file:{tmp_path}/x")], None, print))
    told = report(b"2026-11-23T10:00:00Z ERROR refused by db\n", RULES, engine="plain")
    with pytest.raises(QueueFull), state.transaction() as database:
        outlets.put(database, [Change("opened", told.findings[0], "1")], told)
    state.close()
