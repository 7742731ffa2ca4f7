"""The unit of every time and duration, apart from the nouns: `--version` needs no more of them."""

from __future__ import annotations

SECOND = 1_000_000
"""One second, in microseconds."""
