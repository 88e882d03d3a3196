"""The meetings at Zoom, and each registrant's own pass to theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "meetings",
        sa.Column("gathering", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gathering"], ["gatherings.id"], name=op.f("fk_meetings_gathering"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("gathering", name=op.f("pk_meetings")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_meetings_number"), "meetings", ["number"])
    op.create_table(
        "passes",
        sa.Column("registration", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("registrant", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=True),
        sa.Column("logged_in_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["gathering"], ["gatherings.id"], name=op.f("fk_passes_gathering"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("registration", name=op.f("pk_passes")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_passes_gathering_registrant"), "passes", ["gathering", "registrant"])
