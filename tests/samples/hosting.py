"""What facilitators are shown: forms, with every mistake that they name, announcing, the doors, the roster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot import people, platform_texts, time_texts, times
from bot.addresses import Address
from bot.admission import host_texts
from bot.admission import texts as admission_texts
from bot.admission.model import DoorRule
from bot.announcements import channel_names
from bot.announcements import texts as announcement_texts
from bot.announcements.model import Announcement
from bot.catalogue import usages
from bot.editing import cancel_texts, draft_texts, link_texts, move, move_texts, rule_texts
from bot.editing import texts as editing_texts
from bot.editing.move import Move
from bot.extending import texts as extending_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import TITLE_LIMIT, Gathering
from bot.help import texts as help_texts
from bot.i18n import Locale
from bot.meetings import watch_texts
from bot.meetings.model import Deviation
from bot.notifications import texts as notification_texts
from bot.notifications.model import Receipt
from bot.registrations import roster_texts
from bot.registrations.model import RosterLine
from bot.request import Call
from bot.season import texts as season_texts
from bot.season.model import Attendance, AttendedGathering, SeasonOrder
from bot.views import CHOICE_LIMIT, Answer, Form, View
from tests.samples.values import BARE, HOSTILE, LONG_ADDRESS, MISTAKEN_ZONES, NOW, a_gathering, a_series, the_longest

LONGEST_ZONE = "America/Argentina/ComodRivadavia"


def samples(locale: Locale) -> Iterator[tuple[str, Answer]]:
    yield from _hosting(locale)
    yield from _mistaken(locale)
    yield from _extending(locale)
    yield from _season(locale)


def _season(locale: Locale) -> Iterator[tuple[str, Answer]]:
    counts = Attendance(1, 99_999, 99_999, 99_999, 99_999, 99_999, 99_999)
    attended = [
        AttendedGathering(f"{HOSTILE} {n}"[-TITLE_LIMIT:], NOW + timedelta(days=31 * n), counts)
        for n in range(season_texts.GROUPS * 3)
    ]
    for order in SeasonOrder:
        yield f"season-{order}", season_texts.season(locale, attended, order, 2)
    yield "season-empty", season_texts.season(locale, [], SeasonOrder.MONTH, 1)


def _mistaken(locale: Locale) -> Iterator[tuple[str, Answer]]:
    """The gathering form with each mistake that it knows, in the zone with the longest name."""
    locale = replace(locale, zone=LONGEST_ZONE)
    call, written = Call.of("host-edit", gathering=12), "2026-10-25 02:30"
    times_mistaken = {
        **{
            f"zone-{name}": editing_texts.unreadable_time(locale, problem, NOW)
            for name, problem in MISTAKEN_ZONES.items()
        },
        "gap": editing_texts.unreadable_time(locale, times.UnreadableTime("gap", written, locale.zone), NOW),
        "several": editing_texts.unreadable_time(
            locale, times.UnreadableTime("several", "12/3 6pm", locale.zone, readings=(NOW, NOW, NOW, NOW)), NOW
        ),
        "day": editing_texts.unreadable_time(locale, times.UnreadableTime("day", "6pm"), NOW),
        "clock": editing_texts.unreadable_time(locale, times.UnreadableTime("clock", "Dec 3"), NOW),
        "no-day": editing_texts.unreadable_time(locale, times.UnreadableTime("no-day", "31 Feb"), NOW),
        "every": editing_texts.unreadable_time(locale, times.UnreadableTime("every", "W" * 60), NOW),
        "length": editing_texts.unreadable_time(
            locale, times.UnreadableTime("length", "W" * 60, length=timedelta(minutes=95)), NOW
        ),
        "past": editing_texts.already_past(locale, NOW),
        "order": editing_texts.not_in_order(locale),
        "lines": editing_texts.starts_missing(locale, 0, NOW),
        "published-lines": editing_texts.starts_missing(locale, 3, NOW),
        "published-line": editing_texts.starts_missing(locale, 1, NOW),
    }
    for name, error in times_mistaken.items():
        yield (
            f"mistaken-{name}",
            editing_texts.gathering_form(locale, call, {}, {"starts": error}, told=9999, may_add=False),
        )
    yield (
        "mistaken-title",
        editing_texts.gathering_form(locale, call, {}, {"title": editing_texts.title_missing(locale)}),
    )
    yield (
        "mistaken-room",
        editing_texts.gathering_form(locale, call, {}, {"description": editing_texts.holds_room(locale)}),
    )
    yield (
        "cancel-mistaken",
        cancel_texts.cancel_form(locale, a_gathering(), 23, error=editing_texts.holds_room(locale), note="n"),
    )


def _ruling(locale: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, parts = a_gathering(), a_series()
    values = {"limit": "90", "doors_open": "15m", "late_entry": "10m", "duration": "90m"}
    errors = {
        "limit": rule_texts.limit_unreadable(locale),
        "doors_open": rule_texts.never_open(locale),
        "late_entry": rule_texts.late_past_end(locale, timedelta(minutes=90)),
        "duration": rule_texts.duration_unreadable(locale),
    }
    call = Call.of("host-rule", gathering=12, **{"as": "0" * 20})

    def form(gathering: Gathering, values: dict[str, str], errors: dict[str, str], **more: bool) -> Form:
        return rule_texts.rule_form(locale, BARE, gathering, values, errors, call=call, **more)

    yield "rule", form(gathering, values, {}, several=False)
    yield "rule-series", form(parts[1], values, errors, several=True)
    for name, error in {
        "length": rule_texts.length_unreadable(locale, timedelta(minutes=10)),
        "over": rule_texts.over_by_then(locale),
        "overlap": rule_texts.parts_overlap(locale),
    }.items():
        yield f"rule-{name}", form(parts[0], values, {"duration": error}, several=True, whole=True)
    yield (
        "rule-changed",
        rule_texts.changed(locale, replace(gathering, admitted=3), parts, posted=True, registered=True),
    )
    yield "rule-beyond", rule_texts.unchanged(locale, gathering).with_parts(rule_texts.beyond_capacity(locale, 100))
    yield "rule-unchanged", rule_texts.unchanged(locale, gathering)
    rules = [DoorRule(40, timedelta(0)), DoorRule(opens_before=timedelta(0)), DoorRule(late_entry=timedelta(hours=24))]
    differing = [replace(part, door_rule=rule) for part, rule in zip(parts, rules, strict=True)]
    yield "preview-differing", draft_texts.preview(locale, BARE, differing, NOW)
    whole = replace(gathering, door_rule=DoorRule(late_entry=timedelta(hours=24), opens_before=timedelta(0)))
    for number, part in enumerate([*differing, whole]):
        yield f"rule-of-{number}", rule_texts.unchanged(locale, part)


def _moving(locale: Locale) -> Iterator[tuple[str, Answer]]:
    """Each part to another year, in the zone with the longest name."""
    parts, zone = [replace(part, id=999_999_990 + part.part, revision=9999) for part in a_series()], LONGEST_ZONE
    starts = [part.starts_at + timedelta(days=400) for part in parts]
    whole = Move(tuple(parts), tuple(starts), (zone,) * len(parts))
    yield "move", move_texts.ask(locale, parts[0], whole, 1, NOW)
    yield "move-again", move_texts.ask(locale, parts[0], whole, 9999, NOW, saved=True, again=True)
    alone = replace(the_longest(), id=999_999_999)
    yield "move-alone", move_texts.ask(locale, alone, Move((alone,), (NOW,), (alone.zone,)), 63, NOW)
    yield "move-fits-no-more", move_texts.fits_no_more(locale, alone)
    yield "move-stands", move_texts.stands(locale, alone)


def _extending(locale: Locale) -> Iterator[tuple[str, Answer]]:
    """One more part, in the zone with the longest name."""
    parts = [replace(the_longest(), id=999_999_990 + n, revision=9999, series=7, part=n, parts=2) for n in (1, 2)]
    start = parts[-1].starts_at + timedelta(days=400)
    call = move.further_part(parts, start, LONGEST_ZONE)
    yield "extend", extending_texts.form(locale, parts[0], "tomorow", LONGEST_ZONE)
    early = extending_texts.too_early(locale, parts[-1])
    yield "extend-mistaken", extending_texts.form(locale, parts[0], "tomorow", LONGEST_ZONE, early)
    yield "extend-ask", extending_texts.ask(locale, parts, start, LONGEST_ZONE, 1, NOW, call)
    yield "extend-ask-nobody", extending_texts.ask(locale, parts[:1], start, LONGEST_ZONE, 0, NOW, call, again=True)


def _hosting(locale: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, parts, longest = a_gathering(), a_series(), the_longest()
    values = {"title": HOSTILE, "description": "d", "starts": "tomorow 6", "zoom": "", "facilitators": "Frances"}
    problem = times.UnreadableTime("form", "tomorow 6")
    errors = {
        "starts": editing_texts.unreadable_time(locale, problem, NOW),
        "zoom": editing_texts.link_unreadable(locale),
    }
    yield "create", editing_texts.gathering_form(locale, Call("host-create"), {}, {})
    both = {"facilitators": f"{people.mention(LONG_ADDRESS, HOSTILE)}, {people.mention(LONG_ADDRESS)}"}
    yield "create-picked", editing_texts.gathering_form(locale, Call("host-create"), values | both, {})
    nameless = {"facilitators": editing_texts.nameless(locale, str(LONG_ADDRESS))}
    yield "create-nameless", editing_texts.gathering_form(locale, Call("host-create"), values | both, nameless)
    yield "create-mistaken", editing_texts.gathering_form(locale, Call("host-create"), values, errors)
    yield (
        "edit",
        editing_texts.gathering_form(
            locale, Call.of("host-edit", gathering=12), values, {}, told=23, keeps_link=True, may_add=False
        ),
    )
    mistaken = editing_texts.gathering_form(locale, Call("host-create"), values, errors)
    yield "form-mistaken", platform_texts.form_mistaken(locale, mistaken)
    twice = times.UnreadableTime("several", "12/3 6pm", LONGEST_ZONE, readings=(NOW, NOW + timedelta(1), NOW, NOW))
    asking = editing_texts.gathering_form(
        locale,
        Call.of("host-edit", gathering=999_999_999, **{"as": "0" * 20}),
        values | {"starts": "12/3 6pm\nDec 3 6pm\n2026-12-03 18:00"},
        {"starts": editing_texts.unreadable_time(locale, twice, NOW)},
        readings=time_texts.reading_choices(locale, twice),
        may_add=False,
    )
    yield "edit-asking", asking
    yield "form-asking", platform_texts.form_mistaken(locale, asking)
    yield "form-ready", platform_texts.form_ready(locale, Call("host-create"))
    yield "preview", draft_texts.preview(locale, BARE, [longest], NOW)
    yield "preview-series", draft_texts.preview(locale, BARE, parts, NOW)
    yield "preview-again", draft_texts.preview(locale, BARE, parts, NOW, again=True)
    yield from _moving(locale)
    yield from _ruling(locale)
    yield "published", editing_texts.published(locale, gathering)
    yield "discarded", editing_texts.discarded(locale, gathering)
    yield "not-a-draft", editing_texts.not_a_draft(locale, gathering)
    yield "still-a-draft", editing_texts.still_a_draft(locale, gathering)
    yield "nothing-hosted", gathering_texts.nothing_hosted(locale)
    moved = move_texts.lines(locale, [(part, NOW, LONGEST_ZONE) for part in parts], NOW)
    yield "changed", editing_texts.changed(locale, gathering, moved, told=23, posted=True)
    came = link_texts.came_by_former(locale, replace(gathering, admitted=63))
    yield "changed-while-in", editing_texts.changed(locale, gathering, told=0, posted=True).with_parts(*came)
    yield "changed-untold", editing_texts.changed(locale, gathering, moved, told=0, posted=False)
    meanwhile = {
        "title": editing_texts.changed_by_both(locale, HOSTILE * 20),
        "starts": editing_texts.changed_meanwhile(locale),
    }
    yield "edit-meanwhile", editing_texts.gathering_form(locale, Call.of("host-edit", gathering=12), values, meanwhile)
    places = [Address("discord", f"#{4000 + n}") for n in range(CHOICE_LIMIT + 1)]
    here, named = places[:2]
    known = replace(BARE, announcement_channels={named: HOSTILE})
    offered = [channel_names.choice(locale, known, each, here) for each in places]
    yield "announce", announcement_texts.announce(locale, BARE, [longest], offered)
    far = channel_names.span(locale, known, Address("slack", "T" + "W" * 30 + "/C" + "W" * 30), here)
    yield (
        "announce-missing",
        announcement_texts.announce(locale, BARE, [longest], offered, missing=[far] * CHOICE_LIMIT),
    )
    yield "announce-nowhere", announcement_texts.announce(locale, BARE, [gathering], [])
    standing = Announcement(10**9 - 1, gathering.id, named, "1764784800.000100")
    yield (
        "announcing",
        announcement_texts.announcing(locale, gathering, channel_names.span(locale, known, here, here)),
    )
    yield (
        "announced-before",
        announcement_texts.announcing(locale, gathering, channel_names.span(locale, known, named, here), standing),
    )
    yield (
        "announced-elsewhere",
        announcement_texts.announcing(locale, gathering, channel_names.span(locale, known, places[2], here), standing),
    )
    yield "unknown-channel", announcement_texts.unknown_channel(locale, gathering)
    yield "cancel", cancel_texts.cancel_form(locale, gathering, 23)
    yield "cancel-part", cancel_texts.cancel_form(locale, parts[0], 1, told_all=9999)
    yield "cancelled-by-me", cancel_texts.cancelled(locale, [gathering], 23, posted=True)
    yield "cannot-be-cancelled", cancel_texts.cancelled_or_over(locale, gathering)
    for minutes in (-60, 20, 35, 45, 600):
        shown = replace(gathering, admitted=63)
        yield (
            f"doors-{minutes}",
            host_texts.doors_live(locale, shown, NOW + timedelta(minutes=minutes), registered=120, unreached=3),
        )
    trouble = host_texts.doors_live(
        locale,
        replace(gathering, admitted=63),
        NOW,
        registered=120,
        unreached=3,
        logged_in=60,
        trouble="Zoom's limit is reached",
    )
    yield "doors-zoom", trouble
    for deviation in Deviation:
        yield f"meeting-put-back-{deviation}", watch_texts.put_back(locale, gathering, {deviation})
        yield f"meeting-refused-{deviation}", watch_texts.refused(locale, gathering, {deviation})
    together = set(Deviation) - {Deviation.DELETED}
    yield "meeting-put-back", watch_texts.put_back(locale, replace(gathering, title=HOSTILE), together)
    yield "meeting-refused", watch_texts.refused(locale, replace(gathering, title=HOSTILE), together)
    yield "zoom-mended", host_texts.zoom_mended(locale)
    yield "published-room-to-come", editing_texts.published(locale, gathering, makes_room=True)
    yield (
        "published-zoom-down",
        editing_texts.published(locale, gathering, makes_room=True, trouble="Zoom's limit is reached"),
    )
    yield "create-meeting", editing_texts.gathering_form(locale, Call("host-create"), {}, {}, makes_link=True)
    yield (
        "doors-held-back",
        host_texts.doors_live(locale, gathering, NOW, registered=120, unreached=0, held_back=["discord", "slack"]),
    )
    yield "sender-restricted", notification_texts.sender_restricted(locale, ["discord"])
    yield "doors-stay", host_texts.doors_stay(locale, gathering)
    yield "doors-followed", View((host_texts.followed(locale),))
    yield "being-called", View((admission_texts.being_called(locale),))
    lines = [
        RosterLine(n, HOSTILE if n % 2 else "Ada", "slack", NOW, NOW if n % 3 else None, (("reminder", receipt),), NOW)
        for n, receipt in enumerate(Receipt, start=1)
    ]
    yield "roster", roster_texts.roster(locale, gathering, lines * 3, b"name\r\n")
    unheard = RosterLine(1, "Ada", "mail", NOW, None, (("moved", Receipt.DROPPED),), hears=False)
    yield "roster-unheard", roster_texts.roster(locale, gathering, [unheard], b"name\r\n")
    yield "roster-empty", roster_texts.roster(locale, gathering, [], b"")
    yield "host-help", help_texts.help_page(locale, BARE, "htg-host", usages("htg-host"))
