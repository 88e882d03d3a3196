"""Registering with nothing but a browser and a mailbox; and the personal page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from aiohttp import FormData

from adapters.web import recent_answers
from adapters.web.run import application, serving
from bot.addresses import Address
from bot.catalogue import listed
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Status
from bot.members.model import Person
from bot.pages.texts import plain_text, spoken_lines
from bot.request import Call, Request
from bot.secrets import LinkKey
from bot.signups.model import SIGNUP_LIFE
from bot.unit_of_work import UnitOfWork
from bot.views import Item
from storage.engine.open import OpenStorage
from tests.adapters.web.conftest import ROOM, START, Front
from tests.adapters.web.house import ADA, House, a_house, read_address
from tests.adapters.web.test_calendar import change
from tests.databases import on_both

pytestmark = pytest.mark.loopback


@pytest.fixture
async def house(storage: OpenStorage) -> AsyncIterator[House]:
    async with a_house(storage) as opened:
        yield opened


async def test_with_a_browser_and_a_mailbox_alone(house: House) -> None:
    gathering = await house.gathering()
    page = await house.get(f"/gatherings/{gathering.id}")
    assert 'action="/gatherings/1/register"' in page.text
    assert 'autocomplete="email"' in page.text
    sent = await house.sign_up(gathering.id, zone="Madrid")
    assert sent.status == 200
    assert f"We have written to <strong>{ADA}</strong>" in sent.text
    assert await house.registered(gathering.id) == []
    assert await house.delivered() == 1
    confirm = house.mailbox.link("Yes, register me")
    asked = await house.get(confirm)
    assert "Hello, Ada" in asked.text
    assert await house.registered(gathering.id) == [], "opening the letter's link registers nobody"
    done = await house.post(confirm)
    assert "You are registered" in done.text
    assert await house.registered(gathering.id) == ["Ada"]
    path = re.search(r'data-page="(/me/[^"]+)"', done.text)
    assert path is not None
    mine = await house.get(path[1])
    assert "My gatherings" in mine.text
    assert "Grief and Gratitude" in mine.text
    gone = await house.press(path[1], "Unregister", mine)
    assert "You are no longer registered" in gone.text
    assert await house.registered(gathering.id) == []
    again = await house.post(confirm)
    assert "You are registered" in again.text
    opened = await house.get(confirm)
    assert "You are registered." in opened.text
    assert "To my page" in opened.text
    assert "Yes, register me" not in opened.text


async def test_of_a_series_the_letter_and_its_page_name_all_that_the_button_takes(house: House) -> None:
    parts = await house.series("Letting go", [START + timedelta(weeks=week) for week in range(3)])
    await house.sign_up(parts[1].id)
    await house.delivered()
    letter = house.mailbox.letters[-1][1]
    lines = [row for part in letter.parts if isinstance(part, Item) for row in part.lines]
    said = "\n".join(plain_text(spans) for spans in (*spoken_lines(letter), *lines))
    assert "these parts of" in said
    assert "within 24 hours" in said
    asked = await house.get(house.mailbox.link("Yes, register me"))
    assert "<h1>Letting go</h1>" in asked.text
    for number in (1, 2, 3):
        assert f"Part {number} of 3" in said
        assert f"Part {number} of 3" in asked.text
    await house.post(house.mailbox.link("Yes, register me"))
    assert [await house.registered(part.id) for part in parts] == [["Ada"]] * 3


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_letter_of_yesterday_says_that_its_button_was_good_for_a_day(house: House, language: str) -> None:
    gathering = await house.gathering()
    await house.sign_up(gathering.id)
    await house.delivered()
    confirm = house.mailbox.link("Yes, register me")
    house.clock.move_to(house.clock.now() + SIGNUP_LIFE + timedelta(seconds=1))
    spoken = {"en": ("good for 24 hours", "register again"), "es": ("24 horas", "vuelve a inscribirte")}[language]
    for answer in (
        await house.send("GET", confirm, Accept_Language=language),
        await house.send("POST", confirm, Accept_Language=language),
    ):
        assert answer.status == 404
        for sentence in spoken:
            assert sentence in answer.text
    assert await house.registered(gathering.id) == []


async def test_she_comes_in_from_her_page(house: House) -> None:
    gathering = await house.gathering()
    path = await house.personal()
    await house.storage.run(
        lambda uow: uow.registrations.add(
            uow.members.get_or_create(Person(read_address(ADA)), START).id, [gathering.id], START
        )
    )
    house.clock.move_to(START)
    pressed = await house.get(f"{path}?do=join%3Fgathering%3D{gathering.id}")
    assert ROOM not in pressed.text, "opening a letter's link takes no place"
    assert await house.admitted(gathering) == 0
    inside = await house.press(path, "Come in", pressed)
    assert ROOM in unescape(inside.text)
    assert await house.admitted(gathering) == 1
    assert inside.headers["Cache-Control"] == "no-store"


async def test_settings_are_a_form_that_comes_back_with_its_errors(house: House) -> None:
    path = await house.personal()
    form = await house.press(path, "My settings", await house.get(path))
    assert 'name="field:zone"' in form.text
    values = dict(re.findall(r'<input type="hidden" name="(key|id)" value="([^"]*)"', form.text.partition("fields")[2]))
    fields = [("fields", name) for name in ("zone", "language", "reminders", "direct")]
    typed = [("field:zone", "Middle Earth"), ("field:language", "es"), ("field:direct", "yes")]
    sent = [*((name, unescape(value)) for name, value in values.items()), *fields, *typed]
    wrong = await house.send("POST", path, sent)
    assert "I do not know that time zone" in wrong.text
    sent = [("id", "settings"), *fields, ("field:zone", "Lima"), *typed[1:]]
    saved = await house.send("POST", path, sent)
    assert 'lang="es"' in saved.text
    assert "America/Lima" in saved.text


def settings(**chosen: str) -> list[tuple[str, str]]:
    """What the form of the settings sends."""
    filled = {"zone": "", "language": "en", "reminders": "", "direct": "yes"} | chosen
    return [("id", "settings"), *(("fields", name) for name in filled), *((f"field:{n}", filled[n]) for n in filled)]


async def test_its_help_names_its_buttons_and_nothing_to_type(house: House) -> None:
    path = await house.personal()
    shown = await house.send("POST", path, {"button": "help"})
    assert "<strong>My connections</strong>" in shown.text
    assert "/htg" not in shown.text
    assert "For facilitators" not in shown.text


@pytest.mark.parametrize(("language", "said"), [("en", "Who registered, who came in"), ("es", "Quién se inscribió")])
async def test_whoever_facilitates_by_letter_finds_all_of_it_on_their_page(
    storage: OpenStorage, language: str, said: str
) -> None:
    """There is no line to type `/htg-host` into."""
    async with a_house(storage, facilitators=frozenset({read_address(ADA)})) as house:
        await house.gathering()
        path = await house.personal()
        await house.send("POST", path, settings(language=language))
        for button in ("mine", "help", "privacy"):
            shown = await house.send("POST", path, {"button": button})
            assert "/htg" not in shown.text
        roster = next(each for each in re.findall(r"<button[^>]*>[^<]*", shown.text) if said in each)
        assert 'value="host-roster"' in roster
        assert "Grief and Gratitude" in (await house.send("POST", path, {"button": "host-roster"})).text
        assert shown.text.count('value="host-') == len(listed("htg-host")) - 1, "all but the help"


@pytest.mark.parametrize(("language", "platform"), [("en", "E-mail"), ("es", "Correo electrónico")])
async def test_an_address_is_written_as_its_owner_writes_it(house: House, language: str, platform: str) -> None:
    path = await house.personal()
    await house.send("POST", path, settings(language=language))
    for button in ("connect", "privacy"):
        shown = (await house.send("POST", path, {"button": button})).text
        assert ADA in shown
        assert f"mail:{ADA}" not in shown
        assert button != "connect" or f"{platform} ({ADA})" in shown


async def test_a_zone_that_she_chose_counts_above_her_browsers(house: House) -> None:
    """The script rewrites times that say their style, and no others."""
    gathering, path = await house.gathering(), await house.personal()
    await house.send("POST", path, {"button": f"register?gathering={gathering.id}"})
    shown = await house.get(path)
    door = re.search(r'href="https://gatherings.example(/join/[^"]+)"', shown.text)
    assert door is not None
    assert "data-style" in (await house.get(door[1])).text
    await house.send("POST", path, settings(zone="Lima"))
    for page in (path, door[1]):
        chosen = await house.get(page)
        assert "12:00 (Lima time)" in chosen.text
        assert "data-style" not in chosen.text


async def test_pressed_twice_both_are_answered_alike(house: House) -> None:
    """A browser shows what the second press was answered."""
    path, gathering = await house.personal(), await house.gathering()
    for button in (f"register?gathering={gathering.id}", "settings", "new-page"):
        pressed = [house.send("POST", path, {"key": "one", "button": button}) for _ in (1, 2)]
        first, second = await asyncio.gather(*pressed)
        assert first.status == 200
        assert second.text == first.text
    assert (await house.get(path)).status == 404, "its address is new, and was told"


async def test_pressed_again_on_a_page_that_was_gone_back_to(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    path, gathering = await house.personal(), await house.gathering()
    register = {"key": "one", "button": f"register?gathering={gathering.id}"}
    await house.send("POST", path, register)
    await house.send("POST", path, {"key": "two", "button": f"unregister?gathering={gathering.id}"})
    again = await house.send("POST", path, register)
    assert "You are registered" in again.text
    assert await house.registered(gathering.id) == ["Ada"]
    elsewhere = Request(Person(read_address(ADA)), Call.of("unregister", gathering=gathering.id), house.clock.now())
    await Dispatcher(house.storage, house.config).answer(elsewhere)
    monkeypatch.setattr(recent_answers, "_is_old", lambda *_: True)
    house.clock.advance(seconds=10)
    assert "You are registered" in (await house.send("POST", path, register)).text
    assert await house.registered(gathering.id) == ["Ada"]


@on_both
@pytest.mark.parametrize("passed", [0, 4])
async def test_pressed_twice_it_is_acted_on_once_also_by_two_processes(
    house: House, monkeypatch: pytest.MonkeyPatch, passed: int
) -> None:
    gathering = await house.gathering()
    path = await house.personal()
    register = {"key": "one", "button": f"register?gathering={gathering.id}"}
    await house.send("POST", path, register)
    elsewhere = Request(Person(read_address(ADA)), Call.of("unregister", gathering=gathering.id), house.clock.now())
    await Dispatcher(house.storage, house.config).answer(elsewhere)
    house.clock.advance(seconds=passed)
    app = application(house.storage, house.config, house.clock, house.links, read_address=read_address)
    async with serving(app, "127.0.0.1", 0) as port:
        other = replace(house, base=f"http://127.0.0.1:{port}")
        shown = await other.send("POST", path, register)
        assert shown.status == 200
        assert await house.registered(gathering.id) == []
        monkeypatch.setattr(recent_answers, "_is_old", lambda *_: True)
        house.clock.advance(seconds=10)
        assert "You are registered" in (await other.send("POST", path, register)).text


async def test_closed_direct_messages_are_told_on_the_page_in_its_own_words(house: House) -> None:
    path, now = await house.personal(), house.clock.now()

    def work(uow: UnitOfWork) -> None:
        member = uow.members.get_or_create(Person(read_address(ADA)), now)
        in_chat = uow.members.get_or_create(Person(Address("sandbox", "ada"), "Ada"), now)
        uow.accounts.merge(member.id, in_chat.id, now)
        uow.members.mark_unreached(member.id, unreached=True)

    await house.storage.run(work)
    shown = await house.send("POST", path, {"key": "one", "button": "list"})
    assert "I could not reach you by direct message in chat. Please allow messages from our app there" in shown.text
    assert "this app" not in shown.text


@pytest.mark.parametrize("in_parts", [False, True])
async def test_a_mail_programs_own_button_ends_the_letters(house: House, in_parts: bool) -> None:
    """Programs may send it in either of two ways (RFC 8058, 3.2)."""
    fields = FormData({"List-Unsubscribe": "One-Click"}, default_to_multipart=in_parts)
    path = await house.personal()
    done = await house.send("POST", path + "?do=quiet", fields)
    assert done.status == 200
    member = await house.storage.run(lambda uow: uow.members.get_or_create(Person(read_address(ADA)), START))
    assert member.settings.by_direct_message is False
    assert (await house.get(path + "?do=quiet")).status == 200


@pytest.mark.parametrize(
    ("call", "label"),
    [
        ("register?gathering=2", "Register for all 3"),
        ("register?gathering=2&only=add", "Register for part 2"),
        ("leave-part?gathering=2", "Leave part 2 out"),
        ("unregister?gathering=2", "I can’t come"),
        ("details?gathering=2", "Details"),
        ("host-start?gathering=2", "Start the meeting"),
        ("host-doors?gathering=2", "Doors"),
        ("host-doors?gathering=2&act=close", "Close now"),
        ("wait?gathering=2&act=leave", "I can’t come"),
    ],
)
async def test_a_letters_button_is_pressed_by_its_name_beside_what_it_is_about(
    house: House, call: str, label: str
) -> None:
    await house.series("Living with illness", [START + timedelta(weeks=week) for week in range(3)])
    seen = await house.get(f"{await house.personal()}?{urlencode({'do': call})}")
    (press,) = re.findall(r'<form class="answer press".*?</form>', seen.text, re.DOTALL)
    said = " ".join(re.sub(r"<[^>]*>", " ", press).split())
    assert said == (
        "You came here from a letter. One more press, and it is done: Living with illness (part 2 of 3) · "
        f"Thursday 10 December, 18:00 (Madrid time) {label}"
    )


async def test_a_letters_button_is_named_also_to_whose_zone_nobody_knows(house: House) -> None:
    two = await house.series("Living with illness", [START, START + timedelta(weeks=1)])
    one = await house.gathering()
    await house.sign_up(one.id)
    await house.delivered()
    done = await house.post(house.mailbox.link("Yes, register me"))
    found = re.search(r'data-page="(/me/[^"]+)"', done.text)
    assert found is not None
    await change(house, two[0], status=Status.CANCELLED)
    for number, label in ((one.id, "Register"), (two[1].id, "Register for part 2, Thu 10 Dec")):
        seen = await house.get(f"{found[1]}?{urlencode({'do': f'register?gathering={number}'})}")
        assert (seen.status, f">{label}</button>" in seen.text) == (200, True)


async def test_a_letters_button_about_a_gathering_that_is_gone_names_none(house: House) -> None:
    path = await house.personal()
    for call in ("register?gathering=9", "leave-part?gathering=9"):
        seen = await house.get(f"{path}?{urlencode({'do': call})}")
        assert seen.status == 200
        assert "{n}" not in seen.text


@pytest.mark.parametrize("named", ["name*0*=x; name*=y", "name*=utf-8''x; name*a*=", "name"])
@pytest.mark.parametrize("forged", [False, True])
async def test_parts_with_names_that_nobody_can_read_are_refused(house: House, named: str, forged: bool) -> None:
    body = f"--b\r\nContent-Disposition: form-data; {named}\r\n\r\nOne-Click\r\n--b--\r\n"
    path = "/me/1-x.forged" if forged else await house.personal()
    done = await house.send("POST", path, body, Content_Type="multipart/form-data; boundary=b")
    assert done.status in {200, 400, 404}


@pytest.mark.parametrize("where", ["/me/{}", "/confirm/{}"])
async def test_what_leads_nowhere_is_said_in_the_same_words(house: House, where: str) -> None:
    gathering = await house.gathering()
    await house.sign_up(gathering.id)
    await house.delivered()
    confirm = house.mailbox.link("Yes, register me")
    path = await house.personal()
    forged = await house.get(where.format("1-x.forged"))
    unknown = await house.get(where.format(house.links.personal.sign(LinkKey(999, "n" * 16))))
    await house.storage.run(
        lambda uow: uow.accounts.forget(uow.members.get_or_create(Person(read_address(ADA)), START).id, START)
    )
    revoked = await house.get(path if "me" in where else confirm)
    assert {forged.status, unknown.status, revoked.status} == {404}
    assert forged.text == unknown.text == revoked.text


async def test_a_link_of_one_purpose_opens_nothing_else(house: House) -> None:
    path = await house.personal()
    token = path.removeprefix("/me/")
    for other in ("/confirm/", "/join/", "/calendar/"):
        assert (await house.get(other + token)).status == 404


async def test_known_and_unknown_addresses_read_the_same_bytes(house: House) -> None:
    gathering = await house.gathering()
    await house.personal("known@example.org", "Bo")
    known = await house.sign_up(gathering.id, "Bo", "known@example.org")
    unknown = await house.sign_up(gathering.id, "Bo", "other@example.org")
    assert known.status == unknown.status == 200
    assert known.text.replace("known@", "other@") == unknown.text
    stripped = [{k: v for k, v in seen.headers.items() if k != "Date"} for seen in (known, unknown)]
    assert stripped[0] == stripped[1]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " \u200b "}, "How may we call you?"),
        ({"email": "ada"}, "That does not look like an e-mail address"),
        ({"email": "ada@example.org\r\nBcc: bo@example.org"}, "That does not look like an e-mail address"),
        ({"zone": "Middle Earth"}, "I do not know that time zone"),
    ],
)
async def test_what_needs_another_look_is_said_beside_its_field(
    house: House, fields: dict[str, str], said: str
) -> None:
    gathering = await house.gathering()
    page = await house.sign_up(gathering.id, **fields)
    assert page.status == 422
    assert said in page.text
    assert 'aria-invalid="true"' in page.text
    assert 'role="alert"' in page.text
    assert await house.delivered() == 0


async def test_what_fills_in_the_hidden_field_is_told_the_same_and_gets_no_letter(house: House) -> None:
    gathering = await house.gathering()
    trapped = await house.sign_up(gathering.id, website="https://spam.example")
    assert await house.delivered() == 0
    honest = await house.sign_up(gathering.id)
    assert trapped.text == honest.text
    assert await house.delivered() == 1


async def test_a_reader_cannot_have_letters_written_without_end(house: House) -> None:
    gathering = await house.gathering()
    statuses = [(await house.sign_up(gathering.id, email=f"a{n}@example.org")).status for n in range(22)]
    assert statuses[:20] == [200] * 20
    assert statuses[-1] == 429


async def test_no_letter_no_form(front: Front) -> None:
    gathering = await front.gathering()
    page = await front.get(f"/gatherings/{gathering.id}")
    assert "/register" not in page.text
    sent = await front.send("POST", f"/gatherings/{gathering.id}/register", {"name": "Ada", "email": ADA})
    assert sent.status == 404


async def test_coming_back_to_the_address_of_the_form_leads_to_its_page(house: House) -> None:
    """Without a script it stays in the bar of the browser, from where it is kept, shared and opened again."""
    gathering = await house.gathering()
    for method in ("GET", "HEAD"):
        seen = await house.send(method, f"/gatherings/{gathering.id}/register")
        assert (seen.status, seen.headers["Location"]) == (303, f"/gatherings/{gathering.id}")
    assert (await house.get("/gatherings/x/register")).status == 404


async def test_who_is_too_late_is_led_on(house: House) -> None:
    gathering = await house.gathering()
    await house.sign_up(gathering.id)
    await house.delivered()
    confirm = house.mailbox.link("Yes, register me")
    house.clock.move_to(START + timedelta(minutes=20))
    assert house.clock.now() - START + timedelta(days=2) > SIGNUP_LIFE
    gone = await house.get(confirm)
    assert gone.status == 404, "a day is over"
    sent = await house.sign_up(gathering.id)
    assert (sent.status, sent.headers["Location"]) == (303, f"/gatherings/{gathering.id}")


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_letter_pressed_when_it_is_too_late_leads_to_the_next_gathering(house: House, cancelled: bool) -> None:
    house.clock.move_to(START - timedelta(hours=1))
    gathering = await house.gathering()
    await house.gathering("Living with illness", START + timedelta(days=1))
    await house.sign_up(gathering.id)
    await house.delivered()
    confirm = house.mailbox.link("Yes, register me")
    reason = "This gathering is cancelled." if cancelled else "It has begun, and the doors are closed."
    if cancelled:
        await change(house, gathering, status=Status.CANCELLED)
    else:
        house.clock.move_to(START + timedelta(minutes=20))
    seen = (await house.get(confirm)).text
    assert reason in seen
    assert "Your page shows what comes next." in seen
    page = await house.post(confirm)
    assert page.status == 200
    assert "Living with illness" in page.text
    assert await house.registered(gathering.id) == []


async def test_one_with_slack_by_a_code_typed_here(house: House) -> None:
    gathering, path = await house.gathering(), await house.personal()
    slack = Person(Address("sandbox", "ada"), "Ada")
    dispatcher = Dispatcher(house.storage, house.config)
    await dispatcher.answer(Request(slack, Call.of("register", gathering=gathering.id), house.clock.now()))
    answer = await dispatcher.answer(Request(slack, Call("connect"), house.clock.now()))
    code = re.search(r"connect ([A-Z0-9]{5}-[A-Z0-9]{5})", repr(answer))
    assert code is not None
    here = await house.press(path, "My connections", await house.get(path))
    assert 'name="field:code"' in here.text
    data = [("id", "connect"), ("fields", "code"), ("field:code", code[1])]
    question = await house.send("POST", path, data)
    joined = await house.press(path, "Yes, that is me", question)
    assert "You are one member now" in joined.text
    assert "Grief and Gratitude" in (await house.get(path)).text


async def test_another_site_presses_nothing(house: House) -> None:
    path, gathering = await house.personal(), await house.gathering()
    for where in (path, f"/gatherings/{gathering.id}/register"):
        sent = await house.send("POST", where, {"button": "privacy"}, Sec_Fetch_Site="cross-site")
        assert sent.status == 403


@pytest.mark.parametrize("data", [{"button": "host-team"}, {"button": "host-create"}, {"button": "frob"}, {}])
async def test_a_page_has_no_right_of_its_own(house: House, data: dict[str, str]) -> None:
    path = await house.personal()
    sent = await house.send("POST", path, data)
    assert sent.status == 200
    assert "facilitators" in sent.text or "no longer" in sent.text or "button" in sent.text


async def test_a_page_whose_address_leaked_gets_another(house: House) -> None:
    path = await house.personal()
    kept = await house.press(path, "What is kept about me", await house.get(path))
    moved = await house.press(path, "New address for my page", kept)
    assert "Your page has a new address." in moved.text
    found = re.search(r'data-page="(/me/[^"]+)"', moved.text)
    assert found is not None
    assert found[1] != path
    assert (await house.get(path)).status == 404
    mine = await house.press(found[1], "My gatherings", moved)
    assert "You are not registered for a gathering at the moment." in mine.text


async def test_who_is_forgotten_is_told_so_and_the_page_is_no_more(house: House) -> None:
    path = await house.personal()
    kept = await house.press(path, "What is kept about me", await house.get(path))
    question = await house.press(path, "Forget me", kept)
    gone = await house.press(path, "Forget me for good", question)
    assert "You are forgotten." in gone.text
    assert "/me/" not in gone.text
    assert (await house.get(path)).status == 404


async def test_whoever_presses_too_late_has_their_page_and_name_all_the_same(house: House) -> None:
    gathering = await house.gathering()
    await house.sign_up(gathering.id)
    await house.delivered()
    confirm = house.mailbox.link("Yes, register me")
    await house.storage.run(lambda uow: uow.gatherings.save(replace(gathering, status=Status.CANCELLED)))
    told = await house.post(confirm)
    assert "You are registered" not in told.text
    path = re.search(r'data-page="(/me/[^"]+)"', told.text)
    assert path is not None
    assert (await house.get(path[1])).status == 200
    names = await house.storage.run(lambda uow: uow.members.names([read_address(ADA)]))
    assert names == {read_address(ADA): "Ada"}


async def test_what_everybody_agrees_to_is_read_before_the_letters_button_registers(storage: OpenStorage) -> None:
    """The page may be left there: the letter leads to it again."""
    words = "# We listen\nWhat is <b>said</b> here stays here."
    async with a_house(storage, agreement={"en": words, "es": words}) as house:
        gathering, *_ = await house.series("Letting go", [START + timedelta(weeks=week) for week in range(3)])
        await house.sign_up(gathering.id)
        await house.delivered()
        letter = " ".join(map(plain_text, spoken_lines(house.mailbox.letters[-1][1])))
        assert "what everybody agrees to" in letter
        confirm = house.mailbox.link("Yes, register me")
        for _ in range(2):
            shown = await house.post(confirm)
            assert "<strong>We listen</strong>" in shown.text
            assert "What is &lt;b&gt;said&lt;/b&gt; here" in shown.text
            assert await house.registered(gathering.id) == []
        path = re.search(r'data-page="(/me/[^"]+)"', shown.text)
        assert path is not None
        done = await house.press(path[1], "I agree, register me", shown)
        assert "You are registered for all three parts" in unescape(done.text)
        assert "You are registered for all three parts" in unescape((await house.post(confirm)).text)


async def test_who_confirms_one_after_the_other_has_links_of_their_own(house: House) -> None:
    """Their pages are the same but for these, and are rendered once."""
    gathering = await house.gathering()
    links: list[set[str]] = []
    for name in ("ada", "bo"):
        await house.sign_up(gathering.id, name, f"{name}@example.org")
        await house.delivered()
        page = (await house.post(house.mailbox.link("Yes, register me"))).text
        found = re.findall(
            r'(?:href|action|data-page|value)="((?:https://gatherings.example)?/(?:me|join)/[^"]+)"', page
        )
        assert len(found) >= 4
        keys = re.findall(r'name="key" value="([^"]+)"', page)
        assert len(keys) == 2
        for path in {each.partition("#")[0].removeprefix("https://gatherings.example") for each in found}:
            assert (await house.get(path)).status == 200
        links.append({*found, *keys})
    assert links[0].isdisjoint(links[1])


async def test_until_her_zone_is_known_times_are_in_the_gatherings_own(house: House) -> None:
    gathering = await house.gathering()
    await house.sign_up(gathering.id)
    await house.delivered()
    told = await house.post(house.mailbox.link("Yes, register me"))
    assert "(Madrid time)" in told.text
    assert "(UTC)</time>" not in told.text
    path = re.search(r'data-page="(/me/[^"]+)"', told.text)
    assert path is not None
    assert "(Madrid time)" in (await house.get(path[1])).text
