"""The parts of `diagnose check`: what files are, what comments suppress, what rewrites keep, what a rule's half for code may say."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from diagnose.check.changes import touches
from diagnose.check.finders import FINDERS
from diagnose.check.fixes import rewrite, write
from diagnose.check.ignores import ignores
from diagnose.check.languages import language_of, part_of
from diagnose.check.look import look, look_at
from diagnose.check.regexes import ascii_regex
from diagnose.check.skips import not_read, vendored
from diagnose.check.spots import File
from diagnose.rulebook.form import FINDERS as NAMED
from diagnose.rulebook.form import LANGUAGES
from tests.rulebook.rule_texts import load
from tests.test_check_samples import every, samples


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a.js", "javascript"), ("a.mjs", "javascript"), ("a.tsx", "typescript"), ("a.d.ts", ""), ("A.java", "java"), ("build.gradle.kts", "kotlin"),
        ("a.blade.php", "configuration"), ("x.h", "cpp"), (".env.production", "configuration"), ("app.env", "configuration"),
            ("k8s/a.yaml", "configuration"),
        ("appsettings.Production.json", "configuration"), ("package.json", ""), ("README.md", ""), ("run", ""),
    ],
)  # fmt: skip
def test_a_language_is_told_by_the_name(path: str, language: str) -> None:
    assert language_of(path) == language


def test_a_script_is_told_by_its_first_line() -> None:
    assert language_of("bin/run", b"#!/usr/bin/env bash\n") == "bash"
    assert language_of("bin/run", b"#!/bin/sh -e\n") == "bash"
    assert language_of("bin/run", b"#!/usr/bin/env python3\n") == ""


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("src/orders.py", ""), ("src/test_orders.py", "tests"), ("src/orders_test.go", "tests"), ("tests/a.js", "tests"), ("src/a.spec.ts", "tests"),
        ("src/test/java/A.java", "tests"), ("src/OrderServiceTest.java", "tests"), ("src/Latest.java", ""), ("app/contest.py", ""),
        ("db/migrations/1.js", "migrations"), ("seeders/users.js", "migrations"), ("ci/deploy.sh", ""), ("examples/a.py", "tests"),
        ("src/attest/a.py", ""), ("net/testsuite/src/A.cpp", "tests"), ("pdns/fuzz_packet.cc", "tests"), ("store/storetest/user.go", "tests"),
        ("vault/external_tests/a.go", "tests"), ("cmd/latest/a.go", ""), ("admin/upgrade.php", "migrations"), ("src/upgradeSocket.js", ""),
        ("maintenance/moveBatch.php", "migrations"), ("internal/testserver/db.go", "tests"), ("shop/static/js/orders.js", "browser"),
        ("resources/js/app.ts", "browser"), ("shop/static/orders.py", ""), ("src/statics/orders.js", ""),
        ("salesforce/testrunner/settings.py", "tests"), ("ray/microbenchmark_helpers.py", "tests"),
        ("install/app-templates/settings.py", "tests"),
        ("src/db/updates/2.3.js", "migrations"), ("src/updates/feed.js", ""), ("web/webpack.config.dev.js", "migrations"),
        ("vite.config.ts", "migrations"),
        ("src/app.config.service.ts", ""),
    ],
)  # fmt: skip
def test_parts_of_a_project(path: str, part: str) -> None:
    assert part_of(path) == part


def test_other_peoples_code() -> None:
    assert vendored("node_modules/x/a.js") == "lies in node_modules/"
    assert vendored("src/vendor/a.php") == "lies in vendor/"
    assert vendored("src/vendors.php") == ""
    assert not_read("assets/index-1ifPC3Lo.js", b"x") == "minified"
    assert not_read("src/my-module12.js", b"x") == ""


def test_comments_that_suppress() -> None:
    text = (
        "a # diagnose: ignore[x/y] why\n"
        "<!-- diagnose: ignore[x/y, z] markup -->\n"
        "b\n"
        "/* diagnose: ignore[x/*]: glob */\n"
        "// another comment\n"
        "\n"
        "c\n"
        "-- diagnose: ignore[n-plus-one]\n"
        "d\n"
        "s = 'diagnose: ignore[x/y] in a string'\n"
    )
    found = ignores(text)
    assert [(one.line, one.for_line, one.names, one.reason) for one in found] == [
        (1, 1, ("x/y",), "why"),
        (2, 3, ("x/y", "z"), "markup"),
        (4, 7, ("x/*",), "glob"),
        (8, 9, ("n-plus-one",), ""),
    ]
    assert found[2].covers("x/anything", "some-class")
    assert found[3].covers("database/n-plus-one", "n-plus-one")


def test_lines_that_changed() -> None:
    assert touches(((3, 5), (9, 9)), 5, 7)
    assert touches(((3, 5), (9, 9)), 1, 20)
    assert not touches(((3, 5), (9, 9)), 6, 8)
    assert not touches((), 1, 100)


@pytest.mark.parametrize(
    ("pattern", "ascii"),
    [
        (r"^\w+\.find$", r"^[0-9A-Za-z_]+\.find$"),
        (r"[\w-]+\s*\d", r"[0-9A-Za-z_-]+[ \t\r\n\f]*[0-9]"),
        (r"\b[^\]\w]\b", r"(?-u:\b)[^\]0-9A-Za-z_](?-u:\b)"),
        (r"\\w \W [^)]*\)", r"\\w \W [^)]*\)"),
        ("a\\", "a\\"),
    ],
)
def test_regexes_in_ascii(pattern: str, ascii: str) -> None:
    assert ascii_regex(pattern) == ascii


# ---------------------------------------------------------------- rewrites

COROUTINE = "async def save(row):\n    return row\n\n\nasync def main(rows):\n    save(rows[0])  # é\n    save(rows[1])\n"


def fixed(path: Path) -> str:
    seen = look_at(path.name, path.read_bytes(), every())
    change = rewrite(path.name, path, seen.matches)
    assert change is not None
    if change.refused:
        return change.refused
    write(change)
    return ""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_rewrite_keeps_encoding_line_ends_and_mode(tmp_path: Path, newline: str, mark: str) -> None:
    path = tmp_path / "app.py"
    path.write_bytes((mark + COROUTINE).replace("\n", newline).encode())
    path.chmod(0o750)
    assert fixed(path) == ""
    wanted = (mark + COROUTINE.replace("    save(", "    await save(")).replace("\n", newline)
    assert path.read_bytes().decode() == wanted
    assert path.stat().st_mode & 0o777 == 0o750
    assert list(tmp_path.iterdir()) == [path]
    assert rewrite(path.name, path, look_at(path.name, path.read_bytes(), every()).matches) is None


def test_a_rewrite_goes_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_text(COROUTINE)
    (tmp_path / "app.py").symlink_to("real.py")
    assert fixed(tmp_path / "app.py") == ""
    assert (tmp_path / "app.py").is_symlink()
    assert "await save(rows[1])" in (tmp_path / "real.py").read_text()


def test_what_does_not_parse_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text(COROUTINE + "def broken(:\n")
    before = path.read_bytes()
    seen = look_at(path.name, before, every())
    change = rewrite(path.name, path, seen.matches)
    assert change is None or change.refused == "its syntax does not parse wholly"
    assert path.read_bytes() == before


def test_every_rewrite_of_the_samples_parses_and_is_final(tmp_path: Path) -> None:
    rewritten = 0
    for sample in samples():
        path = tmp_path / sample.relative_to(sample.parents[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample.read_bytes())
        name = os.fspath(path.relative_to(tmp_path))
        change = rewrite(name, path, look_at(name, path.read_bytes(), every()).matches)
        if change is not None:
            assert change.refused == ""
            write(change)
            assert rewrite(name, path, look_at(name, path.read_bytes(), every()).matches) is None
            rewritten += 1
    assert rewritten >= 2


# ---------------------------------------------------------------- robustness


def test_mutilated_samples_are_no_crash() -> None:
    draw = random.Random(11)
    for path in samples():
        data = bytearray(path.read_bytes())
        for _ in range(3):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(60)] = bytes(draw.choices(b"(){}[]'\"`;:\n\t/*#\xc3", k=draw.randrange(20)))
        look_at(path.name, bytes(data), every())


@pytest.mark.parametrize("name", sorted(FINDERS))
def test_finders_take_any_text(name: str) -> None:
    texts = [
        "",
        "\n",
        ":",
        "- " * 500,
        "{" * 500,
        "a: &a [*a]\n",
        "services: []\n",
        "services: {a: {image: postgres}}\n",
        "kind: Deployment\n",
        "x" * 9_000,
    ]
    texts += [
        "services:\n  a: {image: [x], environment: {DB_HOST: [localhost]}, depends_on: {b: x}}\n",
        "kind: Deployment\nspec: {template: 1}\n",
    ]
    for text in texts:
        for path in (
            "docker-compose.prod.yml",
            ".env.prod",
            "nginx.conf",
            "application-prod.yml",
            "appsettings.Prod.json",
            "ci/run.sh",
        ):
            list(FINDERS[name](File(path, text)))


def test_a_script_without_errexit_is_told_at_its_first_line() -> None:
    body = "cd app\nnpm ci\nnpm test\n"
    find = FINDERS["no-errexit"]
    assert [spot.line for spot in find(File("ci/build.sh", f"#!/bin/bash\n{body}"))] == [1]
    assert list(find(File("ci/build.sh", f"#!/bin/bash\nset -euo pipefail\n{body}"))) == []
    assert list(find(File("ci/build.sh", f"#!/bin/bash -e\n{body}"))) == []
    assert list(find(File("ci/retry.sh", f"#!/bin/bash\nset -uo pipefail\n{body}"))) == []
    assert list(find(File("lib/build-helpers.sh", body))) == []
    assert list(find(File("src/tool.sh", f"#!/bin/bash\n{body}"))) == []


def test_queries_about_the_row_of_a_templates_loop() -> None:
    find = FINDERS["query-in-template"]
    loop = "@foreach ($orders as $id => $order)\n  {{ $order->lines()->count() }}\n@endforeach\n"
    assert [(spot.line, spot.values["QUERY"]) for spot in find(File("orders.blade.php", loop))] == [(2, "$order->lines()->count")]
    assert list(find(File("orders.html", loop))) == []
    assert list(find(File("orders.blade.php", loop.replace("lines()", "lines")))) == []
    assert list(find(File("orders.blade.php", loop.replace("@foreach", "@if")))) == []
    after = loop + "{{ $order->lines()->count() }}\n"
    assert [spot.line for spot in find(File("orders.blade.php", after))] == [2]


def test_every_finder_that_a_rule_may_name_is_there() -> None:
    assert set(FINDERS) | {"unused-ignore"} == set(NAMED)
    assert {language for one in every() for language in one.languages} == set(LANGUAGES)


# ---------------------------------------------------------------- what rules may say

HEAD = "title: t\nclass: duplicate-key\nseverity: error\ncause: c\nfix: f\n"


@pytest.mark.parametrize(
    ("source", "reason", "help"),
    [
        ("[{language: javascript, rule: {patern: x}, message: m}]", "ast-grep has no key `patern`", "did you mean `pattern`?"),
        ("[{language: javascrpt, rule: {pattern: x}, message: m}]", "expected one of", "did you mean `javascript`?"),
        ("[{language: go, rule: {pattern: x}}]", "a detector lacks `message`", ""),
        ("[{rule: {pattern: x}, message: m}]", "a detector lacks `language`", ""),
        ("[{language: go, message: m}]", "a detector needs `rule` or `finds`", ""),
        ("[{finds: debug-of, message: m}]", "expected one of", "did you mean `debug-on`?"),
        ("[{language: go, rule: {pattern: $A}, message: 'a $B'}]", "the rule captures no `$B`", ""),
        ("[{language: go, rule: {any: x}, message: m}]", "expected a list of ast-grep rules", ""),
        (
            "[{language: go, rule: {has: {field: x, stopBy: {knd: y}}}, message: m}]",
            "ast-grep has no key `knd`",
            "did you mean `kind`?",
        ),
    ],
)
def test_faults_of_detectors_are_told_with_their_place(tmp_path: Path, source: str, reason: str, help: str) -> None:
    result = load(tmp_path, mine__rule=f"{HEAD}source: {source}\n")
    fault = next(fault for fault in result.faults if fault.reason.startswith(reason))
    assert fault.line == 6
    assert help in fault.help


def test_a_rule_may_be_for_code_alone_but_not_for_nothing(tmp_path: Path) -> None:
    result = load(tmp_path, mine__rule=f"{HEAD}source: [{{language: go, rule: {{pattern: $A}}, message: m}}]\n")
    assert [(rule.id, rule.when) for rule in result.rules] == [("mine/rule", "")]
    result = load(tmp_path, mine__rule=HEAD)
    assert {fault.reason for fault in result.faults} == {"a rule lacks `signals`", "a rule lacks `when`"}


# ---------------------------------------------------------------- manifests

HANDLER = b"""const express = require('express')
const app = express()
app.get('/orders', async (req, res) => {
  res.json(await orders.all())
})
"""


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ('{"dependencies": {"express": "^4.19.2"}}', True),
        ('{"dependencies": {"express": "^5.1.0"}}', False),
        ('{"peerDependencies": {"express": ">=5"}}', False),
        ('{"dependencies": {"express": "latest"}}', True),
        ('{"dependencies": ["express"]}', True),
        ("[5]", True),
        ("{", True),
    ],
)
def test_what_a_version_of_a_package_mends_is_not_told_where_the_project_has_it(
    tmp_path: Path, manifest: str, told: bool
) -> None:
    (tmp_path / "package.json").write_text(manifest)
    (tmp_path / "src").mkdir()
    path = tmp_path / "src" / "app.js"
    path.write_bytes(HANDLER)
    rules = {match.rule for match in look("src/app.js", path, every()).matches}
    assert ("source/handler-without-error-path" in rules) is told
