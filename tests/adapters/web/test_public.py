"""The events page for search engines, other sites and other programs; and what it says of now."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from adapters.web.picture import MARGIN, TEXT_WIDTH, PictureWords, draw
from adapters.web.render import PageRenderer, RegistrationLink
from bot.config import Config
from bot.gatherings.model import Status
from bot.i18n import Locale
from bot.pages.public_texts import near
from bot.views import Link
from tests.adapters.web.conftest import START, Front
from tests.adapters.web.test_calendar import change
from tests.adapters.web.test_door import says
from tests.samples.values import a_gathering

pytestmark = pytest.mark.loopback
BASE = "https://gatherings.example"


def structured(page: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(found)  # type: ignore[no-any-return]


async def test_a_search_engine_reads_an_event(front: Front) -> None:
    one = await front.gathering(description="An evening to be heard.")
    event = structured((await front.get(f"/gatherings/{one.id}")).text)
    assert event["@context"] == "https://schema.org"
    assert event["@type"] == "Event"
    assert event["name"] == "Grief and Gratitude"
    assert (event["startDate"], event["endDate"]) == ("2026-12-03T18:00:00+01:00", "2026-12-03T19:30:00+01:00")
    assert event["location"] == {"@type": "VirtualLocation", "url": f"{BASE}/gatherings/{one.id}"}
    assert event["organizer"]["name"] == "Healing Together"
    assert event["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    assert event["offers"]["availability"] == "https://schema.org/InStock"
    assert event["isAccessibleForFree"] is True
    await change(front, one, status=Status.CANCELLED)
    assert structured((await front.get(f"/gatherings/{one.id}")).text)["eventStatus"].endswith("/EventCancelled")


async def test_the_list_is_a_list_of_events(front: Front) -> None:
    await front.series("Living with illness", [START + timedelta(weeks=week) for week in (1, 2, 3)])
    listed = structured((await front.get("/")).text)
    assert listed["@type"] == "ItemList"
    assert [item["position"] for item in listed["itemListElement"]] == [1, 2, 3]
    assert {item["item"]["@type"] for item in listed["itemListElement"]} == {"Event"}


async def test_words_of_others_end_no_script(front: Front) -> None:
    hostile = "</script><script>alert(1)</script><!-- & \u2028"
    one = await front.gathering(hostile, description=hostile)
    for path in ("/", f"/gatherings/{one.id}"):
        text = (await front.get(path)).text
        assert "<script>alert" not in text
        assert "\u2028" not in re.findall(r"ld\+json.>(.*?)</script>", text, re.DOTALL)[0]
        found = structured(text)
        event = found if path != "/" else found["itemListElement"][0]["item"]
        assert event["name"] == one.title


async def test_other_programs_read_what_the_page_shows(front: Front) -> None:
    one = await front.gathering()
    await front.register("Ada", one)
    seen = await front.get("/gatherings.json")
    assert seen.headers["Access-Control-Allow-Origin"] == "*"
    assert seen.headers["Content-Type"].startswith("application/json")
    (found,) = json.loads(seen.text)["gatherings"]
    assert found["id"] == one.id
    assert found["starts_at"] == "2026-12-03T18:00:00+01:00"
    assert found["doors"] == "early"
    assert found["url"] == f"{BASE}/gatherings/{one.id}"
    assert "Ada" not in seen.text
    assert "k3pt" not in seen.text
    assert "admitted" not in seen.text, "nobody is counted in public"


async def test_only_the_list_may_be_framed(front: Front) -> None:
    one = await front.gathering()
    framed = await front.get("/embed")
    assert "frame-ancestors *" in framed.headers["Content-Security-Policy"]
    assert "form-action 'none'" in framed.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed.headers
    assert 'target="_blank" rel="noopener"' in framed.text
    assert "<form" not in framed.text
    assert "Grief and Gratitude" in framed.text
    link = await front.register("Ada", one)
    for path in (
        "/",
        f"/gatherings/{one.id}",
        "/gatherings.json",
        "/embed/",
        "/embed2",
        link,
    ):
        seen = await front.get(path)
        assert "frame-ancestors 'none'" in seen.headers["Content-Security-Policy"], path
        assert seen.headers["X-Frame-Options"] == "DENY", path


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (timedelta(minutes=20), "tonight"), (timedelta(hours=9), "tonight"), (timedelta(hours=19), "tomorrow"),
        (timedelta(days=2), "in 2 days"), (timedelta(days=13), "in 13 days"), (timedelta(days=14), ""),
    ],
)  # fmt: skip
def test_how_soon_it_is_goes_by_the_calendar(until: timedelta, said: str) -> None:
    assert near(Locale(), a_gathering(starts_at=START), START - until) == said


def test_by_day_it_is_today() -> None:
    assert near(Locale(), a_gathering(starts_at=START - timedelta(hours=8)), START - timedelta(hours=9)) == "today"
    assert near(Locale("es"), a_gathering(starts_at=START), START - timedelta(hours=9)) == "esta noche"


async def test_full_and_begun_are_said_truly_with_the_next_one(front: Front) -> None:
    one = await front.gathering(limit=1)
    later = await front.gathering("Living with illness", START + timedelta(days=1))
    path = await front.register("Ada", one)
    front.clock.move_to(START - timedelta(minutes=5))
    assert "The doors are open" in says((await front.get("/")).text)
    await front.post(path)
    assert "Full: all places are taken" in says((await front.get("/")).text)
    page = says((await front.get(f"/gatherings/{one.id}")).text)
    assert "All places are taken." in page
    assert "The next gathering is Living with illness" in page
    front.clock.move_to(START + timedelta(minutes=20))
    seen = await front.get(f"/gatherings/{one.id}")
    assert f'href="/gatherings/{later.id}"' in seen.text


async def test_a_page_for_paper_and_for_others(front: Front) -> None:
    one = await front.gathering()
    text = (await front.get(f"/gatherings/{one.id}")).text
    assert f'data-share="{BASE}/gatherings/{one.id}"' in text
    assert f"Register at {BASE}/gatherings/{one.id}" in says(text)
    front.clock.move_to(START + timedelta(minutes=20))
    assert "Register at" not in says((await front.get(f"/gatherings/{one.id}")).text)
    assert 'href="webcal://gatherings.example/gatherings.ics"' in text


async def test_each_part_of_a_series_has_a_page_in_its_own_words(front: Front) -> None:
    """And the list has those of the next part, with the titles of all."""
    starts = [START, START + timedelta(weeks=1)]
    one, two = await front.series("What we keep", starts, description="Bring a photograph.")
    await change(front, two, title="What we put down", description="Bring a stone.", facilitators="Amara")
    own, other = [says((await front.get(f"/gatherings/{each.id}")).text) for each in (two, one)]
    for said in ("What we put down · Healing Together", "with Amara", "Bring a stone.", f"/htg register {two.id}"):
        assert said in own
        assert said not in other
    assert "Part 1 of 2, What we keep :" in own
    text = (await front.get("/")).text
    assert "Part 2 of 2, What we put down :" in says(text)
    assert "Bring a photograph." in text
    assert f'<li><a href="/gatherings/{two.id}">' in text, "its own words are a press away"
    assert f'<li><a href="/gatherings/{two.id}" target="_blank"' in (await front.get("/embed")).text
    front.clock.move_to(START + timedelta(hours=2))
    assert "Bring a stone." in (await front.get("/")).text


async def test_the_events_page_says_what_a_gathering_is(front: Front) -> None:
    text = says((await front.get("/")).text)
    assert "For 90 minutes we meet online, up to 90 of us." in text
    assert "It is held by Healing Together." in text


async def test_a_picture_for_whoever_shares_it(front: Front) -> None:
    one = await front.gathering("Duelo y gratitud: ¿cómo seguir? \U0001f33f")
    for path, picture in (("/", "/picture.png"), (f"/gatherings/{one.id}", f"/gatherings/{one.id}/picture.png")):
        assert f'<meta property="og:image" content="{BASE}{picture}">' in (await front.get(path)).text
        async with front.client.get(front.base + picture) as response:
            drawn = Image.open(BytesIO(await response.read()))
            assert (response.status, response.content_type) == (200, "image/png")
        assert (drawn.size, drawn.format) == ((1200, 630), "PNG")
    for missing in ("999", "x", "0"):
        assert (await front.get(f"/gatherings/{missing}/picture.png")).status == 404


@pytest.mark.parametrize("title", ["", "W" * 200, "Wandering " * 20, "\U0001f33f\U0001f33f", "دائرة"])
def test_whatever_it_is_called_the_picture_holds_it(title: str) -> None:
    drawn = Image.open(BytesIO(draw(PictureWords(title, "Thursday 3 December, 18:00", "Healing Together " * 9))))
    colours = {colour for _, colour in drawn.crop((MARGIN + TEXT_WIDTH + 4, 0, 860, 630)).getcolors() or []}
    assert colours == {(248, 243, 236)}, "text runs into the mark"


async def test_what_is_kept_is_said_before_anybody_registers(front: Front) -> None:
    for language, said in (("en", "for 24 hours"), ("es", "durante 24 horas")):
        seen = await front.get("/privacy", Accept_Language=language)
        assert said in says(seen.text)
    assert 'href="/privacy"' in (await front.get("/")).text


def test_who_holds_it_is_named_with_a_way_to_write_to_them() -> None:
    config = Config(
        organisation="Healing Together",
        website="https://healing.example",
        contact=Link("hello@healing.example", "mailto:hello@healing.example"),
    )
    page = PageRenderer(config, [RegistrationLink("Slack", invite="https://join.slack.example/x")], by_mail=True)
    text = page.events(Locale(), [], START)
    assert '<a href="https://healing.example" rel="noreferrer">Healing Together</a>' in text
    assert "hello@healing.example" in text
    assert 'href="https://join.slack.example/x"' in text
    assert "a first name and an e-mail address are enough" in text


@pytest.mark.parametrize("about", ["link", 404, 429, 500])
def test_whom_to_write_to_stands_at_the_foot_of_every_page(about: int | str) -> None:
    contact = Link("hello@healing.example", "mailto:hello@healing.example")
    pages = PageRenderer(Config(contact=contact, website="https://healing.example"))
    for page in (pages.notice(Locale(), about), pages.privacy(Locale()), pages.events(Locale(), [], START)):
        foot = says(page.partition("<footer>")[2])
        assert "Somebody reads what you write to hello@healing.example ." in foot
        assert "More about us: healing.example" in foot


def test_a_dead_link_says_where_ones_own_are_in_chat_and_by_letter() -> None:
    said = says(PageRenderer(Config()).notice(Locale(), "link"))
    assert "In chat, /htg mine has your own links; by e-mail, the button in your latest letter leads to them." in said


@pytest.mark.parametrize("path", ["/", "/embed", "/gatherings.json"])
async def test_a_list_that_did_not_change_is_not_sent_again(front: Front, path: str) -> None:
    one = await front.gathering()
    first = await front.get(path)
    same = await front.get(path, If_None_Match=first.headers["Etag"])
    assert (same.status, same.text) == (304, "")
    assert same.headers["Cache-Control"] == first.headers["Cache-Control"]
    await front.storage.run(lambda uow: uow.gatherings.save(replace(one, title="Held together")))
    changed = await front.get(path, If_None_Match=first.headers["Etag"])
    assert changed.status == 200
    assert "Held together" in changed.text


@pytest.mark.parametrize("path", ["/", "/embed"])
async def test_a_list_is_kept_for_each_language(front: Front, path: str) -> None:
    await front.gathering()
    english, spanish = [await front.get(path, Accept_Language=each) for each in ("en", "es")]
    assert (english.status, spanish.status) == (200, 200)
    assert english.headers["Etag"] != spanish.headers["Etag"]
    assert 'lang="es"' in spanish.text
