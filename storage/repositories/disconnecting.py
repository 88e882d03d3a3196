"""Disconnects one of a member's identities: it becomes a member of its own again, with what it created."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, exists, func, or_, select, update

from bot.accounts.model import other_key
from bot.addresses import Address
from bot.meetings.model import MeetingState
from bot.members.model import Identity, Member
from bot.notifications.model import NotificationKind, Receipt, is_bound_to_address
from storage.engine.statements import insert, new_nonce
from storage.repositories.addresses import at, is_at
from storage.repositories.in_flight import InFlight
from storage.repositories.merging import SIGNS
from storage.repositories.notifications import UPDATE_NOTIFICATION
from storage.schema import (
    admissions,
    codes,
    connection_requests,
    former_registrations,
    identities,
    members,
    notices,
    passes,
    registrations,
    votes,
)

TOLD_BEFORE = "told while they were one member"

_i, _m, _n = identities.c, members.c, notices.c
_r, _f, _a, _p = registrations.c, former_registrations.c, admissions.c, passes.c

_LOCK = select(members).where(_m.id == bindparam("member_id")).with_for_update()
_COPIED_SETTINGS = (
    "language",
    "zone",
    "chosen_language",
    "chosen_zone",
    "muted",
    "by_direct_message",
    "afterwards",
    "letters",
    "zone_asked",
    "agreed",
    "agreed_at",
    "since",
)
_ADD_MEMBER = insert(members).returning(_m.id)
_UPDATE_MEMBER = update(members).where(_m.id == bindparam("member_id"))
_MOVE_IDENTITY = update(identities).where(is_at(identities)).values(member=bindparam("new_id"))
_DELETE_CODES = delete(codes).where(codes.c.member == bindparam("member_id"))
_requests = connection_requests.c
_DELETE_REQUESTS = delete(connection_requests).where(
    or_(_requests.member == bindparam("member_id"), _requests.other == bindparam("member_id"))
)

# ---- registrations, and former ones that were replaced when the members merged

_current = registrations.alias()
_FORMER = (
    select(former_registrations, _current.c.gathering)
    .add_columns(_current.c.platform.label("current_platform"), _current.c.account.label("current_account"))
    .join_from(former_registrations, _current, _current.c.id == _f.registration)
    .where(_current.c.member == bindparam("member_id"), _f.at.is_not(None), _f.account != "")
    .order_by(_f.registration, _f.at, _f.former)
)
# Rows of an older version, which did not record whose they were: after disconnecting, the link of one could admit the
# other.
_DELETE_UNKNOWN = delete(former_registrations).where(
    _f.registration.in_(select(_r.id).where(_r.member == bindparam("member_id"))),
    or_(_f.at.is_(None), _f.account == ""),
)
_MOVE_REGISTRATIONS = (
    update(registrations)
    .where(_r.member == bindparam("old_id"), is_at(registrations))
    .values(member=bindparam("new_id"))
)
_DELETE_FORMER = delete(former_registrations).where(_f.former == bindparam("registration_id"))
_RESTORE = insert(registrations)
_REDIRECT = (
    update(former_registrations)
    .where(_f.former.in_(bindparam("former_ids", expanding=True)))
    .values(registration=bindparam("new_registration"))
)
_REGISTERED = select(_r.gathering).where(_r.member == bindparam("member_id"))
# A pass that was withdrawn while its registration was replaced is issued anew.
_DELETE_WITHDRAWN_PASS = delete(passes).where(
    _p.registration == bindparam("registration_id"), _p.standing == MeetingState.GONE.value
)
_other_pass = passes.alias()
_of_restored = select(_other_pass).where(_other_pass.c.registration == bindparam("restored_id"))
_REMOVE_COPIED_LOG_IN = (
    update(passes)
    .where(_p.registration == bindparam("registration_id"))
    .values(
        {
            name: func.nullif(_p[name], _of_restored.with_only_columns(_other_pass.c[name]).scalar_subquery())
            for name in SIGNS
        }
    )
)

# ---- admissions and votes


def _is_registered(parameter: str) -> Any:
    own = registrations.alias()
    return exists().where(own.c.member == bindparam(parameter), own.c.gathering == _a.gathering)


_only_new = and_(_is_registered("new_id"), ~_is_registered("old_id"))
_only_old = and_(_is_registered("old_id"), ~_is_registered("new_id"))
_MOVE_ADMISSIONS = (
    update(admissions)
    .where(
        _a.member == bindparam("old_id"),
        # An admission goes with the registration; where both have one, or neither, with the address that was admitted.
        or_(_only_new, and_(~_only_old, is_at(admissions))),
    )
    .values(member=bindparam("new_id"))
)
_MOVE_VOTES = (
    update(votes).where(votes.c.member == bindparam("old_id"), is_at(votes)).values(member=bindparam("new_id"))
)

# ---- notifications

_NOTIFICATIONS = select(notices).where(_n.member == bindparam("member_id")).order_by(_n.id).with_for_update()
_ADD_NOTIFICATION = insert(notices).on_conflict_do_nothing()


class Disconnecting(InFlight):
    def disconnect(self, member: int, address: Address) -> Member | None:
        # Locked first: a transaction that writes for this member waits, and then finds who they have become.
        old = self._one(_LOCK, member_id=member)
        identities = self.uow.accounts.identities(member)
        leaving = next((identity for identity in identities if identity.address == address), None)
        if old is None or leaving is None or len(identities) < 2:
            return None
        staying = [identity for identity in identities if identity is not leaving]
        # Pinned to where delivery sent it: on the platform, first the address from which the member wrote last.
        self._pin(old.id, Address(old.platform, old.account), sorted(identity.address for identity in identities))
        new = self._separate(old, leaving, staying)
        self._do(_MOVE_IDENTITY, new_id=new, **at(address))
        self._do(_DELETE_UNKNOWN, member_id=member)
        former = self._all(_FORMER, member_id=member)
        self._do(_MOVE_REGISTRATIONS, old_id=member, new_id=new, **at(address))
        for rows in _by_registration(former):
            self._restore(rows, address, {True: new, False: member})
        self._do(_MOVE_ADMISSIONS, old_id=member, new_id=new, **at(address))
        self._do(_MOVE_VOTES, old_id=member, new_id=new, **at(address))
        self._divide_notifications(old, new, leaving, staying)
        self._do(_DELETE_CODES, member_id=member)
        self._do(_DELETE_REQUESTS, member_id=member)
        return self.uow.members.get(new)

    def _separate(self, old: Row[Any], leaving: Identity, staying: Sequence[Identity]) -> int:
        """Creates the new member's row and returns its id; updates the old one's, now without that identity."""
        new: int = self._value(
            _ADD_MEMBER,
            # Not the shared name: it may be that of the other identity.
            name=leaving.name,
            platform=leaving.address.platform,
            account=leaving.address.account,
            seen_at=old.seen_at,
            nonce=new_nonce(),
            **{name: getattr(old, name) for name in _COPIED_SETTINGS},
        )
        latest = Address(old.platform, old.account)
        remaining = next((identity for identity in staying if identity.address == latest), staying[0])
        self._do(
            _UPDATE_MEMBER,
            member_id=old.id,
            name=remaining.name or ("" if old.name == leaving.name else old.name),
            platform=remaining.address.platform,
            account=remaining.address.account,
            nonce=new_nonce(),
            by_id=False,
        )
        return new

    # ---- registrations

    def _restore(self, rows: Sequence[Row[Any]], address: Address, owners: dict[bool, int]) -> None:
        """Restores the earliest former registration of the member who does not get the current one.

        `rows`: the former ones that one registration replaced. `owners`: by whether `address` made it.
        """
        is_theirs = Address(rows[0].current_platform, rows[0].current_account) == address
        of_other = [row for row in rows if (Address(row.platform, row.account) == address) is not is_theirs]
        if not of_other:
            return
        first, current = of_other[0], rows[0].registration
        self._do(_DELETE_FORMER, registration_id=first.former)
        self._do(
            _RESTORE,
            id=first.former,
            member=owners[not is_theirs],
            **{name: getattr(first, name) for name in ("gathering", "at", "nonce", "by_id", "platform", "account")},
        )
        self._do(_REDIRECT, former_ids=[row.former for row in of_other[1:]], new_registration=first.former)
        self._do(_REMOVE_COPIED_LOG_IN, registration_id=current, restored_id=first.former)
        self._do(_DELETE_WITHDRAWN_PASS, registration_id=first.former)

    # ---- notifications

    def _divide_notifications(self, old: Row[Any], new: int, leaving: Identity, staying: Sequence[Identity]) -> None:
        """Each goes with the registration that it is about; nothing that was sent is sent again to either member."""
        of_new, of_old = self._registered(new), self._registered(old.id)
        for row in self._all(_NOTIFICATIONS, member_id=old.id):
            at_leaving = row.account is not None and Address(row.platform, row.account) == leaving.address
            if is_bound_to_address(NotificationKind(row.kind)):
                if at_leaving:
                    self._do(UPDATE_NOTIFICATION.values(member=new), notification_id=row.id)
                continue
            if row.gathering in of_new and row.gathering not in of_old:
                self._move(row, old.id, new, leaving)
            elif _is_own(row, old.id) and (row.gathering in of_new or not _is_waiting(row)):
                self._do(_ADD_NOTIFICATION, **_copy(row, new, leaving.address.platform))
            if row.gathering not in of_new or row.gathering in of_old:
                if _is_being_sent(row) and at_leaving and row.gathering in of_new:
                    # Both are registered: it belongs to the one whose address it is sent to.
                    self._do(UPDATE_NOTIFICATION.values(member=new), notification_id=row.id)
                self._keep_reachable(row, staying, old)

    def _registered(self, member: int) -> set[int]:
        return {row.gathering for row in self._all(_REGISTERED, member_id=member)}

    def _move(self, row: Row[Any], old: int, new: int, leaving: Identity) -> None:
        if _is_being_sent(row):
            self._do(UPDATE_NOTIFICATION.values(member=new), notification_id=row.id)
            if _is_own(row, old):
                self._do(_ADD_NOTIFICATION, **_copy(row, new, leaving.address.platform))
            return
        key = other_key(row.key, new) if _is_own(row, old) else row.key
        self._do(UPDATE_NOTIFICATION.values(member=new, key=key), notification_id=row.id)
        if _is_waiting(row):
            platform = leaving.address.platform
            self._do(UPDATE_NOTIFICATION.values(platform=platform, scope=platform), notification_id=row.id)
        elif key != row.key:
            self._do(_ADD_NOTIFICATION, **_copy(row, old, row.platform))

    def _keep_reachable(self, row: Row[Any], staying: Sequence[Identity], old: Row[Any]) -> None:
        """Moves what waits for a platform that the member no longer has to one that they have."""
        platforms = [identity.address.platform for identity in staying]
        if _is_waiting(row) and row.platform not in platforms:
            platform = old.platform if old.platform in platforms else platforms[0]
            self._do(UPDATE_NOTIFICATION.values(platform=platform, scope=platform), notification_id=row.id)


def _by_registration(rows: Sequence[Row[Any]]) -> list[list[Row[Any]]]:
    groups: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        groups[row.registration].append(row)
    return list(groups.values())


def _is_own(row: Row[Any], member: int) -> bool:
    """Whether its key is this member's own, rather than that of a member who was merged into them."""
    key: str = row.key
    return other_key(key, member) == key


def _is_being_sent(row: Row[Any]) -> bool:
    """Sending began, or it would have been taken back."""
    return row.ready_at is not None and (bool(row.in_doubt) or row.state == Receipt.CLAIMED.value)


def _is_waiting(row: Row[Any]) -> bool:
    return row.state == Receipt.WAITING.value and not row.in_doubt


def _copy(row: Row[Any], member: int, platform: str) -> dict[str, object]:
    """The same notification to this member: to be sent if it waits, else only to reserve its key."""
    copied = ("kind", "gathering", "lead", "starts_at", "due_at", "expires_at", "announcement", "message", "moved_from")
    return {name: getattr(row, name) for name in copied} | {
        "key": other_key(row.key, member),
        "member": member,
        "platform": platform,
        "scope": platform,
        "state": (Receipt.WAITING if _is_waiting(row) else Receipt.DROPPED).value,
        "ready_at": row.ready_at if _is_waiting(row) else None,
        "why": "" if _is_waiting(row) else TOLD_BEFORE,
    }
