"""Line-wise wrappings: what container engines put around each line, and how streams share one file."""

from __future__ import annotations

import re

import msgspec

from diagnose.formats.wrappers.base import BaseWrapper
from diagnose.formats.wrappers.ci import without_stamp
from diagnose.hooks import Unwrapped
from diagnose.lazy import lazy


class _DockerLine(msgspec.Struct):
    log: str
    stream: str = ""
    time: str = ""


class DockerJson(BaseWrapper):
    """Docker's json-file driver: `{"log":"text\\n","stream":"stderr","time":"…"}`. Without a newline it goes on in the next."""

    name = "docker"
    marker = r'\{"log":"'
    partial = r'(?:[^n]|[^\\]n|\\\\n)","stream":"std'
    samples: tuple[str, ...] = (
        '{"log":"Starting shop\\n","stream":"stdout","time":"2026-11-23T11:35:06.219498398Z"}',
        '{"log":"\\u001b[31mError: \\"x\\"\\u001b[0m\\n","stream":"stderr","time":"2026-11-23T11:35:06.2Z"}',
        '{"log":"the first 16 KiB of a long line","stream":"stdout",'
        '"attrs":{"tag":"shop"},"time":"2026-11-23T11:35:06.219498398Z"}',
    )

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(_DockerLine).decode

    def unwrap(self, line: bytes) -> Unwrapped | None:
        """Undo the escapes; None where the line was cut off or is another program's object with a key `log`."""
        try:
            wrapped = self._decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        if not wrapped.time or self.needle(wrapped.stream.encode("utf-8", "replace")) not in line:
            return None
        # A lone surrogate may be escaped in JSON, but has no bytes.
        payload = wrapped.log.encode("utf-8", "replace")
        partial = not payload.endswith(b"\n")
        return wrapped.stream.encode("utf-8", "replace"), payload if partial else payload[:-1], partial, wrapped.time

    def needle(self, stream: bytes) -> bytes:
        """The pair as Docker writes it."""
        return b'"stream":"%b"' % stream


class Cri(BaseWrapper):
    """The container runtime interface's files (containerd, CRI-O): `time stream F|P text`; P is a part."""

    name = "cri"
    marker = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d) std(?:out|err) [FP]"
    partial = r" std(?:out|err) P[ :]"
    samples: tuple[str, ...] = (
        "2026-11-23T11:35:14.698982834Z stderr F [2026-11-23 11:35:14 +0000] [106] [INFO] Starting gunicorn 27.0.1",
        "2026-11-23T11:35:14.698982834+01:00 stdout P the first 16 KiB of a long line",
        "2026-11-23T11:35:14.698982834Z stdout F ",
    )
    line = lazy(rb"(\S+) (stdout|stderr) ([FP])(?::\S*)?(?: (.*))?", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        return match[2], match[4] or b"", match[3] == b"P", match[1].decode("ascii", "replace")

    def needle(self, stream: bytes) -> bytes:
        """The stream between blanks."""
        return b" %b " % stream


class Compose(BaseWrapper):
    """Docker Compose's output: `api-1  | text`, older `api_1  | text`.

    At least two blanks stand before the bar. A container with a name of its own has no number: see `ComposeNamed`.
    The first replica goes by its service's name.
    """

    name = "compose"
    marker = r"[a-z0-9][a-z0-9_.-]{0,80}[_-]\d{1,4} {2,200}\|(?: |\r|$)"
    names_service = True
    samples: tuple[str, ...] = (
        "api-1  | Error: connect ECONNREFUSED 172.18.0.2:5432",
        "db_1     | 2026-11-23 10:00:00.123 UTC [1] LOG:  database system is ready to accept connections",
        "shop-api-2  | ",
        "api-1  | 2026-11-23T11:35:06.219498398Z Error: connect ECONNREFUSED 172.18.0.2:5432",
    )
    line = lazy(rb"([a-z0-9][a-z0-9_.-]*)[_-](\d+) {2,}\| ?(.*)", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        name = match[1] if match[2] == b"1" else match[1] + b"-" + match[2]
        payload, time = without_stamp(match[3])
        return name, payload, False, time

    def needle(self, stream: bytes) -> bytes:
        """The name without the replica's number, which may stand behind either sign."""
        name, _, number = stream.rpartition(b"-")
        return name if name and number.isdigit() else stream


class ComposeNamed(BaseWrapper):
    """Compose's output of a container with a name of its own (`container_name`): `shop-db  | text`, without a number.

    A table or a pipe may look the same, so a name is believed only where a record or an indented line follows, and no second bar.
    """

    name = "compose-named"
    marker = (
        r"[a-z0-9][a-z0-9_.-]{1,62} {2,60}\| "
        r"(?:\{\"|\[|\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d|\d{1,7}:[MCSX] |[ \t]{2}|\t|Traceback \(|Caused by: "
        r"|[A-Z][\w.]{0,60}(?:Error|Exception)|(?:DEBUG|INFO|WARN|WARNING|ERROR|FATAL)[ :])"
    )
    names_service = True
    samples: tuple[str, ...] = (
        "shop-db  | 2026-11-23 10:00:00.123 UTC [1] LOG:  database system is ready to accept connections",
        "redis    | 1:M 23 Nov 2026 10:00:00.123 * Ready to accept connections tcp",
        "my_api  |     at Object.<anonymous> (/app/server.js:3:7)",
    )
    line = lazy(rb"([a-z0-9][a-z0-9_.-]*) {2,}\| ([^|]*|[\[{].*|.*[{\[\"'(].*)", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        payload, time = without_stamp(match[2])
        return match[1], payload, False, time


class Stern(BaseWrapper):
    """stern's default output: `api-7d9f5c6b8-x2x4z api text`. Only the names that a Deployment gives its pods are told from text."""

    name = "stern"
    marker = (
        r"[a-z0-9][a-z0-9.-]{0,200}-[bcdf-hj-np-tv-z2456789]{5,10}-[bcdf-hj-np-tv-z2456789]{5} [a-z0-9][a-z0-9-]{0,62}(?: |\r?$)"
    )
    names_service = True
    samples: tuple[str, ...] = (
        'api-7d9f5c6b8-x2x4z api {"level":50,"msg":"boom"}',
        "shop-db-5c689d88bb-qpzgl postgres 2026-11-23 10:00:00.123 UTC [1] LOG:  ready",
        "api-7d9f5c6b8-x2x4z istio-proxy ",
    )
    line = lazy(rb"(\S+) (\S+)(?: (.*))?", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        """Pod and container are named as kubectl's prefix names them."""
        return match[1] + b"/" + match[2], match[3] or b"", False, ""


class Kubectl(BaseWrapper):
    """`kubectl logs --prefix`: `[pod/api-7d9f5c-abcde/api] text`."""

    name = "kubectl"
    marker = r"\[pod/[a-z0-9.-]{1,253}/[a-z0-9.-]{1,63}\](?: |\r|$)"
    names_service = True
    samples: tuple[str, ...] = (
        '[pod/api-7d9f5c6b8-x2x4z/api] {"level":50,"msg":"boom"}',
        "[pod/db-0/postgres] 2026-11-23 10:00:00.123 UTC [1] FATAL:  the database system is starting up",
        "[pod/api-7d9f5c6b8-x2x4z/istio-proxy] ",
    )
    line = lazy(rb"\[pod/([^\]/]+/[^\]/]+)\] ?(.*)", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        return match[1], match[2], False, ""

    def needle(self, stream: bytes) -> bytes:
        """The whole prefix."""
        return b"[pod/%b]" % stream
