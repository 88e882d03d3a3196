"""Lets discord.py read JSON with half a surrogate pair, which orjson refuses.

Private: `discord.utils._from_json`, which is `orjson.loads` where orjson is installed.
Buys: a member can send such text. Reading it would raise in the task that reads the gateway, and end the connection.
Without it: delete the call in client.py, and orjson from the requirements: discord.py then uses `json`, which reads it,
but takes longer for every frame.
On a new version: utils.py, where `_from_json` is chosen; gateway.py and http.py, which look it up at each call.
"""

from __future__ import annotations

import json
from typing import Any

import discord
import orjson


def read_lone_surrogates() -> None:
    discord.utils._from_json = _decode_json  # noqa: SLF001


def _decode_json(text: str | bytes | bytearray | memoryview) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text if isinstance(text, str) else bytes(text))
