"""A meeting of the local Zoom while it runs: who opens which link comes in or not, and what Zoom tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.adapters.zoom.local_zoom import LocalZoom, Meeting

Event = dict[str, Any]
START_LINK_LIFETIME = timedelta(hours=2)


class NotLetIn(Exception):
    """What Zoom shows instead of the room: the link lapsed, the registration was cancelled, it is in use."""


@dataclass
class LocalRoom:
    """`told`: the events that the webhook would get, in order; those of participants as Zoom names them."""

    zoom: LocalZoom
    meeting: Meeting
    now: Callable[[], datetime]
    told: list[Event] = field(default_factory=list)
    inside: dict[str, str] = field(default_factory=dict)
    """By the id of a registrant, where they are: "waiting room" or "room"."""
    link_times: dict[str, datetime] = field(default_factory=dict)

    def note_links(self) -> None:
        """Start links that Zoom gave since are from now."""
        for url in self.zoom.start_links:
            self.link_times.setdefault(url, self.now())

    def start(self, url: str) -> None:
        """Somebody opens a start link, and is the host."""
        self.note_links()
        if self.now() - self.link_times[url] >= START_LINK_LIFETIME:
            raise NotLetIn("the link has lapsed")
        if self.meeting.status != "started":
            self.meeting.status = "started"
            self._tell("meeting.started", start_time=self._time())
        self._tell("meeting.participant_joined", {"user_name": "Host", "join_time": self._time()})
        if self.meeting.body["settings"]["auto_recording"] != "none":
            self._tell("recording.started")

    def open(self, url: str) -> None:
        """A registrant opens their own link."""
        registrant = next((each for each in self.meeting.registrants.values() if each["join_url"] == url), None)
        if registrant is None or registrant["status"] != "approved":
            raise NotLetIn("not registered")
        if self.inside.get(registrant["id"]) == "room":
            raise NotLetIn("it is open on another device")
        if self.meeting.status != "started":
            # Zoom's reference names no registrant in this one.
            self._tell("meeting.participant_jbh_waiting", {"user_name": "Guest"})
            raise NotLetIn("the host has not begun")
        self.inside[registrant["id"]] = "waiting room"
        self._tell("meeting.participant_joined_waiting_room", self._of(registrant, date_time=self._time()))

    def admit(self) -> None:
        """The host lets everybody in who waits."""
        for registrant in list(self.meeting.registrants.values()):
            if self.inside.get(registrant["id"]) == "waiting room":
                self.inside[registrant["id"]] = "room"
                self._tell("meeting.participant_admitted", self._of(registrant, date_time=self._time()))
                self._tell("meeting.participant_joined", self._of(registrant, join_time=self._time()))

    def leave(self, url: str) -> None:
        registrant = next(each for each in self.meeting.registrants.values() if each["join_url"] == url)
        del self.inside[registrant["id"]]
        self._tell("meeting.participant_left", self._of(registrant, leave_time=self._time()))

    def end(self) -> None:
        for registrant in list(self.meeting.registrants.values()):
            if registrant["id"] in self.inside:
                self.leave(registrant["join_url"])
        self.meeting.status = "waiting"
        self._tell("meeting.ended", end_time=self._time())

    def _of(self, registrant: dict[str, Any], **times: str) -> dict[str, Any]:
        return {"user_name": "Guest", "email": registrant["email"], "registrant_id": registrant["id"], **times}

    def _tell(self, name: str, participant: dict[str, Any] | None = None, **more: str) -> None:
        number: str | int = self.meeting.id if name.startswith("recording.") else str(self.meeting.id)
        thing: dict[str, Any] = {"id": number, "uuid": "u1==", "host_id": "h1", "type": 2, **more}
        if participant is not None:
            thing["participant"] = participant
        stamp = int(self.now().timestamp() * 1000)
        self.told.append({"event": name, "event_ts": stamp, "payload": {"account_id": "a1", "object": thing}})

    def _time(self) -> str:
        return f"{self.now():%Y-%m-%dT%H:%M:%SZ}"
