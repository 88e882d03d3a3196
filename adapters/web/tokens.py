"""Personal links: a token names one row by its id and nonce, and is signed, so that a forged one is cheap to refuse."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from bot.secrets import JoinLink, LinkKey

UNKNOWN_LINK = LinkKey(0)
"""No row has this id. It is looked up for a forged token, which so takes as long as a revoked one."""
MAX_ID = 2**31 - 1
"""The largest id that the database can hold."""


class _Signer(Signer):
    """With each key derived once: for every token anew, that takes as long as signing it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._derived: dict[object, bytes] = {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        derived = self._derived.get(secret_key)
        if derived is None:
            derived = self._derived[secret_key] = super().derive_key(secret_key)
        return derived


class TokenSigner:
    """Signs and verifies the tokens of one purpose: `12-Xo3r….kT2v…`, the id and nonce of a row, and a signature.

    `keys`: the values of HTG_SECRET_KEY, newest first. The first signs; all of them verify.
    """

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        if not keys:
            raise ValueError("personal links are signed with HTG_SECRET_KEY, and none is given")
        # A key per purpose: HMAC-SHA256 of the salt under the secret, as independent of the keys at rest as those that
        # HKDF derives are of each other. itsdangerous signs with the last of its keys.
        self._signer = _Signer(
            list(reversed(keys)), salt=f"htg.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256
        )

    def sign(self, key: LinkKey) -> str:
        return self._signer.sign(f"{key.id}-{key.nonce}" if key.nonce else str(key.id)).decode()

    def verify(self, token: str) -> LinkKey:
        """What `sign` was given; UNKNOWN_LINK for any text that it did not return, character by character.

        base64 decoders ignore foreign characters, so that one signature could be written in many ways, each with a
        rate limit of its own.
        """
        try:
            number, _, nonce = self._signer.unsign(token.encode()).decode().partition("-")
            key = LinkKey(int(number), nonce)
            signature = token.rpartition(".")[2].encode()
            if base64_encode(base64_decode(signature)) != signature:
                return UNKNOWN_LINK
        except (BadSignature, ValueError):
            return UNKNOWN_LINK
        return key if 0 < key.id <= MAX_ID else UNKNOWN_LINK


class PersonalLinks:
    """The `LinkBuilder` of a web server that is reached at `public_url`."""

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        self._base = public_url
        self.door = TokenSigner(keys, "join")
        self.feed = TokenSigner(keys, "calendar")
        self.signup = TokenSigner(keys, "confirm")
        self.personal = TokenSigner(keys, "me")

    def join(self, registration: LinkKey) -> JoinLink:
        return JoinLink(f"{self._base}/join/{self.door.sign(registration)}")

    def calendar(self, member: LinkKey) -> JoinLink:
        return JoinLink(f"{self._base}/calendar/{self.feed.sign(member)}.ics")

    def confirm(self, signup: LinkKey) -> JoinLink:
        return JoinLink(f"{self._base}/confirm/{self.signup.sign(signup)}")

    def page(self, page: LinkKey, call: str = "") -> JoinLink:
        query = f"?{urlencode({'do': call})}" if call else ""
        return JoinLink(f"{self._base}/me/{self.personal.sign(page)}{query}")
