"""Tells what was posted: claims what is due, words it late, tells it, records the receipt.

Claims are leased, so that a worker that dies gives its notices back; what was under way then is *in doubt*,
and is looked for in the conversation before it is sent again.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot import planning
from bot.composing import Letter, NotYet, Untold, compose
from bot.house import House
from bot.notices import Claimed, Kind, Receipt
from bot.ports import Books, Clock, Messenger, Storage, Tally, Told, TryLater, Uncounted, Undeliverable

log = logging.getLogger(__name__)

BATCH = 20
SEND_TIMEOUT = timedelta(seconds=30)
LEASE = timedelta(seconds=120)
"""Longer than a send with its look-up may take, so that nobody else begins it meanwhile."""
ATTEMPTS = 40
"""Some three hours: platforms are away for an hour now and then, and a reminder a day ahead can wait for that."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
AT_WORK, SAID_EVERY = "worker at work", timedelta(minutes=1)
"""Under this name it is remembered when a worker last told all that was due: without one nobody is reminded, and
nothing else would say so."""


class Outbox:
    """One per process. `tick` is safe to call at any time and from several processes."""

    def __init__(
        self,
        storage: Storage,
        messengers: Mapping[str, Messenger],
        clock: Clock,
        house: House,
        *,
        jitter: Callable[[], float] = random.random,
        tally: Tally | None = None,
    ) -> None:
        self._storage = storage
        self._messengers = messengers
        self._clock = clock
        self._house = house
        self._jitter = jitter
        self._tally = tally or Uncounted()
        self._worker = secrets.token_hex(8)
        self._ticking = asyncio.Lock()
        self._closing = False

    async def tick(self) -> datetime | None:
        """Plans and tells all that is due now; returns when there is something to do next, if that is near."""
        async with self._ticking:
            now = self._clock.now()
            await self._storage.run(lambda books: planning.plan(books, self._house, now))
            await self._deliver()
            return await self._storage.run(lambda books: self._afterwards(books, planned_at=now))

    async def close(self) -> None:
        """Lets what is being told be told, and begins nothing more."""
        self._closing = True
        async with self._ticking:
            pass

    def _afterwards(self, books: Books, planned_at: datetime) -> datetime | None:
        now = self._clock.now()
        books.prune(now, retention=self._house.retention)
        said = books.remembered(AT_WORK)
        # One that lies ahead is of a clock that was wrong.
        if not said or not timedelta(0) <= now - datetime.fromisoformat(said) < SAID_EVERY:
            books.remember(AT_WORK, now.isoformat())
        return planning.next_instant(books, self._house, planned_at, now)

    async def _deliver(self) -> None:
        while not self._closing:
            claimed = await self._storage.run(self._claim)
            if not claimed:
                return
            await asyncio.gather(*(self._one(each) for each in claimed))

    def _claim(self, books: Books) -> list[Claimed]:
        now = self._clock.now()
        room = {name: planning.room(books, self._house, name, BATCH, now) for name in self._messengers}
        return books.claim(now, LEASE, self._worker, room)

    async def _one(self, claimed: Claimed) -> None:
        """One notice, from words to receipt. Never raises: whatever happens is recorded."""
        now = self._clock.now()
        try:
            composed = await self._storage.run(lambda books: compose(books, self._house, claimed.notice, now))
        except Exception:
            log.exception("could not word %s", claimed.notice.kind)
            await self._again(claimed, "could not be worded", None, in_doubt=claimed.in_doubt)
            return
        if isinstance(composed, Untold):
            await self._settle(claimed, composed.receipt, composed.why)
        elif isinstance(composed, NotYet):
            await self._again(claimed, composed.why, None, in_doubt=False)
        elif composed.to.is_channel and not composed.view.public:
            log.error("a private view was about to be sent to a channel: %s", claimed.notice.kind)
            await self._settle(claimed, Receipt.FAILED, "private, and not sent to a channel")
        else:
            await self._tell(claimed, composed)

    async def _tell(self, claimed: Claimed, letter: Letter) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                told = await self._send(claimed, letter)
        except Undeliverable as no:
            await self._settle(claimed, Receipt.BLOCKED, str(no))
        except TryLater as later:
            await self._again(claimed, str(later), later.after, in_doubt=claimed.in_doubt)
        except Exception as problem:  # noqa: BLE001 - whatever a platform's library raises leaves it in doubt
            log.warning("%s is in doubt: %s", claimed.notice.kind, type(problem).__name__)
            await self._again(claimed, type(problem).__name__, None, in_doubt=True)
        else:
            await self._settle(claimed, Receipt.SENT, told=told)

    async def _send(self, claimed: Claimed, letter: Letter) -> Told:
        notice, reader = claimed.notice, letter.reader
        messenger = self._messengers.get(letter.to.platform)
        if messenger is None:
            raise TryLater(f"{letter.to.platform} is not connected here")
        if letter.amends:
            return await messenger.amend(
                letter.to, letter.amends, letter.view, language=reader.language, zone=reader.zone
            )
        if claimed.in_doubt:
            found = await messenger.find(letter.to, key=notice.key, since=notice.due_at)
            if found is not None:
                return found
        return await messenger.tell(letter.to, letter.view, key=notice.key, language=reader.language, zone=reader.zone)

    async def _settle(self, claimed: Claimed, receipt: Receipt, why: str = "", told: Told | None = None) -> None:
        now = self._clock.now()

        def work(books: Books) -> bool:
            if told is not None:
                _keep_post(books, claimed, told)
            if receipt is Receipt.BLOCKED and claimed.notice.member is not None:
                books.mark_unreached(claimed.notice.member, unreached=True)
            return books.settle(claimed, self._worker, receipt, now, why)

        if receipt in {Receipt.FAILED, Receipt.BLOCKED}:
            log.warning("%s %s: %s", claimed.notice.kind, receipt, why)
        if not await self._storage.run(work):
            log.warning("%s was settled by another worker meanwhile", claimed.notice.kind)
        else:
            self._tally.settled(claimed.notice.kind, receipt)

    async def _again(self, claimed: Claimed, why: str, after: timedelta | None, *, in_doubt: bool) -> None:
        """Gives it back for later: as long as the platform asked, or twice as long each time."""
        if claimed.attempts >= ATTEMPTS:
            await self._settle(claimed, Receipt.FAILED, why)
            return
        grown = min(FIRST_WAIT * 2 ** (claimed.attempts - 1), LONGEST_WAIT)
        wait = max(after or timedelta(0), grown) * (1 + self._jitter() / 4)
        # No later than its expiry, so that what came to nothing is then recorded as too late.
        at = min(self._clock.now() + wait, claimed.notice.expires_at)
        await self._storage.run(lambda books: books.retry(claimed, self._worker, at, in_doubt=in_doubt, why=why))


def _keep_post(books: Books, claimed: Claimed, told: Told) -> None:
    """Only the announcement itself is kept to be edited; a reminder in the channel is a post of its own."""
    if claimed.notice.announcement is not None and claimed.notice.kind is Kind.ANNOUNCEMENT:
        books.posted(claimed.notice.announcement, told.message)
