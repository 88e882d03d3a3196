"""What the settings form offers whom letters can reach, and what one press in a letter does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.i18n import Locale
from bot.members import texts
from bot.members.model import LetterUse, Member, MemberSettings, Person
from bot.request import Call, Request
from bot.unit_of_work import UnitOfWork
from bot.views import ChoiceField, Form
from storage.engine.open import OpenStorage

NOW = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
CHAT, MAILBOX = Address("sandbox", "ada"), Address("mail", "ada@example.org")


def ways(form: Form) -> ChoiceField:
    field = form.fields[-1]
    assert isinstance(field, ChoiceField)
    return field


@pytest.mark.parametrize(
    ("addresses", "use", "offered"),
    [
        ([CHAT], LetterUse.NONE, ["yes", "no"]),
        ([CHAT, MAILBOX], LetterUse.ALSO, ["yes", "chat", "no"]),
        ([MAILBOX], LetterUse.ALONE, ["yes", "no", "never"]),
    ],
)
@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("letters", [True, False])
def test_the_form_shows_what_holds(
    addresses: list[Address], use: LetterUse, offered: list[str], direct: bool, letters: bool
) -> None:
    assert LetterUse.of(addresses) is use
    member = Member(1, "Ada", addresses[0], settings=MemberSettings(by_direct_message=direct, letters=letters))
    field = ways(texts.settings_form(Locale(), Config(), member, use))
    assert [choice.value for choice in field.choices] == offered
    assert field.value in offered
    assert (field.value == "yes") is (direct and (letters or use is LetterUse.NONE))


@dataclass
class Someone:
    storage: OpenStorage
    address: Address
    member: int

    async def asks(self, name: str, **arguments: str) -> Form | object:
        call = Call.of(name, **arguments)
        response = await Dispatcher(self.storage, Config()).respond(Request(Person(self.address, "Ada"), call, NOW))
        return response.answer

    async def settings(self) -> MemberSettings:
        member = await self.storage.run(lambda uow: uow.members.get(self.member))
        assert member is not None
        return member.settings


async def someone(storage: OpenStorage, *addresses: Address) -> Someone:
    def work(uow: UnitOfWork) -> int:
        first = uow.members.get_or_create(Person(addresses[0], "Ada"), NOW)
        for address in addresses[1:]:
            uow.accounts.merge(first.id, uow.members.get_or_create(Person(address, "Ada"), NOW).id, NOW)
        return first.id

    return Someone(storage, addresses[0], await storage.run(work))


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [("yes", (True, True)), ("chat", (True, False)), ("no", (False, True)), ("never", (False, False))],
)
async def test_what_is_chosen_is_kept_and_shown_again(
    storage: OpenStorage, chosen: str, kept: tuple[bool, bool]
) -> None:
    ada = await someone(storage, CHAT, MAILBOX) if chosen == "chat" else await someone(storage, MAILBOX)
    await ada.asks("settings", zone="", language="en", reminders="", direct=chosen)
    settings = await ada.settings()
    assert (settings.by_direct_message, settings.letters) == kept
    form = await ada.asks("settings")
    assert isinstance(form, Form)
    assert ways(form).value == chosen


async def test_other_settings_do_not_bring_letters_back(storage: OpenStorage) -> None:
    ada = await someone(storage, CHAT, MAILBOX)
    await storage.run(lambda uow: uow.members.save_settings(ada.member, MemberSettings(letters=False)))
    form = await ada.asks("settings")
    assert isinstance(form, Form)
    await ada.asks("settings", **{field.name: field.value for field in form.fields} | {"language": "es"})
    assert await ada.settings() == replace(MemberSettings(letters=False), language="es")


async def test_one_press_in_a_letter(storage: OpenStorage) -> None:
    ada = await someone(storage, MAILBOX)
    await ada.asks("quiet")
    assert await ada.settings() == MemberSettings(by_direct_message=False)


async def test_one_press_in_a_letter_leaves_the_chat_as_it_is(storage: OpenStorage) -> None:
    ada = await someone(storage, MAILBOX, CHAT)
    await ada.asks("quiet")
    assert await ada.settings() == MemberSettings(letters=False)
