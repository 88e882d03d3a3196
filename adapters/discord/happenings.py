"""Keeps a server's own list of what is coming up, Discord's Scheduled Events, in step with what is announced there.

What is to be done is derived from what is kept. Before one is made, those that stand are read, so that one made
in a moment of which nothing was kept (a crash, a lost answer) is found again by its place and not made twice.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import discord

from adapters.discord.hear import PLATFORM
from adapters.discord.rest import Json, Refused, Rest
from adapters.discord.tell import asked_to_wait
from adapters.discord.text import clip, escape, one_line, spans
from bot.addresses import Address
from bot.gatherings import Gathering
from bot.happenings import Happening, OutOfStep
from bot.house import House
from bot.ports import Books, Clock, Storage
from bot.words import gatherings, pages
from bot.words.reader import Reader

log = logging.getLogger(__name__)

LEASE, LENGTH = "discord happenings", timedelta(minutes=2)
"""Longer than all requests for one happening may take together."""
MOST = 100
"""Looked at in one go, the soonest first."""
OPEN = 100
"""Scheduled or going on in one server (Discord: Create Guild Scheduled Event)."""
NAME, DESCRIPTION, LOCATION = 100, 1000, 100
NOT_ALLOWED = timedelta(minutes=30)
"""How long a refusal holds. It may be meant: the permission is how an administrator says no."""
IN_DOUBT = timedelta(seconds=15)
"""Until what was under way when a connection broke has surely been done, or not."""
_UNKNOWN, _OVER, _FULL = 10070, 180000, 30038
_MEMBERS_ONLY, _EXTERNAL, _ENDED = 2, 3, {3, 4}
_ADDRESS = re.compile(r"\S*://\S*|\bwww\.\S+|\b(?:[\w-]+\.)+[a-z]{2,}/\S*", re.IGNORECASE)
"""What a facilitator may have written into the words of a gathering, with a scheme or without."""
_ALL = "/guilds/{guild_id}/scheduled-events"
_ONE = _ALL + "/{number}"


class Keeper:
    def __init__(self, storage: Storage, rest: Rest, clock: Clock, house: House) -> None:
        self._storage, self._rest, self._clock, self._house = storage, rest, clock, house
        self._worker = secrets.token_hex(8)
        self._resting: dict[str, datetime] = {}
        """Servers, accounts of channels and single happenings that are left alone until then."""
        self._listed: dict[str, list[Json]] = {}
        """What stands in a server, read at most once in a tick."""
        home = (house.public_url or "").rstrip("/")
        fits = len(_place(home, 10**9 - 1)) <= LOCATION
        if not fits:
            log.warning("HTG_PUBLIC_URL is too long to be the place of a Discord event: none are made")
        self._home = home if fits else ""

    async def tick(self) -> datetime | None:
        """Does all that is to be done now; returns when to look again, if that is soon. What fails is logged."""
        now = self._clock.now()
        self._resting = {what: until for what, until in self._resting.items() if until > now}
        self._listed = {}
        found = await self._storage.run(self._look)
        for channel in found.strange:
            await self._guarded(channel.account, partial(self._ask_server, channel))
        if found.strange:
            found = await self._storage.run(self._look)
        for each in found.superfluous:
            await self._guarded(each.server, partial(self._remove, each))
        for gathering, server, there in found.stale:
            await self._guarded(server, partial(self._bring, gathering, server, there), f"{gathering.id} in {server}")
        if found and not self._resting:
            await self._storage.run(lambda books: books.give_back(LEASE, self._worker))
        return min(self._resting.values(), default=None)

    def _look(self, books: Books) -> OutOfStep:
        """What is due in the servers at home; nothing before it is known which they are, and while another worker
        sees to it."""
        now, within = self._clock.now(), self._house.home.places(PLATFORM)
        if not within:
            return OutOfStep()
        found = books.out_of_step(PLATFORM, self._home, now, within=within, resting=list(self._resting), limit=MOST)
        if not found or not self._holds(books):
            return OutOfStep()
        return found

    def _holds(self, books: Books) -> bool:
        now = self._clock.now()
        return books.hold(LEASE, self._worker, now + LENGTH, now)

    async def _guarded(self, where: str, step: Callable[[], Awaitable[None]], what: str = "") -> None:
        """One step, unless its server or `what` it is about rests; when it fails, one of them is let rest."""
        if {where, what} & self._resting.keys() or not await self._storage.run(self._holds):
            return
        try:
            await step()
        except Refused as no:
            self._let_rest(where, NOT_ALLOWED, str(no))
        except discord.RateLimited as limited:
            self._let_rest(where, timedelta(seconds=limited.retry_after), "Discord asks to wait")
        except discord.HTTPException as refused:
            own = refused.status == 400 and refused.code != _FULL
            self._let_rest((own and what) or where, _length(refused), f"{refused.status}, code {refused.code}")
        except Exception as problem:  # noqa: BLE001 - whatever it is, the other servers are not to suffer for it
            self._let_rest(where, IN_DOUBT, type(problem).__name__)

    def _let_rest(self, what: str, length: timedelta, why: str) -> None:
        self._resting[what] = self._clock.now() + length
        log.info("Discord's events are let rest for %.0f s (%s): %s", length.total_seconds(), what, why)

    # ---- the steps

    async def _ask_server(self, channel: Address) -> None:
        number = channel.account.removeprefix("#")
        found: Json = await self._rest.request("GET", "/channels/{channel_id}", channel_id=number)
        await self._storage.run(lambda books: books.keep_server(channel, found.get("guild_id") or ""))

    async def _remove(self, each: Happening) -> None:
        try:
            await self._rest.request("DELETE", _ONE, guild_id=each.server, number=each.number)
        except discord.HTTPException as refused:
            if refused.status != 404:
                raise
        await self._storage.run(lambda books: books.forget_happening(each.gathering, each.server))

    async def _bring(self, gathering: Gathering, server: str, there: Happening | None) -> None:
        number = there.number if there else await self._find(gathering, server)
        if number:
            await self._edit(gathering, server, number)
            return
        if await self._room(server) < 1:
            self._let_rest(server, NOT_ALLOWED, f"{OPEN} events stand there already")
            return
        path = _ALL.format(guild_id=int(server))
        made: Json = await self._rest.once("POST", path, body(gathering, self._house, self._home))
        self._listed[server].append(made)
        await self._keep(gathering, server, made["id"])

    async def _edit(self, gathering: Gathering, server: str, number: str) -> None:
        told = body(gathering, self._house, self._home)
        if gathering.starts_at <= self._clock.now():
            del told["scheduled_start_time"]  # Discord takes none that is past
        try:
            await self._rest.request("PATCH", _ONE, guild_id=server, number=number, json=told)
        except discord.HTTPException as refused:
            if refused.code == _OVER:  # put off after its end: it is made anew
                await self._storage.run(lambda books: books.forget_happening(gathering.id, server))
                return
            if refused.code != _UNKNOWN:
                raise
            log.info("gathering %d was taken off the list of server %s by hand, and stays off", gathering.id, server)
            number = ""
        await self._keep(gathering, server, number)

    async def _find(self, gathering: Gathering, server: str) -> str:
        """The number of ours that stands already, or empty."""
        for each in await self._standing(server):
            ours = each.get("creator_id") == str(self._rest.me) and each["entity_type"] == _EXTERNAL
            if ours and (each.get("entity_metadata") or {}).get("location") == _place(self._home, gathering.id):
                return str(each["id"])
        return ""

    async def _room(self, server: str) -> int:
        return OPEN - len(await self._standing(server))

    async def _standing(self, server: str) -> list[Json]:
        if server not in self._listed:
            found: list[Json] = await self._rest.request("GET", _ALL, guild_id=server) or []
            self._listed[server] = [each for each in found if each["status"] not in _ENDED]
        return self._listed[server]

    async def _keep(self, gathering: Gathering, server: str, number: str) -> None:
        kept = Happening(gathering.id, server, number, gathering.revision, self._home)
        await self._storage.run(lambda books: books.keep_happening(kept))


def _length(refused: discord.HTTPException) -> timedelta:
    if refused.status == 429:
        return asked_to_wait(refused) or IN_DOUBT
    return IN_DOUBT if refused.status >= 500 else NOT_ALLOWED


# ---- what is said there


def body(gathering: Gathering, house: House, home: str) -> Json:
    """What everybody in the server may read. The only address in it is that of the public page."""
    to = Reader(house.language, gathering.zone)
    return {
        "name": clip(one_line(_without_addresses(gatherings.named(to, gathering))), NAME),
        "description": _description(to, gathering),
        "privacy_level": _MEMBERS_ONLY,
        "entity_type": _EXTERNAL,
        "entity_metadata": {"location": _place(home, gathering.id)},
        "scheduled_start_time": gathering.starts_at.isoformat(),
        "scheduled_end_time": gathering.ends_at.isoformat(),
    }


def _place(home: str, gathering: int) -> str:
    return f"{home}/gatherings/{gathering}"


def _description(to: Reader, gathering: Gathering) -> str:
    """Its own words, cut where they are long, and below them who holds it and how to register."""
    below = [*pages.how_to_register(to, gathering, ["Discord"]), gatherings.terms(to, gathering).spans]
    if gathering.facilitators:
        below.insert(0, gatherings.held_by(to, gathering))
    end = "\n\n".join(_without_addresses(spans(each)) for each in below)
    room = DESCRIPTION - len(end) - len("\n\n")
    own = _without_addresses(gathering.description).strip()
    said = escape(own)
    while len(said) > room:
        own = own[: -max(1, (len(said) - room) // 2)]  # escaping doubles its length at most
        said = escape(f"{own.rstrip()}…")
    return f"{said}\n\n{end}" if own else end


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub("…", text)
