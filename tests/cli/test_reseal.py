"""`htg db reseal`, and what the doctor says before and after: the way of a key from the first day to the last."""

from __future__ import annotations

import asyncio
import secrets

from click.testing import CliRunner

from bot.gatherings.model import Plan, Status
from bot.secrets import ZoomLink
from cli.context import CliContext
from htg import SystemClock, main
from storage.engine.open import open_storage
from tests.adapters.files.programmes import NOW
from tests.cli.conftest import Terminal
from tests.databases import on_both

OLD, NEW = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
LINK = ZoomLink("https://zoom.us/j/1?pwd=k3pt")


def keep_link(url: str, key: str) -> None:
    async def once() -> None:
        storage = await open_storage(url, [key])
        await storage.run(lambda uow: uow.gatherings.add([Plan("Grief", NOW, "UTC", link=LINK)], Status.PUBLISHED))
        await storage.close()

    asyncio.run(once())


def doctor(url: str, keys: str) -> str:
    environment = {"DATABASE_URL": url, "HTG_SECRET_KEY": keys}
    said = CliRunner().invoke(main, ["doctor"], env=environment, obj=CliContext(SystemClock())).stdout
    return "".join(each for each in said.splitlines() if "  Database: " in each)


@on_both
def test_a_key_is_changed(database_url: str) -> None:
    keep_link(database_url, OLD)
    assert "advice" not in doctor(database_url, OLD)
    both = f"{NEW},{OLD}"
    assert "1 of the 1 encrypted values in it rests under an old key" in doctor(database_url, both)
    assert "htg db reseal" in doctor(database_url, both)

    terminal = Terminal({"DATABASE_URL": database_url, "HTG_SECRET_KEY": both})
    said = terminal.types("db", "reseal")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("1 of 1 encrypted values were encrypted anew, under the first key.\nNothing in the data")
    assert terminal.types("db", "reseal").out.startswith("0 of 1 ")
    assert "Nothing in it needs the old key any more." in doctor(database_url, both)
    assert "/htg mine" in doctor(database_url, both), "and links given out under it end with it"

    assert "opens all 1 encrypted values" in doctor(database_url, NEW)
    assert "advice" not in doctor(database_url, NEW)
    terminal.environment["HTG_SECRET_KEY"] = NEW
    said = terminal.types("db", "reseal")
    assert (said.code, said.out) == (0, "0 of 1 encrypted values were encrypted anew, under the first key.\n")


def test_what_no_key_opens_is_said_and_left(database_url: str) -> None:
    keep_link(database_url, OLD)
    terminal = Terminal({"DATABASE_URL": database_url, "HTG_SECRET_KEY": NEW})
    said = terminal.types("db", "reseal")
    assert said.code == 1
    assert said.sentences[0].startswith("1 of the 1 open with no key of HTG_SECRET_KEY, and were left as they are")
    terminal.environment["HTG_SECRET_KEY"] = f"{NEW},{OLD}"
    assert terminal.types("db", "reseal").code == 0


def test_a_key_that_would_be_refused_today_is_asked_for(database_url: str) -> None:
    weak = "k" * 40
    keep_link(database_url, weak)
    environment = {"DATABASE_URL": database_url, "HTG_SECRET_KEY": NEW}
    said = CliRunner().invoke(
        main, ["db", "reseal", "--former"], env=environment, input=f"{weak}\n", obj=CliContext(SystemClock())
    )
    assert (said.exit_code, said.stdout) == (0, "1 of 1 encrypted values were encrypted anew, under the first key.\n")
    assert weak not in said.stderr
    assert "opens all 1 encrypted values" in doctor(database_url, NEW)


def test_without_a_key_there_is_nothing_to_encrypt_with(database_url: str) -> None:
    said = Terminal({"DATABASE_URL": database_url}).types("db", "reseal")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("HTG_SECRET_KEY: it is missing")


def test_without_a_database(bare: Terminal) -> None:
    bare.environment = {"HTG_SECRET_KEY": NEW}
    said = bare.types("db", "reseal")
    assert (said.code, said.sentences) == (1, ["There is no database at data/htg.db yet: run `htg db upgrade`."])
