"""People whom somebody names in a form: picked where a platform has a picker, or written as a name, id or address.

A picked one is written as a mention that holds the whole address, and the name where the platform says it:
`<@slack:T123/U456|Ada>`. The picker of a field is called `<field>.people`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bot.addresses import Address
from bot.platform import platform_of, registered
from bot.text import folded, tidy
from bot.views import PeopleField, TextField

PICKED = "people"
_MENTION = re.compile(r"<@!?(?P<id>[^<>|\s]{1,200})(?:\|(?P<name>[^<>]*))?>")
_WRITTEN = re.compile(rf"{_MENTION.pattern}|(?<!\S)[a-z]+:[^\s,;<>]+")
_SEPARATOR = ", "


class NotAPerson(ValueError):
    """What was written is not a person's address."""


class WithoutWorkspace(NotAPerson):
    """An id that is unique within one workspace alone, of which none is known. `args[0]`: the platform's name."""


def mention(who: Address, name: str = "") -> str:
    shown = tidy(re.sub(r"[<>|,]", " ", name))
    return f"<@{who}|{shown}>" if shown else f"<@{who}>"


def picker(field: PeopleField) -> str:
    return f"{field.name}.{PICKED}"


def picked(field: PeopleField, platform: str) -> list[Address]:
    """Those that the platform's picker shows: the mentions in it, where it holds nothing else."""
    segments = [each.strip() for each in field.value.split(",") if each.strip()]
    found = [matched for each in segments if (matched := _MENTION.fullmatch(each))]
    people = [who for matched in found if (who := _address(matched["id"])) and who.platform == platform]
    return people if len(people) == len(segments) else []


def in_words(field: PeopleField, platform: str = "") -> TextField:
    """The field as text alone, or what its picker leaves of it: every mention by its name."""
    value = "" if platform and picked(field, platform) else _MENTION.sub(_called, field.value)
    return TextField(
        field.name,
        field.words if platform else field.label,
        value=value,
        hint=field.hint,
        error=field.error,
        required=field.required and not platform,
        limit=field.limit,
    )


def merged(values: Mapping[str, str]) -> dict[str, str]:
    """The values of a submitted form, with the people of each picker after what was written in its field."""
    fields = {name: value for name, value in values.items() if not name.endswith(f".{PICKED}")}
    for name, people in values.items():
        field = name.removesuffix(f".{PICKED}")
        if field != name:
            fields[field] = _SEPARATOR.join(filter(None, (fields.get(field, "").strip(), people)))
    return fields


def mentioned(text: str) -> set[Address]:
    """Whole addresses in it that come without a name."""
    found = (_address(matched["id"]) for matched in _MENTION.finditer(text) if not matched["name"])
    return {each for each in found if each is not None}


def with_names(text: str, names: Mapping[Address, str]) -> str:
    """The same, with the names of those whose mention had none."""

    def named(matched: re.Match[str]) -> str:
        who = _address(matched["id"])
        name = names.get(who) if who and not matched["name"] else None
        return mention(who, name) if who and name else matched[0]

    return _MENTION.sub(named, text)


def written(text: str) -> tuple[str, str]:
    """One person: the address as it was written, and the name that came with it."""
    matched = _MENTION.search(text)  # who was picked comes before what was written beside it
    return (matched["id"], matched["name"] or "") if matched else (text.strip().lstrip("@"), "")


def by_name(text: str, sender: Address, names: Callable[[set[Address]], Mapping[Address, str]]) -> tuple[str, str]:
    """The text as everyone may read it: each mention, id and address in it as a name, everybody once.

    And the first one of whom no name is known, if any. `names` looks up those of addresses.
    """
    people: dict[str, Address] = {}
    for matched in _WRITTEN.finditer(text):
        try:
            people[matched[0]] = read(matched["id"] or matched[0], sender)
        except NotAPerson:
            if matched["id"]:
                return text, matched[0]
    if not people:
        return text, ""
    known = names(set(people.values()))
    unknown = ""

    def named(matched: re.Match[str]) -> str:
        nonlocal unknown
        if matched[0] not in people:
            return matched[0]
        name = matched["name"] or known.get(people[matched[0]], "")
        unknown = unknown or ("" if name else str(people[matched[0]]))
        return name

    segments = _WRITTEN.sub(named, text).split(",")
    once = {folded(each): tidy(each) for each in reversed(segments) if each.strip()}
    return _SEPARATOR.join(reversed(once.values())), unknown


def read(typed: str, sender: Address) -> Address:
    """A person's address, or their id on the sender's own platform. Raises NotAPerson."""
    try:
        address = Address.parse(typed if ":" in typed else f"{_platform_of(typed, sender)}:{typed}")
    except ValueError:
        raise NotAPerson(typed) from None
    if address.is_channel:
        raise NotAPerson(typed)
    if not platform_of(address.platform).has_workspaces or "/" in address.account:
        return address
    # An id is unique within one workspace only: it is taken to be of the sender's.
    if sender.platform != address.platform:
        raise WithoutWorkspace(address.platform)
    workspace, slash, _ = sender.account.rpartition("/")
    return Address(address.platform, f"{workspace}{slash}{address.account}")


def _called(matched: re.Match[str]) -> str:
    return matched["name"] or matched["id"]


def _address(text: str) -> Address | None:
    try:
        return Address.parse(text)
    except ValueError:
        return None


def _platform_of(account: str, sender: Address) -> str:
    """The platform whose ids look like this one; the sender's where none do."""
    for platform in registered():
        if platform.person_id and platform.person_id.fullmatch(account):
            return platform.name
    return sender.platform
