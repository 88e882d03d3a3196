"""Texts of a member's account: connected identities, the export, and being forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from bot import button_texts, time_texts
from bot.accounts.model import CODE_LIFE, address_digest
from bot.addresses import Address
from bot.button_texts import paragraphs
from bot.config import Config
from bot.i18n import Locale, line
from bot.members.model import Identity
from bot.platform import platform_of, registered, shown_name
from bot.request import Call
from bot.secrets import LinkKey
from bot.views import (
    Attachment,
    Button,
    Buttons,
    Heading,
    Item,
    Line,
    Note,
    Paragraph,
    Part,
    SecretLinkButton,
    Strong,
    Text,
    Tone,
    View,
)

SHOWN_ADDRESSES = 10


def _elsewhere(locale: Locale, platform: str) -> str:
    """Where a member on this platform most likely has their other account."""
    chats = [other for other in registered() if other.shown_name and not other.by_letter]
    others = ", ".join(other.shown_name for other in chats if other.name != platform)
    if not others or not platform_of(platform).shown_name:
        return locale.t("in your other app")
    return locale.t("on {platform}").format(platform=others)


def code(locale: Locale, here: Address, code: str, identities: Sequence[Identity]) -> View:
    sentence = locale.t("Type this {there}, or wherever else you are a member, within {length}:")
    there = _elsewhere(locale, here.platform)
    return View(
        (
            *_identity_items(locale, identities, here),
            Paragraph(line(locale.t("You can be one member everywhere: registered once, reminded once."))),
            Paragraph(line(sentence, there=there, length=time_texts.length(locale, CODE_LIFE))),
            Paragraph((Strong(f"/htg connect {code}"),)),
            Note(
                line(locale.t("It works once. Keep it to yourself: whoever types it can become one member with you."))
            ),
        )
    )


def _named(locale: Locale, identity: Identity) -> Line:
    """The name and the platform of an identity."""
    where = f"{locale.t(shown_name(identity.address.platform))} ({_shown(identity.address)})"
    return (Strong(identity.name), Text(f" · {where}")) if identity.name else (Strong(where),)


def _shown(address: Address) -> str:
    """As its owner writes it: an e-mail address is one without a word of ours before it."""
    return address.account if platform_of(address.platform).by_letter else str(address)


def _identity_items(locale: Locale, identities: Sequence[Identity], here: Address | None) -> list[Part]:
    """Each with a button that disconnects it, where there are several."""
    if len(identities) < 2:
        return [Item((_named(locale, identity),)) for identity in identities]
    rows: list[Part] = [Heading(locale.t("You are one member as"))]
    # The address in use comes first: however many there are, it can always be disconnected.
    for identity in sorted(identities, key=lambda identity: identity.address != here)[:SHOWN_ADDRESSES]:
        lines = [_named(locale, identity)]
        if identity.address == here:
            lines.append(line(locale.t("This is where you are now.")))
        rows.append(Item(tuple(lines), (_disconnect_button(locale, identity),)))
    return rows


def _disconnect_button(locale: Locale, identity: Identity) -> Button:
    return Button(locale.t("Disconnect"), Call.of("disconnect", which=address_digest(identity.address)))


def connect_question(locale: Locale, other: Sequence[Identity], token: str) -> View:
    """Asks for confirmation before two members are merged."""
    rows = [Item((_named(locale, identity),)) for identity in other[:SHOWN_ADDRESSES]]
    joined = locale.t(
        "Your registrations, your places and the topics you asked for would be together, with the settings kept there."
        " Whoever writes from either sees and changes them all."
    )
    stays = locale.t("Facilitating stays as it is: it belongs to each address, and is not shared.")
    beware = locale.t("If somebody else gave you this code, please don’t: they would then act for you.")
    return View(
        (
            Paragraph((Strong(locale.t("Become one member with this one?")),)),
            *rows,
            Paragraph(line(joined)),
            Paragraph(line(stays)),
            Note(line(beware)),
            Buttons(
                (
                    Button(locale.t("Yes, that is me"), Call.of("connect-confirm", token=token), Tone.NEXT),
                    Button(locale.t("No, leave it"), Call("connect-cancel")),
                )
            ),
        )
    )


def connect_question_gone(locale: Locale, identities: Sequence[Identity]) -> View:
    """Of who has several identities it may be the press before that joined them."""
    sentence = (
        locale.t("That question was answered already, or is too old. My connections shows how it stands.")
        if len(identities) > 1
        else locale.t("That question is no longer open, and nothing was joined. Please type a new code.")
    )
    return paragraphs(line(sentence), buttons=(Button(locale.t("My connections"), Call("connect")),))


def not_connected(locale: Locale) -> View:
    return paragraphs(line(locale.t("Nothing was joined. All is as it was.")))


def connected(locale: Locale, config: Config, identities: Sequence[Identity], here: Address, calendar: LinkKey) -> View:
    platforms = sorted({locale.t(shown_name(identity.address.platform)) for identity in identities})
    sentence = locale.t("You are one member now ({platforms}). Your registrations are together.")
    return View(
        (
            Paragraph(line(sentence, platforms=", ".join(platforms))),
            Paragraph(line(locale.t("Each reminder comes once, where you last wrote to me."))),
            *_identity_items(locale, identities, here),
            *_renewed(locale, config, calendar),
            Buttons((button_texts.mine(locale, Tone.NEXT),)),
        )
    )


def disconnected(locale: Locale, config: Config, identity: Identity, here: Address, calendar: LinkKey) -> View:
    sentence = (
        locale.t("You are a member of your own here again, apart from your other self.")
        if identity.address == here
        else locale.t("{who} is a member of its own again.")
    )
    return View(
        (
            Paragraph(line(sentence, who=_named(locale, identity))),
            Paragraph(line(locale.t("Each registration went back to where it was made. Nothing is told twice."))),
            *_renewed(locale, config, calendar),
            Buttons((button_texts.mine(locale, Tone.NEXT),)),
        )
    )


def already_disconnected(locale: Locale) -> View:
    sentence = locale.t("That one is not connected with you any more.")
    return paragraphs(line(sentence), buttons=(Button(locale.t("My connections"), Call("connect")),))


def _renewed(locale: Locale, config: Config, calendar: LinkKey) -> list[Part]:
    if config.links is None:
        return []
    return [
        Note(line(locale.t("Your calendar has a new address; please add it again."))),
        Buttons((SecretLinkButton(locale.t("Add to calendar"), config.links.calendar(calendar)),)),
    ]


def was_connected(locale: Locale, identities: Sequence[Identity], here: Address) -> View:
    """To the identities from which it was not confirmed: somebody typed their code."""
    others = [identity for identity in identities if identity.address != here][:SHOWN_ADDRESSES]
    undo = locale.t("If this was not you, press Disconnect: each registration goes back to where it was made.")
    return View(
        (
            Paragraph(line(locale.t("You are one member now with another self of yours."))),
            *(Item((_named(locale, identity),), (_disconnect_button(locale, identity),)) for identity in others),
            Note(line(undo)),
        )
    )


def was_disconnected(locale: Locale, identities: Sequence[Identity], here: Address) -> View:
    others = [identity for identity in identities if identity.address != here][:SHOWN_ADDRESSES]
    parts: list[Part] = [
        Paragraph(line(locale.t("You and another self of yours are two members again."))),
        Paragraph(line(locale.t("Each registration went back to where it was made. Nothing is told twice."))),
    ]
    if others:
        parts.append(Paragraph(line(locale.t("You are still one member with:"))))
        parts += [Item((_named(locale, identity),), (_disconnect_button(locale, identity),)) for identity in others]
    return View((*parts, Buttons((button_texts.mine(locale),))))


def code_unknown(locale: Locale) -> View:
    sentence = locale.t(
        "That code does not work. Each one works once, within {length}. Where you got it, ask for a new one with"
        " /htg connect, and type that here."
    )
    return paragraphs(line(sentence, length=time_texts.length(locale, CODE_LIFE)))


def own_code(locale: Locale, platform: str) -> View:
    sentence = locale.t("That is the code I gave you here. Type it {there}, where I do not know yet that it is you.")
    return paragraphs(line(sentence, there=_elsewhere(locale, platform)))


def too_many_codes(locale: Locale) -> View:
    sentence = locale.t("Those were several codes that do not work. Please wait {length}, and then try a new one.")
    return paragraphs(line(sentence, length=time_texts.length(locale, CODE_LIFE)))


def privacy(locale: Locale, config: Config, addresses: Sequence[Address], *, by_letter: bool = False) -> View:
    """`by_letter`: asked on the personal page, whose address can be renewed."""
    shown = ", ".join(map(_shown, addresses[:SHOWN_ADDRESSES]))
    known = locale.t("Your name, and where and in which private conversation I can write to you: {addresses}")
    rows = [line(known, addresses=shown), *_kept(locale, config)]
    if locale.facilitates:
        done = locale.t("What you do as a facilitator, and when, but not your words: for {length} (/htg-host log).")
        rows.append(line(done, length=time_texts.length(locale, config.retention)))
    buttons = [Button(locale.t("Export"), Call("export"))]
    if config.links is not None:
        buttons.append(Button(locale.t("New calendar address"), Call("new-calendar")))
    if by_letter:
        buttons.append(Button(locale.t("New address for my page"), Call("new-page")))
    buttons.append(Button(locale.t("Forget me"), Call("forget")))
    return View(
        (
            Heading(locale.t("What is kept about you")),
            Item(tuple(rows)),
            Item(tuple(_seen_by(locale, config))),
            Note(line(_nothing_else(locale))),
            Buttons(tuple(buttons)),
        )
    )


def notice(locale: Locale, config: Config) -> View:
    """The same words for everybody, before they are a member."""
    known = line(locale.t("Your name, and where and in which private conversation I can write to you."))
    unconfirmed = locale.t(
        "Where you register by e-mail: your first name and your address, for 24 hours, until you press the button in"
        " the letter. Without that nothing is left of it."
    )
    own = locale.t("You see it, take it with you or have it deleted yourself: on your page, or with /htg privacy.")
    pages = locale.t("These pages set no cookies, load nothing from other sites, and follow nobody.")
    return View(
        (
            Heading(locale.t("What is kept about you")),
            Item((known, *_kept(locale, config), line(unconfirmed))),
            Item(tuple(_seen_by(locale, config))),
            Paragraph(line(_nothing_else(locale))),
            Paragraph(line(own)),
            Paragraph(line(pages)),
        )
    )


def _kept(locale: Locale, config: Config) -> list[Line]:
    until = locale.t(
        "The gatherings you register for, whether you came in, and which messages reached you: until {length} after"
        " each has ended. Then only their number is left."
    )
    unseen = locale.t("Where nothing else is kept of you, all of it goes {length} after you were last here.")
    retention = time_texts.length(locale, config.retention)
    return [
        line(locale.t("Your language, your time zone and your settings.")),
        *([line(locale.t("When you agreed to what is asked of everybody."))] if config.agreement else []),
        line(until, length=retention),
        line(locale.t("The topics you suggested or joined in. Other members do not see that they are yours.")),
        line(unseen, length=retention),
    ]


def _seen_by(locale: Locale, config: Config) -> list[Line]:
    """Who sees it, besides the reader."""
    rows = [
        line(locale.t("Facilitators see your name, what reached you, and whether you came in. Other members do not."))
    ]
    if config.meetings:
        rows.append(line(locale.t("Zoom is given your name, so that your link into the room is yours alone.")))
    return rows


def _nothing_else(locale: Locale) -> str:
    return locale.t("Nothing of what is said in a gathering is kept, and nothing that you write to others.")


def new_calendar(locale: Locale, config: Config, calendar: LinkKey) -> View:
    """The former address was revoked."""
    parts: list[Part] = [
        Paragraph(line(locale.t("Your calendar has a new address. The one before no longer works, for anybody."))),
    ]
    if config.links is not None:
        parts.append(Paragraph(line(locale.t("Please add it to your calendar again."))))
        parts.append(Buttons((SecretLinkButton(locale.t("Add to calendar"), config.links.calendar(calendar)),)))
    return View(tuple(parts))


def export(locale: Locale, file: bytes) -> View:
    sentence = locale.t("This file holds everything that is kept about you.")
    return View((Paragraph(line(sentence)), Attachment("my-data.json", "application/json", file)))


def forget_question(locale: Locale, asked_at: str, *, upcoming: int, staying: Sequence[Address] = ()) -> View:
    """Asks for confirmation. `asked_at`: seconds since 1970, carried by the button, so that an old one asks again.

    `upcoming`: how many gatherings they are registered for; `staying`: other addresses of theirs that stay on the team.
    """
    parts: list[Part] = [
        Paragraph((Strong(locale.t("Forget you? This cannot be undone.")),)),
        Paragraph(
            line(
                locale.t(
                    "Your name, your settings, your registrations and what was told to you are deleted, and your"
                    " private links stop working. How many people came to a gathering stays, without you being named."
                )
            )
        ),
    ]
    if upcoming:
        sentence = locale.plural(
            "You are registered for {n} gathering that is still to come.",
            "You are registered for {n} gatherings that are still to come.",
            upcoming,
        )
        parts.append(Paragraph(line(sentence)))
    if locale.facilitates:
        parts.append(Paragraph(line(locale.t("You also leave the team of facilitators, if you were added to it."))))
        parts.append(
            Paragraph(line(locale.t("What you did as a facilitator stays in its log, without saying who did it.")))
        )
    if staying:
        sentence = locale.t("Stays on the team of facilitators until somebody there removes it: {addresses}")
        parts.append(Paragraph(line(sentence, addresses=", ".join(map(_shown, staying[:SHOWN_ADDRESSES])))))
    forget = Button(locale.t("Forget me for good"), Call.of("forget", sure=asked_at), Tone.FINAL)
    return View((*parts, Buttons((forget, Button(locale.t("Keep me"), Call("privacy"))))))


def forgotten(locale: Locale) -> View:
    return paragraphs(
        line(locale.t("You are forgotten. You are welcome back any time; we will then meet for the first time.")),
        line(locale.t("What I wrote to you stays where you read it until you delete it there.")),
        buttons=(button_texts.upcoming(locale),),
    )
