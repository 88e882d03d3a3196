"""The gathering form, and what a facilitator reads until it is published and when it is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot import time_texts, times
from bot.announcements import texts as announcement_texts
from bot.config import Config
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import DESCRIPTION_LIMIT, FACILITATORS_LIMIT, PARTS_LIMIT, TITLE_LIMIT, Gathering
from bot.i18n import Locale, line, strong
from bot.request import Call
from bot.views import Button, Buttons, Form, Note, Paragraph, Part, Span, Strong, TextField, Tone, View

INVITATION_LIMIT = 3000
"""Zoom's whole invitation, with every country's telephone numbers, may be pasted (a Slack input takes 3000)."""


def gathering_form(
    to: Locale,
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
    link_hint = to.say("The link and passcode, or Zoom's whole invitation.")
    if keeps_link:
        link_hint = to.say("Left empty, it stays as it is. The link and passcode, or Zoom's whole invitation.")
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
                limit=INVITATION_LIMIT,
                required=not (keeps_link or makes_link),
                multiline=True,
                secret=True,
            ),
            text("facilitators", to.say("Facilitators"), limit=FACILITATORS_LIMIT, required=False),
        ),
        to.say("Save") if call.name == "host-edit" else to.say("Show me a preview"),
    )


def title_missing(to: Locale) -> str:
    return to.say("Please give the topic, in at most {limit} characters.").format(limit=TITLE_LIMIT)


def too_long(to: Locale, limit: int) -> str:
    return to.say("Please say it in at most {limit} characters.").format(limit=limit)


def holds_room(to: Locale) -> str:
    return to.say("Please leave the link and passcode of the room out: everyone can read this.")


def text_leaks(to: Locale, gathering: Gathering) -> View:
    """Of what was kept before, or has another link since."""
    # By its number: the title may be what holds it.
    sentence = to.say(
        "The texts of gathering {id} hold the link to a room, its number or passcode, and everyone would read it."
    )
    change = Button(to.say("Change"), Call.of("host-edit", gathering=gathering.id), Tone.NEXT)
    return View(
        (
            Paragraph(line(sentence, id=gathering.id)),
            Paragraph(line(holds_room(to))),
            Buttons((change,)),
        )
    )


def text_holds_link(to: Locale) -> str:
    return to.say("A text of this gathering or its other parts holds this link's number or passcode. Change it first.")


def link_unreadable(to: Locale, why: str = "form") -> str:
    """`why`: as `ZoomLink.typed` has it. The link is not quoted."""
    reasons = {
        "unseen": to.say("There are signs in that link that nobody can see. Please copy it again."),
        "backslash": to.say("There is a backslash (\\) in that link. Please copy it again."),
        "user": to.say("There is an @ before the host of that link, so it leads elsewhere. Please copy it again."),
        "http": to.say(
            "That link begins with http, so others could read it on its way. Please use one that begins with https."
        ),
        "lookalike": to.say("That link only looks like Zoom's: its host is another. Please copy it from Zoom."),
        "length": to.say("That link or passcode is too long. Please copy the link alone."),
    }
    otherwise = to.say("I could not read that link. Paste it whole, like https://zoom.us/j/123456789?pwd=…")
    return reasons.get(why, otherwise)


def unreadable_time(to: Locale, problem: times.UnreadableTime, example: datetime) -> str:
    shown = clock_text(to, example)
    if problem.why == "zone" and (asked := time_texts.which_zone(to, problem)):
        return asked
    if problem.why == "zone":
        sentence = to.say("I do not know the time zone “{typed}”. Try: {example} Europe/Madrid")
    elif problem.why == "gap":
        sentence = to.say("“{typed}” does not exist: clocks in {zone} skip that hour on that night.")
    elif problem.why == "twice":
        sentence = to.say("“{typed}” happens twice in {zone} on that night. Write {first} or {second}.")
    else:
        sentence = to.say("I could not read “{typed}”. Try: {example}")
    first, second = problem.choices if problem.why == "twice" else ("", "")
    return sentence.format(typed=problem.typed, example=shown, zone=problem.zone, first=first, second=second)


def clock_text(to: Locale, at: datetime) -> str:
    return times.typed(at, to.zone).rpartition(" ")[0]


def already_past(to: Locale, at: datetime) -> str:
    return to.say("That is already past: {when}.").format(when=time_texts.long(to, at))


def not_in_order(to: Locale) -> str:
    return to.say("Each part must begin after the one before it has ended.")


def starts_missing(to: Locale, wanted: int, example: datetime) -> str:
    if wanted:
        return to.count("Please give {n} line, one for each part.", "Please give {n} lines, one for each part.", wanted)
    sentence = to.say("Please give one to {n} lines. Try: {example}")
    return sentence.format(n=PARTS_LIMIT, example=clock_text(to, example))


def preview(to: Locale, house: Config, found: Sequence[Gathering]) -> View:
    """Exactly as members will see it, then what can be done with it."""
    first = found[0]
    shown = announcement_texts.announcement(to, house, first, found)
    body = tuple(part for part in shown.parts if not isinstance(part, Buttons))
    return View(
        (
            Note(line(to.say("A preview. Nobody else can see it yet; its number is {id}."), id=first.id)),
            *body,
            gathering_texts.door_rule(to, first),
            Buttons(
                (
                    Button(to.say("Publish"), Call.of("host-publish", gathering=first.id), Tone.NEXT),
                    Button(to.say("Change"), Call.of("host-edit", gathering=first.id)),
                    Button(to.say("Discard"), Call.of("host-discard", gathering=first.id)),
                )
            ),
        )
    )


def published(to: Locale, first: Gathering, *, told: int = 0, makes_room: bool = False, trouble: str = "") -> View:
    """`told`: how many asked for its topic, and now hear of it. `makes_room`: its meeting at Zoom is still to be made;
    `trouble`: why that does not work for now.
    """
    sentence = to.count(
        "{n} person who asked for the topic is being told.", "{n} people who asked for the topic are being told.", told
    )
    return View(
        (
            Paragraph(line(to.say("{topic} is published; members can register."), topic=strong(first.title)[0])),
            *((Paragraph(line(sentence)),) if told else ()),
            *((Paragraph(_room_to_come(to, trouble)),) if makes_room else ()),
            Paragraph(line(to.say("Announce it now?"))),
            Buttons(
                (
                    Button(to.say("Announce"), Call.of("host-announce", gathering=first.id), Tone.NEXT),
                    Button(to.say("See the doors"), Call.of("host-doors", gathering=first.id)),
                )
            ),
        )
    )


def _room_to_come(to: Locale, trouble: str) -> tuple[Span, ...]:
    if not trouble:
        return line(
            to.say(
                "I am making its meeting at Zoom now. Should that not work, I keep trying, and tell you if it lasts."
            )
        )
    sentence = to.say(
        "Its meeting at Zoom could not be made yet ({trouble}). I keep trying, and tell you when it lasts and when it"
        " is mended."
    )
    return line(sentence, trouble=trouble)


def discarded(to: Locale, gathering: Gathering) -> View:
    sentence = to.say("The draft of {topic} is gone. Nobody had seen it.")
    again = Buttons((Button(to.say("Create another"), Call("host-create")),))
    return View((Paragraph(line(sentence, topic=strong(gathering.title)[0])), again))


def not_a_draft(to: Locale, gathering: Gathering) -> View:
    sentence = to.say("{topic} is no longer a draft.")
    return View(
        (
            Paragraph(line(sentence, topic=Strong(gathering_texts.named(to, gathering)))),
            Buttons((Button(to.say("See the doors"), Call.of("host-doors", gathering=gathering.id)),)),
        )
    )


def still_a_draft(to: Locale, gathering: Gathering) -> View:
    sentence = to.say("{topic} is still a draft. Publish it first.")
    return View(
        (
            Paragraph(line(sentence, topic=Strong(gathering_texts.named(to, gathering)))),
            Buttons((Button(to.say("Publish"), Call.of("host-publish", gathering=gathering.id), Tone.NEXT),)),
        )
    )


def changed(to: Locale, found: Sequence[Gathering], *, moved: int, told: int, posted: bool) -> View:
    parts: list[Part] = [Paragraph(line(to.say("{topic} is changed."), topic=strong(found[0].title)[0]))]
    if moved and told:
        sentence = to.count(
            "{n} registrant is being told of the new time.", "{n} registrants are being told of the new time.", told
        )
        parts.append(Paragraph(line(sentence)))
    if posted:
        parts.append(Note(line(to.say("Announcements that were posted are changed in place."))))
    return View(tuple(parts))
