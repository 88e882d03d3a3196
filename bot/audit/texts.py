"""The audit log in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import assert_never

from bot import time_texts
from bot.addresses import Address
from bot.announcements import channel_names
from bot.audit.model import Act, ActKind, Actor, LogEntry
from bot.button_texts import other_pages, paragraphs
from bot.config import Config
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import Heading, Item, Line, Moment, Note, Part, Span, Strong, Text, View


def log(
    locale: Locale,
    config: Config,
    entries: Sequence[LogEntry],
    names: Mapping[Address, str],
    gathering: Gathering | None,
    page: int,
    upto: int,
    *,
    more: bool,
) -> View:
    """One page, the newest first. `names`: of the people in it who wrote before."""
    if not entries:
        return paragraphs(line(locale.t("Nothing has been done yet that is kept here.")))
    title = locale.t("What was done")
    if gathering:
        title = locale.t("What was done: {topic}").format(topic=gathering_texts.named(locale, gathering))
    parts: list[Part] = [Heading(title)]
    parts += [_item(locale, config, entry, names) for entry in entries]
    retention = locale.t("No words of anybody are kept here. Each entry goes after {length}.")
    parts.append(Note(line(retention, length=time_texts.length(locale, config.retention))))
    call = Call.of("host-log", gathering=gathering.id if gathering else None, upto=upto)
    return View((*parts, *other_pages(locale, call, page, more=more, newest_first=True)))


def _item(locale: Locale, config: Config, entry: LogEntry, names: Mapping[Address, str]) -> Item:
    act = entry.act
    facts: list[Span] = [Moment(act.at, locale.zone)]
    if act.count is not None and act.kind in {
        ActKind.MOVED,
        ActKind.CANCELLED,
        ActKind.MESSAGE_SENT,
        ActKind.TOPIC_TAKEN_UP,
        ActKind.PART_ADDED,
    }:
        facts.append(Text(" · " + locale.plural("{n} person told", "{n} people told", act.count)))
    return Item((_sentence(locale, config, entry, names), tuple(facts)))


def _sentence(locale: Locale, config: Config, entry: LogEntry, names: Mapping[Address, str]) -> Line:
    act = entry.act
    return line(
        _template(locale, act),
        who=Strong(_who(locale, act.by, names)),
        whom=Strong(_actor(locale, act.about or Actor.GONE, names)),
        topic=Strong(_title(locale, entry)),
        channel=channel_names.span(locale, config, act.about, None) if act.about and act.about.is_channel else "",
        before=Moment(act.from_at, locale.zone) if act.from_at else "",
        after=Moment(act.to_at, locale.zone) if act.to_at else "",
        n=act.count or 0,
        fields=", ".join(_field(locale, name) for name in act.fields),
    )


def _template(locale: Locale, act: Act) -> str:  # noqa: C901 - one sentence for each kind
    match act.kind:
        case ActKind.DRAFTED:
            return locale.t("{who} drafted {topic}.")
        case ActKind.DISCARDED:
            return locale.t("{who} discarded {topic}.")
        case ActKind.PUBLISHED:
            return locale.t("{who} published {topic}.")
        case ActKind.EDITED:
            return locale.t("{who} changed {topic}: {fields}.") if act.fields else locale.t("{who} changed {topic}.")
        case ActKind.MOVED:
            return locale.t("{who} moved {topic} from {before} to {after}.")
        case ActKind.PART_ADDED:
            return locale.t("{who} added {topic} to its series.")
        case ActKind.CANCELLED:
            return locale.t("{who} cancelled {topic}.")
        case ActKind.ANNOUNCED:
            return locale.t("{who} announced {topic} in {channel}.")
        case ActKind.ANNOUNCEMENT_PLANNED:
            return locale.t("{who} planned the announcement of {topic} in {channel} for {after}.")
        case ActKind.ANNOUNCEMENT_WITHDRAWN:
            return locale.t("{who} took back the planned announcement of {topic} in {channel}.")
        case ActKind.MESSAGE_WRITTEN:
            return locale.t("{who} wrote a message to those registered for {topic}, not sent yet.")
        case ActKind.MESSAGE_SENT:
            return locale.t("{who} sent a message to those registered for {topic}.")
        case ActKind.MESSAGE_DISCARDED:
            return locale.t("{who} discarded a message to those registered for {topic}.")
        case ActKind.ROSTER_READ:
            return locale.t("{who} read the roster of {topic}.")
        case ActKind.ROSTER_TAKEN:
            return locale.t("{who} read the roster of {topic} and took its file.")
        case ActKind.DOORS_OPENED:
            return locale.t("{who} opened the doors of {topic}.")
        case ActKind.DOORS_CLOSED:
            return locale.t("{who} closed the doors of {topic}.")
        case ActKind.START_LINK_GIVEN:
            return locale.t("{who} took the start link of {topic}.")
        case ActKind.TEAM_ADDED:
            return locale.t("{who} added {whom} to the facilitators.")
        case ActKind.TEAM_REMOVED:
            return locale.t("{who} removed {whom} from the facilitators.")
        case ActKind.TOPIC_TAKEN_UP:
            return locale.t("{who} took up a suggested topic with {topic}.")
        case ActKind.TOPIC_DECLINED:
            return locale.t("{who} put a suggested topic aside.")
        case ActKind.TOPIC_REOPENED:
            return locale.t("{who} put a suggested topic back on the list.")
        case ActKind.TOPIC_MERGED:
            return locale.t("{who} merged two suggested topics.")
        case ActKind.IMPORTED:
            return locale.t("{who} imported gatherings from a file: {n}.")
        case ActKind.EXPORTED:
            return locale.t("{who} exported gatherings to a file: {n}.")
        case ActKind.LOG_READ:
            return locale.t("{who} read this log.")
        case _:
            assert_never(act.kind)


def _who(locale: Locale, by: Address | Actor, names: Mapping[Address, str]) -> str:
    """At the beginning of a sentence."""
    name = _actor(locale, by, names)
    return name[:1].upper() + name[1:] if isinstance(by, Actor) else name


def _actor(locale: Locale, by: Address | Actor, names: Mapping[Address, str]) -> str:
    match by:
        case Actor.OPERATOR:
            return locale.t("whoever runs the bot")
        case Actor.GONE:
            return locale.t("somebody who has left")
        case Address():
            name = names.get(by)
            if not name:
                return str(by)
            return name if Counter(names.values())[name] == 1 else f"{name} ({by})"
        case _:
            assert_never(by)


def _title(locale: Locale, entry: LogEntry) -> str:
    if not entry.title:
        return locale.t("a draft")
    if entry.parts == 1:
        return entry.title
    return f"{entry.title} ({locale.t('part {n} of {m}').format(n=entry.part, m=entry.parts)})"


def _field(locale: Locale, name: str) -> str:
    labels = {
        "title": locale.t("the title"),
        "description": locale.t("the description"),
        "starts": locale.t("the times"),
        "zone": locale.t("the time zone"),
        "duration": locale.t("the length"),
        "limit": locale.t("how many come in"),
        "doors_open": locale.t("when the doors open"),
        "late_entry": locale.t("how late one can come in"),
        "zoom": locale.t("the link to the room"),
        "facilitators": locale.t("the facilitators"),
    }
    return labels.get(name, name)
