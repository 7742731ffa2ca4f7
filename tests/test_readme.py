"""What README shows is there and is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from diagnose.cli import cli
from diagnose.config import KEYS
from tests.kit import ROOT
from tests.readme import README, blocks, help_of, renewed
from tests.shell import shell

TEXT = README.read_text()


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The verb that words name, and the words that are left."""
    command: click.Command = cli
    context = click.Context(cli)
    while words and isinstance(command, click.Group) and (found := command.get_command(context, words[0])) is not None:
        command, words = found, words[1:]
    return command, words


def shown() -> list[str]:
    """The command lines of README that call diagnose, without what is piped in."""
    consoles = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    lines = [line[2:].split(" #")[0] for console in consoles for line in console.splitlines() if line.startswith("$ ")]
    parts = [part.strip() for line in lines for part in re.split(r"\||&&", line)]
    return [part for part in parts if shlex.split(part)[0].endswith("diagnose")]


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def test_the_help_block_is_what_the_program_says() -> None:
    assert blocks(TEXT).keys() == {"scan"}
    assert renewed(TEXT) == TEXT, "run `python -m tests.readme`"


@pytest.mark.parametrize("verb", ["scan", "tail", "rules lint"])
def test_the_helper_tells_what_a_terminal_would_show(verb: str) -> None:
    said = shell(*verb.split(), "--help", COLUMNS="80")
    assert said.out == help_of(verb.split())
    assert max(map(len, said.out.splitlines())) <= 80


def test_commands_are_shown() -> None:
    assert len(shown()) >= 5


@pytest.mark.parametrize("line", shown())
def test_a_shown_command_exists_with_its_options(line: str) -> None:
    command, rest = command_of(shlex.split(line)[1:])
    assert command is not cli, line
    assert not isinstance(command, click.Group), line
    assert {word for word in rest if word.startswith("--") and word != "--"} <= options(command)


def test_every_option_that_is_named_exists() -> None:
    everywhere = {name for verb in ("scan", "tail", "explain", "rules lint") for name in options(command_of(verb.split())[0])}
    named = set(re.findall(r"`(--[a-z-]+)", TEXT))
    assert named
    assert named <= everywhere


def test_every_file_that_is_linked_or_shown_exists() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", TEXT) + re.findall(r"docs/[\w.]+\.(?:json|md)", TEXT)
    assert linked
    assert [name for name in linked if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("target", re.findall(r"\$ make (\S+)", TEXT))
def test_make_knows_what_is_shown(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_every_setting_is_an_option_of_scan() -> None:
    assert {f"--{key}" for key in KEYS} <= options(command_of(["scan"])[0])


def test_the_changelog_has_a_place_for_what_comes() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text
    assert Path(ROOT / "CONTRIBUTING.md").exists()
