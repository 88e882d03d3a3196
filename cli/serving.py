"""`htg run` at work: the desk, the outbox and the platforms that are configured, in one process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from datetime import timedelta

from bot.desk import Desk
from bot.outbox import Outbox
from bot.ports import Messenger
from cli.premises import Premises
from cli.waking import until_told_to_stop, waking
from settings import BadSettings, Settings

log = logging.getLogger(__name__)

Connect = Callable[[Settings, Desk], AbstractAsyncContextManager[Messenger]]
"""Connects a platform: while it is open, its Asks go to the desk, and its Messenger tells things there."""

FAREWELL = timedelta(seconds=20)
"""Hosts allow 30 seconds between SIGTERM and SIGKILL. What is not told by then is told by whoever comes next."""


def chosen(settings: Settings, platforms: Mapping[str, Connect]) -> dict[str, Connect]:
    """The configured platforms that this version has; BadSettings when it lacks one, or none is configured."""
    configured = settings.platforms()
    if not {"Slack", "Discord"} & set(configured):
        raise BadSettings(
            "Nothing is configured yet. Set SLACK_BOT_TOKEN (with SLACK_APP_TOKEN or SLACK_SIGNING_SECRET),"
            " or DISCORD_TOKEN, in the environment or in .env; docs/settings.md says where to find them."
            " To try the bot without any account: htg sandbox"
        )
    if missing := [name for name in configured if name not in platforms]:
        raise BadSettings(
            f"{' and '.join(missing)} cannot be connected by this version yet."
            " To try the bot without any account: htg sandbox"
        )
    return {name: platforms[name] for name in configured}


async def serve(premises: Premises, platforms: Mapping[str, Connect]) -> None:
    """Serves until told to stop, and then lets what is being told be told."""
    settings = premises.settings
    connections = chosen(settings, platforms)
    async with AsyncExitStack() as closing:
        storage = await closing.enter_async_context(premises.storage(links=True))
        house = settings.house()
        desk = Desk(storage, house)
        messengers = {
            name.lower(): await closing.enter_async_context(connect(settings, desk))
            for name, connect in connections.items()
        }
        outbox = Outbox(storage, messengers, premises.clock, house)
        async with waking(outbox.tick, premises.clock):
            log.info("ready: %s", ", ".join(connections))
            await until_told_to_stop()
            log.info("stopping")
            with suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL.total_seconds()):
                    await outbox.close()
