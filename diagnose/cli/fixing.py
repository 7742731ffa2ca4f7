"""`diagnose check --fix` and `--diff-only`: what can be rewritten safely is, or is shown; the rest stays a finding."""

from __future__ import annotations

from dataclasses import replace

import click

from diagnose.check.checking import Checked
from diagnose.check.files import Found
from diagnose.check.fixes import Rewrite, rewrite, write
from diagnose.visible import one_line, visible


def fixed(checked: Checked, found: Found, *, write: bool) -> Checked:
    """Rewrite files, or with `write=False` show how; findings that were rewritten are told no more."""
    gone: set[tuple[str, str, int, int]] = set()
    for name, matches in checked.matches.items():
        change = rewrite(name, found.files[name], matches)
        if change is None:
            continue
        refused = change.refused or (_written(change) if write else _shown(change))
        if refused:
            click.echo(f"not fixed: {one_line(name)}: {one_line(refused)}", err=True)
        elif write:
            click.echo(f"fixed: {one_line(name)}: {len(change.matches)} of {len(matches)}", err=True)
            gone |= {(name, match.rule, match.line, match.column) for match in change.matches}
    kept = tuple(
        finding
        for finding in checked.report.findings
        if not any((proof.source, finding.rule, proof.line, proof.column) in gone for proof in finding.evidence)
    )
    return replace(checked, report=replace(checked.report, findings=kept))


def _written(change: Rewrite) -> str:
    """Why the file could not be written; empty where it was."""
    try:
        write(change)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _shown(change: Rewrite) -> str:
    for line in change.diff():
        click.echo(visible(line.rstrip("\r\n")))
    return ""
