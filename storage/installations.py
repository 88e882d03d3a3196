"""Stores the encrypted tokens of workspaces that installed the bot, and issues the state of the OAuth flow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from bot.ports import Storage
from storage.encryption.key_audit import INSTALLATION
from storage.encryption.keyring import Keyring, Purpose, SecretUnreadable, from_base64, to_base64
from storage.schema import memory


class StoredInstallations:
    """By the workspace's id, for one platform's adapter."""

    def __init__(self, storage: Storage, keyring: Keyring, platform: str = "slack") -> None:
        self._storage, self._keyring, self._platform = storage, keyring, platform

    async def keep(self, team: str, given: Mapping[str, str]) -> None:
        name, plain = self._name(team), json.dumps(dict(given)).encode()
        encrypted = to_base64(self._keyring.seal(Purpose.PLATFORM_TOKENS, self._place(name), plain))
        await self._storage.run(lambda uow: uow.state.set(name, encrypted))

    async def find(self, team: str) -> Mapping[str, str] | None:
        """Raises SecretUnreadable when it was encrypted with another HTG_SECRET_KEY."""
        name = self._name(team)
        encrypted = await self._storage.run(lambda uow: uow.state.get(name))
        if not encrypted:
            return None
        plain = self._keyring.open(Purpose.PLATFORM_TOKENS, self._place(name), from_base64(encrypted))
        given: dict[str, str] = json.loads(plain)
        return given

    async def forget(self, team: str) -> None:
        await self._storage.run(lambda uow: uow.state.set(self._name(team), ""))

    async def teams(self) -> list[str]:
        names = await self._storage.run(lambda uow: uow.state.names_under(self._name("")))
        return [name.removeprefix(self._name("")) for name in names]

    async def begin(self, until: datetime) -> str:
        """A new OAuth state. It holds its own expiry, encrypted; nothing is stored yet."""
        return to_base64(self._keyring.seal(Purpose.INSTALL_STATE, self._platform, str(until.timestamp()).encode()))

    async def finish(self, state: str, now: datetime) -> bool:
        """True, once, for an OAuth state of ours that has not expired."""
        try:
            encrypted = from_base64(state)
            until = self._keyring.open(Purpose.INSTALL_STATE, self._platform, encrypted)
            # base64 has several spellings of the same bytes, and each would count as unused.
            if to_base64(encrypted) != state or now.timestamp() > float(until):
                return False
        except (SecretUnreadable, ValueError):
            return False
        return await self._storage.run(lambda uow: uow.members.claim_interaction(f"install:{state}", now))

    def _name(self, team: str) -> str:
        return f"{self._platform}{INSTALLATION}{team}"

    @staticmethod
    def _place(name: str) -> str:
        return f"{memory.c.value}:{name}"
