"""From a frame as a log prints it to a file of the repository.

A path of a container, a build machine or a package shares its end with one of the repository: the file whose path agrees in the most
parts is the one, if it is the only one of these. Java's frames name no folder, so the package does; Go's may begin with a module's
path; a compiled file leads to its source by the map beside it, else by its name (`dist/` to `src/`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from diagnose.lazy import lazy
from diagnose.repository.files import Files
from diagnose.repository.maps import LARGEST as LARGEST_MAP
from diagnose.repository.maps import BadMapError, inline_map, link_of, original

BUILT = frozenset(("dist", "build", "out", "lib", ".next", ".output", "output", "public", "compiled"))
"""Folders that compilers write to."""

GENERIC = frozenset("index main mod lib app server init __init__ __main__ util utils types helpers config".split())
"""Names that every project has: one that agrees with a frame in nothing else proves little."""

NOBODY = frozenset(
    "listcomp dictcomp setcomp genexpr locals block Object anonymous async new module Module eval lambda closure init clinit main "
    "Anonymous func1 func2 func3".split()
)
"""Names in frames that no code gives."""

_FRAME = lazy(r"(?P<file>.*?)(?::(?P<line>\d+))?(?::\d+)?(?: in (?P<function>.*))?")
_SCHEME = lazy(r"^(?:file://|webpack(?:-internal)?:/{2,3}(?:[\w@.-]*/)?|app:///|ng:///|rsc://\w+/)")
_TYPED = {".js": (".ts", ".tsx", ".jsx"), ".mjs": (".mts", ".ts"), ".cjs": (".cts", ".ts"), ".jsx": (".tsx",)}
_PACKAGED = (".java", ".kt", ".kts", ".scala", ".groovy")
_NAMES = lazy(r"[A-Za-z_$][\w$]*")


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the repository. `line` 0: not known; `exact`: the line is the frame's own and not that of its function."""

    path: str
    line: int
    exact: bool = True


class Frames:
    """Finds frames in a repository; what was found once is remembered."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._known: dict[tuple[str, int], Found | None] = {}

    def find(self, blame: str, column: int = 0) -> Found | None:
        """The file and line of a blame (`file:line in function`); None where no file is certainly the one."""
        key = (blame, column)
        if key not in self._known:
            self._known[key] = self._find(blame, column)
        return self._known[key]

    def _find(self, blame: str, column: int) -> Found | None:
        match = _FRAME.fullmatch(blame)
        if match is None or not match["file"]:
            return None
        line, function = int(match["line"] or 0), match["function"] or ""
        parts = _parts(match["file"])
        if not parts or len(parts) > 100:
            return None
        if parts[-1].endswith(_PACKAGED) and len(parts) == 1:
            parts = [*_package(function), *parts]
        made = self._made(parts, line, column, function)
        if made is not None:
            return made
        path = self._in_module("/".join(parts)) or self._best(parts, line)
        return Found(path, line) if path and self._names(path, function) else None

    def _names(self, path: str, function: str) -> bool:
        """Whether the file holds one of the last two names of the function: else it is another file of the name, or another version."""
        names = [name for name in _NAMES.findall(function) if len(name) > 2 and name not in NOBODY][-2:]
        return not names or any(name in text for text in self._files.lines(path) for name in names)

    def _best(self, parts: Sequence[str], line: int = 0) -> str:
        """The only file whose path agrees in the most parts, and has the line; empty where there is none."""
        fitting = [(_agreeing(parts, path), path) for path in self._files.named(parts[-1])]
        fitting = [(count, path) for count, path in fitting if len(self._files.lines(path)) >= line]
        most = max((count for count, _ in fitting), default=0)
        best = [path for count, path in fitting if count == most]
        if len(best) != 1 or (most == 1 and len(parts) > 2 and "/" in best[0] and PurePosixPath(parts[-1]).stem in GENERIC):
            return ""
        return best[0]

    def _in_module(self, path: str) -> str:
        """A Go file by its module's path."""
        bare = re.sub(r"@v[^/]*", "", path)
        for module, folder in self._files.modules():
            if f"/{bare}".rpartition(f"/{module}/")[1]:
                inside = str(PurePosixPath(folder) / f"/{bare}".rpartition(f"/{module}/")[2])
                if inside in self._files.named(PurePosixPath(inside).name):
                    return inside
        return ""

    # ------------------------------------------------------------ compiled files

    def _made(self, parts: Sequence[str], line: int, column: int, function: str) -> Found | None:
        """The source of a compiled file."""
        suffix = PurePosixPath(parts[-1]).suffix
        if suffix not in _TYPED:
            return None
        for start in range(len(parts)):
            path = "/".join(parts[start:])
            if ".." not in parts and (generated := self._files.read(path, LARGEST_MAP)):
                mapped = self._mapped(path, generated, line, column)
                if mapped is not None:
                    return mapped
                break
        return self._by_name(parts, function) if BUILT.intersection(parts[:-1]) else None

    def _mapped(self, path: str, generated: bytes, line: int, column: int) -> Found | None:
        link = link_of(generated)
        folder = PurePosixPath(path).parent
        data = inline_map(link)
        if not data and not link.startswith("data:"):
            name = link if link and "/" not in link and "\\" not in link else PurePosixPath(path).name + ".map"
            data = self._files.read(str(folder / name), LARGEST_MAP)
        if not data:
            return None
        try:
            found = original(data, line, column)
        except BadMapError:
            return None
        if found is None:
            return None
        source = _parts(found[0])
        joined = _joined(folder.parts, found[0])
        target = joined if joined in self._files.named(source[-1] if source else "") else self._best(source) if source else ""
        return Found(target, found[1]) if target and len(self._files.lines(target)) >= found[1] else None

    def _by_name(self, parts: Sequence[str], function: str) -> Found | None:
        """The source by its name: what stands behind the compiler's folder, below `src` or not."""
        cut = max(index for index, part in enumerate(parts[:-1]) if part in BUILT)
        stem, suffix = PurePosixPath(parts[-1]).stem, PurePosixPath(parts[-1]).suffix
        for ending in (*_TYPED[suffix], suffix):
            inside = [*(part for part in parts[cut + 1 : -1] if part != "src"), stem + ending]
            fitting = [path for path in self._files.named(stem + ending) if not BUILT.intersection(path.split("/")[:-1])]
            best = [path for path in fitting if _agreeing(inside, path) == len(inside)]
            own = [path for path in best if _agreeing([*parts[:cut], "src", *inside], path) > len(inside)] or best
            if len(own) == 1:
                return Found(own[0], self._defined(own[0], function), exact=False)
        return None

    def _defined(self, path: str, function: str) -> int:
        """The only line that looks as if it defined the function; 0 where there is none."""
        names = _NAMES.findall(function)
        if not names or names[-1] in ("anonymous", "Object"):
            return 0
        name = re.escape(names[-1])
        pattern = re.compile(
            rf"\bfunction\s*\*?\s+{name}\b|\b{name}\s*[=:]\s*(?:async\b|function\b|\()|^\s*(?:[\w\s]+\s)?{name}\s*(?:<[^>]*>)?\([^;]*\{{\s*$"
        )
        lines = [number for number, text in enumerate(self._files.lines(path), 1) if len(text) < 1_000 and pattern.search(text)]
        return lines[0] if len(lines) == 1 else 0


def _parts(file: str) -> list[str]:
    """A path's parts, without scheme, drive, query, `.` and leading `..`."""
    bare = _SCHEME.sub("", file.replace("\\", "/"))
    bare = re.sub(r"^[A-Za-z]:/|[?#][^/]*$", "", bare)
    parts: list[str] = []
    for part in bare.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return parts


def _joined(folder: Iterable[str], name: str) -> str:
    """A source's name from its map's folder on; empty where it leads out of the repository."""
    parts = [part for part in folder if part != "."]
    for part in _SCHEME.sub("", name.replace("\\", "/")).split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _agreeing(parts: Sequence[str], path: str) -> int:
    """How many parts, from the end on, a frame's path and one of the repository share."""
    count = 0
    for one, other in zip(reversed(parts), reversed(path.split("/")), strict=False):
        if one != other:
            break
        count += 1
    return count


def _package(function: str) -> list[str]:
    """The folders of a Java method: the names before its class."""
    names = function.rpartition("/")[2].split(".")
    first = next((index for index, name in enumerate(names) if name[:1].isupper()), max(0, len(names) - 2))
    return names[:first]
