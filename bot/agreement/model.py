"""What the organisation asks of everybody who registers, and which wording of it somebody agreed to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

AGREEMENT_LIMIT = 2000
"""Characters in each language: it is read in one message."""
_VERSION_LENGTH = 12


def version(texts: Mapping[str, str]) -> str:
    """Another one when a word of it changes, in any language; empty where nothing is asked."""
    if not texts:
        return ""
    whole = "\0".join(f"{language}\0{text}" for language, text in sorted(texts.items()))
    return sha256(whole.encode()).hexdigest()[:_VERSION_LENGTH]
