"""When a gathering was last changed, for calendars: those that stand count as changed now."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("gatherings", sa.Column("changed_at", sa.BigInteger(), nullable=True))
    gatherings = sa.table("gatherings", sa.column("changed_at", sa.BigInteger()))
    op.execute(gatherings.update().values(changed_at=time.time_ns() // 1000))
