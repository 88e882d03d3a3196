"""Being a member, topics, messages, the team, announcing at a time and the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot import times
from bot.accounts import texts as account_texts
from bot.addresses import Address
from bot.admission.model import closes_at
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
from bot.platform import platform_of, registered
from bot.registrations import roster_texts
from bot.secrets import JoinLink
from bot.signups import texts as signup_texts
from bot.topics import suggest_texts
from bot.topics import texts as topic_texts
from bot.topics.model import TOPIC_LIMIT, Topic
from bot.views import CHOICE_LIMIT, ITEM_LIMIT, Answer
from tests.samples.values import FULL, HOSTILE, KEY, LONG_ADDRESS, NOW, a_gathering, the_longest


def samples(locale: Locale) -> Iterator[tuple[str, Answer]]:
    yield from _membership(locale)
    yield from _topics(locale)
    yield from _messages(locale)
    yield from _team(locale)
    yield from _scheduling(locale)
    yield from _log(locale)


def _membership(locale: Locale) -> Iterator[tuple[str, Answer]]:
    addresses = [LONG_ADDRESS, Address("discord", "42")] * 8
    for platform in ("slack", "discord", "sandbox"):
        yield (
            f"connect-{platform}",
            account_texts.code(locale, Address(platform, "1"), "K7RXM-2QWPD", [Identity(LONG_ADDRESS)]),
        )
        yield f"connect-own-code-{platform}", account_texts.own_code(locale, platform)
    known = [Identity(LONG_ADDRESS, HOSTILE), Identity(Address("discord", "42"))]
    yield "connect-several", account_texts.code(locale, LONG_ADDRESS, "K7RXM-2QWPD", known * 8)
    for gathering in (a_gathering(), the_longest()):
        link = JoinLink("https://gatherings.example/confirm/" + "t" * 60)
        yield f"signup-letter-{gathering.id}", signup_texts.letter(locale, FULL, gathering, link, now=NOW)
    link = JoinLink("https://gatherings.example/confirm/" + "t" * 60)
    yield (
        "signup-letter-series",
        signup_texts.letter(locale, FULL, a_gathering(), link, [a_gathering(), the_longest()], now=NOW),
    )
    near = closes_at(a_gathering()) - timedelta(minutes=5)
    full = replace(a_gathering(), admitted=a_gathering().door_rule.limit)
    yield "signup-letter-full-house", signup_texts.letter(locale, FULL, full, link, now=near)
    yield "connect-question", account_texts.connect_question(locale, known * 8, "t" * 16)
    yield "connect-question-gone", account_texts.connect_question_gone(locale, known[:1])
    yield "connect-question-answered", account_texts.connect_question_gone(locale, known)
    yield "connect-cancelled", account_texts.not_connected(locale)
    yield "connected", account_texts.connected(locale, FULL, known, LONG_ADDRESS, KEY)
    for here in (LONG_ADDRESS, Address("discord", "42")):
        yield f"disconnected-{here.platform}", account_texts.disconnected(locale, FULL, known[0], here, KEY)
    yield "disconnected-before", account_texts.already_disconnected(locale)
    yield "was-connected", account_texts.was_connected(locale, known, LONG_ADDRESS)
    yield "was-disconnected", account_texts.was_disconnected(locale, known[:1], LONG_ADDRESS)
    yield "was-disconnected-from-one", account_texts.was_disconnected(locale, known, LONG_ADDRESS)
    yield "connect-unknown-code", account_texts.code_unknown(locale)
    yield "connect-too-many-codes", account_texts.too_many_codes(locale)
    yield (
        "privacy",
        account_texts.privacy(locale, replace(FULL, agreement={"en": "We listen."}), addresses, by_letter=True),
    )
    host = Locale(locale.language, locale.zone, facilitates=True)
    yield "privacy-facilitator", account_texts.privacy(host, FULL, addresses)
    yield "privacy-notice", account_texts.notice(locale, replace(FULL, meetings=True))
    yield "new-calendar", account_texts.new_calendar(locale, FULL, KEY)
    yield "export", account_texts.export(locale, b"{}")
    yield "forget", account_texts.forget_question(locale, "1764784800", upcoming=2)
    yield (
        "forget-facilitator",
        account_texts.forget_question(Locale(locale.language, locale.zone, facilitates=True), "1", upcoming=0),
    )
    yield "forget-beside-a-facilitator", account_texts.forget_question(locale, "1", upcoming=0, staying=addresses)
    yield "forgotten", account_texts.forgotten(locale)


def _topics(locale: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, longest = a_gathering(), the_longest()
    short = Topic(5, HOSTILE, NOW)
    long = Topic(999_999_999, HOSTILE + "W" * (TOPIC_LIMIT - len(HOSTILE)), NOW, votes=1234)
    others = [replace(long, id=long.id - each) for each in range(CHOICE_LIMIT)]
    chosen = [topic_texts.choice(each) for each in others]
    yield "suggest-others", suggest_texts.suggest_form(locale, "w", topic_texts.nothing_chosen(locale), chosen)
    yield (
        "suggested-others",
        topic_texts.with_others(locale, suggest_texts.suggested(locale, long.text), others, more=True),
    )
    yield "supported", topic_texts.supported(locale, long)
    yield "unsupported", topic_texts.unsupported(locale, long)
    yield "support-closed", topic_texts.no_longer_open(locale)
    yield "topic-taken", topic_texts.taken_up(locale, longest)
    yield "topics", topic_texts.topics(locale, [long] * (ITEM_LIMIT - 1) + [short], 2, more=True)
    yield "topics-empty", topic_texts.topics(locale, [], 1, more=False)
    yield "topic-declined", topic_texts.declined(locale, long)
    yield "topic-reopened", topic_texts.reopened(locale, long)
    yield "topic-not-reopened", topic_texts.not_reopened(locale)
    yield "topic-merge", topic_texts.merge_question(locale, long, others)
    yield "topic-merge-later", topic_texts.merge_question(locale, long, others, 2, more=True)
    yield "support-later", topic_texts.others(locale, others, 2, more=True)
    yield "suggest-more", suggest_texts.suggest_form(locale, others=topic_texts.form_choices(locale, others, more=True))
    yield "topic-merge-alone", topic_texts.merge_question(locale, short, [])
    yield "topic-merged", topic_texts.merged(locale, long)
    yield "topic-closed", topic_texts.closed(locale)
    yield "roster-former", roster_texts.roster(locale, replace(gathering, former_registrants=23, admitted=17), [], b"")
    yield "published-topic", editing_texts.published(locale, gathering, told=3)


def _messages(locale: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, longest = a_gathering(), the_longest()
    written = Message(999_999_999, longest.id, HOSTILE + "w " * ((MESSAGE_LIMIT - len(HOSTILE)) // 2))
    yield "message", message_texts.form(locale, gathering, 23)
    yield (
        "message-mistaken",
        message_texts.form(locale, longest, 1, typed="w", error=editing_texts.holds_room(locale), draft="999999999"),
    )
    yield "message-empty", message_texts.form(locale, gathering, 1, error=message_texts.nothing_written(locale))
    yield "message-preview", message_texts.preview(locale, longest, written, recipients=23, opted_out=2)
    yield "message-nobody", message_texts.no_recipients(locale, longest)
    yield "message-sent", message_texts.sent(locale, gathering, 23)
    yield "message-sent-before", message_texts.already_sent(locale, gathering.id)
    yield "message-gone", message_texts.draft_gone(locale)
    yield "message-discarded", message_texts.discarded(locale)
    yield "message-letter", message_texts.as_received(locale, longest, written)


def _team(locale: Locale) -> Iterator[tuple[str, Answer]]:
    known = {LONG_ADDRESS: HOSTILE}
    fixed = [Address("discord", str(each)) for each in range(10**17, 10**17 + facilitator_texts.FIXED_SHOWN)]
    yield "team", facilitator_texts.team(locale, [LONG_ADDRESS] * ITEM_LIMIT, fixed, known, 2, more=True, fixed_more=5)
    mailbox = Address("mail", f"{'.'.join(['sandbox'] * 8)}@{'.'.join(['sandbox'] * 10)}")
    yield "team-mailbox", facilitator_texts.team(locale, [mailbox], [mailbox], known, 1, more=False)
    yield "team-empty", facilitator_texts.team(locale, [], [], {}, 1, more=False)
    for platform in registered():
        yield f"team-add-{platform.name}", facilitator_texts.form(locale, platform.name)
    yield (
        "team-add-mistaken",
        facilitator_texts.form(locale, "slack", "Frances", facilitator_texts.not_a_person(locale, HOSTILE)),
    )
    yield (
        "team-add-where",
        facilitator_texts.form(
            locale,
            "discord",
            "slack:U1",
            facilitator_texts.which_workspace(locale, "slack:U1", platform_of("slack")),
        ),
    )
    yield "team-added", facilitator_texts.added(locale, Address("discord", "42"), {}, before=False)
    yield "team-added-before", facilitator_texts.added(locale, LONG_ADDRESS, known, before=True)
    yield "team-removed", facilitator_texts.removed(locale, LONG_ADDRESS, known, before=False, last=True, is_self=False)
    yield (
        "team-removed-before",
        facilitator_texts.removed(locale, LONG_ADDRESS, {}, before=True, last=False, is_self=True),
    )
    yield "team-last", facilitator_texts.last_one(locale)
    yield "team-set-by-operator", facilitator_texts.set_by_operator(locale, LONG_ADDRESS)


def _scheduling(locale: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, longest = a_gathering(), the_longest()
    places = [Address("discord", f"#{4000 + each}") for each in range(CHOICE_LIMIT)]
    choices = [channel_names.choice(locale, Config(), each, None) for each in places]
    there = channel_names.span(locale, Config(), places[0], None)
    planned = ScheduledAnnouncement(Announcement(999_999_999, longest.id, Address("discord", "#4000")), NOW)
    problem = times.UnreadableTime("form", "tomorow 6")
    errors = {"when": editing_texts.unreadable_time(locale, problem, NOW)}
    example = editing_texts.clock_text(locale, NOW)
    yield "announce-at", announcement_texts.schedule_form(locale, gathering, choices, {}, {}, example)
    yield (
        "announce-at-mistaken",
        announcement_texts.schedule_form(locale, longest, choices, {"when": "tomorow 6"}, errors, example),
    )
    late = {"when": announcement_texts.scheduled_too_late(locale, longest)}
    yield "announce-at-too-late", announcement_texts.schedule_form(locale, longest, choices[:1], {}, late, example)
    yield "announce-planned", announcement_texts.scheduled(locale, longest, planned, there)
    yield (
        "announce-again",
        announcement_texts.announce(locale, Config(), [longest], choices, [(planned, there)] * (ITEM_LIMIT + 1)),
    )
    yield "announce-withdrawn", announcement_texts.withdrawn(locale, gathering.id)
    yield "announce-not-planned", announcement_texts.not_scheduled(locale, gathering.id)


def _log(locale: Locale) -> Iterator[tuple[str, Answer]]:
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
            audit_texts.log(locale, FULL, page, {LONG_ADDRESS: HOSTILE[:80]}, longest, 2, 999_999_999, more=True),
        )
    few = [
        Act(ActKind.DISCARDED, NOW, LONG_ADDRESS, 1),
        Act(ActKind.EDITED, NOW, LONG_ADDRESS, 1),
        Act(ActKind.CANCELLED, NOW, LONG_ADDRESS, 1, count=1),
    ]
    named = {LONG_ADDRESS: "Ada", Address("discord", "42"): "Ada"}
    shown = [LogEntry(n, each, "" if n == 0 else longest.title) for n, each in enumerate(few)]
    yield "log", audit_texts.log(locale, FULL, shown, named, None, 1, 3, more=False)
    yield "log-empty", audit_texts.log(locale, FULL, [], {}, None, 1, 0, more=False)
