"""Reads Slack's payloads as interactions. Pure. Nothing in a payload is trusted; the core validates every Call."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from adapters.slack.forms import Origin
from adapters.slack.platform import PLATFORM
from bot import catalogue, moments, people
from bot.addresses import Address
from bot.request import WRITTEN, Call, Undecodable, decode, decode_choice, decode_form

Payload = Mapping[str, Any]

UNKNOWN_CALL = Call("not-ours")
"""Stands for an id that the bot does not know, or no longer: no command has this name, so the core says so."""
_PERSON = re.compile(r"[TE][A-Z0-9]{1,30}/[UW][A-Z0-9]{1,30}")
MAX_TYPED_LENGTH = 4000
"""Characters."""


class Surface(Enum):
    """Where the interaction happened, which decides how its answer is shown."""

    COMMAND = auto()  # a slash command: the acknowledgement itself can hold the answer
    MESSAGE = auto()  # a control in a message: the answer goes to its response_url
    MODAL = auto()  # a control in a modal: the modal is updated
    HOME = auto()  # a control on the Home tab, or a global shortcut: a modal opens
    SUBMISSION = auto()  # a submitted modal: errors go back into it, an answer to where it was opened


@dataclass(frozen=True, slots=True)
class SlackInteraction:
    surface: Surface
    team: str
    """The workspace, or organisation, whose token answers it."""
    user_id: str
    call: Call
    key: str
    """Slack's own id of the interaction, or a digest of the payload: one key is acted on once."""
    user_team: str = ""
    """The user's own workspace, or organisation: in a shared channel it may differ from `team`."""
    name: str = ""
    channel: Address | None = None
    trigger_id: str = field(default="", repr=False)
    origin: Origin = field(default_factory=Origin, repr=False)
    view_id: str = ""
    """Of the modal that it happened in."""
    replace_original: bool = False
    """The answer replaces the message of the pressed control, which is visible to this user alone."""

    @property
    def names_somebody(self) -> bool:
        """Whether it says who asks, with ids as Slack writes them."""
        return _PERSON.fullmatch(f"{self.user_team}/{self.user_id}") is not None


def is_readable(payload: object) -> bool:
    """Whether Bolt can tell what it is: it takes for granted that an event is an object, and fails on another."""
    if not isinstance(payload, Mapping):
        return False
    return payload.get("type") != "event_callback" or isinstance(payload.get("event"), Mapping)


def slash_command(payload: Payload, team: str) -> SlackInteraction:
    """`/htg register 12`: the core parses the text after the command, quotes and odd spaces included."""
    call = catalogue.parse(_text(payload, "command").lstrip("/"), _text(payload, "text")[:MAX_TYPED_LENGTH])
    user_id, name = _text(payload, "user_id"), _text(payload, "user_name")
    return _interaction(payload, team, Surface.COMMAND, call, user_id=user_id, name=name)


def block_action(payload: Payload, team: str) -> SlackInteraction | None:
    """A pressed button or a choice in a menu; None for a button that only opens a link."""
    action = next(iter(_list(payload, "actions")), {})
    call = _call_of(action)
    if call is None:
        return None
    container = _map(payload, "container")
    if container.get("type") == "view":
        view = _map(payload, "view")
        surface = Surface.HOME if view.get("type") == "home" else Surface.MODAL
        origin = Origin.from_metadata(view.get("private_metadata"))
        return _interaction(payload, team, surface, call, view_id=_text(view, "id"), origin=origin)
    command = catalogue.find(call.name)
    replace = bool(container.get("is_ephemeral")) and command is not None and command.replaces
    return _interaction(payload, team, Surface.MESSAGE, call, replace_original=replace)


def view_submission(payload: Payload, team: str) -> SlackInteraction:
    view = _map(payload, "view")
    teams = {_text(_map(payload, "user"), "id"): _user_team(payload, team)}
    try:
        call = decode_form(_text(view, "callback_id"), people.merged(moments.merged(dict(_fields(view, team, teams)))))
    except Undecodable:
        call = UNKNOWN_CALL
    origin = Origin.from_metadata(view.get("private_metadata"))
    return _interaction(payload, team, Surface.SUBMISSION, call, origin=origin, view_id=_text(view, "id"))


def first_field(payload: Payload) -> str:
    """The block_id of the first field of a submitted form, at which an error can stand; empty where there is none."""
    blocks = _map(payload, "view").get("blocks")
    fields = (block for block in blocks or () if isinstance(block, Mapping) and block.get("type") == "input")
    return next((_text(block, "block_id") for block in fields), "")


def shortcut(payload: Payload, team: str) -> SlackInteraction:
    """A global shortcut, or a message shortcut: that of an announcement asks about its gathering."""
    try:
        call = decode(_text(payload, "callback_id"))
    except Undecodable:
        call = UNKNOWN_CALL
    if payload.get("type") != "message_action":
        return _interaction(payload, team, Surface.HOME, call)
    gathering = next(_gatherings(_map(payload, "message")), None)
    call = call.filled({"gathering": gathering}) if gathering else Call("list")
    return _interaction(payload, team, Surface.MESSAGE, call)


def block_suggestion(payload: Payload, team: str) -> tuple[SlackInteraction, str, str] | None:
    """(interaction with the menu's Call, name of its option, text typed so far); None for an unknown menu."""
    try:
        call = decode(_text(payload, "action_id").partition(":")[2])
    except Undecodable:
        return None
    if not call.arguments or call.arguments[-1][1]:
        return None
    option = call.arguments[-1][0]
    interaction = _interaction(payload, team, Surface.MESSAGE, call.without(option))
    return interaction, option, _text(payload, "value")[:MAX_TYPED_LENGTH]


def home_opened(payload: Payload, team: str) -> SlackInteraction:
    """Slack repeats an event that was not acknowledged in time, with the same event_id."""
    key = f"slack:{team}:{_key(payload, 'event_id')}"
    user_id = _text(_map(payload, "event"), "user")
    return SlackInteraction(Surface.HOME, team, user_id, Call("mine"), key, _user_team(payload, team))


def private_message(payload: Payload, team: str) -> SlackInteraction | None:
    """Somebody wrote in the private line; None for what the bot, another app or Slack itself wrote or changed there."""
    event = _map(payload, "event")
    if event.get("bot_id") or event.get("subtype") not in {None, "file_share"} or not _text(event, "user"):
        return None
    user_team = _text(event, "user_team") or _user_team(payload, team)
    return SlackInteraction(Surface.HOME, team, _text(event, "user"), WRITTEN, "", user_team)


def team_ids(payload: Payload) -> list[str]:
    """The teams that a payload may come from: the workspace, then the organisation that it is part of."""
    candidates = (
        payload.get("team_id"),
        _map(payload, "team").get("id"),
        _map(payload, "user").get("team_id"),
        payload.get("enterprise_id"),
        _map(payload, "enterprise").get("id"),
    )
    return list(dict.fromkeys(team for team in candidates if isinstance(team, str) and team))


# ---- parts of a payload


def _interaction(
    payload: Payload, team: str, surface: Surface, call: Call, *, user_id: str = "", name: str = "", **more: Any
) -> SlackInteraction:
    user = _map(payload, "user")
    channel = _channel(team, _text(payload, "channel_id") or _text(_map(payload, "channel"), "id"))
    if surface in {Surface.COMMAND, Surface.MESSAGE}:
        more["origin"] = Origin(_text(payload, "response_url"), channel.account.rpartition("/")[2] if channel else "")
    elif channel is None and more.get("origin"):
        channel = _channel(team, more["origin"].channel)
    return SlackInteraction(
        surface=surface,
        team=team,
        user_id=user_id or _text(user, "id"),
        call=call,
        key=f"slack:{team}:{_key(payload, 'trigger_id')}",
        user_team=_user_team(payload, team),
        name=name or _text(user, "name") or _text(user, "username"),
        channel=channel,
        trigger_id=_text(payload, "trigger_id"),
        **more,
    )


def _user_team(payload: Payload, team: str) -> str:
    """The team that the user belongs to; `team` itself where they belong to that. Empty where Slack does not say.

    An interaction names the user's own workspace or organisation beside the one that it happened in; a command or
    an event names the latter alone, and its user belongs to that.
    """
    happened_in = _text(payload, "team_id") or _text(_map(payload, "team"), "id")
    organisation = _text(_map(payload, "team"), "enterprise_id") or _text(payload, "enterprise_id")
    own = _text(_map(payload, "user"), "team_id") or happened_in
    if team.startswith("E"):  # installed for an organisation: all of its workspaces are one
        belongs = organisation == team and own in {organisation, happened_in}
    else:
        belongs = happened_in == team and own == organisation
    return team if own and belongs else own


def _call_of(action: Payload) -> Call | None:
    """The Call of a button, from its value; of a menu, from its action_id and the chosen option."""
    chosen = _map(action, "selected_option").get("value")
    try:
        if isinstance(chosen, str):
            return decode_choice(_text(action, "action_id").partition(":")[2], chosen)
        return decode(_text(action, "value")) if "value" in action else None
    except Undecodable:
        return UNKNOWN_CALL


def _fields(view: Payload, team: str, teams: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(block_id, value) for every field of a submitted form; empty text where nothing is chosen.

    `teams`: those of users of whom another than `team` may be known.
    """
    for block_id, inputs in _map(_map(view, "state"), "values").items():
        for state in inputs.values() if isinstance(inputs, Mapping) else ():
            yield str(block_id), _value(state, team, teams)


def _value(state: Payload, team: str, teams: Mapping[str, str]) -> str:
    if "selected_user" in state or "selected_users" in state:
        chosen = state.get("selected_users") or [state.get("selected_user")]
        users = [each for each in chosen if isinstance(each, str)] if isinstance(chosen, list) else []
        return ", ".join(people.mention(Address("slack", f"{teams.get(each) or team}/{each}")) for each in users)
    if "selected_options" in state:
        return ",".join(_text(option, "value") for option in _list(state, "selected_options"))
    if "selected_option" in state:
        return _text(_map(state, "selected_option"), "value")
    return _text(state, "value") or _text(state, "selected_date") or _text(state, "selected_time")


def _gatherings(message: Payload) -> Iterator[str]:
    """The gatherings that a message's own buttons name."""
    for block in _list(message, "blocks"):
        for element in _list(block, "elements"):
            call = _call_of(element) if element.get("type") == "button" else None
            if call is not None and call["gathering"]:
                yield call["gathering"]


def _key(payload: Payload, name: str) -> str:
    given = _text(payload, name)
    if given and given.isascii() and given.isprintable():
        return given
    # A payload holds the instant of its interaction, so that no two have the same digest.
    return hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()


def _channel(team: str, channel_id: str) -> Address | None:
    address = Address("slack", f"{team}/{channel_id}")
    return address if PLATFORM.account.fullmatch(address.account) and address.is_channel else None


def _text(payload: Payload, name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""


def _map(payload: Payload, name: str) -> Payload:
    value = payload.get(name)
    return value if isinstance(value, Mapping) else {}


def _list(payload: Payload, name: str) -> list[Payload]:
    value = payload.get(name)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
