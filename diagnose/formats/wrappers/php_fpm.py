"""PHP-FPM's `catch_workers_output`: its log quotes its children line by line, so that one error is spread over many lines."""

from __future__ import annotations

import re

from diagnose.formats.wrappers.base import BaseWrapper
from diagnose.hooks import Unwrapped
from diagnose.lazy import lazy


class PhpFpm(BaseWrapper):
    """`[23-Nov-2026 10:00:00] WARNING: [pool www] child 812 said into stderr: "text"`; each child is a stream of its own."""

    name = "php-fpm"
    marker = (
        r"\[\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d\] WARNING: \[pool [\w.-]{1,60}\] child \d{1,10} said into std(?:err|out): \""
    )
    container = False
    samples: tuple[str, ...] = (
        '[23-Nov-2026 10:00:00] WARNING: [pool www] child 812 said into stderr: "NOTICE: PHP message: PHP Warning:  x in /a.php on '
        'line 3"',
        '[23-Nov-2026 10:00:00] WARNING: [pool www] child 812 said into stdout: "Stack trace:", pipe is closed',
        '[23-Nov-2026 10:00:00] WARNING: [pool api.v2] child 7 said into stderr: "#0 {main}"',
    )
    line = lazy(
        rb"\[(?P<time>[^\]]+)\] WARNING: \[pool (?P<pool>[^\]]+)\] child (?P<child>\d+) said into (?P<stream>std(?:err|out)): "
        rb'"(?P<text>.*?)(?:"(?:, pipe is closed)?)?',
        re.DOTALL,
    )

    def _read(self, match: re.Match[bytes]) -> Unwrapped:
        """Take the text out of its quotes; a line that was cut has only the first."""
        stream = b" ".join((match["pool"], match["child"], match["stream"]))
        return stream, match["text"], False, match["time"].decode("ascii", "replace")
