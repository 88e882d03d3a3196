"""Connections to the mail server, used again for the next letter; and one letter handed over, with what went wrong."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import aiosmtplib
from aiosmtplib import SMTP

from adapters.mail.replies import CREDENTIALS_RETRY_DELAY, Stage, refusal
from adapters.mail.server import MailServer
from bot.ports import SenderRestricted, Throttled, TryLater, Undeliverable

log = logging.getLogger(__name__)
REQUEST_TIMEOUT = 10.0
"""Seconds for the connection, and for each answer until the letter itself has been sent."""
CONTENT_TIMEOUT = 300.0
"""Seconds until the server has said whether it took the letter. RFC 5321, 4.5.3.2.6, asks for patience here: who gives
up sends a letter twice."""
IDLE_LIMIT = 20.0
"""Seconds that an unused connection is kept: servers close it after some minutes, and think ill of who leaves many."""
CLOSING_TIMEOUT = 2.0


class MailConnections:
    """Open connections to one server: one for each letter under way, and then for the next."""

    def __init__(self, server: MailServer, helo_name: str, tls: ssl.SSLContext | None = None) -> None:
        """`helo_name`: what the bot calls itself. `tls`: the default trusts what the system does."""
        self._server, self._helo_name = server, helo_name
        self._tls = tls or ssl.create_default_context()
        self._idle: list[tuple[SMTP, asyncio.TimerHandle]] = []
        self.problem = "no letter was sent yet"
        """Why there is no connection, in a few words; empty after one was opened."""

    async def addressed(self, sender: str, recipient: str) -> SMTP:
        """A connection on which the server waits for the letter to this recipient."""
        if (idle := self._take_idle()) is not None:
            try:
                return await self._addressed_on(idle, sender, recipient)
            except TryLater:
                if idle.is_connected:
                    raise
                # The server had closed it in the meantime, which says nothing of this letter.
        return await self._addressed_on(await self.opened(), sender, recipient)

    async def _addressed_on(self, connection: SMTP, sender: str, recipient: str) -> SMTP:
        with self.kept_after_refusal(connection):
            await _address(connection, sender, recipient)
        return connection

    @contextmanager
    def kept_after_refusal(self, connection: SMTP) -> Iterator[None]:
        """What fails in the middle of an answer closes it: whoever had it next would read the rest of that."""
        try:
            yield
        except (TryLater, SenderRestricted, Undeliverable):
            self.give_back(connection)
            raise
        except BaseException:
            connection.close()
            raise

    def _take_idle(self) -> SMTP | None:
        while self._idle:
            connection, timer = self._idle.pop()
            timer.cancel()
            if connection.is_connected:
                return connection
        return None

    async def opened(self) -> SMTP:
        """A new connection, encrypted and logged in. Raises what the outbox's port says: nothing was sent."""
        server = self._server
        connection = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls_at_once,
            start_tls=server.starts_tls,
            username=server.user or None,
            password=server.password or None,
            tls_context=self._tls,
            local_hostname=self._helo_name,
            timeout=REQUEST_TIMEOUT,
        )
        try:
            with _translating(Stage.GREETING):
                await connection.connect()
        except Exception as problem:
            self.problem = str(problem)
            raise
        self.problem = ""
        return connection

    def give_back(self, connection: SMTP) -> None:
        """For the next letter. One that nobody takes is closed."""
        if connection.is_connected:
            timer = asyncio.get_running_loop().call_later(IDLE_LIMIT, self._expire, connection)
            self._idle.append((connection, timer))

    def _expire(self, connection: SMTP) -> None:
        self._idle = [(kept, timer) for kept, timer in self._idle if kept is not connection]
        connection.close()

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection, timer in idle:
            timer.cancel()
            await say_goodbye(connection)


async def say_goodbye(connection: SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        await connection.quit(timeout=CLOSING_TIMEOUT)
    connection.close()


async def _address(connection: SMTP, sender: str, recipient: str) -> None:
    """Names sender and recipient. A connection that was lost on the way is closed."""
    try:
        with _translating(Stage.SENDER):
            await connection.mail(sender)
        with _translating(Stage.RECIPIENT):
            await connection.rcpt(recipient)
    except Exception:
        await _reset(connection)
        raise


async def send_letter(connection: SMTP, letter: bytes) -> str:
    """Sends the letter; returns what the server answers.

    An exception that is not of the outbox's port leaves it unknown whether the server has it.
    """
    try:
        answer = await connection.data(letter, timeout=CONTENT_TIMEOUT)
    except aiosmtplib.SMTPDataError as refused:
        await _reset(connection)
        raise refusal(Stage.CONTENT, refused.code, refused.message) from None
    return f"{answer.code} {' '.join(answer.message.split())}"


async def _reset(connection: SMTP) -> None:
    """After a refusal the server has to forget the letter before it hears of the next."""
    try:
        await connection.rset(timeout=CLOSING_TIMEOUT)
    except (aiosmtplib.SMTPException, OSError):
        connection.close()


@contextmanager
def _translating(stage: Stage) -> Iterator[None]:
    """What a server or a network does before the letter is sent: nothing of it was."""
    try:
        yield
    except aiosmtplib.SMTPAuthenticationError as refused:
        # Only the code: a server may repeat what it was told.
        log.warning("the mail server refuses the user and password of HTG_SMTP_URL (%d)", refused.code)
        raise refusal(Stage.LOGIN, refused.code, "user and password") from None
    except aiosmtplib.SMTPResponseException as refused:
        problem = refusal(stage, refused.code, refused.message)
        if isinstance(problem, SenderRestricted):
            log.warning("the mail server refuses the bot itself: %s", problem)
        raise problem from None
    except (ssl.SSLError, ssl.CertificateError) as failure:
        raise Throttled(_tls_problem(failure), CREDENTIALS_RETRY_DELAY) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as failure:
        raise _unreached(failure) from None


def _unreached(failure: Exception) -> Throttled:
    cause = failure.__cause__
    if isinstance(cause, ssl.SSLError):
        return Throttled(_tls_problem(cause), CREDENTIALS_RETRY_DELAY)
    if isinstance(failure, aiosmtplib.SMTPServerDisconnected | aiosmtplib.SMTPConnectError | TimeoutError | OSError):
        return Throttled("the mail server could not be reached, or closed the connection")
    if "STARTTLS" in str(failure):
        why = "the mail server offers no STARTTLS, and nothing is sent without encryption"
        return Throttled(why, CREDENTIALS_RETRY_DELAY)
    if "AUTH" in str(failure) or "auth" in str(failure):
        return Throttled("the mail server knows no way to log in with a password", CREDENTIALS_RETRY_DELAY)
    return Throttled(f"the mail server was not understood ({type(failure).__name__})")


def _tls_problem(failure: ssl.SSLError) -> str:
    why = getattr(failure, "verify_message", "") or failure.reason or type(failure).__name__
    return f"no encrypted connection to the mail server: {why}"
