"""The catalogue as Discord's application commands, published when it changed. Also the address to invite the bot."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterable
from typing import Any, Protocol
from urllib.parse import urlencode

import discord

from adapters.discord.rest import Rest
from adapters.discord.text import clip
from bot import commands
from bot.commands import Command, Kind, Option
from bot.words.reader import N_, Reader

log = logging.getLogger(__name__)

EVERYWHERE = ""
"""The scope of commands that every server and the bot's direct messages have."""
LOCALES = {"en-GB": "en", "en-US": "en", "es-ES": "es", "es-419": "es"}
DESCRIPTION = 100
MANAGE_EVENTS = 1 << 33
CREATE_EVENTS = 1 << 44
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
READ_MESSAGE_HISTORY = 1 << 16
PERMISSIONS = VIEW_CHANNEL | SEND_MESSAGES | READ_MESSAGE_HISTORY | CREATE_EVENTS | MANAGE_EVENTS
"""docs/discord.md says what each is for, and what happens without it."""
_COMMAND, _SUBCOMMAND, _TEXT = 1, 1, 3
_SERVER, _DIRECT_MESSAGE = 0, 1
_ABOUT = {
    "htg": N_("Gatherings: see what is coming, register, come in"),
    "htg-host": N_("For facilitators: plan gatherings, announce them, open the doors"),
}

Json = dict[str, Any]


class Memory(Protocol):
    """Remembers what was published, in whatever process that was."""

    async def remembered(self, name: str) -> str | None: ...

    async def remember(self, name: str, value: str) -> None: ...


def invitation(application: int | str) -> str:
    """Where a server's administrator lets the bot in, with the least it needs."""
    asked = {"client_id": application, "scope": "bot applications.commands", "permissions": PERMISSIONS}
    return f"https://discord.com/oauth2/authorize?{urlencode(asked)}"


def payload(scope: str = EVERYWHERE, *, at_home: bool = False) -> list[Json]:
    """All commands as Discord takes them in one request, for one server or for everywhere.

    A command that is published in a server and everywhere shows twice in that server. So where servers have their
    own (`at_home`), those that are published everywhere are for the bot's direct messages alone.
    """
    return [_group(name) | _where(scope, at_home=at_home) for name in ("htg", "htg-host")]


def wanted_payloads(guilds: Collection[int]) -> dict[str, list[Json]]:
    """The commands of each scope: everywhere, and in each of these servers."""
    scopes = [EVERYWHERE, *map(str, guilds)]
    return {scope: payload(scope, at_home=bool(guilds)) for scope in scopes}


async def publish(
    rest: Rest, guilds: Collection[int], memory: Memory | None = None, *, always: bool = False
) -> list[str]:
    """Publishes the commands everywhere, or in these servers and for direct messages; returns the scopes that changed.

    What was published before and is not wanted any more is taken back. Nothing is sent for a scope whose
    commands are as they were left, unless `always`.
    """
    await rest.log_in()
    bodies = wanted_payloads(guilds)
    wanted = {scope: _hash(body) for scope, body in bodies.items()}
    name = f"discord:commands:{rest.application}"
    written = await memory.remembered(name) if memory else None
    before: dict[str, str] = json.loads(written) if written else {}
    changed, refused = [], []
    for scope in [*wanted, *(each for each in before if each not in wanted)]:
        if not always and before.get(scope) == wanted.get(scope):
            continue
        try:
            await _put(rest, scope, bodies.get(scope, []))
        except (discord.Forbidden, discord.NotFound) as no:  # one server's refusal is none of the others'
            if scope in wanted:
                refused.append(no)
                del wanted[scope]
        else:
            changed.append(scope)
    if memory and (changed or wanted != before):
        await memory.remember(name, json.dumps(wanted))
    if refused:
        raise refused[0]
    return changed


async def _put(rest: Rest, scope: str, body: list[Json]) -> None:
    path = "/applications/{application_id}/commands"
    if scope != EVERYWHERE:
        path = "/applications/{application_id}/guilds/{guild_id}/commands"
        await rest.request("PUT", path, application_id=rest.application, guild_id=int(scope), json=body)
    else:
        await rest.request("PUT", path, application_id=rest.application, json=body)
    log.info("%d commands published %s", len(body), f"in server {scope}" if scope else "everywhere")


def _hash(body: list[Json]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _group(name: str) -> Json:
    hosts = name == "htg-host"
    return {
        "type": _COMMAND,
        "name": name,
        **_described(_ABOUT[name]),
        # A default that administrators can change, and no guard: the desk asks who is asking.
        "default_member_permissions": MANAGE_EVENTS if hosts else None,
        "options": [_subcommand(each) for each in commands.listed(name)],
    }


def _where(scope: str, *, at_home: bool) -> Json:
    """Discord takes this of commands that are published everywhere alone."""
    if scope != EVERYWHERE:
        return {}
    return {"contexts": [_DIRECT_MESSAGE] if at_home else [_SERVER, _DIRECT_MESSAGE], "integration_types": [0]}


def _subcommand(command: Command) -> Json:
    return {
        "type": _SUBCOMMAND,
        "name": command.word,
        **_described(command.summary),
        "options": list(_options(command.options)),
    }


def _options(options: Iterable[Option]) -> Iterable[Json]:
    for each in options:
        if each.typed:
            yield {
                "type": _TEXT,
                "name": each.name,
                **_described(each.summary),
                "required": False,
                "autocomplete": each.kind is not Kind.TEXT,
                "max_length": each.limit,
            }


def _described(summary: str) -> Json:
    """Described in every language. The words to type are the same in all, as the bot's own texts name them."""
    spoken = {locale: clip(Reader(language).say(summary), DESCRIPTION) for locale, language in LOCALES.items()}
    return {"description": clip(summary, DESCRIPTION), "description_localizations": spoken}
