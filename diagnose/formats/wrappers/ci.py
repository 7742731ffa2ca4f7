"""Line-wise wrappings of CI runners and of `docker logs -t`, `kubectl logs --timestamps`: a time before each line."""

from __future__ import annotations

import re

from diagnose.formats.wrappers.base import BaseWrapper
from diagnose.hooks import Unwrapped
from diagnose.lazy import lazy

_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_LOGGERS_OWN = lazy(
    rb"\s*(?:[\[(<|]? *(?:TRACE|DEBUG|INFO|NOTICE|WARN|ERROR|FATAL|CRIT|PANIC|TRC|DBG|INF|WRN|ERR|FTL|trace|debug|info|notice|warn|error"
    rb"|fatal|crit|panic|trce|dbug|fail)(?![a-z])|\[|\d{1,10} +[\[A-Z]|std(?:out|err) [FP](?: |$)"
    rb"|[^\s:]{1,60} (?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) )"
)
"""What follows a time that the logger itself wrote: a level, a thread or a process; and CRI's stream."""

_STAMPED = lazy(rb"(%b\.\d{9}(?:Z|[+-]\d\d:\d\d))(?: (.*))?" % _STAMP.encode(), re.DOTALL)

_DOTNETS_OWN = lazy(
    rb"\[?(?:VRB|DBG|INF|WRN|ERR|FTL)\b|\[\w* ?(?:VRB|DBG|INF|WRN|ERR|FTL)\]|(?:trce|dbug|info|warn|fail|crit): [A-Z]"
)
"""What Serilog and ASP.NET's console write behind a time of seven digits. Maven's `[ERROR]` behind one is GitHub's."""


class Timestamps(BaseWrapper):
    """`docker logs -t`, `kubectl logs --timestamps`: `2026-11-23T10:00:00.123456789Z text`.

    A logger that writes such times itself puts its level or thread behind them: those lines are not wrapped.
    """

    name = "timestamps"
    marker = rf"{_STAMP}\.\d{{9}}(?:Z|[+-]\d\d:\d\d)(?: |\r?$)"
    samples: tuple[str, ...] = (
        "2026-11-23T10:00:00.123456789Z Traceback (most recent call last):",
        "2026-11-23T10:00:00.123456789+01:00 GET /orders 500 12.345 ms - 27",
        "2026-11-23T10:00:00.123456789Z ",
    )
    line = lazy(rb"(\S{28,35})(?: (.*))?", re.DOTALL)
    _own = _LOGGERS_OWN

    def _read(self, match: re.Match[bytes]) -> Unwrapped | None:
        payload = match[2] or b""
        if self._own.match(payload):
            return None
        return self.name.encode(), payload, False, match[1].decode("ascii", "replace")


def without_stamp(payload: bytes) -> tuple[bytes, str]:
    """The payload without the time that an engine wrote before it (`docker compose logs -t`), and that time, empty where there is none."""
    match = _STAMPED.fullmatch(payload)
    if match is None or _LOGGERS_OWN.match(match[2] or b""):
        return payload, ""
    return match[2] or b"", match[1].decode("ascii", "replace")


class GitHubLog(Timestamps):
    """A job's raw log of GitHub Actions: `2026-11-23T10:00:00.1234567Z text`."""

    name = "github"
    marker = rf"{_STAMP}\.\d{{7}}Z(?: |\r?$)"
    container = False
    samples: tuple[str, ...] = (
        "2026-11-23T10:00:00.1234567Z ##[error]Process completed with exit code 1.",
        "2026-11-23T10:00:00.1234567Z Traceback (most recent call last):",
        "2026-11-23T10:00:00.1234567Z ",
    )
    _own = _DOTNETS_OWN


class GitHubJob(BaseWrapper):
    """`gh run view --log`: `job<TAB>step<TAB>2026-11-23T10:00:00.1234567Z text`."""

    name = "github-job"
    container = False
    marker = rf"\w[\w (),./-]{{0,100}}\t[^\t\n]{{1,100}}\t{_STAMP}\.\d{{7}}Z(?: |\r?$)"
    names_service = True
    samples: tuple[str, ...] = (
        "build\tRun npm test\t2026-11-23T10:00:00.1234567Z ##[error]Process completed with exit code 1.",
        "build (18.x)\tSet up job\t2026-11-23T10:00:00.1234567Z Current runner version: '2.320.0'",
        "deploy\tUNKNOWN STEP\t2026-11-23T10:00:00.1234567Z ",
    )
    line = lazy(rb"([^\t]+)\t[^\t]+\t(\S+)(?: (.*))?", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        return match[1], match[3] or b"", False, match[2].decode("ascii", "replace")


class GitLabRunner(BaseWrapper):
    """GitLab Runner with timestamps: `2026-11-23T10:00:00.123456Z 00O text`; `O` is stdout, `E` stderr, `+` goes on with the line before."""

    name = "gitlab"
    container = False
    marker = rf"{_STAMP}\.\d{{6}}Z \d\d[OE](?:[ +]|\r?$)"
    samples: tuple[str, ...] = (
        "2026-11-23T10:00:00.123456Z 00O Running with gitlab-runner 17.5.0",
        "2026-11-23T10:00:00.123456Z 01E ERROR: Job failed: exit code 1",
        "2026-11-23T10:00:00.123456Z 00O+section_start:1795428000:step_script",
    )
    line = lazy(rb"(\S+) (\d\d[OE])[ +]?(.*)", re.DOTALL)

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        """What a `+` continues was ended by a carriage return: a line of its own for a reader."""
        return match[2], match[3], False, match[1].decode("ascii", "replace")
