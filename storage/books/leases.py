"""What only one worker may do at a time, and small things that any worker remembers for all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, func, or_, select, text

from storage.books.ledger import Ledger
from storage.engine.statements import insert
from storage.schema import leases, memory

# One statement takes a lease and renews it, so that no two workers can both find it free.
_hold = insert(leases)
_HOLD = _hold.on_conflict_do_update(
    index_elements=[leases.c.name],
    set_={"worker": _hold.excluded.worker, "until": _hold.excluded.until},
    where=or_(leases.c.worker == _hold.excluded.worker, leases.c.until <= bindparam("at")),
)
_GIVE_BACK = delete(leases).where(leases.c.name == bindparam("which"), leases.c.worker == bindparam("whose"))

_remember = insert(memory)
_REMEMBER = _remember.on_conflict_do_update(index_elements=[memory.c.name], set_={"value": _remember.excluded.value})
_RECALL = select(memory.c.value).where(memory.c.name == bindparam("which"))
_RECALL_UNDER = (
    select(memory.c.name)
    .where(func.substr(memory.c.name, 1, bindparam("size")) == bindparam("prefix"), memory.c.value != "")
    .order_by(memory.c.name)
)
_SCHEMA = text("SELECT version_num FROM alembic_version")


class Leases(Ledger):
    __slots__ = ()

    def hold(self, name: str, worker: str, until: datetime, now: datetime) -> bool:
        return self._changed(_HOLD, name=name, worker=worker, until=until, at=now) == 1

    def give_back(self, name: str, worker: str) -> None:
        self._do(_GIVE_BACK, which=name, whose=worker)

    def schema(self) -> str:
        return str(self._do(_SCHEMA).scalar_one())

    def remembered(self, name: str) -> str | None:
        row = self._one(_RECALL, which=name)
        return None if row is None else row.value

    def remembered_under(self, prefix: str) -> list[str]:
        return [row.name for row in self._all(_RECALL_UNDER, prefix=prefix, size=len(prefix))]

    def remember(self, name: str, value: str) -> None:
        self._do(_REMEMBER, name=name, value=value)
