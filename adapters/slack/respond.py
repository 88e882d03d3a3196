"""Answers an interaction: in the acknowledgement where Slack shows it from there, otherwise right after it.

The transaction is committed before the acknowledgement: a failure afterwards loses the answer at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, assert_never

from adapters.slack import forms
from adapters.slack.client import SLACK_ERRORS, SlackClient
from adapters.slack.receive import SlackInteraction, Surface
from adapters.slack.render import message_body, render_option
from adapters.slack.tasks import BackgroundTasks
from adapters.slack.users import UserDirectory, belongs_to
from bot import own_words, people, platform_texts
from bot.addresses import Address
from bot.dispatcher import AlreadyAnswered, Dispatcher
from bot.i18n import N_, Locale, in_every_language
from bot.ports import Clock
from bot.request import Call, Request, written_privately
from bot.views import Answer, Attachment, Form, View

log = logging.getLogger(__name__)

ACKNOWLEDGE_WITHIN = timedelta(seconds=2.2)
"""How long the acknowledgement waits for the answer, of the three seconds that Slack gives, less the network's part."""
ACKNOWLEDGE_AT_LAST = timedelta(seconds=2.7)
"""The same where the acknowledgement also depends on whether Slack takes the answer elsewhere."""

MAX_WRITTEN_IN_PROGRESS = 100
"""Words in private lines that are being answered; more at once go without: whoever wrote them may write again."""

NOT_INSTALLED_TEXT = N_("This app is no longer installed here. Please ask an admin to add it again.")
NOT_NOW_TEXT = N_("Many people are here at this moment. Nothing was changed; please try again shortly.")
"""Both are said in every language: without a token, the user's own cannot be looked up."""

Body = dict[str, Any]
"""The payload of an acknowledgement, or of a message; empty for none."""


@dataclass(frozen=True, slots=True)
class SlackAnswer:
    """An answer and its reader; no answer when this interaction was acted on before, or was not asked about."""

    answer: Answer | None
    locale: Locale
    errors: Mapping[str, str] = field(default_factory=dict)
    """By block_id, where Slack shows them in the submitted form, which keeps all that it holds."""


class SlackResponder:
    def __init__(
        self, dispatcher: Dispatcher, client: SlackClient, users: UserDirectory, clock: Clock, tasks: BackgroundTasks
    ) -> None:
        self._dispatcher = dispatcher
        self._client = client
        self._users = users
        self._clock = clock
        self._tasks = tasks
        self._written_in_progress = 0

    def in_time(self, received: float) -> asyncio.Timeout:
        """Within it an answer can go into the acknowledgement. `received`: by the clock of the event loop."""
        return asyncio.timeout_at(received + ACKNOWLEDGE_WITHIN.total_seconds())

    async def respond(self, interaction: SlackInteraction, received: float) -> Body:
        """Answers; returns the acknowledgement in time in any case, counted from when it was `received`."""
        work = self._tasks.start(self._answer(interaction))
        if await _done_in_time(work, received + ACKNOWLEDGE_WITHIN.total_seconds()):
            deadline = received + ACKNOWLEDGE_AT_LAST.total_seconds()
            return await self._acknowledge(interaction, work.result(), deadline)
        self._tasks.start(self._answer_late(interaction, work))
        return {"response_action": "clear"} if interaction.surface is Surface.SUBMISSION else {}

    def without_token(self, response_url: str, text: str) -> Body:
        """For a user whose workspace has no token (a button from before an uninstallation), or none that is known."""
        if response_url:
            self._tasks.start(self._post(response_url, in_every_language(text)))
        return {}

    async def _post(self, url: str, text: str) -> None:
        try:
            await self._client.post_response(url, {"response_type": "ephemeral", "text": text})
        except SLACK_ERRORS as problem:
            log.info("nobody could be told that there is no token: %s", problem)

    async def suggest(self, interaction: SlackInteraction, option: str, typed: str, received: float) -> Body:
        """The options of a search box."""
        try:
            async with self.in_time(received):
                request = await self._request(interaction)
                choices = await self._dispatcher.choices(replace(request, key=""), option, typed)
        except TimeoutError:
            choices = ()
        return {"options": [render_option(choice) for choice in choices]}

    def home_opened(self, interaction: SlackInteraction) -> None:
        self._tasks.start(self.publish_home(interaction, interaction.key))

    async def publish_home(self, interaction: SlackInteraction, key: str = "") -> None:
        """Publishes the Home tab as it is now. Never raises; the tab is refreshed when it is opened next.

        A user from another team has none in this workspace: their id may be another person's here.
        """
        if interaction.user_team != interaction.team:
            return
        team, user_id = interaction.team, interaction.user_id
        request = await self._request(SlackInteraction(Surface.HOME, team, user_id, Call("mine"), key, team))
        try:
            mine = await self._dispatcher.respond(request)
            upcoming = await self._dispatcher.respond(replace(request, key="", call=Call("list")))
        except AlreadyAnswered:
            return
        views = [response.answer for response in (mine, upcoming) if isinstance(response.answer, View)]
        arguments = {"user_id": user_id, "view": forms.home_view(views, upcoming.locale)}
        try:
            await self._client.call(team, "views.publish", arguments)
        except SLACK_ERRORS as problem:
            log.warning("the Home tab could not be shown: %s", problem)

    def written_privately(self, message: SlackInteraction) -> None:
        if self._written_in_progress < MAX_WRITTEN_IN_PROGRESS:
            self._written_in_progress += 1
            self._tasks.start(self._answer_written(message))

    async def _answer_written(self, message: SlackInteraction) -> None:
        try:
            await self._answer_privately(message)
        finally:
            self._written_in_progress -= 1

    async def _answer_privately(self, message: SlackInteraction) -> None:
        """One answer a day, in the line itself."""
        asked = await self._request(message)
        try:
            response = await self._dispatcher.respond(written_privately(asked.sender, asked.now, asked.place))
        except AlreadyAnswered:
            return
        if isinstance(response.answer, View):
            await self._send_directly(message, response.answer, response.locale)

    # ---- dispatching

    async def _answer(self, interaction: SlackInteraction) -> SlackAnswer:
        request = await self._request(interaction)
        locale = self._dispatcher.guess_locale(request.sender)
        if outsiders := self._outsiders(interaction, locale):
            return SlackAnswer(None, locale, outsiders)
        try:
            response = await self._dispatcher.respond(request)
        except AlreadyAnswered:
            return SlackAnswer(None, locale)
        errors = forms.errors_as_sent(response.answer, request.call) if isinstance(response.answer, Form) else {}
        return SlackAnswer(response.answer, response.locale, errors)

    async def _request(self, interaction: SlackInteraction) -> Request:
        team, user_id = interaction.user_team, interaction.user_id
        person = await self._users.person(team, user_id, interaction.name, workspace=interaction.team)
        now, key, call = self._clock.now(), interaction.key, interaction.call
        if interaction.surface is Surface.SUBMISSION:
            call = await self._with_names(call, interaction.team)
        return Request(person, call, now, key=key, channel=interaction.channel, place=interaction.team)

    async def _with_names(self, call: Call, team: str) -> Call:
        """Slack sends the ids of those who were picked, and not what they are called."""
        picked = {who for _, value in call.arguments for who in people.mentioned(value) if who.platform == "slack"}
        if not picked:
            return call
        users = [who.account.rpartition("/") for who in picked]
        lookups = (self._users.person(own, user_id, "", workspace=team) for own, _, user_id in users)
        found = await asyncio.gather(*lookups)
        names = {each.address: each.name for each in found if each.name}
        return call.filled({name: people.with_names(value, names) for name, value in call.arguments})

    def _outsiders(self, interaction: SlackInteraction, locale: Locale) -> dict[str, str]:
        """Errors at the fields whose picker named somebody who is none of the workspace, though Slack offers them.

        Their id would be taken for one of the workspace.
        """
        if interaction.surface is not Surface.SUBMISSION:
            return {}
        errors: dict[str, list[str]] = {}
        for name, value in interaction.call.arguments:
            for who in sorted(people.mentioned(value), key=str):
                own, _, user_id = who.account.rpartition("/")
                outsider = self._users.outsider(own, user_id, workspace=interaction.team)
                if who.platform == "slack" and outsider is not None:
                    errors.setdefault(name, []).append(platform_texts.not_of_this_workspace(locale, *outsider))
        return {name: " ".join(sentences) for name, sentences in errors.items()}

    # ---- in the acknowledgement

    async def _acknowledge(self, interaction: SlackInteraction, answered: SlackAnswer, deadline: float) -> Body:
        answer, locale = answered.answer, answered.locale
        if interaction.surface is Surface.SUBMISSION and answered.errors:
            return {"response_action": "errors", "errors": dict(answered.errors)}
        if answer is None:
            return {}
        match interaction.surface:
            case Surface.COMMAND if isinstance(answer, View):
                self._send_files(interaction, answer)
                return _ephemeral(answer, locale) | {"unfurl_links": False, "unfurl_media": False}
            case Surface.SUBMISSION:
                return await self._acknowledge_submission(interaction, answer, locale, deadline)
            case Surface.COMMAND | Surface.MESSAGE | Surface.MODAL | Surface.HOME:
                self._tasks.start(self._deliver(interaction, answer, locale))
                return {}
            case _:
                assert_never(interaction.surface)

    async def _acknowledge_submission(
        self, interaction: SlackInteraction, answer: Answer, locale: Locale, deadline: float
    ) -> Body:
        """Answers where the form was opened; where that is not possible, in the modal itself."""
        if isinstance(answer, Form):
            return {"response_action": "update", "view": forms.form_modal(answer, interaction.origin, locale)}
        self._send_files(interaction, answer)
        if await self._posted_at_origin(interaction, answer, locale, deadline):
            return {"response_action": "clear"}
        if not interaction.origin.response_url:
            self._tasks.start(self.publish_home(interaction))
        return {"response_action": "update", "view": forms.view_modal(answer, locale)}

    async def _posted_at_origin(
        self, interaction: SlackInteraction, view: View, locale: Locale, deadline: float
    ) -> bool:
        if not interaction.origin.response_url:
            return False
        try:
            async with asyncio.timeout_at(deadline):
                await self._client.post_response(interaction.origin.response_url, _ephemeral(view, locale))
        except SLACK_ERRORS as problem:
            log.info("a form's answer stays in its window: %s", problem)
            return False
        return True

    # ---- after it

    async def _answer_late(self, interaction: SlackInteraction, work: asyncio.Task[SlackAnswer]) -> None:
        """Delivers an answer that came after the acknowledgement: a form can no longer open or show errors."""
        answered = await work
        answer = answered.answer
        if interaction.surface is Surface.SUBMISSION and (answered.errors or isinstance(answer, Form)):
            answer = own_words.busy(answered.locale, interaction.call)
        if answer is not None:
            await self._deliver(interaction, answer, answered.locale)

    async def _deliver(self, interaction: SlackInteraction, answer: Answer, locale: Locale) -> None:
        """Shows the answer on its surface, or else as a direct message."""
        try:
            await self._show(interaction, answer, locale)
        except SLACK_ERRORS as problem:
            log.info("an answer goes by direct message: %s", problem)
            view = answer if isinstance(answer, View) else own_words.busy(locale, interaction.call)
            await self._send_directly(interaction, view, locale)
        if isinstance(answer, View):
            self._send_files(interaction, answer)
        if interaction.surface in {Surface.HOME, Surface.MODAL}:
            await self.publish_home(interaction)

    async def _show(self, interaction: SlackInteraction, answer: Answer, locale: Locale) -> None:
        team, origin = interaction.team, interaction.origin
        if interaction.surface is Surface.MODAL:
            arguments = {"view_id": interaction.view_id, "view": forms.modal(answer, origin, locale)}
            await self._client.call(team, "views.update", arguments)
        elif interaction.surface is Surface.HOME or isinstance(answer, Form):
            arguments = {"trigger_id": interaction.trigger_id, "view": forms.modal(answer, origin, locale)}
            await self._client.call(team, "views.open", arguments)
        elif origin.response_url:
            body = _ephemeral(answer, locale) | {"replace_original": interaction.replace_original}
            await self._client.post_response(origin.response_url, body)
        else:
            await self._send_directly(interaction, answer, locale)

    async def _send_directly(self, interaction: SlackInteraction, view: View, locale: Locale) -> None:
        if not await self._is_confirmed(interaction):
            log.info("an answer to %s did not arrive: its asker is from elsewhere", interaction.call.name)
            await self._did_not_arrive(interaction)
            return
        message = message_body(view, locale) | {"unfurl_links": False, "unfurl_media": False}
        try:
            await self._client.call(interaction.team, "chat.postMessage", {"channel": interaction.user_id} | message)
        except SLACK_ERRORS as problem:
            log.warning("an answer to %s did not arrive: %s", interaction.call.name, problem)
            await self._did_not_arrive(interaction)

    async def _did_not_arrive(self, interaction: SlackInteraction) -> None:
        await self._dispatcher.did_not_arrive(Address("slack", f"{interaction.user_team}/{interaction.user_id}"))

    async def _is_confirmed(self, interaction: SlackInteraction) -> bool:
        """Whether the user's id, in the workspace whose token is used, is theirs and nobody else's."""
        if interaction.user_team == interaction.team:
            return True
        try:
            response = await self._client.call(interaction.team, "users.info", {"user": interaction.user_id})
        except SLACK_ERRORS:
            return False
        return belongs_to(response.get("user"), interaction.user_team)

    def _send_files(self, interaction: SlackInteraction, view: View) -> None:
        for part in view.parts:
            if isinstance(part, Attachment):
                self._tasks.start(self._send_file(interaction, part))

    async def _send_file(self, interaction: SlackInteraction, file: Attachment) -> None:
        """Sends a file as a direct message, as the answer says: an ephemeral message cannot hold one."""
        try:
            if not await self._is_confirmed(interaction):
                return
            opened = await self._client.call(interaction.team, "conversations.open", {"users": interaction.user_id})
            await self._client.upload_file(interaction.team, str(opened["channel"]["id"]), file.name, file.content)
        except SLACK_ERRORS as problem:
            log.warning("a file did not arrive: %s", problem)


async def _done_in_time(work: asyncio.Task[SlackAnswer], until: float) -> bool:
    """Waits for `work`, if there is time; `asyncio.wait` does so at three times the cost, which counts in a rush."""
    loop = asyncio.get_running_loop()
    if loop.time() >= until:
        return False
    over: asyncio.Future[None] = loop.create_future()

    def end(_: object = None) -> None:
        if not over.done():
            over.set_result(None)

    timer = loop.call_at(until, end)
    work.add_done_callback(end)
    try:
        await over
    finally:
        timer.cancel()
        work.remove_done_callback(end)
    return work.done()


def _ephemeral(view: View, locale: Locale) -> Body:
    """Visible to the reader alone; `response_type` is named although Slack would assume it."""
    return {"response_type": "ephemeral"} | message_body(view, locale)
