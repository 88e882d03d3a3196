"""Answers: in time, once, where Slack shows them, and never lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from adapters.slack import respond
from adapters.slack.client import SlackClient
from bot.members.model import Person
from bot.unit_of_work import UnitOfWork
from bot.views import Paragraph, Text, View
from storage.engine.open import OpenStorage
from tests.adapters.slack.block_kit import every_object
from tests.adapters.slack.conftest import SlackEnvironment, second_bot
from tests.adapters.slack.fake_workspace import TEAM, visible_text
from tests.adapters.slack.transport import HttpTransport
from tests.adapters.slack.user_client import button

HELLO = View((Paragraph((Text("Hello"),)),))


async def test_whatever_goes_wrong_inside_slack_is_acknowledged(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(env.bot._responder, "respond", broken)
    await env.ada().says("/htg list")
    assert not env.ada().user.system_errors, "Bolt by itself waits three seconds, and then answers 404"
    assert "could not answer what came from Slack" in caplog.text


async def test_a_registration_is_kept_before_it_is_acknowledged(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada().user
    await env.client.types_command(ada, f"/htg register {gathering.id}")
    assert await env.registered(gathering) == 1  # nothing was waited for but the acknowledgement


async def test_a_press_too_is_kept_before_it_is_acknowledged(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says("/htg list")
    env.fake_slack.fail("response_url", "refused")
    listing = env.fake_slack.messages[-1]
    pressed = button(f"register?gathering={gathering.id}")
    await env.client.presses(ada.user, listing, pressed)
    assert await env.registered(gathering) == 1


async def test_a_note_in_an_answer_that_did_not_arrive_goes_with_the_next(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada, note = env.ada(), "could not reach you by direct message"
    await ada.says("/htg list")

    def unreached(uow: UnitOfWork) -> None:
        member = uow.members.get_or_create(Person(ada.address, "Ada"), env.clock.now())
        uow.members.mark_unreached(member.id, unreached=True)

    await env.storage.run(unreached)
    env.fake_slack.fail("response_url", "refused")
    env.fake_slack.fail("chat.postMessage", "refused")
    await env.client.presses(ada.user, env.fake_slack.messages[-1], button(f"register?gathering={gathering.id}"))
    await env.harness.settled()
    assert note not in env.fake_slack.messages[-1].text
    await ada.says("/htg list")
    ada.reads(note)
    await ada.says("/htg list")
    assert note not in ada.reads("Upcoming").text


async def test_an_admin_whom_slack_does_not_describe_is_asked_to_come_again(env: SlackEnvironment) -> None:
    frances = env.harness.person("Frances", organiser=True, zone=None)
    env.fake_slack.fail("users.info", "500")
    await frances.says("/htg-host")
    frances.reads("I cannot see at this moment whether you facilitate here")
    env.clock.advance(seconds=31)
    await frances.says("/htg-host roster")
    assert "for facilitators" not in frances.reads("gathering").text


async def test_closing_waits_for_the_answers_that_are_under_way(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says("/htg list")
    env.fake_slack.open_gate.clear()
    env.fake_slack.fail("response_url", "refused")  # so that the answer takes the longer way, by chat.postMessage
    pressed = button(f"register?gathering={gathering.id}")
    await env.client.presses(ada.user, env.fake_slack.messages[-1], pressed)
    assert "You are registered" not in env.fake_slack.messages[-1].text
    closing = asyncio.create_task(env.bot.close())
    await asyncio.wait({closing}, timeout=0.1)
    assert not closing.done()
    env.fake_slack.open_gate.set()
    await closing
    assert "You are registered" in env.fake_slack.messages[-1].text


async def test_an_event_that_slack_repeats_is_acted_on_once(env: SlackEnvironment) -> None:
    ada = env.ada().user
    for _ in range(3):
        await env.client.opens_home(ada, "Ev0REPEATED")
        await env.harness.settled()
    assert len(env.fake_slack.calls_of("views.publish")) == 1
    await env.client.opens_home(ada, "Ev0ANOTHER")
    await env.harness.settled()
    assert len(env.fake_slack.calls_of("views.publish")) == 2


async def test_an_interaction_that_arrives_twice_is_answered_once(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada().user
    payload = {
        "team_id": TEAM, "user_id": ada.id, "command": "/htg", "text": f"register {gathering.id}",
        "trigger_id": "13345224609.8534564800.6f8ab1f53e13d0cd15f96106292d5536", "channel_id": ada.dm_channel,
    }  # fmt: skip
    first = await env.client.transport.deliver("slash_commands", payload)
    assert "You are registered" in first["text"]
    assert await env.client.transport.deliver("slash_commands", payload) == {}
    assert await env.registered(gathering) == 1


async def test_one_interaction_at_two_processes_is_answered_by_one(env: SlackEnvironment, storage: OpenStorage) -> None:
    gathering = await env.gathering()
    ada = env.ada().user
    payload = {"team_id": TEAM, "user_id": ada.id, "command": "/htg", "text": f"register {gathering.id}",
               "trigger_id": "1.2.3"}  # fmt: skip
    async with second_bot(env, storage) as other, aiohttp.ClientSession() as session:
        both = [env.client.transport, HttpTransport(other, env.clock, session)]
        answers = await asyncio.gather(*(transport.deliver("slash_commands", payload) for transport in both))
    assert sorted(map(bool, answers)) == [False, True]


async def test_a_slow_database_does_not_cost_the_acknowledgement(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathering = await env.gathering()
    monkeypatch.setattr(respond, "ACKNOWLEDGE_WITHIN", timedelta(seconds=0.05))
    held = env.hold_answers(monkeypatch)
    ada = env.ada()
    await env.client.types_command(ada.user, f"/htg register {gathering.id}")
    assert not ada.user.system_errors
    assert held.done == 0
    await held.asked.wait()
    held.release.set()
    await env.harness.settled()
    assert "You are registered" in ada.reads().text


async def test_a_form_is_acknowledged_in_time_though_slack_does_not_take_its_answer(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the answer took already: the three seconds are those of both."""
    ada = env.ada()
    await ada.says("/htg settings")
    monkeypatch.setattr(respond, "ACKNOWLEDGE_AT_LAST", timedelta(0))
    monkeypatch.setattr(SlackClient, "post_response", lambda *_: asyncio.Event().wait())
    async with asyncio.timeout(30):
        await ada.fills(zone="Lima")
    assert not ada.user.system_errors
    assert "America/Lima" in str(ada.user.modals)


async def test_a_form_that_comes_too_late_to_open_is_said(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trigger lives three seconds; what cannot open any more is not passed over in silence."""
    monkeypatch.setattr(respond, "ACKNOWLEDGE_WITHIN", timedelta(seconds=0.05))
    held = env.hold_answers(monkeypatch)
    ada = env.ada()
    await env.client.types_command(ada.user, "/htg settings")
    env.fake_slack.expire_triggers()
    await held.asked.wait()
    held.release.set()
    await env.harness.settled()
    assert not ada.user.modals
    assert "please try again" in env.fake_slack.messages[-1].text
    assert env.fake_slack.messages[-1].channel == ada.user.dm_channel


async def test_a_form_opens_on_a_fresh_trigger(env: SlackEnvironment) -> None:
    ada = env.ada()
    await ada.says("/htg settings")
    assert ada.window is not None
    assert ada.window.title == "My settings"


@pytest.mark.parametrize("past", ["used", "old"])
async def test_where_a_response_url_is_past_the_answer_comes_by_direct_message(
    env: SlackEnvironment, past: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says("/htg list")
    listing = env.fake_slack.messages[-1]
    original = env.fake_slack.response_url

    def spent(*place: Any) -> str:
        url = original(*place)
        known = env.fake_slack._response_urls[url.rpartition("/")[2]]
        if past == "used":
            known.uses = 5
        else:
            known.created -= timedelta(minutes=31)
        return url

    monkeypatch.setattr(env.fake_slack, "response_url", spent)
    pressed = button(f"register?gathering={gathering.id}")
    await env.client.presses(ada.user, listing, pressed)
    await env.harness.settled()
    assert "You are registered" in ada.hears_privately().text


async def test_an_answer_says_that_it_is_for_their_eyes_alone(env: SlackEnvironment) -> None:
    """The fake Slack takes no answer without a `response_type`; the real one would fall back on its default."""
    payload = {"team_id": TEAM, "user_id": env.ada().user.id, "command": "/htg", "text": "", "trigger_id": "9.9"}
    assert (await env.client.transport.deliver("slash_commands", payload))["response_type"] == "ephemeral"


async def test_a_press_that_only_leads_somewhere_is_acknowledged(env: SlackEnvironment) -> None:
    gathering = await env.gathering(hours=0.1)
    ada = env.ada()
    await ada.says(f"/htg register {gathering.id}")
    await ada.says("/htg join")
    count = len(env.fake_slack.messages)
    link = {"type": "button", "action_id": "0", "url": "https://zoom.example"}
    await env.client.presses(ada.user, env.fake_slack.messages[-1], link)
    await env.harness.settled()
    assert len(env.fake_slack.messages) == count


async def test_a_rush_is_acknowledged_though_slack_will_not_say_who_everybody_is(env: SlackEnvironment) -> None:
    """A hundred look-ups a minute are all that Slack allows; nobody's registration waits for theirs."""
    gathering = await env.gathering()
    people = [env.fake_slack.user(f"P{n}", zone="Europe/Madrid") for n in range(150)]
    await asyncio.gather(*(env.client.types_command(each, f"/htg register {gathering.id}") for each in people))
    await env.harness.settled()
    assert await env.registered(gathering) == 150


async def test_pages_turn_in_place_in_a_message(env: SlackEnvironment) -> None:
    for number in range(7):
        await env.gathering(f"Number {number}", hours=24 + number)
    ada = env.ada()
    await ada.says("/htg list", channel="general")
    await ada.presses("Later ones")
    assert len(env.fake_slack.messages) == 1
    assert env.fake_slack.messages[0].edited
    ada.reads("Number 6")


async def test_a_post_that_everybody_sees_is_never_replaced_by_an_answer(env: SlackEnvironment) -> None:
    place = env.fake_slack.channel("general").id
    post = env.fake_slack.post(place, {"text": "Gatherings"})
    for number in range(7):
        await env.gathering(f"Number {number}", hours=24 + number)
    ada = env.ada()
    pressed = button("list?page=2")
    await env.client.presses(ada.user, post, pressed)
    await env.harness.settled()
    assert post.text == "Gatherings"
    assert ada.reads("Number").where == "answer"


async def test_the_roster_comes_as_a_file_on_the_private_line(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada, frances = env.ada(), env.frances()
    await ada.says(f"/htg register {gathering.id}")
    await frances.says(f"/htg-host roster {gathering.id}", channel="general")
    answer = frances.reads("1 registered", "as a direct message")
    assert answer.place == "general"
    file = frances.hears_privately()
    assert len(file.files) == 1
    assert file.files[0].endswith(".csv")
    ada.hears_nothing()


async def test_a_file_that_cannot_be_sent_is_logged_and_harms_nothing(
    env: SlackEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    gathering = await env.gathering()
    await env.ada().says(f"/htg register {gathering.id}")
    env.fake_slack.tokens["xoxb-local-1"][1].discard("files:write")
    await env.frances().says(f"/htg-host roster {gathering.id}")
    env.frances().reads("1 registered")
    assert "a file did not arrive" in caplog.text


async def test_times_are_in_the_zone_that_slack_knows(env: SlackEnvironment) -> None:
    await env.gathering()
    bo = env.harness.person("Bo", zone="America/New_York", language="es")
    await bo.says("/htg list")
    assert "12:00" in bo.reads().text


async def test_a_chosen_language_is_spoken_wherever_slack_is_told_a_sentence(env: SlackEnvironment) -> None:
    """In notifications, in the note about a file, in windows and at the foot of the Home tab."""
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says("/htg settings")
    await ada.fills(language="es", zone="Asia/Tokyo")
    kept = env.fake_slack.seen_by(ada.user)[-1]
    assert kept.text.startswith("Guardado.")
    await ada.says(f"/htg register {gathering.id}")
    answer = env.fake_slack.seen_by(ada.user)[-1]
    assert "Te has inscrito en Grief and Gratitude: viernes 4 de diciembre, 02:00 (hora de Tokio)" in answer.text
    assert not [each for each in every_object(answer.blocks) if each.get("type") == "date"]
    await ada.says("/htg privacy")
    await ada.presses("Descargar mis datos")
    told = next(each for each in env.fake_slack.seen_by(ada.user) if "por mensaje directo" in each.text)
    assert "Te envío" in told.text
    assert "por mensaje directo" in visible_text(told.blocks, ada.user.reader)
    home = await ada.opens_home()
    assert "[Mis ajustes]" in ada.home_text()
    await ada.presses_in(home, "Detalles")
    assert ada.top_modal()["title"]["text"] == "Encuentros"
    assert ada.top_modal()["close"]["text"] == "Cerrar"
    await ada.says("/htg settings")
    assert ada.top_modal()["close"]["text"] == "Cancelar"


async def test_a_zone_that_slack_itself_shows_stays_native(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says("/htg settings")
    await ada.fills(zone="Europe/Madrid")
    await ada.says(f"/htg register {gathering.id}")
    answer = env.fake_slack.seen_by(ada.user)[-1]
    assert [each for each in every_object(answer.blocks) if each.get("type") == "date"]


async def test_a_time_that_slack_would_show_twice_is_written_out(env: SlackEnvironment) -> None:
    """On the night the clocks change Slack's own date reads 02:20 in both hours."""
    for hour in range(2):
        until = datetime(2027, 10, 31, hour, 20, tzinfo=UTC) - env.clock.now()
        await env.gathering(f"Late {hour}", hours=until / timedelta(hours=1))
    ada = env.ada()
    await ada.says("/htg list")
    answer = env.fake_slack.seen_by(ada.user)[-1]
    assert not [each for each in every_object(answer.blocks) if each.get("type") == "date"]
    shown = visible_text(answer.blocks, ada.user.reader)
    assert ["02:20 (UTC+2) (Madrid time)" in shown, "02:20 (UTC+1) (Madrid time)" in shown] == [True, True]
