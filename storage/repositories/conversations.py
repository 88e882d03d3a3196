"""Ids of the direct-message conversations with members, each kept with the identity that it is held with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, null, select, update

from bot.addresses import Address
from bot.gatherings.model import Status
from storage.repositories.addresses import at, is_at, same_address
from storage.repositories.repository import Repository
from storage.schema import gatherings, identities, members, registrations

_g, _i, _m, _r = gatherings.c, identities.c, members.c, registrations.c
_GET = select(_i.conversation).where(is_at(identities))
_SAVE = update(identities).where(is_at(identities)).values(conversation=bindparam("opened"))
_FORGET = (
    update(identities).where(is_at(identities), _i.conversation == bindparam("stored")).values(conversation=null())
)
# Begins with upcoming gatherings and probes a key for each registrant: past registrations, and everybody who only ever
# looked, cost nothing. Written so that SQLite does not begin with all identities of the platform instead. Grouped by
# member, whose one address it is: only those who have no conversation are ever grouped or sorted.
_MISSING = (
    select(func.max(_m.platform).label("platform"), func.max(_m.account).label("account"))
    .select_from(
        gatherings.join(registrations, _r.gathering == _g.id)
        .join(members, _m.id == _r.member)
        .join(identities, same_address(identities, members) & (_i.member == _m.id))
    )
    .where(
        _g.status == Status.PUBLISHED.value,
        _g.ends_at > bindparam("now"),
        func.coalesce(_m.platform, "") == bindparam("at_platform"),
        _m.by_direct_message,
        ~_m.unreached,
        _i.conversation.is_(None),
    )
    .group_by(_m.id)
    .order_by(func.min(_g.starts_at), func.min(_r.id))
    .limit(bindparam("limit"))
)


class SqlConversationRepository(Repository):
    def get(self, address: Address) -> str:
        row = self._one(_GET, **at(address))
        return "" if row is None else row.conversation or ""

    def save(self, address: Address, conversation: str) -> None:
        if conversation:
            self._changed(_SAVE, **at(address), opened=conversation)

    def forget(self, address: Address, conversation: str) -> None:
        self._changed(_FORGET, **at(address), stored=conversation)

    def missing(self, platform: str, now: datetime, limit: int) -> list[Address]:
        rows = self._all(_MISSING, at_platform=platform, now=now, limit=limit)
        return [Address(row.platform, row.account) for row in rows]
