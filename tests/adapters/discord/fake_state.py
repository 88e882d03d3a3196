"""What is in the fake Discord: people, channels, messages, interactions. Nothing here knows HTTP."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import discord

from tests.adapters.discord.api_rules import ApiError, Json, every, invalid, scheduled

APPLICATION, ME, GUILD, HOSTS = 1000, 2000, 3000, 3001
PRIVATE, LOADING = 1 << 6, 1 << 7
MANAGE_EVENTS, SEND_MESSAGES, ADMINISTRATOR = 1 << 33, 1 << 11, 1 << 3
ALL = (1 << 53) - 1
MAX_OPEN_EVENTS = 100
"""Events scheduled or going on in one server."""
RESPONSE_TIMEOUT = 3.0
STANDSTILL = 7.0
"""Seconds that a busy machine may stand still besides; that an answer is given in time is measured by the bench."""
"""Seconds for a first answer."""
TOKEN_LIFETIME = 15 * 60.0
NONCE_LIFETIME = 300.0


@dataclass(eq=False)
class FakeUser:
    id: int
    name: str
    locale: str = "en-US"
    organiser: bool = False
    """Has the role of hosts in the server GUILD."""
    roles: dict[int, list[int]] = field(default_factory=dict)
    """By server; the role that everybody has is not named."""
    timed_out_until: str | None = None
    """Timed out in every server, as Discord writes it."""
    dm_channel_id: int = 0
    """Their direct-message channel with the bot, once opened."""
    refuses: tuple[int, int] | None = None
    """(status, code) for a direct message to them, when none arrives."""


@dataclass(eq=False)
class FakeChannel:
    id: int
    name: str = ""
    recipient: FakeUser | None = None
    """Whose private line it is; None for a channel of the server."""
    locked: bool = False
    server: int = GUILD
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)
    """(allowed, denied) here by role or person."""


@dataclass(eq=False)
class FakeGuild:
    id: int
    name: str
    owner: int = 1
    roles: dict[int, int] = field(default_factory=dict)
    """Permissions by role; the role of everybody has the server's own id."""


@dataclass(eq=False)
class FakeInteraction:
    """One thing somebody did, and what became of it."""

    id: int
    token: str
    kind: int
    who: FakeUser
    place: FakeChannel
    at: float
    pressed: int = 0
    """The message it was pressed in."""
    added_by: Json | None = None
    """Who added the application, as authorizing_integration_owners has it; else the server, in private nobody."""
    answered: bool = False
    message: int = 0
    """@original."""
    window: Json | None = None
    choices: list[Json] | None = None
    first_after: float = 0.0
    """Seconds until the first answer."""
    done: asyncio.Event = field(default_factory=asyncio.Event)


class FakeState:
    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.now = now or (lambda: datetime.now(UTC))  # noqa: TID251 - the platform's own clock
        self.people: dict[int, FakeUser] = {}
        self.guilds = {GUILD: FakeGuild(GUILD, "Circle", roles={GUILD: SEND_MESSAGES, HOSTS: MANAGE_EVENTS})}
        self.places: dict[int, FakeChannel] = {}
        self.messages: dict[int, Json] = {}
        self.interactions: dict[int, FakeInteraction] = {}
        self.commands: dict[str, list[Json]] = {}
        self.events: dict[int, Json] = {}
        """Of all servers; those that are over too, until they are deleted."""
        self.event_created = asyncio.Event()
        """Set with the first of them."""
        self.may_create_events = True
        self._tokens: dict[str, FakeInteraction] = {}
        self._nonces: dict[tuple[int, str], tuple[int, float]] = {}
        self._last = 0

    def id(self) -> int:
        """A new id, later than all before, that holds the platform's time."""
        self._last = max(self._last + 1, discord.utils.time_snowflake(self.now()))
        return self._last

    def person(self, name: str, *, organiser: bool = False, locale: str = "en-US") -> FakeUser:
        created = FakeUser(self.id(), name, locale, organiser, {GUILD: [HOSTS]} if organiser else {})
        self.people[created.id] = created
        return created

    def guild(self, name: str, *, owner: FakeUser | None = None) -> FakeGuild:
        """Another server that the bot is in."""
        created = FakeGuild(self.id(), name, owner.id if owner else 1)
        created.roles[created.id] = SEND_MESSAGES
        self.guilds[created.id] = created
        return created

    def permissions(self, who: FakeUser, place: FakeChannel) -> int:
        """What an interaction says of its asker: what the server grants, and this channel's overwrites."""
        guild = self.guilds[place.server]
        roles = [guild.id, *who.roles.get(guild.id, [])]
        may = 0
        for each in roles:
            may |= guild.roles[each]
        if guild.owner == who.id or may & ADMINISTRATOR:
            return ALL
        for these in ([guild.id], roles[1:], [who.id]):
            found = [place.overwrites[each] for each in these if each in place.overwrites]
            for _, denied in found:
                may &= ~denied
            for allowed, _ in found:
                may |= allowed
        return may

    def channel(self, name: str, server: int = GUILD) -> FakeChannel:
        places = (each for each in self.places.values() if each.server == server and not each.recipient)
        found = next((each for each in places if each.name == name), None)
        return found or self._place(FakeChannel(self.id(), name, server=server))

    def dm_channel(self, who: FakeUser) -> FakeChannel:
        if not who.dm_channel_id:
            who.dm_channel_id = self._place(FakeChannel(self.id(), recipient=who)).id
        return self.places[who.dm_channel_id]

    def _place(self, place: FakeChannel) -> FakeChannel:
        self.places[place.id] = place
        return place

    # ---- messages

    def post(self, place: FakeChannel, body: Json, at: float) -> Json:
        if place.locked:
            raise ApiError(403, 50013, "Missing Permissions")
        if place.recipient and place.recipient.refuses:
            raise ApiError(*place.recipient.refuses, "Cannot send messages to this user")
        nonce = body.get("nonce") if body.get("enforce_nonce") else None
        if nonce:
            known, since = self._nonces.get((place.id, nonce), (0, 0.0))
            if known and at - since < NONCE_LIFETIME:
                return self.messages[known]
        created = self.add(place, body)
        if nonce:
            self._nonces[place.id, nonce] = (int(created["id"]), at)
        return created

    def add(self, place: FakeChannel, body: Json, *, only: FakeUser | None = None, flags: int = 0) -> Json:
        created: Json = {
            "id": str(self.id()),
            "channel_id": str(place.id),
            "author": bot_account(),
            "timestamp": self.now().isoformat(),
            "edited_timestamp": None,
            "type": 0,
            **dict.fromkeys(("tts", "mention_everyone", "pinned"), False),
            **{name: [] for name in ("mentions", "mention_roles", "embeds", "attachments", "components")},
            "content": "",
            "flags": flags,
            "only": only.id if only else 0,
        }
        self._fill(created, body)
        self.messages[int(created["id"])] = created
        return created

    def edit(self, message: Json, body: Json) -> Json:
        self._fill(message, body)
        message["flags"] &= ~LOADING
        message["edited_timestamp"] = self.now().isoformat()
        return message

    def _fill(self, message: Json, body: Json) -> None:
        message |= {name: body[name] for name in ("content", "components") if name in body}
        message["flags"] |= body.get("flags") or 0
        if "attachments" in body:
            message["attachments"] = [
                {"id": str(self.id()), "filename": each["filename"], "size": 1, "url": "", "proxy_url": ""}
                for each in body["attachments"]
            ]
        for number, each in enumerate(every(message["components"]), start=1):
            each.setdefault("id", number)

    def message(self, place: int, number: int) -> Json:
        found = self.messages.get(number)
        if found is None or int(found["channel_id"]) != place or found["only"]:
            raise ApiError(404, 10008, "Unknown Message")
        return found

    def history(self, place: int, after: int, limit: int) -> list[Json]:
        """As Discord gives it: the oldest after that id, newest first; nobody's private answers, no nonces."""
        found = [
            each
            for number, each in sorted(self.messages.items())
            if int(each["channel_id"]) == place and number > after and not each["only"]
        ]
        return found[:limit][::-1]

    # ---- the servers' own events

    def open_events(self, server: int) -> list[Json]:
        """What a server lists: scheduled (1) or going on (2)."""
        found = [each for each in self.events.values() if each["guild_id"] == str(server)]
        return [each for each in found if self.event_status(each) in {1, 2}]

    def event_status(self, event: Json) -> int:
        """Discord begins and ends what is outside it at its times, by itself."""
        begins, ends = (datetime.fromisoformat(event[f"scheduled_{each}_time"]) for each in ("start", "end"))
        event["status"] = 3 if self.now() >= ends else 2 if self.now() >= begins else 1
        return int(event["status"])

    def schedule(self, server: int, body: Json) -> Json:
        self._allowed(server)
        scheduled({"description": None, **body}, self.now(), changed=body)
        if len(self.open_events(server)) >= MAX_OPEN_EVENTS:
            raise ApiError(400, 30038, "Maximum number of uncompleted guild scheduled events reached (100)")
        created: Json = {
            "id": str(self.id()),
            "guild_id": str(server),
            "creator_id": str(ME),
            "channel_id": None,
        } | body
        self.events[int(created["id"])] = created | {"status": 1, "entity_id": None, "recurrence_rule": None}
        self.event_created.set()
        return self.events[int(created["id"])]

    def reschedule(self, server: int, number: int, body: Json) -> Json:
        event = self.event(server, number)
        if self.event_status(event) == 3:
            raise ApiError(400, 180000, "Cannot update a finished event")
        scheduled(event | body, self.now(), changed=body)
        event |= body
        return event

    def event(self, server: int, number: int) -> Json:
        """One that the bot may change: its own."""
        self._allowed(server)
        found = self.events.get(number)
        if found is None or found["guild_id"] != str(server):
            raise ApiError(404, 10070, "Unknown Guild Scheduled Event")
        if found["creator_id"] != str(ME):
            raise ApiError(403, 50013, "Missing Permissions")
        return found

    def _allowed(self, server: int) -> None:
        if server not in {each.server for each in self.places.values()}:
            raise ApiError(404, 10004, "Unknown Guild")
        if not self.may_create_events:
            raise ApiError(403, 50013, "Missing Permissions")

    # ---- interactions

    def begin(self, kind: int, who: FakeUser, place: FakeChannel, at: float, pressed: int = 0) -> FakeInteraction:
        created = FakeInteraction(self.id(), secrets.token_urlsafe(24), kind, who, place, at, pressed)
        self.interactions[created.id] = self._tokens[created.token] = created
        return created

    def interaction(self, number: int, token: str) -> FakeInteraction:
        found = self.interactions.get(number)
        if found is None or found.token != token:
            raise ApiError(404, 10062, "Unknown interaction")
        return found

    def by_token(self, token: str, at: float) -> FakeInteraction:
        found = self._tokens.get(token)
        if found is None or at - found.at > TOKEN_LIFETIME:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        if not found.message:
            raise ApiError(404, 10015, "Unknown Webhook")
        return found

    def respond(self, interaction: FakeInteraction, kind: int, data: Json, at: float) -> None:
        """The first answer, in time and once."""
        if at - interaction.at > RESPONSE_TIMEOUT + STANDSTILL:
            raise ApiError(404, 10062, "Unknown interaction")
        if interaction.answered:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        if kind not in _ALLOWED[interaction.kind]:
            raise invalid(f"an answer of kind {kind} to an interaction of kind {interaction.kind}")
        interaction.answered, interaction.first_after = True, at - interaction.at
        flags = data.get("flags", 0) & PRIVATE
        only = interaction.who if flags else None
        if kind == 4:
            interaction.message = int(self.add(interaction.place, data, only=only, flags=flags)["id"])
        elif kind == 5:
            interaction.message = int(self.add(interaction.place, {}, only=only, flags=flags | LOADING)["id"])
        elif kind in {6, 7}:
            interaction.message = interaction.pressed
        if kind == 7:
            self.edit(self.messages[interaction.pressed], data)
        interaction.window = data if kind == 9 else None
        interaction.choices = data["choices"] if kind == 8 else None
        if kind not in {5, 6}:
            interaction.done.set()

    def payload(self, interaction: FakeInteraction, data: Json) -> Json:
        """What the gateway sends."""
        created: Json = {
            "id": str(interaction.id),
            "application_id": str(APPLICATION),
            "type": interaction.kind,
            "data": data,
            "token": interaction.token,
            "version": 1,
            "channel_id": str(interaction.place.id),
            "locale": interaction.who.locale,
            "entitlements": [],
            "authorizing_integration_owners": _added_by(interaction),
            "app_permissions": "0",
            "attachment_size_limit": 10485760,
        }
        if interaction.pressed:
            created["message"] = {
                name: value for name, value in self.messages[interaction.pressed].items() if name != "only"
            }
        if interaction.place.recipient:
            return created | {
                "user": account(interaction.who),
                "channel": _dm_channel_payload(interaction.place),
                "context": 1,
            }
        return created | {
            "guild_id": str(interaction.place.server),
            "guild": {"id": str(interaction.place.server), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": self._member(interaction.who, interaction.place),
            "channel": _channel_payload(interaction.place),
            "context": 0,
        }

    def _member(self, who: FakeUser, place: FakeChannel) -> Json:
        return {
            "user": account(who),
            "roles": [str(each) for each in who.roles.get(place.server, [])],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "nick": None,
            "avatar": None,
            "flags": 0,
            "pending": False,
            "communication_disabled_until": who.timed_out_until,
            "permissions": str(self.permissions(who, place)),
        }


def _added_by(interaction: FakeInteraction) -> Json:
    if interaction.added_by is not None:
        return interaction.added_by
    return {"0": "0" if interaction.place.recipient else str(interaction.place.server)}


_ALLOWED = {2: {4, 5, 9}, 3: {4, 5, 6, 7, 9}, 4: {8}, 5: {4, 5, 6, 7}}


def account(who: FakeUser) -> Json:
    return {
        "id": str(who.id),
        "username": who.name.lower(),
        "global_name": who.name,
        "discriminator": "0",
        "avatar": None,
        "public_flags": 0,
    }


def bot_account() -> Json:
    return account(FakeUser(ME, "Gatherings")) | {"bot": True}


def channel_payload(place: FakeChannel) -> Json:
    """A channel or a private line."""
    return _dm_channel_payload(place) if place.recipient else _channel_payload(place)


def _channel_payload(place: FakeChannel) -> Json:
    return {
        "id": str(place.id),
        "type": 0,
        "name": place.name,
        "guild_id": str(place.server),
        "position": 0,
        "parent_id": None,
        "nsfw": False,
        "flags": 0,
        "rate_limit_per_user": 0,
        "last_message_id": None,
        "topic": None,
        "permissions": "0",
    }


def _dm_channel_payload(place: FakeChannel) -> Json:
    return {"id": str(place.id), "type": 1, "flags": 0, "last_message_id": None}
