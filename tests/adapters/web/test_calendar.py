"""The calendar files, read back with the library that wrote them and looked at as a calendar would."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from icalendar import Calendar

from adapters.web import calendar
from bot.gatherings.model import Gathering, Plan, Status
from bot.i18n import Locale
from bot.members.model import Person
from bot.plain_text import plain
from bot.request import Call
from bot.secrets import LinkKey
from bot.unit_of_work import UnitOfWork
from tests.adapters.web.conftest import START, Front

AUTUMN = datetime(2027, 10, 26, 17, 0, tzinfo=UTC)
"""Tuesday 19:00 in Madrid; a week later the clocks there have gone back."""


def read(text: str) -> Calendar:
    calendar = Calendar.from_ical(text)
    assert isinstance(calendar, Calendar)
    return calendar


def entries(text: str) -> dict[str, Any]:
    return {str(each["UID"]): each for each in read(text).events}


async def mine(front: Front, name: str) -> str:
    from tests.adapters.web.conftest import address_of

    def member(uow: UnitOfWork) -> LinkKey:

        return uow.members.get_or_create(Person(address_of(name), name), front.clock.now()).calendar

    token = front.links.feed.sign(await front.storage.run(member))
    return f"/calendar/{token}.ics"


async def change(front: Front, gathering: Gathering, **changed: Any) -> None:
    def work(uow: UnitOfWork) -> None:
        found = uow.gatherings.get(gathering.id)
        assert found is not None
        uow.gatherings.save(replace(found, **changed), front.clock.now())

    await front.storage.run(work)


async def test_the_public_feed_has_every_part_and_no_link_to_a_door(front: Front) -> None:
    one = await front.gathering(description="An evening to be heard.\nNo advice; no fixing, ever.")
    parts = await front.series("Living with illness", [START + timedelta(weeks=week) for week in (1, 2, 3)])
    await front.register("Ada", one)
    seen = await front.get("/gatherings.ics")
    assert seen.headers["Content-Type"] == "text/calendar; charset=utf-8"
    found = entries(seen.text)
    assert list(found) == [f"gathering-{each.id}@gatherings.example" for each in (one, *parts)]
    titles = [str(each["SUMMARY"]) for each in found.values()]
    assert titles[1:] == [f"Living with illness (part {n} of 3)" for n in (1, 2, 3)]
    first = found[f"gathering-{one.id}@gatherings.example"]
    assert "An evening to be heard.\nNo advice; no fixing, ever." in str(first["DESCRIPTION"])
    assert first["URL"] == f"https://gatherings.example/gatherings/{one.id}"
    for secret in ("k3pt", "/join/", "Ada"):
        assert secret not in seen.text.replace("\r\n ", "")


async def test_times_keep_their_zone_over_the_change_of_clocks(front: Front) -> None:
    front.clock.move_to(AUTUMN - timedelta(days=1))
    await front.series("Living with illness", [AUTUMN, AUTUMN + timedelta(days=7, hours=1)])
    seen = await front.get("/gatherings.ics")
    assert "BEGIN:VTIMEZONE" in seen.text
    assert "DTSTART;TZID=Europe/Madrid:20271026T190000" in seen.text
    assert "DTSTART;TZID=Europe/Madrid:20271102T190000" in seen.text
    starts = [each["DTSTART"].dt.astimezone(UTC) for each in entries(seen.text).values()]
    assert starts == [AUTUMN, AUTUMN + timedelta(days=7, hours=1)]
    zone = read(seen.text).timezones[0].to_tz(lookup_tzid=False)
    for start in starts:
        local = start.astimezone(zone)
        assert (local.hour, local.minute) == (19, 0), "the file's own rules say the same as the zone's name"


async def test_what_does_not_change_is_the_same_bytes_and_not_sent_twice(front: Front) -> None:
    one = await front.gathering()
    await front.register("Ada", one)
    await change(front, one, title="Grief and Gratitude, anew")
    said_at = f"{front.clock.now():%Y%m%dT%H%M%SZ}"
    for path in ("/gatherings.ics", await mine(front, "Ada")):
        first = await front.get(path)
        tag = first.headers["Etag"]
        assert tag.startswith('"'), "a strong one: the bytes are the same"
        front.clock.advance(minutes=7)
        again = await front.get(path)
        assert (again.text, again.headers["Etag"]) == (first.text, tag)
        assert f"DTSTAMP:{said_at}" in again.text, "when it was changed, not when it was asked for"
        for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            seen = await front.get(path, If_None_Match=known)
            assert (seen.status, seen.text, seen.headers["Etag"]) == (304, "", tag), known
            assert seen.headers["Cache-Control"] == first.headers["Cache-Control"]
        for unknown in ('"x"', "nonsense", '"', ""):
            assert (await front.get(path, If_None_Match=unknown)).text == first.text, unknown
        head = await front.send("HEAD", path)
        assert (head.status, head.text) == (200, "")
        assert head.headers["Content-Length"] == first.headers["Content-Length"] == str(len(first.text.encode()))
        assert head.headers["Etag"] == tag
    front.clock.advance(minutes=1)
    await change(front, one, title="Grief and Gratitude")
    for path in ("/gatherings.ics", await mine(front, "Ada")):
        assert (await front.get(path, If_None_Match=tag)).status == 200
    assert (await front.get("/gatherings.ics", Accept_Language="es")).headers["Etag"] != tag


async def test_the_public_feed_says_when_it_was_changed_last(front: Front) -> None:
    one = await front.gathering()
    await change(front, one, title="Grief")
    first = await front.get("/gatherings.ics")
    at = first.headers["Last-Modified"]
    assert parsedate_to_datetime(at) == front.clock.now()
    assert (await front.get("/gatherings.ics", If_Modified_Since=at)).status == 304
    assert (await front.get("/gatherings.ics", If_Modified_Since=at, If_None_Match='"x"')).status == 200
    front.clock.advance(minutes=1)
    await change(front, one, title="Gratitude")
    assert (await front.get("/gatherings.ics", If_Modified_Since=at)).status == 200
    await front.register("Ada", one)
    assert "Last-Modified" not in (await front.get(await mine(front, "Ada"))).headers


async def test_unregistering_and_a_new_link_are_changes_of_ones_own_calendar(front: Front) -> None:
    one, _ = await front.gathering(), await front.gathering("Listening to anger")
    await front.register("Ada", one)
    path = await mine(front, "Ada")
    tags = [(await front.get(path)).headers["Etag"]]
    for call in ("unregister", "register", "unregister"):
        await front.asks("Ada", Call.of(call, gathering=one.id))
        seen = await front.get(path, If_None_Match=tags[-1])
        assert seen.status == 200, call
        tags.append(seen.headers["Etag"])
    assert len(set(tags)) == 3
    assert tags[1] == tags[3], "nothing is in it again"


async def test_it_is_rendered_once_for_each_change_and_off_the_loop(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await front.gathering()
    threads: list[int] = []
    render = calendar.public_feed

    def counting(*arguments: Any) -> bytes:
        threads.append(threading.get_ident())
        return render(*arguments)

    monkeypatch.setattr(calendar, "public_feed", counting)
    asked: list[int] = []
    run = front.storage.run

    async def looking(work: Any) -> Any:
        asked.append(1)
        return await run(work)

    monkeypatch.setattr(front.storage, "run", looking)
    seen = await asyncio.gather(*(front.get("/gatherings.ics") for _ in range(20)))
    assert len({each.text for each in seen}) == 1
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()
    asked.clear()
    await front.get("/gatherings.ics")
    assert len(asked) == 1, "nothing but whether something changed"
    await front.get("/gatherings.ics", Accept_Language="es")
    await change(front, one, title="Another")
    await front.get("/gatherings.ics")
    assert len(threads) == 3


async def test_no_state_of_the_feed_is_taken_for_another(front: Front) -> None:
    """Its version is another one after whatever happens to any gathering in it."""
    versions = []

    async def version() -> str:
        since = front.clock.now() - calendar.LOOK_BACK
        return await front.storage.run(lambda uow: uow.gatherings.public_version(since, limit=calendar.FEED_LIMIT))

    versions.append(await version())
    one = await front.gathering()
    versions.append(await version())
    two = await front.gathering("Another", START + timedelta(days=1))
    versions.append(await version())
    await change(front, one, title="Anew")
    versions.append(await version())
    await change(front, two, status=Status.CANCELLED)
    versions.append(await version())
    front.clock.advance(days=31)
    versions.append(await version())
    front.clock.advance(days=1)
    versions.append(await version())
    assert len(set(versions[:-1])) == len(versions) - 1
    assert versions[-1] == versions[0], "both are gone by"


async def test_ones_own_calendar_is_in_no_index(front: Front) -> None:
    link = await front.register("Ada", await front.gathering())
    path = await mine(front, "Ada")
    for seen in (
        await front.get(path),
        await front.get(path, If_None_Match="*"),
        await front.get("/calendar/x.ics"),
        await front.send("DELETE", path),
        await front.get(link),
        await front.post(link),
        await front.send("PUT", link),
    ):
        assert seen.headers["X-Robots-Tag"] == "noindex, nofollow", seen.status
    assert "X-Robots-Tag" not in (await front.get("/gatherings.ics")).headers


async def test_a_change_raises_the_sequence_and_a_cancellation_says_so(front: Front) -> None:
    one = await front.gathering()
    uid = f"gathering-{one.id}@gatherings.example"
    before = entries((await front.get("/gatherings.ics")).text)[uid]
    await change(front, one, starts_at=START + timedelta(hours=1))
    moved = entries((await front.get("/gatherings.ics")).text)[uid]
    assert moved["SEQUENCE"] > before["SEQUENCE"]
    assert moved["DTSTART"].dt == START + timedelta(hours=1)
    await change(front, one, status=Status.CANCELLED)
    gone = entries((await front.get("/gatherings.ics")).text)[uid]
    assert gone["SEQUENCE"] > moved["SEQUENCE"]
    assert (before["STATUS"], gone["STATUS"]) == ("CONFIRMED", "CANCELLED")


async def test_what_has_moved_says_when_it_was_to_begin(front: Front) -> None:
    one, staying = await front.gathering(), await front.gathering("Listening to anger")
    await change(front, one, starts_at=START + timedelta(hours=1), moved_from=START)
    shown = entries((await front.get("/gatherings.ics")).text)
    sentence = "It has moved. Before, it was to begin Thursday 3 December 2026, 18:00 (Madrid time)."
    assert sentence in shown[f"gathering-{one.id}@gatherings.example"]["DESCRIPTION"]
    assert "It has moved" not in shown[f"gathering-{staying.id}@gatherings.example"]["DESCRIPTION"]


async def test_ones_own_has_the_way_in_and_nothing_of_others(front: Front) -> None:
    one, other = await front.gathering(), await front.gathering("Listening to anger")
    link = await front.register("Ada", one)
    await front.register("Bo", other)
    seen = await front.get(await mine(front, "Ada"))
    assert seen.headers["Cache-Control"] == "no-store"
    found = entries(seen.text)
    assert list(found) == [f"gathering-{one.id}@gatherings.example"]
    assert str(found[f"gathering-{one.id}@gatherings.example"]["URL"]) == f"https://gatherings.example{link}"
    assert "k3pt" not in seen.text
    await change(front, one, status=Status.CANCELLED)
    seen = await front.get(await mine(front, "Ada"))
    assert "STATUS:CANCELLED" in seen.text
    assert "/join/" not in seen.text.replace("\r\n ", "")
    await front.asks("Ada", Call.of("unregister", gathering=one.id))


async def test_unregistering_takes_it_out(front: Front) -> None:
    one = await front.gathering()
    await front.register("Ada", one)
    await front.asks("Ada", Call.of("unregister", gathering=one.id))
    seen = await front.get(await mine(front, "Ada"))
    assert (seen.status, entries(seen.text)) == (200, {})


async def test_a_leaked_address_leads_nowhere_once_it_is_renewed(front: Front) -> None:
    """Not even to the link of a registration that was made anew."""
    one = await front.gathering()
    await front.register("Ada", one)
    leaked = await mine(front, "Ada")
    assert (await front.get(leaked)).status == 200
    view = await front.asks("Ada", Call("privacy"))
    assert "New calendar address" in plain(Locale("en", ""), view)
    renewed = await front.asks("Ada", Call("new-calendar"))
    assert "no longer works" in plain(Locale("en", ""), renewed)
    await front.asks("Ada", Call.of("unregister", gathering=one.id))
    link = await front.register("Ada", one)
    unknown = await front.get("/calendar/x.ics")
    seen = await front.get(leaked)
    assert (seen.status, seen.text) == (unknown.status, unknown.text) == (404, unknown.text)
    assert link in (await front.get(await mine(front, "Ada"))).text.replace("\r\n ", "")


async def test_no_stranger_has_a_calendar(front: Front) -> None:
    unknown = await front.get(f"/calendar/{front.links.feed.sign(LinkKey(10**6))}.ics")
    forged = await front.get("/calendar/x.ics")
    of_a_door = await front.get(f"/calendar/{front.links.door.sign(LinkKey(1))}.ics")
    assert {each.status for each in (unknown, forged, of_a_door)} == {404}
    assert {each.text for each in (unknown, forged, of_a_door)} == {unknown.text}


async def test_calendars_are_told_when_to_look_again(front: Front) -> None:
    await front.gathering()
    text = (await front.get("/gatherings.ics")).text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in text
    assert "X-PUBLISHED-TTL:PT1H" in text
    assert text.count("X-WR-CALNAME:Healing Together") == 1
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert text == (await front.get("/gatherings.ics")).text, "nothing in it changes by itself"


async def test_drafts_are_in_no_calendar_and_on_no_page(front: Front) -> None:

    plan = Plan("A draft", START, "Europe/Madrid")
    draft = (await front.storage.run(lambda uow: uow.gatherings.add([plan], Status.DRAFT)))[0]
    for path in ("/", "/gatherings.ics"):
        assert "A draft" not in (await front.get(path)).text
    assert (await front.get(f"/gatherings/{draft.id}")).status == 404
