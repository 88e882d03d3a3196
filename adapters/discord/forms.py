"""Forms as Discord modals, and what comes back of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from adapters.discord.text import clip, one_line
from bot.asks import encode
from bot.views import ChecksField, Choice, ChoiceField, Field, Form, TextField

Json = dict[str, Any]

TITLE = 45
LABEL = 45
HINT = 100
OPTION_TEXT = 100
VALUE = 4000
RADIO_LIMIT = 10
"""Choices that stand open side by side; more of them fold into a menu."""
_LABEL, _TEXT, _MENU, _RADIO, _CHECKS = 18, 4, 3, 21, 22


def show_form(form: Form) -> Json:
    """The modal. What needs another look is said under its field's label, in place of the hint."""
    return {
        "custom_id": encode(form.call),
        "title": clip(one_line(form.title), TITLE),
        "components": [_labelled(field) for field in form.fields],
    }


def values(components: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Field name -> what was typed or chosen, several joined by commas, as a Call has them.

    Raises LookupError, TypeError or ValueError for what is no answer to a form of ours.
    """
    found: dict[str, str] = {}
    for label in components:
        field = label["component"]
        value = field["value"] if "value" in field else field["values"]
        if isinstance(value, list):
            value = ",".join(str(each) for each in value)
        found[str(field["custom_id"])] = "" if value is None else str(value)
    return found


def _labelled(field: Field) -> Json:
    about = field.error or field.hint
    return {
        "type": _LABEL,
        "label": clip(one_line(field.label), LABEL),
        **({"description": clip(one_line(about), HINT)} if about else {}),
        "component": _control(field),
    }


def _control(field: Field) -> Json:
    match field:
        case TextField():
            return _text(field)
        case ChoiceField():
            return _choice(field)
        case ChecksField(name, choices=choices, value=value):
            options = _options(choices, set(value.split(",")))
            some = {"min_values": 0, "max_values": len(options), "required": False}
            kind = _CHECKS if len(options) <= RADIO_LIMIT else _MENU
            return {"type": kind, "custom_id": name, "options": options, **some}
        case _:
            assert_never(field)


def _text(field: TextField) -> Json:
    limit = min(field.limit, VALUE)
    control: Json = {
        "type": _TEXT,
        "custom_id": field.name,
        "style": 2 if field.multiline else 1,
        "required": field.required,
        "max_length": limit,
    }
    # An empty value is refused; a longer one than the limit would be, too.
    return control | ({"value": field.value[:limit]} if field.value else {})


def _choice(field: ChoiceField) -> Json:
    options = _options(field.choices, {field.value})
    kind = _RADIO if 2 <= len(options) <= RADIO_LIMIT else _MENU
    return {"type": kind, "custom_id": field.name, "options": options, "required": field.required}


def _options(choices: Iterable[Choice], chosen: set[str]) -> list[Json]:
    return [
        {
            "label": clip(one_line(each.label), OPTION_TEXT),
            "value": each.value,
            **({"description": clip(one_line(each.description), OPTION_TEXT)} if each.description else {}),
            **({"default": True} if each.value in chosen else {}),
        }
        for each in choices
    ]
