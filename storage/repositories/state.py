"""Small texts that all processes share, each under a name."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from storage.engine.statements import insert
from storage.repositories.repository import Repository
from storage.schema import memory

_remember = insert(memory)
_REMEMBER = _remember.on_conflict_do_update(index_elements=[memory.c.name], set_={"value": _remember.excluded.value})
_RECALL = select(memory.c.value).where(memory.c.name == bindparam("which"))
_RECALL_UNDER = (
    select(memory.c.name)
    .where(func.substr(memory.c.name, 1, bindparam("size")) == bindparam("prefix"), memory.c.value != "")
    .order_by(memory.c.name)
)


class SqlStateRepository(Repository):
    __slots__ = ()

    def get(self, name: str) -> str | None:
        row = self._one(_RECALL, which=name)
        return None if row is None else row.value

    def names_under(self, prefix: str) -> list[str]:
        return [row.name for row in self._all(_RECALL_UNDER, prefix=prefix, size=len(prefix))]

    def set(self, name: str, value: str) -> None:
        self._do(_REMEMBER, name=name, value=value)
