"""Ray and Dask read what this machine's own processes read, whatever dies meanwhile; and what is not an input's fault is not held against it."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from diagnose.errors import UsageError
from diagnose.model import Unread
from diagnose.pipeline import Options
from diagnose.sources import Input
from diagnose.workers import afar, results
from diagnose.workers.children import Spawned
from diagnose.workers.crowd import Crowd, Lost
from diagnose.workers.cuts import Part, parts_of
from diagnose.workers.ledger import Ledger, Shard, accounts
from diagnose.workers.pool import Pool
from diagnose.workers.process import is_outside
from diagnose.workers.recipe import Bench, Recipe, recipe_data, write_recipe
from diagnose.workers.step import Step
from tests.kit import NOW, STORE, kit, rulebook
from tests.shell import command, environment, shell, write_rules

CHAOS = """
import importlib.abc, importlib.machinery, os, signal, sys

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "diagnose.workers.step":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        load = spec.loader.exec_module
        def exec_module(module):
            load(module)
            wrap(module)
        spec.loader.exec_module = exec_module
        return spec

def wrap(step):
    real = step.Step.scan_object
    def scan_object(self, part, result, progress=None):
        name = os.path.basename(part.name)
        tries = os.path.join(os.environ["CHAOS"], name)
        with open(tries, "a") as file:
            file.write("x")
        if "poison" in name or ("twice" in name and os.path.getsize(tries) <= 2) or ("once" in name and os.path.getsize(tries) == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        real(self, part, result, progress)
    step.Step.scan_object = scan_object

if os.environ.get("CHAOS"):
    sys.meta_path.insert(0, Finder())
"""
"""Read by every Python process at its start, those of an engine too."""


def timeless(report: dict[str, Any]) -> str:
    report["summary"]["seconds"] = 0
    return json.dumps(report)


def plant(folder: Path, count: int, chaos: Mapping[int, str] = {}) -> Path:
    """So many logs, some of them with a name that kills who reads them."""
    logs = folder / "logs"
    logs.mkdir()
    for number in range(count):
        name = f"{number:03d}{chaos.get(number, '')}.log"
        (logs / name).write_text(f"2026-11-23T10:{number % 60:02d}:00Z ERROR the fan{number % 7} broke down\n" * 20)
    return logs


def words(rules: Path) -> list[str]:
    return ["scan", "logs", "--rules", str(rules), "--rule", "tiny/*", "--format", "json"]


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "count"), [("dask", 60), ("ray", 24)])
def test_an_engine_whose_processes_and_driver_are_killed_tells_what_a_clean_scan_tells(
    tmp_path: Path, engine: str, count: int
) -> None:
    draw = random.Random(engine)
    places = draw.sample(range(count), 4)
    logs = plant(tmp_path, count, dict(zip(places, ("poison", "twice", "once", "once"), strict=True)))
    rules, tries, home = write_rules(tmp_path / "rules"), tmp_path / "tries", tmp_path / "home"
    tries.mkdir()
    home.mkdir()
    (home / "sitecustomize.py").write_text(CHAOS)
    env = {"PYTHONPATH": f"{home}{os.pathsep}{environment()['PYTHONPATH']}", "CHAOS": str(tries), "PYTHONWARNINGS": "ignore"}
    told = [*words(rules), "--engine", engine, "--workers", "2", "--ledger", "book"]
    for share in (0.1, 0.5):
        # The driver is killed when a seeded part of the objects is done: no clock says when.
        driver = subprocess.Popen(
            command(*told), cwd=tmp_path, env=environment(**env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wanted = int(count * draw.uniform(share, share + 0.2))
        while driver.poll() is None and len(list((tmp_path / "book").glob("*.result"))) < wanted:
            time.sleep(0.05)
        driver.send_signal(signal.SIGKILL)
        driver.wait()
    before = len(list((tmp_path / "book").glob("*.result")))
    whole = shell(*told, cwd=tmp_path, **env)
    (poison,) = logs.glob("*poison*")
    assert whole.code == 3, whole.err
    report = whole.report
    assert report["summary"]["unread"] == [
        {"source": f"logs/{poison.name}", "reason": "set aside after 3 tries: the process that read it died", "offset": 0}
    ]
    poison.rename(tmp_path / "poison.log")
    clean = shell(*words(rules), cwd=tmp_path)
    report["summary"]["unread"] = []
    assert timeless(report) == timeless(clean.report)
    counts = {path.name: path.stat().st_size for path in tries.iterdir()}
    assert before >= count * 0.5
    # What was read once was not read again; only what a killed driver or a neighbour's death cut short.
    assert sum(number > 1 for name, number in counts.items() if name[3:] == ".log") <= 12


# ---------------------------------------------------------------- the crowd, with a farm that is told what to do


class Farm:
    """Reads here, as planned: of each part's name, what happens at each try."""

    size = 3

    def __init__(self, plan: Mapping[str, Sequence[dict[str, Any] | Lost | None]]) -> None:
        self._plan = {name: list(steps) for name, steps in plan.items()}
        self._tasks: dict[int, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        self.most = 0
        self.tried: list[str] = []
        self.closed = False

    def give(self, recipe: Mapping[str, Any], part: Mapping[str, Any], hang: float) -> Hashable:
        number = len(self.tried)
        self._tasks[number] = (recipe, part)
        self.tried.append(Path(part["name"]).name)
        self.most = max(self.most, len(self._tasks))
        return number

    def done(self, tasks: Sequence[Hashable]) -> list[tuple[Hashable, dict[str, Any] | Lost]]:
        task = tasks[0]
        recipe, part = self._tasks.pop(task)  # type: ignore[call-overload]
        steps = self._plan.get(Path(part["name"]).name, [])
        what = steps.pop(0) if steps else None
        return [(task, what or afar.read_afar(recipe, part, 300.0))]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def recipe() -> Recipe:
    return write_recipe(rulebook(), Options(now=NOW), [], plugins=False)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process elsewhere makes of a recipe is made once for these tests."""
    monkeypatch.setattr(afar, "make", lambda recipe: Bench(kit(), rulebook(), Options(now=NOW), STORE))


def inputs(folder: Path, *names: str) -> list[Part]:
    made = []
    for name in names:
        (folder / name).write_bytes(b"2026-11-23T10:00:00Z ERROR connect ECONNREFUSED 10.0.3.7:5432\n")
        made.append(Input(str(folder / name), NOW, 66))
    return parts_of(made)


@pytest.mark.usefixtures("here")
def test_a_part_is_blamed_only_for_what_happens_while_it_is_alone(tmp_path: Path, recipe: Recipe) -> None:
    died = Lost("it died")
    farm = Farm(
        {
            "poison": [died] * 9,
            "beside": [died],
            "twice": [died, died],
            "full": [{"failed": "OSError: No space left", "outside": True}] * 9,
            "broken": [{"failed": "RuntimeError: no luck", "outside": False}] * 9,
        }
    )
    crowd = Crowd(recipe, farm, tmp_path)
    parts = inputs(tmp_path, "a", "poison", "beside", "twice", "full", "broken", "b")
    crowd.read(parts)
    assert farm.closed
    assert farm.most == 3
    assert {Path(one.part.name).name: (one.reason, one.outside) for one in crowd.set_aside} == {
        "poison": ("set aside after 3 tries: it died", False),
        "full": ("not read in 3 tries: OSError: No space left", True),
        "broken": ("set aside after 3 tries: RuntimeError: no luck", False),
    }
    done = [part for part in parts if results.check(tmp_path / f"{part.key(recipe.key)}.result", final=True)]
    assert sorted(Path(part.name).name for part in done) == ["a", "b", "beside", "twice"]


@pytest.mark.usefixtures("here")
def test_what_is_read_elsewhere_is_what_is_read_here(tmp_path: Path, recipe: Recipe) -> None:
    (part,) = inputs(tmp_path, "a")
    Step(Bench(kit(), rulebook(), Options(now=NOW), STORE)).scan_object(part, tmp_path / "here")
    outcome = afar.read_afar(recipe_data(recipe), part.data(), 300.0)
    assert outcome["result"] == (tmp_path / "here").read_bytes()


def test_rules_that_cannot_be_made_elsewhere_are_no_fault_of_a_part(recipe: Recipe) -> None:
    part = Part(0, "a")
    other = {**recipe_data(recipe), "digest": "other"}
    assert afar.read_afar(other, part.data(), 300.0) == {
        "failed": "ValueError: the rules, or this program, are not those that the scan began with",
        "outside": True,
    }


def test_an_engine_that_is_not_installed_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from diagnose.workers.on_dask import DaskFarm
    from diagnose.workers.on_ray import RayFarm

    for name in ("dask", "distributed", "ray"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"diagnose-logs\[dask\]"):
        DaskFarm(2)
    with pytest.raises(UsageError, match=r"diagnose-logs\[ray\]"):
        RayFarm(2)


# ---------------------------------------------------------------- what is outside


def opened(folder: Path, recipe: Recipe, parts: Sequence[Part]) -> list[str]:
    """The names of the parts that a next run would read."""
    return [Path(part.name).name for part in Ledger(folder).open_parts(parts, recipe)[0]]


def test_what_could_not_be_opened_or_read_is_read_by_the_next_run(
    tmp_path: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = inputs(tmp_path, "denied", "broken", "good", "cut")
    (tmp_path / "cut").write_bytes(b"\x1f\x8b\x08bad")

    class Breaks:
        def readinto(self, buffer: memoryview) -> int:
            raise OSError(errno.EIO, "Input/output error")

        def __enter__(self) -> Breaks:
            return self

        def __exit__(self, *error: object) -> None:
            pass

    opener = next(one for one in kit().openers if one.name == "file")
    real = type(opener).open

    def open_(self: object, location: str) -> Any:
        if location.endswith("denied"):
            raise OSError(errno.EMFILE, "Too many open files")
        return Breaks() if location.endswith("broken") else real(opener, location)  # type: ignore[arg-type]

    monkeypatch.setattr(type(opener), "open", open_)
    book, step = Ledger(tmp_path / "book"), Step(Bench(kit(), rulebook(), Options(now=NOW), STORE))
    for part in parts:
        step.scan_object(part, book.result(part, recipe))
    assert all(results.check(book.result(part, recipe)) for part in parts)
    assert opened(tmp_path / "book", recipe, parts) == ["denied", "broken"]


def test_a_missing_library_is_no_property_of_a_log(tmp_path: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    (part,) = inputs(tmp_path, "a.lz4")
    (tmp_path / "a.lz4").write_bytes(b"\x04\x22\x4d\x18" + b"x" * 90)
    for name in ("lz4", "lz4.frame"):
        monkeypatch.setitem(sys.modules, name, None)
    book, step = Ledger(tmp_path / "book"), Step(Bench(kit(), rulebook(), Options(now=NOW), STORE))
    step.scan_object(part, book.result(part, recipe))
    assert opened(tmp_path / "book", recipe, [part]) == ["a.lz4"]


def test_memory_that_is_short_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    from diagnose.sources import codecs

    class Greedy:
        eof, needs_input, unused_data = False, True, b""

        def decompress(self, data: bytes, max_length: int = -1) -> bytes:
            raise MemoryError

    (part,) = inputs(tmp_path, "a")
    (tmp_path / "a").write_bytes(gzip.compress(b"x" * 900))
    monkeypatch.setattr(codecs, "inflater", lambda bits: Greedy())
    step = Step(Bench(kit(), rulebook(), Options(now=NOW), STORE))
    with pytest.raises(MemoryError):
        step.scan_object(part, tmp_path / "one")
    assert is_outside(MemoryError())
    assert not is_outside(RuntimeError())
    assert not (tmp_path / "one").exists()


WORKER = """import sys; sys.path[:] = {path!r}
import errno, os, signal
from diagnose.workers import process, step
real = step.Step.scan_object
def scan_object(self, part, result, progress=None):
    name = os.path.basename(part.name)
    if "full" in name:
        raise OSError(errno.ENOSPC, "No space left on device")
    if "ended" in name:
        os.kill(os.getpid(), signal.SIGTERM)
    real(self, part, result, progress)
step.Step.scan_object = scan_object
process.main()
"""


@pytest.mark.slow
def test_a_full_disk_and_a_machine_that_goes_down_are_not_remembered(
    tmp_path: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diagnose.workers.scan import scan_parts
    from tests.test_workers import fresh

    monkeypatch.setattr("diagnose.workers.children._START", WORKER)
    monkeypatch.setattr("diagnose.workers.pool.born", lambda bench, recipe: Spawned(recipe))
    parts = inputs(tmp_path, "a", "full", "ended", "b")
    run = fresh()
    scan_parts(run, recipe, parts, 2, ledger=tmp_path / "book")
    reasons = {Path(one.source).name: (one.reason, one.outside) for one in run.report().summary.unread}
    assert reasons == {
        "full": ("not read in 3 tries: OSError: [Errno 28] No space left on device", True),
        "ended": ("not read in 3 tries: the process that read it died (signal 15)", True),
    }
    assert opened(tmp_path / "book", recipe, parts) == ["full", "ended"]
    assert Unread(parts[1].name, reasons["full"][0], 0, True) in accounts([tmp_path / "book"]).unread
    assert Shard() == Shard(0, 1)


@pytest.mark.slow
def test_processes_that_do_not_start_blame_no_part(tmp_path: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr("diagnose.workers.pool.born", lambda bench, recipe: Spawned(recipe))
    pool = Pool(Bench(kit(), rulebook(), Options(now=NOW), None), replace(recipe, digest="other"), 2, tmp_path)
    with pytest.raises(UsageError, match="do not start: ValueError: the rules, or this program"):
        pool.read(inputs(tmp_path, "a", "b", "c"))
    assert pool.set_aside == []
