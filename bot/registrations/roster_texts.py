"""The roster, as facilitators read it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.notifications import texts as notification_texts
from bot.notifications.model import NotificationKind, Receipt
from bot.registrations import roster_csv
from bot.registrations.model import RosterLine
from bot.views import Attachment, Heading, Item, Line, Note, Paragraph, Part, Strong, Text, View

ROSTER_LINES = 15
"""Names on the roster's page; the file has them all."""


def receipt(locale: Locale, value: Receipt) -> str:
    return {
        Receipt.WAITING: locale.t("on its way"),
        Receipt.CLAIMED: locale.t("on its way"),
        Receipt.SENT: locale.t("sent"),
        Receipt.BLOCKED: locale.t("blocked"),
        Receipt.FAILED: locale.t("failed"),
        Receipt.TOO_LATE: locale.t("too late"),
        Receipt.MISSED: locale.t("missed"),
        Receipt.DROPPED: locale.t("not needed"),
    }[value]


def roster(
    locale: Locale, gathering: Gathering, lines: Sequence[RosterLine], file: bytes, held_back: Sequence[str] = ()
) -> View:
    counted = locale.plural("{n} registered", "{n} registered", len(lines) + gathering.former_registrants)
    counted += " · " + locale.plural("{n} in", "{n} in", gathering.admitted)
    parts: list[Part] = [Heading(gathering_texts.named(locale, gathering)), Paragraph(line("{n}", n=counted))]
    if held_back:
        parts.append(Note(notification_texts.held_back(locale, held_back)))
    if lines:
        parts.append(Item(tuple(_roster_line(locale, roster_line) for roster_line in lines[:ROSTER_LINES])))
    if len(lines) > ROSTER_LINES:
        sentence = locale.plural("{n} more in the file.", "{n} more in the file.", len(lines) - ROSTER_LINES)
        parts.append(Note(line(sentence)))
    if gathering.former_registrants:
        sentence = locale.plural(
            "{n} registrant is no longer named: it is long ago, or they asked to be forgotten.",
            "{n} registrants are no longer named: it is long ago, or they asked to be forgotten.",
            gathering.former_registrants,
        )
        parts.append(Note(line(sentence)))
    if lines:
        parts.append(Attachment(f"roster-{gathering.id}.csv", "text/csv", file))
    elif not gathering.former_registrants:
        parts.append(Paragraph(line(locale.t("Nobody has registered yet."))))
    return View(tuple(parts))


def _roster_line(locale: Locale, registrant: RosterLine) -> Line:
    facts = [locale.t("came in")] if registrant.admitted_at else []
    facts += [locale.t("on Zoom")] if registrant.logged_in_at else []
    receipts = roster_csv.told(registrant.receipts)
    if not registrant.hears:
        facts.append(locale.t("asked for no letters at all"))
    elif receipts:
        kind, last = receipts[-1]
        reminded = kind == NotificationKind.REMINDER and last is Receipt.SENT
        last_message = locale.t("last message: {receipt}").format(receipt=receipt(locale, last))
        facts.append(locale.t("reminded") if reminded else last_message)
    return (Strong(registrant.name or locale.t("somebody")), Text(" · " + " · ".join([registrant.platform, *facts])))
