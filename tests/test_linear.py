"""What reads or logs what strangers send takes time in proportion to its length, whatever the letters are.

Measured in CPU time of this process, the best of a few tries: 60,000 letters, the most of a request, may take three
times as long as in proportion to a sixteenth of them. What is over in a blink is not looked at further.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import process_time
from urllib.parse import parse_qsl

import pytest

from adapters.discord import custom_ids, scheduled_events
from adapters.discord import receive as discord
from adapters.files.import_file import parse_programme
from adapters.files.invitation_text import without
from adapters.html import controls
from adapters.sandbox import receive as sandbox
from adapters.slack import receive as slack
from adapters.web import accept_language, client_address
from adapters.web.tokens import TokenSigner
from adapters.zoom import events as zoom_events
from bot import addresses, request, times, zones
from bot.catalogue import parse
from bot.config import Config
from bot.gatherings import model as gathering_model
from bot.redaction import detect
from bot.secrets import ZoomLink
from bot.text import tidy
from cli import log_output

pytestmark = pytest.mark.slow

LONG = 60_000
BLINK = 0.05
"""Seconds of CPU time."""
MOST = 3.0
"""Seconds of CPU time for all 60,000, in whatever proportion."""

UNITS = [
    *"aZ09_-.,:;/\\'\"&?=@%#()[]{}<>|!~^*+$`\t\n \0",
    "é", "ñ", "字", "🌻", "\u202e", "\u0301", "\ufb01", "ＡＢ", "\xad", "\u200b",
    "zoom", "zoom.", "zoom.us/", "zoom.us/j/", "zoommtg:", "http", "http:", "http://", "https://", "https://a.", "x://",
    "://", "://:", "://a:", "a@", "a:b@", "/join/", "/calendar/", "?pwd=", "&tk=", "pwd", "passcode: ", "meeting id ",
    "%2", "%25", "%20", "%3A%2F%2F", "&amp;", "&#47;", "&#x2f;", "\\u002f", "=?", "a-", "a.", "-.", "a a", "xoxb-",
    "x.y.", "abcdefghijabcdefghij.", "1 ", "12-", "12:", "2026-", "2026-12-03 ", "T18:00", "+00:00", "Dec ", "next ",
    "a,", "\",\"", "\"\"", "\r\n", "\r\n ", "a=", "a=b&", "(", "((", "<a", "</", "--", "->", "{\"a\":", "[[", "aA1-",
    "%40", "%2540", "a%40", "@a.", "a@a.", "\"a",
]  # fmt: skip
"""Letters, and what patterns look for: each is fed in many times over."""
OF_ROOMS = [
    "&", "&#", "%", "%25", "\\u", "<b", "-2", "=2f", "zoom ", "zoom.us/j", "m. ", "dot ", "slash", "aHR0c", "em9vb",
    "12 ", "9 8 ", "passcode ", "812 ", "812-", "meet.google.com/", "teams.microsoft.com/", "acme.webex.com/", "jitsi.",
    "bbb.", "\u0316\u0301", "ﷺ", "о", "１", "&#0", "9 1234 ",
]  # fmt: skip
"""And what ways into a room are made of."""

HOUSE = Config()
LINK = ZoomLink("https://us02web.zoom.us/j/81234567890?pwd=hunter22", "98qz77")
ELSEWHERE = ZoomLink("https://meet.example.org/abc", "1234")
TOKENS = TokenSigner(["a-key-for-tests-alone"], "join")
NOW = datetime(2026, 12, 3, tzinfo=UTC)
CSV = "title,starts_at,timezone,zoom_link\n{0},2027-03-04T18:00,Europe/Madrid,https://zoom.us/j/1\nA,{0},{0},{0}\n"
ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
    "DTSTART:20270304T180000Z\r\nSUMMARY:{0}\r\nDESCRIPTION:{0}\r\nLOCATION:{0}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def block_action(text: str) -> object:
    action = {"action_id": f"x:{text}", "value": text, "selected_option": {"value": text}}
    return slack.block_action({"actions": [action], "trigger_id": text, "response_url": text}, "T1")


def submission(text: str) -> object:
    values = {text: {"a": {"value": text}}}
    view = {"callback_id": text, "private_metadata": text, "state": {"values": values}, "id": text}
    return slack.view_submission({"view": view}, "T1")


def interaction(text: str) -> object:
    data = {"name": text, "options": [{"name": text, "type": 3, "value": text}], "custom_id": text, "components": []}
    member = {"user": {"id": "1", "username": text}, "permissions": text}
    for kind in (2, 3, 4, 5):
        with suppress(KeyError, ValueError, TypeError):
            discord.parse_interaction({"type": kind, "id": "1", "data": data, "member": member, "locale": text}, NOW)
    return None


READS: dict[str, Callable[[str], object]] = {
    "the log's redaction": log_output.redact,
    "the log's mailboxes": log_output.pseudonymise,
    "the log's cut": lambda text: log_output.truncate(text, 1000),
    "what holds a room": lambda text: detect.holds_room(text[: LONG // 2]),
    "what gives a room away": lambda text: detect.gives_away(text, LINK, ELSEWHERE),
    "what is left without a room": lambda text: detect.without_rooms(text[: LONG // 2], LINK, ELSEWHERE),
    "an invitation": lambda text: without(f"{text[: LONG // 4]}\nCome.\nhttps://zoom.us/j/81234567890", LINK),
    "a pasted link": ZoomLink.typed,
    "a typed command": lambda text: parse("htg", text),
    "a typed command of a host": lambda text: parse("htg-host", f"edit {text}"),
    "a line in the sandbox": sandbox.command_call,
    "a button of a page": controls.button_call,
    "an id": request.decode,
    "an id with arguments": lambda text: request.decode(f"list?{text}"),
    "a form's id": lambda text: request.decode_form("create", {text: text}),
    "a choice": lambda text: request.decode_choice(text, text),
    "a form's body": lambda text: parse_qsl(text, keep_blank_values=True),
    "a token": TOKENS.verify,
    "a signed token": lambda text: TOKENS.verify(f"{text}.{text}"),
    "whose request it is": lambda text: client_address._resolve.__wrapped__("127.0.0.1", text),
    "the languages of a browser": lambda text: accept_language.preferred_language([text]),
    "a number": gathering_model.reference,
    "a topic": tidy,
    "the text of a Discord event": scheduled_events._without_urls,
    "an address": addresses.Address.parse,
    "a time": lambda text: times.instant(text, "Europe/Madrid"),
    "a time of a day": lambda text: times.instant(f"2026-12-03 18:00 {text}", "Europe/Madrid"),
    "a zone": times.zone,
    "a zone's name": zones.resolve,
    "a length of time": times.length,
    "a CSV file": lambda text: parse_programme("a.csv", CSV.format(text[: LONG // 16]).encode(), HOUSE),
    "an .ics file": lambda text: parse_programme("a.ics", ICS.format(text[: LONG // 16]).encode(), HOUSE),
    "no .ics file": lambda text: parse_programme("a.ics", text.encode(), HOUSE),
    "a button on Slack": block_action,
    "a form on Slack": submission,
    "a command on Slack": lambda text: slack.slash_command({"command": "/htg", "text": text, "user_name": text}, "T1"),
    "an interaction on Discord": interaction,
    "an id on Discord": custom_ids.split_custom_id,
    "an id of Zoom's": zoom_events.text,
    "an instant of Zoom's": zoom_events._instant,
    "JSON": json.loads,
}


def seconds(read: Callable[[str], object], unit: str, size: int) -> float:
    text = (unit * (size // len(unit) + 1))[:size]
    begun = process_time()
    with suppress(Exception):  # most of it is refused, and that costs what it costs
        read(text)
    return process_time() - begun


def grows_too_fast(read: Callable[[str], object], unit: str, size: int = LONG) -> str:
    """How, or empty text. A few of them first: what is quadratic would take minutes with all."""
    few = seconds(read, unit, size // 16)
    if few > MOST / 4:  # once more: in a large process garbage may just then have been collected
        few = min(few, seconds(read, unit, size // 16))
    if few > MOST / 4:
        return f"{unit!r} × {size // 16}: {few:.3f} s"
    many = seconds(read, unit, size)
    for _ in range(3):  # the machine may have been busy with something else just then
        if many <= max(BLINK, 3 * 16 * few) and many <= MOST:
            return ""
        few = max(few, seconds(read, unit, size // 16))
        many = min(many, seconds(read, unit, size))
    return f"{unit!r} × {size}: {many:.3f} s, after {few:.3f} s for a sixteenth of it"


@pytest.mark.parametrize("name", READS)
def test_time_grows_with_the_length_and_no_faster(name: str) -> None:
    units = UNITS + OF_ROOMS if "room" in name else UNITS
    assert [found for unit in units if (found := grows_too_fast(READS[name], unit))] == []


OLD = re.compile(r"\b[\w-]{20,30}\.[\w-]{5,8}\.[\w-]{25,}|\w+://[^\s:/@]*:[^\s/@]+(?=@)")
"""As the log's redaction was when one request of 60,000 letters took ten seconds."""


@pytest.mark.parametrize("unit", ["a", "://:"])
def test_the_measure_would_have_found_it(unit: str) -> None:
    quadratic = OLD if unit == "a" else re.compile(r"://:\S*(?=@)")
    assert grows_too_fast(lambda text: quadratic.sub("", text), unit, 16_000)
    assert not grows_too_fast(lambda text: re.sub("[ab]", "", text), unit)
