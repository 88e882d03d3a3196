"""Delivery by scope: whose limits apply to a notification, limits that all workers share, ids of conversations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_INDEXES = {
    "ix_notices_due": (["scope", "due_at", "id"], "ready_at IS NOT NULL"),
    "ix_notices_posts_due": (["scope", "due_at"], "ready_at IS NOT NULL AND member IS NULL"),
    "ix_notices_doubtful": (["scope", "expires_at"], "ready_at IS NOT NULL AND (in_doubt OR state = 'claimed')"),
    "ix_notices_expiry": (["expires_at"], "ready_at IS NOT NULL"),
}


def upgrade() -> None:
    op.add_column("identities", sa.Column("conversation", sa.Text(), nullable=True))
    unopened = sa.text("conversation IS NULL")
    op.create_index(
        "ix_identities_unopened", "identities", ["member"], sqlite_where=unopened, postgresql_where=unopened
    )
    op.add_column("notices", sa.Column("scope", sa.Text(), server_default="", nullable=False))
    for name, (columns, condition) in _INDEXES.items():
        where = sa.text(condition)
        op.create_index(name, "notices", columns, sqlite_where=where, postgresql_where=where)
    op.drop_index("ix_notices_claim", "notices")
    op.create_table(
        "send_limits",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("refilled_at", sa.BigInteger(), nullable=False),
        sa.Column("openings", sa.Double(), nullable=False),
        sa.Column("openings_refilled_at", sa.BigInteger(), nullable=False),
        sa.Column("paused_until", sa.BigInteger()),
        sa.Column("lookups_paused_until", sa.BigInteger()),
        sa.Column("openings_paused_until", sa.BigInteger()),
        sa.Column("reached_per_minute", sa.Double()),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_send_limits")),
        sqlite_with_rowid=False,
    )
