"""Objects of remote stores: a server that fails, breaks off, stalls or changes its mind, S3 as moto plays it, fsspec's memory."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from diagnose.model import Report
from diagnose.pipeline import Options, Run
from diagnose.sources import find, listing_of, opener_of, remote
from tests.kit import NOW, STORE, kit, rulebook

LINE = b"2026-11-23T10:00:00Z ERROR connect ECONNREFUSED 10.0.3.7:5432\n"
LINES = LINE + b"2026-11-23T10:00:00Z INFO all is well\n" * 9_000


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE", 0.001)


class Server(ThreadingHTTPServer):
    """`plan` says of each request in turn how it goes wrong; after that all goes well."""

    daemon_threads = True
    ranges = True
    content = LINES
    etag = '"one"'

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan: list[str] = []
        self.asked: list[str] = []
        self.release = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The client hung up: that is what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        how = server.plan.pop(0) if server.plan else ""
        wanted = self.headers.get("Range", "")
        server.asked.append(wanted)
        if how.isdigit():
            self.send_error(int(how))
            return
        if how == "changed":
            server.etag = '"two"'
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and server.ranges else 0
        if self.headers.get("If-Range", server.etag) != server.etag:
            start = 0
        data = server.content[start:]
        self.send_response(206 if wanted and server.ranges and start else 200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", server.etag)
        self.end_headers()
        if how == "break":
            self.wfile.write(data[: len(data) // 2])
            return
        if how == "stall":
            self.wfile.write(data[: len(data) // 3])
            self.wfile.flush()
            server.release.wait(20)
            return
        self.wfile.write(data)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield made
        made.release.set()
        made.shutdown()
        thread.join()


def scan(*locations: str) -> Report:
    run = Run(rulebook(), kit(), Options(now=NOW), STORE)
    inputs, errors = find(locations, lambda location: listing_of(kit().openers, location))
    run.scan(inputs)
    run.note_unread(errors)
    return run.report()


def url(server: Server, rest: str = "app.log") -> str:
    return f"http://127.0.0.1:{server.server_port}/{rest}"


# ---------------------------------------------------------------- http


@pytest.mark.parametrize("plan", [[], ["503", "503"], ["break"], ["break", "503", "break"], ["429", "break"]])
@pytest.mark.parametrize("ranges", [True, False])
def test_an_object_is_read_whole_however_its_answers_fail(server: Server, plan: list[str], ranges: bool) -> None:
    server.plan, server.ranges = list(plan), ranges
    report = scan(url(server))
    assert (report.summary.bytes, report.summary.unread) == (len(LINES), ())
    assert [finding.of_class for finding in report.findings] == ["connection-refused"]
    assert len(server.asked) == len(plan) + 1
    assert not plan or "break" not in plan or server.asked[-1].startswith("bytes=")


@pytest.mark.slow
def test_an_answer_that_stalls_is_asked_for_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PATIENCE", 1.0)
    server.plan = ["stall"]
    report = scan(url(server))
    assert (report.summary.bytes, report.summary.unread) == (len(LINES), ())


def test_what_breaks_off_for_ever_gives_what_came_and_is_incomplete(server: Server) -> None:
    server.plan = ["break"] + ["500"] * 9
    report = scan(url(server))
    assert report.findings
    (unread,) = report.summary.unread
    assert unread.reason.startswith("incomplete: ")
    assert 0 < unread.offset < len(LINES)


def test_an_object_that_changes_while_it_is_read_is_incomplete(server: Server) -> None:
    server.plan = ["break", "changed"]
    (unread,) = scan(url(server)).summary.unread
    assert unread.reason == "incomplete: the object changed while it was read"


@pytest.mark.parametrize("status", ["404", "403"])
def test_what_is_not_there_is_told_at_once(server: Server, status: str) -> None:
    server.plan = [status]
    (unread,) = scan(url(server)).summary.unread
    assert unread.source == url(server)
    assert unread.reason
    assert len(server.asked) == 1


def test_what_is_secret_in_an_address_is_not_told(server: Server) -> None:
    server.content = gzip.compress(LINES)
    report = scan(url(server, "app.log.gz?X-Amz-Signature=geheim"))
    assert report.summary.bytes == len(LINES)
    assert report.findings[0].evidence[0].source == url(server, "app.log.gz")
    assert "geheim" not in repr(report)
    assert remote.shown("https://user:geheim@host:1/a/b?token=geheim#x") == "https://host:1/a/b"


def test_nobody_listens() -> None:
    (unread,) = scan("http://127.0.0.1:9/app.log").summary.unread
    assert "refused" in unread.reason


# ---------------------------------------------------------------- s3


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="logs")
    yield client
    client.close()
    server.stop()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_objects_folders_and_patterns_of_a_bucket_are_read(bucket: Any) -> None:
    for key, content in {
        "a/1.log": LINES,
        "a/2.log.gz": gzip.compress(LINES),
        "a/core": b"\x7fELF",
        "b.log": LINES,
        "a/cut.gz": gzip.compress(LINES)[:-30],
    }.items():
        bucket.put_object(Bucket="logs", Key=key, Body=content)
    assert (scan("s3://logs/b.log").summary.bytes, scan("s3://logs/a/1.log").summary.sources) == (len(LINES), 1)
    report = scan("s3://logs/a/")
    assert report.summary.sources == 3
    assert [unread.source for unread in report.summary.unread] == ["s3://logs/a/cut.gz"]
    assert {proof.source for finding in report.findings for proof in finding.evidence} >= {
        "s3://logs/a/1.log",
        "s3://logs/a/2.log.gz",
    }
    assert scan("s3://logs/*.log").summary.sources == 2
    assert scan("s3://logs").summary.sources == 4
    (item,) = find(["s3://logs/b.log"], lambda location: listing_of(kit().openers, location))[0]
    assert item.mark
    assert item.size == len(LINES)
    for missing in ("s3://logs/no.log", "s3://logs/no/", "s3://nobody/x", "s3://"):
        (unread,) = scan(missing).summary.unread
        assert unread.reason


# ---------------------------------------------------------------- fsspec


def test_what_fsspec_knows_is_read() -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    store.pipe({"/logs/a.log": LINES, "/logs/b/c.log.gz": gzip.compress(LINES)})
    try:
        assert scan("memory://logs/a.log").summary.bytes == len(LINES)
        report = scan("memory://logs")
        assert (report.summary.bytes, report.summary.sources, report.summary.unread) == (2 * len(LINES), 2, ())
        assert scan("memory://logs/*.log").summary.sources == 1
        for missing in ("memory://logs/x", "memory://logs/*.x", "nonsense://x/y"):
            (unread,) = scan(missing).summary.unread
            assert unread.reason
    finally:
        store.rm("/logs", recursive=True)


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("boto3", "fsspec"):
        monkeypatch.setitem(sys.modules, name, None)
    assert "pip install 'diagnose-logs[s3]'" in scan("s3://logs/x").summary.unread[0].reason
    assert "pip install 'diagnose-logs[remote]'" in scan("gs://logs/x").summary.unread[0].reason


def test_a_path_that_looks_like_an_address_is_a_path(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ab:").mkdir()
    (tmp_path / "ab:" / "c").write_bytes(LINES)
    assert opener_of(kit().openers, "ab://c").name == "file"
    assert scan("ab://c").summary.bytes == len(LINES)
    assert opener_of(kit().openers, "C:\\logs").name == "file"
