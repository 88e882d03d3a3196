"""`htg worker` whole: real settings, a real database, the real loop; a room stands for the platform."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from adapters.discord import run as discord
from adapters.sandbox.chat import SandboxChat
from adapters.sandbox.send import SandboxMessenger
from adapters.slack import run as slack
from adapters.slack import socket_client, socket_mode
from adapters.web import run as web
from bot.addresses import Address
from bot.gatherings.model import Plan, Status
from bot.members.model import Person
from bot.ports import PlatformHandle
from bot.request import Call, Request
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from cli import scheduler
from cli.context import CliContext
from cli.errors import CommandFailed
from cli.serve import SHUTDOWN_TIMEOUT, ProcessRole, Runtime, serve
from htg import SystemClock
from tests.cli.conftest import KEY
from tests.databases import on_both

ADA = Person(Address("discord", "42"), "Ada")
clock = SystemClock()


class Platform:
    """Discord, as far as the outbox can tell."""

    def __init__(self) -> None:
        self.room = SandboxChat(clock, people=[ADA], channels=[])
        self.told = asyncio.Event()
        self.room.listen(self.told.set)
        self.state = "closed"

    @asynccontextmanager
    async def connect(self, runtime: Runtime) -> AsyncIterator[PlatformHandle]:
        assert runtime.role is ProcessRole.WORKER
        self.state = "open"
        yield PlatformHandle(SandboxMessenger(self.room))
        self.state = "closed"


@pytest.fixture(autouse=True)
def unsettled() -> Iterator[None]:
    """What stands in this process ends with each test: the search for garbage goes on as before."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.fixture
def ctx(database_url: str, monkeypatch: pytest.MonkeyPatch) -> CliContext:
    for name, value in {"DATABASE_URL": database_url, "HTG_SECRET_KEY": KEY, "DISCORD_TOKEN": "12345678"}.items():
        monkeypatch.setenv(name, value)
    return CliContext(clock)


async def register(ctx: CliContext, starts_in: timedelta = timedelta(hours=1, seconds=0.5)) -> None:
    """Ada; by default so that her first reminder is due in half a second."""
    now = clock.now()

    def work(uow: UnitOfWork) -> None:
        starts_at = now + starts_in
        plan = Plan("Circle", starts_at, "UTC", link=ZoomLink("https://zoom.us/j/1"))
        (gathering,) = uow.gatherings.add([plan], Status.PUBLISHED)
        uow.registrations.add(
            uow.members.get_or_create(ADA, now - timedelta(hours=3)).id, [gathering.id], now - timedelta(hours=3)
        )

    async with ctx.storage(links=True) as storage:
        await storage.run(work)


@on_both
async def test_a_reminder_goes_out_when_it_is_due_and_a_signal_ends_it_cleanly(ctx: CliContext) -> None:
    await register(ctx)
    platform = Platform()
    serving = asyncio.create_task(serve(ctx, {"Discord": platform.connect}, ProcessRole.WORKER))
    await asyncio.wait_for(platform.told.wait(), 60)
    assert platform.state == "open"
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 60)
    assert [each.place for each in platform.room.messages()] == [ADA.address]
    assert platform.state == "closed"


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("host", "why"), [("192.0.2.1", "Cannot assign requested address"), ("nowhere.invalid", "Unknown error")]
)
async def test_where_nothing_can_listen_it_is_said_why(
    ctx: CliContext, monkeypatch: pytest.MonkeyPatch, host: str, why: str
) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PORT", "8080")
    monkeypatch.delenv("DISCORD_TOKEN")
    with pytest.raises(CommandFailed, match=rf"listen on {host} port 8080 \((.+)\): set HOST and PORT") as told:
        await serve(ctx, {}, ProcessRole.WEB)
    assert (why in str(told.value)) is (host == "192.0.2.1")


class Opening(SandboxMessenger):
    """Opens conversations."""

    def __init__(self, room: SandboxChat) -> None:
        super().__init__(room)
        self.opened: asyncio.Queue[Address] = asyncio.Queue()

    async def open_conversation(self, to: Address) -> str:
        self.opened.put_nowait(to)
        return f"D{to.account}"


async def test_a_conversation_is_opened_as_soon_as_its_member_has_acted(
    ctx: CliContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the next look for what other processes answered."""
    monkeypatch.setattr(scheduler, "FALLBACK_INTERVAL", timedelta(hours=1))
    await register(ctx, timedelta(hours=3))  # no reminder is due meanwhile, which would find their lines closed
    messenger = Opening(Platform().room)
    runtimes: asyncio.Queue[Runtime] = asyncio.Queue()

    @asynccontextmanager
    async def connect(runtime: Runtime) -> AsyncIterator[PlatformHandle]:
        runtimes.put_nowait(runtime)
        yield PlatformHandle(messenger)

    serving = asyncio.create_task(serve(ctx, {"Discord": connect}, ProcessRole.WORKER))
    runtime = await asyncio.wait_for(runtimes.get(), 60)
    assert await asyncio.wait_for(messenger.opened.get(), 60) == ADA.address, "who registered before the start"
    bo = Person(Address("discord", "43"), "Bo")
    await runtime.dispatcher.answer(Request(bo, Call.of("register", gathering=1), clock.now()))
    assert await asyncio.wait_for(messenger.opened.get(), 60) == bo.address
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 60)
    async with ctx.storage(links=True) as storage:
        assert await storage.run(lambda uow: uow.conversations.get(bo.address)) == "D43"


def test_all_goodbyes_together_fit_in_what_hosts_allow() -> None:
    """They are said one after the other, and each may be at its longest in a bad hour."""
    sockets = socket_mode.SHUTDOWN_TIMEOUT + socket_client.CLOSE_TIMEOUT + 2 * socket_mode.GIVE_BACK_TIMEOUT
    platforms = slack.SHUTDOWN_TIMEOUT + sockets + discord.GATEWAY_CLOSE_TIMEOUT + discord.SHUTDOWN_TIMEOUT
    assert (
        SHUTDOWN_TIMEOUT.total_seconds() + web.SHUTDOWN_TIMEOUT + platforms <= 28
    )  # of 30; the rest is for the database
