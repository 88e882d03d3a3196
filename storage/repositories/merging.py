"""Merges two members into one, who then owns everything that was either's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Integer,
    Row,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from bot.accounts.model import NotificationProgress, duplicates_to_drop, other_key
from bot.addresses import Address
from bot.meetings.model import MeetingState
from bot.notifications.model import Receipt
from storage.engine.statements import insert as upsert
from storage.engine.statements import new_nonce
from storage.repositories.in_flight import InFlight
from storage.repositories.notifications import TOLD_ELSEWHERE, UPDATE_NOTIFICATION
from storage.schema import (
    admissions,
    codes,
    connection_requests,
    former_members,
    former_registrations,
    gatherings,
    identities,
    members,
    notices,
    passes,
    registrations,
    votes,
    waiting,
    wrong_codes,
)

_DELETE_CODES = delete(codes).where(codes.c.member.in_(bindparam("member_ids", expanding=True)))
_DELETE_WRONG_CODES = delete(wrong_codes).where(wrong_codes.c.member.in_(bindparam("member_ids", expanding=True)))

_requests = connection_requests.c
DELETE_REQUESTS = delete(connection_requests).where(
    or_(
        _requests.member.in_(bindparam("member_ids", expanding=True)),
        _requests.other.in_(bindparam("member_ids", expanding=True)),
    )
)

_is_either = members.c.id.in_(bindparam("member_ids", expanding=True))
LOCK_MEMBERS = select(members).where(_is_either).order_by(members.c.id).with_for_update()
_UPDATE = update(members).where(members.c.id == bindparam("member_id"))
_DELETE = delete(members).where(members.c.id == bindparam("member_id"))
_ADD_FORMER = insert(former_members)
_REDIRECT_FORMER = (
    update(former_members).where(former_members.c.member == bindparam("old_id")).values(member=bindparam("new_id"))
)
_MOVE = {
    table.name: update(table).where(table.c.member == bindparam("old_id")).values(member=bindparam("new_id"))
    for table in (identities, registrations, admissions, votes)
}

_r = registrations.c
_other_registration = registrations.alias()
_REGISTERED_TWICE = (
    select(registrations)
    .where(
        _r.member.in_(bindparam("member_ids", expanding=True)),
        exists().where(
            _other_registration.c.gathering == _r.gathering,
            _other_registration.c.member != _r.member,
            _other_registration.c.member.in_(bindparam("member_ids", expanding=True)),
        ),
    )
    .order_by(_r.gathering, _r.at, _r.id)
)
_f = former_registrations.c
_REDIRECT_LINKS = (
    update(former_registrations).where(_f.registration == bindparam("old_id")).values(registration=bindparam("new_id"))
)
_ADD_FORMER_REGISTRATION = insert(former_registrations)
_pass, _other_pass = passes.c, passes.alias()
SIGNS = ("logged_in_at", "seen_at", "left_at")
_signs_of_other = select(_other_pass.c.gathering, *(_other_pass.c[name] for name in SIGNS)).where(
    _other_pass.c.registration == bindparam("old_id"), or_(*(_other_pass.c[name].is_not(None) for name in SIGNS))
)
# Where the registration that stays has no pass yet: one that is still to be made, so that it is known who was there.
_ADD_SIGNS = (
    upsert(passes)
    .from_select(
        ["registration", "standing", "registrant", "gathering", *SIGNS],
        _signs_of_other.with_only_columns(
            bindparam("new_id", type_=Integer),
            literal(MeetingState.BEGUN.value),
            literal(""),
            _other_pass.c.gathering,
            *(_other_pass.c[name] for name in SIGNS),
        ),
    )
    .on_conflict_do_nothing()
)
# Who is in with one of two links has left only when that one says so.
_has_no_sign = _pass.logged_in_at.is_(None) & _pass.seen_at.is_(None)
_COPY_SIGNS = (
    update(passes)
    .where(_pass.registration == bindparam("new_id"))
    .values(
        {
            name: case(
                (_pass[name].is_not(None) if name != "left_at" else ~_has_no_sign, _pass[name]),
                else_=select(_other_pass.c[name])
                .where(_other_pass.c.registration == bindparam("old_id"))
                .scalar_subquery(),
            )
            for name in SIGNS
        }
    )
)
# They may be in the room with either link: the second place is not free before its link has been withdrawn.
_both: BindParameter[Any] = bindparam("member_ids", expanding=True)
_SECOND_PLACE = (
    select(_r.id)
    .join(passes, _pass.registration == _r.id)
    .join(gatherings, gatherings.c.id == _r.gathering)
    .where(
        _r.id == bindparam("old_id"),
        _pass.standing != MeetingState.BEGUN.value,
        gatherings.c.ends_at > bindparam("now"),
        select(func.count())
        .where(admissions.c.gathering == _r.gathering, admissions.c.member.in_(_both))
        .scalar_subquery()
        == 2,
    )
)
# A turn in the line of a full house stays; the earlier one where both waited.
_other_turn = waiting.alias()
_KEEP_TURN = (
    update(waiting)
    .where(
        waiting.c.registration == bindparam("old_id"),
        ~exists().where(_other_turn.c.registration == bindparam("new_id")),
    )
    .values(registration=bindparam("new_id"))
)
_UNREGISTER = delete(registrations).where(_r.id == bindparam("registration_id"))

_a = admissions.c
_admission, _other_admission = admissions.alias(), admissions.alias()
_ADMITTED_TWICE = (
    select(_admission.c.gathering, _admission.c.at.label("first_at"), _other_admission.c.at.label("second_at"))
    .add_columns(_other_admission.c.platform, _other_admission.c.account)
    .select_from(_admission.join(_other_admission, _admission.c.gathering == _other_admission.c.gathering))
    .where(_admission.c.member == bindparam("new_id"), _other_admission.c.member == bindparam("old_id"))
    .order_by(_admission.c.gathering)
)
_REMOVE_ADMISSION = delete(admissions).where(
    _a.gathering == bindparam("gathering_id"), _a.member == bindparam("member_id")
)
_UPDATE_ADMISSION = update(admissions).where(
    _a.gathering == bindparam("gathering_id"), _a.member == bindparam("member_id")
)
_GIVE_PLACE_BACK = (
    update(gatherings)
    .where(gatherings.c.id == bindparam("gathering_id"))
    .values(admitted=gatherings.c.admitted - 1)
)  # fmt: skip

_v = votes.c
_COPY_SUGGESTED = (
    update(votes)
    .where(
        _v.member == bindparam("new_id"),
        _v.topic.in_(select(_v.topic).where(_v.member == bindparam("old_id"), _v.suggested)),
    )
    .values(suggested=True)
)
_DELETE_SECOND_VOTES = delete(votes).where(
    _v.member == bindparam("old_id"), _v.topic.in_(select(_v.topic).where(_v.member == bindparam("new_id")))
)

_n = notices.c
_NOTIFICATIONS = (
    select(notices).where(_n.member.in_(bindparam("member_ids", expanding=True))).order_by(_n.id).with_for_update()
)
_MOVE_NOTIFICATION = UPDATE_NOTIFICATION.values(member=bindparam("new_id"), key=bindparam("new_key"))
_DROP_NOTIFICATION = UPDATE_NOTIFICATION.values(
    state=Receipt.DROPPED.value, ready_at=None, worker=None, in_doubt=false(), begun_at=None, why=TOLD_ELSEWHERE
)
_TAKEN_KEYS = select(_n.key).where(_n.key.in_(bindparam("keys", expanding=True)))
_RESERVE_KEY = insert(notices)


class Merging(InFlight):
    def merge(self, kept: int, gone: int, now: datetime) -> None:
        # Locked first: a transaction that writes for either of them waits, and then finds that one is gone.
        rows = {row.id: row for row in self._all(LOCK_MEMBERS, member_ids=[kept, gone])}
        if len(rows) != 2:
            raise LookupError("one of the two members to be merged does not exist")
        for row in rows.values():
            self._pin(row.id, Address(row.platform, row.account), self.uow.accounts.addresses(row.id))
        self._merge_registrations(kept, gone, now)
        self._merge_admissions(kept, gone)
        self._merge_notifications(kept, gone)
        self._do(_COPY_SUGGESTED, new_id=kept, old_id=gone)
        self._do(_DELETE_SECOND_VOTES, new_id=kept, old_id=gone)
        for name in ("identities", "votes"):
            self._do(_MOVE[name], new_id=kept, old_id=gone)
        self._do(_DELETE_CODES, member_ids=[kept, gone])
        self._do(_DELETE_WRONG_CODES, member_ids=[kept, gone])
        self._do(DELETE_REQUESTS, member_ids=[kept, gone])
        self._merge_rows(rows[kept], rows[gone])

    def _merge_registrations(self, kept: int, gone: int, now: datetime) -> None:
        """Where both were registered the earlier registration stays, and the link of the other leads to it."""
        rows = self._all(_REGISTERED_TWICE, member_ids=[kept, gone])
        for earlier, replaced in zip(rows[::2], rows[1::2], strict=True):
            if self._one(_SECOND_PLACE, old_id=replaced.id, member_ids=[kept, gone], now=now) is not None:
                self.uow.places.begin_return(replaced.gathering, [replaced.id], now, given_up=True)
            self._do(_ADD_SIGNS, old_id=replaced.id, new_id=earlier.id)
            self._do(_COPY_SIGNS, old_id=replaced.id, new_id=earlier.id)
            self._do(_REDIRECT_LINKS, old_id=replaced.id, new_id=earlier.id)
            self._do(_KEEP_TURN, old_id=replaced.id, new_id=earlier.id)
            self._do(_UNREGISTER, registration_id=replaced.id)
            copied = {name: getattr(replaced, name) for name in ("at", "nonce", "by_id", "platform", "account")}
            self._do(_ADD_FORMER_REGISTRATION, former=replaced.id, registration=earlier.id, **copied)
        self._do(_MOVE["registrations"], new_id=kept, old_id=gone)

    def _merge_admissions(self, kept: int, gone: int) -> None:
        """One member takes one place: where both were admitted, and there is no link to withdraw, one is given back."""
        for row in self._all(_ADMITTED_TWICE, new_id=kept, old_id=gone):
            self._do(_REMOVE_ADMISSION, gathering_id=row.gathering, member_id=gone)
            self._do(_GIVE_PLACE_BACK, gathering_id=row.gathering)
            if row.second_at < row.first_at:
                earlier = {"at": row.second_at, "platform": row.platform, "account": row.account}
                self._do(_UPDATE_ADMISSION.values(earlier), gathering_id=row.gathering, member_id=kept)
        self._do(_MOVE["admissions"], new_id=kept, old_id=gone)

    def _merge_notifications(self, kept: int, gone: int) -> None:
        """Nothing is sent to both, and no key becomes free for the same notification to be added again."""
        rows = self._all(_NOTIFICATIONS, member_ids=[kept, gone])
        of_kept = {row.key: row for row in rows if row.member == kept}
        keys = {row.id: other_key(row.key, kept) for row in rows if row.member == gone}
        # Disconnecting may have moved a notification that was being sent, under the key of the member who stayed.
        taken = set(self._values(_TAKEN_KEYS, keys=list(keys.values())))
        for row in sorted(rows, key=lambda row: keys.get(row.id) != row.key):
            if row.member != gone:
                continue
            key, duplicate = keys[row.id], of_kept.get(keys[row.id])
            is_new = duplicate is None and key not in taken
            # Being sent: it is looked up in the conversation by the key that it was sent with.
            is_being_sent = _progress(row).pending and not _progress(row).waits
            new_key = key if is_new and not is_being_sent else row.key
            self._do(_MOVE_NOTIFICATION, notification_id=row.id, new_id=kept, new_key=new_key)
            if duplicate is not None:
                self._drop_one(duplicate, row)
                continue
            if is_new and is_being_sent:
                self._do(_RESERVE_KEY, **_reservation(row, kept, key))
            of_kept[key] = row

    def _drop_one(self, first: Row[Any], second: Row[Any]) -> None:
        """Drops what of two duplicates is not to be sent."""
        drops = duplicates_to_drop(_progress(first), _progress(second))
        for row, dropped in zip((first, second), drops, strict=True):
            if dropped:
                self._do(_DROP_NOTIFICATION, notification_id=row.id)

    def _merge_rows(self, kept: Row[Any], gone: Row[Any]) -> None:
        """What `kept` chose or was called stays; `gone` typed the code, so it wrote last, and fills what is missing."""
        self._do(
            _UPDATE,
            member_id=kept.id,
            name=kept.name or gone.name,
            platform=gone.platform,
            account=gone.account,
            language=gone.language or kept.language,
            zone=gone.zone or kept.zone,
            chosen_zone=kept.chosen_zone or (None if kept.zone else gone.chosen_zone),
            zone_asked=kept.zone_asked or gone.zone_asked,
            **_later_agreement(kept, gone),
            since=min(kept.since, gone.since),
            # A calendar address that one of them passed on must not show what the other registers for.
            nonce=new_nonce(),
            by_id=False,
        )
        self._do(_REDIRECT_FORMER, old_id=gone.id, new_id=kept.id)
        self._do(_DELETE, member_id=gone.id)
        self._do(_ADD_FORMER, former=gone.id, member=kept.id)


def _later_agreement(kept: Row[Any], gone: Row[Any]) -> dict[str, object]:
    agreed = [row for row in (kept, gone) if row.agreed_at is not None]
    later = max(agreed, key=lambda row: row.agreed_at, default=kept)
    return {"agreed": later.agreed, "agreed_at": later.agreed_at}


def _progress(row: Row[Any]) -> NotificationProgress:
    return NotificationProgress(Receipt(row.state), row.in_doubt)


def _reservation(row: Row[Any], kept: int, key: str) -> dict[str, object]:
    """A settled notification whose only purpose is to reserve its key."""
    copied = ("kind", "gathering", "platform", "lead", "starts_at", "due_at", "expires_at", "announcement", "message")
    return {name: getattr(row, name) for name in copied} | {
        "key": key,
        "member": kept,
        "state": Receipt.DROPPED.value,
        "why": TOLD_ELSEWHERE,
    }
