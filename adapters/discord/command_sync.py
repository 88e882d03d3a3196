"""Publishes the catalogue as Discord's application commands when it changed. Also the URL that invites the bot."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import urlencode

import discord

from adapters.discord.client import DiscordClient
from adapters.discord.value_store import ValueStore
from bot import catalogue
from bot.arguments import Option
from bot.catalogue import Command
from bot.i18n import N_, Locale, supported_language
from bot.text import clip

log = logging.getLogger(__name__)

GLOBAL_SCOPE = ""
"""The scope of commands that every guild and the bot's direct messages have. Any other scope is a guild's id."""
LOCALES = {locale.value: language for locale in discord.Locale if (language := supported_language(locale.value))}
"""The language of ours that each of Discord's locales stands for, as far as we have it."""
DESCRIPTION_LIMIT = 100
MANAGE_EVENTS = discord.Permissions(manage_events=True).value
INVITE_PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, read_message_history=True, create_events=True, manage_events=True
).value
"""docs/discord.md says what each is for, and what happens without it."""
_COMMAND, _SUBCOMMAND = discord.AppCommandType.chat_input.value, discord.AppCommandOptionType.subcommand.value
_STRING = discord.AppCommandOptionType.string.value
_GUILD_CONTEXT, _BOT_DM_CONTEXT = 0, 1
"""Interaction Context Types (developer docs)."""
_GUILD_INSTALL = 0
_DESCRIPTIONS = {
    "htg": N_("Gatherings: see what is coming, register, come in"),
    "htg-host": N_("For facilitators: plan gatherings, announce them, open the doors"),
}

Json = dict[str, Any]


def invite_url(application: int | str) -> str:
    """Where a guild's administrator lets the bot in, with the least permissions it needs."""
    query = {"client_id": application, "scope": "bot applications.commands", "permissions": INVITE_PERMISSIONS}
    return f"https://discord.com/oauth2/authorize?{urlencode(query)}"


def command_payload(scope: str = GLOBAL_SCOPE, *, guilds_have_own: bool = False) -> list[Json]:
    """All commands as Discord takes them in one request, for one guild or globally.

    A command that is published both in a guild and globally shows twice in that guild. So where guilds have their
    own (`guilds_have_own`), the global ones are for the bot's direct messages alone.
    """
    return [_group(name) | _contexts(scope, guilds_have_own=guilds_have_own) for name in ("htg", "htg-host")]


def payloads_by_scope(guilds: Collection[int]) -> dict[str, list[Json]]:
    """The commands of each scope: globally, and in each of these guilds."""
    scopes = [GLOBAL_SCOPE, *map(str, guilds)]
    return {scope: command_payload(scope, guilds_have_own=bool(guilds)) for scope in scopes}


async def sync_commands(
    client: DiscordClient, guilds: Collection[int], store: ValueStore | None = None, *, force: bool = False
) -> list[str]:
    """Publishes the commands globally, or in these guilds and for direct messages; returns the scopes that changed.

    Commands in scopes that are no longer wanted are removed. Nothing is sent for a scope whose commands are as
    they were last published, unless `force`. Raises discord.Forbidden or discord.NotFound where a guild refused,
    after the other scopes are done; otherwise as `DiscordClient.request` does.
    """
    await client.log_in()
    payloads = payloads_by_scope(guilds)
    wanted = {scope: _digest(payload) for scope, payload in payloads.items()}
    name = f"discord:commands:{client.application}"
    stored = await store.get(name) if store else None
    published: dict[str, str] = json.loads(stored) if stored else {}
    changed, refusals = [], []
    for scope in [*wanted, *(scope for scope in published if scope not in wanted)]:
        if not force and published.get(scope) == wanted.get(scope):
            continue
        try:
            await _publish(client, scope, payloads.get(scope, []))
        except (discord.Forbidden, discord.NotFound) as refused:  # one guild's refusal does not concern the others
            if scope in wanted:
                refusals.append(refused)
                del wanted[scope]
        else:
            changed.append(scope)
    if store and (changed or wanted != published):
        await store.set(name, json.dumps(wanted))
    if refusals:
        raise refusals[0]
    return changed


async def request_commands(client: DiscordClient, method: str, scope: str, **options: Any) -> Any:
    """Lists the commands of a scope, or replaces them; `options` as for `DiscordClient.request`."""
    path, parts = "/applications/{application_id}/commands", {"application_id": client.application}
    if scope != GLOBAL_SCOPE:
        path, parts["guild_id"] = "/applications/{application_id}/guilds/{guild_id}/commands", int(scope)
    return await client.request(method, path, **parts, **options)


async def _publish(client: DiscordClient, scope: str, payload: list[Json]) -> None:
    await request_commands(client, "PUT", scope, json=payload)
    log.info("%d commands published %s", len(payload), f"in server {scope}" if scope else "everywhere")


def _digest(payload: list[Json]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def _group(name: str) -> Json:
    return {
        "type": _COMMAND,
        "name": name,
        **_described(_DESCRIPTIONS[name]),
        # A default that administrators can change, and no guard: the dispatcher checks who the sender is.
        "default_member_permissions": MANAGE_EVENTS if name == "htg-host" else None,
        "options": [_subcommand(command) for command in catalogue.listed(name)],
    }


def _contexts(scope: str, *, guilds_have_own: bool) -> Json:
    """Discord takes these of global commands only."""
    if scope != GLOBAL_SCOPE:
        return {}
    contexts = [_BOT_DM_CONTEXT] if guilds_have_own else [_GUILD_CONTEXT, _BOT_DM_CONTEXT]
    return {"contexts": contexts, "integration_types": [_GUILD_INSTALL]}


def _subcommand(command: Command) -> Json:
    return {
        "type": _SUBCOMMAND,
        "name": command.word,
        **_described(command.summary),
        "options": list(_options(command.options)),
    }


def _options(options: Iterable[Option[Any]]) -> Iterable[Json]:
    for option in options:
        if option.typed:
            yield {
                "type": _STRING,
                "name": option.name,
                **_described(option.summary),
                "required": False,
                "autocomplete": option.suggest is not None,
                "max_length": option.limit,
            }


def _described(summary: str) -> Json:
    """Descriptions in every language. Names are the same in all, as the bot's own texts give them."""
    localised = {locale: clip(Locale(language).t(summary), DESCRIPTION_LIMIT) for locale, language in LOCALES.items()}
    return {"description": clip(summary, DESCRIPTION_LIMIT), "description_localizations": localised}
