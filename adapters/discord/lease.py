"""The name under which one of several workers holds the gateway, and what all of them remember."""

from __future__ import annotations

from bot.ports import Storage

GATEWAY = "discord gateway"


class StoredMemory:
    """The `publish.Memory` in the same database."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def remembered(self, name: str) -> str | None:
        return await self._storage.run(lambda books: books.remembered(name))

    async def remember(self, name: str, value: str) -> None:
        await self._storage.run(lambda books: books.remember(name, value))
