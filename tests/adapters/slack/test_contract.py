"""Slack keeps what every adapter promises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.slack import forms, receive
from adapters.slack.forms import Origin
from adapters.slack.receive import SlackInteraction
from adapters.slack.respond import _ephemeral
from bot.addresses import Address
from bot.i18n import Locale
from bot.request import Call
from bot.views import Form, Menu, View
from tests.adapters.contract import AdapterContract
from tests.adapters.slack.block_kit import check_message, check_view, controls, every_object
from tests.adapters.slack.fake_workspace import menus, visible_text

Json = dict[str, Any]
TO = Locale("en", "Europe/Madrid")
TEAM = "T1"
BODY = {"team": {"id": TEAM}, "user": {"id": "U1", "name": "ada"}, "trigger_id": "1.2", "response_url": "https://x"}


def checked(view: View) -> Json:
    body = _ephemeral(view, TO)
    check_message(body)
    return body


class TestSlack(AdapterContract):
    def visible_text(self, view: View) -> Json:
        body = checked(view)
        # The options of a search box come when it is opened; Slack then asks for them.
        offered = [part for part in view.parts if isinstance(part, Menu)]
        for menu, part in zip(menus(body["blocks"]), offered, strict=True):
            dict(menu).setdefault("options", [])
            body.setdefault("offered", []).append((menu["action_id"], [each.value for each in part.choices]))
        return body

    def shown_form(self, form: Form) -> Json:
        window = forms.form_modal(form, Origin("https://hooks.slack.example/x" * 5, "C1"), TO)
        check_view(window)
        return window

    def is_private(self, shown: Any) -> bool:
        return bool(shown["response_type"] == "ephemeral")

    def text(self, shown_message: Any) -> str:
        return visible_text(shown_message["blocks"], TO)

    def channel(self) -> Address:
        return Address("slack", "T1/C789")

    def live(self, shown: Any) -> list[str]:
        # Slack reads formatting in mrkdwn, and mentions in a message's text too.
        written = [each["text"] for each in every_object(shown["blocks"]) if each.get("type") == "mrkdwn"]
        strange = [each for each in written if not re.fullmatch(r"<!date\^\d+\^[^|]+\|[^<>]+>|<https?://[^<>]+>", each)]
        others = {"user", "usergroup", "channel", "broadcast", "emoji"}
        mentions = [str(each) for each in every_object(shown["blocks"]) if each.get("type") in others]
        return strange + mentions + re.findall(r"<[^>]*>", shown["text"])

    def pressed(self, shown: Any) -> list[Call]:
        buttons = [each for each in controls(shown["blocks"]) if each["type"] == "button" and "value" in each]
        return [_heard(each).call for each in buttons]

    def chosen(self, shown: Any) -> list[Call]:
        return [
            _heard({"type": "static_select", "action_id": action, "selected_option": {"value": value}}).call
            for action, values in shown.get("offered", [])
            for value in values
        ]

    def submitted(self, shown_form: Any, values: Mapping[str, str]) -> Call:
        state = {
            each["block_id"]: {
                each["element"]["action_id"]: {"type": "plain_text_input", "value": values[each["block_id"]]}
            }
            for each in shown_form["blocks"]
            if each["type"] == "input" and each["block_id"] in values
        }
        view = shown_form | {"id": "V1", "state": {"values": state}}
        return receive.view_submission(BODY | {"type": "view_submission", "view": view}, TEAM).call


def _heard(action: Mapping[str, Any]) -> SlackInteraction:
    heard = receive.block_action(BODY | {"type": "block_actions", "actions": [action]}, TEAM)
    assert heard is not None
    return heard
