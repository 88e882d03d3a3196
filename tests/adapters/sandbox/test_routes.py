"""The page as it is served: to this machine's own browser alone, and safe against two presses at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import pytest

from adapters.sandbox import render, run
from adapters.sandbox.chat import ADA, BO, FRANCES, GATHERINGS, GENERAL, NOOR
from adapters.sandbox.mailbox import StandInMailbox
from adapters.sandbox.respond import SandboxResponder
from adapters.sandbox.zoom_rooms import StandInZoom
from bot.admission.model import places_left
from bot.i18n import Locale
from bot.plain_text import plain
from bot.request import Call, encode
from tests.adapters.sandbox.conftest import NOON, Sandbox
from tests.browser import in_session

pytestmark = [in_session, pytest.mark.loopback]


def _posted(address: str, **more: str) -> dict[str, str]:
    return {"Origin": address.rstrip("/"), **more}


async def test_every_page_is_closed_to_other_sites(address: str) -> None:
    async with aiohttp.ClientSession() as client:
        for path in ("ada/gatherings/", "static/page.js", "nowhere", "ada/nowhere/"):
            async with client.get(address + path) as answer:
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert "unsafe" not in answer.headers["Content-Security-Policy"]
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Cache-Control"] == "no-store"


async def test_another_name_for_this_machine_is_refused(address: str) -> None:
    async with aiohttp.ClientSession() as client:
        for host in ("evil.example", "127.0.0.1", "localhost:1"):
            async with client.get(address, headers={"Host": host}) as answer:
                assert answer.status == 403


async def test_what_another_page_sends_is_refused(address: str, sandbox: Sandbox) -> None:
    before = len(list(sandbox.chat.messages()))
    async with aiohttp.ClientSession() as client:
        for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            async with client.post(f"{address}ada/general/say", data={"text": "hi"}, headers=headers) as answer:
                assert answer.status == 403
        assert len(list(sandbox.chat.messages())) == before
        async with client.post(f"{address}ada/general/say", data={"text": "hi"}, headers=_posted(address)) as answer:
            assert answer.status == 200
    assert len(list(sandbox.chat.messages())) == before + 1


async def test_what_is_too_large_or_not_ours_is_refused(address: str) -> None:
    form = aiohttp.FormData()
    form.add_field("text", b"x", filename="x.txt")
    async with aiohttp.ClientSession(headers=_posted(address)) as client:
        async with client.post(f"{address}ada/general/say", data={"text": "x" * 300_000}) as answer:
            assert answer.status == 413
        async with client.post(f"{address}ada/general/say", data=form) as answer:
            assert answer.status == 400
        for path in ("nobody/general/", "ada/nowhere/", "ada/private"):
            async with client.get(address + path) as answer:
                assert answer.status == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])  # noqa: S104 - these are what must be refused
async def test_it_is_never_served_to_others(sandbox: Sandbox, host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        await run.serve(
            sandbox.dispatcher,
            sandbox.outbox,
            sandbox.storage,
            sandbox.chat,
            sandbox.clock,
            StandInZoom(sandbox.clock),
            StandInMailbox(),
            host=host,
            on_ready=print,
        )


async def test_an_unknown_button_is_answered_kindly(address: str, sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession(headers=_posted(address)) as client:
        for data in ({"button": "who?knows"}, {"menu": "list"}, {"button": "x" * 5000}, {}):
            async with client.post(f"{address}noor/general/press", data=data) as answer:
                assert answer.status == 200
        async with client.post(f"{address}noor/general/submit", data={"id": "~", "fields": "title"}) as answer:
            assert answer.status == 200
    said = sandbox.chat.seen(NOOR, GENERAL)
    assert len(said) == 5
    assert all("no longer works" in plain(Locale(), each.view) for each in said)


async def test_a_second_press_while_the_first_is_under_way_does_nothing(sandbox: Sandbox) -> None:
    responder = sandbox.responder
    written = encode(Call.of("register", gathering=2))
    await asyncio.gather(*(responder.press_button(ADA, GATHERINGS, written, "m1") for _ in range(5)))
    assert len(sandbox.chat.seen(ADA, GATHERINGS)) == len(sandbox.chat.seen(BO, GATHERINGS)) + 1
    await asyncio.gather(*(responder.press_button(who, GATHERINGS, written, "m1") for who in (ADA, BO)))
    assert [len(await sandbox.storage.run(lambda uow: uow.registrations.registrants(2)))] == [2]


async def test_the_clock_stops_wherever_there_is_something_to_say(sandbox: Sandbox) -> None:
    responder = sandbox.responder
    await responder.send_text(ADA, ADA.address, "/htg register grief")
    await responder.move_clock(NOON + timedelta(days=3))
    told = [each for each in sandbox.chat.seen(ADA, ADA.address) if each.key.startswith("reminder")]
    six = NOON.replace(hour=18, minute=0)
    assert [each.at for each in told] == [six - timedelta(hours=1), six - timedelta(minutes=10)]
    assert sandbox.clock.now() == NOON + timedelta(days=3)
    in_channel = [each for each in sandbox.chat.seen(BO, GATHERINGS) if each.key.startswith("channel-reminder")]
    assert next(each.at for each in in_channel) == six - timedelta(hours=1)


@pytest.mark.parametrize("guarded", [True, False])
async def test_who_acts_while_the_clock_moves_has_heard_what_was_due(
    sandbox: Sandbox, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page shows the hour while what is due at it is still being delivered."""
    responder, unreached = sandbox.responder, "I could not reach you by direct message"
    sandbox.chat.close_direct_messages(ADA)
    await responder.send_text(ADA, ADA.address, "/htg register grief")
    asking: list[asyncio.Task[object]] = []

    class SlowOutbox:
        async def tick(self) -> None:
            if not asking:
                asking.append(asyncio.create_task(responder.send_text(ADA, ADA.address, "/htg mine")))
                await asyncio.wait(asking, timeout=0.3 if guarded else None)
            await sandbox.outbox.tick()

    async def ignore(_: SandboxResponder) -> None:
        return

    monkeypatch.setattr(responder, "_outbox", SlowOutbox())
    if not guarded:
        monkeypatch.setattr(SandboxResponder, "_clock_stands", ignore)
    await responder.move_clock(NOON.replace(hour=17, minute=0))
    await asking[0]
    assert (unreached in plain(Locale(), sandbox.chat.seen(ADA, ADA.address)[-1].view)) is guarded


async def test_the_next_reminder_is_one_s_own_first(sandbox: Sandbox) -> None:
    responder = sandbox.responder
    assert await responder.lookahead.next_reminder(ADA, NOON) is None
    await responder.send_text(BO, BO.address, "/htg register grief")
    await responder.send_text(ADA, ADA.address, "/htg register letting")
    part = (await sandbox.storage.run(lambda uow: uow.gatherings.upcoming(NOON, limit=9)))[2]
    assert await responder.lookahead.next_reminder(ADA, NOON) == part.starts_at - timedelta(hours=24)
    assert await responder.lookahead.next_reminder(NOOR, NOON) == NOON.replace(hour=17, minute=0)
    assert await responder.lookahead.next_doors(NOON) == NOON.replace(hour=17, minute=45)


async def test_the_samples_are_what_the_page_promises(sandbox: Sandbox) -> None:
    found = await sandbox.storage.run(lambda uow: uow.gatherings.upcoming(NOON, limit=9))
    assert [(each.title, each.parts) for each in found] == [
        ("Listening Circle", 1),
        ("Grief and Gratitude", 1),
        ("Letting Go, Gently", 3),
        ("Letting Go, Gently", 3),
        ("Letting Go, Gently", 3),
    ]
    assert places_left(found[0]) == 2
    assert found[0].doors(NOON) == "open"
    posts = [plain(Locale(), each.view) for each in sandbox.chat.seen(FRANCES, GATHERINGS)]
    assert len(posts) == 3
    assert sandbox.chat.seen(FRANCES, GENERAL) == []


async def test_the_last_places_go_and_then_it_is_full(sandbox: Sandbox) -> None:
    responder = sandbox.responder
    for who in (ADA, BO, NOOR):
        await responder.send_text(who, who.address, "/htg register listening")
    said = []
    for who in (ADA, BO, NOOR):
        await responder.send_text(who, who.address, "/htg join")
        said.append(sandbox.chat.seen(who, who.address)[-1].view.holds_secret)
    assert said == [True, True, False]


async def test_answers_show_times_as_their_reader_chose(sandbox: Sandbox) -> None:
    responder = sandbox.responder
    chosen = {"zone": "America/New_York", "language": "es", "reminders": "", "direct": "yes"}
    await responder.submit_form(NOOR, GENERAL, "settings", chosen)
    await responder.send_text(NOOR, GENERAL, "/htg list")
    answer = sandbox.chat.seen(NOOR, GENERAL)[-1]
    assert "jueves 3 de diciembre, 13:00" in str(
        render.render(answer.view, render.locale_of(answer, Locale(), answer.at), answer.id)
    )


async def test_the_browsers_own_pickers_say_the_first_start(address: str, sandbox: Sandbox) -> None:
    form = [
        ("id", encode(Call("host-create"))),
        *(("fields", name) for name in ("title", "description", "starts", "zoom", "facilitators")),
        ("field:title", "Picked"),
        ("field:zoom", "https://zoom.us/j/1"),
        ("field:starts.day.1", "2027-01-09"),
        ("field:starts.time.1", "18:00"),
        ("field:starts", ""),
        ("field:starts.more", "Jan 16 2027 6pm"),
    ]
    async with (
        aiohttp.ClientSession(headers=_posted(address)) as client,
        client.post(f"{address}frances/general/submit", data=form) as answer,
    ):
        assert answer.status == 200
    said = plain(Locale(), sandbox.chat.seen(FRANCES, GENERAL)[-1].view)
    assert "Part 1 begins" in said
    assert "Saturday 9 January 2027, 18:00" in said
    assert "Saturday 16 January 2027, 18:00" in said
