"""One thing heard, one answer given: in the acknowledgement where Slack takes it there, else right after it.

The work is done, and kept, before the acknowledgement: whatever happens afterwards loses an answer at most.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from adapters.slack import forms
from adapters.slack.client import SLACK_ERRORS, SlackClient
from adapters.slack.receive import SlackInteraction, Surface
from adapters.slack.render import option, show, text
from adapters.slack.tasks import BackgroundTasks
from adapters.slack.users import UserDirectory, belongs_to
from bot import words
from bot.asks import Ask, Call
from bot.desk import AlreadyAnswered, Desk
from bot.ports import Clock
from bot.views import Answer, Attachment, Form, View
from bot.words.reader import Reader

log = logging.getLogger(__name__)

ACKNOWLEDGE_WITHIN = timedelta(seconds=2.2)
"""How long the acknowledgement waits for the answer: Slack gives three seconds, the network takes its part."""
RESPONSE_URL_TIMEOUT = timedelta(seconds=1.2)
"""For what is tried within those three seconds besides."""


NOT_INSTALLED_TEXT = "This app is no longer installed here. Please ask an admin to add it again."
"""In English: without a token, Slack does not say what somebody speaks."""

Body = dict[str, Any]
"""What an acknowledgement carries, empty for nothing."""


@dataclass(frozen=True, slots=True)
class SlackAnswer:
    """An answer and who reads it; no answer when this interaction was acted on before."""

    answer: Answer | None
    to: Reader


class SlackResponder:
    def __init__(
        self, desk: Desk, api: SlackClient, people: UserDirectory, clock: Clock, tasks: BackgroundTasks
    ) -> None:
        self._desk = desk
        self._api = api
        self._people = people
        self._clock = clock
        self._tasks = tasks

    async def hear(self, heard: SlackInteraction) -> Body:
        """Answers; returns the acknowledgement in time whatever happens."""
        if not heard.account or not heard.member_of:
            log.warning("nobody is named in what came from Slack, or no workspace of theirs")
            return {}
        work = self._tasks.start(self._work(heard))
        if await _in_time(work):
            return await self._acknowledged(heard, work.result())
        self._tasks.start(self._answer_late(heard, work))
        return {"response_action": "clear"} if heard.where is Surface.SUBMISSION else {}

    def not_installed(self, response_url: str) -> Body:
        """For somebody in a workspace that the bot has no token for: an old button, or an installation gone wrong."""
        body = {"response_type": "ephemeral", "text": NOT_INSTALLED_TEXT}
        if response_url:
            self._tasks.start(self._respond(response_url, body))
        return {}

    async def _respond(self, url: str, body: Body) -> None:
        try:
            await self._api.respond(url, body)
        except SLACK_ERRORS as problem:
            log.info("nobody could be told that the bot is not installed: %s", problem)

    async def offer(self, heard: SlackInteraction, name: str, typed: str) -> Body:
        """The options of a search box."""
        ask = await self._ask(heard)
        try:
            async with asyncio.timeout(ACKNOWLEDGE_WITHIN.total_seconds()):
                found = await self._desk.choices(replace(ask, key=""), name, typed)
        except TimeoutError:
            found = ()
        return {"options": [option(each) for each in found]}

    def opened_home(self, heard: SlackInteraction) -> None:
        self._tasks.start(self.show_home(heard, heard.key))

    async def show_home(self, heard: SlackInteraction, key: str = "") -> None:
        """Publishes the Home tab as it is now. Never raises; the tab is fresh again when opened next.

        Somebody from elsewhere has none in this workspace: their id may be another's here.
        """
        if heard.member_of != heard.team:
            return
        team, account = heard.team, heard.account
        ask = await self._ask(SlackInteraction(Surface.HOME, team, account, Call("mine"), key, team))
        try:
            mine = await self._desk.respond(ask)
            coming = await self._desk.respond(replace(ask, key="", call=Call("list")))
        except AlreadyAnswered:
            return
        page = forms.home([each.answer for each in (mine, coming) if isinstance(each.answer, View)], coming.to)
        try:
            await self._api.call(team, "views.publish", {"user_id": account, "view": page})
        except SLACK_ERRORS as problem:
            log.warning("the Home tab could not be shown: %s", problem)

    # ---- the work

    async def _work(self, heard: SlackInteraction) -> SlackAnswer:
        ask = await self._ask(heard)
        try:
            given = await self._desk.respond(ask)
        except AlreadyAnswered:
            return SlackAnswer(None, self._desk.known(ask.who))
        return SlackAnswer(given.answer, given.to)

    async def _ask(self, heard: SlackInteraction) -> Ask:
        person = await self._people.person(heard.member_of, heard.account, heard.name, within=heard.team)
        return Ask(person, heard.call, self._clock.now(), key=heard.key, channel=heard.channel, place=heard.team)

    # ---- in the acknowledgement

    async def _acknowledged(self, heard: SlackInteraction, given: SlackAnswer) -> Body:
        match heard.where, given.answer:
            case _, None:
                return {}
            case Surface.COMMAND, View() as view:
                self._send_files(heard, view)
                return _ephemeral(view, given.to) | {"unfurl_links": False, "unfurl_media": False}
            case Surface.SUBMISSION, Form() as form if form.mistaken:
                return {"response_action": "errors", "errors": forms.errors(form)}
            case Surface.SUBMISSION, Form() as form:
                return {"response_action": "update", "view": forms.form_modal(form, heard.origin, given.to)}
            case Surface.SUBMISSION, View() as view:
                self._send_files(heard, view)
                return await self._closed_form(heard, view, given.to)
            case _, answer:
                self._tasks.start(self._deliver(heard, answer, given.to))
                return {}

    async def _closed_form(self, heard: SlackInteraction, view: View, to: Reader) -> Body:
        """Back to where the form was opened; where that is not possible, the modal itself shows the answer."""
        if await self._answered_there(heard, view, to):
            return {"response_action": "clear"}
        if not heard.origin.response_url:
            self._tasks.start(self.show_home(heard))
        return {"response_action": "update", "view": forms.view_modal(view, to)}

    async def _answered_there(self, heard: SlackInteraction, view: View, to: Reader) -> bool:
        if not heard.origin.response_url:
            return False
        try:
            async with asyncio.timeout(RESPONSE_URL_TIMEOUT.total_seconds()):
                await self._api.respond(heard.origin.response_url, _ephemeral(view, to))
        except SLACK_ERRORS as problem:
            log.info("a form's answer stays in its window: %s", problem)
            return False
        return True

    # ---- after it

    async def _answer_late(self, heard: SlackInteraction, work: asyncio.Task[SlackAnswer]) -> None:
        """The acknowledgement had to go first. A form can no longer open, or show errors, by then."""
        given = await work
        answer = given.answer
        if isinstance(answer, Form) and heard.where is Surface.SUBMISSION:
            answer = words.busy(given.to, heard.call)
        if answer is not None:
            await self._deliver(heard, answer, given.to)

    async def _deliver(self, heard: SlackInteraction, answer: Answer, to: Reader) -> None:
        """Where it belongs; failing that, as a direct message. Silence is not an answer."""
        try:
            await self._show(heard, answer, to)
        except SLACK_ERRORS as problem:
            log.info("an answer goes by direct message: %s", problem)
            view = answer if isinstance(answer, View) else words.busy(to, heard.call)
            await self._by_direct_message(heard, view, to)
        if isinstance(answer, View):
            self._send_files(heard, answer)
        if heard.where in {Surface.HOME, Surface.MODAL}:
            await self.show_home(heard)

    async def _show(self, heard: SlackInteraction, answer: Answer, to: Reader) -> None:
        window = self._window(heard, answer, to)
        if heard.where is Surface.MODAL:
            await self._api.call(heard.team, "views.update", {"view_id": heard.window, "view": window})
        elif heard.where is Surface.HOME or isinstance(answer, Form):
            await self._api.call(heard.team, "views.open", {"trigger_id": heard.trigger, "view": window})
        elif heard.origin.response_url:
            body = _ephemeral(answer, to) | {"replace_original": heard.replaces}
            await self._api.respond(heard.origin.response_url, body)
        else:
            await self._by_direct_message(heard, answer, to)

    def _window(self, heard: SlackInteraction, answer: Answer, to: Reader) -> dict[str, Any]:
        if isinstance(answer, Form):
            return forms.form_modal(answer, heard.origin, to)
        return forms.view_modal(answer, to)

    async def _by_direct_message(self, heard: SlackInteraction, view: View, to: Reader) -> None:
        if not await self._is_surely_them(heard):
            log.info("an answer to %s did not arrive: its asker is from elsewhere", heard.call.name)
            return
        message = {"channel": heard.account, "text": text(view, to), "blocks": show(view, to)}
        try:
            await self._api.call(
                heard.team, "chat.postMessage", message | {"unfurl_links": False, "unfurl_media": False}
            )
        except SLACK_ERRORS as problem:
            log.warning("an answer to %s did not arrive: %s", heard.call.name, problem)

    async def _is_surely_them(self, heard: SlackInteraction) -> bool:
        """Whether the asker's id, in the workspace that we speak in, is theirs and nobody else's."""
        if heard.member_of == heard.team:
            return True
        try:
            answer = await self._api.call(heard.team, "users.info", {"user": heard.account})
        except SLACK_ERRORS:
            return False
        return belongs_to(answer.get("user"), heard.member_of)

    def _send_files(self, heard: SlackInteraction, view: View) -> None:
        for part in view.parts:
            if isinstance(part, Attachment):
                self._tasks.start(self._send_file(heard, part))

    async def _send_file(self, heard: SlackInteraction, file: Attachment) -> None:
        """An ephemeral message holds no file, so it goes to the asker's own line. The answer says so."""
        try:
            if not await self._is_surely_them(heard):
                return
            opened = await self._api.call(heard.team, "conversations.open", {"users": heard.account})
            await self._api.upload(heard.team, str(opened["channel"]["id"]), file.name, file.content)
        except SLACK_ERRORS as problem:
            log.warning("a file did not arrive: %s", problem)


async def _in_time(work: asyncio.Task[SlackAnswer]) -> bool:
    """Waits for it, as `asyncio.wait` would at three times the cost; a rush waits here."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def end(_: object = None) -> None:
        if not over.done():
            over.set_result(None)

    timer = loop.call_later(ACKNOWLEDGE_WITHIN.total_seconds(), end)
    work.add_done_callback(end)
    try:
        await over
    finally:
        timer.cancel()
        work.remove_done_callback(end)
    return work.done()


def _ephemeral(view: View, to: Reader) -> dict[str, Any]:
    """Says that it is for their eyes alone, also where Slack would assume so."""
    return {"response_type": "ephemeral", "text": text(view, to), "blocks": show(view, to)}
