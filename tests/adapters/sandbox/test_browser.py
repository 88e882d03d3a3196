"""The sandbox in a real browser: what a member, a newcomer and a facilitator meet there."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from adapters.sandbox.chat import ADA, FRANCES, ChatMessage
from tests.adapters.sandbox.conftest import Look, Sandbox, Watched
from tests.browser import in_session

pytestmark = in_session

ZOOM = "/zoom/"


async def say(page: Page, text: str) -> None:
    await page.locator("#say").fill(text)
    await page.keyboard.press("Enter")


def post(page: Page, title: str) -> Locator:
    """The announcement of a gathering."""
    return page.locator(".message.bot:not(.only)").filter(has_text=title).first


def answer(page: Page) -> Locator:
    return page.locator(".message.only").last


async def test_a_member_registers_hears_the_reminder_and_comes_in(watched: Watched) -> None:
    page = await watched.open("ada/gatherings/")
    await post(page, "Grief and Gratitude").get_by_role("button", name="Register").click()
    await expect(answer(page)).to_contain_text("You are registered for Grief and Gratitude")
    await expect(answer(page)).to_contain_text("Thursday 3 December, 19:00 (Madrid time)")
    await expect(answer(page)).to_contain_text("Only you can see this")

    await page.get_by_role("button", name="To the next reminder").click()
    await expect(page.locator("#clock")).to_contain_text("18:00")
    await expect(page.locator("#place-private .unread")).to_contain_text("1")
    await page.get_by_role("link", name="Private line").click()
    await expect(page.locator(".message").last).to_contain_text("begins in 1 hour")

    await page.get_by_role("button", name="To the doors").click()
    await expect(page.locator("#clock")).to_contain_text("18:45")
    await page.locator(".message").last.get_by_role("button", name="Join").click()
    await expect(page.locator(".message").last).to_contain_text("Welcome")
    way_in = page.locator(f"a[href*='{ZOOM}']")
    await expect(way_in).to_have_attribute("rel", re.compile("noopener noreferrer"))
    await expect(way_in).to_have_attribute("target", "_blank")


async def test_the_way_in_is_seen_by_one_person_alone(watched: Watched) -> None:
    """Asked for in the channel itself, while Bo looks on."""
    bo = await watched.open("bo/gatherings/")
    ada = await watched.open("ada/gatherings/")
    await post(ada, "Listening Circle").get_by_role("button", name="Register").click()
    await expect(answer(ada)).to_contain_text("You are registered")
    await say(ada, "/htg join")
    await expect(ada.locator(f"a[href*='{ZOOM}']")).to_have_count(1)

    await say(ada, "See you in there, Bo")
    await expect(bo.locator(".message").last).to_contain_text("See you in there, Bo")
    await expect(bo.locator(".message.only")).to_have_count(0)
    assert ZOOM not in await bo.content()
    for path in ("bo/gatherings/", "bo/general/", "bo/private/", "frances/gatherings/"):
        source = await bo.request.get(watched.address + path)
        assert ZOOM not in await source.text()


async def test_a_form_keeps_what_was_typed_and_shows_each_error_at_its_field(watched: Watched) -> None:
    page = await watched.open("frances/general/")
    await say(page, "/htg-host create")
    window = page.get_by_role("dialog", name="A new gathering")
    await expect(window.get_by_label("Topic")).to_be_focused()
    await window.get_by_label("Topic").fill('Quiet <b>"hour"</b>')
    await window.get_by_label("In words").fill("tomorow 6")
    await window.get_by_label("Zoom link").fill("https://zoom.example/j/777?pwd=kept")
    await window.get_by_role("button", name="Preview").click()

    wrong = window.get_by_label("In words")
    await expect(wrong).to_have_attribute("aria-invalid", "true")
    await expect(wrong).to_be_focused()
    await expect(wrong).to_have_value("tomorow 6")
    described = (await wrong.get_attribute("aria-describedby") or "").split()
    errors = [await window.locator(f"#{each}").inner_text() for each in described]
    assert any("tomorow 6" in each for each in errors), errors
    await expect(window.get_by_label("Topic")).to_have_value('Quiet <b>"hour"</b>')
    await expect(window.get_by_label("Zoom link")).to_have_value("https://zoom.example/j/777?pwd=kept")

    await wrong.fill("")
    await window.get_by_label("Day").fill("2026-12-10")
    await window.get_by_label("Time", exact=True).fill("18:00")
    await window.get_by_role("button", name="Preview").click()
    await expect(window).to_be_hidden()
    await expect(page.locator("#say")).to_be_focused()
    await expect(answer(page)).to_contain_text('Quiet <b>"hour"</b>')
    assert ZOOM not in await page.content()


async def test_a_walk_by_keyboard_alone(watched: Watched) -> None:
    page = await watched.open("ada/general/")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the message box")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#say")).to_be_focused()

    await page.keyboard.type("/htg li")
    option = page.get_by_role("option", name="/htg list")
    await expect(option).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#say")).to_have_attribute("aria-activedescendant", "suggestion-1")
    await page.keyboard.press("Enter")
    await expect(page.locator("#say")).to_have_value("/htg list")
    await page.keyboard.press("Enter")
    await expect(answer(page)).to_contain_text("Upcoming gatherings")
    await expect(page.locator("#say")).to_be_focused()
    await expect(page.locator("#say")).to_have_value("")

    register = page.locator(".message.only").first.get_by_role("button", name="Register").nth(1)
    for _ in range(40):
        await page.keyboard.press("Shift+Tab")
        if await register.evaluate("each => each === document.activeElement"):
            break
    await expect(register).to_be_focused()
    await page.keyboard.press("Space")
    await expect(answer(page)).to_contain_text("You are registered for Grief and Gratitude")
    await expect(register).to_be_focused()


async def test_which_date_is_meant_is_chosen_by_keyboard_alone(watched: Watched) -> None:
    page = await watched.open("frances/general/")
    await say(page, "/htg-host create")
    window = page.get_by_role("dialog", name="A new gathering")
    await expect(window.get_by_label("Topic")).to_be_focused()
    await page.keyboard.type("Quiet hour")
    await window.get_by_label("Or in words").fill("2/3/2027 6pm")
    await window.get_by_label("Zoom link").fill("https://zoom.example/j/777?pwd=kept")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    first, second = window.get_by_role("radio").first, window.get_by_role("radio").last
    await expect(first).to_be_focused()
    await expect(window.get_by_role("group", name="Which do you mean?")).to_have_attribute("aria-invalid", "true")
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowDown")
    await expect(second).to_be_checked()
    await page.keyboard.press("Enter")
    await expect(window).to_be_hidden()
    await expect(answer(page)).to_contain_text("Tuesday 2 March 2027")
    await expect(page.locator("#say")).to_be_focused()


async def test_what_had_the_focus_and_goes_leaves_it_with_its_neighbour(watched: Watched) -> None:
    page = await watched.open("ada/general/")
    await say(page, "/htg help")
    dismiss = answer(page).get_by_role("button", name="Dismiss")
    await dismiss.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.only")).to_have_count(0)
    await expect(page.locator(":focus")).to_have_count(1)


async def test_an_answer_in_the_place_of_another_keeps_the_focus_there(watched: Watched) -> None:
    page = await watched.open("frances/general/")
    await say(page, "/htg-host doors listening")
    await expect(answer(page)).to_contain_text("2 places left")
    await answer(page).get_by_role("button", name="Close now").focus()
    await page.keyboard.press("Enter")
    await expect(answer(page).get_by_role("button", name="Close now")).to_have_count(0)
    await expect(page.locator(".message.only")).to_have_count(1)
    await expect(page.locator(".message.only:focus-within")).to_have_count(1)


async def test_what_came_while_one_looked_elsewhere_is_marked_unread(watched: Watched, sandbox: Sandbox) -> None:
    page = await watched.open("ada/gatherings/")
    await expect(page.locator("#place-gatherings .unread")).to_have_count(0)
    await page.get_by_role("link", name="Private line").click()
    await page.locator("html[data-live]").wait_for()
    for number in (1, 2):
        sandbox.chat.say(FRANCES, sandbox.chat.channels[1], "Good evening")
        await expect(page.locator("#place-gatherings .unread")).to_have_text(f"{number} unread")
    await page.get_by_role("link", name="#gatherings").click()
    await expect(page.locator("#place-gatherings .unread")).to_have_count(0)


async def test_focus_and_scroll_outlive_what_others_do(watched: Watched, sandbox: Sandbox) -> None:
    page = await watched.open("ada/gatherings/", Look(height=560))
    await say(page, "/htg list")
    await expect(answer(page)).to_contain_text("Upcoming gatherings")
    scroll = page.locator("#scroll")
    await scroll.evaluate("each => { each.scrollTop = 40; }")
    await page.locator("#say").fill("half a sentence")
    await page.locator("#say").evaluate("each => each.setSelectionRange(4, 4)")
    sandbox.chat.say(FRANCES, sandbox.chat.channels[1], "Good evening")
    await expect(page.locator(".message").last).to_contain_text("Good evening")
    await expect(page.locator("#say")).to_have_value("half a sentence")
    await expect(page.locator("#say")).to_be_focused()
    assert await page.locator("#say").evaluate("each => each.selectionStart") == 4
    assert await scroll.evaluate("each => each.scrollTop") == 40


async def test_suggestions_offer_what_fits_the_command(watched: Watched) -> None:
    page = await watched.open("ada/general/")
    await page.locator("#say").press_sequentially("/htg")
    await expect(page.get_by_role("option", name="/htg register")).to_be_visible()
    await expect(page.get_by_role("option", name="htg-host")).to_have_count(0)
    await page.locator("#say").fill("/htg register gri")
    await page.get_by_role("option", name="Grief and Gratitude").click()
    await page.keyboard.press("Enter")
    await expect(answer(page)).to_contain_text("You are registered for Grief and Gratitude")
    await page.locator("#say").fill("/htg l")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.type("x")
    await page.keyboard.press("Enter")
    await expect(answer(page)).to_contain_text("I do not know “lx”")
    await page.locator("#say").fill("/htg l")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("listbox")).to_be_hidden()


async def test_a_menu_is_chosen_from_and_then_pressed(watched: Watched) -> None:
    page = await watched.open("ada/general/")
    await say(page, "/htg register")
    menu = answer(page).get_by_label("Which gathering?")
    await menu.select_option(label=await _label(menu, "Letting Go"))
    await answer(page).get_by_role("button", name="Choose").click()
    await expect(answer(page)).to_contain_text("all three parts")


async def _label(menu: Locator, beginning: str) -> str:
    await expect(menu).to_be_visible()  # reading labels does not wait by itself
    labels = await menu.locator("option").all_inner_texts()
    return next(each for each in labels if each.startswith(beginning))


async def test_a_double_click_is_answered_once(watched: Watched, sandbox: Sandbox) -> None:
    page = await watched.open("ada/gatherings/")
    await post(page, "Grief and Gratitude").get_by_role("button", name="Register").dblclick()
    await expect(answer(page)).to_contain_text("You are registered")
    await say(page, "done")
    await expect(page.locator(".message").last).to_contain_text("done")
    assert len(_answers_to_ada(sandbox)) == 1


def _answers_to_ada(sandbox: Sandbox) -> list[ChatMessage]:
    return [each for each in sandbox.chat.messages() if each.only == ADA.address]


async def test_nothing_typed_fast_is_lost(watched: Watched) -> None:
    page = await watched.open("ada/general/")
    lines = [f"line {number}" for number in range(6)]
    for each in lines:
        await say(page, each)
    await expect(page.locator(".message .words")).to_have_text(lines)
    await expect(page.locator("#say")).to_have_value("")


async def test_a_line_that_does_not_arrive_comes_back(watched: Watched) -> None:
    page = await watched.open("ada/general/")
    await page.route("**/say", lambda route: route.fulfill(status=500, body="no"))
    await say(page, "hello?")
    await expect(page.get_by_role("alert")).to_contain_text("did not work")
    await expect(page.locator("#say")).to_have_value("hello?")
    await page.unroute_all()
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last).to_contain_text("hello?")
    watched.complaints.remove(
        "console: Failed to load resource: the server responded with a status of 500 (Internal Server Error)"
    )


async def test_a_button_from_before_a_cancellation_is_answered_kindly(watched: Watched) -> None:
    ada = await watched.open("ada/gatherings/")
    await say(ada, "/htg list")
    await expect(answer(ada)).to_contain_text("Grief and Gratitude")
    old = answer(ada).locator(".item").filter(has_text="Grief and Gratitude").get_by_role("button", name="Register")

    frances = await watched.open("frances/general/")
    await say(frances, "/htg-host cancel grief")
    window = frances.get_by_role("dialog")
    await window.locator("textarea").fill("Amara is unwell.")
    await window.locator("button.next").click()
    await expect(window).to_be_hidden()
    await expect(post(ada, "Grief and Gratitude")).to_contain_text("cancelled")

    await old.click()
    await expect(ada.locator(".message.only")).to_have_count(2)
    await expect(answer(ada)).to_contain_text("cancelled")


async def test_a_button_with_an_unknown_id_is_answered_kindly(watched: Watched) -> None:
    page = await watched.open("ada/gatherings/")
    button = post(page, "Grief and Gratitude").get_by_role("button", name="Register")
    await button.evaluate("each => { each.value = 'from?another=age&'; }")
    await button.click()
    await expect(answer(page)).to_contain_text("no longer works")


async def test_closed_direct_messages_are_told_of_and_the_way_in_works_all_the_same(watched: Watched) -> None:
    page = await watched.open("ada/private/")
    await page.get_by_role("button", name="Close direct messages").click()
    await expect(page.get_by_role("button", name="Open direct messages again")).to_be_visible()
    await say(page, "/htg register grief")
    await expect(page.locator(".message").last).to_contain_text("You are registered")
    await page.get_by_role("button", name="To the next reminder").click()
    await expect(page.locator("#clock")).to_contain_text("18:00")
    await say(page, "/htg mine")
    await expect(page.locator(".message").last).to_contain_text("I could not reach you by direct message")


async def test_each_reads_times_in_their_own_zone_and_language(watched: Watched) -> None:
    bo = await watched.open("bo/gatherings/")
    await expect(post(bo, "Grief and Gratitude")).to_contain_text("13:00 (New York time)")
    await expect(bo.locator("#clock")).to_contain_text("07:02")
    moment = post(bo, "Grief and Gratitude").locator("time").nth(1)
    await expect(moment).to_have_attribute("datetime", "2026-12-03T18:00Z")


async def test_the_clock_says_when_nothing_lies_ahead(watched: Watched, sandbox: Sandbox) -> None:
    page = await watched.open("ada/general/")
    for _ in range(40):
        if await sandbox.responder.lookahead.next_doors(sandbox.clock.now()) is None:
            break
        await sandbox.responder.move_clock(
            await sandbox.responder.lookahead.next_doors(sandbox.clock.now()) or NotImplemented
        )
    await page.get_by_role("button", name="To the doors").click()
    await expect(page.locator("#notice")).to_contain_text("No doors open")
    await page.get_by_role("button", name="To the next reminder").click()
    await expect(page.locator("#notice")).to_contain_text("No reminder lies ahead")


async def test_hostile_words_stay_words(watched: Watched) -> None:
    page = await watched.open("ada/general/")
    bo = await watched.open("bo/general/")
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script> <hx-partial hx-target='body'>gone</hx-partial>"
    await say(page, hostile)
    for each in (page, bo):
        await expect(each.locator(".message").last).to_contain_text(hostile)
        await expect(each.locator(".message img, .message script")).to_have_count(0)
        await expect(each.locator("main")).to_be_visible()


async def test_a_phone_has_everything_within_its_width(watched: Watched) -> None:
    for width in (320, 360):
        page = await watched.open("ada/gatherings/", Look(width=width, height=740, phone=True))
        await say(page, "/htg list")
        await expect(answer(page)).to_contain_text("Upcoming gatherings")
        await page.get_by_role("button", name="Move the clock").click()
        await expect(page.get_by_role("button", name="To the doors")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        inside = "each => each.scrollWidth <= each.clientWidth"
        assert await page.locator("#scroll").evaluate(inside)
