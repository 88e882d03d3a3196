"""Forms as modals, Views as modals, and the Home tab. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, assert_never

from adapters.slack.render import Block, option, plain_text, show
from bot import words
from bot.asks import encode
from bot.views import ChecksField, ChoiceField, Field, Form, TextField, View
from bot.words.reader import Reader

TITLE_LIMIT = 24
"""Characters of a modal's title and of its submit button (docs.slack.dev, Views)."""
INPUT_LIMIT = 3000
HINT_LIMIT = 2000
ERROR_LIMIT = 2000
CHECKBOXES_LIMIT = 10
"""Options of checkboxes; with more, a menu of several."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a modal was opened from: its answer goes back there. Travels in `private_metadata`."""

    response_url: str = ""
    channel: str = ""
    """The id of the channel, when it is a public one."""

    def written(self) -> str:
        return json.dumps({"url": self.response_url, "channel": self.channel}) if self.response_url else ""

    @classmethod
    def read(cls, written: object) -> Origin:
        """Anything that is not ours is no origin."""
        try:
            found = json.loads(written) if isinstance(written, str) and written else {}
            return cls(str(found.get("url", "")), str(found.get("channel", "")))
        except (ValueError, AttributeError):
            return cls()


def form_modal(form: Form, origin: Origin, to: Reader) -> dict[str, Any]:
    """A Form as a modal. Each field is a block named like it, so that errors find their place."""
    blocks = [block for field in form.fields for block in _field(field)]
    if len(form.title) > TITLE_LIMIT:
        blocks.insert(0, {"type": "header", "text": plain_text(form.title, 150)})
    return {
        "type": "modal",
        "callback_id": encode(form.call),
        "title": plain_text(form.title, TITLE_LIMIT),
        "submit": plain_text(form.submit, TITLE_LIMIT),
        "close": plain_text(words.form_close(to), TITLE_LIMIT),
        "private_metadata": origin.written(),
        "blocks": blocks,
    }


def view_modal(view: View, to: Reader) -> dict[str, Any]:
    """A View as a modal, where there is no conversation to answer in."""
    return {
        "type": "modal",
        "title": plain_text(words.window_title(to), TITLE_LIMIT),
        "close": plain_text(words.window_close(to), TITLE_LIMIT),
        "blocks": show(view, to),
    }


def home(views: Sequence[View], to: Reader) -> dict[str, Any]:
    """The Home tab: these Views one below the other, then the settings."""
    numbers = count()
    blocks: list[Block] = []
    for view in views:
        blocks += [*show(view, to, numbers), {"type": "divider"}]
    blocks += show(View((words.home_foot(to),)), to, numbers)
    return {"type": "home", "blocks": blocks}


def errors(form: Form) -> dict[str, str]:
    """What needs another look, by block: Slack shows each at its field and keeps what was typed."""
    return {field.name: field.error[:ERROR_LIMIT] for field in form.fields if field.error}


def _field(field: Field) -> list[Block]:
    asked: Block = {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(field.label, HINT_LIMIT),
        "element": _element(field) | {"action_id": field.name},
        "optional": isinstance(field, ChecksField) or not field.required,
    }
    if field.hint:
        asked["hint"] = plain_text(field.hint, HINT_LIMIT)
    if not field.error:
        return [asked]
    # A form that opens with a mistake in it (typed after the command): Slack has no place of its own for that.
    return [{"type": "context", "elements": [plain_text(field.error, HINT_LIMIT)]}, asked]


def _element(field: Field) -> Block:
    match field:
        case TextField():
            typed: Block = {"type": "plain_text_input", "multiline": field.multiline}
            typed["max_length"] = min(field.limit, INPUT_LIMIT)
            return typed | ({"initial_value": field.value[: typed["max_length"]]} if field.value else {})
        case ChoiceField():
            return {"type": "static_select"} | _options(field, [field.value], "initial_option", several=False)
        case ChecksField():
            kind = "checkboxes" if len(field.choices) <= CHECKBOXES_LIMIT else "multi_static_select"
            return {"type": kind} | _options(field, field.value.split(","), "initial_options", several=True)
        case _ as unreachable:
            assert_never(unreachable)


def _options(field: ChoiceField | ChecksField, chosen: Sequence[str], initial: str, *, several: bool) -> Block:
    options = [option(each) for each in field.choices]
    picked = [each for each in options if each["value"] in chosen]
    shown: Block = {"options": options}
    if picked:
        shown[initial] = picked if several else picked[0]
    return shown
