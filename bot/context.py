"""What a command is run with: the Request, its sender as a member, the configuration and the typed arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.addresses import Address
from bot.arguments import Arguments
from bot.config import Config
from bot.i18n import Locale, locale_of
from bot.members.model import Member, may_still_organise
from bot.request import Call, Request
from bot.secrets import StartLink


@dataclass(frozen=True, slots=True)
class Context:
    request: Request
    member: Member
    config: Config
    args: Arguments
    start_links: Mapping[str, StartLink] = field(default_factory=dict)
    """Fetched for this Request alone, by Zoom's number of the meeting."""

    @property
    def now(self) -> datetime:
        return self.request.now

    @property
    def call(self) -> Call:
        return self.request.call

    @property
    def address(self) -> Address:
        """Where the sender is: facilitating belongs to the address, not to the member."""
        return self.request.sender.address

    @property
    def channel(self) -> Address | None:
        return self.request.channel

    @property
    def locale(self) -> Locale:
        return locale_of(self.member, self.config, self.now, facilitates=self.facilitates)

    @property
    def facilitates(self) -> bool:
        """A configured address facilitates everywhere; a right that the platform grants counts in home places alone.

        `FacilitatorRepository` knows the same of an address that does not ask just now.
        """
        return self.address in self.config.configured_facilitators or self.member.facilitates or self.organises

    @property
    def organises(self) -> bool:
        if self.request.sender.rights_as_kept:
            return may_still_organise(self.member.organised_at, self.now)
        home = self.config.home.places(self.address.platform)
        return not home.isdisjoint(self.request.sender.organises)

    @property
    def is_outside_home(self) -> bool:
        """Sent from a channel of a server or workspace that is known not to be home."""
        home = self.config.home.places(self.address.platform)
        return self.channel is not None and bool(home) and self.request.place not in home
