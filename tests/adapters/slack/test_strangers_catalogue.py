"""Everything that a facilitator can do, tried over Slack's own payloads by an owner of another workspace."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.request import Call, encode
from bot.unit_of_work import UnitOfWork
from storage.schema import identities
from tests.adapters.slack.conftest import SlackEnvironment
from tests.adapters.slack.fake_workspace import FakeUser
from tests.adapters.slack.test_strangers import ELSEWHERE, namesake
from tests.adapters.slack.user_client import button
from tests.storage.test_audited_commands import ACTS, LOOKS
from tests.storage.test_strangers import everything

REFUSED = "That is for facilitators."


@pytest.mark.parametrize("name", [*ACTS, *LOOKS])
async def test_every_button_form_shortcut_and_search_is_refused(env: SlackEnvironment, name: str) -> None:
    """The asker has the id of our own facilitator, and owns the workspace that they are in."""
    frances = env.frances()
    await frances.says("/htg-host help")
    frances.reads("For facilitators")
    otto = namesake(frances.user)
    posted = env.fake_slack.post(env.fake_slack.channel("shared").id, {"text": "Gatherings"})
    call = await env.storage.run(ACTS[name][0] if name in ACTS else LOOKS[name])
    await env.client.presses(otto, posted, button("list"))
    await env.harness.settled()
    before = await kept(env)
    if len(call.arguments) < 4:
        await env.client.presses(otto, posted, button(encode(call)))
        await env.harness.settled()
        assert REFUSED in env.fake_slack.messages[-1].text
    assert REFUSED in str(await submits(env, otto, call))
    for option in dict(call.arguments):
        assert await env.client.suggestions(otto, posted, f"0:{call.name}?{option}=") == []
    await env.client.uses_shortcut(otto, call.name)
    await env.harness.settled()
    assert REFUSED in str(otto.modals[-1])
    assert await kept(env) == before


async def kept(env: SlackEnvironment) -> dict[str, list[str]]:
    """Everything in the database that is not the stranger's own."""

    def work(uow: UnitOfWork) -> dict[str, list[str]]:
        asked = select(identities.c.member).where(identities.c.account.startswith(ELSEWHERE))
        return everything(uow, int(uow.connection.execute(asked).scalar() or 0))  # type: ignore[attr-defined]

    return await env.storage.run(work)


async def submits(env: SlackEnvironment, who: FakeUser, call: Call) -> dict[str, Any]:
    """A form as nobody was ever shown it, with these fields."""
    values = {name: {"value": {"type": "plain_text_input", "value": text}} for name, text in call.arguments}
    view = {"id": "V1", "type": "modal", "callback_id": call.name, "state": {"values": values}, "private_metadata": ""}
    payload = env.client.interaction(who, "view_submission") | {"view": view, "response_urls": []}
    answer: dict[str, Any] = await env.client.transport.deliver("interactive", payload)
    await env.harness.settled()
    return answer
