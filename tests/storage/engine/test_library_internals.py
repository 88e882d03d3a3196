"""Private parts of libraries: the version that was read is the one installed, and everything works without them."""

from __future__ import annotations

import asyncio
import sys
import tomllib
from collections.abc import AsyncIterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

from bot.unit_of_work import UnitOfWork
from storage.engine import aiosqlite_internals, sqlalchemy_internals
from storage.engine.open import OpenStorage, open_storage
from storage.engine.sqlite import SqliteStorage
from storage.engine.sqlite_thread import ExecutorThread
from tests.databases import KEY, Databases
from tests.storage.examples import LINK, NOW, greeted, published

INTERNALS = {"aiosqlite": aiosqlite_internals, "sqlalchemy": sqlalchemy_internals}


@pytest.mark.parametrize(("library", "internals"), INTERNALS.items())
def test_the_pinned_version_is_the_one_whose_source_was_read(library: str, internals: ModuleType) -> None:
    what_to_read = f"{library} is another version: read what {internals.__file__} says, then raise VERIFIED_VERSION"
    assert version(library) == internals.VERIFIED_VERSION, what_to_read
    settings = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    pins = [pin.replace("[asyncio]", "") for pin in settings["project"]["dependencies"]]
    assert f"{library}=={internals.VERIFIED_VERSION}" in pins


@pytest.fixture
async def plain(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenStorage]:
    """A storage as it is when the files were deleted."""
    for internals in INTERNALS.values():
        monkeypatch.setitem(sys.modules, internals.__name__, None)
    storage = await open_storage(databases.fresh("sqlite"), [KEY])
    assert isinstance(storage, SqliteStorage)
    assert isinstance(storage._thread, ExecutorThread)
    assert storage._statements is None
    yield storage
    await storage.close()


def register(uow: UnitOfWork, number: int) -> list[int]:
    member = greeted(uow, f"U{number}")
    return [registration.id for registration in uow.registrations.add(member.id, [1], NOW)]


async def test_without_them_works_run_together_and_keep_what_they_write(plain: OpenStorage) -> None:
    gathering = await plain.run(lambda uow: published(uow, link=LINK))
    await asyncio.gather(*(plain.run(partial(register, number=number)) for number in range(100)))
    assert await plain.run(lambda uow: len(uow.registrations.roster(gathering.id))) == 100
    assert await plain.run(lambda uow: uow.gatherings.zoom_link(gathering.id)) == LINK


async def test_without_them_a_work_that_fails_undoes_nothing_but_its_own(plain: OpenStorage) -> None:
    def fails(uow: UnitOfWork) -> None:
        greeted(uow, "U1")
        raise LookupError

    results = await asyncio.gather(plain.run(fails), plain.run(lambda uow: greeted(uow, "U2")), return_exceptions=True)
    assert isinstance(results[0], LookupError)
    assert await plain.run(lambda uow: greeted(uow, "U2")) == results[1]


async def test_without_them_a_file_that_cannot_be_opened_leaves_no_thread(plain: OpenStorage, tmp_path: Path) -> None:
    assert plain.schema
    (tmp_path / "htg.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(Exception, match=r"cannot be opened|cannot be read"):
        await open_storage(f"sqlite:///{tmp_path}/htg.db", [KEY])
