"""Signing up on the web by e-mail: nothing is registered before the letter that follows is answered. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.addresses import Address
from bot.secrets import LinkKey

SIGNUP_LIFE = timedelta(hours=24)
"""How long a signup waits; after that nothing of it is kept."""
LETTER_EVERY = timedelta(minutes=2)
"""Of one signup: pressed twice, it is still one letter."""
LETTERS_PER_DAY = 5
"""To one address, whoever asks for them."""
SIGNUP_NAME_LIMIT = 40


@dataclass(frozen=True, slots=True)
class Signup:
    """Somebody asked, with an address that may not be theirs, to register for a gathering."""

    id: int
    address: Address
    name: str
    gathering: int
    language: str | None
    zone: str | None
    made_at: datetime
    written_at: datetime | None
    """When its last letter was added to the outbox."""
    nonce: str = field(default="", repr=False)

    @property
    def key(self) -> LinkKey:
        return LinkKey(self.id, self.nonce)

    @property
    def ends_at(self) -> datetime:
        return self.made_at + SIGNUP_LIFE


def is_letter_due(signup: Signup, letters: int, now: datetime) -> bool:
    """`letters`: how many were written to this address within the last day."""
    if letters >= LETTERS_PER_DAY:
        return False
    return signup.written_at is None or now - signup.written_at >= LETTER_EVERY


def clean_name(typed: str) -> str:
    """A first name as it is kept: one line, without what a name does not hold."""
    printable = "".join(character if character.isprintable() else " " for character in typed)
    return " ".join(printable.split())[:SIGNUP_NAME_LIMIT].strip()
