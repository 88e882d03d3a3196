"""Views keep to what every platform can show, and privacy is a property of the data."""

from __future__ import annotations

import pytest

from bot.addresses import Address
from bot.catalogue import find
from bot.gatherings import resolve_texts
from bot.i18n import Locale
from bot.plain_text import alone, plain
from bot.request import ID_LIMIT, Call, encode, encode_menu
from bot.secrets import JoinLink, StartLink, ZoomLink
from bot.views import (
    BUTTON_LIMIT,
    CHOICE_LIMIT,
    FIELD_LIMIT,
    LABEL_LIMIT,
    PART_LIMIT,
    TEXT_LIMIT,
    Attachment,
    Button,
    Buttons,
    Form,
    Item,
    Menu,
    Quote,
    SecretLinkButton,
    Span,
    Strong,
    Text,
    View,
)
from tests.each import each
from tests.samples.all_views import FORMS, VIEWS
from tests.samples.values import HOSTILE

FORMS_OF_PLATFORMS = {name: form for name, form in FORMS.items() if "personal_texts." not in name}
"""A page shows a form of its own at once; a platform has to know before the command runs."""


@each("form", FORMS_OF_PLATFORMS)
def test_a_platform_knows_what_opens_a_form(form: Form) -> None:
    command = find(form.call.name)
    assert command is not None
    assert command.opens_form


@each("form", FORMS)
def test_every_form_fits_everywhere(form: Form) -> None:
    assert 1 <= len(form.fields) + bool(form.about) <= FIELD_LIMIT
    assert len(form.about) <= 300
    assert len(encode(form.call)) <= ID_LIMIT
    assert max(len(form.title), len(form.submit)) <= 24  # Slack, Views
    command = find(form.call.name)
    assert command is not None
    for field in form.fields:
        assert 0 < len(field.label) <= LABEL_LIMIT
        assert len(field.hint) <= 100  # discord-api-docs, Label
        assert field.name in {option.name for option in command.options}


@each("view", VIEWS)
def test_every_view_fits_everywhere(view: View) -> None:
    assert 0 < len(view.parts) <= PART_LIMIT
    assert len(plain(Locale(), view)) <= 4000
    for part in view.parts:
        if isinstance(part, Menu):
            assert 0 < len(part.choices) <= CHOICE_LIMIT
            assert len(encode_menu(part.call, part.option)) <= ID_LIMIT
        if isinstance(part, Buttons | Item):
            assert len(part.buttons) <= BUTTON_LIMIT
            assert all(0 < len(each.label) <= LABEL_LIMIT for each in part.buttons)
        if isinstance(part, Quote):
            assert len(part.text) <= TEXT_LIMIT
    for call in view.calls():
        assert find(call.name) is not None, f"no command is called {call.name}"


@pytest.mark.parametrize(
    "secret",
    [
        SecretLinkButton("in", ZoomLink("https://z.example/j/1")),
        SecretLinkButton("in", JoinLink("https://x/")),
        SecretLinkButton("host", StartLink("https://z.example/s/1?zak=key")),
    ],
)
def test_a_view_with_a_way_in_is_never_public(secret: SecretLinkButton) -> None:
    with pytest.raises(ValueError, match="never public"):
        View((Buttons((secret,)),), public=True)
    with pytest.raises(ValueError, match="never public"):
        View((Item((), (secret,)),), public=True)
    with pytest.raises(ValueError, match="never public"):
        View((Attachment("roster.csv", "text/csv", b""),), public=True)


@pytest.mark.parametrize(
    ("written", "channel"),
    [("slack:T123/U456", False), ("slack:T123/C789", True), ("slack:U456", False), ("discord:42", False),
     ("discord:#4000", True), ("sandbox:ada", False)],
)  # fmt: skip
def test_addresses_are_written_as_they_are_read(written: str, channel: bool) -> None:
    address = Address.parse(written)
    assert str(address) == written
    assert address.is_channel is channel


@pytest.mark.parametrize("written", ["", "42", "teams:42", "discord:ada", "slack:", "discord:#", "slack:T1/U2 x"])
def test_what_is_no_address_says_how_one_is_written(written: str) -> None:
    with pytest.raises(ValueError, match="discord:#4000"):
        Address.parse(written)


@pytest.mark.parametrize(
    ("written", "other", "meant"),
    [
        ("slack:U456", "slack:T123/U456", True),
        ("slack:T123/U456", "slack:T123/U456", True),
        ("slack:T999/U456", "slack:T123/U456", False),
        ("slack:T123/U456", "slack:U456", False),
        ("slack:U45", "slack:T123/U456", False),
        ("discord:42", "discord:42", True),
        ("discord:42", "slack:T123/U42", False),
    ],
)
def test_a_slack_team_may_be_left_out(written: str, other: str, meant: bool) -> None:
    assert Address.parse(written).names(Address.parse(other)) is meant


def test_two_addresses_are_one_place_whichever_leaves_its_team_out() -> None:
    short, whole, elsewhere = map(Address.parse, ("slack:C789", "slack:T1/C789", "slack:T2/C789"))
    assert short.meets(whole)
    assert whole.meets(short)
    assert not whole.meets(elsewhere)


@pytest.mark.parametrize("typed", ["x" * 200, "\ud800"])
def test_a_menu_keeps_what_fits_into_its_id_alone(typed: str) -> None:
    view = resolve_texts.which(Locale(), [], Call.of("host-edit", gathering="grief", title=typed))
    (menu,) = [part for part in view.parts if isinstance(part, Menu)]
    assert encode_menu(menu.call, menu.option) == "host-edit?gathering="


BARE_WORDS = {"yes", "no", "ok", "here", "more", "next", "back", "sí", "vale", "aquí", "más", "siguiente", "volver"}


@each("view", VIEWS)
def test_a_button_says_what_it_does_where_it_is_read_alone(view: View) -> None:
    labels: dict[str, Call] = {}
    for part in view.parts:
        for button in part.buttons if isinstance(part, Buttons | Item) else ():
            label = alone(button.label, part.lines if isinstance(part, Item) else (), LABEL_LIMIT)
            assert button.label.casefold() not in BARE_WORDS
            if isinstance(button, Button) and HOSTILE[:9] not in label:  # samples of equal topics and names
                assert labels.setdefault(label, button.call) == button.call, f"two do other things, called {label}"


TITLE, PART = Strong("Grief and Gratitude in long winter nights"), Text(" · part 2 of 3")


@pytest.mark.parametrize(
    ("line", "limit", "said"),
    [
        ((TITLE,), 80, "Register: Grief and Gratitude in long winter nights"),
        ((TITLE,), 40, "Register: Grief and Gratitude in long…"),
        ((TITLE, PART), 45, "Register: Grief and Gratitude… · part 2 of 3"),
        ((TITLE, PART), 30, "Register: Grief… · part 2 of 3"),
        ((TITLE, PART), 15, "Register"),
        ((), 45, "Register"),
        ((Strong(" "),), 45, "Register"),
        ((Text("Part 1: "), Strong("Loss")), 45, "Register: Part 1: Loss"),
        ((Strong("Loss"),), 15, "Register: Loss"),
    ],
)
def test_a_label_read_alone(line: tuple[Span, ...], limit: int, said: str) -> None:
    assert alone("Register", (line,), limit) == said
    assert len(said) <= limit


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_menu_and_no_sentence_reads_out_the_address_of_a_channel(language: str) -> None:
    for name, view in VIEWS.items():
        if name.startswith(language):
            assert "discord:#" not in plain(Locale(language), view), name
