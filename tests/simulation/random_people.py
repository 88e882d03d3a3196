"""Members and a facilitator of a random story, who write on Slack and Discord and read what they are answered."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from typing import Any, Protocol

import aiohttp

from bot.addresses import Address
from bot.request import Call, encode
from tests.adapters.discord.fake_state import FakeUser as DiscordUser
from tests.adapters.slack.fake_workspace import TEAM
from tests.adapters.slack.fake_workspace import FakeUser as SlackUser
from tests.adapters.slack.transport import HttpTransport, Kind, NotAcknowledged
from tests.simulation.world import World

ACKNOWLEDGED_WITHIN, ANSWERED_WITHIN = 3.0, 6.0
"""Seconds that a platform waits for a first answer, and that somebody waits for one that was acknowledged."""
LOOK_EVERY = 0.1
NOTHING_CHANGED = "othing was changed"


class Client(Protocol):
    address: Address

    async def types(self, word: str, rest: str, *, twice: bool) -> str | None:
        """A slash command; the answer to it, if one comes."""
        ...

    async def presses(self, call: Call, *, twice: bool = False) -> str | None:
        """A button that carries this call."""
        ...


class SlackClient:
    def __init__(self, world: World, session: aiohttp.ClientSession, user: SlackUser) -> None:
        self._world, self._session, self.user = world, session, user
        self.address = Address("slack", f"{TEAM}/{user.id}")

    async def types(self, word: str, rest: str, *, twice: bool) -> str | None:
        payload = {
            "token": "deprecated", "team_id": TEAM, "team_domain": "htg", "channel_id": self.user.dm_channel,
            "channel_name": "directmessage", "user_id": self.user.id, "user_name": self.user.name.lower(),
            "command": "/htg", "text": f"{word} {rest}", "api_app_id": "A1", "is_enterprise_install": "false",
        }  # fmt: skip
        return await self._asks("slash_commands", payload, twice=twice)

    async def presses(self, call: Call, *, twice: bool = False) -> str | None:
        payload = {
            "type": "block_actions", "token": "deprecated", "api_app_id": "A1", "team": {"id": TEAM, "domain": "htg"},
            "user": {"id": self.user.id, "name": self.user.name.lower(), "team_id": TEAM}, "enterprise": None,
            "is_enterprise_install": False, "channel": {"id": self.user.dm_channel, "name": "directmessage"},
            "actions": [{"type": "button", "action_id": "0", "block_id": "b", "action_ts": "1", "value": encode(call)}],
            "container": {"type": "message", "message_ts": "1.1", "channel_id": self.user.dm_channel,
                          "is_ephemeral": True},
        }  # fmt: skip
        return await self._asks("interactive", payload, twice=twice)

    async def _asks(self, kind: Kind, payload: dict[str, Any], *, twice: bool) -> str | None:
        slack = self._world.slack
        url = slack.response_url(self.user, self.user.dm_channel)
        payload |= {"response_url": url, "trigger_id": slack.trigger_id(self.user)}
        target = slack._response_urls[url.rpartition("/")[2]]
        sent = [self._world.loop.create_task(self._deliver(kind, payload)) for _ in range(2 if twice else 1)]
        answers = [answer for answer in await asyncio.gather(*sent) if answer is not None]
        said = [json.dumps(answer, ensure_ascii=False) for answer in answers if answer]
        if said:
            # Where two deliveries fail differently, the one that may have worked counts.
            return min(said, key=lambda answer: NOTHING_CHANGED in answer)
        for _ in range(int(ANSWERED_WITHIN / LOOK_EVERY) if answers else 0):
            if target.uses:
                mine = [each for each in slack.messages if each.ephemeral_for == self.user.id]
                return json.dumps([mine[-1].text, mine[-1].blocks], ensure_ascii=False)
            await asyncio.sleep(LOOK_EVERY)
        return None

    async def _deliver(self, kind: Kind, payload: dict[str, Any]) -> dict[str, Any] | None:
        ports = self._world.reachable_ports
        if not ports:
            return None
        url = f"http://127.0.0.1:{self._world.chance.choice(ports)}/slack/events"
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN):
                return await HttpTransport(url, self._world.clock, self._session).deliver(kind, payload)
        except (TimeoutError, NotAcknowledged):
            return None


class DiscordClient:
    def __init__(self, world: World, user: DiscordUser) -> None:
        self._world, self.user = world, user
        self.address = Address("discord", str(user.id))

    async def types(self, word: str, rest: str, *, twice: bool) -> str | None:
        name = {"connect": "code", "suggest": "topic"}.get(word, "gathering")
        options = [{"name": name, "type": 3, "value": rest}] if rest else []
        data = {"id": "1", "name": "htg", "type": 1, "options": [{"name": word, "type": 1, "options": options}]}
        return await self._asks(2, data, 0, twice=twice)

    async def presses(self, call: Call, *, twice: bool = False) -> str | None:
        """In the newest answer that they have."""
        mine = [int(each["id"]) for each in self._world.discord.state.messages.values() if each["only"] == self.user.id]
        data = {"component_type": 2, "custom_id": encode(call), "id": 1}
        return await self._asks(3, data, mine[-1], twice=twice)

    async def _asks(self, kind: int, data: dict[str, Any], pressed: int, *, twice: bool) -> str | None:
        state = self._world.discord.state
        begun = state.begin(kind, self.user, state.dm_channel(self.user), self._world.loop.time(), pressed)
        for _ in range(2 if twice else 1):
            await self._world.discord.gateway.broadcast("INTERACTION_CREATE", state.payload(begun, data))
        await _until_set(begun.done, ACKNOWLEDGED_WITHIN)
        if begun.answered:
            await _until_set(begun.done, ANSWERED_WITHIN)
        if not begun.done.is_set() or not begun.message:
            return None
        if twice and NOTHING_CHANGED in json.dumps(state.messages[begun.message]):
            await asyncio.sleep(LOOK_EVERY)  # who answered the other delivery may know more, and say so in its place
        return json.dumps(state.messages[begun.message], ensure_ascii=False)


async def _until_set(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def connect(old: Client, new: Client) -> str | None:
    """One becomes the other's self: a code from one, typed in the other, and confirmed."""
    code = re.search(r"/htg connect ([^\s\"*`\\]+)", await old.types("connect", "", twice=False) or "")
    if code is None:
        return None
    question = await new.types("connect", code[1], twice=False)
    token = re.search(r"connect-confirm\?token=([\w-]+)", question or "")
    if token is None:
        return question if question and "was" in question else None
    return await new.presses(Call.of("connect-confirm", token=token[1]))
