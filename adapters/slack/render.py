"""Views as Block Kit. Pure.

What people wrote goes into rich text and plain text, where nothing is read as formatting, a mention or an emoji:
it is inert because of where it stands, never by memory. The one exception, mrkdwn, goes through `escape_mrkdwn`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any, assert_never

from bot import commands, words
from bot.addresses import Address
from bot.asks import Call, encode, encode_menu
from bot.commands.catalogue import Kind
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
    Tone,
    View,
    Visit,
    WayIn,
)
from bot.words import clock
from bot.words.plain import alone, plain
from bot.words.reader import Reader

Block = dict[str, Any]

TEXT_LIMIT = 4000
"""Characters of a message's `text`: what Slack advises (docs.slack.dev, chat.postMessage)."""
HEADER_LIMIT = 150
OPTION_LIMIT = 75
LABEL_LIMIT = 75
STATIC_LIMIT = 100
"""Options of a static_select; above it, a search box."""

_DATE_FORMATS = {Style.LONG: "{date_long}, {time}", Style.TIME: "{time}"}
_BUTTON_STYLES = {Tone.PLAIN: None, Tone.NEXT: "primary", Tone.FINAL: "danger"}


def show(view: View, to: Reader, numbers: Iterator[int] | None = None) -> list[Block]:
    """The blocks of a View. `numbers` makes the ids of its controls unique where several Views share a surface."""
    numbers = count() if numbers is None else numbers
    return [block for part in view.parts for block in _part(part, to, numbers)]


def text(view: View, to: Reader) -> str:
    """All that the blocks say, as text for notifications and screen readers. Holds no address of a way in."""
    return _whole(cut(escape_mrkdwn(plain(to, view, files_follow=True)), TEXT_LIMIT))


def _whole(said: str) -> str:
    """Without the beginning of an entity that a cut left over."""
    return re.sub(r"&[a-z]{0,3}…$", "…", said)


def escape_mrkdwn(said: str) -> str:
    """Text for mrkdwn: the three characters that begin a mention, a link or an entity (docs.slack.dev)."""
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(said: str, limit: int) -> str:
    return said if len(said) <= limit else said[: limit - 1].rstrip() + "…"


def plain_text(said: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(said, limit) or " ", "emoji": False}


def _part(part: Part, to: Reader, numbers: Iterator[int]) -> list[Block]:
    match part:
        case Heading(said):
            return [{"type": "header", "text": plain_text(said, HEADER_LIMIT)}]
        case Paragraph(spans):
            return [_rich("rich_text_section", _elements(spans, to))]
        case Note(spans):
            return [{"type": "context", "elements": list(_small(spans, to))}]
        case Quote(said):
            return [_rich("rich_text_quote", _elements((Text(said),), to))]
        case Item(lines, buttons):
            return _item(lines, buttons, to, numbers)
        case Buttons(buttons):
            return _row(buttons, numbers)
        case Menu():
            return [_menu(part, numbers)]
        case Attachment(name):
            # An ephemeral message holds no file: it comes as a direct message, and this says so.
            return [{"type": "context", "elements": [plain_text(words.file_follows(to, name), 3000)]}]
        case _ as unreachable:
            assert_never(unreachable)


def _rich(kind: str, elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": elements or [_rich_text(" ")]}]}


def _rich_text(said: str, **style: bool) -> Block:
    element: Block = {"type": "text", "text": said}
    return element | {"style": style} if style else element


def _elements(spans: Iterable[Span], to: Reader) -> list[Block]:
    found = [_element(span, to) for span in spans]
    return [each for each in found if each.get("text") != ""]


def _element(span: Span, to: Reader) -> Block:
    match span:
        case Text(said):
            return _rich_text(said)
        case Strong(said):
            return _rich_text(said, bold=True)
        case Moment(at, _, style):
            written = {"timestamp": int(at.timestamp()), "format": _DATE_FORMATS[style]}
            return {"type": "date", **written, "fallback": in_utc(to, at, style)}
        case Link(label, url):
            return {"type": "link", "url": url, "text": label}
        case Channel(where):
            ours = where.platform == "slack"
            return {"type": "channel", "channel_id": _id(where)} if ours else _rich_text(span.spoken)
        case _ as unreachable:
            assert_never(unreachable)


def in_utc(to: Reader, at: datetime, style: Style) -> str:
    """For clients that cannot work out a date: the time in UTC, which it names."""
    return clock.long(to, at, "UTC") if style is Style.LONG else f"{at.astimezone(UTC):%H:%M} UTC"


def _small(spans: Iterable[Span], to: Reader) -> Iterator[Block]:
    """A context's elements. Rich text cannot be small; text is plain here, and only our own tokens are mrkdwn."""
    said = ""
    for span in spans:
        if isinstance(span, Text | Strong):
            said += span.text
            continue
        if said.strip():
            yield plain_text(said, 3000)
        said = ""
        yield {"type": "mrkdwn", "text": _token(span, to)}
    if said.strip():
        yield plain_text(said, 3000)


def _token(span: Moment | Link | Channel, to: Reader) -> str:
    match span:
        case Moment(at, _, style):
            return f"<!date^{int(at.timestamp())}^{_DATE_FORMATS[style]}|{escape_mrkdwn(in_utc(to, at, style))}>"
        case Link(label, url):
            return f"<{escape_mrkdwn(url)}|{escape_mrkdwn(label)}>"
        case Channel(where):
            return f"<#{_id(where)}>" if where.platform == "slack" else escape_mrkdwn(span.spoken)
        case _ as unreachable:
            assert_never(unreachable)


def _id(channel: Address) -> str:
    """What Slack itself calls it: the team is ours to keep."""
    return channel.account.rpartition("/")[2]


def _item(
    lines: tuple[tuple[Span, ...], ...], buttons: tuple[AnyButton, ...], to: Reader, numbers: Iterator[int]
) -> list[Block]:
    elements: list[Block] = []
    for place, line in enumerate(lines):
        elements += [_rich_text("\n")] * (place > 0) + _elements(line, to)
    return [_rich("rich_text_section", elements), *_row(buttons, numbers, lines)]


def _row(
    buttons: tuple[AnyButton, ...], numbers: Iterator[int], about: tuple[tuple[Span, ...], ...] = ()
) -> list[Block]:
    if not buttons:
        return []
    return [{"type": "actions", "elements": [_button(each, next(numbers), about) for each in buttons]}]


def _button(button: AnyButton, number: int, about: tuple[tuple[Span, ...], ...]) -> Block:
    shown: Block = {"type": "button", "text": plain_text(button.label, LABEL_LIMIT), "action_id": str(number)}
    if about:
        # "Register" five times over says little to someone who hears the list: each says what it is about.
        shown["accessibility_label"] = cut(alone(button.label, about, LABEL_LIMIT), LABEL_LIMIT)
    match button:
        case Button(_, call, tone):
            style = _BUTTON_STYLES[tone]
            return shown | {"value": encode(call)} | ({"style": style} if style else {})
        case WayIn(_, link):
            return shown | {"url": link.reveal(), "style": "primary"}
        case Visit(_, url):
            return shown | {"url": url}
        case _ as unreachable:
            assert_never(unreachable)


def _menu(menu: Menu, numbers: Iterator[int]) -> Block:
    control: Block = {
        "type": "external_select" if is_search_box(menu) else "static_select",
        "action_id": f"{next(numbers)}:{encode_menu(menu.call, menu.option)}",
        "placeholder": plain_text(menu.label, HEADER_LIMIT),
    }
    if is_search_box(menu):
        control["min_query_length"] = 0
    else:
        control["options"] = [option(each) for each in menu.choices]
    return {"type": "section", "text": plain_text(menu.label, 3000), "accessory": control}


def is_search_box(menu: Menu) -> bool:
    """A search box instead of a list: when it is too long for Slack, or may have been cut short by the core."""
    if len(menu.choices) > STATIC_LIMIT:
        return True
    return len(menu.choices) >= CHOICE_LIMIT and _can_be_searched(menu.call, menu.option)


def _can_be_searched(call: Call, name: str) -> bool:
    command = commands.find(call.name)
    return any(each.name == name and each.kind is not Kind.TEXT for each in command.options) if command else False


def option(choice: Choice) -> Block:
    shown: Block = {"text": plain_text(choice.label, OPTION_LIMIT), "value": choice.value}
    if choice.description:
        shown["description"] = plain_text(choice.description, OPTION_LIMIT)
    return shown
