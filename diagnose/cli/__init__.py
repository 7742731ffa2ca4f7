"""The command line: one file a verb. Errors are said here, once, and here the exit code is set.

    0  nothing at or above --fail-on      1  findings
    2  a usage, configuration or rule error      3  some input could not be read (findings are still printed)
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from diagnose import __version__
from diagnose.errors import DiagnoseError

OK, FOUND, USAGE, UNREAD = 0, 1, 2, 3

_VERBS = {
    "scan": ("diagnose.cli.scan", "scan", "Read logs and say what went wrong."),
    "tail": ("diagnose.cli.tail", "tail", "Watch a growing log or a pipe; tell findings as they open."),
    "rules": ("diagnose.cli.rules", "rules", "Check, list and test rules."),
}


class Verbs(click.Group):
    """Loads a verb's module when it is asked for, so that `--version` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _VERBS:
            return None
        module, attribute, _ = _VERBS[name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, _, about) in _VERBS.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="diagnose", message="%(prog)s %(version)s")
def cli() -> None:
    """Read the logs and stack traces of backend services and say what went wrong:
    root cause, the symptoms it explains, the fix in your framework, the checklist.

    Exit codes: 0 nothing found, 1 findings, 2 usage or rule error, 3 some input could not be read.
    """


def main() -> None:
    """The program. Never shows a traceback for an error that has a name."""
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = USAGE
    except DiagnoseError as error:
        click.echo(str(error) if str(error).startswith(("error", "warning")) else f"error: {error}", err=True)
        code = USAGE
    except BrokenPipeError:
        # The reader of our output went away: that is its business. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = OK
    except KeyboardInterrupt:
        code = 130
    except MemoryError:
        click.echo("error: out of memory", err=True)
        code = USAGE
    sys.exit(code if isinstance(code, int) else OK)
