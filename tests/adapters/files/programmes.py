"""Gatherings as a programme may have them, for properties; and files as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from adapters.files.import_file import ParsedProgramme, parse_programme
from adapters.files.rows import ImportRejected
from bot import zones
from bot.admission.model import DoorRule
from bot.config import Config
from bot.gatherings.model import (
    DESCRIPTION_LIMIT,
    FACILITATORS_LIMIT,
    LONGEST,
    PLACES_LIMIT,
    SHORTEST,
    TITLE_LIMIT,
    Gathering,
)
from bot.redaction.detect import without_rooms
from bot.text import prose, tidy

NOW = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
HOUSE = Config(zone="Europe/Madrid")

ZONES = st.one_of(
    st.sampled_from(["Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    st.sampled_from(sorted(each for each in zones.names() if zones.iana(each))),
)
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 12, 4), datetime(2040, 1, 1)),  # noqa: DTZ001 - made UTC below
    st.builds(lambda minutes: datetime(2027, 10, 31) + timedelta(minutes=minutes), st.integers(0, 180)),  # noqa: DTZ001
).map(lambda at: at.replace(second=at.second if at.microsecond % 2 else 0, microsecond=0, tzinfo=UTC))
LENGTHS = st.integers(int(SHORTEST.total_seconds()), int(LONGEST.total_seconds())).map(lambda s: timedelta(seconds=s))

TIMES = st.integers(0, int(LONGEST.total_seconds())).map(lambda seconds: timedelta(seconds=seconds))
RULES = st.builds(DoorRule, st.integers(1, PLACES_LIMIT), TIMES, TIMES).filter(
    lambda rule: rule.late_entry or rule.opens_before
)


def _text(limit: int, *, without: str = "") -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=without), max_size=limit)


def _lines(without: str) -> st.SearchStrategy[str]:
    """As they are kept; none that reads like the way into a room, which no file shows again."""
    paragraphs = st.lists(_text(200, without=without), max_size=6)
    texts = paragraphs.map(lambda lines: prose("\n".join(lines))[:DESCRIPTION_LIMIT].strip())
    return texts.filter(lambda text: without_rooms(text) == text)


@st.composite
def gatherings(draw: st.DrawFn, *, without: str = "") -> Sequence[Gathering]:
    """One-time gatherings and series, each with a title and start of its own; `without`: letters that are not used."""
    found: list[Gathering] = []
    for parts in draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)):
        starts_at, first = draw(MOMENTS), len(found) + 1
        for part in range(1, parts + 1):
            gathering = Gathering(
                id=len(found) + 1,
                title=tidy(f"{len(found)} {draw(_text(TITLE_LIMIT - 4, without=without))}"),
                starts_at=starts_at + timedelta(days=7 * (part - 1)),
                zone=draw(ZONES),
                duration=draw(LENGTHS),
                description=draw(_lines(without)),
                facilitators=tidy(draw(_text(FACILITATORS_LIMIT, without=without))),
                door_rule=draw(RULES),
                series=first if parts > 1 else None,
                part=part,
                parts=parts,
            )
            found.append(gathering)
    return found


def read(name: str, content: str | bytes, config: Config = HOUSE, *, floating: str | None = None) -> ParsedProgramme:
    """Raises ImportRejected with every problem of the file."""
    data = content if isinstance(content, bytes) else content.encode()
    parsed = parse_programme(name, data, config, floating=floating)
    if parsed.problems:
        raise ImportRejected(parsed.problems)
    return parsed


def problems(name: str, content: str | bytes, *, floating: str | None = None) -> list[str]:
    """What is said of a file that cannot be taken."""
    try:
        read(name, content, floating=floating)
    except ImportRejected as rejected:
        return [str(each) for each in rejected.problems]
    return []
