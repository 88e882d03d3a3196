"""The bot on Discord: one gateway connection among all workers, and a response to every interaction."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import discord

from adapters.discord.client import INVALID_TOKEN, DiscordClient, DiscordUnreachable, LoginRefused
from adapters.discord.command_sync import sync_commands
from adapters.discord.home_guilds import ConfiguredGuilds, find_home_guilds
from adapters.discord.receive import PLATFORM
from adapters.discord.respond import Interaction, InteractionHandler
from adapters.discord.sdk_internals.gateway_url import set_gateway_url
from adapters.discord.sdk_internals.raw_interactions import deliver_raw_interactions
from adapters.discord.sdk_internals.reconnect_backoff import limit_reconnect_delay
from adapters.discord.value_store import ValueStore
from bot.dispatcher import Dispatcher
from bot.leases import LEASE_DURATION, POLL_INTERVAL_SECONDS, RENEW_INTERVAL_SECONDS, Lease, UnsharedLease
from bot.ports import Clock

log = logging.getLogger(__name__)

GATEWAY_LEASE = "discord gateway"
"""The lease that the one worker connected to the gateway holds."""
GATEWAY_CLOSE_TIMEOUT = 1.0
SHUTDOWN_TIMEOUT = 3.0
"""Seconds to finish the interactions in progress, after the gateway is closed, when the bot is stopped."""
LEASE_LOST_CLOSE_TIMEOUT = 5.0
"""Seconds to close the gateway when the lease is lost: another worker is connected already."""
INITIAL_BACKOFF, MAX_BACKOFF = 5.0, 30.0
"""Seconds between attempts when Discord cannot be reached, doubled each time."""
HOME_LOOKUP_TIMEOUT = 5.0
"""Seconds that connecting waits until the home guilds are known; the lookup goes on in the background."""
RESERVED_SESSION_STARTS = 10
"""Session starts a day that are never used: using up the last one makes Discord reset the token."""
_CONNECTION_ERRORS = (
    OSError,
    aiohttp.ClientError,
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.RateLimited,
    DiscordUnreachable,
)


limit_reconnect_delay(MAX_BACKOFF)


class _GatewayClient(discord.Client):
    """Receives interactions, which need no intent, and what is written to the bot in private."""

    def __init__(self, handler: InteractionHandler, may_start_session: Callable[[], Awaitable[bool]]) -> None:
        super().__init__(intents=discord.Intents(dm_messages=True), max_ratelimit_timeout=30)
        self._handler = handler
        self._may_start_session = may_start_session
        self.connected = asyncio.Event()
        deliver_raw_interactions(self)

    async def on_connect(self) -> None:
        log.info("connected to Discord")
        self.connected.set()

    async def on_resumed(self) -> None:
        self.connected.set()

    async def on_disconnect(self) -> None:
        self.connected.clear()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Called before every session: if Discord keeps ending them, their daily number is soon used up."""
        await super().before_identify_hook(shard_id, initial=initial)
        if not initial:
            await self._may_start_session()

    async def on_interaction(self, interaction: Interaction) -> None:
        await self._handler.handle(interaction)

    async def on_message(self, message: Mapping[str, Any]) -> None:
        await self._handler.handle_message(message)


class DiscordBot:
    """Holds the gateway connection whenever no other worker does. `client` is open."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        client: DiscordClient,
        clock: Clock,
        token: str,
        *,
        configured: ConfiguredGuilds | None = None,
        lease: Lease | None = None,
        store: ValueStore | None = None,
    ) -> None:
        self._dispatcher = dispatcher
        self._client = client
        self._token = token
        self._configured = configured or ConfiguredGuilds()
        self._lease = lease or UnsharedLease()
        self._store = store
        self._handler = InteractionHandler(dispatcher, client, clock)
        self._gateway: _GatewayClient | None = None
        self.channel_names_loaded = asyncio.Event()
        """Set once the names of the announcement channels were asked for."""
        self._closing = asyncio.Event()
        self._standing_by = False

    @property
    def connected(self) -> bool:
        """Whether interactions reach this process now."""
        return self._gateway is not None and self._gateway.connected.is_set()

    @property
    def standing_by(self) -> bool:
        """Whether another worker holds the lease, and this one waits to take over."""
        return self._standing_by

    async def run(self) -> None:
        """Connects whenever the lease is free. Returns after `close`; raises LoginRefused."""
        wait = INITIAL_BACKOFF
        while not self._closing.is_set():
            try:
                await self._client.log_in()
                if await self._acquire_lease():
                    await self._stay_connected()
                await self._pause(POLL_INTERVAL_SECONDS)
            except _CONNECTION_ERRORS as problem:
                log.warning("Discord cannot be reached: %s; trying again in %.0f s", type(problem).__name__, wait)
            except LoginRefused:
                raise
            except Exception:
                # Nothing else would start it again: whatever the connection brought, try a new one.
                log.exception("the connection to Discord broke off; trying again in %.0f s", wait)
            else:
                wait = INITIAL_BACKOFF
                continue
            await self._pause(wait)
            wait = min(wait * 2, MAX_BACKOFF)

    async def close(self) -> None:
        """Disconnects, finishes the interactions in progress, and lets another worker take over at once."""
        self._closing.set()
        # Neither Discord nor a database that is shutting down, too, is certain to answer.
        tasks = [asyncio.create_task(step) for step in (self._lease.give_back(), self._disconnect())]
        await asyncio.wait(tasks, timeout=GATEWAY_CLOSE_TIMEOUT)
        await self._handler.finish(SHUTDOWN_TIMEOUT)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _disconnect(self) -> None:
        if self._gateway is not None:
            await self._gateway.close()

    async def _acquire_lease(self) -> bool:
        try:
            held = await self._lease.hold()
        except Exception as problem:  # noqa: BLE001 - whatever the database says, the lease is not ours
            log.warning("the lease of the Discord gateway cannot be read: %s", type(problem).__name__)
            self._standing_by = held = False
        else:
            self._standing_by = not held
        return held

    async def _stay_connected(self) -> None:
        """Stays connected for as long as the lease is held."""
        if not await self._may_start_session() or self._closing.is_set():
            return
        home_lookup = asyncio.create_task(self._look_up_home())
        await asyncio.wait({home_lookup}, timeout=HOME_LOOKUP_TIMEOUT)
        self._gateway = gateway = _GatewayClient(self._handler, self._may_start_session)
        connection = asyncio.create_task(self._connect(gateway))
        ends = [asyncio.create_task(condition) for condition in (self._renew_lease(), self._closing.wait())]
        background = [asyncio.create_task(step) for step in (self._sync_commands(), self._load_channel_names())]
        try:
            done, _ = await asyncio.wait((connection, *ends), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            if not self._closing.is_set():  # otherwise `close` does it, within its timeout
                self._gateway = None
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(gateway.close(), LEASE_LOST_CLOSE_TIMEOUT)
            others = (*ends, *background, home_lookup)
            for task in others:
                task.cancel()
            await asyncio.gather(connection, *others, return_exceptions=True)

    async def _connect(self, gateway: _GatewayClient) -> None:
        try:
            await gateway.start(self._token)
        except discord.LoginFailure:
            raise LoginRefused(INVALID_TOKEN) from None
        except discord.ConnectionClosed as closed:
            raise LoginRefused(_close_reason(closed.code)) from None
        except discord.PrivilegedIntentsRequired:  # what discord.py makes of code 4014
            raise LoginRefused(_close_reason(4014)) from None

    async def _renew_lease(self) -> None:
        """Renews the lease; returns once it is lost, or could not be renewed before it ran out."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LEASE_DURATION.total_seconds()
        while loop.time() < until:
            await asyncio.sleep(RENEW_INTERVAL_SECONDS)
            requested_at = loop.time()
            try:
                async with asyncio.timeout(LEASE_DURATION.total_seconds()):
                    held = await self._lease.hold()
            except Exception as problem:  # noqa: BLE001 - the lease lasts a while yet; then another worker takes it
                log.warning("the lease of the Discord gateway was not renewed: %s", type(problem).__name__)
                continue
            if not held:
                break
            until = requested_at + LEASE_DURATION.total_seconds()
        log.warning("another worker holds the Discord gateway now")

    async def _may_start_session(self) -> bool:
        """Asks for the gateway's URL, and whether a session may still be started today (Get Gateway Bot)."""
        response: dict[str, Any] = await self._client.request("GET", "/gateway/bot")
        limit = response["session_start_limit"]
        if limit["remaining"] <= RESERVED_SESSION_STARTS:
            log.error("only %d session starts are left today: waiting for more", limit["remaining"])
            await self._pause(limit["reset_after"] / 1000)
            return False
        set_gateway_url(response["url"])
        return True

    async def _look_up_home(self) -> None:
        """Looks up the home guilds, until it succeeds. Before that nobody is a facilitator by Discord's permissions."""
        while True:
            try:
                home = await find_home_guilds(self._client, self._configured, self._store)
                await self._dispatcher.settle_home(PLATFORM, home)
            except Exception as problem:  # noqa: BLE001 - whatever it is, the bot answers its members meanwhile
                log.warning("which servers are home could not be found out yet: %s", type(problem).__name__)
                await asyncio.sleep(MAX_BACKOFF)
            else:
                break
        if not home:
            log.warning(
                "no server is home, so that nobody facilitates by a right of Discord's: name yours in DISCORD_GUILD_IDS"
            )

    async def _sync_commands(self) -> None:
        try:
            await sync_commands(self._client, self._configured.guilds, self._store)
        except Exception as problem:  # noqa: BLE001 - the bot answers all the same; `htg discord sync` says more
            log.error("the commands could not be published (%s): run `htg discord sync`", type(problem).__name__)  # noqa: TRY400

    async def _load_channel_names(self) -> None:
        """Reads the names of the announcement channels to which the operator gave none."""
        config = self._dispatcher.config
        for address, name in config.announcement_channels.items():
            if address.platform != PLATFORM or name:
                continue
            try:
                channel_id = int(address.account.removeprefix("#"))
                channel = await self._client.request("GET", "/channels/{channel_id}", channel_id=channel_id)
            except Exception as problem:  # noqa: BLE001 - only a name is missing; `htg doctor` says more
                log.info("a channel's name could not be read: %s", type(problem).__name__)
                continue
            if isinstance(channel, dict) and channel.get("name"):
                config.channel_names[address] = f"#{channel['name']}"
        self.channel_names_loaded.set()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()


def _close_reason(code: int | None) -> str:
    if code == 4004:
        return INVALID_TOKEN
    if code in {4010, 4011}:
        return "The bot is in more servers than one connection may serve (2500)."
    return f"Discord ended the connection for good, with code {code}."
