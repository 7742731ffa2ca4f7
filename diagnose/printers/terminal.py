"""The report for a person: the incident first, its one root, what it explains, then proof, fix, checks.

Everything that comes from a log passes `visible` and becomes rich Text, never markup. rich is imported here only
when something is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING

from diagnose.model import Finding, Incident, Proof, Report, Spot
from diagnose.printers.page import LABEL, STYLES, Page, console
from diagnose.visible import iso, one_line, span, times_since

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {"problem": ("✗", "red"), "clear": ("✓", "green"), "no evidence": ("·", "dim")}
_ROOT = "in all"
"""The label of the root's own line, where the same failure was seen at several places in the code."""

_MAX_PROOFS = 4
_MAX_UNKNOWN = 10
_INDENT = len(" Triage  ")
_LEAST_TEXT = 40
"""Columns that the text of a proof needs beside its place; with fewer it goes below."""


class TerminalPrinter:
    """See module. Options: `width`, `color` (bool or None: by the stream), `unknown` (show the clusters)."""

    name = "terminal"

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """See `Printer`."""
        color, width = options.get("color"), options.get("width")
        page = console(out, color=color if isinstance(color, bool) else None, width=width if isinstance(width, int) else None)
        _Page(page, report, clip=isinstance(width, int) or out.isatty()).write(unknown=bool(options.get("unknown")))


def print_incident(report: Report, incident: Incident, page: Console) -> None:
    """One incident of a report, as the report tells it."""
    _Page(page, report, clip=True).incident(report.incidents.index(incident) + 1, incident)


class _Page(Page):
    """One report on its way to a console."""

    def __init__(self, console: Console, report: Report, *, clip: bool) -> None:
        super().__init__(console, clip=clip)
        self._report = report
        self._by_fingerprint = {finding.fingerprint: finding for finding in report.findings}

    def write(self, unknown: bool) -> None:
        report = self._report
        for number, incident in enumerate(report.incidents, 1):
            self.incident(number, incident)
        told = {fingerprint for incident in report.incidents for fingerprint in (*incident.findings, *incident.after)}
        others = [finding for finding in report.findings if finding.fingerprint not in told]
        if others:
            self._line("")
            self._line(" Also seen, and over without harm:", "dim")
            for group in _grouped(others):
                self._group(group, "")
        if not report.findings:
            self._line("")
            self._line(" Nothing found." if not report.unknown else " No known failure found.", "bold")
        if unknown:
            self._unknown()
        for missing in report.not_evaluated:
            self._line(f" not evaluated: {missing.rule}: {one_line(missing.reason)} ({missing.count:,})", "yellow")
        self._triage()
        self._summary(unknown)

    # ------------------------------------------------------------ an incident

    def incident(self, number: int, incident: Incident) -> None:
        """One incident: its root, what that explains, proof, fix, checks."""
        root = self._by_fingerprint[incident.root]
        members = [self._by_fingerprint[fingerprint] for fingerprint in incident.findings]
        worst = max(member.severity for member in members)
        services = list(dict.fromkeys(service for member in members for service in member.services))
        head = self._text(f"\n Incident {number} of {len(self._report.incidents)}   ", style="bold")
        head.append(worst.name.lower(), STYLES[worst])
        head.append(
            "   " + "   ".join(filter(None, (span(incident.first_seen, incident.last_seen), ", ".join(map(one_line, services)))))
        )
        if all(member.baseline == "known" for member in members):
            head.append("   known before", "dim")
        if root.suppressed:
            head.append(f"   root suppressed: {one_line(root.suppressed)}", "dim")
        self._console.print(head, soft_wrap=True)
        self._line("")
        label = "ROOT CAUSE" if len(members) > 1 else "FOUND"
        title = self._text(f" {label:<{LABEL}} ", style="bold red").append(one_line(root.title), "bold")
        title.append(f"   {root.rule}", "dim")
        self._console.print(title, soft_wrap=True)
        self._paragraph("", root.cause)
        for deploy in filter(None, map(self._by_fingerprint.get, incident.after)):
            self._paragraph("after", f"{one_line(deploy.title)}   {span(deploy.first_seen, deploy.last_seen)}")
        if root.past:
            self._paragraph("history", times_since(root.past), "dim")
        groups = _grouped(members)
        own = next(group for group in groups if root in group)
        symptoms = [group for group in groups if group is not own]
        if symptoms or len(own) > 1:
            self._group(own, _ROOT, root)
        for index, group in enumerate(symptoms):
            self._group(group, "explains" if index == 0 else "")
        self._proofs(root, symptoms)
        self._spots(root.spots or next((member.spots for member in members if member.spots), ()))
        self._fix(root)
        for index, check in enumerate(root.checklist):
            self._paragraph("CHECK" if index == 0 else "", f"□  {check.text}")
            if check.run:
                self._whole("", f"   {check.run}")
        if root.alternatives:
            shown = "; ".join(
                f"{one_line(a.text)} (score {a.score}{', ' + ', '.join(a.evidence_seen) if a.evidence_seen else ''})"
                for a in root.alternatives[:3]
            )
            self._paragraph("not excluded", shown, "dim")
        for reference in root.references[:2]:
            self._whole("see", reference, "dim")

    def _group(self, group: list[Finding], label: str, head: Finding | None = None) -> None:
        """Findings of one class at one place on one line: how many, when, what, where. `head` speaks for them, else the gravest."""
        first = [finding.first_seen for finding in group if finding.first_seen is not None]
        last = [finding.last_seen for finding in group if finding.last_seen is not None]
        head = head or max(group, key=lambda finding: (finding.severity, finding.count))
        line = self._text(f" {label:<{LABEL}} ", style="dim").append(f"{head.of_class:<22}", STYLES[head.severity])
        line.append(f"{sum(finding.count for finding in group):>7,} ×  ")
        line.append(f"{span(min(first, default=None), max(last, default=None)):<20}  ", "dim")
        line.append(one_line(head.title))
        endpoints = dict.fromkeys(endpoint for finding in group for endpoint in finding.endpoints)
        shown = ", ".join(one_line(f"{endpoint.method} {endpoint.path}") for endpoint in list(endpoints)[:3])
        if label != _ROOT and (pasts := [finding.past for finding in group if finding.past]):
            line.append(f"   {times_since(min(pasts, key=lambda past: past.first_seen))}", "dim")
        if shown:
            line.append(f"   {shown}" + (f" and {len(endpoints) - 3} more" if len(endpoints) > 3 else ""), "dim")
        self._clipped(line)

    def _proofs(self, root: Finding, symptoms: list[list[Finding]]) -> None:
        """The root's first evidence and what decided its cause, then one line for each group of symptoms."""
        proofs = _distinct(root.evidence)[:_MAX_PROOFS]
        for group in symptoms:
            if len(proofs) < _MAX_PROOFS + 2:
                proofs += group[0].evidence[:1]
        for index, proof in enumerate(proofs):
            line = self._text(f" {'proof' if index == 0 else '':<{LABEL}} ", style="dim")
            line.append(f"{one_line(proof.source)}:{proof.line}  ", "cyan")
            if self._clip and self._console.width - line.cell_len < _LEAST_TEXT:
                self._clipped(line)
                line = self._text(" " * (LABEL + 2))
            self._clipped(line.append(one_line(proof.text)))
            if proof.blame:
                self._clipped(self._text(" " * (LABEL + 2)).append("at " + one_line(proof.blame), "magenta"))

    def _spots(self, spots: Sequence[Spot]) -> None:
        """The blamed lines in the reader's repository, the first with the code around it."""
        for index, spot in enumerate(spots):
            line = self._text(f" {'code' if index == 0 else '':<{LABEL}}", style="dim")
            line.append(one_line(f"{spot.file}:{spot.line}" if spot.line else spot.file), "magenta")
            if spot.commit:
                commit = spot.commit
                line.append(
                    f"   {commit.id} {(iso(commit.time) or '')[:10]} {one_line(commit.author)}: {one_line(commit.summary)}", "dim"
                )
            self._clipped(line)
            for number, text in enumerate(spot.lines if index == 0 else (), spot.first):
                mark = ">" if number == spot.line else " "
                row = f"{'':{LABEL + 1}}{mark} {number:>5}  {one_line(text.expandtabs(4))}"
                self._clipped(self._text(row, style="" if number == spot.line else "dim"))
            for suspect in spot.suspects[:2]:
                self._paragraph("", f"line {suspect.line}: {suspect.message} ({suspect.rule})", "yellow")

    def _fix(self, root: Finding) -> None:
        number = 0
        for step in root.fix:
            if step.text:
                number += 1
                self._paragraph("FIX" if number == 1 else "", f"{number}  {step.text}")
            if step.code:
                self._code(step)
        for change in root.database_changes:
            self._paragraph("database", change)
        for note in root.security_considerations:
            self._paragraph("security", note)

    # ------------------------------------------------------------ the rest

    def _unknown(self) -> None:
        clusters = self._report.unknown
        if not clusters:
            return
        self._line("")
        self._line(f" Unknown errors: {_count(len(clusters), 'template')}", "bold")
        for cluster in clusters[:_MAX_UNKNOWN]:
            line = self._text(f"{cluster.count:>9,} ×  ", style="yellow").append(one_line(cluster.template))
            self._clipped(line)
            place = f"{one_line(cluster.example.source)}:{cluster.example.line}"
            self._clipped(self._text(" " * 13 + place + "  " + span(cluster.first_seen, cluster.last_seen), style="dim"))
        if len(clusters) > _MAX_UNKNOWN:
            self._line(f"{'':13}and {len(clusters) - _MAX_UNKNOWN:,} more in --format json", "dim")

    def _triage(self) -> None:
        self._line("")
        line = self._text(" Triage  ", style="bold")
        for row in self._report.checklist:
            mark, style = _MARKS[row.state]
            item = self._text(f" {mark} {row.number} {row.name}", style)
            if row.detail:
                item.append(f" ({one_line(row.detail)})", "dim")
            if line.cell_len + item.cell_len > self._console.width and line.cell_len > _INDENT:
                self._clipped(line)
                line = self._text(" " * _INDENT)
            line.append(item).append("  ")
        self._clipped(line)
        for row in self._report.checklist:
            for command in row.commands:
                self._clipped(self._text("          " + one_line(command), style="dim"))

    def _summary(self, unknown: bool) -> None:
        summary = self._report.summary
        parts = [f"{_size(summary.bytes)} in {_seconds(summary.seconds)}", _count(summary.lines, "line")]
        if summary.error_events:
            parts.append(f"{summary.explained:.1%} of {_count(summary.error_events, 'error event')} explained")
        left = sum(cluster.count for cluster in self._report.unknown)
        if left:
            hint = "" if unknown else ": show them with --unknown"
            parts.append(f"{_count(len(self._report.unknown), 'unknown cluster')} ({_count(left, 'event')}){hint}")
        if summary.suppressed:
            parts.append(f"{_count(summary.suppressed, 'finding')} suppressed")
        if summary.evicted:
            parts.append(f"{summary.evicted:,} sightings given up for lack of room")
        self._line(" " + " · ".join(parts), "dim")


def _grouped(findings: list[Finding]) -> list[list[Finding]]:
    """Findings of one class at one peer together, in the order of the first of each."""
    groups: dict[tuple[str, tuple[str, ...]], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.of_class, finding.peers), []).append(finding)
    return list(groups.values())


def _distinct(proofs: Iterable[Proof]) -> list[Proof]:
    """The first two of each text, numbers aside: ten equal lines prove no more than two."""
    seen: dict[str, int] = {}
    kept = []
    for proof in proofs:
        shape = f"{proof.source} {''.join(char for char in proof.text if not char.isdigit())}"
        seen[shape] = seen.get(shape, 0) + 1
        if seen[shape] <= 2:
            kept.append(proof)
    return kept


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _size(count: int) -> str:
    size, unit = float(count), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
