"""Renders Forms and Views as modals, and the Home tab. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, assert_never
from zlib import crc32

from adapters.slack.render import HEADER_LIMIT, Block, plain_text, render_blocks, render_option
from bot import moments, people, platform_texts
from bot.i18n import Locale
from bot.request import Call, encode
from bot.views import (
    TEXT_LIMIT,
    Answer,
    ChecksField,
    ChoiceField,
    Field,
    Form,
    MomentsField,
    PeopleField,
    TextField,
    View,
)

TITLE_LIMIT = 24
"""Characters of a modal's title and of its buttons (docs.slack.dev, Views)."""
INPUT_LIMIT = 3000
HINT_LIMIT = 2000
ERROR_LIMIT = 2000
CHECKBOXES_LIMIT = 10
"""Options of checkboxes; with more, a multi_static_select."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a modal was opened from, and so where its answer goes. Travels in `private_metadata`."""

    response_url: str = ""
    channel: str = ""
    """The id of the channel, when it is a public one."""

    def to_metadata(self) -> str:
        return json.dumps({"url": self.response_url, "channel": self.channel}) if self.response_url else ""

    @classmethod
    def from_metadata(cls, metadata: object) -> Origin:
        """An empty origin for anything that `to_metadata` did not write."""
        try:
            stored = json.loads(metadata) if isinstance(metadata, str) and metadata else {}
            return cls(str(stored.get("url", "")), str(stored.get("channel", "")))
        except (ValueError, AttributeError):
            return cls()


def modal(answer: Answer, origin: Origin, locale: Locale) -> dict[str, Any]:
    return form_modal(answer, origin, locale) if isinstance(answer, Form) else view_modal(answer, locale)


def form_modal(form: Form, origin: Origin, locale: Locale) -> dict[str, Any]:
    """A Form as a modal. The block_id of each field is its name, which places the errors."""
    blocks = [block for field in form.fields for block in _field(field)]
    if form.about:
        blocks.insert(0, {"type": "section", "text": plain_text(form.about, TEXT_LIMIT)})
    if len(form.title) > TITLE_LIMIT:
        blocks.insert(0, {"type": "header", "text": plain_text(form.title, HEADER_LIMIT)})
    return {
        "type": "modal",
        "callback_id": encode(form.call),
        "title": plain_text(form.title, TITLE_LIMIT),
        "submit": plain_text(form.submit, TITLE_LIMIT),
        "close": plain_text(platform_texts.form_close(locale), TITLE_LIMIT),
        "private_metadata": origin.to_metadata(),
        "blocks": blocks,
    }


def view_modal(view: View, locale: Locale) -> dict[str, Any]:
    """A View as a modal, where there is no conversation to answer in."""
    return {
        "type": "modal",
        "title": plain_text(platform_texts.window_title(locale), TITLE_LIMIT),
        "close": plain_text(platform_texts.window_close(locale), TITLE_LIMIT),
        "blocks": render_blocks(view, locale),
    }


def home_view(views: Sequence[View], locale: Locale) -> dict[str, Any]:
    """The Home tab: these Views one below the other, then the settings."""
    numbers = count()
    blocks: list[Block] = []
    for view in views:
        blocks += [*render_blocks(view, locale, numbers), {"type": "divider"}]
    blocks += render_blocks(View((platform_texts.home_foot(locale),)), locale, numbers)
    return {"type": "home", "blocks": blocks}


def errors_as_sent(form: Form, call: Call) -> dict[str, str]:
    """Errors by block_id, for Slack to show in the form that was sent as `call`; none where more is to be redrawn."""
    asks = any(isinstance(field, MomentsField) and field.readings for field in form.fields)
    shown = form.call.filled({field.name: field.value for field in form.fields})
    if asks or dict(shown.arguments) != dict(call.arguments):
        return {}
    return {field.name: field.error[:ERROR_LIMIT] for field in form.fields if field.error}


def _field(field: Field) -> list[Block]:
    match field:
        case MomentsField():
            return _moments(field)
        case PeopleField():
            return _people(field)
        case TextField() | ChoiceField() | ChecksField():
            return _input(field)
        case _ as unreachable:
            assert_never(unreachable)


def _moments(field: MomentsField) -> list[Block]:
    """Slack's own pickers for each line, and its words; then the lines that may be added. Errors stand at the words."""
    found = moments.lines(field)
    # Slack names the zone under the picker; it takes the names of places alone.
    zone = {"timezone": field.zone} if "/" in field.zone else {}
    blocks: list[Block] = [{"type": "header", "text": plain_text(field.label, HEADER_LIMIT)}, *_readings(field)]
    for number, line in enumerate(found, 1):
        which = f" {number}" if len(found) > 1 else ""
        date: Block = {"type": "datepicker"} | ({"initial_date": line.day} if line.day else {})
        clock: Block = {"type": "timepicker"} | zone | ({"initial_time": line.time} if line.time else {})
        blocks.append(_optional(moments.name(field, "day", number), field.day + which, date, field.value))
        blocks.append(_optional(moments.name(field, "time", number), field.time + which, clock, field.value))
        error = "" if field.readings else field.error
        first = {"hint": field.hint, "error": error} if number == 1 else {}
        blocks += _words(field, moments.name(field, "words", number), field.words + which, line.words, **first)
    return blocks + (_words(field, moments.more(field), field.more) if field.more else [])


def _words(field: MomentsField, name: str, label: str, value: str = "", hint: str = "", error: str = "") -> list[Block]:
    shown = TextField(name, label, value, hint, error, required=False, multiline=field.multiline, limit=field.limit)
    return _input(shown, field.value)


def _readings(field: MomentsField) -> list[Block]:
    """What a line can mean, below the sentence that says which line is asked about."""
    if not field.readings:
        return []
    options = [render_option(choice) for choice in field.readings]
    radio: Block = {"type": "radio_buttons", "options": options}
    return [*_error(field.error), _optional(field.reading, field.which, radio, field.value)]


def _people(field: PeopleField) -> list[Block]:
    """Slack's own picker, then those who are no members here, in words. Errors stand at the words."""
    chosen = [who.account.rpartition("/")[2] for who in people.picked(field, "slack")][: field.most]
    select: Block = {"type": "users_select"} if field.most == 1 else {"type": "multi_users_select"}
    if field.most > 1:
        select |= {"max_selected_items": field.most} | ({"initial_users": chosen} if chosen else {})
    elif chosen:
        select["initial_user"] = chosen[0]
    picker = _optional(people.picker(field), field.label, select, field.value)
    return [picker, *_input(people.in_words(field, "slack"), field.value)]


def _optional(name: str, label: str, element: Block, whole: str) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": plain_text(label, HINT_LIMIT),
        "element": element | {"action_id": _action_id(name, element, whole)},
        "optional": True,
    }


def _action_id(name: str, element: Block, whole: str) -> str:
    """Another one for another value: a modal that is updated keeps what was typed or chosen in a field of this id.

    `whole`: the value of a field that several controls show, for one of them may be emptied into another.
    """
    offered = {key: value for key, value in element.items() if key.startswith("initial") or key == "options"}
    shown = json.dumps([offered, whole], sort_keys=True)
    return f"{name}-{crc32(shown.encode()):x}" if offered or whole else name


def _input(field: TextField | ChoiceField | ChecksField, whole: str = "") -> list[Block]:
    element = _element(field)
    block: Block = {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(field.label, HINT_LIMIT),
        "element": element | {"action_id": _action_id(field.name, element, whole)},
        "optional": isinstance(field, ChecksField) or not field.required,
    }
    if field.hint:
        block["hint"] = plain_text(field.hint, HINT_LIMIT)
    return [*_error(field.error), block]


def _error(error: str) -> list[Block]:
    """A form may open with one (of a value typed after the command), for which Slack has no place of its own."""
    return [{"type": "context", "elements": [plain_text(error, HINT_LIMIT)]}] if error else []


def _element(field: TextField | ChoiceField | ChecksField) -> Block:
    match field:
        case TextField():
            limit = min(field.limit, INPUT_LIMIT)
            element: Block = {"type": "plain_text_input", "multiline": field.multiline, "max_length": limit}
            # A secret stays in the client, which keeps what was typed there while the modal is updated.
            shown = field.value and not field.secret
            return element | ({"initial_value": field.value[:limit]} if shown else {})
        case ChoiceField():
            return {"type": "static_select"} | _options(field, [field.value], "initial_option", several=False)
        case ChecksField():
            kind = "checkboxes" if len(field.choices) <= CHECKBOXES_LIMIT else "multi_static_select"
            return {"type": kind} | _options(field, field.value.split(","), "initial_options", several=True)
        case _ as unreachable:
            assert_never(unreachable)


def _options(field: ChoiceField | ChecksField, values: Sequence[str], initial: str, *, several: bool) -> Block:
    options = [render_option(choice) for choice in field.choices]
    chosen = [option for option in options if option["value"] in values]
    block: Block = {"options": options}
    if chosen:
        block[initial] = chosen if several else chosen[0]
    return block
