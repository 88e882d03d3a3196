"""Connects the mail server."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from adapters.mail.addresses import Mailbox
from adapters.mail.client import MailConnections, say_goodbye
from adapters.mail.send import MailMessenger
from adapters.mail.server import MailServer
from bot.ports import Clock, PlatformHandle, SenderRestricted, TryLater

TRY_EVERY = timedelta(minutes=1)


@asynccontextmanager
async def connect(
    server: MailServer, sender: Mailbox, clock: Clock, tls: ssl.SSLContext | None = None, *, reply_to: str = ""
) -> AsyncIterator[PlatformHandle]:
    """`reply_to`: the mailbox that answers reach; empty: that of the sender."""
    connections = MailConnections(server, sender.domain, tls)
    messenger = MailMessenger(connections, sender, clock, reply_to)

    tried_at: datetime | None = None

    async def missing() -> str:
        """Tries again when it is asked, as long as no connection was had: servers shut out who fails too often."""
        nonlocal tried_at
        if connections.problem and (tried_at is None or clock.now() - tried_at >= TRY_EVERY):
            tried_at = clock.now()
            try:
                await say_goodbye(await connections.opened())
            except (TryLater, SenderRestricted) as problem:
                return str(problem)
        return connections.problem

    try:
        yield PlatformHandle(messenger=messenger, missing=missing)
    finally:
        await messenger.close()
