"""`diagnose rules lint|list|test|schema`"""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from diagnose.api import trial
from diagnose.errors import Fault, UsageError
from diagnose.plugins import Kit, load_kit, rulebook_in
from diagnose.rulebook import Known, Rulebook
from diagnose.visible import visible

_FOLDERS = click.argument("folders", nargs=-1, metavar="[DIR]...", type=click.Path(path_type=Path))
_RULE = click.option("--rule", "globs", multiple=True, metavar="GLOB", help="Only rules whose id matches, as in 'mysql/*'.")


@click.group()
def rules() -> None:
    """Check, list and test rules.

    DIR is a folder of rules (or one rule file); without one, the built-in rules and those of plugins are meant.
    """


@rules.command()
@_FOLDERS
@click.option(
    "--logs",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Healthy logs: signals that hit them often are told.",
)
@click.option("--strict", is_flag=True, help="Exit with 2 for warnings too.")
def lint(folders: tuple[Path, ...], logs: tuple[Path, ...], strict: bool) -> int:
    """Tell every fault of every rule file, with file, line, column and a caret."""
    from diagnose.rulebook import lint, load_rules

    kit = load_kit()
    known = Known(frameworks=sorted({framework.name for framework in kit.frameworks}), formats=kit.formats)
    result = load_rules(_chosen(folders, kit), known=known, strict=False)
    faults = lint(result, known, _healthy(logs))
    _tell(faults)
    errors = sum(fault.severity == "error" for fault in faults)
    click.echo(f"{len(result.rules)} rules, {errors} errors, {len(faults) - errors} warnings")
    return 2 if errors or (strict and faults) else 0


@rules.command("list")
@_FOLDERS
@_RULE
def list_(folders: tuple[Path, ...], globs: tuple[str, ...]) -> int:
    """List rules: id, class, severity, title."""
    book = _book(folders)
    chosen = [rule for rule in book.rules if _named(rule.id, globs)]
    width = max((len(rule.id) for rule in chosen), default=0)
    for rule in chosen:
        click.echo(f"{rule.id:<{width}}  {rule.of_class:<24} {rule.severity.name.lower():<9} {rule.title}")
    return 0


@rules.command()
@_FOLDERS
@_RULE
@click.option("--verbose", "-v", is_flag=True, help="Name the tests that pass too.")
def test(folders: tuple[Path, ...], globs: tuple[str, ...], verbose: bool) -> int:
    """Run the tests that rules carry; say why a signal or a condition did not hold."""
    from diagnose.rulebook import run_tests

    kit = load_kit()
    book = _book(folders, kit)
    passed = failed = 0
    for outcome in run_tests(book, lambda text, compiled: trial(text, compiled, kit), lambda rule: _named(rule.id, globs)):
        passed, failed = passed + outcome.passed, failed + (not outcome.passed)
        if verbose or not outcome.passed:
            click.echo(str(outcome))
    click.echo(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


@rules.command()
def schema() -> int:
    """Print the JSON Schema of a rule file, for editors."""
    from diagnose.rulebook import schema_text

    sys.stdout.write(schema_text())
    return 0


def _chosen(folders: Sequence[Path], kit: Kit) -> tuple[Path, ...]:
    for folder in folders:
        if not folder.exists():
            raise UsageError(f"no such folder or file: {folder}")
    return tuple(folders) or kit.rules


def _book(folders: Sequence[Path], kit: Kit | None = None) -> Rulebook:
    kit = kit or load_kit()
    book = rulebook_in(_chosen(folders, kit), kit)
    _tell(fault for fault in book.faults if fault.severity == "error")
    return book


def _tell(faults: Iterable[Fault]) -> None:
    for fault in faults:
        click.echo(f"{visible(str(fault))}\n", err=True)


def _named(id: str, globs: Sequence[str]) -> bool:
    return not globs or any(fnmatch.fnmatchcase(id, glob) for glob in globs)


def _healthy(logs: Iterable[Path]) -> Iterable[bytes]:
    for log in logs:
        try:
            yield log.read_bytes()
        except OSError as error:
            raise UsageError(f"{log}: {error.strerror or error}") from error
