"""What the core needs from Zoom. The docstrings are the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.gatherings.model import Gathering
from bot.meetings.model import Deviation, MeetingStatus, Pass
from bot.registrations.model import DoorVisit
from bot.secrets import StartLink, ZoomLink
from bot.views import Refusal, View


@dataclass(frozen=True, slots=True)
class MeetingMade:
    """A meeting that stands; `link` is the common one, `wrong` what Zoom did not take of its settings."""

    number: str
    link: ZoomLink
    wrong: frozenset[Deviation] = frozenset()


@dataclass(frozen=True, slots=True)
class Issued:
    """A registrant's personal link. `registrant`: Zoom's id, which its log-in events give."""

    registration: int
    registrant: str
    link: ZoomLink


class MeetingGone(Exception):
    """Zoom knows no meeting with this number: somebody deleted it there."""


class HostGone(Exception):
    """The user who hosts the meeting is not in the account any more."""


class NoLinkYet(Refusal):
    """There is a place, but no link to the room yet: the dispatcher may have it made, and runs the command again."""

    def __init__(self, view: View, visit: DoorVisit) -> None:
        super().__init__(view)
        self.visit = visit


class NoStartLink(Refusal):
    """The meeting stands, and its start link is to be fetched: the dispatcher does, and runs the command again.

    `view` says that Zoom gave none.
    """

    def __init__(self, view: View, number: str) -> None:
        super().__init__(view)
        self.number = number


class StartLinkSource(Protocol):
    async def fetch(self, number: str) -> StartLink | None:
        """A fresh start link of this meeting, within a few seconds; None where Zoom gave none. Never raises."""


class PassIssuer(Protocol):
    async def make(self, visit: DoorVisit) -> bool:
        """Makes the pass of a registrant who wants to enter and has none, within a few seconds.

        False where that did not work: entering again at once is no use. Never raises.
        """


class MeetingService(Protocol):
    """Zoom meetings. Every method has its own timeout and retries what may work in a moment.

    Raises TryLater when it was not done and may be later (rate limit, Zoom out of reach). Anything else leaves the
    outcome unknown; `find` and `issued` then tell it. Those that are about one meeting raise MeetingGone where it
    does not exist any more, and HostGone where its host does not.
    """

    left_out: frozenset[str] | None
    """Settings that the account did not take when it was last sent any; None: it was sent none yet."""

    async def create(self, gathering: Gathering) -> MeetingMade: ...

    async def find(self, gathering: Gathering) -> MeetingMade | None:
        """The meeting that `create` made for this gathering, if it stands."""

    async def status(self, number: str) -> MeetingStatus: ...

    async def start_link(self, number: str) -> StartLink:
        """A fresh one, which lapses within hours: whoever opens it hosts the meeting."""

    async def update(self, number: str, gathering: Gathering) -> None: ...

    async def delete(self, number: str) -> None:
        """Idempotent."""

    async def issue(self, number: str, passes: Sequence[Pass]) -> list[Issued]:
        """Registers these, at most 30 at once; each gets a link of their own."""

    async def issued(self, number: str) -> list[Issued]:
        """Everybody whom `issue` registered."""

    async def withdraw(self, number: str, passes: Sequence[Pass]) -> None:
        """Ends these registrants' links, at most 30 at once. Idempotent; whoever is in the room stays in it."""

    async def reinstate(self, number: str, passes: Sequence[Pass]) -> list[Issued]:
        """Makes links that were ended valid again, at most 30 at once; gives them as they are from now on.

        Zoom changes the status of a registrant ten times a day at most.
        """
