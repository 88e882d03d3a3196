"""A View as the words of a letter: plain text, and the same as HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from markupsafe import Markup

from adapters.html.markup import fill
from adapters.html.render import render_view
from adapters.html.spans import SpanRenderer, web_address
from adapters.html.templates import environment
from bot import plain_text
from bot.i18n import Locale
from bot.secrets import JoinLink, UnsubscribeLink
from bot.text import headline, tidy
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
    View,
)

SUBJECT_LIMIT = 120
"""Characters: phones show some forty of them, programs on a desk all."""
_templates = environment("adapters.mail")


class NotForLetters(ValueError):
    """It holds the link to a room, or to being its host: a letter lies in mailboxes, and is forwarded."""


@dataclass(frozen=True, slots=True)
class LetterWords:
    """What a letter says, in both its forms, and what comes with it."""

    subject: str
    text: str
    html: str
    files: tuple[Attachment, ...] = ()
    unsubscribe: str = ""
    """The address that ends such letters by one POST; empty where there is none."""


def words(view: View, locale: Locale) -> LetterWords:
    """Raises NotForLetters."""
    for button in view.buttons():
        if isinstance(button, SecretLinkButton) and not isinstance(button.link, JoinLink | UnsubscribeLink):
            raise NotForLetters("a letter never holds the link to a room")
    files = tuple(part for part in view.parts if isinstance(part, Attachment))
    ends = [button for button in view.buttons() if _ends_letters(button)]
    foot = _foot(view)
    body = View(tuple(part for part in map(_without_controls, view.parts) if part is not None and part not in foot))
    subject = _subject(body, locale)
    return LetterWords(
        subject,
        _text(body, foot, ends, locale),
        _html(body, foot, ends, locale, subject),
        files,
        next((_address(button) for button in ends), ""),
    )


def _foot(view: View) -> tuple[Part, ...]:
    """The small print that stands directly before the way to end the letters."""
    for index, part in enumerate(view.parts):
        if isinstance(part, Buttons) and any(map(_ends_letters, part.buttons)):
            before = view.parts[index - 1] if index else None
            return (before,) if isinstance(before, Note) else ()
    return ()


def _ends_letters(button: AnyButton) -> bool:
    return isinstance(button, SecretLinkButton) and isinstance(button.link, UnsubscribeLink)


def _without_controls(part: Part) -> Part | None:
    """What can be read and followed: a letter has no buttons but links."""
    match part:
        case Buttons(buttons):
            links = _links(buttons)
            return Buttons(links) if links else None
        case Item(_, buttons):
            return replace(part, buttons=_links(buttons))
        case Menu() | Attachment():
            return None
        case Heading() | Paragraph() | Note() | Quote():
            return part
        case _:
            assert_never(part)


def _links(buttons: Iterable[AnyButton]) -> tuple[AnyButton, ...]:
    return tuple(each for each in buttons if not isinstance(each, Button) and not _ends_letters(each))


def _address(button: AnyButton) -> str:
    match button:
        case SecretLinkButton(_, link):
            return web_address(link.reveal())
        case LinkButton(_, url):
            return web_address(url)
        case Button():
            return ""
        case _:
            assert_never(button)


def _subject(body: View, locale: Locale) -> str:
    """What it is about: its heading, else its first sentence, on one line without anything unseen."""
    for part in body.parts:
        match part:
            case Heading(text) | Quote(text):
                said = text
            case Paragraph(spans) | Note(spans):
                said = plain_text.spans(locale, spans)
            case Item(lines):
                said = plain_text.spans(locale, lines[0]) if lines else ""
            case Buttons() | Menu() | Attachment():
                said = ""
            case _:
                assert_never(part)
        if tidy(said):
            return headline(tidy(said).rstrip(":."), SUBJECT_LIMIT)
    return ""


# ---- plain text


def _text(body: View, foot: tuple[Part, ...], ends: list[AnyButton], locale: Locale) -> str:
    blocks = ["\n".join(_part_lines(part, locale)) for part in body.parts]
    if foot or ends:
        lines = [line for part in foot for line in _part_lines(part, locale)]
        blocks.append("\n".join(["-- ", *lines, *_link_lines(ends)]))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _part_lines(part: Part, locale: Locale) -> list[str]:
    match part:
        case Heading(text):
            return [text, "=" * min(len(text), 60)]
        case Paragraph(spans) | Note(spans):
            return [plain_text.spans(locale, spans)]
        case Quote(text):
            return [f"> {line}" for line in text.splitlines()]
        case Item(lines, buttons):
            return [*(plain_text.spans(locale, line) for line in lines), *_link_lines(buttons)]
        case Buttons(buttons):
            return _link_lines(buttons)
        case Menu() | Attachment():
            return []
        case _:
            assert_never(part)


def _link_lines(buttons: Iterable[AnyButton]) -> list[str]:
    return [f"{button.label}:\n{_address(button)}" for button in buttons if _address(button)]


# ---- HTML


def _html(body: View, foot: tuple[Part, ...], ends: list[AnyButton], locale: Locale, subject: str) -> str:
    spans = SpanRenderer(locale)
    small = [spans.render(part.spans) for part in foot if isinstance(part, Note)]
    small += [
        fill('<a href="{}" rel="noreferrer">{}</a>', _address(button), button.label)
        for button in ends
        if _address(button)
    ]
    return _templates.get_template("letter.html").render(
        language=locale.language,
        subject=subject,
        body=render_view(body, spans, "letter"),
        foot=Markup("<br>").join(small),
    )
