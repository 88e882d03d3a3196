"""The door on the web: looking takes nothing, pressing takes one place, and it is the same door as in chat."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.web import recent_answers
from adapters.web.run import application, serving
from adapters.web.tokens import UNKNOWN_LINK, PersonalLinks, TokenSigner
from bot.config import Config
from bot.i18n import Locale
from bot.plain_text import plain
from bot.request import Call
from bot.secrets import LinkKey
from bot.unit_of_work import UnitOfWork
from bot.views import SecretLinkButton
from tests.adapters.web.conftest import PASSCODE, ROOM, START, Front, address_of
from tests.databases import on_both

PREVIEWERS = ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Mozilla/5.0 (compatible; Discordbot/2.0)")


def says(text: str) -> str:
    """The words of a page, without its markup and what it says to programs."""
    text = re.sub(r"<script type=.*?</script>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


async def test_who_cannot_come_says_so_at_the_door(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    text = (await front.get(link)).text
    assert "Thursday 3 December, 18:00 (Madrid time) with Frances" in says(text)
    assert 'href="https://gatherings.example/calendar/' in text
    gone = await front.send("POST", link, {"act": "cannot-come"})
    assert "You are no longer registered for Grief and Gratitude" in says(gone.text)
    assert (await front.get(link)).status == 404
    twice = await front.send("POST", link, {"act": "cannot-come"})
    assert (twice.status, twice.text) == (200, gone.text), "a browser shows what the second of two presses is answered"
    front.clock.advance(seconds=recent_answers.ANSWER_LIFE)
    monkeypatch.setattr(recent_answers, "_is_old", lambda *_: True)
    assert (await front.send("POST", link, {"act": "cannot-come"})).status == 404
    other = await front.register("Bo", gathering)
    assert (await front.get(other)).status == 200


@on_both
async def test_who_cannot_come_and_presses_twice_may_meet_two_processes(front: Front) -> None:
    gathering = await front.gathering()
    ada, bo = await front.register("Ada", gathering), await front.register("Bo", gathering)
    app = application(front.storage, front.config, front.clock, front.links)
    async with serving(app, "127.0.0.1", 0) as port:
        other = replace(front, base=f"http://127.0.0.1:{port}")
        first = await front.send("POST", ada, {"act": "cannot-come"})
        second = await other.send("POST", ada, {"act": "cannot-come"})
        assert (first.status, second.status) == (200, 200)
        assert "You are no longer registered for Grief and Gratitude" in says(first.text)
        assert "You are no longer registered for this gathering" in says(second.text)
        forged = await other.send("POST", bo[:-1], {"act": "cannot-come"})
        front.clock.advance(seconds=recent_answers.ANSWER_LIFE)
        app = application(front.storage, front.config, front.clock, front.links)
    async with serving(app, "127.0.0.1", 0) as port:
        later = await replace(front, base=f"http://127.0.0.1:{port}").send("POST", ada, {"act": "cannot-come"})
        assert (later.status, later.text) == (404, forged.text)
    assert (await front.get(bo)).status == 200


async def test_while_the_doors_are_open_it_still_says_when_and_with_whom(front: Front) -> None:
    gathering = await front.gathering()
    ada, bo = await front.register("Ada", gathering), await front.register("Bo", gathering)
    front.clock.move_to(START)
    assert ROOM in (await front.post(ada)).text
    for link, may_leave in ((ada, False), (bo, True)):
        text = (await front.get(link)).text
        assert "Thursday 3 December, 18:00 (Madrid time) with Frances" in says(text)
        assert ('value="cannot-come"' in text) is may_leave
        assert ('href="https://gatherings.example/calendar/' in text) is may_leave
    gone = await front.send("POST", bo, {"act": "cannot-come"})
    assert "You are no longer registered for Grief and Gratitude" in says(gone.text)
    assert await front.admitted(gathering) == 1


async def test_doors_that_open_on_another_day_say_on_which(front: Front) -> None:
    gathering = await front.gathering(at=START + timedelta(hours=23))
    link = await front.register("Ada", gathering)
    assert "The doors open on Friday 4 December, 16:45 (Madrid time)" in says((await front.get(link)).text)


async def test_before_the_doors_open_it_says_when_and_presses_nothing(front: Front) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada Lovelace", gathering)
    seen = await front.get(link)
    assert seen.status == 200
    assert "The door for Ada" in says(seen.text)
    assert "Lovelace" not in seen.text
    assert "The doors open at 17:45 (Madrid time)" in says(seen.text)
    assert 'class="button next' not in seen.text
    assert 'http-equiv="refresh" content="901"' in seen.text, "without JavaScript it looks again as the doors open"
    pressed = await front.post(link)
    assert "The doors open at" in says(pressed.text)
    assert await front.admitted(gathering) == 0


@pytest.mark.parametrize(
    ("language", "closes", "until"),
    [
        ("en", "They close at 12:10 (Lima time)", "You can come back in until 13:30 (Lima time)"),
        ("es", "Se cierran a las 12:10 (hora de Lima)", "Puedes volver a entrar hasta las 13:30 (hora de Lima)"),
    ],
)
async def test_in_a_zone_that_was_chosen_clock_times_name_it(
    front: Front, language: str, closes: str, until: str
) -> None:
    """No script shows them in the browser's zone, so nothing else says which it is."""
    link = await front.register("Ada", await front.gathering())
    await front.asks("Ada", Call.of("settings", language=language, zone="America/Lima", reminders="", direct="yes"))
    front.clock.move_to(START)
    before = await front.get(link)
    assert ROOM in (await front.post(link)).text
    within = await front.get(link)
    assert closes in says(before.text)
    assert until in says(within.text)
    assert "data-style" not in before.text + within.text, "the script leaves them as they are"


@pytest.mark.parametrize("agent", PREVIEWERS)
async def test_looking_takes_no_place_and_shows_no_link(front: Front, agent: str) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    for method in ("GET", "HEAD", "GET"):
        seen = await front.send(method, link, User_Agent=agent)
        assert seen.status == 200
        assert "k3pt" not in seen.text
    assert await front.admitted(gathering) == 0


async def test_pressing_takes_one_place_and_reveals_the_room(front: Front) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    assert "Come in" in says((await front.get(link)).text)
    seen = await front.post(link)
    assert ROOM.replace("&", "&amp;") in seen.text
    assert PASSCODE in seen.text
    assert await front.admitted(gathering) == 1
    again = await front.get(link)
    assert "Come back in" in says(again.text)
    assert "k3pt" not in again.text, "only pressing reveals the link"
    front.clock.advance(minutes=60)
    assert ROOM in (await front.post(link)).text
    assert await front.admitted(gathering) == 1
    front.clock.advance(minutes=30)
    assert "is over" in says((await front.post(link)).text)


@on_both
async def test_a_double_press_is_one_place(front: Front) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    seen = await asyncio.gather(*(front.post(link) for _ in range(20)))
    assert all(ROOM in each.text for each in seen)
    assert await front.admitted(gathering) == 1


async def test_chat_and_web_are_one_door(front: Front) -> None:
    gathering = await front.gathering(limit=2)
    ada, bo, cy = [await front.register(name, gathering) for name in ("Ada", "Bo", "Cy")]
    front.clock.move_to(START)
    in_chat = await front.asks("Ada", Call.of("join", gathering=gathering.id))
    assert any(isinstance(each, SecretLinkButton) for each in in_chat.buttons())
    assert ROOM in (await front.post(bo)).text
    turned_away = await front.post(cy)
    assert "is full" in says(turned_away.text)
    assert "k3pt" not in turned_away.text
    assert "is full" in plain(Locale(), await front.asks("Cy", Call.of("join", gathering=gathering.id)))
    assert ROOM in (await front.post(ada)).text, "whoever is in in chat may come back on the web"
    assert await front.admitted(gathering) == 2


async def test_late_is_a_kind_no_with_the_next_gathering(front: Front) -> None:
    gathering = await front.gathering()
    following = await front.gathering("Listening to anger", START + timedelta(days=1))
    link = await front.register("Ada", gathering)
    front.clock.move_to(START + timedelta(minutes=10))
    for seen in (await front.get(link), await front.post(link)):
        assert "We keep the circle undisturbed" in says(seen.text)
        assert f'href="/gatherings/{following.id}"' in seen.text
        assert "k3pt" not in seen.text
    assert await front.admitted(gathering) == 0


async def test_closed_by_hand_and_cancelled(front: Front) -> None:
    gathering = await front.gathering()
    ada, bo = await front.register("Ada", gathering), await front.register("Bo", gathering)
    front.clock.move_to(START)
    assert ROOM in (await front.post(ada)).text
    front.config = Config(facilitators=frozenset({address_of("Frances")}))
    await front.asks("Frances", Call.of("host-doors", gathering=gathering.id, act="close"))
    assert "k3pt" not in (await front.post(bo)).text
    assert ROOM in (await front.post(ada)).text
    await front.asks("Frances", Call.of("host-cancel", gathering=gathering.id, sure="yes", note="Frances is ill."))
    for link in (ada, bo):
        seen = await front.post(link)
        assert "was cancelled" in says(seen.text)
        assert "k3pt" not in seen.text


async def test_a_gathering_without_a_room_takes_no_place(front: Front) -> None:
    gathering = await front.gathering(link=None)
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    assert "is not ready yet" in says((await front.post(link)).text)
    assert await front.admitted(gathering) == 0


async def test_unknown_forged_and_revoked_are_one_answer(front: Front) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    await front.asks("Ada", Call.of("unregister", gathering=gathering.id))
    front.clock.move_to(START)
    forged = [
        f"/join/{front.links.door.sign(LinkKey(10**6))}",
        link[:-1] + ("A" if link[-1] != "A" else "B"),
        f"/join/{TokenSigner(['another key altogether'], 'join').sign(LinkKey(1))}",
        f"/join/{front.links.feed.sign(LinkKey(1))}",
        "/join/x",
        "/join/%00",
        "/join/9223372036854775808." + "A" * 43,
    ]
    for method in ("GET", "POST"):
        revoked = await front.send(method, link)
        assert revoked.status == 404
        for path in forged:
            seen = await front.send(method, path)
            assert (seen.status, seen.text) == (404, revoked.text), path
            assert _steady(seen.headers) == _steady(revoked.headers)
    assert await front.admitted(gathering) == 0


def _steady(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "Date"}


async def test_registering_again_gives_a_new_link(front: Front) -> None:
    gathering = await front.gathering()
    first = await front.register("Ada", gathering)
    await front.asks("Ada", Call.of("unregister", gathering=gathering.id))
    second = await front.register("Ada", gathering)
    assert first != second
    assert (await front.get(first)).status == 404
    assert (await front.get(second)).status == 200


async def test_every_lookup_of_a_token_asks_the_database_the_same(front: Front) -> None:
    """What takes as long does the same: a forged token is looked up like a revoked one."""
    asked: list[int] = []
    run = front.storage.run

    async def counting(work):  # type: ignore[no-untyped-def]
        asked.append(1)
        return await run(work)

    front.storage.run = counting  # type: ignore[method-assign]
    counts = []
    for path in ("/join/x", f"/join/{front.links.door.sign(LinkKey(10**6))}"):
        for method in ("GET", "POST"):
            asked.clear()
            await front.send(method, path)
            counts.append(len(asked))
    assert set(counts) == {1}


def test_keys_rotate_and_die() -> None:
    old = PersonalLinks(["old"], "https://a.example")
    rotated = PersonalLinks(["new", "old"], "https://a.example")
    dropped = PersonalLinks(["new"], "https://a.example")
    token = old.door.sign(LinkKey(12))
    assert rotated.door.verify(token) == LinkKey(12)
    assert dropped.door.verify(token) == UNKNOWN_LINK
    assert dropped.door.verify(rotated.door.sign(LinkKey(12))) == LinkKey(12), "the newest key signs"
    assert old.feed.verify(token) == UNKNOWN_LINK, "a link to a door opens no calendar"
    assert "•••" in repr(old.join(LinkKey(12)))


@pytest.mark.parametrize("number", [-1, 2**31, 2**70])
async def test_a_signed_id_that_no_database_holds_is_nobodys(front: Front, number: int) -> None:
    """Whoever has an old key could sign one; neither SQLite nor PostgreSQL is asked for it."""
    for path in (
        f"/join/{front.links.door.sign(LinkKey(number))}",
        f"/calendar/{front.links.feed.sign(LinkKey(number))}.ics",
    ):
        assert (await front.get(path)).status == 404


async def test_the_answer_is_kept_nowhere(front: Front) -> None:
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START)
    for seen in (await front.get(link), await front.post(link), await front.get("/join/x")):
        assert seen.headers["Cache-Control"] == "no-store"
        assert seen.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in seen.headers["Content-Security-Policy"]
        assert seen.headers["X-Content-Type-Options"] == "nosniff"
        assert seen.headers["Server"] == "htg", "no versions for strangers"
        assert seen.headers["Strict-Transport-Security"].startswith("max-age=")


async def test_a_door_is_read_in_one_transaction(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    gathering = await front.gathering()
    await front.gathering("Living with illness", START + timedelta(days=1))
    link = await front.register("Ada", gathering)
    run, runs = front.storage.run, list[object]()

    async def counted(work: Callable[[UnitOfWork], object]) -> object:
        runs.append(work)
        return await run(work)

    monkeypatch.setattr(front.storage, "run", counted)
    for minutes in (1, 5, 25):
        front.clock.move_to(START + timedelta(minutes=minutes))
        runs.clear()
        assert (await front.get(link)).status == 200
        assert len(runs) == 1
