"""What became of one attempt to send, or to look up, a notification."""

from __future__ import annotations

from dataclasses import dataclass

from bot.addresses import Address
from bot.notifications.model import ClaimedNotification
from bot.ports import SentMessage, TryLater


@dataclass(frozen=True, slots=True)
class Accepted:
    """The platform has it: it answered so, or it was found in the conversation."""

    message: SentMessage


@dataclass(frozen=True, slots=True)
class RecipientUnreachable:
    """It can never arrive there."""

    why: str


@dataclass(frozen=True, slots=True)
class SenderRefused:
    """The platform refuses the bot itself."""

    why: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It was certainly not sent. `uncounted`: not for a reason of the platform's, so that it counts as no attempt."""

    problem: TryLater
    uncounted: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """The request ended without an answer: it may have arrived."""

    why: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A look-up did not find it: it was not sent."""


@dataclass(frozen=True, slots=True)
class LookupFailed:
    """Whether it was sent is not known yet. `problem`: the platform asked to wait, or cannot be reached."""

    why: str
    problem: TryLater | None = None


AttemptResult = Accepted | RecipientUnreachable | SenderRefused | NotSent | OutcomeUnknown | Absent | LookupFailed


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that has ended. `is_trial`: its success closes an open circuit breaker."""

    claimed: ClaimedNotification
    to: Address
    result: AttemptResult
    conversation: str = ""
    """The stored id that it was sent with."""
    is_trial: bool = False
