"""Keys that can be guessed are refused with a reason, and none that is random."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable

import pytest

from cli.key_strength import weakness

GOOD: list[Callable[[], str]] = [
    lambda: secrets.token_urlsafe(32),
    lambda: secrets.token_urlsafe(24),
    lambda: secrets.token_hex(16),
    lambda: secrets.token_hex(32),
    lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    lambda: base64.b32encode(secrets.token_bytes(20)).decode(),
]
GUESSED = [
    ("", "too short"),
    (secrets.token_urlsafe(20), "too short"),
    ("k" * 64, "repeats itself"),
    ("another-key-" * 4, "repeats itself"),
    ("0123456789abcdef" * 2, "repeats itself"),
    ("abcdefghijklmnopqrstuvwxyz0123456789", "repeats itself"),
    ("1234567890" * 4, "repeats itself"),
    ("change-me-to-something-long-and-random", "made of words"),
    ("your-secret-key-goes-here-1234567890", "made of words"),
    ("correct horse battery staple and more", "made of words"),
    ("ThisIsMyVerySpecialPassphraseForTheBot2026", "made of words"),
    ("una-clave-muy-larga-para-el-bot-de-encuentros", "made of words"),
    ("73918264059173460285941370628512", "128 bits"),
    (f'"{secrets.token_urlsafe(32)}"', "take the quotes away"),
    (f"'{secrets.token_urlsafe(32)}'", "take the quotes away"),
]


@pytest.mark.parametrize("make", GOOD)
def test_random_keys_are_strong(make: Callable[[], str]) -> None:
    # One in a hundred thousand may look like words: two of fifty never do.
    assert sum(bool(weakness(make())) for _ in range(50)) <= 1


@pytest.mark.parametrize(("key", "why"), GUESSED, ids=[why for _, why in GUESSED])
def test_what_can_be_guessed_is_not(key: str, why: str) -> None:
    assert why in weakness(key)
