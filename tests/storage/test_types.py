"""Values come back as themselves, from both databases; what would not is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from bot.members.model import MemberSettings, Person
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from storage.types import Duration, DurationSet, FreeText, Instant, Unstorable
from tests.storage.examples import NOW, greeted, person, published

anywhere = st.builds(timezone, st.timedeltas(-timedelta(hours=23, minutes=59), timedelta(hours=23, minutes=59)))
instants = st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1), timezones=anywhere)  # noqa: DTZ001 - zones follow
lengths = st.integers(-(10**9), 10**9).map(lambda seconds: timedelta(seconds=seconds))
anything = st.text(st.characters(exclude_categories=()), max_size=200)
"""Half surrogate pairs among it, as a platform's JSON may hold."""
DIALECT = SQLiteDialect()
several_examples = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@given(instants)
def test_an_instant_comes_back_as_itself_in_utc(at: datetime) -> None:
    kept = Instant().process_bind_param(at, DIALECT)
    back = Instant().process_result_value(kept, DIALECT)
    assert isinstance(kept, int)
    assert back == at
    assert back is not None
    assert back.tzinfo is UTC


@given(instants, instants)
def test_instants_are_ordered_as_their_numbers_are(one: datetime, other: datetime) -> None:
    kept = [Instant().process_bind_param(each, DIALECT) or 0 for each in (one, other)]
    assert (one < other) == (kept[0] < kept[1])


@given(st.datetimes())
def test_a_naive_instant_is_refused(at: datetime) -> None:
    with pytest.raises(Unstorable, match="time zone"):
        Instant().process_bind_param(at, DIALECT)


@given(lengths)
def test_a_length_comes_back_as_itself(length: timedelta) -> None:
    assert Duration().process_result_value(Duration().process_bind_param(length, DIALECT), DIALECT) == length


def test_part_of_a_second_is_refused() -> None:
    with pytest.raises(Unstorable, match="whole seconds"):
        Duration().process_bind_param(timedelta(milliseconds=1500), DIALECT)


@given(st.frozensets(lengths))
def test_lengths_come_back_as_themselves(several: frozenset[timedelta]) -> None:
    assert DurationSet().process_result_value(DurationSet().process_bind_param(several, DIALECT), DIALECT) == several


@given(anything)
def test_words_lose_only_what_no_database_takes(text: str) -> None:
    kept = FreeText().process_bind_param(text, DIALECT)
    assert kept == "".join(each for each in text if each != "\0" and not "\ud800" <= each <= "\udfff")


@several_examples
@given(at=instants, text=anything, muted=st.frozensets(lengths, max_size=5))
async def test_the_database_gives_back_what_it_was_given(
    storage: OpenStorage, at: datetime, text: str, muted: frozenset[timedelta]
) -> None:
    def work(uow: UnitOfWork) -> None:
        member = greeted(uow)
        gathering = published(uow, title=text)
        assert uow.registrations.add(member.id, [gathering.id], at) == [uow.registrations.get(member.id, gathering.id)]
        uow.members.save_settings(member.id, MemberSettings(muted=muted))
        kept, known = uow.gatherings.get(gathering.id), uow.members.get(member.id)
        assert kept is not None
        assert known is not None
        assert kept.title == text.replace("\0", "").encode(errors="ignore").decode()
        assert known.settings.muted == muted

    await storage.run(work)


async def test_a_naive_instant_is_refused_by_name_and_keeps_nothing(storage: OpenStorage) -> None:
    with pytest.raises(Unstorable):
        await storage.run(lambda uow: uow.members.get_or_create(person(), NOW.replace(tzinfo=None)))
    assert await storage.run(lambda uow: uow.members.get(1)) is None


@several_examples
@given(name=anything)
async def test_any_name_can_be_kept(storage: OpenStorage, name: str) -> None:
    who = Person(person().address, name)
    first = await storage.run(lambda uow: uow.members.get_or_create(who, NOW))
    assert await storage.run(lambda uow: uow.members.get_or_create(who, NOW)) == first
    assert await storage.run(lambda uow: uow.members.get(first.id)) == first
