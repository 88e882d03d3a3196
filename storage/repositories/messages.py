"""What facilitators write to registrants, encrypted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, bindparam, delete, insert, literal, select, update

from bot.messages.model import Message
from storage.encryption.columns import Plaintext
from storage.repositories.repository import Repository, erasing
from storage.schema import messages

_m = messages.c
_unsent = (_m.id == bindparam("message_id")) & _m.sent_at.is_(None)
# A text is encrypted for the id of its row, which is known only once the row is inserted.
_ADD = insert(messages).values(text=literal(b"", LargeBinary)).returning(_m.id)
_SET_TEXT = update(messages).where(_m.id == bindparam("message_id"))
_BY_ID = select(messages).where(_m.id == bindparam("message_id"))
_MARK_SENT = update(messages).where(_unsent)
_DISCARD = delete(messages).where(_unsent)


class SqlMessageRepository(Repository):
    def draft(self, gathering: int, text: str, now: datetime) -> Message:
        message: int = self._value(_ADD, gathering=gathering, at=now)
        self._do(_SET_TEXT, message_id=message, text=Plaintext(text, message))
        return Message(message, gathering, text)

    def get(self, message: int) -> Message | None:
        row = self._one(_BY_ID, message_id=message)
        return None if row is None else Message(row.id, row.gathering, row.text.open(row.id), row.sent_at)

    def mark_sent(self, message: int, now: datetime) -> bool:
        return self._changed(_MARK_SENT, message_id=message, sent_at=now) == 1

    @erasing
    def discard(self, message: int) -> bool:
        return self._changed(_DISCARD, message_id=message) == 1
