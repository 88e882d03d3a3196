"""Signups on the web, and the links of personal pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update

from bot.addresses import Address
from bot.secrets import LinkKey
from bot.signups.model import SIGNUP_LIFE, Signup
from storage.engine.statements import insert, new_nonce
from storage.repositories.addresses import at, is_at, same_address
from storage.repositories.repository import Repository
from storage.schema import identities, personal_pages, signups

_s, _p, _i = signups.c, personal_pages.c, identities.c
_new = insert(signups)
_ADD = _new.on_conflict_do_update(
    index_elements=["platform", "account", "gathering"],
    set_={name: _new.excluded[name] for name in ("name", "language", "zone", "made_at")},
).returning(*signups.columns)
_BY_ID = select(signups).where(_s.id == bindparam("signup"), _s.made_at > bindparam("made_after"))
_WITH_PAGE = (
    select(signups, _i.member.label("member"), _p.id.label("page"), _p.nonce.label("page_nonce"))
    .select_from(signups)
    .outerjoin(identities, same_address(identities, signups))
    .outerjoin(personal_pages, same_address(personal_pages, signups))
    .where(_s.id == bindparam("signup"), _s.made_at > bindparam("made_after"))
)
_BY_ADDRESS = select(signups).where(
    is_at(signups), _s.gathering == bindparam("gathering_id"), _s.made_at > bindparam("made_after")
)
_COUNT_LETTERS = select(func.coalesce(func.sum(_s.letters), 0)).where(
    is_at(signups), _s.written_at > bindparam("since")
)
_RECORD_LETTER = (
    update(signups).where(_s.id == bindparam("signup")).values(letters=_s.letters + 1, written_at=bindparam("now"))
)

_ADD_PAGE = insert(personal_pages).on_conflict_do_nothing().returning(_p.id, _p.nonce)
_PAGE = select(_p.id, _p.nonce).where(is_at(personal_pages))
_PAGE_BY_ID = select(personal_pages).where(_p.id == bindparam("page"))
_RENEW_PAGE = update(personal_pages).where(is_at(personal_pages)).values(nonce=bindparam("new_nonce"))


class SqlSignupRepository(Repository):
    def add(
        self, address: Address, name: str, gathering: int, now: datetime, *, language: str | None, zone: str | None
    ) -> Signup:
        row = self._only(
            _ADD,
            platform=address.platform,
            account=address.account,
            name=name,
            gathering=gathering,
            language=language,
            zone=zone,
            made_at=now,
            letters=0,
            nonce=new_nonce(),
        )
        return _signup(row)

    def get(self, link: LinkKey, now: datetime) -> Signup | None:
        row = self._one(_BY_ID, signup=link.id, made_after=now - SIGNUP_LIFE)
        return _signup(row) if row is not None and link.names(row.nonce, by_id=False) else None

    def with_page(self, link: LinkKey, now: datetime) -> tuple[Signup, LinkKey, bool] | None:
        row = self._one(_WITH_PAGE, signup=link.id, made_after=now - SIGNUP_LIFE)
        if row is None or not link.names(row.nonce, by_id=False):
            return None
        signup = _signup(row)
        page = LinkKey(row.page, row.page_nonce) if row.page is not None else self._add_page(signup.address)
        return signup, page, row.member is not None

    def by_address(self, address: Address, gathering: int, now: datetime) -> Signup | None:
        row = self._one(
            _BY_ADDRESS,
            **at(address),
            gathering_id=gathering,
            made_after=now - SIGNUP_LIFE,
        )
        return None if row is None else _signup(row)

    def count_letters(self, address: Address, since: datetime) -> int:
        count = self._value(_COUNT_LETTERS, **at(address), since=since)
        return int(count)

    def record_letter(self, signup: int, now: datetime) -> None:
        self._do(_RECORD_LETTER, signup=signup, now=now)

    def page(self, address: Address) -> LinkKey:
        row = self._one(_PAGE, **at(address))
        return LinkKey(row.id, row.nonce) if row is not None else self._add_page(address)

    def _add_page(self, address: Address) -> LinkKey:
        row = self._one(_ADD_PAGE, platform=address.platform, account=address.account, nonce=new_nonce())
        if row is None:  # another process made it at the same instant
            row = self._only(_PAGE, **at(address))
        return LinkKey(row.id, row.nonce)

    def page_owner(self, link: LinkKey) -> Address | None:
        row = self._one(_PAGE_BY_ID, page=link.id)
        if row is None or not link.names(row.nonce, by_id=False):
            return None
        return Address(row.platform, row.account)

    def renew_page(self, address: Address) -> LinkKey:
        self._do(_RENEW_PAGE, **at(address), new_nonce=new_nonce())
        return self.page(address)


def _signup(row: Row[Any]) -> Signup:
    return Signup(
        id=row.id,
        address=Address(row.platform, row.account),
        name=row.name,
        gathering=row.gathering,
        language=row.language,
        zone=row.zone,
        made_at=row.made_at,
        written_at=row.written_at,
        nonce=row.nonce,
    )
