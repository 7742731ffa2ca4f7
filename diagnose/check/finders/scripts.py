"""The finder for shell scripts that CI and deployments run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from diagnose.check.spots import File, Spot

_RUN_BY_MACHINES = re.compile(
    r"(?i)(?:^|/)(?:\.?ci(?:_\w+)?|\.github|\.gitlab|\.circleci|\.buildkite)/|(?:^|[/._-])(?:ci|deploy|release|publish|migrate|backup)(?:[._-][\w.-]*)?$"
)
_SHEBANG = re.compile(r"#!\s*/\S*\b(?:env\s+(?:-S\s+)?)?(?P<shell>bash|sh|dash|ksh|zsh)\b(?P<flags>.*)")
_INIT = "### BEGIN INIT INFO"
"""Scripts of System V's init decide on each command's status themselves."""

_CLEANS = re.compile(r"clean-?_?up|teardown|uninstall|stop|(?:pre|post)-?_?(?:inst|rm|remove|install)")
"""Scripts that go on by their purpose, and those of a package manager, which decide by its arguments."""

_ANSWERED = re.compile(r"\|\|\s*\{?\s*(?:exit|fail|die|abort|error|return|err)\b|\btrap |\$\?|^\s*(?:el)?if\s+!\s+\w")
"""Whoever answers for a command's failure by hand."""

_SETS = re.compile(r"^\s*set\s+(?P<flags>-\S+(?:\s+[-\w]+)*)")
_COMMAND = re.compile(
    r"^\s*(?![#}\])]|(?:if|then|else|elif|fi|for|do|done|while|case|esac|function|local|export|echo|printf|exit|return|set)\b)[\w./$\"{]"
)
_HIDDEN = re.compile(
    r"^(?!\s*(?:#|if\b|elif\b|while\b|until\b))[^#'\"`|]*[\w)\"'}]\s+\|\s*(?:tee|tail|head|sort|uniq|sed|awk|cat|column|jq)\b(?!.*\|\|)"
)


def _in_a_row(commands: list[str]) -> bool:
    """Whether commands follow one another at the same depth: of branches with one command each nothing goes on."""
    return any(
        one[: len(one) - len(one.lstrip())] == other[: len(other) - len(other.lstrip())] == ""
        for one, other in pairwise(commands)
    )


def no_errexit(file: File) -> Iterator[Spot]:
    """Scripts of several commands that go on after a failed one."""
    first = _SHEBANG.match(file.lines[0]) if file.lines else None
    if (
        first is None
        or _CLEANS.search(file.name)
        or not _RUN_BY_MACHINES.search(file.path)
        or any(line.startswith(_INIT) for line in file.lines[:5])
    ):
        return
    flags = [first["flags"], *(match["flags"] for line in file.lines if (match := _SETS.match(line)))]
    errexit = any(re.search(r"(?:^|\s)-\w*e|errexit", flag) for flag in flags)
    commands = [line for line in file.lines[1:] if _COMMAND.match(line)]
    # Whoever sets these knows -e, and leaves it out.
    chosen = any(re.search(r"(?:^|\s)-\w*u|nounset|pipefail", flag) for flag in flags)
    if (
        not errexit
        and not chosen
        and len(commands) >= 3
        and _in_a_row(commands)
        and not any(_ANSWERED.search(line) for line in file.lines)
    ):
        yield file.spot(1, WHY="goes on after a command that failed: `set -e` is missing")
    elif errexit and first["shell"] == "bash" and not any("pipefail" in flag for flag in flags):
        for number, line in enumerate(file.lines, 1):
            if _HIDDEN.match(line):
                yield file.spot(
                    number,
                    len(line) - len(line.lstrip()) + 1,
                    WHY="hides a failure behind this pipe: `set -o pipefail` is missing",
                )
                return
