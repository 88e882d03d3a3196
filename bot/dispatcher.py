"""Answers Asks: one transaction, one answer. Refusals, failures and the privacy guard are here, once."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot import catalogue, dispatcher_texts, i18n, reader_zone
from bot.addresses import Address
from bot.admission.enter import NoLinkYet
from bot.catalogue import Command
from bot.config import Config
from bot.gatherings import resolve
from bot.home import Home, remembered_as
from bot.i18n import Locale
from bot.meetings.ports import PassIssuer
from bot.members.model import Member, Person
from bot.ports import CommitUncertain, Metrics, NullMetrics, Overloaded, Storage
from bot.request import Request
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, Choice, Refusal, View

log = logging.getLogger(__name__)
T = TypeVar("T")
TRANSACTION_TIMEOUT = timedelta(seconds=20)
"""Longer than any transaction should ever take; after it the member is told, rather than left waiting."""


class AlreadyAnswered(Exception):
    """This interaction was acted on before, here or by another process: say nothing more."""


REMEMBERED_LOCALES = 10_000
"""People whose language and zone are remembered, for when the storage cannot be asked."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, and in whose language and zone it is."""

    answer: Answer
    to: Locale


class Dispatcher:
    def __init__(
        self,
        storage: Storage,
        house: Config,
        tally: Metrics | None = None,
        *,
        answered: Callable[[], None] = lambda: None,
    ) -> None:
        """`answered` is called after every answer: the command may have posted something that is to be told at once."""
        self._storage = storage
        self._house = house
        self._tally = tally or NullMetrics()
        self._readers: OrderedDict[Address, Locale] = OrderedDict()
        self._answered = answered
        self.passes: PassIssuer | None = None
        """Where Zoom is connected: makes the pass of somebody who is at the door without one."""

    @property
    def house(self) -> Config:
        return self._house

    async def settle_home(self, platform: str, places: Collection[str]) -> None:
        """From now on what the platform grants in these places, and nowhere else, makes a facilitator.

        Also remembered for the command line, and used to complete addresses that were kept without a Slack team.
        Raises what the storage raises; who is at home is settled by then.
        """
        home = self._house.home
        home.settle(platform, places)
        await self._in_time(lambda books: _save_home(books, home, platform))

    async def answer(self, ask: Request) -> Answer:
        return (await self.respond(ask)).answer

    async def respond(self, ask: Request) -> Response:
        """The one answer to an Ask; it is private. Raises AlreadyAnswered alone.

        A refusal undoes what its command wrote. Any other failure is logged under a reference, which the
        member is told; the log holds neither what was typed nor a link.
        """
        command = catalogue.find(ask.call.name)
        outcome, met = "answered", _Sender()
        try:
            answer = await self._run(ask, command, met)
        except Refusal as no:
            if isinstance(no, _NotAllowed):
                log.warning("%s was refused to %s, who is no facilitator", ask.call.name, ask.who.address)
            outcome, answer = "refused", no.view
        except AlreadyAnswered:
            raise
        except Overloaded:
            log.warning("too busy to answer %s", ask.call.name)
            outcome, answer = "busy", dispatcher_texts.busy(self.known(ask.who), ask.call)
        except (TimeoutError, CommitUncertain) as problem:
            # Unlike Busy, these leave open whether the work was done.
            log.warning("cannot tell whether %s was done: %s", ask.call.name, type(problem).__name__)
            outcome, answer = "slow", dispatcher_texts.slow(self.known(ask.who))
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("could not answer %s, reference %s", ask.call.name, reference)
            outcome, answer = "failed", dispatcher_texts.failed(self.known(ask.who), reference)
        self._tally.asked(command.name if command else "unknown", outcome)
        self._answered()
        if isinstance(answer, View) and answer.leads_in:
            self._tally.admitted("chat")
        to = self._met(ask.who, met.member) if met.member is not None else self.known(ask.who)
        if met.member is not None and met.member.shows_another_zone and isinstance(answer, View):
            answer = reader_zone.in_own_zone(to, answer)
        if met.forgotten:
            del self._readers[ask.who.address]
        return Response(answer, to)

    async def _run(self, ask: Request, command: Command | None, met: _Sender) -> Answer:
        try:
            return await self._in_time(lambda books: _run_command(ask, self._house, command, books, met))
        except NoLinkYet as lacking:
            if self.passes is None or not await self.passes.make(lacking.arrival):
                raise
        return await self._in_time(lambda books: _run_command(ask, self._house, command, books, met))

    def known(self, who: Person) -> Locale:
        """In whose language and zone to word what goes wrong: as they read last, else as the platform says."""
        return self._readers.get(who.address) or dispatcher_texts.stranger(who, self._house)

    def _met(self, who: Person, member: Member) -> Locale:
        to = self._readers[who.address] = i18n.locale_of(member, self._house)
        self._readers.move_to_end(who.address)
        while len(self._readers) > REMEMBERED_LOCALES:
            self._readers.popitem(last=False)
        return to

    async def choices(self, ask: Request, option: str, typed: str) -> tuple[Choice, ...]:
        """What can be offered for an option while it is being typed. A hint: never trusted when it comes back."""
        command = catalogue.find(ask.call.name)
        found = next((each for each in command.options if each.name == option), None) if command else None
        if command is None or found is None:
            return ()
        try:
            return await self._in_time(lambda books: _suggestions(ask, self._house, command, found, typed, books))
        except (Overloaded, CommitUncertain, TimeoutError, Refusal):
            return ()

    async def reader(self, who: Person, now: datetime) -> Locale:
        """In whose language and zone to word what a platform must say by itself. Never raises."""
        try:
            member = await self._in_time(lambda books: books.greet(who, now))
        except Exception as problem:  # noqa: BLE001 - it is only about how to say it
            log.warning("could not look up who is asking: %s", type(problem).__name__)
            return self.known(who)
        return self._met(who, member)

    async def _in_time(self, work: Callable[[UnitOfWork], T]) -> T:
        async with asyncio.timeout(TRANSACTION_TIMEOUT.total_seconds()):
            return await self._storage.run(work)


def _save_home(books: UnitOfWork, home: Home, platform: str) -> None:
    written = ",".join(sorted(home.places(platform)))
    if books.remembered(remembered_as(platform)) != written:
        books.remember(remembered_as(platform), written)
    for each in books.facilitators():
        if home.completed(each) != each:
            books.remove_facilitator(each)
            books.add_facilitator(home.completed(each))


@dataclass(slots=True)
class _Sender:
    """Who asked, as the storage knows them; also where the work then refused or failed."""

    member: Member | None = None
    forgotten: bool = False


class _NotAllowed(Refusal):
    """Asked of facilitators alone, by somebody else."""


def _run_command(ask: Request, house: Config, command: Command | None, books: UnitOfWork, met: _Sender) -> Answer:
    ask = ask.at_desk(books.greet(ask.who, ask.now), house)
    met.member = ask.member
    if ask.key and not books.heard(ask.key, ask.now):
        raise AlreadyAnswered
    if command is None or not _is_well_formed(ask, command):
        raise Refusal(dispatcher_texts.stale(i18n.locale_for(ask)))
    if command.for_facilitators and not ask.facilitates:
        raise _NotAllowed(dispatcher_texts.not_a_facilitator(i18n.locale_for(ask)))
    answer = command.run(ask, books)
    if command.changes_reader:
        changed = books.member(ask.member.id)
        met.forgotten = changed is None
        met.member = replace(changed, address=ask.member.address) if changed is not None else ask.member
    if isinstance(answer, View) and answer.public:
        raise AssertionError(f"the answer to {ask.call.name} is public")
    if ask.member.unreached and isinstance(answer, View):
        books.mark_unreached(ask.member.id, unreached=False)
        answer = dispatcher_texts.with_unreached(i18n.locale_for(ask), answer)
    return answer


def _is_well_formed(ask: Request, command: Command) -> bool:
    """Whether a Call could have come from us: arguments that the command takes, none too long."""
    known = {option.name: option for option in command.options}
    return all(name in known and len(value) <= known[name].limit for name, value in ask.call.arguments)


def _suggestions(
    ask: Request, house: Config, command: Command, option: catalogue.Option, typed: str, books: UnitOfWork
) -> tuple[Choice, ...]:
    ask = ask.at_desk(books.greet(ask.who, ask.now), house)
    if command.for_facilitators and not ask.facilitates:
        return ()
    return resolve.choices(ask, option.kind, typed, books)
