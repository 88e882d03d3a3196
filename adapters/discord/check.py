"""What `htg doctor` asks of Discord: whether the token is good, the bot is somewhere, and may do what it is for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from adapters.discord.home import Named, find_home, servers
from adapters.discord.permissions import permissions
from adapters.discord.publish import EVERYWHERE, wanted_payloads
from adapters.discord.rest import Refused, Rest, Unreachable
from bot.addresses import Address

MOST = 20
"""Servers, and facilitators, that are looked at one by one."""
_WRITTEN_IN = {0, 2, 5, 10, 11, 12, 13}
"""Kinds of channel that take messages: text, announcements, threads, and the chat of voice and stage channels."""
_NAMES = {"view_channel": "View Channel", "send_messages": "Send Messages"}
_TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at: a line that says how it is and, where it is not good, what to do."""

    good: bool
    line: str
    urgent: bool = True
    """False where the bot does its work all the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the settings and the database say: home servers, channels to announce in, the team."""

    guilds: Collection[int] = ()
    first: str = ""
    """The one server that the bot was in when it first started, as the database remembers it."""
    channels: Collection[Address] = ()
    facilitators: Collection[Address] = ()
    events: bool = False
    """Whether there is a public page to be the place of a server's own events."""


async def check(token: str, api_url: str | None, asked: Asked) -> list[Found]:
    """Never raises, and no line holds the token."""
    rest = Rest(token, api_url)
    await rest.open()
    try:
        client = await rest.log_in()
        found = [Found(True, f"Discord knows the bot as {client.user.name if client.user else 'a bot'}.")]
        return found + await _Look(rest, asked).everything()
    except Refused as no:
        return [Found(False, str(no))]
    except Unreachable:
        return [Found(False, "Discord cannot be reached from here: look at the network, or DISCORD_API_URL.")]
    except _TROUBLE as problem:
        return [
            Found(False, f"Discord did not answer all questions ({type(problem).__name__}): try again in a minute.")
        ]
    finally:
        await rest.close()


class _Look:
    def __init__(self, rest: Rest, asked: Asked) -> None:
        self._rest, self._asked = rest, asked
        self._guilds: dict[str, Json] = {}

    async def everything(self) -> list[Found]:
        there = {str(each["id"]): dict(each) for each in await servers(self._rest)}
        home = await self._home()
        commands, listed = await self._commands(there)
        at_home = [there[each] for each in sorted(home & there.keys())][:MOST]
        groups = await asyncio.gather(
            self._application(),
            *(self._channel(each) for each in (self._asked.channels if there else ())),
            *(self._events(each) for each in (at_home if self._asked.events else ())),
            *(self._unseeing(each, listed) for each in at_home),
        )
        about = [*self._servers(there), *(_homes(home, there) if there else ())]
        return [*about, *commands, *(each for group in groups for each in group)]

    async def _home(self) -> frozenset[str]:
        """As the bot itself finds it when it starts; before its first start, as it then would."""
        named = Named(self._asked.guilds, self._asked.channels)
        return await find_home(self._rest, named, _Remembered(self._asked.first) if self._asked.first else None)

    async def _get(self, path: str, **parts: Any) -> Any:
        return await self._rest.request("GET", path, **parts)

    async def _application(self) -> list[Found]:
        said = await self._get("/applications/@me")
        found = []
        if said.get("interactions_endpoint_url"):
            sentence = (
                "An Interactions Endpoint URL is set, so that Discord sends what people type there and not to the bot:"
            )
            found.append(Found(False, f"{sentence} empty it, under General Information on the application's page."))
        if said.get("bot_public"):
            sentence = "Anyone may add the bot to a server of theirs: set Install Link to None, under Installation,"
            found.append(Found(False, f"{sentence} and then switch Public Bot off, under Bot (docs/discord.md)."))
        return found

    def _servers(self, servers: Mapping[str, Json]) -> list[Found]:
        lacking = [str(each) for each in self._asked.guilds if str(each) not in servers]
        found = [
            Found(False, f"DISCORD_GUILD_IDS names {each}, where the bot is not: invite it (htg discord invite).")
            for each in lacking
        ]
        if not servers:
            return [*found, Found(False, "The bot is in no server yet: open the address of htg discord invite.")]
        names = ", ".join(sorted(each["name"] for each in servers.values())[:3])
        more = f" and {len(servers) - 3} more" if len(servers) > 3 else ""
        return [*found, Found(True, f"It is in {names}{more}.")]

    # ---- commands

    async def _commands(self, servers: Mapping[str, Json]) -> tuple[list[Found], list[Json]]:
        """What to say of them; and the commands as Discord lists them."""
        wanted = wanted_payloads(self._asked.guilds)
        listed = {}
        for scope in [each for each in wanted if each == EVERYWHERE or each in servers]:
            try:
                listed[scope] = await self._listed(scope)
            except discord.Forbidden:
                sentence = f"In server {scope} the bot may have no commands:"
                return [Found(False, f"{sentence} open the address of htg discord invite again, for it.")], []
        told = [_told(scope, found, wanted[scope]) for scope, found in listed.items()]
        return told, [each for found in listed.values() for each in found]

    async def _listed(self, scope: str) -> list[Json]:
        params = {"with_localizations": "true"}
        path, application = "/applications/{application_id}/commands", self._rest.application
        if scope == EVERYWHERE:
            return list(await self._get(path, application_id=application, params=params))
        path = "/applications/{application_id}/guilds/{guild_id}/commands"
        return list(await self._get(path, application_id=application, guild_id=int(scope), params=params))

    # ---- permissions

    async def _channel(self, address: Address) -> list[Found]:
        try:
            channel = await self._get("/channels/{channel_id}", channel_id=int(address.account.lstrip("#")))
        except (discord.NotFound, ValueError):
            return [Found(False, f"There is no channel {address}: look at HTG_ANNOUNCEMENT_CHANNELS.")]
        except discord.Forbidden:
            return [Found(False, f"The bot does not see the channel {address}: give it View Channel there.")]
        name = f"#{channel.get('name', address.account)}"
        if channel["type"] not in _WRITTEN_IN or "guild_id" not in channel:
            return [Found(False, f"{name} ({address}) is no channel to write in: choose a text channel.")]
        guild = await self._guild(channel["guild_id"])
        me = await self._member(guild, self._rest.me)
        may = permissions(guild, me or {}, channel)
        lacking = [words for flag, words in _NAMES.items() if not getattr(may, flag)]
        if lacking:
            return [Found(False, f"In {name} ({address}) the bot needs {' and '.join(lacking)} to announce.")]
        if not may.read_message_history:
            sentence = (
                f"In {name} ({address}) the bot may announce; with Read Message History, too, it can look whether a"
            )
            return [Found(False, f"{sentence} post arrived after a broken connection.", urgent=False)]
        return [Found(True, f"It may announce in {name}.")]

    async def _events(self, server: Json) -> list[Found]:
        """Never a fault: withholding the permission is how an administrator says no."""
        guild = await self._guild(server["id"])
        may = permissions(guild, await self._member(guild, self._rest.me) or {}, None)
        if may.create_events:
            return [Found(True, f"What is announced in {guild['name']} stands among its events, too.")]
        sentence = f"What is announced in {guild['name']} does not stand among its events:"
        return [Found(True, f"{sentence} the bot may not Create Events there (docs/discord.md).")]

    async def _unseeing(self, server: Json, listed: Iterable[Json]) -> list[Found]:
        """Those of the team who do not see /htg-host in a server where they are."""
        team = [each.account for each in self._asked.facilitators if each.account.isdigit()][:MOST]
        if not team:
            return []
        guild = await self._guild(server["id"])
        allowed = await self._allowed(guild, listed)
        blind = []
        for account in team:
            member = await self._member(guild, int(account))
            if member is None or {account, *member["roles"]} & allowed:
                continue
            if not permissions(guild, member, None).manage_events:
                blind.append(f"discord:{account}")
        if not blind:
            return []
        do = "does" if len(blind) == 1 else "do"
        line = (
            f"In {guild['name']} {' and '.join(blind)} {do} not see /htg-host, for want of Manage Events, until an"
            " administrator allows it (Server Settings, Integrations); in the bot's direct messages it always works."
        )
        return [Found(False, line, urgent=False)]

    async def _allowed(self, guild: Json, listed: Iterable[Json]) -> set[str]:
        """Members and roles to whom an administrator has allowed /htg-host, or all commands of the bot."""
        path = "/applications/{application_id}/guilds/{guild_id}/commands/permissions"
        about = {str(self._rest.application), *(str(each["id"]) for each in listed if each["name"] == "htg-host")}
        changed = await self._get(path, application_id=self._rest.application, guild_id=int(guild["id"]))
        return {
            inner["id"]
            for each in changed
            if each["id"] in about
            for inner in each["permissions"]
            if inner["permission"]
        }

    async def _guild(self, number: str) -> Json:
        if number not in self._guilds:
            self._guilds[number] = await self._get("/guilds/{guild_id}", guild_id=int(number))
        return self._guilds[number]

    async def _member(self, guild: Json, account: int) -> Json | None:
        try:
            found: Json = await self._get(
                "/guilds/{guild_id}/members/{user_id}", guild_id=int(guild["id"]), user_id=account
            )
        except discord.NotFound:
            return None
        return found


class _Remembered:
    """A `publish.Memory` of one thing, which the database was asked already."""

    def __init__(self, value: str) -> None:
        self._value = value

    async def remembered(self, name: str) -> str | None:
        del name
        return self._value

    async def remember(self, name: str, value: str) -> None:
        pass


def _homes(home: AbstractSet[str], there: Mapping[str, Json]) -> list[Found]:
    """Which servers are home, and which are somebody else's."""
    found = [Found(True, f"Home is {_called(home & there.keys(), there)}: Manage Events there makes a facilitator.")]
    if not home:
        sentence = "No server is home, so that nobody facilitates by a right of Discord's:"
        found = [Found(False, f"{sentence} name yours in DISCORD_GUILD_IDS, of {_called(there.keys(), there)}.")]
    elif not home & there.keys():
        found = [Found(False, "The bot is in no server that is home: invite it there (htg discord invite).")]
    if strangers := there.keys() - home:
        sentence = f"Also in {_called(strangers, there)}, which is not home: everybody there is a member at most."
        do = "Where that is not meant, remove the bot there; where it is yours, name it in DISCORD_GUILD_IDS."
        found += [Found(False, f"{sentence} {do}", urgent=False)] if home else []
    return found


def _called(these: Iterable[str], there: Mapping[str, Json]) -> str:
    names = sorted(f"{there[each]['name']} ({each})" for each in these)
    return ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")


def _told(scope: str, listed: list[Json], body: list[Json]) -> Found:
    where = f"in server {scope}" if scope else "everywhere"
    wanted = {each["name"]: _shape(each) for each in body}
    there = {each["name"]: _shape(each) for each in listed}
    remedy = "starting the bot does it, and so does htg discord sync."
    if not there:
        return Found(False, f"The commands are not published {where} yet: {remedy}", urgent=False)
    if there != wanted:
        sentence = f"The commands that are published {where} are not those of this version: publish them;"
        return Found(False, f"{sentence} {remedy}", urgent=False)
    return Found(True, f"Its commands are published {where}, as this version has them.")


def _shape(command: Json) -> Json:
    """What is ours of a command: Discord adds to it, and leaves out what is as by default."""
    asked = command.get("default_member_permissions")
    kept: Json = {
        "default_member_permissions": None if asked is None else str(asked),
        "contexts": sorted(command.get("contexts") or ()),
    }
    return kept | _inner(command)


def _inner(option: Json) -> Json:
    names = ("type", "name", "description", "max_length")
    kept: Json = {name: option[name] for name in names if option.get(name) is not None}
    kept["description_localizations"] = option.get("description_localizations") or {}
    kept["autocomplete"] = bool(option.get("autocomplete"))
    kept["options"] = [_inner(each) for each in option.get("options") or ()]
    return kept
