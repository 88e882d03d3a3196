"""Answers Requests: one transaction, one answer. Refusals, failures and the privacy guard are here, once."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot import catalogue, dispatcher_texts, i18n, own_words, reader_zone
from bot.addresses import Address
from bot.arguments import Arguments
from bot.config import Config
from bot.context import Context
from bot.i18n import Locale
from bot.limited import LimitedDict
from bot.meetings.ports import NoLinkYet, NoStartLink, PassIssuer, StartLinkSource
from bot.members.model import Member, Person
from bot.page_words import in_words_of_pages
from bot.platform import platform_of
from bot.ports import CommitUncertain, Metrics, NullMetrics, Overloaded, Storage
from bot.request import Call, Request
from bot.secrets import StartLink
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, Choice, Refusal, View

log = logging.getLogger(__name__)
T = TypeVar("T")
FindRequest = Callable[[UnitOfWork], Request | None]
"""Also writes what the command needs, and may run twice."""
TRANSACTION_TIMEOUT = timedelta(seconds=20)
"""For one transaction; after it the member gets an answer instead of waiting."""


class AlreadyAnswered(Exception):
    """This interaction was acted on before, here or by another process: send no answer."""


REMEMBERED_LOCALES = 10_000
"""Addresses whose locale is cached, for answers while the storage is out of reach."""
REMEMBERED_NOTES = 1000
REMEMBERED_REFUSALS = 10_000
"""Interactions that were answered without being done, of which a platform may deliver some twice."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, and the locale that it was made for."""

    answer: Answer
    locale: Locale


class Dispatcher:
    def __init__(
        self,
        storage: Storage,
        config: Config,
        metrics: Metrics | None = None,
        *,
        answered: Callable[[], None] = lambda: None,
    ) -> None:
        """`answered` is called after every answer: the command may have added a notification that is due at once."""
        self._storage = storage
        self._config = config
        self._metrics = metrics or NullMetrics()
        self._locales = LimitedDict[Address, Locale](REMEMBERED_LOCALES)
        self._not_done = LimitedDict[str, None](REMEMBERED_REFUSALS)
        self._noted = LimitedDict[Address, int](REMEMBERED_NOTES)
        """Members whose latest answer says that they could not be reached, by where they asked."""
        self._answered = answered
        self.passes: PassIssuer | None = None
        """Where Zoom is connected: makes the personal link of a member who joins before they have one."""
        self.start_links: StartLinkSource | None = None
        """Where Zoom is connected: fetches the link with which a facilitator hosts."""

    @property
    def config(self) -> Config:
        return self._config

    async def settle_home(self, platform: str, places: Collection[str]) -> None:
        """From now on what the platform grants in these places, and nowhere else, makes a facilitator.

        Also remembered for the command line, and used to complete addresses that were kept without a Slack team.
        Raises what the storage raises; who is at home is settled by then.
        """
        self._config.home.settle(platform, places)
        await self._run_in_time(lambda uow: self._config.home.save(uow, platform))

    async def answer(self, request: Request) -> Answer:
        return (await self.respond(request)).answer

    async def respond(self, request: Request) -> Response:
        """The one answer to a Request; it is private. Raises AlreadyAnswered alone.

        A refusal undoes what its command wrote. Any other failure is logged under a reference that the answer
        gives to the member; the log holds neither what was typed nor a link.
        """
        return await self._respond(lambda _: request, _Sender(request))

    async def respond_to(self, find: FindRequest) -> Response | None:
        """The answer to the Request that is found in the same transaction; None where none is.

        Raises also what keeps it from being found.
        """
        sender = _Sender()
        try:
            response = await self._respond(find, sender)
        except _NothingAsked:
            return None
        if not sender.is_answered:  # with what the command wrote, what was written before it was undone
            await self._run_in_time(lambda uow: _known(uow, request) if (request := find(uow)) else None)
        return response

    async def _respond(self, find: FindRequest, sender: _Sender) -> Response:
        outcome = "answered"
        try:
            request, answer = await self._run(find, sender)
            sender.is_answered = True
        except (AlreadyAnswered, _NothingAsked):
            raise
        except Exception as problem:
            if (found := sender.request) is None:
                raise
            outcome, view = await self._unanswered(found, problem)
            request, answer = found, own_words.returned(self.guess_locale(found.sender), view, found.call)
        member = sender.member
        command = catalogue.find(request.call.name)
        self._metrics.asked(command.name if command else "unknown", outcome)
        if not sender.is_answered and request.key:
            self._not_done[request.key] = None
        self._answered()
        if isinstance(answer, View) and answer.reveals_room:
            self._metrics.admitted("chat")
        locale = self.guess_locale(request.sender)
        if member is not None:
            locale = self._remember(request.sender, member, request.now)
            answer = _as_read(member, request.sender, locale, answer) if isinstance(answer, View) else answer
            by_letter = platform_of(request.sender.address.platform).by_letter
            locale = i18n.written_locale(member, locale) if by_letter else locale
        if sender.forgotten:
            del self._locales[request.sender.address]
        self._remember_note(request.sender.address, member if sender.noted and sender.is_answered else None)
        return Response(answer, replace(locale, facilitates=sender.facilitates))

    async def _unanswered(self, request: Request, problem: Exception) -> tuple[str, View]:
        """The outcome, and what is said instead. Raises AlreadyAnswered."""
        name = request.call.name
        if isinstance(problem, Refusal):
            await self._on_refusal(request, problem)
            return "refused", problem.view
        locale = self.guess_locale(request.sender)
        if isinstance(problem, Overloaded):
            log.warning("too busy to answer %s", name)
            return "busy", dispatcher_texts.busy(locale, request.call)
        if isinstance(problem, TimeoutError | CommitUncertain):
            # Unlike Overloaded, these leave open whether the work was done.
            log.warning("cannot tell whether %s was done: %s", name, type(problem).__name__)
            return "slow", dispatcher_texts.slow(locale)
        reference = secrets.token_hex(4)
        log.error("could not answer %s, reference %s", name, reference, exc_info=problem)
        return "failed", dispatcher_texts.failed(locale, self._config, reference)

    async def _run(self, find: FindRequest, sender: _Sender) -> tuple[Request, Answer]:
        start_links: dict[str, StartLink] = {}

        def work(uow: UnitOfWork) -> tuple[Request, Answer]:
            request = sender.request = find(uow)
            if request is None:
                raise _NothingAsked
            if request.key in self._not_done:
                raise AlreadyAnswered
            return request, _run_command(request, self._config, uow, sender, start_links)

        try:
            return await self._run_in_time(work)
        except NoLinkYet as lacking:
            if self.passes is None or not await self.passes.make(lacking.visit):
                raise
        except NoStartLink as lacking:
            link = await self.start_links.fetch(lacking.number) if self.start_links is not None else None
            if link is None:
                raise
            start_links[lacking.number] = link
        # Once more in a transaction of its own: the right to be told is looked up in the one that tells.
        return await self._run_in_time(work)

    async def _on_refusal(self, request: Request, refusal: Refusal) -> None:
        """It undid its claim, too: it is claimed again, so that no other process answers it. Raises AlreadyAnswered."""
        not_allowed = isinstance(refusal, _NotAllowed)
        if not_allowed:
            log.warning("%s was refused to %s, who is no facilitator", request.call.name, request.sender.address)
        if not request.key and not not_allowed:
            return

        def keep(uow: UnitOfWork) -> bool:
            # Elsewhere, and in private where a message comes from no place, the platform did not say that they lost it.
            if not_allowed and self._config.home.includes(request.sender.address.platform, request.place):
                uow.facilitators.forget_organiser(request.sender.address)
            return not request.key or uow.members.claim_interaction(request.key, request.now)

        try:
            claimed = await self._run_in_time(keep)
        except Exception as problem:  # noqa: BLE001 - the refusal is told all the same
            log.warning("could not keep that a refusal was told: %s", type(problem).__name__)
            return
        if not claimed:
            raise AlreadyAnswered

    def _remember_note(self, asked_at: Address, member: Member | None) -> None:
        self._noted.pop(asked_at, None)
        if member is not None:
            self._noted[asked_at] = member.id

    async def did_not_arrive(self, asked_at: Address) -> None:
        """The latest answer to whoever asked there came too late, or was not taken: a note that it held, that they
        could not be reached, goes with the next one. Never raises."""
        member = self._noted.pop(asked_at, None)
        if member is None:
            return
        try:
            await self._run_in_time(lambda uow: uow.members.mark_unreached(member, unreached=True))
        except Exception as problem:  # noqa: BLE001 - a note is lost, and nothing that was asked for
            log.warning("could not keep that a note did not arrive: %s", type(problem).__name__)

    def guess_locale(self, sender: Person) -> Locale:
        """The locale for an error message: the cached one, else from what the platform says. Never raises."""
        return self._locales.get(sender.address) or dispatcher_texts.default_locale(sender, self._config)

    def _remember(self, sender: Person, member: Member, now: datetime) -> Locale:
        locale = self._locales[sender.address] = i18n.locale_of(member, self._config, now)
        return locale

    async def choices(self, request: Request, option: str, typed: str) -> tuple[Choice, ...]:
        """What can be offered for an option while it is being typed. A hint: never trusted when it comes back."""
        command = catalogue.find(request.call.name)
        options = [declared for declared in command.options if declared.name == option] if command else []
        if command is None or not options:
            return ()
        try:
            return await self._run_in_time(
                lambda uow: catalogue.suggestions(request, self._config, command, options[0], typed, uow)
            )
        except (Overloaded, CommitUncertain, TimeoutError, Refusal):
            return ()

    async def locale(self, sender: Person, now: datetime) -> Locale:
        """The locale for what an adapter must say by itself. Never raises."""
        try:
            member = await self._run_in_time(lambda uow: uow.members.get_or_create(sender, now))
        except Exception as problem:  # noqa: BLE001 - only the language is at stake
            log.warning("could not look up who is asking: %s", type(problem).__name__)
            return self.guess_locale(sender)
        return self._remember(sender, member, now)

    async def _run_in_time(self, work: Callable[[UnitOfWork], T]) -> T:
        async with asyncio.timeout(TRANSACTION_TIMEOUT.total_seconds()):
            return await self._storage.run(work)


def _as_read(member: Member, sender: Person, locale: Locale, view: View) -> View:
    """With times as this member reads them, and in words for where they are: a chat, or a page."""
    view = reader_zone.as_read_by(member, locale, view)
    return in_words_of_pages(locale, view) if platform_of(sender.address.platform).by_letter else view


@dataclass(slots=True)
class _Sender:
    """What is known of a Request and its member, for the answer: also when the command then refused or failed."""

    request: Request | None = None
    member: Member | None = None
    is_answered: bool = False
    facilitates: bool = False
    forgotten: bool = False
    noted: bool = False
    """The answer says that they could not be reached."""


class _NothingAsked(Exception):
    """No Request was found."""


class _NotAllowed(Refusal):
    """For facilitators alone, and sent by somebody else."""


def _known(uow: UnitOfWork, request: Request) -> Member:
    known = uow.members.at(request.sender.address) if request.only_looks else None
    return known or uow.members.get_or_create(request.sender, request.now)


def _run_command(
    request: Request,
    config: Config,
    uow: UnitOfWork,
    sender: _Sender,
    start_links: Mapping[str, StartLink],
) -> Answer:
    command = catalogue.find(request.call.name)
    member = sender.member = _known(uow, request)
    if request.key and not uow.members.claim_interaction(request.key, request.now):
        raise AlreadyAnswered
    try:
        args = Arguments(command.options if command else (), request.call)
    except ValueError:
        args, command = Arguments((), Call("")), None
    ctx = Context(request, member, config, args, start_links)
    sender.facilitates = ctx.facilitates
    if command is None:
        raise Refusal(dispatcher_texts.stale(ctx.locale))
    if command.for_facilitators and not ctx.facilitates:
        if request.sender.rights_unknown:
            raise Refusal(dispatcher_texts.rights_unknown(ctx.locale, request.call))
        raise _NotAllowed(dispatcher_texts.not_a_facilitator(ctx.locale, config))
    if command.for_facilitators and ctx.organises and not request.sender.rights_as_kept:
        uow.facilitators.keep_organiser(ctx.address, ctx.now)
    answer = command.answer(ctx, uow)
    if command.changes_reader:
        changed = uow.members.get(member.id)
        sender.forgotten = changed is None
        sender.member = replace(changed, address=member.address) if changed is not None else member
    if isinstance(answer, View) and answer.public:
        raise AssertionError(f"the answer to {request.call.name} is public")
    return _with_notes(ctx, uow, answer, sender) if isinstance(answer, View) and not request.only_looks else answer


def _with_notes(ctx: Context, uow: UnitOfWork, view: View, sender: _Sender) -> View:
    """What is said once, beside what was asked for."""
    member = ctx.member
    if member.unreached and not sender.forgotten:
        uow.members.mark_unreached(member.id, unreached=False)
        sender.noted = True
        view = dispatcher_texts.with_unreached(ctx.locale, view, uow.accounts.addresses(member.id), ctx.address)
    if ctx.request.key and reader_zone.asks_zone(member, view):
        uow.members.mark_zone_asked(member.id)
        view = dispatcher_texts.with_zone_asked(ctx.locale, view)
    return view
