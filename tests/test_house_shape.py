"""How the product may be cut: who knows which part of a feature, how a match ends, how long a file may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.each import each
from tests.test_house import HOME, SOURCES, imported, nodes

LONGEST_FILE = 350
TABLES = {"storage/schema.py"}
"""Files that are one table each: they grow with what they list, not with what they do."""
FEATURES = {path.parent.name for path in (HOME / "bot").glob("*/__init__.py")}
PARTS = {(feature, path.stem) for feature in FEATURES for path in (HOME / "bot" / feature).glob("*.py")}
KNOWN_TO_THE_FRAME = {"model", "ports"}
"""Types alone: of what a feature does, the frame knows nothing."""
PRIVATE = {"commands", "repository"}
"""Parts of a feature that no other feature imports."""
GATHERS_REPOSITORIES = "bot/unit_of_work.py"


def parts_imported(source: str) -> set[tuple[str, str]]:
    """Of the core's features, the files that a source imports: (`admission`, `model`)."""
    modules = (name.split(".") for name in imported(source))
    return {(module[1], module[2]) for module in modules if module[0] == "bot" and len(module) > 2} & PARTS


@each("file", {name: name for name in SOURCES if Path(name).parent == Path("bot")})
def test_the_frame_knows_the_types_of_a_feature_alone(file: str) -> None:
    known = KNOWN_TO_THE_FRAME | ({"repository"} if file == GATHERS_REPOSITORIES else set())
    assert {part for part in parts_imported(SOURCES[file]) if part[1] not in known} == set()


@each("source", SOURCES)
def test_nobody_imports_a_command(source: str) -> None:
    """The catalogue finds them by their place; what two features need stands in a file of its own."""
    assert {part for part in parts_imported(source) if part[1] == "commands"} == set()


@each("feature", {feature: feature for feature in FEATURES})
def test_a_feature_keeps_its_commands_and_repository_to_itself(feature: str) -> None:
    for file in (name for name in SOURCES if Path(name).parent == Path("bot", feature)):
        others = {part for part in parts_imported(SOURCES[file]) if part[0] != feature}
        assert {part for part in others if part[1] in PRIVATE} == set(), file


@each("source", {name: source for name, source in SOURCES.items() if name.endswith("/model.py")})
def test_a_model_knows_models_alone(source: str) -> None:
    """Its rules are pure: what they need is given to them."""
    assert {part for part in parts_imported(source) if part[1] not in KNOWN_TO_THE_FRAME} == set()
    assert imported(source) & {"bot.context", "bot.unit_of_work", "bot.dispatcher", "bot.catalogue"} == set()


# ---- closed unions


@cache
def closed_types() -> set[str]:
    """The classes of the product, but for its exceptions: of those there are always others."""
    classes = {
        node.name: {ast.unparse(base) for base in node.bases}
        for source in SOURCES.values()
        for node in nodes(source)
        if isinstance(node, ast.ClassDef)
    }
    return {name for name in classes if not _is_exception(name, classes)}


def _is_exception(name: str, classes: dict[str, set[str]]) -> bool:
    if name not in classes:
        return name.endswith(("Exception", "Error"))
    return any(_is_exception(base, classes) for base in classes[name])


def open_matches(source: str, closed: set[str]) -> Iterator[int]:
    """Lines of each `match` over types of ours whose last case is not `assert_never`."""
    for node in nodes(source):
        if isinstance(node, ast.Match) and set(_types_named(node)) & closed:
            last = node.cases[-1]
            never = any(isinstance(name, ast.Name) and name.id == "assert_never" for name in ast.walk(last))
            if not never or not _takes_everything(last):
                yield node.lineno


def _types_named(node: ast.Match) -> Iterator[str]:
    """`Text` of the pattern `Text(text)`, `Doors` of `Doors.OPEN`."""
    for case in node.cases:
        for pattern in ast.walk(case.pattern):
            if isinstance(pattern, ast.MatchClass):
                yield ast.unparse(pattern.cls).rpartition(".")[2]
            elif isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Attribute):
                yield ast.unparse(pattern.value.value).rpartition(".")[2]


def _takes_everything(case: ast.match_case) -> bool:
    """`case _`, `case other` or `case _ as other`."""
    pattern = case.pattern
    while isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        pattern = pattern.pattern
    return isinstance(pattern, ast.MatchAs) and case.guard is None


@each("source", SOURCES)
def test_a_match_over_a_closed_union_ends_in_assert_never(source: str) -> None:
    """A new member of the union is then found by the type checker in every place that must learn it."""
    assert list(open_matches(source, closed_types())) == []


# ---- files


def test_no_file_is_longer_than_it_can_be_read_at_once() -> None:
    lines = {name: len(source.splitlines()) for name, source in SOURCES.items()}
    long = {name for name, count in lines.items() if count > LONGEST_FILE}
    assert long - TABLES == set()


@each("source", {name: source for name, source in SOURCES.items() if Path(name).name == "__init__.py"})
def test_a_package_says_what_it_is_and_holds_nothing(source: str) -> None:
    """A name is imported from the file that defines it."""
    tree = ast.parse(source)
    assert [ast.unparse(node) for node in tree.body[1 if ast.get_docstring(tree) else 0 :]] == []


def test_these_checks_can_fail() -> None:
    assert parts_imported("from bot.admission import model, texts\nfrom bot.i18n import line") == {
        ("admission", "model"),
        ("admission", "texts"),
    }
    assert parts_imported("import bot.members.commands") == {("members", "commands")}
    closed = closed_types()
    assert {"Doors", "Text"} <= closed
    assert not {"Refusal", "SecretUnreadable", "SlackRedirected"} & closed
    ends_open = "match x:\n    case Text(t):\n        pass\n    case _:\n        pass\n"
    assert list(open_matches(ends_open, closed)) == [1]
    assert list(open_matches(ends_open.replace("Text(t)", "str()"), closed)) == []
    assert list(open_matches(ends_open.replace("    pass\n    case _", "    pass\n    case other"), closed)) == [1]
    ends_closed = (
        "match x:\n    case views.Text():\n        pass\n    case Doors.OPEN:\n        pass\n    case never:\n"
    )
    assert list(open_matches(f"{ends_closed}        assert_never(never)\n", closed)) == []
    assert list(open_matches(f"{ends_closed}        pass\n", closed)) == [1]
