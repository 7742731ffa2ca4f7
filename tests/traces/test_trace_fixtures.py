"""Captured logs: the root and the blame of the first trace with a cause to blame. Lines may move, names do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnose.lines import LineReader
from diagnose.model import Trace
from diagnose.traces import parse_traces
from tests.kit import kit
from tests.reference import frame
from tests.traces.told import told

FIXTURES = Path(__file__).parents[2] / "fixtures"

CAPTURED = [
    ("spring-boot/duplicate-key-chain", "java", "org.postgresql.util.PSQLException", "CustomerService.register"),
    ("spring-boot/read-timeout-logstash", "java", "java.net.SocketTimeoutException", "PaymentClient.charge"),
    ("spring-boot/null-dereference-ecs", "java", "java.lang.NullPointerException", "CustomerService.addressLabel"),
    ("spring-boot/lazy-loading-error", "java", "org.hibernate.LazyInitializationException", "OrderController$View.of"),
    ("java/missing-class", "java", "java.lang.ClassNotFoundException", "Invoice.gross"),
    ("java/stack-overflow", "java", "java.lang.StackOverflowError", "CategoryIndex.depth"),
    ("java/thread-deadlock", "java", "Deadlock", "Settlement.move"),
    ("django/connection-refused-postgres", "python", "psycopg.OperationalError", "products"),
    ("django/duplicate-key-sqlite", "python", "sqlite3.IntegrityError", "place"),
    ("fastapi/missing-table-asyncpg", "python", "asyncpg.exceptions.UndefinedTableError", ""),
    ("fastapi/unhandled-500-chained", "python", "KeyError", "price"),
    ("fastapi/dns-failure-httpx", "python", "httpcore.ConnectError", "_post"),
    ("express/duplicate-key-sequelize-postgres", "node", "error", ""),
    ("express/connection-refused-localhost", "node", "Error", "OrderRepository.latest"),
    ("express/jwt-expired", "node", "TokenExpiredError", "requireUser"),
    ("fastify/too-many-connections", "node", "Error", "Object.rows"),
    ("nestjs/type-error", "node", "TypeError", "InvoicesService.summary"),
    ("node/dns-failure-axios", "node", "Error", "syncOnce"),
    ("go/echo-recover", "go", "panic", "(*Parcel).Weight"),
    ("go/gin-recovery", "go", "panic", "(*Parcel).Weight"),
    ("go/stack-overflow", "go", "fatal error", "store.Depth"),
    ("laravel/query-error", "php", "PDOException", "ParcelController->show"),
    ("laravel/uncaught-chain", "php", "InvalidArgumentException", "Rates->read"),
    ("php/xdebug", "php", "InvalidArgumentException", "Rates->read"),
    ("rust/panic-full", "rust", "panic", "Store::rate"),
    ("ruby/sinatra", "ruby", "NoMethodError", "weight"),
    ("ruby/uncaught-cause", "ruby", "Errno::ENOENT", "read"),
    ("cpp/asan-use-after-free", "cpp", "heap-use-after-free", "Store::weight(parcel::Box const*) const"),
    ("cpp/gdb-bt", "cpp", "std::_Nested_exception<std::runtime_error>", "quote"),
    ("cpp/tsan-race", "cpp", "data race", "operator()"),
    ("kotlin/coroutine-cause", "java", "java.io.FileNotFoundException", "Store$rates$2.invokeSuspend"),
    ("java/jstack-deadlock", "java", "Deadlock", "Parcel.load"),
    ("node/abort", "node", "Abort", ""),
]


def first(case: str) -> Trace:
    """The first trace of the case whose root may be blamed on the program."""
    for path in sorted((FIXTURES / case).glob("*.log")):
        for trace in parse_traces(path.read_text()):
            if trace.blame is not None:
                return trace
    raise AssertionError(f"{case}: no trace with blame")


@pytest.mark.parametrize(("case", "runtime", "root", "function"), CAPTURED, ids=[row[0] for row in CAPTURED])
def test_root_and_blame(case: str, runtime: str, root: str, function: str) -> None:
    trace = first(case)
    assert trace.runtime == runtime
    assert trace.root.kind == root
    blame = trace.blame
    assert blame is not None
    assert blame.function.endswith(function)
    assert blame.line > 0
    assert not any(part in blame.file for part in ("node_modules", "site-packages", "node:", "<"))


TEST_RUNS = {
    "jest",
    "junit-xml",
    "mocha",
    "node-test",
    "phpunit",
    "pytest",
    "surefire",
    "vitest",
    "go-zap-coloured",
    "go-zap-development",
}
"""What passing tests print may be anything: their runners' formats tell that they passed. zap adds a stack to each warning."""

WARNED = {"go-zap-coloured"}
"""zap puts a stack below its warnings while a program is developed: no error, as the level tells."""


WHOLE = [
    "go/panic-nil-map", "go/all-asleep", "go/stack-overflow", "go/http-panic-serving", "go/gin-recovery", "go/pkg-errors",
    "php/uncaught-chain", "php/caught-and-logged", "php/display-errors", "php/xdebug", "laravel/query-error", "cpp/asan-use-after-free",
    "cpp/lsan-leak", "cpp/tsan-race", "cpp/ubsan", "cpp/backtrace-symbols", "cpp/boost-stacktrace", "cpp/valgrind", "cpp/gdb-bt",
    "cpp/gdb-threads", "rust/anyhow", "rust/panic-full", "rust/panic-thread", "ruby/uncaught-cause", "ruby/uncaught-nil", "ruby/logger",
    "kotlin/coroutine-cause", "java/jstack-deadlock", "java/jvm-crash-report", "node/heap-limit", "node/abort",
]  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_a_whole_trace_stands_in_one_record(case: str) -> None:
    data = (FIXTURES / case / "input.log").read_bytes()
    records = frame(data, LineReader(kit().formats, kit().wrappers))
    found = [told(trace) for record in records for trace in parse_traces(record.text())]
    assert found == [told(trace) for trace in parse_traces(data.decode())]


def test_healthy_logs_hold_no_error() -> None:
    for path in sorted((FIXTURES / "clean").glob("*.log")):
        assert path.stem in TEST_RUNS | WARNED or parse_traces(path.read_text(errors="replace")) == (), path.name
