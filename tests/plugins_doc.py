"""The code blocks of docs/plugins.md are the example packages' own files: `python -m tests.plugins_doc` writes them anew."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.kit import ROOT

DOC = ROOT / "docs" / "plugins.md"
EXAMPLES = ROOT / "docs" / "examples"
_BLOCK = re.compile(r"(<!-- file: (\S+) -->\n```\w+\n)(.*?)(```\n)", re.DOTALL)
_ROW = re.compile(r"^\| `(.+?)` \| .+ \|$", re.MULTILINE)


def shown(text: str) -> list[str]:
    """The files that the text shows."""
    return [match[2] for match in _BLOCK.finditer(text)]


def renewed(text: str) -> str:
    """The text with the files as they are."""
    return _BLOCK.sub(lambda match: match[1] + (ROOT / match[2]).read_text() + match[4], text)


def told(text: str) -> dict[str, list[str]]:
    """What each section's table names: attributes and signatures."""
    sections = re.findall(r"^##+ (\w+)\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    return {name: [row.replace("\\|", "|") for row in _ROW.findall(body)] for name, body in sections if _ROW.search(body)}


def declared(module: Path) -> dict[str, list[str]]:
    """What each class of a module declares: `name: type = default`, `method(arguments) -> type`; properties are left out."""
    classes = [node for node in ast.parse(module.read_text()).body if isinstance(node, ast.ClassDef)]
    return {node.name: [text for part in node.body if (text := _member(part))] for node in classes}


def _member(node: ast.stmt) -> str:
    if isinstance(node, ast.AnnAssign):
        default = f" = {ast.unparse(node.value)}" if node.value is not None else ""
        return f"{ast.unparse(node.target)}: {ast.unparse(node.annotation)}{default}"
    if (
        isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and not any(ast.unparse(one) == "property" for one in node.decorator_list)
    ):
        arguments = ast.unparse(ast.arguments(**{**vars(node.args), "args": node.args.args[1:]}))
        return f"{node.name}({arguments}) -> {ast.unparse(node.returns) if node.returns else None}"
    return ""


if __name__ == "__main__":
    DOC.write_text(renewed(DOC.read_text()))
