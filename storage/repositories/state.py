"""Small texts that all processes share, each under a name."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from storage.engine.statements import insert
from storage.repositories.repository import Repository
from storage.schema import memory

_new_value = insert(memory)
_SET = _new_value.on_conflict_do_update(index_elements=[memory.c.name], set_={"value": _new_value.excluded.value})
_BY_NAME = select(memory.c.value).where(memory.c.name == bindparam("name"))
_NAMES_UNDER = (
    select(memory.c.name)
    .where(func.substr(memory.c.name, 1, bindparam("length")) == bindparam("prefix"), memory.c.value != "")
    .order_by(memory.c.name)
)


class SqlStateRepository(Repository):
    __slots__ = ()

    def get(self, name: str) -> str | None:
        row = self._one(_BY_NAME, name=name)
        return None if row is None else row.value

    def names_under(self, prefix: str) -> list[str]:
        return [row.name for row in self._all(_NAMES_UNDER, prefix=prefix, length=len(prefix))]

    def set(self, name: str, value: str) -> None:
        self._do(_SET, name=name, value=value)
