"""Everything that a facilitator can do, tried over Slack's own payloads by an owner of another workspace."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.asks import Call, encode
from bot.ports import Books
from storage.schema import identities
from tests.adapters.slack.conftest import Town
from tests.adapters.slack.fake_models import FakeUser
from tests.adapters.slack.test_strangers import ELSEWHERE, namesake
from tests.storage.test_acts_of_the_catalogue import ACTS, LOOKS
from tests.storage.test_strangers import everything

REFUSED = "That is for facilitators."


@pytest.mark.parametrize("name", [*ACTS, *LOOKS])
async def test_every_button_form_shortcut_and_search_is_refused(town: Town, name: str) -> None:
    """The asker has the id of our own facilitator, and owns the workspace that they are in."""
    frances = town.frances()
    await frances.says("/htg-host help")
    frances.reads("For facilitators")
    otto = namesake(frances.human)
    posted = town.local.post(town.local.place("shared").id, {"text": "Gatherings"})
    call = await town.storage.run(ACTS[name][0] if name in ACTS else LOOKS[name])
    await town.client.presses(otto, posted, {"type": "button", "action_id": "0", "value": "list"})
    await town.stage.settled()
    before = await kept(town)
    if len(call.arguments) < 4:
        await town.client.presses(otto, posted, {"type": "button", "action_id": "0", "value": encode(call)})
        await town.stage.settled()
        assert REFUSED in town.local.messages[-1].text
    assert REFUSED in str(await submits(town, otto, call))
    for option in dict(call.arguments):
        assert await town.client.suggestions(otto, posted, f"0:{call.name}?{option}=") == []
    await town.client.takes_shortcut(otto, call.name)
    await town.stage.settled()
    assert REFUSED in str(otto.windows[-1])
    assert await kept(town) == before


async def kept(town: Town) -> dict[str, list[str]]:
    """Everything in the database that is not the stranger's own."""

    def work(books: Books) -> dict[str, list[str]]:
        asked = select(identities.c.member).where(identities.c.account.startswith(ELSEWHERE))
        return everything(books, int(books._connection.execute(asked).scalar() or 0))  # type: ignore[attr-defined]

    return await town.storage.run(work)


async def submits(town: Town, who: FakeUser, call: Call) -> dict[str, Any]:
    """A form as nobody was ever shown it, with these fields."""
    values = {name: {"value": {"type": "plain_text_input", "value": text}} for name, text in call.arguments}
    view = {"id": "V1", "type": "modal", "callback_id": call.name, "state": {"values": values}, "private_metadata": ""}
    payload = town.client._interaction(who, "view_submission") | {"view": view, "response_urls": []}
    answer: dict[str, Any] = await town.client.delivery.bring("interactive", payload)
    await town.stage.settled()
    return answer
