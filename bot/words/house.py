"""Help, settings, suggestions, and what is said when something is not as it should be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import times
from bot.asks import Call
from bot.house import LANGUAGES, House
from bot.members import Member, Person
from bot.topics import TOPIC_LIMIT
from bot.views import (
    Button,
    Buttons,
    ChecksField,
    Choice,
    ChoiceField,
    Form,
    Heading,
    Item,
    Note,
    Paragraph,
    Part,
    Span,
    Strong,
    Text,
    TextField,
    Tone,
    View,
)
from bot.words import clock
from bot.words.reader import Reader, line, spoken, strong

LANGUAGE_NAMES = {"en": "English", "es": "Español"}
AFTERWARDS = "afterwards"
"""The value that stands beside the reminders' lengths in the settings form."""


def stranger(who: Person, house: House) -> Reader:
    """A reader for someone who could not be looked up."""
    return Reader(spoken(who.language) or house.language, who.zone or house.zone)


def say(*sentences: tuple[Span, ...], buttons: tuple[Button, ...] = ()) -> View:
    parts: list[Part] = [Paragraph(each) for each in sentences]
    return View((*parts, Buttons(buttons)) if buttons else tuple(parts))


# ---- when something is not as it should be


def failed(to: Reader, reference: str) -> View:
    sentence = to.say(
        "Something went wrong on our side, and nothing was changed. Please try again in a minute. If it happens"
        " again, give a facilitator this reference: {reference}"
    )
    return say(line(sentence, reference=strong(reference)[0]))


def busy(to: Reader, call: Call) -> View:
    """`call` is not repeated in a button when it holds what people typed: it might not fit, or be a secret."""
    sentence = to.say("Many people are here at this moment. Nothing was changed; please try again shortly.")
    again = all(value.isdecimal() for _, value in call.arguments)
    return say(line(sentence), buttons=(Button(to.say("Try again"), call, Tone.NEXT),) if again else ())


def slow(to: Reader) -> View:
    sentence = to.say("This takes longer than it should, and it may still have worked. Please look here first.")
    return say(line(sentence), buttons=(Button(to.say("My gatherings"), Call("mine"), Tone.NEXT),))


def stale(to: Reader) -> View:
    sentence = to.say("That button is from an earlier day and no longer works. Here is the way on.")
    return say(line(sentence), buttons=(*_ways_on(to),))


def _ways_on(to: Reader) -> tuple[Button, ...]:
    return (
        Button(to.say("Upcoming gatherings"), Call("list"), Tone.NEXT),
        Button(to.say("My gatherings"), Call("mine")),
    )


def not_a_facilitator(to: Reader) -> View:
    sentence = to.say("That is for facilitators. If you would like to facilitate, please ask one of them to add you.")
    return say(line(sentence), buttons=_ways_on(to))


def with_unreached(to: Reader, view: View) -> View:
    """Told at the next command to someone whose direct messages are closed."""
    sentence = to.say(
        "I could not reach you by direct message. Please allow messages from this app if you would like"
        " reminders; /htg mine and /htg join work all the same."
    )
    return View((Note(line(sentence)), *view.parts), view.public)


# ---- help


def help_page(
    to: Reader, house: House, group: str, found: Sequence[tuple[str, str]], *, unknown: str = "", nearest: str = ""
) -> View:
    parts: list[Part] = []
    if unknown and nearest:
        sentence = to.say("I do not know “{word}”. Did you mean {nearest}?")
        parts.append(Paragraph(line(sentence, word=unknown, nearest=strong(f"/{group} {nearest}")[0])))
    elif unknown:
        parts.append(Paragraph(line(to.say("I do not know “{word}”. This is what I can do."), word=unknown)))
    if group == "htg":
        parts.append(Heading(to.say("Gatherings of {organisation}").format(organisation=house.organisation)))
        sentence = to.say(
            "Free gatherings online where people are deeply listened to. Register, and I will remind you"
            " and open the door for you when it is time."
        )
        parts.append(Paragraph(line(sentence)))
    else:
        parts.append(Heading(to.say("For facilitators")))
    parts.append(Item(tuple(_usage(to, usage, summary) for usage, summary in found)))
    if group == "htg" and to.facilitates:
        parts.append(Note(line(to.say("As a facilitator you also have /htg-host help."))))
    examples = (
        to.say("For example: /htg register 12, or /htg register grief")
        if group == "htg"
        else to.say("For example: /htg-host doors 12, or /htg-host announce grief")
    )
    parts.append(Note(line(examples)))
    if group == "htg":
        parts.append(Buttons(_ways_on(to)))
    return View(tuple(parts))


def _usage(to: Reader, usage: str, summary: str) -> tuple[Span, ...]:
    return (Strong(usage), Text(f" – {to.say(summary)}"))


# ---- suggestions


def suggest_form(to: Reader, typed: str = "", error: str = "", others: Sequence[Choice] = ()) -> Form:
    """`others`: what other members have suggested; one of these may be chosen instead, or besides."""
    fields: tuple[TextField | ChoiceField, ...] = (
        TextField(
            "topic",
            to.say("What should a gathering be about?"),
            value=typed,
            hint=to.say("Other members do not see who suggested it."),
            error=error,
            required=not others,
            multiline=True,
            limit=TOPIC_LIMIT,
        ),
    )
    if others:
        label = to.say("Or join in what others suggested")
        fields += (ChoiceField("support", label, tuple(others), required=False),)
    return Form(to.say("Suggest a topic"), Call("suggest"), fields, to.say("Suggest"))


def topic_too_long(to: Reader) -> str:
    return to.say("Please say it in at most {limit} characters.").format(limit=TOPIC_LIMIT)


def suggested(to: Reader, topic: str) -> View:
    return say(
        line(to.say("Thank you. The facilitators will read it: {topic}"), topic=strong(topic)[0]),
        line(to.say("Other members do not see that it came from you.")),
    )


def suggested_before(to: Reader, topic: str) -> View:
    return say(line(to.say("You have suggested this already, and it is kept: {topic}"), topic=strong(topic)[0]))


def suggested_enough(to: Reader, limit: int) -> View:
    sentence = to.say("You have {limit} suggestions waiting. When one is taken up, there is room for another.")
    return say(line(sentence, limit=limit))


# ---- settings


def settings_form(to: Reader, house: House, member: Member, *, typed_zone: str | None = None, error: str = "") -> Form:
    settings = member.settings
    heard = [str(int(lead.total_seconds())) for lead in house.reminders if lead not in settings.muted]
    heard += [AFTERWARDS] if settings.afterwards else []
    reminders = tuple(
        Choice(str(int(lead.total_seconds())), to.say("{length} before").format(length=clock.length(to, lead)))
        for lead in house.reminders
    )
    known = to.say("{zone} (as your app says)").format(zone=member.zone) if member.zone else house.zone
    yes_no = (
        Choice("yes", to.say("Yes, by direct message")),
        Choice("no", to.say("Only if a gathering moves or is cancelled")),
    )
    return Form(
        to.say("My settings"),
        Call("settings"),
        (
            TextField(
                "zone",
                to.say("Time zone"),
                value=typed_zone if typed_zone is not None else (settings.zone or ""),
                hint=to.say("A city, like Madrid. Left empty: {zone}").format(zone=known),
                error=error,
                required=False,
                limit=60,
            ),
            ChoiceField(
                "language",
                to.say("Language"),
                tuple(Choice(each, LANGUAGE_NAMES[each]) for each in LANGUAGES),
                value=to.language,
            ),
            ChecksField(
                "reminders",
                to.say("Remind me"),
                (*reminders, Choice(AFTERWARDS, to.say("A word of thanks afterwards"))),
                value=",".join(heard),
            ),
            ChoiceField(
                "direct",
                to.say("Write to me"),
                yes_no,
                value="yes" if settings.by_direct_message else "no",
            ),
        ),
        to.say("Save"),
    )


def _together(to: Reader, several: Sequence[str]) -> str:
    """`24 hours, 1 hour and 10 minutes`."""
    if len(several) < 2:
        return "".join(several)
    return to.say("{several} and {last}").format(several=", ".join(several[:-1]), last=several[-1])


def unknown_zone(to: Reader, problem: times.UnreadableTime) -> str:
    return clock.which_zone(to, problem) or to.say("I do not know that time zone. Try a city, like Madrid or New York.")


def settings_kept(to: Reader, house: House, member: Member, now: datetime) -> View:
    settings = member.settings
    leads = [clock.length(to, lead) for lead in house.reminders if lead not in settings.muted]
    if not settings.by_direct_message:
        reminders = to.say(
            "I will only write if a gathering moves or is cancelled. /htg mine and /htg join work as ever."
        )
    elif leads:
        reminders = to.say("I will remind you {leads} before a gathering.").format(leads=_together(to, leads))
    else:
        reminders = to.say("I will not send reminders. /htg mine and /htg join work as ever.")
    return say(
        line(
            to.say("Saved. Times are shown for {zone}, and it is {time} there now."),
            zone=strong(to.zone)[0],
            time=clock.time(to, now),
        ),
        line(reminders),
        buttons=(Button(to.say("My gatherings"), Call("mine")),),
    )
