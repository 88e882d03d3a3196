"""Connects the mail server."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.mail.addresses import Mailbox
from adapters.mail.client import MailConnections, said_goodbye
from adapters.mail.send import MailMessenger
from adapters.mail.server import MailServer
from bot.ports import Clock, PlatformHandle, SenderRestricted, TryLater


@asynccontextmanager
async def connect(
    server: MailServer, sender: Mailbox, clock: Clock, tls: ssl.SSLContext | None = None
) -> AsyncIterator[PlatformHandle]:
    connections = MailConnections(server, sender.domain, tls)
    messenger = MailMessenger(connections, sender, clock)

    async def missing() -> str:
        """Tries again whenever it is asked, as long as no connection was had."""
        if connections.problem:
            try:
                await said_goodbye(await connections.opened())
            except (TryLater, SenderRestricted) as problem:
                return str(problem)
        return ""

    try:
        yield PlatformHandle(messenger=messenger, missing=missing)
    finally:
        await messenger.close()
