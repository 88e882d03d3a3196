"""Reads out of the database what the books need, through the storage of the product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.notifications.model import Receipt
from storage import schema
from tests.chaos.books import Books, GatheringBook, Notice
from tests.chaos.people import Person, SlackClient


def read_books(uow: Any, people: Sequence[Person], facilitator: SlackClient, starts: Mapping[int, datetime]) -> Books:
    """`starts`: of the gatherings, as they were announced. `uow`: a `SqlUnitOfWork`."""

    def rows(table: Any) -> Sequence[Any]:
        found: Sequence[Any] = uow.connection.execute(select(table)).all()
        return found

    accounts = {(row.platform, row.account): row.member for row in rows(schema.identities)}
    by_account = {(person.client.platform, person.client.account): person for person in people}
    members = {by_account[account].name: member for account, member in accounts.items() if account in by_account}
    clients = {(each.platform, each.account): each for each in (facilitator, *(person.client for person in people))}
    conversations = {
        (account[0], member): clients[account].conversation
        for account, member in accounts.items()
        if account in clients
    }
    gatherings = rows(schema.gatherings)
    return Books(
        notices=[
            Notice(
                row.key, row.kind, row.gathering, row.member, row.platform,
                conversations.get((row.platform, row.member), ""), Receipt(row.state), row.ready_at is not None,
                row.starts_at, row.lead,
            )
            for row in rows(schema.notices)
            if row.member is not None
        ],
        gatherings={
            row.id: GatheringBook(row.id, row.starts_at, row.status, row.admission_limit, starts[row.id])
            for row in gatherings
            if row.id in starts
        },
        members=members,
        registered={(row.gathering, row.member): row.at for row in rows(schema.registrations)},
        admitted=frozenset((row.gathering, row.member) for row in rows(schema.admissions)),
        acted_on=frozenset(row.key for row in rows(schema.interactions)),
        drafts=Counter(row.title for row in gatherings if row.id not in starts),
    )  # fmt: skip
