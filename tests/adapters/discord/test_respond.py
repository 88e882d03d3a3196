"""One answer to everything, in time, whatever goes wrong."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from adapters.discord import client, markdown, render, respond
from adapters.discord.run import DiscordBot
from bot.addresses import Address
from bot.members.model import Person
from bot.unit_of_work import UnitOfWork
from tests.adapters.discord import fake_discord
from tests.adapters.discord.conftest import SECRET, Scene, until
from tests.adapters.discord.fake_discord import TOKEN, Fault
from tests.adapters.discord.fake_state import PRIVATE, FakeInteraction

pytestmark = pytest.mark.usefixtures("bot")
CALLBACK = "/interactions/[^/]+/[^/]+/callback"
CREATE = {"title": "Grief at work", "starts": "tomorow 6", "zoom": f"https://zoom.us/j/1?pwd={SECRET}"}


async def form_values_shown(scene: Scene, done: FakeInteraction) -> dict[str, str]:
    """The values in the form that opened, by field."""
    assert done.window, "no window opened"
    return {label["component"]["custom_id"]: label["component"].get("value", "") for label in done.window["components"]}


async def test_an_answer_is_seen_by_the_asker_alone(scene: Scene) -> None:
    ada = scene.person()
    await scene.gathering()
    done = await scene.fake.run_command(ada, scene.general, "htg", "list")
    message = scene.fake.state.messages[done.message]
    assert message["flags"] & PRIVATE
    assert message["only"] == ada.id
    assert scene.fake.state.history(scene.general.id, 0, 100) == []


async def test_what_takes_longer_is_promised_first(scene: Scene) -> None:
    await scene.gathering()
    done = await scene.promised_first(scene.fake.run_command(scene.person(), scene.general, "htg", "list"))
    assert "Upcoming gatherings" in scene.says(done)
    assert scene.fake.state.messages[done.message]["flags"] & PRIVATE


async def test_a_form_that_comes_too_late_is_one_press_away(scene: Scene) -> None:
    frances = scene.person("Frances", organiser=True)
    done = await scene.promised_first(scene.fake.run_command(frances, scene.general, "htg-host", "create"))
    assert done.window is None
    assert "The form is ready now." in scene.says(done)
    message = scene.fake.state.messages[done.message]
    assert await form_values_shown(scene, await scene.fake.press(frances, message, scene.button(done, "Open the form")))


async def test_a_page_takes_the_place_of_the_page_before(scene: Scene) -> None:
    ada = scene.person()
    for number in range(7):
        await scene.gathering(f"Evening {number}", days=2 + number)
    first = await scene.fake.run_command(ada, scene.general, "htg", "list")
    message = scene.fake.state.messages[first.message]
    second = await scene.fake.press(ada, message, scene.button(first, "Later ones"))
    assert second.message == first.message
    assert "Evening 6" in scene.says(first)


async def test_a_slow_page_takes_it_too(scene: Scene) -> None:
    ada = scene.person()
    for number in range(7):
        await scene.gathering(f"Evening {number}", days=2 + number)
    first = await scene.fake.run_command(ada, scene.general, "htg", "list")
    message, later = scene.fake.state.messages[first.message], scene.button(first, "Later ones")
    second = await scene.promised_first(scene.fake.press(ada, message, later))
    assert second.message == first.message
    assert "Evening 6" in scene.says(first)


async def test_what_others_see_is_never_replaced_by_a_private_answer(scene: Scene) -> None:
    """The same button in a public post: everyone who presses it gets an answer of their own."""
    ada = scene.person()
    await scene.gathering()
    post = scene.fake.state.add(scene.general, {"content": "Come"})
    done = await scene.fake.press(ada, post, "list")
    assert done.message != int(post["id"])
    assert scene.fake.state.messages[int(post["id"])]["content"] == "Come"


async def test_a_mistaken_form_comes_back_with_what_was_typed(scene: Scene) -> None:
    frances = scene.person("Frances", organiser=True)
    window = (await scene.fake.run_command(frances, scene.general, "htg-host", "create")).window
    assert window
    sent = await scene.fake.submit(frances, scene.general, window, CREATE)
    said = scene.says(sent)
    assert "I could not read “tomorow 6”" in said
    assert SECRET not in said
    message, again = scene.fake.state.messages[sent.message], scene.button(sent, "Try again")
    values = await form_values_shown(scene, await scene.fake.press(frances, message, again))
    assert values["title"] == "Grief at work"
    assert values["starts"] == "tomorow 6"

    other = scene.person("Olga", organiser=True)
    stolen = await form_values_shown(scene, await scene.fake.press(other, message, again))
    assert stolen["title"] == ""
    assert SECRET not in str(stolen)


async def test_after_a_restart_the_form_opens_as_it_does_anew(scene: Scene, bot: DiscordBot) -> None:
    frances = scene.person("Frances", organiser=True)
    window = (await scene.fake.run_command(frances, scene.general, "htg-host", "create")).window
    assert window
    await bot.close()
    await scene.fake.gateway.until_connected(0)
    second = DiscordBot(scene.dispatcher, scene.client, scene.clock, TOKEN)
    running = asyncio.create_task(second.run())
    await scene.fake.gateway.until_connected()
    try:
        sent = await scene.fake.submit(frances, scene.general, window, CREATE)  # it was open all the while
        message, again = scene.fake.state.messages[sent.message], scene.button(sent, "Try again")
        second._handler._forms._forms.clear()
        assert (await form_values_shown(scene, await scene.fake.press(frances, message, again)))["title"] == ""
    finally:
        await second.close()
        await running


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (3, {"component_type": 2, "custom_id": "explode"}),
        (3, {"component_type": 2, "custom_id": "\x00?;"}),
        (3, {"component_type": 3, "custom_id": "register", "values": ["1"]}),
        (3, {"component_type": 3, "custom_id": "register?gathering=", "values": []}),
        (3, {"component_type": 3, "custom_id": "register?gathering=", "values": [7]}),
        (3, {"component_type": 3, "custom_id": "register?gathering=", "values": [None]}),
        (3, {"component_type": 2, "custom_id": "list?page=2&page=3&x=1"}),
        (5, {"custom_id": "rsvp:12", "components": []}),
        (5, {"custom_id": "suggest", "components": [{"type": 1, "components": []}]}),
        (2, {"id": "1", "name": "other", "type": 1, "options": []}),
        (2, {"id": "1", "name": "htg", "type": 1, "options": [{"name": "gone", "type": 1}]}),
    ],
)
async def test_what_is_not_ours_or_no_longer_gets_a_kind_answer(
    scene: Scene, kind: int, data: dict[str, object]
) -> None:
    ada = scene.person()
    post = scene.fake.state.add(scene.general, {"content": "Old"})
    done = await scene.fake.interact(kind, ada, scene.general, data, pressed=int(post["id"]) if kind == 3 else 0)
    assert any(said in scene.says(done) for said in ("no longer works", "I do not know", "This is what I can do"))


SOMEBODY = {"user": {"id": "42", "username": "ada"}}
SHAPES: list[dict[str, object]] = [
    {"type": 77},
    {"type": []},
    {"member": 7},
    {"member": {}},
    {"member": {"user": {"id": "\ud800", "username": "ada"}}},
    {"member": {"user": {"id": ["42"], "username": "ada"}}},
    {"authorizing_integration_owners": 7, "guild_id": "4001"},
    {"type": 4, "data": {"name": "htg", "options": [7]}},
]


@pytest.mark.parametrize("shape", SHAPES)
async def test_an_interaction_of_another_shape_costs_one_line(
    scene: Scene, bot: DiscordBot, shape: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    interaction = {"id": "1", "token": "t", "type": 2, "data": {"name": "htg"}, "member": SOMEBODY, "locale": "\ud800"}
    await bot._handler.handle(interaction | shape)
    (told,) = [each for each in caplog.records if "of no shape that Discord documents" in each.getMessage()]
    assert not told.exc_info
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR and each.name.startswith("adapters")]
    caplog.clear()
    await bot._handler.handle(interaction | {"id": "2"})
    assert not [each for each in caplog.records if each.exc_info]


def break_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be shown next fails, in this adapter itself."""
    shown, broken = render.render, iter([True])

    def failing(*given: object, **more: object) -> object:
        if next(broken, False):
            raise LookupError("our own")
        return shown(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(respond, "render", failing)


@pytest.mark.parametrize("what", ["command", "button", "form"])
async def test_every_failure_is_told_with_a_reference(
    scene: Scene, what: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the dispatcher's, and one of this adapter's own, in each kind of interaction."""
    ada = scene.person()
    post = scene.fake.state.add(scene.general, {"content": "Old"})
    window = (await scene.fake.run_command(ada, scene.general, "htg", "suggest")).window
    assert window

    async def does() -> FakeInteraction:
        if what == "command":
            return await scene.fake.run_command(ada, scene.general, "htg", "list")
        if what == "button":
            return await scene.fake.press(ada, post, "list")
        return await scene.fake.submit(ada, scene.general, window, {"topic": "Joy"})

    scene.storage.problem = LookupError("the dispatcher's")
    desks = scene.says(await does())
    scene.storage.problem = None
    break_once(monkeypatch)
    ours = scene.says(await does())
    for said in (desks, ours):
        reference = said.partition("this reference: ")[2][:8]
        assert len(reference) == 8
        assert reference in caplog.text


async def test_titles_are_searched_while_somebody_types(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    ada = scene.person()
    await scene.gathering("Grief and Gratitude " * 4)
    await scene.gathering("Living with illness")
    offered = await scene.fake.autocomplete(ada, scene.general, "htg", "register", "gathering", "gri")
    assert [each["name"][:5] for each in offered] == ["Grief"]
    assert len(await scene.fake.autocomplete(ada, scene.general, "htg", "register", "gathering", "")) == 2
    assert await scene.fake.autocomplete(ada, scene.general, "htg-host", "doors", "gathering", "") == []
    done = await scene.fake.run_command(ada, scene.general, "htg", "register", gathering=offered[0]["value"])
    assert "You are registered for Grief" in scene.says(done)
    scene.storage.problem = LookupError("broken")
    failed = await scene.fake.autocomplete(ada, scene.general, "htg", "register", "gathering", "gri")
    assert failed[0]["name"].rpartition(" ")[2] in caplog.text


async def test_a_choice_that_was_never_offered_is_no_choice(scene: Scene) -> None:
    """Autocomplete is a hint: any value can be sent."""
    done = await scene.fake.run_command(scene.person(), scene.general, "htg", "register", gathering="1 OR 1=1")
    assert "No gatherings are planned" in scene.says(done) or "did not find" in scene.says(done)


@pytest.mark.parametrize("act", [500, 503, 429, "reset", "lost"])
async def test_a_first_answer_survives_a_stumble(scene: Scene, act: int | str) -> None:
    """Where the answer was taken and only its receipt lost, it is not given twice."""
    await scene.gathering()
    scene.fake.faults.append(Fault("POST", CALLBACK, act))
    done = await scene.fake.run_command(scene.person(), scene.general, "htg", "list")
    assert "Upcoming gatherings" in scene.says(done)
    assert sum(1 for each in scene.fake.state.messages.values() if each["only"]) == 1


async def test_a_receipt_that_lies_there_is_read_before_the_answer_is_given_again(
    scene: Scene, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that stood still for longer than an attempt may take, the receipt came meanwhile."""
    monkeypatch.setattr(client, "RESPONSE_GRACE", 20.0)
    await scene.gathering()
    ada = scene.person()
    await scene.fake.run_command(ada, scene.general, "htg", "list")  # what is asked once is known from then on

    monkeypatch.setattr(client, "ATTEMPT_TIMEOUT", 0.3)

    async def stands_still() -> None:
        scene.fake.slow = None
        time.sleep(client.ATTEMPT_TIMEOUT + 0.2)  # noqa: ASYNC251 - everything in this process, the bot too

    scene.fake.slow = stands_still
    done = await scene.fake.run_command(ada, scene.general, "htg", "list")
    await bot.close()  # lets it come to its end
    assert "Upcoming gatherings" in scene.says(done)
    assert scene.asked("POST", "/callback") == 2, "once for each"
    assert scene.fake.refused == []


@pytest.mark.slow
async def test_discord_not_answering_is_no_failure_of_the_next(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.gathering()
    hanging, too_late = Fault("POST", CALLBACK, "hang"), "too late for Discord"
    scene.fake.faults.append(hanging)
    with monkeypatch.context() as patch:
        patch.setattr(client, "RESPONSE_DEADLINE", 2.0)
        first = asyncio.create_task(scene.fake.run_command(scene.person(), scene.general, "htg", "list"))
        await until(lambda: hanging not in scene.fake.faults or too_late in caplog.text)
    scene.fake.faults.clear()
    assert "Upcoming" in scene.says(await scene.fake.run_command(scene.person("Bob"), scene.general, "htg", "list"))
    await until(lambda: too_late in caplog.text)
    first.cancel()


async def test_a_note_in_an_answer_that_came_too_late_goes_with_the_next(
    scene: Scene, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.gathering()
    ada, name = scene.person(), "could not reach you by direct message"
    await scene.fake.run_command(ada, scene.general, "htg", "list")

    def unreached(uow: UnitOfWork) -> None:
        member = uow.members.get_or_create(Person(Address("discord", str(ada.id)), ada.name), scene.clock.now())
        uow.members.mark_unreached(member.id, unreached=True)

    await scene.storage.run(unreached)
    scene.fake.faults.append(Fault("POST", CALLBACK, 404, body={"code": 10062, "message": "Unknown interaction"}))
    with monkeypatch.context() as patch:
        patch.setattr(fake_discord, "ANSWER_TIMEOUT", 0.2)
        assert not (await scene.fake.run_command(ada, scene.general, "htg", "list")).answered
    await until(lambda: scene.fake.faults == [])
    await bot._handler._idle.wait()
    assert name in scene.says(await scene.fake.run_command(ada, scene.general, "htg", "list"))
    assert name not in scene.says(await scene.fake.run_command(ada, scene.general, "htg", "list"))


@pytest.mark.parametrize(("status", "code"), [(401, 50027), (404, 10062), (404, 10015), (403, 50027), (401, 0)])
async def test_a_used_up_token_is_too_late_in_a_line(
    scene: Scene,
    bot: DiscordBot,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: int,
) -> None:
    monkeypatch.setattr(fake_discord, "ANSWER_TIMEOUT", 0.2)
    await scene.gathering()
    body = {"code": code, "message": "Invalid Webhook Token"}
    scene.fake.faults.append(Fault("POST", CALLBACK, status, body=body, times=9))
    done = await scene.fake.run_command(scene.person(), scene.general, "htg", "list")
    await bot.close()  # lets it come to its end
    assert not done.answered
    assert "too late for Discord" in caplog.text
    assert "Traceback" not in caplog.text
    assert "reference" not in caplog.text


async def test_nothing_of_what_was_typed_reaches_the_log(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """discord.py writes whole payloads at DEBUG; a form's Zoom link would be among them."""
    caplog.set_level(logging.DEBUG)
    frances = scene.person("Frances", organiser=True)
    window = (await scene.fake.run_command(frances, scene.general, "htg-host", "create")).window
    assert window
    await scene.fake.submit(frances, scene.general, window, CREATE)
    await scene.fake.submit(frances, scene.general, window, CREATE | {"starts": "2026-12-03 18:00"})
    assert SECRET not in caplog.text
    assert TOKEN not in caplog.text


async def test_a_burst_is_answered(scene: Scene) -> None:
    """200 people at once; bench/discord.py measures how long a thousand take."""
    scene.fake.strict = False  # reading the document 200 times over would take the time that is measured
    gathering = await scene.gathering()
    people = [scene.person(f"P{number}") for number in range(200)]
    done = await asyncio.gather(
        *(
            scene.fake.run_command(each, scene.general, "htg", "register", gathering=str(gathering.id))
            for each in people
        )
    )
    assert all(each.answered for each in done)
    registered = await scene.storage.inner.run(lambda uow: len(uow.registrations.roster(gathering.id)))
    assert registered == 200


async def test_half_a_surrogate_pair_is_answered_as_anything_else(scene: Scene) -> None:
    """JSON can carry one, and UTF-8 cannot: a strict reader of what comes would end the connection for good."""
    frances = scene.person("Frances", organiser=True)
    window = (await scene.fake.run_command(frances, scene.general, "htg-host", "create")).window
    assert window
    sent = await scene.fake.submit(frances, scene.general, window, CREATE | {"starts": "tomorow \ud83d"})
    assert "I could not read “tomorow \ud83d”" in scene.says(sent)
    assert "No gatherings are planned" in scene.says(
        await scene.fake.run_command(frances, scene.general, "htg", "list")
    )


async def test_when_too_many_ask_the_next_is_asked_to_wait(
    scene: Scene, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(respond, "MAX_CONCURRENT_INTERACTIONS", 1)
    scene.storage.opened.clear()
    before = scene.storage.asked
    first = asyncio.create_task(scene.fake.run_command(scene.person(), scene.general, "htg", "list"))
    await until(lambda: scene.storage.asked > before)
    done = await scene.fake.run_command(scene.person("Bob"), scene.general, "htg", "list")
    assert "Many people are here at this moment" in scene.says(done)
    scene.storage.opened.set()
    assert "No gatherings are planned" in scene.says(await first)


async def test_promised_words_survive_a_stumble(scene: Scene) -> None:
    await scene.gathering()
    scene.fake.faults.append(Fault("PATCH", "/webhooks/.*", 503))
    done = await scene.promised_first(scene.fake.run_command(scene.person(), scene.general, "htg", "list"))
    assert "Upcoming gatherings" in scene.says(done)


async def test_a_failure_of_our_own_is_told_in_their_language(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    break_once(monkeypatch)
    ada = scene.fake.state.person("Ada", locale="es-ES")
    assert "Algo ha fallado por nuestra parte" in scene.says(
        await scene.fake.run_command(ada, scene.general, "htg", "list")
    )


def test_what_turns_the_reading_direction_goes() -> None:
    assert markdown.escape("one\u202eowt\u2066") == "oneowt"
    assert markdown.one_line("one\u202e two") == "one two"


@pytest.mark.slow
async def test_an_answer_that_was_swallowed_on_its_way_is_given_again_in_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ATTEMPT_TIMEOUT", 1.2)
    await scene.gathering()
    scene.fake.faults.append(Fault("POST", CALLBACK, "hang"))
    done = await scene.fake.run_command(scene.person(), scene.general, "htg", "list")
    assert "Upcoming gatherings" in scene.says(done)


@pytest.mark.slow
async def test_asked_to_wait_promised_words_wait(scene: Scene) -> None:
    await scene.gathering()
    scene.fake.faults.append(Fault("PATCH", "/webhooks/.*", 429, times=2, headers={"Retry-After": "0.5"}))
    done = await scene.promised_first(scene.fake.run_command(scene.person(), scene.general, "htg", "list"))
    assert "Upcoming gatherings" in scene.says(done)


@pytest.mark.slow
async def test_a_mistaken_form_is_answered_though_each_look_takes_long(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two looks, each shorter than what is promised after, and together longer than Discord waits."""
    frances = scene.person("Frances", organiser=True)
    window = (await scene.fake.run_command(frances, scene.general, "htg-host", "create")).window
    assert window
    monkeypatch.setattr(respond, "DEFER_AFTER", 1.5)
    scene.storage.wait = respond.DEFER_AFTER - 0.05
    done = await scene.fake.submit(frances, scene.general, window, CREATE)
    assert "I could not read “tomorow 6”" in scene.says(done)
    assert done.first_after < 2 * scene.storage.wait, "promised before the second look"
