"""The books: everything that is kept, one file for each subject, all in one transaction."""

from __future__ import annotations

from storage.books.acts import Acts
from storage.books.announcements import Announcements
from storage.books.breakers import Breakers
from storage.books.disconnecting import Disconnecting
from storage.books.door import Door
from storage.books.forgetting import Forgetting
from storage.books.gatherings import Gatherings
from storage.books.happenings import Happenings
from storage.books.leases import Leases
from storage.books.messages import Messages
from storage.books.outbox import Outbox
from storage.books.registrations import Registrations
from storage.books.topics import Topics


class Books(
    Disconnecting,
    Forgetting,
    Gatherings,
    Registrations,
    Door,
    Topics,
    Messages,
    Announcements,
    Happenings,
    Outbox,
    Breakers,
    Leases,
    Acts,
):
    """`bot.ports.Books` on a synchronous SQLAlchemy connection, SQLite's or PostgreSQL's."""

    __slots__ = ()
