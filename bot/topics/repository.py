"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.topics.model import Topic, TopicState


class TopicRepository(Protocol):
    """Suggested topics and their votes."""

    def suggest(self, member: int, text: str, now: datetime) -> Topic | None:
        """Stores a suggestion, as a vote if the same topic is open already; None when the member has it already."""

    def count_open(self, member: int) -> int:
        """How many open topics this member suggested, including those that others suggested too."""

    def get(self, topic: int) -> Topic | None: ...

    def list_open(self, *, limit: int, offset: int = 0, titled: str = "") -> list[Topic]:
        """Open topics, those with most votes first, then the oldest; `titled`: part of the text."""

    def list_open_for(self, member: int, *, limit: int, offset: int = 0, titled: str = "") -> list[Topic]:
        """Open topics that this member has not voted for, in the same order."""

    def vote(self, topic: int, member: int, now: datetime) -> bool:
        """False when the member has voted for it already."""

    def unvote(self, topic: int, member: int) -> bool: ...

    def close(self, topic: int, state: TopicState) -> bool:
        """Closes an open topic; False when it was not open."""

    def reopen(self, topic: int) -> bool:
        """Reopens a declined topic; False when it was not declined, or the same one is open again."""

    def merge(self, topic: int, into: int) -> bool:
        """Moves the votes, one for each member; False when `topic` was not open."""

    def take_up(self, topic: int, gathering: int) -> None:
        """Stores that this gathering, which may be a draft, is about the topic."""

    def taken_up(self, gathering: int) -> Topic | None: ...

    def voters(self, topic: int) -> dict[int, str]:
        """Members who suggested it or voted for it, each with the platform of their address."""
