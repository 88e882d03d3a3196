"""Renders Views as Block Kit. Pure.

Text that people wrote goes into rich text and plain text elements, where Slack reads nothing as formatting, a mention
or an emoji. The one exception, mrkdwn, goes through `escape_mrkdwn`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any, assert_never

from bot import catalogue, platform_texts, time_texts
from bot.addresses import Address
from bot.i18n import Locale
from bot.plain_text import alone, plain
from bot.request import Call, encode, encode_menu
from bot.text import clip
from bot.views import (
    CHOICE_LIMIT,
    AnyButton,
    Attachment,
    Button,
    Buttons,
    Channel,
    Choice,
    Heading,
    Item,
    Line,
    Link,
    LinkButton,
    Menu,
    Moment,
    Note,
    Paragraph,
    Part,
    Quote,
    SecretLinkButton,
    Span,
    Strong,
    Style,
    Text,
    Tone,
    View,
)

Block = dict[str, Any]

FALLBACK_TEXT_LIMIT = 4000
"""Characters of a message's `text` that Slack advises (docs.slack.dev, chat.postMessage)."""
HEADER_LIMIT = 150
PLAIN_TEXT_LIMIT = 3000
OPTION_LIMIT = 75
LABEL_LIMIT = 75
STATIC_SELECT_LIMIT = 100
"""Options of a static_select. The limits above are characters (docs.slack.dev, Block Kit reference)."""

_DATE_FORMATS = {Style.LONG: "{date_long}, {time}", Style.TIME: "{time}"}
_BUTTON_STYLES = {Tone.PLAIN: None, Tone.NEXT: "primary", Tone.FINAL: "danger"}


def message_body(view: View, locale: Locale) -> dict[str, Any]:
    return {"text": fallback_text(view, locale), "blocks": render_blocks(view, locale)}


def render_blocks(view: View, locale: Locale, numbers: Iterator[int] | None = None) -> list[Block]:
    """The blocks of a View. `numbers` makes action_ids unique where several Views share a surface."""
    numbers = count() if numbers is None else numbers
    return [block for part in view.parts for block in _part(part, locale, numbers)]


def fallback_text(view: View, locale: Locale) -> str:
    """The blocks as text, for notifications and screen readers. Holds no secret link."""
    text = clip(escape_mrkdwn(plain(locale, view, files_follow=True)), FALLBACK_TEXT_LIMIT)
    return re.sub(r"&[a-z]{0,3}…$", "…", text)  # drops an entity that was cut in the middle


def escape_mrkdwn(text: str) -> str:
    """Escapes the three characters that begin a mention, a link or an entity (docs.slack.dev, Formatting text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain_text(text: str, limit: int = PLAIN_TEXT_LIMIT) -> Block:
    return {"type": "plain_text", "text": clip(text, limit) or " ", "emoji": False}


def _part(part: Part, locale: Locale, numbers: Iterator[int]) -> list[Block]:
    match part:
        case Heading(text):
            return [{"type": "header", "text": plain_text(text, HEADER_LIMIT)}]
        case Paragraph(spans):
            return [_rich_text("rich_text_section", _elements(spans, locale))]
        case Note(spans):
            return [{"type": "context", "elements": list(_context_elements(spans, locale))}]
        case Quote(text):
            return [_rich_text("rich_text_quote", _elements((Text(text),), locale))]
        case Item(lines, buttons):
            return _item(lines, buttons, locale, numbers)
        case Buttons(buttons):
            return _actions(buttons, numbers)
        case Menu():
            return [_menu(part, numbers)]
        case Attachment(name):
            # An ephemeral message cannot hold a file, which is therefore sent as a direct message.
            return [{"type": "context", "elements": [plain_text(platform_texts.file_follows(locale, name))]}]
        case _ as unreachable:
            assert_never(unreachable)


def _rich_text(kind: str, elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": elements or [_text_element(" ")]}]}


def _text_element(text: str, **style: bool) -> Block:
    element: Block = {"type": "text", "text": text}
    return element | {"style": style} if style else element


def _elements(spans: Iterable[Span], locale: Locale) -> list[Block]:
    elements = [_element(span, locale) for span in spans]
    return [element for element in elements if element.get("text") != ""]


def _element(span: Span, locale: Locale) -> Block:
    match span:
        case Text(text):
            return _text_element(text)
        case Strong(text):
            return _text_element(text, bold=True)
        case Moment(at, _, style):
            date = {"timestamp": int(at.timestamp()), "format": _DATE_FORMATS[style]}
            return {"type": "date", **date, "fallback": _in_utc(locale, at, style)}
        case Link(label, url):
            return {"type": "link", "url": url, "text": label}
        case Channel(address) if address.platform == "slack":
            return {"type": "channel", "channel_id": _channel_id(address)}
        case Channel():
            return _text_element(span.spoken)
        case _ as unreachable:
            assert_never(unreachable)


def _in_utc(locale: Locale, at: datetime, style: Style) -> str:
    """For clients that cannot show a date element."""
    return time_texts.long(locale, at, "UTC") if style is Style.LONG else f"{at.astimezone(UTC):%H:%M} UTC"


def _context_elements(spans: Iterable[Span], locale: Locale) -> Iterator[Block]:
    """A context holds no rich text: text becomes plain_text, and only our own tokens are mrkdwn."""
    text = ""
    for span in spans:
        if isinstance(span, Text | Strong):
            text += span.text
            continue
        if text.strip():
            yield plain_text(text)
        text = ""
        yield {"type": "mrkdwn", "text": _mrkdwn_token(span, locale)}
    if text.strip():
        yield plain_text(text)


def _mrkdwn_token(span: Moment | Link | Channel, locale: Locale) -> str:
    match span:
        case Moment(at, _, style):
            return f"<!date^{int(at.timestamp())}^{_DATE_FORMATS[style]}|{escape_mrkdwn(_in_utc(locale, at, style))}>"
        case Link(label, url):
            return f"<{escape_mrkdwn(url)}|{escape_mrkdwn(label)}>"
        case Channel(address):
            return f"<#{_channel_id(address)}>" if address.platform == "slack" else escape_mrkdwn(span.spoken)
        case _ as unreachable:
            assert_never(unreachable)


def _channel_id(channel: Address) -> str:
    """Slack's own id, without the team that our addresses add."""
    return channel.account.rpartition("/")[2]


def _item(
    lines: tuple[Line, ...], buttons: tuple[AnyButton, ...], locale: Locale, numbers: Iterator[int]
) -> list[Block]:
    elements: list[Block] = []
    for number, line in enumerate(lines):
        elements += [_text_element("\n")] * (number > 0) + _elements(line, locale)
    return [_rich_text("rich_text_section", elements), *_actions(buttons, numbers, lines)]


def _actions(buttons: tuple[AnyButton, ...], numbers: Iterator[int], about: tuple[Line, ...] = ()) -> list[Block]:
    if not buttons:
        return []
    return [{"type": "actions", "elements": [_button(button, next(numbers), about) for button in buttons]}]


def _button(button: AnyButton, number: int, about: tuple[Line, ...]) -> Block:
    block: Block = {"type": "button", "text": plain_text(button.label, LABEL_LIMIT), "action_id": str(number)}
    if about:
        # A screen reader reads "Register" for each item of a list, so the label names the item.
        block["accessibility_label"] = clip(alone(button.label, about, LABEL_LIMIT), LABEL_LIMIT)
    match button:
        case Button(_, call, tone):
            style = _BUTTON_STYLES[tone]
            return block | {"value": encode(call)} | ({"style": style} if style else {})
        case SecretLinkButton(_, link):
            return block | {"url": link.reveal(), "style": "primary"}
        case LinkButton(_, url):
            return block | {"url": url}
        case _ as unreachable:
            assert_never(unreachable)


def _menu(menu: Menu, numbers: Iterator[int]) -> Block:
    control: Block = {
        "action_id": f"{next(numbers)}:{encode_menu(menu.call, menu.option)}",
        "placeholder": plain_text(menu.label, HEADER_LIMIT),
    }
    if _is_search_box(menu):
        control |= {"type": "external_select", "min_query_length": 0}
    else:
        control |= {"type": "static_select", "options": [render_option(choice) for choice in menu.choices]}
    return {"type": "section", "text": plain_text(menu.label), "accessory": control}


def _is_search_box(menu: Menu) -> bool:
    """Whether the list is too long for Slack, or may have been cut short by the core."""
    if len(menu.choices) > STATIC_SELECT_LIMIT:
        return True
    return len(menu.choices) >= CHOICE_LIMIT and _is_searchable(menu.call, menu.option)


def _is_searchable(call: Call, name: str) -> bool:
    command = catalogue.find(call.name)
    return command is not None and any(option.name == name and option.suggest is not None for option in command.options)


def render_option(choice: Choice) -> Block:
    block: Block = {"text": plain_text(choice.label, OPTION_LIMIT), "value": choice.value}
    if choice.description:
        block["description"] = plain_text(choice.description, OPTION_LIMIT)
    return block
