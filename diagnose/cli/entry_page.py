"""An answer of the encyclopaedia for a person: what matches, one line each, then the page of the best."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from diagnose.condition.wording import duration
from diagnose.encyclopaedia import Answer, Entry, Match
from diagnose.encyclopaedia.entry import CauseEntry, Related, Steps
from diagnose.model import Check, Finding
from diagnose.printers.page import LABEL, STYLES, Page
from diagnose.visible import one_line

if TYPE_CHECKING:
    from rich.console import Console

_PROOFS = 4


class AnswerPage(Page):
    """One answer on its way to a console."""

    def __init__(self, console: Console, answer: Answer, *, clip: bool) -> None:
        super().__init__(console, clip=clip)
        self._answer = answer

    def write(self) -> None:
        """The whole page."""
        answer = self._answer
        if not answer.matches:
            self._nothing()
            return
        if len(answer.matches) > 1:
            self._matches(answer.matches)
        for entry in answer.entries:
            self._entry(entry)
        left = len(answer.matches) - len(answer.entries)
        if left:
            self._line("")
            self._line(f" {left:,} more above: name one, or ask for all with --all", "dim")

    def _nothing(self) -> None:
        self._line(f" Nothing is known of {_cut(one_line(self._answer.query))}", "bold")
        for number, near in enumerate(self._answer.near):
            line = self._text(f" {'did you mean' if number == 0 else '':<{LABEL}}  ", style="dim")
            line.append(one_line(near.term), "bold").append(f"   {', '.join(map(one_line, near.leads_to))}", "dim")
            self._clipped(line)

    def _matches(self, matches: tuple[Match, ...]) -> None:
        self._line("")
        self._line(f" {len(matches):,} matches", "bold")
        names = [match.rule.id if match.rule else match.of_class for match in matches]
        width = max(map(len, names))
        for match, name in zip(matches, names, strict=True):
            line = self._text(f" {one_line(name):<{width}}  ")
            if match.rule is not None:
                line.append(f"{match.rule.severity.name.lower():<9}", STYLES[match.rule.severity])
            else:
                line.append(" " * 9)
            line.append(one_line(match.title))
            self._clipped(line)

    # ------------------------------------------------------------ an entry

    def _entry(self, entry: Entry) -> None:
        rule = entry.rule
        head = self._text("\n " + one_line(rule.id if rule else entry.of_class), style="bold")
        if rule is not None:
            head.append("   ").append(rule.severity.name.lower(), STYLES[rule.severity])
            head.append(f"   {one_line(entry.of_class)}", "dim")
        self._console.print(head, soft_wrap=True)
        if rule is None:
            self._paragraph("", entry.meaning)
            self._paragraph("", "A failure class that no rule is of yet.", "dim")
            self._relations(entry)
            return
        self._line("")
        self._paragraph("FOUND" if entry.finding else "", entry.title, "bold")
        self._paragraph("", entry.meaning)
        if entry.finding is not None:
            self._proofs(entry.finding)
        for label, words in (("codes", rule.codes), ("concerns", rule.technologies)):
            if words:
                self._paragraph(label, ", ".join(words))
        for number, cause in enumerate(entry.causes, 1):
            self._cause(number, cause, len(entry.causes), entry.finding)
        self._steps(entry.shared)
        self._checks(entry.checklist)
        self._line("")
        self._relations(entry)
        self._paragraph("found when", entry.when)
        for number, sign in enumerate(entry.signs):
            self._paragraph("signs" if number == 0 else "", f"{sign.signal}: {sign.words}", "dim")
        for number, reference in enumerate(rule.references):
            self._whole("see" if number == 0 else "", reference, "dim")

    def _proofs(self, finding: Finding) -> None:
        for number, proof in enumerate(finding.evidence[:_PROOFS]):
            line = self._text(f" {'proof' if number == 0 else '':<{LABEL}}  ", style="dim")
            line.append(f"line {proof.line}  ", "cyan").append(one_line(proof.text))
            self._clipped(line)
            if proof.blame:
                self._clipped(self._text(" " * (LABEL + 3)).append("at " + one_line(proof.blame), "magenta"))

    def _cause(self, number: int, entry: CauseEntry, of: int, finding: Finding | None) -> None:
        self._line("")
        cause = entry.cause
        if of > 1:
            told = f"{cause.id}   weight {cause.weight}"
            if entry.seen and finding is not None:
                told += f"   fits best: score {finding.score}"
            self._paragraph(f"CAUSE {number}", told, "bold")
            self._paragraph("", cause.text)
        else:
            self._paragraph("CAUSE", cause.text)
        for tell in entry.tells:
            self._paragraph("for it" if tell.add >= 0 else "against it", f"{tell.add:+}  {tell.words}", "cyan")
        self._steps(entry.steps)
        for endpoint in cause.api_endpoints:
            self._paragraph("endpoint", f"{endpoint.method} {endpoint.path}  {endpoint.description}")
        for change in cause.database_changes:
            self._paragraph("database", change)
        for note in cause.security_considerations:
            self._paragraph("security", note)
        self._checks(cause.checklist)

    def _steps(self, steps: Steps) -> None:
        for number, step in enumerate(steps.fix, 1):
            label = "FIX" if number == 1 else ""
            owners = f"[{', '.join(step.applies_to)}]" if step.applies_to else ""
            if step.text or owners:
                self._paragraph(label, f"{number}  {' '.join(filter(None, (owners, step.text)))}")
            elif label:
                self._paragraph(label, f"{number}")
            if step.code:
                self._code(step)
        if steps.others:
            self._paragraph("", f"there are steps for {', '.join(steps.others)} too", "dim")

    def _checks(self, checks: Iterable[Check]) -> None:
        for number, check in enumerate(checks):
            self._paragraph("CHECK" if number == 0 else "", f"□  {check.text}")
            if check.run:
                self._whole("", f"   {check.run}" + ("" if check.readonly else "  (changes something)"))

    def _relations(self, entry: Entry) -> None:
        for label, links in (("explains", entry.explains), ("explained by", entry.explained_by)):
            for number, related in enumerate(links):
                self._paragraph(label if number == 0 else "", _relation(related))


def _relation(related: Related) -> str:
    text = f"{related.of_class} ({', '.join(related.rules)})" if related.rules else f"{related.of_class} (no rule yet)"
    if related.by:
        text += f", of the same {' or '.join(related.by)}"
    return text + (f", within {duration(related.within)}" if related.within else "")


def _cut(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
