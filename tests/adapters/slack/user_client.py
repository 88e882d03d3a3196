"""What people do in Slack's client, and what it then sends to the bot and shows of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.adapters.slack.block_kit import check_view, controls
from tests.adapters.slack.fake_models import BOT, TEAM, FakeMessage, FakeUser
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.transport import NotAcknowledged, Transport

Json = Mapping[str, Any]


class UserClient:
    """The clients of everybody in one workspace."""

    def __init__(self, slack: FakeSlack, delivery: Transport, team: str = TEAM, organisation: str = "") -> None:
        """`organisation`: the whole of which the workspace is a part, where that has the bot."""
        self.slack, self.delivery, self.team, self.organisation = slack, delivery, team, organisation
        self._events = count(1)

    async def types(self, human: FakeUser, text: str, place: str = "") -> None:
        """A slash command in a channel or, without one, in the bot's messages."""
        command, _, rest = text.strip().partition(" ")
        where = place or human.line
        name = self.slack.places[place].name if place else "directmessage"
        answer = await self._bring(human, "slash_commands", {
            "token": "deprecated", "team_id": self.team, "team_domain": "htg", "channel_id": where,
            "channel_name": name, "user_id": human.id, "user_name": human.name.lower(), "command": command,
            "text": rest.strip(), "api_app_id": "A1",
            **({"is_enterprise_install": "true", "enterprise_id": self.organisation} if self.organisation
               else {"is_enterprise_install": "false"}),
            "response_url": self.slack.response_url(human, where), "trigger_id": self.slack.trigger(human),
        })  # fmt: skip
        if answer:
            self.slack.say_to(human, where, answer)

    async def presses(self, human: FakeUser, message: FakeMessage, action: Json) -> None:
        """A button or a menu's choice in a message."""
        payload = self._interaction(human, "block_actions") | {
            "actions": [dict(action) | {"block_id": "b", "action_ts": "1"}],
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.place,
                          "is_ephemeral": bool(message.only)},
            "channel": {"id": message.place, "name": "x"},
            "response_url": self.slack.response_url(human, message.place, message.id),
        }  # fmt: skip
        if not message.only:
            payload["message"] = {"ts": message.ts, "blocks": message.blocks}
        await self._quietly(human, payload)

    async def presses_in(self, human: FakeUser, view: Json, action: Json) -> None:
        """The same in a modal or on the Home tab."""
        payload = self._interaction(human, "block_actions") | {
            "actions": [dict(action) | {"block_id": "b", "action_ts": "1"}],
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
        }
        await self._quietly(human, payload)

    async def suggestions(self, human: FakeUser, message: FakeMessage, action_id: str, typed: str = "") -> list[Json]:
        payload = self._interaction(human, "block_suggestion") | {
            "action_id": action_id, "block_id": "b", "value": typed,
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.place},
        }  # fmt: skip
        del payload["trigger_id"]
        answer = await self._bring(human, "interactive", payload)
        assert len(answer["options"]) <= 100
        return list(answer["options"])

    async def submits(self, human: FakeUser, values: Mapping[str, str]) -> dict[str, str]:
        """Sends the topmost modal; returns the errors at its fields, having closed or changed it otherwise."""
        view = human.windows[-1]
        state = {
            "values": {each["block_id"]: _state(each, values) for each in view["blocks"] if each["type"] == "input"}
        }
        payload = self._interaction(human, "view_submission") | {"view": view | {"state": state}, "response_urls": []}
        answer = await self._bring(human, "interactive", payload)
        match answer.get("response_action"):
            case "errors":
                unknown = answer["errors"].keys() - state["values"].keys()
                assert not unknown, f"errors at unknown blocks: {unknown}"
                return dict(answer["errors"])
            case "update":
                check_view(answer["view"])
                human.windows[-1] = self.slack.window(answer["view"]) | {"id": view["id"]}
            case "clear":
                human.windows.clear()
            case None:
                assert not answer, answer
                human.windows.pop()
            case strange:
                raise AssertionError(strange)
        return {}

    async def opens_home(self, human: FakeUser, event_id: str = "") -> None:
        event = {"type": "app_home_opened", "user": human.id, "channel": human.line, "tab": "home"}
        await self.brings_event(event, event_id)

    async def brings_event(self, event: Json, event_id: str = "") -> None:
        payload = {
            "type": "event_callback", "team_id": self.team, "api_app_id": "A1", "event": event,
            "event_id": event_id or f"Ev{next(self._events)}", "event_time": 1,
            "authorizations": [{"team_id": self.team, "user_id": BOT, "is_bot": True}],
        }  # fmt: skip
        await self.delivery.bring("events_api", payload)

    async def takes_shortcut(self, human: FakeUser, callback_id: str, message: FakeMessage | None = None) -> None:
        payload = self._interaction(human, "shortcut" if message is None else "message_action")
        payload["callback_id"] = callback_id
        if message is not None:
            payload |= {
                "message": {"ts": message.ts, "blocks": message.blocks, "text": message.text},
                "channel": {"id": message.place, "name": "x"},
                "response_url": self.slack.response_url(human, message.place),
                "message_ts": message.ts,
            }
        await self._quietly(human, payload)

    def _interaction(self, human: FakeUser, kind: str) -> dict[str, Any]:
        return {
            "type": kind, "token": "deprecated", "api_app_id": "A1",
            "team": {"id": self.team, "domain": "htg"}
            | ({"enterprise_id": self.organisation, "enterprise_name": "HTG"} if self.organisation else {}),
            "user": {"id": human.id, "username": human.name.lower(), "name": human.name.lower(),
                     "team_id": human.team or self.team},
            "trigger_id": self.slack.trigger(human), "is_enterprise_install": bool(self.organisation),
            "enterprise": {"id": self.organisation, "name": "HTG"} if self.organisation else None,
        }  # fmt: skip

    async def _quietly(self, human: FakeUser, payload: Json) -> None:
        answer = await self._bring(human, "interactive", payload)
        assert not answer, f"an acknowledgement without a place to show it: {answer}"

    async def _bring(self, human: FakeUser, kind: Any, payload: Json) -> dict[str, Any]:
        try:
            return await self.delivery.bring(kind, payload)
        except NotAcknowledged as why:
            human.system.append(f"The app did not respond: {why}")
            raise


def initial(view: Json) -> dict[str, str]:
    """What stands in a modal's fields when it opens, by block."""
    found = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            options = element.get("initial_options", []) or [element[k] for k in ("initial_option",) if k in element]
            found[block["block_id"]] = element.get("initial_value", ",".join(each["value"] for each in options))
    return found


def _state(block: Json, values: Mapping[str, str]) -> dict[str, Any]:
    element = block["element"]
    given = values.get(block["block_id"], "")
    assert given or block.get("optional"), f"the client does not send an empty {block['block_id']}"
    kind = element["type"]
    if kind == "plain_text_input":
        assert len(given) <= element["max_length"]
        return {element["action_id"]: {"type": kind, "value": given or None}}
    chosen = [each for each in element["options"] if each["value"] in given.split(",")]
    assert len(chosen) == len([each for each in given.split(",") if each]), f"{given} cannot be chosen"
    if kind == "static_select":
        return {element["action_id"]: {"type": kind, "selected_option": chosen[0] if chosen else None}}
    return {element["action_id"]: {"type": kind, "selected_options": chosen}}


def find(blocks: list[Json], value: str) -> Json | None:
    """The button with this value."""
    return next((each for each in controls(blocks) if each.get("value") == value), None)
