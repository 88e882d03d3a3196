"""What a facilitator reads when the Zoom link was changed while people are in."""

from __future__ import annotations

from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import Button, Buttons, Paragraph, Part, Tone


def came_by_former(locale: Locale, gathering: Gathering) -> tuple[Part, ...]:
    """They may be in another room than those who come now, and nobody but the facilitators can tell them."""
    sentence = locale.plural(
        "{n} person has come in by the former link. Who joins from now on gets the new one, and so does whoever joins"
        " again.",
        "{n} people have come in by the former link. Who joins from now on gets the new one, and so does whoever joins"
        " again.",
        gathering.admitted,
    )
    write = Button(locale.t("Write to them"), Call.of("host-message", gathering=gathering.id), Tone.NEXT)
    return Paragraph(line(sentence)), Buttons((write,))
