"""One round: a fresh database, real processes of the bot, people, disruptions; and then the books."""

from __future__ import annotations

import asyncio
import csv
import json
import random
import traceback
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp

from bot.admission.model import DoorRule
from bot.editing.move import Move
from bot.gatherings.model import Plan, Status
from bot.request import Call, encode
from bot.secrets import ZoomLink
from storage.engine.open import OpenStorage, open_storage
from tests.adapters.discord.fake_discord import TOKEN
from tests.adapters.slack.fake_web_api import APP_TOKEN, BOT_TOKEN
from tests.adapters.slack.fake_workspace import TEAM
from tests.adapters.slack.transport import SIGNING_SECRET
from tests.chaos import books as bookkeeping
from tests.chaos.database_contents import read_books
from tests.chaos.disruptions import Disruptions
from tests.chaos.environment import Environment
from tests.chaos.fleet import Fleet
from tests.chaos.people import Crowd, DiscordClient, Facilitator, Person, SlackClient
from tests.chaos.platforms import ChaosDiscord, ChaosSlack, FaultPlan, now, tag_of
from tests.chaos.scenario import (
    CANCELLED,
    DOOR,
    DUE_AFTER,
    ENDS_AFTER,
    MOVED,
    PLACES,
    REMINDERS,
    STARTS_AFTER,
    Disruption,
    Scenario,
    scenario,
)
from tests.chaos.servers import Proxy, connected

KEY = "Ki-AhWAXb7N_WIPi8SSETF4YREzV7ajU_T_x2mbHZK4"
SECRET, PASSCODE = "k3pt-b3tw33n-us", "p4ss-k3pt-b3tw33n-us"
SETTLED_WITHIN = 90.0
"""Seconds after the last fault in which everything that is still of use must have been sent, besides two leases."""


BUSY = 0.5
"""Seconds. Where this process was as late, that something took long says nothing about the bot."""


@dataclass
class Report:
    seed: int
    told: Scenario
    broken: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    slowest_end: float = 0.0
    late_by: float = 0.0
    """Seconds by which this process was late at most: everything that a round waits for goes through it."""
    folder: Path | None = None

    def __str__(self) -> str:
        told = self.told
        disruptions = ", ".join(f"{each.what} {each.whom} at {each.at:.1f}" for each in told.disruptions)
        slack = "sockets" if told.socket_mode else "HTTP"
        lines = [f"seed {self.seed} ({told.database}, {slack}, {told.faults:.0%} faults; {disruptions})", *self.broken]
        if self.late_by > BUSY:
            lines.append(f"the machine was busy: the rounds themselves were late by up to {self.late_by:.1f} s")
        return "\n  ".join([*lines, f"logs: {self.folder}", f"again: python -m tests.chaos --seed {self.seed}"])


async def play(at: Environment, seed: int) -> Report:
    """Plays the round of this seed to its end."""
    told = scenario(seed, frozen_for=at.lease + 0.5, can_crash=at.postgres.server.can_crash)
    folder = at.folder / f"round-{seed}"
    folder.mkdir()
    report = Report(seed, told, folder=folder)
    watching = asyncio.create_task(_watch_lateness(report))
    try:
        async with AsyncExitStack() as stack:
            await Round(at, told, folder, report, stack).play()
    except Exception:  # noqa: BLE001 - reported with its seed, and the next round begins
        report.broken.append(traceback.format_exc())
    finally:
        watching.cancel()
    return report


async def _watch_lateness(report: Report) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + 0.1
        await asyncio.sleep(0.1)
        report.late_by = max(report.late_by, loop.time() - due)


class Round:
    def __init__(self, at: Environment, told: Scenario, folder: Path, report: Report, stack: AsyncExitStack) -> None:
        self._at, self._told, self._folder, self._report, self._stack = at, told, folder, report, stack
        self._rng = random.Random(f"{told.seed} of what is decided on the way")
        self._fault_plan = FaultPlan(told.seed, told.faults, told.latency)
        self._slack, self._discord = (
            ChaosSlack(self._fault_plan, socket_mode=told.socket_mode),
            ChaosDiscord(self._fault_plan),
        )
        self._proxies: dict[str, Proxy] = {}

    async def play(self) -> None:
        await self._set_up()
        await asyncio.gather(*(self._fleet.start(name) for name in self._told.roles))
        with suppress(TimeoutError):
            await self._discord.gateway.until_connected()
        begun = asyncio.get_running_loop().time()
        await self._announce()
        await asyncio.gather(
            self._crowd.act(begun),
            self._host(begun),
            *(self._disrupt(disruption, begun) for disruption in self._told.disruptions),
        )
        self._note("seconds of people", begun)
        await _until(begun + ENDS_AFTER)
        self._fault_plan.fine = True
        await self._disruptions.finish()
        await self._settle(begun)
        await self._fleet.end_all()
        await self._balance()

    # ---- the stage

    async def _set_up(self) -> None:
        await self._stack.enter_async_context(self._slack.running())
        await self._discord.start()
        self._stack.push_async_callback(self._discord.stop)
        self._discord.state.channel("general")
        if self._told.database == "postgresql":
            self._url = await self._stack.enter_async_context(self._at.postgres.fresh())
            await self._look_at_durability()
        else:
            self._url = await self._at.sqlite(self._folder)
        databases = {name: await self._database_for(name) for name in self._told.roles}
        host = self._slack.user("Frances")
        environment = {
            "PATH": "/usr/bin:/bin", "HTG_SECRET_KEY": KEY, "HTG_PUBLIC_URL": "https://gatherings.example",
            "HOST": "127.0.0.1", "PORT": "0", "HTG_LOG_FORMAT": "json", "HTG_REMINDERS": "2m,1m",
            "HTG_CHANNEL_REMINDERS": "", "HTG_DM_PER_MINUTE": "slack:6000,discord:6000",
            "HTG_FACILITATORS": f"slack:{TEAM}/{host.id}", "SLACK_BOT_TOKEN": BOT_TOKEN,
            **({"SLACK_APP_TOKEN": APP_TOKEN} if self._told.socket_mode else {"SLACK_SIGNING_SECRET": SIGNING_SECRET}),
            "SLACK_API_URL": self._slack.api_url, "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": self._discord.api_url, "DISCORD_GUILD_IDS": "3000",
        }  # fmt: skip
        self._fleet = Fleet(self._at.server, self._folder, environment, databases)
        self._stack.push_async_callback(self._clear_away)
        http = await self._stack.enter_async_context(aiohttp.ClientSession())
        self._disruptions = Disruptions(
            self._fleet, self._discord, self._at.postgres, self._proxies, self._url, self._rng, self._report.figures
        )
        self._crowd = Crowd(list(self._people(http)), self._rng, self._disruptions.kill_who_answered)
        self._facilitator = Facilitator(
            "Frances", SlackClient(self._slack, self._fleet, http, host, self._rng), self._rng
        )
        self._storage: OpenStorage = await open_storage(self._url, [KEY])
        self._stack.push_async_callback(self._storage.close)

    async def _look_at_durability(self) -> None:
        """Of whatever connects to this database as the bot does: nothing may have been switched off for it."""
        async with connected(self._url) as connection:
            for setting in ("synchronous_commit", "fsync", "full_page_writes"):
                value = await connection.fetchval(f"SHOW {setting}")
                if value != "on":
                    self._report.broken.append(f"PostgreSQL's {setting} is {value}")

    async def _database_for(self, name: str) -> str:
        if self._told.database == "sqlite":
            return self._url
        proxy = self._proxies[name] = Proxy(self._url)
        await proxy.open()
        self._stack.push_async_callback(proxy.close)
        return proxy.url

    def _people(self, http: aiohttp.ClientSession) -> list[Person]:
        people = []
        for name, actions in self._told.planned.items():
            if name.startswith("Slack"):
                person = Person(
                    name, SlackClient(self._slack, self._fleet, http, self._slack.user(name), self._rng), actions
                )
            else:
                person = Person(
                    name, DiscordClient(self._discord, self._fleet, self._discord.state.person(name)), actions
                )
            people.append(person)
        return people

    async def _announce(self) -> None:
        """Publishes the gatherings, whose reminders fall due in a while."""
        self._due = now().replace(microsecond=0) + timedelta(seconds=DUE_AFTER + 1)
        self._late = (self._due - now()).total_seconds() - DUE_AFTER
        plans = [_plan(number, self._due + timedelta(seconds=seconds)) for number, seconds in STARTS_AFTER.items()]
        for plan in plans:
            await self._storage.run(lambda uow, plan=plan: uow.gatherings.add([plan], Status.PUBLISHED, now()))  # type: ignore[misc]
        self._starts = {number: plan.starts_at for number, plan in zip(STARTS_AFTER, plans, strict=True)}

    async def _host(self, begun: float) -> None:
        later = (self._due + timedelta(days=3)).replace(second=0)
        cancel = encode(Call.of("host-cancel", gathering=CANCELLED, sure="yes"))
        moved = await self._storage.run(lambda uow: uow.gatherings.get(MOVED))
        assert moved is not None
        move = encode(Move((moved,), (later,), (moved.zone,)).call("host-move", moved))
        await asyncio.gather(
            self._facilitator.does("cancel", CANCELLED, cancel, at=begun + self._told.cancels_at),
            self._facilitator.does("move", MOVED, move, at=begun + self._told.moves_at),
            *(
                self._facilitator.does("create", number, _draft(number), at=begun + at, twice=True)
                for at, number in self._told.drafts
            ),
        )

    async def _disrupt(self, disruption: Disruption, begun: float) -> None:
        await _until(begun + disruption.at)
        await self._disruptions.cause(disruption)

    async def _clear_away(self) -> None:
        for running in self._fleet.running.values():
            running.kill()
        await asyncio.gather(*(running.ended for running in self._fleet.running.values()))

    # ---- afterwards

    async def _settle(self, begun: float) -> None:
        """Until nothing waits any more: all faults are over, and every process runs."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SETTLED_WITHIN + 2 * self._at.lease
        await _until(begun + DUE_AFTER + self._late + 2)
        quiet = 0
        while quiet < 2 and loop.time() < deadline:
            waiting = await self._storage.run(lambda uow: uow.notifications.next_due())
            quiet = quiet + 1 if waiting is None else 0
            await asyncio.sleep(0.4)
        self._note("seconds until settled", begun)

    def _note(self, what: str, begun: float) -> None:
        self._report.figures[what] += round(asyncio.get_running_loop().time() - begun)

    async def _balance(self) -> None:
        loop = asyncio.get_running_loop()
        people, facilitator = self._crowd.people, self._facilitator.client
        books = await self._storage.run(lambda uow: read_books(uow, people, facilitator, self._starts))
        books.accepted = [*self._slack.accepted, *self._discord.accepted]
        books.interactions = [*self._crowd.interactions, *self._facilitator.interactions]
        books.reminders, books.now = REMINDERS, now()
        books.began_at = now().timestamp() - loop.time()
        self._report.broken += bookkeeping.check(books)
        self._report.broken += self._fleet.disobeyed
        self._report.broken += await self._roster(books)
        self._report.broken += self._durability()
        if self._slack.refused_sockets:
            self._report.broken.append(f"Slack refused {self._slack.refused_sockets} sockets: there were ten already")
        self._report.broken += [f"{path.name} holds a secret" for path in self._fleet.logs if _holds_secret(path)]
        self._report.slowest_end = self._fleet.slowest_end
        figures = self._report.figures
        figures.update({f"fault: {name}": number for name, number in self._fault_plan.faults.items()})
        figures.update({f"interaction: {interaction.outcome.name.lower()}": 0 for interaction in books.interactions})
        figures.update(
            Counter(f"interaction: {interaction.outcome.name.lower()}" for interaction in books.interactions)
        )
        figures.update(Counter(f"receipt: {notice.state}" for notice in books.notices))
        certain, uncertain = bookkeeping.count_certain(books)
        figures["registrations: certain"] += certain
        figures["registrations: either way, an unanswered one came late"] += uncertain
        figures["taken by a platform"] += len(books.accepted)
        figures["second one dropped by its nonce"] += self._discord.chaos_state.repeated
        figures["rounds"] += 1

    async def _roster(self, books: bookkeeping.Books) -> list[str]:
        """What `htg roster` says of the one gathering that nothing befell."""
        printed = await self._fleet.run_command("roster", "1")
        tags = {message.tag for message in books.accepted}
        taken = {
            notice.member
            for notice in books.notices
            if notice.kind == "reminder" and notice.gathering == 1 and tag_of(notice.platform, notice.key) in tags
        }
        # Where Slack did not say how somebody writes their name, it is as their command has it.
        members = {name.lower(): member for name, member in books.members.items()}
        wrong = []
        for row in csv.DictReader(printed.lstrip("\ufeff").splitlines()):
            said = "reminder: sent" in row["told"]
            if said != (members[row["name"].lower()] in taken):
                wrong.append(f"the roster says of {row['name']}: {row['told']!r}, which is not so")
        return wrong

    def _durability(self) -> list[str]:
        report = self._folder / "sqlite.report"
        if self._told.database != "sqlite":
            return []
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        wrong = [line for line in lines if line != {"synchronous": 2, "journal_mode": "wal"}]
        return [f"SQLite commits with {line}, and not with synchronous=FULL" for line in wrong] + (
            [] if lines else ["no connection to SQLite was seen"]
        )


def _plan(number: int, starts_at: datetime) -> Plan:
    link = ZoomLink(f"https://zoom.example/j/{SECRET}-{number}", PASSCODE)
    rule = (
        DoorRule(PLACES, opens_before=timedelta(minutes=20)) if number == DOOR else DoorRule(opens_before=timedelta(0))
    )
    return Plan(f"Circle {number}", starts_at, "UTC", link=link, door_rule=rule)


def _draft(number: int) -> str:
    """A button that drafts a gathering: pressed once, it makes one, and there is nothing that would tell two apart."""
    starts, zoom = "2099-01-01 18:00", "https://zoom.example/j/9"
    return encode(Call.of("host-create", title=f"Draft {number}", starts=starts, zoom=zoom))


def _holds_secret(log: Path) -> bool:
    text = log.read_text(errors="replace")
    return any(
        secret in text
        for secret in (SECRET, PASSCODE, "/join/", "/calendar/", KEY, TOKEN, BOT_TOKEN, APP_TOKEN, SIGNING_SECRET)
    )


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))
