"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.topics.model import Topic, TopicState


class TopicRepository(Protocol):
    """Suggested topics and their votes."""

    def suggest(self, member: int, text: str, now: datetime) -> Topic | None:
        """Keeps a suggestion, as a vote where others have the same one open; None when the member has it already."""

    def count_open(self, member: int) -> int:
        """How many open topics this member suggested, alone or as others did."""

    def get(self, topic: int) -> Topic | None: ...

    def list_open(self, *, limit: int, offset: int = 0, titled: str = "") -> list[Topic]:
        """Open ones, those with most votes first, then the oldest; `titled`: part of the topic."""

    def list_open_for(self, member: int, *, limit: int, offset: int = 0, titled: str = "") -> list[Topic]:
        """Open ones that this member has not voted for, in the same order."""

    def vote(self, topic: int, member: int, now: datetime) -> bool:
        """False when the member had voted for it already."""

    def unvote(self, topic: int, member: int) -> bool: ...

    def close(self, topic: int, state: TopicState) -> bool:
        """Takes an open topic off the list; False when it was not open."""

    def reopen(self, topic: int) -> bool:
        """Puts a declined topic back; False where it was not declined, or the same was suggested anew."""

    def merge(self, topic: int, into: int) -> bool:
        """Moves everyone's votes, each member's once; False when the first was not open."""

    def take_up(self, topic: int, gathering: int) -> None:
        """Remembers that this gathering, a draft perhaps, is about the topic."""

    def taken_up(self, gathering: int) -> Topic | None: ...

    def voters(self, topic: int) -> dict[int, str]:
        """The members who suggested it or voted for it, each with the platform where they are heard."""
