"""Gatherings: kept, found, changed, discarded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.admission.model import DoorRule
from bot.gatherings.imports import Import
from bot.gatherings.model import Gathering, Plan, Status
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from storage.repositories.gatherings import StaleWrite
from tests.storage.examples import HOUR, LINK, MINUTE, NOW, plan, published
from tests.storage.transaction import in_transaction

FULL = Plan(
    "Círculo de duelo — ¿qué nos sostiene? 🕯",
    NOW + HOUR,
    "Europe/Madrid",
    description="Bring\ntea.",
    facilitators="Frances & Bo",
    duration=timedelta(hours=2),
    door_rule=DoorRule(12, timedelta(minutes=5), timedelta(minutes=30)),
    link=LINK,
)


def titles(found: list[Gathering]) -> list[str]:
    return [each.title for each in found]


async def test_a_gathering_is_kept_as_planned(storage: OpenStorage) -> None:
    (kept,) = await storage.run(lambda uow: uow.gatherings.add([FULL], Status.DRAFT))
    assert kept == Gathering(
        id=kept.id,
        title=FULL.title,
        starts_at=FULL.starts_at,
        zone=FULL.zone,
        duration=FULL.duration,
        description=FULL.description,
        facilitators=FULL.facilitators,
        status=Status.DRAFT,
        door_rule=FULL.door_rule,
    )
    assert await storage.run(lambda uow: uow.gatherings.get(kept.id)) == kept
    assert await storage.run(lambda uow: uow.gatherings.get(kept.id + 1)) is None
    assert await storage.run(lambda uow: uow.gatherings.parts(kept)) == [kept]


@in_transaction
def test_a_series_keeps_its_parts_in_order(uow: UnitOfWork) -> None:
    published(uow, "another")
    parts = uow.gatherings.add([plan(f"part {each}", HOUR * each) for each in (1, 2, 3)], Status.PUBLISHED)
    assert [(gathering.part, gathering.parts, gathering.title) for gathering in parts] == [
        (1, 3, "part 1"), (2, 3, "part 2"), (3, 3, "part 3"),
    ]  # fmt: skip
    assert len({gathering.series for gathering in parts}) == 1
    assert all(gathering.is_part for gathering in parts)
    for gathering in parts:
        assert uow.gatherings.parts(gathering) == parts
    moved = uow.gatherings.save(replace(parts[0], starts_at=NOW + HOUR * 50))
    assert [gathering.id for gathering in uow.gatherings.parts(moved)] == [gathering.id for gathering in parts], (
        "in the order of parts"
    )


@in_transaction
def test_upcoming_are_those_one_can_still_come_to_soonest_first(uow: UnitOfWork) -> None:
    published(uow, "late entry just past", -MINUTE * 10)
    published(uow, "late entry nearly past", -MINUTE * 10 + timedelta(seconds=1))
    published(uow, "ended before its late entry", -HOUR, duration=MINUTE * 5, door_rule=DoorRule(90, HOUR * 9))
    published(uow, "next month", HOUR * 700)
    published(uow, "tonight")
    published(uow, "tonight too")
    uow.gatherings.add([plan("a draft")], Status.DRAFT)
    uow.gatherings.add([plan("cancelled")], Status.CANCELLED)
    expected = ["late entry nearly past", "tonight", "tonight too", "next month"]
    assert titles(uow.gatherings.upcoming(NOW, limit=10)) == expected
    assert titles(uow.gatherings.upcoming(NOW, limit=2)) == expected[:2]
    assert titles(uow.gatherings.upcoming(NOW, limit=2, offset=2)) == expected[2:]
    assert titles(uow.gatherings.upcoming(NOW, limit=2, offset=4)) == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("grief", ["Grief circle"]),
        ("CIRC", ["Grief circle", "Círculo de luto"]),
        ("circulo  de", ["Círculo de luto"]),
        ("CÍRCULO", ["Círculo de luto"]),
        ("straße", ["Strasse 100% off_"]),
        ("100%", ["Strasse 100% off_"]),
        ("%", ["Strasse 100% off_"]),
        ("_", ["Strasse 100% off_"]),
        ("\\", []),
        ("'; DROP TABLE members --", []),
        ("\0", ["Grief circle", "Círculo de luto", "Strasse 100% off_"]),
        ("x" * 5000, []),
    ],
)
@in_transaction
def test_titles_are_found_by_any_part_without_case_or_accents(uow: UnitOfWork, typed: str, found: list[str]) -> None:
    for each in ("Grief circle", "Círculo de luto", "Strasse 100% off_"):
        published(uow, each)
    assert titles(uow.gatherings.upcoming(NOW, limit=10, titled=typed)) == found
    assert titles(uow.gatherings.hosted(NOW, limit=10, titled=typed)) == found


@in_transaction
def test_hosted_are_drafts_and_published_that_have_not_ended(uow: UnitOfWork) -> None:
    published(uow, "ended", -MINUTE * 90)
    published(uow, "ending", -MINUTE * 89)
    uow.gatherings.add([plan("a draft", HOUR * 2)], Status.DRAFT)
    uow.gatherings.add([plan("cancelled")], Status.CANCELLED)
    published(uow, "soon")
    assert titles(uow.gatherings.hosted(NOW, limit=10)) == ["ending", "soon", "a draft"]
    assert titles(uow.gatherings.hosted(NOW, limit=1)) == ["ending"]


@in_transaction
def test_near_are_the_published_ones_that_start_in_between(uow: UnitOfWork) -> None:
    for title, starts_in in (("before", -MINUTE), ("first", timedelta()), ("last", HOUR), ("after", HOUR + MINUTE)):
        published(uow, title, starts_in)
    uow.gatherings.add([plan("a draft", MINUTE)], Status.DRAFT)
    assert titles(uow.gatherings.starting_between(NOW, NOW + HOUR)) == ["first", "last"]


@in_transaction
def test_a_twin_has_the_same_title_and_start(uow: UnitOfWork) -> None:
    kept = published(uow, "Rest")
    assert uow.gatherings.find_duplicate("Rest", kept.starts_at) == kept
    assert uow.gatherings.find_duplicate("REST ", kept.starts_at) == kept
    assert uow.gatherings.find_duplicate("Rest!", kept.starts_at) is None
    assert uow.gatherings.find_duplicate("Rest", kept.starts_at + MINUTE) is None
    cancelled = uow.gatherings.save(replace(kept, status=Status.CANCELLED))
    assert uow.gatherings.find_duplicate("Rest", kept.starts_at) == cancelled, (
        "an import does not bring back what was cancelled"
    )


@in_transaction
def test_a_title_is_found_with_whatever_quotes_dashes_and_spaces_it_is_typed(uow: UnitOfWork) -> None:
    kept = published(uow, "Women's “open” circle – part one")
    for typed in ("women’s", 'womenʼs "open" CIRCLE - part', "«open» circle — part"):
        assert uow.gatherings.upcoming(NOW, limit=5, titled=typed) == [kept], typed
        assert uow.gatherings.hosted(NOW, limit=5, titled=typed) == [kept], typed
    assert uow.gatherings.find_duplicate("Women’s 'open' circle", kept.starts_at) is None
    assert uow.gatherings.find_duplicate('WOMEN’S "open"  circle - part one', kept.starts_at) == kept


@in_transaction
def test_the_entry_that_a_gathering_was_imported_from_is_known_again(uow: UnitOfWork) -> None:
    first, second = published(uow, "Rest"), published(uow, "Grief")
    assert uow.gatherings.find_imported("u") is None
    uow.gatherings.save_import(Import("u", first.id, 0, "as it was"))
    assert uow.gatherings.find_imported("u") == (first, Import("u", first.id, 0, "as it was"))
    uow.gatherings.save_import(Import("u", second.id, 2, "anew"))
    assert uow.gatherings.find_imported("u") == (second, Import("u", second.id, 2, "anew"))
    (draft,) = uow.gatherings.add([plan("a draft")], Status.DRAFT)
    uow.gatherings.save_import(Import("d", draft.id, 0, ""))
    uow.gatherings.discard(draft)
    assert uow.gatherings.find_imported("d") is None


@in_transaction
def test_a_change_keeps_every_field_and_raises_the_revision(uow: UnitOfWork) -> None:
    (kept,) = uow.gatherings.add([FULL], Status.DRAFT)
    other = published(uow, "not touched")
    wanted = replace(
        kept,
        title="Rest",
        starts_at=NOW + HOUR * 3,
        zone="America/Bogota",
        duration=HOUR,
        description="new",
        facilitators="Bo",
        status=Status.CANCELLED,
        door_rule=DoorRule(3, MINUTE, MINUTE * 2),
        opened_at=NOW,
        closed_at=NOW + MINUTE,
        note="The river rose.",
    )
    changed = uow.gatherings.save(wanted)
    assert changed == replace(wanted, revision=1)
    assert uow.gatherings.get(kept.id) == changed
    assert uow.gatherings.save(replace(changed, opened_at=None)).opened_at is None
    assert uow.gatherings.zoom_link(kept.id) == LINK
    assert uow.gatherings.get(other.id) == other


@in_transaction
def test_a_changed_gathering_is_found_by_its_new_title_and_time(uow: UnitOfWork) -> None:
    kept = published(uow, "Grief", HOUR)
    uow.gatherings.save(replace(kept, title="Rest", starts_at=NOW - HOUR * 5))
    assert uow.gatherings.upcoming(NOW, limit=5) == []
    assert titles(uow.gatherings.starting_between(NOW - HOUR * 6, NOW)) == ["Rest"]
    back = uow.gatherings.get(kept.id)
    assert back is not None
    uow.gatherings.save(replace(back, starts_at=NOW + HOUR))
    assert titles(uow.gatherings.upcoming(NOW, limit=5, titled="rest")) == ["Rest"]


async def test_what_changed_since_it_was_read_is_not_written_over(storage: OpenStorage) -> None:
    kept = await storage.run(published)
    await storage.run(lambda uow: uow.gatherings.save(replace(kept, status=Status.CANCELLED)))
    with pytest.raises(StaleWrite, match="revision 0"):
        await storage.run(lambda uow: uow.gatherings.save(replace(kept, title="resurrected")))
    now = await storage.run(lambda uow: uow.gatherings.get(kept.id))
    assert now is not None
    assert now.cancelled


@in_transaction
def test_a_draft_keeps_its_numbers_whatever_becomes_of_its_parts(uow: UnitOfWork) -> None:
    alone = uow.gatherings.add([replace(FULL, series_name="spring")], Status.DRAFT)
    number = alone[0].id
    uow.gatherings.save_import(Import("u", number, 0, ""))
    longer = uow.gatherings.redraft(alone, [plan("one"), plan("two"), replace(FULL, title="three")], NOW)
    assert [(each.id, each.series, each.part, each.parts) for each in longer] == [
        (each.id, number, part, 3) for part, each in enumerate(longer, 1)
    ]
    assert [each.title for each in longer] == ["one", "two", "three"]
    assert (longer[0].id, longer[0].series_name, longer[0].changed_at) == (number, "spring", NOW)
    links = uow.gatherings.zoom_links([each.id for each in longer])
    assert links == {number: LINK, longer[2].id: LINK}, "without another it stays"
    shorter = uow.gatherings.redraft(longer, [plan("one"), plan("other")], NOW)
    assert [(each.id, each.title, each.parts) for each in shorter] == [
        (number, "one", 2),
        (longer[1].id, "other", 2),
    ]
    assert uow.gatherings.get(longer[2].id) is None
    (again,) = uow.gatherings.redraft(shorter, [plan("alone")], NOW)
    assert (again.id, again.series, again.parts) == (number, None, 1)
    assert uow.gatherings.get(shorter[1].id) is None
    with pytest.raises(StaleWrite, match="since it was read"):
        uow.gatherings.redraft(shorter, [plan("lost")], NOW)
    found = uow.gatherings.find_imported("u")
    assert found is not None
    assert found[0] == again, "what is imported again is known"


async def test_a_draft_is_discarded_with_its_series_and_nothing_else_is(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> list[int]:
        series = uow.gatherings.add([plan("one"), plan("two")], Status.DRAFT)
        (alone,) = uow.gatherings.add([plan("alone")], Status.DRAFT)
        out = published(uow, "out")
        uow.gatherings.discard(series[1])
        assert [uow.gatherings.get(gathering.id) for gathering in series] == [None, None]
        with pytest.raises(StaleWrite, match="published"):
            uow.gatherings.discard(out)
        assert uow.gatherings.get(out.id) == out
        uow.gatherings.discard(alone)
        assert uow.gatherings.get(alone.id) is None
        return [gathering.id for gathering in (*series, alone, out)]

    gone = await storage.run(work)
    assert (await storage.run(published)).id > max(gone), "numbers are not used twice"
