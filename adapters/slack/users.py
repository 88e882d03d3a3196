"""Who somebody is on Slack: name, language, time zone, and whether the workspace is theirs. Cached, refreshed."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from adapters.slack.client import SLACK_ERRORS, SlackClient
from bot import zones
from bot.addresses import Address
from bot.members import NAME_LIMIT, Person
from bot.ports import Clock

log = logging.getLogger(__name__)

REFRESH_AFTER = timedelta(minutes=15)
"""After this, what is known is looked up again, without keeping anybody waiting."""
EXPIRES_AFTER = timedelta(hours=12)
"""After this it is no longer relied on."""
ADMIN_RECHECK_AFTER = timedelta(minutes=1)
"""How long an owner or admin is taken for one without asking Slack again: they may be one no more."""
ADMIN_EXPIRES_AFTER = timedelta(minutes=15)
"""After this, what the workspace lets somebody do does not count unless Slack confirms it."""
LOOKUP_TIMEOUT = timedelta(milliseconds=600)
"""How long an answer waits for Slack to say who asks. Three seconds are all there is."""
RETRY_AFTER = timedelta(seconds=30)
"""After a failed look-up, before the next for the same person."""
CACHE_SIZE = 10_000
MAX_LOOKUPS = 50
"""Look-ups at once. In a rush the others are known by name alone until it is over."""


class _UserKey(NamedTuple):
    team: str
    account: str
    within: str


@dataclass(slots=True)
class _CacheEntry:
    person: Person | None
    """None where Slack was asked and did not say."""
    at: datetime
    tried: datetime


class UserDirectory:
    def __init__(self, api: SlackClient, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._known: OrderedDict[_UserKey, _CacheEntry] = OrderedDict()
        self._looking: dict[_UserKey, asyncio.Task[None]] = {}

    async def person(self, team: str, account: str, name: str, *, within: str = "") -> Person:
        """What Slack says about a member of `team`, or as much as is known in time. Never raises.

        `within`: the workspace that is asked, in which they may be somebody from elsewhere; else their own.
        """
        who = _UserKey(team, account, within or team)
        known = self._known.get(who)
        if known is None or self._is_past(known):
            if known is None or self._clock.now() - known.tried >= RETRY_AFTER:
                await self._wait_for(who)
                known = self._known.get(who)
        elif self._is_older(known, ADMIN_RECHECK_AFTER) and known.person is not None and known.person.organises:
            await self._wait_for(who)
            known = self._known.get(who, known)
        elif self._is_older(known, REFRESH_AFTER):
            self._look(who)
        if known is None or known.person is None:
            return Person(Address("slack", f"{team}/{account}"), name[:NAME_LIMIT])
        unconfirmed = self._clock.now() - known.at >= ADMIN_EXPIRES_AFTER
        return replace(known.person, organises=frozenset()) if unconfirmed else known.person

    def _is_older(self, known: _CacheEntry, age: timedelta) -> bool:
        """And Slack may be asked again."""
        now = self._clock.now()
        return now - known.at >= age and now - known.tried >= RETRY_AFTER

    def _is_past(self, known: _CacheEntry) -> bool:
        return known.person is None or self._clock.now() - known.at >= EXPIRES_AFTER

    async def close(self) -> None:
        for task in list(self._looking.values()):
            task.cancel()
        await asyncio.gather(*self._looking.values(), return_exceptions=True)

    async def _wait_for(self, who: _UserKey) -> None:
        task = self._look(who)
        if task is not None:
            await asyncio.wait({task}, timeout=LOOKUP_TIMEOUT.total_seconds())

    def _look(self, who: _UserKey) -> asyncio.Task[None] | None:
        """The look-up of this person: the one under way, or a new one where there is room for it."""
        task = self._looking.get(who)
        if task is None and len(self._looking) < MAX_LOOKUPS:
            task = asyncio.create_task(self._look_up(who), name="slack: who is it")
            self._looking[who] = task
        return task

    async def _look_up(self, who: _UserKey) -> None:
        found: Person | None = None
        try:
            asked = {"user": who.account, "include_locale": "true"}
            answer = await self._api.call(who.within, "users.info", asked)
            found = _person(who, answer.get("user"))
        except SLACK_ERRORS as problem:
            log.info("could not look somebody up: %s", type(problem).__name__)
        finally:
            self._keep(who, found)
            self._looking.pop(who, None)

    def _keep(self, who: _UserKey, found: Person | None) -> None:
        now, before = self._clock.now(), self._known.get(who)
        if found is None and before is not None:
            before.tried = now  # better yesterday's name and zone than none
        else:
            self._known[who] = _CacheEntry(found, now, now)
        self._known.move_to_end(who)
        while len(self._known) > CACHE_SIZE:
            self._known.popitem(last=False)


def belongs_to(said: object, team: str) -> bool:
    """Whether a person, as users.info describes them, is a member of this workspace or organisation.

    One workspace may give somebody the same id as another does.
    """
    return isinstance(said, Mapping) and team in _teams(said)


def _teams(said: Mapping[str, Any]) -> set[object]:
    """Every workspace and organisation that a person is a member of, as far as Slack says."""
    grid = said.get("enterprise_user")
    grid = grid if isinstance(grid, Mapping) else {}
    several = grid.get("teams")
    return {said.get("team_id"), grid.get("enterprise_id"), *(several if isinstance(several, list) else ())} - {None}


def _person(who: _UserKey, said: object) -> Person | None:
    if not isinstance(said, Mapping) or who.team not in (_teams(said) or {who.within}):
        return None
    profile = said.get("profile")
    names = profile if isinstance(profile, Mapping) else {}
    name = names.get("display_name") or names.get("real_name") or said.get("real_name") or said.get("name") or ""
    person = Person(Address("slack", f"{who.team}/{who.account}"), str(name)[:NAME_LIMIT])
    language, zone = said.get("locale"), said.get("tz")
    return replace(
        person,
        language=language if isinstance(language, str) else None,
        zone=zone if isinstance(zone, str) and _is_zone(zone) else None,
        organises=frozenset({who.within} if _organises(who, said) else ()),
    )


def _organises(who: _UserKey, said: Mapping[str, Any]) -> bool:
    """Owners and admins of the workspace that is asked; somebody from elsewhere may be an owner there."""
    if who.team != who.within or who.within not in _teams(said) or said.get("is_stranger") or said.get("deleted"):
        return False
    return any(said.get(each) is True for each in ("is_owner", "is_primary_owner", "is_admin"))


def _is_zone(name: str) -> bool:
    return name in zones.names()
