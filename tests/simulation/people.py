"""People within a story: the personas of the conversation tests, who also bear it when nothing answers.

`world.cast.on_slack("Ada")` and `on_discord("Ben")` are a `Persona` each: `says`, `presses`, `picks`, `fills`, `seen`.
Wrap what somebody does into `does`, which tells it and returns whether it was answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.adapters.discord.harness import DiscordHarness, DiscordPersona
from tests.adapters.slack.harness import SlackHarness, SlackPersona
from tests.adapters.slack.transport import HttpTransport, Kind, NotAcknowledged, SocketTransport, Transport
from tests.adapters.slack.user_client import UserClient
from tests.conversations.harness import Persona

if TYPE_CHECKING:
    from tests.simulation.world import World

ANSWERED_WITHIN = 4.0
"""Seconds until somebody looks at what came, where nothing says that it is complete."""
LOOK_EVERY = 0.25
SILENCE = "the application did not respond"
"""What Discord's client says; every other assertion of a persona is about what the bot sent."""


class _SlackDelivery(Transport):
    """Slack's way to the bot: each payload goes to one of the workers that listen, as behind a load balancer.

    With SLACK_APP_TOKEN among the world's settings, over one of the sockets that workers opened.
    """

    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        self._world, self._session = world, session

    async def deliver(self, kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
        if self._world.settings.slack_app_token is not None:
            if not self._world.slack.sockets:
                raise NotAcknowledged("no worker is connected")
            return await SocketTransport(self._world.slack).deliver(kind, payload)
        ports = self._world.reachable_ports
        if not ports:
            raise NotAcknowledged("no worker listens")
        url = f"http://127.0.0.1:{self._world.chance.choice(ports)}/slack/events"
        return await HttpTransport(url, self._world.clock, self._session).deliver(kind, payload)


class _SlackStage(SlackHarness):
    """The people on the story's Slack."""

    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        super().__init__()
        self.fake_slack = world.slack
        self.client = UserClient(world.slack, _SlackDelivery(world, session))

    async def settled(self) -> None:
        """Answers to the response_url may come after the acknowledgement."""
        count = len(self.fake_slack.messages)
        for _ in range(int(ANSWERED_WITHIN / LOOK_EVERY)):
            await asyncio.sleep(LOOK_EVERY)
            if len(self.fake_slack.messages) == count:
                return
            count = len(self.fake_slack.messages)


class _DiscordStage(DiscordHarness):
    """The people on the story's Discord."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.fake = world.discord


class Cast:
    """Everybody who acts in a story. Make it inside the running loop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.session = aiohttp.ClientSession()
        self.slack, self.discord = _SlackStage(world, self.session), _DiscordStage(world)
        self.people: dict[str, Persona] = {}

    def on_slack(self, name: str, *, admin: bool = False, zone: str | None = "Europe/Madrid") -> SlackPersona:
        persona = self.slack.person(name, organiser=admin, zone=zone)
        self.people[name] = persona
        return persona

    def on_discord(self, name: str, *, organiser: bool = False) -> DiscordPersona:
        persona = self.discord.person(name, organiser=organiser)
        self.people[name] = persona
        return persona

    async def does(self, who: Persona, what: str, act: Callable[[], Awaitable[object]]) -> bool:
        """Whether it was answered. What somebody does is told, and so is that nothing answered."""
        self._world.tell(who.name, what)
        try:
            await act()
        except NotAcknowledged as silence:
            self._world.tell(who.name, f"gets no answer: {silence}")
            return False
        except AssertionError as wrong:
            if SILENCE in str(wrong):
                self._world.tell(who.name, "gets no answer")
            else:
                self._world.report(who.name, f"sees what no client shows: {wrong}")
            return False
        answers = [seen for seen in who.seen() if seen.where == "answer"]
        self._world.tell(who.name, f"reads: {answers[-1].text.splitlines()[0][:70]}" if answers else "reads nothing")
        return True

    async def insists(self, who: Persona, what: str, act: Callable[[], Awaitable[object]]) -> None:
        """Does it again after a while, until it is answered."""
        while True:
            if await self.does(who, what, act):
                return
            await asyncio.sleep(self._world.chance.uniform(5, 10))

    async def close(self) -> None:
        await self.session.close()


__all__ = ["Cast"]
