"""The log is one line each, and no secret passes it."""

from __future__ import annotations

import json
import logging

import pytest

from cli import logs

SECRETS = [
    "https://us02web.zoom.us/j/81234567890?pwd=hunter2.1",
    "zoom.us/j/81234567890?pwd=hunter2",
    "https://meet.example.org/x?a=1&pwd=hunter2",
    "https://gatherings.example.org/join/hunter2-hunter2",
    "GET /calendar/hunter2hunter2.ics",
    "xoxb-1234-hunter2",
    "xapp-1-A1-hunter2",
    "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.hunter2hunter2hunter2hunter2",
    "postgresql://htg:hunter2@127.0.0.1/htg",
]


@pytest.mark.parametrize("style", ["console", "json"])
@pytest.mark.parametrize("secret", SECRETS)
def test_what_looks_like_a_secret_goes_no_further(style: str, secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin(style)
    log = logging.getLogger("bot.somewhere")
    log.info("in the words: %s", secret)
    log.info("beside them", extra={"address": secret, "more": {"deep": [secret]}})
    try:
        raise LookupError(secret)
    except LookupError:
        log.exception("in what failed")
    log.info(secret)
    err = capsys.readouterr().err
    assert "hunter2" not in err
    assert err.count("•••") >= 5
    assert "in what failed" in err
    assert "LookupError" in err


def test_json_stays_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin("json")
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


def test_by_itself_json_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin(None)
    logging.getLogger("bot").info("hello")
    assert json.loads(capsys.readouterr().err)["event"] == "hello"


@pytest.mark.parametrize("harmless", ["/htg join 12", "https://zoom.us/download", "reminder sent", "/join", "12:30"])
def test_what_is_harmless_stays(harmless: str) -> None:
    assert logs.redacted(harmless) == harmless
