"""`diagnose merge DIR…`"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from diagnose.cli.common import output_options, run_options, setup
from diagnose.cli.ending import ending
from diagnose.errors import UsageError
from diagnose.model import Unread
from diagnose.pipeline import Run


@click.command()
@click.argument("folders", nargs=-1, required=True, metavar="DIR...", type=click.Path(path_type=Path))
@run_options
@output_options
@click.option("--unknown", is_flag=True, help="Show the clusters of errors that no rule explains.")
@click.option("--color/--no-color", default=None, help="Colours; else where the output is a terminal.")
def merge(folders: tuple[Path, ...], **given: Any) -> int:
    """Make one report of what the shards of a scan left in the folders DIR (diagnose scan --shard I/N --ledger DIR).

    Rules must be those of the scan: give the same --rules and --rule. A shard that left nothing is told, and the exit code is 3.
    """
    from diagnose.workers.ledger import accounts
    from diagnose.workers.merge import merge as join
    from diagnose.workers.recipe import write_recipe, zone_of

    chosen = setup(given)
    end = ending(chosen, given)
    account = accounts(folders)
    recipe = account.recipe
    options = replace(chosen.options, zone=zone_of(recipe.zone), since=recipe.since, until=recipe.until)
    run = Run(chosen.rulebook, chosen.kit, options, chosen.cache)
    mine = write_recipe(run.rulebook, options, chosen.settings.rule_folders(), plugins=not given.get("no_plugins"))
    if (mine.digest, mine.rules) != (recipe.digest, list(recipe.rules)):
        raise UsageError("these are not the rules of the scan: give the same --rules, --rule, --framework and --database")
    run.tally.unread.extend(account.unread)
    run.tally.unread.extend(Unread(f"shard {index + 1}", "it has left nothing here") for index in account.missing)
    with tempfile.TemporaryDirectory(prefix="diagnose-") as folder:
        join(run, account.results, Path(folder))
    report = end.told(run.report())
    end.tell(report)
    end.complain(report)
    end.write(report)
    return end.code(report)
