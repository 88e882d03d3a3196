"""What is not kept: everything about somebody who asks for it, and in time everything about everybody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Delete, Table, bindparam, delete, exists, null, or_, select, text, tuple_, update

from bot.accounts.model import (
    CODE_LIFE,
    DataExport,
    ExportedAct,
    ExportedNotification,
    ExportedRegistration,
    ExportedTopic,
)
from bot.addresses import Address
from bot.audit.model import Actor
from bot.gatherings.model import Status
from bot.members.model import Identity
from bot.notifications.model import Receipt
from storage.repositories.gatherings import safe_title
from storage.repositories.members import SEEN_EVERY, on_team
from storage.repositories.repository import Repository, erasing
from storage.schema import (
    acts,
    admissions,
    codes,
    connection_requests,
    facilitators,
    former_members,
    gatherings,
    identities,
    interactions,
    members,
    messages,
    metadata,
    notices,
    passes,
    registrations,
    topics,
    votes,
    wrong_codes,
)

KEPT_FOR = timedelta(days=1)
"""How long an interaction id is known (platforms repeat theirs within minutes), and a draft of a message."""
PRUNED_AT_ONCE = 1000
UNSEEN_AT_ONCE = 50

_g, _r, _a, _n, _v = gatherings.c, registrations.c, admissions.c, notices.c, votes.c


def _some(table: Table, **where: object) -> Delete:
    """Deletes a bounded number of the rows that the parameters name."""
    key = list(table.primary_key.columns)
    chosen = select(*key).where(*(table.c[name] == value for name, value in where.items())).limit(PRUNED_AT_ONCE)
    return delete(table).where((tuple_(*key) if len(key) > 1 else key[0]).in_(chosen))


_PRUNE = delete(interactions).where(
    interactions.c.key.in_(
        select(interactions.c.key)
        .where(interactions.c.at < bindparam("before"))
        .order_by(interactions.c.at)
        .limit(PRUNED_AT_ONCE)
    )
)
_DROP_DRAFTS = delete(messages).where(messages.c.sent_at.is_(None), messages.c.at < bindparam("before"))
_DROP_CODES = delete(codes).where(codes.c.expires_at <= bindparam("now"))
_DROP_WRONG = delete(wrong_codes).where(wrong_codes.c.at < bindparam("before"))

_OLDEST = (
    select(_g.id)
    .where(_g.forgotten_at.is_(None), _g.ends_at < bindparam("before"))
    .order_by(_g.ends_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_OF = {
    table.name: _some(table, gathering=bindparam("what"))
    for table in (notices, admissions, registrations, messages, passes)
}
_COUNT_FORMER = (
    update(gatherings)
    .where(_g.id == bindparam("what"))
    .values(former_registrants=_g.former_registrants + bindparam("more"))
)
_FORGOTTEN = update(gatherings).where(_g.id == bindparam("what")).values(forgotten_at=bindparam("now"))

_requests = connection_requests.c
_who: BindParameter[int] = bindparam("who")
_LOCK = select(members.c.id).where(members.c.id == _who).with_for_update()
_COUNT_ME = (
    update(gatherings)
    .where(
        _g.id.in_(select(_r.gathering).where(_r.member == _who)),
        _g.status == Status.PUBLISHED.value,
        _g.ends_at <= bindparam("now"),
    )
    .values(former_registrants=_g.former_registrants + 1)
)
# While it is not over: whoever is forgotten and comes again would take a second place, and a third.
_GIVE_MY_PLACES_BACK = (
    update(gatherings)
    .where(
        _g.id.in_(select(_a.gathering).where(_a.member == _who)),
        _g.ends_at > bindparam("now"),
        _g.admitted > 0,
    )
    .values(admitted=_g.admitted - 1)
)
_COUNT_MY_VOTES = (
    update(topics)
    .where(topics.c.id.in_(select(_v.topic).where(_v.member == _who)))
    .values(former_votes=topics.c.former_votes + 1)
)
_LEAVE_TEAM = delete(facilitators).where(
    tuple_(facilitators.c.platform, facilitators.c.account).in_(
        select(identities.c.platform, identities.c.account).where(identities.c.member == _who)
    )
)
_mine = select(identities.c.platform, identities.c.account).where(identities.c.member == _who)
_DONE_BY_ME = tuple_(acts.c.platform, acts.c.account).in_(_mine)
# What was done stays in the log, and nothing there says any more by whom, or to whom.
_LEAVE_ACTS = [
    update(acts).where(_DONE_BY_ME).values(platform=Actor.GONE.value, account=""),
    update(acts)
    .where(tuple_(acts.c.about_platform, acts.c.about_account).in_(_mine))
    .values(about_platform=null(), about_account=null()),
]
_DROP_ACTS = delete(acts).where(
    acts.c.id.in_(select(acts.c.id).where(acts.c.at < bindparam("before")).order_by(acts.c.at).limit(PRUNED_AT_ONCE))
)
_FORGET = [
    delete(table).where(table.c.member == _who)
    for table in (votes, notices, registrations, admissions, codes, wrong_codes, former_members, identities)
]
# What is under way to somebody else may bear an address that was theirs until they disconnected.
_LEAVE_NOTICES = (
    update(notices).where(_n.ready_at.is_not(None), tuple_(_n.platform, _n.account).in_(_mine)).values(account=null())
)
_FORGET.append(delete(connection_requests).where(or_(_requests.member == _who, _requests.other == _who)))
_REMOVE = delete(members).where(members.c.id == _who)

_SINCE = select(members.c.since).where(members.c.id == _who)
_LAST_SEEN = select(members.c.seen_at).where(members.c.id == _who)
_KNOWN_AS = select(identities).where(identities.c.member == _who).order_by(identities.c.platform, identities.c.account)
_ON_TEAM_AS = _KNOWN_AS.where(on_team(identities))
_ATTENDED = (
    select(_g.title, _g.starts_at, _r.at.label("registered_at"), _a.at.label("admitted_at"))
    .add_columns(passes.c.logged_in_at, _r.platform, _r.account)
    .select_from(
        gatherings.outerjoin(registrations, (_r.gathering == _g.id) & (_r.member == _who))
        .outerjoin(admissions, (_a.gathering == _g.id) & (_a.member == _who))
        .outerjoin(passes, passes.c.registration == _r.id)
    )
    .where(
        _g.id.in_(select(_r.gathering).where(_r.member == _who).union(select(_a.gathering).where(_a.member == _who)))
    )
    .order_by(_g.starts_at, _g.id)
)
_HEARD = (
    select(_n.kind, _g.title, _n.due_at, _n.state)
    .select_from(notices.outerjoin(gatherings, _g.id == _n.gathering))
    .where(_n.member == _who)
    .order_by(_n.id)
)
_WISHED = (
    select(topics.c.text, _v.at, _v.suggested)
    .select_from(votes.join(topics, topics.c.id == _v.topic))
    .where(_v.member == _who)
    .order_by(_v.at, _v.topic)
)
_DID = (
    select(acts.c.kind, acts.c.at, _g.title)
    .select_from(acts.outerjoin(gatherings, _g.id == acts.c.gathering))
    .where(or_(_DONE_BY_ME, tuple_(acts.c.about_platform, acts.c.about_account).in_(_mine)))
    .order_by(acts.c.id)
)


_DROP_REQUESTS = delete(connection_requests).where(_requests.expires_at <= bindparam("now"))
_DROP_APART = delete(notices).where(_n.gathering.is_(None), _n.expires_at < bindparam("before"))

# What goes with a member who is not seen any more; a row in any other table that refers to them keeps them.
_WITH_MEMBER = (codes, wrong_codes, connection_requests, former_members, identities)
_GO_WITH_MEMBER = [delete(table).where(table.c.member == _who) for table in _WITH_MEMBER]
_GO_WITH_MEMBER.append(delete(connection_requests).where(_requests.other == _who))
_kept_by = [
    exists().where(column == members.c.id)
    for table in metadata.sorted_tables
    if table not in _WITH_MEMBER
    for column in table.columns
    if any(key.column is members.c.id for key in column.foreign_keys)
]
_on_team = exists().where(identities.c.member == members.c.id, on_team(identities))
_UNSEEN = (
    select(members.c.id)
    .where(members.c.seen_at < bindparam("before"), *(~each for each in (*_kept_by, _on_team)))
    .order_by(members.c.seen_at)
    .limit(UNSEEN_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_SEEN = update(members).where(members.c.id == _who).values(seen_at=bindparam("now"))
# Made by an older version: as if seen just now.
_SEEN_NOW = (
    update(members)
    .where(members.c.id.in_(select(members.c.id).where(members.c.seen_at.is_(None)).limit(PRUNED_AT_ONCE)))
    .values(seen_at=bindparam("now"))
)


class Erasure(Repository):
    __slots__ = ()

    def export(self, member: int) -> DataExport:
        found = self._uow.members.get(member)
        if found is None:
            raise LookupError(f"member {member} is not there")
        who = found.id
        addresses = self._uow.accounts.addresses(who)
        return DataExport(
            found,
            self._do(_SINCE, who=who).scalar_one(),
            addresses,
            [
                ExportedRegistration(
                    safe_title(row.title),
                    row.starts_at,
                    row.registered_at,
                    row.admitted_at,
                    row.logged_in_at,
                    Address(row.platform, row.account) if row.account else None,
                )
                for row in self._all(_ATTENDED, who=who)
            ],
            [
                ExportedNotification(row.kind, safe_title(row.title or ""), row.due_at, Receipt(row.state))
                for row in self._all(_HEARD, who=who)
            ],
            [ExportedTopic(row.text, row.at, row.suggested) for row in self._all(_WISHED, who=who)],
            [ExportedAct(row.kind, row.at, safe_title(row.title or "")) for row in self._all(_DID, who=who)],
            [Identity(Address(row.platform, row.account), row.name) for row in self._all(_KNOWN_AS, who=who)],
            [Address(row.platform, row.account) for row in self._all(_ON_TEAM_AS, who=who)],
            self._do(_LAST_SEEN, who=who).scalar_one(),
        )

    @erasing
    def forget(self, member: int, now: datetime) -> None:
        # Locked first: whatever is being written for this member is finished, or fails and finds nobody.
        self._do(_LOCK, who=member)
        self._do(_COUNT_ME, who=member, now=now)
        self._do(_GIVE_MY_PLACES_BACK, who=member, now=now)
        self._do(_COUNT_MY_VOTES, who=member)
        for statement in (_LEAVE_TEAM, *_LEAVE_ACTS, _LEAVE_NOTICES):
            self._do(statement, who=member)
        for statement in _FORGET:
            self._do(statement, who=member)
        self._do(_REMOVE, who=member)


_SCHEMA = text("SELECT version_num FROM alembic_version")


class SqlMaintenanceRepository(Repository):
    __slots__ = ()

    @erasing
    def prune(self, now: datetime, *, retention: timedelta | None = None, spared: Collection[Address] = ()) -> None:
        self._do(_PRUNE, before=now - KEPT_FOR)
        self._do(_DROP_DRAFTS, before=now - KEPT_FOR)
        self._do(_DROP_CODES, now=now)
        self._do(_DROP_WRONG, before=now - CODE_LIFE)
        self._do(_DROP_REQUESTS, now=now)
        self._do(_DROP_APART, before=now - KEPT_FOR)
        if retention is not None:
            self._do(_DROP_ACTS, before=now - retention)
            self._forget_unseen(now, now - retention - SEEN_EVERY, spared)
            self._forget_oldest(now, now - retention)

    def _forget_unseen(self, now: datetime, before: datetime, spared: Collection[Address]) -> None:
        """Members of whom nothing is kept but that they once said something; a bounded number at a time."""
        self._do(_SEEN_NOW, now=now)
        for who in self._do(_UNSEEN, before=before).scalars().all():
            if any(named.names(each) for each in self._uow.accounts.addresses(who) for named in spared):
                # Asked about again when another retention has gone by.
                self._do(_SEEN, who=who, now=now)
                continue
            for statement in _GO_WITH_MEMBER:
                self._do(statement, who=who)
            self._do(_REMOVE, who=who)

    def _forget_oldest(self, now: datetime, before: datetime) -> None:
        """A bounded number of rows of the gathering that ended longest ago; the next ones at the next tick."""
        oldest = self._one(_OLDEST, before=before)
        if oldest is None:
            return
        gone = {name: self._changed(statement, what=oldest.id) for name, statement in _OF.items()}
        if gone["registrations"]:
            self._do(_COUNT_FORMER, what=oldest.id, more=gone["registrations"])
        if all(count < PRUNED_AT_ONCE for count in gone.values()):
            self._do(_FORGOTTEN, what=oldest.id, now=now)

    def schema_revision(self) -> str:
        return str(self._do(_SCHEMA).scalar_one())
