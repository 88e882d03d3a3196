"""Looks up where the bot is installed, and its token there."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.limited import LimitedDict
from bot.ports import Clock

log = logging.getLogger(__name__)

TOKEN_CACHE_TTL = timedelta(minutes=1)
"""An uninstalled workspace's token is used no longer than this."""
TOKEN_CACHE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Workspace:
    team: str
    """`T…`, or `E…` where a whole organisation installed the bot."""
    token: str = field(repr=False)
    bot_id: str = ""
    bot_user_id: str = ""
    """The bot's own user id, which its events carry."""


class Workspaces(Protocol):
    """Looks up where the bot is installed."""

    async def find(self, team: str) -> Workspace | None:
        """The workspace through which the bot reaches this team; None where it is not installed.

        It may be another than the team's own: the recipient of a message there has to be confirmed first.
        """

    def only(self) -> str | None:
        """The team where exactly one can be connected, so that addresses may omit it. Empty until it is known."""


class InstallationStore(Protocol):
    """Stores the tokens of the workspaces that installed the bot, encrypted at rest."""

    async def keep(self, team: str, given: Mapping[str, str]) -> None: ...

    async def find(self, team: str) -> Mapping[str, str] | None: ...

    async def forget(self, team: str) -> None: ...

    async def teams(self) -> Sequence[str]:
        """All teams with an installation."""

    async def begin(self, until: datetime) -> str:
        """A `state` for one installation, valid until then."""

    async def finish(self, state: str, now: datetime) -> bool:
        """True once for a state that `begin` returned and that is still valid."""


class SingleWorkspace:
    """The workspace of SLACK_BOT_TOKEN. Its team is known once `auth.test` has answered."""

    def __init__(self, token: str) -> None:
        self._workspace = Workspace("", token)

    def identify(self, team: str, bot_id: str, bot_user_id: str) -> None:
        self._workspace = Workspace(team, self._workspace.token, bot_id, bot_user_id)

    async def find(self, team: str) -> Workspace | None:
        # A user from a connected workspace asks under their own team; the one token serves everybody.
        del team
        return self._workspace if self._workspace.team else None

    def only(self) -> str:
        return self._workspace.team


class InstalledWorkspaces:
    """The `home` teams that installed the bot by its install page; each is looked up at most once a minute.

    An installation of another team, from before `home` was set, is not used: it is removed when it is found.
    """

    def __init__(self, installations: InstallationStore, clock: Clock, home: Collection[str]) -> None:
        self._installations = installations
        self._clock = clock
        self.home = frozenset(home)
        self.revoke: Callable[[Workspace], Awaitable[None]] | None = None
        """Revokes the token of a workspace that is not home."""
        self._cache = LimitedDict[str, tuple[datetime, Workspace]](TOKEN_CACHE_SIZE)

    async def find(self, team: str) -> Workspace | None:
        now = self._clock.now()
        cached = self._cache.get(team)
        if cached is not None and now - cached[0] < TOKEN_CACHE_TTL:
            return cached[1]
        self._cache.pop(team, None)
        if team not in self.home:
            await self._remove(team)
            return None
        workspace = await self._load(team)
        if workspace is None:
            return None
        self._cache[team] = (now, workspace)
        return workspace

    async def remove_foreign(self) -> None:
        """Removes every installation that is not of home."""
        for team in await self._installations.teams():
            if team not in self.home:
                await self._remove(team)

    async def _remove(self, team: str) -> None:
        try:
            foreign = await self._load(team)
        except Exception as problem:  # noqa: BLE001 - an installation that cannot be decrypted can still be deleted
            log.warning("the token of %s cannot be revoked: %s", team, type(problem).__name__)
            foreign = None
        else:
            if foreign is None:
                return
        log.warning("the installation in %s is given up: SLACK_TEAM_IDS does not name it", team)
        await self.forget(team)
        if foreign is not None and self.revoke is not None:
            await self.revoke(foreign)

    async def _load(self, team: str) -> Workspace | None:
        stored = await self._installations.find(team) if team else None
        if stored is None:
            return None
        return Workspace(team, stored["token"], stored.get("bot", ""), stored.get("account", ""))

    async def save(self, workspace: Workspace) -> None:
        stored = {"token": workspace.token, "bot": workspace.bot_id, "account": workspace.bot_user_id}
        await self._installations.keep(workspace.team, stored)
        self._cache.pop(workspace.team, None)

    async def forget(self, team: str) -> None:
        await self._installations.forget(team)
        self._cache.pop(team, None)

    def only(self) -> None:
        return None


AnyWorkspaces = SingleWorkspace | InstalledWorkspaces
