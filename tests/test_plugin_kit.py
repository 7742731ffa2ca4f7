"""The plugin kit: what docs/plugins.md says is so, the example packages work as installed, and samples are really tried."""

from __future__ import annotations

import ast
import csv
import importlib
import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import diagnose
from diagnose.formats import BUILT_IN
from diagnose.hooks import Sample
from diagnose.model import Report, Trace
from diagnose.pipeline import Options, Run
from diagnose.plugins import Kit, load_kit, rulebook_in
from diagnose.printers.json import report_data
from diagnose.proving import prove
from diagnose.sources import Input
from tests import plugins_doc
from tests.documents import CutStream
from tests.kit import NOW, ROOT, STORE
from tests.plugins_doc import DOC, EXAMPLES
from tests.shell import Said, call, environment, shell
from tests.test_plugins import Bang, Box, Fortran, Plugin, Shout, docked, raising, variant

TEXT = DOC.read_text()
LOG = EXAMPLES / "diagnose-mojolicious" / "tests" / "shop.log"
PACKAGES = sorted(path.parent for path in EXAMPLES.glob("*/pyproject.toml"))

# ---------------------------------------------------------------- the page


def test_the_page_shows_the_packages_own_files() -> None:
    assert len(plugins_doc.shown(TEXT)) >= 5
    assert plugins_doc.renewed(TEXT) == TEXT, "run `python -m tests.plugins_doc`"


def test_every_code_block_is_a_file_or_a_command() -> None:
    kinds = re.findall(r"(<!-- file: \S+ -->\n)?```(\w+)\n.*?```", TEXT, re.DOTALL)
    assert {kind for shown, kind in kinds if not shown} == {"console"}
    for line in re.findall(r"^\$ (.+)$", TEXT, re.MULTILINE):
        assert line.startswith(("pip install diagnose-", "diagnose rules test --plugin", "diagnose rules lint --plugin")), line


def test_every_hook_is_documented_with_its_exact_arguments() -> None:
    hooks = plugins_doc.declared(ROOT / "diagnose" / "hooks.py")["Hooks"]
    assert plugins_doc.told(TEXT)["Hooks"] == [signature.replace("(self", "(") for signature in hooks]


DECLARING = (ROOT / "diagnose/hooks.py", *(ROOT / "diagnose/model").glob("*.py"))
CODE = {name: rows for module in DECLARING for name, rows in plugins_doc.declared(module).items()}
TOLD = {name: rows for name, rows in plugins_doc.told(TEXT).items() if name != "Hooks"}


@pytest.mark.parametrize("name", TOLD)
def test_every_attribute_and_signature_is_the_codes(name: str) -> None:
    assert TOLD[name] == CODE[name]


def test_everything_that_a_hook_may_return_is_documented() -> None:
    returned = set(re.findall(r"Iterable\[(\w+)\]", " ".join(CODE["Hooks"]))) - {"Path"}
    assert returned | {"Sample", "Header", "Trace", "Frame"} == set(TOLD)


def test_priorities_are_as_told() -> None:
    lowest, highest = re.search(r"Built-in formats stand from (\d+) to (\d+)", TEXT).groups()  # type: ignore[union-attr]
    assert (int(lowest), int(highest)) == (BUILT_IN[0].priority, BUILT_IN[-1].priority)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_an_example_imports_from_the_face_alone(package: Path) -> None:
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "diagnose":
                assert node.module == "diagnose", path
                assert {alias.name for alias in node.names} <= set(diagnose.__all__), path


def test_every_name_of_the_face_is_there() -> None:
    for name in diagnose.__all__:
        assert getattr(diagnose, name) is not None


# ---------------------------------------------------------------- the packages, installed


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example packages, installed by pip into a folder of their own, without a network."""
    folder = tmp_path_factory.mktemp("site")
    words = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--no-cache-dir"]
    where = ["--target", str(folder), *map(str, PACKAGES)]
    done = subprocess.run([sys.executable, "-m", "pip", "install", *words, *where], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def told(site: Path) -> Callable[..., Said]:
    """The program where the packages are installed."""
    return lambda *words, **env: shell(*words, PYTHONPATH=f"{site}:{ROOT}", **env)


@pytest.mark.slow
def test_the_framework_plugin_passes_its_own_tests_and_samples(told: Callable[..., Said]) -> None:
    said = told("rules", "test", "--plugin", "mojolicious", "--verbose")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1] == "10 passed, 0 failed"
    assert "pass  perl/undefined-value: the log of a Mojolicious application" in said.out
    assert "pass  plugin mojolicious: format mojolicious: " in said.out
    assert "pass  plugin mojolicious: traces perl: " in said.out
    said = told("rules", "lint", "--plugin", "mojolicious", "--strict")
    assert (said.code, said.out, said.err) == (0, "2 rules, 0 errors, 0 warnings\n", "")


@pytest.mark.slow
def test_a_plugin_without_rules_has_none_to_test(told: Callable[..., Said]) -> None:
    assert told("rules", "test", "--plugin", "csv").out == "0 passed, 0 failed\n"
    assert told("rules", "lint", "--plugin", "csv").out == "0 rules, 0 errors, 0 warnings\n"
    assert "did you mean csv?" in told("rules", "lint", "--plugin", "csvv").err
    assert told("rules", "lint", "rules", "--plugin", "csv").code == 2


@pytest.mark.slow
def test_the_framework_plugin_explains_its_captured_log(told: Callable[..., Said]) -> None:
    said = told("scan", LOG, "--format", "json")
    assert said.err == ""
    found = {finding["rule"]: finding for finding in said.report["findings"]}
    assert found["perl/undefined-value"]["blame"] == "shop.pl:15"
    assert found["perl/undefined-value"]["count"] == 2
    assert {"mojolicious", "perl"} <= set(found["perl/undefined-value"]["technologies"])
    assert found["mojolicious/template-broken"]["blame"] == "basket.html.ep:2 in Mojo::Template::process"
    assert found["mojolicious/template-broken"]["first_seen"].startswith("2026-11-25T23:52:31.")
    assert [fix["for"] for fix in found["perl/undefined-value"]["code"]] == [["mojolicious"]]


@pytest.mark.slow
def test_the_verbs_know_what_plugins_bring(told: Callable[..., Said]) -> None:
    assert [line.split()[0] for line in told("rules", "list", "--technology", "perl").out.splitlines()] == [
        "perl/undefined-value"
    ]
    assert "A method is called on an undefined value" in told("explain", "perl/undefined-value", "--framework", "mojolicious").out
    assert "FOUND" in told("explain", 'Can\'t call method "x" on an undefined value at a.pl line 3.').out
    assert told("explain", "perl/undefined-value", "--no-plugins").code == 1


@pytest.mark.slow
def test_the_printer_plugin_writes_csv(told: Callable[..., Said], tmp_path: Path) -> None:
    said = told("scan", LOG, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [(row["rule"], row["count"], row["blame"]) for row in rows] == [
        ("perl/undefined-value", "2", "shop.pl:15"),
        ("mojolicious/template-broken", "1", "basket.html.ep:2 in Mojo::Template::process"),
    ]
    assert said.code == 1
    log = tmp_path / "=1+1\x1b.log"
    log.write_text("2026-11-25T10:00:00Z ERROR connect ECONNREFUSED 10.0.0.5:5432\n")
    said = told("scan", log, "--format", "csv")
    assert "\x1b" not in said.out
    assert told("scan", log, "--format", "csv", "--no-plugins").code == 2


@pytest.mark.slow
@pytest.mark.parametrize("package", [path for path in PACKAGES if list(path.glob("tests/test_*.py"))], ids=lambda path: path.name)
def test_the_packages_own_tests_pass(site: Path, package: Path) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(package), str(package / "tests")]
    env = environment(PYTHONPATH=f"{site}:{ROOT}")
    done = subprocess.run(words, capture_output=True, text=True, env=env, check=False, cwd=package)
    assert done.returncode == 0, done.stdout


# ---------------------------------------------------------------- the laws hold with a plugin's format


@pytest.fixture
def mojolicious(monkeypatch: pytest.MonkeyPatch) -> Kit:
    monkeypatch.syspath_prepend(str(EXAMPLES / "diagnose-mojolicious"))
    return docked(monkeypatch, mojolicious=importlib.import_module("diagnose_mojolicious"))


@pytest.mark.slow
@pytest.mark.parametrize("block", [777, 4096])
def test_where_a_source_is_cut_does_not_matter_with_a_plugin_either(mojolicious: Kit, block: int) -> None:
    def report(size: int, cuts: list[int]) -> Report:
        run = Run(rulebook_in(mojolicious.rules, mojolicious), mojolicious, Options(now=NOW, block=size), STORE)
        run.read(Input("log", NOW), CutStream(LOG.read_bytes(), cuts))  # type: ignore[arg-type]
        return run.report()

    def data(told: Report) -> Any:
        found = report_data(told)
        found["summary"].pop("seconds")
        return found

    whole = data(report(1 << 20, [1 << 30]))
    assert len(whole["findings"]) == 2
    assert data(report(block, [block // 3 + 1])) == whole
    assert mojolicious.troubles == []


def test_the_examples_prove_themselves_and_take_nothing_from_others(mojolicious: Kit) -> None:
    outcomes = list(prove(mojolicious))
    assert len(outcomes) == 6
    assert [str(outcome) for outcome in outcomes if not outcome.passed] == []


# ---------------------------------------------------------------- samples that fail are told, by name and place


class Pythonic(Fortran):
    """Traces that Python's parser reads too."""

    runtime = "fortran"
    markers = ("Traceback",)
    samples = ('Traceback (most recent call last):\n  File "app.py", line 3, in <module>\nZeroDivisionError: division by zero',)

    def parse(self, text: str) -> list[Trace]:
        return [Trace("fortran", "severe")]


class Greedy(Bang):
    """Takes what JSON lines are."""

    start = r"BANG! |\{"
    priority = 1


def samples(*texts: str | Sample) -> dict[str, Any]:
    return {"samples": tuple(texts)}


FAILING = {
    "a time that is read wrong": (
        Plugin([variant(Bang, **samples(Sample("BANG! x", time="2026-11-23T10:00:00Z", level="fatal")))]),
        "format bang: its sample's time is read as None",
    ),
    "a level that is read wrong": (
        Plugin([variant(Bang, **samples(Sample("BANG! x", level="info")))]),
        "format bang: its sample's level is read as",
    ),
    "a message that is read wrong": (
        Plugin([variant(Bang, **samples(Sample("BANG! x", level="fatal", message="y")))]),
        "format bang: its sample's message is read as 'x'",
    ),
    "a sample that is not read": (
        Plugin([variant(Bang, parse=lambda *_: None)]),
        "format bang: its sample is not read",
    ),
    "a format that raises": (Plugin([variant(Bang, parse=raising)]), "format bang: `parse` raised RuntimeError: out of cheese"),
    "an error without its pattern": (
        Plugin([variant(Bang, errors=("BONG!",), **samples(Sample("BANG! x", level="fatal")))]),
        "format bang: none of its error patterns matches its sample",
    ),
    "a format that takes another's": (Plugin([Greedy()]), "format bang: it takes what the format json reads"),
    "a sample that another takes": (
        Plugin(
            [variant(Bang, start=r'BANG! |\{"level"', **samples(Sample('{"level":50,"msg":"x"}', level="error")), priority=99)]
        ),
        "format bang: its sample is read by json",
    ),
    "a wrapper without samples": (Plugin(wrappers=[variant(Box, samples=())]), "wrapper box: it has no samples"),
    "a wrapper that misses its sample": (
        Plugin(wrappers=[variant(Box, **samples("[api] x"))]),
        "wrapper box: `marker` does not match its sample",
    ),
    "a wrapper that makes nothing of it": (
        Plugin(wrappers=[variant(Box, unwrap=lambda *_: None)]),
        "wrapper box: `unwrap` makes nothing of its sample",
    ),
    "a wrapper that raises": (Plugin(wrappers=[variant(Box, unwrap=raising)]), "wrapper box: `unwrap` raised RuntimeError"),
    "a part that nothing announces": (
        Plugin(wrappers=[variant(Box, unwrap=lambda *_: (b"a", b"x", True, ""))]),
        "wrapper box: `unwrap` says that its sample goes on, but `partial` does not match it",
    ),
    "a wrapper's sample that another takes": (
        Plugin(wrappers=[variant(Box, marker="api", **samples("api-1  | x"))]),
        "wrapper box: its sample is taken by the wrapper compose",
    ),
    "a wrapper that takes a format's lines": (
        Plugin(wrappers=[variant(Box, marker=r"\[")]),
        "wrapper box: it unwraps what the format",
    ),
    "traces without samples": (Plugin(traces=[variant(Fortran, samples=())]), "traces fortran: it has no samples"),
    "traces whose marker is missing": (
        Plugin(traces=[variant(Fortran, markers=("severe!",))]),
        "traces fortran: none of its markers stands in its sample",
    ),
    "traces that find nothing": (
        Plugin(traces=[variant(Fortran, parse=lambda *_: [])]),
        "traces fortran: `parse` finds no trace",
    ),
    "traces that raise": (Plugin(traces=[variant(Fortran, parse=raising)]), "traces fortran: `parse` raised RuntimeError"),
    "traces of another runtime": (
        Plugin(traces=[variant(Fortran, parse=lambda *_: [Trace("cobol", "severe")])]),
        "traces fortran: its trace is of the runtime cobol",
    ),
    "traces that another parser reads": (
        Plugin(traces=[Pythonic()]),
        "traces fortran: its sample is read as a trace of python too",
    ),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_sample_that_fails_is_told_by_name(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    plugin, problem = FAILING[case]
    kit = docked(monkeypatch, bad=plugin, good=Plugin([], [], [], [], [], [Shout()]))
    assert kit.errors == ()
    problems = [f"{one.variant}: {problem}" for one in prove(kit) for problem in one.problems]
    assert any(told.startswith(problem) for told in problems), problems


@pytest.mark.slow
@pytest.mark.parametrize("case", ["a format that raises", "a wrapper without samples", "traces of another runtime"])
def test_the_verbs_tell_samples_that_fail(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    plugin, problem = FAILING[case]
    docked(monkeypatch, bad=plugin, good=Plugin([], [], [], [], [], [Shout()]))
    said = call("rules", "test", "--plugin", "bad")
    assert said.code == 1
    assert "FAIL  plugin bad: " in said.out
    assert problem.split(": ", 1)[1] in said.out
    said = call("rules", "lint", "--plugin", "bad")
    assert said.code == 2
    assert f"error: plugin bad: {problem}" in said.err
    assert call("rules", "test", "--plugin", "good").out == "0 passed, 0 failed\n"


@pytest.mark.slow
def test_the_place_of_a_sample_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    docked(monkeypatch, bad=Plugin(traces=[Pythonic()]))
    said = call("rules", "lint", "--plugin", "bad")
    lines = Path(__file__).read_text().splitlines()
    number = lines.index(next(line for line in lines if line.startswith("    samples = ('Trace"))) + 1
    assert f"--> {__file__}:{number}:" in said.err
    assert f"{number} |     samples = ('Traceback" in said.err
    assert f"--> {__file__}:{number}" in call("rules", "test", "--plugin", "bad").out


@pytest.mark.slow
def test_a_variant_without_source_is_told_without_place(monkeypatch: pytest.MonkeyPatch) -> None:
    space: dict[str, Any] = {"Box": Box}
    exec("class Bare(Box):\n    samples = ()", space)
    docked(monkeypatch, bad=Plugin(wrappers=[space["Bare"]()]))
    said = call("rules", "lint", "--plugin", "bad")
    assert "error: plugin bad: wrapper box: it has no samples" in said.err
    assert "Traceback" not in said.err


@pytest.mark.slow
def test_what_did_not_dock_fails_the_plugins_test_and_lint(monkeypatch: pytest.MonkeyPatch) -> None:
    docked(monkeypatch, bad=ImportError("no module named x"))
    assert "FAIL  plugin bad: cannot be loaded: ImportError" in call("rules", "test", "--plugin", "bad").out
    said = call("rules", "lint", "--plugin", "bad")
    assert (said.code, said.out) == (2, "0 rules, 1 errors, 0 warnings\n")
    assert "warning: plugin bad: cannot be loaded" in call("rules", "list").err


@pytest.mark.slow
def test_a_plugins_rule_that_fails_is_told_as_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    said = call("rules", "new", "mine/broken", tmp_path)
    assert said.code == 0
    rule = tmp_path / "mine" / "broken.yaml"
    docked(monkeypatch, mine=Plugin(rules=[tmp_path]))
    assert call("rules", "test", "--plugin", "mine").out == "3 passed, 0 failed\n"
    assert call("rules", "lint", "--plugin", "mine", "--strict").out == "1 rules, 0 errors, 0 warnings\n"
    rule.write_text(rule.read_text().replace("captures: {part: fan-1}", "captures: {part: fan-2}"))
    said = call("rules", "test", "--plugin", "mine")
    assert (said.code, said.out.splitlines()[-1]) == (1, "1 passed, 2 failed")
    rule.write_text(rule.read_text().replace("severity: error", "severity: bad"))
    said = call("rules", "lint", "--plugin", "mine")
    assert (said.code, f"{rule}:7:11" in said.err) == (2, True)


@pytest.mark.slow
def test_samples_are_tried_where_nothing_else_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    docked(monkeypatch, bad=Plugin(traces=[variant(Fortran, samples=())]))
    (tmp_path / "empty").mkdir()
    assert call("rules", "test", "--rule", "no/such").out == "0 passed, 0 failed\n"
    assert call("rules", "test", tmp_path / "empty").out == "0 passed, 0 failed\n"
    assert call("rules", "lint", tmp_path / "empty").code == 0
    assert call("rules", "lint").code == 2


def test_built_in_samples_are_no_plugins() -> None:
    assert list(prove(load_kit(plugins=False))) == []


def _entries() -> Iterator[str]:
    for package in PACKAGES:
        yield from re.findall(r"^(\w+) = \"diagnose_", (package / "pyproject.toml").read_text(), re.MULTILINE)


def test_each_example_has_an_entry_point() -> None:
    assert sorted(_entries()) == ["csv", "mojolicious"]
