"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from bot.addresses import Address
from bot.members.model import Member, MemberSettings, Person
from bot.secrets import LinkKey


class MemberRepository(Protocol):
    """Members, their last address and their settings."""

    def get_or_create(self, person: Person, now: datetime) -> Member:
        """The member with this address, created when first seen; updates name, language and zone."""

    def at(self, address: Address) -> Member | None:
        """The member with this address, of whom nothing is changed."""

    def get(self, member: int) -> Member | None: ...

    def save_settings(self, member: int, settings: MemberSettings) -> None: ...

    def mark_unreached(self, member: int, unreached: bool) -> None: ...

    def mark_zone_asked(self, member: int) -> None: ...

    def save_agreement(self, member: int, version: str, now: datetime) -> None:
        """They agreed to this version of the agreement."""

    def names(self, addresses: Collection[Address]) -> dict[Address, str]:
        """Names of those of these addresses that wrote before."""

    def claim_interaction(self, key: str, now: datetime) -> bool:
        """True the first time a platform's interaction id is seen, then False for at least a day."""

    def calendar_owner(self, link: LinkKey) -> Member | None:
        """The member whose calendar feed this link names."""

    def renew_calendar(self, member: int) -> LinkKey:
        """Gives the member's calendar feed another link and revokes the former one."""
