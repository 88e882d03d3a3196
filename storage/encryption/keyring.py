"""Encrypts secrets at rest, under keys derived from the values of HTG_SECRET_KEY.

Each purpose has its own keys (HKDF-SHA256, the purpose as `info`), and each value is encrypted for one column of one
row (AES-256-GCM with table, column and row as associated data), so that nobody who can write to the database can show
one row's secret in another. The first key encrypts, all of them decrypt: put a new key in front and keep the old one
behind it until `key_rotation` has re-encrypted everything. No error of this file quotes a value or a key.

An encrypted ("sealed") value is VERSION, the id of its key (8 bytes), a nonce (12 bytes) and AES-GCM's ciphertext.
The format before used Fernet under one key for everything, bound to no row; such values are still decrypted.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from enum import Enum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.exc import DontWrapMixin

VERSION: Final = b"\x01"
MARK, NONCE = 8, 12
_HEADER = len(VERSION) + MARK
_FERNET: Final = b"gAAAA"
"""The first bytes of every Fernet token: its version, and a time before 2106."""


class Purpose(Enum):
    """What a key is for. The value is HKDF's `info`: changing it loses what was encrypted with it."""

    ZOOM_LINKS = "htg/1/zoom links at rest"
    TEXTS = "htg/1/words at rest"
    PLATFORM_TOKENS = "htg/1/platform tokens at rest"
    INSTALL_STATE = "htg/1/install state"


_MARKING = "htg/1/mark of a key"
_FORMER = "htg: links at rest"
"""The one purpose of the format before."""


class SecretUnreadable(DontWrapMixin, Exception):
    """A secret cannot be encrypted or decrypted with these keys. `args[0]` is one sentence without secrets."""


class NoEncryptionKey(SecretUnreadable):
    """HTG_SECRET_KEY is not set."""


class Keyring:
    """Encrypts with the first of the keys, decrypts with any. Its repr shows nothing of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: the values of HTG_SECRET_KEY, newest first. None at all is allowed until a secret is touched."""
        ours = [key.strip() for key in keys if key.strip()]
        marks = [derive_key(key, _MARKING, MARK) for key in ours]
        self._first = marks[0] if marks else b""
        self._ciphers = {
            (mark, purpose): AESGCM(derive_key(key, purpose.value))
            for key, mark in zip(ours, marks, strict=True)
            for purpose in Purpose
        }
        self._former = MultiFernet(
            [Fernet(base64.urlsafe_b64encode(derive_key(key, _FORMER))) for key in ours or ["-"]]
        )

    def seal(self, purpose: Purpose, place: str, plain: bytes) -> bytes:
        """Encrypts. `place`: where the value is stored (`table.column:row`), the only place where it can be opened."""
        if not self._first:
            raise NoEncryptionKey("HTG_SECRET_KEY is not set, and Zoom links cannot be kept or read without it.")
        header, nonce = VERSION + self._first, os.urandom(NONCE)
        cipher = self._ciphers[self._first, purpose]
        return header + nonce + cipher.encrypt(nonce, plain, header + place.encode())

    def open(self, purpose: Purpose, place: str, sealed: bytes) -> bytes:
        if not self._first:
            raise NoEncryptionKey("HTG_SECRET_KEY is not set, and Zoom links cannot be kept or read without it.")
        # `from None`: the traceback of a decryption must not carry the bytes along.
        if sealed.startswith(_FERNET):
            try:
                return self._former.decrypt(sealed)
            except InvalidToken:
                raise SecretUnreadable(_ANOTHER_KEY) from None
        header, nonce, rest = sealed[:_HEADER], sealed[_HEADER : _HEADER + NONCE], sealed[_HEADER + NONCE :]
        cipher = self._ciphers.get((header[len(VERSION) :], purpose)) if header.startswith(VERSION) else None
        if cipher is None:
            raise SecretUnreadable(_ANOTHER_KEY)
        try:
            return cipher.decrypt(nonce, rest, header + place.encode())
        except (InvalidTag, ValueError):  # ValueError: it is too short to be one
            raise SecretUnreadable(
                "A stored secret does not belong where it is: it was changed, or taken from another row."
                " Enter it anew, and find out who can write to the database."
            ) from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether it was encrypted as `seal` does now: in this format, with the first key."""
        return bool(self._first) and sealed.startswith(VERSION + self._first)

    def __repr__(self) -> str:
        return "Keyring(•••)"


def to_base64(sealed: bytes) -> str:
    """Unpadded base64 for a text column or a URL."""
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def from_base64(written: str) -> bytes:
    """The bytes that `to_base64` was given; empty when the text is not base64."""
    if written.startswith(_FERNET.decode()):
        return written.encode("ascii", "ignore")
    try:
        return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


_ANOTHER_KEY = (
    "A stored secret was encrypted with another HTG_SECRET_KEY."
    " Add the former key after the present one, separated by a comma."
)


def derive_key(key: str, purpose: str, length: int = 32) -> bytes:
    """The key for one purpose. HKDF and no slow hash: the setting asks for random keys, not for a password."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(key.encode())
