"""Which members were asked for their time zone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("members", sa.Column("zone_asked", sa.Boolean(), server_default=sa.false(), nullable=False))
