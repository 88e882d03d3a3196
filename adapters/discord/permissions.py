"""What Discord lets somebody do in a server, or in one channel of it, as its documents reckon it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord

Json = Mapping[str, Any]

ORGANISES = discord.Permissions(manage_events=True, administrator=True).value
"""Either of them makes a facilitator at home."""


def permissions(guild: Json, member: Json, channel: Json | None = None) -> discord.Permissions:
    """`guild` with its roles, `member` with theirs; with `channel`, what its overwrites make of that."""
    mine = {guild["id"], *member.get("roles", ())}
    may = 0
    for role in guild["roles"]:
        may |= int(role["permissions"]) if role["id"] in mine else 0
    account = member.get("user", {}).get("id")
    if account == guild.get("owner_id") or discord.Permissions(may).administrator:
        return discord.Permissions.all()
    overwrites = {each["id"]: each for each in (channel or {}).get("permission_overwrites") or ()}
    for these in ({guild["id"]}, mine - {guild["id"]}, {account}):
        found = [overwrites[each] for each in these if each in overwrites]
        for each in found:
            may &= ~int(each["deny"])
        for each in found:
            may |= int(each["allow"])
    return discord.Permissions(may)
