"""Everything that is kept, one repository a subject; lives for one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from bot.accounts.repository import AccountRepository
from bot.admission.repository import AdmissionRepository, PlaceRepository
from bot.announcements.repository import AnnouncementRepository, ScheduledEventRepository
from bot.audit.repository import AuditRepository
from bot.facilitators.repository import FacilitatorRepository
from bot.gatherings.repository import GatheringRepository
from bot.meetings.repository import MeetingRepository
from bot.members.repository import MemberRepository
from bot.messages.repository import MessageRepository
from bot.notifications.repository import (
    BreakerRepository,
    ConversationRepository,
    DeliveryRepository,
    NotificationRepository,
    SendLimitsRepository,
)
from bot.registrations.repository import RegistrationRepository
from bot.repository import LeaseRepository, MaintenanceRepository, StateRepository
from bot.season.repository import SeasonRepository
from bot.signups.repository import SignupRepository
from bot.topics.repository import TopicRepository

T = TypeVar("T")


class UnitOfWork(Protocol):
    """One transaction. All instants are aware UTC; rules are decided in the core, uniqueness in the database."""

    @property
    def members(self) -> MemberRepository: ...

    @property
    def facilitators(self) -> FacilitatorRepository: ...

    @property
    def accounts(self) -> AccountRepository: ...

    @property
    def audit(self) -> AuditRepository: ...

    @property
    def messages(self) -> MessageRepository: ...

    @property
    def gatherings(self) -> GatheringRepository: ...

    @property
    def registrations(self) -> RegistrationRepository: ...

    @property
    def admission(self) -> AdmissionRepository: ...

    @property
    def places(self) -> PlaceRepository: ...

    @property
    def meetings(self) -> MeetingRepository: ...

    @property
    def topics(self) -> TopicRepository: ...

    @property
    def announcements(self) -> AnnouncementRepository: ...

    @property
    def season(self) -> SeasonRepository: ...

    @property
    def signups(self) -> SignupRepository: ...

    @property
    def scheduled_events(self) -> ScheduledEventRepository: ...

    @property
    def notifications(self) -> NotificationRepository: ...

    @property
    def conversations(self) -> ConversationRepository: ...

    @property
    def deliveries(self) -> DeliveryRepository: ...

    @property
    def send_limits(self) -> SendLimitsRepository: ...

    @property
    def breakers(self) -> BreakerRepository: ...

    @property
    def leases(self) -> LeaseRepository: ...

    @property
    def state(self) -> StateRepository: ...

    @property
    def maintenance(self) -> MaintenanceRepository: ...

    def attempt(self, work: Callable[[], T]) -> T:
        """Runs `work` in a savepoint: whatever it raises undoes what it wrote, and nothing else."""
