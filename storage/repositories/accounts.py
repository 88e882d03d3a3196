"""One member with several addresses: codes, connection requests, identities."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, select

from bot.addresses import Address
from bot.members.model import Identity
from storage.engine.statements import insert, insert_or_replace
from storage.repositories.disconnecting import Disconnecting
from storage.repositories.erasure import Erasure
from storage.repositories.merging import DELETE_REQUESTS, LOCK_MEMBERS, Merging
from storage.schema import codes, connection_requests, identities, wrong_codes

_SAVE_CODE = insert_or_replace(codes)
_CODE_OWNER = (
    select(codes.c.member)
    .where(codes.c.digest == bindparam("digest"), codes.c.expires_at > bindparam("now"))
    .with_for_update()
)
_ADD_WRONG_CODE = insert(wrong_codes)
_COUNT_WRONG_CODES = select(func.count()).where(
    wrong_codes.c.member == bindparam("member_id"), wrong_codes.c.at > bindparam("since")
)
_requests = connection_requests.c
_SAVE_REQUEST = insert_or_replace(connection_requests)
_valid_request = and_(
    _requests.member == bindparam("member_id"),
    _requests.digest == bindparam("digest"),
    _requests.expires_at > bindparam("now"),
)
_FIND_REQUEST = select(_requests.other).where(_valid_request)
_TAKE_REQUEST = delete(connection_requests).where(_valid_request).returning(_requests.other)
_DELETE_REQUEST = delete(connection_requests).where(_requests.member == bindparam("member_id"))
_IDENTITIES = (
    select(identities.c.platform, identities.c.account, identities.c.name, identities.c.conversation)
    .where(identities.c.member == bindparam("member_id"))
    .order_by(identities.c.platform, identities.c.account)
)


class SqlAccountRepository(Merging, Disconnecting, Erasure):
    def save_code(self, member: int, digest: str, expires_at: datetime) -> None:
        self._do(_SAVE_CODE, member=member, digest=digest, expires_at=expires_at)
        self._do(DELETE_REQUESTS, member_ids=[member])

    def code_owner(self, digest: str, now: datetime) -> int | None:
        owner: int | None = self._value(_CODE_OWNER, digest=digest, now=now)
        return owner

    def record_wrong_code(self, member: int, now: datetime) -> None:
        self._do(_ADD_WRONG_CODE, member=member, at=now)

    def count_wrong_codes(self, member: int, since: datetime) -> int:
        return int(self._value(_COUNT_WRONG_CODES, member_id=member, since=since))

    def request_connection(self, member: int, other: int, digest: str, expires_at: datetime) -> None:
        self._do(_SAVE_REQUEST, member=member, other=other, digest=digest, expires_at=expires_at)

    def take_connection_request(self, member: int, digest: str, now: datetime) -> int | None:
        wanted = {"member_id": member, "digest": digest, "now": now}
        other: int | None = self._value(_FIND_REQUEST, **wanted)
        if other is None:
            return None
        # Locked before the request is: two who confirm each other at the same instant would deadlock.
        self._all(LOCK_MEMBERS, member_ids=[member, other])
        taken: int | None = self._value(_TAKE_REQUEST, **wanted)
        return taken

    def drop_connection_request(self, member: int) -> None:
        self._do(_DELETE_REQUEST, member_id=member)

    def addresses(self, member: int) -> list[Address]:
        return [identity.address for identity in self.identities(member)]

    def identities(self, member: int) -> list[Identity]:
        return [
            Identity(Address(row.platform, row.account), row.name, row.conversation or "")
            for row in self._all(_IDENTITIES, member_id=member)
        ]
