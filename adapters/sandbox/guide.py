"""A guided evening: what to press, as whom, to see a gathering from the registration to the counts."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.sandbox.chat import ADA, BO, FRANCES, GATHERINGS, NOOR
from bot.addresses import Address
from bot.members.model import Person


@dataclass(frozen=True, slots=True)
class GuideStep:
    """`who` does it in `place`; `done`: what has happened then."""

    who: Person
    place: Address
    act: str
    done: str
    also: tuple[Person, ...] = ()
    """Who does the same."""


STEPS = (
    GuideStep(
        ADA,
        GATHERINGS,
        "Press Register under Grief and Gratitude. Do the same as Bo and as Noor.",
        "Only the one who pressed sees the answer. Registering holds no place.",
        also=(BO, NOOR),
    ),
    GuideStep(
        ADA,
        GATHERINGS,
        "Open Events, then Grief and Gratitude, and register by e-mail as somebody else. Then open The mailbox.",
        "The letter’s button leads to a page with a button, and that one registers. Scanners only open links.",
    ),
    GuideStep(
        FRANCES,
        FRANCES.address,
        "Move the clock: To the doors.",
        "Half an hour before, Frances was told how many come. At the doors, 88 guests have come in by themselves.",
    ),
    GuideStep(
        ADA,
        ADA.address,
        "Type /htg join grief, press Enter on Zoom, and Log in. Do the same as Bo.",
        "They took the last two places, and wait for the host. They can also open the door with My private link.",
        also=(BO,),
    ),
    GuideStep(
        NOOR,
        NOOR.address,
        "Type /htg join grief, and press Wait for a place.",
        "The house is full, and she is the first who waits.",
    ),
    GuideStep(
        FRANCES,
        FRANCES.address,
        "Move the clock by 10 minutes. Then press Start the meeting, twice, and once more on the page that opens.",
        "Nobody had begun, so she was called. Her link makes her the host, and takes none of the places.",
    ),
    GuideStep(
        FRANCES,
        FRANCES.address,
        "Type /htg-host doors grief, and move the clock by 10 minutes.",
        "Three guests took a place and did not log in. After three minutes a place goes to whoever waits.",
    ),
    GuideStep(
        NOOR,
        NOOR.address,
        "Press Join, Enter on Zoom, and Log in.",
        "The place is hers. Never more than 90 of those who took a place are in the room.",
    ),
    GuideStep(
        FRANCES,
        FRANCES.address,
        "On the page of the meeting, press Record it.",
        "She is told at once, since everybody was promised that nothing is recorded.",
    ),
    GuideStep(
        FRANCES,
        FRANCES.address,
        "Press End it for everyone, and move the clock by an hour, twice.",
        "She reads the counts of the evening, and whoever came is thanked.",
    ),
)
