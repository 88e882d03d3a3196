"""What is shown comes back as the same Call; anything else comes back as something the core answers kindly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.html import controls
from adapters.html.render import menu_id
from adapters.sandbox import receive
from bot import catalogue
from bot.request import Call, encode
from bot.views import Choice, Menu

SHORT = st.text(st.characters(codec="ascii"), max_size=8)
CALLS = st.builds(
    lambda name, arguments: Call(name, tuple(arguments.items())),
    st.sampled_from([each.name for each in catalogue.commands()]),
    st.dictionaries(st.sampled_from(["gathering", "only", "page"]), SHORT, max_size=2),
)


@given(CALLS)
def test_a_button_comes_back_as_its_call(call: Call) -> None:
    assert controls.button_call(encode(call)) == call


@given(CALLS, st.text(max_size=200))
def test_a_choice_comes_back_as_its_call_filled_in(call: Call, value: str) -> None:
    menu = Menu("Which?", call, "gathering", (Choice(value, "This one"),))
    assert dict(controls.menu_call(menu_id(menu), value).arguments) == dict(call.filled({"gathering": value}).arguments)


@given(CALLS, st.dictionaries(st.sampled_from(["title", "note"]), st.text()))
def test_a_form_comes_back_as_its_call_filled_in(call: Call, values: dict[str, str]) -> None:
    assert controls.form_call(encode(call), values) == call.filled(values)


def test_what_a_form_carries_is_not_overruled_by_its_fields() -> None:
    written = encode(Call.of("host-edit", gathering=12))
    assert controls.form_call(written, {"gathering": "13", "title": "Rest"})["gathering"] == "12"


@given(st.text(max_size=150))
def test_any_text_at_all_is_heard_without_a_complaint(text: str) -> None:
    for call in (controls.button_call(text), controls.menu_call(text, "12"), controls.form_call(text, {"title": "x"})):
        assert call is controls.UNKNOWN_CONTROL or encode(call)
    assert catalogue.find(controls.UNKNOWN_CONTROL.name) is None


def test_lines_for_the_bot_and_lines_of_talk() -> None:
    assert receive.command_call("/htg") == Call("list")
    assert receive.command_call("  /htg register grief ") == Call.of("register", gathering="grief")
    assert receive.command_call("/htg-host doors 12") == Call.of("host-doors", gathering="12")
    assert receive.command_call("/HTG List") == Call("list")
    assert receive.command_call("I like /htg") is None
    assert receive.command_call("") is None
    assert receive.command_call("/ or a path, /home/ada") is None


def test_another_command_is_not_said_aloud_but_answered_with_the_nearest() -> None:
    assert receive.command_call("/register grief") == Call.of("help", unknown="/register", nearest="register")
    assert receive.command_call("/regster") == Call.of("help", unknown="/regster", nearest="register")
    assert receive.command_call("/shrug") == Call.of("help", unknown="/shrug")
