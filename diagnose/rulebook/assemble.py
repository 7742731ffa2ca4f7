"""Plain data of the rule form becomes `model.Rule`. Only for data that `form.RULE` and `meaning` found no error in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnose.model import (
    SECOND,
    Capture,
    Cause,
    Check,
    Endpoint,
    Evidence,
    Expected,
    Explains,
    Fix,
    Level,
    Rule,
    RuleTest,
    Severity,
    Signal,
    Took,
)

Data = Mapping[str, Any]

_UNITS = {"us": 1, "ms": SECOND // 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": 86_400 * SECOND}


def rule(id: str, file: str, data: Data) -> Rule:
    """The rule that a file says. `id` is its path below the rules folder."""
    return Rule(
        id=id,
        title=data["title"],
        of_class=data["class"],
        severity=Severity[data["severity"].upper()],
        signals={name: signal(name, told or {}) for name, told in data.get("signals", {}).items()},
        when=data.get("when", ""),
        causes=_causes(id, data),
        technologies=_texts(data, "technologies"),
        codes=_texts(data, "codes"),
        keys=_texts(data, "keys"),
        checklist=_checklist(data),
        explains=tuple(_explains(each) for each in data.get("explains", ())),
        references=_texts(data, "references"),
        tests=tuple(_test(each) for each in data.get("tests", ())),
        generic=data.get("generic", False),
        resolved_by=data.get("resolved_by", ""),
        took=_took(data.get("took")),
        source=tuple(data.get("source", ())),
        file=file,
    )


def signal(name: str, data: Data) -> Signal:
    """A signal of a rule."""
    captures = data.get("captures") or {}
    return Signal(
        name=name,
        literals=_texts(data, "literals"),
        regex=_texts(data, "regex"),
        ignore_case=data.get("ignore_case", False),
        captures={group: Capture(**(told or {})) for group, told in captures.items()},
        unless=_texts(data, "unless"),
        level=Level[data["level"].upper()] if "level" in data else None,
        fields={field: test for field, test in (data.get("fields") or {}).items() if test is not None},
        look_in=data.get("look_in", "text"),
        of_class=data.get("class", ""),
        at=_texts(data, "at"),
    )


def duration(text: str) -> int:
    """A duration as a rule writes it (`2s`), in µs."""
    number = text.rstrip("mshd")
    return int(number) * _UNITS[text[len(number) :]]


def _texts(data: Data, key: str) -> tuple[str, ...]:
    return tuple(text for text in data.get(key, ()) if text is not None)


def _causes(id: str, data: Data) -> tuple[Cause, ...]:
    """The causes; of the short form the only one, which bears the name of the problem."""
    if "causes" in data:
        shared = tuple(data.get("fix", ()))
        return tuple(_cause(each["id"], {**each, "fix": (*each.get("fix", ()), *shared)}) for each in data["causes"])
    alone = {key: told for key, told in data.items() if key != "checklist"}
    return (_cause(id.rsplit("/", 1)[-1], alone),)


def _cause(id: str, data: Data) -> Cause:
    return Cause(
        id=id,
        text=data["cause"].strip(),
        weight=data.get("weight", 0),
        evidence=tuple(Evidence(each["if"], each["add"]) for each in data.get("evidence", ())),
        fix=tuple(_fix(each) for each in data.get("fix", ())),
        checklist=_checklist(data),
        api_endpoints=tuple(Endpoint(**each) for each in data.get("api_endpoints", ())),
        database_changes=_texts(data, "database_changes"),
        security_considerations=_texts(data, "security_considerations"),
    )


def _fix(data: Data) -> Fix:
    return Fix(data.get("text", "").strip(), _texts(data, "for"), data.get("language", ""), data.get("code", ""))


def _checklist(data: Data) -> tuple[Check, ...]:
    return tuple(
        Check(each["text"].strip(), each.get("run", "").strip(), each.get("readonly", "run" not in each))
        for each in data.get("checklist", ())
    )


def _took(data: Data | None) -> Took | None:
    return None if data is None else Took(data["capture"], _UNITS[data.get("unit", "ms")])


def _explains(data: Data) -> Explains:
    by = tuple(word.strip() for word in data["by"].split("|")) if "by" in data else ()
    return Explains(data["class"], by, duration(data["within"])) if "within" in data else Explains(data["class"], by)


def _test(data: Data) -> RuleTest:
    expect = tuple(Expected(**each) for each in data["expect"])
    return RuleTest(data["name"], data["log"], expect, data.get("not_evaluated", False))
