"""What every statement of the books is made with, in one dialect for both databases."""

from __future__ import annotations

import secrets

# SQLite took its ON CONFLICT and RETURNING from PostgreSQL, and SQLAlchemy compiles this one construct for both:
# the whole suite runs on the two. Statements are built once, at import, so that their compiled form is found by
# identity of structure in the engine's cache and an Ask pays for execution alone.
from sqlalchemy.dialects.postgresql import insert

__all__ = ["insert", "new_nonce"]

NONCE_BYTES = 12


def new_nonce() -> str:
    """The random part of a personal link: 96 bits."""
    return secrets.token_urlsafe(NONCE_BYTES)
