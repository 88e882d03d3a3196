"""Records in the audit log what a command did, in the command's transaction."""

from __future__ import annotations

from datetime import datetime

from bot.addresses import Address
from bot.audit.model import Act, ActKind
from bot.context import Context
from bot.unit_of_work import UnitOfWork


def record(
    ctx: Context,
    uow: UnitOfWork,
    kind: ActKind,
    gathering: int | None = None,
    *,
    topic: int | None = None,
    about: Address | None = None,
    count: int | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    fields: tuple[str, ...] = (),
) -> None:
    """The actor is the sender's address: the right to facilitate belongs to it, not to the member."""
    uow.audit.add(Act(kind, ctx.now, ctx.address, gathering, topic, about, count, from_at, to_at, fields))
