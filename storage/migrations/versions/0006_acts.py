"""The log of acts: which facilitator did what, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("gathering", sa.Integer(), nullable=True),
        sa.Column("topic", sa.Integer(), nullable=True),
        sa.Column("about_platform", sa.Text(), nullable=True),
        sa.Column("about_account", sa.Text(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("from_at", sa.BigInteger(), nullable=True),
        sa.Column("to_at", sa.BigInteger(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_acts_at"), "acts", ["at"])
    op.create_index(op.f("ix_acts_gathering_id"), "acts", ["gathering", "id"])
    op.create_index(op.f("ix_acts_platform_account"), "acts", ["platform", "account"])
