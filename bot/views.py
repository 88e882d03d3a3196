"""What goes out: one `View` (or `Form`) for each Request, made of parts that every platform can show.

When a part is missing, add it here and to every `render.py`; each is one closed match, so mypy and the
contract suite then say where. Text is escaped by the adapter because it is text, never from memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.addresses import Address
from bot.request import Call
from bot.secrets import JoinLink, StartLink, UnsubscribeLink, ZoomLink


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    text: str


class Style(StrEnum):
    LONG = "long"  # Thursday 3 December 18:00
    TIME = "time"  # 18:00


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, shown in the reader's own zone by the platform; where it cannot, in `zone`, named."""

    at: datetime
    zone: str
    style: Style = Style.LONG


@dataclass(frozen=True, slots=True)
class Link:
    """A public address. The two secrets are not links: they have a button of their own, `SecretLinkButton`."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that nobody gave a name: its own platform shows what it is called there, others say the label."""

    where: Address
    label: str = ""
    """How to speak of it where it cannot be shown; without one, its address."""

    @property
    def spoken(self) -> str:
        return self.label or str(self.where)


Span = Text | Strong | Moment | Link | Channel
Line = tuple[Span, ...]
"""What is said in one line."""


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    spans: Line


@dataclass(frozen=True, slots=True)
class Note:
    """Small print: true, but not the point."""

    spans: Line


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody else's words: a description, a note, a topic."""

    text: str


class Tone(StrEnum):
    PLAIN = "plain"
    NEXT = "next"  # the one next step
    FINAL = "final"  # cannot be undone


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    call: Call
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class SecretLinkButton:
    """A button that leads to a secret place. A view with one is private."""

    label: str
    link: ZoomLink | JoinLink | StartLink | UnsubscribeLink
    tone: Tone = Tone.NEXT
    """Where a platform can tell them apart: most such links are the next step."""


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A button that opens a public address."""

    label: str
    url: str


AnyButton = Button | SecretLinkButton | LinkButton


@dataclass(frozen=True, slots=True)
class Buttons:
    buttons: tuple[AnyButton, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list: a few lines, each of spans, and what can be done with it."""

    lines: tuple[Line, ...]
    buttons: tuple[AnyButton, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """`value` fills the option; the label is plain text, so a moment cannot get into one."""

    value: str
    label: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """One choice of at most 25 (Discord: select option limit); choosing calls `call` with `option` filled."""

    label: str
    call: Call
    option: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file for the reader alone. A view with one is private."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


Part = Heading | Paragraph | Note | Quote | Item | Buttons | Menu | Attachment
PART_LIMIT = 18
"""Parts in one view. Fits Slack's 50 blocks and Discord's 40 components with their inner ones."""
ITEM_LIMIT = 5
"""Rows of a list on one page; the next ones are a button away."""
BUTTON_LIMIT = 5
"""Buttons in a row (discord-api-docs, Action Row)."""
LABEL_LIMIT = 45
"""Characters of a label: a Discord Label component takes 45, a button 80, a Slack button 75."""
CHOICE_LIMIT = 25
TEXT_LIMIT = 3000
"""Characters of one part: a Slack section takes 3000."""


@dataclass(frozen=True, slots=True)
class View:
    """What is shown. Private unless it says otherwise, and always private when it holds a secret."""

    parts: tuple[Part, ...]
    public: bool = False

    def __post_init__(self) -> None:
        if self.public and self.holds_secret:
            raise ValueError("a view that holds a secret link or a file is never public")

    @property
    def holds_secret(self) -> bool:
        return any(isinstance(button, SecretLinkButton) for button in self.buttons()) or any(
            isinstance(part, Attachment) for part in self.parts
        )

    @property
    def leads_into_room(self) -> bool:
        """Whether it holds the link to the room, or to being its host: never in what may be forwarded."""
        return self._holds(ZoomLink, StartLink)

    @property
    def reveals_room(self) -> bool:
        """Whether it reveals the room itself: somebody was admitted."""
        return self._holds(ZoomLink)

    def _holds(self, *kinds: type) -> bool:
        return any(isinstance(each, SecretLinkButton) and isinstance(each.link, kinds) for each in self.buttons())

    def buttons(self) -> Iterator[AnyButton]:
        for part in self.parts:
            if isinstance(part, Buttons | Item):
                yield from part.buttons

    def calls(self) -> Iterator[Call]:
        """Every Call that this view offers, menus with each of their choices filled in."""
        for part in self.parts:
            if isinstance(part, Menu):
                yield from (part.call.filled({part.option: choice.value}) for choice in part.choices)
        yield from (button.call for button in self.buttons() if isinstance(button, Button))

    def with_parts(self, *more: Part) -> View:
        return View(self.parts + more, self.public)


@dataclass(frozen=True, slots=True)
class TextField:
    name: str
    label: str
    value: str = ""
    hint: str = ""
    error: str = ""
    required: bool = True
    multiline: bool = False
    limit: int = 1500
    secret: bool = False
    """Never filled in from what is stored, and shown to nobody again."""


@dataclass(frozen=True, slots=True)
class ChoiceField:
    name: str
    label: str
    choices: tuple[Choice, ...]
    value: str = ""
    hint: str = ""
    error: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class ChecksField:
    """Any number of the choices; `value` is the chosen ones joined by commas, as in the Call."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    value: str = ""
    hint: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class MomentsField:
    """Dates and times, a line each, as people write them; a platform's pickers come before them (`bot.moments`)."""

    name: str
    label: str
    zone: str  # the one that is meant where a line names none
    day: str
    time: str
    words: str  # labels of the pickers of a line, and of its words, which count where both are given
    more: str = ""  # the label of lines that may be added; empty where none may
    value: str = ""
    hint: str = ""
    error: str = ""
    multiline: bool = True
    limit: int = 200
    required: bool = True
    which: str = ""
    readings: tuple[Choice, ...] = ()
    """All that a line can mean, which answer the question `which`; the chosen one is sent as `reading`."""

    @property
    def reading(self) -> str:
        return f"{self.name}.reading"


@dataclass(frozen=True, slots=True)
class PeopleField:
    """People by name or address. Where a platform has a picker for them, that comes first (`bot.people`)."""

    name: str
    label: str
    words: str
    """Label of what is written below the picker."""
    value: str = ""
    hint: str = ""
    picker_hint: str = ""
    """Where there is room for the picker alone: how somebody else is named."""
    error: str = ""
    most: int = 10
    limit: int = 200
    required: bool = True


Field = TextField | ChoiceField | ChecksField | MomentsField | PeopleField
FIELD_LIMIT = 5
"""Components in a Discord modal (discord-api-docs, Modal)."""


@dataclass(frozen=True, slots=True)
class Form:
    """Shown in a window of its own. Submitting calls `call` with the fields filled in.

    A form that comes back in answer to its own submission has `error` on the fields that need another look,
    and keeps what was typed.
    """

    title: str
    call: Call
    fields: tuple[Field, ...]
    submit: str
    about: str = ""
    """What it is about, above the fields: which gathering, and when."""

    @property
    def mistaken(self) -> bool:
        return any(field.error for field in self.fields)


Answer = View | Form


class Refusal(Exception):
    """A polite no with its View: the reason, and the next step. It rolls back what the command wrote."""

    def __init__(self, view: View) -> None:
        super().__init__("refused")
        self.view = view


class AskBack(Exception):
    """None or several gatherings match: the View that asks which is meant. What the command wrote stays."""

    def __init__(self, view: View) -> None:
        super().__init__("asked back")
        self.view = view
