"""Slack and Discord within a story: the strict local servers of the adapters' own tests, which tell what they see.

A line is told for every message that was accepted, edited or refused, and for every interaction with its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.adapters.discord.api_rules import Json, documented
from tests.adapters.discord.fake_discord import FakeDiscord
from tests.adapters.discord.fake_state import FakeChannel, FakeInteraction, FakeState, FakeUser
from tests.adapters.slack.block_kit import BadBlocks
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_web_api import ApiError
from tests.adapters.slack.fake_workspace import FakeMessage

if TYPE_CHECKING:
    from tests.simulation.world import World

LENGTHS = (0, 25, 32, 45, 80, 100, 300, 512, 1000, 2000, 4000)
"""Discord's limits of texts."""
_documented: set[object] = set()
MALFORMED = ("invalid_arguments", "unknown_method", "missing_scope")
MALFORMED_BODY = "400 50035"
"""Errors that only a request gets that was never right."""
QUIET_METHODS = {"auth.test", "users.info"}
"""Of which nothing is told where they succeed."""


class StorySlack(FakeSlack):
    def __init__(self, world: World) -> None:
        super().__init__(world.clock)
        self._tell: Callable[[str], None] = lambda line: world.tell("slack", line)
        self._report: Callable[[str], None] = lambda line: world.report("slack", line)
        self.takes = 0.0
        """Seconds until a message that is posted arrives."""

    def be_quick(self) -> None:
        self.takes = 0.0

    async def _method(self, request: web.Request) -> web.Response:
        if self.takes and request.match_info["method"] == "chat.postMessage":
            await asyncio.sleep(self.takes)
        return await super()._method(request)

    def call(self, method: str, authorization: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = super().call(method, authorization, arguments)
        except ApiError as error:
            tell = self._report if str(error).startswith(MALFORMED) else self._tell
            tell(f"refuses {method}: {error}")
            raise
        except BadBlocks as error:
            self._report(f"cannot show what {method} brings: {error}")
            raise
        if method not in QUIET_METHODS:
            self._tell(f"{method} {arguments.get('channel') or arguments.get('user_id') or ''}".rstrip())
        return answer

    def post(self, channel: str, body: Mapping[str, Any], **more: Any) -> FakeMessage:
        message = super().post(channel, body, **more)
        seen_by = f" for {message.ephemeral_for}" if message.ephemeral_for else ""
        key = _metadata_key(message.metadata)
        self._tell(f"message {message.id}{seen_by}: {_first_words(message.text)}{f' <{key}>' if key else ''}")
        return message

    def edit(self, message: FakeMessage, body: Mapping[str, Any]) -> None:
        super().edit(message, body)
        self._tell(f"edited {message.id}: {_first_words(message.text)}")


class _CalendarState(FakeState):
    """Lifetimes of tokens and nonces by the calendar, which goes on where a story leaves time out."""

    def post(self, place: FakeChannel, body: Json, at: float) -> Json:
        return super().post(place, body, self.now().timestamp())

    def begin(self, kind: int, who: FakeUser, place: FakeChannel, at: float, pressed: int = 0) -> FakeInteraction:
        return super().begin(kind, who, place, self.now().timestamp(), pressed)

    def by_token(self, token: str, at: float) -> FakeInteraction:
        return super().by_token(token, self.now().timestamp())

    def respond(self, interaction: FakeInteraction, kind: int, data: Json, at: float) -> None:
        super().respond(interaction, kind, data, self.now().timestamp())


class StoryDiscord(FakeDiscord):
    """Bodies are held against Discord's document once for each shape; all other rules hold for every one."""

    def __init__(self, world: World) -> None:
        super().__init__(now=world.now)
        self.state = _CalendarState(world.now)
        self._tell: Callable[[str], None] = lambda line: world.tell("discord", line)
        self._report: Callable[[str], None] = lambda line: world.report("discord", line)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        refused = len(self.refused)
        response = await super()._guard(request, handler)
        if request.method != "GET" or response.status >= 400 or not self.requests[-1][2]:
            why = f" ({self.refused[-1]})" if len(self.refused) > refused else ""
            path = request.path.removeprefix("/api/v10")
            tell = self._report if f"({MALFORMED_BODY}" in why else self._tell
            tell(f"{self.requests[-1][2] or 'broke off'} {request.method} {path}{why}")
        return response

    async def interact(self, *arguments: Any, **more: Any) -> FakeInteraction:
        done = await super().interact(*arguments, **more)
        said = "answered" if done.done.is_set() else "not answered in time"
        self._tell(f"interaction {done.id} of {done.who.name} {said}")
        return done


def documented_once(method: str, path: str, body: Any) -> None:
    """In place of `api_rules.documented`, which takes longer than everything else that a request costs."""
    shape = (method, path, _shape(body))
    if shape not in _documented:
        documented(method, path, body)
        _documented.add(shape)


def _shape(body: Any) -> object:
    """What a schema looks at: names, kinds, numbers, and about how long a text is."""
    match body:
        case dict():
            return tuple((name, _shape(value)) for name, value in body.items())
        case list():
            return tuple(_shape(value) for value in body)
        case str():
            return sum(len(body) > limit for limit in LENGTHS)
        case _:
            return body


def _metadata_key(metadata: Mapping[str, Any] | None) -> str:
    payload = (metadata or {}).get("event_payload") or {}
    return str(payload.get("key") or "")


def _first_words(text: str) -> str:
    return text.split("\n", 1)[0][:60]
