"""What search engines read in our pages, checked by a compiler against the vocabulary of schema.org.

`schema-dts` has that vocabulary as types, from schema.org's own definition: a property that an Event does not have, a
value that is none of its enumeration, and a type that stands where it cannot, do not compile.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.web import structured
from bot.config import Config
from bot.gatherings.model import Status
from tests.adapters.web.conftest import START
from tests.samples.values import a_gathering

VOCABULARY = Path(__file__).parents[2] / "structured" / "node_modules"
NODE = shutil.which("node")
OPTIONS = ("--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler")
HOUSE = Config(organisation="Healing Together", public_url="https://gatherings.example")
PLANNED = replace(a_gathering(starts_at=START), description="An evening to be heard.")
EVENT: dict[str, Any] = json.loads(structured.event(HOUSE, PLANNED, START))
RECOMMENDED = {"description", "endDate", "eventStatus", "image", "offers", "organizer"}
"""By Google's guide to Event. It also names performers, and when an offer began: there are none."""


def compiled(folder: Path, kind: str, *values: dict[str, Any]) -> str:
    """What the compiler says against these values of one kind."""
    if NODE is None or not VOCABULARY.is_dir():
        pytest.skip("no Node here, or not the vocabulary of schema.org; `make test` brings that")
    lines = [f'import type {{ {kind}, WithContext }} from "schema-dts";']
    lines += [f"export const v{n}: WithContext<{kind}> = {json.dumps(value)};" for n, value in enumerate(values)]
    (folder / "node_modules").symlink_to(VOCABULARY)
    (folder / "said.ts").write_text("\n".join(lines))
    compiler = VOCABULARY / "typescript" / "bin" / "tsc"
    ran = subprocess.run([NODE, compiler, *OPTIONS, "said.ts"], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    return ran.stdout + ran.stderr


@pytest.mark.process
def test_every_state_of_a_gathering_is_an_event(tmp_path: Path) -> None:
    bare = replace(PLANNED, description="", facilitators="", status=Status.CANCELLED)
    hours = (-48, 0, 1, 3)
    events = [json.loads(structured.event(HOUSE, PLANNED, START + timedelta(hours=each))) for each in hours]
    assert compiled(tmp_path, "Event", *events, json.loads(structured.event(HOUSE, bare, START))) == ""


@pytest.mark.process
def test_the_list_is_an_item_list(tmp_path: Path) -> None:
    assert compiled(tmp_path, "ItemList", json.loads(structured.events(HOUSE, [PLANNED, PLANNED], START))) == ""


@pytest.mark.process
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda event: event | {"startsAt": event["startDate"]}, "'\"startsAt\"' does not exist"),
        (lambda event: event | {"eventStatus": "https://schema.org/EventPlanned"}, "EventPlanned"),
        (lambda event: event | {"location": {"@type": "Offer", "price": "0"}}, "is not assignable"),
    ],
)
def test_what_is_no_event_does_not_compile(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], dict[str, Any]], said: str
) -> None:
    assert said in compiled(tmp_path, "Event", spoil(EVENT))


def test_it_has_what_search_engines_ask_for() -> None:
    assert EVENT.keys() >= {"name", "startDate", "location"} | RECOMMENDED
    assert all(EVENT[name] for name in RECOMMENDED)
    assert EVENT["offers"].keys() >= {"availability", "price", "priceCurrency", "url"}
    assert EVENT["organizer"].keys() >= {"name", "url"}
    assert EVENT["location"]["url"].startswith("https://")
    for name in ("startDate", "endDate"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", EVENT[name]), "with its offset"
