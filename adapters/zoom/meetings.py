"""Meetings at Zoom, and registrants in them, each with a link of their own. Implements `bot.ports.Meetings`."""

from __future__ import annotations

import logging
import secrets
import string
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC
from typing import Any
from urllib.parse import quote

from adapters.zoom.client import NOTHING, Account, InDoubt, Refused
from bot.gatherings import Gathering
from bot.house import House
from bot.meetings import BATCH, Pass
from bot.ports import Issued, MeetingGone, MeetingMade, TryLater
from bot.secrets import PASSCODE_LIMIT, ZoomLink

log = logging.getLogger(__name__)

TOPIC_LIMIT, NAME_LIMIT = 200, 64
PASSCODE_LENGTH = 10
PAGE = "300"
GONE = 3001
"""Zoom's code for a meeting that is not there."""
UNRECORDED: Mapping[str, Any] = {
    "auto_recording": "none",
    "auto_start_meeting_summary": False,
    "who_will_receive_summary": 1,
    "summary_template_id": "",
    "auto_start_ai_companion_questions": False,
    "who_can_ask_questions": 3,
    "question_and_answer": {"enable": False},
}
"""All that could record, transcribe, summarise or question: off. What has no "off" is the host's alone.

Said each time, because a field that is left out is set as the account's default has it (changelog of 2026-03-05).
"""
SAFETY: Mapping[str, Any] = {
    **UNRECORDED,
    "approval_type": 0,
    "registration_type": 1,
    "waiting_room": True,
    "join_before_host": False,
    "allow_multiple_devices": False,
    "mute_upon_entry": True,
    "show_share_button": False,
    "registrants_confirmation_email": False,
    "registrants_email_notification": False,
    "email_notification": False,
    "use_pmi": False,
}
"""Registration on and approved at once, nothing recorded, nobody alone in the room, and no letters from Zoom."""


class NoRegistration(Refused):
    """Zoom took the registrants, and gave none of them an id or a link."""

    def __init__(self) -> None:
        super().__init__(
            200, 0, "give people links of their own: its plan or the account's settings allow no registration"
        )


class ZoomMeetings:
    def __init__(self, account: Account, house: House) -> None:
        self._account, self._house = account, house

    async def create(self, gathering: Gathering) -> MeetingMade:
        password = "".join(secrets.choice(string.digits) for _ in range(PASSCODE_LENGTH))
        body = self._described(gathering) | {"type": 2, "password": password, "settings": dict(SAFETY)}
        made = await self._account.ask("POST", "/users/me/meetings", "create the meeting", body)
        return _made(made, password)

    async def find(self, gathering: Gathering) -> MeetingMade | None:
        page = ""
        while True:
            query = {"type": "scheduled", "page_size": PAGE} | ({"next_page_token": page} if page else {})
            found = await self._account.ask("GET", "/users/me/meetings", "list the meetings", query=query)
            for each in found.get("meetings") or ():
                if isinstance(each, dict) and str(each.get("agenda", "")).startswith(self._mark(gathering)):
                    whole = await self._account.ask("GET", f"/meetings/{_id(each)}", "read the meeting")
                    return _made(whole, "")
            page = str(found.get("next_page_token") or "")
            if not page:
                return None

    async def update(self, number: str, gathering: Gathering) -> None:
        body = self._described(gathering) | {"settings": dict(SAFETY)}
        await self._about(number, "PATCH", "", "change the meeting", body)

    async def look(self, number: str) -> None:
        try:
            await self._about(number, "GET", "", "read the meeting")
        except (Refused, TryLater, InDoubt) as problem:
            log.debug("meeting %s could not be looked at: %s", number, problem)

    async def delete(self, number: str) -> None:
        query = {"schedule_for_reminder": "false", "cancel_meeting_reminder": "false"}
        with suppress(MeetingGone):
            await self._about(number, "DELETE", "", "delete the meeting", query=query)

    async def issue(self, number: str, passes: Sequence[Pass]) -> list[Issued]:
        """At most BATCH at once."""
        if len(passes) > BATCH:
            raise ValueError(f"{len(passes)} registrants; Zoom takes {BATCH} at once")
        by_email = {self._email(each.registration): each for each in passes}
        body = {
            "auto_approve": True,
            "registrants_confirmation_email": False,
            "registrants": [
                {"email": email, "first_name": (each.first_name or "Guest")[:NAME_LIMIT]}
                for email, each in by_email.items()
            ],
        }
        answer = await self._about(number, "POST", "batch_registrants", "register people", body)
        issued = self._issued(answer, {email: each.registration for email, each in by_email.items()})
        if not issued:
            raise NoRegistration
        return issued

    async def issued(self, number: str) -> list[Issued]:
        """Everybody who is registered at Zoom by us."""
        found: list[Issued] = []
        page = ""
        while True:
            query = {"status": "approved", "page_size": PAGE} | ({"next_page_token": page} if page else {})
            answer = await self._about(number, "GET", "registrants", "list who is registered", query=query)
            found += self._issued(answer, None)
            page = str(answer.get("next_page_token") or "")
            if not page:
                return found

    async def withdraw(self, number: str, passes: Sequence[Pass]) -> None:
        if len(passes) > BATCH:
            raise ValueError(f"{len(passes)} registrants; Zoom takes {BATCH} at once")
        people = [{"id": each.registrant, "email": self._email(each.registration)} for each in passes]
        body = {"action": "cancel", "registrants": people}
        await self._about(number, "PUT", "registrants/status", "cancel registrants", body)

    async def _about(
        self,
        number: str,
        method: str,
        part: str,
        what: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] = NOTHING,
    ) -> dict[str, Any]:
        """Something about one meeting, which may be gone."""
        path = f"/meetings/{quote(number, safe='')}" + (f"/{part}" if part else "")
        try:
            return await self._account.ask(method, path, what, body, query)
        except Refused as no:
            if no.code == GONE:
                raise MeetingGone from None
            raise

    # ---- how ours are told from others

    def _described(self, gathering: Gathering) -> dict[str, Any]:
        title = f"{gathering.title} ({gathering.part}/{gathering.parts})" if gathering.is_part else gathering.title
        return {
            "topic": title[:TOPIC_LIMIT],
            "agenda": self._mark(gathering),
            "start_time": f"{gathering.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "timezone": gathering.zone,
            "duration": max(1, round(gathering.duration.total_seconds() / 60)),
        }

    def _mark(self, gathering: Gathering) -> str:
        """Begins the agenda of each meeting of ours, so that one whose making was in doubt is found again."""
        return f"[gathering {gathering.id} of {self._host()}]"

    def _email(self, registration: int) -> str:
        """Zoom asks for an address; it need not be the person's, and so it is not."""
        return f"guest-{registration}@{self._host()}"

    def _registration(self, email: str) -> int | None:
        name, _, host = email.partition("@")
        number = name.removeprefix("guest-")
        return int(number) if host == self._host() and number.isdecimal() and name != number else None

    def _host(self) -> str:
        host = (self._house.public_url or "").partition("://")[2].partition("/")[0].partition(":")[0]
        return host.lower() if "." in host and not host.replace(".", "").isdecimal() else "gatherings.example.org"

    def _issued(self, answer: Mapping[str, Any], wanted: Mapping[str, int] | None) -> list[Issued]:
        found = []
        for each in answer.get("registrants") or ():
            if not isinstance(each, dict):
                continue
            email = str(each.get("email", "")).lower()
            registration = wanted.get(email) if wanted is not None else self._registration(email)
            registrant, url = str(each.get("registrant_id") or each.get("id") or ""), each.get("join_url")
            if registration is not None and registrant and isinstance(url, str):
                found.append(Issued(registration, registrant, _link(url)))
        return found


def _made(answer: Mapping[str, Any], password: str) -> MeetingMade:
    url = answer.get("join_url")
    if not isinstance(url, str):
        raise TryLater("Zoom's answer holds no link")
    return MeetingMade(_id(answer), _link(url, str(answer.get("password") or password)[:PASSCODE_LIMIT]))


def _id(answer: Mapping[str, Any]) -> str:
    number = answer.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise TryLater("Zoom's answer holds no meeting id")
    return str(number)


def _link(url: str, passcode: str = "") -> ZoomLink:
    try:
        return ZoomLink.typed(url, passcode)
    except ValueError:
        raise TryLater("Zoom's answer holds a link that is none") from None
