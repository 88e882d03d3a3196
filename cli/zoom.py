"""Connects Zoom for `htg run`, `web` and `worker`: meetings are kept by workers, log-ins are heard by the
web half, and passes are made at the door of either."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr

from cli.serve import Connected, Part, Surroundings
from settings import Settings

if TYPE_CHECKING:
    from adapters.zoom.run import Credentials


@asynccontextmanager
async def connect(around: Surroundings) -> AsyncIterator[Connected]:
    from adapters.zoom.run import connected

    held = credentials(around.settings)
    secret = _revealed(around.settings.zoom_webhook_secret)
    async with connected(around.storage, around.desk.house, around.clock, held, secret) as opened:
        around.desk.passes = opened.passes
        if Part.WORKER not in around.part or opened.keeper is None:
            yield Connected(routes=opened.routes)
        else:
            yield Connected(routes=opened.routes, missing=opened.missing, tick=opened.keeper.tick)


def credentials(settings: Settings) -> Credentials | None:
    """Of the Server-to-Server OAuth app; None where none is configured."""
    from adapters.zoom.client import API_URL, OAUTH_URL, Credentials

    if not settings.zoom_account_id or not settings.zoom_client_id:
        return None
    return Credentials(
        settings.zoom_account_id,
        settings.zoom_client_id,
        _revealed(settings.zoom_client_secret),
        settings.zoom_api_url or API_URL,
        settings.zoom_oauth_url or OAUTH_URL,
    )


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
