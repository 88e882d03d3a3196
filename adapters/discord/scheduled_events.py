"""Keeps each home guild's Scheduled Events equal to the gatherings announced there.

What differs is derived from the database. Before an event is created the guild's events are read, so that one
whose creation was not recorded (a crash, a lost response) is recognised by its location and not created twice.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import discord

from adapters.discord.client import DiscordClient, Json, LoginRefused
from adapters.discord.markdown import escape, one_line, render_spans
from adapters.discord.receive import PLATFORM
from adapters.discord.send import retry_after
from bot.addresses import Address
from bot.announcements.scheduled_events import EventDiff, ScheduledEvent
from bot.config import Config
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.pages import public_texts
from bot.ports import Clock, Storage
from bot.text import clip
from bot.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

LEASE_NAME, LEASE_DURATION = "discord happenings", timedelta(minutes=2)
"""Longer than all requests for one event can take together."""
BATCH_SIZE = 100
"""Gatherings looked at in one tick, the soonest first."""
MAX_OPEN_EVENTS = 100
"""Scheduled or active in one guild (developer docs, Create Guild Scheduled Event)."""
NAME_LIMIT, DESCRIPTION_LIMIT, LOCATION_LIMIT = 100, 1000, 100
REFUSAL_BACKOFF = timedelta(minutes=30)
"""A refusal may be meant: withholding the permission is how an administrator says no."""
FAILURE_BACKOFF = timedelta(seconds=15)
"""After this, a request that was in progress when a connection broke has certainly ended."""
_UNKNOWN_EVENT, _EVENT_FINISHED, _TOO_MANY_EVENTS = 10070, 180000, 30038
"""Error codes: developer docs, JSON Error Codes."""
_GUILD_ONLY, _EXTERNAL = discord.PrivacyLevel.guild_only.value, discord.EntityType.external.value
_ENDED = {discord.EventStatus.completed.value, discord.EventStatus.canceled.value}
_URL = re.compile(r"(?<!\S)\S*://\S*|\bwww\.\S+|(?<![\w.-])[\w.-]+\.[a-z]{2,}/\S*", re.IGNORECASE)
"""What a facilitator may have written into the text of a gathering, with a scheme or without. Each part begins where a
word does, so that no word is read again from each of its letters."""
_EVENTS_PATH = "/guilds/{guild_id}/scheduled-events"
_EVENT_PATH = _EVENTS_PATH + "/{event_id}"


class ScheduledEventReconciler:
    def __init__(self, storage: Storage, client: DiscordClient, clock: Clock, config: Config) -> None:
        self._storage, self._client, self._clock, self._config = storage, client, clock, config
        self._worker = secrets.token_hex(8)
        self._backoff_until: dict[str, datetime] = {}
        """By guild id, by channel account, or by gathering and guild (see `_event_name`)."""
        self._open_events: dict[str, list[Json]] = {}
        """By guild id; read at most once in a tick."""
        fits = len(_location(config.public_url, 10**9 - 1)) <= LOCATION_LIMIT
        if not fits:
            log.warning("HTG_PUBLIC_URL is too long to be the place of a Discord event: none are made")
        self._public_url = config.public_url if fits else ""

    async def tick(self) -> datetime | None:
        """Does everything that is due; returns when to run again, if that is soon. Logs what fails."""
        now = self._clock.now()
        self._backoff_until = {subject: until for subject, until in self._backoff_until.items() if until > now}
        self._open_events = {}
        diff = await self._storage.run(self._diff)
        for channel in diff.unknown:
            await self._attempt(channel.account, partial(self._look_up_guild, channel))
        if diff.unknown:
            diff = await self._storage.run(self._diff)
        for event in diff.superfluous:
            await self._attempt(event.server, partial(self._delete, event))
        for gathering, guild, existing in diff.stale:
            upsert = partial(self._upsert, gathering, guild, existing)
            await self._attempt(guild, upsert, _event_name(gathering, guild))
        if diff and not self._backoff_until:
            await self._storage.run(lambda uow: uow.leases.release(LEASE_NAME, self._worker))
        return min(self._backoff_until.values(), default=None)

    def _diff(self, uow: UnitOfWork) -> EventDiff:
        """What is due in the home guilds; nothing before they are known, and while another worker does it."""
        now, within = self._clock.now(), self._config.home.places(PLATFORM)
        if not within:
            return EventDiff()
        excluded = list(self._backoff_until)
        diff = uow.scheduled_events.diff(
            PLATFORM, self._public_url, now, within=within, excluded=excluded, limit=BATCH_SIZE
        )
        if not diff or not self._holds_lease(uow):
            return EventDiff()
        return diff

    def _holds_lease(self, uow: UnitOfWork) -> bool:
        now = self._clock.now()
        return uow.leases.acquire(LEASE_NAME, self._worker, now + LEASE_DURATION, now)

    async def _attempt(self, place: str, step: Callable[[], Awaitable[None]], event_name: str = "") -> None:
        """Runs one step, unless its guild, channel or event backs off; a failure makes one of them back off."""
        if {place, event_name} & self._backoff_until.keys() or not await self._storage.run(self._holds_lease):
            return
        try:
            await step()
        except LoginRefused as refused:
            self._back_off(place, REFUSAL_BACKOFF, str(refused))
        except discord.RateLimited as limited:
            self._back_off(place, timedelta(seconds=limited.retry_after), "Discord asks to wait")
        except discord.HTTPException as refused:
            event_alone = refused.status == 400 and refused.code != _TOO_MANY_EVENTS
            subject = (event_alone and event_name) or place
            self._back_off(subject, _backoff(refused), f"{refused.status}, code {refused.code}")
        except Exception as problem:  # noqa: BLE001 - whatever it is, the other guilds are not to suffer for it
            self._back_off(place, FAILURE_BACKOFF, type(problem).__name__)

    def _back_off(self, subject: str, length: timedelta, why: str) -> None:
        self._backoff_until[subject] = self._clock.now() + length
        log.info("Discord's events: backing off for %.0f s (%s): %s", length.total_seconds(), subject, why)

    # ---- the steps

    async def _look_up_guild(self, channel: Address) -> None:
        channel_id = channel.account.removeprefix("#")
        response: Json = await self._client.request("GET", "/channels/{channel_id}", channel_id=channel_id)
        await self._storage.run(lambda uow: uow.scheduled_events.save_server(channel, response.get("guild_id") or ""))

    async def _delete(self, event: ScheduledEvent) -> None:
        try:
            await self._client.request("DELETE", _EVENT_PATH, guild_id=event.server, event_id=event.number)
        except discord.HTTPException as refused:
            if refused.status != 404:
                raise
        await self._storage.run(lambda uow: uow.scheduled_events.remove(event.gathering, event.server))

    async def _upsert(self, gathering: Gathering, guild: str, event: ScheduledEvent | None) -> None:
        event_id = event.number if event else await self._find(gathering, guild)
        if event_id:
            await self._update(gathering, guild, event_id)
            return
        if len(await self._open_events_of(guild)) >= MAX_OPEN_EVENTS:
            self._back_off(guild, REFUSAL_BACKOFF, f"{MAX_OPEN_EVENTS} events stand there already")
            return
        path = _EVENTS_PATH.format(guild_id=int(guild))
        created: Json = await self._client.request_once("POST", path, self._payload(gathering))
        self._open_events[guild].append(created)
        await self._save(gathering, guild, created["id"])

    async def _update(self, gathering: Gathering, guild: str, event_id: str) -> None:
        payload = self._payload(gathering)
        if gathering.starts_at <= self._clock.now():
            del payload["scheduled_start_time"]  # Discord refuses one that is past
        try:
            await self._client.request("PATCH", _EVENT_PATH, guild_id=guild, event_id=event_id, json=payload)
        except discord.HTTPException as refused:
            if refused.code == _EVENT_FINISHED:  # the gathering was put off after the event's end: create another
                await self._storage.run(lambda uow: uow.scheduled_events.remove(gathering.id, guild))
                return
            if refused.code != _UNKNOWN_EVENT:
                raise
            log.info("gathering %d was taken off the list of server %s by hand, and stays off", gathering.id, guild)
            event_id = ""
        await self._save(gathering, guild, event_id)

    async def _find(self, gathering: Gathering, guild: str) -> str:
        """The id of the bot's own event for this gathering, or empty."""
        for event in await self._open_events_of(guild):
            ours = event.get("creator_id") == str(self._client.me) and event["entity_type"] == _EXTERNAL
            location = (event.get("entity_metadata") or {}).get("location")
            if ours and location == _location(self._public_url, gathering.id):
                return str(event["id"])
        return ""

    async def _open_events_of(self, guild: str) -> list[Json]:
        if guild not in self._open_events:
            events: list[Json] = await self._client.request("GET", _EVENTS_PATH, guild_id=guild) or []
            self._open_events[guild] = [event for event in events if event["status"] not in _ENDED]
        return self._open_events[guild]

    async def _save(self, gathering: Gathering, guild: str, event_id: str) -> None:
        """Records the event; an empty id means that it was removed by hand and is not created again."""
        event = ScheduledEvent(gathering.id, guild, event_id, gathering.revision, self._public_url)
        await self._storage.run(lambda uow: uow.scheduled_events.save(event))

    def _payload(self, gathering: Gathering) -> Json:
        return event_payload(gathering, self._config, self._public_url)


def _event_name(gathering: Gathering, guild: str) -> str:
    return f"{gathering.id} in {guild}"


def _backoff(refused: discord.HTTPException) -> timedelta:
    if refused.status == 429:
        return retry_after(refused) or FAILURE_BACKOFF
    return FAILURE_BACKOFF if refused.status >= 500 else REFUSAL_BACKOFF


# ---- the payload


def event_payload(gathering: Gathering, config: Config, public_url: str) -> Json:
    """The event that everybody in the guild can read. The only URL in it is that of the public page."""
    locale = Locale(config.language, gathering.zone)
    return {
        "name": clip(one_line(_without_urls(gathering_texts.named(locale, gathering))), NAME_LIMIT),
        "description": _description(locale, gathering),
        "privacy_level": _GUILD_ONLY,
        "entity_type": _EXTERNAL,
        "entity_metadata": {"location": _location(public_url, gathering.id)},
        "scheduled_start_time": gathering.starts_at.isoformat(),
        "scheduled_end_time": gathering.ends_at.isoformat(),
    }


def _location(public_url: str, gathering: int) -> str:
    return f"{public_url}/gatherings/{gathering}"


def _description(locale: Locale, gathering: Gathering) -> str:
    """The gathering's description, shortened to fit; below it who facilitates and how to register."""
    footer = [
        *public_texts.how_to_register(locale, gathering, ["Discord"]),
        gathering_texts.terms(locale, gathering).spans,
    ]
    if gathering.facilitators:
        footer.insert(0, gathering_texts.with_facilitators(locale, gathering))
    end = "\n\n".join(_without_urls(render_spans(line)) for line in footer)
    room = DESCRIPTION_LIMIT - len(end) - len("\n\n")
    own = _without_urls(gathering.description).strip()
    escaped = escape(own)
    while len(escaped) > room:
        own = own[: -max(1, (len(escaped) - room) // 2)]  # escaping at most doubles the length
        escaped = escape(f"{own.rstrip()}…")
    return f"{escaped}\n\n{end}" if own else end


def _without_urls(text: str) -> str:
    return _URL.sub("…", text)
