"""Renders Views as Discord messages. Pure: a View goes in, the JSON of a message comes out.

Two forms, each where it reads best:

- An answer or a post uses *components* (Components V2): every row of a list has its own button beside it, so a
  screen reader meets "Register" right after the gathering it is about, and a phone needs no table.
- A direct message has its text as the message's `content`, because that alone is what a phone shows in its
  notification and what screen readers announce as a message arrives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

import discord

from adapters.discord.custom_ids import CustomIdAllocator
from adapters.discord.markdown import escape, one_line, prefix_lines, render_spans, safe_url
from bot.plain_text import alone
from bot.request import encode, encode_menu
from bot.text import clip
from bot.views import (
    LABEL_LIMIT,
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
    Tone,
    View,
)

Json = dict[str, Any]
_Lines = tuple[Line, ...]

COMPONENTS_V2 = discord.MessageFlags.components_v2.flag
EPHEMERAL = discord.MessageFlags.ephemeral.flag
SUPPRESS_EMBEDS = discord.MessageFlags.suppress_embeds.flag
# Limits in characters, and of rows: developer docs, Component Reference and Create Message.
TEXT_LIMIT = 4000
CONTENT_LIMIT = 2000
ROW_LIMIT = 5
BUTTON_LABEL_LIMIT = 80
BUTTON_URL_LIMIT = 512
OPTION_TEXT_LIMIT = 100
PLACEHOLDER_LIMIT = 150
ACCENT_COLOUR = 0x4F7F7A
_Component = discord.ComponentType
_Style = discord.ButtonStyle
_STYLES = {Tone.PLAIN: _Style.secondary.value, Tone.NEXT: _Style.primary.value, Tone.FINAL: _Style.danger.value}
_SHORTER_QUOTES = (1000, 500, 200, 80)
"""Characters of a quotation that are tried in turn when a view is too long for one message."""


@dataclass(frozen=True, slots=True)
class DiscordMessage:
    """The JSON of a message, and the files that go with it."""

    body: Json
    files: tuple[Attachment, ...] = ()


# ---- a view as blocks: text, rows of controls, text with one button, files


@dataclass(frozen=True, slots=True)
class _TextBlock:
    text: str


@dataclass(frozen=True, slots=True)
class _ControlRow:
    controls: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class _TextWithButton:
    text: str
    button: Json


@dataclass(frozen=True, slots=True)
class _FileBlock:
    name: str


_Block = _TextBlock | _ControlRow | _TextWithButton | _FileBlock


@dataclass(slots=True)
class _RenderState:
    custom_ids: CustomIdAllocator
    standalone_labels: bool
    """Several rows have buttons, which people may reach one after the other: each label says what it is about."""
    quote_limit: int
    """Characters of a quotation."""
    files: list[Attachment] = field(default_factory=list)


def render(view: View, *, tag: str = "", private: bool = True) -> DiscordMessage:
    """A View in components. `tag` goes into their custom ids; a post in a channel is not `private`."""
    blocks, files = _blocks_that_fit(view, tag)
    components = [_component(block) for block in blocks]
    if view.public:
        components = [{"type": _Component.container.value, "accent_color": ACCENT_COLOUR, "components": components}]
    flags = COMPONENTS_V2 | (EPHEMERAL if private else 0)
    body: Json = {"components": components, "flags": flags, "allowed_mentions": {"parse": []}}
    return DiscordMessage(body | _attachments(files), files)


def render_direct_message(view: View, *, tag: str = "") -> DiscordMessage:
    """A View as a message whose text shows in notifications; in components where it does not fit that."""
    blocks, files = _blocks_that_fit(view, tag)
    content = "\n".join(block.text for block in blocks if isinstance(block, _TextBlock | _TextWithButton))
    rows = [_row(controls) for block in blocks if (controls := _controls(block))]
    if files or not content or len(content) > CONTENT_LIMIT or len(rows) > ROW_LIMIT:
        return render(view, tag=tag, private=False)
    return DiscordMessage(
        {"content": content, "components": rows, "flags": SUPPRESS_EMBEDS, "allowed_mentions": {"parse": []}}
    )


def _blocks_that_fit(view: View, tag: str) -> tuple[list[_Block], tuple[Attachment, ...]]:
    several = sum(1 for part in view.parts if isinstance(part, Item) and part.buttons) > 1
    for quote_limit in (TEXT_LIMIT, *_SHORTER_QUOTES):
        state = _RenderState(CustomIdAllocator(tag), several, quote_limit)
        blocks = list(_joined(block for part in view.parts for block in _part(part, state)))
        if sum(map(_length, blocks)) <= TEXT_LIMIT:
            break
    return _truncated(blocks), tuple(state.files)


def _length(block: _Block) -> int:
    return len(block.text) if isinstance(block, _TextBlock | _TextWithButton) else 0


def _joined(blocks: Iterator[_Block]) -> Iterator[_Block]:
    """Joins consecutive texts into one: fewer stops for a screen reader, fewer components."""
    texts: list[str] = []
    for block in blocks:
        if isinstance(block, _TextBlock):
            texts.append(block.text)
            continue
        if texts:
            yield _TextBlock("\n".join(texts))
            texts = []
        yield block
    if texts:
        yield _TextBlock("\n".join(texts))


def _truncated(blocks: list[_Block]) -> list[_Block]:
    """The last resort: drops whole lines from the end of the longest text until the message fits."""
    excess = sum(map(_length, blocks)) - TEXT_LIMIT
    if excess <= 0:
        return blocks
    longest = max(range(len(blocks)), key=lambda index: _length(blocks[index]))
    block = blocks[longest]
    if isinstance(block, _ControlRow | _FileBlock):
        return blocks
    lines = block.text.split("\n")
    while lines and len("\n".join([*lines, "…"])) > len(block.text) - excess:
        lines.pop()
    return [*blocks[:longest], replace(block, text="\n".join([*lines, "…"])), *blocks[longest + 1 :]]


# ---- parts


def _part(part: Part, state: _RenderState) -> Iterator[_Block]:
    match part:
        case Heading(text):
            yield _TextBlock(f"### {escape(one_line(text))}")
        case Paragraph(spans):
            yield _TextBlock(render_spans(spans))
        case Note(spans):
            yield _TextBlock(prefix_lines("-# ", render_spans(spans)))
        case Quote(text):
            yield _TextBlock(prefix_lines("> ", escape(clip(text.strip(), state.quote_limit))))
        case Item():
            yield from _item(part, state)
        case Buttons(buttons):
            yield from _buttons(buttons, state)
        case Menu():
            yield _ControlRow((_menu(part, state),))
        case Attachment():
            state.files.append(part)
            yield _FileBlock(part.name)
        case _:
            assert_never(part)


def _item(item: Item, state: _RenderState) -> Iterator[_Block]:
    text = "\n".join(render_spans(line) for line in item.lines)
    subject = item.lines if state.standalone_labels else ()
    if len(item.buttons) == 1 and text and (button := _button(item.buttons[0], state, subject)) is not None:
        yield _TextWithButton(text, button)
        return
    yield _TextBlock(text)
    yield from _buttons(item.buttons, state, subject)


def _buttons(buttons: tuple[AnyButton, ...], state: _RenderState, subject: _Lines = ()) -> Iterator[_Block]:
    rendered = [(button, _button(button, state, subject)) for button in buttons]
    for button, component in rendered:
        if component is None and not isinstance(button, Button):
            yield _TextBlock(f"[{escape(one_line(button.label))}](<{safe_url(_url(button))}>)")
    controls = tuple(component for _, component in rendered if component is not None)
    if controls:
        yield _ControlRow(controls)


def _button(button: AnyButton, state: _RenderState, subject: _Lines) -> Json | None:
    """None where a URL is too long for a button: it then becomes a link in the text."""
    # Discord knows no name for screen readers beside the label that everybody sees.
    label = clip(one_line(alone(button.label, subject, LABEL_LIMIT)), BUTTON_LABEL_LIMIT)
    component: Json = {"type": _Component.button.value, "label": label}
    match button:
        case Button(_, call, tone):
            return component | {"style": _STYLES[tone], "custom_id": state.custom_ids.allocate(encode(call))}
        case SecretLinkButton() | LinkButton():
            url = safe_url(_url(button))
            return component | {"style": _Style.link.value, "url": url} if len(url) <= BUTTON_URL_LIMIT else None
        case _:
            assert_never(button)


def _url(button: SecretLinkButton | LinkButton) -> str:
    return button.link.reveal() if isinstance(button, SecretLinkButton) else button.url


def _menu(menu: Menu, state: _RenderState) -> Json:
    return {
        "type": _Component.select.value,
        "custom_id": state.custom_ids.allocate(encode_menu(menu.call, menu.option)),
        "placeholder": clip(one_line(menu.label), PLACEHOLDER_LIMIT),
        "options": [
            {
                "label": clip(one_line(choice.label), OPTION_TEXT_LIMIT),
                "value": choice.value,
                **(
                    {"description": clip(one_line(choice.description), OPTION_TEXT_LIMIT)} if choice.description else {}
                ),
            }
            for choice in {choice.value: choice for choice in menu.choices}.values()  # Discord refuses equal values
        ],
    }


# ---- components


def _component(block: _Block) -> Json:
    match block:
        case _TextBlock(text):
            return _text(text)
        case _ControlRow(controls):
            return _row(controls)
        case _TextWithButton(text, button):
            return {"type": _Component.section.value, "components": [_text(text)], "accessory": button}
        case _FileBlock(name):
            return {"type": _Component.file.value, "file": {"url": f"attachment://{name}"}}
        case _:
            assert_never(block)


def _text(text: str) -> Json:
    return {"type": _Component.text_display.value, "content": text or "\u200b"}


def _row(controls: tuple[Json, ...]) -> Json:
    return {"type": _Component.action_row.value, "components": list(controls)}


def _controls(block: _Block) -> tuple[Json, ...]:
    if isinstance(block, _ControlRow):
        return block.controls
    return (block.button,) if isinstance(block, _TextWithButton) else ()


def _attachments(files: tuple[Attachment, ...]) -> Json:
    if not files:
        return {}
    return {"attachments": [{"id": str(index), "filename": file.name} for index, file in enumerate(files)]}
