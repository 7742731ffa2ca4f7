"""What the verbs share: options, settings, and the rulebook of a run."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from diagnose.cache import Cache, user_cache
from diagnose.cli import collect
from diagnose.config import Config, find_config, load_config
from diagnose.errors import UsageError
from diagnose.globs import id_matches
from diagnose.model import SECOND, Rule, Severity
from diagnose.visible import visible

if TYPE_CHECKING:
    from diagnose.pipeline import Options
    from diagnose.plugins import Kit
    from diagnose.rulebook import Rulebook

F = TypeVar("F", bound=Callable[..., Any])

source_option = click.option(
    "--source",
    metavar="DIR",
    help="The code of what logged: blamed frames are found there, with the lines around and their last commit.",
)

SEVERITIES = [severity.name.lower() for severity in Severity]
NEVER = "never"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def run_options(command: F) -> F:
    """The options that choose rules and settings."""
    options = [
        click.option(
            "--framework", multiple=True, metavar="NAME", help="Prefer fixes for this framework; leave out rules of others only."
        ),
        click.option("--database", multiple=True, metavar="NAME", help="The same for a database."),
        click.option("--rule", multiple=True, metavar="GLOB", help="Use only rules whose id matches, as in 'mysql/*'."),
        click.option(
            "--rules", multiple=True, metavar="DIR", type=click.Path(path_type=Path), help="More rules, from this folder."
        ),
        click.option("--severity", type=click.Choice(SEVERITIES), help="Tell only findings at least this bad.  [default: info]"),
        click.option("--tz", metavar="ZONE", help="Zone of times that have none, as in Europe/Berlin or +02:00.  [default: UTC]"),
        click.option(
            "--config",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Settings; else the nearest diagnose.toml or pyproject.toml.",
        ),
        click.option("--no-plugins", is_flag=True, help="Use only what is built in."),
    ]
    return _with(command, options)


def input_options(command: F) -> F:
    """The options that choose what of the logs is read."""
    options = [
        click.option("--since", metavar="TIME", help="Only events from then on: 2h, 2026-11-23, 2026-11-23T14:03."),
        click.option("--until", metavar="TIME", help="Only events before then."),
        click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out files whose path or name matches."),
        click.option(
            "--limit",
            multiple=True,
            metavar="NAME=N",
            help="What a packed input may unfold to: ratio, size, depth, members, links, outside.  [default: ratio=1000, size=1T …]",
        ),
    ]
    return _with(command, options)


def output_options(command: F) -> F:
    """The options that say how a report is told, and when the exit code is 1."""
    options = [
        click.option(
            "--format", metavar="NAME", help="How to print: terminal, json, markdown…, or a plugin's.  [default: terminal]"
        ),
        click.option(
            "--output",
            multiple=True,
            metavar="FORMAT:FILE",
            help="Write the report to a file too, as in sarif:diagnose.sarif; may be given often.",
        ),
        click.option(
            "--fail-on", type=click.Choice([*SEVERITIES, NEVER]), help="Exit with 1 from this severity on.  [default: error]"
        ),
        click.option("--baseline", metavar="FILE", help="Fail only for what is not in this file; `diagnose baseline` writes it."),
    ]
    return history_options(_with(command, options))


def history_options(command: F) -> F:
    """The options that say whether what is found is remembered, and where."""
    options = [
        click.option("--history", is_flag=True, help="Remember what is found, and tell what was seen of it before."),
        click.option("--history-file", metavar="FILE", help="The same, in this file.  [default: one in your state folder]"),
    ]
    return _with(command, options)


def _with(command: F, options: Sequence[Callable[[F], F]]) -> F:
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True)
class Choice:
    """What options and settings choose, before anything is read: all rules, for a verb that only looks things up."""

    kit: Kit
    rulebook: Rulebook
    settings: Settings
    cache: Cache
    frameworks: frozenset[str]
    databases: frozenset[str]

    @property
    def prefer(self) -> frozenset[str]:
        """Frameworks and databases whose fixes come first."""
        return self.frameworks | self.databases


@dataclass(frozen=True)
class Setup:
    """All that a verb needs to run."""

    kit: Kit
    rulebook: Rulebook
    options: Options
    settings: Settings
    cache: Cache


class Settings:
    """Options of the command line before those of the settings file."""

    def __init__(self, given: Mapping[str, Any], config: Config) -> None:
        self._given = given
        self.config = config

    def get(self, name: str, default: Any = None) -> Any:
        """The value of an option by its long name."""
        given = self._given.get(name.replace("-", "_"))
        if given is None or given == () or given is False:
            return self.config.values.get(name, default)
        return given

    def word(self, name: str, default: str, known: Sequence[str]) -> str:
        """The value of an option that takes one of a few words. Raises UsageError."""
        word: str = self.get(name, default)
        if word not in known:
            raise UsageError(f"{name} takes one of {', '.join(known)}; not {word!r}")
        return word

    def rule_folders(self) -> list[Path]:
        """Folders of rules: those of the command line as they stand, those of a file from its own folder on."""
        given: Sequence[Path] = self._given.get("rules") or ()
        return list(given) or [self.config.folder / folder for folder in self.config.values.get("rules", ())]

    def folder_of(self, name: str) -> Path:
        """Where an option's relative path starts: the working folder, or that of the file which sets it."""
        return Path() if self._given.get(name) else self.config.folder


def read_settings(given: Mapping[str, Any]) -> Settings:
    """The options of the command line before the nearest settings file. Raises Faults."""
    path = given.get("config") or find_config(Path.cwd())
    return Settings(given, load_config(path) if path else Config({}, Path.cwd()))


def source_folder(settings: Settings) -> Path | None:
    """The folder of `--source`; None where none is wanted. Raises UsageError."""
    told: str | None = settings.get("source")
    if not told:
        return None
    folder = settings.folder_of("source") / told
    if not folder.is_dir():
        raise UsageError(f"--source {told}: there is no such folder")
    return folder


def choose(given: Mapping[str, Any]) -> Choice:
    """Read settings, kit and rules. The pipeline is not imported for it. Raises UsageError or Faults."""
    from diagnose.plugins import load_kit, rulebook_in

    settings = read_settings(given)
    kit = load_kit(plugins=not given.get("no_plugins"))
    for error in kit.errors:
        click.echo(f"warning: {visible(str(error))}", err=True)
    cache = user_cache()
    folders = [*kit.rules, *settings.rule_folders()]
    for folder in folders:
        if not folder.exists():
            raise UsageError(f"no folder of rules: {folder}")
    rulebook = rulebook_in(folders, kit, cache)
    for fault in rulebook.faults:
        if fault.severity == "error":
            click.echo(f"{visible(str(fault))}\n", err=True)
    frameworks, databases = frozenset(settings.get("framework", ())), frozenset(settings.get("database", ()))
    _known_names(kit, frameworks | databases)
    return Choice(kit, rulebook, settings, cache, frameworks, databases)


def setup(given: Mapping[str, Any], **more: Any) -> Setup:
    """What is chosen, ready for a run; `more` options besides those that are given. Raises UsageError or Faults."""
    from diagnose.pipeline import Options

    choice = choose(given)
    kit, settings = choice.kit, choice.settings
    wanted = tuple(one for one in choice.rulebook.compiled if _wanted(one.rule, choice))
    rulebook = replace(choice.rulebook, compiled=wanted)
    if not wanted:
        raise UsageError("no rule is left to look for: check --rule, --framework and --database")
    now = int(time.time() * SECOND)
    zone = read_zone(settings.get("tz") or "UTC")
    options = Options(
        zone=zone,
        now=now,
        since=read_moment(given.get("since"), zone, now),
        until=read_moment(given.get("until"), zone, now),
        prefer=choice.prefer,
        **more,
    )
    collect()
    return Setup(kit, rulebook, options, settings, choice.cache)


def _known_names(kit: Kit, names: frozenset[str]) -> None:
    known = {framework.name for framework in kit.frameworks}
    for name in sorted(names - known):
        raise UsageError(f"no framework or database is called {name!r}{instead(name, known)}")


def instead(name: str, known: Iterable[str]) -> str:
    """What to write instead of a name that nobody knows."""
    words = sorted(known)
    near = difflib.get_close_matches(name, words, 1)
    return f": did you mean {near[0]}?" if near else f"; there are {', '.join(words)}"


_ALSO_DATABASES = frozenset({"mongodb"})
"""Known by the name of their driver."""


def _wanted(rule: Rule, choice: Choice) -> bool:
    """Whether a rule is one of those that are named, and none of those that are for other frameworks or databases only."""
    if not id_matches(rule.id, choice.settings.get("rule", ())):
        return False
    for chosen, kind in ((choice.frameworks, "framework"), (choice.databases, "database")):
        rivals = {framework.name for framework in choice.kit.frameworks if framework.kind == kind}
        rivals.update(_ALSO_DATABASES if kind == "database" else ())
        bound = rivals.intersection(rule.technologies)
        if chosen and bound and not bound & chosen:
            return False
    return True


def read_zone(text: str) -> tzinfo:
    """A zone by name or offset. Raises UsageError."""
    from datetime import timedelta, timezone
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    if text.upper() in ("UTC", "Z"):
        return UTC
    match = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", text)
    if match and int(match[2]) < 24 and int(match[3]) < 60:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(text, sorted(available_timezones()), 1)
        hint = f"did you mean {near[0]}?" if near else "write Europe/Berlin or +02:00"
        raise UsageError(f"no time zone is called {text!r}: {hint}") from None


def read_moment(text: str | None, zone: tzinfo, now: int) -> int | None:
    """`2h` (before now), or a date and time. Raises UsageError."""
    from diagnose.times import Clock

    if not text:
        return None
    match = re.fullmatch(r"(\d+)\s*([smhdw])", text)
    if match:
        return now - int(match[1]) * _UNITS[match[2]] * SECOND
    date = f"{text}T00:00:00" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text
    time_of_day = f"{date}:00" if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", date) else date
    read = Clock(zone, now).parse(time_of_day)
    if read is None:
        raise UsageError(f"{text!r} is no time: write 2h, 2026-11-23, or 2026-11-23T14:03:11Z")
    return read[0]
