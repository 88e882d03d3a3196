"""What members are shown of gatherings: lists, registering, reminders, the doors, their settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot import words
from bot.addresses import Address
from bot.asks import Call
from bot.commands.catalogue import usages
from bot.doors import Doors
from bot.gatherings import Status
from bot.house import House
from bot.members import Member, Settings
from bot.registrations import RosterLine
from bot.views import CHOICE_LIMIT, Answer
from bot.words import notices
from bot.words.reader import Reader
from tests.samples.values import (
    BARE,
    HOSTILE,
    KEY,
    LINK,
    MISTAKEN_ZONES,
    NOW,
    a_gathering,
    a_registration,
    a_series,
    the_longest,
)


def samples(to: Reader) -> Iterator[tuple[str, Answer]]:
    yield from _often(to)
    yield from _rarely(to)


def samples_with_links(to: Reader, house: House) -> Iterator[tuple[str, Answer]]:
    gathering, parts = a_gathering(), a_series()
    registration = a_registration(gathering)
    following = parts[0]
    yield "registered", words.registered(to, house, gathering, [gathering], registration, calendar=KEY)
    yield "registered-series", words.registered(to, house, parts[0], parts, registration, calendar=KEY)
    titled = [parts[0], replace(parts[1], title=HOSTILE)]
    yield "registered-titled", words.registered(to, house, parts[0], titled, registration, calendar=KEY)
    yield "registered-named", words.registered(to, house, parts[0], parts, registration, calendar=KEY, named=parts[1])
    yield (
        "registered-part",
        words.registered(to, house, parts[1], [parts[1]], registration, calendar=KEY, series=parts, left=True),
    )
    known = {each.id: registration for each in (gathering, *parts)}
    yield "mine", words.mine(to, house, [gathering, *parts], known, 1, calendar=KEY, more=True)
    yield "mine-empty", words.mine(to, house, [], {}, 1, calendar=KEY, more=False)
    yield "early", words.early(to, house, gathering, registration, NOW - timedelta(hours=2))
    yield "announcement", words.announcement(to, house, gathering, [gathering])
    elsewhere = a_gathering(place="")
    yield "announcement-unknown-place", words.announcement(to, house, elsewhere, [elsewhere])
    yield "details-unknown-place", words.details(to, elsewhere, [elsewhere], registered=False)
    yield "announcement-longest", words.announcement(to, house, the_longest(), [the_longest()])
    yield "announcement-series", words.announcement(to, house, parts[0], parts)
    gone = a_gathering(status=Status.CANCELLED, note="Frances is ill.")
    yield "announcement-cancelled", words.announcement(to, house, gone, [gone])
    yield "reminder", notices.reminder(to, house, gathering, registration, NOW)
    yield "reminder-open", notices.reminder(to, house, gathering, registration, NOW + timedelta(minutes=20))
    yield "reminder-begun", notices.reminder(to, house, gathering, registration, NOW + timedelta(minutes=35))
    yield "moved", notices.moved(to, house, gathering, registration)
    yield "room-changed", notices.room_changed(to, house, gathering, registration)
    yield "cancelled", notices.cancelled(to, gone, following)
    yield "afterwards", notices.afterwards(to, following, registered=False)
    yield "afterwards-registered", notices.afterwards(to, following, registered=True)
    yield "afterwards-alone", notices.afterwards(to, None, registered=False)
    yield "channel-reminder", notices.channel_reminder(to, gathering, NOW)


def _often(to: Reader) -> Iterator[tuple[str, Answer]]:
    gathering, parts, longest = a_gathering(), a_series(), the_longest()
    yield "list", words.listing(to, 2, [longest, gathering, *parts], {gathering.id}, more=True, coming={7: parts})
    yield "list-empty", words.listing(to, 1, [], set(), more=False)
    yield "details", words.details(to, longest, [longest], registered=False)
    yield "which", words.which(to, [longest] * CHOICE_LIMIT, Call.of("register", only="yes"), unknown=HOSTILE)
    yield "not-found", words.not_found(to, HOSTILE)
    yield "unregistered", words.unregistered(to, [gathering], [])
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
    yield "was-not-registered", words.was_not_registered(to, gathering)
    yield "was-not-registered-part", words.was_not_registered(to, parts[0], parts[1:])
    yield "was-not-registered-over", words.was_not_registered(to, gathering, over=True)
    yield "not-registered-for", words.not_registered_for(to, HOSTILE)
    yield "too-late", words.too_late(to, replace(gathering, closed_at=NOW), NOW, parts[0])
    yield "welcome", words.welcome(to, gathering, LINK, back=False)
    yield "welcome-back", words.welcome(to, longest, LINK, back=True)
    yield "register-first", words.register_first(to, gathering)
    yield "no-room-yet", words.no_room_yet(to, gathering)
    for state in (Doors.FULL, Doors.CLOSED, Doors.OVER, Doors.CANCELLED):
        yield f"shut-{state}", words.shut(to, a_gathering(note="Frances is ill."), state, parts[0])
    yield "shut-nothing-next", words.shut(to, gathering, Doors.CLOSED, None)
    yield "failed", words.failed(to, "a1b2c3d4")
    yield "busy", words.busy(to, Call.of("register", gathering=12))
    yield "slow", words.slow(to)
    yield "stale", words.stale(to)
    yield "stranger-to-hosting", words.not_a_facilitator(to)
    yield "unreached", words.with_unreached(to, words.register_first(to, gathering))
    yield "help", words.help_page(to, BARE, "htg", usages("htg"), unknown="regster", nearest="register")
    yield "suggest", words.suggest_form(to)
    yield "suggest-too-long", words.suggest_form(to, "w" * 300, words.topic_too_long(to))
    yield "suggested", words.suggested(to, HOSTILE)
    yield "suggested-before", words.suggested_before(to, HOSTILE)
    yield "suggested-enough", words.suggested_enough(to, 10)
    member = Member(5, "Ada", Address("sandbox", "ada"), zone="Europe/Madrid", settings=Settings())
    yield "settings", words.settings_form(to, BARE, member)
    for name, problem in MISTAKEN_ZONES.items():
        error = words.unknown_zone(to, problem)
        yield f"settings-{name}", words.settings_form(to, BARE, member, typed_zone=problem.typed, error=error)
    yield "settings-kept", words.settings_kept(to, BARE, member, NOW)


def _rarely(to: Reader) -> Iterator[tuple[str, Answer]]:
    gathering, parts = a_gathering(), a_series()
    registration, gone = a_registration(gathering), a_gathering(status=Status.CANCELLED)
    yield "early-by-days", words.early(to, BARE, gathering, registration, NOW - timedelta(days=3))
    both = [replace(each, parts=2) for each in parts[:2]]
    yield "registered-both", words.registered(to, BARE, both[0], both, registration, calendar=KEY)
    yield "details-both", words.details(to, both[0], both, registered=False, coming=both, whole=True)
    yield "registered-coming", words.registered(to, BARE, parts[1], parts[1:], registration, calendar=KEY)
    yield "too-late-cancelled", words.too_late(to, gone, NOW, parts[0])
    yield "too-late-full", words.too_late(to, replace(gathering, admitted=90), NOW, parts[0])
    yield "too-late-over", words.too_late(to, gathering, gathering.ends_at, None)
    some = [parts[0], replace(parts[1], status=Status.CANCELLED)]
    yield "details-part-cancelled", words.details(to, some[0], some, registered=True)
    facilitator = replace(to, facilitates=True)
    yield "help-unknown", words.help_page(facilitator, BARE, "htg", usages("htg"), unknown="xyzzy")
    member = Member(5, "Ada", Address("sandbox", "ada"), settings=Settings(by_direct_message=False))
    yield "settings-silent", words.settings_kept(to, BARE, member, NOW)
    unheard = replace(member, settings=Settings(muted=frozenset(BARE.reminders)))
    yield "settings-no-reminders", words.settings_kept(to, BARE, unheard, NOW)
    yield "settings-days", words.settings_kept(to, replace(BARE, reminders=(timedelta(days=2),)), unheard, NOW)
    yield "roster-nameless", words.roster(to, gathering, [RosterLine(1, "", "slack", NOW, None, ())], b"")
    yield "cannot-be-cancelled-twice", words.cannot_be_cancelled(to, gone)
