"""Edits the messages in which facilitators follow the doors, while they are open and until the end.

One worker does it at a time, by a lease. What it showed last it keeps in memory: after a take-over each message is
edited once more, which does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.accounts.model import address_digest
from bot.addresses import Address
from bot.admission import model as admission_model
from bot.admission.doors_view import doors_view
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.i18n import Locale, locale_of
from bot.leases import POLL_INTERVAL_SECONDS, StoredLease
from bot.notifications.facilitator_texts import from_elsewhere
from bot.notifications.model import LiveMessage, platform_of_scope
from bot.notifications.to_facilitators import follow_doors_again
from bot.platform import platform_of
from bot.ports import Clock, Messenger, SenderRestricted, Storage, TryLater, Undeliverable
from bot.reader_zone import as_read_by
from bot.unit_of_work import UnitOfWork
from bot.views import View

log = logging.getLogger(__name__)

LEASE = "doors"
INTERVAL = timedelta(seconds=4)
"""With the time that the edits themselves take, what changes is shown within ten seconds."""
EDITS_PER_TICK = 3
"""In one scope: 45 a minute at most, where Slack takes 50 of chat.update (docs.slack.dev, Tier 3)."""
LONGEST_AHEAD = timedelta(hours=6)
"""Doors may be opened by hand so long before the start."""
UNTIL_AFTER_END = timedelta(minutes=2)
"""Until then the last edit says that it is over."""
PAUSE = timedelta(seconds=30)
"""After a refusal that does not say how long it holds."""
EDIT_TIMEOUT = 20.0
"""Seconds; the messenger has a shorter one of its own for each request."""


@dataclass(frozen=True, slots=True)
class DoorsEdit:
    """What one live message is to show now."""

    message: LiveMessage
    to: Address
    view: View
    locale: Locale


class DoorsFollower:
    """`tick` edits what has changed; returns when to run again, if that is soon."""

    def __init__(self, storage: Storage, messengers: Mapping[str, Messenger], clock: Clock, config: Config) -> None:
        self._storage, self._messengers, self._clock, self._config = storage, messengers, clock, config
        self.lease = StoredLease(storage, clock, LEASE)
        self._shown: dict[int, View] = {}
        self._edited_at: dict[int, datetime] = {}
        self._paused_until: dict[str, datetime] = {}
        self._ran_at: datetime | None = None

    async def tick(self) -> datetime | None:
        """Never raises for what a platform answers."""
        now = self._clock.now()
        # It is called after every answer: in a rush no more often than the platforms take edits.
        if self._ran_at is not None and timedelta(0) <= now - self._ran_at < INTERVAL:
            return self._ran_at + INTERVAL
        self._ran_at = now
        live, look_again_at = await self._storage.run(lambda uow: self._live(uow, now))
        if not live:
            self._shown.clear()
            self._edited_at.clear()
            return look_again_at
        if not await self.lease.hold():
            self._shown.clear()
            return now + timedelta(seconds=POLL_INTERVAL_SECONDS)
        edits = await self._storage.run(lambda uow: self._edits(uow, live, now))
        by_scope: defaultdict[str, list[DoorsEdit]] = defaultdict(list)
        for edit in edits:
            if self._shown.get(edit.message.id) != edit.view:
                by_scope[edit.message.scope].append(edit)
        await asyncio.gather(*(self._edit_in(scope, wanted) for scope, wanted in by_scope.items()))
        return now + INTERVAL

    def _live(self, uow: UnitOfWork, now: datetime) -> tuple[dict[int, Gathering], datetime | None]:
        """Gatherings whose doors are to be followed now; and when to look again, if another one is near."""
        near = uow.gatherings.starting_between(now - timedelta(days=1), now + LONGEST_AHEAD)
        live = {gathering.id: gathering for gathering in near if _is_live(gathering, now)}
        opening = [at for gathering in near if (at := admission_model.opens_at(gathering)) > now]
        # Another process may open doors ahead of time.
        return live, min(*opening, now + INTERVAL) if opening else None

    def _edits(self, uow: UnitOfWork, live: Mapping[int, Gathering], now: datetime) -> list[DoorsEdit]:
        """What the live messages of these are to show."""
        views: dict[tuple[int, Locale], View] = {}
        messages = uow.notifications.live_messages(live)
        edits = [self._edit(uow, message, live[message.gathering], views, now) for message in messages]
        return [edit for edit in edits if edit is not None]

    def _edit(
        self,
        uow: UnitOfWork,
        message: LiveMessage,
        gathering: Gathering,
        views: dict[tuple[int, Locale], View],
        now: datetime,
    ) -> DoorsEdit | None:
        """`views`: those that were made already, by gathering and locale; what they say is read once."""
        platform = platform_of_scope(message.scope)
        member = uow.members.get(message.member)
        if member is None or platform not in self._messengers or platform_of(platform).by_letter:
            return None
        addresses = uow.accounts.addresses(member.id)
        to = next((address for address in addresses if address_digest(address) in message.key), None)
        hosts_at = uow.facilitators.addresses_of(member.id, self._config.configured_facilitators)
        if to is None or not hosts_at:
            return None
        locale = locale_of(member, self._config, now)
        view = views.get((gathering.id, locale))
        if view is None:
            view = views[gathering.id, locale] = doors_view(uow, self._config, locale, gathering, now)
        if to not in hosts_at:
            view = from_elsewhere(locale, view, hosts_at)
        return DoorsEdit(message, to, as_read_by(member, locale, view), locale)

    async def _edit_in(self, scope: str, wanted: list[DoorsEdit]) -> None:
        """Those that were edited longest ago first, as many as the platform's limits allow."""
        never = datetime.min.replace(tzinfo=self._clock.now().tzinfo)
        if self._paused_until.get(scope, never) > self._clock.now():
            return
        wanted.sort(key=lambda edit: self._edited_at.get(edit.message.id, never))
        for edit in wanted[:EDITS_PER_TICK]:
            pause = await self._try(edit)
            if pause is not None:
                self._paused_until[scope] = self._clock.now() + pause
                return

    async def _try(self, edit: DoorsEdit) -> timedelta | None:
        """Edits one message; returns how long to leave its scope alone, if at all."""
        messenger = self._messengers[edit.to.platform]
        language, zone = edit.locale.language, edit.locale.zone
        self._edited_at[edit.message.id] = self._clock.now()
        try:
            async with asyncio.timeout(EDIT_TIMEOUT):
                await messenger.edit(edit.to, edit.message.message, edit.view, language=language, zone=zone)
        except Undeliverable as gone:
            log.info("the doors are followed in another message: %s", gone)
            now = self._clock.now()
            await self._storage.run(lambda uow: follow_doors_again(uow, edit.message, edit.to, now))
        except TryLater as later:
            return later.after or PAUSE
        except SenderRestricted as refusal:
            log.info("the doors could not be shown: %s", refusal)
            return PAUSE
        except Exception as problem:  # noqa: BLE001 - editing twice does no harm, so it is done again
            log.warning("the doors could not be shown: %s", type(problem).__name__)
        else:
            self._shown[edit.message.id] = edit.view
        return None


def _is_live(gathering: Gathering, now: datetime) -> bool:
    return admission_model.opens_at(gathering) <= now < gathering.ends_at + UNTIL_AFTER_END
