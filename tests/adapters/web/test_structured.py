"""What search engines read in our pages, checked by a compiler against the vocabulary of schema.org.

`schema-dts` has that vocabulary as types, from schema.org's own definition: a property that an Event does not have, a
value that is none of its enumeration, and a type that stands where it cannot, do not compile.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
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


def compiled(folder: Path, *values: tuple[str, dict[str, Any]]) -> list[str]:
    """What the compiler says against each of these, as a value of its kind; nothing where it is one."""
    if NODE is None or not VOCABULARY.is_dir():
        pytest.skip("no Node here, or not the vocabulary of schema.org; `make test` brings that")
    lines = [f"export const v{n}: WithContext<{kind}> = {json.dumps(value)};" for n, (kind, value) in enumerate(values)]
    lines.append('import type { Event, ItemList, WithContext } from "schema-dts";')
    (folder / "node_modules").symlink_to(VOCABULARY)
    (folder / "said.ts").write_text("\n".join(lines))
    compiler = VOCABULARY / "typescript" / "bin" / "tsc"
    ran = subprocess.run([NODE, compiler, *OPTIONS, "said.ts"], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    said = re.findall(r"^said\.ts\((\d+),\d+\): (.*(?:\n .*)*)", ran.stdout, re.MULTILINE)
    assert len(said) == ran.stdout.count("error TS"), ran.stdout
    return ["\n".join(error for line, error in said if int(line) == n) for n in range(1, len(values) + 1)]


@pytest.mark.process
def test_every_state_of_a_gathering_is_an_event_and_what_is_none_does_not_compile(tmp_path: Path) -> None:
    bare = replace(PLANNED, description="", facilitators="", status=Status.CANCELLED)
    hours = (-48, 0, 1, 3)
    events = [json.loads(structured.event(HOUSE, PLANNED, START + timedelta(hours=each))) for each in hours]
    spoilt = {
        "'\"startsAt\"' does not exist": EVENT | {"startsAt": EVENT["startDate"]},
        "EventPlanned": EVENT | {"eventStatus": "https://schema.org/EventPlanned"},
        "is not assignable": EVENT | {"location": {"@type": "Offer", "price": "0"}},
    }
    said = compiled(
        tmp_path,
        *(("Event", each) for each in spoilt.values()),
        *(("Event", each) for each in (*events, json.loads(structured.event(HOUSE, bare, START)))),
        ("ItemList", json.loads(structured.events(HOUSE, [PLANNED, PLANNED], START))),
    )
    assert [error in found for error, found in zip(spoilt, said, strict=False)] == [True] * len(spoilt)
    assert said[len(spoilt) :] == [""] * (len(events) + 2)


def test_it_has_what_search_engines_ask_for() -> None:
    assert EVENT.keys() >= {"name", "startDate", "location"} | RECOMMENDED
    assert all(EVENT[name] for name in RECOMMENDED)
    assert EVENT["offers"].keys() >= {"availability", "price", "priceCurrency", "url"}
    assert EVENT["organizer"].keys() >= {"name", "url"}
    assert EVENT["location"]["url"].startswith("https://")
    for name in ("startDate", "endDate"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", EVENT[name]), "with its offset"
