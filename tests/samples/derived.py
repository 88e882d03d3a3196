"""Samples of the texts that have none of their own, made by the types of their parameters.

So a new text is shown to every adapter without a sample being written. One that needs more than a value of the right
type, such as the name of a platform, is called in another file of this folder, and then not here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType, NoneType

import bot
from bot.addresses import Address
from bot.admission.waiting import QueuePosition
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.meetings.model import Capture
from bot.members.model import Identity, Member
from bot.messages.model import Message
from bot.registrations.model import Following, Registration
from bot.request import Call
from bot.secrets import START_LINK_LIMIT, LinkKey, StartLink, ZoomLink
from bot.topics.model import Topic
from bot.views import Answer, Attachment, Form, Paragraph, Text, View
from tests.samples.values import FULL, HOSTILE, KEY, LINK, LONG_ADDRESS, NOW, a_registration, the_longest

CALLED = {
    name
    for path in Path(__file__).parent.glob("*.py")
    for name in re.findall(r"\b(\w+\.\w+)\(", path.read_text("utf-8"))
}
"""By the samples: `texts.published`."""
VALUES: dict[object, object] = {
    Config: FULL,
    Gathering: the_longest(),
    Registration: a_registration(the_longest()),
    Following: Following(the_longest(), [the_longest()] * 3, registered=True),
    Member: Member(5, HOSTILE, LONG_ADDRESS),
    Identity: Identity(LONG_ADDRESS, HOSTILE),
    Address: LONG_ADDRESS,
    LinkKey: KEY,
    ZoomLink: LINK,
    StartLink: StartLink("https://zoom.example/s/1?zak=".ljust(START_LINK_LIMIT, "z")),
    Topic: Topic(999_999_999, HOSTILE, NOW),
    Message: Message(999_999_999, 999_999_999, HOSTILE),
    Call: Call("list"),
    Capture: Capture.COMPANION,
    QueuePosition: QueuePosition(9, was_returned=True),
    View: View((Paragraph((Text(HOSTILE),)),)),
    datetime: NOW,
    str: HOSTILE,
    Attachment: Attachment("gathering.ics", "text/calendar", b"x"),
    bytes: b"x",
    int: 3,
}


def samples(locale: Locale) -> Iterator[tuple[str, Answer]]:
    """Each text twice: as little as its parameters allow, with every flag down, and as much, with every flag up."""
    for name, text, hints in _texts_without_samples():
        little, much = (
            {key: _value(hint, locale, name, much=flag) for key, hint in hints.items()} for flag in (False, True)
        )
        yield name, text(**little)
        if much != little:
            yield f"{name}-much", text(**much)


@cache
def _texts_without_samples() -> Sequence[tuple[str, Callable[..., Answer], dict[str, object]]]:
    """(name, function, types of its parameters) of what says something in a Locale and is called by no sample."""
    found = []
    for module in _modules_of_texts():
        _, feature, *_ = module.__name__.split(".")
        short = module.__name__.rpartition(".")[2]
        aliases = (short, f"{feature.removesuffix('s')}_{short}")
        for name, text in inspect.getmembers(module, inspect.isfunction):
            called = any(f"{alias}.{name}" in CALLED for alias in aliases)
            if text.__module__ == module.__name__ and not name.startswith("_") and not called:
                hints = typing.get_type_hints(text)
                if hints.pop("return") in (View, Form, Answer) and Locale in hints.values():
                    found.append((f"{short}.{name}", text, hints))
    return found


def _modules_of_texts() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if module.name.endswith("texts"):
            yield importlib.import_module(module.name)


def _value(hint: object, locale: Locale, text: str, *, much: bool) -> object:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if NoneType in inner:
        return _value(inner[0], locale, text, much=much) if much else None
    if origin in (Sequence, list):
        return [_value(inner[0], locale, text, much=much)] * (3 if much else 0)
    if origin is Mapping:
        return {_value(inner[0], locale, text, much=much): _value(inner[1], locale, text, much=much)} if much else {}
    if hint is bool:
        return much
    if isinstance(hint, type) and issubclass(hint, Enum) and hint not in VALUES:
        return list(hint)[-1 if much else 0]
    try:
        return locale if hint is Locale else VALUES[hint]
    except KeyError:
        raise LookupError(f"{text} needs a sample in tests/samples, or {hint} a value in {__file__}") from None
