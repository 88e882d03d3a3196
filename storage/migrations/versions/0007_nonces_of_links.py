"""A random part in each row that a personal link names, so that after a restore no link means another row.

Links that were given out before name a row by its id alone. They go on working for the rows that are here now, and
never for a row that is made later.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NONCE_BYTES = 12
AT_ONCE = 1000


def upgrade() -> None:
    for table, key in (("members", "id"), ("registrations", "id"), ("former_registrations", "former")):
        op.add_column(table, sa.Column("nonce", sa.Text(), server_default="", nullable=False))
        op.add_column(table, sa.Column("by_id", sa.Boolean(), server_default=sa.false(), nullable=False))
        _fill(sa.table(table, sa.column(key, sa.Integer()), sa.column("nonce", sa.Text()), sa.column("by_id")), key)


def _fill(table: sa.TableClause, key: str) -> None:
    connection = op.get_bind()
    number = table.c[key]
    change = (
        sa.update(table)
        .where(number == sa.bindparam("row"))
        .values(nonce=sa.bindparam("made"), by_id=sa.true())
    )  # fmt: skip
    last = 0
    while True:
        found = connection.execute(sa.select(number).where(number > last).order_by(number).limit(AT_ONCE)).scalars()
        rows = [{"row": each, "made": secrets.token_urlsafe(NONCE_BYTES)} for each in found]
        if not rows:
            return
        connection.execute(change, rows)
        last = rows[-1]["row"]
