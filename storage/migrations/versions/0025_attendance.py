"""How many came to what is over; of what was forgotten before, what had been kept of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_COUNTS = ("registered", "came_in", "logged_in", "first_timers", "came_again", "unreached")


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.ForeignKeyConstraint(
            ["gathering"], ["gatherings.id"], name=op.f("fk_attendance_gathering"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("gathering", name=op.f("pk_attendance")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_attendance_ended_at"), "attendance", ["ended_at"])
    op.execute(
        "INSERT INTO attendance"
        " (gathering, ended_at, registered, came_in, logged_in, first_timers, came_again, unreached)"
        " SELECT id, ends_at, former_registrants, admitted, 0, 0, 0, 0 FROM gatherings"
        " WHERE forgotten_at IS NOT NULL AND status = 'published'"
    )
