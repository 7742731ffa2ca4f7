"""`diagnose rules lint|list|new|test|schema`"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.cache import user_cache
from diagnose.cli import collect
from diagnose.cli.meant import book_of, meant_by, tell
from diagnose.errors import Fault, UsageError
from diagnose.globs import id_matches
from diagnose.model import Rule
from diagnose.plugins import load_kit, rulebook_in
from diagnose.rulebook import Known
from diagnose.visible import one_line, visible

if TYPE_CHECKING:
    from diagnose.proving import SampleOutcome
    from diagnose.rulebook import Outcome

LIST_SCHEMA = "diagnose.rules/1"
"""Names the shape that `rules list --format json` prints; changes to it only add."""

_FOLDERS = click.argument("folders", nargs=-1, metavar="[DIR]...", type=click.Path(path_type=Path))
_RULE = click.option("--rule", "globs", multiple=True, metavar="GLOB", help="Only rules whose id matches, as in 'mysql/*'.")
_PLUGIN = click.option("--plugin", default="", metavar="NAME", help="Only the rules and samples of this plugin.")


@click.group()
def rules() -> None:
    """Check, list, test and begin rules.

    DIR is a folder of rules (or one rule file); without one, the built-in rules and those of plugins are meant.
    """
    collect()


@rules.command()
@_FOLDERS
@click.option(
    "--logs",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Healthy logs: signals that hit them often are told.",
)
@_PLUGIN
@click.option("--strict", is_flag=True, help="Exit with 2 for warnings too.")
@click.option("--test", "tests", is_flag=True, help="Run the rules' own tests too, where nothing is wrong so far.")
def lint(folders: tuple[Path, ...], logs: tuple[Path, ...], plugin: str, strict: bool, tests: bool) -> int:
    """Tell every fault of every rule file, with file, line, column and a caret.

    Where no DIR is given, samples of plugins' formats, wrappers and traces are tried too.
    """
    from diagnose.check.proving import detector_faults
    from diagnose.rulebook import lint, load_rules

    kit = load_kit()
    meant = meant_by(folders, plugin, kit)
    known = Known(frameworks=sorted({framework.name for framework in kit.frameworks}), formats=kit.formats)
    result = load_rules(meant.folders, known=known, strict=False)
    faults = [fault for fault in lint(result, known, _healthy(logs)) if meant.holds(fault.file)]
    faults += [fault for fault in detector_faults(result.loaded) if meant.holds(fault.file)]
    faults += [fault for outcome in meant.samples(kit) for fault in outcome.faults()]
    faults += [Fault(str(error)) for error in meant.errors(kit)]
    tell(faults)
    errors = sum(fault.severity == "error" for fault in faults)
    count = sum(meant.holds(rule.file) for rule in result.rules)
    click.echo(f"{count} rules, {errors} errors, {len(faults) - errors} warnings")
    if errors or (strict and faults):
        return 2
    return _test(folders, (), plugin, verbose=False) if tests else 0


@rules.command("list")
@_FOLDERS
@_RULE
@click.option("--technology", multiple=True, metavar="NAME", help="Only rules of this technology, as in mysql.")
@click.option("--class", "classes", multiple=True, metavar="NAME", help="Only rules of this failure class.")
@click.option(
    "--by",
    type=click.Choice(["rule", "class"]),
    default="rule",
    help="Class: failures, and the systems that are known to have them.",
)
@click.option("--format", "format", type=click.Choice(["terminal", "json"]), default="terminal", help="How to print.")
def list_(
    folders: tuple[Path, ...], globs: tuple[str, ...], technology: tuple[str, ...], classes: tuple[str, ...], by: str, format: str
) -> int:
    """List rules: id, class, severity, title."""
    kit = load_kit()
    for error in kit.errors:
        click.echo(f"warning: {visible(str(error))}", err=True)
    book = book_of(folders, kit)
    _known(technology, {name for rule in book.rules for name in rule.technologies}, "technology")
    _known(classes, {rule.of_class for rule in book.rules} | book.classes.keys(), "failure class")
    chosen = [
        rule
        for rule in book.rules
        if id_matches(rule.id, globs)
        and (not technology or set(technology).intersection(rule.technologies))
        and (not classes or rule.of_class in classes)
    ]
    if format == "json":
        from diagnose.printers.json import write

        write({"schema": LIST_SCHEMA, "rules": [_rule_data(rule) for rule in chosen]}, sys.stdout, indent=True)
        return 0
    if by == "class":
        click.echo("\n".join(_by_class(chosen, book.classes)))
        return 0
    width = max((len(rule.id) for rule in chosen), default=0)
    for rule in chosen:
        title = one_line(rule.title)
        click.echo(f"{rule.id:<{width}}  {rule.of_class:<24} {rule.severity.name.lower():<9} {title}")
    return 0


@rules.command()
@_FOLDERS
@_RULE
@_PLUGIN
@click.option("--verbose", "-v", is_flag=True, help="Name the tests that pass too.")
def test(folders: tuple[Path, ...], globs: tuple[str, ...], plugin: str, verbose: bool) -> int:
    """Run the tests that rules carry; say why a signal or a condition did not hold.

    Where neither DIR nor --rule is given, samples of plugins' formats, wrappers and traces are tried too.
    """
    return _test(folders, globs, plugin, verbose)


def _test(folders: tuple[Path, ...], globs: tuple[str, ...], plugin: str, verbose: bool) -> int:
    from diagnose.api import trial
    from diagnose.rulebook import run_tests

    kit = load_kit()
    meant = meant_by(folders, plugin, kit)
    book = book_of(meant.folders, kit)

    def wanted(rule: Rule) -> bool:
        return id_matches(rule.id, globs) and meant.holds(rule.file)

    outcomes: list[Iterable[Outcome | SampleOutcome]] = [
        run_tests(book, lambda text, compiled: trial(text, compiled, kit), wanted),
        () if globs else meant.samples(kit),
    ]
    passed = failed = 0
    for outcome in chain.from_iterable(outcomes):
        passed, failed = passed + outcome.passed, failed + (not outcome.passed)
        if verbose or not outcome.passed:
            click.echo(visible(str(outcome)))
    errors = () if globs else meant.errors(kit)
    for error in errors:
        click.echo(f"FAIL  {visible(str(error))}")
    click.echo(f"{passed} passed, {failed + len(errors)} failed")
    return 1 if failed or errors else 0


@rules.command()
@click.argument("id", metavar="ID")
@click.argument("folder", metavar="[DIR]", required=False, default="rules", type=click.Path(path_type=Path))
@click.option("--class", "of_class", metavar="NAME", help="Its failure class; else the one that its name is like.")
def new(id: str, folder: Path, of_class: str | None) -> int:
    """Begin a rule: write DIR/ID.yaml, with a hit and a near-miss, in order as it stands.

    ID is technology/problem, as in mysql/duplicate-key; DIR is your folder of rules.  [default: rules]
    """
    from diagnose.rulebook.form import RULE_ID
    from diagnose.rulebook.scaffold import likely_class, scaffold

    if not re.fullmatch(RULE_ID.pattern, id):
        raise UsageError(f"{id!r} is no rule id: write technology/problem in small letters, as in mysql/duplicate-key")
    kit = load_kit()
    classes = rulebook_in([*kit.rules, *([folder] if folder.is_dir() else [])], kit, user_cache()).classes
    if of_class is not None:
        _known([of_class], classes, "failure class")
    chosen = of_class or likely_class(id, classes)
    path = folder / f"{id}.yaml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(scaffold(id, chosen, folder.as_posix()))
    except FileExistsError:
        raise UsageError(f"{path} is there already") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    click.echo(f"{visible(str(path))}: a rule of the class {chosen}. Fill it in, then:")
    click.echo(f"  diagnose rules lint {visible(str(folder))} && diagnose rules test {visible(str(folder))}")
    return 0


@rules.command()
def schema() -> int:
    """Print the JSON Schema of a rule file, for editors."""
    from diagnose.rulebook import schema_text

    sys.stdout.write(schema_text())
    return 0


def _known(names: Iterable[str], known: Collection[str], kind: str) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), 1)
            raise UsageError(f"no {kind} is called {name!r}{f': did you mean {near[0]}?' if near else ''}")


def _by_class(rules: Sequence[Rule], classes: Mapping[str, str]) -> Iterator[str]:
    """Each failure class that a rule is of: what it means, its rules and their systems."""
    width = max((len(rule.id) for rule in rules), default=0)
    for name in sorted({rule.of_class for rule in rules}):
        yield f"{name}: {one_line(classes.get(name, ''))}"
        for rule in rules:
            if rule.of_class == name:
                yield f"  {rule.id:<{width}}  {', '.join(rule.technologies)}"


def _rule_data(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "class": rule.of_class,
        "severity": rule.severity.name.lower(),
        "technologies": list(rule.technologies),
        "codes": list(rule.codes),
        "generic": rule.generic,
        "file": rule.file,
    }


def _healthy(logs: Iterable[Path]) -> Iterable[bytes]:
    for log in logs:
        try:
            yield log.read_bytes()
        except OSError as error:
            raise UsageError(f"{log}: {error.strerror or error}") from error
