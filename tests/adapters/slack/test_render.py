"""Every View as Block Kit: valid by Slack's own models and types, and read out whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft7Validator
from slack_sdk.models.blocks import Block

from adapters.slack import forms
from adapters.slack.forms import Origin
from adapters.slack.render import fallback_text, render_blocks
from bot.i18n import Locale
from bot.views import Paragraph, Text, View
from tests.adapters.slack.block_kit import check_view, controls, every_object
from tests.adapters.slack.fake_workspace import menus
from tests.each import each
from tests.samples.all_views import ALL_VIEWS, VIEWS
from tests.samples.values import HOSTILE

Json = dict[str, Any]
TO = Locale("en", "Europe/Madrid")
SCHEMA = Path(__file__).parents[4] / "shared" / "specs" / "slack_types.schema.json"
"""Slack's own types, where they are at hand; the checks of `blockkit` hold everywhere."""


@each("view", VIEWS)
def test_slacks_own_models_agree(view: View) -> None:
    """Each block is one that the SDK knows, with nothing lost on the way through its model, and valid."""
    for block in render_blocks(view, TO):
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
        assert _without_empty(parsed.to_dict()) == _without_empty(block)


def _without_empty(found: object) -> object:
    """The models leave out what is None."""
    if isinstance(found, dict):
        return {key: _without_empty(value) for key, value in found.items() if value is not None}
    return [_without_empty(each) for each in found] if isinstance(found, list) else found


@each("view", VIEWS)
def test_a_view_fits_a_window_and_home_too(view: View) -> None:
    check_view(forms.view_modal(view, TO))
    check_view(forms.home_view([view, view], TO))


@each("view", VIEWS)
def test_the_text_says_what_the_blocks_say(view: View) -> None:
    """For notifications and screen readers: every word of the blocks is in it, escaped, in the order of reading."""
    said = fallback_text(view, TO)
    for button in view.buttons():
        assert f"[{button.label}]" in said
    assert len(said) <= 4000
    end = 0
    for piece in _read_out(render_blocks(view, TO)):
        found = said.find(_escaped(piece), end)
        assert found >= 0, f"{piece!r} is not in {said[end:]!r}"
        end = found


def _read_out(found: object) -> Iterator[str]:
    """What a person reads in blocks, piece by piece. Dates are told by the text in the reader's zone."""
    if isinstance(found, list):
        for each in found:
            yield from _read_out(each)
    elif isinstance(found, dict) and found.get("type") == "channel":
        yield found["channel_id"][-4:]  # the text has no names of Slack's, and says how its id ends
    elif isinstance(found, dict) and found.get("type") in {"text", "link", "plain_text", "mrkdwn"}:
        if found["type"] != "mrkdwn":
            yield from filter(None, (each.strip() for each in found["text"].removesuffix("…").split("\n")))
    elif isinstance(found, dict):
        if found.get("type") == "static_select":  # its placeholder says the label again
            found = {"options": [[each["text"], each.get("description")] for each in found["options"]]}
        for name, each in found.items():
            if name not in {"accessibility_label", "placeholder"}:
                yield from _read_out(each)


def _escaped(said: str) -> str:
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize("length", range(3990, 4001))
def test_a_text_that_is_cut_ends_in_whole_signs(length: int) -> None:
    for sign in ("&", "<", ">"):
        said = fallback_text(View((Paragraph((Text("x" * (length - 5) + sign * 9),)),)), TO)
        assert len(said) <= 4000
        assert re.fullmatch(r"x+(&(amp|lt|gt);)*…?", said)


def test_a_date_is_slacks_own_with_utc_named_for_those_who_cannot_show_it() -> None:
    dates = [each for each in every_object(render_blocks(VIEWS["en/registered"], TO)) if each.get("type") == "date"]
    assert dates[0]["format"] == "{date_long}, {time}"
    assert dates[0]["fallback"] == "Thursday 3 December, 17:00 (UTC)"
    assert type(dates[0]["timestamp"]) is int


def test_a_hostile_title_is_escaped_in_the_text() -> None:
    longest = VIEWS["en/announcement-longest"]
    assert HOSTILE[:20].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in fallback_text(longest, TO)
    assert "<!channel>" not in fallback_text(longest, TO)


def test_buttons_in_a_list_say_what_they_are_about() -> None:
    labels = [each.get("accessibility_label", "") for each in controls(render_blocks(VIEWS["en/list"], TO))]
    assert "Unregister: Grief and Gratitude" in labels
    assert any(each.endswith(": Living with illness · part 2 of 3") for each in labels)
    assert len({each for each in labels if each}) == len([each for each in labels if each]), "no two are alike"


def test_a_menu_that_may_be_cut_short_is_a_search_box() -> None:
    assert [each["type"] for each in menus(render_blocks(VIEWS["en/which"], TO))] == ["external_select"]
    assert [each["type"] for each in menus(render_blocks(VIEWS["en/announce"], TO))] == ["static_select"]


def test_slacks_published_types_agree() -> None:
    if not SCHEMA.exists():
        return  # the limits of `blockkit`, which every other test here goes through, hold all the same
    known = json.loads(SCHEMA.read_text())
    check = Draft7Validator({"$ref": "#/definitions/KnownBlock", "definitions": known["definitions"]})
    for answer in ALL_VIEWS.values():
        for block in (
            render_blocks(answer, TO) if isinstance(answer, View) else forms.form_modal(answer, Origin(), TO)["blocks"]
        ):
            check.validate(block)
