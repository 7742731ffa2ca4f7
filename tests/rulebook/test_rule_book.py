"""The rulebook: the same from the cache as from the files, and a warm start that reads no YAML."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from diagnose.cache import Cache
from diagnose.hooks import Format
from diagnose.model import Header
from diagnose.rulebook import build, digest
from diagnose.times import Clock
from tests.rulebook.rule_texts import RULE, SHORT, write

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    bad = SHORT.replace("critical", "crtical")
    experimental = SHORT[: SHORT.index("tests:")].replace("refused:", "denied:").replace("when: refused", "when: denied")
    return write(tmp_path / "rules", mysql__duplicate_key=RULE, node__refused=SHORT, node__bad=bad, node__new=experimental)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def test_a_book_holds_what_is_in_order_and_tells_the_rest(rules: Path) -> None:
    made = build([rules])
    assert [rule.id for rule in made.rules] == ["mysql/duplicate-key", "node/new", "node/refused"]
    assert {(Path(fault.file).stem, fault.severity) for fault in made.faults} == {("bad", "error"), ("new", "warning")}
    assert [signal.signal.name for signal in made.signals] == ["duplicate", "retried", "healed", "denied", "refused"]
    assert [signal.number for signal in made.signals] == list(range(5))
    assert made.classes["duplicate-key"] == "A key came twice."


def test_from_the_cache_it_is_the_same(rules: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cold = build([rules], cache=cache)
    monkeypatch.setattr("diagnose.rulebook.load.load_files", lambda *_: pytest.fail("read again"))
    warm = build([rules], cache=cache)
    assert warm == cold
    assert warm.compiled == cold.compiled
    assert list(map(str, warm.faults)) == list(map(str, cold.faults))
    assert type(warm.rules[0].severity) is type(cold.rules[0].severity)
    assert type(warm.rules[0].signals["retried"].level) is type(cold.rules[0].signals["retried"].level)


def test_any_change_is_seen(rules: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = [build([rules], cache=cache).digest]
    (rules / "node/refused.yaml").write_text(SHORT.replace("Start it.", "Start it!"))
    changed = build([rules], cache=cache)
    assert changed.rules[-1].causes[0].fix[0].text == "Start it!"
    digests.append(changed.digest)
    (rules / "node/refused.yaml").rename(rules / "node/renamed.yaml")
    digests.append(build([rules], cache=cache).digest)
    (rules / "classes.yaml").write_text("some: {connection-refused: x}")
    assert any("duplicate-key" in fault.reason for fault in build([rules], cache=cache).faults)
    digests.append(build([rules], cache=cache).digest)
    digests.append(build([rules], frameworks=["express"], cache=cache).digest)
    digests.append(build([rules], plugins=["mine 1.0"], cache=cache).digest)
    digests.append(build([rules], plugins=["mine 1.1"], cache=cache).digest)
    monkeypatch.setattr(digest, "_code", lambda: "edited")
    digests.append(build([rules], cache=cache).digest)
    assert len(set(digests)) == len(digests)


def test_an_edit_of_the_package_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copy = tmp_path / "diagnose/rulebook/book.py"
    copy.parent.mkdir(parents=True)
    copy.write_text("x = 1")
    monkeypatch.setattr(digest, "__file__", str(copy))
    before = digest._code()
    copy.write_text("x = 2")
    os.utime(copy, (1, 1))
    assert digest._code() != before


def test_what_cannot_be_decoded_is_made_again(rules: Path, cache: Cache) -> None:
    cold = build([rules], cache=cache)
    name = f"rules-{cold.digest}"
    good = cache.get(name)
    assert good is not None
    for bad in (b"", b"\x80", good[:-9], b"\x84" + good[1:], good.replace(b"seen", b"sewn")):
        cache.put(name, bad)
        assert build([rules], cache=cache) == cold
        assert cache.get(name) == good


def test_without_a_cache_that_works(rules: Path) -> None:
    assert build([rules], cache=Cache(Path("/proc/none"))) == build([rules]) == build([rules], cache=Cache(None))


class AccessFormat:
    """A format that knows how a failing status looks."""

    name, priority, start, continues = "access", 1, r"\d", False
    errors: tuple[str, ...] = ()
    samples = ()

    def parse(self, record: str, clock: Clock) -> Header | None:
        return None

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        return (r"status=5\d\d ",) if (name, test) == ("status", ">= 500") else ()


def test_fields_are_searched_for_with_what_formats_know(tmp_path: Path) -> None:
    form = AccessFormat()
    assert isinstance(form, Format)
    text = SHORT.replace("{literals: ECONNREFUSED}", '{fields: {status: ">= 500"}}')
    write(tmp_path, node__refused=text)
    (signal,) = build([tmp_path], formats=[form]).signals
    assert [gate.pattern() for gate in signal.gates] == [r"status=5\d\d "]
    write(tmp_path, node__refused=text.replace(">= 500", ">= 600"))
    made = build([tmp_path], formats=[form])
    assert made.rules == ()
    assert [fault.reason for fault in made.faults] == ["the signal has nothing that a search could look for"]


def test_a_book_of_fewer_rules_has_fewer_signals(rules: Path) -> None:
    made = build([rules])
    assert len(made.signals) == 5
    assert [signal.rule for signal in replace(made, compiled=made.compiled[-1:]).signals] == ["node/refused"]


WARM = """
import sys
from pathlib import Path
from diagnose.cache import Cache
from diagnose.rulebook import build
made = build([Path(sys.argv[1])], cache=Cache(Path(sys.argv[2])))
print(len(made.rules), *sorted({"yaml", "lark", "pickle"} & sys.modules.keys()))
"""


def test_a_warm_start_imports_neither_yaml_nor_lark(tmp_path: Path) -> None:
    many = {f"t{n}__rule_{n}": RULE.replace("mysql/duplicate-key", f"t{n}/rule-{n}") for n in range(60)}
    folder = tmp_path / "rules"
    folder.mkdir()
    write(folder, **many)
    command = [sys.executable, "-c", WARM, str(folder), str(tmp_path / "cache")]
    made = [subprocess.check_output(command, text=True, cwd=ROOT).split() for _ in range(2)]
    assert [run[0] for run in made] == ["60", "60"]
    assert {"lark", "yaml"} <= set(made[0][1:])
    assert made[1][1:] == []


def test_warm_is_fast(tmp_path: Path) -> None:
    many = {f"t{n}__rule_{n}": RULE.replace("mysql/duplicate-key", f"t{n}/rule-{n}") for n in range(60)}
    write(tmp_path, **many)
    cache = Cache(tmp_path / ".cache")
    build([tmp_path], cache=cache)
    times = []
    for _ in range(5):
        start = time.process_time()
        assert len(build([tmp_path], cache=cache).rules) == 60
        times.append(time.process_time() - start)
    assert min(times) < 0.03, f"{min(times) * 1000:.1f} ms of CPU"
