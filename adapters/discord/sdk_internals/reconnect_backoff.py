"""Limits the delay before discord.py reconnects to the gateway.

Private: the name `ExponentialBackoff` in `discord.client`, which `Client.connect` looks up, and its field `_max`.
Buys: without a limit, the delay after an hour's outage is up to 17 minutes, and the bot is that long away.
Without it: delete the call in run.py; the bot comes back that much later after a long outage of Discord's.
On a new version: client.py, `Client.connect`, where the class is looked up; backoff.py, `ExponentialBackoff.delay`,
where `_max` limits the exponent.
"""

from __future__ import annotations

import math

import discord
from discord.backoff import ExponentialBackoff


def limit_reconnect_delay(seconds: float) -> None:
    class LimitedBackoff(ExponentialBackoff[bool]):
        def __init__(self) -> None:
            super().__init__()
            self._max = int(math.log2(seconds))

    discord.client.ExponentialBackoff = LimitedBackoff  # type: ignore[attr-defined,assignment]
