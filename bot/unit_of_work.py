"""What the core needs from outside. The docstrings are the contract; each has one suite that proves it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.accounts.model import DataExport
from bot.addresses import Address
from bot.announcements.model import Announcement, ScheduledAnnouncement
from bot.announcements.scheduled_events import EventDiff, ScheduledEvent
from bot.audit.model import Act, LogEntry
from bot.gatherings.imports import Import
from bot.gatherings.model import Gathering, Plan, Status
from bot.meetings.model import Meeting, Pass
from bot.members.model import Identity, Member, Person, Settings
from bot.messages.model import Message
from bot.notifications.breaker import CircuitBreaker
from bot.notifications.model import ClaimedNotification, Notification, NotificationKind, Receipt
from bot.registrations.model import DoorVisit, Registrant, Registration, RosterLine
from bot.secrets import LinkKey, ZoomLink
from bot.topics.model import Topic, TopicState


class UnitOfWork(Protocol):
    """Everything that is kept, in the words of the house. Lives for one transaction.

    All instants are aware UTC. Nothing here decides a rule; what must be unique is unique in the database.
    """

    # members
    def greet(self, person: Person, now: datetime) -> Member:
        """The member who owns this address, made on first sight; keeps name, language and zone up to date."""
        ...

    def member(self, member: int) -> Member | None: ...

    def choose(self, member: int, settings: Settings) -> None: ...

    def mark_unreached(self, member: int, unreached: bool) -> None: ...

    def facilitators(self) -> list[Address]:
        """The team: every address that was added, in order."""
        ...

    def team(self, named: Collection[Address]) -> dict[int, Address]:
        """Members with an address on the team or named here, and that address; those once heard alone.

        Where a member has several such addresses, the one where they were last heard, if it is among them.
        """
        ...

    def add_facilitator(self, address: Address) -> bool:
        """Lets the member at this address facilitate, now or once they are first heard; False if they did already."""
        ...

    def remove_facilitator(self, address: Address, *, keep_one: bool = False) -> bool:
        """Takes an address off the team; False if it was not on it, or with `keep_one` if it is the last."""
        ...

    def names(self, addresses: Collection[Address]) -> dict[Address, str]:
        """What those of these who were heard before are called."""
        ...

    def heard(self, key: str, now: datetime) -> bool:
        """True the first time a platform's interaction id is seen, False ever after (a day at least)."""
        ...

    # one person, several selves
    def keep_code(self, member: int, digest: str, expires_at: datetime) -> None:
        """Keeps a one-time code, as its digest, instead of the member's former one."""
        ...

    def code_owner(self, digest: str, now: datetime) -> int | None:
        """Whose code this is, while it holds."""
        ...

    def wrong_code(self, member: int, now: datetime) -> None: ...

    def wrong_codes(self, member: int, since: datetime) -> int:
        """How many this member has typed since then."""
        ...

    def addresses(self, member: int) -> list[Address]:
        """Everywhere that this member is known."""
        ...

    def identities(self, member: int) -> list[Identity]:
        """The same, each with its name."""
        ...

    def request_connection(self, member: int, other: int, digest: str, expires_at: datetime) -> None:
        """Keeps that `member`, who typed a code of `other`'s, was asked; instead of what they were asked before.

        It goes when either of them becomes one with anybody, or is given another code.
        """
        ...

    def take_connection_request(self, member: int, digest: str, now: datetime) -> int | None:
        """With whom this member was asked to connect, once; None for another digest, or too late."""
        ...

    def drop_connection_request(self, member: int) -> None: ...

    def become_one(self, kept: int, gone: int) -> None:
        """Makes two members one, in all that is kept; what was `gone`'s is `kept`'s, whose settings stay.

        Where both were registered the earlier registration stays, and the other's link leads to it; where both
        were in, one place is given back. A notice that went to both selves is told to one of them. From then on
        `member` and `arrivals` understand the ids that are gone. Codes of both are used up, and the links to both
        calendars name nothing any more.
        """
        ...

    def disconnect(self, member: int, address: Address) -> Member | None:
        """Makes one of a member's addresses a member of its own again; None when it is not one of several.

        What was made from this address goes with it; a registration that rested while another self's stood comes
        back. A place goes with the registration, so that none is counted twice. Nothing that was told, or may be
        being told, is told again to either. The links to both calendars name nothing any more.
        """
        ...

    def still_to_tell(self, key: str) -> bool:
        """Whether the notice with this key waits, or is held by a worker."""
        ...

    def dossier(self, member: int) -> DataExport:
        """Everything that is kept about a member."""
        ...

    def forget(self, member: int, now: datetime) -> None:
        """Removes a member and all that is theirs; of gatherings that are over and of topics, counts stay."""
        ...

    # the log of acts
    def record(self, act: Act) -> None:
        """Keeps what a facilitator did; goes in the same transaction as the deed itself."""
        ...

    def acts(
        self, *, limit: int | None = None, offset: int = 0, upto: int = 0, gatherings: Collection[int] = ()
    ) -> list[LogEntry]:
        """What was done, the newest first. `upto`: none that was recorded after this id. `gatherings`: about these."""
        ...

    # messages
    def draft_message(self, gathering: int, text: str, now: datetime) -> Message:
        """Keeps a message sealed, to be sent or discarded; one that is neither is gone after a day."""
        ...

    def message(self, message: int) -> Message | None: ...

    def send_message(self, message: int, now: datetime) -> bool:
        """Marks a draft as sent; False when it is none any more."""
        ...

    def discard_message(self, message: int) -> bool: ...

    # gatherings
    def add(self, plans: Sequence[Plan], status: Status, now: datetime | None = None) -> list[Gathering]:
        """Keeps one plan as a one-time gathering, two or three as the parts of a series in that order."""
        ...

    def twin(self, title: str, starts_at: datetime) -> Gathering | None:
        """The gathering with this title, however it is spelt, and start: importing a file twice adds nothing, and
        brings back nothing that was cancelled since.
        """
        ...

    def imported(self, source: str) -> tuple[Gathering, Import] | None:
        """What the entry of a calendar with this source has become, and as what it was imported last."""
        ...

    def keep_import(self, kept: Import) -> None:
        """Keeps it, in place of an earlier one of the same source."""
        ...

    def gathering(self, gathering: int) -> Gathering | None: ...

    def parts(self, gathering: Gathering) -> list[Gathering]:
        """All parts of its series in order; a one-time gathering alone."""
        ...

    def upcoming(self, now: datetime, *, limit: int, offset: int = 0, titled: str = "") -> list[Gathering]:
        """Published gatherings whose late entry is not past, soonest first; `titled`: part of the title."""
        ...

    def hosted(self, now: datetime, *, limit: int, titled: str = "") -> list[Gathering]:
        """What a facilitator may act on: drafts and published gatherings that have not ended, soonest first."""
        ...

    def change(self, gathering: Gathering, now: datetime | None = None) -> Gathering:
        """Keeps the changed fields of a gathering, with its revision raised by one; returns it as kept.

        `now` is when it was changed, which calendars tell.

        Its admissions are not among them: only `admit` counts those. It must be as it was read in this
        transaction (its revision tells): one that somebody else changed meanwhile is not written over.
        """
        ...

    def stand_still(self, gatherings: Sequence[Gathering]) -> None:
        """Makes sure that these are as they were read in this transaction, and stay so until its end.

        Whoever registers is then among those whom a cancellation or a move tells, or hears of it at once.
        """
        ...

    def discard(self, gathering: Gathering) -> None:
        """Removes a draft, with all parts of its series. Like `change`, never one that is none any more."""
        ...

    def zoom_link(self, gathering: int) -> ZoomLink | None: ...

    def zoom_links(self, gatherings: Collection[int]) -> dict[int, ZoomLink]:
        """Of those that have one."""
        ...

    def set_zoom_link(self, gathering: int, link: ZoomLink) -> None: ...

    # registrations
    def register(self, member: int, gatherings: Iterable[int], now: datetime) -> list[Registration]:
        """The member's registrations for all of these, made where missing. Idempotent."""
        ...

    def unregister(self, member: int, gatherings: Iterable[int]) -> list[int]:
        """Removes the member's registrations for these; returns the gatherings that had one. Idempotent."""
        ...

    def registration(self, member: int, gathering: int) -> Registration | None: ...

    def registered(self, member: int, now: datetime, *, titled: str = "") -> list[Gathering]:
        """The gatherings that have not ended and that this member is registered for, soonest first.

        Cancelled ones are left out. `titled`: part of the title.
        """
        ...

    def registered_among(self, member: int, gatherings: Collection[int]) -> set[int]: ...

    def roster(self, gathering: int) -> list[RosterLine]:
        """Every registrant in the order of registering, with what reached them."""
        ...

    def registrants(self, gathering: int) -> list[Registrant]: ...

    # the door
    def admit(self, member: int, gathering: int, now: datetime) -> bool:
        """Takes a place, counted in the statement that takes it; True when the member now holds one.

        One place per member, for good: a second call is True and takes none. False when no place is left,
        or the gathering was cancelled or closed meanwhile. Safe against any number of concurrent calls.
        """
        ...

    def admit_each(self, members: Sequence[int], gathering: int, now: datetime) -> set[int]:
        """`admit` for many: those who now hold a place. Where not all find one, the first in order do."""
        ...

    def empty(self, gathering: int) -> None:
        """Gives every place back: it was put off, and whoever was in comes in anew."""
        ...

    def admitted(self, member: int, gathering: int) -> bool: ...

    def arrivals(self, links: Collection[LinkKey]) -> dict[LinkKey, DoorVisit]:
        """Those of these whose registration stands, as they are before the door; drafts are left out."""
        ...

    def ways_in(self, arrivals: Collection[DoorVisit], now: datetime) -> dict[int, ZoomLink]:
        """The link that leads each of these in, by registration; none where there is no room yet.

        Where there are passes, whoever has none gets nothing, or once they have failed for a while the common link.
        """
        ...

    # the rooms at Zoom
    def concerning_meetings(self, now: datetime, *, limit: int) -> list[tuple[Gathering, Meeting | None, bool]]:
        """Gatherings still to end that want or have a meeting, soonest first; True: a link is kept for them."""
        ...

    def meeting(self, gathering: int) -> Meeting | None: ...

    def keep_meeting(self, meeting: Meeting) -> None: ...

    def passes(self, gathering: int) -> list[Pass]:
        """One for each registrant, made or not; and those of registrations that were given up since."""
        ...

    def begin_passes(self, gathering: int, registrations: Sequence[int]) -> None:
        """Remembers that these are being asked for."""
        ...

    def issue_passes(self, gathering: int, issued: Mapping[int, tuple[str, ZoomLink]]) -> None:
        """Keeps passes that stand: by registration, Zoom's id of the registrant and their link."""
        ...

    def share_common_link(self, gathering: int, at: datetime | None) -> None:
        """From when on those without a pass are shown the meeting's common link; None: never."""
        ...

    def lose_passes(self, gathering: int) -> None:
        """Forgets every pass to its meeting, which is gone."""
        ...

    def end_passes(self, registrations: Collection[int]) -> None: ...

    def logged_in(self, number: str, registrant: str, at: datetime) -> bool:
        """Keeps the first log-in with a pass to this meeting; False when it changes nothing. In any order."""
        ...

    def forget_passes(self, before: datetime) -> None:
        """Of gatherings that ended before then, the passes whose registration is no longer kept."""
        ...

    # the calendar
    def shown(self, since: datetime, *, limit: int) -> list[Gathering]:
        """Published and cancelled gatherings that end after `since`, soonest first."""
        ...

    def shown_version(self, since: datetime, *, limit: int) -> str:
        """A short text that is another one whenever `shown` gives something else."""
        ...

    def calendar(self, member: int, since: datetime) -> list[tuple[Gathering, Registration]]:
        """What this member is registered for and ends after `since`, cancelled ones among it, soonest first."""
        ...

    def calendar_owner(self, link: LinkKey) -> Member | None:
        """Whose calendar this link names."""
        ...

    def renew_calendar(self, member: int) -> LinkKey:
        """Gives the member's calendar another link; from now on the former one names nothing."""
        ...

    # topics
    def suggest(self, member: int, text: str, now: datetime) -> Topic | None:
        """Keeps a suggestion, as a vote where others have the same one open; None when the member has it already."""
        ...

    def open_topics(self, member: int) -> int:
        """How many open topics this member suggested, alone or as others did."""
        ...

    def topic(self, topic: int) -> Topic | None: ...

    def topics(self, *, limit: int, offset: int = 0, titled: str = "") -> list[Topic]:
        """Open ones, those with most votes first, then the oldest; `titled`: part of the topic."""
        ...

    def others_topics(self, member: int, *, limit: int, offset: int = 0, titled: str = "") -> list[Topic]:
        """Open ones that this member has not voted for, in the same order."""
        ...

    def vote(self, topic: int, member: int, now: datetime) -> bool:
        """False when the member had voted for it already."""
        ...

    def unvote(self, topic: int, member: int) -> bool: ...

    def close_topic(self, topic: int, state: TopicState) -> bool:
        """Takes an open topic off the list; False when it was not open."""
        ...

    def reopen_topic(self, topic: int) -> bool:
        """Puts a declined topic back; False where it was not declined, or the same was suggested anew."""
        ...

    def merge_topics(self, topic: int, into: int) -> bool:
        """Moves everyone's votes, each member's once; False when the first was not open."""
        ...

    def take_up(self, topic: int, gathering: int) -> None:
        """Remembers that this gathering, a draft perhaps, is about the topic."""
        ...

    def taken_up(self, gathering: int) -> Topic | None: ...

    def voices(self, topic: int) -> dict[int, str]:
        """The members who suggested it or voted for it, each with the platform where they are heard."""
        ...

    # announcements
    def announce(self, gathering: int, channel: Address) -> Announcement:
        """The announcement of a gathering in a channel, made where missing. Idempotent."""
        ...

    def announcement(self, announcement: int) -> Announcement | None: ...

    def announcements(self, gathering: Gathering) -> list[Announcement]:
        """Those about this gathering or about any part of its series."""
        ...

    def scheduled(self, gatherings: Collection[int], now: datetime) -> list[ScheduledAnnouncement]:
        """Announcements of these that are to be posted later than now, soonest first; until the end of this
        transaction nobody begins to post one.
        """
        ...

    def withdraw(self, announcement: int) -> bool:
        """Removes an announcement that nobody has begun to post, or that could not be posted; False otherwise."""
        ...

    def posted(self, announcement: int, message: str) -> None:
        """Keeps the platform's id of a post that now stands."""
        ...

    # in the servers' own lists of what is coming up
    def out_of_step(
        self,
        platform: str,
        home: str,
        now: datetime,
        *,
        within: Collection[str],
        resting: Collection[str] = (),
        limit: int,
    ) -> EventDiff:
        """How these servers of a platform differ from what is announced in them: so many of each kind at most.

        One happening is due for every upcoming published gathering, or part, and server where an announcement
        of it stands; none where `home`, the public address, is empty. `resting`: servers, and accounts of
        channels, that are left out.
        """
        ...

    def keep_server(self, channel: Address, server: str) -> None: ...

    def keep_happening(self, happening: ScheduledEvent) -> None: ...

    def forget_happening(self, gathering: int, server: str) -> None: ...

    # the outbox
    def post(self, notices: Iterable[Notification]) -> None:
        """Keeps notices to deliver; one whose key is known already is left as it is."""
        ...

    def near(self, since: datetime, until: datetime) -> list[Gathering]:
        """Published gatherings that start between these instants, soonest first."""
        ...

    def waves(self, gatherings: Collection[int]) -> dict[tuple[int, datetime, NotificationKind, timedelta], bool]:
        """Which rounds of reminders were planned, by gathering, start, kind and lead; True: for the last time."""
        ...

    def mark_wave(self, gathering: Gathering, kind: NotificationKind, lead: timedelta, complete: bool) -> None: ...

    def registrant_count(self, gathering: int) -> dict[str, int]:
        """How many registrants are heard on each platform."""
        ...

    def claim(self, now: datetime, lease: timedelta, worker: str, room: dict[str, int]) -> list[ClaimedNotification]:
        """Takes due notices for `worker` until the lease ends, oldest due first; `attempts` counts this one.

        At most `room[platform]` direct messages of each platform in `room`, none of others, and a few posts in
        channels besides, which do not wait behind them. A notice is held by one worker
        at a time; one whose lease ran out without a receipt comes back with `in_doubt`. Notices past their
        expiry are given the receipt TOO_LATE here instead.
        """
        ...

    def settle(self, claimed: ClaimedNotification, worker: str, receipt: Receipt, now: datetime, why: str = "") -> bool:
        """Records what became of a claimed notice; False when this worker no longer holds it."""
        ...

    def held(self, claimed: ClaimedNotification, worker: str) -> Notification | None:
        """The notice as it stands now, for it may have become another member's; None when this worker lost it.

        It stays as it is until the end of the transaction.
        """
        ...

    def begin(
        self, claimed: ClaimedNotification, worker: str, now: datetime, lease: timedelta, to: Address | None = None
    ) -> bool:
        """Records that sending begins now, and renews the lease; False when this worker no longer holds the notice.

        A worker that was stopped for longer than its lease learns of it here, before it tells what another has told.
        `to`: the address of the member where it is told, and where it is looked for as long as that is in doubt.
        """
        ...

    def readdress(self, claimed: ClaimedNotification, worker: str, to: Address, now: datetime) -> bool:
        """Gives back what was certainly not told, to be told where its member is heard now; False as above."""
        ...

    def retry(self, claimed: ClaimedNotification, worker: str, at: datetime, *, in_doubt: bool, why: str) -> bool:
        """Gives a claimed notice back, due again at `at`; False when this worker no longer holds it."""
        ...

    def postpone(self, claimed: ClaimedNotification, worker: str, at: datetime, *, why: str) -> bool:
        """The same for one that nobody began to send: it counts neither as an attempt nor for the pace."""
        ...

    def last_notice(self) -> int:
        """The highest id that a notice was ever given: it rises whenever something is posted."""
        ...

    # the circuit breakers
    def breaker(self, scope: str) -> CircuitBreaker | None:
        """The open breaker of this scope."""
        ...

    def breakers(self) -> list[CircuitBreaker]:
        """All open ones, in the order of their scopes."""
        ...

    def open_breaker(self, breaker: CircuitBreaker) -> bool:
        """Keeps it; False where one of this scope was open already, which then stays as it is."""
        ...

    def begin_trial(self, before: CircuitBreaker, after: CircuitBreaker) -> bool:
        """Replaces `before`; False when another worker began this trial first."""
        ...

    def close_breaker(self, scope: str, now: datetime) -> bool:
        """Closes it and makes due what was postponed because of it; False when none was open."""
        ...

    def lately(self, platform: str, since: datetime, until: datetime) -> int:
        """How many direct messages were begun on a platform between these, by any worker: for the pace.

        Those that were dropped at delivery do not count: nothing was sent.
        """
        ...

    def next_due(self) -> datetime | None:
        """The earliest instant at which a waiting notice is due, or a lease runs out."""
        ...

    def prune(self, now: datetime, *, retention: timedelta | None = None, spared: Collection[Address] = ()) -> None:
        """Forgets interaction ids and drafts older than a day, a bounded number at a time.

        With `retention`, also who registered for, came to and was told of a gathering that ended longer ago,
        and what was written to them; how many they were stays. And acts that are older; and members who were last seen
        longer ago, of whom nothing else is kept: neither a registration nor a vote, nor an address on the team or among
        the `spared`.
        """
        ...

    # what only one worker may do at a time, and what all remember
    def hold(self, name: str, worker: str, until: datetime, now: datetime) -> bool:
        """Takes the lease of this name for `worker`, or renews it; False while another worker's has not ended."""
        ...

    def give_back(self, name: str, worker: str) -> None:
        """Ends a lease early, if it is this worker's."""
        ...

    def schema(self) -> str:
        """The revision of the tables as they are now; another process may have migrated them."""
        ...

    def remembered(self, name: str) -> str | None: ...

    def remembered_under(self, prefix: str) -> list[str]:
        """The names that begin so, of what is remembered and not empty, in order."""
        ...

    def remember(self, name: str, value: str) -> None:
        """Keeps a small text under a name, instead of what was there."""
        ...
