"""What somebody reads who comes from outside names files that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.compile(
    r"`((?:bot|adapters|storage|cli|tests|docs|examples|bench)/[\w./-]*|(?:htg|settings|setup)\.py|pyproject\.toml|\.ci/run)`"
)
PAGES = ("README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/hosting.md", "docs/promises.md")
ARCHITECTURE = ROOT / "docs/architecture.md"
PLACED = re.compile(r"`(\w+)`(?: and `(\w+)`)? in\s+`([\w/]+\.py)`")
"""`plan` in `bot/notifications/schedule.py`"""
COPIED = re.compile(r"<!-- source: (\w+) in ([\w/]+\.py) -->\n```python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_is_there(page: str) -> None:
    named = NAMED.findall((ROOT / page).read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text("utf-8"))
    assert [path for path in links if not ((ROOT / page).parent / path).exists()] == []


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/promises.md"])
def test_every_name_is_defined_where_the_page_says(page: str) -> None:
    placed = [
        (name, file) for *names, file in PLACED.findall((ROOT / page).read_text("utf-8")) for name in names if name
    ]
    assert len(placed) > 15
    assert [(name, file) for name, file in placed if name not in _defined(ROOT / file)] == []


def test_the_code_that_the_page_shows_is_the_products() -> None:
    copied = COPIED.findall(ARCHITECTURE.read_text("utf-8"))
    assert len(copied) == 1
    for name, file, shown in copied:
        assert shown == _source(ROOT / file, name), f"put {name} as it is in {file} into docs/architecture.md"


def _defined(file: Path) -> set[str]:
    """Functions, methods, classes and constants of a file."""
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    assigned = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return functions | assigned


def _source(file: Path, name: str) -> str:
    """A function with its decorators."""
    source = file.read_text("utf-8")
    (function,) = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == name)
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    return "".join(source.splitlines(keepends=True)[first - 1 : function.end_lineno])


def test_the_public_workflow_runs_what_ci_runs() -> None:
    assert "- run: .ci/run\n" in (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
