"""What a facilitator typed into the gathering form, read with all its mistakes at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import times
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


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


TITLE = Option("title", tidy)
DESCRIPTION = Option("description", prose)
STARTS = Option("starts", _lines)
ZOOM = Option("zoom", str)
FACILITATORS = Option("facilitators", tidy)
FIELDS = (TITLE, DESCRIPTION, STARTS, ZOOM, FACILITATORS)


@dataclass(slots=True)
class Draft:
    title: str
    description: str
    facilitators: str
    zone: str
    starts: list[datetime] = field(default_factory=list)
    zones: list[str] = field(default_factory=list)
    """Of each start, as its line names it."""
    link: ZoomLink | None = None
    errors: dict[str, str] = field(default_factory=dict)

    def plans(self, config: Config) -> list[Plan]:
        return [
            Plan(
                title=self.title,
                starts_at=starts_at,
                zone=zone,
                description=self.description,
                facilitators=self.facilitators,
                duration=config.duration,
                door_rule=config.door_rule,
                link=self.link,
            )
            for starts_at, zone in zip(self.starts, self.zones, strict=True)
        ]


def written(found: Gathering, parts: Sequence[Gathering]) -> dict[str, str]:
    """A gathering as its form is filled in for a change. Its Zoom link is not shown again."""
    return {
        "title": found.title,
        "description": found.description,
        "starts": "\n".join(times.typed(each.starts_at, each.zone) for each in parts),
        "facilitators": found.facilitators,
    }


def changed(draft: Draft, found: Gathering, parts: Sequence[Gathering]) -> tuple[str, ...]:
    """The names of the fields that differ from what stands, for the log: never what was typed into them."""
    same = {
        "title": draft.title == found.title,
        "description": draft.description == found.description,
        "starts": draft.starts == [each.starts_at for each in parts],
        "zone": draft.zones == [each.zone for each in parts],
        "zoom": draft.link is None,
        "facilitators": draft.facilitators == found.facilitators,
    }
    return tuple(name for name, stays in same.items() if not stays)


def taken_up(topic: Topic) -> dict[str, str]:
    """A topic as the form is filled in with it; where it is too long for a title, the whole of it describes."""
    title = headline(topic.text, TITLE_LIMIT)
    return {"title": title} | ({"description": topic.text} if title != topic.text else {})


def read(
    ctx: Context,
    *,
    before: Sequence[Gathering] = (),
    link: ZoomLink | None = None,
    makes_link: bool = False,
    links: Sequence[ZoomLink] = (),
) -> Draft:
    """Every field of the form, checked; `errors` says for each field what to do.

    `before`: the parts as they stand, when it is a change. Parts cannot be added to what is published.
    A link may be left empty where there is one (`link`), or a meeting is made (`makes_link`).
    `links`: those of all the parts; no text may give one of them away, nor the new one.
    """
    locale = ctx.locale
    draft = Draft(
        title=ctx.args[TITLE],
        description=ctx.args[DESCRIPTION],
        facilitators=ctx.args[FACILITATORS],
        zone=before[0].zone if before else locale.zone,
    )
    if not 0 < len(draft.title) <= TITLE_LIMIT:
        draft.errors["title"] = texts.title_missing(locale)
    if len(draft.description) > DESCRIPTION_LIMIT:
        draft.errors["description"] = texts.too_long(locale, DESCRIPTION_LIMIT)
    if len(draft.facilitators) > FACILITATORS_LIMIT:
        draft.errors["facilitators"] = texts.too_long(locale, FACILITATORS_LIMIT)
    _read_starts(locale, draft, ctx, before)
    _read_link(locale, draft, ctx.args[ZOOM], may_be_empty=makes_link or link is not None)
    for name in ("title", "description", "facilitators"):
        if name in draft.errors:
            continue  # what is too long is not searched
        if gives_away(getattr(draft, name), draft.link, link, *links, public_url=ctx.config.public_url or ""):
            draft.errors[name] = texts.holds_room(locale)
    if draft.link is not None and any(gives_away(text, draft.link) for each in before for text in _kept(draft, each)):
        draft.errors.setdefault("zoom", texts.text_holds_link(locale))
    return draft


def _kept(draft: Draft, part: Gathering) -> list[str]:
    """Texts of a part that stay as they are, because its series has another there or the form does not show them."""
    return [text for text in (part.title, part.description, part.facilitators) if text not in _typed(draft)]


def _typed(draft: Draft) -> set[str]:
    return {draft.title, draft.description, draft.facilitators}


def _read_starts(locale: Locale, draft: Draft, ctx: Context, before: Sequence[Gathering]) -> None:
    lines = ctx.args[STARTS]
    published = bool(before) and before[0].status is not Status.DRAFT
    local = (ctx.now + timedelta(days=7)).astimezone(times.zone(draft.zone))
    example = local.replace(hour=18, minute=0)
    if (published and len(lines) != len(before)) or not 1 <= len(lines) <= PARTS_LIMIT:
        draft.errors["starts"] = texts.starts_missing(locale, len(before) if published else 0, example)
        return
    # What was left as it stood keeps its seconds, which are not written.
    left = {times.typed(each.starts_at, each.zone): (each.starts_at, each.zone) for each in before}
    try:
        read = [left.get(line.strip()) or times.moment(line, draft.zone) for line in lines]
    except times.UnreadableTime as problem:
        draft.errors["starts"] = texts.unreadable_time(locale, problem, example)
        return
    draft.starts, draft.zones = [at for at, _ in read], [zone for _, zone in read]
    stand = {each.starts_at for each in before} if published else set()
    past = [each for each in draft.starts if each <= ctx.now and each not in stand]
    if past:
        draft.errors["starts"] = texts.already_past(locale, past[0])
        return
    durations = [each.duration for each in before] if published else [ctx.config.duration] * len(lines)
    if not _in_order(draft.starts, durations):
        draft.errors["starts"] = texts.not_in_order(locale)


def _in_order(starts: Sequence[datetime], durations: Sequence[timedelta]) -> bool:
    """Whether each part begins once the one before has ended."""
    ends = [at + length for at, length in zip(starts, durations, strict=True)]
    return all(ended <= begins for ended, begins in zip(ends, starts[1:], strict=False))


def _read_link(locale: Locale, draft: Draft, typed: str, *, may_be_empty: bool) -> None:
    if not typed.strip() and may_be_empty:
        return
    try:
        draft.link = pasted.read(typed)
    except ValueError as problem:
        draft.errors["zoom"] = texts.link_unreadable(locale, str(problem))
