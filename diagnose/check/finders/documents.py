"""YAML and JSON files as nodes that know their place: nothing is constructed, aliases are shared, and what does not parse is nothing.

Helm charts and other templates are no YAML; they give no documents, and so no findings.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from diagnose.check.spots import File, Spot

if TYPE_CHECKING:
    import yaml

LARGEST = 256 << 10
"""Characters of a file that a person still edits."""

_DEEPEST = 100
_COMMENT = re.compile(r"(?m)^\s*//.*$")


class Value:
    """A node of a document: a mapping, a list, or text. What is not there is a value too, that holds nothing."""

    def __init__(self, node: yaml.Node | None, file: File, key: yaml.Node | None = None) -> None:
        self._node, self._file, self._key = node, file, key

    def __bool__(self) -> bool:
        return self._node is not None

    @property
    def text(self) -> str:
        """A scalar as written; empty for anything else."""
        value = getattr(self._node, "value", "")
        return value if isinstance(value, str) else ""

    @property
    def entries(self) -> dict[str, Value]:
        """A mapping's entries, those that it merges (`<<`) included; empty for anything else."""
        found: dict[str, Value] = {}
        for key, value in self._pairs():
            name = str(key.value)
            if name == "<<" and isinstance(value.value, list):
                merged = Value(value, self._file)
                found = {**{k: v for one in (merged.items or [merged]) for k, v in one._plain().items()}, **found}
            else:
                found[name] = Value(value, self._file, key)
        return found

    @property
    def items(self) -> list[Value]:
        """A list's items; empty for anything else."""
        value = getattr(self._node, "value", None)
        if not isinstance(value, list) or (value and isinstance(value[0], tuple)):
            return []
        return [Value(item, self._file) for item in value]

    def at(self, *path: str) -> Value:
        """The value at a path of keys."""
        here = self
        for key in path:
            here = here.entries.get(key, _NOTHING)
        return here

    def spot(self, **values: str) -> Spot:
        """Where it stands; of what has a name and several lines, where the name does."""
        named = self._key is not None and not self.text
        mark: Any = getattr(self._key if named else self._node, "start_mark", None)
        return self._file.spot(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, **values)

    def _plain(self) -> dict[str, Value]:
        return {str(key.value): Value(value, self._file) for key, value in self._pairs()}

    def _pairs(self) -> list[tuple[Any, Any]]:
        value = getattr(self._node, "value", None)
        return value if isinstance(value, list) and value and isinstance(value[0], tuple) else []


_NOTHING = Value(None, File("", ""))


@lru_cache(maxsize=2)
def documents(file: File) -> tuple[Value, ...]:
    """The documents of a YAML or JSON file; none where it is something else. Each finder asks, so the last answer is kept."""
    text = file.text
    if len(text) > LARGEST or "{{" in text or _depth(text) > _DEEPEST:
        return ()
    if file.name.endswith(".json"):
        text = _COMMENT.sub(lambda match: " " * len(match[0]), text)
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        nodes = list(yaml.compose_all(text, Loader=loader))
    except (yaml.YAMLError, RecursionError, ValueError):
        return ()
    return tuple(Value(node, file) for node in nodes if node is not None)


def _depth(text: str) -> int:
    """How deep brackets and indentation nest, at most: the parser recurses."""
    depth = deepest = 0
    for char in re.findall(r"[\[\]{}]", text):
        depth += 1 if char in "[{" else -1
        deepest = max(deepest, depth)
    indent = max((len(match) for match in re.findall(r"(?m)^[ -]+", text)), default=0)
    return max(deepest, indent // 2)
