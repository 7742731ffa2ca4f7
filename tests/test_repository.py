"""Logs meet code: which file of a repository a frame stands in, what stands there, who touched it; and that nothing else is read or run."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnose.model import Incident, Proof, Report
from diagnose.printers.sarif import SarifPrinter
from diagnose.printers.terminal import TerminalPrinter
from diagnose.repository import with_code
from diagnose.repository.files import Files
from diagnose.repository.frames import Frames
from diagnose.repository.history import History
from diagnose.repository.maps import BadMapError, inline_map, link_of, original
from tests.kit import ROOT, rulebook, scan_bytes
from tests.strange import finding, report_of
from tests.test_ci_printers import printed

COMPILED = ROOT / "tests" / "repository" / "typescript"
"""A program compiled by tsc, bundled by esbuild, and what Node printed of each."""

TREE = {
    "api/src/orders/repo.js": "\n" * 41 + "async function find (id) {}\n",
    "api/src/orders/index.js": "function list () {}\n",
    "web/src/orders/index.js": "function list () {}\n",
    "web/src/cart.js": "\n" * 9 + "function add () {}\n",
    "jobs/src/main/java/com/shop/orders/OrderRepo.java": "package com.shop.orders;\n" * 50
    + "class OrderRepo { void find() {} }\n",
    "jobs/src/main/java/com/shop/carts/OrderRepo.java": "package com.shop.carts;\n" * 50 + "class OrderRepo { void find() {} }\n",
    "jobs/src/main/kotlin/orders/Orders.kt": "fun find() {}\n" * 50,
    "pay/go.mod": "module github.com/acme/pay\n\ngo 1.24\n",
    "pay/internal/db/repo.go": "func (r *Repo) Find() {}\n" * 20,
    "pay/main.go": "func main() {}\n" * 9,
    "ship/go.mod": "module github.com/acme/ship\n",
    "ship/main.go": "func main() {}\n" * 9,
    "shop/orders/views.py": "def list_orders(request):\n    pass\n" * 20,
    "site/app/Http/OrderController.php": "<?php\n" + "function show() {}\n" * 40,
    "net/Shop/Orders/OrderRepo.cs": "class OrderRepo { Order Find(int id) {} }\n" * 50,
    "src/db.ts": "export function query () {}\n" * 3 + "export async function open () {\n}\n",
    "src/db/pool.ts": "export class Pool {\n  async take(limit: number) {\n  }\n}\n",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for name, text in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@cache
def frames(root: Path) -> Frames:
    return Frames(Files(root))


@pytest.mark.parametrize(
    ("blame", "path", "line"),
    [
        ("/srv/app/src/orders/repo.js:42 in find", "api/src/orders/repo.js", 42),
        ("file:///srv/app/src/orders/repo.js:42 in find", "api/src/orders/repo.js", 42),
        ("webpack:///./src/orders/repo.js:42 in find", "api/src/orders/repo.js", 42),
        ("webpack://shop/./src/orders/repo.js?a1b2:42 in find", "api/src/orders/repo.js", 42),
        ("/home/ci/build/web/src/orders/index.js:1 in list", "web/src/orders/index.js", 1),
        ("OrderRepo.java:51 in com.shop.orders.OrderRepo$Inner.find", "jobs/src/main/java/com/shop/orders/OrderRepo.java", 51),
        ("OrderRepo.java:51 in app//com.shop.carts.OrderRepo.find", "jobs/src/main/java/com/shop/carts/OrderRepo.java", 51),
        ("Orders.kt:7 in com.shop.orders.OrdersKt.find", "jobs/src/main/kotlin/orders/Orders.kt", 7),
        ("github.com/acme/pay/main.go:3 in main.main", "pay/main.go", 3),
        ("github.com/acme/ship/main.go:3 in main.main", "ship/main.go", 3),
        ("/go/pkg/mod/github.com/acme/pay@v1.2.3/internal/db/repo.go:12 in github.com/acme/pay/internal/db.(*Repo).Find",
         "pay/internal/db/repo.go", 12),
        ("/build/internal/db/repo.go:12 in github.com/acme/pay/internal/db.(*Repo).Find", "pay/internal/db/repo.go", 12),
        ("/usr/local/lib/python3.13/site-packages/shop/orders/views.py:9 in list_orders", "shop/orders/views.py", 9),
        ("/code/shop/orders/views.py:9 in list_orders.<locals>.<listcomp>", "shop/orders/views.py", 9),
        ("/var/www/html/app/Http/OrderController.php:12 in App\\Http\\OrderController->show", "site/app/Http/OrderController.php", 12),
        ("C:\\agent\\_work\\1\\s\\Shop\\Orders\\OrderRepo.cs:42 in Shop.Orders.OrderRepo.Find", "net/Shop/Orders/OrderRepo.cs", 42),
        ("/src/Shop/Orders/OrderRepo.cs:42 in Shop.Orders.OrderRepo.Find", "net/Shop/Orders/OrderRepo.cs", 42),
    ],
)  # fmt: skip
def test_a_frame_leads_to_its_file(tree: Path, blame: str, path: str, line: int) -> None:
    found = frames(tree).find(blame)
    assert found is not None
    assert (found.path, found.line, found.exact) == (path, line, True)


@pytest.mark.parametrize(
    ("blame", "why"),
    [
        ("/srv/app/src/orders/index.js:1 in list", "two files agree equally"),
        ("/srv/app/src/orders/repo.js:43000 in find", "the file has no such line"),
        ("/srv/app/src/orders/repo.js:42 in save", "the file has no such name: another version"),
        ("/srv/app/lib/deep/main.go:1 in main.main", "a name that every project has, and nothing else agrees"),
        ("OrderRepo.java:51 in com.other.OrderRepo.find", "two packages, and it is none of them"),
        ("/srv/app/src/nowhere.js:1 in f", "no such file"),
        ("node:internal/process/task_queues:95 in f", "the runtime's own"),
        ("<anonymous>", "no file"),
        ("", "nothing"),
        ("../../../../etc/passwd:1 in f", "nothing outside"),
        ("/" * 5_000 + ":1", "no parts"),
    ],
)
def test_where_no_file_is_certain_none_is_told(tree: Path, blame: str, why: str) -> None:
    assert frames(tree).find(blame) is None, why


@pytest.mark.parametrize(
    ("blame", "path", "line"),
    [
        ("/srv/app/dist/db.js:30 in open", "src/db.ts", 4),
        ("/srv/app/dist/src/db.js:30 in async Object.open", "src/db.ts", 4),
        ("/srv/app/build/db/pool.js:9 in Pool.take", "src/db/pool.ts", 2),
        ("/srv/app/dist/db.js:30 in query", "src/db.ts", 0),
        ("/srv/app/dist/db.js:30 in nothing", "src/db.ts", 0),
    ],
)
def test_a_compiled_file_without_a_map_leads_to_its_source_by_name(tree: Path, blame: str, path: str, line: int) -> None:
    found = frames(tree).find(blame)
    assert found is not None
    assert (found.path, found.line, found.exact) == (path, line, False)


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=200)
def test_no_blame_raises(tree: Path, blame: str) -> None:
    for text in (blame, f"{blame}/repo.js:42 in {blame}", f"OrderRepo.java:1 in {blame}", f"dist/{blame}.js:1 in {blame}"):
        frames(tree).find(text)


# ---------------------------------------------------------------- source maps


@pytest.mark.parametrize(
    ("name", "generated"), [("dist", "dist/orders/repo.js:8"), ("bundle", "bundle/server.js:1"), ("inline", "inline/server.js:5")]
)
def test_what_tsc_and_esbuild_made_leads_to_the_line_that_threw(name: str, generated: str) -> None:
    told = with_code(scan_bytes((COMPILED / f"{name}.log").read_bytes(), name=str(COMPILED / f"{name}.log")), COMPILED)
    (found,) = told.findings
    assert found.blame == f"/srv/shop/{generated} in findOrder"
    (spot,) = found.spots
    assert Path(spot.file).parts[-3:] == ("src", "orders", "repo.ts")
    assert "throw new Error" in spot.lines[spot.line - spot.first]
    assert spot.exact


DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def vlq(number: int) -> str:
    rest, text = abs(number) << 1 | (number < 0), ""
    while True:
        text += DIGITS[rest & 31 | (32 if rest > 31 else 0)]
        rest >>= 5
        if not rest:
            return text


def encoded(rows: list[list[tuple[int, int, int]]]) -> str:
    """Mappings of (column, source, line), by generated line."""
    source = line = 0
    texts = []
    for row in rows:
        column, segments = 0, []
        for segment in row:
            segments.append(vlq(segment[0] - column) + vlq(segment[1] - source) + vlq(segment[2] - line) + vlq(0))
            column, source, line = segment
        texts.append(",".join(segments))
    return ";".join(texts)


SEGMENTS = st.tuples(st.integers(0, 5_000), st.integers(0, 2), st.integers(0, 100_000))
PLACES = st.lists(
    st.dictionaries(st.integers(0, 5_000), SEGMENTS, max_size=3).map(lambda row: sorted((c, *s[1:]) for c, s in row.items())),
    max_size=4,
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(PLACES)
def test_every_mapping_is_read_as_it_was_written(rows: list[list[tuple[int, int, int]]]) -> None:
    data = json.dumps({"version": 3, "sources": ["a.ts", "b.ts", "c.ts"], "mappings": encoded(rows)}).encode()
    for number, row in enumerate(rows, 1):
        for column, source, line in row:
            assert original(data, number, column + 1) == ("abc"[source] + ".ts", line + 1)
    assert original(data, len(rows) + 5, 1) is None


@given(
    st.one_of(
        st.binary(max_size=80), st.text(max_size=30).map(lambda text: json.dumps({"sources": ["a"], "mappings": text}).encode())
    )
)
def test_a_map_that_is_none_is_an_error_with_a_name(data: bytes) -> None:
    with suppress(BadMapError):
        original(data, 1, 1)
    assert isinstance(link_of(data), str)
    assert inline_map("data:application/json;base64,!!") == b""


def test_a_map_leads_nowhere_outside(tmp_path: Path) -> None:
    """Neither by `..`, nor by a link, nor by an absolute name; and the map itself lies beside its file."""
    root = tmp_path / "repo"
    (root / "dist").mkdir(parents=True)
    (tmp_path / "secret.ts").write_text("findOrder\n" * 9)
    (root / "link.ts").symlink_to(tmp_path / "secret.ts")
    table = {"version": 3, "mappings": encoded([[(0, 0, 3)]])}
    for source in ("../../secret.ts", "../link.ts", str(tmp_path / "secret.ts"), "file:///etc/passwd"):
        (root / "dist" / "a.js").write_text("x\n//# sourceMappingURL=a.js.map\n")
        (root / "dist" / "a.js.map").write_text(json.dumps({**table, "sources": [source]}))
        assert Frames(Files(root)).find("/srv/dist/a.js:1 in findOrder", 1) is None, source
    (tmp_path / "m.map").write_text(json.dumps({**table, "sources": ["ok.ts"]}))
    (root / "ok.ts").write_text("findOrder\n" * 9)
    (root / "dist" / "a.js").write_text("x\n//# sourceMappingURL=../../m.map\n")
    (root / "dist" / "a.js.map").unlink()
    assert Frames(Files(root)).find("/srv/dist/a.js:1 in findOrder", 1) is None
    link = "data:application/json;base64," + base64.b64encode(json.dumps({**table, "sources": ["../ok.ts"]}).encode()).decode()
    (root / "dist" / "a.js").write_text(f"x\n//# sourceMappingURL={link}\n")
    found = Frames(Files(root)).find("/srv/dist/a.js:1 in findOrder", 1)
    assert found is not None
    assert (found.path, found.line) == ("ok.ts", 4)


# ---------------------------------------------------------------- history


def git(folder: Path, *words: str) -> str:
    """Run git as somebody, at a fixed time."""
    env = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "HOME": str(folder), "PATH": os.environ["PATH"]}
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"), ("DATE", "2026-11-20T10:00:00Z"))}  # fmt: skip
    return subprocess.run(["git", *words], cwd=folder, env={**env, **who}, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "src").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    (root / "src" / "repo.js").write_text("// orders\nasync function find (id) {\n  return 1\n}\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "Orders")
    (root / "src" / "repo.js").write_text("// orders\nasync function find (id) {\n  return pool.query(id)\n}\n")
    git(root, "commit", "-qam", "Ask the pool")
    return root


def test_the_commit_that_last_touched_a_line_is_named(repository: Path) -> None:
    history = History(repository)
    commit = history.commit("src/repo.js", 3, "  return pool.query(id)")
    assert commit is not None
    assert commit.id == git(repository, "rev-parse", "HEAD").strip()[:12]
    assert (commit.author, commit.summary, commit.time) == ("Ada", "Ask the pool", 1_795_168_800_000_000)
    first = history.commit("src/repo.js", 1, "// orders")
    assert first is not None
    assert first.summary == "Orders"


def test_a_line_that_is_not_committed_so_has_no_commit(repository: Path, tmp_path: Path) -> None:
    assert History(repository).commit("src/repo.js", 3, "  return something else") is None
    assert History(repository).commit("src/repo.js", 300, "") is None
    assert History(repository).commit("src/none.js", 1, "") is None
    assert History(tmp_path).commit("repo/src/repo.js", 1, "// orders") is None, "no repository"


def test_a_history_that_is_cut_off_blames_nobody(repository: Path, tmp_path: Path) -> None:
    """In a shallow clone the commit at the cut seems to have written everything."""
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    assert History(tmp_path / "shallow").commit("src/repo.js", 1, "// orders") is None


def test_nothing_that_a_repository_names_is_run(repository: Path, tmp_path: Path) -> None:
    """Monitors, hooks, pagers, filters, converters, aliases and transports of the repository's own settings."""
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    (repository / ".gitattributes").write_text("*.js diff=evil filter=evil\n")
    git(repository, "add", ".gitattributes")
    git(repository, "commit", "-qm", "Attributes")
    settings_ = ["core.fsmonitor", "core.pager", "pager.blame", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
                 "diff.evil.textconv", "diff.evil.command", "diff.external", "core.sshCommand", "core.editor", "alias.blame"]  # fmt: skip
    for name in settings_:
        git(repository, "config", name, str(trap))
    hooks = repository / ".git" / "hooks"
    for name in ("post-index-change", "post-checkout", "reference-transaction"):
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)
    (repository / "src" / "repo.js").touch()
    found = finding(1, blame="/srv/src/repo.js:3 in find")
    (spot,) = with_code(report_of(found), repository).findings[0].spots
    assert spot.commit is not None
    assert spot.commit.summary == "Ask the pool"
    assert not (tmp_path / "sprung").exists()


def test_git_that_is_missing_or_slow_costs_only_its_time(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert History(repository).commit("src/repo.js", 1, "// orders") is None
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr("diagnose.repository.history.PATIENCE", 0.2)
    monkeypatch.setattr("diagnose.repository.history.ALL", 0.3)
    history = History(repository)
    assert [history.commit("src/repo.js", line, "") for line in range(1, 40)] == [None] * 39


# ---------------------------------------------------------------- the report


def met(repository: Path, **more: Any) -> Report:
    return with_code(report_of(finding(1, blame="/srv/app/src/repo.js:3 in find", **more)), repository)


def test_the_report_shows_the_lines_around_and_points_at_the_code(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    told = met(repository)
    (spot,) = told.findings[0].spots
    assert (spot.file, spot.line, spot.first, len(spot.lines)) == ("src/repo.js", 3, 1, 5)
    data = json.loads(printed("json", told))["findings"][0]["spots"][0]
    assert data["code"][2] == {"line": 3, "text": "  return pool.query(id)"}
    assert data["commit"]["summary"] == "Ask the pool"
    mark = told.findings[0].fingerprint
    incident = replace(told, incidents=(Incident(mark, (mark,), None, None),))
    out = io.StringIO()
    TerminalPrinter().print(incident, out, {"width": 120, "color": False})
    assert re.search(r"^ code +src/repo\.js:3 ", out.getvalue(), re.MULTILINE)
    assert ">     3    return pool.query(id)" in out.getvalue()
    assert "Ada: Ask the pool" in out.getvalue()
    out = io.StringIO()
    SarifPrinter().print(told, out, {})
    (result,) = json.loads(out.getvalue())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("src/repo.js", 3)
    assert place["region"]["snippet"]["text"] == "  return pool.query(id)"


def test_secrets_in_code_are_not_shown(repository: Path) -> None:
    (repository / "src" / "repo.js").write_text("// orders\nconst password = 'hunter2-hunter2'\nasync function find (id) {\n}\n")
    (spot,) = met(repository).findings[0].spots
    assert "hunter2" not in "".join(spot.lines)


LOOP = """\
async function totals (orders) {
  const all = []
  for (const order of orders) {
    const { rows } = await pool.query('SELECT * FROM order_items WHERE order_id = $1', [order.id])
    all.push(rows)
  }
  return all
}
async function names (users) {
  for (const user of users) {
    await pool.query('SELECT name FROM customers WHERE id = $1', [user.id])
  }
}
"""


def test_an_n_plus_one_in_a_log_says_in_which_loop_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The frame names the line, or, as logs of statements have no frames, the table that they read does."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "orders.js").write_text(LOOP)
    rules = rulebook().rules
    found = replace(finding(1), rule="database/n-plus-one", of_class="n-plus-one", captures={"table": "order_items"}, evidence=())
    (spot,) = with_code(report_of(found), tmp_path, rules).findings[0].spots
    assert (spot.file, spot.line, spot.frame, spot.exact) == ("src/orders.js", 4, "", False)
    assert spot.suspects[0].rule == "database/n-plus-one"
    framed = replace(found, blame="/srv/app/src/orders.js:4 in totals")
    (spot,) = with_code(report_of(framed), tmp_path, rules).findings[0].spots
    assert (spot.line, spot.frame, spot.exact) == (4, framed.blame, True)
    assert 4 in [suspect.line for suspect in spot.suspects]
    other = replace(found, captures={"table": "invoices"})
    assert with_code(report_of(other), tmp_path, rules).findings[0].spots == ()


def test_evidence_that_blames_other_lines_gives_their_places_too(repository: Path) -> None:
    more = (
        Proof("x.log", 1, 0, "x", None, "/srv/app/src/repo.js:2 in find"),
        Proof("x.log", 2, 9, "x", None, "/nowhere.js:2 in f"),
    )
    assert [spot.line for spot in met(repository, evidence=more).findings[0].spots] == [3, 2]
