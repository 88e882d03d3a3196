"""Drafts: all in one place, and the preview of one, to go on with or to discard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import time_texts
from bot.announcements import texts as announcement_texts
from bot.button_texts import other_pages, paragraphs
from bot.config import Config
from bot.editing import move, move_texts, rule_texts
from bot.editing import texts as editing_texts
from bot.gatherings import door_texts, texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import Button, Buttons, Heading, Item, Note, Paragraph, Part, Text, Tone, View


def drafts(locale: Locale, gatherings: Sequence[Gathering], page: int, now: datetime, *, more: bool) -> View:
    """One page; of a series its first part."""
    create = Button(locale.t("Create one"), Call("host-create"), Tone.NEXT)
    if not gatherings:
        return paragraphs(line(locale.t("There are no drafts.")), buttons=(create,))
    parts: list[Part] = [Heading(locale.t("Drafts"))]
    for gathering in gatherings:
        lines = [texts.title(locale, gathering), (texts.moment(gathering),)]
        if gathering.starts_at <= now:
            lines.append((Text(locale.t("This time has passed.")),))
        preview = Button(locale.t("Preview"), Call.of("host-drafts", gathering=gathering.id))
        discard = Button(locale.t("Discard"), Call.of("host-discard", gathering=gathering.id))
        parts.append(Item(tuple(lines), (preview, discard)))
    return View((*parts, *other_pages(locale, Call("host-drafts"), page, more=more)))


def preview(locale: Locale, config: Config, parts: Sequence[Gathering], now: datetime, *, again: bool = False) -> View:
    """The announcement as members will see it, then the commands for the draft. `again`: it was changed since."""
    first = parts[0]
    publish = Call.of("host-publish", gathering=first.id, **{move.STATE.name: move.state(parts)})
    post = announcement_texts.announcement(locale, config, first, parts)
    body = tuple(part for part in post.parts if not isinstance(part, Buttons))
    late = any(part.starts_at <= now for part in parts)
    change = Call.of("host-edit", gathering=first.id)
    return View(
        (
            *((Paragraph(line(move_texts.changed_meanwhile(locale))),) if again else ()),
            Note(line(locale.t("A preview. Nobody else can see it yet; its number is {id}."), id=first.id)),
            *(Note(line(_as_read(locale, part, now))) for part in parts),
            *(Note(line(_there_now(locale, zone, now))) for zone in _zones_elsewhere(locale, parts)),
            *body,
            door_texts.door_rule(locale, first) if late else door_texts.door_rules(locale, parts, now),
            Buttons(
                (
                    *(() if late else (Button(locale.t("Publish"), publish, Tone.NEXT),)),
                    Button(locale.t("Change"), change, Tone.NEXT if late else Tone.PLAIN),
                    rule_texts.button(locale, first),
                    Button(locale.t("Discard"), Call.of("host-discard", gathering=first.id)),
                )
            ),
        )
    )


def _zones_elsewhere(locale: Locale, parts: Sequence[Gathering]) -> list[str]:
    return list(dict.fromkeys(part.zone for part in parts if part.zone != locale.zone))


def _there_now(locale: Locale, zone: str, now: datetime) -> str:
    sentence = locale.t("The time in {place} now: {time}")
    return sentence.format(place=time_texts.city(locale, zone), time=time_texts.time(locale, now, zone))


def _as_read(locale: Locale, part: Gathering, now: datetime) -> str:
    """When it begins, in the zone that was written, and how long that is from now: a slip is seen here."""
    if part.starts_at <= now:
        return editing_texts.already_past(locale, part.starts_at)
    when = time_texts.long(locale, part.starts_at, part.zone)
    left = time_texts.left(locale, part.starts_at - now)
    if not part.is_part:
        return locale.t("It begins {left}: {when}.").format(when=when, left=left)
    sentence = locale.t("Part {n} begins {left}: {when}.")
    return sentence.format(n=part.part, when=when, left=left)
