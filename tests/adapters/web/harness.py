"""The web as a harness: members have pages and a mailbox and nothing else; facilitators are in the sandbox.

Whatever a member says is said by a form over HTTP, and whatever they hear is a letter that came by SMTP. A first
registration goes the whole way: the gathering's page, the form on it, the letter, its one button.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from email.message import EmailMessage
from html import unescape
from itertools import count
from typing import ClassVar

from aiohttp import ClientSession

from adapters.html.forms import FIELD_PREFIX, FIELDS
from adapters.html.render import BUTTON, CHOICE_PREFIX, MENU
from adapters.sandbox.receive import command_call
from adapters.web.run import application, serving
from adapters.web.tokens import PersonalLinks
from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.ports import Messenger
from bot.secrets import LinkKey
from bot.unit_of_work import UnitOfWork
from tests.adapters.mail.local_smtp import LocalSmtp, local_smtp, messenger_for
from tests.adapters.sandbox.harness import SandboxHarness
from tests.adapters.web import reading
from tests.conversations.harness import Control, Harness, MovableClock, Persona, Seen, Window
from tests.databases import KEY

BASE = "https://gatherings.example"
DOORS = {"Join": "My private link", "Entrar": "Mi enlace privado"}
"""What is called Join beside a reminder in chat, a letter calls by what it leads to: the door."""
COPIES = ("You are registered for ", "Te has inscrito en ")
"""How the letter begins that says once more what a page said, which is gone when it is closed."""
Fields = Sequence[tuple[str, str]]


class WebPersona(Persona):
    def __init__(self, harness: WebHarness, person: Person) -> None:
        super().__init__()
        self.harness, self.person = harness, person
        self.name, self.address = person.name, person.address
        self._path = ""
        """Of their own page; empty until a letter led there."""
        self._seen: list[Seen] = []
        self._forms: dict[str, Fields] = {}
        """What the form around an answer sends besides what is pressed."""
        self._letters = 0

    # ---- what they see

    def seen(self) -> list[Seen]:
        self._collect()
        return list(self._seen)

    def _collect(self) -> None:
        """The letters that came meanwhile. What says an answer once more stands before it, and is no news."""
        letters = self.harness.letters_to(self.address)
        for letter in letters[self._letters :]:
            text, links, files = reading.words_of(letter)
            shown = Seen(self.harness.new_id(), "direct", text, links, files=files)
            if text.startswith(COPIES):
                answers = [at for at, each in enumerate(self._seen) if each.where == "answer"]
                self._seen.insert(answers[-1] if answers else 0, replace(shown, where="copy"))
            else:
                self._seen.append(shown)
        self._letters = len(letters)

    def _show(self, html: str) -> None:
        """The answer that a page holds: what is said, or a form."""
        page = reading.page_of(html)
        self._path = ""
        self.window = None
        answers = [each for each in page.all("section") if each.given.get("id") == "answer"]
        shown = answers[0] if answers else next(page.all("main"))
        if answers:
            self._path = shown.given["data-page"]
        forms = list(shown.all("form"))
        said = [each for each in forms if not each.has_class("fields")] if answers else [shown]
        if not said:
            self.window = reading.window(forms[0])
            return
        seen = Seen(
            self.harness.new_id(),
            "answer",
            said[0].text,
            reading.buttons(said[0]),
            reading.choices(said[0]),
            reading.files(said[0]),
        )
        self._collect()
        self._seen.append(seen)
        self._forms[seen.id] = reading.hidden(said[0])

    # ---- what they do

    async def says(self, text: str, *, channel: str = "") -> None:
        assert not channel, "there are no channels on the web"
        call = command_call(text)
        assert call is not None, "nothing is said on the web but by a form"
        if not self._path and call.name == "register" and await self._signs_up(call["gathering"]):
            return
        sent = [("id", call.name), *((FIELDS, name) for name, _ in call.arguments)]
        await self._sends([*sent, *((FIELD_PREFIX + name, value) for name, value in call.arguments)])

    async def writes(self, text: str) -> None:
        raise AssertionError("nobody can be written to on the web")

    async def press(self, message: Seen, button: Control) -> None:
        if button.url:
            await self._follows(button.url.removeprefix(BASE))
        else:
            await self._sends([*self._forms.get(message.id, ()), (BUTTON, button.id)])

    async def choose(self, message: Seen, choice: Control) -> None:
        await self._sends(
            [*self._forms.get(message.id, ()), (MENU, choice.id), (CHOICE_PREFIX + choice.id, choice.value)]
        )

    async def submit(self, window: Window, values: dict[str, str]) -> None:
        listed = [(FIELDS, name) for name in values]
        await self._sends([("id", window.id), *listed, *((FIELD_PREFIX + name, values[name]) for name in values)])

    def close_direct_messages(self) -> None:
        self.harness.smtp.recipient_replies[self.address.account] = ["550 5.1.1 no such mailbox"] * 99

    def _newest(self, label: str, kind: str) -> tuple[Seen, Control]:
        try:
            return super()._newest(label, kind)  # type: ignore[arg-type]
        except AssertionError:
            if label not in DOORS:
                raise
            return super()._newest(DOORS[label], "buttons")

    async def _sends(self, fields: Fields) -> None:
        self._path = self._path or await self.harness.page_of(self.person)
        self._show(await self.harness.send(self.person, "POST", self._path, fields))

    async def _follows(self, path: str) -> None:
        """A link of a letter: to the door, or to a button on one's page, which is then pressed."""
        html = await self.harness.send(self.person, "GET", path)
        if path.startswith("/join/"):
            await self._enters(path, html)
            return
        forms = [each for each in reading.page_of(html).all("form") if each.has_class("press")]
        if not forms:
            self._show(html)
            return
        (pressed,) = (each for each in reading.buttons(forms[0]))
        await self._sends([*reading.hidden(forms[0]), (BUTTON, pressed.id)])

    async def _enters(self, path: str, html: str) -> None:
        """By the door, where it has a button. Where it has none, one's page says the same in the words of all."""
        door = next(reading.page_of(html).all("main"))
        if any(each.has_class("next") and "name" not in each.given for each in door.all("button")):
            self._show(await self.harness.send(self.person, "POST", path, []))
        else:
            await self.says("/htg join")

    async def _signs_up(self, wanted: str) -> bool:
        """From the events page to the answer to the letter's button; False where no such page has a form."""
        gathering = await self.harness.find_gathering(self.person, wanted)
        if not gathering:
            return False
        fields = [("name", self.name), ("email", self.address.account), ("zone", self.person.zone or "")]
        sent = await self.harness.send(self.person, "POST", f"{gathering}/register", fields)
        assert self.address.account in sent
        await self.harness.letter_comes()
        text, (button, *_), _ = reading.words_of(self.harness.letters_to(self.address)[-1])
        assert button.url in text
        self._letters += 1
        path = button.url.removeprefix(BASE)
        assert "<form" in await self.harness.send(self.person, "GET", path)
        answer = await self.harness.send(self.person, "POST", path, [])
        await self.harness.letter_comes()
        self._show(answer)
        return True


class WebHarness(Harness):
    platform = "mail"
    timeouts: ClassVar[Mapping[str, object]] = {}

    def __init__(self) -> None:
        self.sandbox = SandboxHarness()
        self._personas: dict[str, Persona] = {}
        self._stack = AsyncExitStack()
        self._ids = count(1)
        self._public: list[str] = []
        """The pages that everybody can see, as they were sent."""
        self.smtp = LocalSmtp()

    def configured(self, config: Config) -> Config:
        self._links = PersonalLinks([KEY], BASE)
        return replace(config, public_url=BASE, links=self._links, letters=True)

    @property
    def messengers(self) -> Mapping[str, Messenger]:
        return {"mail": self.messenger, **self.sandbox.messengers}

    def channel(self, name: str) -> Address:
        return self.sandbox.channel(name)

    def person(self, name: str, *, organiser: bool = False, zone: str | None = None, language: str = "en") -> Persona:
        if organiser:
            return self.sandbox.person(name, organiser=True, zone=zone, language=language)
        if name not in self._personas:
            who = Person(Address("mail", f"{name.lower()}@example.org"), name, language, zone)
            self._personas[name] = WebPersona(self, who)
        return self._personas[name]

    async def prepare(self, clock: MovableClock) -> None:
        await self.sandbox.prepare(clock)
        self.smtp = await self._stack.enter_async_context(local_smtp())
        letters = messenger_for(self.smtp, clock)
        self._stack.push_async_callback(letters.close)
        self.messenger = letters

    async def open(self, dispatcher: Dispatcher) -> None:
        await self.sandbox.open(dispatcher)
        self._storage, config, clock = dispatcher._storage, dispatcher.config, self.sandbox.clock
        self._worker = Outbox(self._storage, {"mail": self.messenger}, clock, config, jitter=lambda: 0.0)
        self._stack.push_async_callback(self._worker.close)
        app = application(
            self._storage,
            config,
            clock,
            self._links,
            dispatcher=dispatcher,
            read_address=lambda typed: Address.parse(f"mail:{typed}"),
        )
        port = await self._stack.enter_async_context(serving(app, "127.0.0.1", 0))
        self._client = await self._stack.enter_async_context(ClientSession(f"http://127.0.0.1:{port}"))

    async def close(self) -> None:
        await self._stack.aclose()

    def public_bytes(self) -> bytes:
        """A letter lies in mailboxes, and is forwarded: it counts as public."""
        letters = (str(words) for letter in self.smtp.letters for words in reading.words_of(letter))
        return self.sandbox.public_bytes() + "\n".join([*self._public, *letters]).encode()

    # ---- for its personas

    def new_id(self) -> str:
        return str(next(self._ids))

    async def letter_comes(self) -> None:
        await self._worker.tick()

    def letters_to(self, address: Address) -> Sequence[EmailMessage]:
        return [each for each in self.smtp.letters if each["To"] == address.account]

    async def send(self, who: Person, method: str, path: str, fields: Fields = ()) -> str:
        """What a browser shows after a page was opened, or a form sent."""
        headers = {"Accept-Language": who.language or ""}
        data = list(fields) if method == "POST" else None
        async with self._client.request(method, path, data=data, headers=headers) as response:
            text = await response.text()
            assert response.status < 500, text
        if not path.startswith(("/me/", "/join/", "/confirm/")):
            self._public.append(text)
        return text

    async def find_gathering(self, who: Person, wanted: str) -> str:
        """The path of the one page that lists it, or has its number, and a form to register with; else nothing."""
        if wanted.isdigit():
            found = [f"/gatherings/{wanted}"]
        else:
            listed = await self.send(who, "GET", "/")
            links = re.findall(r'<a [^>]*href="(/gatherings/\d+)"[^>]*>(.*?)</a>', listed)
            found = [path for path, title in links if wanted and wanted.casefold() in unescape(title).casefold()]
        if len(set(found)) != 1:
            return ""
        page = await self.send(who, "GET", found[0])
        return found[0] if f'action="{found[0]}/register"' in page else ""

    async def page_of(self, who: Person) -> str:
        """The page of somebody who confirmed a letter before the story begins."""
        now = self.sandbox.clock.now()

        def look(uow: UnitOfWork) -> LinkKey:
            uow.members.get_or_create(who, now)
            return uow.signups.page(who.address)

        return f"/me/{self._links.personal.sign(await self._storage.run(look))}"
