"""Views as HTML. Pure.

Each message is to stand in an HTML form of its own: buttons and menus here are that form's controls.
"""

from __future__ import annotations

import base64
from typing import assert_never

from markupsafe import Markup

from adapters.html.markup import fill
from adapters.html.spans import SpanRenderer, lines, web_address
from bot.plain_text import alone
from bot.request import encode, encode_menu
from bot.views import (
    AnyButton,
    Attachment,
    Button,
    Buttons,
    Heading,
    Item,
    Line,
    LinkButton,
    Menu,
    Note,
    Paragraph,
    Part,
    Quote,
    SecretLinkButton,
    View,
)

BUTTON = "button"
MENU = "menu"
CHOICE_PREFIX = "chosen:"
"""Names of controls: of a button, of a menu's button, and of a menu's list, before its id."""

LABEL_LIMIT = 200
"""Characters of a button's accessible name."""
_NONE = Markup("")


def menu_id(menu: Menu) -> str:
    return encode_menu(menu.call, menu.option)


def render_view(view: View, spans: SpanRenderer, message_id: str) -> Markup:
    """A View as its reader sees it. `message_id` makes the ids of its controls unique on the page."""
    return Markup("\n").join(_part(part, spans, f"{message_id}-{index}") for index, part in enumerate(view.parts))


def _part(part: Part, spans: SpanRenderer, control_id: str) -> Markup:
    match part:
        case Heading(text):
            return fill("<h2>{}</h2>", lines(text))
        case Paragraph(content):
            return _paragraph(content, spans)
        case Note(content):
            return fill('<p class="note">{}</p>', spans.render(content))
        case Quote(text):
            return fill("<blockquote>{}</blockquote>", lines(text))
        case Item():
            return _item(part, spans)
        case Buttons(buttons):
            return _row(buttons, spans)
        case Menu():
            return _menu(part, spans.locale.t("Choose"), control_id)
        case Attachment():
            return _attachment(part)
        case _ as unreachable:
            assert_never(unreachable)


def _paragraph(content: Line, spans: SpanRenderer) -> Markup:
    return fill("<p>{}</p>", spans.render(content))


def _item(item: Item, spans: SpanRenderer) -> Markup:
    content = _NONE.join(_paragraph(line, spans) for line in item.lines)
    # Five buttons called "Register" mean little in a screen reader: each names what it is about.
    return fill('<div class="item">{}{}</div>', content, _row(item.buttons, spans, about=item.lines))


def _row(buttons: tuple[AnyButton, ...], spans: SpanRenderer, *, about: tuple[Line, ...] = ()) -> Markup:
    if not buttons:
        return _NONE
    controls = _NONE.join(_button(button, _aria_label(button, about), spans) for button in buttons)
    return fill('<div class="row">{}</div>', controls)


def _aria_label(button: AnyButton, about: tuple[Line, ...]) -> Markup:
    """Begins with the visible label, which people who control a page by voice say (WCAG 2.5.3)."""
    name = alone(button.label, about, LABEL_LIMIT)
    return fill(' aria-label="{}"', name) if name != button.label else _NONE


def _button(button: AnyButton, aria_label: Markup, spans: SpanRenderer) -> Markup:
    match button:
        case Button(label, call, tone):
            return fill(
                '<button class="{}" name="{}" value="{}"{}>{}</button>',
                tone.value,
                BUTTON,
                encode(call),
                aria_label,
                label,
            )
        case SecretLinkButton(label, link, tone):
            url, css_class = link.reveal(), tone.value
        case LinkButton(label, url):
            css_class = "plain"
        case _ as unreachable:
            assert_never(unreachable)
    return fill(
        '<a class="{}" href="{}" {}{}>{}</a>', css_class, web_address(url), spans.link_attributes, aria_label, label
    )


def _menu(menu: Menu, submit_label: str, control_id: str) -> Markup:
    """With a button: a list that acts as soon as an option is selected surprises keyboard users (WCAG 3.2.2)."""
    menu_name = menu_id(menu)
    options = _NONE.join(
        fill(
            '<option value="{}">{}</option>',
            choice.value,
            f"{choice.label} – {choice.description}" if choice.description else choice.label,
        )
        for choice in menu.choices
    )
    return fill(
        '<div class="menu"><label for="{}">{}</label><select id="{}" name="{}">{}</select>'
        '<button class="next" name="{}" value="{}">{}</button></div>',
        control_id,
        menu.label,
        control_id,
        CHOICE_PREFIX + menu_name,
        options,
        MENU,
        menu_name,
        submit_label,
    )


def _attachment(file: Attachment) -> Markup:
    # Inline: there is no address from which anybody else could download the file.
    content = base64.b64encode(file.content).decode("ascii")
    return fill(
        '<div class="row"><a class="plain" download="{}" href="data:{};base64,{}">{}</a></div>',
        file.name,
        file.media_type,
        content,
        file.name,
    )
