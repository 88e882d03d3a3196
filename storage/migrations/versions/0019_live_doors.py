"""Which message is edited in place, and who used /htg-host lately by a right that a platform grants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("notices", sa.Column("posted", sa.Text()))
    op.add_column("identities", sa.Column("organised_at", sa.BigInteger()))
    organised = sa.text("organised_at IS NOT NULL")
    op.create_index(
        "ix_identities_organised",
        "identities",
        ["organised_at"],
        sqlite_where=organised,
        postgresql_where=organised,
    )
