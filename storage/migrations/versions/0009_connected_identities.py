"""Which address made what, so that connected identities can be told apart again; and when a member was last seen.

What is there already belongs to the address where its member was last heard.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    _origins()
    _identities()
    op.create_table(
        "connection_requests",
        sa.Column("member", sa.Integer(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_connection_requests_member")),
        sa.ForeignKeyConstraint(["other"], ["members.id"], name=op.f("fk_connection_requests_other")),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_connection_requests")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_connection_requests_other"), "connection_requests", ["other"])
    op.add_column("members", sa.Column("seen_at", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_members_seen_at"), "members", ["seen_at"])
    op.add_column("notices", sa.Column("account", sa.Text(), nullable=True))
    _without_gathering()
    apart = sa.text("gathering IS NULL")
    op.create_index("ix_notices_apart", "notices", ["expires_at"], sqlite_where=apart, postgresql_where=apart)


def _origins() -> None:
    for table in ("registrations", "former_registrations", "admissions", "votes"):
        for name in ("platform", "account"):
            op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("former_registrations", sa.Column("at", sa.BigInteger(), nullable=True))
    for table in ("registrations", "admissions", "votes"):
        op.execute(
            f"UPDATE {table} SET platform = (SELECT m.platform FROM members m WHERE m.id = {table}.member),"  # noqa: S608
            f" account = (SELECT m.account FROM members m WHERE m.id = {table}.member)"
        )


def _identities() -> None:
    op.add_column("identities", sa.Column("name", sa.Text(), server_default="", nullable=False))
    op.execute(
        "UPDATE identities SET name = coalesce((SELECT m.name FROM members m WHERE m.id = identities.member"
        " AND m.platform = identities.platform AND m.account = identities.account), '')"
    )


def _without_gathering() -> None:
    """A notice may concern no gathering. SQLite changes a column by making its table anew, under the same name."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.alter_column("notices", "gathering", nullable=True)
        return
    asked = sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = 'notices' AND type = :type AND sql IS NOT NULL")
    (table,) = connection.execute(asked, {"type": "table"}).scalars()
    indexes = list(connection.execute(asked, {"type": "index"}).scalars())
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'notices'").scalar()
    op.rename_table("notices", "notices_before")
    op.execute(table.replace("gathering INTEGER NOT NULL", "gathering INTEGER", 1))
    op.execute("INSERT INTO notices SELECT * FROM notices_before")
    op.drop_table("notices_before")
    for index in indexes:
        op.execute(index)
    if last is not None:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'notices'")
        op.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('notices', :last)").bindparams(last=last))
