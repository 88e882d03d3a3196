"""What is counted, and that nothing of it says who."""

from __future__ import annotations

from datetime import datetime

from adapters.web.metrics import PrometheusMetrics
from bot.addresses import Address
from bot.dispatcher import Dispatcher
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.ports import SentMessage
from bot.request import Call, Request
from bot.views import View
from tests.adapters.web.conftest import START, Front, address_of


async def test_metrics_count_without_knowing_who(front: Front) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    await front.post(link)
    await front.post(link)
    await front.get("/join/x")
    seen = await front.get("/metrics")
    assert 'htg_admissions_total{way="web"} 2.0' in seen.text
    assert 'route="/join/{token}",status="404"} 1.0' in seen.text
    assert "Ada" not in seen.text
    assert link not in seen.text


async def test_asks_and_notices_are_counted_by_their_outcome(front: Front) -> None:
    counted = PrometheusMetrics()
    dispatcher = Dispatcher(front.storage, front.config, counted)
    gathering = await front.gathering()
    ada = Person(address_of("Ada"), "Ada")
    for call in ("register", "join", "host-doors", "no-such-command"):
        if call == "join":
            front.clock.move_to(START)
        await dispatcher.answer(Request(ada, Call.of(call, gathering=gathering.id), front.clock.now()))
    front.clock.advance(minutes=100)
    await Outbox(front.storage, {"sandbox": Silence()}, front.clock, front.config, metrics=counted).tick()
    text = counted.exposition().decode()
    for line in (
        'htg_asks_total{command="register",outcome="answered"} 1.0',
        'htg_asks_total{command="host-doors",outcome="refused"} 1.0',
        'htg_asks_total{command="unknown",outcome="refused"} 1.0',
        'htg_admissions_total{way="chat"} 1.0',
        'htg_notices_total{kind="afterwards",receipt="sent"} 1.0',
    ):
        assert line in text
    assert "Ada" not in text


async def test_every_web_process_knows_when_a_worker_was_last_at_work(front: Front) -> None:
    name = "htg_worker_at_work_timestamp_seconds"
    assert f"{name} 0.0" in (await front.get("/metrics")).text
    working = Outbox(front.storage, {"sandbox": Silence()}, front.clock, front.config)
    at_first = front.clock.now()
    for seconds, said in ((0, 0), (50, 0), (10, 60), (200, 260)):
        front.clock.advance(seconds=seconds)
        await working.tick()
        seen = next(each for each in (await front.get("/metrics")).text.splitlines() if each.startswith(f"{name} "))
        assert float(seen.split()[1]) == at_first.timestamp() + said


class Silence:
    """A messenger to whom everything arrives."""

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        return SentMessage("1")

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime | None = None, conversation: str = ""
    ) -> SentMessage | None:
        return None

    async def open_conversation(self, to: Address) -> str:
        return ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        return SentMessage(message)
