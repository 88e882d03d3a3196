"""Everything that `htg doctor` may ask, on this machine: run beside a command line that has a loop of its own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.discord.command_sync import command_payload
from adapters.web.run import application, serving
from adapters.web.tokens import PersonalLinks
from bot.config import Config
from htg import SystemClock
from storage.engine.open import open_storage
from tests.adapters.discord.fake_guilds import FakeGuilds
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.zoom.local_zoom import LocalZoom, open_zoom

T = TypeVar("T")


@dataclass
class FakeServices:
    loop: asyncio.AbstractEventLoop
    closing: AsyncExitStack
    slack: FakeSlack
    discord: FakeGuilds
    zoom: LocalZoom

    def does(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def web_half(self, database_url: str, key: str) -> int:
        """The real one; returns its port."""

        async def begin() -> int:
            storage = await open_storage(database_url, [key])
            self.closing.push_async_callback(storage.close)
            links = PersonalLinks([key], "https://gatherings.example")
            app = application(storage, Config(), SystemClock(), links)
            return await self.closing.enter_async_context(serving(app, "127.0.0.1", 0))

        return self.does(begin())

    def answering(self, status: int, text: str, certificate: ssl.SSLContext | None = None) -> int:
        """Something else, which answers so to everything; returns its port."""

        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, text=text)

        async def begin() -> int:
            app = web.Application()
            app.router.add_get("/{path:.*}", answer)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            self.closing.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate).start()
            port: int = runner.addresses[0][1]
            return port

        return self.does(begin())


@contextmanager
def open_fake_services() -> Iterator[FakeServices]:
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()

    async def begin() -> FakeServices:
        closing = AsyncExitStack()
        slack = await closing.enter_async_context(FakeSlack(SystemClock()).running())
        discord = FakeGuilds()
        await discord.start()
        closing.push_async_callback(discord.stop)
        discord.state.commands[""] = command_payload()
        return FakeServices(loop, closing, slack, discord, await closing.enter_async_context(open_zoom()))

    services = asyncio.run_coroutine_threadsafe(begin(), loop).result(20)
    try:
        yield services
    finally:
        services.does(services.closing.aclose())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def self_signed(folder: Path) -> ssl.SSLContext:
    """For localhost, by nobody whom anybody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)  # noqa: TID251 - the certificate's own clock
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "localhost.pem").write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "localhost.pem")
    return context
