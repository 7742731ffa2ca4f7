"""What line-wise wrappings share: their defaults, and a pattern that takes each line apart."""

from __future__ import annotations

import re

from diagnose.hooks import Unwrapped


class BaseWrapper:
    """What a container engine puts around whole lines, whose streams name no service.

    Variants set the attributes and write `_read`; one whose lines take more than a pattern writes `unwrap`.
    """

    name: str = ""
    marker: str = ""
    partial: str = ""
    names_service: bool = False
    container: bool = True
    samples: tuple[str, ...] = ()
    line: re.Pattern[bytes]
    """A whole line, its parts in groups."""

    def unwrap(self, line: bytes) -> Unwrapped | None:
        """Take a line apart; None where it is not wrapped."""
        match = self.line.fullmatch(line)
        return self._read(match) if match is not None else None

    def _read(self, match: re.Match[bytes]) -> Unwrapped | None:
        """What the groups of a line hold; None where it is not wrapped after all."""
        raise NotImplementedError
