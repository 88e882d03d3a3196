"""What recorded a meeting, and whether somebody may have changed it at Zoom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("meetings", sa.Column("captures", sa.Text(), server_default="", nullable=False))
    op.add_column("meetings", sa.Column("look_wanted", sa.Boolean(), server_default=sa.false(), nullable=False))
