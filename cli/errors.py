"""How the command line fails: plain sentences on standard error and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from bot.ports import CommitFailed, CommitUncertain, Overloaded
from cli.log_output import pseudonymise, redact
from cli.start import EXIT_INTERRUPTED
from settings import SettingsError
from storage.encryption.keyring import SecretUnreadable
from storage.engine.errors import DatabaseUnavailable

EXIT_FAILED = 1
EXIT_USAGE = 2


class CommandFailed(Exception):
    """A command could not do its work. The arguments are the sentences that say why and what to do."""


def explain(problem: Exception) -> tuple[Sequence[str], int]:
    """Sentences and an exit code for a failure: EXIT_USAGE for how it was called or configured, else EXIT_FAILED."""
    match problem:
        case SettingsError():
            return problem.problems, EXIT_USAGE
        case CommandFailed() | DatabaseUnavailable() | CommitFailed() | SecretUnreadable():
            return [str(sentence) for sentence in problem.args], EXIT_FAILED
        case Overloaded():
            return ["The database has too much to do just now. Try again in a moment."], EXIT_FAILED
        case CommitUncertain():
            sentence = "The database was lost at the last moment: it may be done, or not. Look before you try again."
            return [sentence], EXIT_FAILED
        case click.UsageError():
            command = problem.ctx.command_path if problem.ctx else "htg"
            message = problem.format_message().rstrip(".")
            return [f"{message if message.endswith('?') else f'{message}.'} See: {command} --help"], EXIT_USAGE
        case click.ClickException():
            return [problem.format_message()], problem.exit_code
        case OSError(errno=errno.ENOSPC | errno.EDQUOT as number):
            return [f"What was to be written could not be: {os.strerror(number)}."], EXIT_FAILED
        case _:
            kind = type(problem).__name__
            return [f"This should not have happened ({kind}). See where with: htg --debug …"], EXIT_FAILED


class ErrorReportingGroup(click.Group):
    """The root of the commands: turns every exception below it into sentences; --debug adds the traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        del standalone_mode
        code: Any
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.exceptions.NoArgsIsHelpError as no_arguments:
            click.echo(no_arguments.format_message())
            sys.exit(EXIT_USAGE)
        except click.Abort:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # impatient people press it twice
            click.echo("Stopped.", err=True)
            sys.exit(EXIT_INTERRUPTED)
        except Exception as problem:  # noqa: BLE001 - every failure ends here, as a sentence
            sentences, code = explain(problem)
            for sentence in sentences:
                click.echo(redact(sentence), err=True)
            if isinstance(problem, OSError):
                _drop_what_cannot_be_shown()
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception:
            if ctx.params.get("debug"):
                click.echo(pseudonymise(redact(traceback.format_exc())), err=True, nl=False)
            raise


def _drop_what_cannot_be_shown() -> None:
    """What is left for standard output: Python would write it at the very end, and complain once more."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
