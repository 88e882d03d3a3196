"""Forms as modals: where they open, their errors, and where their answers appear."""

from __future__ import annotations

from slack_sdk.models.views import View as SdkView

from adapters.slack import forms
from adapters.slack.forms import Origin
from bot.i18n import Locale
from bot.views import Form
from tests.adapters.slack.block_kit import check_view
from tests.adapters.slack.conftest import SlackEnvironment
from tests.each import each
from tests.samples.all_views import FORMS

TO = Locale("en", "Europe/Madrid")


@each("form", FORMS)
def test_slacks_own_models_agree_about_windows(form: Form) -> None:
    window = forms.form_modal(form, Origin(), TO)
    parsed = SdkView(**window)
    parsed.validate_json()
    assert [each["type"] for each in parsed.to_dict()["blocks"]] == [each["type"] for each in window["blocks"]]


def test_a_long_title_stands_whole_above_the_fields() -> None:
    form = FORMS["en/cancel"]
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


async def test_what_moved_into_another_field_of_a_redrawn_form_is_sent_once(env: SlackEnvironment) -> None:
    """Slack keeps what stands in a field of a redrawn form whose ids stay the same, also where it should be empty."""
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    words = {"starts": "3/12 6pm", "starts.more": "17 Dec 6pm", "facilitators": "Ben"}
    await frances.fills(title="Grief at work", zoom="https://zoom.us/j/1", **words)
    blocks = {block.get("block_id"): block.get("element", {}) for block in frances.top_modal()["blocks"]}
    assert blocks["starts.words.2"]["initial_value"] == "17 Dec 6pm"
    assert "initial_value" not in blocks["starts.more"]
    assert "initial_users" not in blocks["facilitators.people"]
    assert blocks["zoom"]["action_id"] == "zoom"
    assert blocks["zoom"]["initial_value"] == "https://zoom.us/j/1"  # the client's own: the bot never sends it back
    await frances.means("Thursday 3 December 2026, 18:00 (Madrid time)")
    seen = frances.reads("Part 1 begins", "Thursday 3 December, 18:00", "Thursday 17 December, 18:00")
    assert "Part 2 of 2" in seen.text


async def test_a_rhythm_below_a_picked_date_stands_once_in_a_redrawn_form(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    picked = {"starts.day.1": "2026-12-03", "starts.time.1": "18:00", "starts": "weekly, 2 times"}
    await frances.fills(title="Grief at work", zoom="zoom", **picked, **{"starts.more": "3/2/2027 6pm"})
    assert frances.window is not None
    assert frances.window.values["starts"].count("weekly") == 1
    await frances.fills(zoom="https://zoom.us/j/1")
    await frances.means("Wednesday 3 February 2027, 18:00 (Madrid time)")
    frances.reads("Thursday 10 December, 18:00", "Wednesday 3 February 2027", "Part 3 of 3")


async def test_a_mistake_is_shown_in_the_form_as_it_stands(env: SlackEnvironment) -> None:
    """Slack's own errors at the fields: the form opens with its sender picked, whose name is not in what comes back."""
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    assert frances.top_modal()["blocks"][-1]["block_id"] == "facilitators"
    picked = {"starts.day.1": "2026-12-03", "starts.time.1": "18:00", "facilitators.people": frances.user.id}
    values = {"title": "Grief at work", "zoom": "zoom", **picked}
    before = frances.top_modal()
    errors = await env.client.submits(frances.user, values)
    assert set(errors) == {"zoom"}
    assert frances.top_modal() is before
    assert await env.client.submits(frances.user, values | {"zoom": "https://zoom.us/j/1"}) == {}
    await env.harness.settled()
    frances.reads("A preview.", "Thursday 3 December, 18:00")


async def test_an_app_or_a_guest_that_slack_offers_is_refused_by_name(env: SlackEnvironment) -> None:
    frances, ada = env.frances(), env.ada()
    poll = env.fake_slack.user("Polly", is_bot=True)
    otto = env.fake_slack.user("Otto", team="T0ELSEWHERE")
    await frances.says("/htg-host create", channel="general")
    before = frances.top_modal()
    values = {"title": "Grief at work", "starts": "3 Dec 6pm", "zoom": "https://zoom.us/j/1"}
    both = f"{frances.user.id},{poll.id},{otto.id}"
    errors = await env.client.submits(frances.user, values | {"facilitators.people": both})
    assert set(errors) == {"facilitators"}
    assert "Polly is an app" in errors["facilitators"]
    assert "Otto is from another workspace" in errors["facilitators"]
    assert "Frances" not in errors["facilitators"]
    assert frances.top_modal() is before
    ours = f"{frances.user.id},{ada.user.id}"
    assert await env.client.submits(frances.user, values | {"facilitators.people": ours, "facilitators": "Otto"}) == {}
    await env.harness.settled()
    frances.reads("Otto, Frances, Ada")
    await frances.says("/htg-host team")
    await frances.presses("Add somebody")
    assert "Polly" in (await env.client.submits(frances.user, {"who.people": poll.id}))["who"]


async def test_a_facilitator_from_another_workspace_stays_picked(env: SlackEnvironment) -> None:
    """The form opens with them picked, by the id that they have in their own workspace."""
    otto = env.harness.person("Otto")
    otto.user.team = "T0ELSEWHERE"
    await env.frances().says("/htg-host team")
    await env.frances().presses("Add somebody")
    await env.frances().fills(who=f"slack:T0ELSEWHERE/{otto.user.id}")
    await env.client.uses_shortcut(otto.user, "host-create")
    await env.harness.settled()
    values = {"title": "Grief at work", "starts.day.1": "2026-12-03", "starts.time.1": "18:00"}
    values |= {"zoom": "https://zoom.us/j/1", "facilitators.people": otto.user.id}
    assert await env.client.submits(otto.user, values) == {}
    await env.harness.settled()
    assert "Otto" in otto.modal_text()


async def test_somebody_whom_slack_does_not_describe_in_time_may_be_picked(env: SlackEnvironment) -> None:
    frances, ada = env.frances(), env.ada()
    await frances.says("/htg-host team")
    await frances.presses("Add somebody")
    env.fake_slack.fail("users.info", "500")
    assert await env.client.submits(frances.user, {"who.people": ada.user.id}) == {}


async def test_which_line_is_asked_about_is_said_before_its_readings(env: SlackEnvironment) -> None:
    frances = env.frances()
    await frances.says("/htg-host create", channel="general")
    await frances.fills(title="Grief at work", starts="2/3/2027 6pm", zoom="https://zoom.us/j/1")
    lines = frances.modal_text().splitlines()
    heading, question = lines.index("Date and time"), lines.index("Which do you mean?")
    quoted = [number for number, line in enumerate(lines) if "“2/3/2027 6pm” can mean" in line]
    assert quoted == [question - 1]
    assert heading < quoted[0] < lines.index("Day") < lines.index("Or in words")


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
