"""The pages to which the stand-in's links lead: a registrant's way into the room, and the host's.

A page is looked at without consequence; what is done is a POST. Others who are in the room are counted here, since
Zoom shows its participants; the bot counts nobody aloud.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from aiohttp import web

from adapters.html.templates import environment
from adapters.sandbox.zoom_rooms import Attendee, StandInMeeting, StandInZoom, Whereabouts

PREFIX = "/zoom/"
ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "join": "Log in",
        "leave": "Leave the room",
        "start": "Start the meeting",
        "record": "Record it (nobody should)",
        "end": "End it for everyone",
    }
)
"""What the buttons of these pages do."""
_FORM_HEADERS = {"Referrer-Policy": "same-origin"}
"""Without a referrer a browser does not say from which page a form was sent, and the sandbox would refuse it."""
_templates = environment("adapters.sandbox")


class ZoomPages:
    """`after`: brings the bot up to date with what was done here."""

    def __init__(self, zoom: StandInZoom, after: Callable[[], Awaitable[None]]) -> None:
        self._zoom, self._after = zoom, after

    def table(self) -> list[web.RouteDef]:
        kinds: Mapping[str, Callable[[web.Request], Awaitable[web.Response]]] = {
            "w": self._registrant,
            "s": self._host,
            "j": self._common,
        }
        return [
            route(f"{PREFIX}{kind}/{{number}}", handler)
            for kind, handler in kinds.items()
            for route in (web.get, web.post)
        ]

    async def _registrant(self, request: web.Request) -> web.Response:
        meeting = self._zoom.meeting(request.match_info["number"])
        attendee = self._zoom.attendee(meeting, request.query.get("tk", "")) if meeting is not None else None
        if meeting is None or attendee is None:
            return _page(
                "This link is not valid any more", ["Zoom does not let it in. Ask the bot for the way in again."]
            )
        if request.method == "POST":
            acts = {"join": self._zoom.join, "leave": self._zoom.leave}
            if (act := acts.get(await _action(request))) is not None:
                await act(meeting, attendee)
                await self._after()
            raise web.HTTPSeeOther(request.path_qs)
        return _page(meeting.topic, _said(meeting, attendee), _offered(meeting, attendee), follows=True)

    async def _host(self, request: web.Request) -> web.Response:
        meeting = self._zoom.meeting(request.match_info["number"])
        if meeting is None or not self._zoom.may_start(meeting, request.query.get("zak", "")):
            return _page(
                "This start link is not valid any more", ["It works for two hours. The bot gives a fresh one."]
            )
        if request.method == "POST":
            acts = {"start": self._zoom.start, "record": self._zoom.record, "end": self._zoom.end}
            if (act := acts.get(await _action(request))) is not None:
                await act(meeting)
                await self._after()
            raise web.HTTPSeeOther(request.path_qs)
        actions = ("end",) if meeting.recorded else ("record", "end")
        said = ["You are the host.", _room(meeting)]
        if meeting.recorded:
            said.append("It is being recorded.")
        return _page(meeting.topic, said, actions if meeting.started else ("start",), follows=True)

    async def _common(self, request: web.Request) -> web.Response:
        """A link that was pasted, or the common one: whoever has it comes in, and nobody hears of it."""
        if request.method == "POST":
            raise web.HTTPMethodNotAllowed("POST", ["GET"])
        said = ["Zoom would open here.", "This link is the same for everybody, so the bot does not hear who logs in."]
        return _page("In the room", said)


def _said(meeting: StandInMeeting, attendee: Attendee) -> list[str]:
    if meeting.ended:
        return ["This meeting has ended."]
    if attendee.whereabouts is Whereabouts.INSIDE:
        return ["You are in the room.", _room(meeting)]
    if attendee.whereabouts is Whereabouts.WAITING:
        return ["Please wait: the host has not started this meeting yet.", "This page lets you in by itself."]
    return [f"You log in as {attendee.name}.", "The host is here." if meeting.started else "The host is not here yet."]


def _offered(meeting: StandInMeeting, attendee: Attendee) -> tuple[str, ...]:
    if meeting.ended:
        return ()
    return ("join",) if attendee.whereabouts is Whereabouts.OUTSIDE else ("leave",)


def _room(meeting: StandInMeeting) -> str:
    if not meeting.started:
        return f"It has not been started. {len(meeting.waiting)} are waiting for it."
    return f"{len(meeting.inside)} are in the room with the host."


async def _action(request: web.Request) -> str:
    written = (await request.post()).get("action", "")
    return written if isinstance(written, str) else ""


def _page(title: str, said: list[str], actions: tuple[str, ...] = (), *, follows: bool = False) -> web.Response:
    """`follows`: it looks again by itself every few seconds."""
    buttons = [(action, ACTIONS[action]) for action in actions]
    html = _templates.get_template("zoom.html").render(title=title, said=said, buttons=buttons, follows=follows)
    return web.Response(text=html, content_type="text/html", headers=_FORM_HEADERS)
