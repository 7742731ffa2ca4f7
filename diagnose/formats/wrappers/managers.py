"""Line-wise wrappings of process managers and platforms: pm2, foreman and its kin, concurrently, Turborepo, Docker Swarm, Heroku, CloudWatch's tail.

As pm2 6, honcho 2, concurrently 9, turbo 2 and foreman print them; Docker's `docker service logs`, Heroku's Logplex and the AWS CLI's `logs tail`
(format `detailed`) as documented.
"""

from __future__ import annotations

import re

from diagnose.formats.wrappers.base import BaseWrapper
from diagnose.hooks import Unwrapped
from diagnose.lazy import lazy

_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"


class Pm2(BaseWrapper):
    """`pm2 logs`: `0|api      | text`, with the time before the text where pm2 was asked for it."""

    name = "pm2"
    container = False
    marker = r"\d{1,4}\|[\w@./-]{1,60} *\|(?: |\r?$)"
    names_service = True
    samples: tuple[str, ...] = (
        "0|api      | Error: connect ECONNREFUSED 127.0.0.1:5432",
        "12|shop-web | Traceback (most recent call last):",
        "1|api  | ",
    )
    line = lazy(rb"(\d+)\|(\S+) *\| ?(?:(%b)(?:[+-]\d\d:\d\d|Z)?: )?(.*)" % _STAMP.encode(), re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        """Of an application's processes each is a stream."""
        name, time = match[2], (match[3] or b"").decode("ascii", "replace")
        return b"%b-%b/%b" % (name, match[1], name), match[4], False, time


class Foreman(BaseWrapper):
    """foreman, honcho, goreman, hivemind: `10:00:00 web.1   | text`."""

    name = "foreman"
    container = False
    marker = r"\d\d:\d\d:\d\d [A-Za-z][\w-]{0,60}\.\d{1,4} *\|(?: |\r?$)"
    names_service = True
    samples: tuple[str, ...] = (
        "13:37:42 web.1  | Traceback (most recent call last):",
        '13:37:42 api.1    | {"level":50,"msg":"boom"}',
        "13:37:42 worker.12 | ",
    )
    line = lazy(rb"(\d\d:\d\d:\d\d) ([\w-]+)\.(\d+) *\| ?(.*)", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        return b"%b.%b/%b" % (match[2], match[3], match[2]), match[4], False, match[1].decode("ascii", "replace")


class Concurrently(BaseWrapper):
    """concurrently: `[0] text`, the number of the command before each line of it."""

    name = "concurrently"
    container = False
    marker = r"\[\d{1,2}\] "
    samples: tuple[str, ...] = (
        "[0] Traceback (most recent call last):",
        "[1]     at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {",
        '[12] {"level":50,"msg":"boom"}',
    )
    line = lazy(rb"\[(\d+)\] (.*)", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        return match[1], match[2], False, ""

    def needle(self, stream: bytes) -> bytes:
        """The whole prefix."""
        return b"[%b] " % stream


class Turbo(BaseWrapper):
    """Turborepo: `api:dev: text`, package and task before each line; names of packages may have a scope."""

    name = "turbo"
    container = False
    marker = r"(?:@[a-z0-9._-]{1,60}/)?[a-z0-9][a-z0-9._-]{0,60}:(?:dev|start|serve|build|test|lint|typecheck|migrate|preview): "
    names_service = True
    samples: tuple[str, ...] = (
        "api:dev: Error: connect ECONNREFUSED 127.0.0.1:5432",
        "@shop/api:start:     at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {",
        "mail.worker:test: Traceback (most recent call last):",
    )
    line = lazy(rb"(?:@[^/\s]+/)?([^:\s]+):([a-z]+): (.*)", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        return b"%b//%b" % (match[1], match[2]), match[3], False, ""

    def needle(self, stream: bytes) -> bytes:
        """Package and task."""
        return stream.replace(b"//", b":", 1) + b": "


class Swarm(BaseWrapper):
    """`docker service logs`: `shop_api.1.x7k2m9q1z3abcdefghijklmno@node-1    | text`."""

    name = "swarm"
    marker = r"[a-z0-9][\w.-]{0,80}\.\d{1,4}\.[a-z0-9]{12,25}@[\w.-]{1,100} *\|(?: |\r?$)"
    names_service = True
    samples: tuple[str, ...] = (
        "shop_api.1.x7k2m9q1z3abcdefghijklmno@node-1    | Error: connect ECONNREFUSED 10.0.1.7:5432",
        "redis.2.7q92v0nr1hcgts2amcjyqg3pq@manager1    | 1:M 23 Nov 2026 10:00:00.123 * Ready to accept connections tcp",
        "shop_db.1.x7k2m9q1z3abcdefghijklmno@node-2 | ",
    )
    line = lazy(rb"(\S+)\.(\d+)\.(\w+)@\S+ *\| ?(.*)", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        return b"%b.%b/%b" % (match[1], match[2], match[1]), match[4], False, ""


class Heroku(BaseWrapper):
    """`heroku logs`: `2026-11-23T10:00:00.123456+00:00 app[web.1]: text`; each dyno, and each part of the platform, is a stream."""

    name = "heroku"
    marker = rf"{_STAMP}(?:\.\d{{1,6}})?[+-]\d\d:\d\d (?:app|heroku)\[[\w.-]{{1,60}}\]:(?: |\r?$)"
    names_service = True
    samples: tuple[str, ...] = (
        "2026-11-23T10:00:00.123456+00:00 app[web.1]: Traceback (most recent call last):",
        "2026-11-23T10:00:00.123456+00:00 heroku[web.1]: Process exited with status 137",
        "2026-11-23T10:00:00.123456+00:00 app[worker.12]: ",
    )
    line = lazy(rb"(\S+) (app|heroku)\[([A-Za-z_-]+)([\w.-]*)\]: ?(.*)", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        """What the platform says of a dyno is not what the dyno says."""
        kind, dyno = match[3], match[3] + match[4]
        stream = b"%b/%b" % (dyno, kind) if match[2] == b"app" else b"heroku.%b/heroku" % dyno
        return stream, match[5], False, match[1].decode("ascii", "replace")


class CloudWatchTail(BaseWrapper):
    """`aws logs tail`: `2026-11-23T10:00:00.123000+00:00 api/api/0123…cdef text`, of ECS and Lambda, whose streams end with an id."""

    name = "cloudwatch-tail"
    marker = rf"{_STAMP}\.\d{{6}}[+-]\d\d:\d\d (?:[\w./-]{{1,200}}/|\d{{4}}/\d\d/\d\d/\[[\w$]{{1,20}}\])[0-9a-f]{{32}}(?: |\r?$)"
    samples: tuple[str, ...] = (
        "2026-11-23T10:00:00.123000+00:00 api/api/0123456789abcdef0123456789abcdef Error: connect ECONNREFUSED 10.0.3.7:5432",
        "2026-11-23T10:00:00.123000+00:00 2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef Task timed out after 3.00 seconds",
        "2026-11-23T10:00:00.123000+00:00 api/api/0123456789abcdef0123456789abcdef ",
    )
    line = lazy(rb"(\S+) (\S+)(?: (.*))?", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        return match[2], match[3] or b"", False, match[1].decode("ascii", "replace")
