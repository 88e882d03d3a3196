"""A chat platform in one process: people, channels, each person's private line, and what was said where.

Nothing here knows the bot's rules, HTTP or HTML. The page shows a Room in the browser; the conversation
tests use one without a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.addresses import Address
from bot.members import Person
from bot.ports import Clock
from bot.views import Paragraph, Text, View

PLATFORM = "sandbox"
MESSAGE_LIMIT = 2000
"""Messages kept in one Room; the oldest go first."""


def address(account: str) -> Address:
    return Address(PLATFORM, account)


GENERAL = address("#general")
GATHERINGS = address("#gatherings")
CHANNELS = (GENERAL, GATHERINGS)

ADA = Person(address("ada"), "Ada", language="en-GB", zone="Europe/Madrid")
BO = Person(address("bo"), "Bo", language="es-US", zone="America/New_York")
FRANCES = Person(address("frances"), "Frances", language="en-GB", zone="Europe/London", organises=frozenset({PLATFORM}))
NOOR = Person(address("noor"), "Noor")
"""New here: the platform knows neither her language nor her zone, as on Discord."""
PEOPLE = (ADA, BO, FRANCES, NOOR)


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    place: Address
    """A channel, or the person whose private line with the bot it is on."""
    author: Person | None
    """None: the bot."""
    at: datetime
    view: View
    only: Address | None = None
    """In a channel: the one person who sees it."""
    asked: str = ""
    """What was typed to get this answer; shown to the one who typed it."""
    key: str = ""
    language: str = ""
    zone: str = ""
    """As the bot gave them; empty where the platform's own knowledge of the reader is to be used."""
    amended: bool = False


class Room:
    """Who is here and what was said. In memory, and bounded: the oldest messages go first."""

    def __init__(self, clock: Clock, people: Sequence[Person] = PEOPLE, channels: Sequence[Address] = CHANNELS) -> None:
        self.clock = clock
        self.people = tuple(people)
        """Those who can be spoken as."""
        self.channels = tuple(channels)
        self._guests: dict[Address, Person] = {}
        self._messages: dict[str, Message] = {}
        self._count = 0
        self._read: dict[tuple[Address, Address], int] = {}
        self._closed: set[Address] = set()
        self._listeners: set[Callable[[], None]] = set()

    # who and where

    def person(self, account: str) -> Person | None:
        """The person to speak as, by the account in their address."""
        return next((each for each in self.people if each.address.account == account), None)

    def invite(self, guest: Person) -> None:
        """Somebody more who can be told things, but whom nobody here speaks as."""
        self._guests[guest.address] = guest

    def places(self, who: Person) -> tuple[Address, ...]:
        return (*self.channels, who.address)

    def lives_here(self, place: Address) -> bool:
        people = {each.address for each in self.people}
        return place in self.channels or place in people or place in self._guests

    # what is said

    def say(self, who: Person, place: Address, text: str) -> Message:
        """A line of talk."""
        return self._add(place, View((Paragraph((Text(text),)),), public=place.is_channel), author=who)

    def answer(
        self,
        who: Person,
        place: Address,
        view: View,
        *,
        asked: str = "",
        instead_of: str = "",
        language: str = "",
        zone: str = "",
    ) -> Message:
        """The bot's answer to one person: in a channel they alone see it, on their private line it just stands.

        `instead_of`: the message of theirs whose place it takes.
        """
        old = self._messages.get(instead_of)
        if old is not None and self._is_theirs(old, who) and not old.key:
            return self._keep(replace(old, view=view, language=language, zone=zone))
        only = who.address if place.is_channel else None
        return self._add(place, view, only=only, asked=asked, language=language, zone=zone)

    def post(self, place: Address, view: View, *, key: str, language: str, zone: str) -> Message:
        """What the bot says unasked."""
        return self._add(place, view, key=key, language=language, zone=zone)

    def amend(self, message: Message, view: View, *, language: str, zone: str) -> Message:
        return self._keep(replace(message, view=view, language=language, zone=zone, amended=True))

    def dismiss(self, who: Person, message: str) -> bool:
        """Takes an answer that only they see out of their sight."""
        found = self._messages.get(message)
        if found is None or found.only != who.address:
            return False
        del self._messages[message]
        self.touch()
        return True

    # what is seen

    def message(self, message: str) -> Message | None:
        return self._messages.get(message)

    def messages(self) -> Iterator[Message]:
        yield from self._messages.values()

    def can_see(self, who: Person, message: Message) -> bool:
        if message.place.is_channel:
            return message.only in {None, who.address}
        return message.place == who.address

    def seen(self, who: Person, place: Address | None = None) -> list[Message]:
        """What one person can see, everywhere or in one place, oldest first."""
        return [each for each in self.messages() if self.can_see(who, each) and place in {None, each.place}]

    def read(self, who: Person, place: Address) -> None:
        """They have looked at everything there."""
        self._read[who.address, place] = self._count

    def unread(self, who: Person, place: Address) -> int:
        since = self._read.get((who.address, place), 0)
        return sum(number(each) > since and each.author != who for each in self.seen(who, place))

    # the private line

    def close_line(self, who: Person) -> None:
        """They take no direct messages any more."""
        self._closed.add(who.address)
        self.touch()

    def open_line(self, who: Person) -> None:
        self._closed.discard(who.address)
        self.touch()

    def line_is_open(self, line: Address) -> bool:
        return line not in self._closed

    # who is told when something changed

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.add(listener)

    def stop_listening(self, listener: Callable[[], None]) -> None:
        self._listeners.discard(listener)

    def touch(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _is_theirs(self, message: Message, who: Person) -> bool:
        return message.author is None and who.address in {message.only, message.place}

    def _add(
        self,
        place: Address,
        view: View,
        *,
        author: Person | None = None,
        only: Address | None = None,
        asked: str = "",
        key: str = "",
        language: str = "",
        zone: str = "",
    ) -> Message:
        self._count += 1
        return self._keep(
            Message(f"m{self._count}", place, author, self.clock.now(), view, only, asked, key, language, zone)
        )

    def _keep(self, message: Message) -> Message:
        if message.place.is_channel and message.only is None and message.view.holds_secret:
            raise ValueError("a way in or a file is never shown to a whole channel")
        self._messages[message.id] = message
        while len(self._messages) > MESSAGE_LIMIT:
            del self._messages[next(iter(self._messages))]
        self.touch()
        return message


def number(message: Message) -> int:
    """Its place in the order in which things were said."""
    return int(message.id[1:])
