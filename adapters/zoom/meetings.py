"""Zoom meetings and their registrants, each with a join link of their own. Implements `bot.ports.Meetings`."""

from __future__ import annotations

import logging
import secrets
import string
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from adapters.zoom.client import NO_QUERY, ZoomClient, ZoomOutcomeUnknown, ZoomRefused
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.meetings.model import BATCH, MeetingStatus, Pass
from bot.meetings.ports import Issued, MeetingGone, MeetingMade
from bot.ports import TryLater
from bot.secrets import PASSCODE_LIMIT, StartLink, ZoomLink

log = logging.getLogger(__name__)

TOPIC_LIMIT = 200
NAME_LIMIT = 64
PASSCODE_LENGTH = 10
PAGE_SIZE = "300"
MEETING_NOT_FOUND = 3001
"""Zoom's error code for a meeting that does not exist."""
RECORDING_OFF: Mapping[str, Any] = {
    "auto_recording": "none",
    "auto_start_meeting_summary": False,
    "who_will_receive_summary": 1,
    "summary_template_id": "",
    "auto_start_ai_companion_questions": False,
    "who_can_ask_questions": 3,
    "question_and_answer": {"enable": False},
}
"""Recording, transcripts, AI summaries and AI questions: off; what has no "off" is for the host alone.

Sent with every request: a field that is left out is reset to the account's default (Zoom's changelog of 2026-03-05).
"""
MEETING_SETTINGS: Mapping[str, Any] = {
    **RECORDING_OFF,
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
"""Registration required and approved at once, no recording, nobody in the room before the host, no email by Zoom."""


class RegistrationUnavailable(ZoomRefused):
    """Zoom accepted the registrants, and returned neither id nor link for any of them."""

    def __init__(self) -> None:
        super().__init__(
            200, 0, "give people links of their own: its plan or the account's settings allow no registration"
        )


class ZoomMeetings:
    def __init__(self, account: ZoomClient, config: Config) -> None:
        self._client, self._config = account, config

    async def create(self, gathering: Gathering) -> MeetingMade:
        password = "".join(secrets.choice(string.digits) for _ in range(PASSCODE_LENGTH))
        body = self._payload(gathering) | {"type": 2, "password": password, "settings": dict(MEETING_SETTINGS)}
        created = await self._client.request("POST", "/users/me/meetings", "create the meeting", body)
        return _meeting_of(created, password)

    async def find(self, gathering: Gathering) -> MeetingMade | None:
        page = ""
        while True:
            query = {"type": "scheduled", "page_size": PAGE_SIZE} | ({"next_page_token": page} if page else {})
            response = await self._client.request("GET", "/users/me/meetings", "list the meetings", query=query)
            for meeting in response.get("meetings") or ():
                if isinstance(meeting, dict) and str(meeting.get("agenda", "")).startswith(self._mark(gathering)):
                    whole = await self._client.request("GET", f"/meetings/{_id(meeting)}", "read the meeting")
                    return _meeting_of(whole, "")
            page = str(response.get("next_page_token") or "")
            if not page:
                return None

    async def update(self, number: str, gathering: Gathering) -> None:
        body = self._payload(gathering) | {"settings": dict(MEETING_SETTINGS)}
        await self._request_about(number, "PATCH", "", "change the meeting", body)

    async def look(self, number: str) -> None:
        try:
            await self._request_about(number, "GET", "", "read the meeting")
        except (ZoomRefused, TryLater, ZoomOutcomeUnknown) as problem:
            log.debug("meeting %s could not be looked at: %s", number, problem)

    async def status(self, number: str) -> MeetingStatus:
        answer = await self._request_about(number, "GET", "", "read the meeting")
        duration = answer.get("duration")
        return MeetingStatus(
            started=answer.get("status") == "started",
            starts_at=_instant(answer.get("start_time")),
            duration=timedelta(minutes=duration) if isinstance(duration, int) else None,
            wrong=_wrong(answer.get("settings")),
        )

    async def start_link(self, number: str) -> StartLink:
        answer = await self._request_about(number, "GET", "", "give a start link")
        try:
            return StartLink.received(str(answer.get("start_url") or ""))
        except ValueError:
            raise TryLater("Zoom's answer holds no start link") from None

    async def delete(self, number: str) -> None:
        query = {"schedule_for_reminder": "false", "cancel_meeting_reminder": "false"}
        with suppress(MeetingGone):
            await self._request_about(number, "DELETE", "", "delete the meeting", query=query)

    async def issue(self, number: str, passes: Sequence[Pass]) -> list[Issued]:
        """At most BATCH registrants."""
        if len(passes) > BATCH:
            raise ValueError(f"{len(passes)} registrants; Zoom takes {BATCH} at once")
        by_email = {self._email(pass_.registration): pass_ for pass_ in passes}
        body = {
            "auto_approve": True,
            "registrants_confirmation_email": False,
            "registrants": [
                {"email": email, "first_name": (pass_.first_name or "Guest")[:NAME_LIMIT]}
                for email, pass_ in by_email.items()
            ],
        }
        answer = await self._request_about(number, "POST", "batch_registrants", "register people", body)
        issued = self._issued(answer, {email: pass_.registration for email, pass_ in by_email.items()})
        if not issued:
            raise RegistrationUnavailable
        return issued

    async def issued(self, number: str) -> list[Issued]:
        """All registrants that we created."""
        issued: list[Issued] = []
        page = ""
        while True:
            query = {"status": "approved", "page_size": PAGE_SIZE} | ({"next_page_token": page} if page else {})
            answer = await self._request_about(number, "GET", "registrants", "list who is registered", query=query)
            issued += self._issued(answer, None)
            page = str(answer.get("next_page_token") or "")
            if not page:
                return issued

    async def withdraw(self, number: str, passes: Sequence[Pass]) -> None:
        await self._set_status(number, passes, "cancel", "cancel registrants")

    async def reinstate(self, number: str, passes: Sequence[Pass]) -> list[Issued]:
        await self._set_status(number, passes, "approve", "approve registrants again")
        wanted = {pass_.registration for pass_ in passes}
        return [issued for issued in await self.issued(number) if issued.registration in wanted]

    async def _set_status(self, number: str, passes: Sequence[Pass], action: str, what: str) -> None:
        if len(passes) > BATCH:
            raise ValueError(f"{len(passes)} registrants; Zoom takes {BATCH} at once")
        people = [{"id": pass_.registrant, "email": self._email(pass_.registration)} for pass_ in passes]
        body = {"action": action, "registrants": people}
        await self._request_about(number, "PUT", "registrants/status", what, body)

    async def _request_about(
        self,
        number: str,
        method: str,
        part: str,
        what: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] = NO_QUERY,
    ) -> dict[str, Any]:
        """A request about one meeting; raises MeetingGone where it does not exist."""
        path = f"/meetings/{quote(number, safe='')}" + (f"/{part}" if part else "")
        try:
            return await self._client.request(method, path, what, body, query)
        except ZoomRefused as no:
            if no.code == MEETING_NOT_FOUND:
                raise MeetingGone from None
            raise

    # ---- recognising our own meetings and registrants

    def _payload(self, gathering: Gathering) -> dict[str, Any]:
        title = f"{gathering.title} ({gathering.part}/{gathering.parts})" if gathering.is_part else gathering.title
        return {
            "topic": title[:TOPIC_LIMIT],
            "agenda": self._mark(gathering),
            "start_time": f"{gathering.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "timezone": gathering.zone,
            "duration": max(1, round(gathering.duration.total_seconds() / 60)),
        }

    def _mark(self, gathering: Gathering) -> str:
        """Prefix of the agenda of our meetings: `find` recognises one whose creation had an unknown outcome."""
        return f"[gathering {gathering.id} of {self._host()}]"

    def _email(self, registration: int) -> str:
        """Zoom requires an email address; ours is made up, so that it learns nobody's."""
        return f"guest-{registration}@{self._host()}"

    def _registration(self, email: str) -> int | None:
        name, _, host = email.partition("@")
        number = name.removeprefix("guest-")
        return int(number) if host == self._host() and number.isdecimal() and name != number else None

    def _host(self) -> str:
        host = (self._config.public_url or "").partition("://")[2].partition("/")[0].partition(":")[0]
        return host.lower() if "." in host and not host.replace(".", "").isdecimal() else "gatherings.example.org"

    def _issued(self, answer: Mapping[str, Any], wanted: Mapping[str, int] | None) -> list[Issued]:
        issued = []
        for registrant in answer.get("registrants") or ():
            if not isinstance(registrant, dict):
                continue
            email = str(registrant.get("email", "")).lower()
            registration = wanted.get(email) if wanted is not None else self._registration(email)
            registrant_id = str(registrant.get("registrant_id") or registrant.get("id") or "")
            url = registrant.get("join_url")
            if registration is not None and registrant_id and isinstance(url, str):
                issued.append(Issued(registration, registrant_id, _link(url)))
        return issued


def _meeting_of(answer: Mapping[str, Any], password: str) -> MeetingMade:
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


def _wrong(settings: object) -> frozenset[str]:
    """Settings that are not as they were sent; one that the answer leaves out is taken to be right."""
    if not isinstance(settings, Mapping):
        return frozenset()
    return frozenset(name for name, sent in MEETING_SETTINGS.items() if not _as_sent(settings.get(name), sent))


def _as_sent(found: object, sent: object) -> bool:
    if isinstance(sent, Mapping):
        return not isinstance(found, Mapping) or all(_as_sent(found.get(name), value) for name, value in sent.items())
    return found is None or found == sent


def _instant(written: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
