"""Several workers on one database, each a whole bot with the real SDK, before a Slack that allows ten sockets."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, cast

import pytest

from adapters.slack import socket_client, socket_mode
from adapters.slack.run import SlackBot, SlackCredentials
from adapters.slack.socket_lease import CONNECTIONS, PAIR_DURATION, SHARED, SocketLease
from adapters.slack.socket_mode import MAX_REFUSED_PAUSE, NOBODY_CONNECTED, REFUSED_PAUSE, STUCK_AFTER, SocketMode
from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.leases import LEASE_DURATION
from bot.ports import Storage
from bot.views import Paragraph, Text, View
from storage.engine.open import OpenStorage
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_web_api import APP_TOKEN, BOT_TOKEN, SOCKET_LIMIT
from tests.adapters.slack.fake_workspace import TEAM
from tests.adapters.slack.transport import SocketTransport
from tests.adapters.slack.user_client import UserClient
from tests.conversations.harness import MovableClock

pytestmark = pytest.mark.loopback

PATIENCE = 60.0
"""Seconds for anything to happen: the machine may be busy with other tests."""


class BreakableStorage:
    """The storage of one worker, which may lose the database."""

    def __init__(self, storage: OpenStorage) -> None:
        self._storage = storage
        self.broken = False

    async def run(self, work: Callable[[Any], Any]) -> Any:
        if self.broken:
            raise ConnectionError("the database is away")
        return await self._storage.run(work)


class Workers:
    """Bots in this process, as if each were a process of its own."""

    def __init__(self, fake_slack: FakeSlack, storage: OpenStorage, clock: MovableClock) -> None:
        self.fake_slack, self.clock = fake_slack, clock
        self._storage = storage
        self._stack = AsyncExitStack()
        self.turns: Counter[SocketMode] = Counter()
        """How many each worker has taken."""
        self.at_work: set[SocketMode] = set()

    async def start(self, *, sockets: bool = True, storage: BreakableStorage | None = None) -> SlackBot:
        credentials = SlackCredentials(BOT_TOKEN, APP_TOKEN, api_url=self.fake_slack.api_url)
        lease = SocketLease(cast("Storage", storage or self._storage), self.clock)
        dispatcher = Dispatcher(self._storage, Config())
        bot = SlackBot(dispatcher, self.clock, credentials, socket_lease=lease, sockets=sockets)
        self._stack.push_async_callback(bot.close)
        await bot.open()
        if sockets:
            self.at_work.add(_mode(bot))
        return bot

    async def close(self) -> None:
        await self._stack.aclose()

    async def pass_time(self, length: timedelta) -> None:
        """In steps after which every worker that is at work takes a whole turn or two."""
        for _ in range(round(length / timedelta(seconds=3))):
            self.clock.advance(seconds=3)
            until = {mode: self.turns[mode] + 2 for mode in self.at_work}
            await _until(lambda until=until: all(self.turns[mode] >= until[mode] for mode in until))  # type: ignore[misc]

    async def answers(self) -> None:
        ada = self.fake_slack.user("Ada")
        await UserClient(self.fake_slack, SocketTransport(self.fake_slack)).types_command(ada, "/htg list")
        assert "No gatherings are planned" in self.fake_slack.messages[-1].text


@pytest.fixture
async def workers(storage: OpenStorage, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workers]:
    monkeypatch.setattr(socket_mode, "POLL_INTERVAL_SECONDS", 0.02)
    monkeypatch.setattr(socket_mode, "RENEW_INTERVAL_SECONDS", 0.02)
    monkeypatch.setattr(socket_mode, "GIVE_BACK_TIMEOUT", PATIENCE)
    async with FakeSlack(clock).running() as fake_slack:
        workers, turn = Workers(fake_slack, storage, clock), SocketMode.turn

        async def counted(mode: SocketMode) -> float:
            seconds = await turn(mode)
            workers.turns[mode] += 1
            return seconds

        monkeypatch.setattr(SocketMode, "turn", counted)
        yield workers
        await workers.close()
        assert fake_slack.most_sockets <= SOCKET_LIMIT
        await _until(lambda: not fake_slack.sockets)


def _mode(bot: SlackBot) -> SocketMode:
    assert bot._socket_mode is not None
    return bot._socket_mode


def _sockets(bot: SlackBot) -> int:
    return len(_mode(bot)._connections)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - it is the SDK's own tasks that are waited for
            await asyncio.sleep(0.01)


async def _until_missing(bot: SlackBot, what: str) -> None:
    """A socket that Slack has accepted is connected for the bot a moment later, and one that it closed is not."""
    async with asyncio.timeout(PATIENCE):
        while await bot.missing() != what:  # noqa: ASYNC110 - so is the lease, in the database
            await asyncio.sleep(0.01)


def _kill(bot: SlackBot) -> None:
    """As SIGKILL: nothing is given back, and the system closes what was open."""
    mode = _mode(bot)
    assert mode._running is not None
    mode._running.cancel()
    for connection in mode._connections:
        connection.stop()
        session = connection.client.current_session
        assert session is not None
        transport = session._response.connection and session._response.connection.transport
        assert transport is not None
        transport.abort()


class _Freeze:
    """As SIGSTOP, as far as the lease goes: no turn is taken until it is over, and the sockets stay open."""

    def __init__(self, bot: SlackBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self._over, self._turn = asyncio.Event(), _mode(bot).turn
        monkeypatch.setattr(_mode(bot), "turn", self._wait)

    async def _wait(self) -> float:
        await self._over.wait()
        return await self._turn()

    def end(self) -> None:
        self._over.set()


async def test_any_number_of_workers_stays_within_ten(workers: Workers) -> None:
    bots = await asyncio.gather(*(workers.start() for _ in range(7)))
    assert len(workers.fake_slack.sockets) == SHARED <= SOCKET_LIMIT
    assert sorted(map(_sockets, bots)) == [0, 0, 0, 2, 2, 2, 2]
    assert [await bot.missing() for bot in bots] == [""] * 7, "who stands by is ready"
    await workers.answers()
    for leaving in bots[:5]:  # as in a deploy
        await leaving.close()
    await _until(lambda: len(workers.fake_slack.sockets) == 2 * CONNECTIONS)
    assert [_sockets(bot) for bot in bots[5:]] == [2, 2]
    await workers.answers()
    assert workers.fake_slack.refused_sockets == 0


async def test_one_worker_alone_has_two(workers: Workers) -> None:
    bot = await workers.start()
    assert _sockets(bot) == len(workers.fake_slack.sockets) == CONNECTIONS >= 2


async def test_who_is_killed_is_replaced_within_fifteen_seconds(workers: Workers) -> None:
    bots = [await workers.start() for _ in range(5)]
    assert list(map(_sockets, bots)) == [2, 2, 2, 2, 0]
    workers.at_work.remove(_mode(bots[0]))
    _kill(bots[0])
    await _until(lambda: len(workers.fake_slack.sockets) == SHARED - CONNECTIONS)
    await workers.pass_time(timedelta(seconds=6))
    assert _sockets(bots[4]) == 0, "not while the other may still be at work"
    await workers.pass_time(timedelta(seconds=6))
    await _until(lambda: len(workers.fake_slack.sockets) == SHARED)
    assert _sockets(bots[4]) == CONNECTIONS
    await workers.answers()


@pytest.mark.parametrize("length", [LEASE_DURATION * 2, PAIR_DURATION * 2], ids=["short", "long"])
async def test_who_stands_still_is_replaced_and_makes_room_when_it_wakes(
    workers: Workers, length: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    bots = [await workers.start() for _ in range(5)]
    freeze = _Freeze(bots[0], monkeypatch)
    workers.at_work.remove(_mode(bots[0]))
    await workers.pass_time(length)
    await _until(lambda: len(workers.fake_slack.sockets) == SOCKET_LIMIT)
    assert list(map(_sockets, bots)) == [2, 2, 2, 2, 2]
    freeze.end()
    await _until(lambda: len(workers.fake_slack.sockets) == SHARED)
    assert list(map(_sockets, bots)) == [0, 2, 2, 2, 2]
    assert workers.fake_slack.refused_sockets == 0
    assert await bots[0].missing() == ""


async def test_who_wakes_after_its_pair_ended_opens_no_socket(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack asks for a new socket at that very moment: the SDK would open one before the lease is asked for."""
    bot = await workers.start()
    mode = _mode(bot)
    assert mode._running is not None
    mode._running.cancel()
    opened = len(workers.fake_slack.calls_of("apps.connections.open"))
    workers.clock.advance(seconds=31)
    for socket in list(workers.fake_slack.sockets):
        await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
    await _until(lambda: all(connection.ended for connection in mode._connections))
    assert len(workers.fake_slack.calls_of("apps.connections.open")) == opened
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR], "it is as it should be"


async def test_who_loses_the_database_keeps_its_sockets_while_they_are_its_own(
    workers: Workers, storage: OpenStorage
) -> None:
    cut_off = BreakableStorage(storage)
    bot = await workers.start(storage=cut_off)
    cut_off.broken = True
    await workers.pass_time(timedelta(seconds=24))
    assert len(workers.fake_slack.sockets) == CONNECTIONS
    await workers.pass_time(timedelta(seconds=6))
    await _until(lambda: not workers.fake_slack.sockets)
    with pytest.raises(ConnectionError):  # which the web server's readiness check says
        await bot.missing()
    cut_off.broken = False
    await _until(lambda: len(workers.fake_slack.sockets) == CONNECTIONS)
    await _until_missing(bot, "")


@pytest.mark.parametrize("at_open", [False, True], ids=["by the socket", "by the method"])
async def test_who_is_refused_waits_and_leaves_its_share_to_others(workers: Workers, at_open: bool) -> None:
    """As when another program uses the same token, or Slack still counts connections that were cut off."""
    slack = workers.fake_slack
    slack.dead_sockets, slack.refuses_at_open = SOCKET_LIMIT, at_open
    bot = await workers.start()
    await _until(lambda: _mode(bot)._refusals > 0 and not _mode(bot)._connections)
    async with asyncio.timeout(PATIENCE):
        while await _mode(bot)._lease.anybody_holds():  # noqa: ASYNC110 - the lease is given back in the database
            await asyncio.sleep(0.01)
    assert "Slack refuses" in await bot.missing()
    asked = len([1 for method, _ in slack.calls if method == "apps.connections.open"]) + slack.refused_sockets
    await asyncio.sleep(0.3)
    assert asked == len([1 for name, _ in slack.calls if name == "apps.connections.open"]) + slack.refused_sockets
    slack.dead_sockets = 0
    workers.clock.advance(seconds=MAX_REFUSED_PAUSE.total_seconds())
    await _until(lambda: len(slack.sockets) == CONNECTIONS)
    await _until_missing(bot, "")


async def test_a_single_socket_that_is_refused_leaves_the_other_alone(workers: Workers) -> None:
    slack = workers.fake_slack
    slack.dead_sockets = SOCKET_LIMIT - 1
    bot = await workers.start()
    await _until(lambda: _mode(bot)._refusals == 1)
    await asyncio.sleep(0.3)
    assert (_sockets(bot), len(slack.sockets), slack.refused_sockets) == (1, 1, 1)
    await _until_missing(bot, "")
    await workers.answers()
    for refusals in (2, 3, 4, 5):  # ever more rarely
        workers.clock.advance(seconds=(REFUSED_PAUSE * 2 ** (refusals - 2)).total_seconds())
        await _until(lambda count=refusals: slack.refused_sockets == count)  # type: ignore[misc]
        await _until(lambda count=refusals: _mode(bot)._refusals == count)  # type: ignore[misc]
    slack.dead_sockets = 0
    workers.clock.advance(seconds=MAX_REFUSED_PAUSE.total_seconds())
    await _until(lambda: len(slack.sockets) == CONNECTIONS)
    await _until(lambda: _mode(bot)._refusals == 0)


async def test_without_the_guard_the_sdk_asks_again_and_again(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the SDK does by itself where Slack says that there are too many."""
    monkeypatch.setattr(socket_client, "TOO_MANY", "something else")
    workers.fake_slack.dead_sockets = SOCKET_LIMIT
    await workers.start()
    await _until(lambda: workers.fake_slack.refused_sockets > 20)


async def test_a_connection_that_stays_down_is_replaced(workers: Workers) -> None:
    """The SDK goes on with the address that it was given, also when that has expired."""
    bot = await workers.start()
    before = list(_mode(bot)._connections)
    workers.fake_slack.tickets_expire = True
    for socket in list(workers.fake_slack.sockets):
        await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
    await _until(lambda: len(workers.fake_slack.expired_tickets) == CONNECTIONS)
    await _until_missing(bot, "Slack's Socket Mode is not connected")
    workers.fake_slack.tickets_expire = False
    await workers.pass_time(STUCK_AFTER)
    assert not set(before) & set(_mode(bot)._connections)
    await workers.pass_time(timedelta(seconds=6))
    await _until(lambda: len(workers.fake_slack.sockets) == CONNECTIONS)
    await _until_missing(bot, "")


async def test_who_cannot_connect_for_a_minute_leaves_its_share_to_others(workers: Workers) -> None:
    bots = [await workers.start() for _ in range(5)]
    slack = workers.fake_slack
    slack.tickets_expire = True
    for socket in slack.sockets[:CONNECTIONS]:
        await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
    await _until(lambda: len(slack.expired_tickets) == CONNECTIONS)
    slack.tickets_expire = False
    await workers.pass_time(STUCK_AFTER)
    await _until(lambda: len(slack.sockets) == SHARED)
    assert list(map(_sockets, bots)) == [0, 2, 2, 2, 2]
    assert await bots[0].missing() == ""


async def test_who_stands_by_sends(workers: Workers) -> None:
    bots = [await workers.start() for _ in range(5)]
    assert _sockets(bots[4]) == 0
    ada = workers.fake_slack.user("Ada")
    hello = View((Paragraph((Text("Hello"),)),))
    await bots[4].messenger.send(Address("slack", f"{TEAM}/{ada.id}"), hello, key="1", language="en", zone="UTC")
    assert workers.fake_slack.messages[-1].text == "Hello"


async def test_nobody_connected_is_reported_also_by_a_process_without_sockets(workers: Workers) -> None:
    web = await workers.start(sockets=False)
    assert await web.missing() == NOBODY_CONNECTED
    worker = await workers.start()
    assert await web.missing() == ""
    await worker.close()
    assert await web.missing() == NOBODY_CONNECTED
