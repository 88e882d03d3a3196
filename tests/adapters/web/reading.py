"""Pages as a browser with its script shows them, and letters as a mail program does: what a persona sees of either."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser

from adapters.html.forms import FIELD_PREFIX
from adapters.html.render import BUTTON, CHOICE_PREFIX
from tests.conversations.harness import Control, Window

_VOID = {"br", "hr", "img", "input", "link", "meta"}
_BLOCKS = {"blockquote", "br", "div", "form", "h1", "h2", "label", "li", "nav", "option", "p", "section"}
_ZONE = re.compile(r" \([^()]+\)$")


@dataclass
class Element:
    tag: str
    given: dict[str, str] = field(default_factory=dict)
    within: list[Element | str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Element]:
        for each in self.within:
            if isinstance(each, Element):
                if each.tag in tags:
                    yield each
                yield from each.all(*tags)

    def has_class(self, name: str) -> bool:
        return name in self.given.get("class", "").split()

    @property
    def text(self) -> str:
        lines = ("".join(self._pieces())).split("\n")
        return "\n".join(said for line in lines if (said := " ".join(line.split())))

    def _pieces(self) -> Iterator[str]:
        if self.tag in _BLOCKS:
            yield "\n"
        if self.given.get("data-style") == "time":  # until the script shows it in the reader's own zone
            yield _ZONE.sub("", "".join(each for each in self.within if isinstance(each, str)))
            return
        for each in self.within:
            if isinstance(each, Element):
                yield from each._pieces()
            else:
                yield each.replace("\n", " ")
        if self.tag in _BLOCKS:
            yield "\n"


class _Builder(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].within.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        closed = self._open.pop()
        assert closed.tag == tag, f"<{closed.tag}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        self._open[-1].within.append(data)


def page_of(html: str) -> Element:
    return _Builder(html).root


def hidden(form: Element) -> list[tuple[str, str]]:
    """What a form sends that nobody sees."""
    controls = (each.given for each in form.all("input") if each.given.get("type") == "hidden")
    return [(given["name"], given["value"]) for given in controls]


def buttons(shown: Element) -> list[Control]:
    """What can be pressed and followed, in order."""
    found = []
    for each in shown.all("button", "a"):
        if each.tag == "a" and "class" in each.given and "download" not in each.given:
            found.append(Control(each.text, "", url=each.given["href"]))
        elif each.given.get("name") == BUTTON:
            found.append(Control(each.text, each.given["value"]))
    return found


def choices(shown: Element) -> list[Control]:
    return [
        Control(option.text, menu.given["name"].removeprefix(CHOICE_PREFIX), option.given["value"])
        for menu in shown.all("select")
        if menu.given["name"].startswith(CHOICE_PREFIX)
        for option in menu.all("option")
    ]


def files(shown: Element) -> list[str]:
    return [each.given["download"] for each in shown.all("a") if "download" in each.given]


def window(form: Element) -> Window:
    """A form as it stands open."""
    sent = dict(hidden(form))
    labels, values, errors = dict[str, str](), dict[str, str](), dict[str, str]()
    for block in form.all("div", "fieldset"):
        if not block.has_class("field"):
            continue
        controls = [each for each in block.all("input", "select", "textarea") if each.given.get("type") != "hidden"]
        name = controls[0].given["name"].removeprefix(FIELD_PREFIX)
        labels[name] = next(block.all("label", "legend")).text
        values[name] = ",".join(_value(each) for each in controls if _value(each))
        wrong = [each.text for each in block.all("p") if each.has_class("error")]
        errors |= {name: wrong[0]} if wrong else {}
    about = [each.text for each in form.within if isinstance(each, Element) and each.tag == "p"]
    return Window(sent["id"], next(form.all("h2")).text, labels, values, errors, "\n".join(about[:-1]))


def _value(control: Element) -> str:
    if control.tag == "select":
        chosen = [each.given["value"] for each in control.all("option") if "selected" in each.given]
        return chosen[0] if chosen else ""
    if control.tag == "textarea":
        return "".join(each for each in control.within if isinstance(each, str)).removeprefix("\n")
    if control.given.get("type") in {"checkbox", "radio"} and "checked" not in control.given:
        return ""
    return control.given.get("value", "")


def words_of(letter: EmailMessage) -> tuple[str, list[Control], list[str]]:
    """The text of a letter, its links in the order of its HTML, and the names of its files."""
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert rich is not None
    names = [each.get_filename("") for each in letter.iter_attachments()]
    return plain.get_content(), buttons(page_of(rich.get_content())), names
