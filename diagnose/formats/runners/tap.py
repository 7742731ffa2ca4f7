"""The Test Anything Protocol, as Node's `tap` reporter, tape, node-tap and Bats print it, and what Perl's Test::More and `prove` tell beside it.

`not ok` is followed by a YAML block (Node, tape) or by `#` lines (Bats, pgTAP); Test::More tells its failures on the other
stream as `#   Failed test 'name'`, so a bare `not ok` is told there. Shapes: https://testanything.org, Node 20 and Perl 5.36 run by
fixtures/lab/runners.
"""

from __future__ import annotations

import re

from diagnose.formats.runners.base import FAILED, PASSED, UNKNOWN, Runner, dedent, placed
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_RESULT = lazy(
    r" *(?P<not>not )?ok \d+(?: -)?(?: (?P<name>[^\n]*?))??(?P<directive>[ \t]{0,9}# ?(?i:todo|skip)\b[^\n]*)?\r?(?:\n|\Z)"
)
_YAML = lazy(r"( *)---\r?\n(.*?)(?:\n\1\.\.\.|\Z)", re.DOTALL)
_ENTRY = lazy(r"(?m)^(\w+): *(.*)$")
_FRAME = lazy(r"(?m)^ *at \S")
_PARENT = lazy(r"\d+ subtests? failed\Z")
_PERL = lazy(r" *#   Failed (\(TODO\) )?test(?: '([^\n]*)')?")
_AT = lazy(r"(?m)^ *#   at (.+) line (\d{1,9})\.$")
_COMMENT = lazy(r"(?m)^ *# ?")
_PLACE = lazy(r"(.+?):(\d{1,9}):\d+\Z")


class Tap(Runner):
    """`ok 1 - name`, `not ok 2 - name`, subtests four blanks further in; `t/name.t ..`."""

    name = "tap"
    priority = 91
    technologies = ("tap",)
    start = (
        r" {0,40}(?:(?:not )?ok \d{1,7}(?:\r?$| )|# Subtest: |#   Failed (?:\(TODO\) )?test)|TAP version 1[34]"
        r"|[\w./-]{1,200}\.t \.{2,200} ?"
    )
    errors: tuple[str, ...] = (r"not ok \d", r"#   Failed test")
    samples: tuple[Sample, ...] = (
        Sample(
            "    not ok 6 - asks the stock service\n      ---\n      duration_ms: 1.631303\n"
            "      location: '/srv/shop/failing.test.js:25:3'\n      failureType: 'testCodeFailure'\n"
            "      error: 'connect ECONNREFUSED 127.0.0.1:47002'\n      code: 'ECONNREFUSED'\n      stack: |-\n"
            "        TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)\n      ...",
            level="error",
            message="asks the stock service: Error: connect ECONNREFUSED 127.0.0.1:47002\n    at TCPConnectWrap",
        ),
        Sample(
            "#   Failed test 'stock is asked'\n#   at failing.t line 10.\n# Error: connect ECONNREFUSED 127.0.0.1:47002",
            level="error",
            message="stock is asked: Error: connect ECONNREFUSED",
        ),
        Sample(
            "not ok 2 orders are placed\n# (in test file orders.bats, line 5)\n#   `curl localhost:47002' failed with status 7",
            level="error",
            message="orders are placed: (in test file",
        ),
        Sample("ok 1 - connect ECONNREFUSED 127.0.0.1:5432 is answered with 503\n  ---\n  duration_ms: 0.4\n  ...", level="info"),
        Sample("not ok 5 - known bug # TODO Error: connect ECONNREFUSED 127.0.0.1:5432", level="info"),
        Sample("#   Failed (TODO) test 'known bug'\n#   at failing.t line 18.", level="info"),
        Sample("# Subtest: answers connect ECONNREFUSED 127.0.0.1:5432 with 503", level="info"),
        Sample("TAP version 13\n# Error: connect ECONNREFUSED 127.0.0.1:5432", level="info"),
        Sample("healthy.t .. ok", level="info"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one result, or what Test::More says of a failure."""
        perl = _PERL.match(record)
        if perl is not None:
            return self._diagnosed(record, perl)
        result = _RESULT.match(record)
        if result is None:
            return self.mute(UNKNOWN)
        name = result["name"] or ""
        if not result["not"] or result["directive"]:
            return self.mute(PASSED, name)
        rest = record[result.end() :]
        block = _YAML.match(rest)
        if block is not None:
            return self._told(name, dedent(block[2], len(block[2]) - len(block[2].lstrip(" "))))
        comments = [line for line in rest.split("\n") if line.lstrip().startswith("#")]
        if not comments:
            return self.mute(FAILED, name)
        return self.failed(name, _COMMENT.sub("", "\n".join(comments)))

    def _told(self, name: str, block: str) -> Header:
        """A failure with a YAML block. Node gives the stack without header and `at`, tape as V8 does."""
        entries = _entries(block)
        error = entries.pop("error", "") or entries.pop("message", "")
        if entries.get("failureType") == "subtestsFailed" or _PARENT.match(error):
            return self.mute(FAILED, name)
        stack = entries.pop("stack", "")
        if not _FRAME.search(stack):
            header = f"{entries.get('name') or 'Error'}: {error}"
            stack = "\n".join([header, *(f"    at {line.strip()}" for line in stack.split("\n") if line.strip())])
        more = [f"  {key}: '{value}'" for key, value in entries.items() if key not in ("duration_ms", "location", "type")]
        place = _PLACE.match(entries.get("location", ""))
        return self.failed(name, placed("\n".join([stack, *more])), place[1] if place else "")

    def _diagnosed(self, record: str, perl: re.Match[str]) -> Header:
        name = perl[2] or "test"
        if perl[1]:
            return self.mute(PASSED, name)
        place = _AT.search(record)
        rest = record[place.end() :] if place else record[perl.end() :]
        return self.failed(name, _COMMENT.sub("", rest.strip("\n")), place[1] if place else "")


def _entries(block: str) -> dict[str, str]:
    """The entries of a flat YAML mapping as text; what is indented below a key is its value."""
    found: dict[str, str] = {}
    matches = list(_ENTRY.finditer(block))
    ends = [*(match.start() for match in matches[1:]), len(block)]
    for match, end in zip(matches, ends, strict=False):
        below = block[match.end() : end].strip("\n")
        value = match[2].strip()
        if value in ("|-", "|", ">-", ">", ""):
            value = dedent(below, 2).strip("\n")
        elif value[0] in "'\"" and value[-1] == value[0] and len(value) > 1:
            value = value[1:-1].replace("''", "'") if value[0] == "'" else value[1:-1].replace('\\"', '"')
        found[match[1]] = value
    return found
