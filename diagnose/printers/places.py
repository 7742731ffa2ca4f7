"""Where a finding stands, for printers that point at lines: a file relative to the repository, a line, a column."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from diagnose.model import Finding, Proof

_STDIN = "stdin"
"""What is shown for evidence that was piped in."""


@dataclass(frozen=True, slots=True)
class Place:
    """`file` is relative to the base with slashes between, or absolute where it lies outside. `line` counts from 1, 0 where none is known.

    `column`, `end_line` and `end_column` are those of `Proof`: 0 in a log.
    """

    file: str
    line: int
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    @property
    def inside(self) -> bool:
        """Whether the file lies below the base."""
        return not self.file.startswith("/")


class Base:
    """The folder that paths are told from: the repository that the working folder belongs to, else the working folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._here = (folder or Path.cwd()).resolve()
        self.folder = next((path for path in (self._here, *self._here.parents) if (path / ".git").exists()), self._here)

    def place(self, finding: Finding) -> Place | None:
        """Where to point for a finding: at the code, else at the log's line that proves it best."""
        if finding.spots:
            return Place(self.relative(finding.spots[0].file), finding.spots[0].line)
        proof = next((proof for proof in finding.evidence if proof.column), None) or next(iter(finding.evidence), None)
        return self.of(proof) if proof else None

    def of(self, proof: Proof) -> Place:
        """Where a piece of evidence stands."""
        return Place(self.relative(proof.source), proof.line, proof.column, proof.end_line, proof.end_column)

    def relative(self, source: str) -> str:
        """A source's name as a path from the base on."""
        if source == "-":
            return _STDIN
        path = os.path.normpath(os.path.join(self._here, source))
        home = str(self.folder).rstrip(os.sep) + os.sep
        return (path.removeprefix(home) if path.startswith(home) else path).replace(os.sep, "/")


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """What was not known before goes first, then the gravest, then what nothing else explains, then the most frequent."""
    return sorted(
        findings, key=lambda finding: (finding.baseline == "known", -finding.severity, bool(finding.explained_by), -finding.count)
    )


def advice(finding: Finding) -> list[str]:
    """What a person needs next to the title, a paragraph each: the cause, the steps of the repair, what it leads to."""
    steps = [step.text for step in finding.fix if step.text]
    numbered = [f"{number}. {text}" for number, text in enumerate(steps, 1)] if len(steps) > 1 else steps
    rows = [finding.cause, *(["Fix: " + "\n".join(numbered)] if steps else [])]
    if finding.blame:
        rows.append(f"At {finding.blame}")
    if finding.count > 1:
        rows.append(f"Seen {finding.count:,} times.")
    return rows
