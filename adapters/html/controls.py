"""What a page's forms send back, as Calls: the counterpart of `render.py` and `forms.py`."""

from __future__ import annotations

from collections.abc import Mapping

from multidict import MultiMapping

from adapters.html.forms import FIELD_PREFIX, FIELDS
from adapters.html.render import BUTTON, CHOICE_PREFIX, MENU
from bot import moments
from bot.request import Call, Undecodable, decode, decode_choice, decode_form

UNKNOWN_CONTROL = Call("not-ours")
"""The Call of a control id that cannot be decoded: no command has this name, so the core answers politely."""
FORM = "id"
"""The name of the hidden control that holds the id of a form."""


def button_call(control_id: str) -> Call:
    try:
        return decode(control_id)
    except Undecodable:
        return UNKNOWN_CONTROL


def menu_call(control_id: str, value: str) -> Call:
    try:
        return decode_choice(control_id, value)
    except Undecodable:
        return UNKNOWN_CONTROL


def form_call(control_id: str, values: Mapping[str, str]) -> Call:
    try:
        return decode_form(control_id, values)
    except Undecodable:
        return UNKNOWN_CONTROL


def submitted_call(data: MultiMapping[str]) -> Call:
    """Of a whole submission: a menu's choice, a button, or a form."""
    if (menu := data.get(MENU)) is not None:
        return menu_call(menu, data.get(CHOICE_PREFIX + menu, ""))
    if (button := data.get(BUTTON)) is not None:
        return button_call(button)
    return form_call(data.get(FORM, ""), submitted_fields(data))


def submitted_fields(data: MultiMapping[str]) -> dict[str, str]:
    """The listed ones, those of pickers joined to their field."""
    listed = {name: ",".join(data.getall(FIELD_PREFIX + name, [])) for name in data.getall(FIELDS, [])}
    shown = {key.removeprefix(FIELD_PREFIX): value for key, value in data.items() if key.startswith(FIELD_PREFIX)}
    merged = moments.merged(shown | listed)
    return {name: merged[name] for name in listed if name in merged}
