"""Discord keeps what every adapter promises; and direct messages, whose text shows in notifications."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from discord import InteractionType

from adapters.discord import forms, receive, render
from adapters.discord.custom_ids import notification_tag, split_custom_id
from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.messages import texts as message_texts
from bot.messages.model import MESSAGE_LIMIT, Message
from bot.request import Call
from bot.views import Form, Item, View
from tests.adapters.contract import AdapterContract
from tests.adapters.discord import api_rules, message_reader
from tests.adapters.discord.fake_discord import filled
from tests.each import each
from tests.samples.all_views import VIEWS

Json = dict[str, Any]
TO = Locale("en", "Europe/Madrid")
DIRECT_MESSAGES = ("reminder", "moved", "cancelled", "afterwards")
NOTIFICATIONS = {
    name: view
    for name, view in VIEWS.items()
    if name.partition("/")[2].startswith((*DIRECT_MESSAGES, "channel-reminder", "announcement"))
    and not name.endswith(("cancelled-by-me", "announcement-cancelled", "announcement-cancelled-linked"))
}


def validated(shown: render.DiscordMessage) -> Json:
    body = {"embeds": [], "content": "", **shown.body}
    api_rules.message(shown.body, len(shown.files))
    callback = "/interactions/{interaction_id}/{interaction_token}/callback"
    api_rules.documented("POST", callback, {"type": 4, "data": shown.body})
    return body


class TestDiscord(AdapterContract):
    def shown(self, view: View) -> Json:
        return validated(render.render(view))

    def shown_form(self, form: Form) -> Json:
        for in_server in (True, False):
            window = forms.render_form(form, in_server=in_server)
            api_rules.window(window)
            callback = "/interactions/{interaction_id}/{interaction_token}/callback"
            api_rules.documented("POST", callback, {"type": 9, "data": window})
        return window

    def is_private(self, shown: Any) -> bool:
        return bool(shown["flags"] & render.EPHEMERAL)

    def text(self, shown: Any) -> str:
        return message_reader.text(shown, TO)

    def channel(self) -> Address:
        return Address("discord", "#4000")

    def live(self, shown: Any) -> list[str]:
        return [each for text in message_reader.said(shown) for each in message_reader.live(text)]

    def pressed(self, shown: Any) -> list[Call]:
        return [
            receive.decode_call(InteractionType.component, {"component_type": 2, "custom_id": each["custom_id"]})[0]
            for each in api_rules.every(shown["components"])
            if each["type"] == 2 and "custom_id" in each
        ]

    def chosen(self, shown: Any) -> list[Call]:
        return [
            receive.decode_call(
                InteractionType.component,
                {"component_type": 3, "custom_id": each["custom_id"], "values": [option["value"]]},
            )[0]
            for each in api_rules.every(shown["components"])
            if each["type"] == 3
            for option in each["options"]
        ]

    def submitted(self, shown_form: Any, values: Mapping[str, str]) -> Call:
        labels = [each for each in shown_form["components"] if "component" in each]
        sent = [filled(label, values.get(label["component"]["custom_id"])) for label in labels]
        data = {"custom_id": shown_form["custom_id"], "components": sent}
        return receive.decode_call(InteractionType.modal_submit, data)[0]


class TestLetters(TestDiscord):
    """The same, as a message that notifies with its words."""

    def shown(self, view: View) -> Json:
        return validated(render.render_direct_message(view))

    def is_private(self, shown: Any) -> bool:
        return True  # a letter goes to a private line alone


@each("view", NOTIFICATIONS)
def test_what_is_told_can_be_recognised(view: View) -> None:
    """Every notice has a button, and its mark fits behind every Call."""
    mark = notification_tag("reminder:999999999:999999999:1764784800:86400")
    assert len(mark) <= 25
    shown = (
        render.render(view, tag=mark, private=False) if view.public else render.render_direct_message(view, tag=mark)
    )
    ids = [each["custom_id"] for each in api_rules.every(validated(shown)["components"]) if "custom_id" in each]
    assert ids
    assert {split_custom_id(each)[1] for each in ids} == {mark}


@each("view", {name: view for name, view in NOTIFICATIONS.items() if not view.public})
def test_what_arrives_on_a_private_line_notifies_with_its_words(view: View) -> None:
    assert validated(render.render_direct_message(view))["content"]


@pytest.mark.parametrize("written", ["**What I bring:** ________\n", "* one\n* two\n\n", "a\n", "words "])
def test_what_a_facilitator_wrote_arrives_whole(written: str) -> None:
    """Signs are made inert by one more each: what does not fit a message that notifies is laid out instead."""
    start = datetime(2026, 12, 3, 18, 0, tzinfo=UTC)
    gathering = Gathering(17, "Grief", start, "Europe/Madrid", timedelta(minutes=90))
    text = (written * MESSAGE_LIMIT)[:MESSAGE_LIMIT].strip()
    letter = validated(render.render_direct_message(message_texts.as_received(TO, gathering, Message(1, 17, text))))
    read = message_reader.text(letter, TO)
    assert "".join(text.split()) in "".join(read.split())


@pytest.mark.parametrize("name", ["en/list", "es/list", "en/mine-linked", "en/topics"])
def test_buttons_of_a_list_make_sense_read_alone(name: str) -> None:
    view = VIEWS[name]
    rows = [part for part in view.parts if isinstance(part, Item) and part.buttons]
    assert len(rows) > 1
    shown = json.dumps(render.render(view).body, ensure_ascii=False)
    for row in rows:
        for button in row.buttons:
            assert f'"label": "{button.label}"' not in shown, "nobody could tell which"
            assert f'"label": "{button.label}: ' in shown


def test_the_part_of_a_series_stays_in_a_label_that_is_cut() -> None:
    labels = re.findall(r'"label": "([^"]+)"', json.dumps(render.render(VIEWS["en/list"]).body, ensure_ascii=False))
    parts = [each for each in labels if each.startswith("Details: Living with")]
    assert len(parts) == len(set(parts)) == 3
    assert all(len(each) <= 80 for each in labels)


def test_a_row_that_stands_alone_keeps_its_short_label() -> None:
    assert '"label": "Register"' in json.dumps(render.render(VIEWS["en/details"]).body)
