"""Links that a mail program or a search engine puts in place of the one that is meant, to look at who follows it."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from bot.redaction.detect import holds_room

MAX_GUARDS = 4
"""Around one another."""
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'\\]{1,2000}", re.IGNORECASE)
_BEGINS: Final = re.compile(r"https?://", re.IGNORECASE)
_HYPHENED: Final = re.compile(r"-([0-9A-F]{2})")
_STARRED: Final = re.compile(r"/v3/__(?P<address>.+?)__;(?P<signs>[\w+/-]*={0,2})!")
_STARS: Final = re.compile(r"\*(?:\*([A-Za-z0-9_-]))?")
_RUNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""Proofpoint's letters for how many signs, from two on, stand where `**A` does."""


def unwrapped(address: str) -> str:
    """The room that it leads to in the end: https://www.google.com/url?q=https%3A%2F%2Fzoom.us%2Fj%2F1; else itself."""
    for _ in range(MAX_GUARDS):
        try:
            targets = [target for target in _targets(address) if _BEGINS.match(target) and holds_room(target)]
        except ValueError:
            break
        if not targets:
            break
        address = targets[0]
    return address


def without_guards(text: str) -> str:
    return _ADDRESS.sub(lambda address: unwrapped(address[0]), text)


def _targets(address: str) -> Iterator[str]:
    """All that it may lead to, in the ways in which link guards write it; raises ValueError where it is no address."""
    parts = urlsplit(address)
    if starred := _STARRED.search(address):
        yield _starred(starred["address"], _from_base64(starred["signs"]))
    for _, value in parse_qsl(parts.query):
        yield value
        yield _HYPHENED.sub(lambda code: chr(int(code[1], 16)), value.replace("_", "/"))  # Proofpoint, v2
        yield _from_base64(value)  # Sophos
    yield from _in_path(parts)


def _in_path(parts: SplitResult) -> Iterator[str]:
    """`secure-web.cisco.com/1a2b/https%3A%2F%2Fzoom.us%2Fj%2F1`."""
    segments = parts.path.split("/")
    yield from (unquote(segment) for segment in segments if "%" in segment)


def _starred(address: str, signs: str) -> str:
    """Proofpoint, v3: a star stands for each sign that it found unusual, and these follow in base64."""
    remaining = iter(signs)

    def sign(stars: re.Match[str]) -> str:
        count = _RUNS.index(stars[1]) + 2 if stars[1] else 1
        return "".join(next(remaining, "") for _ in range(count))

    return _STARS.sub(sign, re.sub(r"^(https?:)/(?=[^/])", r"\1//", address))


def _from_base64(encoded: str) -> str:
    try:
        return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return ""
