"""The sandbox keeps what every adapter promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.html import controls
from adapters.html.forms import FIELD_PREFIX, render_form
from adapters.html.render import BUTTON, CHOICE_PREFIX
from adapters.sandbox.chat import GATHERINGS
from adapters.sandbox.render import render
from bot.addresses import Address
from bot.i18n import Locale
from bot.request import Call, encode
from bot.views import Form, View
from tests.adapters.contract import AdapterContract
from tests.adapters.sandbox.test_render import Reading

TO = Locale("en", "Europe/Madrid")
OURS = {
    "a", "bdi", "blockquote", "br", "button", "div", "h2", "label", "option", "p", "select", "span", "strong", "time",
}  # fmt: skip
"""The elements that a View is made of."""


class TestSandbox(AdapterContract):
    def shown(self, view: View) -> Reading:
        return Reading(str(render(view, TO, "m1")))

    def shown_form(self, form: Form) -> tuple[str, Reading]:
        return encode(form.call), Reading(str(render_form(form, TO)))

    def is_private(self, shown: object) -> bool:
        return True  # the chat decides whom it shows an answer to: see test_room.py

    def text(self, shown: Any) -> str:
        text: str = shown.text
        return text

    def channel(self) -> Address:
        return GATHERINGS

    def live(self, shown: Any) -> list[str]:
        strange = [tag for tag, _ in shown.tags if tag not in OURS]
        return strange + [value for _, found in shown.tags for name, value in found.items() if name.startswith("on")]

    def pressed(self, shown: Any) -> list[Call]:
        found = [given for tag, given in shown.tags if tag == "button" and given.get("name") == BUTTON]
        return [controls.button_call(each["value"]) for each in found]

    def chosen(self, shown: Any) -> list[Call]:
        calls, menu = [], ""
        for tag, given in shown.tags:
            if tag == "select":
                menu = given["name"].removeprefix(CHOICE_PREFIX)
            elif tag == "option":
                calls.append(controls.menu_call(menu, given["value"]))
        return calls

    def submitted(self, shown_form: Any, values: Mapping[str, str]) -> Call:
        written, page = shown_form
        names = [
            given["name"].removeprefix(FIELD_PREFIX)
            for _, given in page.tags
            if given.get("name", "").startswith(FIELD_PREFIX)
        ]
        return controls.form_call(written, {name: values[name] for name in names if name in values})
