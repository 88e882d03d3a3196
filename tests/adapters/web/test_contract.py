"""The personal page keeps what every adapter promises; what is pressed on it is sent as a browser sends a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from multidict import MultiDict

from adapters.html.controls import submitted_call
from adapters.html.forms import FIELD_PREFIX
from adapters.html.render import BUTTON, CHOICE_PREFIX, MENU
from adapters.web.render import PageRenderer
from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Response
from bot.i18n import Locale
from bot.request import Call
from bot.views import Answer, Form, View
from tests.adapters.contract import AdapterContract
from tests.adapters.sandbox.test_contract import OURS
from tests.adapters.sandbox.test_render import ATTRIBUTES, TAGS, Reading

TO = Locale("en", "Europe/Madrid")
PAGES = PageRenderer(Config(organisation="Healing Together"))
AROUND = {"section", "form", "input", "h2", "label", "select", "option", "textarea", "fieldset", "legend"}
"""The elements that the page itself puts around an answer."""


class PageReading(Reading):
    elements = TAGS | AROUND
    attributes = ATTRIBUTES | {"action", "aria-labelledby", "data-page", "data-style", "method", "tabindex"}


def answered(answer: Answer) -> Reading:
    """The part of the page that holds the answer, as it is sent to a browser."""
    page = PAGES.personal(Response(answer, TO), "/me/token", key="k")
    (found,) = re.findall(r'(<section class="answer".*?</section>)', page, re.DOTALL)
    return PageReading(found)


def sent(page: Reading, *pressed: tuple[str, str]) -> MultiDict[str]:
    """What a browser sends: hidden controls, the first option of every list, and the button that was pressed."""
    data: MultiDict[str] = MultiDict()
    lists: set[str] = set()
    name = ""
    for tag, given in page.tags:
        if tag == "input" and given.get("type") == "hidden":
            data.add(given["name"], given["value"])
        elif tag == "select":
            name = given["name"]
        elif tag == "option" and name not in lists:
            lists.add(name)
            data.add(name, given["value"])
    data.extend(pressed)
    return data


class TestPersonalPage(AdapterContract):
    def shown(self, view: View) -> Reading:
        return answered(view)

    def shown_form(self, form: Form) -> Reading:
        return answered(form)

    def is_private(self, shown: object) -> bool:
        return True  # only whoever has the link sees it, and nothing keeps a copy: see test_personal.py

    def text(self, shown: Any) -> str:
        text: str = shown.text
        return text

    def channel(self) -> Address:
        return Address("", "gatherings")

    def live(self, shown: Any) -> list[str]:
        strange = [tag for tag, _ in shown.tags if tag not in OURS | AROUND]
        return strange + [value for _, found in shown.tags for name, value in found.items() if name.startswith("on")]

    def pressed(self, shown: Any) -> list[Call]:
        found = [given for tag, given in shown.tags if tag == "button" and given.get("name") == BUTTON]
        return [submitted_call(sent(shown, (BUTTON, each["value"]))) for each in found]

    def chosen(self, shown: Any) -> list[Call]:
        calls, menu = [], ""
        for tag, given in shown.tags:
            if tag == "select":
                menu = given["name"].removeprefix(CHOICE_PREFIX)
            elif tag == "option":
                data = sent(shown, (MENU, menu))
                data[CHOICE_PREFIX + menu] = given["value"]
                calls.append(submitted_call(data))
        return calls

    def submitted(self, shown_form: Any, values: Mapping[str, str]) -> Call:
        data = sent(shown_form)
        for name in data.getall("fields"):
            data[FIELD_PREFIX + name] = values.get(name, "")
        return submitted_call(data)
