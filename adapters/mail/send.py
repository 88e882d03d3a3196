# ruff: noqa: ARG002 - the port passes more than a letter needs
"""The `bot.ports.Messenger` of e-mail: each notification is one letter.

A letter that was sent cannot be read back. Where the connection is lost after a letter was sent and before the server
said that it has it, the letter is sent again, as every mail server does (RFC 1047): with the same Message-ID, by which
mailboxes recognise the second as the first. What only takes its time is waited for instead.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from aiosmtplib import SMTP

from adapters.mail.addresses import Mailbox
from adapters.mail.client import MailConnections, send_letter
from adapters.mail.letter import letter, message_id
from bot.addresses import Address
from bot.i18n import locale_at
from bot.limited import LimitedDict
from bot.ports import Clock, SenderRestricted, SentMessage, TryLater, Undeliverable
from bot.views import View

ANSWER_DELAY = timedelta(seconds=10)
"""How soon it is looked again whether the server has answered."""
ACCEPTED_LATELY = timedelta(minutes=15)
"""A server that took another letter so recently does not refuse the bot: then its rules refuse this recipient."""
MAX_REMEMBERED = 1000


class MailMessenger:
    """Each method makes one attempt; the outbox waits and repeats."""

    def __init__(self, connections: MailConnections, sender: Mailbox, clock: Clock, reply_to: str = "") -> None:
        self._connections, self._sender, self._clock, self._reply_to = connections, sender, clock, reply_to
        self._under_way = LimitedDict[str, asyncio.Task[None]](MAX_REMEMBERED)
        """Letters that were sent and not answered in time, by Message-ID, with what came of them since."""
        self._accepted_at: datetime | None = None

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        sender = self._sender
        try:
            written = letter(
                view,
                locale_at(language, zone, self._clock.now()),
                sender=sender,
                to=to.account,
                key=key,
                at=self._clock.now(),
                reply_to=self._reply_to,
            )
        except ValueError as problem:  # nothing was sent, and it would be no better the next time
            raise Undeliverable(f"no letter can be made of it: {problem}") from None
        number = message_id(sender, to.account, key)
        try:
            connection = await self._connections.addressed(sender.address, to.account)
            await self._send_and_wait(connection, written, number)
        except SenderRestricted as problem:
            raise self._weighed(problem) from None
        self._accepted_at = self._clock.now()
        return SentMessage(number)

    async def _send_and_wait(self, connection: SMTP, written: bytes, number: str) -> None:
        """Waits for the answer beyond what the caller does: whoever gives up knows nothing."""
        task = asyncio.create_task(self._send(connection, written), name="send a letter")
        self._under_way[number] = task
        task.add_done_callback(_notice)
        try:
            await asyncio.shield(task)
        finally:
            if task.done():
                self._under_way.pop(number, None)

    async def _send(self, connection: SMTP, written: bytes) -> None:
        with self._connections.kept_after_refusal(connection):
            await send_letter(connection, written)
        self._connections.give_back(connection)

    def _weighed(self, problem: SenderRestricted) -> SenderRestricted | Undeliverable:
        lately = self._accepted_at is not None and self._clock.now() - self._accepted_at < ACCEPTED_LATELY
        return Undeliverable(str(problem)) if lately else problem

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        """What the server answered after all; None where it was asked by a process that is gone: it is sent again."""
        number = message_id(self._sender, to.account, key)
        task = self._under_way.get(number)
        if task is None:
            return None
        if not task.done():
            raise TryLater("the mail server has not said yet whether it took the letter", ANSWER_DELAY)
        del self._under_way[number]
        return SentMessage(number) if not task.cancelled() and task.exception() is None else None

    async def open_conversation(self, to: Address) -> str:
        return ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        raise Undeliverable("a letter cannot be changed")

    async def close(self) -> None:
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        await self._connections.close()


def _notice(task: asyncio.Task[None]) -> None:
    """Whoever waited for it may be gone: what came of it is then asked for by `find`, or by nobody."""
    if not task.cancelled():
        task.exception()
