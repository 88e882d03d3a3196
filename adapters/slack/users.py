"""Looks up users: name, language, time zone, and whether they own or administer the workspace. Cached.

The cache is our own: cachetools' TTLCache drops an entry at its one age, while these are refreshed at one age, used at
another when Slack does not answer, and lose their rights at a third.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from adapters.slack.client import SLACK_ERRORS, SlackClient
from bot import zones
from bot.addresses import Address
from bot.limited import LimitedDict
from bot.members.model import NAME_LIMIT, Person
from bot.ports import Clock

log = logging.getLogger(__name__)

REFRESH_AFTER = timedelta(minutes=15)
"""An older entry is looked up again in the background."""
EXPIRES_AFTER = timedelta(hours=12)
"""An older entry is not used."""
ADMIN_RECHECK_AFTER = timedelta(minutes=1)
"""An owner or admin is looked up again before the answer: they may have lost that role."""
ADMIN_EXPIRES_AFTER = timedelta(minutes=15)
"""An older role does not count unless Slack confirms it."""
LOOKUP_TIMEOUT = timedelta(milliseconds=600)
"""How long an answer waits for a lookup, of the three seconds that Slack gives."""
RETRY_AFTER = timedelta(seconds=30)
"""After a failed lookup of a user, before the next."""
CACHE_SIZE = 10_000
SLACKBOT = "USLACKBOT"
"""Of which Slack does not say that it is a bot."""
MAX_LOOKUPS = 50
"""Concurrent lookups. Beyond them a user is known by name alone."""


class _UserKey(NamedTuple):
    team: str
    user_id: str
    workspace: str
    """Whose `users.info` is asked."""


@dataclass(slots=True)
class _CachedUser:
    person: Person | None
    """None where the lookup failed, or described somebody from elsewhere."""
    at: datetime
    tried: datetime
    was_described: bool
    """Slack answered, whoever it described."""
    name: str = ""
    """As Slack described them, also who is from elsewhere."""
    is_app: bool = False


class UserDirectory:
    def __init__(self, client: SlackClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._cache = LimitedDict[_UserKey, _CachedUser](CACHE_SIZE)
        self._lookups: dict[_UserKey, asyncio.Task[None]] = {}

    async def person(self, team: str, user_id: str, name: str, *, workspace: str = "") -> Person:
        """A member of `team` as Slack describes them, or as much as is known in time. Never raises.

        `workspace`: the one that is asked, where they may be a guest from another team; their own by default.
        """
        key = _UserKey(team, user_id, workspace or team)
        entry = self._cache.get(key)
        if entry is None or self._is_expired(entry):
            if entry is None or self._clock.now() - entry.tried >= RETRY_AFTER:
                await self._wait_for_lookup(key)
                entry = self._cache.get(key)
        elif self._is_due(entry, ADMIN_RECHECK_AFTER) and entry.person is not None and entry.person.organises:
            await self._wait_for_lookup(key)
            entry = self._cache.get(key, entry)
        elif self._is_due(entry, REFRESH_AFTER):
            self._start_lookup(key)
        if entry is None or entry.person is None:
            # Who is from elsewhere has no rights here, whatever Slack says of them.
            may_have_rights = key.team == key.workspace and not (entry is not None and entry.was_described)
            return Person(Address("slack", f"{team}/{user_id}"), name[:NAME_LIMIT], rights_unknown=may_have_rights)
        if self._clock.now() - entry.at >= ADMIN_EXPIRES_AFTER:
            return replace(entry.person, organises=frozenset(), rights_unknown=bool(entry.person.organises))
        return entry.person

    def outsider(self, team: str, user_id: str, *, workspace: str) -> tuple[str, bool] | None:
        """(name, whether it is an app) of who was looked up as a member of `team` and is none; None where unknown."""
        entry = self._cache.get(_UserKey(team, user_id, workspace))
        if entry is None or not (entry.is_app or (entry.person is None and entry.was_described)):
            return None
        return entry.name or user_id, entry.is_app

    def _is_due(self, entry: _CachedUser, age: timedelta) -> bool:
        """Whether it is that old and Slack may be asked again."""
        now = self._clock.now()
        return now - entry.at >= age and now - entry.tried >= RETRY_AFTER

    def _is_expired(self, entry: _CachedUser) -> bool:
        return entry.person is None or self._clock.now() - entry.at >= EXPIRES_AFTER

    async def close(self) -> None:
        for task in list(self._lookups.values()):
            task.cancel()
        await asyncio.gather(*self._lookups.values(), return_exceptions=True)

    async def _wait_for_lookup(self, key: _UserKey) -> None:
        task = self._start_lookup(key)
        if task is not None:
            await asyncio.wait({task}, timeout=LOOKUP_TIMEOUT.total_seconds())

    def _start_lookup(self, key: _UserKey) -> asyncio.Task[None] | None:
        """The running lookup of this user, or a new one; None at the limit of concurrent lookups."""
        task = self._lookups.get(key)
        if task is None and len(self._lookups) < MAX_LOOKUPS:
            task = asyncio.create_task(self._look_up(key), name="slack: user lookup")
            self._lookups[key] = task
        return task

    async def _look_up(self, key: _UserKey) -> None:
        now = self._clock.now()
        found = _CachedUser(None, now, now, was_described=False)
        try:
            arguments = {"user": key.user_id, "include_locale": "true"}
            response = await self._client.call(key.workspace, "users.info", arguments)
            user = response.get("user")
            found.person, found.was_described = _person(key, user), True
            if isinstance(user, Mapping):
                found.name, found.is_app = _name(user), user.get("is_bot") is True or key.user_id == SLACKBOT
        except SLACK_ERRORS as problem:
            log.info("could not look somebody up: %s", type(problem).__name__)
        finally:
            found.at = found.tried = self._clock.now()
            self._store(key, found)
            self._lookups.pop(key, None)

    def _store(self, key: _UserKey, found: _CachedUser) -> None:
        previous = self._cache.get(key)
        if found.person is None and previous is not None:
            # An outdated name and zone are better than none.
            previous.was_described |= found.was_described
            previous.tried = found.tried
            previous.name = found.name or previous.name
            found = previous
        self._cache[key] = found


def belongs_to(user: object, team: str) -> bool:
    """Whether a user object of `users.info` is a member of this workspace or organisation.

    Two workspaces may use the same id for different people.
    """
    return isinstance(user, Mapping) and team in _teams(user)


def _teams(user: Mapping[str, Any]) -> set[object]:
    """Every workspace and organisation that a user is a member of, as far as Slack says."""
    grid = user.get("enterprise_user")
    grid = grid if isinstance(grid, Mapping) else {}
    teams = grid.get("teams")
    return {user.get("team_id"), grid.get("enterprise_id"), *(teams if isinstance(teams, list) else ())} - {None}


def _person(key: _UserKey, user: object) -> Person | None:
    if not isinstance(user, Mapping) or key.team not in (_teams(user) or {key.workspace}):
        return None
    language, zone = user.get("locale"), user.get("tz")
    return Person(
        Address("slack", f"{key.team}/{key.user_id}"),
        _name(user),
        language=language if isinstance(language, str) else None,
        zone=zone if isinstance(zone, str) and zone in zones.names() else None,
        organises=frozenset({key.workspace} if _organises(key, user) else ()),
    )


def _name(user: Mapping[str, Any]) -> str:
    profile = user.get("profile")
    names = profile if isinstance(profile, Mapping) else {}
    name = names.get("display_name") or names.get("real_name") or user.get("real_name") or user.get("name") or ""
    return str(name)[:NAME_LIMIT]


def _organises(key: _UserKey, user: Mapping[str, Any]) -> bool:
    """Owners and admins of the workspace that is asked; a guest may be an owner of their own."""
    if key.team != key.workspace or key.workspace not in _teams(user) or user.get("is_stranger") or user.get("deleted"):
        return False
    return any(user.get(role) is True for role in ("is_owner", "is_primary_owner", "is_admin"))
