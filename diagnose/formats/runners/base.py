"""What test runners' formats share: a test that passed says nothing, one that failed speaks with its error alone.

A test's name may quote any error, and so may the source that a runner prints around the line that failed. Both are
shown, but no signal looks in them: `Header.text` holds what the test's error, diff, trace and output say.
"""

from __future__ import annotations

import re

from diagnose.formats.parts.base import BaseFormat, split_test
from diagnose.lazy import lazy
from diagnose.model import Header, Level

PASSED, FAILED, UNKNOWN = "passed", "failed", "unknown"
"""What `test.outcome` says. Tests that were skipped, or are expected to fail and do, count as passed; unknown is output
of which its place does not tell whose it is."""

EXCERPT = lazy(r"[ \t]{0,80}(?:(?:>[ \t]{0,9})?\d{1,6}[ \t]?\||\|)(?:[ \t]|$)")
"""A line of source as Jest, Vitest and others show it around the one that failed, or the caret line below it."""

_BARE_FRAME = lazy(r"(?m)^([ \t]+at (?:[^\n()]+ \()?)([\w.-]+:\d+:\d+\)?)$")


class Runner(BaseFormat):
    """A runner's blocks. What follows a block's first line belongs to it."""

    technologies: tuple[str, ...] = ()

    def field_patterns(self, name: str, test: str) -> tuple[str, ...]:
        """Where tests failed; nothing else that is certain stands on one line."""
        return self.errors if name == "test.outcome" and split_test(test) == ("==", FAILED) else ()

    def mute(self, outcome: str = PASSED, name: str = "") -> Header:
        """The header of a record that says nothing."""
        header = Header("", level=Level.INFO, text="", technologies=self.technologies)
        header.fields["test.outcome"] = outcome
        if name:
            header.fields["test.name"] = name
        return header

    def failed(self, name: str, details: str, file: str = "", text: str | None = None, stack: str = "") -> Header:
        """The header of a test that failed. `text` is what signals look in, where that is not all of the details, `stack` its trace alone."""
        details = details.strip("\n")
        message = f"{name}: {details.lstrip()}" if details.strip() else f"{name}: failed"
        header = Header(message, level=Level.ERROR, stack=stack, technologies=self.technologies)
        header.text = details if text is None else text
        header.fields["test.outcome"], header.fields["test.name"] = FAILED, name
        if file:
            header.fields["test.file"] = file
        return header


def dedent(text: str, width: int) -> str:
    """The text with up to that many blanks taken from the left of each line."""
    return re.sub(rf"(?m)^ {{1,{width}}}", "", text) if width > 0 else text


def without_source(text: str) -> str:
    """The text without excerpts of source."""
    return "\n".join(line for line in text.split("\n") if not EXCERPT.match(line))


def placed(text: str) -> str:
    """V8 frames of files beside the runner's folder with a `./`, by which they are told from Node's own."""
    return _BARE_FRAME.sub(r"\1./\2", text)
