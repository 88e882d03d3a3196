"""Two selves that become one member: codes, and everything that then belongs to one of them alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, false, insert, or_, select, update

from bot.accounts.model import NotificationProgress, duplicates_to_drop, other_key
from bot.addresses import Address
from bot.notifications.model import Receipt
from storage.engine.statements import new_nonce
from storage.repositories.in_flight import InFlight
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
    wrong_codes,
)

TOLD_ELSEWHERE = "told to their other self"

_DROP_CODES = delete(codes).where(codes.c.member.in_(bindparam("which", expanding=True)))
_DROP_WRONG = delete(wrong_codes).where(wrong_codes.c.member.in_(bindparam("which", expanding=True)))

_requests = connection_requests.c
DROP_REQUESTS_OF = delete(connection_requests).where(
    or_(
        _requests.member.in_(bindparam("which", expanding=True)),
        _requests.other.in_(bindparam("which", expanding=True)),
    )
)

_both = members.c.id.in_(bindparam("which", expanding=True))
_LOCK = select(members).where(_both).order_by(members.c.id).with_for_update()
_UNITE = update(members).where(members.c.id == bindparam("which"))
_REMOVE = delete(members).where(members.c.id == bindparam("which"))
_FORMER = insert(former_members)
_FORWARD = update(former_members).where(former_members.c.member == bindparam("old")).values(member=bindparam("new"))
_MOVE = {
    table.name: update(table).where(table.c.member == bindparam("old")).values(member=bindparam("new"))
    for table in (identities, registrations, admissions, votes)
}

_r = registrations.c
_both_registered = registrations.alias()
_TWICE_REGISTERED = (
    select(registrations)
    .where(
        _r.member.in_(bindparam("which", expanding=True)),
        exists().where(
            _both_registered.c.gathering == _r.gathering,
            _both_registered.c.member != _r.member,
            _both_registered.c.member.in_(bindparam("which", expanding=True)),
        ),
    )
    .order_by(_r.gathering, _r.at, _r.id)
)
_f = former_registrations.c
_FORWARD_LINK = update(former_registrations).where(_f.registration == bindparam("old")).values(
    registration=bindparam("new")
)  # fmt: skip
_FORMER_LINK = insert(former_registrations)
_pass, _other_pass = passes.c, passes.alias()
_LOGGED_IN_TOO = (
    update(passes)
    .where(_pass.registration == bindparam("new"), _pass.logged_in_at.is_(None))
    .values(
        logged_in_at=select(_other_pass.c.logged_in_at)
        .where(_other_pass.c.registration == bindparam("old"))
        .scalar_subquery()
    )
)
_UNREGISTER = delete(registrations).where(_r.id == bindparam("which"))

_a = admissions.c
_in, _also_in = admissions.alias(), admissions.alias()
_TWICE_IN = (
    select(_in.c.gathering, _in.c.at.label("first_at"), _also_in.c.at.label("second_at"))
    .add_columns(_also_in.c.platform, _also_in.c.account)
    .select_from(_in.join(_also_in, _in.c.gathering == _also_in.c.gathering))
    .where(_in.c.member == bindparam("new"), _also_in.c.member == bindparam("old"))
    .order_by(_in.c.gathering)
)
_LEAVE = delete(admissions).where(_a.gathering == bindparam("what"), _a.member == bindparam("who"))
_EARLIER = update(admissions).where(_a.gathering == bindparam("what"), _a.member == bindparam("who"))
_GIVE_PLACE_BACK = (
    update(gatherings)
    .where(gatherings.c.id == bindparam("what"))
    .values(admitted=gatherings.c.admitted - 1)
)  # fmt: skip

_v = votes.c
_SUGGESTED_TOO = (
    update(votes)
    .where(
        _v.member == bindparam("new"),
        _v.topic.in_(select(_v.topic).where(_v.member == bindparam("old"), _v.suggested)),
    )
    .values(suggested=True)
)
_VOTED_TWICE = delete(votes).where(
    _v.member == bindparam("old"), _v.topic.in_(select(_v.topic).where(_v.member == bindparam("new")))
)

_n = notices.c
_TOLD = select(notices).where(_n.member.in_(bindparam("which", expanding=True))).order_by(_n.id).with_for_update()
_TAKE_OVER = update(notices).where(_n.id == bindparam("which")).values(member=bindparam("new"), key=bindparam("as_"))
_DROP = (
    update(notices)
    .where(_n.id == bindparam("which"))
    .values(
        state=Receipt.DROPPED.value, ready_at=None, worker=None, in_doubt=false(), begun_at=None, why=TOLD_ELSEWHERE
    )
)
_KEYED = select(_n.key).where(_n.key.in_(bindparam("which", expanding=True)))
_MARK = insert(notices)


class Merging(InFlight):
    __slots__ = ()

    def merge(self, kept: int, gone: int) -> None:
        # Locked first: whoever writes something for either of them waits, and then finds that one of them left.
        people = {row.id: row for row in self._all(_LOCK, which=[kept, gone])}
        if len(people) != 2:
            raise LookupError("one of the two who were to become one is not there")
        self._take_back([kept, gone])
        for each in people.values():
            self._pin(each.id, Address(each.platform, each.account), self._uow.accounts.addresses(each.id))
        self._unite_registrations(kept, gone)
        self._unite_admissions(kept, gone)
        self._unite_notices(kept, gone)
        self._do(_SUGGESTED_TOO, new=kept, old=gone)
        self._do(_VOTED_TWICE, new=kept, old=gone)
        for name in ("identities", "votes"):
            self._do(_MOVE[name], new=kept, old=gone)
        self._do(_DROP_CODES, which=[kept, gone])
        self._do(_DROP_WRONG, which=[kept, gone])
        self._do(DROP_REQUESTS_OF, which=[kept, gone])
        self._unite_people(people[kept], people[gone])

    def _unite_registrations(self, kept: int, gone: int) -> None:
        """The earlier one stays where both had one; the other rests, and its link leads there."""
        rows = self._all(_TWICE_REGISTERED, which=[kept, gone])
        for stays, rests in zip(rows[::2], rows[1::2], strict=True):
            self._do(_LOGGED_IN_TOO, old=rests.id, new=stays.id)
            self._do(_FORWARD_LINK, old=rests.id, new=stays.id)
            self._do(_UNREGISTER, which=rests.id)
            same = {name: getattr(rests, name) for name in ("at", "nonce", "by_id", "platform", "account")}
            self._do(_FORMER_LINK, former=rests.id, registration=stays.id, **same)
        self._do(_MOVE["registrations"], new=kept, old=gone)

    def _unite_admissions(self, kept: int, gone: int) -> None:
        """One person takes one place: where both were in, one place is given back."""
        for row in self._all(_TWICE_IN, new=kept, old=gone):
            self._do(_LEAVE, what=row.gathering, who=gone)
            self._do(_GIVE_PLACE_BACK, what=row.gathering)
            if row.second_at < row.first_at:
                came = {"at": row.second_at, "platform": row.platform, "account": row.account}
                self._do(_EARLIER.values(came), what=row.gathering, who=kept)
        self._do(_MOVE["admissions"], new=kept, old=gone)

    def _unite_notices(self, kept: int, gone: int) -> None:
        """Nothing is told to both selves, and neither key is free for it to be posted again."""
        rows = self._all(_TOLD, which=[kept, gone])
        known = {row.key: row for row in rows if row.member == kept}
        theirs = {row.id: other_key(row.key, kept) for row in rows if row.member == gone}
        # Whoever once left while it was told took a notice along under the key of the one who stayed.
        taken = set(self._do(_KEYED, which=list(theirs.values())).scalars())
        for row in sorted(rows, key=lambda row: theirs.get(row.id) != row.key):
            if row.member != gone:
                continue
            key = theirs[row.id]
            twin = known.get(key)
            if twin is not None:
                drops = duplicates_to_drop(_told(twin), _told(row))
                for each, dropped in zip((twin, row), drops, strict=True):
                    if dropped:
                        self._do(_DROP, which=each.id)
                self._do(_TAKE_OVER, which=row.id, new=kept, as_=row.key)
                continue
            if key in taken:
                self._do(_TAKE_OVER, which=row.id, new=kept, as_=row.key)
            elif _told(row).pending and not _told(row).waits:
                # Under way: it is looked for in the conversation by the key that it bears.
                self._do(_TAKE_OVER, which=row.id, new=kept, as_=row.key)
                self._do(_MARK, **_marker(row, kept, key))
            else:
                self._do(_TAKE_OVER, which=row.id, new=kept, as_=key)
            known[key] = row

    def _unite_people(self, kept: Row[Any], gone: Row[Any]) -> None:
        """What one chose or was known by stays; the other's platform fills what is missing."""
        self._do(
            _UNITE,
            which=kept.id,
            name=kept.name or gone.name,
            # The one who typed the code was heard last.
            platform=gone.platform,
            account=gone.account,
            language=kept.language or gone.language,
            zone=kept.zone or gone.zone,
            since=min(kept.since, gone.since),
            # The address of a calendar that one of them gave away is not to show what the other registers for.
            nonce=new_nonce(),
            by_id=False,
        )
        self._do(_FORWARD, old=gone.id, new=kept.id)
        self._do(_REMOVE, which=gone.id)
        self._do(_FORMER, former=gone.id, member=kept.id)


def _told(row: Row[Any]) -> NotificationProgress:
    return NotificationProgress(Receipt(row.state), row.in_doubt)


def _marker(row: Row[Any], kept: int, key: str) -> dict[str, object]:
    """A settled notice that only keeps the place of its key."""
    same = ("kind", "gathering", "platform", "lead", "starts_at", "due_at", "expires_at", "announcement", "message")
    return {name: getattr(row, name) for name in same} | {
        "key": key,
        "member": kept,
        "state": Receipt.DROPPED.value,
        "why": TOLD_ELSEWHERE,
    }
