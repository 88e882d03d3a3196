"""The two secrets. Neither shows itself in `repr`, `str`, a format or a log line: only `reveal()` does."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

LINK_LIMIT = 1000
PASSCODE_LIMIT = 60
redacted: Final = "•••"

_ROOM = re.compile(
    r"""(?: https?://[^\s/"'<>]{0,200}?zoom[^\s/"'<>]{0,50}             # zoom.us/j/123, whatever the country
          | \b(?:[\w-]{1,63}\.){0,4}zoom(?:gov)?\.(?:us|com) )        # and without its https://
        /(?:j|w|s|my|wc|meetings?|webinar)/[^\s"'<>)\]]*
      | https?://[^\s"'<>]{1,999}?[?&](?:pwd|tk)=[^\s"'<>)\]]*          # any link that carries a passcode""",
    re.IGNORECASE | re.VERBOSE,
)


def without_rooms(text: str, instead: str = redacted) -> str:
    """For a line of the log, which keeps its form. What others read is made safe by `bot.way_in`."""
    return _ROOM.sub(instead, text)


@dataclass(frozen=True, slots=True, repr=False)
class ZoomLink:
    """The address of the room with its passcode: for an admitted member only, privately, at admission."""

    _address: str = field()
    _passcode: str = field(default="")

    def reveal(self) -> str:
        return self._address

    def passcode(self) -> str:
        return self._passcode

    def __repr__(self) -> str:
        return f"ZoomLink({redacted})"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)

    @classmethod
    def typed(cls, address: str, passcode: str = "") -> ZoomLink:
        """Reads a link as pasted; raises ValueError naming what is wrong, never quoting the link."""
        address, passcode = address.strip(), passcode.strip()
        parts = urlsplit(address)
        if parts.scheme != "https" or not parts.hostname or "." not in parts.hostname or re.search(r"\s", address):
            raise ValueError("form")
        if len(address) > LINK_LIMIT or len(passcode) > PASSCODE_LIMIT:
            raise ValueError("length")
        return cls(address, passcode)


@dataclass(frozen=True, slots=True, repr=False)
class JoinLink:
    """A member's own way to the door. It takes no place by being opened, and dies with the registration."""

    _address: str = field()

    def reveal(self) -> str:
        return self._address

    def __repr__(self) -> str:
        return f"JoinLink({redacted})"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)


@dataclass(frozen=True, slots=True)
class LinkKey:
    """What a personal link names: a row's id and its nonce, a random part that no other row ever had.

    An id alone does not do: after a restore it may be given to another row. Without a nonce it is a link from before
    rows had one.
    """

    id: int
    nonce: str = field(default="", repr=False)

    def names(self, nonce: str, *, by_id: bool) -> bool:
        """Whether it names the row with this nonce. `by_id`: links that hold the id alone were given out for it."""
        return (by_id and not self.nonce) or hmac.compare_digest(self.nonce.encode(), nonce.encode())
