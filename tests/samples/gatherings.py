"""What members are shown of gatherings: lists, registering, reminders, the doors, their settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from adapters.web.calendar import CalendarFiles
from bot import dispatcher_texts
from bot.addresses import Address
from bot.admission import texts as admission_texts
from bot.admission import waiting_texts
from bot.admission.model import DoorRule, Doors
from bot.admission.waiting import QueuePosition
from bot.announcements import texts as announcement_texts
from bot.catalogue import listed, usages
from bot.config import Config
from bot.editing import cancel_texts
from bot.gatherings import past_texts, resolve_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Status
from bot.help import texts as help_texts
from bot.i18n import Locale
from bot.members import texts as member_texts
from bot.members.model import LetterUse, Member, MemberSettings
from bot.notifications import texts as notification_texts
from bot.registrations import roster_texts
from bot.registrations import texts as registration_texts
from bot.registrations.model import Following, RosterLine
from bot.request import Call
from bot.topics import suggest_texts
from bot.views import CHOICE_LIMIT, Answer
from tests.samples.values import (
    BARE,
    FULL,
    HOSTILE,
    KEY,
    LINK,
    MISTAKEN_ZONES,
    NOW,
    SPOKEN_FOR,
    a_gathering,
    a_registration,
    a_series,
    the_longest,
)


def samples(locale: Locale) -> Iterator[tuple[str, Answer]]:
    yield from _often(locale)
    yield from _rarely(locale)


def samples_with_links(locale: Locale, config: Config) -> Iterator[tuple[str, Answer]]:
    gathering, parts = a_gathering(), a_series()
    registration = a_registration(gathering)
    following = parts[0]
    yield (
        "registered",
        registration_texts.registered(locale, config, gathering, [gathering], registration, calendar=KEY, now=NOW),
    )
    yield (
        "registered-series",
        registration_texts.registered(locale, config, parts[0], parts, registration, calendar=KEY, now=NOW),
    )
    titled = [parts[0], replace(parts[1], title=HOSTILE)]
    yield (
        "registered-titled",
        registration_texts.registered(locale, config, parts[0], titled, registration, calendar=KEY, now=NOW),
    )
    yield (
        "registered-named",
        registration_texts.registered(
            locale, config, parts[0], parts, registration, calendar=KEY, now=NOW, named=parts[1]
        ),
    )
    yield (
        "registered-part",
        registration_texts.registered(
            locale, config, parts[1], [parts[1]], registration, calendar=KEY, now=NOW, series=parts, left=True
        ),
    )
    quiet = MemberSettings(by_direct_message=False)
    yield (
        "registered-quiet",
        registration_texts.registered(
            locale, config, gathering, [gathering], registration, calendar=KEY, settings=quiet, now=NOW
        ),
    )
    known = {each.id: registration for each in (gathering, *parts)}
    yield (
        "mine",
        registration_texts.mine(
            locale, config, [gathering, *parts], known, 1, calendar=KEY, now=NOW, count=31, ways_in={}
        ),
    )
    yield "mine-empty", registration_texts.mine(locale, config, [], {}, 1, calendar=KEY, now=NOW, count=2, ways_in={})
    yield "early", admission_texts.early(locale, config, gathering, registration, NOW - timedelta(hours=2))
    yield "announcement", announcement_texts.announcement(locale, config, gathering, [gathering])
    elsewhere = a_gathering(place="")
    yield "announcement-unknown-place", announcement_texts.announcement(locale, config, elsewhere, [elsewhere])
    yield "details-unknown-place", gathering_texts.details(locale, elsewhere, [elsewhere], NOW, registered=False)
    yield "announcement-longest", announcement_texts.announcement(locale, config, the_longest(), [the_longest()])
    yield "announcement-series", announcement_texts.announcement(locale, config, parts[0], parts)
    shifted = [replace(each, moved_from=NOW) for each in (gathering, *parts)]
    yield "announcement-moved", announcement_texts.announcement(locale, config, shifted[0], shifted[:1])
    yield "announcement-series-moved", announcement_texts.announcement(locale, config, shifted[1], shifted[1:])
    gone = a_gathering(status=Status.CANCELLED, note="Frances is ill.")
    yield "announcement-cancelled", announcement_texts.announcement(locale, config, gone, [gone])
    yield "reminder", notification_texts.reminder(locale, config, gathering, registration, NOW)
    yield (
        "reminder-open",
        notification_texts.reminder(locale, config, gathering, registration, NOW + timedelta(minutes=20)),
    )
    yield (
        "reminder-begun",
        notification_texts.reminder(locale, config, gathering, registration, NOW + timedelta(minutes=35)),
    )
    yield "moved", notification_texts.moved(locale, config, gathering, registration)
    for name, before in (("from", NOW - timedelta(days=2)), ("back", gathering.starts_at)):
        yield f"moved-{name}", notification_texts.moved(locale, config, gathering, registration, before)
    yield "room-changed", notification_texts.room_changed(locale, config, gathering, registration)
    yield "cancelled", notification_texts.cancelled(locale, gone, Following(following))
    yield (
        "cancelled-of-some",
        notification_texts.cancelled(locale, gone, Following(following, registered=True), rest=True),
    )
    yield "afterwards", notification_texts.afterwards(locale, BARE, Following(following))
    yield "afterwards-registered", notification_texts.afterwards(locale, BARE, Following(following, registered=True))
    yield "afterwards-alone", notification_texts.afterwards(locale, SPOKEN_FOR, None)
    yield (
        "afterwards-missed",
        notification_texts.afterwards(locale, BARE, Following(following), missed=gathering),
    )
    yield from _channel_reminders(locale)


def _channel_reminders(locale: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, begun = a_gathering(), NOW + timedelta(minutes=35)
    gone = a_gathering(status=Status.CANCELLED)
    yield "channel-reminder", notification_texts.channel_reminder(locale, gathering, NOW)
    yield "channel-reminder-begun", notification_texts.channel_reminder(locale, gathering, begun)
    before = gathering.starts_at - timedelta(days=1)
    moved = notification_texts.channel_reminder(locale, gathering, NOW, moved_from=before)
    yield "channel-reminder-moved", moved
    inside = replace(gathering, admitted=gathering.door_rule.limit)
    for name, closed, doors in (
        ("closed", replace(gathering, closed_at=begun), Doors.CLOSED),
        ("closed-by-itself", inside, Doors.CLOSED),
        ("full", inside, Doors.FULL),
        ("cancelled", gone, Doors.CANCELLED),
    ):
        yield f"channel-reminder-{name}", notification_texts.channel_reminder_withdrawn(locale, closed, doors)


def _often(locale: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, parts, longest = a_gathering(), a_series(), the_longest()
    yield (
        "list",
        gathering_texts.listing(
            locale, 2, [longest, gathering, *parts], {gathering.id}, NOW, count=31, coming={7: parts}
        ),
    )
    at_door, full = (
        replace(gathering, starts_at=NOW + timedelta(minutes=9)),
        replace(gathering, id=13, starts_at=NOW + timedelta(days=7), admitted=90),
    )
    begun = replace(gathering, id=14, starts_at=NOW - timedelta(minutes=9))
    yield (
        "mine-shut",
        registration_texts.mine(
            locale,
            BARE,
            [begun, replace(begun, id=15, title="Living with illness", admitted=90)],
            {},
            1,
            calendar=KEY,
            now=NOW,
            count=2,
            ways_in={},
        ),
    )
    yield (
        "list-open",
        gathering_texts.listing(locale, 1, [at_door, full], {gathering.id}, NOW, count=2, ways_in={gathering.id: True}),
    )
    known = {each.id: a_registration(each) for each in (at_door, full)}
    yield (
        "mine-open",
        registration_texts.mine(
            locale, BARE, [at_door, full], known, 1, calendar=KEY, now=NOW, count=2, ways_in={at_door.id: False}
        ),
    )
    for_a_place = {at_door.id: waiting_texts.waiting_buttons(locale, at_door)}
    yield (
        "mine-waiting",
        registration_texts.mine(
            locale, BARE, [replace(at_door, admitted=90)], known, 1, calendar=KEY, now=NOW, count=1,
            ways_in={at_door.id: False}, waited_for=for_a_place,
        ),
    )  # fmt: skip
    yield (
        "details-inside",
        gathering_texts.details(locale, at_door, [at_door], gathering.starts_at, registered=True, way_in=True),
    )
    yield "list-empty", gathering_texts.listing(locale, 1, [], set(), NOW, count=0)
    yield "details", gathering_texts.details(locale, longest, [longest], NOW, registered=False)
    yield (
        "which",
        resolve_texts.which(locale, [longest] * CHOICE_LIMIT, Call.of("register", only="yes"), unknown=HOSTILE),
    )
    yield "which-draft", resolve_texts.which(locale, [a_gathering(status=Status.DRAFT)], Call("host-edit"), unknown="x")
    yield "not-found", resolve_texts.not_found(locale, HOSTILE)
    yield "not-found-at-a-door", resolve_texts.not_found(locale, "x", gathering_texts.join_button(locale, gathering))
    yield "unregistered", registration_texts.unregistered(locale, [gathering], [])
    yield (
        "which-of-more",
        resolve_texts.which(locale, [longest, *parts] * CHOICE_LIMIT, Call("register"), series=True, page=2),
    )
    yield (
        "which-hosted-of-more",
        resolve_texts.which(locale, [longest] * (CHOICE_LIMIT + 1), Call("host-announce"), typed=HOSTILE),
    )
    yield "which-part", resolve_texts.which_part(locale, Call("unregister"), parts)
    yield "details-series", gathering_texts.details(locale, parts[1], parts, NOW, registered=False, coming=parts[1:])
    yield "unregistered-part", registration_texts.unregistered(locale, [parts[0]], parts[1:], parts)
    yield "unregistered-but-one", registration_texts.unregistered(locale, [parts[0]], parts[2:], parts)
    yield "unregistered-all", registration_texts.unregistered(locale, parts, [], parts)
    yield "unregistered-some", registration_texts.unregistered(locale, parts[1:], [], parts)
    yield "was-not-registered", registration_texts.was_not_registered(locale, gathering)
    yield "was-not-registered-part", registration_texts.was_not_registered(locale, parts[0], parts[1:])
    yield "was-not-registered-over", registration_texts.was_not_registered(locale, gathering, over=True)
    yield "not-registered-for", registration_texts.not_registered_for(locale, HOSTILE)
    early = replace(gathering, closed_at=gathering.starts_at - timedelta(minutes=5))
    full = replace(gathering, admitted=90)
    yield "register-first-at-a-full-house", admission_texts.register_first(locale, full, gathering.starts_at)
    house = waiting_texts.full(locale, full, QueuePosition(None, was_returned=False))
    yield (
        "registered-at-a-full-house",
        registration_texts.registered(
            locale, BARE, full, [full], a_registration(full), calendar=KEY, full_house=house, now=full.starts_at
        ),
    )
    alone = replace(gathering, door_rule=DoorRule(limit=1, late_entry=timedelta(seconds=30)))
    yield (
        "shut-full-of-one",
        admission_texts.shut(locale, BARE, replace(alone, admitted=1), Doors.FULL, Following(parts[0])),
    )
    yield "details-of-one", gathering_texts.details(locale, alone, [alone], NOW, registered=False)
    yield "closed-before-it-began", admission_texts.shut(locale, BARE, early, Doors.CLOSED, Following(parts[0]))
    yield "welcome", admission_texts.welcome(locale, gathering, LINK, back=False, unused_after=timedelta(minutes=3))
    yield "welcome-back", admission_texts.welcome(locale, longest, LINK, back=True)
    yield "register-first", admission_texts.register_first(locale, gathering, NOW)
    has_files = replace(BARE, calendar=CalendarFiles(BARE))
    yield (
        "registered-no-pages",
        registration_texts.registered(locale, has_files, gathering, [gathering], known[12], calendar=KEY, now=NOW),
    )
    yield (
        "mine-no-pages",
        registration_texts.mine(
            locale, has_files, [at_door], known, 1, calendar=KEY, now=NOW, count=1, ways_in={at_door.id: True}
        ),
    )
    yield "register-first-open", admission_texts.register_first(locale, at_door, NOW)
    yield (
        "registered-open",
        registration_texts.registered(locale, FULL, at_door, [at_door], known[12], calendar=KEY, now=NOW),
    )
    larger = [parts[0], replace(parts[1], door_rule=DoorRule(120))]
    yield (
        "registered-unlike",
        registration_texts.registered(locale, BARE, parts[0], larger, known[12], calendar=KEY, now=NOW),
    )
    yield "no-room-yet", admission_texts.no_room_yet(locale, gathering)
    for state in (Doors.FULL, Doors.CLOSED, Doors.OVER, Doors.CANCELLED):
        yield (
            f"shut-{state}",
            admission_texts.shut(locale, BARE, a_gathering(note="Frances is ill."), state, Following(parts[0])),
        )
    yield (
        "over-for-who-was-in",
        admission_texts.shut(locale, BARE, gathering, Doors.OVER, Following(parts[0]), inside=True),
    )
    yield "shut-nothing-next", admission_texts.shut(locale, SPOKEN_FOR, gathering, Doors.CLOSED, None)
    yield "failed", dispatcher_texts.failed(locale, SPOKEN_FOR, "a1b2c3d4")
    yield "busy", dispatcher_texts.busy(locale, Call.of("register", gathering=12))
    yield "slow", dispatcher_texts.slow(locale)
    yield "stale", dispatcher_texts.stale(locale)
    yield "rights-unknown", dispatcher_texts.rights_unknown(locale, Call("host-help"))
    yield "stranger-to-hosting", dispatcher_texts.not_a_facilitator(locale, SPOKEN_FOR)
    first = admission_texts.register_first(locale, gathering, NOW)
    chat, mail = Address("slack", "T1/U1"), Address("mail", "ada@example.org")
    yield "unreached", dispatcher_texts.with_unreached(locale, first, (chat, mail), chat)
    yield "unreached-on-page", dispatcher_texts.with_unreached(locale, first, (chat, mail), mail)
    yield "letter-came-back", dispatcher_texts.with_unreached(locale, first, (mail,), mail)
    yield "zone-asked", dispatcher_texts.with_zone_asked(locale, admission_texts.register_first(locale, gathering, NOW))
    yield "help", help_texts.help_page(locale, SPOKEN_FOR, "htg", usages("htg"), HOSTILE)
    yield "suggest", suggest_texts.suggest_form(locale)
    yield "suggest-too-long", suggest_texts.suggest_form(locale, "w" * 300, suggest_texts.topic_too_long(locale))
    yield "suggested", suggest_texts.suggested(locale, HOSTILE)
    yield "suggested-before", suggest_texts.already_suggested(locale, HOSTILE)
    yield "suggested-enough", suggest_texts.too_many_open(locale, 10)
    member = Member(5, "Ada", Address("sandbox", "ada"), zone="Europe/Madrid", settings=MemberSettings())
    yield "settings", member_texts.settings_form(locale, BARE, member)
    by_letter = replace(member, address=Address("mail", "ada@example.org"), zone="Europe/Madrid")
    yield "settings-by-letter", member_texts.settings_form(locale, BARE, by_letter)
    for name, problem in MISTAKEN_ZONES.items():
        error = member_texts.unknown_zone(locale, problem)
        yield (
            f"settings-{name}",
            member_texts.settings_form(locale, BARE, member, typed_zone=problem.typed, error=error),
        )
    for letters in LetterUse:
        yield f"settings-letters-{letters.value}", member_texts.settings_form(locale, BARE, member, letters)
    without = replace(member, settings=MemberSettings(letters=False, by_direct_message=False))
    yield "settings-never", member_texts.settings_form(locale, BARE, without, LetterUse.ALONE)
    yield "settings-never-kept", member_texts.settings_saved(locale, BARE, without, NOW, LetterUse.ALONE)
    yield "settings-kept", member_texts.settings_saved(locale, BARE, member, NOW)


def _rarely(locale: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, parts = a_gathering(), a_series()
    registration, gone = a_registration(gathering), a_gathering(status=Status.CANCELLED)
    yield "early-by-days", admission_texts.early(locale, BARE, gathering, registration, NOW - timedelta(days=3))
    both = [replace(each, parts=2) for each in parts[:2]]
    yield (
        "registered-both",
        registration_texts.registered(locale, BARE, both[0], both, registration, calendar=KEY, now=NOW),
    )
    yield "details-both", gathering_texts.details(locale, both[0], both, NOW, registered=False, coming=both, whole=True)
    yield (
        "registered-coming",
        registration_texts.registered(locale, BARE, parts[1], parts[1:], registration, calendar=KEY, now=NOW),
    )
    some = [parts[0], replace(parts[1], status=Status.CANCELLED)]
    yield "details-part-cancelled", gathering_texts.details(locale, some[0], some, NOW, registered=True)
    noted = replace(gone, note=HOSTILE)
    yield "details-cancelled", past_texts.details(locale, noted, [noted], [])
    yield "details-over", past_texts.details(locale, parts[0], parts, parts[1:])
    for about, named in (("cancelled", gone), ("over", gathering)):
        yield f"edit-{about}", cancel_texts.stays_as_it_is(locale, named, [named], named.ends_at)
    yield "edit-part-cancelled", cancel_texts.stays_as_it_is(locale, some[1], some, NOW)
    facilitator = replace(locale, facilitates=True)
    yield "help-of-facilitator", help_texts.help_page(facilitator, BARE, "htg", usages("htg"))
    yield "help-unknown", help_texts.unknown_word(locale, HOSTILE[:40], None, Call("help"))
    yield "written", help_texts.nobody_reads(locale, SPOKEN_FOR, comes=True)
    yield "written-bare", help_texts.nobody_reads(locale, BARE, comes=False)
    for asked_for in listed("htg"):
        yield (
            f"written-about-{asked_for.word}",
            help_texts.nobody_reads(locale, BARE, comes=False, asked_for=asked_for),
        )
    for near in listed("htg"):
        yield f"help-near-{near.word}", help_texts.unknown_word(locale, "regster", near, Call("help"))
    member = Member(5, "Ada", Address("sandbox", "ada"), settings=MemberSettings(by_direct_message=False))
    yield "settings-silent", member_texts.settings_saved(locale, BARE, member, NOW)
    unheard = replace(member, settings=MemberSettings(muted=frozenset(BARE.reminders)))
    yield "settings-no-reminders", member_texts.settings_saved(locale, BARE, unheard, NOW)
    yield (
        "settings-days",
        member_texts.settings_saved(locale, replace(BARE, reminders=(timedelta(days=2),)), unheard, NOW),
    )
    yield "roster-nameless", roster_texts.roster(locale, gathering, [RosterLine(1, "", "slack", NOW, None, ())], b"")
    yield "cannot-be-cancelled-twice", cancel_texts.cancelled_or_over(locale, gone)
