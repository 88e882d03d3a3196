"""Where something can be told: a person's private line, or a channel."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SLACK = re.compile(r"(?:(?P<team>[TE][A-Z0-9]{1,30})/)?(?P<id>[UWCGD][A-Z0-9]{1,30})")
_DISCORD = re.compile(r"#?[0-9]{1,20}")
_SANDBOX = re.compile(r"#?[a-z0-9-]{1,40}")


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
        if self.platform == "slack":
            return self.account.rpartition("/")[2][:1] in {"C", "G"}
        return self.account.startswith("#")

    def names(self, other: Address) -> bool:
        """Whether this, as an operator wrote it, means `other`: a Slack team may be left out."""
        if self == other:
            return True
        return self.platform == other.platform == "slack" and other.account.rpartition("/")[2] == self.account

    def meets(self, other: Address) -> bool:
        """Whether both are one place, whichever of them leaves its Slack team out."""
        return self.names(other) or other.names(self)

    @classmethod
    def parse(cls, written: str) -> Address:
        """Reads an address as people write it; raises ValueError with a sentence that says what to do."""
        platform, colon, account = written.strip().partition(":")
        pattern = {"slack": _SLACK, "discord": _DISCORD, "sandbox": _SANDBOX}.get(platform)
        if not colon or pattern is None or not pattern.fullmatch(account):
            raise ValueError(
                f"'{written.strip()}' is not an address. A person: slack:T123/U456 or discord:42;"
                " a channel: slack:T123/C789 or discord:#4000"
            )
        return cls(platform, account)
