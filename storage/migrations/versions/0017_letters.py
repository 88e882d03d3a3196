"""Whether a member wants letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("members", sa.Column("letters", sa.Boolean(), server_default=sa.true(), nullable=False))
