"""Law 2 over processes: whatever the number of workers and however files are cut, the report is the same."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnose.blocks import BLOCK
from diagnose.errors import InputError
from diagnose.model import Report, Sighting
from diagnose.pipeline import Options, Run
from diagnose.sources import Input
from diagnose.workers import results
from diagnose.workers.children import Spawned, born
from diagnose.workers.cuts import Part, parts_of, share
from diagnose.workers.merge import merge
from diagnose.workers.recipe import Bench, Recipe, make, recipe_data, write_recipe, zone_name, zone_of
from diagnose.workers.scan import scan_parts
from diagnose.workers.step import Step
from tests.documents import documents, reach
from tests.kit import NOW, STORE, kit, rulebook
from tests.packing import STREAMS, tar
from tests.shell import SLOW as SLOW_RULE
from tests.shell import command, environment, shell, write_rules

SLOW = settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))


def told(report: Report) -> Report:
    """A report without what differs between any two runs."""
    return replace(report, summary=replace(report.summary, seconds=0.0))


def fresh(block: int = BLOCK) -> Run:
    return Run(rulebook(), kit(), Options(now=NOW, block=block), STORE)


def sequential(folder: Path, inputs: list[Input]) -> Report:
    run = fresh()
    run.scan(inputs)
    return told(run.report())


def by_parts(folder: Path, parts: list[Part], block: int = BLOCK) -> Report:
    run, step = fresh(), Step(Bench(kit(), rulebook(), Options(now=NOW, block=block), STORE))
    paths = []
    for part in parts:
        paths.append(folder / f"{part.number}.result")
        step.scan_object(part, paths[-1])
    merge(run, paths, folder)
    return told(run.report())


def plant(folder: Path, *contents: bytes) -> list[Input]:
    inputs = []
    for number, content in enumerate(contents):
        path = folder / f"log{number}"
        path.write_bytes(content)
        inputs.append(Input(str(path), NOW, len(content)))
    return inputs


# ---------------------------------------------------------------- equality


@pytest.mark.slow
@SLOW
@given(
    documents(),
    st.lists(st.integers(0, 48_000), max_size=4),
    st.sampled_from([200, 700, 3_000, 65_536]),
    st.sampled_from([100, 1_000, BLOCK]),
)
def test_a_file_cut_where_lines_begin_gives_the_same_report(document: bytes, places: list[int], width: int, block: int) -> None:
    with tempfile.TemporaryDirectory() as name, reach(width):
        folder = Path(name)
        (item,) = plant(folder, document)
        starts = [0, *sorted({document.find(b"\n", place) + 1 for place in places} - {0, len(document)})]
        parts = [
            Part(number, item.name, NOW, None, True, start, stop)
            for number, (start, stop) in enumerate(zip(starts, [*starts[1:], None], strict=True))
        ]
        assert by_parts(folder, parts, block) == sequential(folder, [item])


@pytest.mark.slow
@SLOW
@given(st.lists(documents(), min_size=1, max_size=4), st.sampled_from([2, 20_000]), st.sampled_from(sorted(STREAMS)))
def test_packed_or_not_in_parts_or_not_spilt_or_not(contents: list[bytes], held: int, packing: str) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "HELD", held)
        patch.setattr(results, "OPEN", 2)
        folder = Path(name)
        inputs = plant(folder, *contents)
        wanted = sequential(folder, inputs)
        for item, content in zip(inputs, contents, strict=True):
            Path(item.name).write_bytes(STREAMS[packing](content))
        packed = sequential(folder, inputs)
        assert packed == wanted
        assert by_parts(folder, parts_of(inputs)) == wanted
        assert not list(folder.glob("*.spill"))


@pytest.mark.slow
@SLOW
@given(st.lists(documents(), min_size=2, max_size=4))
def test_an_archive_gives_what_its_files_give(contents: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (item,) = plant(folder, tar({f"log{n}": content for n, content in enumerate(contents)}))
        assert by_parts(folder, parts_of([item])) == sequential(folder, [item])


LINE = b"2026-11-23T%02d:%02d:%02d.000Z ERROR [worker-%d] connect ECONNREFUSED 10.0.3.%d:5432 request_id=0123456789abcdef%04d\n"


def storm(lines: int, seed: int = 0) -> bytes:
    return b"".join(
        LINE % (n // 3600 % 24, n // 60 % 60, n % 60, n % 7 + seed, n % 5, n)
        if n % 3 == 0
        else b"2026-11-23T10:00:00Z INFO line %d\n" % n
        for n in range(lines)
    )


@pytest.fixture
def recipe() -> Recipe:
    return write_recipe(rulebook(), Options(now=NOW), [], plugins=False)


@pytest.mark.slow
def test_processes_give_the_same_report(tmp_path: Path, recipe: Recipe) -> None:
    inputs = plant(
        tmp_path,
        *(storm(400, seed) for seed in range(3)),
        STREAMS["gzip"](storm(300)),
        tar({"a": storm(100)}),
        b"\x1f\x8b\x08bad",
    )
    wanted = sequential(tmp_path, inputs)
    assert wanted.findings
    for workers, piece in ((1, 10_000), (2, 1 << 20), (3, 7_000)):
        run, seen = fresh(), []
        scan_parts(run, recipe, parts_of(inputs, piece), workers, progress=seen.append)
        assert told(run.report()) == wanted, (workers, piece)
        assert sum(seen) > 0


def test_shards_share_all_parts_and_nothing_twice() -> None:
    parts = [Part(number, f"s3://b/{number}") for number in range(100)]
    shares = [list(share(parts, index, 7)) for index in range(7)]
    assert sorted((part for some in shares for part in some), key=lambda part: part.number) == parts
    assert all(len(some) > 4 for some in shares)


# ---------------------------------------------------------------- results


SIGHTINGS = st.lists(
    st.builds(
        Sighting,
        rule=st.sampled_from(["a/b", "c"]),
        signal=st.sampled_from(["x", "y"]),
        source=st.sampled_from(["one", "two", "caf\udce9"]),
        offset=st.integers(0, 1 << 40),
        line=st.integers(1, 1 << 30),
        time=st.one_of(st.none(), st.integers(-(1 << 50), 1 << 55)),
        captures=st.dictionaries(
            st.sampled_from("pq"), st.one_of(st.none(), st.text(), st.integers(), st.floats(allow_nan=False))
        ),
        scope=st.dictionaries(st.sampled_from(["request", "host"]), st.text()),
        text=st.text(st.characters()),
        technologies=st.lists(st.text(), max_size=2).map(tuple),
        endpoint=st.one_of(st.none(), st.tuples(st.text(), st.text())),
        last=st.one_of(st.none(), st.integers(0, 1 << 55)),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(SIGHTINGS, st.integers(1, 50), st.integers(0, 99))
def test_what_is_written_is_read_in_order(sightings: list[Sighting], held: int, lines: int) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "HELD", held)
        path = Path(name) / "one"
        sorter = results.Sorter(path)
        for sighting in sightings:
            sorter.add([sighting])
        results.write(path, {"part": {}}, sorter.sorted())
        assert results.check(path)
        head, found = results.read(path, lines)
        wanted = [replace(sighting, line=sighting.line + lines) for sighting in sorted(sightings, key=results.order)]
        assert sorted(map(repr, found)) == sorted(map(repr, wanted))
        assert head == {"part": {}}
        assert list(Path(name).iterdir()) == [path]


@pytest.mark.slow
@settings(deadline=None)
@given(SIGHTINGS, st.data())
def test_a_result_that_is_cut_or_damaged_is_an_error_and_no_traceback(sightings: list[Sighting], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "one"
        results.write(path, {"part": {}}, sightings)
        whole = path.read_bytes()
        at = data.draw(st.integers(0, len(whole) - 1))
        path.write_bytes(whole[:at])
        assert not results.check(path)
        with pytest.raises(InputError):
            list(results.read(path)[1])
        path.write_bytes(whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :])
        try:
            for sighting in results.read(path)[1]:
                assert isinstance(sighting, Sighting)
        except InputError:
            pass


def test_zones_are_told_as_text() -> None:
    from datetime import UTC, timedelta, timezone
    from zoneinfo import ZoneInfo

    for zone in (UTC, ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=-3, minutes=-30))):
        assert zone_of(zone_name(zone)) == zone


def test_a_recipe_makes_the_same_rules(recipe: Recipe) -> None:
    bench = make(Recipe(**json.loads(json.dumps(recipe.__dict__))))
    assert [rule.id for rule in bench.rulebook.rules] == [rule.id for rule in rulebook().rules]
    with pytest.raises(ValueError, match="not those that the scan began with"):
        make(replace(recipe, digest="other"))


def test_rules_are_the_same_wherever_they_stand(tmp_path: Path) -> None:
    """Machines have the same rules in folders of their own, installed at moments of their own."""
    from diagnose.plugins import rulebook_in

    recipes = []
    for place in ("here", "there"):
        folder = write_rules(tmp_path / place)
        recipes.append(write_recipe(rulebook_in([folder], kit()), Options(now=NOW), [folder], plugins=False))
        os.utime(folder / "tiny" / "broken.yaml", (1, 1))
    assert recipes[0].key == recipes[1].key
    (tmp_path / "there" / "tiny" / "slow.yaml").write_text(SLOW_RULE.replace("warning", "error"))
    assert write_recipe(rulebook_in([folder], kit()), Options(now=NOW), [folder]).digest != recipes[0].digest


def test_a_file_is_cut_only_where_lines_begin_and_only_if_it_is_large_and_plain(tmp_path: Path) -> None:
    data = storm(2_000)
    plain, packed, long, gone = *plant(tmp_path, data, STREAMS["gzip"](data * 9), b"x" * 200_000), Input("/nowhere", NOW, 1 << 30)
    parts = parts_of([plain, packed, long, gone], 5_000)
    assert len([part for part in parts if part.name == plain.name]) > 5
    assert all(data[part.start - 1] == 10 for part in parts if part.start)
    assert [part.whole for part in parts if part.name != plain.name] == [True] * 3
    assert [part.number for part in parts] == list(range(len(parts)))


# ---------------------------------------------------------------- workers that die


CHAOS = """import os, signal, time
from diagnose.workers import process, step
real = step.Step.scan_object
def scan_object(self, part, result, progress=None):
    tries = result.with_name(os.path.basename(part.name) + ".tries")
    tries.open("a").write("x")
    times = len(tries.read_text())
    name = os.path.basename(part.name)
    if "poison" in name or ("twice" in name and times <= 2):
        os.kill(os.getpid(), signal.SIGKILL)
    if "stall" in name and times == 1:
        time.sleep(600)
    if "raises" in name:
        raise RuntimeError("no luck")
    real(self, part, result, progress)
step.Step.scan_object = scan_object
"""
NAMES = ("a", "poison", "twice", "b", "stall", "raises", "c")
SET_ASIDE = {
    "poison": "set aside after 3 tries: the process that read it died (signal 9)",
    "raises": "set aside after 3 tries: RuntimeError: no luck",
}


def tries_of(book: Path) -> dict[str, int]:
    return {path.stem: len(path.read_text()) for path in book.glob("*.tries")}


@pytest.mark.slow
def test_workers_that_die_or_hang_are_replaced_and_what_kills_them_is_set_aside(
    tmp_path: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diagnose.workers.children._START", "import sys; sys.path[:] = {path!r}\n" + CHAOS + "process.main()")
    monkeypatch.setattr("diagnose.workers.pool.born", lambda bench, recipe: Spawned(recipe))
    monkeypatch.setattr("diagnose.workers.pool.HANG", 15.0)
    logs, book = tmp_path / "logs", tmp_path / "book"
    logs.mkdir()
    inputs = []
    for name in NAMES:
        (logs / name).write_bytes(storm(60, len(inputs)))
        inputs.append(Input(str(logs / name), NOW, 1))
    good = [item for item in inputs if not item.name.endswith(("poison", "raises"))]
    wanted = sequential(tmp_path, good)
    run = fresh()
    scan_parts(run, recipe, parts_of(inputs), 2, ledger=book)
    report = told(run.report())
    assert report.findings == wanted.findings
    assert report.incidents == wanted.incidents
    reasons = {Path(unread.source).name: unread.reason for unread in report.summary.unread}
    assert reasons == SET_ASIDE
    tries = tries_of(book)
    assert (tries["poison"], tries["twice"], tries["stall"], tries["a"]) == (3, 3, 2, 1)
    again = fresh()
    scan_parts(again, recipe, parts_of(inputs), 2, ledger=book)
    assert told(again.report()) == report
    assert tries_of(book) == tries


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each worker is a program of its own")
def test_forked_workers_are_watched_just_so(tmp_path: Path) -> None:
    """As a shell starts it: the program has one thread, so its workers are forks of it."""
    logs, book = tmp_path / "logs", tmp_path / "book"
    logs.mkdir()
    for number, name in enumerate(NAMES):
        (logs / name).write_bytes(storm(60, number))
    spoilt = CHAOS + (
        "from diagnose.cli import main\nfrom diagnose.workers import children, pool\npool.HANG = 15.0\n"
        "children.Spawned = None\nmain()"
    )
    words = ["--workers", "2", "--format", "json", "--fail-on", "never", "--no-plugins"]
    said = subprocess.run(
        [sys.executable, "-c", spoilt, "scan", logs, "--ledger", book, *words], capture_output=True, text=True, env=environment()
    )
    report = json.loads(said.stdout)
    assert {Path(one["source"]).name: one["reason"] for one in report["summary"]["unread"]} == SET_ASIDE
    tries = tries_of(book)
    assert (tries["poison"], tries["twice"], tries["stall"], tries["a"]) == (3, 3, 2, 1)
    for name in SET_ASIDE:
        (logs / name).unlink()
    clean = json.loads(
        subprocess.run([*command("scan", logs), *words], capture_output=True, text=True, env=environment(), check=True).stdout
    )
    assert (report["findings"], report["incidents"]) == (clean["findings"], clean["incidents"])


def test_a_process_with_threads_is_not_forked(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that another thread holds would stay locked in the fork."""
    monkeypatch.setattr("diagnose.workers.children.Forked", None)
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        child = born(Bench(kit(), rulebook(), Options(now=NOW), None), recipe)
        assert isinstance(child, Spawned)
        assert child.end(0.0) < 0
    finally:
        over.set()
        thread.join()


def test_a_worker_that_nobody_listens_to_any_more_leaves_no_result(tmp_path: Path, recipe: Recipe) -> None:
    """Its broken pipe is no fault of what it reads: a result that says so would be believed by every later run."""
    (item,) = plant(tmp_path, storm(300))
    (part,) = parts_of([item])
    result = tmp_path / "some.result"
    worker = subprocess.Popen(
        [sys.executable, "-c", "from diagnose.workers.process import main; main()"],
        cwd=Path(__file__).parent.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stdin is not None
    assert worker.stdout is not None
    assert worker.stderr is not None
    worker.stdin.write(json.dumps(recipe_data(recipe)) + "\n")
    worker.stdin.flush()
    assert json.loads(worker.stdout.readline()) == {"ready": True}
    worker.stdout.close()
    with worker.stderr as errors:
        worker.stdin.write(json.dumps({"part": {**part.data()}, "result": str(result)}) + "\n")
        worker.stdin.close()
        assert (worker.wait(timeout=60), errors.read()) == (1, "")
    assert not result.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({Path(item.name).name})


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_scan_that_was_killed_goes_on_where_it_was(tmp_path: Path, seed: int) -> None:
    """The driver is killed at a seeded moment, again and again; the report is a clean run's, byte for byte."""

    rules, logs = write_rules(tmp_path / "rules"), tmp_path / "logs"
    logs.mkdir()
    for number in range(20):
        (logs / f"{number}.log").write_text(f"2026-11-23T10:00:{number:02d}Z ERROR the fan{number % 3} broke down\n" * 50)
    (logs / "cut.log.gz").write_bytes(STREAMS["gzip"](storm(300))[:-200])
    words = ["scan", "logs", "--rules", str(rules), "--rule", "tiny/*", "--format", "json"]
    clean = shell(*words, cwd=tmp_path)
    assert clean.code == 3
    draw, book = random.Random(seed), tmp_path / "book"
    for _ in range(4):
        process = subprocess.Popen(
            command(*words, "--ledger", "book", "--workers", "2"), cwd=tmp_path, env=environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(draw.uniform(0.5, 4))
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = len(list(book.glob("*.result")))
    whole = shell(*words, "--ledger", "book", "--workers", "2", cwd=tmp_path)
    assert (whole.code, _timeless(whole.report)) == (3, _timeless(clean.report)), done
    stamps = {path: os.stat(path).st_mtime_ns for path in book.glob("*.result")}
    (logs / "new.log").write_text("2026-11-23T10:00:00Z ERROR the pump broke down\n")
    more = shell(*words, "--ledger", "book", cwd=tmp_path)
    assert "The pump broke" in more.titles
    assert {path: os.stat(path).st_mtime_ns for path in stamps} == stamps
    assert len(list(book.glob("*.result"))) == len(stamps) + 1


def _timeless(report: Any) -> str:
    report["summary"]["seconds"] = 0
    return json.dumps(report)


@pytest.mark.slow
def test_shards_and_their_merge_tell_what_one_scan_tells(tmp_path: Path) -> None:

    rules, logs = write_rules(tmp_path / "rules"), tmp_path / "logs"
    logs.mkdir()
    for number in range(9):
        (logs / f"{number}.log").write_text(f"2026-11-23T10:00:{number:02d}Z ERROR the fan{number % 3} broke down\n" * 50)
    chosen = ["--rules", str(rules), "--rule", "tiny/*", "--format", "json"]
    clean = shell("scan", "logs", "missing", *chosen, cwd=tmp_path)
    for shard in ("1/3", "3/3"):
        shell("scan", "logs", "missing", *chosen, "--shard", shard, "--ledger", "books", cwd=tmp_path)
    part = shell("merge", "books", *chosen, cwd=tmp_path)
    assert part.code == 3
    assert "shard 2: it has left nothing here" in part.err
    shell("scan", "logs", "missing", *chosen, "--shard", "2/3", "--ledger", "more", cwd=tmp_path)
    whole = shell("merge", "books", "more", *chosen, cwd=tmp_path)
    assert (whole.code, _timeless(whole.report)) == (3, _timeless(clean.report))
    assert shell("merge", "logs", *chosen, cwd=tmp_path).code == 3
    assert "not the rules of the scan" in shell("merge", "books", "more", "--rules", rules, cwd=tmp_path).err
    shell("scan", "logs", *chosen, "--shard", "1/2", "--ledger", "books", cwd=tmp_path)
    assert "into different numbers of shards" in shell("merge", "books", *chosen, cwd=tmp_path).err
