"""Which tests run a line, measured once: a mutant is tried by these alone."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import re
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import coverage
import pytest
from coverage.numbits import numbits_to_nums

from tests.mutation.changes import Mutant, files

HOME = Path(__file__).parents[2]
MEASURED = ("bot", "adapters", "storage", "cli", "htg.py", "settings.py", "tests")
OURS = tuple(name.removesuffix(".py") for name in MEASURED)
KEPT_IN = HOME / "build" / "mutation"
IN_PROCESS = "not (browser or process or server or slow)"
"""The tests of `make check`, and those that speak to a fake of a platform in the same process."""
ARGUMENTS = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", IN_PROCESS)
_STEPS = 3
_AT_IMPORT = 1
_READ_TEXT = {"test_house.py", "test_house_shape.py", "test_house_words.py", "test_named_files.py"}
"""Tests that read the source as text, which a mutant does not change; and our own."""


class Recorder:
    """A plugin of pytest: says to coverage.py which test is run, and how much of the processor each takes."""

    def __init__(self, measuring: coverage.Coverage) -> None:
        self._measuring = measuring
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._measuring.switch_context(item.nodeid)
        began = time.process_time()  # what a busy machine does besides is not counted
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.process_time() - began
            self._measuring.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)


def measure() -> None:
    """Runs every fast test once, in this process, which is of no other use afterwards."""
    KEPT_IN.mkdir(parents=True, exist_ok=True)
    (KEPT_IN / "tests.json").unlink(missing_ok=True)
    data = KEPT_IN / "coverage"
    data.unlink(missing_ok=True)
    measuring = coverage.Coverage(
        data_file=str(data), source=[str(HOME)], include=None, omit=["*/build/*", "*/.venv/*"], config_file=False
    )
    recorder = Recorder(measuring)
    ignored = [f"--ignore=tests/{name}" for name in sorted(_READ_TEXT)]
    measuring.start()
    try:
        pytest.main([*ARGUMENTS, *ignored, "--ignore=tests/mutation", "tests"], plugins=[recorder])
    finally:
        measuring.stop()
        measuring.save()
    libraries = sorted(name for name in sys.modules if name.partition(".")[0] not in OURS and not name.startswith("_"))
    kept = {
        "state": state(),
        "seconds": {test: took for test, took in recorder.seconds.items() if test not in recorder.failed},
        "failed": sorted(recorder.failed),
        "libraries": libraries,
    }
    (KEPT_IN / "tests.json").write_text(json.dumps(kept), "utf-8")


def state() -> str:
    """Stands for the text of every file that is measured."""
    digest = hashlib.sha256()
    for file in _all_files():
        digest.update(file.encode())
        digest.update((HOME / file).read_bytes())
    return digest.hexdigest()


class Reach:
    """What was measured."""

    def __init__(self) -> None:
        kept: dict[str, Any] = json.loads((KEPT_IN / "tests.json").read_text("utf-8"))
        self.state: str = kept["state"]
        self.seconds: dict[str, float] = kept["seconds"]
        self.failed: list[str] = kept["failed"]
        self.libraries: list[str] = kept["libraries"]
        with contextlib.closing(sqlite3.connect(KEPT_IN / "coverage")) as database:
            known = dict(database.execute("SELECT context, id FROM context"))
            self._tests = ["", *(test for test in known if test)]
            number = {known[test]: place for place, test in enumerate(self._tests) if test in known}
            self._rows: dict[str, list[tuple[int, bytes]]] = {}
            for path, context, numbits in database.execute(
                "SELECT path, context_id, numbits FROM line_bits JOIN file ON file.id = file_id"
            ):
                file = Path(path).relative_to(HOME).as_posix()
                self._rows.setdefault(file, []).append((number[context], numbits))

    def tests(self, mutant: Mutant) -> list[str]:
        """Those that run the changed lines, or what is made by them at import: the likeliest and fastest first."""
        source = _source(mutant.file)
        found = self._running(mutant.file, source.statement_around(mutant.line, mutant.end_line))
        is_built_once = found == _AT_IMPORT  # such as an SQL statement that a function makes
        if found & _AT_IMPORT and not mutant.names:  # the samples of all views are made at import
            found |= self._of_files(source for source in _all_files() if "tests.samples" in _source(source).text)
        if mutant.names or is_built_once or source.is_remembered(mutant.line):
            found |= self._using(mutant.file, mutant.inside)
        if mutant.names:  # of a decorator, or a default value: whatever runs the function, or asks what was declared
            found |= self._running(mutant.file, source.body_at(mutant.line))
            for word in source.declared_at(mutant.line):
                found |= self._with(rf"\.{word}\b", _all_files())[0]
        known = [test for number, test in enumerate(self._tests) if found >> number & 1 and test in self.seconds]
        words = {word.lower() for word in re.split(r"[._/]", mutant.inside) if len(word) > 3}
        return self._likeliest_first(known, near=f"tests/{mutant.file.rpartition('/')[0]}/", words=words)

    def is_of_a_call(self, mutant: Mutant) -> bool:
        """Whether what it changes is run only when tests call it, and not remembered from an import or another test."""
        source = _source(mutant.file)
        running = self._running(mutant.file, source.statement_around(mutant.line, mutant.end_line))
        return not (mutant.names or running & _AT_IMPORT or source.is_remembered(mutant.line))

    def _likeliest_first(self, tests: Sequence[str], near: str, words: set[str]) -> list[str]:
        """Those of the same part of the tree or named alike, then one of each file in turn, the fastest first."""
        by_file: dict[str, list[str]] = {}
        for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
            by_file.setdefault(test.partition("::")[0], []).append(test)
        turn = {test: place for of_file in by_file.values() for place, test in enumerate(of_file)}
        far = {test: not (test.startswith(near) or any(word in test.lower() for word in words)) for test in tests}
        return sorted(tests, key=lambda test: (far[test], turn[test], self.seconds[test], test))

    def _using(self, file: str, inside: str) -> int:
        """Those that run a line with this name of this file, and with what is made of it at import."""
        found = 0
        waiting = {(file, inside)}
        for _ in range(_STEPS):
            made: set[tuple[str, str]] = set()
            for defined_in, name in waiting:
                owner, _, member = name.partition(".")
                own = rf"\b{owner}\.{member}\b|\b{owner}\(" if member else rf"\b{owner}\b"
                tests, others = self._with(own, _importing(defined_in, owner))
                found |= tests
                made |= others
            waiting = made - waiting
        return found

    def _with(self, pattern: str, among: Iterable[str]) -> tuple[int, set[tuple[str, str]]]:
        """The tests that run a line like this, and what such lines make at import."""
        found = 0
        made: set[tuple[str, str]] = set()
        for file in among:
            source = _source(file)
            for number in source.lines_with(pattern):
                tests = self._running(file, source.statement_around(number, number))
                if tests & ~_AT_IMPORT == 0:
                    tests |= self._running(file, source.body_at(number))
                    made |= {(file, name) for name in source.made_at(number)}
                found |= tests
        return found, made

    def _of_files(self, among: Iterable[str]) -> int:
        """The tests in these files."""
        wanted = tuple(f"{file}::" for file in among)
        return sum(1 << number for number, test in enumerate(self._tests) if test.startswith(wanted))

    def _running(self, file: str, lines: Iterable[int]) -> int:
        by_line = self._lines(file)
        found = 0
        for line in lines:
            found |= by_line.get(line, 0)
        return found

    @cache  # noqa: B019 - there is one of these, as long as the process lives
    def _lines(self, file: str) -> dict[int, int]:
        """By line of this file the tests that run it, each a bit; the first stands for the import."""
        masks: dict[int, bytearray] = {}
        size = len(self._tests) // 8 + 1
        for test, numbits in self._rows.get(file, ()):
            for line in numbits_to_nums(numbits):
                if line not in masks:
                    masks[line] = bytearray(size)
                masks[line][test >> 3] |= 1 << (test & 7)
        return {line: int.from_bytes(mask, "little") for line, mask in masks.items()}


class _Source:
    def __init__(self, file: str) -> None:
        self.text = (HOME / file).read_text("utf-8")
        self.lines = self.text.splitlines()

    @cached_property
    def _tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def _statements(self) -> list[tuple[int, int, frozenset[str]]]:
        """First and last line of each statement (its head alone, if it has a body), and what it makes at import."""
        return list(_statements(self._tree, in_function=False))

    @cached_property
    def _around(self) -> dict[int, tuple[int, int]]:
        """By line, where the smallest statement around it begins and ends."""
        return {line: (start, end) for start, end, _ in self._largest_first for line in range(start, end + 1)}

    @cached_property
    def _made(self) -> dict[int, frozenset[str]]:
        return {line: names for start, end, names in self._largest_first for line in range(start, end + 1)}

    @cached_property
    def _largest_first(self) -> list[tuple[int, int, frozenset[str]]]:
        return sorted(self._statements, key=lambda each: each[0] - each[1])

    def statement_around(self, first: int, last: int) -> range:
        """The lines of the smallest statement that holds these."""
        start, end = self._around.get(first, (first, last))
        return range(min(start, first), max(end, last) + 1)

    def lines_with(self, pattern: str) -> list[int]:
        if not re.search(pattern, self.text):
            return []
        return [number for number, line in enumerate(self.lines, 1) if re.search(pattern, line)]

    def is_remembered(self, line: int) -> bool:
        """Whether the function around this line is run once, and its result kept for others."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
                return any("cache" in ast.unparse(decorator) for decorator in node.decorator_list)
        return False

    def declared_at(self, line: int) -> set[str]:
        """The names of what is declared by a decorator at this line: `position=2`."""
        return {
            keyword.arg
            for node in ast.walk(self._tree)
            if isinstance(node, ast.FunctionDef)
            for decorator in node.decorator_list
            if isinstance(decorator, ast.Call) and decorator.lineno <= line <= (decorator.end_lineno or 0)
            for keyword in decorator.keywords
            if keyword.arg is not None
        }

    def body_at(self, line: int) -> range:
        """The lines of the function whose head is at this line."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                if first <= line < node.body[0].lineno:
                    return range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
        return range(0)

    def made_at(self, line: int) -> set[str]:
        """The names that the statement at this line makes at import."""
        return set(self._made.get(line, ()))


def _statements(tree: ast.AST, *, in_function: bool) -> Iterator[tuple[int, int, frozenset[str]]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt):
            names: Iterable[str] = ()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names = () if in_function else (node.name,)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and not in_function:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if isinstance(body, list) and body else node.end_lineno or node.lineno
            start = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
            yield start, max(end, node.lineno), frozenset(names)
        inside = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _statements(node, in_function=inside)


@cache
def _source(file: str) -> _Source:
    return _Source(file)


def _importing(file: str, name: str) -> list[str]:
    """The files that can use this name of this file, which itself is one: as `module.name`, or imported."""
    module = file.removesuffix(".py").rpartition("/")[2]
    use = re.compile(rf"\b{module}\.{name}\b|^from [\w.]*\b{module} import (?:\([^)]*)?.*\b{name}\b", re.MULTILINE)
    return [other for other in _all_files() if other == file or use.search(_source(other).text)]


@cache
def _all_files() -> tuple[str, ...]:
    return tuple(file for file in files(HOME, MEASURED) if not file.startswith("tests/mutation/"))
