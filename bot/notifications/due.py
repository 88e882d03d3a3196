"""What may be sent now, with what a reminder needs to know: read as one with the claim."""

from __future__ import annotations

from dataclasses import dataclass

from bot.gatherings.model import Gathering
from bot.members.model import Member
from bot.notifications.model import ClaimedNotification
from bot.registrations.model import Registration


@dataclass(frozen=True, slots=True)
class DueNotification(ClaimedNotification):
    """What it is about, as it is at the claim; None where there is none."""

    gathering: Gathering | None = None
    member: Member | None = None
    """None also where they became one with another."""
    registration: Registration | None = None
    """For the gathering that it is about."""
    is_admitted: bool = False
    conversation: str = ""
    """The id of the direct-message conversation at the member's address."""

    def is_of(self, member: Member) -> bool:
        """Whether what was read is theirs. Where they became one member at that moment, PostgreSQL locks the
        notification as it is then, and nothing is joined to it."""
        return self.member is not None and member.id == self.notification.member
