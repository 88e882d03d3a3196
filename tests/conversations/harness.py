"""What a conversation test needs of a platform, and the words in which it is told.

A platform's own harness (tests/adapters/<platform>/) implements `Harness` and the five primitives of `Persona`
over its real SDK; the stories in this folder then run on it unchanged.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal, Protocol

from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.notifications.deliver import Outbox
from bot.ports import Messenger, Storage

Where = Literal["answer", "direct", "channel", "copy"]
"""An answer that only the asker sees, a message on their private line, a post in a channel; an answer in writing."""


class MovableClock:
    """A `bot.ports.Clock` that goes forward by hand."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, **length: float) -> None:
        self._now += timedelta(**length)

    def move_to(self, at: datetime) -> None:
        assert at >= self._now, "time does not go back"
        self._now = at.astimezone(UTC)


@dataclass(frozen=True)
class Control:
    """A button, or one choice of a menu, as a person sees it. `id` is the platform's own."""

    label: str
    id: str
    value: str = ""
    url: str = ""
    """Where a link button leads; it has no id."""


@dataclass(frozen=True)
class Seen:
    """One message as one person sees it: its text as shown, with times already in words or tokens."""

    id: str
    where: Where
    text: str
    buttons: Sequence[Control] = ()
    choices: Sequence[Control] = ()
    files: Sequence[str] = ()
    place: str = ""
    """The channel, when it is one."""


@dataclass(frozen=True)
class Window:
    """A form as it stands open."""

    id: str
    title: str
    labels: dict[str, str]
    """Field name -> label."""
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    about: str = ""
    """What stands above the fields."""
    readings: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What a time that was typed can mean, where that is asked about: (field, value) by its label."""


class Persona(ABC):
    """One person on one platform. The five primitives are the platform's; the rest is dialogue."""

    name: str
    address: Address

    def __init__(self) -> None:
        self._marked = 0
        self.window: Window | None = None

    @abstractmethod
    def seen(self) -> list[Seen]:
        """Everything this person can see, oldest first; an edited message stays where it was."""

    @abstractmethod
    async def says(self, text: str, *, channel: str = "") -> None:
        """Types a line on the private line, or in a channel. Sets `window` when a form opens."""

    @abstractmethod
    async def writes(self, text: str) -> None:
        """Writes a message on the private line that is no command."""

    @abstractmethod
    async def press(self, message: Seen, button: Control) -> None: ...

    @abstractmethod
    async def choose(self, message: Seen, choice: Control) -> None: ...

    @abstractmethod
    async def submit(self, window: Window, values: dict[str, str]) -> None:
        """Sends the form; afterwards `window` is None, or the form again with its errors."""

    @abstractmethod
    def close_direct_messages(self) -> None: ...

    # ---- dialogue

    async def presses(self, label: str) -> None:
        """The newest button with this label."""
        message, button = self._newest(label, "buttons")
        await self.press(message, button)

    async def picks(self, label: str) -> None:
        """The newest menu's choice whose label begins so."""
        message, choice = self._newest(label, "choices")
        await self.choose(message, choice)

    async def fills(self, **values: str) -> None:
        """Submits the open form with these fields; the others stay as they are."""
        assert self.window is not None, f"no form is open for {self.name}"
        await self.submit(self.window, self.window.values | values)

    async def picks_people(self, name: str, *people: Persona) -> None:
        """Submits the open form with these people in its picker; where there is none, with their addresses."""
        assert self.window is not None, f"no form is open for {self.name}"
        if f"{name}.people" in self.window.labels:
            ids = ",".join(each.address.account.rpartition("/")[2] for each in people)
            await self.fills(**{f"{name}.people": ids})
        else:
            await self.fills(**{name: ", ".join(str(each.address) for each in people)})

    async def means(self, label: str) -> None:
        """Chooses what a time that they typed means: in the form, or where it cannot open by itself, beside it."""
        if self.window is None or not self.window.readings:
            await self.picks(label)
            return
        name, value = self.window.readings[label]
        await self.fills(**{name: value})

    def reads(self, *texts: str) -> Seen:
        """The newest private answer says all of this."""
        answers = [each for each in self.seen() if each.where == "answer"]
        assert answers, f"{self.name} has no answer"
        _says_all(answers[-1], texts)
        return answers[-1]

    def reads_an_error(self, name: str, text: str) -> None:
        assert self.window is not None, f"no form is open for {self.name}"
        assert text in self.window.errors.get(name, ""), self.window.errors

    def hears_privately(self, *texts: str) -> Seen:
        """Exactly one direct message came since the last look, and it says all of this."""
        new = self._new_direct()
        assert len(new) == 1, f"{self.name} heard {[each.text for each in new]}"
        _says_all(new[0], texts)
        return new[0]

    def hears_nothing(self) -> None:
        new = self._new_direct()
        assert not new, f"{self.name} heard {[each.text for each in new]}"

    def sees_in(self, channel: str, *texts: str) -> Seen:
        """The newest post in a channel says all of this."""
        posts = [each for each in self.seen() if each.where == "channel" and each.place == channel]
        assert posts, f"{self.name} sees nothing in {channel}"
        _says_all(posts[-1], texts)
        return posts[-1]

    def link_out(self) -> str:
        """Where the newest link button that this person sees leads."""
        links = [button.url for each in self.seen() for button in each.buttons if button.url]
        assert links, f"{self.name} sees no link"
        return links[-1]

    def _new_direct(self) -> list[Seen]:
        direct = [each for each in self.seen() if each.where == "direct"]
        new, self._marked = direct[self._marked :], len(direct)
        return new

    def _newest(self, label: str, kind: Literal["buttons", "choices"]) -> tuple[Seen, Control]:
        for message in reversed(self.seen()):
            for control in message.buttons if kind == "buttons" else message.choices:
                if control.label.startswith(label):
                    return message, control
        raise AssertionError(f"{self.name} sees no {label!r} among {kind}")


def _says_all(message: Seen, texts: Iterable[str]) -> None:
    for text in texts:
        assert text in message.text, f"{text!r} is not in {message.text!r}"


class Harness(Protocol):
    """A platform, running, with the real core behind it."""

    platform: str
    """Of its members."""
    timeouts: ClassVar[Mapping[str, object]]
    """Limits of the adapter and of its fake, by the names of their constants, as long as a busy machine may need."""

    messenger: Messenger
    """Of its members' platform, once it is prepared."""

    @property
    def messengers(self) -> Mapping[str, Messenger]:
        return {self.platform: self.messenger}

    def configured(self, config: Config) -> Config:
        """What a story asks for, with what the platform itself needs."""
        return config

    def channel(self, name: str) -> Address:
        """The address of the channel that people there call `name`, made on first use."""
        ...

    def person(
        self,
        name: str,
        *,
        organiser: bool = False,
        zone: str | None = None,
        language: str = "en",
    ) -> Persona: ...

    async def prepare(self, clock: MovableClock) -> None:
        """Starts the platform's side."""
        ...

    async def open(self, dispatcher: Dispatcher) -> None:
        """Connects the bot: from now on what people do reaches the dispatcher."""
        ...

    async def close(self) -> None: ...

    def public_bytes(self) -> bytes:
        """Everything that was said where more than one person can see it, as the platform received it."""
        ...


@dataclass
class Bot:
    """The one bot behind the harness, as a story moves it."""

    storage: Storage
    dispatcher: Dispatcher
    outbox: Outbox
    clock: MovableClock

    async def tick(self) -> None:
        await self.outbox.tick()

    async def passes(self, **length: float) -> None:
        """Time passes, and the bot wakes as it would: whenever it said it would, and now and then besides."""
        until = self.clock.now() + timedelta(**length)
        while self.clock.now() < until:
            following = await self.outbox.tick()
            net = self.clock.now() + timedelta(hours=5)
            self.clock.move_to(min(each for each in (following, net, until) if each is not None))
        await self.outbox.tick()
