"""Block Kit as Slack checks it: every field known, every limit kept. Sources: docs.slack.dev, slack_sdk.models."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from bot import zones

Json = Mapping[str, Any]

MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_MESSAGE_CHARACTERS = 13_200
"""Above it, `msg_blocks_too_long`."""


class BadBlocks(ValueError):
    """What Slack calls invalid_blocks, with the place and the reason."""


def _check(true: object, where: str, why: str) -> None:
    if not true:
        raise BadBlocks(f"{where}: {why}")


def _fields(found: Json, where: str, needed: Collection[str], allowed: Collection[str] = ()) -> None:
    _check(isinstance(found, Mapping), where, "must be an object")
    missing, strange = set(needed) - found.keys(), found.keys() - set(needed) - set(allowed) - {"type"}
    _check(not missing, where, f"missing {sorted(missing)}")
    _check(not strange, where, f"unknown {sorted(strange)}")


def _string(found: object, where: str, most: int, least: int = 1) -> None:
    _check(isinstance(found, str), where, "must be text")
    assert isinstance(found, str)
    _check(least <= len(found) <= most, where, f"must be {least} to {most} characters, not {len(found)}")


def _text(found: Json, where: str, most: int, kinds: Collection[str] = ("plain_text",)) -> None:
    _check(found.get("type") in kinds, where, f"must be {kinds}")
    plain = found["type"] == "plain_text"
    _fields(found, where, {"text"}, {"emoji"} if plain else {"verbatim"})
    _string(found["text"], where, most)


BOTH = ("plain_text", "mrkdwn")

# ---- elements


def _option(found: Json, where: str) -> None:
    _fields(found, where, {"text", "value"}, {"description"})
    _text(found["text"], f"{where}.text", 75)
    _string(found["value"], f"{where}.value", 150)
    if "description" in found:
        _text(found["description"], f"{where}.description", 75)


def _options(found: Json, where: str, most: int, *initial: str) -> None:
    options = found["options"]
    _check(1 <= len(options) <= most, where, f"1 to {most} options, not {len(options)}")
    for place, each in enumerate(options):
        _option(each, f"{where}.options[{place}]")
    for name in initial:
        chosen = found.get(name, [])
        for each in chosen if isinstance(chosen, list) else [chosen]:
            _check(each in options, where, f"{name} is not among the options")


def _button(found: Json, where: str) -> None:
    _fields(found, where, {"text", "action_id"}, {"value", "url", "style", "accessibility_label"})
    _text(found["text"], f"{where}.text", 75)
    if "value" in found:
        _string(found["value"], f"{where}.value", 2000)
    if "url" in found:
        _string(found["url"], f"{where}.url", 3000)
        _check(re.match(r"https?://\S+$", found["url"]), where, "not a web address")
    _check(found.get("style", "primary") in {"primary", "danger"}, where, "unknown style")
    if "accessibility_label" in found:
        _string(found["accessibility_label"], where, 75)


def _static_select(found: Json, where: str) -> None:
    _fields(found, where, {"action_id", "options"}, {"placeholder", "initial_option"})
    _placeholder(found, where)
    _options(found, where, 100, "initial_option")


def _multi_static_select(found: Json, where: str) -> None:
    _fields(found, where, {"action_id", "options"}, {"placeholder", "initial_options"})
    _options(found, where, 100, "initial_options")


def _external_select(found: Json, where: str) -> None:
    _fields(found, where, {"action_id"}, {"placeholder", "min_query_length", "initial_option"})
    _placeholder(found, where)


def _placeholder(found: Json, where: str) -> None:
    if "placeholder" in found:
        _text(found["placeholder"], f"{where}.placeholder", 150)


def _plain_text_input(found: Json, where: str) -> None:
    _fields(found, where, {"action_id"}, {"multiline", "max_length", "initial_value", "placeholder"})
    most = found.get("max_length", 3000)
    _check(1 <= most <= 3000, where, "max_length is 1 to 3000")
    if "initial_value" in found:
        _string(found["initial_value"], f"{where}.initial_value", most)


def _checkboxes(found: Json, where: str) -> None:
    _fields(found, where, {"action_id", "options"}, {"initial_options"})
    _options(found, where, 10, "initial_options")


def _radio_buttons(found: Json, where: str) -> None:
    _fields(found, where, {"action_id", "options"}, {"initial_option"})
    _options(found, where, 10, "initial_option")


def _datepicker(found: Json, where: str) -> None:
    _fields(found, where, {"action_id"}, {"initial_date"})
    if "initial_date" in found:
        date.fromisoformat(found["initial_date"])


def _timepicker(found: Json, where: str) -> None:
    _fields(found, where, {"action_id"}, {"initial_time", "timezone"})
    if "initial_time" in found:
        _check(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", found["initial_time"]), where, "initial_time is HH:mm")
    _check(found.get("timezone", "UTC") in zones.names(), where, "timezone is none")


def _users_select(found: Json, where: str) -> None:
    several = found["type"] == "multi_users_select"
    _fields(found, where, {"action_id"}, {"max_selected_items", "initial_users"} if several else {"initial_user"})
    chosen = found.get("initial_users", []) if several else [found[k] for k in ("initial_user",) if k in found]
    _check(len(chosen) <= found.get("max_selected_items", len(chosen)), where, "more are chosen than may be")
    _check(all(re.fullmatch(r"[UW][A-Z0-9]+", each) for each in chosen), where, "is no user's id")


Check = Callable[[Json, str], None]
ELEMENTS: dict[str, Check] = {
    "button": _button,
    "static_select": _static_select,
    "multi_static_select": _multi_static_select,
    "external_select": _external_select,
    "plain_text_input": _plain_text_input,
    "checkboxes": _checkboxes,
    "radio_buttons": _radio_buttons,
    "datepicker": _datepicker,
    "timepicker": _timepicker,
    "users_select": _users_select,
    "multi_users_select": _users_select,
}


def _element(found: Json, where: str, allowed: Collection[str]) -> None:
    kind = found.get("type")
    _check(kind in allowed, where, f"{kind} does not belong here")
    if "action_id" in found:
        _string(found["action_id"], f"{where}.action_id", 255)
    ELEMENTS[str(kind)](found, where)


# ---- blocks


def _header(found: Json, where: str) -> None:
    _fields(found, where, {"text"}, {"block_id"})
    _text(found["text"], where, 150)


def _section(found: Json, where: str) -> None:
    _fields(found, where, {"text"}, {"accessory", "block_id"})
    _text(found["text"], where, 3000, BOTH)
    if "accessory" in found:
        _element(found["accessory"], f"{where}.accessory", {"button", "static_select", "external_select"})


def _context(found: Json, where: str) -> None:
    _fields(found, where, {"elements"}, {"block_id"})
    _check(1 <= len(found["elements"]) <= 10, where, "1 to 10 elements")
    for place, each in enumerate(found["elements"]):
        _text(each, f"{where}.elements[{place}]", 3000, BOTH)


def _actions(found: Json, where: str) -> None:
    _fields(found, where, {"elements"}, {"block_id"})
    _check(1 <= len(found["elements"]) <= 25, where, "1 to 25 elements")
    for place, each in enumerate(found["elements"]):
        _element(each, f"{where}.elements[{place}]", {"button", "static_select", "external_select"})


def _divider(found: Json, where: str) -> None:
    _fields(found, where, set(), {"block_id"})


def _rich_text(found: Json, where: str) -> None:
    _fields(found, where, {"elements"}, {"block_id"})
    _check(found["elements"], where, "is empty")
    for place, each in enumerate(found["elements"]):
        here = f"{where}.elements[{place}]"
        _check(each.get("type") in {"rich_text_section", "rich_text_quote"}, here, "unknown type")
        _fields(each, here, {"elements"}, {"border"})
        _check(each["elements"], here, "is empty")
        for number, part in enumerate(each["elements"]):
            _rich_part(part, f"{here}.elements[{number}]")


def _rich_part(found: Json, where: str) -> None:
    match found.get("type"):
        case "text":
            _fields(found, where, {"text"}, {"style"})
            _string(found["text"], where, 3000)
        case "link":
            _fields(found, where, {"url"}, {"text", "style"})
            _string(found["url"], where, 3000)
        case "date":
            _fields(found, where, {"timestamp", "format"}, {"fallback", "url", "style"})
            _check(type(found["timestamp"]) is int, where, "timestamp must be an integer")
            _check(re.search(r"\{(date\w*|time\w*|ago|day_divider_pretty)\}", found["format"]), where, "no date token")
        case "channel":
            _fields(found, where, {"channel_id"}, {"style"})
            _check(re.fullmatch(r"[CG][A-Z0-9]+", found["channel_id"]), where, "is no channel's id")
        case kind:
            raise BadBlocks(f"{where}: {kind} is not rich text")


SELECTS = ("static_select", "multi_static_select", "external_select")


def _input(found: Json, where: str) -> None:
    _fields(found, where, {"label", "element"}, {"hint", "optional", "block_id"})
    _text(found["label"], f"{where}.label", 2000)
    if "hint" in found:
        _text(found["hint"], f"{where}.hint", 2000)
    _element(
        found["element"],
        f"{where}.element",
        {
            *SELECTS,
            *("plain_text_input", "checkboxes", "radio_buttons", "datepicker", "timepicker"),
            *("users_select", "multi_users_select"),
        },
    )


BLOCKS: dict[str, Check] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "rich_text": _rich_text,
}


def _blocks(blocks: object, most: int, known: Mapping[str, Check]) -> None:
    _check(isinstance(blocks, list) and 1 <= len(blocks) <= most, "blocks", f"must be 1 to {most} blocks")
    assert isinstance(blocks, list)
    for place, block in enumerate(blocks):
        where = f"blocks[{place}]"
        _check(isinstance(block, Mapping) and block.get("type") in known, where, "unknown block type here")
        known[block["type"]](block, where)
    _unique((each["block_id"] for each in blocks if "block_id" in each), "block_id")
    # Slack asks it of one block alone; we hold ourselves to the whole message.
    _unique((each["action_id"] for each in controls(blocks) if each.get("type") != "plain_text_input"), "action_id")


def _unique(ids: Iterable[str], name: str) -> None:
    found = list(ids)
    _check(len(found) == len(set(found)), name, "is not unique")


def controls(blocks: Iterable[Json]) -> list[Json]:
    """Every element that can be acted on."""
    found: list[Json] = []
    for block in blocks:
        if block["type"] == "actions":
            found += block["elements"]
        elif "accessory" in block:
            found.append(block["accessory"])
        elif block["type"] == "input":
            found.append(block["element"])
    return found


def _length(found: object) -> int:
    if isinstance(found, Mapping):
        return sum(_length(value) for key, value in found.items() if key not in {"type", "action_id", "value", "url"})
    if isinstance(found, list):
        return sum(map(_length, found))
    return len(found) if isinstance(found, str) else 0


def check_message(message: Json) -> None:
    """A message's `text` and `blocks`; raises BadBlocks."""
    _string(message.get("text"), "text", 40_000)
    _check(
        not re.search(r"<[^>]*>|&(?!amp;|lt;|gt;)", message["text"]),
        "text",
        "holds something that is not escaped",
    )
    _check(len(message["text"]) <= 4000, "text", "is longer than Slack advises")
    if "blocks" in message:
        _blocks(message["blocks"], MAX_MESSAGE_BLOCKS, BLOCKS)
        _check(_length(message["blocks"]) <= MAX_MESSAGE_CHARACTERS, "blocks", "msg_blocks_too_long")


def check_view(view: Json) -> None:
    """A modal or a Home tab; raises BadBlocks."""
    modal = view.get("type") == "modal"
    _check(modal or view.get("type") == "home", "view", "must be modal or home")
    allowed = {"callback_id", "private_metadata", "submit", "close", "clear_on_close", "notify_on_close", "external_id"}
    _fields(view, "view", {"title", "blocks"} if modal else {"blocks"}, allowed if modal else {"private_metadata"})
    for name in ("title", "submit", "close") if modal else ():
        if name in view:
            _text(view[name], f"view.{name}", 24)
    _string(view.get("callback_id", ""), "view.callback_id", 255, 0)
    _string(view.get("private_metadata", ""), "view.private_metadata", 3000, 0)
    _blocks(view["blocks"], MAX_VIEW_BLOCKS, BLOCKS | ({"input": _input} if modal else {}))
    asks = any(block["type"] == "input" for block in view["blocks"])
    _check(not asks or "submit" in view, "view", "has fields and no submit")


def every_object(value: object) -> list[dict[str, Any]]:
    """Every JSON object in it, at any depth."""
    if isinstance(value, dict):
        return [value, *(inner for item in value.values() for inner in every_object(item))]
    return [inner for item in value for inner in every_object(item)] if isinstance(value, list) else []
