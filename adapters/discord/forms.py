"""Forms as Discord modals, and what comes back of one. Pure. Limits: developer docs, Component Reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, assert_never

import discord

from adapters.discord.markdown import escape, one_line
from bot import people
from bot.addresses import Address
from bot.request import Call, encode
from bot.text import clip
from bot.views import FIELD_LIMIT, ChecksField, Choice, ChoiceField, Field, Form, MomentsField, PeopleField, TextField

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


def render_form(form: Form, *, in_server: bool = False) -> Json:
    """The modal. A field's error stands under its label, in place of the hint.

    `in_server`: elsewhere Discord's picker of people shows nobody but the two who talk there.
    """
    room = FIELD_LIMIT - len(form.fields) - bool(form.about)
    shown = [each for field in form.fields for each in _shown(field, pickers=in_server, room=room)]
    return {
        "custom_id": encode(form.call),
        "title": clip(one_line(form.title), TITLE_LIMIT),
        "components": [*_about(form), *(_labelled(field) for field in shown)],
    }


def form_values(components: Iterable[Mapping[str, Any]], resolved: Mapping[str, Any] | None) -> dict[str, str]:
    """Field name -> what was typed or chosen (several joined by commas), as a Call has them.

    `resolved`: what Discord says of the people who were picked.
    Raises LookupError, TypeError or ValueError for what is not the submission of a form of ours.
    """
    values: dict[str, str] = {}
    for label in components:
        if label.get("type") == _Component.text_display.value:
            continue
        field = label["component"]
        value = field["value"] if "value" in field else field["values"]
        if field.get("type") == _Component.user_select.value:
            value = ", ".join(_mention(str(each), resolved or {}) for each in value)
        if isinstance(value, list):
            value = ",".join(str(choice) for choice in value)
        values[str(field["custom_id"])] = "" if value is None else str(value)
    return people.merged(values)


def display_name(user: Mapping[str, Any], member: Mapping[str, Any]) -> str:
    """What people see somebody called: in the server they are in, or everywhere."""
    return str(member.get("nick") or user.get("global_name") or user["username"])


def _mention(user_id: str, resolved: Mapping[str, Any]) -> str:
    user = (resolved.get("users") or {}).get(user_id)
    member = (resolved.get("members") or {}).get(user_id) or {}
    return people.mention(Address("discord", user_id), display_name(user, member) if user else "")


def _shown(field: Field, *, pickers: bool, room: int) -> list[Field]:
    """A picker of people and the words below it, where there is room; else the picker, where somebody is picked."""
    if not isinstance(field, PeopleField):
        return [field]
    words = people.in_words(field, "discord")
    if not pickers or (room < 1 and not people.picked(field, "discord")):
        return [people.in_words(field)]
    if room < 1:
        return [replace(field, hint=field.picker_hint)]
    return [replace(field, required=False, hint="", error=""), words]


def submitted(form: Form, chosen: Call) -> Call | None:
    """The Call of a form with the reading that was chosen of one of its times; None where none was."""
    reading = {
        field.reading: chosen[field.reading]
        for field in form.fields
        if isinstance(field, MomentsField) and field.reading in chosen
    }
    return form.call.filled({field.name: field.value for field in form.fields} | reading) if reading else None


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
        case PeopleField():
            return _picker(field)
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


def _picker(field: PeopleField) -> Json:
    chosen = [{"id": who.account, "type": "user"} for who in people.picked(field, "discord")][: field.most]
    return {
        "type": _Component.user_select.value,
        "custom_id": people.picker(field),
        "min_values": 1 if field.required else 0,
        "max_values": field.most,
        "required": field.required,
        **({"default_values": chosen} if chosen else {}),
    }


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
