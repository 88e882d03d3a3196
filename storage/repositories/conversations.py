"""Ids of the direct-message conversations with members, each kept with the identity that it is held with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, null, select, update

from bot.addresses import Address
from bot.gatherings.model import Status
from storage.repositories.repository import Repository
from storage.schema import gatherings, identities, members, registrations

_g, _i, _m, _r = gatherings.c, identities.c, members.c, registrations.c
_is_at_address = (_i.platform == bindparam("at_platform"), _i.account == bindparam("at_account"))
_GET = select(_i.conversation).where(*_is_at_address)
_SAVE = update(identities).where(*_is_at_address).values(conversation=bindparam("opened"))
_FORGET = update(identities).where(*_is_at_address, _i.conversation == bindparam("stored")).values(conversation=null())
# Begins with upcoming gatherings and probes a key for each registrant: past registrations, and everybody who only ever
# looked, cost nothing. Written so that SQLite does not begin with all identities of the platform instead.
_on_platform = func.coalesce(_m.platform, "") == bindparam("at_platform")
_coming = (
    select(_r.member, func.min(_g.starts_at).label("starts_at"), func.min(_r.id).label("first"))
    .select_from(gatherings.join(registrations, _r.gathering == _g.id))
    .where(_g.status == Status.PUBLISHED.value, _g.ends_at > bindparam("now"))
    .group_by(_r.member)
    .cte("coming")
)
_MISSING = (
    select(_i.platform, _i.account)
    .select_from(
        _coming.join(identities, (_i.member == _coming.c.member) & _i.conversation.is_(None)).join(
            members, (_m.id == _i.member) & (_m.platform == _i.platform) & (_m.account == _i.account)
        )
    )
    .where(_on_platform, _m.by_direct_message, ~_m.unreached)
    .order_by(_coming.c.starts_at, _coming.c.first)
    .limit(bindparam("limit"))
)


class SqlConversationRepository(Repository):
    __slots__ = ()

    def get(self, address: Address) -> str:
        row = self._one(_GET, at_platform=address.platform, at_account=address.account)
        return "" if row is None else row.conversation or ""

    def save(self, address: Address, conversation: str) -> None:
        if conversation:
            self._changed(_SAVE, at_platform=address.platform, at_account=address.account, opened=conversation)

    def forget(self, address: Address, conversation: str) -> None:
        self._changed(_FORGET, at_platform=address.platform, at_account=address.account, stored=conversation)

    def missing(self, platform: str, now: datetime, limit: int) -> list[Address]:
        rows = self._all(_MISSING, at_platform=platform, now=now, limit=limit)
        return [Address(row.platform, row.account) for row in rows]
