"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _people()
    _gatherings()
    _attendance()
    _posts()


def _people() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("chosen_language", sa.Text(), nullable=True),
        sa.Column("chosen_zone", sa.Text(), nullable=True),
        sa.Column("muted", sa.Text(), server_default="", nullable=False),
        sa.Column("by_direct_message", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("afterwards", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("unreached", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "identities",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_identities_member")),
        sa.PrimaryKeyConstraint("platform", "account", name=op.f("pk_identities")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_identities_member"), "identities", ["member"])
    op.create_table(
        "facilitators",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "account", name=op.f("pk_facilitators")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "interactions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_interactions")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_interactions_at"), "interactions", ["at"])


def _gatherings() -> None:
    op.create_table(
        "gatherings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("folded", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.BigInteger(), nullable=False),
        sa.Column(
            "ends_at", sa.BigInteger(), sa.Computed("starts_at + duration * 1000000", persisted=True), nullable=False
        ),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("facilitators", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("admission_limit", sa.Integer(), nullable=False),
        sa.Column("late_entry", sa.BigInteger(), nullable=False),
        sa.Column("opens_before", sa.BigInteger(), nullable=False),
        sa.Column("admitted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("series", sa.Integer(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("zoom_link", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("admitted >= 0", name=op.f("ck_gatherings_admitted")),
        sa.ForeignKeyConstraint(["series"], ["gatherings.id"], name=op.f("fk_gatherings_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gatherings")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_gatherings_series"),
        "gatherings",
        ["series"],
        sqlite_where=sa.text("series IS NOT NULL"),
        postgresql_where=sa.text("series IS NOT NULL"),
    )
    op.create_index(op.f("ix_gatherings_status_ends_at"), "gatherings", ["status", "ends_at"])
    op.create_index(op.f("ix_gatherings_status_starts_at"), "gatherings", ["status", "starts_at"])


def _attendance() -> None:
    op.create_table(
        "registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["gathering"], ["gatherings.id"], name=op.f("fk_registrations_gathering")),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_registrations_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("member", "gathering", name=op.f("uq_registrations_member_gathering")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_registrations_gathering_id"), "registrations", ["gathering", "id"])
    op.create_table(
        "admissions",
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["gathering"], ["gatherings.id"], name=op.f("fk_admissions_gathering")),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_admissions_member")),
        sa.PrimaryKeyConstraint("gathering", "member", name=op.f("pk_admissions")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_admissions_member"), "admissions", ["member"])
    op.create_table(
        "topics",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("folded", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_topics_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_topics_open",
        "topics",
        ["member", "folded"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _posts() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["gathering"], ["gatherings.id"], name=op.f("fk_announcements_gathering")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sa.UniqueConstraint(
            "gathering", "platform", "account", name=op.f("uq_announcements_gathering_platform_account")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "waves",
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lead", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["gathering"], ["gatherings.id"], name=op.f("fk_waves_gathering")),
        sa.PrimaryKeyConstraint("gathering", "starts_at", "kind", "lead", name=op.f("pk_waves")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("gathering", sa.Integer(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("announcement", sa.Integer(), nullable=True),
        sa.Column("lead", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("in_doubt", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["announcement"], ["announcements.id"], name=op.f("fk_notices_announcement")),
        sa.ForeignKeyConstraint(["gathering"], ["gatherings.id"], name=op.f("fk_notices_gathering")),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name=op.f("fk_notices_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_notices_claim",
        "notices",
        ["platform", "ready_at"],
        sqlite_where=sa.text("ready_at IS NOT NULL"),
        postgresql_where=sa.text("ready_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_notices_gathering_member"), "notices", ["gathering", "member"])
    op.create_index(
        "ix_notices_lately",
        "notices",
        ["platform", "begun_at"],
        sqlite_where=sa.text("begun_at IS NOT NULL AND member IS NOT NULL"),
        postgresql_where=sa.text("begun_at IS NOT NULL AND member IS NOT NULL"),
    )
    op.create_index(op.f("ix_notices_member"), "notices", ["member"])
    op.create_index(
        "ix_notices_next_due",
        "notices",
        ["ready_at"],
        sqlite_where=sa.text("ready_at IS NOT NULL"),
        postgresql_where=sa.text("ready_at IS NOT NULL"),
    )
