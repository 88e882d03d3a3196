"""Sends any request through discord.py's HTTP client.

Private: `Client.http`, `discord.http.Route` and `Route.BASE`, which are undocumented.
Buys: discord.py's rate limit buckets, which learn Discord's limits from its responses, and its retries; and
DISCORD_API_URL for all of it, the log-in included.
Without it: let `DiscordClient.request` send as `request_once` does. A 429 then reaches the outbox, which tries later,
and DISCORD_API_URL does not hold for the log-in.
On a new version: http.py, `Route.__init__` (BASE, the parts of a path) and `HTTPClient.request` (`json`, `params`).
"""

from __future__ import annotations

from typing import Any

import discord
from discord.http import Route


def set_api_url(url: str) -> None:
    """For all clients of this process; `url` ends with the version, as in `https://discord.com/api/v10`."""
    Route.BASE = url


async def send_request(client: discord.Client, method: str, path: str, body: dict[str, Any], **parts: Any) -> Any:
    """`body`: `json`, `params`; `parts`: those of the path (`channel_id=4000`). Returns the decoded response."""
    return await client.http.request(Route(method, path, **parts), **body)
