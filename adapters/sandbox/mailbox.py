"""A mail server and everybody's mailbox, of the sandbox: letters come by SMTP, as the mail adapter sends them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import default

from aiohttp import web

from adapters.html.headers import PAGE_HEADERS
from adapters.html.templates import environment

LETTER_LIMIT = 1024 * 1024
"""Bytes."""
KEPT_LETTERS = 500
_WITH_FRAMES = {"Content-Security-Policy": f"{PAGE_HEADERS['Content-Security-Policy']}; frame-src 'self'"}
_OF_A_LETTER = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'self'; frame-ancestors 'self'",
}
_templates = environment("adapters.sandbox")


@dataclass(frozen=True, slots=True)
class ReceivedLetter:
    to: str
    subject: str
    text: str
    html: str
    files: tuple[str, ...]

    @classmethod
    def read(cls, to: str, content: bytes) -> ReceivedLetter:
        letter = BytesParser(policy=default).parsebytes(content)
        text, html = letter.get_body(("plain",)), letter.get_body(("html",))
        return cls(
            to,
            str(letter["Subject"]),
            text.get_content() if text is not None else "",
            html.get_content() if html is not None else "",
            tuple(each.get_filename("") for each in letter.iter_attachments()),
        )


@dataclass
class StandInMailbox:
    """The latest letters, oldest first."""

    letters: deque[ReceivedLetter] = field(default_factory=lambda: deque(maxlen=KEPT_LETTERS))
    received: int = 0
    """How many ever came."""

    @property
    def numbered(self) -> Iterator[tuple[int, ReceivedLetter]]:
        """Each with a number of its own for good."""
        return enumerate(self.letters, self.received - len(self.letters))

    def keep(self, letter: ReceivedLetter) -> None:
        self.received += 1
        self.letters.append(letter)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Takes letters on loopback; yields the port."""
        server = await asyncio.start_server(self._session, "127.0.0.1", 0, limit=LETTER_LIMIT)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, with as much of RFC 5321 as the mail adapter speaks."""
        writer.write(b"220 sandbox\r\n")
        to = ""
        try:
            while (line := (await reader.readline()).decode("ascii", "replace").strip()) and line.upper() != "QUIT":
                verb = line[:4].upper()
                if verb == "RCPT":
                    to = line.partition("<")[2].partition(">")[0]
                if verb == "DATA":
                    writer.write(b"354 go on\r\n")
                    sent = await reader.readuntil(b"\r\n.\r\n")
                    self.keep(ReceivedLetter.read(to, sent[:-3].replace(b"\r\n..", b"\r\n.")))
                known = verb in {"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP"}
                writer.write(b"250 sandbox\r\n" if known else b"502 not here\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class MailboxPages:
    def __init__(self, mailbox: StandInMailbox, events: str) -> None:
        """`events`: the address of the events page."""
        self._mailbox, self._events = mailbox, events

    def table(self) -> list[web.RouteDef]:
        return [web.get("/mailbox", self._page), web.get("/mailbox/{number:\\d{1,6}}", self._letter)]

    async def _page(self, _: web.Request) -> web.Response:
        letters = list(self._mailbox.numbered)[::-1]
        page = _templates.get_template("mailbox.html").render(letters=letters, events=self._events)
        return web.Response(text=page, content_type="text/html", headers=_WITH_FRAMES)

    async def _letter(self, request: web.Request) -> web.Response:
        """As its sender wrote it, for a frame without scripts; its links open beside."""
        letter = dict(self._mailbox.numbered).get(int(request.match_info["number"]))
        if letter is None:
            raise web.HTTPNotFound(text="There is no such letter.")
        html = letter.html.replace("<head>", '<head><base target="_blank">', 1)
        return web.Response(text=html, content_type="text/html", headers=_OF_A_LETTER)
