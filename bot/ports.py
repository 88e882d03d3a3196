"""What the core needs from outside. The docstrings are the contract; each has one suite that proves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol, TypeVar

from bot.addresses import Address
from bot.unit_of_work import UnitOfWork
from bot.views import View

T = TypeVar("T")


class Clock(Protocol):
    """The only source of `now`."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class Metrics(Protocol):
    """Counts events, without knowing whom they concern. Never raises, never waits."""

    def asked(self, command: str, outcome: str) -> None: ...

    def settled(self, kind: str, receipt: str) -> None: ...

    def admitted(self, way: str) -> None:
        """A member was shown the link to the room. `way`: chat or web."""


class NullMetrics:
    """For a process whose metrics nobody reads."""

    def asked(self, command: str, outcome: str) -> None:
        pass

    def settled(self, kind: str, receipt: str) -> None:
        pass

    def admitted(self, way: str) -> None:
        pass


class Overloaded(Exception):
    """More transactions wait than can be answered in time; nothing was done. Try again in a moment."""


class CommitFailed(Exception):
    """The transaction could not be made durable: a full disk, a server out of reach. Nothing of it was kept."""


class CommitUncertain(Exception):
    """The connection was lost during the commit: the work may be committed, or not."""


class Storage(Protocol):
    async def run(self, work: Callable[[UnitOfWork], T]) -> T:
        """Runs `work` in one transaction and returns what it returned, once that is durable.

        Whatever `work` raises rolls back all it wrote and is raised here. `work` is synchronous, may run in
        another thread and beside others, and may be run again when the database asks for a retry (its effects
        then are those of the last run alone). Raises Overloaded when too much is waiting, CommitFailed, and
        CommitUncertain.
        """


# ---- what `htg doctor` finds


class CheckLevel(Enum):
    """OK: nothing to do. ADVICE: the bot works, and could work better. FAULT: something does not work."""

    OK = "ok"
    ADVICE = "advice"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check by an adapter or the command line. `line` says what to do, and holds no secret."""

    level: CheckLevel
    line: str

    @property
    def is_ok(self) -> bool:
        return self.level is CheckLevel.OK

    @classmethod
    def ok(cls, line: str) -> CheckResult:
        return cls(CheckLevel.OK, line)

    @classmethod
    def advice(cls, line: str) -> CheckResult:
        return cls(CheckLevel.ADVICE, line)

    @classmethod
    def fault(cls, line: str) -> CheckResult:
        return cls(CheckLevel.FAULT, line)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that was sent. `message`: the platform's id of it, enough to edit it later."""

    message: str
    conversation: str = ""
    """The platform's id of the direct-message conversation that it is in; empty for a channel."""


class Undeliverable(Exception):
    """It will never arrive there: direct messages closed, blocked, account or channel gone. `args[0]`: why."""


class SenderRestricted(Exception):
    """It was not sent, because the platform flags or throttles the bot itself: the recipient has no part in it.

    `args[0]`: why. The outbox sends no more direct messages there until a trial goes through.
    """


LONGEST_WAIT = timedelta(days=1)
"""Whoever asks to wait for longer, by mistake or not, is asked again after that."""


class TryLater(Exception):
    """It was not sent, and may be later. `after`: what the platform asked to wait, if it said."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = None if after is None else min(after, LONGEST_WAIT)


class Throttled(TryLater):
    """The platform wants fewer requests, or does not answer: nothing else is sent in that scope until then, either."""


class OpeningTooFast(TryLater):
    """The platform wants fewer direct-message conversations opened; those that are open may be used."""


class ConversationGone(TryLater):
    """The stored id of the conversation is not valid any more: another one is opened at the next attempt."""


class Messenger(Protocol):
    """Sends notifications on one platform.

    Every method has its own timeout and does not retry: the outbox does. Anything raised other than
    Undeliverable, SenderRestricted and TryLater leaves the outcome unknown; the outbox then asks `find`.
    `conversation`: the id of the direct-message conversation with that person, where it is known. Where it is not,
    the platform is asked to open one first.
    """

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        """Sends a new message. `key` marks it, so that `find` can recognise it.

        `zone`: the reader's; nothing where it is unknown, and times are then in the gathering's own.
        """

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        """The bot's own message with this key that was sent between these, by one call that reads back.

        The margin for a platform's clock that differs from ours is added here. None means that it is certainly not
        there: where more was written in that time than one call returns, as many are made as it takes, or TryLater
        is raised and the next look-up goes on from there.
        """

    async def open_conversation(self, to: Address) -> str:
        """Opens the direct-message conversation with a person; returns its id, or nothing where that is not for it."""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        """Edits a message in place; Undeliverable when it is gone."""


@dataclass(frozen=True, slots=True)
class PlatformHandle:
    """A connected platform. Its requests go to the dispatcher by themselves; the outbox sends with its `messenger`."""

    messenger: Messenger | None = None
    routes: Sequence[Any] = ()
    """aiohttp's route definitions for the web half, where the platform sends events over HTTP."""
    missing: Callable[[], Awaitable[str]] | None = None
    """Readiness check: why it is not connected, in a few words; empty when it is."""
    tick: Callable[[], Awaitable[datetime | None]] | None = None
    """Background work of a worker; returns when it wants to run again, if that is soon."""
