"""What facilitators are told, rendered from what is true when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, assert_never

from bot.admission import host_texts
from bot.admission.doors_view import doors_view
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.meetings import watch_texts
from bot.meetings.model import TROUBLE, Deviation, Meeting, MeetingState
from bot.members.model import Member
from bot.notifications import facilitator_texts, texts
from bot.notifications.model import Notification, NotificationKind, Receipt
from bot.notifications.rendered import Dropped
from bot.unit_of_work import UnitOfWork
from bot.views import View

FacilitatorKind = Literal[
    NotificationKind.ZOOM_TROUBLE,
    NotificationKind.ZOOM_MENDED,
    NotificationKind.SENDER_RESTRICTED,
    NotificationKind.MEETING_PUT_BACK,
    NotificationKind.MEETING_REFUSED,
    NotificationKind.FACILITATORS_BRIEFED,
    NotificationKind.NOT_BEGUN,
    NotificationKind.BEGUN_AFTER_ALL,
    NotificationKind.RECORDING_STARTED,
    NotificationKind.GATHERING_COUNTED,
    NotificationKind.DOORS_FOLLOWED,
]


@dataclass(frozen=True, slots=True)
class FacilitatorNews:
    """One notification to one facilitator. `about`: its gathering, if any; `member` has the address it goes to."""

    uow: UnitOfWork
    config: Config
    notification: Notification
    about: Gathering | None
    member: Member
    locale: Locale
    now: datetime

    def view(self, kind: FacilitatorKind) -> View | Dropped:  # noqa: C901 - one case a kind
        match kind:
            case NotificationKind.ZOOM_TROUBLE:
                return self._of_gathering(self._zoom_trouble)
            case NotificationKind.ZOOM_MENDED:
                return self._zoom_mended()
            case NotificationKind.SENDER_RESTRICTED:
                return self._sender_restricted()
            case NotificationKind.MEETING_PUT_BACK:
                return self._of_gathering(self._put_back)
            case NotificationKind.MEETING_REFUSED:
                return self._of_gathering(self._refused)
            case NotificationKind.FACILITATORS_BRIEFED:
                return self._of_gathering(self._briefed)
            case NotificationKind.NOT_BEGUN:
                return self._of_gathering(self._not_begun)
            case NotificationKind.BEGUN_AFTER_ALL:
                return self._of_gathering(partial(facilitator_texts.begun_after_all, self.locale))
            case NotificationKind.RECORDING_STARTED:
                return self._of_gathering(self._recording)
            case NotificationKind.GATHERING_COUNTED:
                return self._of_gathering(self._counted)
            case NotificationKind.DOORS_FOLLOWED:
                return self._of_gathering(self._doors)
            case _:
                assert_never(kind)

    def _of_gathering(self, render: Callable[[Gathering], View | Dropped]) -> View | Dropped:
        if self.about is None or self.about.cancelled:
            return Dropped(Receipt.DROPPED, "the gathering was cancelled, or is gone")
        hosts_at = self.uow.facilitators.addresses_of(self.member.id, self.config.configured_facilitators)
        if not hosts_at:
            return Dropped(Receipt.DROPPED, "facilitates no more")
        view = render(self.about)
        if isinstance(view, Dropped) or self.member.address in hosts_at:
            return view
        # A facilitator's button would be refused at this address.
        return facilitator_texts.from_elsewhere(self.locale, view, hosts_at)

    def _zoom_trouble(self, gathering: Gathering) -> View | Dropped:
        trouble = self.uow.state.get(TROUBLE)
        if not trouble or not self.member.settings.by_direct_message:
            return Dropped(Receipt.DROPPED, "not wanted" if trouble else "mended meanwhile")
        registered = sum(self.uow.registrations.count_by_platform(gathering.id).values())
        return host_texts.doors_live(
            self.locale, gathering, self.now, registered=registered, unreached=0, trouble=trouble
        )

    def _zoom_mended(self) -> View | Dropped:
        if not self.member.settings.by_direct_message or self.uow.state.get(TROUBLE):
            return Dropped(Receipt.DROPPED, "not wanted, or in trouble again")
        return host_texts.zoom_mended(self.locale)

    def _sender_restricted(self) -> View | Dropped:
        breakers = self.uow.breakers.list_open()
        held = [breaker.platform for breaker in breakers if breaker.platform != self.notification.platform]
        return texts.sender_restricted(self.locale, held) if held else Dropped(Receipt.DROPPED, "over meanwhile")

    def _put_back(self, gathering: Gathering) -> View | Dropped:
        meeting = self.uow.meetings.get(gathering.id)
        if meeting is None or not meeting.put_back or not self.member.settings.by_direct_message:
            return Dropped(Receipt.DROPPED, "not wanted, or over")
        return watch_texts.put_back(self.locale, gathering, meeting.put_back)

    def _refused(self, gathering: Gathering) -> View | Dropped:
        """Whatever the member's settings, where it may be recorded."""
        meeting = self.uow.meetings.get(gathering.id)
        refused = meeting.refused if meeting is not None else frozenset()
        wanted = self.member.settings.by_direct_message or Deviation.CAPTURE in refused
        if not refused or not wanted:
            return Dropped(Receipt.DROPPED, "mended meanwhile, or not wanted")
        return watch_texts.refused(self.locale, gathering, refused)

    def _briefed(self, gathering: Gathering) -> View | Dropped:
        if gathering.starts_at != self.notification.starts_at or not self.member.settings.by_direct_message:
            return Dropped(Receipt.DROPPED, "the gathering has moved, or it is not wanted")
        roster = self.uow.registrations.roster(gathering.id)
        return facilitator_texts.briefed(
            self.locale,
            gathering,
            self.now,
            registered=len(roster),
            unreached=sum(line.unreached for line in roster),
            waits_for_host=self._meeting(gathering) is not None,
        )

    def _not_begun(self, gathering: Gathering) -> View | Dropped:
        """Whatever the member's settings: people stand at a closed door."""
        meeting = self._meeting(gathering)
        if gathering.starts_at != self.notification.starts_at or meeting is None or meeting.running:
            return Dropped(Receipt.DROPPED, "it has begun, or has moved")
        return facilitator_texts.not_begun(self.locale, gathering, self.now)

    def _recording(self, gathering: Gathering) -> View | Dropped:
        """Whatever the member's settings: what everybody was promised does not hold."""
        meeting = self.uow.meetings.get(gathering.id)
        captures = meeting.captures if meeting is not None else frozenset()
        return facilitator_texts.recording_started(self.locale, gathering, sorted(captures))

    def _doors(self, gathering: Gathering) -> View:
        return doors_view(self.uow, self.config, self.locale, gathering, self.now)

    def _counted(self, gathering: Gathering) -> View | Dropped:
        if gathering.starts_at != self.notification.starts_at or not self.member.settings.by_direct_message:
            return Dropped(Receipt.DROPPED, "the gathering has moved, or it is not wanted")
        roster = self.uow.registrations.roster(gathering.id)
        return facilitator_texts.counted(
            self.locale,
            gathering,
            registered=len(roster),
            logged_in=sum(line.logged_in_at is not None for line in roster) if self._meeting(gathering) else None,
            unreached=sum(line.unreached for line in roster),
            turned_away=sum(line.turned_away for line in roster),
        )

    def _meeting(self, gathering: Gathering) -> Meeting | None:
        """Its meeting, where the bot made it and it stands."""
        meeting = self.uow.meetings.get(gathering.id)
        return meeting if meeting is not None and meeting.standing is MeetingState.STANDS else None
