"""What receivers want a notice to look like.

Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. Alertmanager's API v2:
https://github.com/prometheus/alertmanager (api/v2/openapi.yaml). PagerDuty's Events API v2: https://developer.pagerduty.com/docs/send-alert-event.
OTLP logs over HTTP as JSON: https://opentelemetry.io/docs/specs/otlp.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from diagnose.sinks import Notice

FIRING = 1_200
"""Seconds that Alertmanager holds an alert of which it hears nothing: silence resolves it here after 600."""

_NUMBERS = {"info": 9, "warning": 13, "error": 17, "critical": 21}
_SIGNS = {"opened": "\U0001f534", "updated": "\U0001f7e0", "resolved": "\U0001f7e2"}
_LONGEST = 1_024


def plain(notice: Notice, key: str) -> Any:
    """The notice as it is."""
    return dict(notice)


def slack(notice: Notice, key: str) -> Any:
    """A message with the title, the cause, what to do first, and what it explains."""
    root = notice["root"]
    head = f"{_SIGNS[notice['event']]} *{_slack(root['title'])}*  {notice['severity']}, {notice['event']}"
    parts = [head, _slack(root["cause"])]
    if root["fix"] and notice["event"] != "resolved":
        parts.append(f"*Fix:* {_slack(root['fix'][0])}")
    others = [finding for finding in notice["findings"] if finding["fingerprint"] != root["fingerprint"]]
    if others:
        parts.append("*Explains:* " + ", ".join(f"{_slack(other['class'])} ({other['count']} ×)" for other in others[:5]))
    if root["evidence"]:
        proof = root["evidence"][0]
        parts.append(f"`{_slack(proof['source'])}:{proof['line']}`\n```{_slack(proof['text'])[:500]}```")
    return {
        "text": head,
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": part[:2_900]}} for part in parts if part],
    }


def alertmanager(notice: Notice, key: str) -> Any:
    """One alert: the labels are the same as long as the incident lasts."""
    root = notice["root"]
    now = datetime.now(UTC)
    ends = now if notice["event"] == "resolved" else now + timedelta(seconds=FIRING)
    labels = {"alertname": "diagnose", "incident": notice["incident"], "rule": notice["rule"], "host": notice["host"]}
    notes = {
        "summary": root["title"],
        "description": root["cause"],
        "severity": notice["severity"],
        "count": str(notice["count"]),
    }
    if root["fix"]:
        notes["fix"] = root["fix"][0]
    return [{"labels": labels, "annotations": notes, "startsAt": notice["opened"], "endsAt": ends.isoformat()}]


def pagerduty(notice: Notice, key: str) -> Any:
    """`trigger` until it is resolved; the incident's id ties them together."""
    root = notice["root"]
    event = {
        "routing_key": key,
        "event_action": "resolve" if notice["event"] == "resolved" else "trigger",
        "dedup_key": notice["incident"],
    }
    if notice["event"] == "resolved":
        return event
    return {
        **event,
        "client": "diagnose",
        "payload": {
            "summary": root["title"][:_LONGEST],
            "source": notice["host"],
            "severity": notice["severity"],
            "timestamp": notice["opened"],
            "class": root["class"],
            "component": root["rule"],
            "custom_details": {
                "cause": root["cause"],
                "fix": root["fix"],
                "count": notice["count"],
                "evidence": [proof["text"] for proof in root["evidence"][:3]],
                "findings": [f"{finding['class']} ({finding['count']})" for finding in notice["findings"]],
            },
        },
        "links": [{"href": link, "text": link} for link in root["references"][:3]],
    }


def otlp(notice: Notice, key: str) -> Any:
    """One log record."""
    root = notice["root"]
    attributes: Mapping[str, Any] = {
        "diagnose.event": notice["event"],
        "diagnose.id": notice["id"],
        "diagnose.incident": notice["incident"],
        "diagnose.rule": root["rule"],
        "diagnose.class": root["class"],
        "diagnose.cause": root["cause"],
        "diagnose.count": notice["count"],
    }
    record = {
        "timeUnixNano": str(int(datetime.fromisoformat(notice["sent"]).timestamp() * 1e6) * 1_000),
        "observedTimeUnixNano": str(int(datetime.fromisoformat(notice["sent"]).timestamp() * 1e6) * 1_000),
        "severityNumber": _NUMBERS[notice["severity"]],
        "severityText": notice["severity"].upper(),
        "body": {"stringValue": root["title"]},
        "attributes": [_attribute(name, value) for name, value in attributes.items()],
    }
    resource = {"attributes": [_attribute("service.name", "diagnose"), _attribute("host.name", notice["host"])]}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": {"name": "diagnose"}, "logRecords": [record]}]}]}


def _attribute(name: str, value: object) -> dict[str, Any]:
    return {"key": name, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}}


def _slack(text: str) -> str:
    """Text in which Slack sees no markup of its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("```", "'''")


SHAPES = {"webhook": plain, "slack": slack, "alertmanager": alertmanager, "pagerduty": pagerduty, "otlp": otlp}
