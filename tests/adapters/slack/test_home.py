"""The Home tab, windows, shortcuts and search boxes: the places that only Slack has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.addresses import Address
from bot.gatherings import Plan, Status
from tests.adapters.slack.block_kit import controls
from tests.adapters.slack.conftest import SlackEnvironment
from tests.adapters.slack.fake_workspace import visible_text
from tests.adapters.slack.stage import SlackVoice


def _home(voice: SlackVoice) -> str:
    assert voice.user.home is not None, "no Home tab was published"
    return visible_text(voice.user.home["blocks"], voice.user.reader)


def _top(voice: SlackVoice) -> Mapping[str, Any]:
    assert voice.user.modals, "no window is open"
    return voice.user.modals[-1]


async def _press(env: SlackEnvironment, voice: SlackVoice, view: Mapping[str, Any], label: str) -> None:
    pressed = next(each for each in controls(view["blocks"]) if each["text"]["text"] == label)
    await env.client.presses_in_view(voice.user, view, pressed)
    await env.stage.settled()


async def _opened(env: SlackEnvironment, voice: SlackVoice) -> Mapping[str, Any]:
    await env.client.opens_home(voice.user)
    await env.stage.settled()
    assert voice.user.home is not None
    return voice.user.home


async def test_home_shows_mine_what_is_coming_and_the_settings(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    await env.gathering("Living with illness", hours=72)
    ada = env.ada()
    await ada.says(f"/htg register {gathering.id}")
    await _opened(env, ada)
    mine, _, upcoming = _home(ada).partition("Upcoming gatherings")
    assert "Grief and Gratitude" in mine
    assert "Living with illness" not in mine
    assert "18:00" in mine
    assert "Living with illness" in upcoming
    assert "[My settings]" in upcoming


async def test_home_is_fresh_each_time_it_is_opened(env: SlackEnvironment) -> None:
    ada = env.ada()
    await _opened(env, ada)
    assert "No gatherings are planned" in _home(ada)
    await env.gathering()
    await _opened(env, ada)
    assert "Grief and Gratitude" in _home(ada)


async def test_the_messages_tab_is_not_home(env: SlackEnvironment) -> None:
    ada = env.ada()
    event = {"type": "app_home_opened", "user": ada.user.id, "tab": "messages"}
    await env.client.sends_event(event)
    await env.stage.settled()
    assert ada.user.home is None


async def test_registering_at_home_answers_in_a_window_and_refreshes_home(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await _press(env, ada, await _opened(env, ada), "Register")
    assert "You are registered for Grief and Gratitude" in visible_text(_top(ada)["blocks"], ada.user.reader)
    assert await env.registered(gathering) == 1
    assert "You are registered." in _home(ada)
    await _press(env, ada, _top(ada), "Unregister")
    assert "no longer registered" in visible_text(_top(ada)["blocks"], ada.user.reader)
    assert len(ada.user.modals) == 1
    assert "You are registered." not in _home(ada)


async def test_settings_from_home_stay_in_their_window(env: SlackEnvironment) -> None:
    ada = env.ada()
    await _press(env, ada, await _opened(env, ada), "My settings")
    assert _top(ada)["title"]["text"] == "My settings"
    errors = await env.client.submits(ada.user, {"zone": "Madird", "language": "en", "direct": "yes"})
    assert "I do not know the time zone “Madird”" in errors["zone"]
    assert not await env.client.submits(ada.user, {"zone": "America/New_York", "language": "en", "direct": "yes"})
    assert "Times are shown for America/New_York" in visible_text(_top(ada)["blocks"], ada.user.reader)


async def test_pages_turn_inside_a_window(env: SlackEnvironment) -> None:
    for number in range(7):
        await env.gathering(f"Number {number}", hours=24 + number)
    ada = env.ada()
    await _press(env, ada, await _opened(env, ada), "Later ones")
    assert "Number 6" in visible_text(_top(ada)["blocks"], ada.user.reader)
    await _press(env, ada, _top(ada), "Earlier ones")
    assert "Number 0" in visible_text(_top(ada)["blocks"], ada.user.reader)
    assert len(ada.user.modals) == 1


async def test_when_home_cannot_be_published_the_next_opening_mends_it(env: SlackEnvironment) -> None:
    ada = env.ada()
    env.fake_slack.fail("views.publish", "500")
    ada.user.home = None
    await env.client.opens_home(ada.user)
    await env.stage.settled()
    ada.user.home = None
    await _opened(env, ada)
    assert "No gatherings" in _home(ada)


# ---- pages and forms in messages


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
    button = {"type": "button", "action_id": "0", "value": "list?page=2"}
    await env.client.presses(ada.user, post, button)
    await env.stage.settled()
    assert post.text == "Gatherings"
    assert ada.reads("Number").where == "answer"


async def test_a_forms_answer_appears_where_it_was_opened(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    await frances.fills(title="Grief at work", starts="2026-12-09 18:00", zoom="https://zoom.us/j/1")
    seen = frances.reads("A preview.")
    assert (seen.where, seen.place) == ("answer", "general")
    assert not frances.user.modals
    assert all(each.ephemeral_for for each in env.fake_slack.messages)


async def test_a_form_open_for_longer_than_its_response_url_shows_the_answer_itself(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    env.clock.advance(minutes=31)
    values = {"title": "Grief at work", "starts": "2026-12-09 18:00", "zoom": "https://zoom.us/j/1"}
    await env.client.submits(frances.user, values)
    await env.stage.settled()
    assert "A preview." in visible_text(_top(frances)["blocks"], frances.user.reader)
    await _press(env, frances, _top(frances), "Publish")
    assert "Grief at work is published" in visible_text(_top(frances)["blocks"], frances.user.reader)


async def test_errors_keep_what_was_typed_and_stand_at_their_fields(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create")
    await frances.fills(title="Grief", starts="tomorow 6", zoom="zoom")
    assert frances.window is not None
    assert set(frances.window.errors) == {"starts", "zoom"}
    assert frances.window.values["title"] == "Grief"
    assert len(frances.user.modals) == 1


async def test_a_form_opened_with_a_mistake_shows_it(env: SlackEnvironment) -> None:
    ada = env.ada()
    await ada.says("/htg suggest " + "w" * 300)
    assert "Please say it in at most 200 characters" in visible_text(_top(ada)["blocks"], ada.user.reader)


async def test_change_in_a_window_opens_the_form_there(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create")
    env.clock.advance(minutes=31)
    values = {"title": "Grief at work", "starts": "2026-12-09 18:00", "zoom": "https://zoom.us/j/1"}
    await env.client.submits(frances.user, values)
    await _press(env, frances, _top(frances), "Change")
    assert _top(frances)["title"]["text"] == "Change the gathering"
    assert len(frances.user.modals) == 1


# ---- search boxes


async def test_a_long_list_is_searched(env: SlackEnvironment) -> None:
    for number in range(40):
        await env.gathering(f"Circle {number:02}", hours=24 + number)
    ada = env.ada()
    await ada.says("/htg register circle")
    message = env.fake_slack.messages[-1]
    box = next(each for each in controls(message.blocks) if each["type"] == "external_select")
    assert len(await env.client.suggestions(ada.user, message, box["action_id"])) == 25
    (found,) = await env.client.suggestions(ada.user, message, box["action_id"], "circle 37")
    action = {"type": "external_select", "action_id": box["action_id"], "selected_option": found}
    await env.client.presses(ada.user, message, action)
    await env.stage.settled()
    ada.reads("You are registered for Circle 37")


async def test_a_search_box_that_is_not_ours_offers_nothing(env: SlackEnvironment) -> None:
    ada = env.ada()
    await ada.says("/htg list")
    for strange in ("", "0", "0:register", "0:x?y", "7:%%%"):
        assert await env.client.suggestions(ada.user, env.fake_slack.messages[-1], strange) == []


# ---- shortcuts


async def test_the_shortcut_in_the_composer_shows_what_is_coming(env: SlackEnvironment) -> None:
    await env.gathering()
    ada = env.ada()
    await env.client.uses_shortcut(ada.user, "list")
    await env.stage.settled()
    assert "Grief and Gratitude" in visible_text(_top(ada)["blocks"], ada.user.reader)


async def test_an_announcements_own_menu_tells_about_its_gathering(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    await env.gathering("Living with illness", hours=30)
    place = env.fake_slack.channel("general").id
    button = {"type": "button", "text": {"type": "plain_text", "text": "Register"}, "action_id": "0",
              "value": f"register?gathering={gathering.id}"}  # fmt: skip
    post = env.fake_slack.post(place, {"text": "New", "blocks": [{"type": "actions", "elements": [button]}]})
    ada = env.ada()
    await env.client.uses_shortcut(ada.user, "details", post)
    await env.stage.settled()
    assert ada.reads("Grief and Gratitude", "the first 90 to come in").where == "answer"
    await env.client.uses_shortcut(ada.user, "details", env.fake_slack.post(place, {"text": "Lunch?"}))
    await env.stage.settled()
    ada.reads("Upcoming gatherings", "Living with illness")


# ---- files


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


# ---- words as people type them


@pytest.mark.parametrize(
    "typed", ["register “grief and”", "register   'Grief'", "REGISTER grief", "register\tgrief", "/register grief"]
)
async def test_what_is_typed_is_read_as_people_type(env: SlackEnvironment, typed: str) -> None:
    gathering = await env.gathering()
    await env.client.types_command(env.ada().user, f"/htg {typed}")
    assert await env.registered(gathering) == 1


async def test_a_command_in_a_channel_knows_its_channel(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    frances = env.frances()
    await frances.says(f"/htg-host announce {gathering.id}", channel="general")
    frances.reads("– This channel")
    await frances.presses("At a time…")
    assert [each["text"]["text"] for each in _top(frances)["blocks"][0]["element"]["options"]] == ["This channel"]
    await frances.says(f"/htg-host announce {gathering.id}")
    assert "This channel" not in frances.reads().text


async def test_a_channel_named_without_its_team_is_the_same_channel(env: SlackEnvironment) -> None:
    gathering, place = await env.gathering(), env.fake_slack.channel("general").id
    desk = env.bot._responder._desk
    desk._house = replace(
        desk.house, announcement_channels={Address("slack", place): "", env.stage.channel("general"): ""}
    )
    frances = env.frances()
    await frances.says(f"/htg-host announce {gathering.id}", channel="general")
    assert frances.reads().text.count("\n– ") == 1
    await frances.picks("This channel")
    (kept,) = await env.storage.run(lambda books: books.announcements(gathering))
    await env.storage.run(lambda books: books.posted(kept.id, f"{place}/1.0"))
    await frances.says(f"/htg-host announce {gathering.id}")
    await frances.picks(f"Slack channel ending in {place[-4:]}")
    frances.reads("is announced in")
    assert len(await env.storage.run(lambda books: books.announcements(gathering))) == 1


async def test_times_are_in_the_zone_that_slack_knows(env: SlackEnvironment) -> None:
    await env.gathering()
    bo = env.stage.person("Bo", zone="America/New_York", language="es")
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
    assert not [each for each in _every(answer.blocks) if each.get("type") == "date"]
    await ada.says("/htg privacy")
    await ada.presses("Descargar mis datos")
    told = next(each for each in env.fake_slack.seen_by(ada.user) if "por mensaje directo" in each.text)
    assert "Te envío" in told.text
    assert "por mensaje directo" in visible_text(told.blocks, ada.user.reader)
    home = await _opened(env, ada)
    assert "[Mis ajustes]" in _home(ada)
    await _press(env, ada, home, "Detalles")
    assert _top(ada)["title"]["text"] == "Encuentros"
    assert _top(ada)["close"]["text"] == "Cerrar"
    await ada.says("/htg settings")
    assert _top(ada)["close"]["text"] == "Cancelar"


def _every(found: object) -> list[Mapping[str, Any]]:
    if isinstance(found, Mapping):
        return [found, *(inner for value in found.values() for inner in _every(value))]
    return [inner for value in found for inner in _every(value)] if isinstance(found, list) else []


async def test_a_zone_that_slack_itself_shows_stays_native(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says("/htg settings")
    await ada.fills(zone="Europe/Madrid")
    await ada.says(f"/htg register {gathering.id}")
    answer = env.fake_slack.seen_by(ada.user)[-1]
    assert [each for each in _every(answer.blocks) if each.get("type") == "date"]


async def test_each_part_at_home_is_itself(env: SlackEnvironment) -> None:
    """Home shows my gatherings and what is coming, each part with what can be done with it alone."""
    start = env.clock.now() + timedelta(days=6)
    plans = [Plan("Letting go", start + timedelta(weeks=n), "Europe/Madrid") for n in range(3)]
    parts = await env.storage.run(lambda books: books.add(plans, Status.PUBLISHED))
    ada = env.ada()
    for part in parts:
        home = await _opened(env, ada)
        pressed = next(
            each for each in controls(home["blocks"]) if each.get("value") == f"register?gathering={part.id}"
        )
        assert pressed["text"]["text"] == "Register for all 3"
        await env.client.presses_in_view(ada.user, home, pressed)
        await env.stage.settled()
        only = next(each for each in controls(_top(ada)["blocks"]) if each["text"]["text"].startswith("Only part"))
        assert only["text"]["text"].startswith(f"Only part {part.part}, ")
        await env.client.presses_in_view(ada.user, _top(ada), only)
        await env.stage.settled()
        assert [await env.registered(each) for each in parts] == [int(each.id == part.id) for each in parts]
        await env.client.presses_in_view(
            ada.user, _top(ada), {"type": "button", "action_id": "0", "value": f"register?gathering={part.id}"}
        )
        await env.stage.settled()
        home = await _opened(env, ada)
        leave = next(
            each for each in controls(home["blocks"]) if each.get("value") == f"unregister?gathering={part.id}"
        )
        await env.client.presses_in_view(ada.user, home, leave)
        await env.stage.settled()
        assert [await env.registered(each) for each in parts] == [int(each.id != part.id) for each in parts]
        every = next(
            each for each in controls(_top(ada)["blocks"]) if each["text"]["text"].startswith("Unregister from")
        )
        await env.client.presses_in_view(ada.user, _top(ada), every)
        await env.stage.settled()
