"""All repositories on one synchronous SQLAlchemy connection, SQLite's or PostgreSQL's, for one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Connection

from storage.engine.statements import CompiledStatements
from storage.repositories.accounts import SqlAccountRepository
from storage.repositories.admission import SqlAdmissionRepository
from storage.repositories.announcements import SqlAnnouncementRepository
from storage.repositories.audit import SqlAuditRepository
from storage.repositories.breakers import SqlBreakerRepository
from storage.repositories.conversations import SqlConversationRepository
from storage.repositories.deliveries import SqlDeliveryRepository
from storage.repositories.facilitators import SqlFacilitatorRepository
from storage.repositories.gatherings import SqlGatheringRepository
from storage.repositories.leases import SqlLeaseRepository
from storage.repositories.maintenance import SqlMaintenanceRepository
from storage.repositories.meetings import SqlMeetingRepository
from storage.repositories.members import SqlMemberRepository
from storage.repositories.messages import SqlMessageRepository
from storage.repositories.notifications import SqlNotificationRepository
from storage.repositories.places import SqlPlaceRepository
from storage.repositories.registrations import SqlRegistrationRepository
from storage.repositories.scheduled_events import SqlScheduledEventRepository
from storage.repositories.season import SqlSeasonRepository
from storage.repositories.send_limits import SqlSendLimitsRepository
from storage.repositories.signups import SqlSignupRepository
from storage.repositories.state import SqlStateRepository
from storage.repositories.topics import SqlTopicRepository

T = TypeVar("T")


class SqlUnitOfWork:
    """`bot.unit_of_work.UnitOfWork`. A repository is created when it is first used: most Requests use two or three."""

    members = cached_property(SqlMemberRepository)
    facilitators = cached_property(SqlFacilitatorRepository)
    accounts = cached_property(SqlAccountRepository)
    audit = cached_property(SqlAuditRepository)
    messages = cached_property(SqlMessageRepository)
    gatherings = cached_property(SqlGatheringRepository)
    registrations = cached_property(SqlRegistrationRepository)
    admission = cached_property(SqlAdmissionRepository)
    places = cached_property(SqlPlaceRepository)
    meetings = cached_property(SqlMeetingRepository)
    topics = cached_property(SqlTopicRepository)
    announcements = cached_property(SqlAnnouncementRepository)
    season = cached_property(SqlSeasonRepository)
    signups = cached_property(SqlSignupRepository)
    scheduled_events = cached_property(SqlScheduledEventRepository)
    notifications = cached_property(SqlNotificationRepository)
    conversations = cached_property(SqlConversationRepository)
    deliveries = cached_property(SqlDeliveryRepository)
    send_limits = cached_property(SqlSendLimitsRepository)
    breakers = cached_property(SqlBreakerRepository)
    leases = cached_property(SqlLeaseRepository)
    state = cached_property(SqlStateRepository)
    maintenance = cached_property(SqlMaintenanceRepository)

    def __init__(
        self,
        connection: Connection,
        driver: Any = None,
        statements: CompiledStatements | None = None,
    ) -> None:
        """`driver` is the driver's own connection beneath `connection`, on which `statements` run."""
        self.connection, self.driver, self.statements = connection, driver, statements
        self.raw = driver if isinstance(driver, sqlite3.Connection) else None
        self.erased = False
        """Whether something was deleted of which no byte may remain."""

    def attempt(self, work: Callable[[], T]) -> T:
        """Runs `work` in a savepoint: whatever it raises undoes what it wrote, and nothing else."""
        if self.raw is None:
            with self.connection.begin_nested():
                return work()
        self.raw.execute("SAVEPOINT attempt")
        try:
            return work()
        except BaseException:
            if self.raw.in_transaction:  # SQLite undoes the whole transaction by itself on a full disk, say
                self.raw.execute("ROLLBACK TO attempt")
            raise
        finally:
            if self.raw.in_transaction:
                self.raw.execute("RELEASE attempt")

    @property
    def changes(self) -> int:
        """Rows that this connection has changed so far; always 0 on PostgreSQL, whose log is its server's."""
        return self.raw.total_changes if self.raw is not None else 0
