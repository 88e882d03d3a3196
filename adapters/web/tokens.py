"""Personal links: signed, so that a forged one costs nothing, and bound to one row by its id and its nonce."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from bot.secrets import JoinLink, LinkKey

NOBODY = LinkKey(0)
"""Names nothing that there ever is: what is looked up for a forged token, so that it takes as long as a revoked one."""
LARGEST = 2**31 - 1
"""An id that the database can hold."""


class Tokens:
    """Writes and reads the tokens of one kind: `12-Xo3r….kT2v…`, an id, its row's nonce, and their signature.

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

    def write(self, key: LinkKey) -> str:
        return self._signer.sign(f"{key.id}-{key.nonce}" if key.nonce else str(key.id)).decode()

    def read(self, token: str) -> LinkKey:
        """What `write` was given; NOBODY for anything that it did not write, letter by letter.

        base64 ignores what is none of its signs, so that one signature could be spelled in any number of ways, each
        with a limit of its own.
        """
        try:
            number, _, nonce = self._signer.unsign(token.encode()).decode().partition("-")
            found = LinkKey(int(number), nonce)
            signature = token.rpartition(".")[2].encode()
            if base64_encode(base64_decode(signature)) != signature:
                return NOBODY
        except (BadSignature, ValueError):
            return NOBODY
        return found if 0 < found.id <= LARGEST else NOBODY


class PersonalLinks:
    """`bot.house.Ways` for the web half that is reached at `public_url`."""

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        self._base = public_url.rstrip("/")
        self.door = Tokens(keys, "join")
        self.feed = Tokens(keys, "calendar")

    def join(self, registration: LinkKey) -> JoinLink:
        return JoinLink(f"{self._base}/join/{self.door.write(registration)}")

    def calendar(self, member: LinkKey) -> JoinLink:
        return JoinLink(f"{self._base}/calendar/{self.feed.write(member)}.ics")
