"""The floors of docs/architecture.md are law, and heavy libraries are imported where they belong."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "diagnose"
HOMES = {
    "lark": ("condition",),
    "yaml": ("rulebook", "check/finders"),
    "ast_grep_py": ("check/match",),
    "regex": ("pattern",),
    "pluggy": ("hooks", "plugins"),
    "rich": ("printers/terminal", "printers/page", "cli"),
    "hyperscan": ("search/vector",),
    "re2": ("search/sets",),
    "tenacity": ("sinks/queue",),
}


def floors() -> dict[str, int]:
    table = re.findall(r"^\| (\d+) \| (.+) \|$", (ROOT / "docs/architecture.md").read_text(), re.MULTILINE)
    return {name.strip(): int(floor) for floor, names in table for name in names.split(",")}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imported(path: Path) -> list[tuple[str, int]]:
    """Absolute names of imported modules with their lines; those under TYPE_CHECKING too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "diagnose" else [str(node.module)]
            found += [(name, node.lineno) for name in names]
    return found


def test_every_module_has_a_floor() -> None:
    rooms = {room(path) for path in modules()} - {"__init__", "__main__"}
    assert rooms == set(floors())


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    known = floors()
    here = room(path)
    if here in ("__init__", "__main__"):
        return
    for name, line in imported(path):
        parts = name.split(".")
        if parts[0] != "diagnose" or len(parts) < 2 or parts[1] == "__version__" or parts[1] == here:
            continue
        assert known[parts[1]] < known[here], f"{path.name}:{line} (floor {known[here]}) imports {name} (floor {known[parts[1]]})"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_are_imported_in_their_home_only(path: Path) -> None:
    inside = str(path.relative_to(PACKAGE).with_suffix(""))
    for name, line in imported(path):
        homes = HOMES.get(name.split(".")[0])
        if homes is not None:
            assert any(inside == home or inside.startswith(home + "/") for home in homes), f"{path.name}:{line} imports {name}"
