"""Rules small enough to know by heart, ready for runs within this process."""

from __future__ import annotations

import tempfile
from pathlib import Path

from diagnose.model import Report
from diagnose.pipeline import Options, Run
from diagnose.plugins import Kit
from diagnose.rulebook import Rulebook, build
from diagnose.sources import Input
from tests.documents import CutStream
from tests.kit import NOW, kit

RULE = """\
title: "{title}"
class: {of_class}
severity: {severity}
signals:
  seen: {{{signal}}}
when: {when}
keys: [{keys}]
cause: "The {{what}} did it, at {{blame}}."
fix: "Mend the {{what}}."
checklist: [{{text: "Look at {{what}}", run: "ls {{what}}"}}]
"""


def rule(
    signal: str,
    *,
    title: str = "It broke: {what}",
    of_class: str = "connection-refused",
    severity: str = "error",
    when: str = "seen",
    keys: str = "",
) -> str:
    """The YAML of a rule with one signal."""
    return RULE.format(title=title, of_class=of_class, severity=severity, signal=signal, when=when, keys=keys)


def book(**rules: str) -> Rulebook:
    """A rulebook of rules by name. Faults fail the test that asks for it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "tiny"
        home.mkdir()
        (Path(folder) / "classes.yaml").write_text("tiny:\n" + "".join(f"  {name}: It is.\n" for name in CLASSES))
        for name, text in rules.items():
            (home / f"{name}.yaml").write_text(text)
        made = build((Path(folder),), formats=kit().formats)
    errors = [fault for fault in made.faults if fault.severity == "error"]
    assert not errors, "\n\n".join(map(str, errors))
    return made


CLASSES = ("connection-refused", "read-timeout", "duplicate-key", "unhandled-500", "host-oom-killed")


class Memory:
    """Compiled databases, kept as long as the tests run."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self._kept.get(name)

    def put(self, name: str, data: bytes) -> None:
        self._kept[name] = data


STORE = Memory()


def run(
    data: bytes,
    rules: Rulebook,
    *,
    name: str = "log",
    cuts: list[int] | None = None,
    with_kit: Kit | None = None,
    engine: str = "",
) -> Run:
    """A run that has read the bytes."""
    made = Run(rules, with_kit or kit(), Options(now=NOW, engine=engine), STORE)
    made.read(Input(name, NOW), CutStream(data, cuts or [1 << 30]))  # type: ignore[arg-type]
    return made


def report(data: bytes, rules: Rulebook, **more: object) -> Report:
    """What the bytes give."""
    return run(data, rules, **more).report()  # type: ignore[arg-type]
