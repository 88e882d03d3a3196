"""The bot on Discord: one gateway connection among all workers, and an answer for every interaction."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aiohttp
import discord
import yarl
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket

from adapters.discord.hear import PLATFORM
from adapters.discord.home import Named, find_home
from adapters.discord.publish import Memory, publish
from adapters.discord.reception import Interaction, Reception
from adapters.discord.rest import NOT_OURS, Refused, Rest, Unreachable
from bot.desk import Desk
from bot.leases import LENGTH, LOOKED_EVERY, RENEWED_EVERY, Lease, OnlyWorker
from bot.ports import Clock

log = logging.getLogger(__name__)

GOODBYE, FAREWELL = 1.0, 3.0
"""Seconds to leave the gateway, and then to finish the answers under way, when the bot is stopped: 5 in all."""
GIVEN_UP = 5.0
"""Seconds for the same when the lease is lost: another worker has the gateway already."""
FIRST_WAIT, LONGEST_WAIT = 5.0, 30.0
"""Seconds between attempts when Discord cannot be reached, doubled each time: soon after it is back, so is the bot."""
HOME_TIMEOUT = 5.0
"""Seconds to find out which servers are home before anybody is answered; it is tried on beside that."""
STARTS_LEFT = 10
"""Session starts a day that are left untouched: using up the last one makes Discord reset the token."""
_UNREACHABLE = (
    OSError,
    aiohttp.ClientError,
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.RateLimited,
    Unreachable,
)


class _Patience(ExponentialBackoff[bool]):
    """How long discord.py waits to connect again: its own would, after an hour, wait up to 17 minutes more."""

    def __init__(self) -> None:
        super().__init__()
        self._max = int(math.log2(LONGEST_WAIT))


discord.client.ExponentialBackoff = _Patience  # type: ignore[attr-defined,assignment]  # it takes no other way to say so


class _Gateway(discord.Client):
    """Hears interactions, and nothing else: they come without any intent."""

    def __init__(self, reception: Reception, may_start: Callable[[], Awaitable[bool]]) -> None:
        super().__init__(intents=discord.Intents.none(), max_ratelimit_timeout=30)
        self._reception = reception
        self._may_start = may_start
        self.connected = asyncio.Event()
        # discord.py would make a server, a channel and a member for each interaction, in the loop that reads the
        # gateway: that takes longer than all we ask of it, and what it does not expect there ends the connection.
        self._connection.parsers["INTERACTION_CREATE"] = partial(self.dispatch, "interaction")

    async def on_connect(self) -> None:
        log.info("connected to Discord")
        self.connected.set()

    async def on_resumed(self) -> None:
        self.connected.set()

    async def on_disconnect(self) -> None:
        self.connected.clear()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Before every session: where Discord ends one after the other, their number for a day is soon used up."""
        await super().before_identify_hook(shard_id, initial=initial)
        if not initial:
            await self._may_start()

    async def on_interaction(self, interaction: Interaction) -> None:
        await self._reception.receive(interaction)


class DiscordBot:
    """`rest` is open; `run` ends after `close`, or raises Refused."""

    def __init__(
        self,
        desk: Desk,
        rest: Rest,
        clock: Clock,
        token: str,
        *,
        named: Named | None = None,
        lease: Lease | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._desk = desk
        self._rest = rest
        self._token = token
        self._named = named or Named()
        self._lease = lease or OnlyWorker()
        self._memory = memory
        self._reception = Reception(desk, rest, clock)
        self._gateway: _Gateway | None = None
        self.learned = asyncio.Event()
        """What the channels are called was asked."""
        self._closing = asyncio.Event()
        self._standing_by = False

    @property
    def connected(self) -> bool:
        """Whether interactions reach this very process now."""
        return self._gateway is not None and self._gateway.connected.is_set()

    @property
    def standing_by(self) -> bool:
        """Whether another worker holds the gateway, and this one waits to take over."""
        return self._standing_by

    async def run(self) -> None:
        """Holds the gateway whenever no other worker does, until closed."""
        wait = FIRST_WAIT
        while not self._closing.is_set():
            try:
                await self._rest.log_in()
                if await self._holds():
                    await self._serve()
                await self._pause(LOOKED_EVERY)
            except _UNREACHABLE as problem:
                log.warning("Discord cannot be reached: %s; trying again in %.0f s", type(problem).__name__, wait)
            except Refused:
                raise
            except Exception:
                # Nobody would start it again: whatever came over the connection, the next one is a new one.
                log.exception("the connection to Discord broke off; trying again in %.0f s", wait)
            else:
                wait = FIRST_WAIT
                continue
            await self._pause(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def close(self) -> None:
        """Hears nothing more, finishes the answers under way, and lets another worker take over at once."""
        self._closing.set()
        # Discord may leave a goodbye unanswered, and so may a database that is going down, too.
        hushed = [asyncio.create_task(each) for each in (self._lease.give_back(), self._disconnect())]
        await asyncio.wait(hushed, timeout=GOODBYE)
        await self._reception.finish(FAREWELL)
        for each in hushed:
            each.cancel()
        await asyncio.gather(*hushed, return_exceptions=True)

    async def _disconnect(self) -> None:
        if self._gateway is not None:
            await self._gateway.close()

    async def publish_commands(self, *, always: bool = False) -> list[str]:
        return await publish(self._rest, self._named.guilds, self._memory, always=always)

    async def _holds(self) -> bool:
        try:
            held = await self._lease.hold()
        except Exception as problem:  # noqa: BLE001 - whatever the database says, the lease is not ours
            log.warning("the lease of the Discord gateway cannot be read: %s", type(problem).__name__)
            self._standing_by = held = False
        else:
            self._standing_by = not held
        return held

    async def _serve(self) -> None:
        """Connected for as long as the lease is held."""
        if not await self._may_start() or self._closing.is_set():
            return
        settling = asyncio.create_task(self._settle_home())
        await asyncio.wait({settling}, timeout=HOME_TIMEOUT)
        self._gateway = gateway = _Gateway(self._reception, self._may_start)
        tasks = [asyncio.create_task(each) for each in (self._connect(gateway), self._renew(), self._closing.wait())]
        published = asyncio.create_task(self._publish_quietly())
        naming = asyncio.create_task(self._learn_names())
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            if not self._closing.is_set():  # or else `close` does it, in its time
                self._gateway = None
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(gateway.close(), GIVEN_UP)
            for each in (*tasks[1:], published, settling, naming):
                each.cancel()
            await asyncio.gather(*tasks, published, settling, naming, return_exceptions=True)

    async def _connect(self, gateway: _Gateway) -> None:
        try:
            await gateway.start(self._token)
        except discord.LoginFailure:
            raise Refused(NOT_OURS) from None
        except discord.ConnectionClosed as closed:
            raise Refused(_sentence(closed.code)) from None

    async def _renew(self) -> None:
        """Returns once the lease is lost, or could not be renewed for as long as it was given."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LENGTH.total_seconds()
        while loop.time() < until:
            await asyncio.sleep(RENEWED_EVERY)
            asked = loop.time()
            try:
                async with asyncio.timeout(LENGTH.total_seconds()):
                    held = await self._lease.hold()
            except Exception as problem:  # noqa: BLE001 - the lease lasts a while yet; then it is another's
                log.warning("the lease of the Discord gateway was not renewed: %s", type(problem).__name__)
                continue
            if not held:
                break
            until = asked + LENGTH.total_seconds()
        log.warning("another worker holds the Discord gateway now")

    async def _may_start(self) -> bool:
        """Asks where the gateway is, and whether a session may still be started today."""
        found: dict[str, Any] = await self._rest.request("GET", "/gateway/bot")
        limit = found["session_start_limit"]
        if limit["remaining"] <= STARTS_LEFT:
            log.error("only %d session starts are left today: waiting for more", limit["remaining"])
            await self._pause(limit["reset_after"] / 1000)
            return False
        # discord.py takes it from here whenever it begins a session, also after Discord ended one.
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(found["url"])
        return True

    async def _settle_home(self) -> None:
        """Tries until it is known which servers are home. Until then nobody facilitates by a right of Discord's."""
        while True:
            try:
                home = await find_home(self._rest, self._named, self._memory)
                await self._desk.settle_home(PLATFORM, home)
            except Exception as problem:  # noqa: BLE001 - whatever it is, the bot answers its members meanwhile
                log.warning("which servers are home could not be found out yet: %s", type(problem).__name__)
                await asyncio.sleep(LONGEST_WAIT)
            else:
                break
        if not home:
            log.warning(
                "no server is home, so that nobody facilitates by a right of Discord's: name yours in DISCORD_GUILD_IDS"
            )

    async def _publish_quietly(self) -> None:
        try:
            await self.publish_commands()
        except Exception as problem:  # noqa: BLE001 - the bot answers all the same; `htg discord sync` says more
            log.error("the commands could not be published (%s): run `htg discord sync`", type(problem).__name__)  # noqa: TRY400

    async def _learn_names(self) -> None:
        """Asks what the channels are called that are offered and that the operator gave no name."""
        house = self._desk.house
        for each, called in house.announcement_channels.items():
            if each.platform != PLATFORM or called:
                continue
            try:
                number = int(each.account.removeprefix("#"))
                found = await self._rest.request("GET", "/channels/{channel_id}", channel_id=number)
            except Exception as problem:  # noqa: BLE001 - it is only about how to call it; `htg doctor` says more
                log.info("a channel's name could not be read: %s", type(problem).__name__)
                continue
            if isinstance(found, dict) and found.get("name"):
                house.channel_names[each] = f"#{found['name']}"
        self.learned.set()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()


def _sentence(code: int | None) -> str:
    if code == 4004:
        return NOT_OURS
    if code in {4010, 4011}:
        return "The bot is in more servers than one connection may serve (2500)."
    return f"Discord ended the connection for good, with code {code}."
