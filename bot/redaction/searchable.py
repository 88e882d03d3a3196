"""A decoded text in the forms in which it is searched: as it stands, without spaces, as letters and digits alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_DOT: Final = re.compile(r"[^a-z0-9/]{1,3}(?:dot|punto|ponto|point|punkt)[^a-z0-9/]{1,3}")
_SLASH: Final = re.compile(r"[^a-z0-9/]{0,3}\b(?:forward ?)?(?:slash|barra)\b[^a-z0-9/]{0,3}")
_DIGIT_WORDS: Final = {
    word: str(digit)
    for words in (
        "zero one two three four five six seven eight nine",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "oh",
    )
    for digit, word in enumerate(words.split())
}
_WORDS: Final = re.compile(r"[a-z]+")
NOT_BARE: Final = re.compile(r"[^a-z0-9/ ]+")
NOT_LETTERS: Final = re.compile(r"[\W_]+")
SAME_SHAPE: Final = str.maketrans("oil|", "0111")


@dataclass(frozen=True, slots=True)
class SearchableText:
    spaced: str
    squeezed: str
    """Without spaces: an address may be broken by them."""
    bare: str
    """Letters, digits and slashes, and the spaces between: `zoom[.]us/j/8`."""
    letters: str
    """Letters and digits alone, with those that look alike as one: a number or a passcode, however it is grouped."""

    @classmethod
    def of(cls, text: str) -> SearchableText:
        spaced = _SLASH.sub("/", _DOT.sub(".", text.replace("\\", "/")))
        squeezed = spaced.replace(" ", "")
        return cls(spaced, squeezed, NOT_BARE.sub("", spaced), NOT_LETTERS.sub("", squeezed).translate(SAME_SHAPE))

    def spoken_digits(self) -> str:
        """Digits that are written as words are digits, too."""
        return NOT_LETTERS.sub("", _WORDS.sub(lambda match: _DIGIT_WORDS.get(match[0], match[0]), self.spaced))

    def spoken_letters(self) -> str:
        return self.spoken_digits().translate(SAME_SHAPE)

    def holds_personal_address(self, public_address: str) -> bool:
        return any(f"{public_address}/{page}/" in self.squeezed for page in ("join", "calendar", "me", "confirm"))
