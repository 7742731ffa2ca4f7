"""How a scan reads its inputs: in this process, or in parts by several, with a ledger and in shards."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from diagnose.cli.common import Setup
from diagnose.errors import InputError, UsageError
from diagnose.pipeline import Run
from diagnose.sources import STDIN, Input, opener_of

if TYPE_CHECKING:
    from diagnose.cli.followup import Trail

Advance = Callable[[int], None] | None


def read_inputs(
    run: Run, chosen: Setup, given: Mapping[str, Any], inputs: Sequence[Input], advance: Advance, trail: Trail | None = None
) -> None:
    """Read all inputs, or what of them a trail leads to. What does not need other processes does not import what starts them. Raises UsageError."""
    workers, ledger = chosen.settings.get("workers"), given.get("ledger")
    if workers is not None and workers < 1:
        raise UsageError("--workers takes 1 or more")
    if given.get("shard") and ledger is None:
        raise UsageError("--shard needs --ledger DIR: what the shards find meets there, for diagnose merge DIR")
    from diagnose.workers.window import LARGE, is_stale, window_of

    inputs = [item for item in inputs if not is_stale(item, run.options.since)]
    searched = (_has_window(run) or trail is not None) and any((item.size or 0) >= LARGE for item in inputs)
    if ledger is None and not searched and _engine(given) == LOCAL and _is_read_at_once(inputs):
        run.scan(inputs, advance)
        return
    from diagnose.workers.cuts import PIECE, parts_of
    from diagnose.workers.ledger import Shard
    from diagnose.workers.recipe import write_recipe
    from diagnose.workers.scan import cores, scan_parts

    if ledger is not None and any(item.name == STDIN for item in inputs):
        raise UsageError("--ledger remembers files: standard input has no name to remember it by")
    engine = _engine(given)
    index, count = _shard(given.get("shard"))
    recipe = write_recipe(
        run.rulebook, run.options, chosen.settings.rule_folders(), plugins=not given.get("no_plugins")
    )  # fmt: skip
    parts = parts_of(
        inputs,
        PIECE,
        lambda name: _is_file(run, name),
        lambda item: astuple((trail and trail.window(item)) or window_of(run, item)),
    )
    if workers is None:
        workers = cores() if engine != LOCAL or _pays(inputs) else 1
    try:
        scan_parts(run, recipe, parts, workers, ledger=ledger, shard=Shard(index, count), progress=advance, engine=engine)
    except OSError as error:
        raise UsageError(f"{ledger or 'the folder for temporary files'} cannot be written: {error.strerror or error}") from error


LOCAL = "local"


def _engine(given: Mapping[str, Any]) -> str:
    return given.get("engine") or LOCAL


def _has_window(run: Run) -> bool:
    return run.options.since is not None or run.options.until is not None


def _is_read_at_once(inputs: Sequence[Input]) -> bool:
    """Whether all is read in one go, whatever the number of workers: what is small, standard input alone, and all where no temporary file can be.

    All else is read by parts, by one process too: sightings then come in order of time, and what the engine has no room for is the same.
    """
    from diagnose.workers.cuts import SMALL, UNFOLDED, effort

    if all(item.name == STDIN for item in inputs):
        return True
    if not any(item.size is None for item in inputs):
        total = sum(item.size or 0 for item in inputs)
        if total * UNFOLDED < SMALL or effort(inputs) < SMALL:
            return True
    import tempfile

    try:
        tempfile.gettempdir()
    except OSError:
        return True
    return False


def _pays(inputs: Sequence[Input]) -> bool:
    """Whether there is so much to read that more processes are worth their start."""
    from diagnose.workers.cuts import PAYS, UNFOLDED, effort

    total = sum(item.size or 0 for item in inputs)
    return total * UNFOLDED >= PAYS and effort(inputs) >= PAYS


def _is_file(run: Run, name: str) -> bool:
    try:
        return opener_of(run.kit.openers, name).name == "file"
    except InputError:
        return False


def _shard(text: str | None) -> tuple[int, int]:
    """`2/8`, counted from 1; here from 0. Raises UsageError."""
    if not text:
        return 0, 1
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"{text!r} is no shard: write 2/8 for the second of eight")
    return int(match[1]) - 1, int(match[2])
