"""Reads dates as people write them, in every language of ours: `next Thursday 6pm`, `3 de diciembre a las 18:00`. Pure.

Nothing is guessed. What could mean several instants (`3/12`, `at 6`, `next Thursday` on a Monday) is UnreadableTime
with each of them, and a word that is no part of a date has to be the time zone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import date_spelling, times, two_places, typed_clocks, typed_days, zones
from bot import date_words as words
from bot.date_patterns import HALVES, PATTERNS
from bot.text import folded
from bot.times import TYPED_LIMIT, UnreadableTime
from bot.zones import Doubt

READINGS_LIMIT = 4
_LONGEST_RANGE = timedelta(hours=4)
_TIME = r"\d{1,2}(?:[:.h]\d\d)?(?:\s?(?:h|hs|hrs|horas)\b)?"
_RANGE = re.compile(
    rf"(?<![\d/.:+-])(?P<start>{_TIME})\s?(?P<half>{HALVES})?"
    r"(?P<to>\s?-\s?|\s(?:to|until|till|a|hasta|y|and)\s)(?:(?:las|la)\s)?"
    rf"(?P<end>{_TIME})\s?(?P<end_half>{HALVES})?(?![\d/:]|[.-]\d)",
    re.ASCII,
)
"""`18:00-19:30`, `6 to 7:30 pm`, `18h a 19h30`."""
_LASTS = re.compile(r",?\s(?:for|durante)\s(?P<count>[1-9]\d{0,2})\s?(?P<unit>minutes?|min|minutos?|hours?|h|horas?)$")
"""`18:00 for 90 minutes`."""
_BEGINS = re.compile(r"(?:\b(?:from|desde|de|between|entre)\s(?:las\s|la\s)?|\d,?\s)$", re.ASCII)
_BETWEEN = re.compile(r"\b(?:between|entre)\s(?:las\s|la\s)?$", re.ASCII)
_MONTH_ENDS = re.compile(
    rf"(?P<day>(?<!\d)\d\d?(?:st|nd|rd|th)?\s(?:de\s|of\s)?)?\b(?P<name>{words.either(words.MONTHS)})\.?\s$"
)
Token = tuple[str, re.Match[str]]
_DATES = {"numbers", "date", "month_first", "nth", "ahead", "today_in"}
_AFTER_ARTICLE = {*typed_clocks.KINDS, "period", "ahead", "next_week", "this_week", "other"}
_UNITS = {"minute": "minutes", "minuto": "minutes", "hour": "hours", "hora": "hours"}


def read(
    typed: str,
    zone_name: str,
    now: datetime,
    language: str = "en",
    length: timedelta | None = None,
    reading: str = "",
) -> tuple[datetime, str]:
    """The instant that somebody wrote, as UTC, and the zone it is meant in: the one written, or `zone_name`.

    `length`: how long it lasts, where the text may also say when it ends. `reading`: the one that was chosen of all.

    Raises UnreadableTime as `times.instant` does; and `several` with all `readings`, `day` or `clock` where that is
    missing, `no-day` where there is none such, `every` for many days, `length` where it ends at another time.
    """
    try:
        return _read(typed, zone_name, now, language, length)
    except UnreadableTime as problem:
        for at in problem.readings:
            if written(at) == reading:
                return at, problem.zone
        if problem.why not in {"form", "zone", "word"} or len(typed) > TYPED_LIMIT:
            raise
        found = two_places.read(
            date_spelling.normal(typed), zone_name, lambda text, zone: read(text, zone, now, language, length)
        )
        if found is None:
            raise
        return found


def days(typed: str, zone_name: str, now: datetime, language: str) -> set[date]:
    """Each day that a text may name which says nothing else, whatever time of it; none of another text."""
    text, _ = _without_end(date_spelling.normal(typed), zone_name, now)
    found: dict[str, list[re.Match[str]]] = defaultdict(list)
    for kind, match in _tokens(text) if len(typed) <= TYPED_LIMIT else ():
        found[kind].append(match)
    if not any(found[kind] for kind in typed_days.KINDS) or found["other"] or found["every"]:
        return set()
    try:
        return typed_days.days(found, now.astimezone(ZoneInfo(zone_name)).date(), language, typed)
    except UnreadableTime:
        return set()


def written(reading: datetime) -> str:
    """As a form holds it."""
    return str(int(reading.timestamp()))


def _read(typed: str, zone_name: str, now: datetime, language: str, length: timedelta | None) -> tuple[datetime, str]:
    text, lasts = _without_end(date_spelling.normal(typed), zone_name, now)
    tokens = list(_tokens(text)) if len(typed) <= TYPED_LIMIT else []
    found: dict[str, list[re.Match[str]]] = defaultdict(list)
    for kind, match in tokens:
        found[kind].append(match)
    if found["every"]:
        raise UnreadableTime("every", typed)
    dated = any(found[kind] for kind in typed_days.KINDS)
    if not dated and not any(found[kind] for kind in typed_clocks.KINDS):
        raise UnreadableTime("form", typed[:TYPED_LIMIT])
    try:
        zone = _zone(text, tokens, typed) or zone_name
    except UnreadableTime as problem:
        if problem.why in {"zone", "word"} and not problem.choices and problem.doubt is Doubt.UNKNOWN and not dated:
            raise UnreadableTime("form", typed) from None  # a misspelt day, rather than a place
        return _in_short_zone(
            problem, lambda zone: _instant(found, {zone, zone_name}, zone, now, language, typed), zone_name
        )
    at = _instant(found, {zone, zone_name}, zone, now, language, typed)
    if lasts and lasts != length:
        raise UnreadableTime("form" if length is None else "length", typed, length=lasts)
    return at, zone if "/" in zone else _own_name(zone, zone_name, at)


def _without_end(text: str, zone_name: str, now: datetime) -> tuple[str, timedelta | None]:
    """The text without the time at which it ends, and how long it lasts by that.

    `18:00-05:00` is a time with its offset from UTC; so is `18:00-19:30` only where clocks are ever so.
    """
    if stated := _LASTS.search(text):
        unit = "minutes" if stated["unit"][0] == "m" else "hours"
        return text[: stated.start()], timedelta(**{unit: int(stated["count"])})
    match = _RANGE.search(text)
    if match is None or not re.search(r"[:.hm]", match["start"] + match["end"] + (match["end_half"] or "")):
        return text, None
    before = text[: match.start()]
    if match["to"].strip() in words.JOINING and not _BETWEEN.search(before):
        return text, None  # `18:00 y 19:30`: two times
    if match["start"].isdigit() and not match["half"] and not _BEGINS.search(before):
        begun = _with_day_apart(text, match)
        if begun is not None:
            return (text, None) if begun == text else _without_end(begun, zone_name, now)
    lasts = (_on_dial(match["end"]) - _on_dial(match["start"])) % timedelta(hours=12)
    if not timedelta(0) < lasts <= _LONGEST_RANGE:
        return text, None
    if re.fullmatch(r"\d\d:\d\d-\d\d:\d\d", match[0]):
        winter, summer = (now.replace(month=month, day=1).astimezone(ZoneInfo(zone_name)) for month in (1, 7))
        if -timedelta(hours=int(match["end"][:2]), minutes=int(match["end"][3:])) in {
            winter.utcoffset(),
            summer.utcoffset(),
        }:
            return text, None
    half = match["half"] and f"{match['half'][0]}m"
    if match["end_half"] and not half:  # `11-12:30pm` begins in the morning
        ends = _on_dial(match["end"]) % timedelta(hours=12) + timedelta(hours=12 * (match["end_half"][0] == "p"))
        half = "pm" if (ends - lasts) % timedelta(days=1) >= timedelta(hours=12) else "am"
    before = re.sub(r"\b(?:from|desde|de|between|entre)\s(?:las\s|la\s)?$", "", before)
    return f"{before}at {match['start']} {half or ''} {text[match.end() :]}".strip(), lasts


def _with_day_apart(text: str, match: re.Match[str]) -> str | None:
    """The text in which what may begin a range is the day, set apart where it has to be; None where it is an hour."""
    before = text[: match.start()]
    month = _MONTH_ENDS.search(before)
    undated = month is not None and not month["day"]
    if match["to"] == "- ":
        if month and undated and month["name"] != words.TUESDAY_OR_MARCH:  # `Dec 3 - 6pm`
            return f"{text[: match.end('start')]}, {text[match.start('end') :]}"
        dated = any(kind in _DATES for kind, _ in _tokens(before))
        return None if dated else text  # `Thursday 3 - 6:30pm`
    return text if undated or match["to"].strip() in {"a", "y"} else None  # `Dec 3-6pm`, `el 18 a las 19:00`


def _on_dial(clock: str) -> timedelta:
    hour, minute = (*re.findall(r"\d+", clock), "0")[:2]
    return timedelta(hours=int(hour), minutes=int(minute))


def _tokens(text: str) -> Iterator[Token]:
    """Each part of the text with what it is; nothing at all where a part is none of these."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        token = next(((kind, match) for kind, pattern in PATTERNS if (match := pattern.match(text, at))), None)
        if token is None:
            return iter(())
        tokens.append(token)
        at = token[1].end()
    return iter(_with_los_angeles(tokens))


def _with_los_angeles(tokens: Sequence[Token]) -> Iterator[Token]:
    """`6pm LA` is a place, and `la tarde` is none."""
    for number, (kind, match) in enumerate(tokens, 1):
        is_article = number < len(tokens) and tokens[number][0] in _AFTER_ARTICLE
        yield ("other" if match[0] == "la" and not is_article else kind), match


def _zone(text: str, tokens: Sequence[Token], typed: str) -> str | None:
    """The zone that the words name that are no part of a date; they stand together."""
    places = [number for number, (kind, _) in enumerate(tokens) if kind == "other"]
    if not places:
        return None
    first, last = places[0], places[-1]
    named = {tokens[number][1][0] for number in places}
    if not named.isdisjoint(words.FEASTS) and named.isdisjoint({"island", "isla"}):
        raise UnreadableTime("word", as_written(min(named & words.FEASTS), typed))
    if any(tokens[number][0] not in {"other", "filler"} for number in range(first, last)):
        raise UnreadableTime("form", typed)
    starts = [first]
    while starts[-1] > 0 and tokens[starts[-1] - 1][0] == "filler":
        starts.append(starts[-1] - 1)
    end = tokens[last][1].end()
    problem = UnreadableTime("form", typed)
    for start in starts:  # `Paz`, `La Paz`, `en La Paz`
        try:
            return times.zone(text[tokens[start][1].start() : end].strip(" ,.;()[]@|*·•")).key
        except UnreadableTime as caught:
            problem = caught if start == first else problem
    raise _not_read(problem, tokens, places, typed)


def _not_read(problem: UnreadableTime, tokens: Sequence[Token], places: Sequence[int], typed: str) -> UnreadableTime:
    """What to say of words that are no part of a date, and no place: a zone is meant at the end, after the time."""
    unread = [tokens[number][1][0].strip(".") for number in places]
    after = [kind for kind, _ in tokens[places[-1] + 1 :] if kind != "filler"]
    if after and not words.JOINING.isdisjoint(unread):
        return UnreadableTime("every", typed)
    ordinary = next((word for word in unread if word in words.ORDINARY), None)
    timed = any(kind in typed_clocks.KINDS for kind, _ in tokens[: places[0]])
    doubtful = problem.choices or problem.doubt is not Doubt.UNKNOWN
    if ordinary is None and (doubtful or (timed and not after)):
        return problem
    return UnreadableTime("word", as_written(ordinary or unread[0], typed))


def as_written(word: str, typed: str) -> str:
    """A folded word of the text with the accents that it has there."""
    return next((each for each in re.findall(r"\w+", typed) if folded(each) == word), word)


def _in_short_zone(problem: UnreadableTime, at: Callable[[str], datetime], zone_name: str) -> tuple[datetime, str]:
    """`6pm EST`: the reader's own zone, or the only one, where it is called that on that day; else the problem.

    `6pm GMT` is one instant, too, on a day when it is the same in all zones that may be meant.
    """
    if problem.why != "zone" or problem.doubt is Doubt.UNKNOWN or not problem.choices:
        raise problem
    if zone_name == problem.choices[0] and zones.is_country(problem.typed):
        return at(zone_name), zone_name  # by `hora de México` who lives in its capital means the clocks there
    own = zone_name in problem.choices
    possible = [zone_name] if own else problem.choices
    instants = {zone: _as_called(problem.typed.upper(), zone, at) for zone in possible}
    names = {instant.astimezone(ZoneInfo(zone)).tzname() for zone, instant in instants.items()}
    if len(set(instants.values())) > 1 or problem.typed.upper() not in names:
        raise problem
    return instants[possible[0]], possible[0] if len(possible) == 1 else zone_name


def _as_called(name: str, zone: str, at: Callable[[str], datetime]) -> datetime:
    """`1:30 am EST` on the night when clocks show it twice is the one at which the zone is called so."""
    try:
        return at(zone)
    except UnreadableTime as problem:
        called = [each for each in problem.readings if each.astimezone(ZoneInfo(zone)).tzname() == name]
        if len(called) != 1:
            raise
        return called[0]


def _own_name(zone: str, zone_name: str, at: datetime) -> str:
    """The reader's own zone where it is what was meant by `CET`; else that."""
    here = at.astimezone(ZoneInfo(zone_name))
    return (
        zone_name if here.tzname() == zone and here.utcoffset() == at.astimezone(ZoneInfo(zone)).utcoffset() else zone
    )


def _instant(
    found: dict[str, list[re.Match[str]]], zones: set[str], zone: str, now: datetime, language: str, typed: str
) -> datetime:
    if found["within"] and found["within"][0]["unit"] in _UNITS:
        return _from_now(found, now, typed)
    todays = {now.astimezone(ZoneInfo(name)).date() for name in zones}  # `tomorrow` may be another day there
    days = {day for today in todays for day in typed_days.days(found, today, language, typed)}
    clocks = typed_clocks.clocks(found, typed)
    readings = {datetime(day.year, day.month, day.day) + clock for day in days for clock in clocks}  # noqa: DTZ001
    meant = {reading: _instants(reading, found["offset"], zone, typed) for reading in readings}
    instants = {at for each in meant.values() for at in each}
    ahead = {at for at in instants if at > now}
    skipped = [reading for reading, at in meant.items() if not at and reading.replace(tzinfo=ZoneInfo(zone)) > now]
    if not ahead and (skipped or not instants):
        return times.in_zone(min(skipped or readings), zone, typed)
    if len(ahead) > 1 or skipped:  # what remains beside a time that clocks skip may not be what is meant
        raise UnreadableTime("several", typed, zone, readings=tuple(sorted(ahead)[:READINGS_LIMIT]))
    return max(ahead or instants)


def _from_now(found: dict[str, list[re.Match[str]]], now: datetime, typed: str) -> datetime:
    """`in 2 hours`, to the minute."""
    if sum(len(matches) for kind, matches in found.items() if kind not in {"filler", "other"}) > 1:
        raise UnreadableTime("form", typed)
    match = found["within"][0]
    length = timedelta(**{_UNITS[match["unit"]]: typed_days.count(match["count"])})
    return (now + length).replace(second=0, microsecond=0)


def _instants(local: datetime, offsets: Sequence[re.Match[str]], zone: str, typed: str) -> set[datetime]:
    """When clocks show that: never, once or twice."""
    if len(offsets) > 1:
        raise UnreadableTime("form", typed)
    if offsets:
        return {(local - _offset(offsets[0], typed)).replace(tzinfo=UTC)}
    place = ZoneInfo(zone)
    both = (local.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    return {at for at in both if at.astimezone(place).replace(tzinfo=None) == local}


def _offset(match: re.Match[str], typed: str) -> timedelta:
    """How far clocks are ahead, as they are somewhere on earth."""
    parts = match.groupdict()
    if not parts:
        return timedelta(0)
    size = timedelta(hours=int(parts["hours"]), minutes=int(parts.get("minutes") or 0))
    if not size <= timedelta(hours=14) or size % timedelta(minutes=15):
        raise UnreadableTime("form", typed)
    return -size if parts["sign"] == "-" else size
