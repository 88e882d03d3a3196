"""The Home tab, and the modals that open from it."""

from __future__ import annotations

from datetime import timedelta

from bot.gatherings.model import Plan, Status
from tests.adapters.slack.conftest import SlackEnvironment
from tests.adapters.slack.user_client import button


async def test_home_shows_mine_what_is_coming_and_the_settings(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    await env.gathering("Living with illness", hours=72)
    ada = env.ada()
    await ada.says(f"/htg register {gathering.id}")
    await ada.opens_home()
    mine, _, upcoming = ada.home_text().partition("Upcoming gatherings")
    assert "Grief and Gratitude" in mine
    assert "Living with illness" not in mine
    assert "18:00" in mine
    assert "Living with illness" in upcoming
    assert "[My settings]" in upcoming


async def test_home_is_fresh_each_time_it_is_opened(env: SlackEnvironment) -> None:
    ada = env.ada()
    await ada.opens_home()
    assert "No gatherings are planned" in ada.home_text()
    await env.gathering()
    await ada.opens_home()
    assert "Grief and Gratitude" in ada.home_text()


async def test_the_messages_tab_is_not_home(env: SlackEnvironment) -> None:
    ada = env.ada()
    event = {"type": "app_home_opened", "user": ada.user.id, "tab": "messages"}
    await env.client.sends_event(event)
    await env.harness.settled()
    assert ada.user.home is None


async def test_registering_at_home_answers_in_a_window_and_refreshes_home(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await ada.presses_in(await ada.opens_home(), "Register")
    assert "You are registered for Grief and Gratitude" in ada.modal_text()
    assert await env.registered(gathering) == 1
    assert "You are registered." in ada.home_text()
    await ada.presses_in(ada.top_modal(), "Unregister")
    assert "no longer registered" in ada.modal_text()
    assert len(ada.user.modals) == 1
    assert "You are registered." not in ada.home_text()


async def test_settings_from_home_stay_in_their_window(env: SlackEnvironment) -> None:
    ada = env.ada()
    await ada.presses_in(await ada.opens_home(), "My settings")
    assert ada.top_modal()["title"]["text"] == "My settings"
    errors = await env.client.submits(ada.user, {"zone": "Madird", "language": "en", "direct": "yes"})
    assert "I do not know the time zone “Madird”" in errors["zone"]
    assert not await env.client.submits(ada.user, {"zone": "America/New_York", "language": "en", "direct": "yes"})
    assert "Times are shown for America/New_York" in ada.modal_text()


async def test_pages_turn_inside_a_window(env: SlackEnvironment) -> None:
    for number in range(7):
        await env.gathering(f"Number {number}", hours=24 + number)
    ada = env.ada()
    await ada.presses_in(await ada.opens_home(), "Later ones")
    assert "Number 6" in ada.modal_text()
    await ada.presses_in(ada.top_modal(), "Earlier ones")
    assert "Number 0" in ada.modal_text()
    assert len(ada.user.modals) == 1


async def test_when_home_cannot_be_published_the_next_opening_mends_it(env: SlackEnvironment) -> None:
    ada = env.ada()
    env.fake_slack.fail("views.publish", "500")
    ada.user.home = None
    await env.client.opens_home(ada.user)
    await env.harness.settled()
    ada.user.home = None
    await ada.opens_home()
    assert "No gatherings" in ada.home_text()


async def test_each_part_at_home_is_itself(env: SlackEnvironment) -> None:
    """Home shows my gatherings and what is coming, each part with what can be done with it alone."""
    start = env.clock.now() + timedelta(days=6)
    plans = [Plan("Letting go", start + timedelta(weeks=n), "Europe/Madrid") for n in range(3)]
    parts = await env.storage.run(lambda uow: uow.gatherings.add(plans, Status.PUBLISHED))
    ada = env.ada()
    for part in parts:
        label = await ada.presses_in(await ada.opens_home(), f"register?gathering={part.id}")
        assert label == "Register for all 3"
        label = await ada.presses_in(ada.top_modal(), "Only part .*")
        assert label.startswith(f"Only part {part.part}, ")
        assert [await env.registered(each) for each in parts] == [int(each.id == part.id) for each in parts]
        await env.client.presses_in_view(ada.user, ada.top_modal(), button(f"register?gathering={part.id}"))
        await env.harness.settled()
        await ada.presses_in(await ada.opens_home(), f"unregister?gathering={part.id}")
        assert [await env.registered(each) for each in parts] == [int(each.id != part.id) for each in parts]
        await ada.presses_in(ada.top_modal(), "Unregister from.*")
