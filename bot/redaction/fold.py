"""Folds text to small Latin letters and ASCII digits, so that a look-alike character hides nothing."""

from __future__ import annotations

import unicodedata
from typing import Final

LIGATURE = 5
"""Characters that one may stand for; the few with more are whole phrases, and would only make a text longer."""
CACHE_SIZE = 20_000
"""Characters whose folding is remembered."""
_LOOKALIKES: Final = {
    **dict.fromkeys("аαаɑᴀⲁꓮᎪ", "a"),
    **dict.fromkeys("вβʙᏴꓐ", "b"),
    **dict.fromkeys("сϲᴄⲥꓚᏟ", "c"),
    **dict.fromkeys("ԁᴅđꓓᎠ", "d"),
    **dict.fromkeys("еєεҽᴇⲉꓰᎬ", "e"),
    **dict.fromkeys("ғϝꜰꓝ", "f"),
    **dict.fromkeys("ɡցԍɢꓖᏀ", "g"),
    **dict.fromkeys("нһհʜⲏꓧᎻ", "h"),
    **dict.fromkeys("іıιɩɪⲓꓲᎥӏ", "i"),
    **dict.fromkeys("јϳյᴊꓙᎫ", "j"),
    **dict.fromkeys("кκᴋⲕꓗᏦ", "k"),
    **dict.fromkeys("łʟⳑꓡᏞ", "l"),
    **dict.fromkeys("мμᴍɱⲙꓟᎷ", "m"),
    **dict.fromkeys("пηոɴⲛꓠ", "n"),
    **dict.fromkeys("оοσօᴏøⲟꓳଠဝ〇ⵔ๐", "o"),
    **dict.fromkeys("рρᴘⲣꓑᏢ", "p"),
    **dict.fromkeys("ԛզ", "q"),
    **dict.fromkeys("гʀᴦꓣᎡ", "r"),
    **dict.fromkeys("ѕꜱʂⲋꓢᏚՏ", "s"),
    **dict.fromkeys("тτᴛⲧꓔᎢ", "t"),
    **dict.fromkeys("υսᴜʋцꓴ", "u"),
    **dict.fromkeys("ѵνᴠꓦᏙ", "v"),
    **dict.fromkeys("ԝωᴡꓪᎳ", "w"),
    **dict.fromkeys("хχⲭꓫ", "x"),
    **dict.fromkeys("уүγʏⲩꓬ", "y"),
    **dict.fromkeys("ᴢʐƶȥʑⱬζⲍꓜᏃ", "z"),
    **dict.fromkeys("。․‧∙·•⸱᛫", "."),
    **dict.fromkeys("⁄∕⧸╱⟋〳", "/"),
    **dict.fromkeys("⧵╲⟍∖", "\\"),
    **dict.fromkeys("∶ː꞉ꓽ׃", ":"),
}
_INVISIBLE: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5")
"""Letters and signs that show as nothing, besides those whose category says so."""
_LETTER_SIGNS: Final = (0x1F1E6, 0x1F150, 0x1F170, 0x1F130)
"""Where the letters A to Z stand in a row as signs: flags, and white on black in circles and squares."""


class _Folding(dict[int, str]):
    """For `str.translate`: each character as small Latin letters, ASCII digits or what it looks like, or nothing."""

    def __missing__(self, code: int) -> str:
        decomposed = unicodedata.normalize("NFKD", chr(code).casefold())
        folded = "".join(map(_folded, decomposed)) if len(decomposed) <= LIGATURE else ""
        if len(self) < CACHE_SIZE:
            self[code] = folded
        return folded


def _folded(character: str) -> str:
    if character.isspace():
        return " "
    if character in _INVISIBLE or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Cn", "Mn", "Me"}:
        return ""
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    for first in _LETTER_SIGNS:
        if first <= ord(character) < first + 26:
            return chr(ord("a") + ord(character) - first)
    return character


_folding: Final = _Folding()


def fold(text: str) -> str:
    return text.translate(_folding)
