"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.addresses import Address
from bot.secrets import LinkKey
from bot.signups.model import Signup


class SignupRepository(Protocol):
    """Who asked on the web to be registered, and the personal pages of those who confirmed it."""

    def add(
        self, address: Address, name: str, gathering: int, now: datetime, *, language: str | None, zone: str | None
    ) -> Signup:
        """Asked again for the same gathering, it is the same signup, with what was said last."""

    def get(self, link: LinkKey, now: datetime) -> Signup | None:
        """The signup that this link names, unless its time is over."""

    def with_page(self, link: LinkKey, now: datetime) -> tuple[Signup, LinkKey, bool] | None:
        """The same, with the page of its address, and whether a member has that address already."""

    def by_address(self, address: Address, gathering: int, now: datetime) -> Signup | None: ...

    def count_letters(self, address: Address, since: datetime) -> int: ...

    def record_letter(self, signup: int, now: datetime) -> None: ...

    def page(self, address: Address) -> LinkKey:
        """What the link to the personal page of this address names; made when it is first asked for."""

    def page_owner(self, link: LinkKey) -> Address | None: ...

    def renew_page(self, address: Address) -> LinkKey:
        """From now on another link leads to the page, and no earlier one."""
