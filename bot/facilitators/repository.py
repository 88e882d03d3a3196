"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from bot.addresses import Address


class FacilitatorRepository(Protocol):
    """The team: addresses that were added to those that may use /htg-host."""

    def addresses(self) -> list[Address]:
        """Every address on the team, sorted."""

    def members(self, named: Collection[Address]) -> dict[int, Address]:
        """Members who may use /htg-host, as far as it is known, each with the address at which they may.

        That is one on the team, in `named`, or from which an organiser of the platform used it lately.

        Of several such addresses, the one where the member was last heard, if it is among them. Addresses that never
        wrote belong to no member.
        """

    def addresses_of(self, member: int, named: Collection[Address]) -> list[Address]:
        """Those of a member's addresses that may use /htg-host, by the same rule."""

    def host_address(self, registration: int, named: Collection[Address], now: datetime) -> Address | None:
        """The address from which somebody registered, where it may use /htg-host at `now`, by the same rule.

        What a platform granted counts as long as `may_still_organise` says, since nobody asks the platform here.
        """

    def keep_organiser(self, address: Address, now: datetime) -> None:
        """Keeps that this address used /htg-host by a right that its platform grants. It is forgotten in a month."""

    def forget_organiser(self, address: Address) -> None:
        """For one to whom the platform does not grant that right any more."""

    def add(self, address: Address) -> bool:
        """Adds an address, whether or not it has written before; False if it was on the team already."""

    def remove(self, address: Address, *, keep_one: bool = False) -> bool:
        """Removes an address; False if it was not on the team, or with `keep_one` if it is the last."""
