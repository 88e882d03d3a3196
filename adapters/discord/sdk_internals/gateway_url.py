"""Sets the URL at which discord.py begins a gateway session.

Private: `discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY`.
Buys: behind DISCORD_API_URL, the gateway that the proxy names (Get Gateway Bot), also after a session ended.
Without it: delete the call in run.py; the bot always connects to Discord's own gateway.
On a new version: gateway.py, `DiscordWebSocket.from_client` and `received_message` (op 9), which read it.
"""

from __future__ import annotations

import yarl
from discord.gateway import DiscordWebSocket


def set_gateway_url(url: str) -> None:
    """For all clients of this process, from their next session on."""
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
