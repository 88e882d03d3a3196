"""The sandbox's stand-in for Zoom: meetings, who is registered for them, and who is in the room.

It keeps what Zoom keeps and tells what Zoom tells. `adapters/sandbox/zoom_api.py` is its interface for the bot,
`adapters/sandbox/zoom_pages.py` the pages on which people log in.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from bot.ports import Clock

HOST = "https://zoom.example"
"""Where its links seem to lead: RFC 2606 reserves `.example`. The chat page leads to its own pages instead."""
START_KEY_LIFETIME = timedelta(hours=2)
FIRST_NUMBER = 810_0000_0001

Event = Callable[[str, Mapping[str, Any]], Awaitable[None]]
"""Takes an event's name and its object, as Zoom's webhooks have them."""


class Whereabouts(StrEnum):
    OUTSIDE = "outside"
    WAITING = "waiting"
    INSIDE = "inside"


@dataclass(slots=True)
class Attendee:
    """A registrant. `token` is in their own link."""

    registrant: str
    email: str
    name: str
    token: str
    approved: bool = True
    whereabouts: Whereabouts = Whereabouts.OUTSIDE


@dataclass(slots=True)
class StandInMeeting:
    number: int
    body: dict[str, Any]
    attendees: dict[str, Attendee] = field(default_factory=dict)
    """By e-mail."""
    started: bool = False
    ended: bool = False
    recorded: bool = False
    start_keys: dict[str, datetime] = field(default_factory=dict)
    """When each was given out."""

    @property
    def topic(self) -> str:
        return str(self.body.get("topic", ""))

    @property
    def inside(self) -> list[Attendee]:
        return [each for each in self.attendees.values() if each.whereabouts is Whereabouts.INSIDE]

    @property
    def waiting(self) -> list[Attendee]:
        return [each for each in self.attendees.values() if each.whereabouts is Whereabouts.WAITING]


class StandInZoom:
    """Links that it gives out work on the pages of the sandbox alone, and end with it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._meetings: dict[int, StandInMeeting] = {}
        self._numbers = count(FIRST_NUMBER)
        self._count = 0
        self.tell: Event | None = None
        """Takes what happens; None: nobody listens."""

    # ---- for the bot

    def create(self, body: Mapping[str, Any]) -> StandInMeeting:
        meeting = StandInMeeting(next(self._numbers), dict(body))
        self._meetings[meeting.number] = meeting
        return meeting

    def meetings(self) -> Iterator[StandInMeeting]:
        yield from self._meetings.values()

    def meeting(self, number: str) -> StandInMeeting | None:
        return self._meetings.get(int(number)) if number.isascii() and number.isdecimal() else None

    def delete(self, meeting: StandInMeeting) -> None:
        self._meetings.pop(meeting.number, None)

    def register(self, meeting: StandInMeeting, email: str, name: str) -> Attendee:
        """Registering twice gives the same link again, approved."""
        attendee = meeting.attendees.get(email)
        if attendee is None:
            self._count += 1
            attendee = Attendee(f"R{self._count}", email, name, secrets.token_urlsafe(16))
            meeting.attendees[email] = attendee
        attendee.approved = True
        return attendee

    def common_link(self, meeting: StandInMeeting) -> str:
        return f"{HOST}/j/{meeting.number}?pwd={meeting.body.get('password', '')}"

    def own_link(self, meeting: StandInMeeting, attendee: Attendee) -> str:
        return f"{HOST}/w/{meeting.number}?tk={attendee.token}"

    def start_link(self, meeting: StandInMeeting) -> str:
        """Another each time."""
        key = secrets.token_urlsafe(16)
        meeting.start_keys[key] = self._clock.now()
        return f"{HOST}/s/{meeting.number}?zak={key}"

    # ---- for people

    def attendee(self, meeting: StandInMeeting, token: str) -> Attendee | None:
        found = next((each for each in meeting.attendees.values() if each.token == token), None)
        return found if found is not None and found.approved else None

    def may_start(self, meeting: StandInMeeting, key: str) -> bool:
        given = meeting.start_keys.get(key)
        return given is not None and self._clock.now() - given <= START_KEY_LIFETIME

    async def join(self, meeting: StandInMeeting, attendee: Attendee) -> None:
        """Into the room, or to wait for the host."""
        if meeting.started and attendee.whereabouts is not Whereabouts.INSIDE:
            await self._let_in(meeting, attendee)
        elif not meeting.started and not meeting.ended and attendee.whereabouts is Whereabouts.OUTSIDE:
            attendee.whereabouts = Whereabouts.WAITING
            await self._tell_of(meeting, attendee, "participant_jbh_waiting", "date_time")

    async def leave(self, meeting: StandInMeeting, attendee: Attendee) -> None:
        if attendee.whereabouts is Whereabouts.INSIDE:
            await self._tell_of(meeting, attendee, "participant_left", "leave_time")
        elif attendee.whereabouts is Whereabouts.WAITING:
            await self._tell_of(meeting, attendee, "participant_jbh_waiting_left", "date_time")
        attendee.whereabouts = Whereabouts.OUTSIDE

    async def start(self, meeting: StandInMeeting) -> None:
        """The host comes: whoever waited is let in."""
        if meeting.started:
            return
        meeting.started, meeting.ended = True, False
        await self._tell(meeting, "meeting.started", {"start_time": self._written()})
        for attendee in meeting.waiting:
            await self._let_in(meeting, attendee)

    async def end(self, meeting: StandInMeeting) -> None:
        if not meeting.started:
            return
        for attendee in meeting.inside:
            await self.leave(meeting, attendee)
        meeting.started, meeting.recorded, meeting.ended = False, False, True
        await self._tell(meeting, "meeting.ended", {"end_time": self._written()})

    async def record(self, meeting: StandInMeeting) -> None:
        """What nobody should do: the facilitators are told."""
        if meeting.started and not meeting.recorded:
            meeting.recorded = True
            await self._tell(meeting, "recording.started", {"recording_file": {"recording_start": self._written()}})

    async def _let_in(self, meeting: StandInMeeting, attendee: Attendee) -> None:
        await self._tell_of(meeting, attendee, "participant_joined_waiting_room", "join_time")
        attendee.whereabouts = Whereabouts.INSIDE
        await self._tell_of(meeting, attendee, "participant_joined", "join_time")

    async def _tell_of(self, meeting: StandInMeeting, attendee: Attendee, event: str, time: str) -> None:
        participant = {
            "user_name": attendee.name,
            "registrant_id": attendee.registrant,
            "email": attendee.email,
            time: self._written(),
        }
        await self._tell(meeting, f"meeting.{event}", {"participant": participant})

    async def _tell(self, meeting: StandInMeeting, event: str, more: Mapping[str, Any]) -> None:
        if self.tell is not None:
            await self.tell(event, {"id": str(meeting.number), "topic": meeting.topic, "type": 2, **more})

    def _written(self) -> str:
        return f"{self._clock.now():%Y-%m-%dT%H:%M:%SZ}"
