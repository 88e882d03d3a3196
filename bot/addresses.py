"""Where a message can be sent: to a person, privately, or to a channel."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from bot.platform import platform_of, registered


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """`platform:account`. A channel is not a person: nothing private is ever sent to one.

    Written `slack:T123/U456` (person), `slack:T123/C789` (channel), `discord:42`, `discord:#4000`.
    """

    platform: str
    account: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.account}"

    @property
    def is_channel(self) -> bool:
        return self.account.rpartition("/")[2].startswith(platform_of(self.platform).channel_prefixes)

    def names(self, other: Address) -> bool:
        """Whether this, as an operator wrote it, means `other`: a workspace may be left out."""
        if self == other:
            return True
        if self.platform != other.platform or not platform_of(self.platform).has_workspaces:
            return False
        return other.account.rpartition("/")[2] == self.account

    def meets(self, other: Address) -> bool:
        """Whether both are one place, whichever of them leaves its workspace out."""
        return self.names(other) or other.names(self)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Reads an address as people write it; raises ValueError with a sentence that says what to do."""
        platform, colon, account = text.strip().partition(":")
        if (canonical := platform_of(platform).canonical) is not None:
            with suppress(ValueError):
                account = canonical(account)
        if not colon or not platform_of(platform).account.fullmatch(account):
            people = " or ".join(known.person_example for known in registered() if known.person_example)
            channels = " or ".join(known.channel_example for known in registered() if known.channel_example)
            raise ValueError(f"'{text.strip()}' is not an address. A person: {people}; a channel: {channels}")
        return cls(platform, account)
