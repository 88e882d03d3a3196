"""Retention: deletes what is older, a bounded number of rows at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Delete,
    Table,
    bindparam,
    delete,
    exists,
    select,
    text,
    tuple_,
    update,
)

from bot.accounts.model import CODE_LIFE
from bot.addresses import Address
from bot.signups.model import SIGNUP_LIFE
from storage.repositories.addresses import is_of_member
from storage.repositories.members import SEEN_EVERY, on_team
from storage.repositories.repository import Repository, erasing
from storage.schema import (
    acts,
    admissions,
    codes,
    connection_requests,
    former_members,
    gatherings,
    identities,
    interactions,
    members,
    messages,
    metadata,
    notices,
    passes,
    personal_pages,
    registrations,
    returning_places,
    signups,
    wrong_codes,
)

SHORT_RETENTION = timedelta(days=1)
"""Of interaction ids (platforms repeat theirs within minutes) and of drafts of messages."""
ORGANISERS_REMEMBERED = timedelta(days=30)
"""How long it is known that somebody used /htg-host by a right that a platform grants."""
ROWS_PER_PRUNE = 1000
MEMBERS_PER_PRUNE = 50

_g, _n = gatherings.c, notices.c
_requests = connection_requests.c
_member_id: BindParameter[int] = bindparam("member_id")


def _delete_some(table: Table, where: ColumnElement[bool], first: ColumnElement[datetime] | None = None) -> Delete:
    """Deletes a bounded number of these rows, beginning with the `first` ones."""
    key = list(table.primary_key.columns)
    chosen = select(*key).where(where).order_by(first).limit(ROWS_PER_PRUNE)
    return delete(table).where((tuple_(*key) if len(key) > 1 else key[0]).in_(chosen))


_DELETE_INTERACTIONS = _delete_some(interactions, interactions.c.at < bindparam("before"), interactions.c.at)
_DELETE_DRAFTS = delete(messages).where(messages.c.sent_at.is_(None), messages.c.at < bindparam("before"))
_DELETE_SIGNUPS = _delete_some(signups, signups.c.made_at <= bindparam("before"), signups.c.made_at)
_DELETE_CODES = delete(codes).where(codes.c.expires_at <= bindparam("now"))
_DELETE_WRONG_CODES = delete(wrong_codes).where(wrong_codes.c.at < bindparam("before"))

_OLDEST_GATHERING = (
    select(_g.id)
    .where(_g.forgotten_at.is_(None), _g.ends_at < bindparam("before"))
    .order_by(_g.ends_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_DELETE_OF_GATHERING = {
    table.name: _delete_some(table, table.c.gathering == bindparam("gathering_id"))
    for table in (notices, admissions, registrations, messages, passes, returning_places)
}
_ADD_FORMER_REGISTRANTS = (
    update(gatherings)
    .where(_g.id == bindparam("gathering_id"))
    .values(former_registrants=_g.former_registrants + bindparam("count"))
)
_MARK_FORGOTTEN = update(gatherings).where(_g.id == bindparam("gathering_id")).values(forgotten_at=bindparam("now"))

_DELETE_ACTS = _delete_some(acts, acts.c.at < bindparam("before"), acts.c.at)
_FORGET_ORGANISERS = update(identities).where(identities.c.organised_at < bindparam("before")).values(organised_at=None)
_DELETE_REQUESTS = delete(connection_requests).where(_requests.expires_at <= bindparam("now"))
_DELETE_WITHOUT_GATHERING = delete(notices).where(_n.gathering.is_(None), _n.expires_at < bindparam("before"))

# Deleted with a member who has not been seen for long; a row in any other table that refers to them keeps them.
_DELETED_WITH_UNSEEN = (codes, wrong_codes, connection_requests, former_members, identities)
_DELETE_WITH_UNSEEN = [
    delete(personal_pages).where(is_of_member(personal_pages.c.platform, personal_pages.c.account)),
    delete(connection_requests).where(_requests.other == _member_id),
    *(delete(table).where(table.c.member == _member_id) for table in _DELETED_WITH_UNSEEN),
]
_is_referred_to = [
    exists().where(column == members.c.id)
    for table in metadata.sorted_tables
    if table not in _DELETED_WITH_UNSEEN
    for column in table.columns
    if any(key.column is members.c.id for key in column.foreign_keys)
]
_is_on_team = exists().where(identities.c.member == members.c.id, on_team(identities))
_UNSEEN_MEMBERS = (
    select(members.c.id)
    .where(members.c.seen_at < bindparam("before"), *(~condition for condition in (*_is_referred_to, _is_on_team)))
    .order_by(members.c.seen_at)
    .limit(MEMBERS_PER_PRUNE)
    .with_for_update(skip_locked=True)
)
_SET_SEEN = update(members).where(members.c.id == _member_id).values(seen_at=bindparam("now"))
# Rows of an older version count as seen just now.
_SET_MISSING_SEEN = (
    update(members)
    .where(members.c.id.in_(select(members.c.id).where(members.c.seen_at.is_(None)).limit(ROWS_PER_PRUNE)))
    .values(seen_at=bindparam("now"))
)
_DELETE_MEMBER = delete(members).where(members.c.id == _member_id)

_SCHEMA_REVISION = text("SELECT version_num FROM alembic_version")


class SqlMaintenanceRepository(Repository):
    @erasing
    def prune(self, now: datetime, *, retention: timedelta | None = None, spared: Collection[Address] = ()) -> None:
        self._do(_DELETE_INTERACTIONS, before=now - SHORT_RETENTION)
        self._do(_DELETE_DRAFTS, before=now - SHORT_RETENTION)
        self._do(_DELETE_SIGNUPS, before=now - SIGNUP_LIFE)
        self._do(_DELETE_CODES, now=now)
        self._do(_DELETE_WRONG_CODES, before=now - CODE_LIFE)
        self._do(_DELETE_REQUESTS, now=now)
        self._do(_FORGET_ORGANISERS, before=now - ORGANISERS_REMEMBERED)
        self._do(_DELETE_WITHOUT_GATHERING, before=now - SHORT_RETENTION)
        if retention is not None:
            self._do(_DELETE_ACTS, before=now - retention)
            self._forget_unseen(now, now - retention - SEEN_EVERY, spared)
            self._forget_oldest(now, now - retention)

    def _forget_unseen(self, now: datetime, before: datetime, spared: Collection[Address]) -> None:
        """Members of whom nothing is stored but that they once wrote; a bounded number at a time."""
        self._do(_SET_MISSING_SEEN, now=now)
        for member in self._values(_UNSEEN_MEMBERS, before=before):
            if any(entry.names(address) for address in self.uow.accounts.addresses(member) for entry in spared):
                # Considered again after another retention.
                self._do(_SET_SEEN, member_id=member, now=now)
                continue
            for statement in _DELETE_WITH_UNSEEN:
                self._do(statement, member_id=member)
            self._do(_DELETE_MEMBER, member_id=member)

    def _forget_oldest(self, now: datetime, before: datetime) -> None:
        """A bounded number of rows of the gathering that ended longest ago; the next ones at the next tick."""
        oldest = self._one(_OLDEST_GATHERING, before=before)
        if oldest is None:
            return
        deleted = {
            name: self._changed(statement, gathering_id=oldest.id) for name, statement in _DELETE_OF_GATHERING.items()
        }
        if deleted["registrations"]:
            self._do(_ADD_FORMER_REGISTRANTS, gathering_id=oldest.id, count=deleted["registrations"])
        if all(count < ROWS_PER_PRUNE for count in deleted.values()):
            self._do(_MARK_FORGOTTEN, gathering_id=oldest.id, now=now)

    def schema_revision(self) -> str:
        return str(self._value(_SCHEMA_REVISION))
