"""Views as Discord messages. Pure: a View goes in, the JSON of a message comes out.

Two looks, each where it reads best:

- An answer or a post is *laid out* (Components V2): every row of a list has its own button beside it, so a
  screen reader meets "Register" right after the gathering it is about, and a phone needs no table.
- What arrives unasked on a private line is a *letter*: its words are the message's `content`, because that
  alone is what a phone shows in its notification and what screen readers announce as a message comes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from adapters.discord.marks import Ids
from adapters.discord.text import address, clip, escape, one_line, prefixed, spans
from bot.asks import encode, encode_menu
from bot.views import (
    LABEL_LIMIT,
    AnyButton,
    Attachment,
    Button,
    Buttons,
    Heading,
    Item,
    Menu,
    Note,
    Paragraph,
    Part,
    Quote,
    Span,
    Tone,
    View,
    Visit,
    WayIn,
)
from bot.words.plain import alone

Json = dict[str, Any]
_Lines = tuple[tuple[Span, ...], ...]

LAID_OUT = 1 << 15  # IS_COMPONENTS_V2
PRIVATE = 1 << 6  # EPHEMERAL
NO_EMBEDS = 1 << 2  # SUPPRESS_EMBEDS
TEXT_LIMIT = 4000
LETTER_LIMIT = 2000
ROW_LIMIT = 5
BUTTON_TEXT = 80
BUTTON_URL = 512
OPTION_TEXT = 100
PLACEHOLDER = 150
ACCENT = 0x4F7F7A
_STYLES = {Tone.PLAIN: 2, Tone.NEXT: 1, Tone.FINAL: 4}
_LINK_STYLE = 5
_SHORTER = (1000, 500, 200, 80)
"""Characters of somebody's quoted words that are tried in turn when a view is too long for one message."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The JSON of a message, and the files that go with it."""

    body: Json
    files: tuple[Attachment, ...] = ()


# ---- what a view comes down to: words, rows of controls, words with one button, files


@dataclass(frozen=True, slots=True)
class _Said:
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    controls: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class _Beside:
    text: str
    button: Json


@dataclass(frozen=True, slots=True)
class _File:
    name: str


_Block = _Said | _Row | _Beside | _File


@dataclass(slots=True)
class _Pen:
    ids: Ids
    alone: bool
    """Several rows have buttons, which people may come upon one after the other: each says what it is about."""
    quoted: int
    """At most so many characters of somebody's quoted words."""
    files: list[Attachment] = field(default_factory=list)


def show(view: View, *, mark: str = "", private: bool = True) -> Shown:
    """A View laid out. `mark` goes into the ids of its controls; a post in a channel is not `private`."""
    blocks, files = _fitting(view, mark)
    components = [_component(each) for each in blocks]
    if view.public:
        components = [{"type": 17, "accent_color": ACCENT, "components": components}]
    flags = LAID_OUT | (PRIVATE if private else 0)
    return Shown({"components": components, "flags": flags, "allowed_mentions": {"parse": []}, **_named(files)}, files)


def letter(view: View, *, mark: str = "") -> Shown:
    """A View as a message that notifies with its words; laid out where it does not fit that."""
    blocks, files = _fitting(view, mark)
    said = "\n".join(each.text for each in blocks if isinstance(each, _Said | _Beside))
    rows = [_row(each) for block in blocks if (each := _controls(block))]
    if files or not said or len(said) > LETTER_LIMIT or len(rows) > ROW_LIMIT:
        return show(view, mark=mark, private=False)
    return Shown({"content": said, "components": rows, "flags": NO_EMBEDS, "allowed_mentions": {"parse": []}})


def _fitting(view: View, mark: str) -> tuple[list[_Block], tuple[Attachment, ...]]:
    several = sum(1 for part in view.parts if isinstance(part, Item) and part.buttons) > 1
    for quoted in (TEXT_LIMIT, *_SHORTER):
        pen = _Pen(Ids(mark), several, quoted)
        blocks = list(_joined(block for part in view.parts for block in _part(part, pen)))
        if sum(map(_length, blocks)) <= TEXT_LIMIT:
            break
    return _cut(blocks), tuple(pen.files)


def _length(block: _Block) -> int:
    return len(block.text) if isinstance(block, _Said | _Beside) else 0


def _joined(blocks: Iterator[_Block]) -> Iterator[_Block]:
    """Words that follow each other become one text: fewer stops for a screen reader, fewer components."""
    waiting: list[str] = []
    for block in blocks:
        if isinstance(block, _Said):
            waiting.append(block.text)
            continue
        if waiting:
            yield _Said("\n".join(waiting))
            waiting = []
        yield block
    if waiting:
        yield _Said("\n".join(waiting))


def _cut(blocks: list[_Block]) -> list[_Block]:
    """The last resort: whole lines from the end of the longest text are left out until all fits."""
    left = sum(map(_length, blocks)) - TEXT_LIMIT
    if left <= 0:
        return blocks
    longest = max(range(len(blocks)), key=lambda place: _length(blocks[place]))
    block = blocks[longest]
    if isinstance(block, _Row | _File):
        return blocks
    lines = block.text.split("\n")
    while lines and len("\n".join([*lines, "…"])) > len(block.text) - left:
        lines.pop()
    return [*blocks[:longest], replace(block, text="\n".join([*lines, "…"])), *blocks[longest + 1 :]]


# ---- parts


def _part(part: Part, pen: _Pen) -> Iterator[_Block]:
    match part:
        case Heading(text):
            yield _Said(f"### {escape(one_line(text))}")
        case Paragraph(said):
            yield _Said(spans(said))
        case Note(said):
            yield _Said(prefixed("-# ", spans(said)))
        case Quote(text):
            yield _Said(prefixed("> ", escape(clip(text.strip(), pen.quoted))))
        case Item():
            yield from _item(part, pen)
        case Buttons(buttons):
            yield from _buttons(buttons, pen)
        case Menu():
            yield _Row((_menu(part, pen),))
        case Attachment():
            pen.files.append(part)
            yield _File(part.name)
        case _:
            assert_never(part)


def _item(item: Item, pen: _Pen) -> Iterator[_Block]:
    text = "\n".join(spans(line) for line in item.lines)
    about = item.lines if pen.alone else ()
    if len(item.buttons) == 1 and text and (button := _button(item.buttons[0], pen, about)) is not None:
        yield _Beside(text, button)
        return
    yield _Said(text)
    yield from _buttons(item.buttons, pen, about)


def _buttons(buttons: tuple[AnyButton, ...], pen: _Pen, about: _Lines = ()) -> Iterator[_Block]:
    shown = [(each, _button(each, pen, about)) for each in buttons]
    for each, button in shown:
        if button is None and not isinstance(each, Button):
            yield _Said(f"[{escape(one_line(each.label))}](<{address(_where(each))}>)")
    controls = tuple(button for _, button in shown if button is not None)
    if controls:
        yield _Row(controls)


def _button(button: AnyButton, pen: _Pen, about: _Lines) -> Json | None:
    """None where an address is too long for a button: it then becomes a link in the text."""
    # Discord knows no name for screen readers beside the label that everybody sees.
    label = clip(one_line(alone(button.label, about, LABEL_LIMIT)), BUTTON_TEXT)
    match button:
        case Button(_, call, tone):
            return {"type": 2, "style": _STYLES[tone], "label": label, "custom_id": pen.ids.of(encode(call))}
        case WayIn() | Visit():
            url = address(_where(button))
            return {"type": 2, "style": _LINK_STYLE, "label": label, "url": url} if len(url) <= BUTTON_URL else None
        case _:
            assert_never(button)


def _where(button: WayIn | Visit) -> str:
    return button.link.reveal() if isinstance(button, WayIn) else button.url


def _menu(menu: Menu, pen: _Pen) -> Json:
    return {
        "type": 3,
        "custom_id": pen.ids.of(encode_menu(menu.call, menu.option)),
        "placeholder": clip(one_line(menu.label), PLACEHOLDER),
        "options": [
            {
                "label": clip(one_line(choice.label), OPTION_TEXT),
                "value": choice.value,
                **({"description": clip(one_line(choice.description), OPTION_TEXT)} if choice.description else {}),
            }
            for choice in {each.value: each for each in menu.choices}.values()  # one value twice is refused
        ],
    }


# ---- components


def _component(block: _Block) -> Json:
    match block:
        case _Said(text):
            return _text(text)
        case _Row(controls):
            return _row(controls)
        case _Beside(text, button):
            return {"type": 9, "components": [_text(text)], "accessory": button}
        case _File(name):
            return {"type": 13, "file": {"url": f"attachment://{name}"}}
        case _:
            assert_never(block)


def _text(text: str) -> Json:
    return {"type": 10, "content": text or "\u200b"}


def _row(controls: tuple[Json, ...]) -> Json:
    return {"type": 1, "components": list(controls)}


def _controls(block: _Block) -> tuple[Json, ...]:
    if isinstance(block, _Row):
        return block.controls
    return (block.button,) if isinstance(block, _Beside) else ()


def _named(files: tuple[Attachment, ...]) -> Json:
    if not files:
        return {}
    return {"attachments": [{"id": str(place), "filename": each.name} for place, each in enumerate(files)]}
