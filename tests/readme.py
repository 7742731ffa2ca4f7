"""README's help block is what the program says: `python -m tests.readme` writes it anew."""

from __future__ import annotations

import re

import click

from diagnose.cli import cli
from tests.kit import ROOT

README = ROOT / "README.md"
WIDTH = 78
"""What click makes of a terminal of 80 columns."""
_BLOCK = re.compile(r"(<!-- help: diagnose ([a-z ]+) -->\n```text\n)(.*?)(```\n<!-- /help -->)", re.DOTALL)


def help_of(words: list[str]) -> str:
    """What `diagnose VERB --help` prints on a terminal of 80 columns."""
    context = click.Context(cli, info_name="diagnose", terminal_width=WIDTH, max_content_width=WIDTH)
    command: click.Command = cli
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(context, word)
        assert found is not None, f"there is no verb {' '.join(words)}"
        context = click.Context(
            found,
            info_name=word,
            parent=context,
            help_option_names=["-h", "--help"],
            terminal_width=WIDTH,
            max_content_width=WIDTH,
        )
        command = found
    return command.get_help(context) + "\n"


def blocks(text: str) -> dict[str, str]:
    """The verbs whose help the text shows, and what it shows."""
    return {match[2]: match[3] for match in _BLOCK.finditer(text)}


def renewed(text: str) -> str:
    """The text with its help blocks made true."""
    return _BLOCK.sub(lambda match: match[1] + help_of(match[2].split()) + match[4], text)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text()))
