"""A Zoom link is nowhere in clear, and only the right keys bring it back."""

from __future__ import annotations

import asyncio
import logging
import traceback
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url, text

from bot.gatherings.model import Status
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.encryption import key_rotation
from storage.encryption.key_audit import encrypted_columns
from storage.encryption.key_rotation import RotationResult, reencrypt
from storage.encryption.keyring import Keyring, Purpose, SecretUnreadable, derive_key, from_base64, to_base64
from storage.engine.health import read_health
from storage.engine.open import OpenStorage, open_storage
from storage.installations import StoredInstallations
from storage.repositories.gathering_rows import _log_unreadable
from tests.databases import KEY, Databases, stored_bytes
from tests.storage.examples import LINK, NOW, greeted, plan, published

NEEDLES = (LINK.reveal(), "5551234567", "Th1sIsS3cret", LINK.passcode())


def keep_link(uow: UnitOfWork) -> int:
    gathering = uow.gatherings.add([plan(link=LINK)], Status.PUBLISHED)[0].id
    uow.gatherings.set_zoom_link(gathering, LINK)
    return gathering


async def test_a_link_comes_back_as_itself(storage: OpenStorage) -> None:
    gathering = await storage.run(keep_link)
    assert await storage.run(lambda uow: uow.gatherings.zoom_link(gathering)) == LINK
    without = await storage.run(lambda uow: published(uow).id)
    assert await storage.run(lambda uow: uow.gatherings.zoom_link(without)) is None
    assert await storage.run(lambda uow: uow.gatherings.zoom_link(9999)) is None


async def test_no_byte_of_it_is_in_the_file_or_the_tables(
    storage: OpenStorage, database_kind: str, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gathering = await storage.run(keep_link)
    await storage.run(lambda uow: uow.gatherings.zoom_link(gathering))
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


def _tables(uow: UnitOfWork) -> bytes:
    connection = uow.connection  # type: ignore[attr-defined]
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
    assert await turning.run(lambda uow: uow.gatherings.zoom_link(old)) == LINK
    new = await turning.run(keep_link)
    await turning.close()

    after = await opened("new key")
    assert await after.run(lambda uow: uow.gatherings.zoom_link(new)) == LINK
    assert await after.run(lambda uow: uow.gatherings.zoom_link(old)) is None
    await after.close()


@pytest.mark.parametrize("keys", [[], [""], [" ", ""]])
async def test_without_a_key_everything_works_but_links(database_url: str, keys: list[str]) -> None:
    storage = await open_storage(database_url, keys)
    try:
        gathering = await storage.run(lambda uow: published(uow).id)
        with pytest.raises(SecretUnreadable, match="HTG_SECRET_KEY is not set"):
            await storage.run(lambda uow: uow.gatherings.set_zoom_link(gathering, LINK))
    finally:
        await storage.close()


async def test_a_wrong_key_is_said_once_without_a_secret(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    writing = await open_storage(database_url, [KEY])
    gathering = await writing.run(keep_link)
    await writing.close()
    reading = await open_storage(database_url, ["another-key-altogether"])
    _log_unreadable.cache_clear()
    for _ in range(2):
        assert await reading.run(lambda uow: uow.gatherings.zoom_link(gathering)) is None
        assert await reading.run(lambda uow: uow.gatherings.zoom_links([gathering])) == {}
        kept = await reading.run(lambda uow: uow.gatherings.get(gathering))
        assert (kept.title, kept.place) == ("Grief and Gratitude", "")  # type: ignore[union-attr]
    await reading.close()
    assert [each.levelname for each in caplog.records if "cannot be read" in each.message] == ["ERROR"]
    assert "Add the former key" in caplog.text
    shown = caplog.text
    assert "gAAAA" not in shown, "nor the encrypted bytes"
    for secret in (*NEEDLES, KEY, "another-key-altogether"):
        assert secret not in shown


async def test_a_failing_statement_shows_no_link(storage: OpenStorage) -> None:
    """SQLAlchemy quotes a failed statement; its values must not come along."""

    def work(uow: UnitOfWork) -> None:
        uow.connection.execute(text("INSERT INTO nowhere VALUES (:link)"), {"link": LINK.reveal()})  # type: ignore[attr-defined]

    with pytest.raises(Exception, match="nowhere") as told:
        await storage.run(work)
    assert LINK.reveal() not in "".join(traceback.format_exception(told.value))


# ---- keys, purposes and rows

OTHER = "another-key-altogether"
WHERE = "gatherings.zoom_link:1"


@given(st.binary(), st.text(), st.text(min_size=1).filter(str.strip), st.sampled_from(Purpose))
def test_a_keyring_opens_what_it_sealed(plain: bytes, place: str, key: str, purpose: Purpose) -> None:
    keyring, place = Keyring([key]), place.encode("utf-8", "ignore").decode()
    sealed = keyring.seal(purpose, place, plain)
    assert keyring.open(purpose, place, sealed) == plain
    assert from_base64(to_base64(sealed)) == sealed
    assert keyring.is_current(sealed)
    assert key.strip() not in repr(keyring) or key.strip() in "Keyring(•••)"


def test_nothing_sealed_opens_once_a_bit_of_it_was_changed() -> None:
    keyring = Keyring([KEY])
    sealed = keyring.seal(Purpose.TEXTS, WHERE, b"Bring a candle")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SecretUnreadable):
            keyring.open(Purpose.TEXTS, WHERE, bytes(changed))
        with pytest.raises(SecretUnreadable):
            keyring.open(Purpose.TEXTS, WHERE, sealed[:place])


def test_nor_for_another_purpose_or_another_place() -> None:
    keyring = Keyring([KEY, OTHER])
    sealed = keyring.seal(Purpose.ZOOM_LINKS, WHERE, b"secret")
    for purpose in Purpose:
        for place in (WHERE, "gatherings.zoom_link:11", "gatherings.zoom_link:2", "passes.link:1", ""):
            if (purpose, place) != (Purpose.ZOOM_LINKS, WHERE):
                with pytest.raises(SecretUnreadable, match="does not belong where it is"):
                    keyring.open(purpose, place, sealed)


def test_each_purpose_has_a_key_of_its_own() -> None:
    found = {derive_key(KEY, each.value) for each in Purpose} | {derive_key(KEY, "htg: links at rest"), KEY.encode()}
    assert len(found) == len(Purpose) + 2


def former(key: str, plain: bytes) -> bytes:
    """As the version before sealed."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"htg: links at rest")
    return Fernet(urlsafe_b64encode(hkdf.derive(key.encode()))).encrypt(plain)


def test_what_the_version_before_sealed_still_opens_and_counts_as_old() -> None:
    sealed = former(OTHER, b"secret")
    keyring = Keyring([KEY, OTHER])
    assert keyring.open(Purpose.TEXTS, "messages.text:7", sealed) == b"secret"
    assert from_base64(sealed.decode()) == sealed
    assert not keyring.is_current(sealed)
    assert not keyring.is_current(Keyring([OTHER]).seal(Purpose.TEXTS, "messages.text:7", b"secret"))
    with pytest.raises(SecretUnreadable, match="Add the former key"):
        Keyring([KEY]).open(Purpose.TEXTS, "messages.text:7", sealed)


SWAPPED = "UPDATE gatherings SET zoom_link = (SELECT zoom_link FROM gatherings WHERE id = :other) WHERE id = :this"
MOVED = "UPDATE messages SET text = (SELECT zoom_link FROM gatherings WHERE id = :other) WHERE id = :this"


async def test_a_row_shows_its_own_secret_alone(storage: OpenStorage) -> None:
    """Whoever can write to the database cannot have a stranger's link shown at their own door."""

    def change(statement: str, this: int, other: int) -> Callable[[UnitOfWork], None]:
        return lambda uow: uow.connection.execute(text(statement), {"this": this, "other": other})  # type: ignore[attr-defined]

    theirs = await storage.run(keep_link)
    ours = await storage.run(lambda uow: published(uow).id)
    message = await storage.run(lambda uow: uow.messages.draft(ours, "Bring a candle", NOW).id)
    assert (await storage.run(lambda uow: uow.messages.get(message))).text == "Bring a candle"  # type: ignore[union-attr]
    await storage.run(change(SWAPPED, ours, theirs))
    await storage.run(change(MOVED, message, theirs))
    assert await storage.run(lambda uow: uow.gatherings.zoom_link(ours)) is None
    with pytest.raises(SecretUnreadable, match="does not belong where it is"):
        await storage.run(lambda uow: uow.messages.get(message))
    assert await storage.run(lambda uow: uow.gatherings.zoom_link(theirs)) == LINK


# ---- sealing anew


def everything(uow: UnitOfWork) -> None:
    """Something in every column that is sealed."""
    first, second = (
        gathering.id for gathering in uow.gatherings.add([plan(link=LINK), plan(link=LINK)], Status.PUBLISHED)
    )
    who = greeted(uow).id
    (registered, _) = uow.registrations.add(who, [first, second], NOW)
    uow.meetings.issue_passes(first, {registered.id: ("abc", LINK)})
    uow.messages.draft(first, "Bring a candle", NOW)


def as_before(uow: UnitOfWork) -> None:
    """The rows as the version before left them."""
    connection = uow.connection  # type: ignore[attr-defined]
    link = former(OTHER, f'["{LINK.reveal()}", "{LINK.passcode()}"]'.encode())
    connection.execute(text("UPDATE gatherings SET zoom_link = :sealed"), {"sealed": link})
    connection.execute(text("UPDATE passes SET link = :sealed"), {"sealed": link})
    connection.execute(text("UPDATE messages SET text = :sealed"), {"sealed": former(OTHER, b"Bring a candle")})
    uow.state.set("slack-installation:T1", former(OTHER, b'{"token": "xoxb-1"}').decode())


def all_open(uow: UnitOfWork) -> bool:
    personal = uow.admission._personal_links([1], [1])  # type: ignore[attr-defined]
    links = [uow.gatherings.zoom_link(1), uow.gatherings.zoom_link(2), *personal.values()]
    message = uow.messages.get(1)
    return links == [LINK] * 3 and message is not None and message.text == "Bring a candle"


async def opened_with(url: str, *keys: str) -> OpenStorage:
    return await open_storage(url, keys)


async def test_what_rests_under_an_old_key_is_sealed_anew_and_the_old_key_may_go(database_url: str) -> None:
    storage = await opened_with(database_url, OTHER)
    await storage.run(everything)
    await storage.run(as_before)
    await storage.close()
    keys = [KEY, OTHER]
    health = await asyncio.to_thread(read_health, database_url, keys)
    assert health.secrets == (5, 5, 0)
    told: list[tuple[int, int]] = []
    done = await asyncio.to_thread(reencrypt, database_url, keys, lambda *some: told.append(some))
    assert done == RotationResult(reencrypted=5, encrypted=5, unreadable=0)
    assert told[-1] == (5, 5)
    assert await asyncio.to_thread(reencrypt, database_url, keys) == RotationResult(
        reencrypted=0, encrypted=5, unreadable=0
    )
    storage = await opened_with(database_url, KEY)
    assert await storage.run(all_open)
    assert await StoredInstallations(storage, Keyring([KEY])).find("T1") == {"token": "xoxb-1"}
    await storage.close()
    health = await asyncio.to_thread(read_health, database_url, [KEY])
    assert health.secrets == (5, 5, 5)


async def test_sealing_anew_leaves_nothing_under_the_old_key_in_the_files(databases: Databases) -> None:
    url = databases.fresh("sqlite")
    storage = await opened_with(url, OTHER)
    await storage.run(everything)
    await storage.run(as_before)
    await storage.close()
    assert b"gAAAA" in await stored_bytes(url)
    await asyncio.to_thread(reencrypt, url, [KEY, OTHER])
    assert b"gAAAA" not in await stored_bytes(url)


async def test_stopped_anywhere_it_goes_on_and_what_no_key_opens_is_left(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH_SIZE", 1)
    storage = await opened_with(database_url, OTHER)
    await storage.run(everything)
    await storage.run(as_before)

    class StoppedError(Exception):
        pass

    def stop(done: int, _: int) -> None:
        if done == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        await asyncio.to_thread(reencrypt, database_url, [KEY, OTHER], stop)
    assert (await asyncio.to_thread(read_health, database_url, [KEY, OTHER])).secrets.current == 2, "half of it stands"
    lost = "UPDATE messages SET text = :sealed"
    await storage.run(
        lambda uow: uow.connection.execute(text(lost), {"sealed": former("a third key", b"x")}) and None  # type: ignore[attr-defined]
    )
    await storage.close()
    assert await asyncio.to_thread(reencrypt, database_url, [KEY, OTHER]) == RotationResult(
        reencrypted=2, encrypted=5, unreadable=1
    )


async def test_the_bot_writes_on_meanwhile_and_loses_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that is changed between being read and being sealed anew stays what it was changed to."""
    monkeypatch.setattr(key_rotation, "BATCH_SIZE", 1)
    storage = await opened_with(database_url, KEY, OTHER)
    await storage.run(everything)
    await storage.run(as_before)
    newer = ZoomLink("https://zoom.us/j/777?pwd=changed", "changed")
    loop = asyncio.get_running_loop()

    def meanwhile(done: int, _: int) -> None:
        change = storage.run(lambda uow: uow.gatherings.set_zoom_link(done % 2 + 1, newer))
        asyncio.run_coroutine_threadsafe(change, loop).result(20)

    done = await asyncio.to_thread(reencrypt, database_url, [KEY, OTHER], meanwhile)
    assert done.unreadable == 0
    assert [await storage.run(lambda uow, n=n: uow.gatherings.zoom_link(n)) for n in (1, 2)] == [newer, newer]  # type: ignore[misc]
    await storage.close()
    assert (await asyncio.to_thread(read_health, database_url, [KEY])).secrets.current == 5


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_value_that_changed_since_it_was_read_is_not_replaced(storage: OpenStorage) -> None:
    (column, *_) = encrypted_columns()
    await storage.run(keep_link)
    values = {"which": 1, "old": b"something else", "new": b"x"}
    changed = await storage.run(lambda uow: uow.connection.execute(column.replacing(), values).rowcount)  # type: ignore[attr-defined]
    assert changed == 0
    assert await storage.run(lambda uow: uow.gatherings.zoom_link(1)) == LINK
