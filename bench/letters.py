"""Letters through the outbox to a local mail server, beside a bare aiosmtplib loop that sends and commits each.

The server is aiosmtpd, in a process of its own. The outbox renders each letter from the database, and records it there.
The bare loop sends one finished letter again and again over one connection, and makes one durable update after each.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import aiosmtplib
from aiosmtpd.smtp import SMTP

import adapters.platforms  # noqa: F401 - registers the platforms
from adapters.mail.addresses import Mailbox
from adapters.mail.client import MailConnections
from adapters.mail.letter import letter
from adapters.mail.send import MailMessenger
from adapters.mail.server import MailServer
from adapters.web.tokens import PersonalLinks
from bench.delivery import Bare, on_file
from bench.measure import Row, at_least
from bench.messengers import Kept
from bot.addresses import Address
from bot.config import Config
from bot.gatherings.model import Plan, Status
from bot.i18n import Locale
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.engine.open import OpenStorage, open_storage

KEYS = ["k" * 32]
HOUR = timedelta(hours=1)
HOUSE = Config(
    reminders=(HOUR,),
    channel_reminders=(),
    per_minute={},
    letters=True,
    public_url="https://gatherings.example.org",
    links=PersonalLinks(KEYS, "https://gatherings.example.org"),
)
SENDER = Mailbox("Healing Together", "gatherings@example.org")
LETTERS, ROUNDS = 1000, 10
AIM = 0.7
WHAT = f"{LETTERS * ROUNDS:,} letters through the outbox, SQLite FULL, beside a bare loop that"


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Bin:
    """Takes every letter, and keeps none."""

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 - aiosmtpd finds it by this name
        return "250 OK"


async def serve_mail() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Bin(), hostname="localhost", loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


@asynccontextmanager
async def _mail() -> AsyncIterator[int]:
    command = [sys.executable, "-m", "bench.letters", "serve"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _add_due(storage: OpenStorage, now: datetime) -> None:
    """A gathering whose reminders are due, of so many who hear by letter; always the same people."""

    def work(uow: UnitOfWork) -> None:
        early = now - timedelta(days=1)
        plan = Plan("Grief and Gratitude", now + HOUR - timedelta(minutes=1), "Europe/Madrid")
        (gathering,) = uow.gatherings.add([plan], Status.PUBLISHED)
        for number in range(LETTERS):
            person = Person(Address("mail", f"p{number}@example.org"), f"Member {number}", "en", "Europe/Madrid")
            uow.registrations.add(uow.members.get_or_create(person, early).id, [gathering.id], early)

    await storage.run(work)


async def _through_the_outbox(storage: OpenStorage, messenger: Kept) -> float:
    await _add_due(storage, Clock().now())
    outbox = Outbox(storage, {"mail": messenger}, Clock(), HOUSE)
    before, begun = messenger.sent, perf_counter()
    while messenger.sent - before < LETTERS:
        await outbox.tick()
    rate = LETTERS / (perf_counter() - begun)
    await outbox.close()
    return rate


async def _bare(port: int, view: View, table: Bare, *, claims: bool) -> float:
    """`claims`: it also makes durable, before each, that it is being sent."""
    written = letter(view, Locale("en", "Europe/Madrid"), sender=SENDER, to="p0@example.org", key="k", at=Clock().now())
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="localhost")
    await client.connect()
    begun = perf_counter()
    for number in range(LETTERS):
        if claims:
            await table.update(number)
        await client.sendmail(SENDER.address, [f"p{number}@example.org"], written)
        await table.update(number)
    rate = LETTERS / (perf_counter() - begun)
    await client.quit()
    return rate


class KeepsView(Kept):
    """Also what was said last, so that the bare loop sends the same."""

    view: View

    async def send(self, to: Address, view: View, **rest: Any) -> Any:
        self.view = view
        return await super().send(to, view, **rest)


async def measure() -> list[Row]:
    folder = Path(tempfile.mkdtemp())
    try:
        url = f"sqlite:///{folder / 'htg.db'}"
        storage = await open_storage(url, KEYS, upgrade=True)
        async with on_file(str(folder / "bare.db"), LETTERS) as table, _mail() as port:
            server = MailServer.parse(f"smtp://127.0.0.1:{port}")
            mail = MailMessenger(MailConnections(server, SENDER.domain), SENDER, Clock())
            kept = KeepsView(mail)
            rates, floors, claiming = [], [], []
            for _ in range(ROUNDS):
                rates.append(await _through_the_outbox(storage, kept))
                floors.append(await _bare(port, kept.view, table, claims=False))
                claiming.append(await _bare(port, kept.view, table, claims=True))
            await mail.close()
        await storage.close()
    finally:
        shutil.rmtree(folder)
    return [
        at_least(f"{WHAT} sends and commits each", rates, floors, AIM),
        at_least(f"{WHAT} also commits before each that it is being sent", rates, claiming, AIM),
    ]


if __name__ == "__main__" and sys.argv[1:] == ["serve"]:
    asyncio.run(serve_mail())
