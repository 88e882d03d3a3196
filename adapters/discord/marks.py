"""What is written behind a Call in a component's id: `join?gathering=12#kQ3…`. Pure.

The Call says what a press does; the mark is for this adapter alone. `encode` never writes a `#` itself.
A mark begins with its kind: `k` the notice that a message is (see `tell.py`), `f` a form whose input is kept
(see `keeping.py`), `n` a number that tells two equal buttons of one message apart.
"""

from __future__ import annotations

import base64
import hashlib

from bot.asks import ID_LIMIT

NOTICE = "k"
FORM = "f"
_NUMBER = "n"


def notice(key: str) -> str:
    """The mark of a notice, from its key: 1 + 16 characters, also its nonce (Discord takes 25)."""
    digest = hashlib.sha256(key.encode()).digest()[:10]
    return NOTICE + base64.b32encode(digest).decode().lower()


def _marked(written: str, mark: str) -> str:
    """A mark that does not fit is left out: the press works all the same."""
    return f"{written}#{mark}" if mark and len(written) + 1 + len(mark) <= ID_LIMIT else written


def split(custom_id: str) -> tuple[str, str]:
    """(the encoded Call, the mark or empty)."""
    written, _, mark = custom_id.partition("#")
    return written, mark


class Ids:
    """The ids of one message. Discord refuses a message that has one twice."""

    def __init__(self, mark: str = "") -> None:
        self._mark = mark
        self._taken: set[str] = set()

    def of(self, written: str) -> str:
        """An id that is free in this message, for an encoded Call."""
        wanted = _marked(written, self._mark)
        number = 1
        while wanted in self._taken:
            number += 1
            wanted = f"{written[: ID_LIMIT - 4]}#{_NUMBER}{number}"
        self._taken.add(wanted)
        return wanted
