"""An in-memory chat platform: people, channels, direct messages.

Knows neither the bot's rules nor HTTP or HTML. The page shows it in the browser; the conversation tests use it
without a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.addresses import Address
from bot.members.model import Person
from bot.ports import Clock
from bot.views import Paragraph, Text, View

PLATFORM = "sandbox"
MESSAGE_LIMIT = 2000
"""Messages that are kept; the oldest are deleted first."""


def address(account: str) -> Address:
    return Address(PLATFORM, account)


GENERAL = address("#general")
GATHERINGS = address("#gatherings")
CHANNELS = (GENERAL, GATHERINGS)

ADA = Person(address("ada"), "Ada", language="en-GB", zone="Europe/Madrid")
BO = Person(address("bo"), "Bo", language="es-US", zone="America/New_York")
FRANCES = Person(address("frances"), "Frances", language="en-GB", zone="Europe/London", organises=frozenset({PLATFORM}))
NOOR = Person(address("noor"), "Noor")
"""A newcomer: the platform knows neither her language nor her zone, as on Discord."""
PEOPLE = (ADA, BO, FRANCES, NOOR)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    id: str
    place: Address
    """A channel, or the person with whom the bot exchanges direct messages."""
    author: Person | None
    """None: the bot."""
    at: datetime
    view: View
    only: Address | None = None
    """In a channel: the one person who sees it."""
    typed: str = ""
    """The command to which this is the answer."""
    key: str = ""
    language: str = ""
    zone: str = ""
    """Given by the bot; where empty, the platform's own locale of the reader applies."""
    edited: bool = False


class SandboxChat:
    def __init__(self, clock: Clock, people: Sequence[Person] = PEOPLE, channels: Sequence[Address] = CHANNELS) -> None:
        self.clock = clock
        self.people = tuple(people)
        """Those as whom the page's user can speak."""
        self.channels = tuple(channels)
        self._guests: dict[Address, Person] = {}
        self._messages: dict[str, ChatMessage] = {}
        self._count = 0
        self._read: dict[tuple[Address, Address], int] = {}
        self._closed: set[Address] = set()
        self._listeners: set[Callable[[], None]] = set()

    # ---- people and places

    def person(self, account: str) -> Person | None:
        return next((person for person in self.people if person.address.account == account), None)

    def add_guest(self, guest: Person) -> None:
        """A person who can be sent messages, but as whom nobody speaks."""
        self._guests[guest.address] = guest

    def places(self, who: Person) -> tuple[Address, ...]:
        return (*self.channels, who.address)

    def has_address(self, place: Address) -> bool:
        people = {person.address for person in self.people}
        return place in self.channels or place in people or place in self._guests

    # ---- messages

    def say(self, who: Person, place: Address, text: str) -> ChatMessage:
        """A message by a person."""
        view = View((Paragraph((Text(text),)),), public=place.is_channel)
        return self._add(ChatMessage("", place, who, self.clock.now(), view))

    def reply(
        self,
        who: Person,
        place: Address,
        view: View,
        *,
        typed: str = "",
        replaces: str = "",
        language: str = "",
        zone: str = "",
    ) -> ChatMessage:
        """The bot's answer to one person; in a channel, they alone see it.

        `replaces`: the id of an earlier answer to them, which it is shown in place of.
        """
        old = self._messages.get(replaces)
        if old is not None and old.author is None and who.address in {old.only, old.place} and not old.key:
            return self._store(replace(old, view=view, language=language, zone=zone))
        only = who.address if place.is_channel else None
        now = self.clock.now()
        return self._add(ChatMessage("", place, None, now, view, only, typed, language=language, zone=zone))

    def post(self, place: Address, view: View, *, key: str, language: str, zone: str) -> ChatMessage:
        """A notification of the bot."""
        now = self.clock.now()
        return self._add(ChatMessage("", place, None, now, view, key=key, language=language, zone=zone))

    def edit(self, message: ChatMessage, view: View, *, language: str, zone: str) -> ChatMessage:
        return self._store(replace(message, view=view, language=language, zone=zone, edited=True))

    def dismiss(self, who: Person, message: str) -> bool:
        """Deletes an answer that only they see."""
        answer = self._messages.get(message)
        if answer is None or answer.only != who.address:
            return False
        del self._messages[message]
        self.notify_listeners()
        return True

    def message(self, message: str) -> ChatMessage | None:
        return self._messages.get(message)

    def messages(self) -> Iterator[ChatMessage]:
        yield from self._messages.values()

    def can_see(self, who: Person, message: ChatMessage) -> bool:
        if message.place.is_channel:
            return message.only in {None, who.address}
        return message.place == who.address

    def seen(self, who: Person, place: Address | None = None) -> list[ChatMessage]:
        """What one person can see, everywhere or in one place, oldest first."""
        return [message for message in self.messages() if self.can_see(who, message) and place in {None, message.place}]

    def mark_read(self, who: Person, place: Address) -> None:
        self._read[who.address, place] = self._count

    def unread(self, who: Person, place: Address) -> int:
        since = self._read.get((who.address, place), 0)
        return sum(number(message) > since and message.author != who for message in self.seen(who, place))

    # ---- direct messages

    def close_direct_messages(self, who: Person) -> None:
        self._closed.add(who.address)
        self.notify_listeners()

    def open_direct_messages(self, who: Person) -> None:
        self._closed.discard(who.address)
        self.notify_listeners()

    def accepts_direct_messages(self, to: Address) -> bool:
        return to not in self._closed

    # ---- listeners

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.add(listener)

    def stop_listening(self, listener: Callable[[], None]) -> None:
        self._listeners.discard(listener)

    def notify_listeners(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _add(self, message: ChatMessage) -> ChatMessage:
        self._count += 1
        return self._store(replace(message, id=f"m{self._count}"))

    def _store(self, message: ChatMessage) -> ChatMessage:
        if message.place.is_channel and message.only is None and message.view.holds_secret:
            raise ValueError("a secret link or a file is never shown to a whole channel")
        self._messages[message.id] = message
        while len(self._messages) > MESSAGE_LIMIT:
            del self._messages[next(iter(self._messages))]
        self.notify_listeners()
        return message


def number(message: ChatMessage) -> int:
    """Its position in the order of all messages."""
    return int(message.id[1:])
