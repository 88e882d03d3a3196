"""What somebody reads who comes from outside names files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(
    r"`((?:bot|adapters|storage|cli|tests|docs|examples|bench)/[\w./-]*|(?:htg|settings|setup)\.py|pyproject\.toml|\.ci/run)`"
)
PAGES = ("README.md", "CONTRIBUTING.md", "docs/hosting.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_is_there(page: str) -> None:
    named = NAMED.findall((ROOT / page).read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text("utf-8"))
    assert [path for path in links if not ((ROOT / page).parent / path).exists()] == []


def test_the_public_workflow_runs_what_ci_runs() -> None:
    assert "- run: .ci/run\n" in (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
