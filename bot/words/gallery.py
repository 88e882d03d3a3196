"""One of everything that can be said, for the contract suite and for a look at them all.

Every adapter must be able to show each of these within its platform's limits, in every language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot import times, words
from bot.addresses import Address
from bot.asks import Call
from bot.commands.catalogue import usages
from bot.doors import Doors
from bot.gatherings import DESCRIPTION_LIMIT, TITLE_LIMIT, Gathering, Status
from bot.house import LANGUAGES, House, Ways
from bot.members import Member, Settings
from bot.notices import Receipt
from bot.registrations import Registration, RosterLine
from bot.secrets import JoinLink, LinkKey, ZoomLink
from bot.views import CHOICE_LIMIT, Answer
from bot.words import channels, day, delivery, forms, notices
from bot.words.annex import annex
from bot.words.reader import Reader
from bot.zones import Doubt

NOW = datetime(2026, 12, 3, 16, 30, tzinfo=UTC)
HOSTILE = "*<!channel>* @everyone `x` [a](https://evil.example) <b>&amp;\u202e _~| {x}"


class _Ways(Ways):
    def join(self, registration: LinkKey) -> JoinLink:
        return JoinLink(f"https://gatherings.example/join/{'t' * 60}{registration.id}")

    def calendar(self, member: LinkKey) -> JoinLink:
        return JoinLink(f"https://gatherings.example/calendar/{'t' * 60}{member.id}.ics")


KEY = LinkKey(7, "n" * 16)
BARE = House(organisation="Healing Together")
FULL = replace(BARE, public_url="https://gatherings.example", ways=_Ways())
SEVERAL = ("America/Argentina/Buenos_Aires", "America/Argentina/San_Juan", "Asia/Shanghai", "America/Havana")
ZONES_MISTAKEN = {
    "mistaken": times.UnreadableTime("zone", "Middle Earth"),
    "misspelt": times.UnreadableTime("zone", "Madird", choices=("Europe/Madrid",)),
    "several": times.UnreadableTime("zone", "W" * 60, choices=SEVERAL, doubt=Doubt.SEVERAL),
    "no-summer": times.UnreadableTime("zone", "EST", choices=("America/New_York",), doubt=Doubt.NO_SUMMER),
    "offset": times.UnreadableTime("zone", "UTC+2", doubt=Doubt.NO_SUMMER),
}
LINK = ZoomLink("https://zoom.example/j/123456789?pwd=gallery", "482913")


def _one(number: int = 12, title: str = "Grief and Gratitude", **more: object) -> Gathering:
    begun = Gathering(
        id=number,
        title=title,
        starts_at=NOW + timedelta(minutes=30),
        zone="Europe/Madrid",
        description="An evening to be heard.\nNo advice, no fixing.",
        facilitators="Frances and Amal",
    )
    return replace(begun, **more)  # type: ignore[arg-type]


def _series() -> list[Gathering]:
    start = NOW + timedelta(days=2)
    return [
        _one(20 + n, "Living with illness", starts_at=start + timedelta(weeks=n), series=7, part=n + 1, parts=3)
        for n in range(3)
    ]


def _longest() -> Gathering:
    return _one(
        999_999_999, HOSTILE + "W" * (TITLE_LIMIT - len(HOSTILE)), description="w " * (DESCRIPTION_LIMIT // 2),
        facilitators="Wilhelmina " * 18,
    )  # fmt: skip


def gallery() -> list[tuple[str, Answer]]:
    """(name, answer) pairs, names unique: `es/registered-series`."""
    found: list[tuple[str, Answer]] = []
    for language in LANGUAGES:
        to = Reader(language, "America/New_York")
        for house, called in ((BARE, ""), (FULL, "-linked")):
            found += [(f"{language}/{name}{called}", view) for name, view in _of_house(to, house)]
        more = annex(to, FULL, _one(), _longest(), NOW, HOSTILE)
        rooms = (*_said(to), *_rarely(to), *_hosting(to), *_mistaken(to), *more)
        found += [(f"{language}/{name}", view) for name, view in rooms]
    return found


def _of_house(to: Reader, house: House) -> Iterator[tuple[str, Answer]]:
    one, parts = _one(), _series()
    kept = Registration(41, one.id, 5, NOW)
    following = parts[0]
    yield "registered", words.registered(to, house, one, [one], kept, calendar=KEY)
    yield "registered-series", words.registered(to, house, parts[0], parts, kept, calendar=KEY)
    titled = [parts[0], replace(parts[1], title=HOSTILE)]
    yield "registered-titled", words.registered(to, house, parts[0], titled, kept, calendar=KEY)
    yield "registered-named", words.registered(to, house, parts[0], parts, kept, calendar=KEY, named=parts[1])
    yield (
        "registered-part",
        words.registered(to, house, parts[1], [parts[1]], kept, calendar=KEY, series=parts, left=True),
    )
    known = {each.id: kept for each in (one, *parts)}
    yield "mine", words.mine(to, house, [one, *parts], known, 1, calendar=KEY, more=True)
    yield "mine-empty", words.mine(to, house, [], {}, 1, calendar=KEY, more=False)
    yield "early", words.early(to, house, one, kept, NOW - timedelta(hours=2))
    yield "announcement", words.announcement(to, house, one, [one])
    elsewhere = _one(place="")
    yield "announcement-unknown-place", words.announcement(to, house, elsewhere, [elsewhere])
    yield "details-unknown-place", words.details(to, elsewhere, [elsewhere], registered=False)
    yield "announcement-longest", words.announcement(to, house, _longest(), [_longest()])
    yield "announcement-series", words.announcement(to, house, parts[0], parts)
    gone = _one(status=Status.CANCELLED, note="Frances is ill.")
    yield "announcement-cancelled", words.announcement(to, house, gone, [gone])
    yield "reminder", notices.reminder(to, house, one, kept, NOW)
    yield "reminder-open", notices.reminder(to, house, one, kept, NOW + timedelta(minutes=20))
    yield "reminder-begun", notices.reminder(to, house, one, kept, NOW + timedelta(minutes=35))
    yield "moved", notices.moved(to, house, one, kept)
    yield "room-changed", notices.room_changed(to, house, one, kept)
    yield "cancelled", notices.cancelled(to, gone, following)
    yield "afterwards", notices.afterwards(to, following, registered=False)
    yield "afterwards-registered", notices.afterwards(to, following, registered=True)
    yield "afterwards-alone", notices.afterwards(to, None, registered=False)
    yield "channel-reminder", notices.channel_reminder(to, one, NOW)


def _said(to: Reader) -> Iterator[tuple[str, Answer]]:
    one, parts, longest = _one(), _series(), _longest()
    yield "list", words.listing(to, 2, [longest, one, *parts], {one.id}, more=True, coming={7: parts})
    yield "list-empty", words.listing(to, 1, [], set(), more=False)
    yield "details", words.details(to, longest, [longest], registered=False)
    yield "which", words.which(to, [longest] * CHOICE_LIMIT, Call.of("register", only="yes"), unknown=HOSTILE)
    yield "not-found", words.not_found(to, HOSTILE)
    yield "unregistered", words.unregistered(to, [one], [])
    yield (
        "which-of-more",
        words.which(to, [longest, *parts] * CHOICE_LIMIT, Call("register"), series=True, listed="list"),
    )
    yield "which-hosted-of-more", words.which(to, [longest] * (CHOICE_LIMIT + 1), Call("host-announce"))
    yield "which-part", words.which_part(to, Call("unregister"), parts)
    yield "details-series", words.details(to, parts[1], parts, registered=False, coming=parts[1:])
    yield "unregistered-part", words.unregistered(to, [parts[0]], parts[1:], parts)
    yield "unregistered-but-one", words.unregistered(to, [parts[0]], parts[2:], parts)
    yield "unregistered-all", words.unregistered(to, parts, [], parts)
    yield "unregistered-some", words.unregistered(to, parts[1:], [], parts)
    yield "was-not-registered", words.was_not_registered(to, one)
    yield "was-not-registered-part", words.was_not_registered(to, parts[0], parts[1:])
    yield "was-not-registered-over", words.was_not_registered(to, one, over=True)
    yield "not-registered-for", words.not_registered_for(to, HOSTILE)
    yield "too-late", words.too_late(to, replace(one, closed_at=NOW), NOW, parts[0])
    yield "welcome", words.welcome(to, one, LINK, back=False)
    yield "welcome-back", words.welcome(to, longest, LINK, back=True)
    yield "register-first", words.register_first(to, one)
    yield "no-room-yet", words.no_room_yet(to, one)
    for state in (Doors.FULL, Doors.CLOSED, Doors.OVER, Doors.CANCELLED):
        yield f"shut-{state}", words.shut(to, _one(note="Frances is ill."), state, parts[0])
    yield "shut-nothing-next", words.shut(to, one, Doors.CLOSED, None)
    yield "failed", words.failed(to, "a1b2c3d4")
    yield "busy", words.busy(to, Call.of("register", gathering=12))
    yield "slow", words.slow(to)
    yield "stale", words.stale(to)
    yield "stranger-to-hosting", words.not_a_facilitator(to)
    yield "unreached", words.with_unreached(to, words.register_first(to, one))
    yield "help", words.help_page(to, BARE, "htg", usages("htg"), unknown="regster", nearest="register")
    yield "suggest", words.suggest_form(to)
    yield "suggest-too-long", words.suggest_form(to, "w" * 300, words.topic_too_long(to))
    yield "suggested", words.suggested(to, HOSTILE)
    yield "suggested-before", words.suggested_before(to, HOSTILE)
    yield "suggested-enough", words.suggested_enough(to, 10)
    member = Member(5, "Ada", Address("sandbox", "ada"), zone="Europe/Madrid", settings=Settings())
    yield "settings", words.settings_form(to, BARE, member)
    for name, problem in ZONES_MISTAKEN.items():
        error = words.unknown_zone(to, problem)
        yield f"settings-{name}", words.settings_form(to, BARE, member, typed_zone=problem.typed, error=error)
    yield "settings-kept", words.settings_kept(to, BARE, member, NOW)


def _rarely(to: Reader) -> Iterator[tuple[str, Answer]]:
    one, parts = _one(), _series()
    kept, gone = Registration(41, one.id, 5, NOW), _one(status=Status.CANCELLED)
    yield "early-by-days", words.early(to, BARE, one, kept, NOW - timedelta(days=3))
    both = [replace(each, parts=2) for each in parts[:2]]
    yield "registered-both", words.registered(to, BARE, both[0], both, kept, calendar=KEY)
    yield "details-both", words.details(to, both[0], both, registered=False, coming=both, whole=True)
    yield "registered-coming", words.registered(to, BARE, parts[1], parts[1:], kept, calendar=KEY)
    yield "too-late-cancelled", words.too_late(to, gone, NOW, parts[0])
    yield "too-late-full", words.too_late(to, replace(one, admitted=90), NOW, parts[0])
    yield "too-late-over", words.too_late(to, one, one.ends_at, None)
    some = [parts[0], replace(parts[1], status=Status.CANCELLED)]
    yield "details-part-cancelled", words.details(to, some[0], some, registered=True)
    facilitator = replace(to, facilitates=True)
    yield "help-unknown", words.help_page(facilitator, BARE, "htg", usages("htg"), unknown="xyzzy")
    member = Member(5, "Ada", Address("sandbox", "ada"), settings=Settings(by_direct_message=False))
    yield "settings-silent", words.settings_kept(to, BARE, member, NOW)
    unheard = replace(member, settings=Settings(muted=frozenset(BARE.reminders)))
    yield "settings-no-reminders", words.settings_kept(to, BARE, unheard, NOW)
    yield "settings-days", words.settings_kept(to, replace(BARE, reminders=(timedelta(days=2),)), unheard, NOW)
    yield "roster-nameless", words.roster(to, one, [RosterLine(1, "", "slack", NOW, None, ())], b"")
    yield "cannot-be-cancelled-twice", words.cannot_be_cancelled(to, gone)


def _mistaken(to: Reader) -> Iterator[tuple[str, Answer]]:
    """The gathering form with each mistake that it knows, in the zone with the longest name."""
    to = replace(to, zone="America/Argentina/ComodRivadavia")
    call, written = Call.of("host-edit", gathering=12), "2026-10-25 02:30"
    choices = (f"{written}+02:00", f"{written}+01:00")
    times_mistaken = {
        **{f"zone-{name}": words.unreadable_time(to, problem, NOW) for name, problem in ZONES_MISTAKEN.items()},
        "gap": words.unreadable_time(to, times.UnreadableTime("gap", written, to.zone), NOW),
        "twice": words.unreadable_time(to, times.UnreadableTime("twice", written, to.zone, choices), NOW),
        "past": words.already_past(to, NOW),
        "order": words.not_in_order(to),
        "lines": words.starts_missing(to, 0, NOW),
        "published-lines": words.starts_missing(to, 3, NOW),
        "published-line": words.starts_missing(to, 1, NOW),
    }
    for name, error in times_mistaken.items():
        yield f"mistaken-{name}", words.gathering_form(to, call, {}, {"starts": error}, told=9999)
    yield "mistaken-title", words.gathering_form(to, call, {}, {"title": words.title_missing(to)})
    yield "mistaken-room", words.gathering_form(to, call, {}, {"description": words.holds_room(to)})
    yield "cancel-mistaken", words.cancel_form(to, _one(), 23, several=False, error=words.holds_room(to), note="n")


def _hosting(to: Reader) -> Iterator[tuple[str, Answer]]:
    one, parts, longest = _one(), _series(), _longest()
    values = {"title": HOSTILE, "description": "d", "starts": "tomorow 6", "zoom": "", "facilitators": "Frances"}
    problem = times.UnreadableTime("form", "tomorow 6")
    errors = {"starts": words.unreadable_time(to, problem, NOW), "zoom": words.link_unreadable(to)}
    yield "create", words.gathering_form(to, Call("host-create"), {}, {})
    yield "create-mistaken", words.gathering_form(to, Call("host-create"), values, errors)
    yield "edit", words.gathering_form(to, Call.of("host-edit", gathering=12), values, {}, told=23, keeps_link=True)
    mistaken = words.gathering_form(to, Call("host-create"), values, errors)
    yield "form-mistaken", forms.form_mistaken(to, mistaken)
    yield "form-ready", forms.form_ready(to, Call("host-create"))
    yield "preview", words.preview(to, BARE, [longest])
    yield "preview-series", words.preview(to, BARE, parts)
    yield "published", words.published(to, one)
    yield "discarded", words.discarded(to, one)
    yield "not-a-draft", words.not_a_draft(to, one)
    yield "still-a-draft", words.still_a_draft(to, one)
    yield "nothing-hosted", words.nothing_hosted(to)
    yield "changed", words.changed(to, [one], moved=1, told=23, posted=True)
    places = [Address("discord", f"#{4000 + n}") for n in range(CHOICE_LIMIT)]
    here, named = places[:2]
    known = replace(BARE, announcement_channels={named: HOSTILE})
    offered = [channels.choice(to, known, each, here) for each in places]
    yield "announce", words.announce(to, BARE, [longest], offered)
    far = channels.place(to, known, Address("slack", "T" + "W" * 30 + "/C" + "W" * 30), here)
    yield "announce-missing", words.announce(to, BARE, [longest], offered, missing=[far] * CHOICE_LIMIT)
    yield "announce-nowhere", words.announce(to, BARE, [one], [])
    yield "announcing", words.announcing(to, one, channels.place(to, known, here, here), before=False)
    yield "announced-before", words.announcing(to, one, channels.place(to, known, named, here), before=True)
    yield "announced-elsewhere", words.announcing(to, one, channels.place(to, known, places[2], here), before=True)
    yield "unknown-channel", words.unknown_channel(to)
    yield "cancel", words.cancel_form(to, one, 23, several=False)
    yield "cancel-part", words.cancel_form(to, parts[0], 1, several=True)
    yield "cancelled-by-me", words.cancelled(to, [one], 23, posted=True)
    yield "cannot-be-cancelled", words.cannot_be_cancelled(to, one)
    for minutes in (-60, 20, 35, 45, 600):
        shown = replace(one, admitted=63)
        yield (
            f"doors-{minutes}",
            words.doors_live(to, shown, NOW + timedelta(minutes=minutes), registered=120, unreached=3),
        )
    trouble = words.doors_live(
        to, replace(one, admitted=63), NOW, registered=120, unreached=3, logged_in=60, trouble="Zoom's limit is reached"
    )
    yield "doors-zoom", trouble
    yield "zoom-mended", day.zoom_mended(to)
    yield "published-room-to-come", words.published(to, one, makes_room=True)
    yield "published-zoom-down", words.published(to, one, makes_room=True, trouble="Zoom's limit is reached")
    yield "create-meeting", words.gathering_form(to, Call("host-create"), {}, {}, makes_link=True)
    yield (
        "doors-held-back",
        words.doors_live(to, one, NOW, registered=120, unreached=0, held_back=["discord", "slack"]),
    )
    yield "sender-restricted", delivery.sender_restricted(to, ["discord"])
    yield "doors-stay", words.doors_stay(to, one)
    lines = [
        RosterLine(n, HOSTILE if n % 2 else "Ada", "slack", NOW, NOW if n % 3 else None, (("reminder", receipt),), NOW)
        for n, receipt in enumerate(Receipt, start=1)
    ]
    yield "roster", words.roster(to, one, lines * 3, b"name\r\n")
    yield "roster-empty", words.roster(to, one, [], b"")
    yield "host-help", words.help_page(to, BARE, "htg-host", usages("htg-host"))
