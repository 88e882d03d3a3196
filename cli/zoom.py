"""Connects Zoom: workers reconcile meetings, the web half receives log-ins, and either makes passes at the door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.ports import PlatformHandle
from cli.serve import ProcessRole, Runtime
from cli.setting_types import revealed
from settings import Settings

if TYPE_CHECKING:
    from adapters.zoom.client import ZoomCredentials


@asynccontextmanager
async def connect(runtime: Runtime) -> AsyncIterator[PlatformHandle]:

    from adapters.zoom.run import connect as connect_zoom

    settings = runtime.settings
    secret = revealed(settings.zoom_webhook_secret)
    opening = connect_zoom(runtime.storage, runtime.dispatcher.config, runtime.clock, credentials(settings), secret)
    async with opening as zoom:
        runtime.dispatcher.passes = zoom.passes
        runtime.dispatcher.start_links = zoom.start_links
        if zoom.webhook is not None and ProcessRole.WEB in runtime.role:
            await zoom.webhook.begin()
        if ProcessRole.WORKER not in runtime.role or zoom.reconciler is None:
            yield PlatformHandle(routes=zoom.routes)
        else:
            yield PlatformHandle(routes=zoom.routes, missing=zoom.missing, tick=zoom.tick)


def credentials(settings: Settings) -> ZoomCredentials | None:
    """Credentials of the Server-to-Server OAuth app; None where it is not configured."""
    from adapters.zoom.client import API_URL, OAUTH_URL, OWNER, ZoomCredentials

    if not settings.zoom_account_id or not settings.zoom_client_id:
        return None
    return ZoomCredentials(
        settings.zoom_account_id,
        settings.zoom_client_id,
        revealed(settings.zoom_client_secret),
        settings.zoom_api_url or API_URL,
        settings.zoom_oauth_url or OAUTH_URL,
        settings.zoom_host or OWNER,
    )
