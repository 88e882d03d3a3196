"""The season in numbers, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from bot import time_texts
from bot.arguments import page_of
from bot.button_texts import page_buttons, paragraphs
from bot.i18n import Locale, line
from bot.request import Call
from bot.season.model import Attendance, AttendedGathering, SeasonOrder, by_month, by_topic
from bot.views import Button, Buttons, Heading, Item, Note, Part, Strong, Text, View

GROUPS = 6
"""On a page."""


def season(locale: Locale, attended: Sequence[AttendedGathering], order: SeasonOrder, page: int) -> View:
    if not attended:
        return paragraphs(line(locale.t("No gathering has taken place yet.")))
    groups = _groups(locale, attended, order)
    page, first = page_of(page, GROUPS, len(groups))
    parts: list[Part] = [Heading(_title(locale, order))]
    for name, attendance in groups[first : first + GROUPS]:
        parts.append(Item(((Strong(name),), (Text(_counts(locale, attendance)),))))
    parts.append(Note(line(locale.t("Numbers alone: they stay when names go, and are final a day after each end."))))
    turn = page_buttons(locale, _by(order), page, more=first + GROUPS < len(groups), newest_first=True)
    return View((*parts, Buttons((*turn, _other_order(locale, order)))))


def _groups(
    locale: Locale, attended: Sequence[AttendedGathering], order: SeasonOrder
) -> Sequence[tuple[str, Attendance]]:
    if order is SeasonOrder.TOPIC:
        return by_topic(attended)
    return [(time_texts.month(locale, at), total) for at, total in by_month(attended, locale.zone)]


def _title(locale: Locale, order: SeasonOrder) -> str:
    return locale.t("The season by topic") if order is SeasonOrder.TOPIC else locale.t("The season by month")


def _counts(locale: Locale, counted: Attendance) -> str:
    facts = [
        locale.plural("{n} gathering", "{n} gatherings", counted.gatherings),
        locale.plural("{n} registered", "{n} registered", counted.registered),
        locale.plural("{n} came in", "{n} came in", counted.came_in),
    ]
    # None of these also where it is not known: without Zoom, or of what was forgotten before there were counts.
    if counted.logged_in:
        facts.append(locale.plural("{n} logged in", "{n} logged in", counted.logged_in))
    if counted.first_timers:
        facts.append(locale.plural("{n} for the first time", "{n} for the first time", counted.first_timers))
    if counted.came_again:
        facts.append(locale.plural("{n} came again", "{n} came again", counted.came_again))
    if counted.unreached:
        facts.append(locale.plural("{n} unreached", "{n} unreached", counted.unreached))
    return " · ".join(facts)


def _other_order(locale: Locale, order: SeasonOrder) -> Button:
    if order is SeasonOrder.TOPIC:
        return Button(locale.t("By month"), _by(SeasonOrder.MONTH))
    return Button(locale.t("By topic"), _by(SeasonOrder.TOPIC))


def _by(order: SeasonOrder) -> Call:
    return Call.of("host-season", by=order.value)
