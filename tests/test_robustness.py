"""Whatever bytes come: no crash, bounded memory, bounded work, and the lines around them are still read."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diagnose.pattern
from diagnose.blocks import REACH
from diagnose.clusters import MAX_GROUPS
from diagnose.pipeline import Options, Run
from diagnose.printers.json import JsonPrinter
from diagnose.printers.terminal import TerminalPrinter
from diagnose.rulebook import Rulebook
from diagnose.sources import Input
from tests.documents import corpus
from tests.kit import NOW, ROOT, kit, rulebook
from tests.shell import command, environment, write_rules
from tests.tiny import STORE, book, report, rule, run

FAN = b"2026-11-23T10:00:00Z ERROR it broke: fan\n"


@cache
def rules() -> Rulebook:
    return book(broke=rule("regex: 'it broke: (?P<what>.*)'", keys="what"))


def printed(data: bytes) -> list[str]:
    """The titles, after all printers have printed the report."""
    told = report(data, rules())
    out = io.StringIO()
    JsonPrinter().print(told, out, {})
    TerminalPrinter().print(told, out, {"width": 100, "unknown": True})
    return [finding.title for finding in told.findings]


# ---------------------------------------------------------------- fuzz


ODD = st.one_of(
    st.binary(max_size=400),
    st.binary(max_size=60).map(lambda data: b"ERROR it broke: " + data),
    st.integers(1, 5_000).map(bytes),
    st.sampled_from([b"{" * 3_000, b'{"a":' * 3_000, b"[" * 3_000, b"\xff" * 500, b"\r" * 50]),
    st.sampled_from([b"\x1b[" * 200, b"\\u" * 300, b"\x1b]8;;x\x07", b'{"msg":null}', b'{"msg":"it broke: \\ud800"}']),
    st.sampled_from([b'{"level":1e400,"msg":"x"}', b'{"time":99999999999999999999,"level":50}']),
    st.text("0123456789:-T Z.+[]", max_size=60).map(str.encode),
)  # fmt: skip


@st.composite
def wrecks(draw: st.DrawFn) -> bytes:
    """Real lines cut, doubled, joined and mixed with odd bytes."""
    lines: list[bytes] = []
    for _ in range(draw(st.integers(1, 6))):
        some = draw(st.sampled_from(corpus()))
        start = draw(st.integers(0, len(some) - 1))
        piece = b"\n".join(some[start : start + draw(st.integers(1, 6))])
        cut = draw(st.integers(0, len(piece)))
        lines.append(draw(st.sampled_from([piece[:cut], piece[cut:], piece + piece[:cut], piece.replace(b'"', b"", 1)])))
        lines.append(draw(ODD))
    return draw(st.sampled_from([b"\n", b"\r\n", b"\r", b""])).join(lines)


@pytest.mark.slow
@settings(deadline=None)
@given(wrecks())
def test_any_bytes_give_a_report_that_prints(data: bytes) -> None:
    printed(data)


@settings(deadline=None)
@given(st.lists(ODD, max_size=4), st.lists(ODD, max_size=4))
def test_a_line_between_any_bytes_is_still_seen(before: list[bytes], after: list[bytes]) -> None:
    """Whatever ends with a newline cannot swallow the record that starts behind it."""
    data = b"\n".join([*before, b""]) + FAN + b"\n".join(after)
    assert any(title.startswith("It broke: fan") for title in printed(data))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["hyperscan", "re2"])
@settings(deadline=None, max_examples=20)
@given(data=wrecks())
def test_all_rules_bear_any_bytes(engine: str, data: bytes) -> None:
    made = Run(rulebook(), kit(), Options(now=NOW, engine=engine), STORE)
    made.read(Input("log", NOW), io.BytesIO(data))  # type: ignore[arg-type]
    made.report()


# ---------------------------------------------------------------- size


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize("filling", ["x", '{"a":', "\\\\0", "ERROR it broke: x "], ids=["letters", "json", "nul", "hits"])
def test_a_line_of_100_mb_takes_bounded_memory(tmp_path: Path, filling: str) -> None:
    """The line's head counts, the rest is skipped, and the lines around it are read."""
    program = f"""
import sys
sys.argv = ["diagnose", "scan", "-", "--rules", {str(write_rules(tmp_path / "rules"))!r}, "--rule", "tiny/*", "--format", "json"]
from diagnose.cli import main
try:
    main()
except SystemExit as ended:
    # Not ru_maxrss: that begins with what the process that forked this one held (setmax_mm_hiwater_rss in Linux' exec).
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")), file=sys.stderr)
    raise
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    assert process.stdin is not None
    part = filling.replace("\\\\0", "\0").encode()
    part = part * (1_000_000 // len(part))
    process.stdin.write(b"2026-11-23T10:00:00Z ERROR the fan broke down\n")
    for _ in range(100):
        process.stdin.write(part)
    process.stdin.write(b"\n2026-11-23T10:00:01Z ERROR the pump broke down\n")
    out, error = process.communicate()
    told = json.loads(out)
    peak = int(error.split()[-1]) * 1024
    assert peak < 200 << 20, f"{peak >> 20} MiB"
    assert sorted(finding["title"] for finding in told["findings"]) == ["The fan broke", "The pump broke"]
    assert told["summary"]["lines"] == 3
    assert told["summary"]["bytes"] > 99_000_000


def test_deep_nesting_is_no_crash() -> None:
    for depth in (100, 10_000, 60_000):
        for text in (
            '{"msg":"it broke: fan","x":' + '{"a":' * depth,
            '{"x":' + "[" * depth + "]" * depth + ',"msg":"it broke: fan"}',
        ):
            assert printed(text.encode() + b"\n" + FAN)[-1].startswith("It broke: fan")


def test_a_huge_capture_is_told_cut() -> None:
    told = report(b"2026-11-23T10:00:00Z ERROR it broke: " + b"fan " * 10_000 + b"\n", rules())
    assert len(told.findings[0].evidence[0].text) <= 600


def test_a_record_of_many_lines_is_cut_at_its_reach() -> None:
    trace = b"".join(b"    at f%d (/srv/app.js:%d:1)\n" % (i, i) for i in range(20_000))
    told = run(b"Error: it broke: fan\n" + trace + FAN, rules())
    assert told.report().findings[-1].title == "It broke: fan"
    assert len(trace) > 4 * REACH


@pytest.mark.slow
def test_100_000_distinct_errors_are_bounded_clusters() -> None:
    words = [b"%s%s%s" % (a, b, c) for a in (b"ab", b"ac", b"ad", b"ae") for b in LETTERS for c in LETTERS]
    lines = (b"2026-11-23T10:00:00Z ERROR %s %s\n" % (one, two) for one in words[:340] for two in words[:300])
    told = run(b"".join(lines), rules())
    clusters = told.report().unknown
    assert told.tally.lines == 340 * 300
    assert len(clusters) <= 2 * MAX_GROUPS
    assert told.clusters.evicted + sum(cluster.count for cluster in clusters) == told.clusters.events == 340 * 300


LETTERS = [bytes([letter]) for letter in range(ord("a"), ord("z"))]


# ---------------------------------------------------------------- time


@pytest.mark.slow
def test_a_bomb_against_a_risky_regex_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exponential in the text: without the time-out this test would outlast the universe."""
    monkeypatch.setattr(diagnose.pattern, "TIMEOUT", 0.05)
    risky = book(bomb=rule("regex: 'it broke: (?P<what>(?:a+)+)$'", keys="what"))
    bomb = b"2026-11-23T10:00:00Z ERROR it broke: " + b"a" * 60 + b"!\n"
    told = report(bomb * 3 + b"2026-11-23T10:00:00Z ERROR it broke: aaa\n", risky)
    assert [finding.title for finding in told.findings] == ["It broke: aaa"]


@pytest.mark.slow
def test_a_long_text_against_a_polynomial_regex_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnose.pattern, "TIMEOUT", 0.05)
    risky = book(bomb=rule("regex: 'it broke: (?P<what>\\s*\\w*\\s*\\w*\\s*\\w*)!'", keys="what"))
    bomb = b"2026-11-23T10:00:00Z ERROR it broke: " + b"a" * 60_000 + b"\n"
    assert report(bomb + b"2026-11-23T10:00:00Z ERROR it broke: a b!\n", risky).findings[-1].title == "It broke: a b"


# ---------------------------------------------------------------- no code from data


FORBIDDEN = {"pickle", "shelve", "marshal", "dill", "joblib", "cloudpickle"}
CALLS = {"eval", "exec", "compile", "__import__"}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "diagnose").rglob("*.py")), ids=lambda path: path.relative_to(ROOT / "diagnose").as_posix()
)
def test_nothing_read_can_run_code(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            assert not FORBIDDEN.intersection(name.split(".")[0] for name in names)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in CALLS, f"{path.name}:{node.lineno}"
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("load", "load_all", "unsafe_load")
        ):
            assert ast.unparse(node.func) != "yaml.unsafe_load"


@pytest.mark.slow
def test_a_scan_opens_no_socket_and_starts_no_program(tmp_path: Path) -> None:
    """Offline: Python's own audit sees every socket and every process."""
    (tmp_path / "a.log").write_bytes(FAN)
    program = """
import sys
def watch(event, args):
    if event.split(".")[0] in ("socket", "subprocess") or event in ("os.system", "os.exec", "os.posix_spawn", "os.fork"):
        raise RuntimeError(f"the scan did {event}")
sys.addaudithook(watch)
from diagnose.cli import main
main()
"""
    words = [sys.executable, "-c", program, *command("scan", tmp_path / "a.log", "--format", "json")[3:]]
    done = subprocess.run(words, capture_output=True, env=environment(), timeout=60, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    assert json.loads(done.stdout)["summary"]["bytes"] == len(FAN)
