"""Rejects values of HTG_SECRET_KEY that can be guessed, and accepts random keys of KEY_LENGTH and more."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from math import log2

KEY_LENGTH = 32
"""Characters: shorter keys can be guessed."""
MIN_KEY_BITS = 128
MIN_ENTROPY_BITS = 80.0
"""Bits. 32 random hexadecimal digits, the least even of keys, never had less than 93 in 50,000 draws."""
MAKE_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
_QUOTES = "\"'`“”‘’"
_PLACEHOLDERS = ("change", "replace", "placeholder", "password", "secret", "example", "qwerty", "abcdef", "123456")
_HEX_PLACEHOLDERS = ("0123456789", "123456789", "deadbeefdeadbeef")
_PAIRS = (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le"
    " ve co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur la el ue do ad os na ta un tr"
)
_USUAL_PAIRS = frozenset(_PAIRS.split())
"""The most frequent pairs of letters: half of all pairs in English and Spanish texts."""


def is_quoted(value: str) -> bool:
    """Whether quotes were taken as part of the value, as `docker --env-file` takes them."""
    return len(value) > 1 and value[0] in _QUOTES and value[-1] in _QUOTES


def weakness(key: str) -> str:
    """Why the key is rejected; empty where it is accepted."""
    if is_quoted(key):
        return "has quotes around it: take the quotes away"
    if len(key) < KEY_LENGTH:
        return f"is too short, and must have at least {KEY_LENGTH} characters"
    if _repeats(key):
        return "repeats itself, and can be guessed"
    if _is_wordlike(key):
        return "is made of words, and can be guessed"
    if len(key) * log2(_alphabet(key)) < MIN_KEY_BITS:
        return f"holds less than {MIN_KEY_BITS} bits, and can be guessed"
    return ""


def _repeats(key: str) -> bool:
    pieces = [key[place : place + 4] for place in range(len(key) - 3)]
    steps = Counter(ord(after) - ord(before) for before, after in pairwise(key))
    entropy = -sum(count * log2(count / len(key)) for count in Counter(key).values())
    return len(set(pieces)) < 0.8 * len(pieces) or max(steps.values()) > 0.5 * len(key) or entropy < MIN_ENTROPY_BITS


def _is_wordlike(key: str) -> bool:
    """Whether it is a placeholder, or its letters follow each other as in words.

    Of random keys, one in a hundred thousand looks so.
    """
    folded = key.casefold()
    known = _HEX_PLACEHOLDERS if re.fullmatch("[0-9a-f]+", folded) else _PLACEHOLDERS
    if any(placeholder in folded for placeholder in known):
        return True
    pairs = [f"{one}{two}" for one, two in pairwise(folded) if f"{one}{two}".isalpha()]
    usual = sum(pair in _USUAL_PAIRS for pair in pairs)
    return usual >= 10 and usual >= 0.4 * len(pairs)


def _alphabet(key: str) -> int:
    """The size of the alphabet that the key is written in."""
    if re.fullmatch("[0-9]+", key):
        return 10
    return 16 if re.fullmatch("[0-9A-Fa-f]+", key) else 64
