"""Text as it is compared and searched: what people type alike is then alike. Pure."""

from __future__ import annotations

import re
import unicodedata

_MARKS = str.maketrans(
    dict.fromkeys("’‘‛ʼʹʻ′`´＇ʽ", "'") | dict.fromkeys("“”„‟«»″＂〝〞", '"') | dict.fromkeys("‐‑‒–—―−﹘﹣－⁃", "-")
)
"""Phones and word processors write typographic signs where a keyboard has straight ones."""
_UNSEEN = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u2800\u3164\uffa0\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
"""Soft hyphens, joiners, marks of direction and of variation: they come along when text is copied."""


def folded(text: str) -> str:
    """Text without case, accents, doubled spaces or typographic variants of quotes and dashes.

    `circulo` is then `Círculo`, and `women’s` is `Women's`.
    """
    if text.isascii():  # as most of it is: nothing is to be taken apart
        return " ".join(text.translate(_MARKS).casefold().split())
    # The marks first: NFKD makes an accent and a space of some of them. Twice, because it makes marks of others.
    decomposed = unicodedata.normalize("NFKD", _UNSEEN.sub("", text).translate(_MARKS)).translate(_MARKS)
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(bare.casefold().split())


def unadorned(text: str) -> str:
    """Text without emoji, and without the marks of a question, a cry or a quotation: what is left of it as data."""
    text = text.translate(_MARKS)
    return " ".join("".join(" " if _adorns(character) else character for character in text).split())


def _adorns(character: str) -> bool:
    return character in '!?¡¿"' or unicodedata.category(character) in {"So", "Me"} or "🏻" <= character <= "🏿"


_TURNING = "\u202a-\u202e\u2066-\u2069"
_UNPRINTABLE = re.compile(f"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f{_TURNING}]")
"""Control characters, and the marks that turn the direction of what follows them, beyond where they stand."""


def unturned(text: str) -> str:
    """Text without the marks that turn its direction."""
    return re.sub(f"[{_TURNING}]", "", text)


def tidy(typed: str) -> str:
    """One line, without doubled spaces: what two people typed alike is then alike. Nothing, where nothing is seen."""
    line = " ".join(_UNPRINTABLE.sub("", typed).split())
    return line if folded(line) else ""


def prose(typed: str) -> str:
    """Several lines, without what cannot be seen."""
    return "\n".join(_UNPRINTABLE.sub("", line).rstrip() for line in typed.splitlines()).strip()


def clip(text: str, limit: int) -> str:
    """Text of at most so many characters; an ellipsis shows that it was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def headline(text: str, limit: int) -> str:
    """A topic as a title of at most so many characters, cut between words."""
    if len(text) <= limit:
        return text
    start = text[:limit]
    return (start[: limit - 1].rpartition(" ")[0].rstrip(" ,;:–-") or start[: limit - 1]) + "…"


_CELL, _SIGN = r"(?:\A|(?<=[;,|\t\r\n]))", r"(?='*\s*[=+\-@＝＋－＠\t\r\n])"
_FORMULA, _INERT = re.compile(_CELL + _SIGN), re.compile(f"{_CELL}'{_SIGN}")
"""Where a cell begins like a formula, with signs of full width, too, or like one that was marked already.

A spreadsheet may split at another separator than this file's: where a comma divides decimals, at semicolons.
"""


def inert(text: str) -> str:
    """A cell that begins like a formula is shown, not run (OWASP: CSV injection)."""
    return _FORMULA.sub("'", text)


def without_inert(text: str) -> str:
    """The text that `inert` showed so, for a file that is read back."""
    return _INERT.sub("", text)
