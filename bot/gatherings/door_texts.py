"""When the doors of a gathering open and close, and for how many, as members read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from bot import time_texts
from bot.admission import model as admission_model
from bot.admission.model import DoorRule, Doors
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.views import Item, Line, Moment, Paragraph, Part, Style, Text

SHUT = frozenset({Doors.FULL, Doors.CLOSED})


def shut(locale: Locale, state: Doors) -> str:
    return locale.t("It is full.") if state is Doors.FULL else locale.t("The doors are closed.")


def in_line(locale: Locale, gathering: Gathering, *, limited: bool) -> Line:
    """Behind the line of one part of a series. `limited`: the parts differ in how many come in."""
    opens, until = _opens_and_closes(gathering)
    sentence = (
        locale.plural(
            "doors from {opens} to {closes}, for the first person",
            "doors from {opens} to {closes}, for the first {limit}",
            gathering.door_rule.limit,
        )
        if limited
        else locale.t("doors from {opens} to {closes}")
    )
    return (Text(" · "), *line(sentence, opens=opens, closes=until, limit=gathering.door_rule.limit))


def _opens_and_closes(gathering: Gathering) -> tuple[Moment, Moment]:
    return Moment(admission_model.opens_at(gathering), gathering.zone, Style.TIME), closes(gathering)


def closes(gathering: Gathering) -> Moment:
    """By when one must have come in, on the reader's own clock."""
    return Moment(admission_model.closes_at(gathering), gathering.zone, Style.TIME)


def hours(locale: Locale, gathering: Gathering) -> Line:
    """Shortly before they open."""
    opens, until = _opens_and_closes(gathering)
    limit = gathering.door_rule.limit
    sentence = locale.plural(
        "The doors open at {opens} and close at {closes}, or when {limit} person is in.",
        "The doors open at {opens} and close at {closes}, or when {limit} people are in.",
        limit,
    )
    return line(sentence, opens=opens, closes=until, limit=limit)


def door_rules(locale: Locale, parts: Sequence[Gathering], now: datetime) -> Part:
    """When the doors of all these parts open and close; a line for each."""
    if len(parts) == 1:
        return door_times(locale, parts[0], now)
    lines = [line(locale.t("Registering does not hold a place. Come a little early: each part has doors of its own."))]
    for part in parts:
        opens, until = _opens_and_closes(part)
        limit = part.door_rule.limit
        sentence = locale.plural(
            "Part {part} of {m}: the first to come in, from {opens} to {closes}",
            "Part {part} of {m}: the first {limit} to come in, from {opens} to {closes}",
            limit,
        )
        lines.append(line(sentence, part=part.part, m=part.parts, limit=limit, opens=opens, closes=until))
    return Item(tuple(lines))


def doors_of_parts(locale: Locale, parts: Sequence[Gathering]) -> Paragraph:
    """Below the `part_lines` of what somebody registered for."""
    limits = sorted({part.door_rule.limit for part in parts})
    sentence = (
        locale.t("Come a little early: registering holds no place, and once all are taken, the doors close.")
        if len(limits) > 1
        else locale.plural(
            "Come a little early: registering holds no place, and once {limit} person is in, the doors close.",
            "Come a little early: registering holds no place, and once {limit} people are in, the doors close.",
            limits[-1],
        )
    )
    return Paragraph(line(sentence, limit=limits[-1]))


def door_times(locale: Locale, gathering: Gathering, now: datetime) -> Paragraph:
    """When the doors open and close, on the reader's own clock; or that they are shut."""
    opens, until = _opens_and_closes(gathering)
    limit, state = gathering.door_rule.limit, gathering.doors(now)
    if state in SHUT:
        return Paragraph(line(shut(locale, state)))
    if state is Doors.OPEN:
        sentence = locale.plural(
            "The doors are open until {closes}, or until {limit} person is in.",
            "The doors are open until {closes}, or until {limit} people are in.",
            limit,
        )
        return Paragraph(line(sentence, closes=until, limit=limit))
    sentence = locale.plural(
        "The doors open at {opens} and close at {closes}, or once {limit} person is in: registering holds no place."
        " Come a little early.",
        "The doors open at {opens} and close at {closes}, or once {limit} people are in: registering holds no place."
        " Come a little early.",
        limit,
    )
    return Paragraph(line(sentence, opens=opens, closes=until, limit=limit))


def door_rule(locale: Locale, gathering: Gathering) -> Paragraph:
    return _door_rule(locale, gathering.door_rule, stays_open=gathering.door_rule.late_entry >= gathering.duration)


@lru_cache(maxsize=256)
def _door_rule(locale: Locale, rule: DoorRule, *, stays_open: bool) -> Paragraph:
    if stays_open and not rule.opens_before:
        sentence = locale.plural(
            "Registering does not hold a place: the first to come in is welcomed, from when we begin until the end.",
            "Registering does not hold a place: the first {limit} to come in are welcomed, from when we begin until"
            " the end.",
            rule.limit,
        )
    elif stays_open:
        sentence = locale.plural(
            "Registering does not hold a place: the first to come in is welcomed, and the doors stay open"
            " until the end. They open {early} beforehand.",
            "Registering does not hold a place: the first {limit} to come in are welcomed, and the doors stay open"
            " until the end. They open {early} beforehand.",
            rule.limit,
        )
    elif not rule.late_entry:
        sentence = locale.plural(
            "Registering does not hold a place: the first to come in is welcomed, and the doors close"
            " when we begin. They open {early} beforehand. Come a little early.",
            "Registering does not hold a place: the first {limit} to come in are welcomed, and the doors close"
            " when we begin. They open {early} beforehand. Come a little early.",
            rule.limit,
        )
    elif not rule.opens_before:
        sentence = locale.plural(
            "Registering does not hold a place: the first to come in is welcomed, and the doors open"
            " when we begin. They close {late} later.",
            "Registering does not hold a place: the first {limit} to come in are welcomed, and the doors open"
            " when we begin. They close {late} later.",
            rule.limit,
        )
    else:
        sentence = locale.plural(
            "Registering does not hold a place: the first to come in is welcomed, and the doors close"
            " {late} after we begin. They open {early} beforehand. Come a little early.",
            "Registering does not hold a place: the first {limit} to come in are welcomed, and the doors close"
            " {late} after we begin. They open {early} beforehand. Come a little early.",
            rule.limit,
        )
    return Paragraph(
        line(
            sentence,
            limit=rule.limit,
            late=time_texts.length(locale, rule.late_entry),
            early=time_texts.length(locale, rule.opens_before),
        )
    )
