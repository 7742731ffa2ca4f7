"""The command line: one file a verb. Errors are said here, once, and here the exit code is set.

0  nothing at or above --fail-on      1  findings (explain: nothing is known)
2  a usage, configuration or rule error      3  some input could not be read (findings are still printed)
"""

from __future__ import annotations

import difflib
import gc
import os
import sys
from importlib import import_module
from io import TextIOWrapper

import click

from diagnose import __version__
from diagnose.errors import DiagnoseError, InputError
from diagnose.visible import visible

OK, FOUND, USAGE, UNREAD = 0, 1, 2, 3

_VERBS = {
    "scan": ("diagnose.cli.scan", "scan", "Read logs and say what went wrong."),
    "tail": ("diagnose.cli.tail", "tail", "Watch growing logs; tell findings as they open."),
    "run": ("diagnose.cli.run", "run", "Run a command and tell what it broke on."),
    "check": ("diagnose.cli.check", "check", "Find in source and configuration what causes the same failures."),
    "merge": ("diagnose.cli.merge", "merge", "Make one report of what the shards of a scan left."),
    "history": ("diagnose.cli.history", "history", "Show what earlier scans found, and how often."),
    "baseline": ("diagnose.cli.baseline", "baseline", "Write what is known, so that runs fail for new findings only."),
    "explain": ("diagnose.cli.explain", "explain", "Look up an error: causes, fixes, checks."),
    "rules": ("diagnose.cli.rules", "rules", "Check, list, test and begin rules."),
}


def collect() -> None:
    """From here on logs are read, which may be long. What is there by now stays, and is not looked over: that would take a tenth of
    a small scan's time, so there is no garbage collection before."""
    gc.freeze()
    gc.enable()


def mute() -> None:
    """Write no more: Python flushes at exit, and would complain once more about an output that takes nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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

    def invoke(self, ctx: click.Context) -> object:
        """As usual; that the reader of our output went away is its business."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            mute()
            return OK
        return code

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As usual; a misspelt verb is told with the one that was meant."""
        if args[0] not in _VERBS and (near := difflib.get_close_matches(args[0], _VERBS, 1)):
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

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
    _prepare_output()
    collecting = gc.isenabled()
    gc.disable()
    try:
        code = cli.main(prog_name="diagnose", standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = USAGE
    except DiagnoseError as error:
        told = visible(str(error))
        click.echo(told if told.startswith(("error", "warning")) else f"error: {told}", err=True)
        code = UNREAD if isinstance(error, InputError) else USAGE
    except OSError as error:
        mute()
        click.echo(f"error: {error.strerror or error}", err=True)
        code = USAGE
    except KeyboardInterrupt:
        code = 130
    except MemoryError:
        click.echo("error: out of memory", err=True)
        code = USAGE
    finally:
        if collecting:
            gc.enable()
    sys.exit(code if isinstance(code, int) else OK)


def _prepare_output() -> None:
    """No character stops the output: one that the terminal's encoding lacks is escaped. Closed streams swallow all."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 open to the end
        elif isinstance(stream := getattr(sys, name), TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
