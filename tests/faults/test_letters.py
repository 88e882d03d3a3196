"""Who cannot be reached in chat hears by letter: the same notification, once, and never the way into the room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from icalendar import Calendar, Event

from adapters.mail.send import MailMessenger
from adapters.web.calendar import CalendarFiles
from adapters.web.tokens import PersonalLinks
from bot.addresses import Address
from bot.admission.model import DoorRule
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Gathering, Plan, Status
from bot.meetings.model import Meeting, MeetingState
from bot.members.model import MemberSettings, Person
from bot.notifications import enqueue, texts
from bot.notifications.deliver import Outbox
from bot.notifications.model import NotificationKind, Receipt
from bot.ports import Messenger, SentMessage, Storage, Undeliverable
from bot.request import Call, Request
from bot.secrets import StartLink, ZoomLink
from bot.unit_of_work import UnitOfWork
from bot.views import Buttons, Paragraph, SecretLinkButton, Text, View
from storage.engine.open import OpenStorage
from tests.adapters.mail.local_smtp import LocalSmtp, local_smtp, messenger_for
from tests.adapters.mail.test_letter import html, plain, seen
from tests.conversations.harness import MovableClock

pytestmark = pytest.mark.loopback
START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
ADA, ADAS_MAILBOX = Address("sandbox", "ada"), Address("mail", "ada@example.org")
MINE = Call("mine")
LINKS = PersonalLinks(["a key of thirty-two characters, at least"], "https://gatherings.example")
HOUSE = Config(
    organisation="Healing Together",
    reminders=(timedelta(hours=1), timedelta(minutes=10)),
    per_minute={},
    letters=True,
    public_url="https://gatherings.example",
    links=LINKS,
)
HOUSE = replace(HOUSE, calendar=CalendarFiles(HOUSE))


class Chat:
    """A chat whose private lines are closed, or open."""

    def __init__(self) -> None:
        self.closed = True
        self.asked: list[str] = []
        self.views: list[View] = []

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        self.asked.append(key)
        if self.closed:
            raise Undeliverable("direct messages are closed")
        self.views.append(view)
        return SentMessage(key)

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        return None

    async def open_conversation(self, to: Address) -> str:
        return ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        raise NotImplementedError


@pytest.fixture
async def smtp() -> AsyncIterator[LocalSmtp]:
    async with local_smtp() as server:
        yield server


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(START - timedelta(minutes=60))


@pytest.fixture
async def letters(smtp: LocalSmtp, clock: MovableClock) -> AsyncIterator[MailMessenger]:
    messenger = messenger_for(smtp, clock)
    yield messenger
    await messenger.close()


async def registers(
    storage: Storage, *addresses: Address, settings: MemberSettings | None = None
) -> tuple[Gathering, int]:
    """One member with these addresses, who wrote last from the first."""
    early = START - timedelta(days=1)

    def work(uow: UnitOfWork) -> tuple[Gathering, int]:
        (gathering,) = uow.gatherings.add([Plan("Grief and Gratitude", START, "Europe/Madrid")], Status.PUBLISHED)
        member = uow.members.get_or_create(Person(addresses[0], "Ada", "en", "Europe/Madrid"), early)
        for address in addresses[1:]:
            other = uow.members.get_or_create(Person(address, "Ada"), early)
            uow.accounts.merge(member.id, other.id, early)
        member = uow.members.get_or_create(Person(addresses[0], "Ada", "en", "Europe/Madrid"), early)
        uow.registrations.add(member.id, [gathering.id], early)
        if settings is not None:
            uow.members.save_settings(member.id, settings)
        return gathering, member.id

    return await storage.run(work)


async def receipts(storage: Storage, gathering: Gathering) -> list[Receipt]:
    kept = await storage.run(lambda uow: uow.registrations.roster(gathering.id))
    return [receipt for each in kept for _, receipt in each.receipts]


async def told(storage: Storage, clock: MovableClock, *asking: Address, call: Call = MINE) -> list[str]:
    """What one who asks from each of these addresses reads."""
    dispatcher = Dispatcher(storage, HOUSE)
    return [repr(await dispatcher.answer(Request(Person(each), call, clock.now()))) for each in asking]


def box(storage: Storage, chat: Chat, letters: Messenger, clock: MovableClock, config: Config = HOUSE) -> Outbox:
    return Outbox(storage, {"sandbox": chat, "mail": letters}, clock, config, jitter=lambda: 0.0)


async def test_a_closed_private_line_is_made_up_for_by_a_letter(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    gathering, member = await registers(storage, ADA, ADAS_MAILBOX)
    chat = Chat()
    outbox = box(storage, chat, letters, clock)
    await outbox.tick()
    assert len(chat.asked) == 1
    (letter,) = smtp.letters
    assert letter["To"] == ADAS_MAILBOX.account
    assert letter["Subject"].startswith(
        "Grief and Gratitude begins in 1 hour: Thursday 3 December, 18:00 (Madrid time)"
    )
    assert await receipts(storage, gathering) == [Receipt.SENT]
    kept = await storage.run(lambda uow: uow.members.get(member))
    assert kept is not None
    assert kept.unreached, "the member is told when they next write in chat"

    clock.advance(minutes=50)
    await outbox.tick()
    assert len(chat.asked) == 1, "a line that is known to be closed is not tried again"
    assert len(smtp.letters) == 2
    await outbox.tick()
    assert len(smtp.letters) == 2
    assert await receipts(storage, gathering) == [Receipt.SENT] * 2


@pytest.mark.parametrize(("first", "then"), [(ADA, ADAS_MAILBOX), (ADAS_MAILBOX, ADA)])
async def test_a_closed_private_line_is_told_once_in_chat_or_on_the_page(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock, first: Address, then: Address
) -> None:
    """Her letter arrived: of none it is said that it came back."""
    await registers(storage, ADA, ADAS_MAILBOX)
    await box(storage, Chat(), letters, clock).tick()
    assert len(smtp.letters) == 1
    said = await told(storage, clock, first, then)
    assert ["I could not reach you by direct message" in each for each in said] == [True, False]
    assert not any("came back" in each for each in said)


async def test_who_writes_again_hears_in_chat_again(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    _, member = await registers(storage, ADA, ADAS_MAILBOX)
    chat = Chat()
    outbox = box(storage, chat, letters, clock)
    await outbox.tick()
    await storage.run(lambda uow: uow.members.mark_unreached(member, unreached=False))
    chat.closed = False
    clock.advance(minutes=50)
    await outbox.tick()
    assert (len(chat.views), len(smtp.letters)) == (1, 1)


@pytest.mark.parametrize("why", ["no address", "not wanted", "no mail server"])
async def test_without_a_letter_it_is_blocked_as_ever(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock, why: str
) -> None:
    addresses = [ADA] if why == "no address" else [ADA, ADAS_MAILBOX]
    wanted = MemberSettings(letters=why != "not wanted")
    gathering, _ = await registers(storage, *addresses, settings=wanted)
    chat = Chat()
    await box(storage, chat, letters, clock, replace(HOUSE, letters=why != "no mail server")).tick()
    assert smtp.letters == []
    assert await receipts(storage, gathering) == [Receipt.BLOCKED]


async def test_a_mailbox_that_is_gone_ends_it(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    gathering, _ = await registers(storage, ADA, ADAS_MAILBOX)
    smtp.recipient_replies[ADAS_MAILBOX.account] = ["550 5.1.1 No such user"] * 9
    chat = Chat()
    outbox = box(storage, chat, letters, clock)
    for _ in range(3):
        await outbox.tick()
    assert await receipts(storage, gathering) == [Receipt.BLOCKED]
    assert len(chat.asked) == 1
    assert len(smtp.recipient_replies[ADAS_MAILBOX.account]) == 8


async def test_greylisting_is_waited_for(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    gathering, _ = await registers(storage, ADAS_MAILBOX)
    smtp.recipient_replies[ADAS_MAILBOX.account] = ["450 4.2.0 Greylisted"] * 4
    outbox = box(storage, Chat(), letters, clock)
    for _ in range(12):
        at = await outbox.tick()
        if smtp.letters:
            break
        clock.move_to(at or clock.now())
    assert await receipts(storage, gathering) == [Receipt.SENT]
    assert clock.now() - (START - timedelta(minutes=60)) < timedelta(minutes=3)


async def test_a_refused_sender_marks_nobody(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    gathering, _ = await registers(storage, ADAS_MAILBOX)
    smtp.sender_replies = ["550 5.7.1 You are listed"]
    await box(storage, Chat(), letters, clock).tick()
    assert await receipts(storage, gathering) == [Receipt.WAITING]
    opened = await storage.run(lambda uow: [breaker.scope for breaker in uow.breakers.list_open()])
    assert opened == ["mail"]


# ---- who hears by letter alone


async def test_a_letter_that_came_back_is_told_on_the_page_once(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    await registers(storage, ADAS_MAILBOX)
    smtp.recipient_replies[ADAS_MAILBOX.account] = ["552 5.2.2 Mailbox full"]
    await box(storage, Chat(), letters, clock).tick()
    said = await told(storage, clock, ADAS_MAILBOX, ADAS_MAILBOX)
    assert ["A letter to you came back." in each for each in said] == [True, False]
    assert "direct message" not in said[0]


async def test_who_is_forgotten_is_told_of_nothing_that_failed(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    """An old page may hold the button: nothing was asked for since the letter came back."""
    await registers(storage, ADAS_MAILBOX)
    smtp.recipient_replies[ADAS_MAILBOX.account] = ["552 5.2.2 Mailbox full"]
    await box(storage, Chat(), letters, clock).tick()
    forget = Call.of("forget", sure=int(clock.now().timestamp()))
    (said,) = await told(storage, clock, ADAS_MAILBOX, call=forget)
    assert "forgotten" in said
    assert "came back" not in said
    assert "direct message" not in said


async def test_a_letter_leads_to_the_door_and_to_the_page_and_out(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    await registers(storage, ADAS_MAILBOX)
    await box(storage, Chat(), letters, clock).tick()
    (letter,) = smtp.letters
    links = seen(letter).links
    door, absent, page, ends = links
    assert door.startswith("https://gatherings.example/join/")
    assert absent.startswith("https://gatherings.example/me/")
    assert "do=unregister%3Fgathering%3D" in absent
    assert page.startswith("https://gatherings.example/me/")
    assert page == absent.partition("?")[0]
    assert ends == f"{page}?do=quiet"
    assert letter["List-Unsubscribe"] == f"<{ends}>"
    assert "I can’t come" in plain(letter)
    assert "[" not in plain(letter)
    assert "<button" not in html(letter)


async def test_who_wants_no_letters_and_has_nothing_else_is_left_in_peace(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    gathering, _ = await registers(storage, ADAS_MAILBOX, settings=MemberSettings(letters=False))
    await box(storage, Chat(), letters, clock).tick()
    assert smtp.letters == []
    assert await receipts(storage, gathering) == [Receipt.DROPPED]
    assert await _told(storage, gathering) == [False], "and facilitators are not told that they hear of a move"


async def _told(storage: OpenStorage, gathering: Gathering) -> list[bool]:
    """Of each on the roster, whether they hear what is told to all; it counts those alone."""

    def work(uow: UnitOfWork) -> list[bool]:
        roster = uow.registrations.roster(gathering.id)
        assert enqueue.told_of(uow, [gathering]) == {line.member for line in roster if line.hears}
        return [line.hears for line in roster]

    return await storage.run(work)


async def test_who_wants_no_letters_hears_elsewhere_whatever_they_wrote_from_last(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    gathering, _ = await registers(storage, ADAS_MAILBOX, ADA, settings=MemberSettings(letters=False))
    chat = Chat()
    chat.closed = False
    await box(storage, chat, letters, clock).tick()
    assert (len(chat.views), smtp.letters) == (1, [])
    assert await receipts(storage, gathering) == [Receipt.SENT]
    assert await _told(storage, gathering) == [True]


async def test_a_move_is_told_by_letter_too(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, clock: MovableClock
) -> None:
    gathering, _ = await registers(storage, ADAS_MAILBOX)
    clock = MovableClock(START - timedelta(hours=20))
    await storage.run(
        lambda uow: enqueue.notify_registrants(uow, gathering, NotificationKind.MOVED, clock.now()) and None
    )
    await box(storage, Chat(), letters, clock).tick()
    assert len(smtp.letters) == 1


# ---- the room


@pytest.mark.parametrize(
    "link", [ZoomLink("https://zoom.example/j/1?pwd=x", "code"), StartLink("https://zoom.example/s/1?zak=x")]
)
async def test_whatever_holds_the_room_never_becomes_a_letter(
    storage: OpenStorage,
    smtp: LocalSmtp,
    letters: MailMessenger,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    link: ZoomLink | StartLink,
) -> None:
    def careless(*_: object) -> View:
        return View((Paragraph((Text("Come in"),)), Buttons((SecretLinkButton("Enter", link),))))

    monkeypatch.setattr(texts, "reminder", careless)
    gathering, _ = await registers(storage, ADA, ADAS_MAILBOX)
    chat = Chat()
    await box(storage, chat, letters, clock).tick()
    assert len(chat.asked) == 1
    assert smtp.letters == []
    assert smtp.connections == 0
    assert await receipts(storage, gathering) == [Receipt.FAILED]
    assert link.reveal() not in caplog.text


# ---- what calendars take


def events(letter: EmailMessage) -> list[Event]:
    (file,) = letter.iter_attachments()
    assert file.get_content_type() == "text/calendar"
    calendar = Calendar.from_ical(file.get_content())
    assert calendar["METHOD"] == "PUBLISH"
    return [event for event in calendar.walk("VEVENT") if isinstance(event, Event)]


async def asks(storage: Storage, clock: MovableClock, call: Call, house: Config = HOUSE) -> None:
    await Dispatcher(storage, house).respond(
        Request(Person(ADAS_MAILBOX, "Ada", "en", "Europe/Madrid"), call, clock.now())
    )


async def test_registering_is_confirmed_by_one_letter_with_a_file_for_the_calendar(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger
) -> None:
    clock = MovableClock(START - timedelta(hours=20))
    plans = [Plan("Letting go", START + timedelta(days=7 * part), "Europe/Madrid") for part in range(2)]
    first, second = await storage.run(lambda uow: uow.gatherings.add(plans, Status.PUBLISHED))
    outbox = box(storage, Chat(), letters, clock)
    for _ in range(2):
        await asks(storage, clock, Call.of("register", gathering=first.id))
        await outbox.tick()
    (letter,) = smtp.letters
    assert letter["Subject"] == "You are registered for both parts of Letting go"
    assert [event["UID"] for event in events(letter)] == [
        f"gathering-{each.id}@gatherings.example" for each in (first, second)
    ]
    assert all(str(event["URL"]).startswith("https://gatherings.example/join/") for event in events(letter))

    clock.advance(minutes=1)
    await asks(storage, clock, Call.of("unregister", gathering=first.id, only="all"))
    await asks(storage, clock, Call.of("register", gathering=second.id, only="yes"))
    await outbox.tick()
    assert len(smtp.letters) == 2, "who comes back is written to anew"
    assert [event["UID"] for event in events(smtp.letters[1])] == [f"gathering-{second.id}@gatherings.example"]


@pytest.mark.parametrize("waits", [True, False])
async def test_who_registers_at_a_full_house_is_written_to_where_they_may_wait(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger, waits: bool
) -> None:
    clock = MovableClock(START)
    house = replace(HOUSE, reminders=(), unused_places=timedelta(minutes=3) if waits else timedelta(0))

    def fill(uow: UnitOfWork) -> Gathering:
        plan = Plan("Grief and Gratitude", START, "Europe/Madrid", door_rule=DoorRule(limit=1))
        (gathering,) = uow.gatherings.add([plan], Status.PUBLISHED)
        uow.meetings.save(Meeting(gathering.id, "81234567890", MeetingState.STANDS, gathering.revision))
        bo = uow.members.get_or_create(Person(ADA, "Bo"), START)
        uow.registrations.add(bo.id, [gathering.id], START)
        uow.admission.admit(bo.id, gathering.id, START)
        return gathering

    gathering = await storage.run(fill)
    await asks(storage, clock, Call.of("register", gathering=gathering.id), house)
    await box(storage, Chat(), letters, clock, house).tick()
    subjects = [letter["Subject"] for letter in smtp.letters if letter["To"] == ADAS_MAILBOX.account]
    assert [subject.partition(",")[0] for subject in subjects] == ["You are registered for Grief and Gratitude"] * waits
    if waits:
        said = plain(smtp.letters[-1])
        assert "is full at the moment" in said
        assert "Wait for a place:" in said
        assert "doors are open" not in said


async def test_who_left_before_the_letter_went_gets_none(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger
) -> None:
    gathering, _ = await registers(storage, ADA)
    clock = MovableClock(START - timedelta(hours=20))
    await asks(storage, clock, Call.of("register", gathering=gathering.id))
    await asks(storage, clock, Call.of("unregister", gathering=gathering.id))
    await box(storage, Chat(), letters, clock).tick()
    assert smtp.letters == []


async def test_a_move_and_a_cancellation_bring_the_same_event_anew(
    storage: OpenStorage, smtp: LocalSmtp, letters: MailMessenger
) -> None:
    gathering, _ = await registers(storage, ADAS_MAILBOX)
    clock = MovableClock(START - timedelta(hours=20))
    outbox = box(storage, Chat(), letters, clock)
    for kind, changed in (
        (NotificationKind.MOVED, replace(gathering, starts_at=START + timedelta(hours=1))),
        (NotificationKind.CANCELLED, replace(gathering, status=Status.CANCELLED)),
    ):

        def work(uow: UnitOfWork, kind: NotificationKind = kind, changed: Gathering = changed) -> None:
            current = uow.gatherings.get(gathering.id)
            assert current is not None
            saved = uow.gatherings.save(
                replace(current, starts_at=changed.starts_at, status=changed.status), clock.now()
            )
            enqueue.notify_registrants(uow, saved, kind, clock.now())

        await storage.run(work)
        await outbox.tick()
    moved, cancelled = [events(letter)[0] for letter in smtp.letters]
    assert moved["UID"] == cancelled["UID"]
    assert 0 < moved.sequence < cancelled.sequence
    assert moved.start == START + timedelta(hours=1)
    assert (moved["STATUS"], cancelled["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert "URL" in moved
    assert "URL" not in cancelled
