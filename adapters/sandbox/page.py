"""The sandbox's page: what one person sees in one place, as HTML. Reads the room, changes nothing but what is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from adapters.sandbox.room import Message, Room
from adapters.sandbox.show import show, show_form
from adapters.sandbox.suggest import Suggestion
from bot import words
from bot.addresses import Address
from bot.asks import encode
from bot.desk import Desk
from bot.members import Person
from bot.views import Form
from bot.words import clock
from bot.words.reader import Reader

PRIVATE = "private"
"""In the page's address: the speaker's own line with the bot."""
SHOWN_LIMIT = 200
"""Messages on the page; earlier ones are not drawn."""

_templates = Environment(
    loader=PackageLoader("adapters.sandbox"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is drawn, with the day that begins at it, if one does."""

    message: Message
    body: Markup
    at: str
    datetime: str
    language: str
    day: str
    face: int


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    label: str
    about: str
    unread: int


class Page:
    def __init__(self, room: Room, desk: Desk) -> None:
        self._room = room
        self._desk = desk

    def place(self, who: Person, name: str) -> Address | None:
        """The place that is called `name` in an address of the page."""
        return next((each for each in self._room.places(who) if place_name(each) == name), None)

    def whole(self, who: Person, place: Address) -> str:
        return _templates.get_template("page.html").render(self._seen(who, place))

    def live(self, who: Person, place: Address) -> str:
        """What may have changed since, each region for itself."""
        return _templates.get_template("live.html").render(self._seen(who, place))

    def form(self, who: Person, form: Form | None, *, again: bool) -> str:
        """The form in its window, or nothing in it. `again`: it comes back with what needs another look."""
        to = self.known(who)
        return _templates.get_template("form.html").render(
            form=form,
            again=again,
            id=encode(form.call) if form else "",
            fields=show_form(form, to) if form else "",
            language=to.language,
        )

    def suggestions(self, found: list[Suggestion]) -> str:
        return _templates.get_template("suggestions.html").render(found=found)

    def notice(self, text: str) -> str:
        """A word from the page itself, not from the bot."""
        return _templates.get_template("notice.html").render(notice=text)

    def reader(self, who: Person) -> Reader:
        """As the platform itself would have it, whatever they chose."""
        return words.stranger(who, self._desk.house)

    def known(self, who: Person) -> Reader:
        return self._desk.known(who)

    def _seen(self, who: Person, place: Address) -> dict[str, object]:
        self._room.read(who, place)
        to = self.reader(who)
        now = self._room.clock.now()
        return {
            "who": who,
            "people": [(each, self._unread(each), clock.place(self.reader(each).zone)) for each in self._room.people],
            "place": self._tab(who, place),
            "tabs": [self._tab(who, each) for each in self._room.places(who)],
            "is_line": not place.is_channel,
            "line_open": self._room.line_is_open(who.address),
            "lines": list(self._lines(who, place, to)),
            "time": f"{now.astimezone(ZoneInfo(to.zone)):%H:%M}",
            "day": clock.day(Reader(zone=to.zone), now),
            "zone": clock.place(to.zone),
            "now": _machine(now),
            "prompts": prompts(who),
        }

    def _unread(self, who: Person) -> int:
        return sum(self._room.unread(who, each) for each in self._room.places(who))

    def _tab(self, who: Person, place: Address) -> Tab:
        name = place_name(place)
        if not place.is_channel:
            return Tab(name, "Private line", f"Only {who.name} and the bot are here", self._room.unread(who, place))
        about = "Announcements appear here" if name == "gatherings" else "Everyone is here"
        return Tab(name, f"#{name}", about, self._room.unread(who, place))

    def _lines(self, who: Person, place: Address, to: Reader) -> Iterator[Line]:
        before: date | None = None
        for message in self._room.seen(who, place)[-SHOWN_LIMIT:]:
            reads = reader_of(message, to)
            day = message.at.astimezone(ZoneInfo(to.zone)).date()
            yield Line(
                message,
                show(message.view, reads, message.id),
                at=clock.time(to, message.at),
                datetime=_machine(message.at),
                language=reads.language,
                day=clock.day(Reader(zone=to.zone), message.at) if day != before else "",
                face=self._room.people.index(message.author) if message.author in self._room.people else 0,
            )
            before = day


def place_name(place: Address) -> str:
    return place.account.removeprefix("#") if place.is_channel else PRIVATE


def reader_of(message: Message, to: Reader) -> Reader:
    """In a channel the bot speaks the house's language and each reads times in their own zone; privately, theirs."""
    in_public = message.place.is_channel and message.only is None
    zone = to.zone if in_public else message.zone or to.zone
    return Reader(message.language or to.language, zone)


def prompts(who: Person) -> tuple[str, ...]:
    """What to try, one press away."""
    if who.organises:
        return ("/htg-host help", "/htg-host create", "/htg-host doors", "/htg list")
    return ("/htg list", "/htg mine", "/htg join", "/htg help")


def _machine(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
