"""What Slack sends, as what somebody asks. Pure. Nothing in a payload is trusted; the core checks every Call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from adapters.slack.forms import Origin
from bot import commands
from bot.addresses import Address
from bot.asks import Call, Undecodable, decode, decode_choice, decode_form

Payload = Mapping[str, Any]

UNKNOWN_CALL = Call("not-ours")
"""Stands for an id that is not ours or no longer: no command has this name, so the core answers kindly."""
MAX_TYPED_LENGTH = 4000


class Surface(Enum):
    """Where the asker stands, which decides how the answer reaches them."""

    COMMAND = auto()  # typed: the acknowledgement itself can hold the answer
    MESSAGE = auto()  # pressed in a message: the answer goes to its response_url
    MODAL = auto()  # pressed in a modal: the modal changes
    HOME = auto()  # pressed on the Home tab or a global shortcut: a modal opens
    SUBMISSION = auto()  # submitted: errors go back into the modal, an answer to where it was opened


@dataclass(frozen=True, slots=True)
class SlackInteraction:
    where: Surface
    team: str
    """The workspace, or organisation, with whose token it is answered."""
    account: str
    call: Call
    key: str
    """Slack's own id of the interaction, or a digest of what it sent: one key is acted on once."""
    member_of: str = ""
    """Whose workspace, or organisation, the asker is in: in a shared channel it may be another than `team`."""
    name: str = ""
    channel: Address | None = None
    trigger: str = field(default="", repr=False)
    origin: Origin = field(default_factory=Origin, repr=False)
    window: str = ""
    """The id of the modal it came from."""
    replaces: bool = False
    """The answer takes the place of the message that it was pressed in, which only the asker sees."""


def command(body: Payload, team: str) -> SlackInteraction:
    """`/htg register 12`: the text after the command is parsed, with its quotes and spaces as people type them."""
    call = commands.parse(_text(body, "command").lstrip("/"), _text(body, "text")[:MAX_TYPED_LENGTH])
    return _heard(body, team, Surface.COMMAND, call, account=_text(body, "user_id"), name=_text(body, "user_name"))


def pressed(body: Payload, team: str) -> SlackInteraction | None:
    """A button or a menu; None for one that only leads somewhere, which has nothing to ask."""
    action = next(iter(_list(body, "actions")), {})
    call = _call_of(action)
    if call is None:
        return None
    container = _map(body, "container")
    if container.get("type") == "view":
        view = _map(body, "view")
        where = Surface.HOME if view.get("type") == "home" else Surface.MODAL
        origin = Origin.read(view.get("private_metadata"))
        return _heard(body, team, where, call, window=_text(view, "id"), origin=origin)
    known = commands.find(call.name)
    only_theirs = bool(container.get("is_ephemeral"))
    return _heard(body, team, Surface.MESSAGE, call, replaces=only_theirs and known is not None and known.replaces)


def submitted(body: Payload, team: str) -> SlackInteraction:
    view = _map(body, "view")
    try:
        call = decode_form(_text(view, "callback_id"), dict(_fields(view)))
    except Undecodable:
        call = UNKNOWN_CALL
    origin = Origin.read(view.get("private_metadata"))
    return _heard(body, team, Surface.SUBMISSION, call, origin=origin, window=_text(view, "id"))


def shortcut(body: Payload, team: str) -> SlackInteraction:
    """From the composer (global) or a message's own menu; that of an announcement asks about its gathering."""
    try:
        call = decode(_text(body, "callback_id"))
    except Undecodable:
        call = UNKNOWN_CALL
    if body.get("type") != "message_action":
        return _heard(body, team, Surface.HOME, call)
    about = next(_gatherings(_map(body, "message")), None)
    return _heard(body, team, Surface.MESSAGE, call.filled({"gathering": about}) if about else Call("list"))


def typing(body: Payload, team: str) -> tuple[SlackInteraction, str, str] | None:
    """(who and the menu's Call, its option, what is typed so far) in a search box; None when it is not ours."""
    written = _text(body, "action_id").partition(":")[2]
    try:
        call = decode(written)
    except Undecodable:
        return None
    if not call.arguments or call.arguments[-1][1]:
        return None
    option = call.arguments[-1][0]
    heard = _heard(body, team, Surface.MESSAGE, call.without(option))
    return heard, option, _text(body, "value")[:MAX_TYPED_LENGTH]


def opened(body: Payload, team: str) -> SlackInteraction:
    """Somebody looks at the Home tab. Slack repeats an event that it thinks was lost, under the same id."""
    key = f"slack:{team}:{_text(body, 'event_id')}"
    return SlackInteraction(
        Surface.HOME, team, _text(_map(body, "event"), "user"), Call("mine"), key, _asker_team(body, team)
    )


def teams(body: Payload) -> list[str]:
    """Whom a payload may come from: the workspace, then the organisation that it is part of."""
    named = (
        body.get("team_id"),
        _map(body, "team").get("id"),
        _map(body, "user").get("team_id"),
        body.get("enterprise_id"),
        _map(body, "enterprise").get("id"),
    )
    return list(dict.fromkeys(each for each in named if isinstance(each, str) and each))


# ---- the pieces


def _heard(
    body: Payload, team: str, where: Surface, call: Call, *, account: str = "", name: str = "", **more: Any
) -> SlackInteraction:
    person = _map(body, "user")
    channel = _channel(team, _text(body, "channel_id") or _text(_map(body, "channel"), "id"))
    if where in {Surface.COMMAND, Surface.MESSAGE}:
        more["origin"] = Origin(_text(body, "response_url"), channel.account.rpartition("/")[2] if channel else "")
    elif channel is None and more.get("origin"):
        channel = _channel(team, more["origin"].channel)
    return SlackInteraction(
        where=where,
        team=team,
        account=account or _text(person, "id"),
        call=call,
        key=f"slack:{team}:{_key(body)}",
        member_of=_asker_team(body, team),
        name=name or _text(person, "name") or _text(person, "username"),
        channel=channel,
        trigger=_text(body, "trigger_id"),
        **more,
    )


def _asker_team(body: Payload, team: str) -> str:
    """Whose member the asker is; `team` where they belong to it. Empty where Slack does not say.

    An interaction names the asker's own workspace or organisation beside the one that it happened in; a command or
    an event names the latter alone, and its asker is a member of that.
    """
    happened = _text(body, "team_id") or _text(_map(body, "team"), "id")
    organisation = _text(_map(body, "team"), "enterprise_id") or _text(body, "enterprise_id")
    own = _text(_map(body, "user"), "team_id") or happened
    if team.startswith("E"):  # installed for an organisation: all of its workspaces are one
        belongs = organisation == team and own in {organisation, happened}
    else:
        belongs = happened == team and own == organisation
    return team if own and belongs else own


def _call_of(action: Payload) -> Call | None:
    """The Call of a button in its value; of a menu in its id, with the choice filled in."""
    written = _text(action, "action_id").partition(":")[2]
    chosen = _map(action, "selected_option").get("value")
    try:
        if isinstance(chosen, str):
            return decode_choice(written, chosen)
        return decode(_text(action, "value")) if "value" in action else None
    except Undecodable:
        return UNKNOWN_CALL


def _fields(view: Payload) -> Iterator[tuple[str, str]]:
    """Every field of a submitted form, by its block; nothing chosen is empty text."""
    for name, inputs in _map(_map(view, "state"), "values").items():
        for given in inputs.values() if isinstance(inputs, Mapping) else ():
            yield str(name), _given(given)


def _given(given: Payload) -> str:
    if "selected_options" in given:
        return ",".join(_text(each, "value") for each in _list(given, "selected_options"))
    if "selected_option" in given:
        return _text(_map(given, "selected_option"), "value")
    return _text(given, "value")


def _gatherings(message: Payload) -> Iterator[str]:
    """The gatherings that a message's own buttons name."""
    for block in _list(message, "blocks"):
        for element in _list(block, "elements"):
            call = _call_of(element) if element.get("type") == "button" else None
            if call is not None and call["gathering"]:
                yield call["gathering"]


def _key(body: Payload) -> str:
    trigger = _text(body, "trigger_id")
    if trigger:
        return trigger
    # Everything that Slack says about one interaction, the instant of it included: no two are the same.
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def _channel(team: str, account: str) -> Address | None:
    address = Address("slack", f"{team}/{account}")
    return address if account and address.is_channel else None


def _text(body: Payload, name: str) -> str:
    found = body.get(name)
    return found if isinstance(found, str) else ""


def _map(body: Payload, name: str) -> Payload:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def _list(body: Payload, name: str) -> list[Payload]:
    found = body.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
