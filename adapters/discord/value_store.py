"""Named values that all workers share, kept in the database."""

from __future__ import annotations

from typing import Protocol

from bot.ports import Storage


class ValueStore(Protocol):
    """Named values that outlive the process."""

    async def get(self, name: str) -> str | None: ...

    async def set(self, name: str, value: str) -> None: ...


class DatabaseValueStore:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def get(self, name: str) -> str | None:
        return await self._storage.run(lambda uow: uow.state.get(name))

    async def set(self, name: str, value: str) -> None:
        await self._storage.run(lambda uow: uow.state.set(name, value))
