"""The events page: public, shareable, in the reader's language, and without a word about anybody who comes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from adapters.web.accept_language import preferred_language
from bot.gatherings.model import Status
from bot.redaction.detect import gives_away
from bot.request import Call
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.encryption.keyring import Keyring, Purpose
from storage.repositories.gathering_rows import _redact
from tests.adapters.web.conftest import START, Front
from tests.adapters.web.test_door import says

HOSTILE = "<script>alert(1)</script> & \"quotes\" 'too' {{ 7*7 }}"


async def test_what_is_coming_series_together(front: Front) -> None:
    await front.gathering(description="An evening to be heard.")
    await front.series("Living with illness", [START + timedelta(weeks=week) for week in (1, 2, 3)])
    text = says((await front.get("/")).text)
    assert "Grief and Gratitude Thursday 3 December, 18:00 (Madrid time) with Frances" in text
    assert "A series of 3 parts Living with illness Part 1 of 3: Thursday 10 December, 18:00 (Madrid time)" in text
    assert text.count("Living with illness") == 1


@pytest.mark.parametrize(("planned", "said"), [(2, False), (3, True)])
async def test_a_page_that_does_not_hold_everything_says_so(
    front: Front, monkeypatch: pytest.MonkeyPatch, planned: int, said: bool
) -> None:
    monkeypatch.setattr("adapters.web.public.LISTED", 2)
    for number in range(planned):
        await front.gathering(f"Circle {number}", at=START + timedelta(days=number))
    text = says((await front.get("/")).text)
    assert ["Circle 1" in text, "Circle 2" in text] == [True, False]
    assert ("These are the next 2 gatherings. Later ones are in the calendar." in text) is said


async def test_a_page_for_each_can_be_shared(front: Front) -> None:
    one = await front.gathering(description="An evening to be heard.")
    await front.register("Ada Lovelace", one)
    seen = await front.get(f"/gatherings/{one.id}")
    assert "<title>Grief and Gratitude · Healing Together</title>" in seen.text
    assert '<meta property="og:title" content="Grief and Gratitude · Healing Together">' in seen.text
    assert 'content="Thursday 3 December, 18:00 (Madrid time) · Free, 90 minutes on Zoom.' in seen.text
    assert f'<link rel="canonical" href="https://gatherings.example/gatherings/{one.id}">' in seen.text
    assert 'href="https://slack.com/app_redirect?team=T1&amp;channel=C1"' in seen.text
    assert f"type /htg register {one.id} in Slack or Discord" in says(seen.text)
    assert "Ada" not in seen.text
    assert "k3pt" not in seen.text


async def test_words_of_others_stay_words(front: Front) -> None:
    one = await front.gathering(HOSTILE, description=HOSTILE, facilitators=HOSTILE)
    link = await front.register("<b>Ada</b>", one)
    for path in ("/", f"/gatherings/{one.id}", link):
        text = (await front.get(path)).text
        assert "<script>alert" not in text
        assert "<b>Ada" not in text
        assert ">49<" not in text
        assert " 49 " not in text


async def test_a_cancelled_one_says_so_and_offers_no_registration(front: Front) -> None:
    from tests.adapters.web.test_calendar import change

    one = await front.gathering()

    await change(front, one, status=Status.CANCELLED, note="Frances is ill.")
    text = says((await front.get(f"/gatherings/{one.id}")).text)
    assert "This gathering is cancelled." in text
    assert "Frances is ill." in text
    assert "Register in Slack" not in text
    assert "Grief and Gratitude" not in says((await front.get("/")).text)


async def test_when_doors_are_closed_or_all_is_over(front: Front) -> None:
    one = await front.gathering()
    front.clock.move_to(START + timedelta(minutes=11))
    assert "the doors are closed" in says((await front.get(f"/gatherings/{one.id}")).text)
    front.clock.advance(hours=3)
    assert "is over" in says((await front.get(f"/gatherings/{one.id}")).text)


async def test_nothing_planned_is_said_kindly(front: Front) -> None:
    assert "No gatherings are planned just now." in says((await front.get("/")).text)


@pytest.mark.parametrize("number", ["999", "x", "0", "-1", "01", "%231", "%201", "1%20", "%D9%A1", "9" * 20, "1/"])
@pytest.mark.parametrize("page", ["/gatherings/{}", "/gatherings/{}/picture.png", "/nothing/{}"])
async def test_what_is_not_there(front: Front, page: str, number: str) -> None:
    """A page has one address: others that could be read as its number are none of it."""
    await front.gathering()
    seen = await front.send("GET", page.format(number))
    assert (seen.status, "There is nothing here" in seen.text) == (404, True)


async def test_in_the_language_of_the_browser_or_the_members_own(front: Front) -> None:
    one = await front.gathering()
    link = await front.register("Ada", one)
    seen = await front.get("/", Accept_Language="es-ES,es;q=0.9,en;q=0.8")
    assert '<html lang="es"' in seen.text
    assert "Próximos encuentros" in seen.text
    assert seen.headers["Vary"] == "Accept-Language"
    await front.asks("Ada", Call.of("settings", language="es", zone="America/Bogota", reminders="", direct="yes"))
    seen = await front.get(link, Accept_Language="en")
    assert '<html lang="es"' in seen.text
    assert "11:45" in seen.text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("es", "es"), ("en;q=0.4, es;q=0.7", "es"), ("fr, de;q=0.5", None), ("fr, es;q=0.1", "es"), ("es;q=0", None),
        ("", None), ("*", None), ("es;q=nan, en", "en"), ("ES-mx", "es"), (";;;,,,=", None), ("fr," * 500 + "es", None),
    ],
)  # fmt: skip
def test_the_browsers_languages(header: str, language: str | None) -> None:
    assert preferred_language([header]) == language


async def test_files_are_kept_for_good_under_their_content(front: Front) -> None:
    import re

    text = (await front.get("/")).text
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', text):
        seen = await front.get(path)
        assert seen.status == 200
        assert "immutable" in seen.headers["Cache-Control"]
    assert "immutable" not in (await front.get("/static/page.css")).headers.get("Cache-Control", "")
    for nothing in ("/static/../run.py", "/static/%2e%2e/run.py", "/static/", "/static", "/.git/config", "/.env"):
        seen = await front.get(nothing)
        assert (seen.status, "There is nothing here" in seen.text) == (404, True), nothing
    assert not re.findall(r'(?:href|src)="https?://(?!gatherings\.example)', text), "nobody else is asked for anything"


@pytest.mark.parametrize(
    "leak",
    [
        "Meeting 123 456 78901",
        "the word is 98QZ77",
        "https://x.example/?u=https%3A%2F%2Fzoom.us%2Fj%2F1",
        "zoom[.]us/j/1",
    ],
)
async def test_what_was_kept_before_shows_no_way_in(front: Front, leak: str) -> None:
    link = ZoomLink("https://zoom.us/j/12345678901", "98qz77")
    one = await front.gathering(f"Circle {leak}", description=f"Come. {leak}", facilitators=leak, link=link)
    for path in ("/", f"/gatherings/{one.id}", "/gatherings.ics"):
        seen = await front.get(path)
        assert leak not in says(seen.text)
        assert not gives_away(seen.text, link)


async def test_a_room_elsewhere_is_called_by_its_host(front: Front) -> None:
    one = await front.gathering(link=ZoomLink("https://meet.example.org/k3pt"))
    for path in (f"/gatherings/{one.id}", "/"):
        assert "Zoom" not in (await front.get(path)).text
    assert "90 minutes on meet.example.org" in (await front.get(f"/gatherings/{one.id}")).text
    feed = await front.get("/gatherings.ics")
    assert "\r\nLOCATION:meet.example.org\r\n" in feed.text
    assert "Zoom" not in feed.text


async def test_a_link_that_no_key_opens_takes_no_page_away(front: Front) -> None:
    lost, other = await front.gathering("Circle"), await front.gathering("Grief zoom.us/j/81234567891", link=None)

    def lose(uow: UnitOfWork) -> None:
        sealed = Keyring(["a-key-that-is-lost-since"]).seal(Purpose.ZOOM_LINKS, f"gatherings.zoom_link:{lost.id}", b"x")
        change = text("UPDATE gatherings SET zoom_link = :sealed WHERE id = :this")
        uow.connection.execute(change, {"sealed": sealed, "this": lost.id})  # type: ignore[attr-defined]

    door = await front.register("Ada", lost)
    await front.storage.run(lose)
    for path in ("/", f"/gatherings/{lost.id}", f"/gatherings/{other.id}", "/gatherings.ics", door):
        seen = await front.get(path)
        assert seen.status == 200
        assert "zoom.us/j" not in seen.text
    assert "Free, 90 minutes online." in (await front.get(f"/gatherings/{lost.id}")).text
    front.clock.move_to(START)
    assert (
        "its room is not ready yet" in (await front.post(door, Content_Type="application/x-www-form-urlencoded")).text
    )


async def test_looking_for_a_way_in_is_done_once_and_not_for_each_reader(front: Front) -> None:
    for number in range(20):
        await front.gathering(f"Circle {number}", description="Come as you are.")
    await front.get("/")
    await front.get("/gatherings.ics")
    before = _redact.cache_info().misses
    for path in ("/", "/gatherings.ics", "/"):
        await front.get(path)
    assert _redact.cache_info().misses == before
