"""The language and time zone of whoever reads; every sentence is translated with one."""

from __future__ import annotations

import gettext
import string
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.config import LANGUAGES, Config
from bot.members.model import Member
from bot.translations import load
from bot.views import Line, Span, Text


def N_(sentence: str) -> str:  # noqa: N802 - the name that translation tools know
    """Marks a sentence for translation where it is declared; it is translated where it is shown."""
    return sentence


@lru_cache(maxsize=len(LANGUAGES) + 1)
def _catalogue(language: str) -> gettext.NullTranslations:
    return load(language)


@dataclass(frozen=True, slots=True)
class Locale:
    language: str = "en"
    zone: str = "UTC"
    facilitates: bool = False
    zone_chosen: bool = False
    """By the reader: no clock of a browser counts above it."""
    today: date | None = None
    """The day on which it is read: a date says its year where that is not plain."""

    def t(self, sentence: str) -> str:
        return _catalogue(self.language).gettext(sentence) if sentence else ""

    def plural(self, one: str, many: str, n: int) -> str:
        """The sentence for `n` of something, with `{n}` filled in; what else stands in braces stays."""
        return _catalogue(self.language).ngettext(one, many, n).replace("{n}", str(n))


def in_every_language(sentence: str) -> str:
    """For somebody whose own cannot be looked up, a line for each."""
    return "\n".join(dict.fromkeys(Locale(language).t(sentence) for language in LANGUAGES))


def supported_language(language: str | None) -> str | None:
    """The language of ours that a platform's locale (`es-ES`, `en_GB`) names, if any."""
    short = (language or "").replace("_", "-").partition("-")[0].lower()
    return short if short in LANGUAGES else None


def locale_at(language: str, zone: str, now: datetime) -> Locale:
    """Of whoever reads in that zone now: a date says its year where it is not theirs.

    `zone`: nothing where it is unknown; times are then shown in the gathering's own.
    """
    return Locale(language, zone, today=now.astimezone(ZoneInfo(zone or "UTC")).date())


def locale_of(member: Member, config: Config, now: datetime, *, facilitates: bool = False) -> Locale:
    zone = member.settings.zone or member.zone or config.zone
    return Locale(
        language=member.settings.language or supported_language(member.language) or config.language,
        zone=zone,
        facilitates=facilitates or member.facilitates,
        zone_chosen=member.settings.zone is not None,
        today=now.astimezone(ZoneInfo(zone)).date(),
    )


def written_locale(member: Member, locale: Locale) -> Locale:
    """For pages and letters, which know no clock of the reader: until it is known, times are in the gathering's."""
    return replace(locale, zone="") if member.zone_is_unknown else locale


def line(sentence: str, **filled: Span | Line | str | int) -> Line:
    """A sentence as spans: `line("You come to {topic}.", topic=Strong(title))`.

    Only the sentence itself is read for braces, never what is filled in.
    """
    spans: list[Span] = []
    for literal, name in _pieces(sentence):
        if literal:
            spans.append(Text(literal))
        if name:
            value = filled[name]
            if isinstance(value, tuple):
                spans += value
            else:
                spans.append(Text(str(value)) if isinstance(value, str | int) else value)
    return tuple(spans)


@lru_cache(maxsize=4096)
def _pieces(sentence: str) -> tuple[tuple[str, str | None], ...]:
    """What stands before each brace, and the name in it. Sentences are ours, in a few languages: all of them fit."""
    return tuple((literal, name) for literal, name, _, _ in string.Formatter().parse(sentence))
