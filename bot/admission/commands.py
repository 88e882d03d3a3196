"""Entering, and the live view of the doors with which facilitators open and close them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.admission import enter, host_texts, model, texts, waiting, waiting_texts
from bot.admission.doors_view import doors_view
from bot.admission.model import Doors
from bot.admission.waiting import WaitAct
from bot.arguments import Option, one_of
from bot.audit.model import ActKind
from bot.audit.record import record
from bot.catalogue import command
from bot.context import Context
from bot.editing import texts as editing_texts
from bot.gatherings import resolve
from bot.gatherings.arguments import MINE, PARTS, PUBLISHED
from bot.gatherings.model import Gathering, Status
from bot.i18n import N_
from bot.meetings.ports import NoLinkYet
from bot.notifications import enqueue
from bot.notifications.batches import BRIEF_BEFORE
from bot.notifications.live_meeting import are_being_called
from bot.notifications.to_facilitators import follow_doors
from bot.platform import platform_of
from bot.registrations import what_follows
from bot.registrations.model import DoorVisit, Registration
from bot.unit_of_work import UnitOfWork
from bot.views import Refusal, View


class DoorAct(StrEnum):
    LOOK = ""
    OPEN = "open"
    CLOSE = "close"


ACT = Option("act", one_of(DoorAct.LOOK), limit=5)


@command(
    "doors",
    PUBLISHED,
    ACT,
    summary=N_("live: who is in, open and close"),
    position=5,
    for_facilitators=True,
    replaces=True,
    also=("door, open, close, puertas, puerta, abrir, cerrar"),
)
def doors_(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    gathering = resolve.published(ctx, uow)
    if gathering.status is Status.DRAFT:
        raise Refusal(editing_texts.still_a_draft(locale, gathering))
    if ctx.args[ACT] is DoorAct.OPEN:
        gathering = _open(ctx, uow, gathering)
    elif ctx.args[ACT] is DoorAct.CLOSE and gathering.doors(ctx.now) in {Doors.OPEN, Doors.FULL}:
        gathering = uow.gatherings.save(_closed(gathering, ctx.now), ctx.now)
        record(ctx, uow, ActKind.DOORS_CLOSED, gathering.id)
        enqueue.update_channel_reminders(uow, gathering, ctx.now)
    view = doors_view(uow, ctx.config, locale, gathering, ctx.now)
    may_follow = _is_followed(gathering, ctx.now) and not platform_of(ctx.address.platform).by_letter
    if may_follow and follow_doors(uow, ctx, gathering):
        return view.with_parts(host_texts.followed(locale))
    return view


def _is_followed(gathering: Gathering, now: datetime) -> bool:
    doors = gathering.doors(now)
    return doors in {Doors.OPEN, Doors.FULL} or (doors is Doors.EARLY and now >= gathering.starts_at - BRIEF_BEFORE)


def _open(ctx: Context, uow: UnitOfWork, gathering: Gathering) -> Gathering:
    """Opens ahead of time, or again after Close now; never past the time that the door rule gives."""
    if gathering.doors(ctx.now) in {Doors.OPEN, Doors.FULL, Doors.CANCELLED}:
        return gathering  # an older button, or a colleague's press: they are shown as they are
    if ctx.now >= model.closes_at(gathering):
        raise Refusal(host_texts.doors_stay(ctx.locale, gathering))
    record(ctx, uow, ActKind.DOORS_OPENED, gathering.id)
    opened = uow.gatherings.save(replace(gathering, opened_at=gathering.opened_at or ctx.now, closed_at=None), ctx.now)
    enqueue.update_channel_reminders(uow, opened, ctx.now)
    return opened


def _closed(gathering: Gathering, now: datetime) -> Gathering:
    """Closed for good; before the planned opening, back to waiting for that."""
    early = replace(gathering, opened_at=None)
    return early if now < model.opens_at(early) else replace(gathering, closed_at=now)


@command(
    "join",
    MINE,
    PARTS,
    summary=N_("my private way in"),
    position=5,
    also=(
        "link, my link, zoom, enter, door, doors, come in, let me in, open, entrar, enlace, mi enlace, "
        "unirme, unirse, acceder, acceso, puerta, pasar, url, liga, passcode, password, zoom link, meeting link"
    ),
)
def join(ctx: Context, uow: UnitOfWork) -> View:
    """One door at a time. `PARTS` is what the menu of upcoming gatherings says with each choice."""
    return _join(ctx, uow, resolve.to_join(ctx, uow))


WAIT_ACT = Option("act", one_of(WaitAct.WAIT), limit=5)


@command("wait", MINE, WAIT_ACT, PARTS, replaces=True)
def wait(ctx: Context, uow: UnitOfWork) -> View:
    """Waits at a full house, or gives up waiting, or a place that was not used yet."""
    gathering = resolve.to_join(ctx, uow)
    left = waiting.act(uow, ctx.member.id, gathering, ctx.args[WAIT_ACT], ctx.config.unused_places, ctx.now)
    if left is not None:
        return waiting_texts.left(ctx.locale, gathering, waited=left.ahead is not None)
    return _join(ctx, uow, gathering)


def _join(ctx: Context, uow: UnitOfWork, gathering: Gathering) -> View:
    locale = ctx.locale
    registration = uow.registrations.get(ctx.member.id, gathering.id)
    state = gathering.doors(ctx.now)
    inside = uow.admission.is_admitted(ctx.member.id, gathering.id)
    waits = not inside and waiting.may_wait(uow, gathering, ctx.config.unused_places, ctx.now)
    if registration is None and (waits or state in {Doors.EARLY, Doors.OPEN}):
        raise Refusal(texts.register_first(locale, gathering, ctx.now, what_follows.coming(uow, ctx.now, gathering)))
    if registration is not None and ctx.facilitates and not inside and enter.lets_hosts_in(gathering, ctx.now):
        return _enter(ctx, uow, DoorVisit(registration, gathering, inside, hosts=True))
    if registration is not None and waits:
        return _at_full_house(ctx, uow, gathering, registration)
    if registration is not None and not inside and state in {Doors.FULL, Doors.CLOSED}:
        # Answered and not refused, so that it is kept that they came.
        uow.admission.turn_away([registration.id], ctx.now)
        return _shut(ctx, uow, gathering, state)
    if registration is None or (state is not Doors.EARLY and not inside and state is not Doors.OPEN):
        raise Refusal(_shut(ctx, uow, gathering, state))
    if state is Doors.EARLY and not inside:
        return texts.early(locale, ctx.config, gathering, registration, ctx.now)
    return _enter(ctx, uow, DoorVisit(registration, gathering, inside))


def _enter(ctx: Context, uow: UnitOfWork, visit: DoorVisit) -> View:
    locale, gathering = ctx.locale, visit.gathering
    entry = enter.enter(uow, visit, ctx.config.unused_places, ctx.now)
    if entry.link is not None:
        unused_after = ctx.config.unused_places if entry.returns else timedelta(0)
        welcome = texts.welcome(locale, gathering, entry.link, back=entry.back, unused_after=unused_after)
        called = are_being_called(uow, gathering, ctx.now)
        return welcome.with_parts(texts.being_called(locale)) if called else welcome
    if entry.doors is Doors.OPEN:
        raise NoLinkYet(texts.no_room_yet(locale, gathering), visit)
    current = uow.gatherings.get(gathering.id) or gathering
    if entry.may_wait:
        return _at_full_house(ctx, uow, current, visit.registration)
    return _shut(ctx, uow, current, entry.doors)


def _shut(ctx: Context, uow: UnitOfWork, gathering: Gathering, state: Doors) -> View:
    following = what_follows.instead(uow, ctx.now, ctx.member.id, gathering)
    inside = uow.admission.is_admitted(ctx.member.id, gathering.id)
    return texts.shut(ctx.locale, ctx.config, gathering, state, following, inside=inside)


def _at_full_house(ctx: Context, uow: UnitOfWork, gathering: Gathering, registration: Registration) -> View:
    position = waiting.position(uow, ctx.member.id, gathering.id)
    if position.ahead is None:
        uow.admission.turn_away([registration.id], ctx.now)
    return waiting_texts.at_full_house(ctx.locale, gathering, position)
