"""Settings files: what may stand in them, and what is told where something else does."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.config import KEYS, MAX_BYTES, find_config, load_config
from diagnose.errors import Fault, Faults

WHOLE = """\
framework = "express"
database = ["postgresql", "redis"]
rule = ["mysql/*"]
rules = "mine"
exclude = ["*.gz"]
limit = "size=10G"
severity = "warning"
fail-on = "never"
tz = "Europe/Berlin"
format = "json"
output = ["sarif:out.sarif", "junit:out.xml"]
baseline = "known.json"
source = "."
unknown = true
workers = 1
history = true
history-file = "history.sqlite3"
"""


def write(folder: Path, text: str, name: str = "diagnose.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def faults(path: Path) -> list[Fault]:
    with pytest.raises(Faults) as told:
        load_config(path)
    return list(told.value.items)


def test_every_key_is_read(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, WHOLE))
    assert config.values.keys() == KEYS.keys()
    assert config.values["framework"] == ["express"]
    assert (config.values["workers"], config.values["unknown"], config.folder) == (1, True, tmp_path)


def test_in_pyproject_they_stand_in_their_table(tmp_path: Path) -> None:
    text = "[project]\nname = 'x'\n[tool.diagnose]\n" + WHOLE
    assert load_config(write(tmp_path, text, "pyproject.toml")).values == load_config(write(tmp_path, WHOLE)).values


@pytest.mark.parametrize(
    ("text", "place", "reason", "help"),
    [
        ("unknown = true\nfrmat = 'json'\n", (2, 1), "unknown key 'frmat'", "did you mean 'format'?"),
        ("  zzz = 1\n", (1, 3), "unknown key 'zzz'", "known keys: baseline"),
        ("workers = 'two'\n", (1, 1), "'workers' takes a whole number", ""),
        ("workers = true\n", (1, 1), "'workers' takes a whole number", ""),
        ("unknown = 'yes'\n", (1, 1), "'unknown' takes true or false", ""),
        ("rule = [1]\n", (1, 1), "'rule' takes a string or a list of strings", ""),
        ("tz = 2\n", (1, 1), "'tz' takes a string", ""),
        ("[format]\nx = 1\n", (1, 2), "'format' takes a string", ""),
        ("format.x = 1\n", (1, 1), "'format' takes a string", ""),
        ('"severity" = 3\n', (1, 2), "'severity' takes a string", ""),
        ("x = \n", (1, 5), "Invalid value", ""),
        ("a = 1\na = 2\n", (2, 6), "Cannot overwrite a value", ""),
    ],
)
def test_a_fault_has_its_place(tmp_path: Path, text: str, place: tuple[int, int], reason: str, help: str) -> None:
    (fault,) = faults(write(tmp_path, text))
    assert (fault.line, fault.column) == place
    assert fault.reason.startswith(reason)
    assert fault.help.startswith(help)
    assert fault.excerpt == text.splitlines()[fault.line - 1]
    assert str(tmp_path) in fault.file


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    assert [fault.line for fault in faults(write(tmp_path, "tz = 1\nformat = 2\nnonsense = 3\n"))] == [1, 2, 3]


@pytest.mark.parametrize("text", ["tool.diagnose = 3\n", "[tool]\ndiagnose = []\n", "[[tool.diagnose]]\ntz = 'UTC'\n"])
def test_a_table_that_is_none_is_a_fault(tmp_path: Path, text: str) -> None:
    assert faults(write(tmp_path, text, "pyproject.toml"))[0].reason.startswith("tool.diagnose is a table")


@pytest.mark.parametrize("text", ["tool = 3\n", "[tool.black]\nline-length = 3\n", ""])
def test_a_pyproject_without_the_table_sets_nothing(tmp_path: Path, text: str) -> None:
    assert load_config(write(tmp_path, text, "pyproject.toml")).values == {}


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "diagnose.toml"
    path.write_bytes(b"tz = 'UTC'\n# \xff\n")
    assert (faults(path)[0].line, faults(path)[0].reason) == (2, "this is not UTF-8")
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert "larger than" in faults(path)[0].reason
    assert "No such file" in faults(tmp_path / "missing.toml")[0].reason
    assert "directory" in faults(tmp_path)[0].reason


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_config(below) is None or tmp_path not in find_config(below).parents  # type: ignore[union-attr]
    upper = write(tmp_path, "")
    assert find_config(below) == upper
    write(tmp_path / "a", "[tool.other]\n", "pyproject.toml")
    assert find_config(below) == upper
    project = write(tmp_path / "a", "[tool.diagnose]\n", "pyproject.toml")
    assert find_config(below) == project
    own = write(tmp_path / "a", "")
    assert find_config(below) == own
    (below / "diagnose.toml").mkdir()
    assert find_config(below) == own


SCALARS = st.one_of(
    st.booleans(), st.integers(), st.floats(), st.dates(), st.text(st.characters(exclude_categories=("Cs", "Cc")))
)
KEY = st.one_of(st.sampled_from(sorted(KEYS)), st.from_regex(r"[a-z-]{1,8}", fullmatch=True))


def toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    return str(value)


VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3), max_leaves=6)


@settings(deadline=None)
@given(st.dictionaries(KEY, VALUES, max_size=4), st.sampled_from(["diagnose.toml", "pyproject.toml"]))
def test_any_toml_is_read_or_told_with_file_and_line(
    tmp_path_factory: pytest.TempPathFactory, table: dict[str, object], name: str
) -> None:
    head = "[tool.diagnose]\n" if name == "pyproject.toml" else ""
    path = write(
        tmp_path_factory.mktemp("config"), head + "".join(f"{key} = {toml(value)}\n" for key, value in table.items()), name
    )
    try:
        config = load_config(path)
    except Faults as told:
        for fault in told.items:
            assert fault.file == str(path)
            assert fault.line > 0
            assert fault.reason
    else:
        assert config.values.keys() == table.keys() <= KEYS.keys()


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text("[]={}\"'\n.ab#-\\ 1").map(str.encode)))
def test_any_bytes_are_read_or_told(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("config") / "diagnose.toml"
    path.write_bytes(data)
    with suppress(Faults):
        load_config(path)


def test_brackets_without_end_are_a_fault(tmp_path: Path) -> None:
    assert faults(write(tmp_path, "x = " + "[" * 100_000))[0].line == 1
