"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from bot.addresses import Address


class FacilitatorRepository(Protocol):
    """The team: addresses that were added to those that may use /htg-host."""

    def addresses(self) -> list[Address]:
        """Every address on the team, sorted."""

    def members(self, named: Collection[Address]) -> dict[int, Address]:
        """Members with an address on the team or in `named`, each with that address.

        Of several such addresses, the one where the member was last heard, if it is among them. Addresses that never
        wrote belong to no member.
        """

    def addresses_of(self, member: int, named: Collection[Address]) -> list[Address]:
        """Those of a member's addresses that may use /htg-host: on the team, or in `named`."""

    def add(self, address: Address) -> bool:
        """Adds an address, whether or not it has written before; False if it was on the team already."""

    def remove(self, address: Address, *, keep_one: bool = False) -> bool:
        """Removes an address; False if it was not on the team, or with `keep_one` if it is the last."""
