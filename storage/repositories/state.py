"""Small texts that all processes share, each under a name."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from storage.engine.statements import insert_or_replace
from storage.repositories.repository import Repository
from storage.schema import memory

_SET = insert_or_replace(memory)
_BY_NAME = select(memory.c.value).where(memory.c.name == bindparam("name"))
_NAMES_UNDER = (
    select(memory.c.name)
    .where(func.substr(memory.c.name, 1, bindparam("length")) == bindparam("prefix"), memory.c.value != "")
    .order_by(memory.c.name)
)


class SqlStateRepository(Repository):
    def get(self, name: str) -> str | None:
        value: str | None = self._value(_BY_NAME, name=name)
        return value

    def names_under(self, prefix: str) -> list[str]:
        return self._values(_NAMES_UNDER, prefix=prefix, length=len(prefix))

    def set(self, name: str, value: str) -> None:
        self._do(_SET, name=name, value=value)
