"""What every adapter promises, whatever its platform: one suite, subclassed for each.

Every sample of a View fits the platform's limits; what is heard of a control is what was shown with it;
whatever people write shows as itself and does nothing; an answer is private.
"""

from __future__ import annotations

import re
import string
from abc import ABC, abstractmethod
from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.addresses import Address
from bot.request import Call, encode, encode_menu
from bot.secrets import JoinLink, ZoomLink
from bot.views import (
    Button,
    Buttons,
    Channel,
    Choice,
    Form,
    Heading,
    Item,
    Menu,
    Note,
    Paragraph,
    Quote,
    SecretLinkButton,
    Strong,
    Text,
    TextField,
    View,
)
from tests.each import each
from tests.samples.all_views import ALL_VIEWS, VIEWS, long_views
from tests.samples.values import HOSTILE

WITH_LONG = ALL_VIEWS | long_views()
LONGEST_VIEWS = {name: answer for name, answer in WITH_LONG.items() if isinstance(answer, View)}
LONGEST_FORMS = {name: answer for name, answer in WITH_LONG.items() if isinstance(answer, Form)}

LINK = ZoomLink("https://zoom.example/j/1?pwd=contract", "contract-code")
INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_names = st.text(string.ascii_lowercase, min_size=1, max_size=12)
_values = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


def _fits(call: Call) -> bool:
    try:
        encode_menu(call, "choice")
    except ValueError:
        return False
    return encode(call) != ""


calls = st.builds(Call, _names, st.dictionaries(_names, _values, max_size=3).map(lambda each: tuple(each.items())))
short_calls = calls.filter(_fits)
written = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60),
    st.lists(
        st.sampled_from(
            [*"*_~`|<>[]()@#-+>\\!.1 ", "@everyone", "<!channel>", "<#4000>", "https://a.co/x_y", "a", HOSTILE]
        ),
        max_size=12,
    ).map("".join),
)
CALMLY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.differing_executors])


class AdapterContract(ABC):
    """The abstract methods are the adapter, seen from outside; each checks the platform's limits as it goes."""

    @abstractmethod
    def shown(self, view: View) -> object:
        """The view as the platform gets it, in answer to somebody. Fails on anything the platform would refuse."""

    @abstractmethod
    def shown_form(self, form: Form) -> object: ...

    @abstractmethod
    def is_private(self, shown: object) -> bool:
        """Whether the asker alone will see it."""

    @abstractmethod
    def text(self, shown: object) -> str:
        """What a person reads there."""

    @abstractmethod
    def channel(self) -> Address:
        """One of the platform's own."""

    @abstractmethod
    def live(self, shown: object) -> list[str]:
        """The formats, mentions and links in it that no part of ours writes."""

    @abstractmethod
    def pressed(self, shown: object) -> list[Call]:
        """What is heard when each of its buttons is pressed, in order."""

    @abstractmethod
    def chosen(self, shown: object) -> list[Call]:
        """What is heard when each choice of its menus is made, in order."""

    @abstractmethod
    def submitted(self, shown_form: object, values: Mapping[str, str]) -> Call:
        """What is heard when the form is sent with these values."""

    # ---- limits

    @each("view", LONGEST_VIEWS)
    def test_everything_that_can_be_said_fits(self, view: View) -> None:
        shown = self.shown(view)
        assert self.is_private(shown) is not view.public or view.public
        assert self.text(shown).strip()

    @each("form", LONGEST_FORMS)
    def test_every_form_fits(self, form: Form) -> None:
        assert self.shown_form(form)

    @each("view", VIEWS)
    def test_every_control_is_heard_as_it_was_shown(self, view: View) -> None:
        shown = self.shown(view)
        assert self.pressed(shown) == [each.call for each in view.buttons() if isinstance(each, Button)]
        menus = [part for part in view.parts if isinstance(part, Menu)]
        expected = [menu.call.filled({menu.option: each.value}) for menu in menus for each in menu.choices]
        assert {_told(each) for each in self.chosen(shown)} == {_told(each) for each in expected}

    # ---- what is heard is what was shown

    @CALMLY
    @given(call=short_calls)
    def test_a_button_says_its_call(self, call: Call) -> None:
        view = View((Paragraph((Text("Here"),)), Buttons((Button("Press", call),))))
        assert self.pressed(self.shown(view)) == [call]

    @CALMLY
    @given(call=short_calls, values=st.lists(_values.filter(str.strip), min_size=1, max_size=3, unique=True))
    def test_a_choice_fills_its_menus_call(self, call: Call, values: list[str]) -> None:
        menu = Menu("Which?", call, "choice", tuple(Choice(each, f"the {n}.") for n, each in enumerate(values)))
        heard = self.chosen(self.shown(View((Paragraph((Text("Here"),)), menu))))
        assert [each["choice"] for each in heard] == values
        assert all(each.without("choice") == call.without("choice") for each in heard)

    @CALMLY
    @given(call=short_calls, typed=st.dictionaries(_names, _values.filter(str.strip), min_size=1, max_size=3))
    def test_a_form_fills_its_call_and_cannot_overrule_it(self, call: Call, typed: dict[str, str]) -> None:
        fields = tuple(TextField(name, name.capitalize(), required=False) for name in typed)
        heard = self.submitted(self.shown_form(Form("A form", call, fields, "Send")), typed)
        assert heard.name == call.name
        assert dict(heard.arguments) == typed | dict(call.arguments)

    def test_two_equal_buttons_and_menus_can_stand_in_one_message(self) -> None:
        again = Button("Register", Call.of("register", gathering=12))
        menu = Menu("Which?", Call("register"), "gathering", (Choice("12", "One"),))
        parts = (Item(((Text("One"),),), (again,)), Item(((Text("The same"),),), (again,)), menu, menu)
        shown = self.shown(View(parts))
        assert self.pressed(shown) == [again.call, again.call]
        assert self.chosen(shown) == [again.call, again.call]

    def test_a_channel_is_shown_as_its_own_platform_calls_it(self) -> None:
        here, there = self.channel(), Address("elsewhere", "#4000")
        shown = self.text(self.shown(View((Paragraph((Channel(here),)), Note((Channel(there),))))))
        assert str(here) not in shown
        assert "elsewhere:#4000" in shown

    # ---- what people write does nothing

    @CALMLY
    @given(text=written)
    def test_what_people_write_shows_as_itself(self, text: str) -> None:
        view = View(
            (
                Heading(f"T {text}"),
                Paragraph((Text(text), Strong(f"{text}!"), Text(text))),
                Quote(text),
                Item(((Text(text),),)),
            )
        )
        shown = self.shown(view)
        assert not self.live(shown)
        assert _squeezed(text) in _squeezed(self.text(shown))
        assert _squeezed(self.text(shown)).count(_squeezed(text)) >= 5 or not _squeezed(text)

    # ---- private stays private

    def test_a_way_in_is_shown_to_the_asker_alone(self) -> None:
        for link in (LINK, JoinLink("https://gatherings.example/join/contract")):
            view = View((Paragraph((Text("Come in"),)), Buttons((SecretLinkButton("Enter", link),))))
            assert self.is_private(self.shown(view))

    def test_a_way_in_is_in_its_button_and_nowhere_else(self) -> None:
        shown = self.shown(View((Paragraph((Text("Come in"),)), Buttons((SecretLinkButton("Enter", LINK),)))))
        assert LINK.reveal() not in self.text(shown)


def _told(call: Call) -> tuple[str, frozenset[tuple[str, str]]]:
    return call.name, frozenset(call.arguments)


def _squeezed(text: str) -> str:
    return "".join(INVISIBLE.sub("", text).split())
