"""Somebody with a browser and a mailbox, from the form to being forgotten: real pages, real letters, a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from aiohttp import ClientSession

from adapters.web.calendar import CalendarFiles
from adapters.web.run import application, serving
from adapters.web.tokens import PersonalLinks
from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.i18n import Locale
from bot.notifications.deliver import Outbox
from bot.plain_text import plain as said
from bot.request import Call
from storage.engine.open import OpenStorage
from tests.adapters.mail.local_smtp import LocalSmtp, local_smtp, messenger_for
from tests.adapters.mail.test_letter import plain, seen
from tests.adapters.web.conftest import PASSCODE, ROOM, START, Front
from tests.conversations.harness import MovableClock
from tests.databases import KEY, stored_bytes

pytestmark = pytest.mark.loopback
ADA = "ada@example.org"
PUBLIC = "https://gatherings.example"
LOCALE = Locale("en", "UTC")


@dataclass
class Evening(Front):
    smtp: LocalSmtp
    outbox: Outbox

    async def letter(self, subject: str) -> EmailMessage:
        """The one that has come since the last look."""
        before = len(self.smtp.letters)
        await self.outbox.tick()
        new = self.smtp.letters[before:]
        assert [letter["Subject"][: len(subject)] for letter in new] == [subject]
        return new[0]

    async def silence(self) -> None:
        before = len(self.smtp.letters)
        await self.outbox.tick()
        assert len(self.smtp.letters) == before


def way(letter: EmailMessage, begins: str) -> str:
    """The path of the first link of a letter that begins so."""
    return next(link.removeprefix(PUBLIC) for link in seen(letter).links if link.startswith(PUBLIC + begins))


@pytest.fixture
async def front(storage: OpenStorage) -> AsyncIterator[Evening]:
    clock = MovableClock(START - timedelta(days=2))
    links = PersonalLinks([KEY], PUBLIC)
    config = Config(
        organisation="Healing Together", public_url=PUBLIC, links=links, letters=True, reminders=(timedelta(hours=1),)
    )
    config = replace(config, calendar=CalendarFiles(config))
    async with local_smtp() as smtp:
        letters = messenger_for(smtp, clock)
        outbox = Outbox(storage, {"mail": letters}, clock, config, jitter=lambda: 0.0)
        app = application(
            storage,
            config,
            clock,
            links,
            dispatcher=Dispatcher(storage, config),
            read_address=lambda typed: Address.parse(f"mail:{typed}"),
        )
        async with serving(app, "127.0.0.1", 0) as port, ClientSession() as client:
            yield Evening(storage, config, clock, links, f"http://127.0.0.1:{port}", client, smtp, outbox)
        await outbox.close()
        await letters.close()


async def test_from_the_form_to_being_forgotten(front: Evening, database_url: str) -> None:
    gathering = await front.gathering()
    form = {"name": "Ada", "email": " Ada@Example.org", "zone": "Madrid"}
    assert (await front.send("POST", f"/gatherings/{gathering.id}/register", form)).status == 200
    asked = await front.letter("You asked to come to Grief and Gratitude")
    assert asked["To"] == ADA
    assert asked["List-Unsubscribe"] is None, "who is no member yet has nothing to end"

    confirmed = await front.post(way(asked, "/confirm/"))
    assert "You are registered" in confirmed.text
    registered = await front.letter(
        "You are registered for Grief and Gratitude, Thursday 3 December, 18:00 (Madrid time)"
    )
    assert [file.get_filename() for file in registered.iter_attachments()] == ["gathering.ics"]
    await front.silence()

    front.clock.move_to(START - timedelta(hours=1))
    reminder = await front.letter("Grief and Gratitude begins in 1 hour")
    door = way(reminder, "/join/")

    front.clock.move_to(START - timedelta(minutes=10))
    assert ROOM not in (await front.get(door)).text, "a look takes no place"
    inside = await front.post(door)
    assert ROOM.replace("&", "&amp;") in inside.text
    assert await front.admitted(gathering) == 1

    front.clock.move_to(START + timedelta(hours=3))
    thanks = await front.letter("Thank you for being present")
    assert "/htg" not in plain(thanks)
    assert "My settings" in plain(thanks)
    for letter in front.smtp.letters:
        assert ROOM not in plain(letter)
        assert PASSCODE not in str(letter)

    page = way(thanks, "/me/").partition("?")[0]
    question = await front.send("POST", page, {"button": "forget"})
    assert "orget" in question.text
    await forget(front, page, question.text)
    assert (await front.get(page)).status == 404
    assert (await front.get(door)).status == 404
    await front.silence()
    assert b"ada@example.org" not in await stored_bytes(database_url)


async def forget(front: Evening, page: str, shown: str) -> None:
    """Presses the one button that says yes."""
    value = shown.partition('value="forget?')[2].partition('"')[0]
    assert value, shown
    done = await front.send("POST", page, {"button": f"forget?{value}".replace("&amp;", "&")})
    assert done.status in {200, 303, 404}


async def test_one_press_in_a_mail_program_ends_the_reminders(front: Evening) -> None:
    gathering = await front.gathering()
    await front.send("POST", f"/gatherings/{gathering.id}/register", {"name": "Ada", "email": ADA})
    await front.post(way(await front.letter("You asked"), "/confirm/"))
    registered = await front.letter("You are registered")
    ends = registered["List-Unsubscribe"].strip("<>").removeprefix(PUBLIC)
    assert registered["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    looked = await front.get(ends)
    assert looked.status == 200
    ended = await front.send("POST", ends, {"List-Unsubscribe": "One-Click"})
    assert ended.status == 200
    front.clock.move_to(START - timedelta(hours=1))
    await front.silence()


async def test_she_joins_a_chat_and_becomes_one(front: Evening) -> None:
    gathering = await front.gathering()
    await front.send("POST", f"/gatherings/{gathering.id}/register", {"name": "Ada", "email": ADA})
    await front.post(way(await front.letter("You asked"), "/confirm/"))
    page = way(await front.letter("You are registered"), "/me/").partition("?")[0]

    code = said(LOCALE, await front.asks("Ada", Call("connect"))).partition("/htg connect ")[2].split()[0]
    question = await front.send("POST", page, {"button": f"connect?code={code}"})
    value = question.text.partition('value="connect-confirm?')[2].partition('"')[0]
    assert value, question.text
    await front.send("POST", page, {"button": f"connect-confirm?{value}".replace("&amp;", "&")})
    assert "Grief and Gratitude" in said(LOCALE, await front.asks("Ada", Call("mine")))
    roster = await front.storage.run(lambda uow: uow.registrations.roster(gathering.id))
    assert len(roster) == 1
