"""The report as Markdown, for a job's summary or a comment: incidents with root, symptoms, proof, fix and checks.

GitHub takes 1 MiB of a step's summary and shows nothing of a longer one: incidents that have no room are counted instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO

from diagnose.model import Finding, Incident, Report, Severity
from diagnose.printers.markup import code, fence, inline
from diagnose.printers.places import Base
from diagnose.visible import span, times_since

ROOM = 1_000_000
"""Bytes of a page."""

ROWS = 20
"""Symptoms of an incident, and findings of a list, that are named."""

PROOFS = 4
_MARKS = {Severity.CRITICAL: "🔴", Severity.ERROR: "🔴", Severity.WARNING: "🟡", Severity.INFO: "🔵"}


class MarkdownPrinter:
    """See module."""

    name = "markdown"

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """See `Printer`."""
        page = _Page(report)
        left = ROOM
        pieces = [page.head(), *(page.incident(n, incident) for n, incident in enumerate(report.incidents, 1)), page.rest()]
        skipped = 0
        for number, piece in enumerate(pieces):
            size = len(piece.encode("utf-8", "replace"))
            if number and size > left:
                skipped += 1
                continue
            left -= size
            out.write(piece)
        if skipped:
            out.write(f"\n_{skipped:,} parts of this report have no room here; `--format json` has all of it._\n")


class _Page:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._base = Base()
        self._by_fingerprint = {finding.fingerprint: finding for finding in report.findings}

    def head(self) -> str:
        """What was found, in one line."""
        report, summary = self._report, self._report.summary
        known = sum(finding.baseline == "known" for finding in report.findings)
        counts = [_count(len(report.incidents), "incident"), _count(len(report.findings), "finding")]
        if known:
            counts.append(f"{known:,} of them known before")
        if not report.findings:
            counts = ["nothing found"]
        if summary.error_events:
            counts.append(f"{summary.explained:.1%} of {_count(summary.error_events, 'error event')} explained")
        rows = [f"## diagnose: {' · '.join(counts)}", ""]
        rows += [f"- not read: {code(unread.source)}: {inline(unread.reason)}" for unread in summary.unread[:ROWS]]
        return "\n".join(rows) + "\n"

    def incident(self, number: int, incident: Incident) -> str:
        """One incident: its root whole, its symptoms in a table."""
        root = self._by_fingerprint[incident.root]
        members = [self._by_fingerprint[name] for name in incident.findings]
        known = " (known before)" if all(member.baseline == "known" for member in members) else ""
        worst = max(member.severity for member in members)
        rows = [f"\n### {_MARKS[worst]} {number}. {inline(root.title)}{known}", ""]
        services = ", ".join(dict.fromkeys(service for member in members for service in member.services))
        past = times_since(root.past) if root.past else ""
        facts = (code(root.rule), worst.name.lower(), span(incident.first_seen, incident.last_seen), inline(services), past)
        rows += [" · ".join(filter(None, facts)), "", inline(root.cause), ""]
        for deploy in filter(None, map(self._by_fingerprint.get, incident.after)):
            rows += [f"After: {inline(deploy.title)}, {span(deploy.first_seen, deploy.last_seen)}", ""]
        rows += self._symptoms([member for member in members if member is not root])
        rows += self._proof(root)
        rows += self._fix(root)
        # No task list: GitHub's parser ticks the box of an item that holds `[x]` anywhere.
        rows += [f"- □ {inline(check.text)}" + (f" {code(check.run)}" if check.run else "") for check in root.checklist]
        return "\n".join(rows) + "\n"

    def rest(self) -> str:
        """Findings of no incident, rules that could not be judged, and unknown errors by number."""
        told = {name for incident in self._report.incidents for name in (*incident.findings, *incident.after)}
        rows = [row for finding in self._report.findings if finding.fingerprint not in told for row in self._single(finding)]
        missing = self._report.not_evaluated
        rows += [f"- not evaluated: {code(row.rule)}: {inline(row.reason)} ({row.count:,})" for row in missing[:ROWS]]
        if self._report.unknown:
            events = _count(sum(cluster.count for cluster in self._report.unknown), "error event")
            rows.append(f"\n{events} in {_count(len(self._report.unknown), 'cluster')} that no rule explains.")
        return "\n".join(rows) + "\n" if rows else ""

    def _single(self, finding: Finding) -> list[str]:
        place = self._base.place(finding)
        where = f" {code(f'{place.file}:{place.line}')}" if place else ""
        known = " (known before)" if finding.baseline == "known" else ""
        return [
            f"\n### {_MARKS[finding.severity]} {inline(finding.title)}{known}",
            "",
            f"{code(finding.rule)}{where}",
            "",
            inline(finding.cause),
            "",
            *self._fix(finding),
        ]

    def _symptoms(self, symptoms: list[Finding]) -> list[str]:
        if not symptoms:
            return []
        rows = ["| explains | count | when | |", "| --- | ---: | --- | --- |"]
        groups: dict[tuple[str, str], list[Finding]] = {}
        for finding in symptoms:
            groups.setdefault((finding.of_class, finding.title), []).append(finding)
        for (of_class, title), group in list(groups.items())[:ROWS]:
            first = min((f.first_seen for f in group if f.first_seen is not None), default=None)
            last = max((f.last_seen for f in group if f.last_seen is not None), default=None)
            count = sum(finding.count for finding in group)
            rows.append(f"| {inline(of_class)} | {count:,} | {span(first, last)} | {inline(title)} |")
        if len(groups) > ROWS:
            rows.append(f"| | | | and {len(groups) - ROWS:,} more |")
        return [*rows, ""]

    def _proof(self, root: Finding) -> list[str]:
        lines = [f"{self._base.relative(proof.source)}:{proof.line}  {proof.text}" for proof in root.evidence[:PROOFS]]
        if root.blame:
            lines.append(f"at {root.blame}")
        return ["<details><summary>Proof</summary>", "", fence("\n".join(lines)), "</details>", ""] if lines else []

    def _fix(self, finding: Finding) -> list[str]:
        rows: list[str] = []
        steps: Iterable[str] = (step.text for step in finding.fix if step.text)
        rows += [f"{number}. {inline(text)}" for number, text in enumerate(steps, 1)]
        for step in finding.fix:
            if step.code:
                rows += ["", fence(step.code, step.language)]
        rows += [f"- Database: {inline(text)}" for text in finding.database_changes]
        rows += [f"- Security: {inline(text)}" for text in finding.security_considerations]
        return ["**Fix**", "", *rows, ""] if rows else []


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
