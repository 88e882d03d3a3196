"""A real mail server on this machine (aiosmtpd), with TLS, STARTTLS, a login, and whatever goes wrong when asked to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from warnings import catch_warnings, simplefilter

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.mail.addresses import Mailbox
from adapters.mail.client import MailConnections
from adapters.mail.send import MailMessenger
from adapters.mail.server import MailServer
from bot.ports import Clock

USER, PASSWORD = "gatherings@example.org", "p@ss:w/rd"
SENDER = Mailbox("Healing Together", "gatherings@example.org")


@dataclass
class LocalSmtp:
    """What arrives, and what goes wrong. Replies are given once each, in order, before the usual ones."""

    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    sender_replies: list[str] = field(default_factory=list)
    recipient_replies: dict[str, list[str]] = field(default_factory=dict)
    content_replies: list[str] = field(default_factory=list)
    hang_after_content: asyncio.Event | None = None
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether a letter came while it was to hang."""
    drop_after_content: int = 0
    """So many letters are kept, and the connection is cut before the server says so."""
    drop_before_content: int = 0
    """So many letters are lost: the connection is cut as soon as they came, and nothing is kept."""
    port: int = 0
    _servers: list[_Session] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd finds it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_replies:
            return self.sender_replies.pop(0)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if waiting := self.recipient_replies.get(address):
            return waiting.pop(0)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.drop_before_content:
            self.drop_before_content -= 1
            return self._cut(server)
        if self.content_replies:
            return self.content_replies.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=default)
        assert isinstance(letter, EmailMessage)
        if self.hang_after_content is not None:
            self.hanging.set()
            await self.hang_after_content.wait()
        self.letters.append(letter)
        self.recipients += envelope.rcpt_tos
        if self.drop_after_content:
            self.drop_after_content -= 1
            return self._cut(server)
        return "250 2.0.0 Queued"

    def cut_all(self) -> None:
        """Every connection that stands is cut, as by a server that restarts."""
        for server in self._servers:
            self._cut(server)
        self._servers.clear()

    def _cut(self, server: SMTP) -> str:
        transport = server.transport
        if isinstance(transport, asyncio.Transport):  # it has none once it is closed
            transport.abort()
        return "250 nobody hears this"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=good, handled=False)


class _Session(SMTP):
    """Cut connections are silent: aiosmtpd would log what it could not write."""


@asynccontextmanager
async def local_smtp(
    *, tls: bool = False, starttls: bool = False, login: bool = False, greeting: str = ""
) -> AsyncIterator[LocalSmtp]:
    smtp = LocalSmtp()
    loop = asyncio.get_running_loop()

    def session() -> asyncio.Protocol:
        smtp.connections += 1
        if greeting:
            return _Refusing(greeting)
        with catch_warnings():
            simplefilter("ignore")  # it does not see that there is TLS from the first byte
            server = _Session(
                smtp,
                hostname="mail.example.org",
                tls_context=server_context() if starttls else None,
                require_starttls=starttls,
                auth_required=login,
                auth_require_tls=starttls,
                authenticator=smtp.authenticate if login else None,
                loop=loop,
            )
        smtp._servers.append(server)
        return server

    listening = await loop.create_server(session, "127.0.0.1", 0, ssl=server_context() if tls else None)
    smtp.port = listening.sockets[0].getsockname()[1]
    try:
        yield smtp
    finally:
        listening.close()
        smtp.cut_all()
        await asyncio.sleep(0.02)


class _Refusing(asyncio.Protocol):
    def __init__(self, greeting: str) -> None:
        self._greeting = greeting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(f"{self._greeting}\r\n".encode())
        transport.close()


def server_at(smtp: LocalSmtp, scheme: str = "smtp", credentials: str = "", host: str = "localhost") -> MailServer:
    return MailServer.parse(f"{scheme}://{credentials}{host}:{smtp.port}")


def messenger_for(smtp: LocalSmtp, clock: Clock, server: MailServer | None = None) -> MailMessenger:
    connections = MailConnections(server or server_at(smtp), SENDER.domain, client_context())
    return MailMessenger(connections, SENDER, clock)


# ---- a certificate for localhost that only these tests trust


@cache
def _certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.DNSName("mail.test")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private


@cache
def server_context() -> ssl.SSLContext:
    certificate, key = _certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "both.pem"
        file.write_bytes(key + certificate)
        context.load_cert_chain(file)
    return context


@cache
def client_context() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=_certificate()[0].decode())
