"""A member's permissions in a guild or channel, computed as the developer docs describe (Permissions). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord

Json = Mapping[str, Any]

ORGANISER_PERMISSIONS = discord.Permissions(manage_events=True, administrator=True).value
"""Either of them makes a facilitator in a home guild."""


def compute_permissions(guild: Json, member: Json, channel: Json | None = None) -> discord.Permissions:
    """`guild` with its roles, `member` with theirs; with `channel`, its overwrites are applied."""
    member_roles = {guild["id"], *member.get("roles", ())}
    bits = 0
    for role in guild["roles"]:
        bits |= int(role["permissions"]) if role["id"] in member_roles else 0
    account = member.get("user", {}).get("id")
    if account == guild.get("owner_id") or discord.Permissions(bits).administrator:
        return discord.Permissions.all()
    overwrites = {overwrite["id"]: overwrite for overwrite in (channel or {}).get("permission_overwrites") or ()}
    for subjects in ({guild["id"]}, member_roles - {guild["id"]}, {account}):
        applicable = [overwrites[subject] for subject in subjects if subject in overwrites]
        for overwrite in applicable:
            bits &= ~int(overwrite["deny"])
        for overwrite in applicable:
            bits |= int(overwrite["allow"])
    return discord.Permissions(bits)
