"""Where a gathering was imported from, what its series is called, and titles folded anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.text import folded

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("gatherings", sa.Column("series_name", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "imports",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gathering"], ["gatherings.id"], name=op.f("fk_imports_gathering"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_imports")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_imports_gathering"), "imports", ["gathering"])
    _fold_titles()
    _fold_topics()


def _fold_titles() -> None:
    connection = op.get_bind()
    for which, title, before in connection.execute(sa.text("SELECT id, title, folded FROM gatherings")).all():
        if folded(title) != before:
            connection.execute(
                sa.text("UPDATE gatherings SET folded = :folded WHERE id = :which"),
                {"folded": folded(title), "which": which},
            )


def _fold_topics() -> None:
    """Open ones that are one topic now become the oldest of them, with everybody's votes: no two are alike."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, text, folded, state FROM topics ORDER BY at, id")).all()
    first: dict[str, int] = {}
    changed = []
    for which, text, before, state in rows:
        anew = folded(text)
        into = first.setdefault(anew, which) if state == "open" else which
        if into != which:
            _merge(connection, which, into)
        if anew != before:
            changed.append({"folded": anew, "which": which})
    for each in changed:
        connection.execute(sa.text("UPDATE topics SET folded = :folded WHERE id = :which"), each)


def _merge(connection: sa.Connection, which: int, into: int) -> None:
    both = {"which": which, "into": into}
    for statement in (
        "UPDATE topics SET state = 'merged' WHERE id = :which",
        "DELETE FROM votes WHERE topic = :which AND member IN (SELECT member FROM votes WHERE topic = :into)",
        "UPDATE votes SET topic = :into WHERE topic = :which",
        """UPDATE topics SET former_votes = former_votes + (SELECT former_votes FROM topics WHERE id = :which)
        WHERE id = :into""",
        "UPDATE taken_up SET topic = :into WHERE topic = :which",
    ):
        names = {name: value for name, value in both.items() if f":{name}" in statement}
        connection.execute(sa.text(statement), names)
