"""How one error is told: by which logger, with which stack, inside which wrapping. Everything here is templates."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks import stacks

UNKNOWN = "unknown"
"""Stands for the rule where none knows an error: it belongs into the clusters of unexplained ones."""

WRAPS = {"bare": 70, "compose": 12, "docker": 10, "cri": 8}
"""Of how many records in 100 each wrapping is."""

_LEAD = '«client» - - [«clf»] "«method» «path» HTTP/1.1" «ok» «bytes» "-" "«agent»"'
"""A healthy line of a format that takes no continuation lines: what a trace without header may stand behind."""


@dataclass(frozen=True, slots=True)
class Error:
    """One way in which a failure is worded: `kind` and `message` of the exception, in one family of programs.

    `rule` is the rule that counts it, or `unknown` where none does. `context`: what the program says beside it. Where
    there is no kind, the message may be a whole line.
    """

    rule: str
    family: str
    kind: str = ""
    message: str = ""
    context: str = ""
    fields: dict[str, object] = field(default_factory=dict)
    cause: str = ""
    """Java: the exception below it, `kind: message`."""
    stack_only: bool = False
    """No program says it in one line."""


@dataclass(frozen=True, slots=True)
class Dressed:
    """A record as a template, of one family; several lines where it has a stack. `rule` is to count it."""

    family: str
    text: str
    rule: str = ""

    def wrapped(self, wrap: str) -> str:
        """As it stands in a file that `wrap` writes."""
        lines = self.text.split("\n")
        if wrap == "compose":
            lines = [f"{self.family}-1  | {line}" for line in lines]
        elif wrap == "cri":
            lines = [f"«nano» stderr F {line}" for line in lines]
        elif wrap == "docker":
            lines = [f'{{"log":{_json(line + chr(10))},"stream":"stderr","time":"«nano»"}}' for line in lines]
        return "\n".join(lines)


Dresser = Callable[[Error, random.Random], str]


def _json(data: object) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _pino(error: Error, rng: random.Random) -> str:
    told = {"type": error.kind, "message": error.message, "stack": stacks.node(error.kind, error.message, rng), **error.fields}
    text = _json({
        "level": 50, "time": "«epoch»", "pid": "«pid»", "hostname": "shop-«pod»", "name": "shop",
        "req": {"id": "«id»", "method": "«method»", "url": "«path»"}, "err": told, "responseTime": "«ms»", "msg": error.context,
    })  # fmt: skip
    for name in ("epoch", "pid", "id", "ms"):
        text = text.replace(f'"«{name}»"', f"«{name}»")
    return text


def _winston(error: Error, rng: random.Random) -> str:
    stack = stacks.node(error.kind, error.message, rng)
    told = {"level": "error", "message": error.message, "service": "shop", "stack": stack, "timestamp": "«iso»"}
    return _json({**error.fields, **told})


def _nest(error: Error, rng: random.Random) -> str:
    return f"[Nest] «pid»  - «nest»   ERROR [PaymentsService] {error.message}\n{stacks.node(error.kind, error.message, rng)}"


def _node_plain(error: Error, rng: random.Random) -> str:
    return f"{_LEAD}\n{stacks.node(error.kind, error.message, rng)}"


def _spring(error: Error, rng: random.Random) -> str:
    logger = rng.choice(("c.e.shop.orders.OrderController", "c.e.shop.billing.InvoiceJob", "c.e.shop.stock.StockClient"))
    head = f"«iso» ERROR 1 --- [shop] [io-8080-exec-«digit»] {logger:<40} : {error.context}"
    return f"{head}\n\n{stacks.java(error.kind, error.message, error.cause, rng)}"


def _spring_line(error: Error, rng: random.Random) -> str:
    level = rng.choice((" WARN", "ERROR")) if error.rule != UNKNOWN else "ERROR"
    told = error.cause or f"{error.kind}: {error.message}"
    return f"«iso» {level} 1 --- [shop] [io-8080-exec-«digit»] {'c.e.shop.orders.OrderService':<40} : {error.context}: {told}"


def _logback(error: Error, rng: random.Random) -> str:
    return f"«comma» [worker-«digit»] ERROR c.e.billing.InvoiceJob - {error.context}\n" + stacks.java(
        error.kind, error.message, error.cause, rng
    )


def _logstash(error: Error, rng: random.Random) -> str:
    return _json({
        "@timestamp": "«iso»", "@version": "1", "message": error.context, "logger_name": "com.example.shipping.Carrier",
        "thread_name": "worker-«digit»", "level": "ERROR", "level_value": 40000, "traceId": "«trace»",
        "stack_trace": stacks.java(error.kind, error.message, error.cause, rng),
    })  # fmt: skip


def _logging(error: Error, rng: random.Random) -> str:
    logger = rng.choice(("orders.service", "worker.handlers", "billing.invoices"))
    return f"«comma» ERROR {logger}: {error.context}\n{stacks.python(error.kind, error.message, rng)}"


def _django(error: Error, rng: random.Random) -> str:
    traceback = stacks.python(error.kind, error.message, rng)
    return f"«comma» ERROR [django.request] Internal Server Error: /«table»/«id»/\n{traceback}"


def _logging_line(error: Error, rng: random.Random) -> str:
    level = rng.choice(("ERROR", "WARNING")) if error.rule != UNKNOWN else "ERROR"
    return f"«comma» {level} orders.service: {error.context}: {error.kind}: {error.message}"


def _python_json(error: Error, rng: random.Random) -> str:
    return _json({
        "time": "«comma»", "level": "ERROR", "logger": "orders.api", "request_id": "«hex»", "message": error.context,
        "exc_info": stacks.python(error.kind, error.message, rng),
    })  # fmt: skip


def _python_plain(error: Error, rng: random.Random) -> str:
    return f"{_LEAD}\n{stacks.python(error.kind, error.message, rng)}"


def _go_log(error: Error, rng: random.Random) -> str:
    return f"«slashed» {error.context}: {error.message}"


def _slog(error: Error, rng: random.Random) -> str:
    return _json({"time": "«nano»", "level": "ERROR", "msg": error.context, "err": error.message, "trace_id": "«trace»"})


def _zap(error: Error, rng: random.Random) -> str:
    told = {"caller": "stock/handler.go:«n»", "msg": error.context, "error": error.message, "request_id": "«uuid»"}
    return _json({"level": "error", "ts": "«epoch»", **told}).replace('"«epoch»"', "«epoch»")


def _as_is(error: Error, rng: random.Random) -> str:
    return error.message


DRESSERS: dict[str, tuple[Dresser, ...]] = {
    "node": (_pino, _pino, _pino, _winston, _winston, _nest, _node_plain),
    "java": (_spring, _spring_line, _spring_line, _logback, _logstash, _logstash),
    "python": (_logging, _django, _logging_line, _python_json, _python_json, _python_plain),
    "go": (_go_log, _slog, _zap),
    "proxy": (_as_is,),
    "postgres": (_as_is,),
    "mariadb": (_as_is,),
    "syslog": (_as_is,),
}


_ONE_LINE = {_spring_line, _logging_line}

_GENERIC: dict[Dresser, str] = {_django: "service/unhandled-500", _python_plain: "service/uncaught-exception"}
"""What the way of telling alone says: it counts where no rule knows the error itself."""


def dressings(error: Error, rng: random.Random, each: int) -> list[Dressed]:
    """The ways in which the programs of its family tell an error, `each` of them with other stacks."""
    dressers = [dresser for dresser in DRESSERS[error.family] if not (error.stack_only and dresser in _ONE_LINE)]
    return [
        Dressed(error.family, dresser(error, rng), _GENERIC.get(dresser, UNKNOWN) if error.rule == UNKNOWN else error.rule)
        for dresser in dressers
        for _ in range(each)
    ]
