"""What a rule may refer to outside itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from diagnose.hooks import Format


@dataclass(frozen=True)
class Known:
    """Words and formats at hand. An empty collection leaves what would be looked up in it unchecked.

    `classes` are failure classes, `frameworks` the names that a fix may be `for`, `formats` tell what can be
    searched for where a signal names a level or a field.
    """

    classes: Collection[str] = ()
    frameworks: Collection[str] = ()
    formats: tuple[Format, ...] = ()
