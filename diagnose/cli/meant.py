"""Which rules and samples a verb of `diagnose rules` is about: what DIR and --plugin mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cache import user_cache
from diagnose.cli.common import instead
from diagnose.errors import Fault, PluginError, UsageError
from diagnose.plugins import Kit, rulebook_in
from diagnose.rulebook import Rulebook
from diagnose.visible import visible

if TYPE_CHECKING:
    from diagnose.proving import SampleOutcome


@dataclass(frozen=True)
class Meant:
    """The folders to load, and what of them is told. `plugin`: of this one only."""

    folders: tuple[Path, ...]
    within: tuple[str, ...] | None
    """Folders whose faults and tests are told; None: of all."""
    plugin: str
    everything: bool
    """Whether plugins' own samples belong to it: no DIR was given."""

    def holds(self, file: str) -> bool:
        """Whether a file is one of those that are meant."""
        return self.within is None or any(Path(file).is_relative_to(folder) for folder in self.within)

    def samples(self, kit: Kit) -> Iterable[SampleOutcome]:
        """How the samples of plugins went."""
        from diagnose.proving import prove

        return prove(kit, self.plugin) if self.everything else ()

    def errors(self, kit: Kit) -> Sequence[PluginError]:
        """Why plugins, or what they offer, did not dock."""
        return [error for error in kit.errors if self.everything and self.plugin in ("", error.plugin)]


def meant_by(folders: Sequence[Path], plugin: str, kit: Kit) -> Meant:
    """Raises UsageError. A plugin's rules are loaded together with all others: they may refer to them."""
    if plugin and folders:
        raise UsageError("name folders or a plugin, not both")
    names = {name.split()[0] for name in kit.names} | {error.plugin for error in kit.errors}
    if plugin and plugin not in names:
        raise UsageError(f"no plugin is called {plugin!r}{instead(plugin, names) if names else ': none is installed'}")
    own = tuple(str(offer.item) for offer in kit.offers if offer.hook == "diagnose_rules" and offer.plugin == plugin)
    return Meant(_chosen(folders, kit), own if plugin else None, plugin, not folders)


def book_of(folders: Sequence[Path], kit: Kit) -> Rulebook:
    """The rules of the folders, of all where none is named; what is wrong with others is told. Raises UsageError."""
    book = rulebook_in(_chosen(folders, kit), kit, user_cache())
    tell(fault for fault in book.faults if fault.severity == "error")
    return book


def tell(faults: Iterable[Fault]) -> None:
    """Say what is wrong, each with its place."""
    for fault in faults:
        click.echo(f"{visible(str(fault))}\n", err=True)


def _chosen(folders: Sequence[Path], kit: Kit) -> tuple[Path, ...]:
    for folder in folders:
        if not folder.exists():
            raise UsageError(f"no such folder or file: {folder}")
    return tuple(folders) or kit.rules
