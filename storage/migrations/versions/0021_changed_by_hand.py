"""What was changed by hand in a meeting, and what Zoom does not take of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("meetings", sa.Column("put_back", sa.Text(), server_default="", nullable=False))
    op.add_column("meetings", sa.Column("refused", sa.Text(), server_default="", nullable=False))
