"""What is the same for everybody in one deployment: its name, its defaults, its door rule."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.addresses import Address
from bot.admission.model import DoorRule
from bot.gatherings.model import Gathering
from bot.home import Home
from bot.platform import default_paces
from bot.secrets import JoinLink, LinkKey
from bot.views import Attachment, Channel, Link

LANGUAGES = {"en": "English", "es": "Español"}
"""By the code of each, what it calls itself; `make messages` writes its file in `bot/locale/`."""


class LinkBuilder(Protocol):
    """Makes the personal links of the web half; there are none without HTG_PUBLIC_URL."""

    def join(self, registration: LinkKey) -> JoinLink: ...

    def calendar(self, member: LinkKey) -> JoinLink: ...

    def confirm(self, signup: LinkKey) -> JoinLink:
        """To the page whose button registers whoever got this in a letter."""

    def page(self, page: LinkKey, call: str = "") -> JoinLink:
        """To a personal page; with the id of a button (`request.encode`), to that button on it."""


class CalendarWriter(Protocol):
    """Writes calendar files that go with an answer or a letter."""

    def file(self, language: str, registered: Sequence[tuple[Gathering, datetime, JoinLink | None]]) -> Attachment:
        """Of each gathering: when the member registered, and their link to its door, if any, which the file holds."""


@dataclass(frozen=True, slots=True)
class Config:
    organisation: str = "our community"
    website: str | None = None
    contact: Link | Channel | None = None
    """Whom a person can write to: a page, an e-mail address (`mailto:`) or a channel."""
    support: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Lines of help for now, by language; under the empty one those for every other."""
    agreement: Mapping[str, str] = field(default_factory=dict)
    """What everybody agrees to before they register, by language; nothing where nothing is asked."""
    zone: str = "UTC"
    language: str = "en"
    reminders: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=1), timedelta(minutes=10))
    channel_reminders: tuple[timedelta, ...] = (timedelta(hours=1),)
    door_rule: DoorRule = field(default_factory=DoorRule)
    duration: timedelta = timedelta(minutes=90)
    unused_places: timedelta = timedelta(minutes=3)
    """How long a place waits for its holder to log in, where Zoom tells who does; nothing: it stays theirs."""
    facilitators: frozenset[Address] = frozenset()
    announcement_channels: Mapping[Address, str] = field(default_factory=dict)
    """In the order in which they are offered, each with what the operator calls it, or with nothing."""
    channel_names: MutableMapping[Address, str] = field(default_factory=dict, compare=False, repr=False)
    """What platforms call channels that the operator gave no name; adapters fill it in as they learn of them."""
    per_minute: Mapping[str, int] = field(default_factory=default_paces)
    """Unasked direct messages a minute on each platform; one that is not named here has no pace."""
    retention: timedelta = timedelta(days=365)
    """How long after its end a gathering's personal data is kept; then only counts are."""
    public_url: str = ""
    """Without a slash at its end; empty where there are no pages."""
    links: LinkBuilder | None = None
    calendar: CalendarWriter | None = field(default=None, compare=False)
    letters: bool = False
    """A mail server is connected."""
    meetings: bool = False
    """Zoom is connected: a gathering to which no link is given gets a meeting of its own, with personal links."""
    home: Home = field(default_factory=Home, compare=False)

    @property
    def host(self) -> str:
        """Of `public_url`."""
        return self.public_url.partition("://")[2].partition("/")[0].partition(":")[0]

    def support_in(self, language: str) -> tuple[str, ...]:
        """Lines of help in this language, or else in the deployment's, or in any: better another than none."""
        for wanted in (language, "", self.language, *self.support):
            if wanted in self.support:
                return self.support[wanted]
        return ()

    def agreement_in(self, language: str) -> str:
        """In this language, or else in the deployment's."""
        return self.agreement.get(language) or self.agreement.get(self.language, "")

    @property
    def configured_facilitators(self) -> frozenset[Address]:
        """Whom HTG_FACILITATORS names, each with the workspace that may be left out there."""
        return frozenset(self.home.with_workspace(address) for address in self.facilitators)
