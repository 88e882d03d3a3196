"""What facilitators read while a platform holds back the bot's messages."""

from __future__ import annotations

from collections.abc import Sequence

from bot.asks import Call
from bot.views import Button, Buttons, Paragraph, Span, View
from bot.words.channels import PLATFORM_NAMES
from bot.words.reader import Reader, line


def sender_restricted(to: Reader, platforms: Sequence[str]) -> View:
    """Told elsewhere, as soon as it is noticed."""
    return View(
        (
            Paragraph(held_back(to, platforms)),
            Paragraph(
                line(
                    to.say(
                        "Nobody is to blame for it, and nobody is marked as unreached. Where a gathering was announced,"
                        " a reminder goes to the channel instead. I keep trying carefully, and go on by myself once it"
                        " is over."
                    )
                )
            ),
            Buttons((Button(to.say("Upcoming gatherings"), Call("list")),)),
        )
    )


def held_back(to: Reader, platforms: Sequence[str]) -> tuple[Span, ...]:
    """The same in one sentence, for the doors and the roster."""
    sentence = to.say("{platform} holds back my direct messages at the moment; reminders wait.")
    return line(sentence, platform=", ".join(PLATFORM_NAMES.get(each, each) for each in dict.fromkeys(platforms)))
