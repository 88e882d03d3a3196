"""From when on those without a pass of their own are shown a meeting's common link."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("meetings", sa.Column("common_link_from", sa.BigInteger(), nullable=True))
