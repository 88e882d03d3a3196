"""One member with several addresses: codes, questions, and what is known of each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select

from bot.addresses import Address
from bot.members.model import Identity
from storage.engine.statements import insert as insert_or
from storage.repositories.disconnecting import Disconnecting
from storage.repositories.erasure import Erasure
from storage.repositories.merging import DROP_REQUESTS_OF, Merging
from storage.schema import codes, connection_requests, identities, wrong_codes

_code = insert_or(codes)
_KEEP_CODE = _code.on_conflict_do_update(
    index_elements=["member"], set_={"digest": _code.excluded.digest, "expires_at": _code.excluded.expires_at}
)
_OWNER = (
    select(codes.c.member)
    .where(codes.c.digest == bindparam("wanted"), codes.c.expires_at > bindparam("now"))
    .with_for_update()
)
_WRONG = insert(wrong_codes)
_COUNT_WRONG = select(func.count()).where(
    wrong_codes.c.member == bindparam("who"), wrong_codes.c.at > bindparam("since")
)
_requests = connection_requests.c
_request = insert_or(connection_requests)
_REQUEST = _request.on_conflict_do_update(
    index_elements=["member"],
    set_={name: _request.excluded[name] for name in ("other", "digest", "expires_at")},
)
_TAKE_REQUEST = (
    delete(connection_requests)
    .where(
        _requests.member == bindparam("who"),
        _requests.digest == bindparam("wanted"),
        _requests.expires_at > bindparam("now"),
    )
    .returning(_requests.other)
)
_DROP_REQUESTS = delete(connection_requests).where(_requests.member == bindparam("who"))
_ADDRESSES = (
    select(identities.c.platform, identities.c.account)
    .where(identities.c.member == bindparam("who"))
    .order_by(identities.c.platform, identities.c.account)
)

_IDENTITIES = (
    select(identities.c.platform, identities.c.account, identities.c.name)
    .where(identities.c.member == bindparam("who"))
    .order_by(identities.c.platform, identities.c.account)
)


class SqlAccountRepository(Merging, Disconnecting, Erasure):
    __slots__ = ()

    def save_code(self, member: int, digest: str, expires_at: datetime) -> None:
        self._do(_KEEP_CODE, member=member, digest=digest, expires_at=expires_at)
        self._do(DROP_REQUESTS_OF, which=[member])

    def code_owner(self, digest: str, now: datetime) -> int | None:
        owner: int | None = self._do(_OWNER, wanted=digest, now=now).scalar()
        return owner

    def record_wrong_code(self, member: int, now: datetime) -> None:
        self._do(_WRONG, member=member, at=now)

    def count_wrong_codes(self, member: int, since: datetime) -> int:
        count: int = self._do(_COUNT_WRONG, who=member, since=since).scalar_one()
        return count

    def request_connection(self, member: int, other: int, digest: str, expires_at: datetime) -> None:
        self._do(_REQUEST, member=member, other=other, digest=digest, expires_at=expires_at)

    def take_connection_request(self, member: int, digest: str, now: datetime) -> int | None:
        other: int | None = self._do(_TAKE_REQUEST, who=member, wanted=digest, now=now).scalar()
        return other

    def drop_connection_request(self, member: int) -> None:
        self._do(_DROP_REQUESTS, who=member)

    def addresses(self, member: int) -> list[Address]:
        return [Address(row.platform, row.account) for row in self._all(_ADDRESSES, who=member)]

    def identities(self, member: int) -> list[Identity]:
        return [Identity(Address(row.platform, row.account), row.name) for row in self._all(_IDENTITIES, who=member)]
