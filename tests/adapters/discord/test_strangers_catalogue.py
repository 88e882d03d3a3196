"""Everything that a facilitator can do, tried over Discord's own interactions by whoever runs another server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from adapters.discord.run import DiscordBot
from bot import catalogue
from bot.request import Call, encode
from bot.unit_of_work import UnitOfWork
from storage.schema import identities
from tests.adapters.discord.conftest import Scene
from tests.adapters.discord.fake_state import ADMINISTRATOR, MANAGE_EVENTS, FakeChannel, FakeUser
from tests.storage.test_audited_commands import ACTS, LOOKS
from tests.storage.test_strangers import everything

REFUSED = "That is for facilitators."
Json = dict[str, Any]


def tricks(scene: Scene) -> Iterator[tuple[FakeUser, FakeChannel, Json]]:
    """Who tries it, where, and with what of an interaction being otherwise."""
    state, otto, frances = scene.fake.state, scene.person("Otto"), scene.person("Frances", organiser=True)
    yield otto, state.channel("general", state.guild("Strangers", owner=otto).id), {}
    yield frances, state.dm_channel(frances), {}
    granting = state.channel("playground")
    granting.overwrites[otto.id] = (MANAGE_EVENTS | ADMINISTRATOR, 0)
    yield otto, granting, {}
    yield frances, scene.general, {"added_by": {"1": str(frances.id)}}


def interactions(call: Call, message: int) -> Iterator[Json]:
    """Each way to say a Call: a button, a form that nobody was shown, and typed."""
    if len(call.arguments) < 4:
        yield {
            "kind": 3,
            "data": {"component_type": 2, "custom_id": encode(call), "id": 1},
            "pressed": message,
        }
    fields = [
        {"type": 18, "id": 1, "component": {"type": 4, "custom_id": key, "id": 2, "value": text}}
        for key, text in call.arguments
    ]
    yield {"kind": 5, "data": {"custom_id": call.name, "components": fields}}
    word = call.name.removeprefix("host-")
    given = [{"name": key, "type": 3, "value": text} for key, text in call.arguments]
    yield {"kind": 2, "data": typed(word, given)}


def typed(word: str, options: list[Json]) -> Json:
    inner = [{"name": word, "type": 1, "options": options}]
    return {"id": "1", "name": "htg-host", "type": 1, "options": inner}


@pytest.mark.parametrize("name", [*ACTS, *LOOKS])
async def test_every_command_button_form_and_search_is_refused(scene: Scene, bot: DiscordBot, name: str) -> None:
    call: Call = await scene.storage.run(ACTS[name][0] if name in ACTS else LOOKS[name])
    command = catalogue.find(call.name)
    assert command is not None
    for who, place, more in tricks(scene):
        posted = scene.fake.state.add(place, {"content": "Gatherings"})
        await scene.fake.run_command(who, place, "htg", "list")
        before = await kept(scene, who)
        for each in interactions(call, int(posted["id"])):
            done = await scene.fake.interact(each.pop("kind"), who, place, **each, **more)
            assert done.window is None
            assert REFUSED in scene.says(done)
        for option in command.options:
            typing = {"name": option.name, "type": 3, "value": "", "focused": True}
            asked = await scene.fake.interact(4, who, place, typed(command.word, [typing]), **more)
            assert asked.choices == []
        assert await kept(scene, who) == before, f"{name} changed something"


async def kept(scene: Scene, but: FakeUser) -> dict[str, list[str]]:
    """Everything in the database that is not this person's own."""

    def work(uow: UnitOfWork) -> dict[str, list[str]]:
        asked = select(identities.c.member).where(identities.c.account == str(but.id))
        return everything(uow, int(uow.connection.execute(asked).scalar() or 0))  # type: ignore[attr-defined]

    found: dict[str, list[str]] = await scene.storage.run(work)
    return found
