"""How a Zoom link rests: encrypted, under keys made from the values of HTG_SECRET_KEY.

The first key encrypts and all of them decrypt, so a new key is put in front and the old one kept behind it
for as long as rows written under it live. No error of this file quotes a link, a token or a key.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator

from bot.secrets import ZoomLink

_PURPOSE = b"htg: links at rest"


class Sealed(DontWrapMixin, Exception):
    """A link cannot be written or read with the keys at hand. `args[0]` is one plain sentence, free of secrets."""


class Keyring:
    """Encrypts with the first of the given keys, decrypts with any. Shows nothing of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: the values of HTG_SECRET_KEY, newest first. None at all is allowed until a link is touched."""
        ours = [Fernet(_derived(key.strip())) for key in keys if key.strip()]
        self._fernet = MultiFernet(ours) if ours else None

    def seal(self, link: ZoomLink) -> bytes:
        return self._usable().encrypt(json.dumps([link.reveal(), link.passcode()]).encode())

    def open(self, sealed: bytes) -> ZoomLink:
        try:
            address, passcode = json.loads(self._usable().decrypt(sealed))
        except InvalidToken:
            # `from None`: the traceback of a decryption must not carry the bytes along.
            raise Sealed(
                "A stored Zoom link was encrypted with another HTG_SECRET_KEY."
                " Add the former key after the present one, separated by a comma."
            ) from None
        return ZoomLink(address, passcode)

    def seal_words(self, words: str) -> bytes:
        return self._usable().encrypt(words.encode("utf-8", "ignore"))

    def open_words(self, sealed: bytes) -> str:
        try:
            return self._usable().decrypt(sealed).decode()
        except InvalidToken:
            raise Sealed(
                "A stored message was encrypted with another HTG_SECRET_KEY."
                " Add the former key after the present one, separated by a comma."
            ) from None

    def _usable(self) -> MultiFernet:
        if self._fernet is None:
            raise Sealed("HTG_SECRET_KEY is not set, and Zoom links cannot be kept or read without it.")
        return self._fernet

    def __repr__(self) -> str:
        return "Keyring(•••)"


def _derived(key: str) -> bytes:
    """A Fernet key from any text. HKDF and no slow hash: the setting asks for random keys, not for a password."""
    material = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
    return base64.urlsafe_b64encode(material)


_keyrings: WeakKeyDictionary[Dialect, Keyring] = WeakKeyDictionary()
"""The keys of each engine, by its dialect: what SQLAlchemy hands to a column type, and one per engine."""


def hand_keys(dialect: Dialect, keyring: Keyring) -> None:
    """Lets the links of this engine be read and written with `keyring`."""
    _keyrings[dialect] = keyring


class EncryptedZoomLink(TypeDecorator[ZoomLink]):
    """A `ZoomLink` in Python, Fernet's bytes in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: ZoomLink | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _keyring(dialect).seal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> ZoomLink | None:
        return None if value is None else _keyring(dialect).open(value)


class EncryptedWords(TypeDecorator[str]):
    """Text in Python, Fernet's bytes in the database: what one person wrote for a few to read."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _keyring(dialect).seal_words(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _keyring(dialect).open_words(value)


def _keyring(dialect: Dialect) -> Keyring:
    return _keyrings.get(dialect) or Keyring(())
