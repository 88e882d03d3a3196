"""Every facilitator's command that writes anything writes into the log of acts, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot import catalogue
from bot.addresses import Address
from bot.audit.model import ActKind
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.editing.move import Move, further_part
from bot.gatherings.model import Gathering, Status
from bot.members.model import Person
from bot.notifications import enqueue
from bot.request import Call, Request
from bot.topics.model import TopicState
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from storage.schema import metadata
from tests.storage.examples import HOUR, LINK, NOW, greeted, plan, published

FRANCES = Person(Address("slack", "T1/UHOST"), "Frances", zone="Europe/Madrid", organises=frozenset({"T1"}))
CHANNEL = Address("slack", "T1/C1")
WRITTEN_BY_EVERY_REQUEST = {"members", "identities", "interactions", "acts"}
"""Tables that every Request writes, whoever sends it."""

Prepare = Callable[[UnitOfWork], Call]


def at_home() -> Config:
    config = Config()
    config.home.settle("slack", ["T1"])
    return config


def coming(uow: UnitOfWork) -> Gathering:
    found = published(uow, starts_in=HOUR * 30, link=LINK)
    uow.registrations.add(greeted(uow).id, [found.id], NOW)
    return found


def alone(uow: UnitOfWork) -> Gathering:
    return published(uow, starts_in=HOUR * 30, link=LINK)


def draft(uow: UnitOfWork) -> Gathering:
    return uow.gatherings.add([plan(starts_in=HOUR * 30, link=LINK)], Status.DRAFT)[0]


def about(name: str, prepare: Callable[[UnitOfWork], Gathering] = coming, **more: object) -> Prepare:
    return lambda uow: Call.of(name, gathering=prepare(uow).id, **more)


def typed(**more: str) -> dict[str, Any]:
    fields = {"title": "Silence", "description": "", "starts": "2026-12-09 18:00", "zoom": "", "facilitators": "F"}
    return fields | more


def topic(uow: UnitOfWork, text: str = "Silence") -> int:
    found = uow.topics.suggest(greeted(uow).id, text, NOW)
    assert found is not None
    return found.id


def merging(uow: UnitOfWork) -> Call:
    return Call.of("host-topic-merge", topic=topic(uow), into=topic(uow, "Quiet"))


def reopening(uow: UnitOfWork) -> Call:
    found = topic(uow)

    uow.topics.close(found, TopicState.DECLINED)
    return Call.of("host-topic-reopen", topic=found)


def publishing_a_topic(uow: UnitOfWork) -> Call:
    found = draft(uow)
    uow.topics.take_up(topic(uow), found.id)
    return Call.of("host-publish", gathering=found.id)


def message(name: str) -> Prepare:
    return lambda uow: Call.of(name, message=uow.messages.draft(coming(uow).id, "A word", NOW).id)


def moving(uow: UnitOfWork) -> Call:
    found = coming(uow)
    return Move((found,), (found.starts_at + HOUR,), (found.zone,)).call("host-move", found)


def adding(uow: UnitOfWork) -> Call:
    found = coming(uow)
    return further_part([found], found.starts_at + 48 * HOUR, found.zone)


def planned(uow: UnitOfWork) -> Call:
    found = coming(uow)
    enqueue.announce_in(uow, found, CHANNEL, [found], NOW, NOW + HOUR)
    return Call.of("host-announce-cancel", announcement=uow.announcements.list_for(found)[0].id)


def posted(uow: UnitOfWork) -> Call:
    found = coming(uow)
    standing = replace(uow.announcements.add(found.id, CHANNEL), message="1.1")
    uow.announcements.mark_posted(standing.id, standing.message)
    return Call.of("host-announce-again", gathering=found.id, announcement=standing.id, post=standing.post)


def removing(uow: UnitOfWork) -> Call:
    uow.facilitators.add(Address("slack", "T1/U2"))
    return Call.of("host-team-remove", who="slack:T1/U2")


ACTS: dict[str, tuple[Prepare, set[ActKind]]] = {
    "host-create": (lambda _: Call.of("host-create", **typed(zoom="https://zoom.us/j/1")), {ActKind.DRAFTED}),
    "host-publish": (publishing_a_topic, {ActKind.PUBLISHED, ActKind.TOPIC_TAKEN_UP}),
    "host-discard": (about("host-discard", draft), {ActKind.DISCARDED}),
    "host-edit": (about("host-edit", **typed()), {ActKind.EDITED}),
    "host-edit unregistered": (about("host-edit", alone, **typed()), {ActKind.MOVED, ActKind.EDITED}),
    "host-move": (moving, {ActKind.MOVED}),
    "host-edit draft": (about("host-edit", draft, **typed()), {ActKind.EDITED}),
    "host-add-part": (adding, {ActKind.PART_ADDED}),
    "host-rule": (about("host-rule", limit="12", which="this"), {ActKind.EDITED}),
    "host-rule draft": (about("host-rule", draft, late_entry="5m"), {ActKind.EDITED}),
    "host-cancel": (about("host-cancel", sure="yes", note=""), {ActKind.CANCELLED}),
    "host-cancel draft": (about("host-cancel", draft), {ActKind.DISCARDED}),
    "host-announce": (about("host-announce", channel=CHANNEL), {ActKind.ANNOUNCED}),
    "host-announce-at": (
        about("host-announce-at", channel=CHANNEL, when="2026-12-04 09:00"),
        {ActKind.ANNOUNCEMENT_PLANNED},
    ),
    "host-announce-again": (posted, {ActKind.ANNOUNCED}),
    "host-announce-cancel": (planned, {ActKind.ANNOUNCEMENT_WITHDRAWN}),
    "host-message": (about("host-message", text="A word"), {ActKind.MESSAGE_WRITTEN}),
    "host-send": (message("host-send"), {ActKind.MESSAGE_SENT}),
    "host-unsend": (message("host-unsend"), {ActKind.MESSAGE_DISCARDED}),
    "host-roster": (about("host-roster"), {ActKind.ROSTER_TAKEN}),
    "host-roster empty": (about("host-roster", published), {ActKind.ROSTER_READ}),
    "host-start": (about("host-start"), {ActKind.START_LINK_GIVEN}),
    "host-doors": (about("host-doors", act="open"), {ActKind.DOORS_OPENED}),
    "host-doors closed": (about("host-doors", lambda uow: published(uow, starts_in=-HOUR / 60), act="close"),
                          {ActKind.DOORS_CLOSED}),
    "host-team-add": (lambda _: Call.of("host-team-add", who="slack:T1/U2"), {ActKind.TEAM_ADDED}),
    "host-team-remove": (removing, {ActKind.TEAM_REMOVED}),
    "host-topic-decline": (lambda uow: Call.of("host-topic-decline", topic=topic(uow)), {ActKind.TOPIC_DECLINED}),
    "host-topic-reopen": (reopening, {ActKind.TOPIC_REOPENED}),
    "host-topic-merge": (merging, {ActKind.TOPIC_MERGED}),
    "host-log": (lambda _: Call("host-log"), {ActKind.LOG_READ}),
}  # fmt: skip
"""Each command at its work, and what the log then says."""
LOOKS: dict[str, Prepare] = {
    "host-help": lambda _: Call("host-help"),
    "host-team": lambda _: Call("host-team"),
    "host-copy": about("host-copy", published),
    "host-drafts": lambda _: Call("host-drafts"),
    "host-extend": about("host-extend", published, starts="2026-12-20 18:00"),
    "host-season": lambda _: Call("host-season"),
    "host-topics": lambda uow: Call.of("host-topics", page=topic(uow)),
}
"""Commands that only ever look, at nothing about anybody who came."""


def test_every_command_of_facilitators_is_tried_here() -> None:
    hosted = {each.name for each in catalogue.commands() if each.for_facilitators}
    assert {name.split()[0] for name in (*ACTS, *LOOKS)} == hosted


def kept(uow: UnitOfWork) -> dict[str, list[str]]:
    """Everything in the database that is not written at every Request."""
    return {
        name: sorted(map(repr, uow.connection.execute(select(table)).all()))  # type: ignore[attr-defined]
        for name, table in metadata.tables.items()
        if name not in WRITTEN_BY_EVERY_REQUEST
    }


@pytest.mark.parametrize("name", [*ACTS, *LOOKS])
async def test_whatever_writes_writes_into_the_log(storage: OpenStorage, name: str) -> None:
    prepare, expected = ACTS[name] if name in ACTS else (LOOKS[name], set[ActKind]())
    call = await storage.run(prepare)
    before = await storage.run(kept)
    dispatcher = Dispatcher(storage, at_home())
    await dispatcher.answer(Request(FRANCES, call, NOW, key="once"))
    after = await storage.run(kept)
    done = [entry.act for entry in await storage.run(lambda uow: uow.audit.entries())]
    assert {each.kind for each in done} == expected, "the log says what was done"
    assert {(each.by, each.at) for each in done} <= {(FRANCES.address, NOW)}
    if name in LOOKS:
        assert before == after
        return
    if not expected & {ActKind.ROSTER_READ, ActKind.ROSTER_TAKEN, ActKind.LOG_READ}:
        assert before != after, "it was at work here"


async def test_what_is_undone_is_not_in_the_log(storage: OpenStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction: a command that fails after its act leaves neither."""
    call = await storage.run(ACTS["host-publish"][0])

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("after everything was written")

    monkeypatch.setattr("bot.editing.texts.published", fails)
    await Dispatcher(storage, at_home()).answer(Request(FRANCES, call, NOW))
    assert await storage.run(lambda uow: uow.audit.entries()) == []


async def test_looking_at_a_form_or_a_menu_is_no_act(storage: OpenStorage) -> None:
    await storage.run(coming)
    dispatcher = Dispatcher(storage, at_home())
    for name in ("create", "edit", "cancel", "announce", "announce-at", "message", "roster", "doors", "team-add"):
        await dispatcher.answer(Request(FRANCES, Call(f"host-{name}"), NOW))
        await dispatcher.answer(
            Request(FRANCES, Call.of(f"host-{name}", gathering=1), NOW)
        ) if name != "roster" else None
    assert await storage.run(lambda uow: uow.audit.entries()) == []


async def test_every_kind_that_chat_knows_is_written_somewhere() -> None:
    elsewhere = {ActKind.IMPORTED, ActKind.EXPORTED}
    assert set().union(*(kinds for _, kinds in ACTS.values())) == set(ActKind) - elsewhere
