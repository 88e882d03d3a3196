"""The fakes of Slack and Discord as one round has them: faults by the seed, and a record of all that was accepted."""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.discord.custom_ids import notification_tag
from htg import SystemClock
from tests.adapters.discord.api_rules import Json
from tests.adapters.discord.fake_discord import FakeDiscord
from tests.adapters.discord.fake_discord import Fault as DiscordFault
from tests.adapters.discord.fake_state import FakeChannel, FakeState
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_slack import Fault as SlackFault
from tests.adapters.slack.fake_workspace import FakeMessage

arrived: contextvars.ContextVar[float] = contextvars.ContextVar("arrived", default=0.0)
"""When the request that is being answered reached the platform, by the event loop's clock."""


@dataclass(frozen=True)
class Accepted:
    """A message that a platform took from the outbox. `tag`: what the platform keeps of the notification's key."""

    platform: str
    conversation: str
    tag: str
    arrived: float
    """By the event loop's clock, like all times of a round."""


def tag_of(platform: str, key: str) -> str:
    """What a platform keeps of a notification's key."""
    return notification_tag(key) if platform == "discord" else key


class FaultPlan:
    """Which requests go wrong: by the seed, the request's kind and how many of that kind came before."""

    KINDS: ClassVar[dict[str, tuple[str, ...]]] = {
        "slack send": ("429", "refused", "dropped", "500", "hang", "internal_error", "stall"),
        "slack open": ("429", "refused", "dropped", "500", "hang"),
        "slack look": ("429", "refused", "500", "stall"),
        "discord send": ("429", "503", "reset", "lost", "stumbles", "hang", "silent"),
        "discord open": ("429", "503", "reset", "lost", "hang"),
        "discord look": ("429", "503", "reset", "hang"),
        "discord answer": ("503", "reset", "lost", "silent"),
    }

    def __init__(self, seed: int, share: float, latency: float) -> None:
        """`share`: how many of the requests go wrong, from 0 to 1. `latency`: seconds that one takes on each way."""
        self._seed, self.share, self._latency = seed, share, latency
        self._count: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.fine = False
        """Nothing goes wrong any more."""

    async def on_the_way(self, kind: str) -> None:
        """Half of what the requests of the outbox take: a process that is killed meanwhile cannot know the rest."""
        if kind in self.KINDS and kind != "discord answer":
            await asyncio.sleep(self._latency)

    def next(self, kind: str) -> str | None:
        if self.fine or kind not in self.KINDS:
            return None
        self._count[kind] += 1
        rng = random.Random(f"{self._seed} {kind} {self._count[kind]}")
        share = self.share / 4 if kind == "discord answer" else self.share
        if rng.random() >= share:
            return None
        fault = rng.choice(self.KINDS[kind])
        self.faults[f"{kind}: {fault}"] += 1
        return fault


_SLACK_METHODS = {
    "chat.postMessage": "slack send",
    "conversations.open": "slack open",
    "conversations.history": "slack look",
}


class ChaosSlack(FakeSlack):
    def __init__(self, fault_plan: FaultPlan, *, socket_mode: bool) -> None:
        """`socket_mode`: interactions go over the sockets that the bot has opened, and not to its web server."""
        super().__init__(SystemClock())
        self.socket_mode = socket_mode
        self._envelopes = count(1)
        self.fault_plan = fault_plan
        self.retry_after = 1
        self.accepted: list[Accepted] = []
        self.responses: dict[str, asyncio.Queue[Json]] = {}
        """What came to each response_url, by its last part."""

    def next_envelope(self) -> str:
        return f"envelope {next(self._envelopes)}"

    async def _method(self, request: web.Request) -> web.Response:
        kind = _SLACK_METHODS.get(request.match_info["method"], "")
        await self.fault_plan.on_the_way(kind)
        arrived.set(asyncio.get_running_loop().time())
        fault = self.fault_plan.next(kind)
        if fault == "stall":  # neither done nor answered
            await self._stopping.wait()
        elif fault is not None:
            chosen: SlackFault = fault  # type: ignore[assignment]
            self.faults[request.match_info["method"]].append(chosen)
        response = await super()._method(request)
        await self.fault_plan.on_the_way(kind)
        return response

    def post(self, channel: str, body: Any, **more: Any) -> FakeMessage:
        message = super().post(channel, body, **more)
        if message.metadata is not None:
            key = str(message.metadata["event_payload"]["key"])
            self.accepted.append(Accepted("slack", channel, key, arrived.get()))
        return message

    async def _respond(self, request: web.Request) -> web.Response:
        body = await request.json()
        response = await super()._respond(request)
        if response.status == 200 and request.match_info["id"] in self.responses:
            self.responses[request.match_info["id"]].put_nowait(body)
        return response


class _State(FakeState):
    def __init__(self, accepted: Callable[[FakeChannel, Json], None]) -> None:
        super().__init__()
        self._accepted = accepted
        self.repeated = 0
        """Messages that the platform dropped as a second one with the same nonce."""

    def post(self, place: FakeChannel, body: Json, at: float) -> Json:
        before = len(self.messages)
        created = super().post(place, body, at)
        if len(self.messages) == before:
            self.repeated += 1
        elif body.get("nonce"):
            self._accepted(place, body)
        return created


def _discord_kind(request: web.Request) -> str:
    match (request.method, request.path.split("/")[3:]):
        case "POST", ["channels", _, "messages"]:
            return "discord send"
        case "GET", ["channels", _, "messages"]:
            return "discord look"
        case "POST", ["users", "@me", "channels"]:
            return "discord open"
        case "POST", ["interactions", _, _, "callback"]:
            return "discord answer"
        case _:
            return ""


class ChaosDiscord(FakeDiscord):
    def __init__(self, fault_plan: FaultPlan) -> None:
        super().__init__(strict=False)
        self.fault_plan = fault_plan
        self.accepted: list[Accepted] = []
        self.chaos_state = _State(self._accept)
        self.state = self.chaos_state

    def _accept(self, place: FakeChannel, body: Json) -> None:
        who = str(place.recipient.id) if place.recipient else f"#{place.id}"
        self.accepted.append(Accepted("discord", who, str(body["nonce"]), arrived.get()))

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        kind = _discord_kind(request)
        await self.fault_plan.on_the_way(kind)
        arrived.set(asyncio.get_running_loop().time())
        fault = self.fault_plan.next(kind)
        if fault is not None and fault != "silent":
            self.faults.append(_discord_fault(request, fault))
        response = await super()._guard(request, handler)
        if fault == "silent":  # done, and never answered
            await self._hung.wait()
        await self.fault_plan.on_the_way(kind)
        return response


def _discord_fault(request: web.Request, act: str) -> DiscordFault:
    path = request.path.removeprefix("/api/v10")
    if act == "429":
        body = {"message": "You are being rate limited.", "retry_after": 0.5, "global": False, "code": 0}
        return DiscordFault(request.method, path, 429, body=body, headers={"Via": "1.1 google", "Retry-After": "1"})
    return DiscordFault(request.method, path, int(act) if act.isdecimal() else act)


def now() -> datetime:
    return SystemClock().now()
