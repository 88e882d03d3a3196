"""What a date that people typed is made of, one pattern a way to write it; the first that matches is taken. Pure."""

from __future__ import annotations

import re

from bot import date_words as words

_MONTHS = words.either([*words.MONTHS, words.TUESDAY_OR_MARCH])
_MONTH = rf"(?P<month>{_MONTHS})(?:\b|(?=\d))\.?"
_DAY_NAME = rf"\d{{1,2}}|{words.either(words.DAYS)}"
_TH = r"(?:st|nd|rd|th|\.?(?:o|ero|er|ro)\b\.?)"
"""`3rd`, `1.º` and `1ro.`; the sign of an ordinal is an `o` once it is folded."""
_ORDINAL = rf"(?P<day>{_DAY_NAME})(?:{_TH}|\.)?"
_WEEKDAY = rf"(?P<weekday>{words.either([*words.WEEKDAYS, words.TUESDAY_OR_MARCH])})\b\.?"
HALVES = r"(?:[ap]\s?\.?\s?m\b\.?|(?<=\d)[ap]\b)"
_HALF = rf"(?P<half>{HALVES})"
_MAY_HALF = rf"(?:\s?{_HALF})?"
_HOURS = r"(?:h|hs|hrs|hours|horas)\b\.?"
_YEAR = rf"(?P<year>(?:19|20|21)\d\d)\b(?!\s?(?:[:.]\d|{_HOURS}|{HALVES}))"
_NO_TIME = rf"\b(?!\s?(?:[:.h]\d|{_HOURS}|{HALVES}))"
_YEAR_OF_DATE = rf"(?P<year>(?:(?:19|20|21)\d\d|2[5-9]|3\d){_NO_TIME})"
"""`3 Dec 26`: what follows a month, and is no hour."""
_HOUR = r"(?P<hour>\d{1,2})(?!\d)"
_HOUR_WORD = rf"(?P<word>{words.either(words.HOURS)})\b"
_AT = r"(?:at|@|a\s(?:las|la)|las|la)\s?"
_WHOLE = rf"(?:{_HOUR}|{_HOUR_WORD})"
_OF_MONTH = rf"(?:de\s|of\s)?(?:{_MONTHS})\b"
_NO_DATE = rf"(?!\s{_OF_MONTH})"
_MINUTES = words.either(words.MINUTES)
_ROUND = rf"(?:\sy\s(?P<past>{_MINUTES})|\smenos\s(?P<short>{_MINUTES}|[1-5]?\d))\b{_NO_DATE}"
_NOT_HOURS = words.either(words.MINUTES.keys() - words.HOURS.keys())
"""What is no hour itself: `seis, diez de la mañana` may be the sixth, at ten."""
_PAST = rf"(?P<past>{_MINUTES}|\d\d?)(?:\sminutes)?\s(?:past|after)"
_TO = r"(?P<short>quarter|twenty-five|twenty|(?:five|ten)(?=\sminutes))(?:\sminutes)?\s(?:to|before)"
"""`five to six` may be when it begins and when it ends."""
_PARA = r"(?P<short>cuarto|cinco|diez|veinte|veinticinco|5|10|15|20|25)(?:\sminutos)?\spara\s(?:las|la)"
_NO_HOUR = r"(?:;[0-5]\d|[;,]?\s?(?:00|1[3-9]|[2-5]\d))"
"""`6 30 pm`, `6;30pm`: minutes that are no hour of the twelve."""
_PERIODS = words.either(words.PERIODS)
_OF_DAY = words.either(words.PERIODS.keys() - {"manana"})
"""`a las 18 de mañana` is tomorrow."""
_IN_PERIOD = rf"(?:(?:in|de|por|en)\s(?:the|la)\s(?:{_PERIODS})|(?:at|de|del|al)\s(?:{_OF_DAY}))\b"
_LONGER = (
    rf"[:./h-]\s?\d|[/-]\s?(?:{_MONTHS})\b|%|(?:{_NO_HOUR}\s?)?{HALVES}|{_HOURS}|o'?\s?clock"
    rf"|{_IN_PERIOD}|y\s|menos\s|{_OF_MONTH}"
)
_NO_CLOCK = rf"(?!\d|{_TH}|\s?(?:{_LONGER}))"
"""After a number that is a day, and neither the hour nor the first part of a longer date."""
_SECONDS = r"(?::[0-5]\d(?:\.\d{1,6})?)?"
"""Left out: nothing begins on the second."""
_SHARP = r"(?:(?:o'?\s?clock|en\spunto|sharp)\b\s?)"
_COUNT = rf"(?P<count>\d{{1,3}}|{words.either(words.COUNTS)})"
_NEXT, _THIS, _LAST = words.either(words.NEXT), words.either(words.THIS), words.either(words.LAST)
_WEEKDAYS = words.either(words.WEEKDAYS)

_OF = r"(?:de\s|del\s|of\s)?"
_NUMBERS = r"(?P<mark>[/.-])(?P<second>\d{1,2})(?P=mark)"
_NO_HOUR_OR_MONTH = rf"(?!\d|[:.,/h-]\d|\s?(?:{HALVES}|{_HOURS})|\s{_OF_MONTH})"
_OF_YEAR = r"(?:\sdel?\s(?P<year>20\d\d))?"
_UNIT = r"(?P<unit>minute|minuto|hour|hora|day|dia|week|semana|fortnight|quincena|month|mes)(?:'?s'?\stime|e?s)?\b"
_LATER = rf"(?:\s(?P<later>{_NEXT})\b(?!\s(?:week|semana))|\s(?P<before>pasado)\b(?!\smanana))?"
_THIS_OR_NEXT_MONTH = r"(?:this|next)\smonth|(?:este|proximo)\smes|mes\s(?:que\sviene|proximo|siguiente)"
_MONTH_OF_IT = rf"(?P<of_month>{_THIS_OR_NEXT_MONTH}|(?:the\s)?month\b|mes\b)"
_NTH = rf"(?P<nth>{words.either(words.NTH)}|[1-5]{_TH})"
_WHICH = rf"(?:(?:(?P<next>{_NEXT})|(?P<this>{_THIS})|(?P<last>{_LAST}))\s)?"
_WEEKS_ON = rf"(?:(?:{_COUNT}\s)?(?P<ahead>week|fortnight)s?(?:\s(?:on|from|after))?\s)?"
_WEEK_LATER = r"(?:\s(?P<plus>week|fortnight|after\snext|en\s(?:ocho|quince|8|15)(?:\sdias)?)\b(?!:))?"
"""`Thursday week`, `de hoy en ocho`."""
_NUMBERED = (
    rf"(?:,?\s(?:the\s)?(?P<day>\d{{1,2}}|(?<=\sthe\s)(?:{words.either(words.DAYS)})\b){_TH}?{_NO_CLOCK}(?!\sdel\s\d))?"
)
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.ASCII))
    for name, pattern in (
        ("numbers", rf"(?P<year>\d{{4}}){_NUMBERS}(?P<first>\d{{1,2}})(?:t(?=\d)|(?![\d/.:-]))"),
        ("numbers", rf"(?P<first>\d{{1,2}}){_NUMBERS}(?P<year>\d{{4}}|\d\d)(?![\d/.:-])"),
        ("numbers", r"(?P<first>\d{1,2})(?P<mark>/)(?P<second>\d{1,2})(?P<year>)(?![\d/:-])"),
        (
            "numbers",
            rf"(?:el\s)?(?:dia\s)?(?P<first>\d\d?)(?P<mark>\sdel\s)(?P<second>0?[1-9]|1[0-2]){_NO_HOUR_OR_MONTH}{_OF_YEAR}",
        ),
        ("offset", r"\(?(?:utc|gmt)\s?(?P<sign>[+-])\s?(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?\)?(?![\d:\w])"),
        ("offset", r"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)(?![\d:\w])"),
        ("offset", r"(?P<sign>\+)(?P<hours>\d\d)(?![\d:\w])"),
        ("offset", r"z\b"),
        ("date", rf"(?P<day>\d{{1,2}})(?P<mark>[/-]){_MONTH}(?P=mark)(?P<year>\d\d)(?![\d:])"),
        ("date", rf"{_ORDINAL}(?:\s?[/-]\s?|\s)?(?:of\s|de\s)?{_MONTH}(?:(?:,?\s|[/-]){_OF}{_YEAR_OF_DATE})?"),
        (
            "month_first",
            rf"{_MONTH}\s?-?(?:the\s)?(?P<day>{_DAY_NAME}){_TH}?(?:{_NO_CLOCK}|(?=\s?[:/]\s))(?:,?\s{_OF}{_YEAR_OF_DATE})?",
        ),
        ("every", rf"(?:{words.either(words.EVERY)})\b|los\s(?=(?:{_WEEKDAYS})\b)"),
        ("noon", rf"(?:{words.either(words.NOON)})\b"),
        ("noon", rf"(?:{_AT})?(?:12|doce)\sdel\sdia\b(?!\s\d)"),
        ("noon", rf"(?:{_AT})?12(?:[:.]00)?\s?m\b\.?"),
        ("midnight", rf"(?:{words.either(words.MIDNIGHT)})\b"),
        ("clock", rf"(?:{_AT})?{_HOUR}[:.h](?P<minute>\d\d){_SECONDS}(?![\d:])(?:\s?(?:{_HALF}|{_HOURS}))?"),
        ("clock", rf"(?:{_AT})?(?P<hour>\d\d?)(?P<minute>[0-5]\d)\s?(?:{_HALF}|{_HOURS})"),
        ("clock", rf"(?:{_AT}(?P<hour>\d\d)|(?P<early>0\d|1[0-8]))(?P<minute>[0-5]\d)(?![\d/.:-])"),
        ("clock", rf"(?:{_AT})?(?P<hour>\d\d?)(?={_NO_HOUR}\s?{HALVES})[;,]?\s?(?P<minute>\d\d)\s?{_HALF}"),
        ("clock", rf"(?:{_AT})?(?:a\s)?{_PAST}\s{_WHOLE}{_MAY_HALF}"),
        ("clock", rf"(?:{_AT})?(?:a\s)?{_TO}\s{_WHOLE}{_MAY_HALF}"),
        ("clock", rf"(?:{_AT})?(?P<past>half)\s{_WHOLE}{_MAY_HALF}"),
        ("clock", rf"(?:a\s|un\s|faltan\s)?{_PARA}\s{_WHOLE}{_MAY_HALF}"),
        ("clock", rf"(?:{_AT})?{_WHOLE}{_ROUND}{_MAY_HALF}"),
        ("clock", rf"{_AT}{_WHOLE}\s(?:y|con)\s(?P<minute>[0-5]\d)\b{_NO_DATE}{_MAY_HALF}"),
        ("clock", rf"(?:{_AT})?{_HOUR_WORD}[\s-](?P<past>{_NOT_HOURS})\b{_NO_DATE}{_MAY_HALF}"),
        ("clock", rf"{_HOUR_WORD}[\s-](?P<past>five|ten)\s?{_HALF}"),
        ("clock", rf"{_AT}{_HOUR_WORD}[\s-](?P<past>{_MINUTES})\b{_NO_DATE}{_MAY_HALF}"),
        ("clock", rf"(?:{_AT})?{_WHOLE}\s?(?:{_HOURS}|{_SHARP}?{_HALF}|{_SHARP})"),
        ("clock", rf"(?:{_AT})?{_WHOLE}(?=\s{_IN_PERIOD})"),
        ("clock", rf"{_AT}(?:{_HOUR}(?![:./-]\d)|{_HOUR_WORD})"),
        ("within", rf"(?:in|en|dentro\sde|de\saqui\sa)\s{_COUNT}\s{_UNIT}"),
        ("within", rf"{_COUNT}\s{_UNIT}\sfrom\s(?:today|now)\b"),
        ("today_in", rf"(?P<words>{words.either(words.TODAY_IN)})\b"),
        ("period", rf"(?:in|de|por|en|a)\s(?:the|la)\s(?P<period>{_PERIODS})\b"),
        ("period", rf"(?:at|de|del|al)\s(?P<period>{_OF_DAY})\b"),
        ("period", r"(?P<period>morning|afternoon|evening|night|tarde|noche)\b"),
        ("ahead", rf"{_WEEKS_ON}(?P<words>{words.either(words.DAYS_AHEAD)})\b{_WEEK_LATER}"),
        ("week_after_next", rf"(?:of\s)?(?:the\s)?week\safter\snext\b(?!\s(?:{_WEEKDAYS}))"),
        ("next_week", rf"(?:(?:de|en)\s)?(?:la\s)?(?:{words.either(words.NEXT_WEEK)})\b"),
        ("this_week", rf"(?:(?:de|en)\s)?(?:{words.either(words.THIS_WEEK)})\b"),
        (
            "nth",
            rf"(?:the\s|el\s)?{_NTH}\s{_WEEKDAY}\s(?:of|in|del?|en)\s(?:{_MONTH_OF_IT}|{_MONTH}(?:,?\s{_OF}{_YEAR})?)",
        ),
        ("weekday", rf"{_WEEKS_ON}{_WHICH}{_WEEKDAY}{_WEEK_LATER}{_LATER}{_NUMBERED}"),
        (
            "day",
            rf"(?:the\s|el\s)?(?:dia\s)?(?P<day>\d{{1,2}}){_TH}?\s(?:of|del?)\s(?P<of_month>{_THIS_OR_NEXT_MONTH})\b",
        ),
        ("day", rf"(?:the|el|dia)\s(?:dia\s)?(?P<day>\d{{1,2}}){_TH}?{_NO_CLOCK}"),
        ("day", rf"(?:the|el|dia)\s(?P<day>{words.either(words.DAYS)})\b{_NO_CLOCK}(?!\s(?:{_WEEKDAYS})\b)"),
        ("day", rf"(?P<day>\d{{1,2}}){_TH}\b"),
        ("year", _YEAR),
        ("clock", rf"{_HOUR}(?![./-]\d|{_TH})"),
        (
            "filler",
            rf"(?:{_THIS}|proximo)(?=\sdia\s\d|\s(?:dia\s)?(?:\d\d?\s(?:de\s)?(?:{_MONTHS})\b|(?:{_MONTHS})\b\.?\s\d))",
        ),
        ("filler", rf"(?:{words.either(words.FILLERS)})\b"),
        ("filler", rf"(?:{words.either(words.LABELS)})\s?:"),
        ("filler", r"[][,.;()@|*·•⋅]|[:/-](?=\s|$)"),
        ("other", r"[^][\s\d,;()][^][\s,;()]*"),
    )
)
