"""Whatever of a link opens the room is found, also of a room that is not Zoom's."""

from __future__ import annotations

import pytest

from bot.redaction.detect import gives_away
from bot.secrets import ZoomLink

CIRCLE = ZoomLink("https://meet.example.org/ourcircle")


@pytest.mark.parametrize("name", ["pwd", "passcode", "password", "tk", "pin", "code", "token", "mpwd", "PWD"])
def test_a_passcode_in_the_address_is_one(name: str) -> None:
    assert gives_away("Say qz98hunter at the door", ZoomLink(f"https://meet.example.org/abc?{name}=qz98hunter"))
    assert gives_away("Say qz98hunter at the door", ZoomLink(f"https://meet.example.org/abc#{name}=qz98hunter"))


def test_another_parameter_is_none() -> None:
    assert not gives_away("We sit and listen", ZoomLink("https://meet.example.org/abc?topic=listen"))


@pytest.mark.parametrize(
    "written",
    [
        "https://meet.example.org/ourcircle",
        "meet.example.org/ourcircle/",
        "meet . example . org / ourcircle",
        "meet[.]example[.]org/ourcircle",
        "meet(dot)example(dot)org/ourcircle",
        "meet,example,org/ourcircle",
        "meet dot example dot org slash ourcircle",
        "m-e-e-t.example.org/our-circle",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__meet.example.org_ourcircle&d=DwMF",
        "https://urldefense.com/v3/__https:**Ameet.example.org*ourcircle__;Ly8v!!abc!x$",
    ],
)
def test_an_address_without_a_number_is_found_however_it_is_written(written: str) -> None:
    assert gives_away(f"Come tonight: {written}", CIRCLE)


@pytest.mark.parametrize("written", ["meet.example.org/ourcircles", "example.org/ourcircle", "our circle meets"])
def test_what_is_another_address_is_not(written: str) -> None:
    assert not gives_away(f"Come tonight: {written}", CIRCLE)
