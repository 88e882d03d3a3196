"""How many came to what is over; of what was forgotten before, what had been kept of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_COUNTS = ("registered", "came_in", "logged_in", "first_timers", "came_again", "unreached")


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("gathering", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.ForeignKeyConstraint(
            ["gathering"], ["gatherings.id"], name=op.f("fk_attendance_gathering"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("gathering", name=op.f("pk_attendance")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO attendance (gathering, registered, came_in, logged_in, first_timers, came_again, unreached)"
        " SELECT id, former_registrants, admitted, 0, 0, 0, 0 FROM gatherings"
        " WHERE forgotten_at IS NOT NULL AND status = 'published'"
    )
