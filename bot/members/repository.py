"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from bot.addresses import Address
from bot.members.model import Member, MemberSettings, Person
from bot.secrets import LinkKey


class MemberRepository(Protocol):
    """Who members are, where they were last heard, and what they chose."""

    def get_or_create(self, person: Person, now: datetime) -> Member:
        """The member who owns this address, made on first sight; keeps name, language and zone up to date."""

    def get(self, member: int) -> Member | None: ...

    def save_settings(self, member: int, settings: MemberSettings) -> None: ...

    def mark_unreached(self, member: int, unreached: bool) -> None: ...

    def names(self, addresses: Collection[Address]) -> dict[Address, str]:
        """What those of these who were heard before are called."""

    def claim_interaction(self, key: str, now: datetime) -> bool:
        """True the first time a platform's interaction id is seen, False ever after (a day at least)."""

    def calendar_owner(self, link: LinkKey) -> Member | None:
        """Whose calendar this link names."""

    def renew_calendar(self, member: int) -> LinkKey:
        """Gives the member's calendar another link; from now on the former one names nothing."""
