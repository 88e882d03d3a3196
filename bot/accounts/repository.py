"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.accounts.model import DataExport
from bot.addresses import Address
from bot.members.model import Identity, Member


class AccountRepository(Protocol):
    """Members with several addresses: connecting and disconnecting them, exporting and erasing what is stored."""

    def save_code(self, member: int, digest: str, expires_at: datetime) -> None:
        """Stores the digest of a one-time code in place of the member's former one."""

    def code_owner(self, digest: str, now: datetime) -> int | None:
        """The member whose unexpired code this is."""

    def record_wrong_code(self, member: int, now: datetime) -> None: ...

    def count_wrong_codes(self, member: int, since: datetime) -> int:
        """How many wrong codes this member has typed since then."""

    def addresses(self, member: int) -> list[Address]:
        """Every address of this member."""

    def identities(self, member: int) -> list[Identity]:
        """Every address of this member, each with its name."""

    def request_connection(self, member: int, other: int, digest: str, expires_at: datetime) -> None:
        """Stores that `member` typed a code of `other`'s and was asked to confirm, in place of any earlier request.

        It is removed when either of them is merged with anybody, or is given another code.
        """

    def take_connection_request(self, member: int, digest: str, now: datetime) -> int | None:
        """Removes the request and returns the other member; None for another digest, or once it has expired."""

    def drop_connection_request(self, member: int) -> None: ...

    def merge(self, kept: int, gone: int, now: datetime) -> None:
        """Merges two members: everything of `gone` becomes `kept`'s, whose settings stay.

        Where both were registered the earlier registration stays, and the other's link leads to it; where both
        were admitted, one place is freed, once its link is withdrawn. What was heard from Zoom of either stays. A
        notification to both is sent to one of them. From then on the ids of `gone` are resolved to `kept`. The codes of
        both are used up, and the links to both calendars are revoked.
        """

    def disconnect(self, member: int, address: Address) -> Member | None:
        """Makes one of a member's addresses a member of its own again; None when it is not one of several.

        What was created from this address goes with it; a registration that was suspended in favour of another
        address's is restored. A place goes with its registration, so that none is counted twice. No notification
        that was sent, or may have been, is sent again to either. The links to both calendars are revoked.
        """

    def export(self, member: int) -> DataExport:
        """Everything that is stored about a member."""

    def forget(self, member: int, now: datetime) -> None:
        """Erases a member and their data; of past gatherings and of topics, only the counts stay."""
