# ruff: noqa: ARG002 - the port passes more than the sandbox needs
"""The `bot.ports.Messenger` of the sandbox's chat."""

from __future__ import annotations

from datetime import datetime

from adapters.sandbox.chat import SandboxChat
from bot.addresses import Address
from bot.ports import SentMessage, Undeliverable
from bot.views import View


class SandboxMessenger:
    """Sends at once and in memory: there is no timeout and nothing to retry."""

    def __init__(self, chat: SandboxChat) -> None:
        self._chat = chat

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        if not self._chat.has_address(to):
            raise Undeliverable("nobody of that name lives in the sandbox")
        if not self._chat.accepts_direct_messages(to):
            raise Undeliverable("direct messages are closed")
        return SentMessage(self._chat.post(to, view, key=key, language=language, zone=zone).id)

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        for message in self._chat.messages():
            in_time = since <= message.at <= until
            if message.key == key and message.place == to and in_time:
                return SentMessage(message.id)
        return None

    async def open_conversation(self, to: Address) -> str:
        return ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        sent = self._chat.message(message)
        if sent is None or sent.place != to:
            raise Undeliverable("the message is gone")
        return SentMessage(self._chat.edit(sent, view, language=language, zone=zone).id)
