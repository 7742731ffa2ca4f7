"""Rule files for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

from diagnose.rulebook.load import LoadResult, load_rules

CLASSES = """\
# classes for tests
some:
  duplicate-key: A key came twice.
  connection-refused: Nothing listens.
  unhandled-500: Nobody caught it.
"""

RULE = """\
title: "Duplicate key: {key} already holds {value}"
class: duplicate-key
severity: error
technologies: [mysql, mariadb]
codes: [ER_DUP_ENTRY, "1062", "SQLSTATE 23000"]

signals:
  duplicate:
    literals: [Duplicate entry, ER_DUP_ENTRY]
    regex: "Duplicate entry '(?P<value>.*?)' for key '(?P<key>[^']+)'"
    captures: {value: {redact: true}}
    unless: [ON DUPLICATE KEY]
  retried: {regex: ['retrying in (?P<wait>\\d+ms)', "will retry"], captures: {wait: duration}, level: warning}
  healed: {literals: insert succeeded, fields: {status: ">= 200"}, look_in: line, ignore_case: true}
when: duplicate or retried then duplicate within 5s
keys: [key, service]
resolved_by: healed
generic: false

causes:
  - id: check-then-insert-race
    weight: 40
    cause: Code checks for the row and then inserts; another request wins between the two.
    fix:
      - Keep the unique key and drop the pre-check.
      - for: [express, mysql2]
        language: javascript
        code: |
          try { await insert(row) } catch (error) { conflict(error) }
    database_changes: []
    security_considerations: [Do not tell the client which value is taken.]
    api_endpoints: [{method: POST, path: /users, description: creates}]
  - id: double-submit-or-retry
    weight: 20
    evidence: [{if: "count(duplicate) >= 2 by key, duplicate.value within 5s", add: 50}]
    cause: The same request came twice.
    checklist: [Look for two requests with one id]
checklist:
  - Find the insert at {blame}
  - {text: See which keys the table has, run: "SHOW INDEX FROM <table>", readonly: true}
  - {text: Drop the row, run: "DELETE FROM <table>"}
explains: [{class: unhandled-500, by: request|service, within: 2s}]
source:
  - {language: javascript, rule: {pattern: insert($A), any: [{kind: call_expression}, {kind: new_expression}]}, message: look}
references: ["https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html"]
tests:
  - name: node mysql2
    log: |
      Error: Duplicate entry 'a@b.c' for key 'users.email'
          at Packet.asError (node_modules/mysql2/lib/packets/packet.js:740:17)
    expect: [{rule: mysql/duplicate-key, cause: check-then-insert-race, captures: {key: users.email}, count: 1}]
  - name: SQL text is no error
    log: INSERT INTO users VALUES (1) ON DUPLICATE KEY UPDATE id = id
    expect: []
"""

SHORT = """\
title: Nothing listens
class: connection-refused
severity: critical
signals:
  refused: {literals: ECONNREFUSED}
when: refused
cause: The service is down.
fix: Start it.
tests:
  - {name: hit, log: connect ECONNREFUSED 127.0.0.1:5432, expect: node/refused}
  - {name: miss, log: all is well, expect: []}
"""


def write(folder: Path, **rules: str | bytes) -> Path:
    """Write rule files (`mysql__duplicate_key` is mysql/duplicate-key) and the test classes."""
    (folder / "classes.yaml").write_text(CLASSES)
    for name, text in rules.items():
        path = folder / (name.replace("__", "/").replace("_", "-") + ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def load(folder: Path, **rules: str | bytes) -> LoadResult:
    """Load what `write` wrote; faults are told, not raised."""
    return load_rules([write(folder, **rules)], strict=False)
