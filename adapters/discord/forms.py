"""Forms as Discord modals, and what comes back of one. Pure. Limits: developer docs, Component Reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

import discord

from adapters.discord.markdown import clip, escape, one_line
from bot.request import encode
from bot.views import ChecksField, Choice, ChoiceField, Field, Form, MomentsField, TextField

Json = dict[str, Any]

TITLE_LIMIT = 45
LABEL_LIMIT = 45
DESCRIPTION_LIMIT = 100
ABOUT_LIMIT = 1000
OPTION_TEXT_LIMIT = 100
VALUE_LIMIT = 4000
RADIO_LIMIT = 10
"""Choices of a radio or checkbox group; more of them become a menu."""
_Component = discord.ComponentType
_PARAGRAPH, _SHORT = discord.TextStyle.paragraph.value, discord.TextStyle.short.value


def render_form(form: Form) -> Json:
    """The modal. A field's error stands under its label, in place of the hint."""
    return {
        "custom_id": encode(form.call),
        "title": clip(one_line(form.title), TITLE_LIMIT),
        "components": [*_about(form), *(_labelled(field) for field in form.fields)],
    }


def form_values(components: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Field name -> what was typed or chosen (several joined by commas), as a Call has them.

    Raises LookupError, TypeError or ValueError for what is not the submission of a form of ours.
    """
    values: dict[str, str] = {}
    for label in components:
        if label.get("type") == _Component.text_display.value:
            continue
        field = label["component"]
        value = field["value"] if "value" in field else field["values"]
        if isinstance(value, list):
            value = ",".join(str(choice) for choice in value)
        values[str(field["custom_id"])] = "" if value is None else str(value)
    return values


def _about(form: Form) -> list[Json]:
    if not form.about:
        return []
    return [{"type": _Component.text_display.value, "content": clip(escape(one_line(form.about)), ABOUT_LIMIT)}]


def _labelled(field: Field) -> Json:
    description = field.error or field.hint
    return {
        "type": _Component.label.value,
        "label": clip(one_line(field.label), LABEL_LIMIT),
        **({"description": clip(one_line(description), DESCRIPTION_LIMIT)} if description else {}),
        "component": _component(field),
    }


def _component(field: Field) -> Json:
    match field:
        case TextField() | MomentsField():
            return _text_input(field)
        case ChoiceField():
            return _choice(field)
        case ChecksField():
            return _checks(field)
        case _:
            assert_never(field)


def _text_input(field: TextField | MomentsField) -> Json:
    limit = min(field.limit, VALUE_LIMIT)
    component: Json = {
        "type": _Component.text_input.value,
        "custom_id": field.name,
        "style": _PARAGRAPH if field.multiline else _SHORT,
        "required": field.required,
        "max_length": limit,
    }
    # Discord refuses an empty value, and one that is longer than max_length.
    return component | ({"value": field.value[:limit]} if field.value else {})


def _choice(field: ChoiceField) -> Json:
    options = _options(field.choices, {field.value})
    kind = _Component.radio_group if 2 <= len(options) <= RADIO_LIMIT else _Component.select
    return {"type": kind.value, "custom_id": field.name, "options": options, "required": field.required}


def _checks(field: ChecksField) -> Json:
    options = _options(field.choices, set(field.value.split(",")))
    kind = _Component.checkbox_group if len(options) <= RADIO_LIMIT else _Component.select
    number = {"min_values": 0, "max_values": len(options), "required": False}
    return {"type": kind.value, "custom_id": field.name, "options": options, **number}


def _options(choices: Iterable[Choice], chosen: set[str]) -> list[Json]:
    return [
        {
            "label": clip(one_line(choice.label), OPTION_TEXT_LIMIT),
            "value": choice.value,
            **({"description": clip(one_line(choice.description), OPTION_TEXT_LIMIT)} if choice.description else {}),
            **({"default": True} if choice.value in chosen else {}),
        }
        for choice in choices
    ]
