"""Delivers interactions as the gateway's JSON, before discord.py builds objects from them.

Private: `Client._connection.parsers`.
Buys: discord.py would build a guild, a channel and a member for each interaction, in the task that reads the gateway.
That takes longer than everything else that happens there, and an unexpected payload ends the connection.
Without it: delete the call in run.py, create the client with `enable_debug_events=True`, and take the payload of
INTERACTION_CREATE in `on_socket_raw_receive`. Each frame is then parsed twice, and the objects are built all the same.
On a new version: state.py, where `ConnectionState` fills `parsers`; gateway.py, where `DiscordWebSocket.from_client`
takes them over and `received_message` calls them with the event's data.
"""

from __future__ import annotations

from functools import partial

import discord


def deliver_raw_interactions(client: discord.Client) -> None:
    """Makes `client` call its `on_interaction` and `on_message` with the JSON object, in a task of its own."""
    parsers = client._connection.parsers  # noqa: SLF001
    parsers["INTERACTION_CREATE"] = partial(client.dispatch, "interaction")
    parsers["MESSAGE_CREATE"] = partial(client.dispatch, "message")
