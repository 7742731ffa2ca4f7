"""JUnit's XML, which every CI server reads: an incident is a suite, a finding a case that failed.

A case fails where it would make the exit code 1: it is as grave as `--fail-on` and was not known before. Others are passed
(less grave) or skipped (known). Where nothing was found one case passes, since servers take an empty report for a broken one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from diagnose.lazy import lazy
from diagnose.model import Finding, Report, Severity
from diagnose.printers.places import Base, advice
from diagnose.visible import iso, visible

_NO_XML = lazy("[\ufffe\uffff]")
"""What `visible` leaves and XML 1.0 refuses."""


class JunitPrinter:
    """See module. Options: `limit`, the least severity that fails (None: none does)."""

    name = "junit"

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """See `Printer`."""
        limit = options.get("limit", Severity.ERROR)
        page = _Page(out, limit if isinstance(limit, Severity) else None)
        page.write(report)


class _Page:
    def __init__(self, out: IO[str], limit: Severity | None) -> None:
        self._out = out
        self._limit = limit
        self._base = Base()
        self._encoding = getattr(out, "encoding", None) or "utf-8"

    def _put(self, text: str) -> None:
        """Write; what the output's encoding lacks becomes a reference, so that it is the same text to a reader."""
        self._out.write(text.encode(self._encoding, "xmlcharrefreplace").decode(self._encoding))

    def write(self, report: Report) -> None:
        suites = _suites(report)
        found = [finding for _, findings in suites for finding in findings]
        self._put(f'<?xml version="1.0" encoding="{self._encoding}"?>\n')
        errors = len(report.summary.unread)
        self._put(f"<testsuites {self._counts(found, errors)}>\n")
        for name, findings in suites:
            self._suite(name, findings)
        if report.summary.unread:
            self._put(f'  <testsuite name="inputs" tests="{errors}" failures="0" errors="{errors}" skipped="0">\n')
            for unread in report.summary.unread:
                self._put(f"    <testcase classname={_attribute('diagnose')} name={_attribute(unread.source)}>\n")
                self._put(f"      <error message={_attribute(unread.reason)}/>\n    </testcase>\n")
            self._put("  </testsuite>\n")
        if not found and not errors:
            self._put('  <testsuite name="diagnose" tests="1" failures="0" errors="0" skipped="0">\n')
            self._put('    <testcase classname="diagnose" name="nothing found"/>\n  </testsuite>\n')
        self._put("</testsuites>\n")

    def _counts(self, findings: Iterable[Finding], errors: int = 0) -> str:
        found = list(findings)
        failures, skipped = sum(map(self._fails, found)), sum(finding.baseline == "known" for finding in found)
        tests = len(found) + errors or 1
        return f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'

    def _suite(self, name: str, findings: list[Finding]) -> None:
        first = min((finding.first_seen for finding in findings if finding.first_seen is not None), default=None)
        stamp = f' timestamp="{(iso(first) or "")[:19]}"' if first is not None else ""
        self._put(f"  <testsuite name={_attribute(name)} {self._counts(findings)}{stamp}>\n")
        for finding in findings:
            self._case(finding)
        self._put("  </testsuite>\n")

    def _case(self, finding: Finding) -> None:
        place = self._base.place(finding)
        where = f" file={_attribute(place.file)}" + (f' line="{place.line}"' if place.line else "") if place else ""
        # Servers tell cases apart by class and name, so each finding needs a name of its own.
        name = f"{finding.title} ({finding.fingerprint})"
        self._put(f"    <testcase classname={_attribute(finding.rule.replace('/', '.'))} name={_attribute(name)}{where}>\n")
        body = "\n".join((*advice(finding), *(f"{self._base.relative(p.source)}:{p.line}: {p.text}" for p in finding.evidence)))
        if finding.baseline == "known":
            self._put(f"      <skipped message={_attribute('known before')}/>\n")
        if self._fails(finding):
            kind = _attribute(finding.of_class)
            self._put(f"      <failure type={kind} message={_attribute(finding.title)}>{_text(body)}</failure>\n")
        else:
            self._put(f"      <system-out>{_text(body)}</system-out>\n")
        self._put("    </testcase>\n")

    def _fails(self, finding: Finding) -> bool:
        grave = self._limit is not None and finding.severity >= self._limit
        return grave and finding.baseline != "known" and not finding.suppressed


def _suites(report: Report) -> list[tuple[str, list[Finding]]]:
    """The incidents by their roots' titles, then what belongs to none. What is suppressed is no case."""
    by_fingerprint = {finding.fingerprint: finding for finding in report.findings if not finding.suppressed}
    suites = []
    for number, incident in enumerate(report.incidents, 1):
        members = [by_fingerprint.pop(name) for name in incident.findings if name in by_fingerprint]
        root = next((finding for finding in members if finding.fingerprint == incident.root), None)
        members.sort(key=lambda finding: finding is not root)
        if members:
            suites.append((f"incident {number}: {members[0].title}", members))
    if by_fingerprint:
        suites.append(("findings" if not suites else "other findings", list(by_fingerprint.values())))
    return suites


def _text(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", visible(text)))


def _attribute(text: str) -> str:
    """A value with its quotes; line ends and tabs would become blanks, so they are written out."""
    return quoteattr(_NO_XML.sub("\ufffd", visible(text)))
