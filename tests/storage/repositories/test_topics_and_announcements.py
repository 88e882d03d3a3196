"""Suggested topics, and announcements."""

from __future__ import annotations

from dataclasses import replace

from bot.addresses import Address
from bot.announcements.model import Announcement, ScheduledAnnouncement
from bot.gatherings.model import Status
from bot.notifications.model import NotificationKind, Receipt
from bot.topics.model import Topic, TopicState
from bot.unit_of_work import UnitOfWork
from tests.storage.claims import certainly, claim, claim_doubt
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, notice, plan, published
from tests.storage.transaction import in_transaction

GENERAL = Address("slack", "T1/C789")
LOBBY = Address("discord", "#4000")


@in_transaction
def test_a_suggestion_is_kept_once_while_it_is_open(uow: UnitOfWork) -> None:
    ada, bo = greeted(uow), greeted(uow, "U2")
    topic = uow.topics.suggest(ada.id, "Forgiveness", NOW)
    assert topic == Topic(topic.id if topic else 0, "Forgiveness", NOW)
    assert uow.topics.suggest(ada.id, "forgiveness", NOW) is None, "the same in other letters"
    assert uow.topics.suggest(ada.id, "Letting go", NOW) is not None
    assert uow.topics.suggest(bo.id, "Forgiveness", NOW) is not None
    assert [uow.topics.count_open(member.id) for member in (ada, bo)] == [2, 1]


@in_transaction
def test_the_same_from_several_is_one_topic_with_their_votes(uow: UnitOfWork) -> None:
    ada, bo, cy = (greeted(uow, f"U{number}").id for number in range(3))
    silence = uow.topics.suggest(ada, "Silence", NOW)
    again = uow.topics.suggest(bo, "SILENCE ", NOW)
    noise = uow.topics.suggest(cy, "Noise", NOW)
    assert silence
    assert again
    assert noise
    assert (again.id, again.votes, again.text) == (silence.id, 2, "Silence")
    assert [topic.id for topic in uow.topics.list_open(limit=5)] == [silence.id, noise.id]
    assert [topic.id for topic in uow.topics.list_open(limit=5, offset=1)] == [noise.id]
    assert [topic.id for topic in uow.topics.list_open_for(ada, limit=5)] == [noise.id]
    assert uow.topics.vote(noise.id, ada, NOW)
    assert not uow.topics.vote(noise.id, ada, NOW)
    assert uow.topics.count_open(ada) == 1, "a vote is no suggestion"
    assert uow.topics.list_open_for(ada, limit=5) == []
    assert set(uow.topics.voters(noise.id)) == {ada, cy}
    assert uow.topics.unvote(noise.id, ada)
    assert not uow.topics.unvote(noise.id, ada)


@in_transaction
def test_topics_are_closed_reopened_and_merged_once(uow: UnitOfWork) -> None:
    ada, bo = greeted(uow).id, greeted(uow, "U2").id
    one, two = uow.topics.suggest(ada, "Silence", NOW), uow.topics.suggest(bo, "Being silent", NOW)
    assert one
    assert two
    uow.topics.vote(two.id, ada, NOW)
    draft = published(uow)
    uow.topics.take_up(two.id, draft.id)
    assert not uow.topics.merge(one.id, one.id)
    assert uow.topics.merge(two.id, one.id)
    assert not uow.topics.merge(two.id, one.id)
    merged = uow.topics.taken_up(draft.id)
    assert merged is not None
    assert (merged.id, merged.votes) == (one.id, 2)
    assert uow.topics.close(one.id, TopicState.DECLINED)
    assert not uow.topics.close(one.id, TopicState.DECLINED)
    assert uow.topics.list_open(limit=5) == []
    assert uow.topics.reopen(one.id)
    assert not uow.topics.reopen(one.id)
    assert not uow.topics.reopen(two.id), "merged is not declined"
    assert uow.topics.close(one.id, TopicState.DECLINED)
    assert uow.topics.suggest(ada, "silence", NOW) is not None
    assert not uow.topics.reopen(one.id), "the same was suggested anew"


@in_transaction
def test_a_draft_takes_its_topic_along(uow: UnitOfWork) -> None:
    topic = uow.topics.suggest(greeted(uow).id, "Silence", NOW)
    assert topic is not None
    draft = uow.gatherings.add([plan("Silence", HOUR)], Status.DRAFT)[0]
    uow.topics.take_up(topic.id, draft.id)
    uow.gatherings.discard(draft)
    assert uow.topics.taken_up(draft.id) is None
    assert uow.topics.get(topic.id) == topic, "it waits as before"


@in_transaction
def test_what_is_planned_can_be_withdrawn_until_it_is_begun(uow: UnitOfWork) -> None:
    gathering = published(uow)
    kept = uow.announcements.add(gathering.id, GENERAL)
    later = notice(
        gathering,
        "a",
        kind=NotificationKind.ANNOUNCEMENT,
        announcement=kept.id,
        channel=GENERAL,
        due_at=NOW + MINUTE,
    )
    uow.notifications.add([later])
    assert uow.announcements.scheduled([gathering.id], NOW) == [ScheduledAnnouncement(kept, NOW + MINUTE)]
    assert uow.announcements.scheduled([gathering.id], NOW + MINUTE) == []
    assert uow.announcements.scheduled([], NOW) == []
    assert uow.announcements.withdraw(kept.id)
    assert not uow.announcements.withdraw(kept.id)
    assert uow.announcements.list_for(gathering) == []
    kept = uow.announcements.add(gathering.id, GENERAL)
    uow.notifications.add([replace(later, announcement=kept.id)])
    (claimed,) = claim(uow, NOW + MINUTE)  # the key is free again
    assert not uow.announcements.withdraw(kept.id)
    uow.deliveries.give_back(claimed, NOW + MINUTE * 2, in_doubt=True, why="reset")
    assert not uow.announcements.withdraw(kept.id), "it may stand already"
    claimed = certainly(claim_doubt(uow, NOW + MINUTE * 2))
    uow.deliveries.settle(claimed, Receipt.BLOCKED, NOW + MINUTE * 2, "not in the channel")
    assert uow.announcements.withdraw(kept.id), "it came to nothing"
    assert uow.announcements.list_for(gathering) == []


@in_transaction
def test_one_announcement_for_each_channel(uow: UnitOfWork) -> None:
    gathering = published(uow)
    first = uow.announcements.add(gathering.id, GENERAL)
    assert first == Announcement(first.id, gathering.id, GENERAL)
    assert uow.announcements.add(gathering.id, GENERAL) == first
    second = uow.announcements.add(gathering.id, LOBBY)
    assert uow.announcements.list_for(gathering) == [first, second]
    uow.announcements.mark_posted(first.id, "1764784800.000100")
    assert uow.announcements.get(first.id) == Announcement(first.id, gathering.id, GENERAL, "1764784800.000100")
    assert uow.announcements.add(gathering.id, GENERAL).message == "1764784800.000100"
    assert uow.announcements.get(second.id) == second
    assert uow.announcements.get(999) is None


@in_transaction
def test_every_part_finds_what_was_posted_about_its_series(uow: UnitOfWork) -> None:
    series = uow.gatherings.add([plan("one", HOUR), plan("two", HOUR * 2)], Status.PUBLISHED)
    other = published(uow)
    about = [uow.announcements.add(series[0].id, GENERAL), uow.announcements.add(series[1].id, LOBBY)]
    uow.announcements.add(other.id, GENERAL)
    for part in series:
        assert uow.announcements.list_for(part) == about
