"""Which gatherings a typed title names. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from bot.gatherings.model import Gathering
from bot.text import folded

_AND = {"and", "y", "e"}
_LEAD = re.compile(
    r"(?:(?:(?:me|(?:my|mi) (?:registration|place|inscripcion|plaza)) )?(?:for|from|to|in|of|para|en|de|del|al|a) )?"
    r"(?:(?:the|an?|el|la|los|las|una?) )?(?=\S)"
)
"""What stands before a title in a sentence: `me for the grief circle`, `mi inscripción en el círculo`."""
_TAIL = re.compile(r"(?<=\S)(?: (?:please|pls|plz|thanks|thank you|por favor|porfa|gracias))+$")
"""What politeness adds after it."""
_NUMBER = re.compile(r"\W*(?:(?:no|n\.?o|nr|num|number|numero)\W+|no)?(?P<number>\d{1,9})\W*")
_PAGE = re.compile(r"<?https?://[^\s|<>]{1,200}/gatherings/(?P<number>\d{1,9})(?:[/?#|][^<>]*)?>?")


def number_in(typed: str) -> int | None:
    """The number of a gathering, as people write or paste it: `12`, `#12.`, `no. 12`, the address of its page."""
    named = _NUMBER.fullmatch(folded(typed)) or _PAGE.fullmatch(typed.strip())
    return int(named["number"]) if named else None


def words(text: str) -> str:
    """Text without case, accents, signs and emoji, with a space between words: `womens circle` of `Women’s Circle!`."""
    bare = folded(text).replace("'", "")
    return " ".join("".join(" " if _separates(character) else character for character in bare).split())


def _separates(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Me", "Sm", "Sk", "So"} or category.startswith("P")


def _without_and(text: str) -> str:
    """`Grief and Gratitude`, `grief & gratitude` and `grief y gratitude` are then alike."""
    return " ".join(word for word in words(text).split() if word not in _AND)


def sought(typed: str) -> list[str]:
    """The words that every title has which this text names."""
    return _without_and(_without_lead(typed)).split()


def _without_lead(typed: str) -> str:
    return _TAIL.sub("", _LEAD.sub("", words(typed), count=1))


def _readings(typed: str) -> list[tuple[str, Callable[[str], str]]]:
    """Of a text, the nearest first: what is looked for, and what titles are compared as."""
    texts = [words(typed), _without_lead(typed)]
    return [*((each, words) for each in texts), *((_without_and(each), _without_and) for each in texts)]


def containing(typed: str, gatherings: Sequence[Gathering]) -> list[Gathering]:
    """Those with this text in their titles, whatever its punctuation and what a sentence puts before a title."""
    for wanted, compared in _readings(typed):
        found = [each for each in gatherings if wanted and wanted in compared(each.title)]
        if found:
            return found
    return []


def exactly(typed: str, gatherings: Sequence[Gathering]) -> list[Gathering]:
    """Those with no other title than this."""
    for wanted, compared in _readings(typed):
        found = [each for each in gatherings if wanted and wanted == compared(each.title)]
        if found:
            return found
    return []


_PART = re.compile(
    r"(?P<title>.+?)[\s·,(]*\bparte? (?P<part>\d)(?: ?(?:of|de|/) ?\d)?\)?"
    r"|parte? (?P<first>\d) (?:of|de|del) (?P<of>.+)"
    r"|(?P<exact>.+?) \(?(?P<number>\d)(?: ?/ ?\d)?\)?",
    re.IGNORECASE,
)
"""A part as the bot names it, and as people shorten that: `Letting go (part 2 of 3)`, `part 2 of letting go`,
`letting go 2`."""


def part_of(typed: str, find: Callable[[str], list[Gathering]]) -> Gathering | None:
    """The one part that is named by its series and its number; by a number alone only after the whole title."""
    named = _PART.fullmatch(" ".join(typed.split()))
    if named is None:
        return None
    title = named["title"] or named["of"] or named["exact"]
    number = int(named["part"] or named["first"] or named["number"])
    parts = [each for each in find(title) if each.is_part and each.part == number]
    exact = exactly(title, parts)
    found = exact if exact or named["exact"] else parts
    return found[0] if len(found) == 1 else None
