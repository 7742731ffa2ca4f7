"""Strangers' plugins: a good one docks like what is built in; a bad one is named and left out, and the rest goes on."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import IO, Any

import pytest

import diagnose.plugins
from diagnose.errors import InputError
from diagnose.hooks import Framework, Sample, hookimpl
from diagnose.model import Header, Level, Trace
from diagnose.pipeline import Options, Run
from diagnose.plugins import Kit, load_kit
from diagnose.rulebook import build
from diagnose.sources import Input
from tests.kit import NOW
from tests.shell import call
from tests.tiny import Memory, book, rule

BUILT_IN = load_kit(plugins=False)
STORE = Memory()


class Bang:
    """`BANG! part` starts a record; lines behind it belong to it."""

    name = "bang"
    priority = 5
    start = r"BANG! "
    continues = True
    errors: tuple[str, ...] = ("BANG!",)
    samples: tuple[Sample, ...] = (Sample("BANG! fan", level="error", message="fan"),)

    def parse(self, record: str, clock: Any) -> Header | None:
        return Header(record.removeprefix("BANG! "), level=Level.FATAL, fields={"loud": "very"}, technologies=("bangs",))

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        return ("BANG!",) if name == "loud" else ()


class Box:
    """`[[name]] line` wraps a line."""

    name = "box"
    marker = r"\[\[\w+\]\]"
    partial = ""
    names_service = True
    samples = ("[[api]] x",)

    def unwrap(self, line: bytes) -> tuple[bytes, bytes, bool, str] | None:
        name, _, payload = line[2:].partition(b"]] ")
        return name, payload, False, ""


class Fortran:
    runtime = "fortran"
    markers: tuple[Any, ...] = ("forrtl: severe",)
    samples = ("forrtl: severe (174): SIGSEGV",)

    def parse(self, text: str) -> list[Trace]:
        return [Trace("fortran", "severe", line) for line in text.splitlines() if "forrtl" in line]


class Shout:
    name = "shout"

    def print(self, report: Any, out: IO[str], options: Any) -> None:
        out.write(f"{len(report.findings)} FINDINGS!\n")


class Memo:
    """Opens `memo:text`."""

    name = "memo"

    def accepts(self, location: str) -> bool:
        return location.startswith("memo:")

    def open(self, location: str) -> IO[bytes]:
        return io.BytesIO(location.removeprefix("memo:").encode())


@dataclass
class Plugin:
    """A plugin that offers what it is told to."""

    formats: Iterable[Any] = ()
    wrappers: Iterable[Any] = ()
    traces: Iterable[Any] = ()
    frameworks: Iterable[Any] = ()
    sources: Iterable[Any] = ()
    printers: Iterable[Any] = ()
    rules: Iterable[Any] = ()

    @hookimpl
    def diagnose_formats(self) -> Iterable[Any]:
        return self.formats

    @hookimpl
    def diagnose_wrappers(self) -> Iterable[Any]:
        return self.wrappers

    @hookimpl
    def diagnose_traces(self) -> Iterable[Any]:
        return self.traces

    @hookimpl
    def diagnose_frameworks(self) -> Iterable[Any]:
        return self.frameworks

    @hookimpl
    def diagnose_sources(self) -> Iterable[Any]:
        return self.sources

    @hookimpl
    def diagnose_printers(self) -> Iterable[Any]:
        return self.printers

    @hookimpl
    def diagnose_rules(self) -> Iterable[Any]:
        return self.rules


class Installed(EntryPoint):
    """An entry point whose plugin is at hand, or which fails as told."""

    @classmethod
    def of(cls, name: str, plugin: Any) -> Installed:
        point = cls(name, f"{name}:plugin", "diagnose")
        vars(point)["plugin"] = plugin
        return point

    def load(self) -> Any:
        plugin = vars(self)["plugin"]
        if isinstance(plugin, BaseException):
            raise plugin
        return plugin


def docked(monkeypatch: pytest.MonkeyPatch, **plugins: Any) -> Kit:
    """The kit where these plugins are installed; until the test ends the program finds them too."""
    points = [Installed.of(name, plugin) for name, plugin in plugins.items()]
    monkeypatch.setattr(diagnose.plugins, "entry_points", lambda group: points if group == "diagnose" else [])
    return load_kit()


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Kit]:
    return lambda **plugins: docked(monkeypatch, **plugins)


def read(kit: Kit, text: str, **rules: str) -> Run:
    run = Run(book(**(rules or {"fan": rule("regex: '(?P<what>fan|pump) broke'")})), kit, Options(now=NOW), STORE)
    run.read(Input("log", NOW), io.BytesIO(text.encode()))  # type: ignore[arg-type]
    return run


def count(kit: Kit, name: str) -> int:
    return len(getattr(kit, name))


# ---------------------------------------------------------------- good plugins


@pytest.mark.slow
def test_a_good_plugin_docks_like_what_is_built_in(install: Callable[..., Kit]) -> None:
    kit = install(good=Plugin([Bang()], [Box()], [Fortran()], [Framework("bangs", "library", "")], [Memo()], [Shout()]))
    assert (kit.errors, kit.names) == ((), ("good",))
    for name in ("formats", "wrappers", "traces", "frameworks", "openers", "printers"):
        assert count(kit, name) == count(BUILT_IN, name) + 1
    run = read(kit, "[[api]] BANG! the fan broke\n[[api]] forrtl: severe (174): x\nBANG! bye\n")
    (finding,) = run.report().findings
    assert finding.evidence[0].text == "the fan broke"
    assert (finding.services, finding.technologies, run.seen.traces) == (("api",), ("bangs", "fortran"), 1)
    assert kit.troubles == []


@pytest.mark.slow
def test_a_field_of_a_plugins_format_can_be_looked_for(install: Callable[..., Kit]) -> None:
    kit = install(good=Plugin([Bang()]))
    loud = 'fields: {loud: "very"}'
    rules = build_with(kit, rule(loud, title="Loud"))
    run = Run(rules, kit, Options(now=NOW), STORE)
    run.read(Input("log", NOW), io.BytesIO(b"BANG! fan\nquiet\n"))  # type: ignore[arg-type]
    assert [finding.title for finding in run.report().findings] == ["Loud"]


def test_a_plugins_format_may_read_records_of_no_format_and_say_what_signals_look_in(install: Callable[..., Kit]) -> None:
    def parse(self: Any, record: str, clock: Any) -> Header:
        _name, _, said = record.partition(": ")
        return Header(record, level=Level.ERROR, text=said)

    kit = install(good=Plugin([variant(Bang, plain="bong ", parse=parse)]))
    assert [finding.count for finding in read(kit, "bong one: the fan broke\n").report().findings] == [1]
    assert read(kit, "bong the fan broke: all is well\n").report().findings == ()
    assert read(kit, "say bong the fan broke: all is well\n").report().findings != ()


def build_with(kit: Kit, text: str) -> Any:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tiny").mkdir()
        (Path(folder) / "tiny" / "loud.yaml").write_text(text.replace("{what}", "x"))
        return build((Path(folder),), formats=kit.formats)


def test_a_plugins_printer_is_named_by_format(install: Callable[..., Kit], tmp_path: Path) -> None:
    install(good=Plugin(printers=[Shout()]))
    (tmp_path / "a.log").write_text("2026-11-23T10:00:00Z INFO well\n")
    said = call("scan", tmp_path, "--format", "shout")
    assert (said.code, said.out, said.err) == (0, "0 FINDINGS!\n", "")
    assert "shout" in call("scan", tmp_path, "--format", "zzz").err
    assert call("scan", tmp_path, "--format", "shout", "--no-plugins").code == 2


@pytest.mark.slow
def test_a_plugin_brings_rules(install: Callable[..., Kit], tmp_path: Path) -> None:
    (tmp_path / "rules" / "mine").mkdir(parents=True)
    (tmp_path / "rules" / "mine" / "fan.yaml").write_text(rule("regex: '(?P<what>fan) broke'"))
    (tmp_path / "a.log").write_text("2026-11-23T10:00:00Z ERROR the fan broke\n")
    kit = install(good=Plugin(rules=[tmp_path / "rules"]))
    assert kit.rules == (*BUILT_IN.rules, tmp_path / "rules")
    assert "It broke: fan" in call("scan", tmp_path / "a.log").out


@pytest.mark.slow
def test_a_plugins_source_is_asked_before_the_built_in_one(install: Callable[..., Kit]) -> None:
    kit = install(good=Plugin(sources=[Memo()]))
    run = Run(book(fan=rule("regex: '(?P<what>fan) broke'")), kit, Options(now=NOW), STORE)
    run.scan([Input("memo:the fan broke"), Input("/nowhere")])
    assert [finding.title for finding in run.report().findings] == ["It broke: fan"]
    assert [unread.source for unread in run.tally.unread] == ["/nowhere"]


# ---------------------------------------------------------------- plugins that do not dock


class RaisingHook(Plugin):
    @hookimpl
    def diagnose_formats(self) -> Iterable[Any]:
        raise ValueError("no formats today")


class UnknownHook:
    @hookimpl
    def diagnose_weather(self) -> Iterable[Any]:
        return ()


def variant(base: type, **fields: Any) -> Any:
    """An instance of a class, changed."""
    return type("Odd" + base.__name__, (base,), fields)()


BAD = {
    "an import that fails": (ImportError("no module named x"), "cannot be loaded: ImportError"),
    "an import that exits": (SystemExit(3), "cannot be loaded: SystemExit"),
    "a hook that raises": (RaisingHook(), "diagnose_formats raised ValueError: no formats today"),
    "a hook that is unknown": (UnknownHook(), "cannot be loaded: PluginValidationError"),
    "a hook that returns nothing": (Plugin(formats=None), "diagnose_formats raised TypeError"),  # type: ignore[arg-type]
    "no format": (Plugin(formats=["text"]), "this is no Format"),
    "a format without samples": (Plugin([variant(Bang, samples=())]), "it has no samples"),
    "a start that misses its sample": (Plugin([variant(Bang, start="BONG")]), "does not match its own sample"),
    "a start that is no regex": (Plugin([variant(Bang, start="BANG(")]), "does not compile"),
    "a start that takes all": (Plugin([variant(Bang, start="(?:BANG)?")]), "matches the empty line"),
    "a start with flags": (Plugin([variant(Bang, start="(?i)BANG")]), "does not compile"),
    "a start that names a group": (Plugin([variant(Bang, start="(?P<f1>BANG)")]), "names a group"),
    "a start that is no ASCII": (Plugin([variant(Bang, start="\u20ac")]), "does not compile"),
    "a plain beginning that is no regex": (Plugin([variant(Bang, plain="bong(")]), "unterminated subpattern"),
    "an error that the search refuses": (Plugin([variant(Bang, errors=("(?=BANG)BANG",))]), "compiled"),
    "an error that takes all": (Plugin([variant(Bang, errors=("B*",))]), "compiled"),
    "a priority that is none": (Plugin([variant(Bang, priority="first")]), "`priority`"),
    "no wrapper": (Plugin(wrappers=[Bang()]), "this is no Wrapper"),
    "a marker that takes all": (Plugin(wrappers=[variant(Box, marker="x?")]), "matches the empty line"),
    "a partial that is no regex": (Plugin(wrappers=[variant(Box, partial="(")]), "compile"),
    "markers that are no texts": (Plugin(traces=[variant(Fortran, markers=(b"x",))]), "`markers`"),
    "markers that lead nowhere": (Plugin(traces=[variant(Fortran, markers=())]), "`markers`"),
    "no framework": (Plugin(frameworks=["express"]), "this is no Framework"),
    "a framework of nonsense": (Plugin(frameworks=[Framework(3, "library", "")]), "no word"),  # type: ignore[arg-type]
    "a word that stands in every text": (Plugin(frameworks=[Framework("x", "library", "", words=("",))]), "no word"),
    "no printer": (Plugin(printers=[print]), "this is no Printer"),
    "no folder": (Plugin(rules=[Path("/nowhere")]), "is no folder"),
    "a text for a folder": (Plugin(rules=["rules"]), "this is no Path"),
    "an object that hides": (Plugin(formats=[variant(Bang, start=property(lambda self: 1 / 0))]), ""),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_dock_is_named_and_the_rest_docks(install: Callable[..., Kit], case: str) -> None:
    plugin, reason = BAD[case]
    kit = install(bad=plugin, good=Plugin(printers=[Shout()]))
    (error,) = kit.errors
    assert error.plugin == "bad"
    assert reason in str(error)
    assert kit.printers[-1].name == "shout"
    assert [count(kit, name) for name in ("formats", "wrappers", "traces", "frameworks", "openers", "rules")] == [
        count(BUILT_IN, name) for name in ("formats", "wrappers", "traces", "frameworks", "openers", "rules")
    ]
    assert read(kit, "the fan broke\n").report().findings


def test_the_command_line_names_a_bad_plugin_and_goes_on(install: Callable[..., Kit], tmp_path: Path) -> None:
    install(bad=ImportError("no module named x"))
    (tmp_path / "a.log").write_text("2026-11-23T10:00:00Z INFO well\n")
    said = call("scan", tmp_path / "a.log")
    assert said.code == 0
    assert said.err == "warning: plugin bad: cannot be loaded: ImportError: no module named x\n"
    assert call("scan", tmp_path / "a.log", "--no-plugins").err == ""


def test_ctrl_c_while_plugins_load_is_ctrl_c(install: Callable[..., Kit]) -> None:
    with pytest.raises(KeyboardInterrupt):
        install(slow=KeyboardInterrupt())


# ---------------------------------------------------------------- plugins that fail while logs are read


def raising(*_: Any) -> Any:
    raise RuntimeError("out of cheese")


LOG = """\
[[api]] BANG! the fan broke
[[api]] forrtl: severe
BANG! the pump broke
forrtl: severe
2026-11-23T10:00:00Z ERROR the fan broke
"""

NONSENSE = {
    "a format that raises": Plugin([variant(Bang, parse=raising)]),
    "a format that returns a text": Plugin([variant(Bang, parse=lambda *_: "fan")]),
    "a header without message": Plugin([variant(Bang, parse=lambda *_: Header(None))]),  # type: ignore[arg-type]
    "a header with a time that is none": Plugin([variant(Bang, parse=lambda *_: Header("x", time="now"))]),  # type: ignore[arg-type]
    "a header with a level that is none": Plugin([variant(Bang, parse=lambda *_: Header("x", level="bad"))]),  # type: ignore[arg-type]
    "a header with fields that are none": Plugin([variant(Bang, parse=lambda *_: Header("x", fields=None))]),  # type: ignore[arg-type]
    "a header with a text that is none": Plugin([variant(Bang, parse=lambda *_: Header("x", text=7))]),  # type: ignore[arg-type]
    "a header with odd scopes": Plugin([variant(Bang, parse=lambda *_: Header("x", scope={"request": 3}))]),  # type: ignore[dict-item]
    "a wrapper that raises": Plugin(wrappers=[variant(Box, unwrap=raising)]),
    "a wrapper that returns texts": Plugin(wrappers=[variant(Box, unwrap=lambda *_: ("api", "x", False, ""))]),
    "traces that raise": Plugin(traces=[variant(Fortran, parse=raising)]),
    "traces that are none": Plugin(traces=[variant(Fortran, parse=lambda *_: ["severe"])]),
    "traces that do not even come": Plugin(traces=[variant(Fortran, parse=lambda *_: None)]),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_what_fails_while_reading_is_named_once_and_left_out(install: Callable[..., Kit], case: str) -> None:
    kit = install(bad=NONSENSE[case])
    assert kit.errors == ()
    run = read(kit, LOG * 3, fan=rule("regex: ['(?P<what>fan|pump) broke', forrtl]", keys="what"))
    (trouble,) = kit.troubles
    assert trouble.plugin == "bad"
    assert re.search("raised (RuntimeError: out of cheese|TypeError)|returned nonsense", str(trouble))
    assert {"It broke: fan", "It broke: pump"} <= {finding.title for finding in run.report().findings}


@pytest.mark.parametrize("call_", ["raises", "returns a number", "returns what the search refuses"])
def test_field_patterns_that_fail_are_named_and_other_formats_are_searched(install: Callable[..., Kit], call_: str) -> None:
    answers = {"raises": raising, "returns a number": lambda *_: 3, "returns what the search refuses": lambda *_: ("(?=x)x",)}
    kit = install(bad=Plugin([variant(Bang, field_patterns=answers[call_])]))
    run = Run(build_with(kit, rule('fields: {loud: "very"}')), kit, Options(now=NOW), STORE)
    run.read(Input("log", NOW), io.BytesIO(b'{"loud":"very","msg":"x"}\n'))  # type: ignore[arg-type]
    assert len(run.report().findings) == 1
    assert len(kit.troubles) == 1


@pytest.mark.slow
def test_the_command_line_names_what_failed_while_reading(install: Callable[..., Kit], tmp_path: Path) -> None:
    install(bad=Plugin([variant(Bang, parse=raising)]))
    (tmp_path / "a.log").write_text("BANG! Error: x\nBANG! Error: y\n")
    said = call("scan", tmp_path / "a.log", "--format", "json")
    assert said.code == 0
    assert said.err == "warning: plugin bad: OddBang raised RuntimeError: out of cheese\n"


def test_a_printer_that_raises_is_told(install: Callable[..., Kit], tmp_path: Path) -> None:
    install(bad=Plugin(printers=[variant(Shout, print=raising)]))
    (tmp_path / "a.log").write_text("x\n")
    said = call("scan", tmp_path / "a.log", "--format", "shout")
    assert (said.code, said.err) == (2, "error: plugin bad: OddShout raised RuntimeError: out of cheese\n")


def unopened(*_: Any) -> Any:
    raise InputError("memo:", "the memo is lost")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"open": raising}, "out of cheese"),
        ({"open": lambda *_: "text"}, "returned nonsense: a str"),
        ({"open": unopened}, "the memo is lost"),
    ],
)
def test_a_source_that_fails_is_an_input_that_could_not_be_read(install: Callable[..., Kit], fields: Any, reason: str) -> None:
    kit = install(bad=Plugin(sources=[variant(Memo, **fields)]))
    run = Run(book(fan=rule("regex: '(?P<what>fan) broke'")), kit, Options(now=NOW), STORE)
    run.scan([Input("memo:the fan broke")])
    assert reason in run.tally.unread[0].reason


def test_a_source_that_cannot_say_what_it_opens_opens_nothing(install: Callable[..., Kit], tmp_path: Path) -> None:
    kit = install(bad=Plugin(sources=[variant(Memo, accepts=raising)]))
    (tmp_path / "a.log").write_text("the fan broke\n")
    run = Run(book(fan=rule("regex: '(?P<what>fan) broke'")), kit, Options(now=NOW), STORE)
    run.scan([Input(str(tmp_path / "a.log"))])
    assert len(run.report().findings) == 1
    assert len(kit.troubles) == 1


def test_what_is_built_in_pays_for_no_guard() -> None:
    for name in ("formats", "wrappers", "traces", "openers", "printers"):
        assert not any(type(item).__name__.startswith("Guarded") for item in getattr(BUILT_IN, name))
    assert BUILT_IN.errors == ()
