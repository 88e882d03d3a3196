"""Connects e-mail to a running worker, and `htg mail`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from bot.ports import PlatformHandle
from bot.views import Link
from cli.context import CliContext, pass_cli_context
from cli.errors import CommandFailed
from cli.serve import ProcessRole, Runtime
from settings import Settings, SettingsError

if TYPE_CHECKING:
    from adapters.mail.addresses import Mailbox
    from adapters.mail.server import MailServer


@asynccontextmanager
async def connect(runtime: Runtime) -> AsyncIterator[PlatformHandle]:
    """Sends letters in a worker: the outbox is there."""
    from adapters.mail.run import connect as connect_mail

    if ProcessRole.WORKER not in runtime.role:
        yield PlatformHandle()
        return
    replies = reply_to(runtime.settings)
    async with connect_mail(*mail_server(runtime.settings), runtime.clock, reply_to=replies) as handle:
        yield handle


def mail_server(settings: Settings) -> tuple[MailServer, Mailbox]:
    """The server, and whom letters are from. Raises SettingsError where they are not set."""
    from adapters.mail.addresses import Mailbox
    from adapters.mail.server import MailServer

    if settings.smtp_url is None or settings.mail_from is None:
        raise SettingsError("No mail server is set: HTG_SMTP_URL and HTG_MAIL_FROM name it (docs/mail.md).")
    return MailServer.parse(settings.smtp_url.get_secret_value()), Mailbox.parse(settings.mail_from)


def reply_to(settings: Settings) -> str:
    """The mailbox of HTG_CONTACT, where it is one: nobody reads answers to letters otherwise."""
    from adapters.mail.addresses import canonical

    contact = settings.contact
    if not isinstance(contact, Link) or not contact.url.startswith("mailto:"):
        return ""
    try:
        return canonical(contact.label)
    except ValueError:
        return ""


@click.group()
def mail() -> None:
    """Letters: try the mail server."""


@mail.command()
@click.argument("address")
@pass_cli_context
def test(ctx: CliContext, address: str) -> None:
    """Send one letter, and say what came of it.

    To ADDRESS, by HTG_SMTP_URL; the answer is that of the mail server.
    """
    from adapters.mail.addresses import canonical
    from adapters.mail.trial import send_trial

    try:
        to = canonical(address.removeprefix("mail:"))
    except ValueError as wrong:
        raise click.BadParameter(f"{address} is not an e-mail address: {wrong}") from None
    server, sender = mail_server(ctx.settings)
    sent, answer = asyncio.run(send_trial(server, sender, to, ctx.settings.config(), ctx.clock.now()))
    if not sent:
        raise CommandFailed(f"The letter was not taken: {answer}.")
    click.echo(f"The server took the letter: {answer}")
    click.echo("Look into that mailbox, and among its junk: docs/mail.md says what keeps letters out of there.")
