"""A worker to be killed: tells what is due, slowly, until somebody ends it. Imports little: it is started often."""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import timedelta
from pathlib import Path

from storage.engine.open import open_storage
from tests.conversations.harness import MovableClock
from tests.faults.lines import Lines
from tests.faults.test_delivery import START, box


async def main(database_url: str, key: str, lines: str, minute: str, looks: str) -> None:
    dice = random.Random()

    async def slowly() -> None:
        await asyncio.sleep(dice.uniform(0.001, 0.2))

    storage = await open_storage(database_url, [key])
    clock = MovableClock(START + timedelta(minutes=int(minute)))
    kept = Lines(Path(lines), before=slowly, after=slowly, remembers=looks == "looks")
    outbox = box(storage, kept, clock)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await outbox.tick()
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
