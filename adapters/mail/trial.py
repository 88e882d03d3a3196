"""One letter sent by hand: `htg mail test`."""

from __future__ import annotations

import secrets
from datetime import datetime

from aiosmtplib import SMTPException

from adapters.mail.addresses import Mailbox
from adapters.mail.client import MailConnections, say_goodbye, send_letter
from adapters.mail.letter import letter
from adapters.mail.server import MailServer
from bot.config import Config
from bot.i18n import Locale
from bot.notifications import letter_texts
from bot.ports import SenderRestricted, TryLater, Undeliverable


async def send_trial(server: MailServer, sender: Mailbox, to: str, config: Config, now: datetime) -> tuple[bool, str]:
    """Whether the server took it, and what it said."""
    locale = Locale(config.language, config.zone)
    view = letter_texts.trial(locale, config)
    written = letter(view, locale, sender=sender, to=to, key=f"trial:{secrets.token_hex(8)}", at=now)
    connections = MailConnections(server, sender.domain)
    try:
        connection = await connections.addressed(sender.address, to)
        try:
            answer = await send_letter(connection, written)
        finally:
            await say_goodbye(connection)
    except (TryLater, SenderRestricted, Undeliverable) as refused:
        return False, str(refused)
    except (SMTPException, OSError) as lost:
        return False, f"the connection was lost before it answered ({type(lost).__name__})"
    finally:
        await connections.close()
    return True, answer
