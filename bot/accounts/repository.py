"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.accounts.model import DataExport
from bot.addresses import Address
from bot.members.model import Identity, Member


class AccountRepository(Protocol):
    """One member with several addresses: connecting and disconnecting them, and the right to be forgotten."""

    def save_code(self, member: int, digest: str, expires_at: datetime) -> None:
        """Keeps a one-time code, as its digest, instead of the member's former one."""

    def code_owner(self, digest: str, now: datetime) -> int | None:
        """Whose code this is, while it holds."""

    def record_wrong_code(self, member: int, now: datetime) -> None: ...

    def count_wrong_codes(self, member: int, since: datetime) -> int:
        """How many this member has typed since then."""

    def addresses(self, member: int) -> list[Address]:
        """Everywhere that this member is known."""

    def identities(self, member: int) -> list[Identity]:
        """The same, each with its name."""

    def request_connection(self, member: int, other: int, digest: str, expires_at: datetime) -> None:
        """Keeps that `member`, who typed a code of `other`'s, was asked; instead of what they were asked before.

        It goes when either of them becomes one with anybody, or is given another code.
        """

    def take_connection_request(self, member: int, digest: str, now: datetime) -> int | None:
        """With whom this member was asked to connect, once; None for another digest, or too late."""

    def drop_connection_request(self, member: int) -> None: ...

    def merge(self, kept: int, gone: int) -> None:
        """Makes two members one, in all that is kept; what was `gone`'s is `kept`'s, whose settings stay.

        Where both were registered the earlier registration stays, and the other's link leads to it; where both
        were in, one place is given back. A notice that went to both selves is told to one of them. From then on
        `member` and `arrivals` understand the ids that are gone. Codes of both are used up, and the links to both
        calendars name nothing any more.
        """

    def disconnect(self, member: int, address: Address) -> Member | None:
        """Makes one of a member's addresses a member of its own again; None when it is not one of several.

        What was made from this address goes with it; a registration that rested while another self's stood comes
        back. A place goes with the registration, so that none is counted twice. Nothing that was told, or may be
        being told, is told again to either. The links to both calendars name nothing any more.
        """

    def export(self, member: int) -> DataExport:
        """Everything that is kept about a member."""

    def forget(self, member: int, now: datetime) -> None:
        """Removes a member and all that is theirs; of gatherings that are over and of topics, counts stay."""
