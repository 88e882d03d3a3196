"""What facilitators read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot import doors, times
from bot.addresses import Address
from bot.announcements import Scheduled
from bot.asks import Call
from bot.doors import Doors
from bot.gatherings import DESCRIPTION_LIMIT, FACILITATORS_LIMIT, NOTE_LIMIT, PARTS_LIMIT, TITLE_LIMIT, Gathering
from bot.house import House
from bot.notices import Receipt
from bot.registrations import RosterLine
from bot.views import (
    ITEM_LIMIT,
    AnyButton,
    Attachment,
    Button,
    Buttons,
    Choice,
    ChoiceField,
    Form,
    Heading,
    Item,
    Menu,
    Moment,
    Note,
    Paragraph,
    Part,
    Span,
    Strong,
    Style,
    Text,
    TextField,
    Tone,
    View,
)
from bot.words import clock, gatherings, scheduling
from bot.words.reader import Reader, line, strong

ROSTER_LINES = 15
"""Names on the roster's page; the file has them all."""


def _named(to: Reader, gathering: Gathering) -> Span:
    return strong(gatherings.named(to, gathering))[0]


# ---- the form


def gathering_form(
    to: Reader,
    call: Call,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    told: int = 0,
    keeps_link: bool = False,
    makes_link: bool = False,
) -> Form:
    """For a new gathering and for a change alike. `told`: how many registrants hear of a moved start.

    A link that is left empty stays as it is (`keeps_link`), or a meeting is made (`makes_link`).
    """
    if told:  # parts cannot be added any more; short, since Discord shows 100 characters
        starts_hint = to.say("Like 2026-12-03 18:00, for {zone}.").format(zone=to.zone)
        heard = to.count("{n} registrant is told if it moves.", "{n} registrants are told if it moves.", told)
        starts_hint = f"{starts_hint} {heard}"
    else:
        starts_hint = to.say("One line for each part, up to {n}. Like 2026-12-03 18:00, for {zone}.")
        starts_hint = starts_hint.format(n=PARTS_LIMIT, zone=to.zone)
    link_hint = to.say("The link, and the passcode on a second line.")
    if keeps_link:
        link_hint = to.say("Left empty, it stays as it is. The link, and the passcode on a second line.")
    elif makes_link:
        link_hint = to.say("Left empty, I make a Zoom meeting, with a link of their own for everyone who comes.")

    def text(name: str, label: str, **more: object) -> TextField:
        return TextField(name, label, value=values.get(name, ""), error=errors.get(name, ""), **more)  # type: ignore[arg-type]

    return Form(
        to.say("Change the gathering") if call.name == "host-edit" else to.say("A new gathering"),
        call,
        (
            text("title", to.say("Topic"), limit=TITLE_LIMIT),
            text("description", to.say("Description"), limit=DESCRIPTION_LIMIT, required=False, multiline=True),
            text("starts", to.say("Date and time"), hint=starts_hint, limit=200, multiline=True),
            text(
                "zoom",
                to.say("Zoom link"),
                hint=link_hint,
                limit=1200,
                required=not (keeps_link or makes_link),
                multiline=True,
                secret=True,
            ),
            text("facilitators", to.say("Facilitators"), limit=FACILITATORS_LIMIT, required=False),
        ),
        to.say("Save") if call.name == "host-edit" else to.say("Show me a preview"),
    )


def title_missing(to: Reader) -> str:
    return to.say("Please give the topic, in at most {limit} characters.").format(limit=TITLE_LIMIT)


def too_long(to: Reader, limit: int) -> str:
    return to.say("Please say it in at most {limit} characters.").format(limit=limit)


def holds_room(to: Reader) -> str:
    return to.say("Please leave the Zoom link and passcode out: everyone can read this.")


def link_unreadable(to: Reader) -> str:
    return to.say("I could not read that link. Paste it whole, like https://zoom.us/j/123456789?pwd=…")


def unreadable_time(to: Reader, problem: times.UnreadableTime, example: datetime) -> str:
    shown = clock_text(to, example)
    if problem.why == "zone":
        sentence = to.say("I do not know the time zone “{typed}”. Try: {example} Europe/Madrid")
    elif problem.why == "gap":
        sentence = to.say("“{typed}” does not exist: clocks in {zone} skip that hour on that night.")
    elif problem.why == "twice":
        sentence = to.say("“{typed}” happens twice in {zone} on that night. Write {first} or {second}.")
    else:
        sentence = to.say("I could not read “{typed}”. Try: {example}")
    first, second = problem.choices or ("", "")
    return sentence.format(typed=problem.typed, example=shown, zone=problem.zone, first=first, second=second)


def clock_text(to: Reader, at: datetime) -> str:
    return times.typed(at, to.zone).rpartition(" ")[0]


def already_past(to: Reader, at: datetime) -> str:
    return to.say("That is already past: {when}.").format(when=clock.long(to, at))


def not_in_order(to: Reader) -> str:
    return to.say("Each part must begin after the one before it has ended.")


def starts_missing(to: Reader, wanted: int, example: datetime) -> str:
    if wanted:
        return to.count("Please give {n} line, one for each part.", "Please give {n} lines, one for each part.", wanted)
    sentence = to.say("Please give one to {n} lines. Try: {example}")
    return sentence.format(n=PARTS_LIMIT, example=clock_text(to, example))


# ---- drafts


def preview(to: Reader, house: House, found: Sequence[Gathering]) -> View:
    """Exactly as members will see it, then what can be done with it."""
    first = found[0]
    shown = gatherings.announcement(to, house, first, found)
    body = tuple(part for part in shown.parts if not isinstance(part, Buttons))
    return View(
        (
            Note(line(to.say("A preview. Nobody else can see it yet; its number is {id}."), id=first.id)),
            *body,
            gatherings.door_rule(to, first),
            Buttons(
                (
                    Button(to.say("Publish"), Call.of("host-publish", gathering=first.id), Tone.NEXT),
                    Button(to.say("Change"), Call.of("host-edit", gathering=first.id)),
                    Button(to.say("Discard"), Call.of("host-discard", gathering=first.id)),
                )
            ),
        )
    )


def published(to: Reader, first: Gathering, *, told: int = 0) -> View:
    """`told`: how many asked for its topic, and now hear of it."""
    sentence = to.count(
        "{n} person who asked for the topic is being told.", "{n} people who asked for the topic are being told.", told
    )
    return View(
        (
            Paragraph(line(to.say("{topic} is published; members can register."), topic=strong(first.title)[0])),
            *((Paragraph(line(sentence)),) if told else ()),
            Paragraph(line(to.say("Announce it now?"))),
            Buttons(
                (
                    Button(to.say("Announce"), Call.of("host-announce", gathering=first.id), Tone.NEXT),
                    Button(to.say("See the doors"), Call.of("host-doors", gathering=first.id)),
                )
            ),
        )
    )


def discarded(to: Reader, gathering: Gathering) -> View:
    sentence = to.say("The draft of {topic} is gone. Nobody had seen it.")
    again = Buttons((Button(to.say("Create another"), Call("host-create")),))
    return View((Paragraph(line(sentence, topic=strong(gathering.title)[0])), again))


def not_a_draft(to: Reader, gathering: Gathering) -> View:
    sentence = to.say("{topic} is no longer a draft.")
    return View(
        (
            Paragraph(line(sentence, topic=_named(to, gathering))),
            Buttons((Button(to.say("See the doors"), Call.of("host-doors", gathering=gathering.id)),)),
        )
    )


def still_a_draft(to: Reader, gathering: Gathering) -> View:
    sentence = to.say("{topic} is still a draft. Publish it first.")
    return View(
        (
            Paragraph(line(sentence, topic=_named(to, gathering))),
            Buttons((Button(to.say("Publish"), Call.of("host-publish", gathering=gathering.id), Tone.NEXT),)),
        )
    )


def nothing_hosted(to: Reader) -> View:
    return View(
        (
            Paragraph(line(to.say("There is no gathering to choose from yet."))),
            Buttons((Button(to.say("Create one"), Call("host-create"), Tone.NEXT),)),
        )
    )


def changed(to: Reader, found: Sequence[Gathering], *, moved: int, told: int) -> View:
    parts: list[Part] = [Paragraph(line(to.say("{topic} is changed."), topic=strong(found[0].title)[0]))]
    if moved and told:
        sentence = to.count(
            "{n} registrant is being told of the new time.", "{n} registrants are being told of the new time.", told
        )
        parts.append(Paragraph(line(sentence)))
    parts.append(Note(line(to.say("Announcements that were posted are changed in place."))))
    return View(tuple(parts))


# ---- announcing


def announce(
    to: Reader,
    house: House,
    found: Sequence[Gathering],
    channels: Sequence[Choice],
    planned: Sequence[Scheduled] = (),
    missing: Sequence[Address] = (),
) -> View:
    """`missing`: channels that were chosen and where the post does not stand."""
    shown = gatherings.announcement(to, house, found[0], found)
    parts: list[Part] = [Note(line(to.say("A preview of the post. For now only you can see it."))), *shown.parts]
    if channels:
        call = Call.of("host-announce", gathering=found[0].id)
        parts.append(Menu(to.say("Post it in which channel?"), call, "channel", tuple(channels)))
        at_a_time = Button(to.say("At a time…"), Call.of("host-announce-at", gathering=found[0].id))
        parts.append(Buttons((at_a_time,)))
    else:
        sentence = to.say(
            "Use this command in the channel where it should be posted, or ask whoever runs the bot to add channels"
            " under HTG_ANNOUNCEMENT_CHANNELS."
        )
        parts.append(Paragraph(line(sentence)))
    if missing:
        sentence = to.say(
            "The post does not stand in {channels} yet. If that lasts, let the bot into the channel, and choose it"
            " again."
        )
        named = ", ".join(str(each) for each in missing[:ITEM_LIMIT])
        parts.append(Note(line(sentence, channels=named)))
    parts += [scheduling.waiting(to, found[0], each) for each in planned[:ITEM_LIMIT]]
    return View(tuple(parts))


def announcing(to: Reader, gathering: Gathering, channel: Address, *, before: bool) -> View:
    sentence = (
        to.say("{topic} is announced in {channel} already. The post changes by itself when the gathering does.")
        if before
        else to.say("{topic} is being posted in {channel}. The post changes by itself when the gathering does.")
    )
    return View(
        (
            Paragraph(line(sentence, topic=strong(gathering.title)[0], channel=str(channel))),
            Buttons((Button(to.say("Another channel"), Call.of("host-announce", gathering=gathering.id)),)),
        )
    )


def unknown_channel(to: Reader) -> View:
    sentence = to.say("I cannot post there. Choose one of the channels that I offer.")
    return View((Paragraph(line(sentence)),))


# ---- cancelling


def cancel_form(to: Reader, gathering: Gathering, told: int, *, several: bool, error: str = "", note: str = "") -> Form:
    """Asks once more, since it cannot be undone, and for a note."""
    hint = to.count("{n} registrant reads it.", "{n} registrants read it.", told)
    fields: list[TextField | ChoiceField] = [
        TextField(
            "note",
            to.say("A word to those who registered"),
            value=note,
            hint=hint,
            error=error,
            required=False,
            multiline=True,
            limit=NOTE_LIMIT,
        )
    ]
    if several:
        this = to.say("Only {part}").format(part=gatherings.part(to, gathering))
        choices = (Choice("this", this), Choice("all", to.say("All coming parts")))
        fields.insert(0, ChoiceField("which", to.say("What is cancelled?"), choices, value="this"))
    title = to.say("Cancel this gathering?")
    return Form(
        title,
        Call.of("host-cancel", gathering=gathering.id, sure="yes"),
        tuple(fields),
        to.say("Cancel and tell everyone"),
    )


def cancelled(to: Reader, found: Sequence[Gathering], told: int) -> View:
    name = gatherings.named(to, found[0]) if len(found) == 1 else found[0].title
    parts: list[Part] = [Paragraph(line(to.say("{topic} is cancelled."), topic=strong(name)[0]))]
    if told:
        parts.append(
            Paragraph(line(to.count("{n} registrant is being told.", "{n} registrants are being told.", told)))
        )
    parts.append(Note(line(to.say("Announcements that were posted are changed in place."))))
    return View(tuple(parts))


def cannot_be_cancelled(to: Reader, gathering: Gathering) -> View:
    sentence = to.say("{topic} was cancelled already.") if gathering.cancelled else to.say("{topic} is over already.")
    return View((Paragraph(line(sentence, topic=_named(to, gathering))),))


# ---- the day itself


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
) -> View:
    """`Open · 63 in · 60 on Zoom · 27 places left · closes 18:10`, and what can be done.

    `logged_in`: where Zoom tells; `trouble`: why it does not do what it should, in its own few words.
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
    lines: list[tuple[Span, ...]] = [(_named(to, gathering),), tuple(facts)]
    if unreached:
        sentence = to.count(
            "{n} person could not be reached by direct message.",
            "{n} people could not be reached by direct message.",
            unreached,
        )
        lines.append(line(sentence))
    if trouble:
        sentence = to.say("{trouble}. Until that is mended, people without a link of their own get the common one.")
        lines.append(line(sentence, trouble=trouble))
    return View((Item(tuple(lines)), Buttons(_door_buttons(to, gathering, found, now))))


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
    return View((Paragraph(line(sentence, topic=_named(to, gathering))),))


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


def roster(to: Reader, gathering: Gathering, found: Sequence[RosterLine], file: bytes) -> View:
    counted = to.count("{n} registered", "{n} registered", len(found) + gathering.former_registrants)
    counted += " · " + to.count("{n} in", "{n} in", gathering.admitted)
    parts: list[Part] = [Heading(gatherings.named(to, gathering)), Paragraph(line("{n}", n=counted))]
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
    if each.receipts:
        kind, last = each.receipts[-1]
        del kind
        facts.append(to.say("last message: {receipt}").format(receipt=receipt(to, last)))
    return (Strong(each.name or to.say("somebody")), Text(" · " + " · ".join([each.platform, *facts])))
