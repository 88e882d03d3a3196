"""Where the bot is installed, and the token that it speaks with there."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.ports import Clock

log = logging.getLogger(__name__)

TOKEN_CACHE_TTL = timedelta(minutes=1)
"""How long a workspace's token is used without looking again: an uninstalled one is forgotten within that."""
TOKEN_CACHE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Workspace:
    team: str
    """`T…`, or `E…` where a whole organisation installed the bot."""
    token: str = field(repr=False)
    bot: str = ""
    account: str = ""
    """The bot's own user id, which its events carry."""


class Workspaces(Protocol):
    """Looks up where the bot is installed."""

    async def find(self, team: str) -> Workspace | None:
        """The workspace that the bot speaks in to this team; None where it is not installed.

        It may be another than the team's own: whoever is told something there is to be confirmed first.
        """
        ...

    def only(self) -> str | None:
        """The one team where exactly one can be connected: addresses may leave it out then. Empty until it is known."""
        ...


class InstallationStore(Protocol):
    """Keeps what the workspaces that installed the bot gave it, encrypted at rest. The composition root hands it in."""

    async def keep(self, team: str, given: Mapping[str, str]) -> None: ...

    async def find(self, team: str) -> Mapping[str, str] | None: ...

    async def forget(self, team: str) -> None: ...

    async def teams(self) -> Sequence[str]:
        """All that something is kept of."""
        ...

    async def begin(self, until: datetime) -> str:
        """A mark for somebody who sets out to install; it comes back with them."""
        ...

    async def finish(self, state: str, now: datetime) -> bool:
        """True once for a mark that was given out and is not too old."""
        ...


class SingleWorkspace:
    """The workspace of SLACK_BOT_TOKEN. Its team is known once Slack has been asked who we are."""

    def __init__(self, token: str) -> None:
        self._workspace = Workspace("", token)

    def met(self, team: str, bot: str, account: str) -> None:
        self._workspace = Workspace(team, self._workspace.token, bot, account)

    async def find(self, team: str) -> Workspace | None:
        # Somebody from a connected workspace asks under their own team. There is one token, whoever is spoken to.
        del team
        return self._workspace if self._workspace.team else None

    def only(self) -> str:
        return self._workspace.team


class InstalledWorkspaces:
    """Those of `home` that installed the bot by its install page; each looked up at most once a minute.

    What was kept of others, from before home was named, is not used: it is given up when it is found.
    """

    def __init__(self, installations: InstallationStore, clock: Clock, home: Collection[str]) -> None:
        self._installations = installations
        self._clock = clock
        self.home = frozenset(home)
        self.give_up: Callable[[Workspace], Awaitable[None]] | None = None
        """Revokes the token of a workspace that is not home."""
        self._known: OrderedDict[str, tuple[datetime, Workspace]] = OrderedDict()

    async def find(self, team: str) -> Workspace | None:
        now = self._clock.now()
        known = self._known.get(team)
        if known is not None and now - known[0] < TOKEN_CACHE_TTL:
            return known[1]
        self._known.pop(team, None)
        if team not in self.home:
            await self._leave(team)
            return None
        found = await self._kept(team)
        if found is None:
            return None
        self._known[team] = (now, found)
        while len(self._known) > TOKEN_CACHE_SIZE:
            self._known.popitem(last=False)
        return found

    async def leave_strangers(self) -> None:
        """Gives up every installation that is not of home."""
        for team in await self._installations.teams():
            if team not in self.home:
                await self._leave(team)

    async def _leave(self, team: str) -> None:
        try:
            stranger = await self._kept(team)
        except Exception as problem:  # noqa: BLE001 - what cannot be opened can be forgotten all the same
            log.warning("the token of %s cannot be revoked: %s", team, type(problem).__name__)
            stranger = None
        else:
            if stranger is None:
                return
        log.warning("the installation in %s is given up: SLACK_TEAM_IDS does not name it", team)
        await self.forget(team)
        if stranger is not None and self.give_up is not None:
            await self.give_up(stranger)

    async def _kept(self, team: str) -> Workspace | None:
        given = await self._installations.find(team) if team else None
        if given is None:
            return None
        return Workspace(team, given["token"], given.get("bot", ""), given.get("account", ""))

    async def keep(self, workspace: Workspace) -> None:
        given = {"token": workspace.token, "bot": workspace.bot, "account": workspace.account}
        await self._installations.keep(workspace.team, given)
        self._known.pop(workspace.team, None)

    async def forget(self, team: str) -> None:
        await self._installations.forget(team)
        self._known.pop(team, None)

    def only(self) -> None:
        return None


AnyWorkspaces = SingleWorkspace | InstalledWorkspaces
