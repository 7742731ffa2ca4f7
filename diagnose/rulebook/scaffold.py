"""A rule to begin with: it is in order and passes its own tests as it stands; what is to be replaced says so."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

OTHERWISE = "uncaught-exception"
"""The class of a rule whose name is like none: the most general one."""

_SCAFFOLD = """\
# ID: what fails, in which software, and how one would notice.
# Everything below is an example that works: replace it piece by piece, and run
#   diagnose rules lint DIR && diagnose rules test DIR
# What each key holds: docs/rules.md, or `diagnose rules schema` for your editor.
title: "TITLE: {part} did not answer"
class: CLASS          # what rules of different technologies share: see classes.yaml
severity: error          # info, warning, error, critical
technologies: ["TECHNOLOGY"]
# codes: [E_SOMETHING, "1234"]          # what a person types after `diagnose explain`

signals:
  seen:
    literals: ["NAME: part "]          # what healthy logs lack; at least three plain characters
    regex: 'NAME: part (?P<part>[\\w.-]+) did not answer'
    level: warning
  overloaded:
    literals: ["NAME: queue is full"]
when: seen
keys: [part]          # what tells one failure from another of this rule

causes:
  - id: part-is-down
    weight: 40
    cause: "{part} is not running."
    fix:
      - Start {part}, and see in its own log why it had stopped.
  - id: part-is-overloaded
    weight: 20
    cause: "{part} has more to do than it can."
    evidence:
      - {if: overloaded before 5m, add: 50}
    fix:
      - text: Give it fewer requests at once.
        # for: [express]          # where a step is for some frameworks or drivers only
        language: yaml
        code: |
          concurrency: 10
checklist:
  - Find the call at {blame}
  - {text: See whether it runs, run: "systemctl status <part>", readonly: true}
# explains: [{class: unhandled-500, by: request|service, within: 5s}]          # what this failure brings about
# references: ["https://…"]          # the software's own pages

tests:          # logs that the real software wrote
  - name: a hit
    log: |
      2026-01-01T10:00:00Z ERROR NAME: part fan-1 did not answer
    expect: [{rule: ID, cause: part-is-down, captures: {part: fan-1}}]
  - name: a hit whose cause the log tells
    log: |
      2026-01-01T09:58:00Z WARN NAME: queue is full
      2026-01-01T10:00:00Z ERROR NAME: part fan-1 did not answer
    expect: [{rule: ID, cause: part-is-overloaded, captures: {part: fan-1}}]
  - name: a near-miss, which looks alike and is no failure
    log: |
      2026-01-01T10:00:00Z INFO NAME: part fan-1 answered
    expect: []
"""


def scaffold(id: str, of_class: str, folder: str) -> str:
    """The text of a new rule of this id and class, to stand below the folder."""
    technology, name = id.split("/")[0], id.rsplit("/", 1)[-1]
    title = name.replace("-", " ").capitalize()
    words = {"ID": id, "DIR": folder, "TITLE": title, "CLASS": of_class, "TECHNOLOGY": technology, "NAME": name}
    return re.sub(r"\b(?:%s)\b" % "|".join(words), lambda match: words[match[0]], _SCAFFOLD)


def likely_class(id: str, classes: Collection[str]) -> str:
    """The class that a rule of this id is likely of: the one it is named like, or the most general."""
    name = id.rsplit("/", 1)[-1]
    if name in classes:
        return name
    near = difflib.get_close_matches(name, sorted(classes), 1, 0.7)
    return near[0] if near else OTHERWISE
