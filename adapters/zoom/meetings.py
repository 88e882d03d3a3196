"""Implements `bot.meetings.ports.MeetingService`: Zoom meetings, and registrants with a join link of their own each."""

from __future__ import annotations

import logging
import secrets
import string
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from adapters.zoom.client import NO_QUERY, OWNER, ZoomClient, ZoomRefused
from adapters.zoom.meeting_settings import ATTEMPTS, MEETING_SETTINGS, deviations
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.meetings.model import BATCH, MeetingStatus, Pass
from bot.meetings.ports import HostGone, Issued, MeetingGone, MeetingMade
from bot.ports import TryLater
from bot.secrets import PASSCODE_LIMIT, StartLink, ZoomLink

log = logging.getLogger(__name__)

T = TypeVar("T")
Answer = dict[str, Any]

TOPIC_LIMIT = 200
NAME_LIMIT = 64
PASSCODE_LENGTH = 10
PAGE_SIZE = "300"
MEETING_NOT_FOUND = 3001
"""Zoom's error code for a meeting that does not exist."""
MEETING_RUNS = 3000
"""Zoom's error code for a change of a meeting that has begun."""
DELETION_WHILE_RUNNING, DELETION_AFTER_END = 3002, 3007
"""Zoom's error codes for the deletion of a meeting that runs, and of one that is over."""
INVALID_FIELD = 300
"""Zoom's error code for a field that it does not take."""
HOST_NOT_FOUND = frozenset({1001, 1010})
"""Zoom's error codes for a user who is not in the account."""
NO_REGISTRATION = frozenset({300, 404})
"""Zoom's error codes where people are registered for a meeting that has no registration."""


class RegistrationUnavailable(ZoomRefused):
    """Zoom accepted the registrants, and returned neither id nor link for any of them."""

    def __init__(self) -> None:
        super().__init__(
            200, 0, "give people links of their own: its plan or the account's settings allow no registration"
        )


class ZoomMeetings:
    def __init__(self, account: ZoomClient, config: Config, host: str = OWNER) -> None:
        """`host`: the user under whom meetings are made, by e-mail or id."""
        self._client, self._config = account, config
        self._meetings_of_host = f"/users/{quote(host, safe='')}/meetings"
        self._taken = 0
        """The first of ATTEMPTS that the account takes: each one that it refuses counts against its changes a day."""
        self.left_out: frozenset[str] | None = None

    async def create(self, gathering: Gathering) -> MeetingMade:
        password = "".join(secrets.choice(string.digits) for _ in range(PASSCODE_LENGTH))
        body = self._payload(gathering) | {"type": 2, "password": password}
        path = self._meetings_of_host
        answer = await self._with_settings(
            body, lambda whole: self._client.request("POST", path, "create the meeting", whole)
        )
        return _meeting_of(answer, password)

    async def find(self, gathering: Gathering) -> MeetingMade | None:
        path = self._meetings_of_host
        pages = _pages(
            lambda query: self._client.request("GET", path, "list the meetings", query=query), type="scheduled"
        )
        async for page in pages:
            for meeting in page.get("meetings") or ():
                if isinstance(meeting, dict) and str(meeting.get("agenda", "")).startswith(self._mark(gathering)):
                    whole = await self._client.request("GET", f"/meetings/{_id(meeting)}", "read the meeting")
                    return _meeting_of(whole, "")
        return None

    async def update(self, number: str, gathering: Gathering) -> None:
        await self._with_settings(
            self._payload(gathering),
            lambda whole: self._request_about(number, "PATCH", "", "change the meeting", whole),
        )

    async def status(self, number: str) -> MeetingStatus:
        answer = await self._request_about(number, "GET", "", "read the meeting")
        duration = answer.get("duration")
        return MeetingStatus(
            started=answer.get("status") == "started",
            starts_at=_instant(answer.get("start_time")),
            duration=timedelta(minutes=duration) if isinstance(duration, int) else None,
            wrong=deviations(answer.get("settings")),
        )

    async def start_link(self, number: str) -> StartLink:
        answer = await self._request_about(number, "GET", "", "give a start link")
        try:
            return StartLink.received(str(answer.get("start_url") or ""))
        except ValueError:
            raise TryLater("Zoom's answer holds no start link") from None

    async def delete(self, number: str) -> None:
        query = {"schedule_for_reminder": "false", "cancel_meeting_reminder": "false"}
        try:
            with suppress(MeetingGone, HostGone):
                await self._request_about(number, "DELETE", "", "delete the meeting", query=query)
        except ZoomRefused as no:
            if no.code != DELETION_AFTER_END:
                raise

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
        wanted = {email: pass_.registration for email, pass_ in by_email.items()}
        issued = self._issued(answer, wanted)
        known = {each.registration for each in issued}
        if answer.get("registrants") and len(known) < len(wanted):
            issued += [each for each in await self._approve_pending(number, wanted) if each.registration not in known]
        if not issued:
            raise RegistrationUnavailable
        return issued

    async def issued(self, number: str) -> list[Issued]:
        """All registrants that we created."""
        return self._issued({"registrants": await self._list_registrants(number, "approved")}, None)

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

    async def _approve_pending(self, number: str, wanted: Mapping[str, int]) -> list[Issued]:
        """Approves those of these who wait for it, as where somebody set the meeting to approve by hand."""
        pending = [
            {"id": str(each.get("id") or ""), "email": str(each.get("email", ""))}
            for each in await self._list_registrants(number, "pending")
            if str(each.get("email", "")).lower() in wanted
        ]
        for batch in batches(pending):
            body = {"action": "approve", "registrants": batch}
            await self._request_about(number, "PUT", "registrants/status", "approve registrants", body)
        return self._issued({"registrants": await self._list_registrants(number, "approved")}, wanted)

    async def _list_registrants(self, number: str, status: str) -> list[dict[str, Any]]:
        what = "list who is registered"
        pages = _pages(
            lambda query: self._request_about(number, "GET", "registrants", what, query=query), status=status
        )
        return [each async for page in pages for each in page.get("registrants") or () if isinstance(each, dict)]

    async def _request_about(
        self,
        number: str,
        method: str,
        part: str,
        what: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] = NO_QUERY,
    ) -> dict[str, Any]:
        """A request about one meeting; raises MeetingGone where it does not exist, HostGone where its host does not."""
        path = f"/meetings/{quote(number, safe='')}" + (f"/{part}" if part else "")
        try:
            return await self._client.request(method, path, what, body, query)
        except ZoomRefused as no:
            if no.code == MEETING_NOT_FOUND:
                raise MeetingGone from None
            if no.code in HOST_NOT_FOUND:
                raise HostGone(str(no)) from None
            if part == "batch_registrants" and no.code in NO_REGISTRATION:
                raise RegistrationUnavailable from None
            raise

    async def _with_settings(
        self, body: Mapping[str, Any], send: Callable[[Mapping[str, Any]], Awaitable[Answer]]
    ) -> Answer:
        """Sends it with all settings; where the account does not know one, with those that matter more."""
        for number in range(self._taken, len(ATTEMPTS)):
            try:
                answer = await send({**body, "settings": dict(ATTEMPTS[number])})
            except ZoomRefused as no:
                if no.code != INVALID_FIELD or number == len(ATTEMPTS) - 1:
                    raise
                log.warning("%s: newer settings are left out", no)
            else:
                self._taken = number
                self.left_out = frozenset(MEETING_SETTINGS) - frozenset(ATTEMPTS[number])
                return answer
        raise AssertionError("unreachable")

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
        host = self._config.host
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


async def _pages(request: Callable[[Mapping[str, str]], Awaitable[Answer]], **query: str) -> AsyncIterator[Answer]:
    """The answers to one request after another, each for what comes after the last."""
    after: dict[str, str] = {}
    while True:
        answer = await request({**query, "page_size": PAGE_SIZE, **after})
        yield answer
        token = str(answer.get("next_page_token") or "")
        if not token:
            return
        after = {"next_page_token": token}


def batches(wanted: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many as Zoom takes at once."""
    for first in range(0, len(wanted), BATCH):
        yield wanted[first : first + BATCH]


def _meeting_of(answer: Mapping[str, Any], password: str) -> MeetingMade:
    url = answer.get("join_url")
    if not isinstance(url, str):
        raise TryLater("Zoom's answer holds no link")
    link = _link(url, str(answer.get("password") or password)[:PASSCODE_LIMIT])
    return MeetingMade(_id(answer), link, deviations(answer.get("settings")))


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


def _instant(written: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
