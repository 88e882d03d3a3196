"""A Zoom link is nowhere in clear, and only the right keys bring it back."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url, text

from bot.gatherings import Status
from bot.ports import Books
from bot.secrets import ZoomLink
from storage.engine import OpenStorage, open_storage
from storage.secrets import Keyring, Sealed
from tests.databases import KEY
from tests.storage.examples import LINK, plan, published

NEEDLES = (LINK.reveal(), "5551234567", "Th1sIsS3cret", LINK.passcode())


def keep_link(books: Books) -> int:
    gathering = books.add([plan(link=LINK)], Status.PUBLISHED)[0].id
    books.set_zoom_link(gathering, LINK)
    return gathering


async def test_a_link_comes_back_as_itself(storage: OpenStorage) -> None:
    gathering = await storage.run(keep_link)
    assert await storage.run(lambda books: books.zoom_link(gathering)) == LINK
    without = await storage.run(lambda books: published(books).id)
    assert await storage.run(lambda books: books.zoom_link(without)) is None
    assert await storage.run(lambda books: books.zoom_link(9999)) is None


async def test_no_byte_of_it_is_in_the_file_or_the_tables(
    storage: OpenStorage, database_kind: str, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gathering = await storage.run(keep_link)
    await storage.run(lambda books: books.zoom_link(gathering))
    stored = _files(database_url) if database_kind == "sqlite" else await storage.run(_tables)
    assert b"Grief and Gratitude" in stored, "this looks in the right place"
    for needle in NEEDLES:
        assert needle.encode() not in stored
        assert needle.encode().hex().encode() not in stored, "bytea prints as hex"
        assert needle not in caplog.text
        assert KEY not in caplog.text


def _files(url: str) -> bytes:
    """The database with its journals, as they lie on the disk while it is open."""
    path = Path(make_url(url).database or "")
    files = sorted(path.parent.glob(path.name + "*"))
    assert any(each.name.endswith("-wal") for each in files)
    return b"".join(each.read_bytes() for each in files)


def _tables(books: Books) -> bytes:
    connection = books._connection  # type: ignore[attr-defined]
    names = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars().all()
    assert "gatherings" in names
    rows = [connection.exec_driver_sql(f'SELECT t::text FROM "{name}" t').scalars().all() for name in names]  # noqa: S608
    return "\n".join(line for lines in rows for line in lines).encode()


async def test_a_new_key_in_front_reads_old_links_and_writes_new_ones(database_url: str) -> None:
    async def opened(*keys: str) -> OpenStorage:
        return await open_storage(database_url, keys)

    before = await opened("old key")
    old = await before.run(keep_link)
    await before.close()

    turning = await opened("new key", "old key")
    assert await turning.run(lambda books: books.zoom_link(old)) == LINK
    new = await turning.run(keep_link)
    await turning.close()

    after = await opened("new key")
    assert await after.run(lambda books: books.zoom_link(new)) == LINK
    with pytest.raises(Sealed, match="Add the former key"):
        await after.run(lambda books: books.zoom_link(old))
    await after.close()


@pytest.mark.parametrize("keys", [[], [""], [" ", ""]])
async def test_without_a_key_everything_works_but_links(database_url: str, keys: list[str]) -> None:
    storage = await open_storage(database_url, keys)
    try:
        gathering = await storage.run(lambda books: published(books).id)
        with pytest.raises(Sealed, match="HTG_SECRET_KEY is not set"):
            await storage.run(lambda books: books.set_zoom_link(gathering, LINK))
    finally:
        await storage.close()


async def test_a_wrong_key_says_so_without_a_secret(database_url: str) -> None:
    writing = await open_storage(database_url, [KEY])
    gathering = await writing.run(keep_link)
    await writing.close()
    reading = await open_storage(database_url, ["another-key-altogether"])
    with pytest.raises(Sealed) as told:
        await reading.run(lambda books: books.zoom_link(gathering))
    await reading.close()
    shown = "".join(traceback.format_exception(told.value)) + repr(told.value)
    assert "gAAAA" not in shown, "nor the encrypted bytes"
    for secret in (*NEEDLES, KEY, "another-key-altogether"):
        assert secret not in shown


async def test_a_failing_statement_shows_no_link(storage: OpenStorage) -> None:
    """SQLAlchemy quotes a failed statement; its values must not come along."""

    def work(books: Books) -> None:
        books._connection.execute(text("INSERT INTO nowhere VALUES (:link)"), {"link": LINK.reveal()})  # type: ignore[attr-defined]

    with pytest.raises(Exception, match="nowhere") as told:
        await storage.run(work)
    assert LINK.reveal() not in "".join(traceback.format_exception(told.value))


@given(st.text(), st.text(), st.text(min_size=1).filter(str.strip))
def test_a_keyring_opens_what_it_sealed(address: str, passcode: str, key: str) -> None:
    keyring, link = Keyring([key]), ZoomLink(address, passcode)
    assert keyring.open(keyring.seal(link)) == link
    assert key.strip() not in repr(keyring) or key.strip() in "Keyring(•••)"


def test_a_link_tampered_with_does_not_open() -> None:
    sealed = bytearray(Keyring([KEY]).seal(LINK))
    sealed[20] ^= 1
    with pytest.raises(Sealed):
        Keyring([KEY]).open(bytes(sealed))
