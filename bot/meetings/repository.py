"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.gatherings.model import Gathering
from bot.meetings.model import Capture, Deviation, Meeting, Pass
from bot.secrets import ZoomLink


class MeetingRepository(Protocol):
    """Zoom meetings and the registrants' personal links to them."""

    def upcoming(self, now: datetime, *, limit: int) -> list[tuple[Gathering, Meeting | None, bool]]:
        """Gatherings still to end that want or have a meeting, soonest first; True: a link is kept for them."""

    def get(self, gathering: int) -> Meeting | None: ...

    def by_number(self, number: str) -> Meeting | None:
        """The meeting with Zoom's number, if it stands and is ours."""

    def save(self, meeting: Meeting) -> None:
        """Keeps its number, standing and what was sent. With another number, what was heard of it is forgotten."""

    def heard(self, number: str, at: datetime) -> None:
        """Keeps that an event about this meeting came in."""

    def record_started(self, gathering: int, at: datetime) -> bool:
        """Keeps the last beginning; False where it is no later than the known one."""

    def record_ended(self, gathering: int, at: datetime) -> bool:
        """Keeps the last end; False where it is no later than the known one."""

    def passes(self, gathering: int) -> list[Pass]:
        """One for each registrant, made or not; and those of registrations that were given up since."""

    def begin_passes(self, gathering: int, registrations: Sequence[int]) -> None:
        """Records that these are being requested."""

    def issue_passes(self, gathering: int, issued: Mapping[int, tuple[str, ZoomLink]]) -> None:
        """Keeps passes that stand: by registration, Zoom's id of the registrant and their link."""

    def share_common_link(self, gathering: int, at: datetime | None) -> None:
        """Sets from when on those without a pass get the meeting's common link; None: never."""

    def lose_passes(self, gathering: int) -> None:
        """Forgets every pass to its meeting, which is gone."""

    def end_passes(self, registrations: Collection[int]) -> None: ...

    def record_captures(self, gathering: int, captures: Collection[Capture]) -> None: ...

    def record_put_back(self, gathering: int, deviations: Collection[Deviation]) -> None: ...

    def record_refused(self, gathering: int, deviations: Collection[Deviation]) -> None: ...

    def want_look(self, gathering: int) -> None:
        """Asks for its meeting to be looked at, because somebody may have changed it at Zoom."""

    def take_wanted_looks(self) -> frozenset[int]:
        """The gatherings whose meetings are to be looked at; each is given once."""

    def record_log_in(self, number: str, registrant: str, at: datetime) -> bool:
        """Keeps the first log-in with a pass to this meeting; False when it changes nothing. In any order."""

    def record_seen(self, number: str, registrant: str, at: datetime) -> bool:
        """Keeps the first sign of any kind that its holder came; False when it changes nothing. In any order."""

    def record_left(self, number: str, registrant: str, at: datetime) -> bool:
        """Keeps when its holder last left; False when it changes nothing. In any order."""

    def forget_passes(self, before: datetime) -> None:
        """Of gatherings that ended before then, the passes whose registration is no longer kept."""
