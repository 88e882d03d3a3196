"""The log of acts, in sentences that facilitators read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import assert_never

from bot import time_texts
from bot.addresses import Address
from bot.announcements import channel_names
from bot.audit.model import Act, ActKind, Actor, LogEntry
from bot.config import Config
from bot.dispatcher_texts import paragraphs
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import AnyButton, Button, Buttons, Heading, Item, Moment, Note, Part, Span, Strong, Text, View


def log(
    to: Locale,
    house: Config,
    found: Sequence[LogEntry],
    names: Mapping[Address, str],
    about: Gathering | None,
    page: int,
    upto: int,
    *,
    more: bool,
) -> View:
    """One page, the newest first. `names`: of the people in it who were heard before."""
    if not found:
        return paragraphs(line(to.say("Nothing has been done yet that is kept here.")))
    title = to.say("What was done: {topic}").format(topic=gathering_texts.named(to, about)) if about else ""
    parts: list[Part] = [Heading(title or to.say("What was done"))]
    parts += [_entry(to, house, each, names) for each in found]
    kept = to.say("No words of anybody are kept here. Each entry goes after {length}.")
    parts.append(Note(line(kept, length=time_texts.length(to, house.retention))))
    here = Call.of("host-log", gathering=about.id if about else None, upto=upto)
    turn: list[AnyButton] = []
    turn += [Button(to.say("Newer ones"), here.filled({"page": str(page - 1)}))] if page > 1 else []
    turn += [Button(to.say("Older ones"), here.filled({"page": str(page + 1)}))] if more else []
    return View((*parts, Buttons(tuple(turn)))) if turn else View(tuple(parts))


def _entry(to: Locale, house: Config, found: LogEntry, names: Mapping[Address, str]) -> Item:
    act = found.act
    facts: list[Span] = [Moment(act.at, to.zone)]
    if act.count is not None and act.kind in {
        ActKind.MOVED,
        ActKind.CANCELLED,
        ActKind.MESSAGE_SENT,
        ActKind.TOPIC_TAKEN_UP,
    }:
        facts.append(Text(" · " + to.count("{n} person told", "{n} people told", act.count)))
    return Item((_sentence(to, house, found, names), tuple(facts)))


def _sentence(to: Locale, house: Config, found: LogEntry, names: Mapping[Address, str]) -> tuple[Span, ...]:
    act = found.act
    return line(
        _said(to, act),
        who=Strong(_who(to, act.by, names)),
        whom=Strong(_actor(to, act.about or Actor.GONE, names)),
        topic=Strong(_topic(to, found)),
        channel=channel_names.place(to, house, act.about, None) if act.about and act.about.is_channel else "",
        before=Moment(act.from_at, to.zone) if act.from_at else "",
        after=Moment(act.to_at, to.zone) if act.to_at else "",
        n=act.count or 0,
        fields=", ".join(_field(to, each) for each in act.fields),
    )


def _said(to: Locale, act: Act) -> str:  # noqa: C901 - one sentence for each kind
    match act.kind:
        case ActKind.DRAFTED:
            return to.say("{who} drafted {topic}.")
        case ActKind.DISCARDED:
            return to.say("{who} discarded {topic}.")
        case ActKind.PUBLISHED:
            return to.say("{who} published {topic}.")
        case ActKind.EDITED:
            return to.say("{who} changed {topic}: {fields}.") if act.fields else to.say("{who} changed {topic}.")
        case ActKind.MOVED:
            return to.say("{who} moved {topic} from {before} to {after}.")
        case ActKind.CANCELLED:
            return to.say("{who} cancelled {topic}.")
        case ActKind.ANNOUNCED:
            return to.say("{who} announced {topic} in {channel}.")
        case ActKind.ANNOUNCEMENT_PLANNED:
            return to.say("{who} planned the announcement of {topic} in {channel} for {after}.")
        case ActKind.ANNOUNCEMENT_WITHDRAWN:
            return to.say("{who} took back the planned announcement of {topic} in {channel}.")
        case ActKind.MESSAGE_WRITTEN:
            return to.say("{who} wrote a message to those registered for {topic}, not sent yet.")
        case ActKind.MESSAGE_SENT:
            return to.say("{who} sent a message to those registered for {topic}.")
        case ActKind.MESSAGE_DISCARDED:
            return to.say("{who} discarded a message to those registered for {topic}.")
        case ActKind.ROSTER_READ:
            return to.say("{who} read the roster of {topic}.")
        case ActKind.ROSTER_TAKEN:
            return to.say("{who} read the roster of {topic} and took its file.")
        case ActKind.DOORS_OPENED:
            return to.say("{who} opened the doors of {topic}.")
        case ActKind.DOORS_CLOSED:
            return to.say("{who} closed the doors of {topic}.")
        case ActKind.START_LINK_GIVEN:
            return to.say("{who} took the start link of {topic}.")
        case ActKind.TEAM_ADDED:
            return to.say("{who} added {whom} to the facilitators.")
        case ActKind.TEAM_REMOVED:
            return to.say("{who} removed {whom} from the facilitators.")
        case ActKind.TOPIC_TAKEN_UP:
            return to.say("{who} took up a suggested topic with {topic}.")
        case ActKind.TOPIC_DECLINED:
            return to.say("{who} put a suggested topic aside.")
        case ActKind.TOPIC_REOPENED:
            return to.say("{who} put a suggested topic back on the list.")
        case ActKind.TOPIC_MERGED:
            return to.say("{who} merged two suggested topics.")
        case ActKind.IMPORTED:
            return to.say("{who} imported gatherings from a file: {n}.")
        case ActKind.EXPORTED:
            return to.say("{who} exported gatherings to a file: {n}.")
        case ActKind.LOG_READ:
            return to.say("{who} read this log.")
        case _:
            assert_never(act.kind)


def _who(to: Locale, by: Address | Actor, names: Mapping[Address, str]) -> str:
    """At the beginning of a sentence."""
    said = _actor(to, by, names)
    return said[:1].upper() + said[1:] if isinstance(by, Actor) else said


def _actor(to: Locale, by: Address | Actor, names: Mapping[Address, str]) -> str:
    match by:
        case Actor.OPERATOR:
            return to.say("whoever runs the bot")
        case Actor.GONE:
            return to.say("somebody who has left")
        case Address():
            name = names.get(by)
            if not name:
                return str(by)
            return name if Counter(names.values())[name] == 1 else f"{name} ({by})"
        case _:
            assert_never(by)


def _topic(to: Locale, found: LogEntry) -> str:
    if not found.title:
        return to.say("a draft")
    if found.parts == 1:
        return found.title
    return f"{found.title} ({to.say('part {n} of {m}').format(n=found.part, m=found.parts)})"


def _field(to: Locale, name: str) -> str:
    known = {
        "title": to.say("the title"),
        "description": to.say("the description"),
        "starts": to.say("the times"),
        "zone": to.say("the time zone"),
        "duration": to.say("the length"),
        "zoom": to.say("the link to the room"),
        "facilitators": to.say("the facilitators"),
    }
    return known.get(name, name)
