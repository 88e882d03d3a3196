"""A person, however many platforms they come from. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.addresses import Address
from bot.platform import platform_of
from bot.secrets import LinkKey

NAME_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Person:
    """Someone as a platform describes them in one Ask, before the bot knows which member that is."""

    address: Address
    name: str = ""
    language: str | None = None
    zone: str | None = None
    """IANA name; None where the platform does not say (Discord never does)."""
    organises: frozenset[str] = frozenset()
    """The servers or workspaces in which the platform itself grants it: a Slack owner or admin, Manage Events on
    Discord. Reported by the adapter as it is; it means something at home alone (see `home.py`)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One of a member's selves: where it is reached, and what it is called there as far as is known."""

    address: Address
    name: str = ""


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """What a member chose for themselves; None and empty mean: as the platform and the house have it."""

    language: str | None = None
    zone: str | None = None
    muted: frozenset[timedelta] = field(default_factory=frozenset)
    by_direct_message: bool = True
    afterwards: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    name: str
    address: Address
    """Where this member was last heard: their private line."""
    language: str | None = None
    zone: str | None = None
    settings: MemberSettings = field(default_factory=MemberSettings)
    facilitates: bool = False
    """This very address was added to the team; what the operator or a platform grants is not kept."""
    unreached: bool = False
    """A direct message could not be delivered, and the member has not been told yet."""
    calendar: LinkKey = field(default_factory=lambda: LinkKey(0))
    """What the address of their own calendar names."""

    @property
    def shows_another_zone(self) -> bool:
        """Whether their platform shows times in another zone than the one they chose, as far as it says."""
        shown = self.zone if platform_of(self.address.platform).tells_zone else None
        return self.settings.zone is not None and self.settings.zone != shown

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else ""
