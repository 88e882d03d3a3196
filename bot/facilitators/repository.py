"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from bot.addresses import Address


class FacilitatorRepository(Protocol):
    """The team: the addresses that may use /htg-host."""

    def addresses(self) -> list[Address]:
        """The team: every address that was added, in order."""

    def members(self, named: Collection[Address]) -> dict[int, Address]:
        """Members with an address on the team or named here, and that address; those once heard alone.

        Where a member has several such addresses, the one where they were last heard, if it is among them.
        """

    def add(self, address: Address) -> bool:
        """Lets the member at this address facilitate, now or once they are first heard; False if they did already."""

    def remove(self, address: Address, *, keep_one: bool = False) -> bool:
        """Takes an address off the team; False if it was not on it, or with `keep_one` if it is the last."""
