"""Text as it is compared and searched: what people type alike is then alike. Pure."""

from __future__ import annotations

import re
import unicodedata

_MARKS = str.maketrans(
    dict.fromkeys("’‘‛ʼʹʻ′`´＇ʽ", "'") | dict.fromkeys("“”„‟«»″＂〝〞", '"') | dict.fromkeys("‐‑‒–—―−﹘﹣－⁃", "-")
)
"""Phones and word processors write typographic signs where a keyboard has straight ones."""
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]")
"""Soft hyphens, joiners, marks of direction and of variation: they come along when text is copied."""


def folded(text: str) -> str:
    """Text without case, accents, doubled spaces or typographic variants of quotes and dashes.

    `circulo` is then `Círculo`, and `women’s` is `Women's`.
    """
    # The marks first: NFKD makes an accent and a space of some of them. Twice, because it makes marks of others.
    decomposed = unicodedata.normalize("NFKD", _UNSEEN.sub("", text).translate(_MARKS)).translate(_MARKS)
    bare = "".join(each for each in decomposed if not unicodedata.combining(each))
    return " ".join(bare.casefold().split())
