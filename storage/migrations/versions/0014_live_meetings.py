"""What is heard of a meeting while it runs, and which settings it was sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("meetings", sa.Column("settings_version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    for column in ("started_at", "ended_at", "last_heard_at"):
        op.add_column("meetings", sa.Column(column, sa.BigInteger(), nullable=True))
    for column in ("seen_at", "left_at"):
        op.add_column("passes", sa.Column(column, sa.BigInteger(), nullable=True))
