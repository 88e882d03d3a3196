"""Personal links: signed, so that they need no table, and bound to an id that is never used again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from itsdangerous import BadSignature, Signer

from bot.secrets import JoinLink

NOBODY = 0
"""An id that nothing ever has: what is looked up for a forged token, so that it takes as long as a revoked one."""
LARGEST = 2**31 - 1
"""An id that the database can hold."""


class Tokens:
    """Writes and reads the tokens of one kind: `12.kT2v…`, an id and its signature.

    `keys`: the values of HTG_SECRET_KEY, newest first. The first signs, all of them are believed.
    """

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        if not keys:
            raise ValueError("personal links are signed with HTG_SECRET_KEY, and none is given")
        # A key per purpose: HMAC-SHA256 of the salt under the secret, which is as far from those at rest as HKDF's are
        # from each other. itsdangerous signs with the last of its keys.
        self._signer = Signer(
            list(reversed(keys)), salt=f"htg.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256
        )

    def write(self, number: int) -> str:
        return self._signer.sign(str(number)).decode()

    def read(self, token: str) -> int:
        """The id that `write` was given; NOBODY for anything that it did not write."""
        try:
            number = int(self._signer.unsign(token.encode()))
        except (BadSignature, UnicodeError):
            return NOBODY
        return number if 0 < number <= LARGEST else NOBODY


class PersonalLinks:
    """`bot.house.Ways` for the web half that is reached at `public_url`."""

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        self._base = public_url.rstrip("/")
        self.door = Tokens(keys, "join")
        self.feed = Tokens(keys, "calendar")

    def join(self, registration: int) -> JoinLink:
        return JoinLink(f"{self._base}/join/{self.door.write(registration)}")

    def calendar(self, member: int) -> JoinLink:
        return JoinLink(f"{self._base}/calendar/{self.feed.write(member)}.ics")
