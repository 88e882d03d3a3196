"""Every facilitator's command that writes anything writes into the log of acts, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot import commands
from bot.acts import Kind
from bot.addresses import Address
from bot.asks import Ask, Call
from bot.commands import telling
from bot.desk import Desk
from bot.gatherings import Gathering, Status
from bot.house import House
from bot.members import Person
from bot.ports import Books
from storage.engine.open import OpenStorage
from storage.schema import metadata
from tests.storage.examples import HOUR, LINK, NOW, greeted, plan, published

FRANCES = Person(Address("slack", "T1/UHOST"), "Frances", zone="Europe/Madrid", organises=frozenset({"T1"}))
CHANNEL = Address("slack", "T1/C1")
NOT_ACTS = {"members", "identities", "interactions", "acts"}
"""What every Ask writes, whoever asks."""

Prepare = Callable[[Books], Call]


def at_home() -> House:
    house = House()
    house.home.settle("slack", ["T1"])
    return house


def coming(books: Books) -> Gathering:
    found = published(books, starts_in=HOUR * 30, link=LINK)
    books.register(greeted(books).id, [found.id], NOW)
    return found


def draft(books: Books) -> Gathering:
    return books.add([plan(starts_in=HOUR * 30, link=LINK)], Status.DRAFT)[0]


def about(name: str, prepare: Callable[[Books], Gathering] = coming, **more: object) -> Prepare:
    return lambda books: Call.of(name, gathering=prepare(books).id, **more)


def typed(**more: str) -> dict[str, Any]:
    fields = {"title": "Silence", "description": "", "starts": "2026-12-09 18:00", "zoom": "", "facilitators": "F"}
    return fields | more


def topic(books: Books, text: str = "Silence") -> int:
    found = books.suggest(greeted(books).id, text, NOW)
    assert found is not None
    return found.id


def merging(books: Books) -> Call:
    return Call.of("host-topic-merge", topic=topic(books), into=topic(books, "Quiet"))


def reopening(books: Books) -> Call:
    found = topic(books)
    from bot.topics import State

    books.close_topic(found, State.DECLINED)
    return Call.of("host-topic-reopen", topic=found)


def publishing_a_topic(books: Books) -> Call:
    found = draft(books)
    books.take_up(topic(books), found.id)
    return Call.of("host-publish", gathering=found.id)


def message(name: str) -> Prepare:
    return lambda books: Call.of(name, message=books.draft_message(coming(books).id, "A word", NOW).id)


def planned(books: Books) -> Call:
    found = coming(books)
    telling.channel(books, found, CHANNEL, [found], NOW, NOW + HOUR)
    return Call.of("host-announce-cancel", announcement=books.announcements(found)[0].id)


def removing(books: Books) -> Call:
    books.add_facilitator(Address("slack", "T1/U2"))
    return Call.of("host-team-remove", who="slack:T1/U2")


ACTS: dict[str, tuple[Prepare, set[Kind]]] = {
    "host-create": (lambda _: Call.of("host-create", **typed(zoom="https://zoom.us/j/1")), {Kind.DRAFTED}),
    "host-publish": (publishing_a_topic, {Kind.PUBLISHED, Kind.TOPIC_TAKEN_UP}),
    "host-discard": (about("host-discard", draft), {Kind.DISCARDED}),
    "host-edit": (about("host-edit", **typed()), {Kind.MOVED, Kind.EDITED}),
    "host-edit draft": (about("host-edit", draft, **typed()), {Kind.EDITED}),
    "host-cancel": (about("host-cancel", sure="yes", note=""), {Kind.CANCELLED}),
    "host-cancel draft": (about("host-cancel", draft), {Kind.DISCARDED}),
    "host-announce": (about("host-announce", channel=CHANNEL), {Kind.ANNOUNCED}),
    "host-announce-at": (
        about("host-announce-at", channel=CHANNEL, when="2026-12-04 09:00"),
        {Kind.ANNOUNCEMENT_PLANNED},
    ),
    "host-announce-cancel": (planned, {Kind.ANNOUNCEMENT_WITHDRAWN}),
    "host-message": (about("host-message", text="A word"), {Kind.MESSAGE_WRITTEN}),
    "host-send": (message("host-send"), {Kind.MESSAGE_SENT}),
    "host-unsend": (message("host-unsend"), {Kind.MESSAGE_DISCARDED}),
    "host-roster": (about("host-roster"), {Kind.ROSTER_TAKEN}),
    "host-roster empty": (about("host-roster", published), {Kind.ROSTER_READ}),
    "host-doors": (about("host-doors", act="open"), {Kind.DOORS_OPENED}),
    "host-doors closed": (about("host-doors", lambda books: published(books, starts_in=-HOUR / 60), act="close"),
                          {Kind.DOORS_CLOSED}),
    "host-team-add": (lambda _: Call.of("host-team-add", who="slack:T1/U2"), {Kind.TEAM_ADDED}),
    "host-team-remove": (removing, {Kind.TEAM_REMOVED}),
    "host-topic-decline": (lambda books: Call.of("host-topic-decline", topic=topic(books)), {Kind.TOPIC_DECLINED}),
    "host-topic-reopen": (reopening, {Kind.TOPIC_REOPENED}),
    "host-topic-merge": (merging, {Kind.TOPIC_MERGED}),
    "host-log": (lambda _: Call("host-log"), {Kind.LOG_READ}),
}  # fmt: skip
"""Each command at its work, and what the log then says."""
LOOKS: dict[str, Prepare] = {
    "host-help": lambda _: Call("host-help"),
    "host-team": lambda _: Call("host-team"),
    "host-topics": lambda books: Call.of("host-topics", page=topic(books)),
}
"""Commands that only ever look, at nothing about anybody who came."""


def test_every_command_of_facilitators_is_tried_here() -> None:
    hosted = {each.name for each in commands.commands() if each.for_facilitators}
    assert {name.split()[0] for name in (*ACTS, *LOOKS)} == hosted


def kept(books: Books) -> dict[str, list[str]]:
    """Everything in the database that is not written at every Ask."""
    return {
        name: sorted(map(repr, books._connection.execute(select(table)).all()))  # type: ignore[attr-defined]
        for name, table in metadata.tables.items()
        if name not in NOT_ACTS
    }


@pytest.mark.parametrize("name", [*ACTS, *LOOKS])
async def test_whatever_writes_writes_into_the_log(storage: OpenStorage, name: str) -> None:
    prepare, expected = ACTS[name] if name in ACTS else (LOOKS[name], set[Kind]())
    call = await storage.run(prepare)
    before = await storage.run(kept)
    desk = Desk(storage, at_home())
    await desk.answer(Ask(FRANCES, call, NOW, key="once"))
    after = await storage.run(kept)
    done = [each.act for each in await storage.run(lambda books: books.acts())]
    assert {each.kind for each in done} == expected, "the log says what was done"
    assert {(each.by, each.at) for each in done} <= {(FRANCES.address, NOW)}
    if name in LOOKS:
        assert before == after
        return
    if not expected & {Kind.ROSTER_READ, Kind.ROSTER_TAKEN, Kind.LOG_READ}:
        assert before != after, "it was at work here"


async def test_what_is_undone_is_not_in_the_log(storage: OpenStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction: a command that fails after its act leaves neither."""
    call = await storage.run(ACTS["host-publish"][0])

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("after everything was written")

    monkeypatch.setattr("bot.words.published", fails)
    await Desk(storage, at_home()).answer(Ask(FRANCES, call, NOW))
    assert await storage.run(lambda books: books.acts()) == []


async def test_looking_at_a_form_or_a_menu_is_no_act(storage: OpenStorage) -> None:
    await storage.run(coming)
    desk = Desk(storage, at_home())
    for name in ("create", "edit", "cancel", "announce", "announce-at", "message", "roster", "doors", "team-add"):
        await desk.answer(Ask(FRANCES, Call(f"host-{name}"), NOW))
        await desk.answer(Ask(FRANCES, Call.of(f"host-{name}", gathering=1), NOW)) if name != "roster" else None
    assert await storage.run(lambda books: books.acts()) == []


async def test_every_kind_that_chat_knows_is_written_somewhere() -> None:
    elsewhere = {Kind.IMPORTED, Kind.EXPORTED, Kind.START_LINK_GIVEN}
    assert set().union(*(kinds for _, kinds in ACTS.values())) == set(Kind) - elsewhere
