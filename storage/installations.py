"""What workspaces gave the bot when they installed it: tokens, encrypted; and the marks of those who are at it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from bot.ports import Storage
from storage.secrets import Keyring, Sealed


class StoredInstallations:
    """Kept by the workspace's id, for one platform's adapter."""

    def __init__(self, storage: Storage, keyring: Keyring, platform: str = "slack") -> None:
        self._storage, self._keyring, self._platform = storage, keyring, platform

    async def keep(self, team: str, given: Mapping[str, str]) -> None:
        sealed = self._keyring.seal_words(json.dumps(dict(given))).decode()
        await self._storage.run(lambda books: books.remember(self._name(team), sealed))

    async def find(self, team: str) -> Mapping[str, str] | None:
        """Raises Sealed when it was kept under another HTG_SECRET_KEY."""
        sealed = await self._storage.run(lambda books: books.remembered(self._name(team)))
        if not sealed:
            return None
        given: dict[str, str] = json.loads(self._keyring.open_words(sealed.encode()))
        return given

    async def forget(self, team: str) -> None:
        await self._storage.run(lambda books: books.remember(self._name(team), ""))

    async def begin(self, until: datetime) -> str:
        """A mark for somebody who sets out to install. It says itself how long it is good; nothing is kept yet."""
        return self._keyring.seal_words(f"{self._platform} {until.timestamp()}").decode().rstrip("=")

    async def finish(self, state: str, now: datetime) -> bool:
        """True once for a mark of ours that is not too old."""
        padded = state + "=" * (-len(state) % 4)
        try:
            platform, _, until = self._keyring.open_words(padded.encode()).partition(" ")
        except (Sealed, ValueError):
            return False
        if platform != self._platform or now.timestamp() > float(until):
            return False
        return await self._storage.run(lambda books: books.heard(f"install:{state}", now))

    def _name(self, team: str) -> str:
        return f"{self._platform}-installation:{team}"
