"""What was known before: findings by fingerprint, kept in a file, so that a run fails for new ones only.

A fingerprint holds the blamed line, which moves when code above it does. So a finding that is not there by its fingerprint is
still known if one of the same rule at the same place (file and function) with the same title, numbers aside, is; each entry
of the file stands for one finding only.

The file holds no times and is sorted, so that writing it anew changes only the lines that differ.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diagnose.errors import UsageError
from diagnose.lazy import lazy
from diagnose.model import Finding

SCHEMA = "diagnose.baseline/1"
REPORT = "diagnose.report/1"
MAX_BYTES = 64 << 20

_LINES = lazy(r"(?::\d+)+(?= in |$)")
_NUMBERS = lazy(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """One finding of a baseline. `place` is its blame without line numbers, else the file of code that it stands in."""

    rule: str
    place: str
    title: str
    fingerprint: str

    @property
    def likeness(self) -> tuple[str, str, str]:
        """What the same failure keeps when lines move."""
        return self.rule, self.place, _NUMBERS.sub("0", self.title)


class Baseline:
    """The findings of a file."""

    def __init__(self, known: Iterable[Known]) -> None:
        self.known = tuple(sorted(set(known)))

    def mark(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings, each marked `known` or `new`."""
        found = list(findings)
        prints = {entry.fingerprint for entry in self.known}
        exact = {finding.fingerprint for finding in found} & prints
        moved = Counter(entry.likeness for entry in self.known if entry.fingerprint not in exact and entry.place)
        marked = []
        for finding in found:
            is_known = finding.fingerprint in exact
            likeness = known_of(finding).likeness
            if not is_known and moved[likeness]:
                moved[likeness] -= 1
                is_known = True
            marked.append(replace(finding, baseline="known" if is_known else "new"))
        return tuple(marked)

    def text(self) -> str:
        """The file's content."""
        entries = [
            {"rule": one.rule, "place": one.place, "title": one.title, "fingerprint": one.fingerprint} for one in self.known
        ]
        return json.dumps({"schema": SCHEMA, "findings": entries}, indent=2) + "\n"


def known_of(finding: Finding) -> Known:
    """A finding as a baseline keeps it."""
    code = next((proof.source for proof in finding.evidence if proof.column), "")
    return Known(finding.rule, _LINES.sub("", finding.blame) or code, finding.title, finding.fingerprint)


def load_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises UsageError."""
    data = _json(path)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise UsageError(f"{path} is no baseline: `diagnose baseline` writes one")
    return Baseline(_entries(path, data, lambda item: Known(*(item[name] for name in ("rule", "place", "title", "fingerprint")))))


def is_report(path: Path) -> bool:
    """Whether a file is a report as `--format json` prints it."""
    try:
        with path.open("rb") as stream:
            head = stream.read(256)
    except OSError:
        return False
    return re.match(rb'\s*\{\s*"schema"\s*:\s*"' + re.escape(REPORT).encode() + rb'"', head) is not None


def known_in_report(path: Path) -> list[Known]:
    """The findings of a report in JSON. Raises UsageError."""

    def known(item: Mapping[str, Any]) -> Known:
        code = next((proof["source"] for proof in item["evidence"] if proof.get("column")), "")
        return Known(item["rule"], _LINES.sub("", item["blame"] or "") or code, item["title"], item["fingerprint"])

    return [] if (data := _json(path)) is None else _entries(path, data, known)


def finding_in_report(path: Path, fingerprint: str) -> Mapping[str, Any]:
    """The one finding of a report in JSON whose fingerprint begins so. Raises UsageError."""
    data = _json(path)
    if not isinstance(data, dict) or data.get("schema") != REPORT or not isinstance(data.get("findings"), list):
        raise UsageError(f"{path} is no report: `diagnose scan --format json` prints one")
    findings = [item for item in data["findings"] if isinstance(item, dict) and fingerprint]
    found = [item for item in findings if str(item.get("fingerprint", "")).startswith(fingerprint)]
    if len(found) != 1:
        what = "no finding has the fingerprint" if not found else "several findings have fingerprints that begin with"
        raise UsageError(f"{path}: {what} {fingerprint!r}")
    return found[0]


def _entries(path: Path, data: Any, read: Any) -> list[Known]:
    try:
        known = [read(item) for item in data["findings"]]
    except (TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{path}: its findings are not in order ({type(error).__name__}: {error})") from error
    if not all(isinstance(value, str) for one in known for value in (one.rule, one.place, one.title, one.fingerprint)):
        raise UsageError(f"{path}: its findings are not in order: a field is no text")
    return known


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path} is larger than {MAX_BYTES:,} bytes")
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"no such file: {path}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no JSON: {error}") from error
