"""Everything that can be said has its HTML, and nothing that people typed is ever more than text in it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.html import controls
from adapters.html.forms import FIELD_PREFIX, render_form
from adapters.html.render import BUTTON, CHOICE_PREFIX, MENU
from adapters.sandbox.render import render
from bot.i18n import Locale
from bot.views import (
    Answer,
    Attachment,
    Buttons,
    Choice,
    ChoiceField,
    Form,
    Heading,
    Item,
    Link,
    LinkButton,
    Menu,
    Moment,
    Note,
    Paragraph,
    Quote,
    SecretLinkButton,
    Strong,
    Style,
    Text,
    TextField,
    View,
)
from tests.each import each
from tests.samples.all_views import ALL_VIEWS, FORMS, VIEWS

VOID = {"br", "input"}
TAGS = VOID | {
    "a", "bdi", "blockquote", "button", "div", "fieldset", "h2", "label", "legend", "option", "p", "select", "span",
    "strong", "textarea", "time",
}  # fmt: skip
BLOCKS = {"blockquote", "br", "div", "option", "p"}
ATTRIBUTES = {
    "aria-describedby", "aria-invalid", "aria-label", "aria-required", "autocomplete", "checked", "class", "datetime",
    "download", "for", "href", "id", "maxlength", "name", "rel", "rows", "selected", "spellcheck", "target", "type",
    "value",
}  # fmt: skip
READER = Locale("en", "Europe/Madrid")


class Reading(HTMLParser):
    """Reads HTML strictly: closed in order, and nothing in it but what we write."""

    elements: ClassVar[Collection[str]] = TAGS
    attributes: ClassVar[Collection[str]] = ATTRIBUTES

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        assert tag in self.elements, tag
        assert set(found) <= set(self.attributes), found
        assert found.get("href", "https://").startswith(
            (
                "https://",
                "http://",
                "mailto:",
                "/zoom/",
                "data:text/csv;base64,",
                "data:text/calendar;base64,",
                "data:application/json;base64,",
            )
        ), found
        self.tags.append((tag, found))
        self.text += "\n" if tag in BLOCKS else ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def every(self, tag: str) -> list[dict[str, str]]:
        return [found for name, found in self.tags if name == tag]


def html_of(answer: Answer, locale: Locale = READER) -> str:
    return str(render_form(answer, locale) if isinstance(answer, Form) else render(answer, locale, "m1"))


@each("answer", ALL_VIEWS)
def test_everything_that_can_be_said_is_sound_html(answer: Answer) -> None:
    reading = Reading(html_of(answer))
    ids = [found["id"] for _, found in reading.tags if "id" in found]
    assert len(ids) == len(set(ids))
    for _, found in reading.tags:
        assert set(found.get("aria-describedby", "").split()) <= set(ids)
        assert found.get("for", ids[0] if ids else "") in {*ids, ""}


@each("view", VIEWS)
def test_every_call_that_a_view_offers_can_be_pressed_or_chosen(view: View) -> None:
    reading = Reading(html_of(view))
    found = [controls.button_call(each["value"]) for each in reading.every("button") if each["name"] == BUTTON]
    menus = [each["value"] for each in reading.every("button") if each["name"] == MENU]
    assert [each["name"] for each in reading.every("select")] == [CHOICE_PREFIX + each for each in menus]
    values = [choice.value for part in view.parts if isinstance(part, Menu) for choice in part.choices]
    assert [each["value"] for each in reading.every("option")] == values
    if len(menus) == 1:
        found += [controls.menu_call(menus[0], value) for value in values]
    assert {frozenset(call.arguments) for call in view.calls()} == {frozenset(call.arguments) for call in found}
    assert {call.name for call in view.calls()} == {call.name for call in found}


@each("form", FORMS)
def test_every_field_of_a_form_has_its_label_and_its_error_beside_it(form: Form) -> None:
    reading = Reading(html_of(form))
    for field in form.fields:
        assert field.label in reading.text
        controls = [found for _, found in reading.tags if found.get("name") == FIELD_PREFIX + field.name]
        assert controls
        if isinstance(field, TextField) and field.secret:
            assert not field.value or field.value not in html_of(form)
    invalid = [found for _, found in reading.tags if "aria-invalid" in found]
    assert len(invalid) == sum(bool(field.error) for field in form.fields)


@given(st.text(min_size=1).filter(lambda text: "\r" not in text and "\x00" not in text))
def test_any_text_reads_back_as_itself_wherever_it_stands(text: str) -> None:
    view = View((Heading(text), Paragraph((Text(text), Strong(text), Link(text, "https://e.example"))), Quote(text)))
    plain = Reading(html_of(view)).text.replace("\n", "")
    assert plain == text.replace("\n", "") * 5


@given(st.text())
def test_any_value_comes_back_from_a_field_as_itself(text: str) -> None:
    form = Form(
        "x", SEEN_CALL, (TextField("a", text, text, text, text), ChoiceField("b", "b", (Choice(text, text),))), ""
    )
    Reading(html_of(form))


SEEN_CALL = next(form.call for form in FORMS.values())


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "//e.example", ""])
def test_only_web_addresses_can_be_followed(url: str) -> None:
    shown = html_of(View((Paragraph((Link("here", url),)), Buttons((LinkButton("there", url),)))))
    assert 'href=""' in shown
    assert "alert" not in shown


def test_a_moment_is_shown_in_the_reader_s_zone_and_language() -> None:
    at = datetime(2026, 12, 3, 23, 30, tzinfo=UTC)
    view = View((Paragraph((Moment(at, "UTC"), Text(" "), Moment(at, "UTC", Style.TIME))),))
    madrid, delhi = html_of(view), html_of(view, Locale("en", "Asia/Kolkata"))
    assert 'datetime="2026-12-03T23:30Z">Friday 4 December, 00:30 (Madrid time)</time>' in madrid
    assert ">00:30</time>" in madrid
    assert ">Friday 4 December, 05:00 (Kolkata time)</time>" in delhi


def test_a_button_in_a_list_says_what_it_is_about() -> None:
    view = next(each for each in VIEWS.values() if _rows(each))
    reading = Reading(html_of(view))
    names = [each["aria-label"] for each in reading.every("button") if "aria-label" in each]
    assert len(names) >= sum(len(row.buttons) for row in _rows(view)) > 0
    names = [each.get("aria-label", "") for each in Reading(html_of(VIEWS["en/list"])).every("button")]
    assert "Unregister: Grief and Gratitude" in names
    assert any(each.endswith(": Living with illness · part 2 of 3") for each in names)


def _rows(view: View) -> list[Item]:
    return [part for part in view.parts if isinstance(part, Item) and part.buttons]


def test_a_file_travels_inside_its_message() -> None:
    shown = html_of(View((Attachment('a".csv', "text/csv", b"name\nAda"), Note((Text("x"),)))))
    (link,) = Reading(shown).every("a")
    assert link["download"] == 'a".csv'
    assert link["href"] == "data:text/csv;base64,bmFtZQpBZGE="


def test_ways_in_open_elsewhere_and_say_nothing_of_where_from() -> None:
    views = [each for each in VIEWS.values() if each.holds_secret]
    links = [
        (each.link.reveal(), html_of(view))
        for view in views
        for each in view.buttons()
        if isinstance(each, SecretLinkButton)
    ]
    assert links
    for link, shown in links:
        leads = link.replace("https://zoom.example/", "/zoom/")
        found = [each for each in Reading(shown).every("a") if each["href"] == leads]
        assert found
        assert all(each["rel"] == "noopener noreferrer" and each["target"] == "_blank" for each in found)
