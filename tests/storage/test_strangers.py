"""From a place that is not home, whoever owns it: every Call of the catalogue changes nothing and tells nothing."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot import catalogue, dispatcher_texts, i18n, own_words
from bot.addresses import Address
from bot.arguments import Option
from bot.catalogue import Command
from bot.config import Config
from bot.dispatcher import AlreadyAnswered, Dispatcher
from bot.gatherings.model import Status
from bot.members.model import Person
from bot.request import Call, Request
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, View
from storage.engine.open import OpenStorage, open_storage
from storage.schema import metadata
from tests.databases import KEY, Databases
from tests.storage.examples import HOUR, LINK, NOW, greeted, plan, published
from tests.storage.test_audited_commands import ACTS, CHANNEL, LOOKS, at_home

OTTO = Person(Address("slack", "T0STRANGER/U1"), "Otto", zone="Europe/Madrid", organises=frozenset({"T0STRANGER"}))
"""Owns a workspace of his own. His id is that of somebody here."""
MIA = Person(Address("slack", "T1/U77"), "Otto", zone="Europe/Madrid")
"""A member here like any."""
IN_CHANNEL = {"channel": Address("slack", "T0STRANGER/C1"), "place": "T0STRANGER"}
EVERY = list(catalogue.commands())
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
"""Who may do what is decided before anything is read."""


def everything(uow: UnitOfWork, but: int = 0) -> dict[str, list[str]]:
    """All that is kept, row by row, without what a member's own Asks write of themselves."""
    ours = {"members": "id", "identities": "member", "registrations": "member", "votes": "member", "topics": "member"}
    kept = {}
    for name, table in metadata.tables.items():
        if name == "interactions":
            continue
        rows = uow.connection.execute(select(table)).mappings().all()  # type: ignore[attr-defined]
        others = [dict(row) for row in rows if row.get(ours.get(name, "member")) != but]
        kept[name] = sorted(repr({column: bare(value) for column, value in row.items()}) for row in others)
    return kept


def bare(value: object) -> object:
    """A sealed value as the bytes that it is."""
    return getattr(value, "_sealed", value)


@on_sqlite
@pytest.mark.parametrize("name", [*ACTS, *LOOKS])
async def test_whatever_a_facilitator_can_do_a_stranger_cannot(storage: OpenStorage, name: str) -> None:
    """The very Calls with which the log of acts is tried, each prepared so that it would be at work."""
    call = await storage.run(ACTS[name][0] if name in ACTS else LOOKS[name])
    dispatcher = Dispatcher(storage, at_home())
    otto = await storage.run(lambda uow: uow.members.get_or_create(OTTO, NOW))
    before = await storage.run(lambda uow: everything(uow, otto.id))
    theirs = i18n.locale_of(otto, dispatcher.config, NOW)
    refusal = dispatcher_texts.not_a_facilitator(theirs, dispatcher.config)
    in_private = Request(OTTO, call, NOW, key="once")
    command = catalogue.find(call.name)
    for request in (in_private, replace(in_private, key="again", **IN_CHANNEL)):  # type: ignore[arg-type]
        answer = await dispatcher.answer(request)
        assert answer == own_words.returned(theirs, refusal, call), "no, and their own words"
        assert await storage.run(lambda uow: everything(uow, otto.id)) == before
        for option in command.options if command else ():
            assert await dispatcher.choices(replace(request, key=""), option.name, "") == ()


@on_sqlite
@pytest.mark.parametrize("home", [(), ("T1",)])
async def test_no_home_is_nobodys_home(storage: OpenStorage, home: tuple[str, ...]) -> None:
    config = Config()
    config.home.settle("slack", home)
    config.home.settle("discord", ["T0STRANGER"])
    call = await storage.run(ACTS["host-cancel"][0])
    answer = await Dispatcher(storage, config).answer(Request(OTTO, call, NOW))
    assert "That is for facilitators." in told(answer)


def told(answer: Answer) -> str:
    return repr(answer)


@on_sqlite
async def test_a_stranger_learns_and_changes_what_any_member_does(storage: OpenStorage) -> None:
    """From every command that is for everybody: the same words, and nothing kept but what is their own."""

    def prepare(uow: UnitOfWork) -> None:
        gathering = published(uow, starts_in=HOUR * 30, link=LINK)
        uow.gatherings.add([plan("A draft", starts_in=HOUR * 40, link=LINK)], Status.DRAFT)
        uow.gatherings.add([plan("Parts", starts_in=HOUR * each, link=LINK) for each in (50, 60, 70)], Status.PUBLISHED)
        uow.registrations.add(greeted(uow).id, [gathering.id], NOW)
        uow.topics.suggest(greeted(uow).id, "Silence", NOW)
        uow.announcements.add(gathering.id, CHANNEL)

    await storage.run(prepare)
    dispatcher = Dispatcher(storage, at_home())
    for command in [each for each in EVERY if not each.for_facilitators]:
        for call in examples(command):
            before = await storage.run(everything)
            answers = [await dispatcher.answer(Request(who, call, NOW)) for who in (MIA, OTTO)]
            first, second = (plain(told(text)) for text in answers)
            assert first == second, f"{call!r} tells a stranger something else"
            assert "Ada" not in second, "nobody who registered is named"
            assert "zoom.us" not in second
            await storage.run(forget_both)
            after = await storage.run(everything)
            assert of_others(after, call) == of_others(before, call), f"{call!r} changed what is not their own"


def forget_both(uow: UnitOfWork) -> None:
    for each in (MIA, OTTO):
        uow.accounts.forget(uow.members.get_or_create(each, NOW).id, NOW)


def examples(command: Command) -> list[Call]:
    filled = {each.name: example(each) for each in command.options}
    one_by_one = [Call.of(command.name, **{name: value}) for name, value in filled.items()]
    return [Call(command.name), *one_by_one, Call.of(command.name, **filled)]


def example(option: Option[Any]) -> str:
    if option.name == "gathering":
        return "1"
    return {"topic": "1", "zone": "Europe/Madrid", "language": "en", "page": "1", "code": "AAAAA-AAAAA"}.get(
        option.name, "1"
    )


def plain(text: str) -> str:
    """Without what is made anew for each: codes, file contents and ids of their own."""
    text = re.sub(r"[A-Z2-9]{5}-[A-Z2-9]{5}", "CODE", text)
    text = re.sub(r"T0STRANGER/U1|T1/U77", "ADDRESS", text)
    return re.sub(r"content=b(['\"]).*?\1", "FILE", re.sub(r"\(id=\d+|member=\d+", "ID", text))


def of_others(kept: dict[str, list[str]], call: Call) -> dict[str, list[str]]:
    """Without a topic that they suggested themselves, which stays with nobody's name to it."""
    return {name: rows for name, rows in kept.items() if name != "topics" or call.name not in {"suggest", "support"}}


hostile = st.one_of(
    st.sampled_from(
        ["1", "2", "0", "yes", "all", "open", "close", "slack:T0STRANGER/U1", "slack:T1/C1", "-1", "9" * 30]
    ),
    st.text(max_size=30),
)


@pytest.fixture(scope="module")
def shared(databases: Databases) -> str:
    return databases.fresh("sqlite")


@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_arguments_whatever_open_it(shared: str, data: st.DataObject) -> None:
    command = data.draw(st.sampled_from([each for each in EVERY if each.for_facilitators]))
    names = [each.name for each in command.options] + ["strange"]
    given_ = data.draw(st.dictionaries(st.sampled_from(names), hostile, max_size=4))
    place = data.draw(st.sampled_from(["", "T0STRANGER", "T1", "discord"]))
    granted = data.draw(st.sets(st.sampled_from(["T0STRANGER", "E9", "", "t1", "T1/U1", "slack"])))

    async def tried() -> None:
        storage = await open_storage(shared, [KEY])
        dispatcher = Dispatcher(storage, at_home())
        who = replace(OTTO, organises=frozenset(granted))
        otto = await storage.run(lambda uow: uow.members.get_or_create(who, NOW))
        before = await storage.run(lambda uow: everything(uow, otto.id))
        call = Call.of(command.name, **given_)
        try:
            answer = await dispatcher.answer(Request(who, call, NOW, place=place))
        except AlreadyAnswered:
            return
        assert isinstance(answer, View)
        locale, config = i18n.locale_of(otto, dispatcher.config, NOW), dispatcher.config
        refusals = [dispatcher_texts.stale(locale), dispatcher_texts.not_a_facilitator(locale, config)]
        assert answer in [own_words.returned(locale, each, call) for each in refusals]
        assert await storage.run(lambda uow: everything(uow, otto.id)) == before
        await storage.close()

    asyncio.run(tried())
