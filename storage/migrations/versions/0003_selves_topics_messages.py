"""One person with several selves, topics that several ask for, messages, and what is forgotten in time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    _selves()
    _topics()
    _messages()
    _forgetting()


def _selves() -> None:
    op.create_table(
        "codes",
        sa.Column("member", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_codes_member")),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_codes_digest")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wrong_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_wrong_codes_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_codes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_wrong_codes_member_at"), "wrong_codes", ["member", "at"])
    op.create_index(op.f("ix_wrong_codes_at"), "wrong_codes", ["at"])
    for table, kept in (("former_members", "member"), ("former_registrations", "registration")):
        op.create_table(
            table,
            sa.Column("former", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column(kept, sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint([kept], [f"{kept}s.id"], name=op.f(f"fk_{table}_{kept}"), ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("former", name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )
        op.create_index(op.f(f"ix_{table}_{kept}"), table, [kept])


def _topics() -> None:
    """One row for each topic that is asked for, and one vote for each who asks for it."""
    op.execute("CREATE TABLE topics_before AS SELECT member, text, folded, state, at FROM topics")
    op.drop_table("topics")
    op.create_table(
        "topics",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("folded", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("former_votes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_topics_open", "topics", ["folded"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_topics_waiting", "topics", ["at"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "votes",
        sa.Column("topic", sa.Integer(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.Column("suggested", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_votes_member")),
        sa.ForeignKeyConstraint(["topic"], ["topics.id"], name=op.f("fk_votes_topic")),
        sa.PrimaryKeyConstraint("topic", "member", name=op.f("pk_votes")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_votes_member"), "votes", ["member"])
    op.execute(
        "INSERT INTO topics (text, folded, state, at)"
        " SELECT min(text), folded, state, min(at) FROM topics_before GROUP BY folded, state"
    )
    op.execute(
        "INSERT INTO votes (topic, member, suggested, at)"
        " SELECT t.id, b.member, TRUE, min(b.at) FROM topics_before b"
        " JOIN topics t ON t.folded = b.folded AND t.state = b.state GROUP BY t.id, b.member"
    )
    op.drop_table("topics_before")
    op.create_table(
        "taken_up",
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gathering"], ["gatherings.id"], name=op.f("fk_taken_up_gathering"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["topic"], ["topics.id"], name=op.f("fk_taken_up_topic")),
        sa.PrimaryKeyConstraint("gathering", name=op.f("pk_taken_up")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_taken_up_topic"), "taken_up", ["topic"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["gathering"], ["gatherings.id"], name=op.f("fk_messages_gathering")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_messages_gathering"), "messages", ["gathering"])
    unsent = sa.text("sent_at IS NULL")
    op.create_index("ix_messages_unsent", "messages", ["at"], sqlite_where=unsent, postgresql_where=unsent)
    op.add_column("notices", sa.Column("message", sa.Integer(), nullable=True))
    about = sa.text("announcement IS NOT NULL")
    op.create_index(
        op.f("ix_notices_announcement"), "notices", ["announcement"], sqlite_where=about, postgresql_where=about
    )


def _forgetting() -> None:
    op.add_column(
        "gatherings", sa.Column("former_registrants", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("gatherings", sa.Column("forgotten_at", sa.BigInteger(), nullable=True))
    remembered = sa.text("forgotten_at IS NULL")
    op.create_index(
        "ix_gatherings_remembered", "gatherings", ["ends_at"], sqlite_where=remembered, postgresql_where=remembered
    )
