"""What the core has to know of a platform: a record that its adapter brings.

`adapters/platforms.py` registers them when the process starts, before any address is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Platform:
    name: str
    """As it begins an address: `slack` in `slack:T123/U456`."""
    shown_name: str = ""
    """As people read it, marked with N_ where that is a word; empty where there is nothing to tell apart."""
    account: re.Pattern[str] = re.compile(r"(?!)")
    """Everything that may follow the colon: people and channels. The default matches nothing."""
    canonical: Callable[[str], str] | None = None
    """Of an account as people type it, the one spelling that is stored; raises ValueError. None: there is one only."""
    channel_prefixes: tuple[str, ...] = ("#",)
    """How the id of a channel begins; that of a person never does. Empty where there are no channels."""
    has_workspaces: bool = False
    """An id is unique within a workspace alone, and written `workspace/id`. An operator may leave the workspace out."""
    person_id: re.Pattern[str] | None = None
    """How an id looks that can only be that of a person here, where somebody types one by itself."""
    person_example: str = ""
    channel_example: str = ""
    """Addresses for messages that say how one is written."""
    direct_messages_per_minute: int | None = None
    """Default pace of direct messages sent unasked, for the whole process; None: no limit."""
    conversations_per_minute: int | None = None
    """How many direct-message conversations may be opened a minute, all workers together: they are opened ahead, when
    members act. None: as many as messages are sent, and by sending."""
    sending_opens: bool = False
    """A message opens the conversation with its reader, within the pace of messages; one opened ahead only has its id
    known. Where this is false, who is still without one waits for the pace of conversations."""
    holds_files: bool = True
    """An answer can hold a file; where it cannot, it is sent beside it."""
    opens_by_id: bool = False
    """Somebody who never wrote to the bot can be written to, where their id is known."""
    tells_zone: bool = True
    """It says in which time zone it shows times to somebody."""
    by_letter: bool = False
    """What is sent there lies in a mailbox, and may be forwarded: it never holds the link to a room, and its buttons
    are links to the member's own page. It reaches who cannot be reached elsewhere."""
    id_hint: str = ""
    """For facilitators, under a field that asks for a person: where their id is found. Marked with N_."""
    organisers: str = ""
    """Who may use /htg-host by the platform's own right, within a sentence. Marked with N_."""
    facilitator_note: str = ""
    """What to know after a facilitator was added here. Marked with N_."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """The settings that its own `connect` needs, all of them, each with an example. Empty where cli/ connects it."""


_PLATFORMS: dict[str, Platform] = {}


def register(platform: Platform) -> None:
    _PLATFORMS[platform.name] = platform


def registered() -> tuple[Platform, ...]:
    """In the order in which people are told of them."""
    return tuple(_PLATFORMS.values())


def platform_of(name: str) -> Platform:
    """The platform of this name; one of which nothing is known where it is not registered (any more)."""
    return _PLATFORMS.get(name) or Platform(name)


def shown_name(name: str) -> str:
    return platform_of(name).shown_name or name


def default_paces() -> dict[str, int]:
    """Direct messages a minute, by platform; one without a limit is not in it."""
    return {
        platform.name: platform.direct_messages_per_minute
        for platform in registered()
        if platform.direct_messages_per_minute is not None
    }
