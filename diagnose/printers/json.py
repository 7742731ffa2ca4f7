"""The report as JSON: the contract of `docs/report.schema.json`. Changes to it only add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any

from diagnose.model import (
    Check,
    ClockOffset,
    Cluster,
    Endpoint,
    Finding,
    Fix,
    Incident,
    Past,
    Proof,
    Report,
    Spot,
    Summary,
    Triage,
)
from diagnose.visible import iso, visible_json

SCHEMA = "diagnose.report/1"


class JsonPrinter:
    """One JSON document, indented where a person reads it. It is written finding by finding: there may be thousands."""

    name = "json"

    def print(self, report: Report, out: IO[str], options: Mapping[str, object]) -> None:
        """See `Printer`."""
        indent = bool(options.get("indent", True))
        line, colon = ("\n", ": ") if indent else ("", ":")
        step = "  " if indent else ""
        out.write("{")
        for number, (name, value) in enumerate(_members(report)):
            out.write(f'{"," if number else ""}{line}{step}"{name}"{colon}')
            if not isinstance(value, Iterator):
                out.write(_written(value, out, indent).replace("\n", f"\n{step}"))
                continue
            comma = ""
            out.write("[")
            for item in value:
                text = _written(item, out, indent).replace("\n", f"\n{step}{step}")
                out.write(f"{comma}{line}{step}{step}{text}")
                comma = ","
            out.write(f"{line}{step}]" if comma else "]")
        out.write(f"{line}}}\n")


def write(data: Any, out: IO[str], *, indent: bool) -> None:
    """Plain data as one JSON document and a newline."""
    out.write(_written(data, out, indent) + "\n")


def _written(data: Any, out: IO[str], indent: bool) -> str:
    """Plain data as JSON.

    What UTF-8 cannot hold (a file name may be any bytes) is replaced; what the stream cannot hold, and what would steer a
    terminal, is escaped.
    """
    import json

    import msgspec

    try:
        encoded = msgspec.json.encode(data)
    except UnicodeEncodeError:
        encoded = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    text = (msgspec.json.format(encoded, indent=2) if indent else encoded).decode()
    try:
        text.encode(getattr(out, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=2 if indent else None)
    return visible_json(text)


def report_data(report: Report) -> dict[str, Any]:
    """The report as plain data, in the schema's shape."""
    return {name: list(value) if isinstance(value, Iterator) else value for name, value in _members(report)}


def _members(report: Report) -> Iterator[tuple[str, Any]]:
    """What the report consists of; lists as iterators."""
    yield "schema", SCHEMA
    yield "summary", _summary(report.summary)
    yield "incidents", map(_incident, report.incidents)
    yield "findings", map(finding_data, report.findings)
    yield "unknown", map(_cluster, report.unknown)
    yield "not_evaluated", ({"rule": n.rule, "reason": n.reason, "count": n.count} for n in report.not_evaluated)
    yield "checklist", map(_triage, report.checklist)


def finding_data(finding: Finding) -> dict[str, Any]:
    """One finding as plain data: what tail prints too."""
    return {
        "rule": finding.rule,
        "class": finding.of_class,
        "title": finding.title,
        "severity": finding.severity.name.lower(),
        "confidence": round(finding.confidence, 3),
        "cause": finding.cause,
        "cause_id": finding.cause_id,
        "score": finding.score,
        "alternatives": [
            {"cause_id": a.id, "cause": a.text, "score": a.score, "evidence_seen": list(a.evidence_seen)}
            for a in finding.alternatives
        ],
        "fix": [step.text for step in finding.fix if step.text],
        "code": [_code(step) for step in finding.fix if step.code],
        "checklist": [_check(check) for check in finding.checklist],
        "api_endpoints": [_endpoint(endpoint) for endpoint in finding.api_endpoints],
        "database_changes": list(finding.database_changes),
        "security_considerations": list(finding.security_considerations),
        "blame": finding.blame or None,
        "evidence": [_proof(proof) for proof in finding.evidence],
        "captures": dict(finding.captures),
        "count": finding.count,
        "first_seen": iso(finding.first_seen),
        "last_seen": iso(finding.last_seen),
        "resolved": iso(finding.resolved),
        "technologies": list(finding.technologies),
        "services": list(finding.services),
        "peers": list(finding.peers),
        "endpoints": [_endpoint(endpoint) for endpoint in finding.endpoints],
        "references": list(finding.references),
        "fingerprint": finding.fingerprint,
        "explains": list(finding.explains),
        "explained_by": finding.explained_by or None,
        "baseline": finding.baseline or None,
        "suppressed": finding.suppressed or None,
        "spots": [_spot(spot) for spot in finding.spots],
        "history": finding.past and _past(finding.past),
    }


def _past(past: Past) -> dict[str, Any]:
    return {"first_seen": iso(past.first_seen), "last_seen": iso(past.last_seen), "times": past.times, "new": past.is_new}


def _spot(spot: Spot) -> dict[str, Any]:
    commit = spot.commit
    return {
        "file": spot.file,
        "line": spot.line or None,
        "exact": spot.exact,
        "frame": spot.frame,
        "code": [{"line": number, "text": text} for number, text in enumerate(spot.lines, spot.first)],
        "commit": commit and {"id": commit.id, "author": commit.author, "time": iso(commit.time), "summary": commit.summary},
        "suspects": [{"rule": s.rule, "line": s.line, "end_line": s.end_line, "message": s.message} for s in spot.suspects],
    }


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "bytes": summary.bytes,
        "lines": summary.lines,
        "sources": summary.sources,
        "events": summary.events,
        "error_events": summary.error_events,
        "explained_events": summary.explained_events,
        "explained": round(summary.explained, 4),
        "orphans": summary.orphans,
        "evicted": summary.evicted,
        "seconds": round(summary.seconds, 3),
        "unread": [{"source": u.source, "reason": u.reason, "offset": u.offset} for u in summary.unread],
        "clocks": [_clock(clock) for clock in summary.clocks],
        "skipped": [{"source": s.source, "reason": s.reason} for s in summary.skipped],
        "suppressed": summary.suppressed,
    }


def _clock(clock: ClockOffset) -> dict[str, Any]:
    return {
        "source": clock.source,
        "other": clock.other,
        "offset_ms": clock.offset / 1_000,
        "spread_ms": clock.spread / 1_000,
        "requests": clock.requests,
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "root": incident.root,
        "findings": list(incident.findings),
        "first_seen": iso(incident.first_seen),
        "last_seen": iso(incident.last_seen),
        "after": list(incident.after),
    }


def _cluster(cluster: Cluster) -> dict[str, Any]:
    return {
        "template": cluster.template,
        "count": cluster.count,
        "level": cluster.level.name.lower() if cluster.level is not None else None,
        "first_seen": iso(cluster.first_seen),
        "last_seen": iso(cluster.last_seen),
        "example": _proof(cluster.example),
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "source": proof.source,
        "line": proof.line,
        "offset": proof.offset,
        "text": proof.text,
        "time": iso(proof.time),
        "blame": proof.blame or None,
        **({"column": proof.column, "end_line": proof.end_line, "end_column": proof.end_column} if proof.column else {}),
    }


def _code(step: Fix) -> dict[str, Any]:
    return {"for": list(step.applies_to), "language": step.language, "text": step.text, "code": step.code}


def _check(check: Check) -> dict[str, Any]:
    return {"text": check.text, "run": check.run or None, "readonly": check.readonly}


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {"method": endpoint.method, "path": endpoint.path, "description": endpoint.description}


def _triage(row: Triage) -> dict[str, Any]:
    return {"number": row.number, "name": row.name, "state": row.state, "detail": row.detail, "commands": list(row.commands)}
