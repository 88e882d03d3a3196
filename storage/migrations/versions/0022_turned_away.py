"""Which registrants came to doors that were full or closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("registrations", sa.Column("turned_away_at", sa.BigInteger()))
