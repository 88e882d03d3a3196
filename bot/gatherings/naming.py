"""Which gatherings a typed title names. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot import typed_dates
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.text import folded

_AND = {"and", "y", "e"}
_LEAD = re.compile(
    r"(?:(?:all (?:(?:the|two|three|2|3) ){0,2}(?:parts|sessions) of|todas las (?:partes|sesiones) del?) )?"
    r"(?:(?:(?:me|(?:my|mi) (?:registration|place|inscripcion|plaza)) )?(?:for|from|to|in|of|para|en|de|del|al|a) )?"
    r"(?:(?:the|an?|el|la|los|las|una?) )?(?=\S)"
)
"""What stands before a title in a sentence: `me for the grief circle`, `mi inscripción en el círculo`."""
_THANKS = r"(?:many )?thanks|thank you(?: (?:so|very) much)?|(?:muchas |mil )?gracias"
_TAIL = re.compile(rf"(?<=\S)(?: (?:please|pls|plz|por favor|porfa|{_THANKS}))+$")
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
    wanted_words = set(sought(typed))
    return [each for each in gatherings if wanted_words and wanted_words <= {*words(each.title).split()}]


def exactly(typed: str, gatherings: Sequence[Gathering]) -> list[Gathering]:
    """Those with no other title than this."""
    for wanted, compared in _readings(typed):
        found = [each for each in gatherings if wanted and wanted == compared(each.title)]
        if found:
            return found
    return []


_PART = re.compile(
    r"(?P<title>.+?)[\s·,:(-]*\bparte? (?P<part>\d)(?: ?(?:of|de|/) ?\d)?\)?"
    r"|parte? (?P<first>\d)(?: (?:of|de|del) (?P<of>.+))?"
    r"|(?P<exact>.+?) \(?(?P<number>\d)(?: ?/ ?\d)?\)?",
    re.IGNORECASE,
)
"""A part as the bot names it, and as people shorten that: `Letting go (part 2 of 3)`, `part 2 of letting go`,
`letting go 2`, and `part 2` of the one series that there is."""
_NUMERALS = {
    "1": "first|primera|1st|one|uno|una",
    "2": "second|segunda|2nd|two|dos",
    "3": "third|tercera|3rd|three|tres",
}
_SESSION = r"(?:parte?|session|sesi[oó]n)\b"
_IN_WORDS = tuple(
    (
        re.compile(rf"\b(?:{names}|{number}\.?[ªa]) {_SESSION}|\b{_SESSION} (?:#?{number}|{names})\b", re.IGNORECASE),
        number,
    )
    for number, names in _NUMERALS.items()
)
"""`the second part`, `la segunda parte`, `session two`."""
_ONLY = re.compile(r"(?:only|just|solo|sólo|solamente) (?=\S)", re.IGNORECASE)
_BEFORE = re.compile(r"(?:for |from |to |en |de |a )?(?:the |la )?(?=parte? \d)", re.IGNORECASE)
_AFTER = re.compile(rf"[\s,.!]*(?:(?:please|pls|plz|por favor|porfa|{_THANKS})[\s,.!]*)?$", re.IGNORECASE)


def part_of(typed: str, find: Callable[[str], list[Gathering]]) -> Gathering | None:
    """The one part that is named by its series and its number; by a number alone only after the whole title."""
    named = _named_part(typed)
    if named is None:
        return None
    title = named["title"] or named["of"] or named["exact"] or ""
    number = int(named["part"] or named["first"] or named["number"])
    parts = [each for each in find(title) if each.is_part and each.part == number]
    exact = exactly(title, parts)
    found = exact if exact or named["exact"] else parts
    return found[0] if len(found) == 1 else None


def says_only(typed: str) -> bool:
    """`only part 2 of letting go`."""
    return _ONLY.match(typed.strip()) is not None and _named_part(typed) is not None


def _named_part(typed: str) -> re.Match[str] | None:
    text = _AFTER.sub("", _ONLY.sub("", " ".join(typed.split()), count=1))
    for written, number in _IN_WORDS:
        text = written.sub(f"part {number}", text)
    return _PART.fullmatch(_BEFORE.sub("", text, count=1))


_NEAR = 0.78
"""How alike a word must be to one of a title: `greif` is to `grief`."""


def nearly(typed: str, gatherings: Sequence[Gathering]) -> list[Gathering]:
    """Those of which every word that is sought stands misspelt in the title."""
    wanted = sought(typed)
    return [each for each in gatherings if wanted and all(_misspelt(word, each.title) for word in wanted)]


def _misspelt(word: str, title: str) -> bool:
    return bool(difflib.get_close_matches(word, words(title).split(), n=1, cutoff=_NEAR))


_NOUN = re.compile(
    r"\b(?:one|gathering|circle|meeting|session|encuentro|c[ií]rculo|reuni[oó]n|sesi[oó]n)\b|^(?:la|el|lo)(?= del? )",
    re.IGNORECASE,
)


def on_day(typed: str, gatherings: Sequence[Gathering], locale: Locale, now: datetime) -> list[Gathering]:
    """Those on the day that is named instead of a title, for who reads it: `thursday`, `la del 3 de diciembre`."""
    zones = {locale.zone or each.zone for each in gatherings} if typed else ()
    days = {zone: _days(typed, zone, locale, now) for zone in zones}
    return [
        each
        for each in gatherings
        for zone in [locale.zone or each.zone]
        if each.starts_at.astimezone(ZoneInfo(zone)).date() in days.get(zone, ())
    ]


def names_day(typed: str, locale: Locale, now: datetime) -> bool:
    return bool(_days(typed, locale.zone or "UTC", locale, now))


def _days(typed: str, zone: str, locale: Locale, now: datetime) -> set[date]:
    return typed_dates.days(_AFTER.sub("", _NOUN.sub("", typed)), zone, now, locale.language)
