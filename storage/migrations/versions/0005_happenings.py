"""Gatherings in the servers' own lists of what is coming up, and which server a channel belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "servers",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "account", name=op.f("pk_servers")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "happenings",
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gathering"], ["gatherings.id"], name=op.f("fk_happenings_gathering"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("gathering", "server", name=op.f("pk_happenings")),
        sqlite_with_rowid=False,
    )
