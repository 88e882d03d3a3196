"""Tells things unasked in the sandbox: the `bot.ports.Messenger` of a Room."""

from __future__ import annotations

from datetime import datetime

from adapters.sandbox.room import Room
from bot.addresses import Address
from bot.ports import Told, Undeliverable
from bot.views import View


class RoomMessenger:
    """Everything here happens at once and in memory, so there is no timeout to keep and nothing to retry."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def tell(self, to: Address, view: View, *, key: str, language: str, zone: str) -> Told:
        if not self._room.lives_here(to):
            raise Undeliverable("nobody of that name lives in the sandbox")
        if not self._room.line_is_open(to):
            raise Undeliverable("direct messages are closed")
        return Told(self._room.post(to, view, key=key, language=language, zone=zone).id)

    async def find(self, to: Address, *, key: str, since: datetime, until: datetime | None = None) -> Told | None:
        ours = (each for each in self._room.messages() if each.key == key and each.place == to)
        found = (each for each in ours if since <= each.at and (until is None or each.at <= until))
        return next((Told(each.id) for each in found), None)

    async def amend(self, to: Address, message: str, view: View, *, language: str, zone: str) -> Told:
        found = self._room.message(message)
        if found is None or found.place != to:
            raise Undeliverable("the message is gone")
        return Told(self._room.amend(found, view, language=language, zone=zone).id)
