"""Where a platform's own right counts: the servers and workspaces of this community.

The bot may be in places that belong to somebody else. Whoever administers such a place is a member here like
everybody: an adapter reports where a right was granted, and only `Home` makes it mean anything.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from bot.addresses import Address
from bot.platform import platform_of

if TYPE_CHECKING:
    from bot.unit_of_work import UnitOfWork


def home_state_name(platform: str) -> str:
    """The name under which the database remembers where home is, for the command line."""
    return f"home:{platform}"


def first_place_state_name(platform: str) -> str:
    """The name under which it remembers the one place that the bot was in when it first started on it."""
    return f"first place:{platform}"


class Home:
    """By platform, the ids of the places at home. One per process, shared by all that hold the Config.

    What the settings do not name is only known once the platform has answered, so adapters settle it then.
    Until it is settled nobody organises anything there.
    """

    def __init__(self) -> None:
        self._places: dict[str, frozenset[str]] = {}

    def settle(self, platform: str, places: Collection[str]) -> None:
        self._places[platform] = frozenset(place for place in places if place)

    def places(self, platform: str) -> frozenset[str]:
        """Empty where there is no home, or it is not known yet."""
        return self._places.get(platform, frozenset())

    def includes(self, platform: str, place: str) -> bool:
        return place in self.places(platform)

    def with_workspace(self, address: Address) -> Address:
        """The address of a person with its workspace, which an operator may leave out where there is one.

        Where several are home it stays as it was written, and then is nobody's.
        """
        places = self.places(address.platform)
        if platform_of(address.platform).has_workspaces and "/" not in address.account and len(places) == 1:
            return Address(address.platform, f"{min(places)}/{address.account}")
        return address

    def save(self, uow: UnitOfWork, platform: str) -> None:
        """For the command line; and completes the addresses that were kept without their workspace."""
        places = ",".join(sorted(self.places(platform)))
        if uow.state.get(home_state_name(platform)) != places:
            uow.state.set(home_state_name(platform), places)
        for address in uow.facilitators.addresses():
            if self.with_workspace(address) != address:
                uow.facilitators.remove(address)
                uow.facilitators.add(self.with_workspace(address))
