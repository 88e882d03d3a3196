"""From what people call a time zone to its IANA name: `Madrid`, `pacific time`, `hora de Bogotá`. Pure.

What could be meant in two ways is never guessed at: an abbreviation like EST, which knows no summer time, or a city of
which there are several, is asked about, with the zones that may be meant. CET is none of these: it is an IANA name in
full, and its clocks change in summer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from zoneinfo import available_timezones

from bot.text import folded
from bot.zone_names import PLACES, WINDOWS

NAME_LIMIT = 100
_WITH_SUMMER = {"cet", "eet", "met", "wet"}
"""Abbreviations that the time zone database has zones of, with summer time: none of them needs a question."""
_WITHOUT_SUMMER = {
    "EST": "Etc/GMT+5",
    "MST": "Etc/GMT+7",
    "HST": "Etc/GMT+10",
    "GMT": "Etc/GMT",
    "Factory": "Etc/UTC",
    "localtime": "Etc/UTC",
}
"""Names that were taken before they were asked about, as names of zones in which clocks stand the same, but for the
last: what a machine was set to is not written anywhere."""
CHOICES = 4
"""So many zones are offered at most."""
_NO_PLACES = {"factory", "localtime", "posixrules", "leapseconds", "leap-seconds.list"}
"""Files among the zones that are a stand-in, or whatever this machine is set to."""
_NO_FOLDERS = ("posix/", "right/")
"""Copies of all zones; those of the second one count leap seconds, and are half a minute off."""

_MORE_PLACES = """\
America/New_York|boston|washington|washington dc|washington d.c.|philadelphia|filadelfia|atlanta|miami|orlando|tampa
America/New_York|baltimore|pittsburgh|cleveland|cincinnati|charlotte|raleigh|brooklyn|nyc|manhattan|buffalo
America/Chicago|houston|dallas|austin|san antonio|fort worth|minneapolis|milwaukee|saint louis|st. louis|st louis
America/Chicago|memphis|nashville|new orleans|nueva orleans|kansas city|oklahoma city|omaha
America/Denver|salt lake city|albuquerque|colorado springs
America/Phoenix|tucson|arizona
America/Los_Angeles|san francisco|seattle|san diego|las vegas|oakland|sacramento|san jose california|california|la
Pacific/Honolulu|hawaii|hawai|honolulu
America/Anchorage|alaska
America/Toronto|montreal|ottawa|quebec
America/Edmonton|calgary
America/Mexico_City|cdmx|puebla|queretaro|oaxaca
America/Bogota|medellin|cali|barranquilla
America/Guayaquil|quito
America/Lima|cusco|cuzco|arequipa
America/La_Paz|santa cruz de la sierra|cochabamba
America/Caracas|maracaibo
America/Sao_Paulo|rio de janeiro|brasilia|belo horizonte|porto alegre|curitiba
America/Argentina/Buenos_Aires|rosario|argentina
Europe/Madrid|barcelona|sevilla|seville|bilbao|malaga|zaragoza|saragossa|palma de mallorca|alicante|murcia
Europe/Madrid|españa peninsular
Atlantic/Canary|las palmas|canarias|canary islands|islas canarias|tenerife
Europe/London|uk|u.k.|england|scotland|wales|great britain|britain|inglaterra|escocia|gales|gran bretaña|manchester
Europe/London|edinburgh|edimburgo|glasgow|liverpool|bristol|leeds|belfast|cardiff|oxford
Europe/Paris|lyon|marseille|marsella|toulouse|bordeaux|burdeos|lille|nice|niza|nantes
Europe/Berlin|munich|münchen|hamburg|hamburgo|frankfurt|cologne|köln|colonia|stuttgart|leipzig|düsseldorf
Europe/Rome|milan|milano|naples|napoli|napoles|turin|torino|florence|firenze|florencia|venice|venezia|venecia|roma
Europe/Lisbon|porto|oporto|lisboa
Europe/Zurich|geneva|geneve|ginebra|basel|basilea|bern|berna
Europe/Amsterdam|rotterdam|the hague|la haya|holland|holanda|utrecht
Europe/Brussels|antwerp|antwerpen|amberes|ghent|gent
Europe/Warsaw|krakow|cracow|cracovia
Europe/Stockholm|gothenburg|gotemburgo
Europe/Kyiv|ukraine|ucrania
Europe/Moscow|saint petersburg|st. petersburg|san petersburgo
Europe/Istanbul|ankara|turkiye
Asia/Kolkata|mumbai|bombay|delhi|new delhi|nueva delhi|bangalore|bengaluru|chennai|pune
Asia/Shanghai|beijing|pekin|shenzhen|guangzhou
Asia/Tokyo|osaka|kyoto|kioto
Asia/Ho_Chi_Minh|hanoi
Asia/Jerusalem|tel aviv
Asia/Dubai|abu dhabi|uae
Asia/Singapore|singapur
Africa/Johannesburg|cape town|ciudad del cabo|durban|pretoria
Africa/Nairobi|mombasa
Africa/Lagos|abuja
Africa/Casablanca|marrakech|marrakesh|rabat
Australia/Sydney|canberra
Australia/Brisbane|queensland
Pacific/Auckland|wellington|christchurch
UTC|greenwich
Europe/Madrid,America/Argentina/Cordoba|cordoba
Europe/Madrid,America/Mexico_City,America/Managua|leon
Europe/Madrid,America/Merida,America/Caracas|merida
Europe/Madrid,America/Mexico_City|guadalajara
Europe/Madrid,America/Caracas|valencia
Europe/Madrid,America/Managua|granada
Europe/Madrid,America/Bogota|cartagena
Europe/London,America/Chicago|birmingham
Europe/London,America/New_York,America/Toronto|cambridge|richmond
America/Los_Angeles,America/New_York|portland|vancouver washington
America/Costa_Rica,America/Los_Angeles|san jose
America/Puerto_Rico,America/Argentina/San_Juan|san juan
America/St_Kitts,America/Mexico_City,America/Caracas|san cristobal
America/St_Lucia,America/Guatemala|santa lucia
America/Belize,Africa/Kampala|victoria
Asia/Tbilisi,America/New_York|georgia
Australia/Sydney,Australia/Brisbane,Australia/Adelaide,Australia/Perth|australia
America/New_York,America/Chicago,America/Denver,America/Los_Angeles|united states|estados unidos|usa|u.s.a.|us|u.s.|eeuu
America/New_York,America/Chicago,America/Denver,America/Los_Angeles|ee. uu.|ee.uu.|america
America/Toronto,America/Winnipeg,America/Edmonton,America/Vancouver|canada
Europe/Moscow,Asia/Yekaterinburg,Asia/Novosibirsk,Asia/Vladivostok|russia|rusia
America/Sao_Paulo,America/Manaus,America/Rio_Branco,America/Noronha|brazil|brasil
"""
"""Places that the time zone database has no zone of, and those of which there are several."""

_COMMON = """\
America/New_York|eastern|us eastern|eastern us|del este|este de estados unidos
America/Chicago|central|us central|central us|central de estados unidos
America/Denver|mountain|us mountain|de la montaña|de las montañas
America/Los_Angeles|pacific|us pacific|pacific us|del pacifico|pacifico
America/Anchorage|alaska|de alaska
Pacific/Honolulu|hawaii|hawaiian|hawaii-aleutian
America/Halifax|atlantic|canadian atlantic
America/St_Johns|newfoundland|de terranova
Europe/Berlin|central european|central europe|de europa central|middle european
Europe/Athens|eastern european|eastern europe|de europa oriental|de europa del este
Europe/Lisbon|western european|western europe|de europa occidental
Europe/London|british|uk|britanica|del reino unido
Europe/Dublin|irish|irlandesa
Europe/Moscow|moscow|de moscu
Europe/Madrid|spanish|peninsular|peninsular española|española
Asia/Kolkata|indian|india
Asia/Tokyo|japan|japanese
Australia/Sydney|australian eastern|sydney
Australia/Perth|australian western
Pacific/Auckland|new zealand
UTC|z
America/Bogota|colombian|colombiana
America/Argentina/Buenos_Aires|argentine|argentina
America/Sao_Paulo|brasilia|de brasilia
UTC|universal|coordinated universal|universal coordinada|utc|zulu
"""
"""What stands before `time`, or after `hora`."""

_ABBREVIATIONS = """\
America/New_York|est|edt|et|eastern standard|eastern daylight|estandar del este
America/Chicago,America/Mexico_City,Asia/Shanghai,America/Havana|cst
America/Chicago,America/Havana|cdt
America/Chicago|ct|central standard|central daylight|estandar central
America/Denver,America/Phoenix|mst|mountain standard
America/Denver|mdt|mt|mountain daylight
America/Los_Angeles|pst|pdt|pt|pacific standard|pacific daylight|estandar del pacifico
America/Anchorage|akst|akdt
Pacific/Honolulu|hst
America/Halifax,America/Puerto_Rico,Asia/Riyadh|ast
America/Halifax|adt|atlantic standard|atlantic daylight
America/St_Johns|nst|ndt
Europe/London,Asia/Dhaka|bst
Europe/London,UTC|gmt|greenwich mean
Asia/Kolkata,Europe/Dublin,Asia/Jerusalem|ist
Asia/Jerusalem|idt
Europe/Madrid,Europe/Paris,Europe/Berlin|cet|cest|met|mest|mez|mesz
Europe/Madrid,Europe/Paris,Europe/Berlin|central european standard|central european summer
Europe/Madrid,Europe/Paris,Europe/Berlin|estandar de europa central
Europe/Athens,Europe/Helsinki,Africa/Cairo|eet|eest
Europe/Lisbon,Atlantic/Canary|wet|west
Europe/Moscow|msk
Africa/Johannesburg|sast
Africa/Nairobi|eat
Africa/Lagos|wat
Africa/Maputo|cat
Asia/Karachi|pkt
Asia/Dubai|gst
Asia/Jakarta|wib
Asia/Manila|pht
Asia/Singapore|sgt
Asia/Hong_Kong|hkt
Asia/Tokyo|jst
Asia/Seoul|kst
Australia/Sydney,Australia/Brisbane|aest|aet
Australia/Sydney|aedt
Australia/Adelaide,Australia/Darwin|acst
Australia/Adelaide|acdt
Australia/Perth|awst
Pacific/Auckland|nzst|nzdt
America/Bogota|cot
America/Lima|pet
America/Guayaquil|ect
America/Caracas|vet
America/La_Paz|bot
America/Argentina/Buenos_Aires|art
America/Sao_Paulo|brt
America/Santiago|clt|clst
"""
"""Each is one of the two times of a place, or the time of several places: what may be meant."""

_OFFSET = re.compile(r"(?:utc|gmt)?\s?[+-]\s?\d{1,2}(?::?\d{2})?")
_AROUND = re.compile(
    r"(?:\((?:utc|gmt)[^)]{0,12}\)\s*)?(?P<name>.*?)(?:\s*\((?:us & canada|us and canada|us|et|pt|ct|mt)\))?", re.DOTALL
)
"""As Windows shows one: `(UTC-08:00) Pacific Time (US & Canada)`."""
_CALLED = (
    re.compile(r"(?:the\s)?(.+?)(?:'s)?\stime(?:\s?zone)?"),
    re.compile(r"(?:la\s)?hora\s(?:local\s)?(?:del?\s)?(?:la\s)?(.+)"),
    re.compile(r"(?:la\s)?hora\s(.+)"),
)
"""`Pacific time`, `hora del Pacífico`, `hora peninsular`."""


class Doubt(StrEnum):
    UNKNOWN = "unknown"
    NO_SUMMER = "no summer"
    """It says which hour of the clock, and not whether that changes in summer."""
    SEVERAL = "several"


class UnknownZone(ValueError):
    """No single zone. `choices`: IANA names that may be meant; of a misspelt one, those that are near."""

    def __init__(self, typed: str, doubt: Doubt, choices: tuple[str, ...] = ()) -> None:
        super().__init__(f"{doubt}: {typed!r}")
        self.typed, self.doubt, self.choices = typed, doubt, choices


def hint(doubt: Doubt, choices: tuple[str, ...]) -> str:
    """For operators: what to write instead of a zone that is not known."""
    if not choices:
        return "write it like Europe/Madrid"
    listed = " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
    if doubt is Doubt.NO_SUMMER:
        return f"it does not say whether clocks change in summer; is it {listed}?"
    return f"is it {listed}?"


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """The IANA names that stand for a place, or for UTC."""
    found = available_timezones()
    return frozenset(each for each in found if each.lower() not in _NO_PLACES and not each.startswith(_NO_FOLDERS))


def named(typed: str) -> str:
    """The IANA name of what somebody typed; raises UnknownZone."""
    text = folded(typed[: NAME_LIMIT + 1].replace("_", " "))
    if not text or len(typed) > NAME_LIMIT:
        raise UnknownZone(typed[:NAME_LIMIT], Doubt.UNKNOWN)
    whole = _iana().get(text.replace(" ", "_"))
    full = "/" in (whole or "") or text in {"utc", *_WITH_SUMMER}
    if whole is not None and (full or (whole == typed.strip() and text not in _doubtful())):
        return whole
    if _OFFSET.fullmatch(text):
        raise UnknownZone(typed, Doubt.NO_SUMMER)
    for candidate in _candidates(text):
        if candidate in _doubtful():
            raise _doubted(typed, _doubtful()[candidate])
        found = _known().get(candidate)
        if found is not None:
            return _one(typed, found)
    if whole is not None:
        return whole
    raise UnknownZone(typed, Doubt.UNKNOWN, _near(text))


def iana(name: str) -> str | None:
    """The IANA name that a name is in full, whatever its case; none where it says nothing of summer, like EST."""
    text = folded(name[:NAME_LIMIT])
    found = _iana().get(text)
    return found if text not in _doubtful() else None


def of_windows(name: str) -> str | None:
    """The IANA name of a zone as Windows and Exchange call it, whether there is summer time or not."""
    found = _windows().get(folded(name[:NAME_LIMIT]))
    return found[0] if found else None


def unquestioned(name: str) -> str:
    """A zone with the same clocks that `named` reads back, for one that was kept before it was asked about."""
    bare = name.removeprefix("posix/").removeprefix("right/")
    return _WITHOUT_SUMMER.get(bare, bare)


def _candidates(text: str) -> Iterator[str]:
    """What to look up, the whole of it first: `pacific time`, `pacific`."""
    yield text
    city, comma, region = (each.strip() for each in text.partition(","))
    if comma and set(_known().get(city, ())) & set(_known().get(region, ())):
        yield city  # `Paris, France`, and not `Paris, Texas`
    around = _AROUND.fullmatch(text)
    bare = around["name"].strip() if around else text
    if bare != text:
        yield bare
    for pattern in _CALLED:
        called = pattern.fullmatch(bare)
        if called is not None:
            yield f"{called[1]} time"
            yield called[1]


def _doubted(typed: str, zones: tuple[str, ...]) -> UnknownZone:
    return UnknownZone(typed, Doubt.SEVERAL if len(zones) > 1 else Doubt.NO_SUMMER, zones)


def _one(typed: str, zones: tuple[str, ...]) -> str:
    if len(zones) > 1:
        raise UnknownZone(typed, Doubt.SEVERAL, zones[:CHOICES])
    return zones[0]


def _near(text: str) -> tuple[str, ...]:
    """Names that are spelt like it."""
    near = get_close_matches(text.replace(" ", "_"), _iana(), 1, 0.7)
    if near:
        return (_iana()[near[0]],)
    near = get_close_matches(text, _known(), 1, 0.8)
    return _known()[near[0]][:CHOICES] if near else ()


@lru_cache(maxsize=1)
def _iana() -> Mapping[str, str]:
    return {folded(each): each for each in sorted(names())}


@lru_cache(maxsize=1)
def _known() -> Mapping[str, tuple[str, ...]]:
    """What people call a zone. The later tables overrule the earlier ones."""
    with_time = {f"{name} time": zones for name, zones in _table(_COMMON).items()}
    steady = {name: zones for name, zones in _windows().items() if name not in _doubtful()}
    return steady | _table(_COMMON) | _table(PLACES) | _table(_MORE_PLACES) | with_time


@lru_cache(maxsize=1)
def _doubtful() -> Mapping[str, tuple[str, ...]]:
    short = {name: zones for name, zones in _table(_ABBREVIATIONS).items() if name not in _WITH_SUMMER}
    return short | {f"{name} time": zones for name, zones in short.items()}


@lru_cache(maxsize=1)
def _windows() -> Mapping[str, tuple[str, ...]]:
    return _table(WINDOWS)


def _table(written: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in written.splitlines():
        zones, *several = line.split("|")
        found |= {folded(name): tuple(zones.split(",")) for name in several}
    return found
