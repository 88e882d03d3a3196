"""Being one member on several platforms, and what is kept about one."""

from __future__ import annotations

from collections.abc import Sequence

from bot import time_texts
from bot.accounts.model import CODE_LIFE, mark
from bot.addresses import Address
from bot.announcements.channel_names import PLATFORM_NAMES
from bot.config import Config
from bot.dispatcher_texts import paragraphs
from bot.i18n import Locale, line, strong
from bot.members.model import Identity
from bot.request import Call
from bot.secrets import LinkKey
from bot.views import (
    Attachment,
    Button,
    Buttons,
    Heading,
    Item,
    Note,
    Paragraph,
    Part,
    SecretLinkButton,
    Span,
    Strong,
    Text,
    Tone,
    View,
)

SHOWN_ADDRESSES = 10


def _elsewhere(to: Locale, platform: str) -> str:
    """Where the other self of somebody on this platform most likely is."""
    return {"slack": to.say("on Discord"), "discord": to.say("on Slack")}.get(platform, to.say("in your other app"))


def code(to: Locale, here: Address, code: str, known: Sequence[Identity]) -> View:
    sentence = to.say("Type this {there}, or wherever else you are a member, within {length}:")
    there = _elsewhere(to, here.platform)
    return View(
        (
            *_identities(to, known, here),
            Paragraph(line(to.say("You can be one member everywhere: registered once, reminded once."))),
            Paragraph(line(sentence, there=there, length=time_texts.length(to, CODE_LIFE))),
            Paragraph(strong(f"/htg connect {code}")),
            Note(line(to.say("It works once. Keep it to yourself: whoever types it can become one member with you."))),
        )
    )


def _named(identity: Identity) -> tuple[Span, ...]:
    """By what a person recognises, and where that is."""
    platform = PLATFORM_NAMES.get(identity.address.platform, identity.address.platform)
    known = (Strong(identity.name), Text(f" · {platform} ({identity.address})"))
    return known if identity.name else (Strong(f"{platform} ({identity.address})"),)


def _identities(to: Locale, known: Sequence[Identity], here: Address | None) -> list[Part]:
    """Each with a button that disconnects it, where there are several."""
    if len(known) < 2:
        return [Item((_named(each),)) for each in known]
    rows: list[Part] = [Heading(to.say("You are one member as"))]
    # Where they are comes first: however many others there are, they can always part from them.
    for each in sorted(known, key=lambda each: each.address != here)[:SHOWN_ADDRESSES]:
        lines = [_named(each)]
        if each.address == here:
            lines.append(line(to.say("This is where you are now.")))
        rows.append(Item(tuple(lines), (_disconnect(to, each),)))
    return rows


def _disconnect(to: Locale, each: Identity) -> Button:
    return Button(to.say("Disconnect"), Call.of("disconnect", which=mark(each.address)))


def question(to: Locale, other: Sequence[Identity], token: str) -> View:
    """Nothing is joined before this is answered."""
    rows = [Item((_named(each),)) for each in other[:SHOWN_ADDRESSES]]
    joined = to.say(
        "Your registrations, your places and the topics you asked for would be together, with the settings kept there."
        " Whoever writes from either sees and changes them all."
    )
    stays = to.say("Facilitating stays as it is: it belongs to each address, and is not shared.")
    beware = to.say("If somebody else gave you this code, please don’t: they would then act for you.")
    return View(
        (
            Paragraph(strong(to.say("Become one member with this one?"))),
            *rows,
            Paragraph(line(joined)),
            Paragraph(line(stays)),
            Note(line(beware)),
            Buttons(
                (
                    Button(to.say("Yes, that is me"), Call.of("connect-confirm", token=token), Tone.NEXT),
                    Button(to.say("No, leave it"), Call("connect-cancel")),
                )
            ),
        )
    )


def question_gone(to: Locale) -> View:
    sentence = to.say("That question is no longer open, and nothing was joined. Please type a new code.")
    return paragraphs(line(sentence), buttons=(Button(to.say("My connections"), Call("connect")),))


def not_connected(to: Locale) -> View:
    return paragraphs(line(to.say("Nothing was joined. All is as it was.")))


def connected(to: Locale, house: Config, known: Sequence[Identity], here: Address, calendar: LinkKey) -> View:
    platforms = sorted({PLATFORM_NAMES.get(each.address.platform, each.address.platform) for each in known})
    sentence = to.say("You are one member now ({platforms}). Your registrations are together.")
    return View(
        (
            Paragraph(line(sentence, platforms=", ".join(platforms))),
            Paragraph(line(to.say("Each reminder comes once, where you last wrote to me."))),
            *_identities(to, known, here),
            *_renewed(to, house, calendar),
            Buttons((Button(to.say("My gatherings"), Call("mine"), Tone.NEXT),)),
        )
    )


def disconnected(to: Locale, house: Config, parted: Identity, here: Address, calendar: LinkKey) -> View:
    sentence = (
        to.say("You are a member of your own here again, apart from your other self.")
        if parted.address == here
        else to.say("{who} is a member of its own again.")
    )
    return View(
        (
            Paragraph(line(sentence, who=_named(parted))),
            Paragraph(line(to.say("Each registration went back to where it was made. Nothing is told twice."))),
            *_renewed(to, house, calendar),
            Buttons((Button(to.say("My gatherings"), Call("mine"), Tone.NEXT),)),
        )
    )


def disconnected_before(to: Locale) -> View:
    sentence = to.say("That one is not connected with you any more.")
    return paragraphs(line(sentence), buttons=(Button(to.say("My connections"), Call("connect")),))


def _renewed(to: Locale, house: Config, calendar: LinkKey) -> list[Part]:
    if house.ways is None:
        return []
    return [
        Note(line(to.say("Your calendar has a new address; please add it again."))),
        Buttons((SecretLinkButton(to.say("Add to calendar"), house.ways.calendar(calendar)),)),
    ]


def was_connected(to: Locale, known: Sequence[Identity], here: Address) -> View:
    """To the self that did not press: somebody typed its code, and confirmed."""
    others = [each for each in known if each.address != here][:SHOWN_ADDRESSES]
    undo = to.say("If this was not you, press Disconnect: each registration goes back to where it was made.")
    return View(
        (
            Paragraph(line(to.say("You are one member now with:"))),
            *(Item((_named(each),), (_disconnect(to, each),)) for each in others),
            Note(line(undo)),
        )
    )


def was_disconnected(to: Locale, known: Sequence[Identity], here: Address) -> View:
    others = [each for each in known if each.address != here][:SHOWN_ADDRESSES]
    parts: list[Part] = [
        Paragraph(line(to.say("You and another self of yours are two members again."))),
        Paragraph(line(to.say("Each registration went back to where it was made. Nothing is told twice."))),
    ]
    if others:
        parts.append(Paragraph(line(to.say("You are still one member with:"))))
        parts += [Item((_named(each),), (_disconnect(to, each),)) for each in others]
    return View((*parts, Buttons((Button(to.say("My gatherings"), Call("mine")),))))


def code_unknown(to: Locale) -> View:
    sentence = to.say(
        "That code does not work. Each one works once, within {length}. Where you got it, ask for a new one with"
        " /htg connect, and type that here."
    )
    return paragraphs(line(sentence, length=time_texts.length(to, CODE_LIFE)))


def own_code(to: Locale, platform: str) -> View:
    sentence = to.say("That is the code I gave you here. Type it {there}, where I do not know yet that it is you.")
    return paragraphs(line(sentence, there=_elsewhere(to, platform)))


def too_many_codes(to: Locale) -> View:
    sentence = to.say("Those were several codes that do not work. Please wait {length}, and then try a new one.")
    return paragraphs(line(sentence, length=time_texts.length(to, CODE_LIFE)))


def privacy(to: Locale, house: Config, addresses: Sequence[Address]) -> View:
    shown = ", ".join(str(each) for each in addresses[:SHOWN_ADDRESSES])
    until = to.say(
        "The gatherings you register for, whether you came in, and which messages reached you: until {length} after"
        " each has ended. Then only their number is left."
    )
    unseen = to.say("Where nothing else is kept of you, all of it goes {length} after you were last here.")
    kept: tuple[tuple[Span, ...], ...] = (
        line(to.say("Your name, and where I can write to you: {addresses}"), addresses=shown),
        line(to.say("Your language, your time zone and your settings.")),
        line(until, length=time_texts.length(to, house.retention)),
        line(to.say("The topics you suggested or joined in. Other members do not see that they are yours.")),
        line(unseen, length=time_texts.length(to, house.retention)),
    )
    if to.facilitates:
        done = to.say("What you do as a facilitator, and when, but not your words: for {length} (/htg-host log).")
        kept = (*kept, line(done, length=time_texts.length(to, house.retention)))
    buttons = [Button(to.say("Export"), Call("export"))]
    if house.ways is not None:
        buttons.append(Button(to.say("New calendar address"), Call("new-calendar")))
    buttons.append(Button(to.say("Forget me"), Call("forget")))
    nothing_else = to.say("Nothing of what is said in a gathering is kept, and nothing that you write to others.")
    return View(
        (
            Heading(to.say("What is kept about you")),
            Item(kept),
            Note(line(nothing_else)),
            Buttons(tuple(buttons)),
        )
    )


def new_calendar(to: Locale, house: Config, calendar: LinkKey) -> View:
    """The former address leads nowhere from now on, wherever it was passed on."""
    parts: list[Part] = [
        Paragraph(line(to.say("Your calendar has a new address. The one before no longer works, for anybody."))),
    ]
    if house.ways is not None:
        parts.append(Paragraph(line(to.say("Please add it to your calendar again."))))
        parts.append(Buttons((SecretLinkButton(to.say("Add to calendar"), house.ways.calendar(calendar)),)))
    return View(tuple(parts))


def export(to: Locale, file: bytes) -> View:
    sentence = to.say("This file holds everything that is kept about you.")
    return View((Paragraph(line(sentence)), Attachment("my-data.json", "application/json", file)))


def forget_me(to: Locale, sure: str, *, coming: int, staying: Sequence[Address] = ()) -> View:
    """Asks once more. `sure`: what its button carries, so that an old one asks again.

    `staying`: other addresses of theirs that stay on the team.
    """
    parts: list[Part] = [
        Paragraph(strong(to.say("Forget you? This cannot be undone."))),
        Paragraph(
            line(
                to.say(
                    "Your name, your settings, your registrations and what was told to you are deleted, and your"
                    " private links stop working. How many people came to a gathering stays, without you being named."
                )
            )
        ),
    ]
    if coming:
        sentence = to.count(
            "You are registered for {n} gathering that is still to come.",
            "You are registered for {n} gatherings that are still to come.",
            coming,
        )
        parts.append(Paragraph(line(sentence)))
    if to.facilitates:
        parts.append(Paragraph(line(to.say("You also leave the team of facilitators, if you were added to it."))))
        parts.append(
            Paragraph(line(to.say("What you did as a facilitator stays in its log, without saying who did it.")))
        )
    if staying:
        sentence = to.say("Stays on the team of facilitators until somebody there removes it: {addresses}")
        parts.append(Paragraph(line(sentence, addresses=", ".join(str(each) for each in staying[:SHOWN_ADDRESSES]))))
    forget = Button(to.say("Forget me for good"), Call.of("forget", sure=sure), Tone.FINAL)
    return View((*parts, Buttons((forget, Button(to.say("Keep me"), Call("privacy"))))))


def forgotten(to: Locale) -> View:
    return paragraphs(
        line(to.say("You are forgotten. You are welcome back any time; we will then meet for the first time.")),
        line(to.say("What I wrote to you stays in your own chat until you delete it there.")),
        buttons=(Button(to.say("Upcoming gatherings"), Call("list")),),
    )
