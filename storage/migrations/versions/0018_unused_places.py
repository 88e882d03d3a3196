"""Who waits at a full house, and places on their way from who did not come to who waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration", sa.Integer(), nullable=False),
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        sa.ForeignKeyConstraint(
            ["registration"], ["registrations.id"], name=op.f("fk_waiting_registration"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["gathering"], ["gatherings.id"], name=op.f("fk_waiting_gathering"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("registration", name=op.f("uq_waiting_registration")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_waiting_gathering_id"), "waiting", ["gathering", "id"])
    op.create_table(
        "returning_places",
        sa.Column("registration", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("returned_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("registration", name=op.f("pk_returning_places")),
        sa.ForeignKeyConstraint(
            ["gathering"], ["gatherings.id"], name=op.f("fk_returning_places_gathering"), ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_returning_places_gathering"), "returning_places", ["gathering"])
