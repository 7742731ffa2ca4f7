"""`diagnose check PATH…`"""

from __future__ import annotations

import glob
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.cache import user_cache
from diagnose.cli.common import NEVER, SEVERITIES, Settings, read_settings
from diagnose.cli.ending import Ending, ending_of
from diagnose.errors import UsageError
from diagnose.globs import file_matches, id_matches
from diagnose.model import Rule
from diagnose.visible import one_line, visible

if TYPE_CHECKING:
    from diagnose.check.changes import Lines
    from diagnose.check.files import Found
    from diagnose.plugins import Kit
    from diagnose.rulebook import Rulebook


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--diff/--all", "diff", default=None, help="Tell only lines that are not committed yet, or all.  [default: all]")
@click.option(
    "--base",
    metavar="REF",
    help="Tell only lines that differ from this commit, as in origin/main; origin/main... is where the branches parted.",
)
@click.option("--fix", is_flag=True, help="Rewrite what can be rewritten safely; the rest is told.")
@click.option("--diff-only", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--format", "format", metavar="NAME", help="How to print: lines or json, or another printer.  [default: lines]")
@click.option(
    "--output", multiple=True, metavar="FORMAT:FILE", help="Write the report to a file too, as in sarif:diagnose.sarif."
)
@click.option("--baseline", metavar="FILE", help="Fail only for what is not in this file; `diagnose baseline` writes it.")
@click.option("--fail-on", type=click.Choice([*SEVERITIES, NEVER]), help="Exit with 1 from this severity on.  [default: warning]")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Tell only findings at least this bad.  [default: info]")
@click.option("--rule", multiple=True, metavar="GLOB", help="Use only rules whose id matches, as in 'jwt/*'.")
@click.option("--rules", multiple=True, metavar="DIR", type=click.Path(path_type=Path), help="More rules, from this folder.")
@click.option("--framework", multiple=True, metavar="NAME", help="Tell fixes for this framework too.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out files whose path or name matches.")
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings; else the nearest diagnose.toml.")
@click.option("--no-plugins", is_flag=True, help="Use only what is built in.")
@click.option("--skipped", is_flag=True, help="Name the files that were left out, and why.")
@click.option("--color/--no-color", default=None, help="Colours, for printers that have any.")
def check(paths: tuple[str, ...], **given: Any) -> int:
    """Find in source and configuration what causes the failures that diagnose knows from logs.

    PATH is a file or a folder (what git ignores is left out); without one, this folder. What you have looked at and want to
    keep gets a comment: diagnose: ignore[rule] reason
    """
    from diagnose.check.checking import check as run
    from diagnose.check.detector import detectors
    from diagnose.check.files import find

    if given["base"] and given["diff"] is False:
        raise UsageError("--base says what --diff compares with: it does not go with --all")
    settings = read_settings(given)
    end = _ending(settings, given)
    rules = _rules(settings, given)
    found = _without(find(paths or (".",)), settings.get("exclude", ()))
    checked = run(
        found,
        detectors(rules),
        changes=_changes(paths, found, given["base"] or "") if given["diff"] or given["base"] else None,
        prefer=frozenset(settings.get("framework", ())),
    )
    if given["fix"] or given["diff_only"]:
        from diagnose.cli.fixing import fixed

        checked = fixed(checked, found, write=not given["diff_only"])
    report = end.told(checked.report)
    end.tell(report)
    end.complain(report)
    end.write(report)
    if given["skipped"]:
        for skip in report.summary.skipped:
            click.echo(f"skipped: {one_line(skip.source)}: {one_line(skip.reason)}", err=True)
    return end.code(report)


def _ending(settings: Settings, given: Mapping[str, Any]) -> Ending:
    """How the run ends. The kit is loaded only for a plugin's printer: it takes longer than a hook may. Raises UsageError."""
    from diagnose.printers import BUILT_IN

    name = given["format"] or "lines"
    name = "lines" if name == "terminal" else name
    wanted = {name, *(output.partition(":")[0] for output in settings.get("output", ()))}
    printers = BUILT_IN if wanted <= {printer.name for printer in BUILT_IN} else _kit(given).printers
    return ending_of(settings, given, printers, name, verb="check", fail_on="warning")


def _kit(given: Mapping[str, Any]) -> Kit:
    from diagnose.plugins import load_kit

    return load_kit(plugins=not given.get("no_plugins"))


def _rules(settings: Settings, given: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules that look at code: built in, of plugins, of folders. Raises UsageError."""
    from diagnose.check.book import built_in_rules, code_book

    more = settings.rule_folders()
    for folder in more:
        if not folder.exists():
            raise UsageError(f"no folder of rules: {folder}")
    plugged = not given.get("no_plugins") and _has_plugins()
    own = _kit(given).rules if plugged else (built_in_rules(),)
    folders = (*own, *more)

    def make() -> Rulebook:
        from diagnose.plugins import rulebook_in

        return rulebook_in(folders, _kit(given))

    book = code_book(folders, make, user_cache())
    for fault in book.faults:
        if fault.severity == "error":
            click.echo(f"{visible(str(fault))}\n", err=True)
    globs: Sequence[str] = settings.get("rule", ())
    rules = tuple(rule for rule in book.rules if id_matches(rule.id, globs))
    if not rules:
        raise UsageError("no rule is left that looks at code: check --rule")
    return rules


def _has_plugins() -> bool:
    """Whether any installed package offers a plugin: asking importlib.metadata would cost a tenth of what a hook may take."""
    for folder in dict.fromkeys(sys.path):
        for kind in ("dist-info", "egg-info"):
            for told in glob.iglob(f"{glob.escape(folder or '.')}/*.{kind}/entry_points.txt"):
                with suppress(OSError):
                    if b"[diagnose]" in Path(told).read_bytes():
                        return True
    return False


def _without(found: Found, globs: Sequence[str]) -> Found:
    """The files that no --exclude matches."""
    return replace(found, files={name: path for name, path in found.files.items() if not file_matches(name, globs)})


def _changes(paths: Sequence[str], found: Found, base: str) -> Mapping[str, Lines] | None:
    """The lines that changed; None, and a word of it, where there is no git to tell. Raises UsageError for a base that is none."""
    from diagnose.check.changes import changed_among
    from diagnose.check.files import git, refusal

    here = Path.cwd()
    for path in paths:
        named = path.rstrip(".")
        if not base and not Path(path).exists() and git(["rev-parse", "--verify", "--quiet", f"{named}^{{commit}}"], here):
            raise UsageError(f"{path} is a commit and no file: --base {path} compares with it")
    changes = None if base.startswith("-") else changed_among(found.files.values(), here, base)
    if changes is None and base:
        raise UsageError(f"git knows no commit {base!r} to compare with")
    if changes is None:
        click.echo(f"warning: {visible(refusal(here))}: all lines are looked at", err=True)
    return changes
