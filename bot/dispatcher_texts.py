"""Errors and refusals that concern every command, and notes below any answer."""

from __future__ import annotations

from collections.abc import Collection

from bot import button_texts, contact_texts
from bot.addresses import Address
from bot.button_texts import paragraphs
from bot.config import Config
from bot.i18n import Locale, line, supported_language
from bot.members.model import LetterUse, Person
from bot.platform import platform_of
from bot.request import Call
from bot.views import Button, Buttons, Note, Paragraph, Strong, Tone, View


def default_locale(who: Person, config: Config) -> Locale:
    """The locale of someone who could not be looked up."""
    return Locale(supported_language(who.language) or config.language, who.zone or config.zone)


def failed(locale: Locale, config: Config, reference: str) -> View:
    sentence = locale.t(
        "Something went wrong on our side, and nothing was changed. Please try again in a minute. If it happens"
        " again, give a facilitator this reference: {reference}"
    )
    said = Paragraph(line(sentence, reference=Strong(reference)))
    return View((said, *contact_texts.contact_part(locale, config)))


def busy(locale: Locale, call: Call) -> View:
    sentence = locale.t("Many people are here at this moment. Nothing was changed; please try again shortly.")
    return paragraphs(line(sentence), buttons=_again(locale, call))


def _again(locale: Locale, call: Call) -> tuple[Button, ...]:
    """Not of a call that holds what people typed: it might not fit a button, or be a secret."""
    is_short = all(value.isdecimal() for _, value in call.arguments)
    return (Button(locale.t("Try again"), call, Tone.NEXT),) if is_short else ()


def slow(locale: Locale) -> View:
    sentence = locale.t("This takes longer than it should, and it may still have worked. Please look here first.")
    return paragraphs(line(sentence), buttons=(button_texts.mine(locale, Tone.NEXT),))


def stale(locale: Locale) -> View:
    sentence = locale.t("That button is from an earlier day and no longer works. Here is the way on.")
    return paragraphs(line(sentence), buttons=ways_on(locale))


def ways_on(locale: Locale) -> tuple[Button, ...]:
    return (button_texts.upcoming(locale, Tone.NEXT), button_texts.mine(locale))


def not_a_facilitator(locale: Locale, config: Config) -> View:
    sentence = locale.t("That is for facilitators. If you would like to facilitate, please ask one of them to add you.")
    said = Paragraph(line(sentence))
    return View((said, *contact_texts.contact_part(locale, config), Buttons(ways_on(locale))))


def rights_unknown(locale: Locale, call: Call) -> View:
    sentence = locale.t("I cannot see at this moment whether you facilitate here. Please try again in a minute.")
    return paragraphs(line(sentence), buttons=_again(locale, call))


def with_zone_asked(locale: Locale, view: View) -> View:
    """Asked once, of somebody whose app does not say it."""
    sentence = locale.t("I take your time zone to be {zone}. If it is another, tell me your city once.")
    ask = Button(locale.t("Set my time zone"), Call("settings"))
    return view.with_parts(Note(line(sentence, zone=locale.zone)), Buttons((ask,)))


def with_unreached(locale: Locale, view: View, addresses: Collection[Address], asked_at: Address) -> View:
    """Told at the next command, wherever that is: to who hears by letter alone, that one came back; to everybody else,
    that their direct messages are closed; on a page, where that is."""
    if LetterUse.of(addresses) is LetterUse.ALONE:
        came_back = locale.t(
            "A letter to you came back. Please look whether your mailbox is full, or refuses letters from us."
            " Everything on this page works all the same."
        )
        return View((Note(line(came_back)), *view.parts), view.public)
    if platform_of(asked_at.platform).by_letter:
        sentence = locale.t(
            "I could not reach you by direct message in chat. Please allow messages from our app there if you would"
            " like them; everything on this page works all the same."
        )
    else:
        sentence = locale.t(
            "I could not reach you by direct message. Please allow messages from this app if you would like"
            " reminders; /htg mine and /htg join work all the same."
        )
    return View((Note(line(sentence)), *view.parts), view.public)
