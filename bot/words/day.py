"""What facilitators read on the day: the doors, live, and the roster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import doors, rosters
from bot.asks import Call
from bot.doors import Doors
from bot.gatherings import Gathering
from bot.notices import Kind, Receipt
from bot.registrations import RosterLine
from bot.views import (
    AnyButton,
    Attachment,
    Button,
    Buttons,
    Heading,
    Item,
    Moment,
    Note,
    Paragraph,
    Part,
    Span,
    Strong,
    Style,
    Text,
    Tone,
    View,
)
from bot.words import delivery, gatherings
from bot.words.reader import Reader, line

ROSTER_LINES = 15
"""Names on the roster's page; the file has them all."""


def state(to: Reader, found: Doors) -> str:
    return {
        Doors.EARLY: to.say("Not open yet"),
        Doors.OPEN: to.say("Open"),
        Doors.FULL: to.say("Full"),
        Doors.CLOSED: to.say("Closed"),
        Doors.CANCELLED: to.say("Cancelled"),
        Doors.OVER: to.say("Over"),
    }[found]


def doors_live(
    to: Reader,
    gathering: Gathering,
    now: datetime,
    *,
    registered: int,
    unreached: int,
    logged_in: int = 0,
    trouble: str = "",
    held_back: Sequence[str] = (),
) -> View:
    """`Open · 63 in · 60 on Zoom · 27 places left · closes 18:10`, and what can be done.

    `logged_in`: where Zoom tells; `trouble`: why it does not do what it should, in its own few words; `held_back`: the
    platforms of registrants that refuse the bot's messages for now.
    """
    found = gathering.doors(now)
    facts: list[Span] = [Strong(state(to, found))]
    facts.append(Text(" · " + to.count("{n} registered", "{n} registered", registered)))
    facts.append(Text(" · " + to.count("{n} in", "{n} in", gathering.admitted)))
    if logged_in:
        facts.append(Text(" · " + to.count("{n} on Zoom", "{n} on Zoom", logged_in)))
    left = doors.places_left(gathering)
    facts.append(Text(" · " + to.count("{n} place left", "{n} places left", left)))
    if found is Doors.EARLY:
        opens = Moment(doors.opens_at(gathering), gathering.zone, Style.LONG)
        facts += (Text(" · "), *line(to.say("opens {when}"), when=opens))
    elif found in {Doors.OPEN, Doors.FULL}:
        closes = Moment(doors.closes_at(gathering), gathering.zone, Style.TIME)
        facts += (Text(" · "), *line(to.say("closes {when}"), when=closes))
    lines: list[tuple[Span, ...]] = [(Strong(gatherings.named(to, gathering)),), tuple(facts)]
    if unreached:
        sentence = to.count(
            "{n} person could not be reached by direct message.",
            "{n} people could not be reached by direct message.",
            unreached,
        )
        lines.append(line(sentence))
    if trouble:
        sentence = to.say(
            "{trouble}. People who have no link of their own yet are asked to wait a moment; once that has lasted five"
            " minutes they get the common link. It can be passed on, so please look at who is in the waiting room."
        )
        lines.append(line(sentence, trouble=trouble))
    if held_back:
        lines.append(delivery.held_back(to, held_back))
    return View((Item(tuple(lines)), Buttons(_door_buttons(to, gathering, found, now))))


def zoom_mended(to: Reader) -> View:
    return View((Paragraph(line(to.say("Zoom does again what it should. There is nothing left for you to do."))),))


def _door_buttons(to: Reader, gathering: Gathering, found: Doors, now: datetime) -> tuple[AnyButton, ...]:
    call = Call.of("host-doors", gathering=gathering.id)
    buttons: list[AnyButton] = []
    reopens = gathering.closed_at is not None and found is Doors.CLOSED and now < doors.closes_at(gathering)
    if found is Doors.EARLY or reopens:
        buttons.append(Button(to.say("Open now"), call.filled({"act": "open"}), Tone.NEXT))
    if found in {Doors.OPEN, Doors.FULL}:
        buttons.append(Button(to.say("Close now"), call.filled({"act": "close"}), Tone.FINAL))
    buttons.append(Button(to.say("Look again"), call))
    buttons.append(Button(to.say("Roster"), Call.of("host-roster", gathering=gathering.id)))
    return tuple(buttons)


def doors_stay(to: Reader, gathering: Gathering) -> View:
    sentence = to.say("The doors of {topic} cannot be opened any more: the time to come in is past.")
    return View((Paragraph(line(sentence, topic=Strong(gatherings.named(to, gathering)))),))


def receipt(to: Reader, found: Receipt) -> str:
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
    to: Reader, gathering: Gathering, found: Sequence[RosterLine], file: bytes, held_back: Sequence[str] = ()
) -> View:
    counted = to.count("{n} registered", "{n} registered", len(found) + gathering.former_registrants)
    counted += " · " + to.count("{n} in", "{n} in", gathering.admitted)
    parts: list[Part] = [Heading(gatherings.named(to, gathering)), Paragraph(line("{n}", n=counted))]
    if held_back:
        parts.append(Note(delivery.held_back(to, held_back)))
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


def _roster_line(to: Reader, each: RosterLine) -> tuple[Span, ...]:
    facts = [to.say("came in")] if each.admitted_at else []
    facts += [to.say("on Zoom")] if each.logged_in_at else []
    told = rosters.told(each.receipts)
    if told:
        kind, last = told[-1]
        reminded = kind == Kind.REMINDER and last is Receipt.SENT
        said = to.say("last message: {receipt}").format(receipt=receipt(to, last))
        facts.append(to.say("reminded") if reminded else said)
    return (Strong(each.name or to.say("somebody")), Text(" · " + " · ".join([each.platform, *facts])))
