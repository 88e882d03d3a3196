"""Being a member, topics, messages, the team, announcing at a time and the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot import times
from bot.accounts import texts as account_texts
from bot.addresses import Address
from bot.announcements import channel_names
from bot.announcements import texts as announcement_texts
from bot.announcements.model import Announcement, ScheduledAnnouncement
from bot.audit import texts as audit_texts
from bot.audit.model import LOG_LINES, Act, ActKind, Actor, LogEntry
from bot.config import Config
from bot.editing import texts as editing_texts
from bot.facilitators import texts as facilitator_texts
from bot.i18n import Locale
from bot.members.model import Identity
from bot.messages import texts as message_texts
from bot.messages.model import MESSAGE_LIMIT, Message
from bot.registrations import roster_texts
from bot.topics import suggest_texts
from bot.topics import texts as topic_texts
from bot.topics.model import TOPIC_LIMIT, Topic
from bot.views import CHOICE_LIMIT, ITEM_LIMIT, Answer
from tests.samples.values import FULL, HOSTILE, KEY, LONG_ADDRESS, NOW, a_gathering, the_longest


def samples(to: Locale) -> Iterator[tuple[str, Answer]]:
    yield from _membership(to)
    yield from _topics(to)
    yield from _messages(to)
    yield from _team(to)
    yield from _scheduling(to)
    yield from _log(to)


def _membership(to: Locale) -> Iterator[tuple[str, Answer]]:
    addresses = [LONG_ADDRESS, Address("discord", "42")] * 8
    for platform in ("slack", "discord", "sandbox"):
        yield (
            f"connect-{platform}",
            account_texts.code(to, Address(platform, "1"), "K7RXM-2QWPD", [Identity(LONG_ADDRESS)]),
        )
        yield f"connect-own-code-{platform}", account_texts.own_code(to, platform)
    known = [Identity(LONG_ADDRESS, HOSTILE), Identity(Address("discord", "42"))]
    yield "connect-several", account_texts.code(to, LONG_ADDRESS, "K7RXM-2QWPD", known * 8)
    yield "connect-question", account_texts.question(to, known * 8, "t" * 16)
    yield "connect-question-gone", account_texts.question_gone(to)
    yield "connect-cancelled", account_texts.not_connected(to)
    yield "connected", account_texts.connected(to, FULL, known, LONG_ADDRESS, KEY)
    for here in (LONG_ADDRESS, Address("discord", "42")):
        yield f"disconnected-{here.platform}", account_texts.disconnected(to, FULL, known[0], here, KEY)
    yield "disconnected-before", account_texts.disconnected_before(to)
    yield "was-connected", account_texts.was_connected(to, known, LONG_ADDRESS)
    yield "was-disconnected", account_texts.was_disconnected(to, known[:1], LONG_ADDRESS)
    yield "was-disconnected-from-one", account_texts.was_disconnected(to, known, LONG_ADDRESS)
    yield "connect-unknown-code", account_texts.code_unknown(to)
    yield "connect-too-many-codes", account_texts.too_many_codes(to)
    yield "privacy", account_texts.privacy(to, FULL, addresses)
    host = Locale(to.language, to.zone, facilitates=True)
    yield "privacy-facilitator", account_texts.privacy(host, FULL, addresses)
    yield "new-calendar", account_texts.new_calendar(to, FULL, KEY)
    yield "export", account_texts.export(to, b"{}")
    yield "forget", account_texts.forget_me(to, "1764784800", coming=2)
    yield "forget-facilitator", account_texts.forget_me(Locale(to.language, to.zone, facilitates=True), "1", coming=0)
    yield "forget-beside-a-facilitator", account_texts.forget_me(to, "1", coming=0, staying=addresses)
    yield "forgotten", account_texts.forgotten(to)


def _topics(to: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, longest = a_gathering(), the_longest()
    short = Topic(5, HOSTILE, NOW)
    long = Topic(999_999_999, HOSTILE + "W" * (TOPIC_LIMIT - len(HOSTILE)), NOW, votes=1234)
    others = [replace(long, id=long.id - each) for each in range(CHOICE_LIMIT)]
    chosen = [topic_texts.choice(each) for each in others]
    yield "suggest-others", suggest_texts.suggest_form(to, "w", topic_texts.nothing_chosen(to), chosen)
    yield "suggested-others", topic_texts.with_others(to, suggest_texts.suggested(to, long.text), others, more=True)
    yield "supported", topic_texts.supported(to, long)
    yield "unsupported", topic_texts.unsupported(to, long)
    yield "support-closed", topic_texts.no_longer_open(to)
    yield "topic-taken", topic_texts.taken(to, longest)
    yield "topics", topic_texts.topics(to, [long] * (ITEM_LIMIT - 1) + [short], 2, more=True)
    yield "topics-empty", topic_texts.topics(to, [], 1, more=False)
    yield "topic-declined", topic_texts.declined(to, long)
    yield "topic-reopened", topic_texts.reopened(to, long)
    yield "topic-not-reopened", topic_texts.not_reopened(to)
    yield "topic-merge", topic_texts.which(to, long, others)
    yield "topic-merge-later", topic_texts.which(to, long, others, 2, more=True)
    yield "support-later", topic_texts.others(to, others, 2, more=True)
    yield "suggest-more", suggest_texts.suggest_form(to, others=topic_texts.form_choices(to, others, more=True))
    yield "topic-merge-alone", topic_texts.which(to, short, [])
    yield "topic-merged", topic_texts.merged(to, long)
    yield "topic-closed", topic_texts.closed(to)
    yield "roster-former", roster_texts.roster(to, replace(gathering, former_registrants=23, admitted=17), [], b"")
    yield "published-topic", editing_texts.published(to, gathering, told=3)


def _messages(to: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, longest = a_gathering(), the_longest()
    written = Message(999_999_999, longest.id, HOSTILE + "w " * ((MESSAGE_LIMIT - len(HOSTILE)) // 2))
    yield "message", message_texts.form(to, gathering, 23)
    yield (
        "message-mistaken",
        message_texts.form(to, longest, 1, typed="w", error=editing_texts.holds_room(to), draft="999999999"),
    )
    yield "message-empty", message_texts.form(to, gathering, 1, error=message_texts.nothing_written(to))
    yield "message-preview", message_texts.preview(to, longest, written, readers=23, quiet=2)
    yield "message-nobody", message_texts.nobody(to, longest)
    yield "message-sent", message_texts.sent(to, gathering, 23)
    yield "message-sent-before", message_texts.sent_before(to)
    yield "message-gone", message_texts.gone(to)
    yield "message-discarded", message_texts.discarded(to)
    yield "message-letter", message_texts.letter(to, longest, written)


def _team(to: Locale) -> Iterator[tuple[str, Answer]]:
    known = {LONG_ADDRESS: HOSTILE}
    fixed = [Address("discord", str(each)) for each in range(10**17, 10**17 + facilitator_texts.FIXED_SHOWN)]
    yield "team", facilitator_texts.team(to, [LONG_ADDRESS] * ITEM_LIMIT, fixed, known, 2, more=True, fixed_more=5)
    yield "team-empty", facilitator_texts.team(to, [], [], {}, 1, more=False)
    for platform in ("slack", "discord", "sandbox"):
        yield f"team-add-{platform}", facilitator_texts.form(to, platform)
    yield (
        "team-add-mistaken",
        facilitator_texts.form(to, "slack", "Frances", facilitator_texts.not_a_person(to, HOSTILE)),
    )
    yield (
        "team-add-where",
        facilitator_texts.form(to, "discord", "slack:U1", facilitator_texts.which_workspace(to, "slack:U1")),
    )
    yield "team-added", facilitator_texts.added(to, Address("discord", "42"), {}, before=False)
    yield "team-added-before", facilitator_texts.added(to, LONG_ADDRESS, known, before=True)
    yield "team-removed", facilitator_texts.removed(to, LONG_ADDRESS, known, before=False, last=True, me=False)
    yield "team-removed-before", facilitator_texts.removed(to, LONG_ADDRESS, {}, before=True, last=False, me=True)
    yield "team-last", facilitator_texts.last_one(to)
    yield "team-set-by-operator", facilitator_texts.set_by_operator(to, LONG_ADDRESS)


def _scheduling(to: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, longest = a_gathering(), the_longest()
    places = [Address("discord", f"#{4000 + each}") for each in range(CHOICE_LIMIT)]
    choices = [channel_names.choice(to, Config(), each, None) for each in places]
    there = channel_names.place(to, Config(), places[0], None)
    planned = ScheduledAnnouncement(Announcement(999_999_999, longest.id, Address("discord", "#4000")), NOW)
    problem = times.UnreadableTime("form", "tomorow 6")
    errors = {"when": editing_texts.unreadable_time(to, problem, NOW)}
    example = editing_texts.clock_text(to, NOW)
    yield "announce-at", announcement_texts.schedule_form(to, gathering, choices, {}, {}, example)
    yield (
        "announce-at-mistaken",
        announcement_texts.schedule_form(to, longest, choices, {"when": "tomorow 6"}, errors, example),
    )
    late = {"when": announcement_texts.scheduled_too_late(to, longest)}
    yield "announce-at-too-late", announcement_texts.schedule_form(to, longest, choices[:1], {}, late, example)
    yield "announce-planned", announcement_texts.scheduled(to, longest, planned, there)
    yield (
        "announce-again",
        announcement_texts.announce(to, Config(), [longest], choices, [(planned, there)] * (ITEM_LIMIT + 1)),
    )
    yield "announce-withdrawn", announcement_texts.withdrawn(to, gathering.id)
    yield "announce-not-planned", announcement_texts.not_scheduled(to)


def _log(to: Locale) -> Iterator[tuple[str, Answer]]:
    longest = the_longest()
    where = Address("discord", "#4000")
    fields = ("title", "description", "starts", "zone", "zoom", "facilitators")
    whole = [
        Act(
            kind,
            NOW,
            (LONG_ADDRESS, Actor.OPERATOR, Actor.GONE)[n % 3],
            1,
            about=LONG_ADDRESS if kind in {ActKind.TEAM_ADDED, ActKind.TEAM_REMOVED} else where,
            count=3,
            fields=fields,
        )
        for n, kind in enumerate(ActKind)
    ]
    for n in range(0, len(whole), LOG_LINES):
        page = [
            LogEntry(n, replace(each, from_at=NOW, to_at=NOW), longest.title, 2, 3) for each in whole[n : n + LOG_LINES]
        ]
        yield (
            f"log-{n}",
            audit_texts.log(to, FULL, page, {LONG_ADDRESS: HOSTILE[:80]}, longest, 2, 999_999_999, more=True),
        )
    few = [
        Act(ActKind.DISCARDED, NOW, LONG_ADDRESS, 1),
        Act(ActKind.EDITED, NOW, LONG_ADDRESS, 1),
        Act(ActKind.CANCELLED, NOW, LONG_ADDRESS, 1, count=1),
    ]
    named = {LONG_ADDRESS: "Ada", Address("discord", "42"): "Ada"}
    shown = [LogEntry(n, each, "" if n == 0 else longest.title) for n, each in enumerate(few)]
    yield "log", audit_texts.log(to, FULL, shown, named, None, 1, 3, more=False)
    yield "log-empty", audit_texts.log(to, FULL, [], {}, None, 1, 0, more=False)
