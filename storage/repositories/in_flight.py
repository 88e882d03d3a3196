"""Notices that are being told, or may have been, to somebody who connects or disconnects at that moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select, update

from bot.addresses import Address
from bot.notifications.model import Receipt
from storage.repositories.repository import Repository
from storage.schema import notices

_n = notices.c
_TAKE_BACK = (
    update(notices)
    .where(
        _n.member.in_(bindparam("which", expanding=True)),
        _n.state == Receipt.CLAIMED.value,
        _n.in_doubt.is_(False),
        _n.account.is_(None),
    )
    .values(state=Receipt.WAITING.value, ready_at=_n.due_at, worker=None, begun_at=None)
)
_UNPINNED = (
    select(_n.id, _n.platform)
    .where(_n.member == bindparam("who"), _n.ready_at.is_not(None), _n.in_doubt, _n.account.is_(None))
    .order_by(_n.id)
    .with_for_update()
)
_PIN = update(notices).where(_n.id == bindparam("which")).values(platform=bindparam("on"), account=bindparam("as_"))


class InFlight(Repository):
    __slots__ = ()

    def _take_back(self, people: Collection[int]) -> None:
        """From a worker that did not begin to send yet: it finds out before it does, and nothing is in doubt."""
        self._do(_TAKE_BACK, which=list(people))

    def _pin(self, member: int, heard: Address, known: Sequence[Address]) -> None:
        """What is in doubt is looked for where it was being told, whoever that address belongs to by then.

        For what an older version began to send; since then it is written down as the sending begins.
        """
        for row in self._all(_UNPINNED, who=member):
            same = [each for each in (heard, *known) if each.platform == row.platform]
            line = same[0] if same else heard
            self._do(_PIN, which=row.id, on=line.platform, as_=line.account)
