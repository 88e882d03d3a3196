"""The pace of sending, as properties: never more than the bucket and what came back since, whatever the clock does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.notifications import send_limits
from bot.notifications.model import NotificationKind, time_to_read
from bot.notifications.send_limits import SendLimits, burst

NOW = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
PACES = st.floats(0.25, 600)
ALMOST = 1e-6
"""Tokens that a sum of many fractions may be off by."""


def taken(limits: SendLimits, wanted: int) -> tuple[SendLimits, int]:
    whole = min(wanted, int(limits.tokens))
    return replace(limits, tokens=limits.tokens - whole), whole


@given(
    pace=PACES,
    steps=st.lists(st.tuples(st.floats(-4000, 4000), st.integers(0, 30)), max_size=40),
)
def test_no_more_is_sent_than_the_bucket_holds_and_what_came_back(pace: float, steps: list[tuple[float, int]]) -> None:
    """Each step is how far the clock goes, forth or back, and how many want to be sent then."""
    now, limits = NOW, send_limits.full("discord", NOW)
    sent, forth = 0, 0.0
    for seconds, wanted in steps:
        now += timedelta(seconds=seconds)
        forth += max(seconds, 0.0)
        limits = send_limits.refilled(limits, pace, now)
        assert limits.tokens <= burst(pace)
        assert limits.refilled_at == now, "a clock that was set back is believed at once, so nothing waits for it"
        limits, begun = taken(limits, wanted)
        sent += begun
        assert sent <= burst(pace) + pace * forth / 60 + ALMOST


@given(pace=PACES, seconds=st.lists(st.floats(0, 120), max_size=40))
def test_however_often_it_is_refilled_it_holds_the_same(pace: float, seconds: list[float]) -> None:
    at, often = NOW, replace(send_limits.full("discord", NOW), tokens=0.0)
    once = often
    for each in seconds:
        at += timedelta(seconds=each)
        often = send_limits.refilled(often, pace, at)
    assert abs(often.tokens - send_limits.refilled(once, pace, at).tokens) < ALMOST


@given(pace=PACES, tokens=st.floats(0, 0.999999999999))
def test_after_the_wait_there_is_a_token_and_hardly_before(pace: float, tokens: float) -> None:
    wait = send_limits.wait_for_token(tokens, pace)
    assert send_limits.refill(tokens, NOW, pace, NOW + wait) >= 1
    assert send_limits.refill(tokens, NOW, pace, NOW + wait * 0.99) < 1 + pace * ALMOST
    assert wait > timedelta(0), "or whoever waits would look again at the same instant, for ever"


def test_a_token_that_is_there_is_not_waited_for() -> None:
    assert send_limits.wait_for_token(1.5, 60) == timedelta(0)


@given(pace=PACES)
def test_conversations_to_open_have_a_bucket_of_their_own(pace: float) -> None:
    limits = replace(send_limits.full("discord", NOW), tokens=0.0, openings=0.0)
    later = send_limits.openings_refilled(limits, pace, NOW + timedelta(seconds=30))
    assert later.tokens == 0.0
    assert abs(later.openings - min(pace / 2, burst(pace))) < ALMOST
    assert send_limits.refilled(limits, pace, NOW + timedelta(seconds=30)).openings == 0.0


def test_of_two_pauses_the_longer_one_counts() -> None:
    limits, later = send_limits.full("discord", NOW), NOW + timedelta(minutes=1)
    now = limits.with_sends_paused(NOW).with_openings_paused(NOW).with_lookups_paused(NOW)
    assert [now.paused_until, now.openings_paused_until, now.lookups_paused_until] == [NOW, NOW, NOW]
    assert limits.with_sends_paused(later).with_sends_paused(NOW) == limits.with_sends_paused(later)
    assert now.with_openings_paused(later).openings_paused_until == later
    assert now.with_lookups_paused(later).with_lookups_paused(NOW).lookups_paused_until == later


def test_what_can_wait_lets_reminders_and_changes_go_first() -> None:
    waits = {kind: time_to_read(kind) for kind in NotificationKind if time_to_read(kind)}
    assert waits == {
        NotificationKind.MESSAGE: timedelta(minutes=10),
        NotificationKind.PART_ADDED: timedelta(minutes=10),
        NotificationKind.AFTERWARDS: timedelta(hours=1),
        NotificationKind.TOPIC_TAKEN: timedelta(hours=1),
        NotificationKind.GATHERING_COUNTED: timedelta(minutes=10),
    }
