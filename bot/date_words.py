"""The words that people write dates with, in every language of ours, as `bot.text.folded` leaves them. Pure tables.

All languages are read at once: whoever writes to the bot in one may think in the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def _numbered(*names: str, first: int = 1) -> dict[str, int]:
    """By each name the number of its row."""
    return {name: number for number, row in enumerate(names, first) for name in row.split()}


MONTHS = _numbered(
    "january jan enero ene",
    "february feb febrero febr",
    "march mar marzo mzo",
    "april apr abril abr",
    "may mayo",
    "june jun junio",
    "july jul julio",
    "august aug agosto ago agto",
    "september sept sep septiembre setiembre set",
    "october oct octubre",
    "november nov noviembre",
    "december dec diciembre dic dbre",
)
WEEKDAYS = _numbered(
    "monday mon lunes lun",
    "tuesday tues tue martes",
    "wednesday weds wed miercoles mierc mier mie",
    "thursday thurs thur thu jueves juev jue",
    "friday fri viernes vier vie",
    "saturday sat sabado sab",
    "sunday sun domingo dom",
    first=0,
)
TUESDAY_OR_MARCH = "mar"
"""In Spanish either; what stands beside it says which, or it is asked about."""
SMALL_NUMBERS = _numbered(
    "one una",
    "two dos",
    "three tres",
    "four cuatro",
    "five cinco",
    "six seis",
    "seven siete",
    "eight ocho",
    "nine nueve",
    "ten diez",
    "eleven once",
    "twelve doce",
)
_AFTERNOON = "trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiuna veintidos veintitres"
HOURS = SMALL_NUMBERS | {name: hour for hour, name in enumerate(_AFTERNOON.split(), 13)}
"""After twelve they are words in Spanish alone."""
DAYS = _numbered(
    "first primero uno",
    "second dos",
    "third tres",
    "fourth cuatro",
    "fifth cinco",
    "sixth seis",
    "seventh siete",
    "eighth ocho",
    "ninth nueve",
    "tenth diez",
    "eleventh once",
    "twelfth doce",
    "thirteenth trece",
    "fourteenth catorce",
    "fifteenth quince",
    "sixteenth dieciseis",
    "seventeenth diecisiete",
    "eighteenth dieciocho",
    "nineteenth diecinueve",
    "twentieth veinte",
    "twenty-first veintiuno",
    "twenty-second veintidos",
    "twenty-third veintitres",
    "twenty-fourth veinticuatro",
    "twenty-fifth veinticinco",
    "twenty-sixth veintiseis",
    "twenty-seventh veintisiete",
    "twenty-eighth veintiocho",
    "twenty-ninth veintinueve",
    "thirtieth treinta",
    "thirty-first",
) | {"treinta y uno": 31}
"""Days of a month in words."""
MINUTES = {
    "half": 30, "quarter": 15, "oh five": 5, "o five": 5,
    "five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30, "thirty-five": 35,
    "forty": 40, "forty-five": 45, "fifty": 50, "fifty-five": 55,
    "media": 30, "cuarto": 15,
    "cinco": 5, "diez": 10, "quince": 15, "veinte": 20, "veinticinco": 25, "treinta": 30, "treinta y cinco": 35,
    "cuarenta": 40, "cuarenta y cinco": 45, "cincuenta": 50, "cincuenta y cinco": 55,
}  # fmt: skip
"""After an hour, or before one."""
COUNTS = {"a": 1, "an": 1, "un": 1, "quince": 15} | SMALL_NUMBERS
HOLIDAYS = {
    "christmas eve": "24 december", "christmas day": "25 december", "new year's eve": "31 december",
    "new year's day": "1 january", "nochebuena": "24 december", "dia de navidad": "25 december",
    "nochevieja": "31 december", "dia de ano nuevo": "1 january", "dia de reyes": "6 january",
}  # fmt: skip
FEASTS = frozenset({"easter", "christmas"})
"""On a day that moves, or on two; and islands."""
NTH = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1,
    "primer": 1, "primero": 1, "segundo": 2, "tercer": 3, "tercero": 3, "cuarto": 4, "quinto": 5, "ultimo": -1,
}  # fmt: skip
"""Which Thursday of the month; from its end, below zero."""
DAYS_AHEAD = {
    "today": 0,
    "hoy": 0,
    "tomorrow": 1,
    "tmrw": 1,
    "tmr": 1,
    "manana": 1,
    "day after tomorrow": 2,
    "pasado manana": 2,
    "yesterday": -1,
    "ayer": -1,
    "day before yesterday": -2,
    "anteayer": -2,
    "antier": -2,
}


def _hours(first: int, last: int, later: int = 0) -> dict[int, tuple[int, ...]]:
    return {hour: (hour + later,) for hour in range(first, last + 1)}


_MORNING = _hours(1, 11) | {12: (0, 12)}
_NIGHT = _hours(6, 11, 12) | {12: (0, 24)} | {hour: (hour, hour + 24) for hour in range(1, 6)}
PERIODS: Mapping[str, Mapping[int, tuple[int, ...]]] = {
    "morning": _MORNING,
    "afternoon": {12: (12,)} | _hours(1, 7, 12),
    "evening": _hours(4, 11, 12),
    "night": _NIGHT,
    "manana": _MORNING,
    "tarde": {12: (12,)} | _hours(1, 9, 12),
    "noche": _NIGHT,
    "madrugada": {12: (0,)} | _hours(1, 6),
    "mediodia": {12: (12,)} | _hours(1, 3, 12),
}
"""What the hours of the twelve can mean in each part of the day; 24 is the midnight after it."""
TODAY_IN = {"tonight": "night", "this morning": "morning", "this afternoon": "afternoon", "this evening": "evening"} | {
    f"esta {period}": period for period in ("manana", "tarde", "noche", "madrugada")
}
NOON = ("12 noon", "12 midday", "noon", "midday", "mediodia")
MIDNIGHT = ("12 midnight", "midnight", "medianoche")
NEXT = ("next", "proximo", "siguiente", "que viene", "entrante")
DOUBTFUL_NEXT = "next"
"""The coming one to some, and the one after to others; in Spanish it is simply the coming one."""
LAST = ("last", "past", "pasado")
EVERY = (
    *("every", "each", "weekly", "daily", "monthly", "biweekly", "fortnightly"),
    *("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays", "sabados", "domingos"),
    *("todos los", "todas las", "cada", "semanal", "semanalmente", "mensual", "mensualmente"),
)
"""What says that it is on many days."""
THIS = ("this coming", "this", "coming", "este proximo", "este")
NEXT_WEEK = (
    *("next week", "the week after this"),
    *("proxima semana", "semana que viene", "semana proxima", "semana siguiente"),
)
COLLOQUIAL = {8: 7, 15: 14}
"""Days that in Spanish may stand for a week and for two: `en quince días`."""
THIS_WEEK = ("this week", "esta semana")
FILLERS = (
    *("at", "on", "the", "of", "in", "el", "la", "las", "los", "a", "al", "de", "del", "en", "por", "para"),
    *("dia", "day", "sharp", "en punto", "please", "por favor", "thanks", "thank you", "gracias"),
)
"""What says nothing by itself."""
LABELS = ("time zone", "zona horaria", "when", "cuando", "date", "fecha", "time", "hora")
"""What stands before a colon in an invitation, and says nothing either."""


def either(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(sorted((word.replace(".", r"\.") for word in words), key=len, reverse=True))


JOINING = frozenset({"and", "y", "e", "&", "+"})
"""Between two dates."""
ORDINARY = JOINING | {
    "then", "also", "plus", "or", "after", "afterwards", "before", "until", "about", "for", "with", "week", "weeks",
    "maybe", "luego", "despues", "entonces", "tambien", "ademas", "mas", "o", "antes", "hasta", "con", "para",
    "por", "semana", "semanas", "quizas",
}  # fmt: skip
"""No place is meant by them, though some are spelt nearly like one."""
