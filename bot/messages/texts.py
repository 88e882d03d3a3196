"""A word from the facilitators to everyone who registered."""

from __future__ import annotations

from bot.dispatcher_texts import paragraphs
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line, strong
from bot.messages.model import MESSAGE_LIMIT, Message
from bot.request import Call
from bot.views import Button, Buttons, Form, Note, Paragraph, Part, Quote, TextField, Tone, View


def form(to: Locale, gathering: Gathering, readers: int, *, typed: str = "", error: str = "", draft: str = "") -> Form:
    hint = to.count("{n} registrant reads it.", "{n} registrants read it.", readers)
    return Form(
        to.say("A word to registrants"),
        Call.of("host-message", gathering=gathering.id, draft=draft or None),
        (
            TextField(
                "text",
                to.say("Your message"),
                value=typed,
                hint=hint + " " + to.say("Without the link to the room: I give it to each at the door."),
                error=error,
                multiline=True,
                limit=MESSAGE_LIMIT,
            ),
        ),
        to.say("Show me a preview"),
    )


def nothing_written(to: Locale) -> str:
    return to.say("Please write what they should read.")


def preview(to: Locale, gathering: Gathering, message: Message, *, readers: int, quiet: int) -> View:
    told = to.count(
        "A preview. {n} registrant will read it.", "A preview. {n} registrants will read it.", readers
    )  # fmt: skip
    parts: list[Part] = [Note(line(told)), *letter(to, gathering, message).parts[:2]]
    if quiet:
        sentence = to.count(
            "{n} registrant does not wish for direct messages, and will not.",
            "{n} registrants do not wish for direct messages, and will not.",
            quiet,
        )
        parts.append(Note(line(sentence)))
    send = Button(to.say("Send"), Call.of("host-send", message=message.id), Tone.NEXT)
    change = Button(to.say("Change"), Call.of("host-message", gathering=gathering.id, draft=message.id))
    discard = Button(to.say("Discard"), Call.of("host-unsend", message=message.id))
    return View((*parts, Buttons((send, change, discard))))


def nobody(to: Locale, gathering: Gathering) -> View:
    sentence = to.say("Nobody who could read it is registered for {topic}.")
    doors = Button(to.say("Roster"), Call.of("host-roster", gathering=gathering.id))
    return paragraphs(line(sentence, topic=strong(gathering_texts.named(to, gathering))[0]), buttons=(doors,))


def sent(to: Locale, gathering: Gathering, readers: int) -> View:
    sentence = to.count("It is on its way to {n} registrant.", "It is on its way to {n} registrants.", readers)
    roster = Button(to.say("See whom it reaches"), Call.of("host-roster", gathering=gathering.id))
    return paragraphs(line(sentence), buttons=(roster,))


def sent_before(to: Locale) -> View:
    return paragraphs(line(to.say("That message was sent already. Nobody reads it twice.")))


def gone(to: Locale) -> View:
    sentence = to.say("That draft is no longer kept. Please write it again.")
    return paragraphs(line(sentence), buttons=(Button(to.say("Write a message"), Call("host-message"), Tone.NEXT),))


def discarded(to: Locale) -> View:
    return paragraphs(line(to.say("The draft is gone. Nobody has read it.")))


def letter(to: Locale, gathering: Gathering, message: Message) -> View:
    """As a registrant reads it."""
    sentence = to.say("A word from the facilitators of {topic}, {when}:")
    topic = strong(gathering_texts.named(to, gathering))[0]
    mine = Button(to.say("My gatherings"), Call("mine"))
    spoken = line(sentence, topic=topic, when=gathering_texts.moment(gathering))
    return View((Paragraph(spoken), Quote(message.text), Buttons((mine,))))
