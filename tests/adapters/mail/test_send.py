"""Letters handed to a real mail server: what it accepts, refuses, and what goes wrong between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from adapters.mail import client
from adapters.mail.send import MailMessenger
from adapters.mail.server import MailServer
from bot.addresses import Address
from bot.ports import SenderRestricted, SentMessage, Throttled, TryLater, Undeliverable
from bot.views import Moment, Paragraph, Text, View
from tests.adapters.mail.local_smtp import PASSWORD, USER, LocalSmtp, local_smtp, messenger_for, server_at
from tests.conversations.harness import MovableClock

pytestmark = pytest.mark.loopback
ADA, BO = Address("mail", "ada@example.org"), Address("mail", "bo@example.org")
KEY = "reminder:17:12:1764784800:3600"
VIEW = View((Paragraph((Text("It begins in 1 hour."),)),))
NOW = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOW)


@pytest.fixture
async def smtp() -> AsyncIterator[LocalSmtp]:
    async with local_smtp() as server:
        yield server


@pytest.fixture
async def messenger(smtp: LocalSmtp, clock: MovableClock) -> AsyncIterator[MailMessenger]:
    mail = messenger_for(smtp, clock)
    yield mail
    await mail.close()


async def sends(mail: MailMessenger, to: Address = ADA, key: str = KEY) -> SentMessage:
    return await mail.send(to, VIEW, key=key, language="en", zone="UTC")


async def finds(mail: MailMessenger, to: Address = ADA, key: str = KEY) -> SentMessage | None:
    return await mail.find(to, key=key, since=NOW, until=NOW + timedelta(seconds=30))


async def test_a_letter_arrives_and_its_id_follows_from_the_key(smtp: LocalSmtp, messenger: MailMessenger) -> None:
    first = await sends(messenger)
    again = await sends(messenger)
    other = await sends(messenger, key=KEY + "0")
    assert first == again != other
    assert first.conversation == ""
    assert [letter["Message-ID"] for letter in smtp.letters] == [first.message, again.message, other.message]
    assert smtp.letters[0]["From"] == "Healing Together <gatherings@example.org>"
    assert smtp.letters[0]["To"] == "ada@example.org"
    assert smtp.letters[0]["Date"] == "Thu, 03 Dec 2026 17:00:00 +0000"
    assert smtp.letters[0]["Subject"] == "It begins in 1 hour"


async def test_one_connection_carries_many_letters(smtp: LocalSmtp, messenger: MailMessenger) -> None:
    for number in range(20):
        await sends(messenger, key=f"{KEY}{number}")
    assert len(smtp.letters) == 20
    assert smtp.connections == 1


async def test_letters_at_once_have_a_connection_each(smtp: LocalSmtp, messenger: MailMessenger) -> None:
    await asyncio.gather(*(sends(messenger, key=f"{KEY}{number}") for number in range(3)))
    assert len(smtp.letters) == 3
    assert smtp.connections == 3
    await sends(messenger, key=f"{KEY}9")
    assert smtp.connections == 3


async def test_a_connection_that_the_server_closed_meanwhile_costs_no_letter(
    smtp: LocalSmtp, messenger: MailMessenger
) -> None:
    await sends(messenger)
    smtp.cut_all()
    await sends(messenger, key=KEY + "0")
    assert len(smtp.letters) == 2
    assert smtp.connections == 2


async def test_an_unused_connection_is_closed(
    smtp: LocalSmtp, messenger: MailMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "IDLE_LIMIT", 0.05)
    await sends(messenger)
    await until(lambda: messenger._connections._idle == [])
    await sends(messenger, key=KEY + "0")
    assert smtp.connections == 2


# ---- encryption and login


async def test_tls_from_the_first_byte_with_a_login(clock: MovableClock) -> None:
    async with local_smtp(tls=True, login=True) as smtp:
        mail = messenger_for(smtp, clock, server_at(smtp, "smtps", LOGIN))
        await sends(mail)
        assert len(smtp.letters) == 1
        await mail.close()


async def test_starttls_is_required_of_a_server_elsewhere(clock: MovableClock) -> None:
    assert MailServer.parse("smtp://mail.example.org").starts_tls
    assert not MailServer.parse("smtp://localhost").starts_tls
    assert not MailServer.parse("smtp://127.0.0.1:25").starts_tls
    async with local_smtp(starttls=True, login=True) as smtp:
        mail = messenger_for(smtp, clock, _Elsewhere.at(smtp, LOGIN))
        await sends(mail)
        assert len(smtp.letters) == 1
        await mail.close()
    async with local_smtp() as smtp:
        mail = messenger_for(smtp, clock, _Elsewhere.at(smtp))
        with pytest.raises(Throttled, match="no STARTTLS"):
            await sends(mail)
        assert smtp.letters == []
        await mail.close()


class _Elsewhere(MailServer):
    """Is on this machine, and treated as one that is not."""

    __slots__ = ()
    is_this_machine = False

    @classmethod
    def at(cls, smtp: LocalSmtp, credentials: str = "") -> MailServer:
        here = server_at(smtp, credentials=credentials)
        return cls(here.host, here.port, here.tls_at_once, here.user, here.password)


async def test_a_certificate_that_nobody_vouches_for_is_refused(clock: MovableClock) -> None:
    async with local_smtp(tls=True) as smtp:
        mail = MailMessenger(
            client.MailConnections(server_at(smtp, "smtps"), "example.org"), messenger_for(smtp, clock)._sender, clock
        )
        with pytest.raises(Throttled, match="no encrypted connection") as refused:
            await sends(mail)
        assert refused.value.after == timedelta(minutes=1)
        assert smtp.letters == []


async def test_a_wrong_password_stops_everything_and_is_not_repeated_in_a_log(
    clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with local_smtp(tls=True, login=True) as smtp:
        mail = messenger_for(smtp, clock, server_at(smtp, "smtps", f"{quote(USER, safe='')}:wr0ng-s3cret@"))
        with pytest.raises(Throttled, match="535") as refused:
            await sends(mail)
        assert "user and password" in str(refused.value)
    assert "wr0ng-s3cret" not in caplog.text + str(refused.value) + repr(server_at(smtp, "smtps", LOGIN))
    assert "HTG_SMTP_URL" in caplog.text


# ---- refusals


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("550 5.1.1 No such user", Undeliverable),
        ("550 No such user here", Undeliverable),
        ("552 5.2.2 Mailbox full", Undeliverable),
        ("553 5.1.3 Bad address", Undeliverable),
        ("550 5.7.1 Unable to relay", SenderRestricted),
        ("554 Relay access denied", SenderRestricted),
        ("550 relay not permitted", SenderRestricted),
        ("550 Authentication is required for relay", SenderRestricted),
        ("550 Your address is blocked", SenderRestricted),
        ("550 Mailbox blocked", Undeliverable),
        ("550 The recipient is not permitted to receive mail", Undeliverable),
        ("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", SenderRestricted),
        ("530 5.7.0 Must log in first", SenderRestricted),
        ("550 5.1.8 Sender address rejected", SenderRestricted),
        ("450 4.2.0 Greylisted, come back later", TryLater),
        ("451 4.7.1 Greylisting in action", TryLater),
        ("452 4.5.3 Too many recipients", Throttled),
        ("451 4.3.0 Not well", Throttled),
        ("421 4.7.0 Too many messages", Throttled),
    ],
)
async def test_what_a_refused_recipient_means(
    smtp: LocalSmtp, messenger: MailMessenger, reply: str, expected: type[Exception]
) -> None:
    smtp.recipient_replies[ADA.account] = [reply]
    with pytest.raises(expected) as refused:
        await sends(messenger)
    assert type(refused.value) is expected
    assert str(refused.value).startswith(reply[:3])
    assert smtp.letters == []
    assert await finds(messenger) is None
    await sends(messenger, BO)
    await sends(messenger)
    assert smtp.recipients == [BO.account, ADA.account]


async def test_a_refusal_leaves_the_connection_usable(smtp: LocalSmtp, messenger: MailMessenger) -> None:
    await sends(messenger, BO)
    for number in range(5):
        smtp.recipient_replies[ADA.account] = ["550 5.1.1 No such user"]
        with pytest.raises(Undeliverable):
            await sends(messenger, key=f"{KEY}{number}")
    await sends(messenger)
    assert smtp.connections == 1


async def test_an_address_in_a_refusal_is_not_kept(smtp: LocalSmtp, messenger: MailMessenger) -> None:
    smtp.recipient_replies[ADA.account] = ["550 5.1.1 <ada@example.org>: Recipient rejected"]
    with pytest.raises(Undeliverable) as refused:
        await sends(messenger)
    assert "ada" not in str(refused.value)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [("550 5.7.1 Sender refused", SenderRestricted), ("451 4.3.2 Later", Throttled), ("421 Bye", Throttled)],
)
async def test_a_refused_sender_concerns_all_letters(
    smtp: LocalSmtp, messenger: MailMessenger, reply: str, expected: type[Exception]
) -> None:
    smtp.sender_replies = [reply]
    with pytest.raises(expected):
        await sends(messenger)
    assert smtp.letters == []
    await sends(messenger)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("550 5.7.1 Looks like spam", SenderRestricted),
        ("554 Message rejected: the identity is not verified", SenderRestricted),
        ("550 Blocked by our spam filter", SenderRestricted),
        ("552 5.3.4 Too big", Undeliverable),
        ("451 4.7.1 Greylisted", TryLater),
        ("452 4.3.1 Disk full", Throttled),
    ],
)
async def test_what_a_refused_letter_means(
    smtp: LocalSmtp, messenger: MailMessenger, reply: str, expected: type[Exception]
) -> None:
    smtp.content_replies = [reply]
    with pytest.raises(expected) as refused:
        await sends(messenger)
    assert type(refused.value) is expected
    assert smtp.letters == []
    await sends(messenger)
    assert len(smtp.letters) == 1


async def test_rules_that_refuse_one_while_others_are_served_do_not_refuse_the_bot(
    smtp: LocalSmtp, messenger: MailMessenger, clock: MovableClock
) -> None:
    await sends(messenger, BO)
    smtp.recipient_replies[ADA.account] = ["550 5.7.1 Not for you"] * 2
    with pytest.raises(Undeliverable):
        await sends(messenger)
    clock.advance(minutes=16)
    with pytest.raises(SenderRestricted):
        await sends(messenger)


async def test_a_greeting_that_refuses(clock: MovableClock) -> None:
    for greeting, expected in (("554 5.7.1 You are listed", SenderRestricted), ("421 Too busy", Throttled)):
        async with local_smtp(greeting=greeting) as smtp:
            mail = messenger_for(smtp, clock)
            with pytest.raises(expected):
                await sends(mail)
            assert mail._connections.problem


async def test_while_nobody_listens_nothing_is_in_doubt(smtp: LocalSmtp, clock: MovableClock) -> None:
    mail = messenger_for(smtp, clock, replace(server_at(smtp), port=9))
    with pytest.raises(Throttled, match="could not be reached"):
        await sends(mail)
    assert await finds(mail) is None


async def test_a_server_that_says_nothing_is_not_waited_for(
    clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "REQUEST_TIMEOUT", 0.1)

    over = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with listening:
        smtp = LocalSmtp(port=listening.sockets[0].getsockname()[1])
        with pytest.raises(Throttled):
            await sends(messenger_for(smtp, clock))
        over.set()
        await asyncio.sleep(0.02)


# ---- doubts


@pytest.mark.parametrize("kept", [True, False])
async def test_a_connection_lost_after_the_letter_is_a_doubt_and_sent_again_under_the_same_id(
    smtp: LocalSmtp, messenger: MailMessenger, kept: bool
) -> None:
    if kept:
        smtp.drop_after_content = 1
    else:
        smtp.drop_before_content = 1
    with pytest.raises(Exception) as lost:  # noqa: PT011 - whatever it is, it is none that the outbox takes for an answer
        await sends(messenger)
    assert not isinstance(lost.value, Undeliverable | SenderRestricted | TryLater)
    assert await finds(messenger) is None
    await sends(messenger)
    ids = [letter["Message-ID"] for letter in smtp.letters]
    assert len(ids) == (2 if kept else 1)
    assert len(set(ids)) == 1


async def test_what_takes_long_is_waited_for_and_not_sent_twice(smtp: LocalSmtp, messenger: MailMessenger) -> None:
    smtp.hang_after_content = asyncio.Event()
    await gives_up(messenger, smtp.hanging)
    with pytest.raises(TryLater) as waits:
        await finds(messenger)
    assert waits.value.after is not None
    await sends_meanwhile(messenger, smtp)
    smtp.hang_after_content.set()
    found = None
    async with asyncio.timeout(60):
        while found is None:
            await asyncio.sleep(0.01)
            with suppress(TryLater):
                found = await finds(messenger)
    assert [letter["Message-ID"] for letter in smtp.letters].count(found.message) == 1
    assert await finds(messenger) is None, "it is remembered until somebody was told"


async def gives_up(messenger: MailMessenger, reached: asyncio.Event) -> None:
    """Sends, and waits no longer once that much has happened: as the outbox does at the end of its patience."""
    sending = asyncio.create_task(sends(messenger))
    await reached.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def sends_meanwhile(messenger: MailMessenger, smtp: LocalSmtp) -> None:
    hanging, smtp.hang_after_content = smtp.hang_after_content, None
    await sends(messenger, BO)
    smtp.hang_after_content = hanging
    assert smtp.recipients == [BO.account]


async def test_what_was_given_up_leaves_no_answer_to_the_next_letter(
    smtp: LocalSmtp, messenger: MailMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes its time over a recipient: its late yes is not taken for the next letter's."""
    asked, answer = asyncio.Event(), asyncio.Event()
    usual = smtp.handle_RCPT

    async def slowly(*call: Any) -> str:
        asked.set()
        await answer.wait()
        return await usual(*call)

    monkeypatch.setattr(smtp, "handle_RCPT", slowly)
    await gives_up(messenger, asked)
    monkeypatch.setattr(smtp, "handle_RCPT", usual)
    answer.set()
    assert messenger._connections._idle == []
    await sends(messenger, BO)
    assert smtp.recipients == [BO.account]
    assert smtp.connections == 2


async def test_closing_waits_for_nothing(smtp: LocalSmtp, messenger: MailMessenger) -> None:
    smtp.hang_after_content = asyncio.Event()
    await gives_up(messenger, smtp.hanging)
    async with asyncio.timeout(60):
        await messenger.close()


async def test_a_letter_cannot_be_edited(messenger: MailMessenger) -> None:
    with pytest.raises(Undeliverable):
        await messenger.edit(ADA, "<1@example.org>", VIEW, language="en", zone="UTC")
    assert await messenger.open_conversation(ADA) == ""


async def test_a_date_of_another_year_says_it(smtp: LocalSmtp, messenger: MailMessenger) -> None:
    dated = View((Paragraph((Text("It begins "), Moment(NOW + timedelta(days=60), "UTC"))),))
    await messenger.send(ADA, dated, key=KEY, language="es", zone="UTC")
    assert "lunes 1 de febrero de 2027, 17:00" in str(smtp.letters[0].get_body())


async def test_whose_zone_nobody_knows_reads_the_gatherings_own(smtp: LocalSmtp, messenger: MailMessenger) -> None:
    dated = View((Paragraph((Text("It begins "), Moment(NOW + timedelta(days=3), "Europe/Madrid"))),))
    await messenger.send(ADA, dated, key=KEY, language="en", zone="")
    assert "Sunday 6 December, 18:00 (Madrid time)" in str(smtp.letters[0].get_body())
