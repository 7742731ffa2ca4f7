"""Words in messages: what was meant, and foreign text made safe to print."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 60


def show(text: object) -> str:
    """Text of a file as a message may quote it: one line, printable, at most 60 characters."""
    flat = " ".join(str(text).split())
    flat = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in flat)
    return f"`{flat[:_LONGEST]}…`" if len(flat) > _LONGEST else f"`{flat}`"


def meant(word: str, known: Iterable[str], *, list_up_to: int = 12) -> str:
    """Help for an unknown word: the nearest known one, or all of them where they are few, or nothing."""
    import difflib

    words = sorted(known)
    near = difflib.get_close_matches(word[:_LONGEST], words, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    if 0 < len(words) <= list_up_to:
        return "known are " + ", ".join(words)
    return ""
