"""Members and a facilitator of one round: what they do on Slack and on Discord, and what they are answered."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Protocol

import aiohttp

from htg import SystemClock
from tests.adapters.discord.fake_state import FakeUser as DiscordUser
from tests.adapters.slack.fake_workspace import TEAM
from tests.adapters.slack.fake_workspace import FakeUser as SlackUser
from tests.adapters.slack.transport import Kind, encode_payload, signature_headers
from tests.chaos.fleet import Fleet, Running
from tests.chaos.platforms import ChaosDiscord, ChaosSlack

ACKNOWLEDGED_WITHIN = 3.0
"""Seconds that Slack and Discord wait for a first answer."""
ANSWERED_WITHIN = 5.0
"""Seconds that somebody waits for an answer that was acknowledged."""
TRIES = 8


class Outcome(Enum):
    """What somebody knows after the answer."""

    DONE = auto()
    REFUSED = auto()
    """Nothing was changed, and it need not be tried again."""
    UNDONE = auto()
    """It says that nothing was changed, and to try again."""
    UNKNOWN = auto()
    """No answer, or one that leaves it open."""
    STRANGE = auto()
    """No answer that this command has."""


PHRASES = {
    "register": ("You are registered for",),
    "unregister": ("You are no longer registered for", "You are not registered for"),
    "join": ("Welcome, the doors are open.", "Welcome back."),
    "cancel": ("is cancelled.", "was cancelled already."),
    "move": ("is changed.", "is at that time already."),
    "create": ("host-publish",),
}
"""What an answer contains once it is done, by what was asked."""
OF_ANOTHER = "You are registered for the next one"
"""What somebody reads who is turned away from one gathering, of the gathering after it."""
REPEATED = ("nothing to undo", "was cancelled already.")
"""Of these, what says that it was so already: the interaction changed nothing, and is not remembered."""
REFUSALS = (
    "was cancelled", "is full", "closed at", "is over", "is for people who have registered", "are not registered for",
    "is not registered",
)  # fmt: skip


def outcome_of(word: str, answer: str | None) -> Outcome:
    if answer is None or "it may still have worked" in answer:
        return Outcome.UNKNOWN
    if any(phrase in answer.replace(OF_ANOTHER, "") for phrase in PHRASES[word]):
        return Outcome.DONE
    if "and nothing was changed" in answer or "Nothing was changed" in answer or "not ready yet" in answer:
        return Outcome.UNDONE
    return Outcome.REFUSED if any(phrase in answer for phrase in REFUSALS) else Outcome.STRANGE


def outcome_of_all(word: str, answers: Sequence[str | None]) -> Outcome:
    """Of an interaction that was delivered as often as there are answers; None where none came.

    One process may say that nothing was changed, while the other one does it.
    """
    outcomes = [outcome_of(word, answer) for answer in answers]
    for outcome in (Outcome.STRANGE, Outcome.DONE, Outcome.REFUSED, Outcome.UNKNOWN):
        if outcome in outcomes:
            return outcome
    return Outcome.UNDONE


@dataclass
class Interaction:
    """One interaction, from when it was begun to its answer."""

    who: str
    word: str
    gathering: int
    key: str
    began: float
    ended: float
    outcome: Outcome
    answer: str = ""

    @property
    def changed(self) -> bool:
        """Whether the answer says that this very interaction did it."""
        return self.outcome is Outcome.DONE and not any(phrase in self.answer for phrase in REPEATED)


@dataclass(frozen=True)
class Answered:
    """What came of an interaction. `answers`: one for each time that it was delivered; None where none came."""

    key: str
    answers: Sequence[str | None]
    by: Running | None = None

    @property
    def text(self) -> str:
        return " and: ".join(answer for answer in self.answers if answer)


class Client(Protocol):
    """Somebody's app on one platform."""

    platform: str
    account: str
    conversation: str
    """Where the platform puts direct messages to them."""

    async def types(self, words: str, gathering: int, *, twice: bool) -> Answered:
        """A command."""
        ...


class SlackClient:
    platform = "slack"

    def __init__(
        self, slack: ChaosSlack, fleet: Fleet, http: aiohttp.ClientSession, user: SlackUser, rng: random.Random
    ) -> None:
        self._slack, self._fleet, self._http, self._user, self._rng = slack, fleet, http, user, rng
        self.account, self.conversation = f"{TEAM}/{user.id}", user.dm_channel

    async def types(self, words: str, gathering: int, *, twice: bool) -> Answered:
        payload = {
            "token": "deprecated", "team_id": TEAM, "team_domain": "htg", "channel_id": self._user.dm_channel,
            "channel_name": "directmessage", "user_id": self._user.id, "user_name": self._user.name.lower(),
            "command": "/htg", "text": f"{words} {gathering}", "api_app_id": "A1", "is_enterprise_install": "false",
        }  # fmt: skip
        return await self._asks("slash_commands", payload, twice=twice)

    async def presses(self, call: str, *, twice: bool) -> Answered:
        """A button that carries this call, in some message of theirs."""
        payload = {
            "type": "block_actions", "token": "deprecated", "api_app_id": "A1", "team": {"id": TEAM, "domain": "htg"},
            "user": {"id": self._user.id, "name": self._user.name.lower(), "team_id": TEAM}, "enterprise": None,
            "is_enterprise_install": False, "channel": {"id": self._user.dm_channel, "name": "directmessage"},
            "actions": [{"type": "button", "action_id": "0", "block_id": "b", "action_ts": "1", "value": call}],
            "container": {"type": "message", "message_ts": "1.1", "channel_id": self._user.dm_channel,
                          "is_ephemeral": True},
        }  # fmt: skip
        return await self._asks("interactive", payload, twice=twice)

    async def _asks(self, kind: Kind, payload: dict[str, Any], *, twice: bool) -> Answered:
        url = self._slack.response_url(self._user, self._user.dm_channel)
        trigger = self._slack.trigger_id(self._user)
        late = self._slack.responses[url.rpartition("/")[2]] = asyncio.Queue()
        payload |= {"response_url": url, "trigger_id": trigger}
        sent = [asyncio.create_task(self._deliver(kind, payload)) for _ in range(2 if twice else 1)]
        acknowledged = await asyncio.gather(*sent)
        key = f"slack:{TEAM}:{trigger}"
        texts = [json.dumps(each[0], ensure_ascii=False) if each and each[0] else None for each in acknowledged]
        by = next((each[1] for each in acknowledged if each), None)
        if any(each is not None for each in acknowledged) and not any(texts):
            with suppress(TimeoutError):
                body = await asyncio.wait_for(late.get(), ANSWERED_WITHIN)
                texts[0] = json.dumps(body, ensure_ascii=False)
        return Answered(key, texts, by)

    async def _deliver(self, kind: Kind, payload: dict[str, Any]) -> tuple[dict[str, Any], Running | None] | None:
        """(the acknowledgement, from whom); None where none came."""
        if self._slack.socket_mode:
            acknowledged = await self._over_a_socket(kind, payload)
            return (
                None if acknowledged is None else (acknowledged, next(iter(self._fleet.alive("run", "worker")), None))
            )
        serving = self._fleet.serving()
        if not serving:
            return None
        to = self._rng.choice(serving)
        body, content_type = encode_payload(kind, payload)
        headers = signature_headers(body, SystemClock()) | {"Content-Type": content_type}
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN):
                async with self._http.post(
                    f"http://127.0.0.1:{to.port}/slack/events", data=body, headers=headers
                ) as response:
                    text = await response.text()
        except (TimeoutError, aiohttp.ClientError):
            return None
        if response.status != 200:
            return None
        return (json.loads(text) if text and response.content_type == "application/json" else {}), to

    async def _over_a_socket(self, kind: Kind, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Over any that is open, whether or not somebody listens."""
        sockets = [socket for socket in self._slack.sockets if not socket.closed]
        if not sockets:
            return None
        number = self._slack.next_envelope()
        acknowledgement: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._slack.acknowledgements[number] = acknowledgement
        envelope = {"envelope_id": number, "type": kind, "payload": payload, "accepts_response_payload": True}
        try:
            await self._rng.choice(sockets).send_json(envelope)
            return await asyncio.wait_for(acknowledgement, ACKNOWLEDGED_WITHIN)
        except (TimeoutError, ConnectionError):
            return None
        finally:
            del self._slack.acknowledgements[number]


class DiscordClient:
    platform = "discord"

    def __init__(self, discord: ChaosDiscord, fleet: Fleet, user: DiscordUser) -> None:
        self._discord, self._fleet, self._user = discord, fleet, user
        self.account = self.conversation = str(user.id)

    async def types(self, words: str, gathering: int, *, twice: bool) -> Answered:
        state = self._discord.state
        loop = asyncio.get_running_loop()
        options = [{"name": "gathering", "type": 3, "value": str(gathering)}]
        data = {"id": "1", "name": "htg", "type": 1, "options": [{"name": words, "type": 1, "options": options}]}
        begun = state.begin(2, self._user, state.dm_channel(self._user), loop.time())
        for _ in range(2 if twice else 1):
            await self._discord.gateway.broadcast("INTERACTION_CREATE", state.payload(begun, data))
        await _until_set(begun.done, ACKNOWLEDGED_WITHIN)
        if begun.answered:  # deferred: the app says that it thinks
            await _until_set(begun.done, ANSWERED_WITHIN)
        answer = json.dumps(state.messages[begun.message], ensure_ascii=False) if begun.done.is_set() else None
        by = next(iter(self._fleet.alive("run", "worker")), None)
        # Of two deliveries Discord shows one answer.
        return Answered(f"discord:{begun.id}", [answer, None] if twice else [answer], by)


async def _until_set(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


@dataclass(frozen=True)
class PlannedAction:
    """What somebody means to do, and when. `then_kill`: whoever answers is killed in that instant."""

    at: float
    word: str
    gathering: int
    twice: bool = False
    then_kill: bool = False


@dataclass(eq=False)
class Person:
    name: str
    client: Client
    planned: list[PlannedAction] = field(default_factory=list)


@dataclass
class Crowd:
    """Everybody; `interactions` is what they remember. `killed` is told who has just answered somebody."""

    people: list[Person]
    rng: random.Random
    killed: Callable[[Running], None]
    interactions: list[Interaction] = field(default_factory=list)

    async def act(self, begun: float) -> None:
        """Until everybody has done what they meant to, each one thing after the other."""
        await asyncio.gather(*(self._live(person, begun) for person in self.people))

    async def _live(self, person: Person, begun: float) -> None:
        loop = asyncio.get_running_loop()
        for action in sorted(person.planned, key=lambda one: one.at):
            await asyncio.sleep(begun + action.at - loop.time())
            for _ in range(TRIES):
                if await self._try(person, action) not in {Outcome.UNKNOWN, Outcome.UNDONE}:
                    break
                await asyncio.sleep(self.rng.uniform(0.1, 0.4))

    async def _try(self, person: Person, action: PlannedAction) -> Outcome:
        loop = asyncio.get_running_loop()
        began = loop.time()
        answered = await person.client.types(action.word, action.gathering, twice=action.twice)
        outcome = outcome_of_all(action.word, answered.answers)
        if outcome is Outcome.DONE and action.then_kill and answered.by is not None:
            self.killed(answered.by)
        self.interactions.append(
            Interaction(
                person.name, action.word, action.gathering, answered.key, began, loop.time(), outcome, answered.text
            )
        )
        return outcome


@dataclass
class Facilitator:
    """Cancels, moves and drafts, by buttons that carry the whole call."""

    name: str
    client: SlackClient
    rng: random.Random
    interactions: list[Interaction] = field(default_factory=list)

    async def does(self, word: str, gathering: int, call: str, *, at: float, twice: bool = False) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(at - loop.time())
        for _ in range(TRIES):
            began = loop.time()
            answered = await self.client.presses(call, twice=twice)
            outcome = outcome_of_all(word, answered.answers)
            self.interactions.append(
                Interaction(self.name, word, gathering, answered.key, began, loop.time(), outcome, answered.text)
            )
            if outcome not in {Outcome.UNKNOWN, Outcome.UNDONE} or word == "create":
                return
            await asyncio.sleep(self.rng.uniform(0.1, 0.4))
