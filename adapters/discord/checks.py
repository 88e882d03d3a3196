"""What `htg doctor` checks at Discord: the token, the guilds that the bot is in, its commands and permissions."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import discord

from adapters.discord.client import REQUEST_ERRORS, DiscordClient, DiscordUnreachable, LoginRefused, opened_client
from adapters.discord.command_sync import GLOBAL_SCOPE, payloads_by_scope, request_commands
from adapters.discord.home_guilds import ConfiguredGuilds, find_home_guilds, list_guilds
from adapters.discord.permissions import compute_permissions
from bot.addresses import Address
from bot.ports import CheckLevel, CheckResult

BATCH_SIZE = 20
"""Guilds, and facilitators, that are checked one by one."""
_Channel = discord.ChannelType
_MESSAGE_CHANNEL_TYPES = {
    _Channel.text.value,
    _Channel.voice.value,
    _Channel.news.value,
    _Channel.news_thread.value,
    _Channel.public_thread.value,
    _Channel.private_thread.value,
    _Channel.stage_voice.value,
}
_LOCALISED = {"with_localizations": "true"}
_PERMISSION_NAMES = {"view_channel": "View Channel", "send_messages": "Send Messages"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DiscordCheckInput:
    """What the settings and the database say: home guilds, channels to announce in, the team."""

    guilds: Collection[int] = ()
    first_guild: str = ""
    """The one guild that the bot was in when it first started, as the database has it."""
    channels: Collection[Address] = ()
    facilitators: Collection[Address] = ()
    events: bool = False
    """Whether there is a public page to be the location of scheduled events."""


async def check(token: str, api_url: str | None, check_input: DiscordCheckInput) -> list[CheckResult]:
    """Never raises, and no line contains the token."""
    async with opened_client(token, api_url) as client:
        known = await check_token(client)
        if known.level is CheckLevel.FAULT:
            return [known]
        try:
            return [known, *await _Checker(client, check_input).run()]
        except REQUEST_ERRORS as problem:
            name = type(problem).__name__
            return [CheckResult.fault(f"Discord did not answer all questions ({name}): try again in a minute.")]


async def check_token(client: DiscordClient) -> CheckResult:
    """Logs in, and says as whom, or why not."""
    try:
        user = (await client.log_in()).user
    except LoginRefused as refused:
        return CheckResult.fault(str(refused))
    except DiscordUnreachable:
        return CheckResult.fault("Discord cannot be reached from here: look at the network, or DISCORD_API_URL.")
    return CheckResult.ok(f"Discord knows the bot as {user.name if user else 'a bot'}.")


class _Checker:
    def __init__(self, client: DiscordClient, check_input: DiscordCheckInput) -> None:
        self._client, self._input = client, check_input
        self._guilds: dict[str, Json] = {}

    async def run(self) -> list[CheckResult]:
        guilds = {str(guild["id"]): dict(guild) for guild in await list_guilds(self._client)}
        home = await self._home()
        commands, listed = await self._commands(guilds)
        home_guilds = [guilds[guild_id] for guild_id in sorted(home & guilds.keys())][:BATCH_SIZE]
        groups = await asyncio.gather(
            self._application(),
            *(self._channel(address) for address in (self._input.channels if guilds else ())),
            *(self._events(guild) for guild in (home_guilds if self._input.events else ())),
            *(self._facilitators(guild, listed) for guild in home_guilds),
        )
        membership = [*self._membership(guilds), *(_home_results(home, guilds) if guilds else ())]
        return [*membership, *commands, *(result for group in groups for result in group)]

    async def _home(self) -> frozenset[str]:
        """As the bot itself finds it when it starts; before its first start, as it then would."""
        configured = ConfiguredGuilds(self._input.guilds, self._input.channels)
        store = _FixedValueStore(self._input.first_guild) if self._input.first_guild else None
        return await find_home_guilds(self._client, configured, store)

    async def _get(self, path: str, **parts: Any) -> Any:
        return await self._client.request("GET", path, **parts)

    async def _application(self) -> list[CheckResult]:
        application = await self._get("/applications/@me")
        results = []
        if application.get("interactions_endpoint_url"):
            sentence = (
                "An Interactions Endpoint URL is set, so that Discord sends what people type there and not to the bot:"
            )
            results.append(
                CheckResult.fault(f"{sentence} empty it, under General Information on the application's page.")
            )
        if application.get("bot_public"):
            sentence = "Anyone may add the bot to a server of theirs: set Install Link to None, under Installation,"
            results.append(
                CheckResult.fault(f"{sentence} and then switch Public Bot off, under Bot (docs/discord.md).")
            )
        return results

    def _membership(self, guilds: Mapping[str, Json]) -> list[CheckResult]:
        missing = [str(guild_id) for guild_id in self._input.guilds if str(guild_id) not in guilds]
        results = [
            CheckResult.fault(
                f"DISCORD_GUILD_IDS names {guild_id}, where the bot is not: invite it (htg discord invite)."
            )
            for guild_id in missing
        ]
        if not guilds:
            return [*results, CheckResult.fault("The bot is in no server yet: open the address of htg discord invite.")]
        names = ", ".join(sorted(guild["name"] for guild in guilds.values())[:3])
        more = f" and {len(guilds) - 3} more" if len(guilds) > 3 else ""
        return [*results, CheckResult.ok(f"It is in {names}{more}.")]

    # ---- commands

    async def _commands(self, guilds: Mapping[str, Json]) -> tuple[list[CheckResult], list[Json]]:
        """(results, the commands as Discord lists them)."""
        wanted = payloads_by_scope(self._input.guilds)
        listed = {}
        for scope in [scope for scope in wanted if scope == GLOBAL_SCOPE or scope in guilds]:
            try:
                listed[scope] = await request_commands(self._client, "GET", scope, params=_LOCALISED)
            except discord.Forbidden:
                sentence = f"In server {scope} the bot may have no commands:"
                return [CheckResult.fault(f"{sentence} open the address of htg discord invite again, for it.")], []
        results = [_published(scope, commands, wanted[scope]) for scope, commands in listed.items()]
        return results, [command for commands in listed.values() for command in commands]

    # ---- permissions

    async def _channel(self, address: Address) -> list[CheckResult]:
        try:
            channel = await self._get("/channels/{channel_id}", channel_id=int(address.account.lstrip("#")))
        except (discord.NotFound, ValueError):
            return [CheckResult.fault(f"There is no channel {address}: look at HTG_ANNOUNCEMENT_CHANNELS.")]
        except discord.Forbidden:
            return [CheckResult.fault(f"The bot does not see the channel {address}: give it View Channel there.")]
        name = f"#{channel.get('name', address.account)}"
        if channel["type"] not in _MESSAGE_CHANNEL_TYPES or "guild_id" not in channel:
            return [CheckResult.fault(f"{name} ({address}) is no channel to write in: choose a text channel.")]
        guild = await self._guild(channel["guild_id"])
        bot_member = await self._member(guild, self._client.me)
        granted = compute_permissions(guild, bot_member or {}, channel)
        missing = [label for flag, label in _PERMISSION_NAMES.items() if not getattr(granted, flag)]
        if missing:
            return [CheckResult.fault(f"In {name} ({address}) the bot needs {' and '.join(missing)} to announce.")]
        if not granted.read_message_history:
            sentence = (
                f"In {name} ({address}) the bot may announce; with Read Message History, too, it can look whether a"
            )
            return [CheckResult.advice(f"{sentence} post arrived after a broken connection.")]
        return [CheckResult.ok(f"It may announce in {name}.")]

    async def _events(self, listed_guild: Json) -> list[CheckResult]:
        """Never a fault: withholding the permission is how an administrator says no."""
        guild = await self._guild(listed_guild["id"])
        granted = compute_permissions(guild, await self._member(guild, self._client.me) or {}, None)
        if granted.create_events:
            return [CheckResult.ok(f"What is announced in {guild['name']} stands among its events, too.")]
        sentence = f"What is announced in {guild['name']} does not stand among its events:"
        return [CheckResult.ok(f"{sentence} the bot may not Create Events there (docs/discord.md).")]

    async def _facilitators(self, listed_guild: Json, listed: Iterable[Json]) -> list[CheckResult]:
        """Those of the team who do not see /htg-host in a guild where they are members."""
        team = [address.account for address in self._input.facilitators if address.account.isdigit()][:BATCH_SIZE]
        if not team:
            return []
        guild = await self._guild(listed_guild["id"])
        allowed = await self._allowed_by_administrators(guild, listed)
        lacking = []
        for account in team:
            member = await self._member(guild, int(account))
            if member is None or {account, *member["roles"]} & allowed:
                continue
            if not compute_permissions(guild, member, None).manage_events:
                lacking.append(f"discord:{account}")
        if not lacking:
            return []
        do = "does" if len(lacking) == 1 else "do"
        line = (
            f"In {guild['name']} {' and '.join(lacking)} {do} not see /htg-host, for want of Manage Events, until an"
            " administrator allows it (Server Settings, Integrations); in the bot's direct messages it always works."
        )
        return [CheckResult.advice(line)]

    async def _allowed_by_administrators(self, guild: Json, listed: Iterable[Json]) -> set[str]:
        """Members and roles to whom an administrator has allowed /htg-host, or all commands of the bot."""
        path = "/applications/{application_id}/guilds/{guild_id}/commands/permissions"
        subjects = {
            str(self._client.application),
            *(str(command["id"]) for command in listed if command["name"] == "htg-host"),
        }
        changed = await self._get(path, application_id=self._client.application, guild_id=int(guild["id"]))
        return {
            grant["id"]
            for entry in changed
            if entry["id"] in subjects
            for grant in entry["permissions"]
            if grant["permission"]
        }

    async def _guild(self, guild_id: str) -> Json:
        if guild_id not in self._guilds:
            self._guilds[guild_id] = await self._get("/guilds/{guild_id}", guild_id=int(guild_id))
        return self._guilds[guild_id]

    async def _member(self, guild: Json, account: int) -> Json | None:
        path = "/guilds/{guild_id}/members/{user_id}"
        try:
            member: Json = await self._get(path, guild_id=int(guild["id"]), user_id=account)
        except discord.NotFound:
            return None
        return member


class _FixedValueStore:
    """A `ValueStore` of one value, which was read from the database before."""

    def __init__(self, value: str) -> None:
        self._value = value

    async def get(self, name: str) -> str | None:
        del name
        return self._value

    async def set(self, name: str, value: str) -> None:
        pass


def _home_results(home: AbstractSet[str], guilds: Mapping[str, Json]) -> list[CheckResult]:
    """Which guilds are home, and which are somebody else's."""
    results = [
        CheckResult.ok(f"Home is {_names(home & guilds.keys(), guilds)}: Manage Events there makes a facilitator.")
    ]
    if not home:
        sentence = "No server is home, so that nobody facilitates by a right of Discord's:"
        results = [
            CheckResult.fault(f"{sentence} name yours in DISCORD_GUILD_IDS, of {_names(guilds.keys(), guilds)}.")
        ]
    elif not home & guilds.keys():
        results = [CheckResult.fault("The bot is in no server that is home: invite it there (htg discord invite).")]
    if strangers := guilds.keys() - home:
        sentence = f"Also in {_names(strangers, guilds)}, which is not home: everybody there is a member at most."
        do = "Where that is not meant, remove the bot there; where it is yours, name it in DISCORD_GUILD_IDS."
        results += [CheckResult.advice(f"{sentence} {do}")] if home else []
    return results


def _names(guild_ids: Iterable[str], guilds: Mapping[str, Json]) -> str:
    names = sorted(f"{guilds[guild_id]['name']} ({guild_id})" for guild_id in guild_ids)
    return ", ".join(names[:BATCH_SIZE]) + (f" and {len(names) - BATCH_SIZE} more" if len(names) > BATCH_SIZE else "")


def _published(scope: str, listed: list[Json], payload: list[Json]) -> CheckResult:
    where = f"in server {scope}" if scope else "everywhere"
    wanted = {command["name"]: _comparable(command) for command in payload}
    published = {command["name"]: _comparable(command) for command in listed}
    remedy = "starting the bot does it, and so does htg discord sync."
    if not published:
        return CheckResult.advice(f"The commands are not published {where} yet: {remedy}")
    if published != wanted:
        sentence = f"The commands that are published {where} are not those of this version: publish them;"
        return CheckResult.advice(f"{sentence} {remedy}")
    return CheckResult.ok(f"Its commands are published {where}, as this version has them.")


def _comparable(command: Json) -> Json:
    """The fields of a command that the bot sets: Discord adds others, and leaves out defaults."""
    permissions = command.get("default_member_permissions")
    fields: Json = {
        "default_member_permissions": None if permissions is None else str(permissions),
        "contexts": sorted(command.get("contexts") or ()),
    }
    return fields | _comparable_option(command)


def _comparable_option(option: Json) -> Json:
    names = ("type", "name", "description", "max_length")
    fields: Json = {name: option[name] for name in names if option.get(name) is not None}
    fields["description_localizations"] = option.get("description_localizations") or {}
    fields["autocomplete"] = bool(option.get("autocomplete"))
    fields["options"] = [_comparable_option(nested) for nested in option.get("options") or ()]
    return fields
