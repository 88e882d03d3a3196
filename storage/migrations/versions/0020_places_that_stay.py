"""Places that were taken with a common link, of which nobody knows who uses it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("admissions", sa.Column("stays", sa.Boolean(), server_default=sa.false(), nullable=False))
