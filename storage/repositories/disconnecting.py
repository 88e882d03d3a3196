"""One of several connected identities becomes a member of its own again, with what was made from its address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, exists, insert, or_, select, update

from bot.accounts.model import other_key
from bot.addresses import Address
from bot.meetings.model import MeetingState
from bot.members.model import Identity, Member
from bot.notifications.model import NotificationKind, Receipt, is_bound_to_address
from storage.engine.statements import insert as insert_or
from storage.engine.statements import new_nonce
from storage.repositories.in_flight import InFlight
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

_LOCK = select(members).where(_m.id == bindparam("who")).with_for_update()
_COPIED = ("language", "zone", "chosen_language", "chosen_zone", "muted", "by_direct_message", "afterwards", "since")
_ADD = insert(members).returning(_m.id)
_CHANGE = update(members).where(_m.id == bindparam("which"))
_TAKE_ADDRESS = (
    update(identities)
    .where(_i.platform == bindparam("on"), _i.account == bindparam("as_"))
    .values(member=bindparam("new"))
)
_DROP_CODES = delete(codes).where(codes.c.member == bindparam("who"))
_requests = connection_requests.c
_DROP_REQUESTS = delete(connection_requests).where(
    or_(_requests.member == bindparam("who"), _requests.other == bindparam("who"))
)

# ---- registrations, those that stand and those that rest behind one that stands

_stands = registrations.alias()
_RESTING = (
    select(former_registrations, _stands.c.gathering)
    .add_columns(_stands.c.platform.label("stands_on"), _stands.c.account.label("stands_as"))
    .join_from(former_registrations, _stands, _stands.c.id == _f.registration)
    .where(_stands.c.member == bindparam("who"), _f.at.is_not(None), _f.account != "")
    .order_by(_f.registration, _f.at, _f.former)
)
# Of an older version, which did not keep whose they were. While the two were one it did not matter; from now on the
# link of one might lead in as the other.
_FORGET_UNKNOWN = delete(former_registrations).where(
    _f.registration.in_(select(_r.id).where(_r.member == bindparam("who"))), or_(_f.at.is_(None), _f.account == "")
)
_TAKE_REGISTRATIONS = (
    update(registrations)
    .where(_r.member == bindparam("old"), _r.platform == bindparam("on"), _r.account == bindparam("as_"))
    .values(member=bindparam("new"))
)
_WAKE = delete(former_registrations).where(_f.former == bindparam("which"))
_REGISTER = insert(registrations)
_LEAD_TO = (
    update(former_registrations)
    .where(_f.former.in_(bindparam("which", expanding=True)))
    .values(registration=bindparam("now_it_is"))
)
_REGISTERED = select(_r.gathering).where(_r.member == bindparam("who"))
# A pass that was withdrawn while its registration rested is made anew.
_WITHDRAWN = delete(passes).where(_p.registration == bindparam("which"), _p.standing == MeetingState.GONE.value)
_other_pass = passes.alias()
_LOGGED_IN_AS_OTHER = (
    update(passes)
    .where(
        _p.registration == bindparam("which"),
        _p.logged_in_at
        == select(_other_pass.c.logged_in_at).where(_other_pass.c.registration == bindparam("awake")).scalar_subquery(),
    )
    .values(logged_in_at=None)
)

# ---- places and votes


def _is_registered(who: str) -> Any:
    own = registrations.alias()
    return exists().where(own.c.member == bindparam(who), own.c.gathering == _a.gathering)


_new_alone = and_(_is_registered("new"), ~_is_registered("old"))
_old_alone = and_(_is_registered("old"), ~_is_registered("new"))
_TAKE_PLACES = (
    update(admissions)
    .where(
        _a.member == bindparam("old"),
        # It goes with the registration; where both have one, or neither, with the address that came in.
        or_(_new_alone, and_(~_old_alone, _a.platform == bindparam("on"), _a.account == bindparam("as_"))),
    )
    .values(member=bindparam("new"))
)
_TAKE_VOTES = (
    update(votes)
    .where(votes.c.member == bindparam("old"), votes.c.platform == bindparam("on"), votes.c.account == bindparam("as_"))
    .values(member=bindparam("new"))
)

# ---- notices

_OF_MEMBER = select(notices).where(_n.member == bindparam("who")).order_by(_n.id).with_for_update()
_ONE = update(notices).where(_n.id == bindparam("which"))
_POST = insert_or(notices).on_conflict_do_nothing()


class Disconnecting(InFlight):
    __slots__ = ()

    def disconnect(self, member: int, address: Address) -> Member | None:
        # Locked first: whoever writes something for this member waits, and then finds who they have become.
        old = self._one(_LOCK, who=member)
        known = self._uow.accounts.identities(member)
        leaving = next((each for each in known if each.address == address), None)
        if old is None or leaving is None or len(known) < 2:
            return None
        staying = [each for each in known if each is not leaving]
        self._take_back([old.id])
        # Where what went to a platform was told, as `bot.composing` finds it.
        self._pin(old.id, Address(old.platform, old.account), sorted(each.address for each in known))
        new = self._separate(old, leaving, staying)
        at = {"on": address.platform, "as_": address.account}
        self._do(_TAKE_ADDRESS, new=new, **at)
        self._do(_FORGET_UNKNOWN, who=member)
        resting = self._all(_RESTING, who=member)
        self._do(_TAKE_REGISTRATIONS, old=member, new=new, **at)
        for rows in _by_registration(resting):
            self._wake(rows, address, {True: new, False: member})
        self._do(_TAKE_PLACES, old=member, new=new, **at)
        self._do(_TAKE_VOTES, old=member, new=new, **at)
        self._share_notices(old, new, leaving, staying)
        self._do(_DROP_CODES, who=member)
        self._do(_DROP_REQUESTS, who=member)
        return self._uow.members.get(new)

    def _separate(self, old: Row[Any], leaving: Identity, staying: Sequence[Identity]) -> int:
        """The new member's row; and the old one's as it is without the identity that leaves."""
        new: int = self._do(
            _ADD,
            # Not the name that they had together: it may be what the other one is called.
            name=leaving.name,
            platform=leaving.address.platform,
            account=leaving.address.account,
            seen_at=old.seen_at,
            nonce=new_nonce(),
            **{name: getattr(old, name) for name in _COPIED},
        ).scalar_one()
        heard = Address(old.platform, old.account)
        line = next((each for each in staying if each.address == heard), staying[0])
        self._do(
            _CHANGE,
            which=old.id,
            name=line.name or ("" if old.name == leaving.name else old.name),
            platform=line.address.platform,
            account=line.address.account,
            nonce=new_nonce(),
            by_id=False,
        )
        return new

    # ---- registrations

    def _wake(self, rows: Sequence[Row[Any]], address: Address, owners: dict[bool, int]) -> None:
        """`rows`: those that rest behind one registration. Of the side that it does not go to, the earliest wakes."""
        theirs = Address(rows[0].stands_on, rows[0].stands_as) == address
        waking = [row for row in rows if (Address(row.platform, row.account) == address) is not theirs]
        if not waking:
            return
        first, standing = waking[0], rows[0].registration
        self._do(_WAKE, which=first.former)
        self._do(
            _REGISTER,
            id=first.former,
            member=owners[not theirs],
            **{name: getattr(first, name) for name in ("gathering", "at", "nonce", "by_id", "platform", "account")},
        )
        self._do(_LEAD_TO, which=[row.former for row in waking[1:]], now_it_is=first.former)
        self._do(_LOGGED_IN_AS_OTHER, which=standing, awake=first.former)
        self._do(_WITHDRAWN, which=first.former)

    # ---- notices

    def _share_notices(self, old: Row[Any], new: int, leaving: Identity, staying: Sequence[Identity]) -> None:
        """Each goes with the registration that it is about; neither of the two hears again what was told already."""
        theirs, mine = (
            {row.gathering for row in self._all(_REGISTERED, who=who)} for who in (new, old.id)
        )  # fmt: skip
        for row in self._all(_OF_MEMBER, who=old.id):
            at_leaving = row.account is not None and Address(row.platform, row.account) == leaving.address
            if is_bound_to_address(NotificationKind(row.kind)):
                if at_leaving:
                    self._do(_ONE.values(member=new), which=row.id)
                continue
            if row.gathering in theirs and row.gathering not in mine:
                self._take(row, old.id, new, leaving)
            elif _is_own(row, old.id) and (row.gathering in theirs or not _waits(row)):
                self._do(_POST, **_copy(row, new, leaving.address.platform))
            if row.gathering not in theirs or row.gathering in mine:
                if _under_way(row) and at_leaving and row.gathering in theirs:
                    # Both are registered: it is told, or was, to the one whose line that is.
                    self._do(_ONE.values(member=new), which=row.id)
                self._keep_on_line(row, staying, old)

    def _take(self, row: Row[Any], old: int, new: int, leaving: Identity) -> None:
        if _under_way(row):
            self._do(_ONE.values(member=new), which=row.id)
            if _is_own(row, old):
                self._do(_POST, **_copy(row, new, leaving.address.platform))
            return
        key = other_key(row.key, new) if _is_own(row, old) else row.key
        self._do(_ONE.values(member=new, key=key), which=row.id)
        if _waits(row):
            self._do(_ONE.values(platform=leaving.address.platform), which=row.id)
        elif key != row.key:
            self._do(_POST, **_copy(row, old, row.platform))

    def _keep_on_line(self, row: Row[Any], staying: Sequence[Identity], old: Row[Any]) -> None:
        """What waits for a platform where they are no longer known waits for one where they are."""
        platforms = [each.address.platform for each in staying]
        if _waits(row) and row.platform not in platforms:
            line = old.platform if old.platform in platforms else platforms[0]
            self._do(_ONE.values(platform=line), which=row.id)


def _by_registration(rows: Sequence[Row[Any]]) -> list[list[Row[Any]]]:
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.registration].append(row)
    return list(found.values())


def _is_own(row: Row[Any], member: int) -> bool:
    """Whether its key is the one that this member's notice has, rather than that of a self that became one."""
    key: str = row.key
    return other_key(key, member) == key


def _under_way(row: Row[Any]) -> bool:
    """It was begun: what was not, was taken back."""
    return row.ready_at is not None and (bool(row.in_doubt) or row.state == Receipt.CLAIMED.value)


def _waits(row: Row[Any]) -> bool:
    return row.state == Receipt.WAITING.value and not row.in_doubt


def _copy(row: Row[Any], member: int, platform: str) -> dict[str, object]:
    """The same notice to this member: to be told if it waits, and else only to keep the place of its key."""
    same = ("kind", "gathering", "lead", "starts_at", "due_at", "expires_at", "announcement", "message")
    return {name: getattr(row, name) for name in same} | {
        "key": other_key(row.key, member),
        "member": member,
        "platform": platform,
        "state": (Receipt.WAITING if _waits(row) else Receipt.DROPPED).value,
        "ready_at": row.ready_at if _waits(row) else None,
        "why": "" if _waits(row) else TOLD_BEFORE,
    }
