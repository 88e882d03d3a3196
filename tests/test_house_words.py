"""One name for one thing; each is explained in docs/architecture.md, or is a term of the field that is listed there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from tests.test_house import HOME, SOURCES, named, nodes

PAGE = HOME / "docs/architecture.md"
NAME = re.compile(r"`([A-Z]\w+)`")


def classes() -> Iterator[tuple[str, str]]:
    """Every class of the product, with its file; the private ones, too."""
    for file, source in SOURCES.items():
        for node in nodes(source):
            if isinstance(node, ast.ClassDef):
                yield node.name, file


def section(page: str, heading: str) -> str:
    """What stands under `## heading`, up to the next of its rank."""
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def glossary(page: str) -> list[str]:
    """The names in the first column of the tables."""
    rows = (line.split("|")[1] for line in section(page, "Glossary").splitlines() if line.startswith("| `"))
    return [name for cell in rows for name in NAME.findall(cell)]


def field_terms(page: str) -> list[str]:
    return NAME.findall(section(page, "Terms of the field"))


def test_no_two_classes_have_one_name() -> None:
    places: dict[str, list[str]] = {}
    for name, file in classes():
        places.setdefault(name, []).append(file)
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_every_public_class_is_in_the_glossary_or_a_term_of_the_field() -> None:
    page = PAGE.read_text("utf-8")
    known = {*glossary(page), *field_terms(page)}
    missing = sorted((file, name) for name, file in classes() if not name.startswith("_") and name not in known)
    assert missing == [], f"add these to {named(PAGE)}: a word of the domain to the glossary, others to the terms"


def test_every_entry_is_a_class() -> None:
    page = PAGE.read_text("utf-8")
    entries = {*glossary(page), *field_terms(page)}
    assert sorted(entries - {name for name, _ in classes()}) == [], f"take these out of {named(PAGE)}"


def test_no_entry_stands_twice() -> None:
    page = PAGE.read_text("utf-8")
    entries = Counter([*glossary(page), *field_terms(page)])
    assert sorted(name for name, count in entries.items() if count > 1) == []


def test_these_checks_can_fail() -> None:
    rows = "| word | means |\n| --- | --- |\n| `Call`, `Form` | a `View` |\n"
    page = f"# P\n\n## Glossary\n\n{rows}\n## Terms of the field\n\n`Text`,\n`Lease`\n\n## More\n\n`Not`\n"
    assert glossary(page) == ["Call", "Form"]
    assert field_terms(page) == ["Text", "Lease"]
    assert len(list(classes())) > 300
