"""Silences discord.py's warnings that libraries for voice are not installed.

Private: `VoiceClient.warn_nacl` and `VoiceClient.warn_dave`, which are undocumented.
Buys: a log without two warnings at every start about something that the bot does not do.
Without it: delete the call in client.py; the warnings stand in the log.
On a new version: client.py, the end of `Client.__init__`, which reads both.
"""

from __future__ import annotations

import discord


def silence_voice_warnings() -> None:
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
