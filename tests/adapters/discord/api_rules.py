"""What the fake Discord refuses, as the real one does: bodies against its OpenAPI document, and its other limits.

The document is used where it lies beside the checkout; the limits below hold in any case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

SPEC = Path(__file__).parents[4] / "shared" / "specs" / "discord_openapi.json"
LAID_OUT, PRIVATE = 1 << 15, 1 << 6
Json = dict[str, Any]


class ApiError(Exception):
    def __init__(self, status: int, code: int, why: str) -> None:
        super().__init__(f"{status} {code}: {why}")
        self.status, self.code, self.why = status, code, why


def invalid(why: str) -> ApiError:
    return ApiError(400, 50035, f"Invalid Form Body: {why}")


def check(condition: object, why: str) -> None:
    if not condition:
        raise invalid(why)


# ---- the document


@lru_cache(maxsize=1)
def _document() -> Json | None:
    return json.loads(SPEC.read_text()) if SPEC.exists() else None


@lru_cache(maxsize=64)
def _validator(method: str, path: str) -> Draft202012Validator | None:
    document = _document()
    if document is None:
        return None
    content = document["paths"][path][method.lower()]["requestBody"]["content"]
    return Draft202012Validator({**content["application/json"]["schema"], "components": document["components"]})


def documented(method: str, path: str, body: Any) -> None:
    """`path` as the document writes it: `/channels/{channel_id}/messages`."""
    validator = _validator(method, path)
    for problem in validator.iter_errors(body) if validator is not None else ():
        raise invalid(f"{method} {path}: {'/'.join(map(str, problem.instance_path))}: {problem.message[:300]}")


# ---- messages


def message(body: Json, files: int, *, edits: Json | None = None) -> None:
    """`edits`: the message as it stands, when this changes it."""
    laid_out = bool(body.get("flags", 0) & LAID_OUT)
    before = bool(edits and edits["flags"] & LAID_OUT)
    components = body.get("components") or []
    check(edits is None or not body.get("flags", 0) & PRIVATE, "who sees a message is settled when it is made")
    check(not before or laid_out or not components, "a laid out message stays laid out")
    check(body.get("allowed_mentions") == {"parse": []}, "our own rule: nobody is ever mentioned")
    check(len(body.get("nonce", "")) <= 25, "nonce: 25 or fewer in length")
    if laid_out or before:
        check(not body.get("content") and not body.get("embeds"), "a laid out message has components alone")
        check(components, "empty message")
        _laid_out(components)
    else:
        check(body.get("content"), "empty message")
        check(len(body["content"]) <= 2000, "content: 2000 or fewer in length")
        check(len(components) <= 5, "five rows at most")
        check(all(each["type"] == 1 for each in components), "rows alone")
    _inner(components)
    named = [each["filename"] for each in body.get("attachments") or []]
    check(len(named) == files, "every file is named among the attachments")
    shown = [each["file"]["url"] for each in every(components) if each["type"] == 13]
    check(shown == [f"attachment://{name}" for name in named], "every file is shown once")


def _laid_out(components: list[Json]) -> None:
    found = list(every(components))
    check(len(found) <= 40, f"40 components at most, not {len(found)}")
    check(all(each["type"] in {1, 9, 10, 12, 13, 14, 17} for each in components), "not at the top level")
    texts = [each["content"] for each in found if each["type"] == 10]
    check(all(texts), "an empty text")
    check(sum(map(len, texts)) <= 4000, "4000 characters at most")


def _inner(components: list[Json]) -> None:
    found = list(every(components))
    ids = [each["custom_id"] for each in found if "custom_id" in each]
    check(len(ids) == len(set(ids)), "Component custom id cannot be duplicated")
    for each in found:
        if each["type"] == 1:
            kinds = [inner["type"] for inner in each["components"]]
            check(kinds == [3] or (set(kinds) == {2} and len(kinds) <= 5), "a row is five buttons or one menu")
        elif each["type"] == 2:
            _button(each)
        elif each["type"] == 3:
            _menu(each)


def _button(button: Json) -> None:
    check(1 <= len(button["label"]) <= 80, "a button's label")
    if button["style"] == 5:
        check("custom_id" not in button and re.match(r"(https?|discord)://[^\s]+$", button["url"]), "a link button")
        check(len(button["url"]) <= 512, "a link button's address")
    else:
        check("url" not in button and 1 <= len(button["custom_id"]) <= 100, "a button's id")


def _menu(menu: Json) -> None:
    check(1 <= len(menu["custom_id"]) <= 100, "a menu's id")
    options(menu["options"], 25)


def options(found: list[Json], limit: int) -> None:
    check(1 <= len(found) <= limit, "the number of options")
    check(len({each["value"] for each in found}) == len(found), "two options of one value")
    for each in found:
        check(1 <= len(each["label"]) <= 100 and len(each["value"]) <= 100, "an option's label or value")
        check(len(each.get("description", "")) <= 100, "an option's description")


def every(components: list[Json]) -> Iterator[Json]:
    for each in components:
        yield each
        yield from every(each.get("components", []))
        if "accessory" in each:
            yield each["accessory"]


# ---- a server's list of what is coming up


def scheduled(made: Json, now: datetime, *, changed: Json) -> None:
    """An event outside Discord as it would stand; `changed`: what of it is being set."""
    check(made["entity_type"] == 3 and made["privacy_level"] == 2, "our own rule: outside Discord, for its members")
    check(1 <= len(made["name"]) <= 100, "name: 1 to 100 in length")
    check(1 <= len(made["description"]) <= 1000, "description: 1 to 1000 in length")
    check(1 <= len(made["entity_metadata"]["location"]) <= 100, "location: 1 to 100 in length")
    begins, ends = (datetime.fromisoformat(made[f"scheduled_{each}_time"]) for each in ("start", "end"))
    check(begins < ends and now < ends, "it ends after it begins, and later than now")
    check("scheduled_start_time" not in changed or now < begins, "Cannot schedule event in the past.")


# ---- windows


def window(data: Json) -> None:
    check(1 <= len(data["title"]) <= 45, "a window's title")
    check(1 <= len(data["custom_id"]) <= 100, "a window's id")
    check(1 <= len(data["components"]) <= 5, "five fields at most")
    texts = [each for each in data["components"] if each["type"] == 10]
    check(all(1 <= len(each["content"]) <= 4000 for each in texts), "a window's text")
    fields = [each for each in data["components"] if each["type"] != 10]
    names = [each["component"]["custom_id"] for each in fields]
    check(len(set(names)) == len(names), "Component custom id cannot be duplicated")
    for label in fields:
        check(label["type"] == 18 and 1 <= len(label["label"]) <= 45, "a field's label")
        check("description" not in label or 1 <= len(label["description"]) <= 100, "a field's description")
        _field(label["component"])


def _field(field: Json) -> None:
    if field["type"] == 4:
        check("value" not in field or 1 <= len(field["value"]) <= field["max_length"] <= 4000, "a text field's value")
    elif field["type"] == 5:
        check(0 <= field["min_values"] <= field["max_values"] <= 25, "how many people are picked")
        check(bool(field["min_values"]) == field["required"], "a field that may be empty")
        chosen = field.get("default_values", [])
        check(all(each["type"] == "user" and each["id"].isdigit() for each in chosen), "who is picked")
        check(field["min_values"] <= len(chosen) <= field["max_values"] or not chosen, "how many are picked")
    else:
        options(field["options"], {3: 25, 21: 10, 22: 10}[field["type"]])
        check(field["type"] != 21 or len(field["options"]) >= 2, "a radio group has two options or more")


# ---- commands

_NAME = re.compile(r"^[-_'\w]{1,32}$")


def commands(found: list[Json]) -> None:
    check(len(found) <= 100, "100 commands")
    for each in found:
        check(_size(each) <= 8000, "8000 characters a command")
        _command(each)
        check(1 <= len(each.get("options", [])) <= 25, "25 subcommands")
        for word in each.get("options", []):
            _command(word)
            for option in word.get("options", []):
                _command(option)


def _command(each: Json) -> None:
    check(_NAME.match(each["name"]) and each["name"] == each["name"].lower(), f"name {each['name']}")
    for said in (each["description"], *each.get("description_localizations", {}).values()):
        check(1 <= len(said) <= 100, f"description of {each['name']}")


def _size(each: Json) -> int:
    longest = max([len(each["description"]), *map(len, each.get("description_localizations", {}).values())])
    return len(each["name"]) + longest + sum(_size(inner) for inner in each.get("options", []))
