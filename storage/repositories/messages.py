"""What facilitators write to registrants, sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, bindparam, delete, insert, literal, select, update

from bot.messages.model import Message
from storage.encryption.columns import Plaintext
from storage.repositories.repository import Repository, erasing
from storage.schema import messages

_m = messages.c
_unsent = (_m.id == bindparam("which")) & _m.sent_at.is_(None)
# Sealed for its own row, which has its number only when it is there.
_DRAFT = insert(messages).values(text=literal(b"", LargeBinary)).returning(_m.id)
_WRITE = update(messages).where(_m.id == bindparam("which"))
_BY_ID = select(messages).where(_m.id == bindparam("which"))
_SEND = update(messages).where(_unsent)
_DISCARD = delete(messages).where(_unsent)


class SqlMessageRepository(Repository):
    __slots__ = ()

    def draft(self, gathering: int, text: str, now: datetime) -> Message:
        made: int = self._do(_DRAFT, gathering=gathering, at=now).scalar_one()
        self._do(_WRITE, which=made, text=Plaintext(text, made))
        return Message(made, gathering, text)

    def get(self, message: int) -> Message | None:
        row = self._one(_BY_ID, which=message)
        return None if row is None else Message(row.id, row.gathering, row.text.open(row.id), row.sent_at)

    def mark_sent(self, message: int, now: datetime) -> bool:
        return self._changed(_SEND, which=message, sent_at=now) == 1

    @erasing
    def discard(self, message: int) -> bool:
        return self._changed(_DISCARD, which=message) == 1
