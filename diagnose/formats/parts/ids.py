"""Ids that tie records together: which values can be believed, and what propagation headers and prefixes of text lines hold.

Shapes: W3C Trace Context (`00-trace-span-flags`), B3 and Sentry (`trace-span[-sampled]`), Jaeger (`trace:span:…`), AWS X-Ray
(`Root=1-time-rest;Parent=…`), Google Cloud (`trace/span;o=1`, `projects/…/traces/trace`).
"""

from __future__ import annotations

from diagnose.lazy import lazy

_UNKNOWN = frozenset("- -- null none nil <nil> undefined unknown (null) (none) n/a na empty false true anonymous".split())
_ZEROS = lazy(r"[0:-]+")
_COUNTER = lazy(r"(?:req-)?[0-9a-z]{1,7}")

_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_W3C = lazy(r"(?<![\w-])00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}(?![\w-])")
_XRAY = lazy(r"(?<![\w-])1-(?P<time>[0-9a-f]{8})-(?P<rest>[0-9a-f]{24})(?![\w-])(?:;Parent=(?P<span>[0-9a-f]{16}))?")
_OTHERS = tuple(
    lazy(shape)
    for shape in (
        r"(?P<trace>[0-9a-f]{32}|[0-9a-f]{16})-(?P<span>[0-9a-f]{16})(?:-[01d](?:-[0-9a-f]{16})?)?",
        r"(?P<trace>[0-9a-f]{16,32}):(?P<span>[0-9a-f]{1,16}):[0-9a-f]{1,16}:[0-9a-f]{1,2}",
        r"(?:projects/[^/\s]+/traces/)?(?P<trace>[0-9a-fA-F]{32})(?:/(?P<span>\d+))?(?:;o=\d)?",
        r"projects/[^/\s]+/traces/(?P<trace>[\w-]{8,64})",
    )
)

# Only what looks unique is believed in text: client libraries name counters of theirs in the same words (Kafka's correlationId).
_VALUE = r"(?P<value>(?=[\w:.|/+-]*\d)[\w:.|/+-]{12,128})"
_PAIR = lazy(
    r"(?<![\w$-])(?:dd\.|otel|mdc\.|X-)?"
    r"(?P<name>[tT]race[_.-]?[iI][dD]|[sS]pan[_.-]?[iI][dD]|(?:x-)?(?:[rR]eq(?:uest)?|[cC]orrelation)[_.-]?[iI][dD]|traceparent)"
    rf"(?P<sign>=|(?<=Id):)[\"']?{_VALUE}"
)
_SCOPES = "=> "
"""How .NET's console shows scopes: there pairs are written with a colon. Elsewhere that is how the errors of called services name theirs."""
_FIRST = lazy(rf"(?:[^\t]{{1,40}}\t|(?:START|END|REPORT) RequestId: |\[)(?P<value>{_UUID})(?:\t|\]|\s|$)")
_LOOKED_AT = 1_000
"""Characters of a record that are looked at; ids stand before the message."""


def real(value: object, *, blanks: bool = False) -> str:
    """The value as text; empty where it says that there is none, or is what a template left unfilled.

    Ids hold no blanks; names of threads may (`blanks`).
    """
    text = str(value).strip()
    if not 0 < len(text) <= 256 or text.lower() in _UNKNOWN or text[0] in "%${" or _ZEROS.fullmatch(text):
        return ""
    return "" if " " in text and not blanks else text


def is_counter(text: str) -> bool:
    """Whether a request id only counts (`1`, `req-a`): then it is unique in its process alone."""
    return len(text) < 12 and _COUNTER.fullmatch(text) is not None


def trace_of(value: object) -> tuple[str, str]:
    """(trace id, span id) of a propagation header's value, each empty where it holds none."""
    text = real(value)
    match = _W3C.search(text)
    if match is None:
        match = _XRAY.search(text)
        if match is not None:
            return match["time"] + match["rest"], match["span"] or ""
        match = next((match for shape in _OTHERS if (match := shape.fullmatch(text)) is not None), None)
    if match is None:
        return "", ""
    found = match.groupdict()
    return real(found["trace"].lower()), real(found.get("span") or "")


def read_ids(text: str, message: str, scope: dict[str, str]) -> None:
    """Fill in request, trace and span from a text record: pairs (`trace_id=…`), values of headers, a UUID before the message."""
    head = text if len(text) <= _LOOKED_AT else text[:_LOOKED_AT]
    if ("d=" in head or "D=" in head or "Id:" in head or "nt=" in head) and (
        "race" in head or "eq" in head or "orrelation" in head
    ):
        for pair in _PAIR.finditer(head):
            if pair["sign"] == "=" or _SCOPES in head:
                _take(pair["name"].lower().removeprefix("x-"), pair["value"], scope)
    if "00-" in head:
        whole = _W3C.search(head)
        if whole is not None:
            _put(scope, "trace", whole["trace"])
            _put(scope, "span", whole["span"])
    if "Root=1-" in head:
        trace, span = trace_of(head[head.index("Root=1-") :].split(" ", 1)[0])
        _put(scope, "trace", trace)
        _put(scope, "span", span)
    if (message[:1] == "[" or "\t" in head[:44] or " RequestId: " in head[:20]) and "request" not in scope:
        first = _FIRST.match(message) or _FIRST.match(head)
        if first is not None:
            _put(scope, "request", first["value"])
    if "trace" in scope:
        scope.setdefault("request", scope["trace"])


def _take(name: str, value: str, scope: dict[str, str]) -> None:
    if name == "traceparent":
        trace, span = trace_of(value)
        _put(scope, "trace", trace)
        _put(scope, "span", span)
    else:
        role = "trace" if name.startswith("trace") else "span" if name.startswith("span") else "request"
        _put(scope, role, value.rstrip(".:/"))


def _put(scope: dict[str, str], name: str, value: object) -> None:
    text = real(value)
    if text:
        scope.setdefault(name, text)
