"""Bugs that are planted to show that random stories find them: each a small patch of the product's text.

Nothing is written to any file: the patched text is compiled in a process of its own (`source.py`). Each old text occurs
once in its file, which `tests/simulation/test_random_stories.py` looks at.
"""

from __future__ import annotations

from tests.simulation.planted.bug import Bug, Change, bug

TURN = "bot/notifications/turn.py"
SETTLE = "bot/notifications/settle.py"
RESTRICTED = "bot/notifications/restricted.py"
LOOP = "bot/notifications/delivery_loop.py"
MODEL = "bot/notifications/model.py"
RENDER = "bot/notifications/render.py"
BATCHES = "bot/notifications/batches.py"
SCHEDULE = "bot/notifications/schedule.py"
LIMITS = "bot/notifications/send_limits.py"
BREAKER = "bot/notifications/breaker.py"
PACE = "bot/notifications/pace.py"
DELIVERIES = "storage/repositories/deliveries.py"
DISPATCHER = "bot/dispatcher.py"
ADMISSION = "storage/repositories/admission.py"
DOORS = "bot/admission/model.py"

SENDING = (
    bug(
        "mark sent before sending", "promise 4: the roster", TURN,
        "            self._turn.sends += sends\n",
        "            self._turn.sends += sends\n"
        "            for each in sends:\n"
        "                self._uow.deliveries.settle(each.claimed, Receipt.SENT, self._now)\n",
    ),
    bug(
        "a lease of a second", "promise 1: never twice", TURN,
        "self._uow.deliveries.begin_sends(claims, self._worker, self._now, self._now + LEASE)",
        "self._uow.deliveries.begin_sends(claims, self._worker, self._now, self._now + timedelta(seconds=1))",
    ),
    bug(
        "a doubt is sent again without a look-up", "promise 4: never guessed", TURN,
        "elif notification.kind in AMENDMENTS:", "elif to is not None:",
    ),
    bug(
        "a doubt is guessed as sent", "promise 4: never guessed", LOOP,
        "return Absent() if message is None else Accepted(message)",
        'return Accepted(message or SentMessage("guessed"))',
    ),
    bug(
        "a doubt is guessed as not sent", "promise 4: never guessed", LOOP,
        "return Absent() if message is None else Accepted(message)", "return Absent()",
    ),
    bug(
        "an unknown outcome counts as not sent", "promise 4: never guessed", SETTLE,
        "            case OutcomeUnknown(why):\n                return self._retry(held, why, in_doubt=True)",
        "            case OutcomeUnknown(why):\n                return self._retry(held, why, in_doubt=False)",
    ),
    bug(
        "an unknown outcome counts as sent", "promise 4: never guessed", SETTLE,
        "            case OutcomeUnknown(why):\n                return self._retry(held, why, in_doubt=True)",
        "            case OutcomeUnknown(why):\n                return self.settle(held, Receipt.SENT, why)",
    ),
    bug(
        "a doubt is dropped when it expires", "promise 4: the roster", TURN,
        "elif self._now >= notification.expires_at + UNKNOWN_AFTER:", "elif self._now >= notification.expires_at:",
    ),
    bug(
        "expire settles doubts", "promise 4: the roster", DELIVERIES,
        '        _n.in_doubt.is_(False),\n        _n.state == Receipt.WAITING.value,\n    )\n    .limit(EXPIRED',
        "    )\n    .limit(EXPIRED",
    ),
    bug("a retry without a bound", "promise 4", SETTLE, "MAX_ATTEMPTS = 40", "MAX_ATTEMPTS = 10_000"),
    bug(
        "Retry-After is ignored", "promise 4: 429s", SETTLE,
        "                self._pause(scope_of(attempt.to), pause)\n", "                pause = timedelta(0)\n",
    ),
    bug("stale wording is sent after a freeze", "promise 1", LOOP, "if age > OLDEST_WORDING:", "if age is None:"),
    bug(
        "what another worker settled is recorded again", "promise 1: never twice", SETTLE,
        "        if current is None:\n            return _lost(claimed)\n",
        "        if current is None:\n            current = claimed.notification\n",
    ),
    bug(
        "Slack's history is read from too late on", "promise 4: never guessed", "adapters/slack/send.py",
        "since + offset - margin", "since + offset + margin",
    ),
    bug(
        "Slack's history is not compared by key", "promise 4: never guessed", "adapters/slack/send.py",
        "if _key_of(message) == key and", "if _key_of(message) and",
    ),
    bug(
        "Discord's history is read from too late on", "promise 4: never guessed", "adapters/discord/send.py",
        "_smallest_id(since - CLOCK_SKEW)", "_smallest_id(since + CLOCK_SKEW)",
    ),
    bug(
        "Discord's history is not compared by tag", "promise 4: never guessed", "adapters/discord/send.py",
        "if is_ours and _has_tag(message, tag):", "if is_ours:",
    ),
    bug(
        "the conversation of another member", "promise 1", "storage/repositories/due_notifications.py",
        "            _i.conversation,\n",
        "            select(func.max((o := identities.alias('o')).c.conversation)).where(o.c.account"
        " != _m.account).scalar_subquery().label('conversation'),\n",
    ),
    bug(
        "a closed line is tried again and again", "promise 5", SETTLE,
        "return self.settle(held, Receipt.BLOCKED, why)", "return self._retry(held, why)",
    ),
    bug(
        "nobody is told that they could not be reached", "promise 5", DISPATCHER,
        "    if member.unreached and not sender.forgotten:", "    if member is None:",
    ),
)  # fmt: skip

REFUSED = (
    bug(
        "a breaker that marks members", "promise 5: nobody is marked", SETTLE,
        "                return self._open_breaker(held, attempt, why)",
        "                self._open_breaker(held, attempt, why)\n"
        "                return self.settle(held, Receipt.BLOCKED, why)",
    ),
    bug(
        "a breaker that never opens", "promise 5: within two tries", SETTLE,
        "is_new = open_breaker(self._uow, self._config, opened, held.notification.gathering, self._now)",
        "is_new = not opened",
    ),
    bug(
        "a breaker that never closes", "promise 5: it lets go", SETTLE,
        "if attempt.is_trial and close_breaker(self._uow, scope, self._now):", "if attempt.is_trial and not scope:",
    ),
    bug(
        "a breaker of the wrong scope", "promise 5: within two tries", SETTLE,
        "opened = breaker.opened(scope_of(attempt.to), why, self._now)",
        'opened = breaker.opened("mail", why, self._now)',
    ),
    bug(
        "a breaker that is tried every few seconds", "promise 5: growing intervals", BREAKER,
        "FIRST_INTERVAL = timedelta(minutes=2)", "FIRST_INTERVAL = timedelta(seconds=5)",
    ),
    bug(
        "no facilitator is told that a platform refuses", "promise 5: told elsewhere", RESTRICTED,
        "enqueue.sender_restricted(uow, config, breaker, gathering, now)", "pass",
    ),
    bug(
        "no channel is reminded instead", "promise 5: the channel", TURN,
        "            self._remind_in_channels()\n", "            pass\n",
    ),
)  # fmt: skip

PLANNING = (
    bug(
        "a key without the start", "promise 3", MODEL,
        'return f"{kind}:{to}:{about}:{int(at.timestamp())}:{int(offset.total_seconds())}"',
        'return f"{kind}:{to}:{about}:{int(offset.total_seconds())}"',
    ),
    bug(
        "a key without the member", "promise 1", MODEL,
        'return f"{kind}:{to}:{about}:{int(at.timestamp())}:{int(offset.total_seconds())}"',
        'return f"{kind}:{about}:{int(at.timestamp())}:{int(offset.total_seconds())}"',
    ),
    bug(
        "a move is not planned anew", "promise 3", SCHEDULE,
        "        if batches.due_at(batch) <= now and audience", "        if audience",
    ),
    bug(
        "a move is not told", "promise 3", "bot/gatherings/change.py",
        "notified = enqueue.notify_registrants(uow, saved, NotificationKind.MOVED, now, before.starts_at)",
        "notified = set[int]()",
    ),
    bug(
        "a cancellation is not told", "the contract of cancel", "bot/editing/commands.py",
        "reached = enqueue.notify_registrants(uow, cancelled, NotificationKind.CANCELLED, ctx.now)",
        "reached = set[int]()",
    ),
    bug(
        "an announcement is not changed", "the contract of announce", "bot/gatherings/change.py",
        "    enqueue.update_announcements(uow, saved, now)\n    return notified\n", "    return notified\n",
    ),
    bug(
        "a reminder in a channel is not changed", "the contract of announce", "bot/notifications/enqueue.py",
        "    update_channel_reminders(uow, changed, now)\n", "",
    ),
    bug(
        "a reminder of the old start is sent", "promise 1: never at an old time", RENDER,
        "if gathering.starts_at != self.notification.starts_at and not whatever_the_start:",
        "if gathering.starts_at is None and not whatever_the_start:",
    ),
    Bug(
        "a reminder of what was cancelled is sent", "promise 1: never after cancelling",
        (
            Change(RENDER, "if gathering.cancelled is not (self.notification.kind is NotificationKind.CANCELLED):",
                   "if gathering.cancelled is None:"),
            Change(RENDER, 'raise _drop("the doors have closed", Receipt.TOO_LATE)\n        # It waited',
                   "pass\n        # It waited"),
        ),
    ),
    bug(
        "unregistering leaves the reminder", "promise 1", RENDER,
        '            raise _drop("no longer registered")',
        '            registration = Registration(0, gathering.id, member.id, self.now, "gone")',
    ),
    Bug(
        "reminders after the doors have closed", "promise 1",
        (
            Change(RENDER, 'raise _drop("the doors have closed", Receipt.TOO_LATE)\n        # It waited',
                   "pass\n        # It waited"),
            Change(BATCHES, "can_enter = gathering.doors(now) in {Doors.EARLY, Doors.OPEN}", "can_enter = True"),
        ),
    ),
    bug(
        "whoever registers while a batch runs is forgotten", "promise 2", BATCHES,
        "replace(batch, complete=now >= due_at(batch))", "replace(batch, complete=True)",
    ),
    bug(
        "reminders of before somebody registered", "promise 2", BATCHES,
        "if batch.offset in registrant.muted or registrant.registered_at > due_at(batch):",
        "if batch.offset in registrant.muted:",
    ),
    Bug(
        "settings are ignored", "promise 1",
        (
            Change(BATCHES, "if batch.offset in registrant.muted or registrant", "if registrant"),
            Change(BATCHES, "if registrant.admitted or not registrant.by_direct_message:", "if registrant.admitted:"),
            Change(RENDER, "if self.notification.offset in member.settings.muted or not member.settings.by_direct_"
                   "message:", "if self.notification.offset is None:"),
        ),
    ),
    Bug(
        "all overdue reminders are sent", "promise 2: the nearest",
        (
            Change(BATCHES, "if can_enter and not has_nearest else", "if can_enter else"),
            Change(RENDER, "if offset < self.notification.offset):", "if offset is None):"),
        ),
    ),
    bug(
        "what waited is sent beside the nearer one", "promise 2: the nearest", RENDER,
        "if offset < self.notification.offset):", "if offset is None):",
    ),
    bug(
        "a batch begins when it is due", "promise 6", BATCHES,
        "lead_time = min(due - next_begins + backlog - head_start, LONGEST_LEAD_TIME)", "lead_time = timedelta(0)",
    ),
    bug(
        "a time beyond the change of clocks is an hour off", "promise 3", "bot/typed_dates.py",
        "    place = ZoneInfo(zone)\n    both = ",
        "    before = (local - timedelta(hours=5)).replace(tzinfo=ZoneInfo(zone))\n"
        "    return {(local - (before.utcoffset() or timedelta(0))).replace(tzinfo=UTC)}\n"
        "    place = ZoneInfo(zone)\n    both = ",
    ),
)  # fmt: skip

LIMITED = (
    bug("the pace is ignored", "the pace", PACE, "return min(wanted, int(self._locked.tokens))", "return wanted"),
    bug(
        "tokens are not saved", "the pace", PACE,
        "        if sent or has_backlog or backlog_since is not None:\n", "        if sent < 0:\n",
    ),
    bug(
        "tokens come back too fast", "the pace", LIMITS,
        "return min(tokens + per_minute * elapsed.total_seconds() / 60, burst(per_minute))",
        "return min(tokens + per_minute * elapsed.total_seconds() / 20, burst(per_minute))",
    ),
)  # fmt: skip

ANSWERING = (
    bug(
        "answered before it is committed", "promise 4", DISPATCHER,
        "        async with asyncio.timeout(TRANSACTION_TIMEOUT.total_seconds()):\n"
        "            return await self._storage.run(work)",
        "        results: list[T] = []\n\n"
        "        def look(uow: UnitOfWork) -> None:\n"
        "            results.append(work(uow))\n"
        "            raise LookupError\n\n"
        "        try:\n"
        "            await self._storage.run(look)\n"
        "        except LookupError:\n"
        "            pass\n"
        "        asyncio.get_running_loop().create_task(self._storage.run(work))\n"
        "        return results[0]",
    ),
    bug(
        "an interaction is acted on twice", "promise 4", DISPATCHER,
        "    if request.key and not uow.members.claim_interaction(request.key, request.now):\n",
        "    if request is None:\n",
    ),
    bug(
        "an uncertain commit is answered as undone", "promise 4", DISPATCHER,
        "isinstance(problem, Overloaded)", "isinstance(problem, Overloaded | CommitUncertain)",
    ),
    bug(
        "unregistering is not stored", "promise 4", "bot/registrations/commands.py",
        "    removed = _leave(ctx, uow, ahead.values())\n",
        "    removed = [number for number in ahead if uow.registrations.get(ctx.member.id, number)]\n",
    ),
    Bug(
        "one place too many", "the door rule",
        (
            Change(ADMISSION, "<= _g.admission_limit,", "<= _g.admission_limit + 1,"),
            Change(DOORS, "if gathering.admitted >= gathering.door_rule.limit:",
                   "if gathering.admitted > gathering.door_rule.limit:"),
        ),
    ),
    bug("one place too few", "the door rule", ADMISSION, "<= _g.admission_limit,", "< _g.admission_limit,"),
    Bug(
        "whoever comes back takes a second place", "the door rule",
        (
            Change("bot/admission/enter.py", "if not v.inside and not v.hosts and v.registration.id in links",
                   "if not v.hosts and v.registration.id in links"),
            Change(ADMISSION, "if not new or self._changed(_TAKE_PLACES, gathering_id=gathering, places=len(new)):",
                   "if self._changed(_TAKE_PLACES, gathering_id=gathering, places=len(rows)):"),
        ),
    ),
    bug(
        "the place is counted from what was read before", "the door rule", ADMISSION,
        '_g.admitted + bindparam("places", type_=Integer) <= _g.admission_limit,', "",
        '.values(admitted=_g.admitted + bindparam("places", type_=Integer))',
        '.values(admitted=bindparam("places", type_=Integer))',
    ),
    bug(
        "doors open too early", "the door rule", DOORS,
        "planned = gathering.starts_at - gathering.door_rule.opens_before",
        "planned = gathering.starts_at - 2 * gathering.door_rule.opens_before",
    ),
    bug(
        "doors never close", "the door rule", DOORS,
        "return min(gathering.starts_at + gathering.door_rule.late_entry, gathering.ends_at)",
        "return gathering.ends_at",
    ),
    bug(
        "the room stands in an announcement", "secrets", "bot/notifications/in_channels.py",
        '    return Delivery(posted.channel, view, locale, amends=posted.message if amends else "")',
        "    from dataclasses import replace\n\n    from bot.views import Paragraph, Text\n\n"
        "    link = uow.gatherings.zoom_link(gathering.id)\n"
        "    view = replace(view, parts=(*view.parts, Paragraph((Text(link.reveal() if link else ''),))))\n"
        '    return Delivery(posted.channel, view, locale, amends=posted.message if amends else "")',
    ),
)  # fmt: skip

BUGS = (*SENDING, *REFUSED, *PLANNING, *LIMITED, *ANSWERING)
