"""Plays a random story: everybody does what its plan says, while what it says goes wrong.

    Played = play(make_plan(7))

Whoever gets no answer, or one that leaves it open, tries again. Time in which nothing can happen is left out.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from bot.addresses import Address
from bot.admission.model import DoorRule
from bot.gatherings.model import Plan, Status
from bot.members.model import Person
from bot.request import Call, decode
from bot.secrets import ZoomLink
from tests.adapters.discord.api_rules import ApiError as DiscordError
from tests.adapters.discord.fake_state import FakeChannel as DiscordChannel
from tests.adapters.slack.fake_web_api import ApiError as SlackError
from tests.adapters.slack.fake_workspace import TEAM, FakeMessage
from tests.simulation.ledger import Accepted, Ledger, Outcome, Refused, Try, outcome_of
from tests.simulation.random_faults import Storm
from tests.simulation.random_people import Client, DiscordClient, SlackClient, connect
from tests.simulation.random_plan import HOST, LEAD, OFFSETS, PACES, ZONE, Action, Mishap, StoryPlan, start_of
from tests.simulation.world import World

TRIES = 8
GIVES_UP = 0.4
"""How often somebody who reads that nothing was changed leaves it at that."""
SECRET = "zoom.example/j/"
ASKED_TO_WAIT = timedelta(seconds=7)


@dataclass
class Played:
    """A story that was played: its world is taken apart, its books are what `balance` looks at."""

    plan: StoryPlan
    ledger: Ledger
    lines: list[str]
    problems: list[str]


class RandomStory:
    def __init__(self, world: World, plan: StoryPlan, ledger: Ledger) -> None:
        self.world, self.plan, self.ledger = world, plan, ledger
        self.storm = Storm(world, self.ledger, plan.seed)
        self._clients: dict[str, Client] = {}
        self._acting = 0
        self._facilitator = asyncio.Lock()
        self._quiet_until: datetime | None = None

    async def play(self) -> None:
        world, plan = self.world, self.plan
        for channel in (world.discord.state.channel("general"), world.slack.channel("general")):
            world.tell("story", f"there is a channel {channel.id}")
        self._listen()
        workers = [world.start_worker() for _ in range(plan.workers)]
        await self._publish()
        await world.until_ready(*workers)
        async with aiohttp.ClientSession() as session:
            self._gather_people(session)
            happens: list[Action | Mishap] = sorted((*plan.actions, *plan.mishaps), key=lambda each: each.at)
            for event in happens:
                await self._live_until(plan.beginning + timedelta(seconds=event.at))
                if isinstance(event, Mishap):
                    self.storm.do(event)
                else:
                    self._acting += 1
                    world.background(self._act(event))
            await self._live_until(world.now() + timedelta(minutes=4))
            self.storm.calm()
            await self._live_until(plan.beginning + timedelta(seconds=plan.ends))

    async def _live_until(self, at: datetime) -> None:
        """Leaves time out, unless somebody acts or is about to be answered."""
        world = self.world
        while (now := world.now()) < at:
            until = min(at, self.storm.next_end() or at)
            window = next(((since, until) for since, until in self._busy_times() if now < until), None)
            if self._acting or self.storm.is_busy or (window is not None and window[0] <= now):
                await world.until(min(until, now + timedelta(seconds=1)))
            else:
                await world.skip_to(until if window is None else min(until, window[0]))
        self.storm.next_end()

    def _busy_times(self) -> list[tuple[datetime, datetime]]:
        """When batches begin and doors close, which nothing in the outbox shows before."""
        again = self.storm.dark_until
        if self.world.now() < (planned := again + timedelta(seconds=20)):
            return [(again - timedelta(seconds=2), planned)]
        starts = [self.plan.beginning + timedelta(seconds=each.starts) for each in self.plan.gatherings]
        starts += [start_of(each) for each in self.plan.actions if each.word == "move"]
        lead = LEAD[self.plan.pace]
        late_entry, moment = DoorRule().late_entry, timedelta(seconds=3)
        closings = [(start + late_entry - moment, start + late_entry + moment) for start in set(starts)]
        batches = [(start - offset - lead, start - offset + moment) for start in set(starts) for offset in OFFSETS]
        return sorted([*batches, *closings])

    # ---- the stage

    async def _publish(self) -> None:
        for number, gathered in enumerate(self.plan.gatherings, 1):
            plan = Plan(
                f"Circle {number}",
                self.plan.beginning + timedelta(seconds=gathered.starts),
                ZONE,
                facilitators=HOST,
                link=ZoomLink(f"https://{SECRET}{number}?pwd=secret", "secret"),
                door_rule=DoorRule(limit=gathered.limit),
            )
            await self.world.transact(lambda uow, plan=plan: uow.gatherings.add([plan], Status.PUBLISHED))  # type: ignore[misc]

    def _gather_people(self, session: aiohttp.ClientSession) -> None:
        slack, discord = self.world.slack, self.world.discord.state
        self._clients[HOST] = SlackClient(self.world, session, slack.user(HOST, is_admin=True, zone=ZONE))
        for name in self.plan.people:
            if name.startswith("S"):
                user = slack.user(name, zone=ZONE)
                user.reachable = name not in self.plan.closed
                self._clients[name] = SlackClient(self.world, session, user)
            else:
                person = discord.person(name)
                person.refuses = (403, 50007) if name in self.plan.closed else None
                self._clients[name] = DiscordClient(self.world, person)
        self.ledger.addresses = {name: client.address for name, client in self._clients.items()}

    def _listen(self) -> None:
        """Writes down what each platform accepts and refuses."""
        self._listen_to_slack()
        self._refuse_on_slack()
        self._listen_to_discord()

    def _listen_to_slack(self) -> None:
        slack, world, ledger = self.world.slack, self.world, self.ledger
        posted, next_fault = slack.post, slack._next_fault

        def post(channel: str, body: Any, **more: Any) -> FakeMessage:
            message = posted(channel, body, **more)
            if not message.ephemeral_for:
                user = next((each for each in slack.users.values() if each.dm_channel == channel), None)
                to = Address("slack", f"{TEAM}/{user.id if user else channel}")
                mark = str(((message.metadata or {}).get("event_payload") or {}).get("key") or "")
                ledger.accepted.append(Accepted(to, mark, world.now(), f"{message.text} {message.blocks}", message.id))
            return message

        def fault(method: str) -> Any:
            found = next_fault(method)
            if found == "429" and method == "chat.postMessage":
                self._quiet_until = world.now() + ASKED_TO_WAIT
            return found

        slack.post, slack._next_fault = post, fault  # type: ignore[method-assign]

    def _refuse_on_slack(self) -> None:
        slack, ledger = self.world.slack, self.ledger
        called = slack.call

        def call(method: str, authorization: str, arguments: dict[str, Any]) -> dict[str, Any]:
            if method == "chat.postMessage":
                to = str(arguments.get("channel", ""))
                key = str(arguments.get("metadata", {}).get("event_payload", {}).get("key"))
                ledger.attempts[key] = ledger.attempts.get(key, 0) + 1
                self._heed_wait()
                if self.storm.stubborn and to in {slack.user("S0").id, slack.user("S0").dm_channel}:
                    raise SlackError("fatal_error")
                if self.storm.restricted and to not in slack.channels:
                    ledger.refused.append(Refused("slack", self.world.now(), "restricted_action"))
                    raise SlackError("restricted_action")
            return called(method, authorization, arguments)

        slack.call = call  # type: ignore[method-assign]

    def _listen_to_discord(self) -> None:
        state, world, ledger = self.world.discord.state, self.world, self.ledger
        posted = state.post

        def post(place: DiscordChannel, body: dict[str, Any], at: float) -> dict[str, Any]:
            if self.storm.flagged and place.recipient is not None:
                ledger.refused.append(Refused("discord", world.now(), "flagged"))
                raise DiscordError(403, 20026, "the bot was flagged")
            before = len(state.messages)
            created = posted(place, body, at)
            if len(state.messages) > before:
                to = Address("discord", str(place.recipient.id) if place.recipient else f"#{place.id}")
                mark = str(body.get("nonce") or "")
                ledger.accepted.append(Accepted(to, mark, world.now(), str(body), created["id"]))
            return created

        state.post = post  # type: ignore[method-assign]

    def _heed_wait(self) -> None:
        """Slack asked to wait: what was under way then may arrive, and nothing else."""
        now, until = self.world.now(), self._quiet_until
        if until is not None and until - ASKED_TO_WAIT + timedelta(seconds=1.5) < now < until - timedelta(seconds=0.5):
            self.ledger.early.append(f"{now:%d %H:%M:%S.%f}, though Slack had asked to wait until {until:%H:%M:%S.%f}")

    # ---- what people do

    async def _act(self, action: Action) -> None:
        try:
            for _ in range(TRIES):
                # The facilitator does one thing after the other: a preview is answered before the next one is read.
                async with self._facilitator if action.who == HOST else nullcontext():
                    began = self.world.now()
                    self.world.tell(action.who, f"{action.word} {action.gathering or ''} {action.detail}".rstrip())
                    answer = await self._answer(action)
                outcome = outcome_of(action.word, answer)
                self.world.tell(action.who, f"{action.word}: {outcome.name.lower()}")
                self.ledger.tries.append(
                    Try(
                        action.who,
                        action.word,
                        action.gathering,
                        action.detail,
                        began,
                        self.world.now(),
                        outcome,
                        answer or "",
                    )
                )
                gives_up = outcome is Outcome.UNDONE and self.world.chance.random() < GIVES_UP
                if gives_up or outcome in {Outcome.DONE, Outcome.REFUSED}:
                    break
                await asyncio.sleep(self.world.chance.uniform(4, 12))
            if action.word == "register" and action.who not in self.ledger.members:
                await self._remember(action.who)
        finally:
            self._acting -= 1

    async def _remember(self, who: str) -> None:
        client = self._clients[who]
        now = self.world.now()
        person = Person(client.address, who)
        self.ledger.members[who] = await self.world.transact(lambda uow: uow.members.get_or_create(person, now).id)

    async def _answer(self, action: Action) -> str | None:
        client = self._clients[action.who]
        number = action.gathering
        match action.word:
            case "register" | "unregister" | "join":
                return await client.types(action.word, str(number), twice=action.twice)
            case "suggest":
                return await client.types("suggest", action.detail, twice=action.twice)
            case "settings":
                reminders, _, direct = action.detail.partition("/")
                call = Call.of("settings", zone=ZONE, language="en", reminders=reminders, direct=direct)
                return await client.presses(call)
            case "forget":
                asked_at = int(self.world.now().timestamp())
                return await client.presses(Call.of("forget", sure=str(asked_at)))
            case "connect":
                return await connect(client, self._clients[action.detail])
            case _:
                return await self._host(client, action)

    async def _host(self, client: Client, action: Action) -> str | None:
        number = action.gathering
        match action.word:
            case "announce":
                channel = f"slack:{TEAM}/{self.world.slack.channel('general').id}"
                if action.detail == "discord":
                    channel = f"discord:#{self.world.discord.state.channel('general').id}"
                return await client.presses(Call.of("host-announce", gathering=number, channel=channel))
            case "move":
                moves = Call.of("host-edit", gathering=number, title=f"Circle {number}", starts=action.detail)
                asked = await client.presses(moves)
                tell = re.search(r"host-move\?[\w=&.%-]+", asked or "")
                return await client.presses(decode(tell[0])) if tell else asked
            case "cancel":
                return await client.presses(Call.of("host-cancel", gathering=number, sure="yes"))
            case "close":
                return await client.presses(Call.of("host-doors", gathering=number, act="close"))
            case "message":
                drafts = Call.of("host-message", gathering=number, text=f"{action.detail}.{len(self.ledger.tries)}")
                preview = await client.presses(drafts)
                draft = re.search(r"host-send\?message=(\d+)", preview or "")
                if draft is None:
                    return preview
                return await client.presses(Call.of("host-send", message=draft[1]), twice=action.twice)
            case "create":
                starts, title = "2099-01-01 18:00", f"Draft {action.detail}"
                draft_it = Call.of("host-create", title=title, starts=starts, zoom=f"https://{SECRET}9")
                return await client.presses(draft_it, twice=action.twice)
            case unknown:
                raise AssertionError(unknown)


Check = Callable[[World, StoryPlan, Ledger], list[str]]


def play(plan: StoryPlan, check: Check) -> Played:
    settings = {
        "HTG_REMINDERS": "1h,10m",
        "HTG_CHANNEL_REMINDERS": "1h",
        "HTG_DM_PER_MINUTE": PACES[plan.pace],
        # Whoever facilitates by a right of the platform alone is not known, and told of nothing unasked.
        "HTG_FACILITATORS": f"slack:{TEAM}/U0002{HOST.upper()}",
    }
    world = World(plan.seed, beginning=plan.beginning, settings=settings)
    ledger, problems = Ledger(), []
    with world.running():
        try:
            world.run(_played(world, plan, ledger))
        except Exception as failure:  # noqa: BLE001 - a story that breaks off is a finding, told with its seed
            problems = [f"the story broke off: {type(failure).__name__}: {failure}"]
        problems = [*problems, *world.defects, *check(world, plan, ledger)]
    return Played(plan, ledger, world.lines, problems)


async def _played(world: World, plan: StoryPlan, ledger: Ledger) -> None:
    await RandomStory(world, plan, ledger).play()
