"""From when a gathering was moved: as its post first said it, and as each registrant was last told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    for table in ("gatherings", "notices"):
        op.add_column(table, sa.Column("moved_from", sa.BigInteger()))
