"""The sandbox as a harness: the Room itself, without its page."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import ClassVar

from adapters.html import controls
from adapters.html.render import menu_id
from adapters.sandbox import receive
from adapters.sandbox.chat import ChatMessage, SandboxChat, address
from adapters.sandbox.render import render
from adapters.sandbox.send import SandboxMessenger
from bot.addresses import Address
from bot.dispatcher import AlreadyAnswered, Dispatcher
from bot.i18n import Locale
from bot.members.model import Person
from bot.plain_text import plain
from bot.request import Call, Request, encode, written_privately
from bot.views import AnyButton, Attachment, Button, Field, Form, LinkButton, Menu, MomentsField, View
from tests.conversations.harness import Control, Harness, MovableClock, Persona, Seen, Window


class SandboxPersona(Persona):
    def __init__(self, harness: SandboxHarness, person: Person) -> None:
        super().__init__()
        self.harness, self.person = harness, person
        self.name, self.address = person.name, person.address

    def seen(self) -> list[Seen]:
        return [self._seen(each) for each in self.harness.chat.seen(self.person) if each.author is None]

    def _seen(self, message: ChatMessage) -> Seen:
        locale = Locale(message.language or "en", message.zone or self.person.zone or "UTC")
        answered = message.only is not None or not message.key
        public = message.place.is_channel and message.only is None
        return Seen(
            id=message.id,
            where="channel" if public else "answer" if answered else "direct",
            text=plain(locale, message.view),
            buttons=[_control(each) for each in message.view.buttons()],
            choices=[
                Control(choice.label, menu_id(part), choice.value)
                for part in message.view.parts
                if isinstance(part, Menu)
                for choice in part.choices
            ],
            files=[part.name for part in message.view.parts if isinstance(part, Attachment)],
            place=message.place.account.lstrip("#") if message.place.is_channel else "",
        )

    async def says(self, text: str, *, channel: str = "") -> None:
        place = self.harness.channel(channel) if channel else self.address
        call = receive.command_call(text)
        if call is None:
            self.harness.chat.say(self.person, place, text)
        else:
            await self.harness.ask(self, place, call)

    async def writes(self, text: str) -> None:
        self.harness.chat.say(self.person, self.address, text)
        await self.harness.dispatch(self, self.address, written_privately(self.person, self.harness.clock.now()))

    async def press(self, message: Seen, button: Control) -> None:
        await self.harness.ask(self, self._place(message), controls.button_call(button.id))

    async def choose(self, message: Seen, choice: Control) -> None:
        await self.harness.ask(self, self._place(message), controls.menu_call(choice.id, choice.value))

    async def submit(self, window: Window, values: dict[str, str]) -> None:
        await self.harness.ask(self, self.address, controls.form_call(window.id, values))

    def close_direct_messages(self) -> None:
        self.harness.chat.close_direct_messages(self.person)

    def _place(self, message: Seen) -> Address:
        return self.harness.channel(message.place) if message.place else self.address


def _control(button: AnyButton) -> Control:
    match button:
        case Button(label, call):
            return Control(label, encode(call))
        case LinkButton(label, url):
            return Control(label, "", url=url)
        case _:
            return Control(button.label, "", url=button.link.reveal())


class SandboxHarness(Harness):
    platform = "sandbox"
    timeouts: ClassVar[Mapping[str, object]] = {}

    def __init__(self) -> None:
        self._personas: dict[str, SandboxPersona] = {}
        self._keys = count(1)

    def channel(self, name: str) -> Address:
        return address(f"#{name}")

    def person(
        self, name: str, *, organiser: bool = False, zone: str | None = None, language: str = "en"
    ) -> SandboxPersona:
        if name not in self._personas:
            grants = frozenset({"sandbox"}) if organiser else frozenset[str]()
            who = Person(address(name.lower()), name, language, zone, organises=grants)
            self.chat.people = (*self.chat.people, who)
            self._personas[name] = SandboxPersona(self, who)
        return self._personas[name]

    async def prepare(self, clock: MovableClock) -> None:
        self.clock = clock
        self.chat = SandboxChat(clock, people=(), channels=(address("#general"), address("#gatherings")))
        self.messenger = SandboxMessenger(self.chat)

    async def open(self, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
        await dispatcher.settle_home("sandbox", ["sandbox"])

    async def close(self) -> None:
        pass

    async def ask(self, persona: SandboxPersona, place: Address, call: Call) -> None:
        request = receive.request(persona.person, call, self.clock.now(), f"test:{next(self._keys)}", place)
        await self.dispatch(persona, place, request)

    async def dispatch(self, persona: SandboxPersona, place: Address, request: Request) -> None:
        persona.window = None
        try:
            answer = await self.dispatcher.answer(request)
        except AlreadyAnswered:
            return
        if isinstance(answer, View):
            reads = await self.dispatcher.locale(persona.person, self.clock.now())
            self.chat.reply(persona.person, place, answer, language=reads.language, zone=reads.zone)
        else:
            persona.window = _window(answer)

    def public_bytes(self) -> bytes:
        said = [each for each in self.chat.messages() if each.place.is_channel and each.only is None]
        return "\n".join(str(render(each.view, Locale(zone="UTC"), each.id)) for each in said).encode()


def _window(form: Form) -> Window:
    def by_name(attribute: str) -> dict[str, str]:
        return {each.name: getattr(each, attribute) for each in form.fields}

    fields: tuple[Field, ...] = form.fields
    errors = {each.name: each.error for each in fields if each.error}
    readings = {
        reading.label: (each.reading, reading.value)
        for each in fields
        if isinstance(each, MomentsField)
        for reading in each.readings
    }
    return Window(encode(form.call), form.title, by_name("label"), by_name("value"), errors, form.about, readings)
