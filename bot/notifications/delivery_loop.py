"""The delivery loop of one scope: takes a turn whenever a send ends or something is due, and sends what it claimed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.addresses import Address
from bot.config import Config
from bot.notifications.results import (
    Absent,
    Accepted,
    Attempt,
    AttemptResult,
    LookupFailed,
    NotSent,
    OutcomeUnknown,
    RecipientUnreachable,
    SenderRefused,
)
from bot.notifications.turn import Held, Lookup, Send, Turn, TurnTaker
from bot.ports import (
    Clock,
    Messenger,
    Metrics,
    Overloaded,
    SenderRestricted,
    SentMessage,
    Storage,
    TryLater,
    Undeliverable,
)
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
SEND_TIMEOUT = timedelta(seconds=30)
OLDEST_WORDING = timedelta(seconds=5)
"""What was rendered longer ago is not sent but rendered anew: the worker was stopped in between, who knows how long.

Far shorter than the lease: what is sent is held by this worker still.
"""
FIRST_STORAGE_BACKOFF = timedelta(milliseconds=250)
"""Before a failed turn is taken again; doubled each time."""
LONGEST_STORAGE_BACKOFF = timedelta(seconds=8)
TOGETHER = timedelta(milliseconds=5)
"""So long one send that ended waits for the others: a commit costs as much as all that a turn does for two of them."""
SHORTEST_WAIT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Worker:
    """What the delivery loops of one worker share."""

    id: str
    storage: Storage
    messengers: Mapping[str, Messenger]
    clock: Clock
    config: Config
    metrics: Metrics
    jitter: Callable[[], float]
    """From 0 to 1; spreads the retries of several workers."""
    changed: asyncio.Event
    """Set whenever a loop comes to rest, or a send ends."""
    start: Callable[[set[str]], None]
    """Starts, or wakes, the loops of these scopes."""


class DeliveryLoop:
    """Runs while something of its scope is pending. One that hangs delays no other."""

    def __init__(self, scope: str, worker: Worker) -> None:
        self.scope = scope
        self._worker = worker
        self._ended: list[Attempt] = []
        self._sends: set[asyncio.Task[Attempt]] = set()
        self._lookup: asyncio.Task[Attempt] | None = None
        self._awake = asyncio.Event()
        self._awake.set()
        self._failures = 0
        self._careful = False
        self._backlog_since: datetime | None = None
        self._closing = False
        self.next_at: datetime | None = None
        """When something may be sent next, as far as is known."""
        self.is_busy = True
        """Whether it is taking a turn, or has to take another at once."""
        self.is_taking_turn = False

    @property
    def has_in_flight(self) -> bool:
        return bool(self._sends or self._lookup or self._ended)

    def wake(self) -> None:
        self._awake.set()
        self.is_busy = True

    def close(self) -> None:
        """Ends once what is in flight has ended and is recorded; starts nothing more."""
        self._closing = True
        self.wake()

    async def run(self) -> None:
        """Returns when nothing of its scope is pending any more, or it is closed."""
        while True:
            await self._gather_ended()
            is_done = await self._take_turn()
            if self._awake.is_set():
                continue
            if is_done:
                return
            self.is_busy = self._failures > 0
            self._worker.changed.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_to_wait()):
                    await self._awake.wait()
            self.is_busy = True

    async def _gather_ended(self) -> None:
        if self._ended and self._sends and not self._closing:
            await asyncio.wait(self._sends, timeout=TOGETHER.total_seconds())

    def _seconds_to_wait(self) -> float | None:
        if self._failures:
            backoff: timedelta = min(FIRST_STORAGE_BACKOFF * 2 ** min(self._failures - 1, 10), LONGEST_STORAGE_BACKOFF)
            return backoff.total_seconds() * (1 + self._worker.jitter() / 4)
        if self.next_at is None:
            return None
        return max((self.next_at - self._worker.clock.now()).total_seconds(), SHORTEST_WAIT.total_seconds())

    async def _take_turn(self) -> bool:
        """Takes a turn, and starts what it claimed; True when there is nothing left to do."""
        self._awake.clear()
        ended = list(self._ended)
        held = Held(len(self._sends), self._lookup is not None, self._closing, self._backlog_since)
        now, loop_time, careful = self._worker.clock.now(), asyncio.get_running_loop().time(), self._careful

        def work(uow: UnitOfWork) -> Turn:
            worker = self._worker
            taker = TurnTaker(uow, worker.config, self.scope, worker.id, now, worker.jitter, careful=careful)
            return taker.take(ended, held)

        self.is_taking_turn = True
        try:
            turn = await self._worker.storage.run(work)
        except Exception as problem:
            self._failures += 1
            self._careful = not isinstance(problem, Overloaded)
            log.log(*_log_entry(problem, self._failures), self.scope, exc_info=self._careful)
            return False
        finally:
            self.is_taking_turn = False
        self._failures, self._careful = 0, False
        del self._ended[: len(ended)]
        self.next_at = turn.next_at
        self._backlog_since = (self._backlog_since or now) if turn.has_backlog else None
        self._report(turn)
        for send in turn.sends:
            self._sends.add(self._begin(self._send(send, now, loop_time)))
        if turn.lookup is not None:
            self._lookup = self._begin(self._look_up(turn.lookup))
        if turn.readdressed:
            self._worker.start(turn.readdressed)
        if turn.again:
            self.wake()
        is_idle = not (self._sends or self._lookup or self._ended)
        return is_idle and (self._closing or turn.next_at is None)

    def _report(self, turn: Turn) -> None:
        """Once it is durable."""
        for recorded in turn.recorded:
            if recorded.log_line:
                log.log(recorded.level, "%s %s", recorded.kind, recorded.log_line)
            if recorded.receipt is not None:
                self._worker.metrics.settled(recorded.kind, recorded.receipt)

    # ---- what is in flight

    def _begin(self, attempt: Coroutine[Any, Any, Attempt]) -> asyncio.Task[Attempt]:
        task = asyncio.create_task(attempt, name=f"deliver {self.scope}")
        task.add_done_callback(self._on_end)
        return task

    def _on_end(self, task: asyncio.Task[Attempt]) -> None:
        self._sends.discard(task)
        if self._lookup is task:
            self._lookup = None
        if not task.cancelled():
            self._ended.append(task.result())
        self.wake()
        self._worker.changed.set()

    async def _send(self, send: Send, rendered_at: datetime, loop_time: float) -> Attempt:
        result = await self._sent(send, rendered_at, loop_time)
        return Attempt(send.claimed, send.delivery.to, result, send.conversation, send.is_trial)

    async def _sent(self, send: Send, rendered_at: datetime, loop_time: float) -> AttemptResult:
        worker = self._worker
        # Both clocks: the wall clock may be set back, and a loop's may stand still while the machine sleeps.
        age = max(worker.clock.now() - rendered_at, timedelta(seconds=asyncio.get_running_loop().time() - loop_time))
        if age > OLDEST_WORDING:
            return NotSent(TryLater("the worker was stopped before it was sent", timedelta(0)), uncounted=True)
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                return Accepted(await self._send_or_edit(send))
        except Undeliverable as problem:
            return RecipientUnreachable(str(problem))
        except SenderRestricted as problem:
            return SenderRefused(str(problem))
        except TryLater as problem:
            return NotSent(problem)
        except Exception as problem:  # noqa: BLE001 - whatever a platform's library raises leaves the outcome unknown
            return OutcomeUnknown(type(problem).__name__)

    async def _send_or_edit(self, send: Send) -> SentMessage:
        delivery, language, zone = send.delivery, send.delivery.locale.language, send.delivery.locale.zone
        messenger = self._messenger(delivery.to)
        if delivery.amends:
            return await messenger.edit(delivery.to, delivery.amends, delivery.view, language=language, zone=zone)
        return await messenger.send(
            delivery.to,
            delivery.view,
            key=send.claimed.notification.key,
            language=language,
            zone=zone,
            conversation=send.conversation,
        )

    async def _look_up(self, lookup: Lookup) -> Attempt:
        return Attempt(lookup.claimed, lookup.to, await self._looked_up(lookup), lookup.conversation)

    async def _looked_up(self, lookup: Lookup) -> AttemptResult:
        notification = lookup.claimed.notification
        began_at = lookup.claimed.began_at or notification.due_at
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                message = await self._messenger(lookup.to).find(
                    lookup.to,
                    key=notification.key,
                    since=began_at,
                    until=began_at + SEND_TIMEOUT,
                    conversation=lookup.conversation,
                )
        except Undeliverable:
            return Absent()  # it cannot have arrived; the next attempt to send it fails with the platform's reason
        except (SenderRestricted, TryLater) as problem:
            return LookupFailed(str(problem), problem if isinstance(problem, TryLater) else TryLater(str(problem)))
        except Exception as problem:  # noqa: BLE001 - as in `_sent`
            return LookupFailed(type(problem).__name__)
        return Absent() if message is None else Accepted(message)

    def _messenger(self, to: Address) -> Messenger:
        messenger = self._worker.messengers.get(to.platform)
        if messenger is None:
            raise TryLater(f"{to.platform} is not connected here")
        return messenger


def _log_entry(problem: Exception, failures: int) -> tuple[int, str]:
    if isinstance(problem, Overloaded):
        return logging.INFO, "the database is busy; the delivery to %s goes on in a moment"
    return (logging.ERROR if failures == 1 else logging.DEBUG), "a turn of the delivery to %s failed"
