"""A body of code to measure on: files of open packages, drawn by a seed until there are as many, and as many bytes, as one asks for.

The packages are those of `benchmarks.packages`; all languages that detectors are for take part, so that no parser is left out. Files that
`diagnose check` would leave out (generated, minified, tests) are left out here too, so that all programs read the same.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from diagnose.check.languages import SUFFIXES, language_of, part_of
from diagnose.check.skips import BUILT, not_read, vendored

LARGEST = 40_000
"""Bytes of a file: what people write is rarely larger, and a few large ones must not be the whole."""


def gather(packages: Path, out: Path, count: int, size: int, seed: int = 1) -> tuple[int, int]:
    """Copy `count` files of together about `size` bytes below `out`; how many there are, and of how many bytes."""
    shutil.rmtree(out, ignore_errors=True)
    by_language = {language: _shuffled(packages, language, seed) for language in SUFFIXES}
    files = total = 0
    while files < count and by_language:
        for language, paths in list(by_language.items()):
            wanted = (size - total) / max(1, count - files)
            path = next((path for path in paths if _fits(path, wanted)), None)
            if path is None:
                del by_language[language]
            elif files < count:
                data = path.read_bytes()
                target = out / language / f"{files}-{path.name}"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                files, total = files + 1, total + len(data)
    return files, total


def _shuffled(packages: Path, language: str, seed: int) -> Iterator[Path]:
    found = sorted(path for suffix in SUFFIXES[language] for path in packages.rglob(f"*{suffix}") if path.is_file())
    random.Random(seed).shuffle(found)
    return (path for path in found if _is_code(path.relative_to(packages).as_posix(), path))


def _is_code(name: str, path: Path) -> bool:
    if vendored(name) or part_of(name) or any(part in BUILT for part in Path(name).parts) or language_of(name) not in SUFFIXES:
        return False
    data = path.read_bytes()
    if not_read(name, data):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _fits(path: Path, wanted: float) -> bool:
    """Whether a file brings the mean nearer to what is wanted, so that count and size are both met."""
    size = path.stat().st_size
    return 1_000 <= size <= LARGEST and wanted / 2 <= size <= 2 * wanted
