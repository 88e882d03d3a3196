"""What is read in a letter: its buttons lead to the reader's own page, where they are pressed.

A letter is opened by scanners and previewers, too: nothing in it acts by being opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from bot.config import Config
from bot.i18n import Locale
from bot.page_words import in_words_of_pages
from bot.request import Call, encode
from bot.secrets import JoinLink, LinkKey
from bot.views import (
    AnyButton,
    Attachment,
    Button,
    Buttons,
    Heading,
    Item,
    LinkButton,
    Menu,
    Note,
    Paragraph,
    Part,
    Quote,
    SecretLinkButton,
    Tone,
    View,
)

PageLink = Callable[[Call], JoinLink]


def as_letter(config: Config, page: LinkKey, locale: Locale, view: View) -> View:
    """The view as a letter to the owner of this page. Without HTG_PUBLIC_URL there is none, and no button."""
    links = config.links
    if links is None:
        return replace(view, parts=tuple(part for part in view.parts if not isinstance(part, Buttons | Menu)))

    def link(call: Call) -> JoinLink:
        return links.page(page, encode(call))

    own_page = Buttons((SecretLinkButton(locale.t("My page"), links.page(page), Tone.PLAIN),))
    said = in_words_of_pages(locale, view)
    return View((*(_part(part, link) for part in said.parts), own_page))


def _part(part: Part, link: PageLink) -> Part:
    match part:
        case Buttons(buttons):
            return Buttons(_linked(buttons, link))
        case Item():
            return replace(part, buttons=_linked(part.buttons, link))
        case Menu():
            return Buttons((SecretLinkButton(part.label, link(part.call.without(part.option))),))
        case Heading() | Paragraph() | Note() | Quote() | Attachment():
            return part
        case _:
            assert_never(part)


def _linked(buttons: tuple[AnyButton, ...], link: PageLink) -> tuple[AnyButton, ...]:
    """Join leads to the door, and is left out beside a link that does so without a stop on the way."""
    has_way = any(isinstance(button, SecretLinkButton) for button in buttons)
    shown = [each for each in buttons if not (has_way and isinstance(each, Button) and each.call.name == "join")]
    return tuple(_link(button, link) for button in shown)


def _link(button: AnyButton, link: PageLink) -> AnyButton:
    match button:
        case Button(label, call, tone):
            return SecretLinkButton(label, link(call), tone)
        case SecretLinkButton() | LinkButton():
            return button
        case _:
            assert_never(button)
