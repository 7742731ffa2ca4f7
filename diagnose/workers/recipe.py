"""What to look for, as data: another process, on this machine or another, makes the same rulebook of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from diagnose.cache import user_cache
from diagnose.pipeline import Options
from diagnose.plugins import Kit, load_kit, rulebook_in
from diagnose.rulebook import Rulebook
from diagnose.search import BlobStore
from diagnose.sources.limits import Limits

_PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Recipe:
    """Rules by folder and id, and the options of the run. `digest` names what the rules and this program say, wherever they are installed:
    a process that makes another one must not go on."""

    folders: Sequence[str]
    rules: Sequence[str]
    digest: str
    plugins: bool = True
    zone: str = "UTC"
    now: int | None = None
    since: int | None = None
    until: int | None = None
    engine: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Names all that what is found in an object depends on, besides the object."""
        data = {**asdict(self), "now": None, "folders": None}
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True)
class Bench:
    """What a recipe makes."""

    kit: Kit
    rulebook: Rulebook
    options: Options
    store: BlobStore | None


def write_recipe(rulebook: Rulebook, options: Options, folders: Sequence[Path], *, plugins: bool = True) -> Recipe:
    """The recipe of a run. `folders`: of rules besides those that are built in or come with plugins."""
    return Recipe(
        folders=[str(folder.resolve()) for folder in folders],
        rules=[rule.id for rule in rulebook.rules],
        digest=_digest(rulebook),
        plugins=plugins,
        zone=zone_name(options.zone),
        now=options.now,
        since=options.since,
        until=options.until,
        engine=options.engine,
        limits=asdict(options.limits),
    )


def make(recipe: Recipe) -> Bench:
    """Kit, rules and options. Raises Faults, and ValueError where the rules are others than the recipe's."""
    kit, cache = load_kit(plugins=recipe.plugins), user_cache()
    rulebook = rulebook_in([*kit.rules, *map(Path, recipe.folders)], kit, cache)
    wanted = set(recipe.rules)
    chosen = replace(rulebook, compiled=tuple(one for one in rulebook.compiled if one.rule.id in wanted))
    if _digest(chosen) != recipe.digest:
        raise ValueError("the rules, or this program, are not those that the scan began with")
    options = Options(
        zone=zone_of(recipe.zone), now=recipe.now, since=recipe.since, until=recipe.until, engine=recipe.engine,
        limits=Limits(**recipe.limits),
    )  # fmt: skip
    return Bench(kit, chosen, options, cache)


def _digest(rulebook: Rulebook) -> str:
    """Names rules, formats and code by what they say: neither by where they stand nor by when they were put there."""
    whole = hashlib.sha256(" ".join(form.name for form in rulebook.formats).encode())
    for rule in rulebook.rules:
        told = replace(rule, file="")
        try:
            whole.update(msgspec.msgpack.encode(told))
        except UnicodeEncodeError:  # strings that are no UTF-8
            whole.update(repr(told).encode("utf-8", "backslashreplace"))
    for path in sorted(_PACKAGE.rglob("*.py")) + sorted(_PACKAGE.rglob("*.lark")):
        whole.update(path.relative_to(_PACKAGE).as_posix().encode() + path.read_bytes())
    return whole.hexdigest()[:32]


def zone_name(zone: tzinfo) -> str:
    """A zone as text: `UTC`, `Europe/Berlin`, or minutes east of Greenwich."""
    if zone is UTC:
        return "UTC"
    offset = zone.utcoffset(None)
    return getattr(zone, "key", "") or str(int((offset or timedelta()).total_seconds()) // 60)


def zone_of(name: str) -> tzinfo:
    """The zone of such a text."""
    if name == "UTC":
        return UTC
    return timezone(timedelta(minutes=int(name))) if name.lstrip("-").isdigit() else ZoneInfo(name)


def recipe_data(recipe: Recipe) -> dict[str, Any]:
    """The recipe as JSON takes it."""
    return asdict(recipe)
