"""Custom ids of components: an encoded Call, and behind it a tag of this adapter: `join?gathering=12#kQ3…`. Pure.

The Call says what a press does. `encode` never writes a `#` itself. A tag begins with its kind: `k` the
notification that the message is (see `send.py`), `f` a form whose input is cached (see `form_cache.py`), `n` a
number that tells two equal buttons of one message apart.
"""

from __future__ import annotations

import base64
import hashlib

from bot.request import ID_LIMIT

NOTIFICATION_TAG = "k"
FORM_TAG = "f"
_NUMBER_TAG = "n"


def notification_tag(key: str) -> str:
    """The tag of a notification, from its key: 1 + 16 characters; also the message's nonce (Discord's limit: 25)."""
    digest = hashlib.sha256(key.encode()).digest()[:10]
    return NOTIFICATION_TAG + base64.b32encode(digest).decode().lower()


def _with_tag(encoded: str, tag: str) -> str:
    """A tag that does not fit is left out: the button works without it."""
    return f"{encoded}#{tag}" if tag and len(encoded) + 1 + len(tag) <= ID_LIMIT else encoded


def split_custom_id(custom_id: str) -> tuple[str, str]:
    """(the encoded Call, the tag or empty)."""
    encoded, _, tag = custom_id.partition("#")
    return encoded, tag


class CustomIdAllocator:
    """Custom ids of one message. Discord refuses a message in which one occurs twice."""

    def __init__(self, tag: str = "") -> None:
        self._tag = tag
        self._allocated: set[str] = set()

    def allocate(self, encoded: str) -> str:
        """A custom id that is still free in this message, for an encoded Call."""
        custom_id = _with_tag(encoded, self._tag)
        number = 1
        while custom_id in self._allocated:
            number += 1
            custom_id = f"{encoded[: ID_LIMIT - 4]}#{_NUMBER_TAG}{number}"
        self._allocated.add(custom_id)
        return custom_id
