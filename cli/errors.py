"""How the command line fails: plain sentences on standard error and an exit code, never a traceback."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from bot.ports import Busy, Unsure
from cli.log_output import redacted
from cli.start import INTERRUPTED
from settings import BadSettings
from storage.encryption.keyring import SecretUnreadable
from storage.engine.errors import CommitFailed, DatabaseUnavailable

FAILED, MISUSED = 1, 2


class Failed(Exception):
    """It could not be done. The arguments are the sentences that say why and what to do."""


def explained(problem: Exception) -> tuple[Sequence[str], int]:
    """What to say of a failure, and the exit code: 1 for what failed, 2 for how it was called or configured."""
    match problem:
        case BadSettings():
            return problem.problems, MISUSED
        case Failed() | DatabaseUnavailable() | CommitFailed() | SecretUnreadable():
            return [str(each) for each in problem.args], FAILED
        case Busy():
            return ["The database has too much to do just now. Try again in a moment."], FAILED
        case Unsure():
            return [
                "The database was lost at the last moment: it may be done, or not. Look before you try again."
            ], FAILED
        case click.UsageError():
            where = problem.ctx.command_path if problem.ctx else "htg"
            said = problem.format_message().rstrip(".")
            return [f"{said if said.endswith('?') else f'{said}.'} See: {where} --help"], MISUSED
        case click.ClickException():
            return [problem.format_message()], problem.exit_code
        case _:
            return [f"This should not have happened ({type(problem).__name__}). See where with: htg --debug …"], FAILED


class PlainGroup(click.Group):
    """The root of the commands. Nothing that goes wrong below it reaches a person as a traceback, but on --debug."""

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
        except click.exceptions.NoArgsIsHelpError as nothing:
            click.echo(nothing.format_message())
            sys.exit(MISUSED)
        except click.Abort:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # impatient people press it twice
            click.echo("Stopped.", err=True)
            sys.exit(INTERRUPTED)
        except Exception as problem:  # noqa: BLE001 - here every failure ends, as a sentence
            sentences, code = explained(problem)
            for each in sentences:
                click.echo(redacted(each), err=True)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception:
            if ctx.params.get("debug"):
                click.echo(redacted(traceback.format_exc()), err=True, nl=False)
            raise
