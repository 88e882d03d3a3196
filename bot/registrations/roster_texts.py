"""What facilitators read on the day: the doors, live, and the roster."""

from __future__ import annotations

from collections.abc import Sequence

from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.notifications import texts as notification_texts
from bot.notifications.model import NotificationKind, Receipt
from bot.registrations import roster_csv
from bot.registrations.model import RosterLine
from bot.views import Attachment, Heading, Item, Note, Paragraph, Part, Span, Strong, Text, View

ROSTER_LINES = 15
"""Names on the roster's page; the file has them all."""


def receipt(to: Locale, found: Receipt) -> str:
    return {
        Receipt.WAITING: to.say("on its way"),
        Receipt.CLAIMED: to.say("on its way"),
        Receipt.SENT: to.say("sent"),
        Receipt.BLOCKED: to.say("blocked"),
        Receipt.FAILED: to.say("failed"),
        Receipt.TOO_LATE: to.say("too late"),
        Receipt.MISSED: to.say("missed"),
        Receipt.DROPPED: to.say("not needed"),
    }[found]


def roster(
    to: Locale, gathering: Gathering, found: Sequence[RosterLine], file: bytes, held_back: Sequence[str] = ()
) -> View:
    counted = to.count("{n} registered", "{n} registered", len(found) + gathering.former_registrants)
    counted += " · " + to.count("{n} in", "{n} in", gathering.admitted)
    parts: list[Part] = [Heading(gathering_texts.named(to, gathering)), Paragraph(line("{n}", n=counted))]
    if held_back:
        parts.append(Note(notification_texts.held_back(to, held_back)))
    if found:
        parts.append(Item(tuple(_roster_line(to, each) for each in found[:ROSTER_LINES])))
    if len(found) > ROSTER_LINES:
        sentence = to.count("{n} more in the file.", "{n} more in the file.", len(found) - ROSTER_LINES)
        parts.append(Note(line(sentence)))
    if gathering.former_registrants:
        sentence = to.count(
            "{n} registrant is no longer named: it is long ago, or they asked to be forgotten.",
            "{n} registrants are no longer named: it is long ago, or they asked to be forgotten.",
            gathering.former_registrants,
        )
        parts.append(Note(line(sentence)))
    if found:
        parts.append(Attachment(f"roster-{gathering.id}.csv", "text/csv", file))
    elif not gathering.former_registrants:
        parts.append(Paragraph(line(to.say("Nobody has registered yet."))))
    return View(tuple(parts))


def _roster_line(to: Locale, each: RosterLine) -> tuple[Span, ...]:
    facts = [to.say("came in")] if each.admitted_at else []
    facts += [to.say("on Zoom")] if each.logged_in_at else []
    told = roster_csv.told(each.receipts)
    if told:
        kind, last = told[-1]
        reminded = kind == NotificationKind.REMINDER and last is Receipt.SENT
        said = to.say("last message: {receipt}").format(receipt=receipt(to, last))
        facts.append(to.say("reminded") if reminded else said)
    return (Strong(each.name or to.say("somebody")), Text(" · " + " · ".join([each.platform, *facts])))
