"""Texts of messages from the facilitators to registrants."""

from __future__ import annotations

from bot import button_texts
from bot.button_texts import paragraphs
from bot.gatherings import replies
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.messages.model import MESSAGE_LIMIT, Message
from bot.request import Call
from bot.views import Button, Buttons, Form, Note, Paragraph, Part, Quote, TextField, Tone, View


def form(
    locale: Locale, gathering: Gathering, recipients: int, *, typed: str = "", error: str = "", draft: str = ""
) -> Form:
    hint = locale.plural("{n} registrant reads it.", "{n} registrants read it.", recipients)
    return Form(
        locale.t("A word to registrants"),
        Call.of("host-message", gathering=gathering.id, draft=draft or None),
        (
            TextField(
                "text",
                locale.t("Your message"),
                value=typed,
                hint=hint + " " + locale.t("Without the link to the room: I give it to each at the door."),
                error=error,
                multiline=True,
                limit=MESSAGE_LIMIT,
            ),
        ),
        locale.t("Show me a preview"),
        gathering_texts.named_in_full(locale, gathering),
    )


def nothing_written(locale: Locale) -> str:
    return locale.t("Please write what they should read.")


def preview(locale: Locale, gathering: Gathering, message: Message, *, recipients: int, opted_out: int) -> View:
    heading = locale.plural(
        "A preview. {n} registrant will read it.", "A preview. {n} registrants will read it.", recipients
    )
    parts: list[Part] = [Note(line(heading)), *as_received(locale, gathering, message).parts[:2]]
    if opted_out:
        sentence = locale.plural(
            "{n} registrant does not wish for direct messages, and will not.",
            "{n} registrants do not wish for direct messages, and will not.",
            opted_out,
        )
        parts.append(Note(line(sentence)))
    send = Button(locale.t("Send"), Call.of("host-send", message=message.id), Tone.NEXT)
    change = Button(locale.t("Change"), Call.of("host-message", gathering=gathering.id, draft=message.id))
    discard = Button(locale.t("Discard"), Call.of("host-unsend", message=message.id))
    return View((*parts, Buttons((send, change, discard))))


def no_recipients(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("Nobody who could read it is registered for {topic}.")
    return replies.short(locale, gathering, sentence, button_texts.roster(locale, gathering))


def sent(locale: Locale, gathering: Gathering, recipients: int) -> View:
    sentence = locale.plural("It is on its way to {n} registrant.", "It is on its way to {n} registrants.", recipients)
    return paragraphs(line(sentence), buttons=(_roster_button(locale, gathering.id),))


def already_sent(locale: Locale, gathering: int) -> View:
    sentence = locale.t("That message was sent already. Nobody reads it twice.")
    return paragraphs(line(sentence), buttons=(_roster_button(locale, gathering),))


def _roster_button(locale: Locale, gathering: int) -> Button:
    return Button(locale.t("See whom it reaches"), Call.of("host-roster", gathering=gathering))


def draft_gone(locale: Locale) -> View:
    sentence = locale.t("That draft is no longer kept. Please write it again.")
    return paragraphs(line(sentence), buttons=(Button(locale.t("Write a message"), Call("host-message"), Tone.NEXT),))


def discarded(locale: Locale) -> View:
    return paragraphs(line(locale.t("The draft is gone. Nobody has read it.")))


def as_received(locale: Locale, gathering: Gathering, message: Message) -> View:
    """As a registrant reads it."""
    sentence = locale.t("A word from the facilitators of {topic}, {when}:")
    heading = replies.sentence(locale, gathering, sentence)
    return View((Paragraph(heading), Quote(message.text), Buttons((button_texts.mine(locale),))))
