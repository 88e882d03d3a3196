"""Which version of the agreement a member agreed to, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("members", sa.Column("agreed", sa.Text(), server_default="", nullable=False))
    op.add_column("members", sa.Column("agreed_at", sa.BigInteger()))
