"""Registering, giving it up, one's own list; and the roster for facilitators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.admission import texts as admission_texts
from bot.admission import waiting, waiting_texts
from bot.admission.model import Doors, opens_at
from bot.agreement.ask import AGREED, unless_agreed
from bot.arguments import PAGE, page_of
from bot.audit.model import ActKind
from bot.audit.record import record
from bot.catalogue import command
from bot.context import Context
from bot.gatherings import resolve
from bot.gatherings.arguments import GATHERING, MINE, PARTS, PUBLISHED, PartChoice
from bot.gatherings.model import Gathering
from bot.i18n import N_
from bot.notifications import breaker, by_letter
from bot.platform import platform_of
from bot.registrations import calendar_file, roster_csv, roster_texts, texts, what_follows
from bot.request import Call
from bot.unit_of_work import UnitOfWork
from bot.views import ITEM_LIMIT, Attachment, Refusal, View


@command(
    "roster",
    PUBLISHED,
    summary=N_("who registered, who came in"),
    position=4,
    for_facilitators=True,
    also="who, list, attendees, lista, asistentes, inscritos, quien",
)
def roster(ctx: Context, uow: UnitOfWork) -> View:
    gathering = resolve.published(ctx, uow)
    lines = uow.registrations.roster(gathering.id)
    # The page holds the file, where anybody is on it: whoever reads it has taken it.
    record(ctx, uow, ActKind.ROSTER_TAKEN if lines else ActKind.ROSTER_READ, gathering.id)
    file = roster_csv.table(lines).encode("utf-8-sig")
    held_back = breaker.held_back(uow.breakers.list_open(), lines)
    return roster_texts.roster(ctx.locale, gathering, lines, file, held_back)


@command(
    "register",
    GATHERING,
    PARTS,
    AGREED,
    summary=N_("register for a gathering or a series"),
    position=2,
    also=(
        "sign up, signup, sign me up, sign up for, sign me up for, subscribe, book, attend, rsvp, yes, inscribir, "
        "inscribirme, inscribirme en, inscripcion, inscribete, apuntar, apuntarme, apuntarme a, "
        "apuntame, registrar, registrarme, registro, reservar, suscribir, suscribirme, register me for, si, "
        "sign-up, enroll, enrol, reserve, inscribeme, anotarme, anotame, asistir, registrame"
    ),
)
def register(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    gathering = resolve.upcoming(ctx, uow)
    coming = waiting.registrable(uow, gathering, ctx.config.unused_places, ctx.now)
    waits = gathering.doors(ctx.now) is Doors.FULL and gathering.id in {part.id for part in coming}
    choice = resolve.part_choice(ctx)
    one_part = choice in {PartChoice.ONLY, PartChoice.ADD}
    wanted = [part for part in coming if part.id == gathering.id] if one_part else coming
    if _is_inside(ctx, uow, gathering):
        if not gathering.open_to_registration(ctx.now):  # who unregistered by mistake may come back all the same
            uow.registrations.add(ctx.member.id, [gathering.id], ctx.now)
        if not _new(ctx, uow, wanted):
            came = waiting.came_in(uow, ctx.member.id, gathering, ctx.config.unused_places)
            return texts.already_in(locale, gathering, came=came)
    if not wanted:
        following = what_follows.instead(uow, ctx.now, ctx.member.id, gathering)
        state, inside = gathering.doors(ctx.now), uow.admission.is_admitted(ctx.member.id, gathering.id)
        raise Refusal(admission_texts.shut(locale, ctx.config, gathering, state, following, inside=inside))
    named = resolve.named_part(ctx, gathering, coming, uow)
    only = choice.value or (PartChoice.UNNAMED.value if named is None and len(coming) > 1 else None)
    if (asked := unless_agreed(ctx, uow, Call.of("register", gathering=gathering.id, only=only))) is not None:
        return asked
    parts = uow.gatherings.parts(gathering) if choice is PartChoice.ONLY else []
    others = [part for part in parts if part.id != gathering.id and part.is_still_on(ctx.now)]
    left = _leave(ctx, uow, [part for part in others if not _is_inside(ctx, uow, part)])
    registrations = uow.registrations.add(ctx.member.id, [part.id for part in wanted], ctx.now)
    uow.gatherings.lock_unchanged(wanted)
    by_letter.confirm(uow, ctx.config, ctx.member, registrations[0], wanted[0], ctx.now)
    missing = choice is not PartChoice.DEFAULT and len(
        uow.registrations.among(ctx.member.id, [part.id for part in coming])
    ) < len(coming)
    return texts.registered(
        locale,
        ctx.config,
        wanted[0],
        wanted,
        registrations[0],
        named=named,
        series=coming if missing else (),
        left=bool(left),
        files=_files(ctx, uow, wanted),
        full_house=_full_house(ctx, uow, gathering) if waits else None,
        calendar=ctx.member.calendar,
        settings=ctx.member.settings,
        now=ctx.now,
    )


def _leave(ctx: Context, uow: UnitOfWork, parts: Iterable[Gathering]) -> list[int]:
    """Gives up these, and a place or a turn there; returns the ids of those that were registered."""
    for part in parts:
        waiting.give_up(uow, ctx.member.id, part.id, ctx.now)
    return uow.registrations.remove(ctx.member.id, [part.id for part in parts])


def _full_house(ctx: Context, uow: UnitOfWork, gathering: Gathering) -> View:
    position = waiting.position(uow, ctx.member.id, gathering.id)
    return waiting_texts.at_full_house(ctx.locale, gathering, position)


def _files(ctx: Context, uow: UnitOfWork, wanted: Sequence[Gathering]) -> list[Attachment]:
    """For their calendar, where it has no address, and an answer holds files."""
    if ctx.config.links is not None or not platform_of(ctx.address.platform).holds_files:
        return []
    return calendar_file.of(uow, ctx.config, ctx.locale, ctx.member, wanted)


@command("calendar")
def calendar(ctx: Context, uow: UnitOfWork) -> View:
    gatherings = uow.registrations.gatherings_of(ctx.member.id, ctx.now)
    return texts.calendar(ctx.locale, calendar_file.of(uow, ctx.config, ctx.locale, ctx.member, gatherings))


def _is_inside(ctx: Context, uow: UnitOfWork, gathering: Gathering) -> bool:
    runs = opens_at(gathering) <= ctx.now and gathering.is_still_on(ctx.now)
    return runs and uow.admission.is_admitted(ctx.member.id, gathering.id)


def _new(ctx: Context, uow: UnitOfWork, wanted: Sequence[Gathering]) -> bool:
    """Whether registering for these changes anything."""
    return len(uow.registrations.among(ctx.member.id, [part.id for part in wanted])) < len(wanted)


@command(
    "unregister",
    MINE,
    PARTS,
    summary=N_("cancel my registration"),
    position=3,
    also=(
        "cancel, leave, quit, drop, withdraw, deregister, unsubscribe, unsuscribe, unsign, unbook, unrsvp, "
        "unattend, remove me, i can't come, can't come, cannot come, cant come, i cant come, "
        "can't make it, cant make it, cannot make it, i can't make it, i cant make it, i cannot make it, "
        "can't attend, cannot attend, i can't attend, i cannot attend, remove, "
        "delete my registration, remove my registration, borrar mi inscripcion, cancelar, anular, "
        "salir, desinscribir, desinscribirme, desuscribir, desuscribirme, desapuntar, desapuntarme, "
        "desregistrar, desregistrarme, dar de baja, darme de baja, darse de baja, baja, "
        "no puedo ir, no puedo venir, no puedo asistir, no voy, no voy a ir, "
        "no podre ir, no podre asistir, opt out, drop out, un-register, withdraw me, unenroll, unenrol, "
        "cancela, anula, desapuntame, dame de baja, "
        "anular mi plaza, no voy a poder, won't be there, wont be there"
    ),
)
def unregister(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    gathering = resolve.mine(ctx, uow)
    parts, whole = uow.gatherings.parts(gathering), gathering.is_part and ctx.args[PARTS] is PartChoice.ALL
    ahead = {part.id: part for part in (parts if whole else [gathering]) if ctx.now < part.ends_at}
    removed = _leave(ctx, uow, ahead.values())
    registered = uow.registrations.among(ctx.member.id, [part.id for part in parts]) if gathering.is_part else set()
    rest = [part for part in parts if part.id in registered and part.is_still_on(ctx.now)]
    if not removed:
        return texts.was_not_registered(locale, gathering, rest, series=whole, over=not ahead)
    gone = sorted((ahead[number] for number in removed), key=lambda part: part.starts_at)
    coming = [part for part in parts if part.open_to_registration(ctx.now) or _is_inside(ctx, uow, part)]
    return texts.unregistered(locale, gone, rest, coming)


@command(
    "mine",
    PAGE,
    summary=N_("my gatherings, with the way in"),
    position=4,
    replaces=True,
    also=("my, me, my gatherings, mis, mios, mis encuentros, mis inscripciones, inscripciones"),
)
def mine(ctx: Context, uow: UnitOfWork) -> View:
    gatherings = uow.registrations.gatherings_of(ctx.member.id, ctx.now)
    page, first = page_of(ctx.args[PAGE], ITEM_LIMIT, len(gatherings))
    shown = gatherings[first : first + ITEM_LIMIT]
    known = {gathering.id: uow.registrations.get(ctx.member.id, gathering.id) for gathering in shown}
    return texts.mine(
        ctx.locale,
        ctx.config,
        shown,
        {gathering: registration for gathering, registration in known.items() if registration is not None},
        page,
        calendar=ctx.member.calendar,
        now=ctx.now,
        count=len(gatherings),
        ways_in=resolve.ways_in(ctx, uow, shown),
        waited_for={
            each.id: waiting_texts.waiting_buttons(ctx.locale, each)
            for each in waiting.waited_for(uow, ctx.member.id, shown, ctx.now)
        },
        cancelled=next(iter(resolve.own_cancelled(ctx, uow)), None) if not gatherings else None,
    )
