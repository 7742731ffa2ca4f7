"""Rules are read where PyYAML was built without libyaml too: its own parser is stricter about a `?` in braces."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.kit import ROOT

RULES = sorted((ROOT / "rules").rglob("*.yaml"))


@pytest.mark.parametrize("file", RULES, ids=lambda file: str(file.relative_to(ROOT / "rules")))
def test_both_parsers_read_a_rule_alike(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    if not yaml.__with_libyaml__:
        yaml.load(text, Loader=yaml.BaseLoader)
        return
    assert yaml.load(text, Loader=yaml.BaseLoader) == yaml.load(text, Loader=yaml.CBaseLoader)
