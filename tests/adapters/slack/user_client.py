"""What users do in Slack's client: the payloads that it sends to the bot, and what it shows of the acknowledgement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from bot import moments
from tests.adapters.slack.block_kit import check_view
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_workspace import BOT_USER_ID, TEAM, FakeMessage, FakeUser
from tests.adapters.slack.transport import Kind, NotAcknowledged, Transport

Json = Mapping[str, Any]


def button(value: str) -> Json:
    """A button as a forged or old message may hold it."""
    return {"type": "button", "action_id": "0", "value": value}


class UserClient:
    """The clients of all users of one workspace."""

    def __init__(self, fake_slack: FakeSlack, transport: Transport, team: str = TEAM, organisation: str = "") -> None:
        """`organisation`: the one that the workspace is a part of, where that installed the bot."""
        self.fake_slack, self.transport, self.team, self.organisation = fake_slack, transport, team, organisation
        self._events = count(1)

    async def types_command(self, user: FakeUser, text: str, channel: str = "") -> None:
        """A slash command in a channel or, without one, in the bot's messages."""
        command, _, rest = text.strip().partition(" ")
        channel_id = channel or user.dm_channel
        channel_name = self.fake_slack.channels[channel].name if channel else "directmessage"
        answer = await self._deliver(user, "slash_commands", {
            "token": "deprecated", "team_id": self.team, "team_domain": "htg", "channel_id": channel_id,
            "channel_name": channel_name, "user_id": user.id, "user_name": user.name.lower(), "command": command,
            "text": rest.strip(), "api_app_id": "A1",
            **({"is_enterprise_install": "true", "enterprise_id": self.organisation} if self.organisation
               else {"is_enterprise_install": "false"}),
            "response_url": self.fake_slack.response_url(user, channel_id),
            "trigger_id": self.fake_slack.trigger_id(user),
        })  # fmt: skip
        if answer:
            self.fake_slack.answer(user, channel_id, answer)

    async def presses(self, user: FakeUser, message: FakeMessage, action: Json) -> None:
        """A button or a menu's choice in a message."""
        payload = self.interaction(user, "block_actions") | {
            "actions": [dict(action) | {"block_id": "b", "action_ts": "1"}],
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel,
                          "is_ephemeral": bool(message.ephemeral_for)},
            "channel": {"id": message.channel, "name": "x"},
            "response_url": self.fake_slack.response_url(user, message.channel, message.id),
        }  # fmt: skip
        if not message.ephemeral_for:
            payload["message"] = {"ts": message.ts, "blocks": message.blocks}
        await self._interact(user, payload)

    async def presses_in_view(self, user: FakeUser, view: Json, action: Json) -> None:
        """The same in a modal or on the Home tab."""
        await self._interact(user, self.interaction(user, "block_actions") | {
            "actions": [dict(action) | {"block_id": "b", "action_ts": "1"}],
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
        })  # fmt: skip

    async def suggestions(self, user: FakeUser, message: FakeMessage, action_id: str, typed: str = "") -> list[Json]:
        payload = self.interaction(user, "block_suggestion") | {
            "action_id": action_id, "block_id": "b", "value": typed,
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel},
        }  # fmt: skip
        del payload["trigger_id"]
        answer = await self._deliver(user, "interactive", payload)
        assert len(answer["options"]) <= 100
        return list(answer["options"])

    async def submits(self, user: FakeUser, values: Mapping[str, str]) -> dict[str, str]:
        """Submits the topmost modal, and closes or updates it; returns the errors at its fields."""
        view = user.modals[-1]
        fields = [block for block in view["blocks"] if block["type"] == "input"]
        values = _as_typed(view, values)
        state = {"values": {block["block_id"]: _state(block, values) for block in fields}}
        payload = self.interaction(user, "view_submission") | {"view": view | {"state": state}, "response_urls": []}
        answer = await self._deliver(user, "interactive", payload)
        match answer.get("response_action"):
            case "errors":
                unknown = answer["errors"].keys() - state["values"].keys()
                assert not unknown, f"errors at unknown blocks: {unknown}"
                return dict(answer["errors"])
            case "update":
                check_view(answer["view"])
                updated = _keeping(answer["view"], fields, state["values"])
                user.modals[-1] = self.fake_slack.open_view(updated) | {"id": view["id"]}
            case "clear":
                user.modals.clear()
            case None:
                assert not answer, answer
                user.modals.pop()
            case unknown_action:
                raise AssertionError(unknown_action)
        return {}

    async def opens_home(self, user: FakeUser, event_id: str = "") -> None:
        event = {"type": "app_home_opened", "user": user.id, "channel": user.dm_channel, "tab": "home"}
        await self.sends_event(event, event_id)

    async def writes(self, user: FakeUser, text: str, **more: Any) -> None:
        """A message to the bot that is no command."""
        at = f"1764784800.{next(self._events):06}"
        event = {
            "type": "message",
            "channel_type": "im",
            "channel": user.dm_channel,
            "user": user.id,
            "text": text,
            "ts": at,
        }
        await self.sends_event(event | more)

    async def sends_event(self, event: Json, event_id: str = "") -> None:
        payload = {
            "type": "event_callback", "team_id": self.team, "api_app_id": "A1", "event": event,
            "event_id": event_id or f"Ev{next(self._events)}", "event_time": 1,
            "authorizations": [{"team_id": self.team, "user_id": BOT_USER_ID, "is_bot": True}],
        }  # fmt: skip
        await self.transport.deliver("events_api", payload)

    async def uses_shortcut(self, user: FakeUser, callback_id: str, message: FakeMessage | None = None) -> None:
        payload = self.interaction(user, "shortcut" if message is None else "message_action")
        payload["callback_id"] = callback_id
        if message is not None:
            payload |= {
                "message": {"ts": message.ts, "blocks": message.blocks, "text": message.text},
                "channel": {"id": message.channel, "name": "x"},
                "response_url": self.fake_slack.response_url(user, message.channel),
                "message_ts": message.ts,
            }
        await self._interact(user, payload)

    def interaction(self, user: FakeUser, kind: str) -> dict[str, Any]:
        """What the payloads of all interactions have in common."""
        return {
            "type": kind, "token": "deprecated", "api_app_id": "A1",
            "team": {"id": self.team, "domain": "htg"}
            | ({"enterprise_id": self.organisation, "enterprise_name": "HTG"} if self.organisation else {}),
            "user": {"id": user.id, "username": user.name.lower(), "name": user.name.lower(),
                     "team_id": user.team or self.team},
            "trigger_id": self.fake_slack.trigger_id(user), "is_enterprise_install": bool(self.organisation),
            "enterprise": {"id": self.organisation, "name": "HTG"} if self.organisation else None,
        }  # fmt: skip

    async def _interact(self, user: FakeUser, payload: Json) -> None:
        answer = await self._deliver(user, "interactive", payload)
        assert not answer, f"an acknowledgement that Slack shows nowhere: {answer}"

    async def _deliver(self, user: FakeUser, kind: Kind, payload: Json) -> dict[str, Any]:
        try:
            return await self.transport.deliver(kind, payload)
        except NotAcknowledged as problem:
            user.system_errors.append(f"The app did not respond: {problem}")
            raise


def initial_values(view: Json) -> dict[str, str]:
    """The values of a modal's fields when it opens, by name: pickers show theirs with the zone below them."""
    values = _shown(view)
    for block in view["blocks"]:
        zone = block.get("element", {}).get("timezone")
        if zone and values[block["block_id"]]:
            values[block["block_id"]] += f" {zone}"
    return moments.merged(values)


def _as_typed(view: Json, values: Mapping[str, str]) -> dict[str, str]:
    """What stands in each block: whoever writes dates in words, and picks none, empties the pickers above them."""
    before = initial_values(view)
    standing = {}
    for name, value in _shown(view).items():
        field = name.partition(".")[0]
        changed = values.get(field, "") != before.get(field, "")
        standing[name] = values.get(name, "") if changed or (name != field and name in values) else value
    return standing


def _keeping(view: Json, fields: Sequence[Json], state: Json) -> Json:
    """As Slack updates a modal: an input with the ids of one before it keeps what was typed there."""
    typed = {
        (block["block_id"], action): given for block in fields for action, given in state[block["block_id"]].items()
    }
    initial = {"value": "initial_value", "selected_date": "initial_date", "selected_time": "initial_time",
               "selected_option": "initial_option", "selected_options": "initial_options",
               "selected_user": "initial_user", "selected_users": "initial_users"}  # fmt: skip
    blocks = []
    for block in view["blocks"]:
        given = typed.get((block.get("block_id"), block.get("element", {}).get("action_id")))
        if given is None:
            blocks.append(block)
            continue
        element = {key: value for key, value in block["element"].items() if key not in initial.values()}
        kept = {initial[key]: value for key, value in given.items() if key in initial and value}
        blocks.append(block | {"element": element | kept})
    return {**view, "blocks": blocks}


def _shown(view: Json) -> dict[str, str]:
    values = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            options = element.get("initial_options", []) or [element[k] for k in ("initial_option",) if k in element]
            chosen = ",".join(option["value"] for option in options)
            chosen = chosen or ",".join(element.get("initial_users", [])) or element.get("initial_user", "")
            picked = element.get("initial_date", element.get("initial_time", chosen))
            values[block["block_id"]] = element.get("initial_value", picked)
    return values


def _state(block: Json, values: Mapping[str, str]) -> dict[str, Any]:
    element = block["element"]
    value = values.get(block["block_id"], "")
    assert value or block.get("optional"), f"the client does not send an empty {block['block_id']}"
    kind = element["type"]
    if kind == "plain_text_input":
        assert len(value) <= element["max_length"]
        return {element["action_id"]: {"type": kind, "value": value or None}}
    if kind in {"datepicker", "timepicker"}:
        return {element["action_id"]: {"type": kind, f"selected_{kind.removesuffix('picker')}": value or None}}
    if kind == "users_select":
        return {element["action_id"]: {"type": kind, "selected_user": value or None}}
    if kind == "multi_users_select":
        return {element["action_id"]: {"type": kind, "selected_users": list(filter(None, value.split(",")))}}
    chosen = [option for option in element["options"] if option["value"] in value.split(",")]
    assert len(chosen) == len(list(filter(None, value.split(",")))), f"{value} cannot be chosen"
    if kind in {"static_select", "radio_buttons"}:
        return {element["action_id"]: {"type": kind, "selected_option": chosen[0] if chosen else None}}
    return {element["action_id"]: {"type": kind, "selected_options": chosen}}
