"""Forms as modals: where they open, their errors, and where their answers appear."""

from __future__ import annotations

import pytest
from slack_sdk.models.views import View as SdkView

from adapters.slack import forms
from adapters.slack.forms import Origin
from bot.i18n import Locale
from bot.views import Form
from tests.adapters.slack.block_kit import check_view
from tests.adapters.slack.conftest import SlackEnvironment
from tests.samples.all_views import all_views

TO = Locale("en", "Europe/Madrid")
FORMS = [pytest.param(answer, id=name) for name, answer in all_views() if isinstance(answer, Form)]


@pytest.mark.parametrize("form", FORMS)
def test_slacks_own_models_agree_about_windows(form: Form) -> None:
    window = forms.form_modal(form, Origin(), TO)
    parsed = SdkView(**window)
    parsed.validate_json()
    assert [each["type"] for each in parsed.to_dict()["blocks"]] == [each["type"] for each in window["blocks"]]


def test_a_long_title_stands_whole_above_the_fields() -> None:
    form = dict(all_views())["en/cancel"]
    assert isinstance(form, Form)
    long = Form("A title that is longer than Slack's twenty-four", form.call, form.fields, form.submit)
    window = forms.form_modal(long, Origin(), TO)
    check_view(window)
    assert window["title"]["text"] == "A title that is longer…"
    assert window["blocks"][0]["text"]["text"] == long.title


def test_where_a_form_was_opened_from_travels_with_it() -> None:
    origin = Origin("https://hooks.slack.com/commands/T1/2/3", "C7")
    assert Origin.from_metadata(origin.to_metadata()) == origin
    for strange in ("", None, "[]", "{", '"x"', 7, '{"url": 1}'):
        assert isinstance(Origin.from_metadata(strange), Origin)


async def test_a_forms_answer_appears_where_it_was_opened(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    await frances.fills(title="Grief at work", starts="2026-12-09 18:00", zoom="https://zoom.us/j/1")
    seen = frances.reads("A preview.")
    assert (seen.where, seen.place) == ("answer", "general")
    assert not frances.user.modals
    assert all(each.ephemeral_for for each in env.fake_slack.messages)


async def test_slacks_own_pickers_say_the_first_start_and_lines_below_the_others(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    picked = {"starts.day.1": "2026-12-09", "starts.time.1": "18:00", "starts.more": "Dec 16 6pm\nDec 23 18:00 London"}
    await frances.fills(title="Grief at work", zoom="https://zoom.us/j/1", **picked)
    frances.reads("Part 1 begins", "Wednesday 9 December, 18:00", "Wednesday 16 December, 18:00", "18:00 (London time)")
    await frances.presses("Change")
    shown = {block["block_id"]: block["element"] for block in frances.top_modal()["blocks"] if "element" in block}
    assert [shown[f"starts.day.{line}"]["initial_date"] for line in (1, 2)] == ["2026-12-09", "2026-12-16"]
    assert shown["starts.time.1"]["initial_time"] == "18:00"
    assert shown["starts.words.3"]["initial_value"] == "2026-12-23 18:00 Europe/London"
    await frances.fills(title="Grief at home")
    frances.reads("Grief at home", "Wednesday 9 December, 18:00", "18:00 (London time)")
    await frances.presses("Change")
    await frances.fills(**{"starts.time.2": ""})
    frances.reads_an_error("starts", "At what time is “2026-12-16”?")


async def test_words_count_though_the_pickers_are_filled(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    picked = {"starts.day.1": "2026-12-09", "starts.time.1": "18:00"}
    await frances.fills(title="Grief at work", zoom="https://zoom.us/j/1", **picked)
    await frances.presses("Change")
    await frances.fills(starts="Dec 10 7pm", **picked)
    assert "Part" not in frances.reads("Thursday 10 December, 19:00").text


async def test_a_form_that_asks_which_time_is_meant_keeps_all_else(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    await frances.fills(title="Grief at work", starts="2/3/2027 6pm\n4/5/2027 6pm", zoom="https://zoom.us/j/1")
    blocks = {block.get("block_id"): block for block in frances.top_modal()["blocks"]}
    readings = blocks["starts.reading"]["element"]["options"]
    assert [each["text"]["text"] for each in readings] == [
        "Wednesday 3 February 2027, 18:00 (Madrid time)",
        "Tuesday 2 March 2027, 18:00 (Madrid time)",
    ]
    await frances.fills(**{"starts.reading": readings[1]["value"]})
    blocks = {block.get("block_id"): block for block in frances.top_modal()["blocks"]}
    assert blocks["starts.day.1"]["element"]["initial_date"] == "2027-03-02"
    readings = blocks["starts.reading"]["element"]["options"]
    await frances.fills(**{"starts.reading": readings[0]["value"]})
    frances.reads("Grief at work", "Tuesday 2 March 2027, 18:00", "Monday 5 April 2027, 18:00")


async def test_a_form_open_for_longer_than_its_response_url_shows_the_answer_itself(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    env.clock.advance(minutes=31)
    values = {"title": "Grief at work", "starts": "2026-12-09 18:00", "zoom": "https://zoom.us/j/1"}
    await env.client.submits(frances.user, values)
    await env.harness.settled()
    assert "A preview." in frances.modal_text()
    await frances.presses_in(frances.top_modal(), "Publish")
    assert "Grief at work is published" in frances.modal_text()


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
    assert "Please say it in at most 200 characters" in ada.modal_text()


async def test_change_in_a_window_opens_the_form_there(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create")
    env.clock.advance(minutes=31)
    values = {"title": "Grief at work", "starts": "2026-12-09 18:00", "zoom": "https://zoom.us/j/1"}
    await env.client.submits(frances.user, values)
    await frances.presses_in(frances.top_modal(), "Change")
    assert frances.top_modal()["title"]["text"] == "Change the gathering"
    assert len(frances.user.modals) == 1
