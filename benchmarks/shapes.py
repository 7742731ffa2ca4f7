"""The templates of a corpus, read from `healthy.yaml` and `errors.yaml` beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from benchmarks.dress import Dressed, Error


def healthy() -> list[tuple[float, Dressed]]:
    """(weight, what one healthy line looks like), not yet wrapped."""
    drawn = []
    for family, told in _read("healthy.yaml").items():
        total = sum(line["weight"] for line in told["lines"])
        drawn += [(told["share"] * line["weight"] / total, Dressed(family, line["text"])) for line in told["lines"]]
    return drawn


def errors() -> list[Error]:
    """All errors that a corpus draws from, each as likely as any other."""
    return [
        Error(rule, family, **told)
        for rule, families in _read("errors.yaml").items()
        for family, several in families.items()
        for told in several
    ]


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name(name).read_text("utf-8"))
    return data
