"""The gathering form: the values it opens with, and what was submitted, with all errors at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import people, rhythm, time_texts, times, typed_dates
from bot.addresses import Address
from bot.arguments import Option
from bot.config import Config
from bot.context import Context
from bot.editing import texts
from bot.gatherings.model import (
    DESCRIPTION_LIMIT,
    FACILITATORS_LIMIT,
    PARTS_LIMIT,
    TITLE_LIMIT,
    Gathering,
    Plan,
    Status,
)
from bot.i18n import Locale
from bot.redaction import pasted
from bot.redaction.detect import gives_away
from bot.secrets import ZoomLink
from bot.text import headline, prose, tidy
from bot.topics.model import Topic
from bot.views import Choice


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


TITLE = Option("title", tidy, own_words=True)
DESCRIPTION = Option("description", prose, own_words=True)
STARTS = Option("starts", _lines, own_words=True)
ZOOM = Option("zoom", str)
FACILITATORS = Option("facilitators", tidy, own_words=True)
READING = Option("starts.reading", str, limit=20)
FIELDS = (TITLE, DESCRIPTION, STARTS, READING, ZOOM, FACILITATORS)


@dataclass(slots=True)
class Draft:
    title: str
    description: str
    facilitators: str
    zone: str
    starts: list[datetime] = field(default_factory=list)
    zones: list[str] = field(default_factory=list)
    """The zone of each start."""
    link: ZoomLink | None = None
    errors: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    """The starts as they were typed, but for one whose reading was chosen."""
    readings: tuple[Choice, ...] = ()
    """All that one of them can mean."""

    def plans(self, config: Config, before: Sequence[Gathering]) -> list[Plan]:
        """`before`: the parts that these change, or are like, whose door rule and length stay; more have the last's."""
        durations, rules = lengths(config, before, len(self.starts)), [part.door_rule for part in before]
        rules += [rules[-1] if rules else config.door_rule] * len(self.starts)
        return [
            Plan(
                title=self.title,
                starts_at=starts_at,
                zone=zone,
                description=self.description,
                facilitators=self.facilitators,
                duration=duration,
                door_rule=rule,
                link=self.link,
            )
            for starts_at, zone, duration, rule in zip(self.starts, self.zones, durations, rules, strict=False)
        ]


def lengths(config: Config, before: Sequence[Gathering], number: int) -> list[timedelta]:
    """How long each of so many parts is: as long as it was, a new one as the last, or as is usual."""
    stored = [part.duration for part in before]
    return (stored + [stored[-1] if stored else config.duration] * number)[:number]


def values_of_gathering(gathering: Gathering, parts: Sequence[Gathering]) -> dict[str, str]:
    """The form's values when a gathering is edited. Its Zoom link is not shown again."""
    return {
        "title": gathering.title,
        "description": gathering.description,
        "starts": "\n".join(times.typed(part.starts_at, part.zone) for part in parts),
        "facilitators": gathering.facilitators,
    }


def changed_fields(draft: Draft, gathering: Gathering, parts: Sequence[Gathering]) -> tuple[str, ...]:
    """Names of the fields that differ from what is stored, for the audit log, which never holds their values."""
    unchanged = {
        "title": draft.title == gathering.title,
        "description": draft.description == gathering.description,
        "starts": draft.starts == [part.starts_at for part in parts],
        "zone": draft.zones == [part.zone for part in parts],
        "zoom": draft.link is None,
        "facilitators": draft.facilitators == gathering.facilitators,
    }
    return tuple(name for name, same in unchanged.items() if not same)


def values_of_topic(topic: Topic) -> dict[str, str]:
    """The form's values for a gathering about a topic; if it is too long for a title, it is the description as well."""
    title = headline(topic.text, TITLE_LIMIT)
    return {"title": title} | ({"description": topic.text} if title != topic.text else {})


def read(
    ctx: Context,
    *,
    before: Sequence[Gathering] = (),
    link: ZoomLink | None = None,
    makes_link: bool = False,
    links: Sequence[ZoomLink] = (),
    names: Callable[[Collection[Address]], Mapping[Address, str]],
) -> Draft:
    """Validates every field of the form; `errors` says for each field what to change.

    `before`: the stored parts, when they are edited. Parts cannot be added to what is published.
    The link may be empty if one is stored (`link`), or if a meeting is created (`makes_link`).
    `links`: those of all parts; no text may disclose one of them, nor the new one.
    `names`: looks up what people at addresses are called, who facilitate.
    """
    locale = ctx.locale
    facilitators, unknown = people.by_name(ctx.args[FACILITATORS], ctx.address, names)
    draft = Draft(
        title=ctx.args[TITLE],
        description=ctx.args[DESCRIPTION],
        facilitators=facilitators,
        zone=before[0].zone if before else locale.zone,
    )
    if not 0 < len(draft.title) <= TITLE_LIMIT:
        draft.errors["title"] = texts.title_missing(locale)
    if len(draft.description) > DESCRIPTION_LIMIT:
        draft.errors["description"] = texts.too_long(locale, DESCRIPTION_LIMIT)
    if unknown:
        draft.errors["facilitators"] = texts.nameless(locale, unknown)
    elif len(draft.facilitators) > FACILITATORS_LIMIT:
        draft.errors["facilitators"] = texts.too_long(locale, FACILITATORS_LIMIT)
    _read_starts(locale, draft, ctx, before)
    _read_link(locale, draft, ctx.args[ZOOM], may_be_empty=makes_link or link is not None)
    for name in ("title", "description", "facilitators"):
        if name in draft.errors:
            continue  # a text that is too long is not searched
        if gives_away(getattr(draft, name), draft.link, link, *links, public_url=ctx.config.public_url):
            draft.errors[name] = texts.holds_room(locale)
    # A text that differs between the parts is not replaced by this form: it must not disclose the new link either.
    stored = {text for part in before for text in (part.title, part.description, part.facilitators)}
    remaining = stored - {draft.title, draft.description, draft.facilitators}
    if draft.link is not None and any(gives_away(text, draft.link) for text in remaining):
        draft.errors.setdefault("zoom", texts.text_holds_link(locale))
    return draft


def typed(ctx: Context, draft: Draft) -> dict[str, str]:
    """The values of the form as it comes back with its errors."""
    return dict(ctx.call.arguments) | {"starts": "\n".join(draft.lines)}


def _read_starts(locale: Locale, draft: Draft, ctx: Context, before: Sequence[Gathering]) -> None:
    lines = ctx.args[STARTS].copy()
    draft.lines = lines
    published = bool(before) and before[0].status is not Status.DRAFT
    local = (ctx.now + timedelta(days=7)).astimezone(times.zone(draft.zone))
    example = local.replace(hour=18, minute=0)
    wanted = len(before) if published else 0
    if not 1 <= len(lines) <= 2 * PARTS_LIMIT:  # a rhythm may stand on a line of its own
        draft.errors["starts"] = texts.starts_missing(locale, wanted, example, len(lines))
        return
    # A line that was not changed keeps its seconds, which the form does not show.
    unchanged = {times.typed(part.starts_at, part.zone): (part.starts_at, part.zone) for part in before}
    # Pickers do not write the zone.
    unchanged |= {text.removesuffix(f" {draft.zone}"): start for text, start in unchanged.items()}
    durations = iter(lengths(ctx.config, before, len(lines)))

    def read_one(line: str) -> tuple[datetime, str]:
        length, reading = next(durations, ctx.config.duration), ctx.args[READING]
        moment = unchanged.get(line.strip()) or typed_dates.read(
            line, draft.zone, ctx.now, locale.language, length, reading
        )
        if reading and line in lines:  # the next line may be asked about, too
            draft.lines[lines.index(line)] = times.typed(*moment)
        return moment

    try:
        moments = rhythm.starts(lines, read_one, wanted or PARTS_LIMIT)
    except times.UnreadableTime as problem:
        draft.errors["starts"] = texts.unreadable_time(locale, problem, example)
        draft.readings = time_texts.reading_choices(locale, problem)
        return
    if len(moments) != wanted if published else len(moments) > PARTS_LIMIT:
        draft.errors["starts"] = texts.starts_missing(locale, wanted, example, len(moments))
        return
    draft.starts, draft.zones = [at for at, _ in moments], [zone for _, zone in moments]
    stored = {part.starts_at for part in before} if published else set()
    past = [at for at in draft.starts if at <= ctx.now and at not in stored]
    if past:
        draft.errors["starts"] = texts.already_past(locale, past[0])
        return
    over = [part for part in before if published and ctx.now >= part.ends_at and part.starts_at not in draft.starts]
    if over:
        draft.errors["starts"] = texts.part_over(locale, over[0].part)
    elif not in_order(draft.starts, lengths(ctx.config, before, len(moments))):
        draft.errors["starts"] = texts.not_in_order(locale)


def in_order(starts: Sequence[datetime], durations: Sequence[timedelta]) -> bool:
    """Whether each part begins after the one before has ended."""
    ends = [start + duration for start, duration in zip(starts, durations, strict=True)]
    return all(end <= start for end, start in zip(ends, starts[1:], strict=False))


def _read_link(locale: Locale, draft: Draft, typed: str, *, may_be_empty: bool) -> None:
    if not typed.strip() and may_be_empty:
        return
    try:
        draft.link = pasted.read(typed)
    except ValueError as problem:
        draft.errors["zoom"] = texts.link_unreadable(locale, str(problem))
