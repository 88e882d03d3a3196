"""The log is one line each, and no secret passes it."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.members.model import Person
from bot.request import Call, Request
from bot.unit_of_work import UnitOfWork
from cli import log_output
from storage.engine.open import OpenStorage
from tests.messages import ROOT

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)

SECRETS = [
    "https://us02web.zoom.us/j/81234567890?pwd=hunter2.1",
    "zoom.us/j/81234567890?pwd=hunter2",
    "https://meet.example.org/x?a=1&pwd=hunter2",
    "https://gatherings.example.org/join/hunter2-hunter2",
    "GET /calendar/hunter2hunter2.ics",
    "POST /me/1-hunter2hunter2?do=quiet",
    "https://gatherings.example.org/confirm/hunter2-hunter2",
    "xoxb-1234-hunter2",
    "xapp-1-A1-hunter2",
    "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.hunter2hunter2hunter2hunter2",
    "postgresql://htg:hunter2@127.0.0.1/htg",
    "postgres://htg:hunt@hunter2@127.0.0.1/htg",
    "postgres://htg:hunt/hunter2@127.0.0.1/htg",
]


@pytest.mark.parametrize("style", ["console", "json"])
@pytest.mark.parametrize("secret", SECRETS)
def test_what_looks_like_a_secret_goes_no_further(style: str, secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure(style)
    log = logging.getLogger("bot.somewhere")
    log.info("in the words: %s", secret)
    log.info("beside them", extra={"address": secret, "more": {"deep": [secret]}})
    try:
        raise LookupError(secret)
    except LookupError:
        log.exception("in what failed")
    log.info("in a line of its own:\n%s\n", secret)
    log.info(secret)
    err = capsys.readouterr().err
    assert "hunter2" not in err
    assert err.count("•••") >= 6
    assert "in what failed" in err
    assert "LookupError" in err


def test_json_stays_json(capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure("json")
    logging.getLogger("bot.outbox").warning('a "quoted" link %s', SECRETS[0], extra={"gathering": 12})
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["event"], said["level"], said["logger"], said["gathering"]) == (
        'a "quoted" link •••',
        "warning",
        "bot.outbox",
        12,
    )
    assert said["timestamp"].endswith("Z")


@pytest.mark.parametrize("sign", ["\n", "\r", "\r\n", "\x1b[2J", "\u2028", "\0"])
def test_nobody_writes_a_line_of_their_own(sign: str, capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure("json")
    forged = f'x{sign}{{"event": "all is well", "level": "info"}}'
    logging.getLogger("bot.outbox").warning("somebody said %s", forged, extra={"more": forged})
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "\r" not in err
    assert "\x1b" not in err
    assert json.loads(err)["level"] == "warning"


def test_by_itself_json_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure(None)
    logging.getLogger("bot").info("hello")
    assert json.loads(capsys.readouterr().err)["event"] == "hello"


@pytest.mark.parametrize("harmless", ["/htg join 12", "https://zoom.us/download", "reminder sent", "/join", "a@b"])
def test_what_is_harmless_stays(harmless: str) -> None:
    assert log_output.pseudonymise(log_output.redact(harmless)) == harmless


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_record_is_cut_before_anything_else_is_done_with_it(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure(style)
    log = logging.getLogger("bot.somewhere")
    log.warning("begins %s ends", "a" * 1_000_000)
    try:
        raise LookupError("b" * 1_000_000 + " what was wrong")
    except LookupError:
        log.exception("it failed", extra={"more": {"deep": ["c" * 1_000_000]}})
    log.info("many", extra={f"value{number}": "d" * 10_000 for number in range(1000)})
    err = capsys.readouterr().err
    assert len(err) < 5 * log_output.RECORD_LIMIT
    for kept in ("begins", "ends", "it failed", "what was wrong", "many", "characters left out", "Traceback"):
        assert kept in err


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("style", ["console", "json"])
def test_no_cut_goes_through_a_secret_and_leaves_half_of_it(
    style: str, secret: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begins, ends = 600, 300
    monkeypatch.setattr(log_output, "RECORD_LIMIT", begins + ends)
    log_output.configure(style)
    log = logging.getLogger("bot.somewhere")
    for offset in range(len(secret) + 2):
        text = f"{'. ' * (begins // 2)}"[: begins - offset] + f" {secret} " + " ." * begins
        log.warning(text)
        text = " ." * begins + f" {secret} " + f"{' .' * (ends // 2)}"[: ends - offset]
        log.warning(text)
    assert "unter2" not in capsys.readouterr().err


ADA = [
    "could not write to ada@example.org.",
    "550 5.1.1 ada@example.org... User unknown",
    "\nada@example.org\nunknown",
    "GET /users/ada%40example.org",
    "https://login.example/?to=ada%2540example.org&x=1",
    "<Ada@Example.ORG>, and others",
    "ada@example.org",
]


@pytest.mark.parametrize("style", ["console", "json"])
def test_an_e_mail_address_has_one_digest_however_it_is_written(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure(style)
    log = logging.getLogger("bot.somewhere")
    for text in ADA:
        log.info(text)
        log.info("beside it", extra={"to": text, "more": {"deep": [text.strip()]}})
        try:
            raise LookupError(text)
        except LookupError:
            log.exception("in what failed")
    err = capsys.readouterr().err
    assert not re.search(r"\bada\b|example\.org", err, re.IGNORECASE)
    assert len(set(re.findall(r"mailbox-\w+", err))) == 1
    assert err.count("mailbox-") >= 4 * len(ADA)
    if style == "json":
        assert all(json.loads(line) for line in err.splitlines())


@pytest.mark.parametrize("account", ['"ada b"', "o'ada", "ada+b", f"{'x' * 300}ada", "x%40ada"])
def test_no_account_is_too_strange_to_be_seen(account: str, capsys: pytest.CaptureFixture[str]) -> None:
    log_output.configure("json")
    logging.getLogger("bot.somewhere").info("550 %s@example.org. Unknown", account)
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)["event"]
    assert "ada" not in said
    assert re.search(r"mailbox-[0-9a-f]{8}\. Unknown$", said)


@pytest.mark.process
def test_nobody_computes_the_digest_of_an_address_they_guess() -> None:
    here = log_output.pseudonymise("ada@example.org")
    assert log_output.pseudonymise("grace@example.org") != here
    command = "from cli.log_output import pseudonymise; print(pseudonymise('ada@example.org'))"
    elsewhere = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert re.fullmatch(r"mailbox-[0-9a-f]{8}", elsewhere.stdout.strip())
    assert elsewhere.stdout.strip() != here


@pytest.mark.parametrize("style", ["console", "json"])
async def test_no_line_of_any_refusal_holds_an_e_mail_address(
    style: str, storage: OpenStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    """All that the core logs of somebody: refused, mistaken, added, removed, and met by a failure that quotes them."""
    log_output.configure(style)
    ada = Address("mail", "ada.lovelace@mail.example.org")
    frances = Person(Address("mail", "frances@example.org"), "Frances")
    config = Config(facilitators=frozenset({frances.address}))
    dispatcher = Dispatcher(storage, config)
    for sender, call in (
        (Person(ada, "Ada"), Call.of("host-start", gathering=1)),
        (Person(ada, "Ada"), Call.of("connect", code="nobody-has-this")),
        (frances, Call.of("host-team-add", person=str(ada))),
        (frances, Call.of("host-team-remove", person=str(ada))),
    ):
        await dispatcher.answer(Request(sender, call, NOW))

    def fails(_: UnitOfWork) -> Request:
        raise LookupError(f"no row for {ada}")

    with pytest.raises(LookupError):
        await dispatcher.respond_to(fails)
    logging.getLogger("bot.somewhere").warning("mail for %s: <%s>", ada, ada.account, extra={"to": [ada.account]})
    try:
        raise LookupError(f"550 5.1.1 <{ada.account}> unknown")
    except LookupError:
        logging.getLogger("bot.somewhere").exception("not sent")
    err = capsys.readouterr().err
    assert "lovelace" not in err
    assert "frances@" not in err
    assert "host-start was refused to mail:mailbox-" in err
    assert len(set(re.findall(r"mailbox-[0-9a-f]{8}", err))) <= 2, "one name for each mailbox"
