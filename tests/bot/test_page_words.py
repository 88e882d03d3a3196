"""What names a command says what it is called on a page."""

from __future__ import annotations

import re

from bot.i18n import Locale
from bot.page_words import in_words_of_pages
from bot.plain_text import plain
from bot.views import Item, Note, Paragraph, Quote, Strong, Text, View
from tests.each import each
from tests.samples.all_views import VIEWS

LOCALE = Locale("en", "UTC")
STILL_TYPED = {"connect", "register"}
"""A code is typed in a chat, and a page has no other way in to say; an example of typing is one."""


def said(text: str) -> str:
    return plain(LOCALE, in_words_of_pages(LOCALE, View((Paragraph((Text(text),)),))))


def test_a_command_is_said_by_its_name_on_the_page() -> None:
    assert said("/htg mine and /htg join work as ever.") == "“My gatherings” and “My private link” work as ever."
    assert said("Type /htg connect AB12-CD34") == "Type /htg connect AB12-CD34"
    assert said("/htg miners") == "/htg miners"


def test_everywhere_but_in_what_people_wrote() -> None:
    text = Text("see /htg settings")
    strong = Strong("see /htg settings")
    view = in_words_of_pages(LOCALE, View((Note((text,)), Item(((strong,),)), Quote("see /htg settings"))))
    assert plain(LOCALE, view).splitlines() == ["see “My settings”", "see “My settings”", "see /htg settings"]


@each("view", {name: view for name, view in VIEWS.items() if "help" not in name})
def test_no_member_is_sent_to_a_command_that_a_page_does_not_have(view: View) -> None:
    shown = plain(LOCALE, in_words_of_pages(LOCALE, view))
    assert set(re.findall(r"/htg ([a-z]+)", shown)) <= STILL_TYPED
