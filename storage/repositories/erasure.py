"""What is stored about a member: exported, or erased when they ask for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BindParameter, bindparam, delete, null, or_, select, true, update

from bot.accounts.model import DataExport, ExportedAct, ExportedNotification, ExportedRegistration, ExportedTopic
from bot.addresses import Address
from bot.audit.model import Actor
from bot.gatherings.model import Status
from bot.meetings.model import MeetingState
from bot.notifications.model import Receipt
from storage.engine.statements import insert
from storage.repositories.addresses import is_of_member
from storage.repositories.gathering_rows import safe_title
from storage.repositories.members import on_team
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
    members,
    notices,
    passes,
    personal_pages,
    registrations,
    returning_places,
    signups,
    topics,
    votes,
    wrong_codes,
)
from storage.types import Instant

_g, _r, _a, _n, _v = gatherings.c, registrations.c, admissions.c, notices.c, votes.c
_o = returning_places.c


_requests = connection_requests.c
_member_id: BindParameter[int] = bindparam("member_id")
_LOCK_MEMBER = select(members.c.id).where(members.c.id == _member_id).with_for_update()
_COUNT_REGISTRANT = (
    update(gatherings)
    .where(
        _g.id.in_(select(_r.gathering).where(_r.member == _member_id)),
        _g.status == Status.PUBLISHED.value,
        _g.ends_at <= bindparam("now"),
    )
    .values(former_registrants=_g.former_registrants + 1)
)
# Only before the end: otherwise who is forgotten and comes again would hold a second place, and a third.
_place_with_pass = (
    admissions.join(gatherings, _g.id == _a.gathering)
    .join(registrations, (_r.gathering == _a.gathering) & (_r.member == _a.member))
    .join(passes, passes.c.registration == _r.id)
)
_GIVE_PLACES_BACK = (
    update(gatherings)
    .where(
        _g.id.in_(select(_a.gathering).where(_a.member == _member_id)),
        or_(
            _g.id.not_in(
                select(_a.gathering)
                .select_from(_place_with_pass)
                .where(_a.member == _member_id, passes.c.standing != MeetingState.BEGUN.value)
            ),
            # Taken anew while an earlier one was on its way: the two of them were counted, and one is enough.
            _g.id.in_(
                select(_o.gathering)
                .join(registrations, _r.id == _o.registration)
                .where(_r.member == _member_id, _o.returned_at.is_(None))
            ),
        ),
        _g.ends_at > bindparam("now"),
        _g.admitted > 0,
    )
    .values(admitted=_g.admitted - 1)
)
# They may be in the room: the place is not free before their link has been withdrawn.
_new_return = insert(returning_places)
_RETURN_PLACES = _new_return.from_select(
    ["registration", "gathering", "taken_at", "begun_at", "given_up"],
    select(_r.id, _a.gathering, _a.at, bindparam("now", type_=Instant), true())
    .select_from(_place_with_pass)
    .where(_a.member == _member_id, _g.ends_at > bindparam("now"), passes.c.standing != MeetingState.BEGUN.value),
).on_conflict_do_update(
    index_elements=[_o.registration],
    set_={
        name: _new_return.excluded[name] for name in ("taken_at", "begun_at", "given_up", "withdrawn_at", "returned_at")
    },
    where=_o.returned_at.is_not(None),
)
_COUNT_VOTES = (
    update(topics)
    .where(topics.c.id.in_(select(_v.topic).where(_v.member == _member_id)))
    .values(former_votes=topics.c.former_votes + 1)
)
_is_by_member = is_of_member(acts.c.platform, acts.c.account)
_is_about_member = is_of_member(acts.c.about_platform, acts.c.about_account)
# The acts stay in the log, without who did them and to whom.
_ANONYMIZE_ACTS = [
    update(acts).where(_is_by_member).values(platform=Actor.GONE.value, account=""),
    update(acts).where(_is_about_member).values(about_platform=null(), about_account=null()),
]
_DELETE_AT_ADDRESSES = [
    delete(table).where(is_of_member(table.c.platform, table.c.account))
    for table in (facilitators, signups, personal_pages)
]
_DELETE_OF_MEMBER = [
    delete(connection_requests).where(or_(_requests.member == _member_id, _requests.other == _member_id)),
    *(
        delete(table).where(table.c.member == _member_id)
        for table in (votes, notices, registrations, admissions, codes, wrong_codes, former_members, identities)
    ),
]
# A notification that is being sent to another member may hold an address that was theirs until they disconnected.
_REMOVE_PINNED_ADDRESSES = (
    update(notices).where(_n.ready_at.is_not(None), is_of_member(_n.platform, _n.account)).values(account=null())
)
_DELETE_MEMBER = delete(members).where(members.c.id == _member_id)

_SEEN = select(members.c.since, members.c.seen_at).where(members.c.id == _member_id)
_TEAM_ADDRESSES = (
    select(identities)
    .where(identities.c.member == _member_id, on_team(identities))
    .order_by(identities.c.platform, identities.c.account)
)
_ATTENDED = (
    select(_g.title, _g.starts_at, _r.at.label("registered_at"), _a.at.label("admitted_at"))
    .add_columns(passes.c.logged_in_at, passes.c.seen_at, passes.c.left_at, _r.platform, _r.account)
    .select_from(
        gatherings.outerjoin(registrations, (_r.gathering == _g.id) & (_r.member == _member_id))
        .outerjoin(admissions, (_a.gathering == _g.id) & (_a.member == _member_id))
        .outerjoin(passes, passes.c.registration == _r.id)
    )
    .where(
        _g.id.in_(
            select(_r.gathering)
            .where(_r.member == _member_id)
            .union(select(_a.gathering).where(_a.member == _member_id))
        )
    )
    .order_by(_g.starts_at, _g.id)
)
_NOTIFICATIONS = (
    select(_n.kind, _g.title, _n.due_at, _n.state)
    .select_from(notices.outerjoin(gatherings, _g.id == _n.gathering))
    .where(_n.member == _member_id)
    .order_by(_n.id)
)
_VOTES = (
    select(topics.c.text, _v.at, _v.suggested)
    .select_from(votes.join(topics, topics.c.id == _v.topic))
    .where(_v.member == _member_id)
    .order_by(_v.at, _v.topic)
)
_ACTS = (
    select(acts.c.kind, acts.c.at, _g.title)
    .select_from(acts.outerjoin(gatherings, _g.id == acts.c.gathering))
    .where(or_(_is_by_member, _is_about_member))
    .order_by(acts.c.id)
)


class Erasure(Repository):
    def export(self, member: int) -> DataExport:
        stored = self.uow.members.get(member)
        if stored is None:
            raise LookupError(f"member {member} does not exist")
        member = stored.id
        seen = self._only(_SEEN, member_id=member)
        return DataExport(
            stored,
            seen.since,
            gatherings=[
                ExportedRegistration(
                    safe_title(row.title),
                    row.starts_at,
                    row.registered_at,
                    row.admitted_at,
                    row.logged_in_at,
                    Address(row.platform, row.account) if row.account else None,
                    seen_at=row.seen_at,
                    left_at=row.left_at,
                )
                for row in self._all(_ATTENDED, member_id=member)
            ],
            notifications=[
                ExportedNotification(row.kind, safe_title(row.title or ""), row.due_at, Receipt(row.state))
                for row in self._all(_NOTIFICATIONS, member_id=member)
            ],
            topics=[ExportedTopic(row.text, row.at, row.suggested) for row in self._all(_VOTES, member_id=member)],
            acts=[
                ExportedAct(row.kind, row.at, safe_title(row.title or "")) for row in self._all(_ACTS, member_id=member)
            ],
            identities=self.uow.accounts.identities(member),
            on_team=[Address(row.platform, row.account) for row in self._all(_TEAM_ADDRESSES, member_id=member)],
            seen_at=seen.seen_at,
        )

    @erasing
    def forget(self, member: int, now: datetime) -> None:
        # Locked first: a transaction that writes for this member commits before, or fails because they are gone.
        self._do(_LOCK_MEMBER, member_id=member)
        self.uow.season.store_before_forgetting(member, now)
        self._do(_COUNT_REGISTRANT, member_id=member, now=now)
        self._do(_GIVE_PLACES_BACK, member_id=member, now=now)
        self._do(_RETURN_PLACES, member_id=member, now=now)
        self._do(_COUNT_VOTES, member_id=member)
        for statement in (*_ANONYMIZE_ACTS, _REMOVE_PINNED_ADDRESSES, *_DELETE_AT_ADDRESSES):
            self._do(statement, member_id=member)
        for statement in _DELETE_OF_MEMBER:
            self._do(statement, member_id=member)
        self._do(_DELETE_MEMBER, member_id=member)
