"""Views and Forms as HTML. Pure. Text is escaped because it fills a template of `Markup`, never from memory.

The page puts each message into an HTML form of its own: buttons and menus here are that form's controls.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC
from itertools import count
from typing import assert_never

from markupsafe import Markup, escape

from adapters.sandbox.room import PLATFORM
from bot.asks import encode, encode_menu
from bot.views import (
    AnyButton,
    Attachment,
    Button,
    Buttons,
    Channel,
    ChecksField,
    ChoiceField,
    Field,
    Form,
    Heading,
    Item,
    Link,
    Menu,
    Moment,
    Note,
    Paragraph,
    Part,
    Quote,
    Span,
    Strong,
    Style,
    Text,
    TextField,
    View,
    Visit,
    WayIn,
)
from bot.words import clock
from bot.words.plain import alone
from bot.words.reader import Reader

BUTTON = "button"
MENU = "menu"
CHOSEN = "chosen:"
FIELD = "field:"
"""Names of the controls: a pressed button, the menu that was chosen in, its value, a form's field."""

NAME_LIMIT = 200
"""Characters of a button's name for screen readers."""
_AWAY = Markup('target="_blank" rel="noopener noreferrer"')
_NONE = Markup("")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def menu_id(menu: Menu) -> str:
    return encode_menu(menu.call, menu.option)


def show(view: View, to: Reader, message: str) -> Markup:
    """A View as its reader sees it. `message` makes the ids of its controls unique on the page."""
    return Markup("\n").join(_part(part, to, f"{message}-{place}") for place, part in enumerate(view.parts))


def spans(written: tuple[Span, ...], to: Reader) -> Markup:
    return _NONE.join(_span(span, to) for span in written)


def _span(span: Span, to: Reader) -> Markup:
    match span:
        case Text(text):
            return _lines(text)
        case Strong(text):
            return Markup("<strong>{}</strong>").format(_lines(text))
        case Moment():
            return moment(span, to)
        case Link(label, url):
            return Markup('<a href="{}" {}>{}</a>').format(_web(url), _AWAY, label)
        case Channel(where):
            return escape(where.account if where.platform == PLATFORM else span.spoken)
        case _ as unreachable:
            assert_never(unreachable)


def moment(span: Moment, to: Reader) -> Markup:
    text = clock.long(to, span.at) if span.style is Style.LONG else clock.time(to, span.at)
    return Markup('<time datetime="{}">{}</time>').format(f"{span.at.astimezone(UTC):%Y-%m-%dT%H:%MZ}", text)


def _lines(text: str) -> Markup:
    lines = Markup("<br>").join(text.split("\n"))
    # Characters that turn the direction of writing turn their own words alone, not the sentence around them.
    return Markup("<bdi>{}</bdi>").format(lines) if _TURNING.search(text) else lines


def _web(url: str) -> str:
    """Only web addresses become links that can be followed: never `javascript:` or `data:`."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def _part(part: Part, to: Reader, unique: str) -> Markup:
    match part:
        case Heading(text):
            return Markup("<h2>{}</h2>").format(_lines(text))
        case Paragraph(written):
            return Markup("<p>{}</p>").format(spans(written, to))
        case Note(written):
            return Markup('<p class="note">{}</p>').format(spans(written, to))
        case Quote(text):
            return Markup("<blockquote>{}</blockquote>").format(_lines(text))
        case Item(written_lines, buttons):
            return _item(written_lines, buttons, to)
        case Buttons(buttons):
            return _row(buttons)
        case Menu():
            return _menu(part, to, unique)
        case Attachment():
            return _attachment(part)
        case _ as unreachable:
            assert_never(unreachable)


def _item(lines: tuple[tuple[Span, ...], ...], buttons: tuple[AnyButton, ...], to: Reader) -> Markup:
    shown = [_p(spans(line, to)) for line in lines]
    # "Register" five times over says little to someone who hears the page: each says what it is about.
    return Markup('<div class="item">{}{}</div>').format(_NONE.join(shown), _row(buttons, lines))


def _p(inner: Markup) -> Markup:
    return Markup("<p>{}</p>").format(inner)


def _row(buttons: tuple[AnyButton, ...], about: tuple[tuple[Span, ...], ...] = ()) -> Markup:
    if not buttons:
        return _NONE
    return Markup('<div class="row">{}</div>').format(
        _NONE.join(_button(each, _named(each, about)) for each in buttons)
    )


def _named(button: AnyButton, about: tuple[tuple[Span, ...], ...]) -> Markup:
    """Begins with what is to be seen: whoever speaks to their computer says that."""
    named = alone(button.label, about, NAME_LIMIT)
    return Markup(' aria-label="{}"').format(named) if named != button.label else _NONE


def _button(button: AnyButton, about: Markup) -> Markup:
    match button:
        case Button(label, call, tone):
            return Markup('<button class="{}" name="{}" value="{}"{}>{}</button>').format(
                tone.value, BUTTON, encode(call), about, label
            )
        case WayIn(label, link):
            return _leads(label, link.reveal(), "next", about)
        case Visit(label, url):
            return _leads(label, url, "plain", about)
        case _ as unreachable:
            assert_never(unreachable)


def _leads(label: str, url: str, look: str, about: Markup) -> Markup:
    return Markup('<a class="{}" href="{}" {}{}>{}</a>').format(look, _web(url), _AWAY, about, label)


def _menu(menu: Menu, to: Reader, unique: str) -> Markup:
    """Choosing takes a button of its own: a list that acts while one moves through it surprises people."""
    written = menu_id(menu)
    options = _NONE.join(
        Markup('<option value="{}">{}</option>').format(
            choice.value, f"{choice.label} – {choice.description}" if choice.description else choice.label
        )
        for choice in menu.choices
    )
    return Markup(
        '<div class="menu"><label for="{}">{}</label><select id="{}" name="{}">{}</select>'
        '<button class="next" name="{}" value="{}">{}</button></div>'
    ).format(unique, menu.label, unique, CHOSEN + written, options, MENU, written, to.say("Choose"))


def _attachment(file: Attachment) -> Markup:
    # The file travels inside the message, so there is no address at which somebody else could ask for it.
    content = base64.b64encode(file.content).decode("ascii")
    return Markup('<div class="row"><a class="plain" download="{}" href="data:{};base64,{}">{}</a></div>').format(
        file.name, file.media_type, content, file.name
    )


# ---- forms


def show_form(form: Form, to: Reader) -> Markup:
    """The fields of a form, with each error beside its field and announced with it."""
    numbered = zip(count(1), form.fields, strict=False)
    return Markup("\n").join(_field(field, f"field-{place}", to) for place, field in numbered)


def _field(field: Field, unique: str, to: Reader) -> Markup:
    match field:
        case TextField():
            return _labelled(field, unique, _text(field, unique), to)
        case ChoiceField():
            return _labelled(field, unique, _choice(field, unique), to)
        case ChecksField():
            return _checks(field, unique)
        case _ as unreachable:
            assert_never(unreachable)


def _labelled(field: TextField | ChoiceField, unique: str, control: Markup, to: Reader) -> Markup:
    optional = _NONE if field.required else Markup(' <span class="optional">{}</span>').format(to.say("(optional)"))
    return Markup('<div class="field"><label for="{}">{}{}</label>{}{}{}</div>').format(
        unique, field.label, optional, _hint(field, unique), control, _error(field, unique)
    )


def _hint(field: Field, unique: str) -> Markup:
    return Markup('<p class="hint" id="{}-hint">{}</p>').format(unique, _lines(field.hint)) if field.hint else _NONE


def _error(field: Field, unique: str) -> Markup:
    return Markup('<p class="error" id="{}-error">{}</p>').format(unique, _lines(field.error)) if field.error else _NONE


def _described(field: Field, unique: str) -> Markup:
    by = [f"{unique}-hint"] * bool(field.hint) + [f"{unique}-error"] * bool(field.error)
    invalid = Markup(' aria-invalid="true"') if field.error else _NONE
    return (Markup(' aria-describedby="{}"').format(" ".join(by)) if by else _NONE) + invalid


def _text(field: TextField, unique: str) -> Markup:
    rest = _described(field, unique) + (Markup(' aria-required="true"') if field.required else _NONE)
    # What was typed into a secret field stays in the browser and is not sent back to it.
    value = "" if field.secret else field.value
    limits = Markup('id="{}" name="{}" maxlength="{}" autocomplete="off"{}').format(
        unique, FIELD + field.name, field.limit, Markup(' spellcheck="false"') if field.secret else _NONE
    )
    if field.multiline:
        # The line break after the tag is HTML's own: a first one in the value would otherwise be swallowed.
        return Markup('<textarea {} rows="3"{}>\n{}</textarea>').format(limits, rest, value)
    return Markup('<input {} value="{}"{}>').format(limits, value, rest)


def _choice(field: ChoiceField, unique: str) -> Markup:
    empty = _NONE if field.required and field.value else Markup('<option value=""></option>')
    options = _NONE.join(
        Markup('<option value="{}"{}>{}</option>').format(
            choice.value, Markup(" selected") if choice.value == field.value else _NONE, choice.label
        )
        for choice in field.choices
    )
    required = Markup(' aria-required="true"') if field.required else _NONE
    return Markup('<select id="{}" name="{}"{}{}>{}{}</select>').format(
        unique, FIELD + field.name, required, _described(field, unique), empty, options
    )


def _checks(field: ChecksField, unique: str) -> Markup:
    ticked = set(field.value.split(","))
    boxes = _NONE.join(
        Markup('<label class="check"><input type="checkbox" name="{}" value="{}"{}> <span>{}</span></label>').format(
            FIELD + field.name, choice.value, Markup(" checked") if choice.value in ticked else _NONE, choice.label
        )
        for choice in field.choices
    )
    return Markup('<fieldset class="field"{}><legend>{}</legend>{}{}{}</fieldset>').format(
        _described(field, unique), field.label, _hint(field, unique), boxes, _error(field, unique)
    )
