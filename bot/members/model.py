"""A person, however many platforms they come from. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from bot.addresses import Address
from bot.platform import platform_of
from bot.secrets import LinkKey

NAME_LIMIT = 80
GRANT_KEPT = timedelta(days=2)
"""Where no platform can be asked, a right that one granted counts for so long after it was seen there last: somebody
from whom it was taken may not begin a meeting weeks later."""
_UTC = frozenset({"UTC", "Etc/UTC", "Etc/GMT", "GMT", "Etc/UCT", "Etc/Universal", "Etc/Zulu"})


@dataclass(frozen=True, slots=True)
class Person:
    """The sender of a Request as a platform describes them, before the member is looked up."""

    address: Address
    name: str = ""
    language: str | None = None
    zone: str | None = None
    """IANA name; None where the platform does not say (Discord never does)."""
    organises: frozenset[str] = frozenset()
    """The servers or workspaces in which the platform makes them an organiser: a Slack owner or admin, Manage Events
    on Discord. As the adapter reports it; it grants rights at home only (see `home.py`)."""
    rights_as_kept: bool = False
    """Not heard from the platform: somebody at their own page, where the right counts that it granted lately."""
    rights_unknown: bool = False
    """The platform did not say whether they organise: who facilitates by that alone is not refused for good."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One of a member's addresses, and their name there as far as it is known."""

    address: Address
    name: str = ""
    conversation: str = ""
    """The platform's id of the direct-message conversation there, once one was opened."""


class LetterUse(Enum):
    """How letters can reach a member: not at all, where a direct message cannot, or alone."""

    NONE = "none"
    ALSO = "also"
    ALONE = "alone"

    @classmethod
    def of(cls, addresses: Collection[Address]) -> LetterUse:
        by_letter = [platform_of(address.platform).by_letter for address in addresses]
        if not any(by_letter):
            return cls.NONE
        return cls.ALONE if all(by_letter) else cls.ALSO


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """What a member chose; None and empty stand for what the platform reports, or the configuration."""

    language: str | None = None
    zone: str | None = None
    muted: frozenset[timedelta] = field(default_factory=frozenset)
    by_direct_message: bool = True
    afterwards: bool = True
    letters: bool = True
    """Whether letters may go to them: where they have no other address, and where a direct message cannot arrive."""


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    name: str
    address: Address
    """Where this member last wrote from: direct messages go there."""
    language: str | None = None
    zone: str | None = None
    settings: MemberSettings = field(default_factory=MemberSettings)
    facilitates: bool = False
    """This address was added to the team; what the operator or a platform grants is not stored."""
    organised_at: datetime | None = None
    """When this address used /htg-host by a right that its platform granted; known to about a day, kept a month."""
    unreached: bool = False
    """A direct message could not be delivered, and the member has not been told yet."""
    zone_asked: bool = False
    """They were asked for their time zone, whether they answered or not."""
    agreed: str = ""
    """The version of the agreement that they agreed to, the last time."""
    agreed_at: datetime | None = None
    calendar: LinkKey = field(default_factory=lambda: LinkKey(0))
    """Names the member in the address of their calendar feed."""

    @property
    def shows_another_zone(self) -> bool:
        """Whether their platform shows times in another zone than the one they chose, as far as it reports one."""
        platform_zone = self.zone if platform_of(self.address.platform).tells_zone else None
        return self.settings.zone is not None and self.settings.zone != platform_zone

    @property
    def zone_is_unknown(self) -> bool:
        """Nobody said it; an app that says UTC most likely was never told."""
        return self.settings.zone is None and (self.zone is None or self.zone in _UTC)

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else ""


def may_still_organise(organised_at: datetime | None, now: datetime) -> bool:
    """Whether a right that a platform granted, seen there last at `organised_at`, counts without asking it again."""
    return organised_at is not None and organised_at > now - GRANT_KEPT
