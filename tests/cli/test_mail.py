"""`htg mail test`, and a process that has a mail server, on a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from threading import Thread
from typing import Any, TypeVar

import pytest

import settings
from cli.mail import reply_to
from tests.adapters.mail.local_smtp import LocalSmtp, local_smtp
from tests.cli.conftest import Terminal

pytestmark = pytest.mark.loopback
T = TypeVar("T")


@dataclass
class Elsewhere:
    """A mail server in a thread of its own: the command runs a loop of its own."""

    loop: asyncio.AbstractEventLoop
    smtp: LocalSmtp

    def does(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)


@pytest.fixture
def mail() -> Iterator[Elsewhere]:
    loop, closing = asyncio.new_event_loop(), AsyncExitStack()
    thread = Thread(target=loop.run_forever)
    thread.start()
    opening = asyncio.run_coroutine_threadsafe(closing.enter_async_context(local_smtp()), loop)
    found = Elsewhere(loop, opening.result(20))
    try:
        yield found
    finally:
        found.does(closing.aclose())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def house(mail: Elsewhere) -> Terminal:
    return Terminal(
        {
            "HTG_SMTP_URL": f"smtp://localhost:{mail.smtp.port}",
            "HTG_MAIL_FROM": "Healing Together <gatherings@example.org>",
            "HTG_PUBLIC_URL": "https://gatherings.example.org",
            "HTG_ORGANISATION": "Healing Together",
        }
    )


@pytest.mark.parametrize("address", ["ada@example.org", "mail:Ada@Example.org"])
def test_one_letter_goes_and_the_answer_is_said(house: Terminal, mail: Elsewhere, address: str) -> None:
    result = house.types("mail", "test", address)
    assert (result.code, result.err) == (0, "")
    assert "250 2.0.0 Queued" in result.out
    assert "junk" in result.out
    (letter,) = mail.smtp.letters
    assert letter["To"] == "ada@example.org"
    assert letter["Subject"] == "A letter to try it out"


def test_in_the_language_of_the_house(house: Terminal, mail: Elsewhere) -> None:
    house.environment["HTG_LANGUAGE"] = "es"
    assert house.types("mail", "test", "ada@example.org").code == 0
    assert mail.smtp.letters[0]["Subject"] == "Un correo de prueba"


def test_a_refusal_is_said_as_the_server_said_it(house: Terminal, mail: Elsewhere) -> None:
    mail.smtp.recipient_replies["ada@example.org"] = ["550 5.1.1 No such user"]
    result = house.types("mail", "test", "ada@example.org")
    assert result.code == 1
    assert result.sentences == ["The letter was not taken: 550 5.1.1 No such user (the recipient)."]


def test_a_connection_that_breaks(house: Terminal, mail: Elsewhere) -> None:
    mail.smtp.drop_before_content = 1
    result = house.types("mail", "test", "ada@example.org")
    assert result.code == 1
    assert "lost before it answered" in result.err


def test_no_address_and_no_server(house: Terminal, bare: Terminal) -> None:
    wrong = house.types("mail", "test", "ada at example.org")
    assert wrong.code == 2
    assert "is not an e-mail address" in wrong.err
    unset = bare.types("mail", "test", "ada@example.org")
    assert unset.code == 2
    assert "HTG_SMTP_URL" in unset.err


@pytest.mark.parametrize(
    ("contact", "reached"),
    [
        ("hello@example.org", "hello@example.org"),
        ("https://example.org/contact", ""),
        ("slack:T123/C789=Help", ""),
        ("", ""),
        ("hällo@example.org", ""),
    ],
)
def test_answers_reach_the_contact_where_it_is_a_mailbox(
    monkeypatch: pytest.MonkeyPatch, contact: str, reached: str
) -> None:
    monkeypatch.setenv("HTG_CONTACT", contact)
    assert reply_to(settings.load()) == reached
