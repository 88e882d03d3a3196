"""Notifications that are being sent, or may have been, to a member who connects or disconnects at that moment."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from bot.addresses import Address
from storage.repositories.addresses import at
from storage.repositories.notifications import UPDATE_NOTIFICATION
from storage.repositories.repository import Repository
from storage.schema import notices

_n = notices.c
_UNPINNED = (
    select(_n.id, _n.platform)
    .where(_n.member == bindparam("member_id"), _n.ready_at.is_not(None), _n.in_doubt, _n.account.is_(None))
    .order_by(_n.id)
    .with_for_update()
)
_PIN = UPDATE_NOTIFICATION.values(platform=bindparam("at_platform"), account=bindparam("at_account"))


class InFlight(Repository):
    def _pin(self, member: int, latest: Address, known: Sequence[Address]) -> None:
        """Records the address at which a notification in doubt is looked up, whoever it belongs to by then.

        Only for those that an older version began to send; this one records it when sending begins.
        `latest`: the address from which the member wrote last.
        """
        for row in self._all(_UNPINNED, member_id=member):
            candidates = [address for address in (latest, *known) if address.platform == row.platform]
            address = candidates[0] if candidates else latest
            self._do(_PIN, notification_id=row.id, **at(address))
