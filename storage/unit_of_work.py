"""All repositories on one synchronous SQLAlchemy connection, SQLite's or PostgreSQL's, for one transaction."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection

from storage.engine.statements import CompiledStatements
from storage.repositories.accounts import SqlAccountRepository
from storage.repositories.admission import SqlAdmissionRepository
from storage.repositories.announcements import SqlAnnouncementRepository
from storage.repositories.audit import SqlAuditRepository
from storage.repositories.breakers import SqlBreakerRepository
from storage.repositories.erasure import SqlMaintenanceRepository
from storage.repositories.facilitators import SqlFacilitatorRepository
from storage.repositories.gatherings import SqlGatheringRepository
from storage.repositories.leases import SqlLeaseRepository
from storage.repositories.meetings import SqlMeetingRepository
from storage.repositories.members import SqlMemberRepository
from storage.repositories.messages import SqlMessageRepository
from storage.repositories.notifications import SqlNotificationRepository
from storage.repositories.registrations import SqlRegistrationRepository
from storage.repositories.repository import Transaction
from storage.repositories.scheduled_events import SqlScheduledEventRepository
from storage.repositories.state import SqlStateRepository
from storage.repositories.topics import SqlTopicRepository


class SqlUnitOfWork:
    """`bot.unit_of_work.UnitOfWork`."""

    __slots__ = (
        "_transaction",
        "accounts",
        "admission",
        "announcements",
        "audit",
        "breakers",
        "connection",
        "facilitators",
        "gatherings",
        "leases",
        "maintenance",
        "meetings",
        "members",
        "messages",
        "notifications",
        "registrations",
        "scheduled_events",
        "state",
        "topics",
    )

    def __init__(
        self,
        connection: Connection,
        raw: sqlite3.Connection | None = None,
        statements: CompiledStatements | None = None,
    ) -> None:
        """`raw` is SQLite's own connection beneath `connection`, for what is `statements`; neither on PostgreSQL."""
        self.connection = connection
        transaction = self._transaction = Transaction(connection, raw, statements)
        self.members = SqlMemberRepository(transaction, self)
        self.facilitators = SqlFacilitatorRepository(transaction, self)
        self.accounts = SqlAccountRepository(transaction, self)
        self.audit = SqlAuditRepository(transaction, self)
        self.messages = SqlMessageRepository(transaction, self)
        self.gatherings = SqlGatheringRepository(transaction, self)
        self.registrations = SqlRegistrationRepository(transaction, self)
        self.admission = SqlAdmissionRepository(transaction, self)
        self.meetings = SqlMeetingRepository(transaction, self)
        self.topics = SqlTopicRepository(transaction, self)
        self.announcements = SqlAnnouncementRepository(transaction, self)
        self.scheduled_events = SqlScheduledEventRepository(transaction, self)
        self.notifications = SqlNotificationRepository(transaction, self)
        self.breakers = SqlBreakerRepository(transaction, self)
        self.leases = SqlLeaseRepository(transaction, self)
        self.state = SqlStateRepository(transaction, self)
        self.maintenance = SqlMaintenanceRepository(transaction, self)

    @property
    def erased(self) -> bool:
        """Whether something was deleted that is not to be found any more."""
        return self._transaction.erased
