"""What everybody in a random story remembers, and what each platform accepted from the bot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from bot.addresses import Address


class Outcome(Enum):
    """What somebody knows after the answer."""

    DONE = auto()
    REFUSED = auto()
    """Nothing was changed, and it need not be tried again."""
    UNDONE = auto()
    """It says that nothing was changed, and to try again."""
    UNKNOWN = auto()
    """No answer, or one that leaves it open."""


PHRASES = {
    "register": ("You are registered for",),
    "unregister": ("You are no longer registered for", "You are not registered for"),
    "join": ("Welcome, the doors are open.", "Welcome back."),
    "cancel": ("is cancelled", "was cancelled already"),
    "move": ("is changed",),
    "forget": ("You are forgotten",),
    "connect": ("You are one member now",),
}
"""What an answer contains once it is done, by what was asked. Of what is not here, any other answer says so."""
OF_ANOTHER = "You are registered for the next one"
"""What somebody reads who is turned away from one gathering, of the gathering after it."""
UNCERTAIN = "it may still have worked"
UNDONE = ("nothing was changed", "Nothing was changed", "not ready yet", "nothing was joined", "Nothing was joined")


def outcome_of(word: str, answer: str | None) -> Outcome:
    if answer is None or UNCERTAIN in answer:
        return Outcome.UNKNOWN
    if any(phrase in answer for phrase in UNDONE):
        return Outcome.UNDONE
    phrases = PHRASES.get(word, ("",))
    said = answer.replace(OF_ANOTHER, "")
    return Outcome.DONE if any(phrase in said for phrase in phrases) else Outcome.REFUSED


@dataclass(frozen=True)
class Try:
    """One interaction, from when it was begun to its answer."""

    who: str
    word: str
    gathering: int
    detail: str
    began: datetime
    ended: datetime
    outcome: Outcome
    answer: str

    @property
    def may_have_worked(self) -> bool:
        return self.outcome in {Outcome.DONE, Outcome.UNKNOWN}


@dataclass(frozen=True)
class Accepted:
    """One message that a platform took. `mark`: the key on Slack, its tag on Discord."""

    to: Address
    mark: str
    at: datetime
    text: str
    number: str
    """The platform's own id of it."""


@dataclass(frozen=True)
class Refused:
    """A direct message, or the opening of a conversation, that a platform did not take for a reason of the bot's."""

    platform: str
    at: datetime
    why: str


@dataclass
class Ledger:
    tries: list[Try] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    """Calls that came before the end of a wait that Slack had asked for."""
    attempts: dict[str, int] = field(default_factory=dict)
    """How often each notification was sent, as far as Slack heard of it."""
    thawed: list[datetime] = field(default_factory=list)
    """When a worker went on that had been frozen at any step."""
    storms: list[tuple[datetime, datetime]] = field(default_factory=list)
    """From when to when something was wrong with a platform, the database or a worker."""
    restricted: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    """When a platform refused the bot itself."""
    members: dict[str, int] = field(default_factory=dict)
    """The member that somebody was when they first registered, by name."""
    addresses: dict[str, Address] = field(default_factory=dict)

    def of(self, who: str, *words: str) -> Iterator[Try]:
        return (each for each in self.tries if each.who == who and each.word in words)
