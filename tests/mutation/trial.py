"""Tries one mutant: in a forked process, which imports the changed file in place of the one on the disk."""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.machinery import ModuleSpec, SourceFileLoader
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType

import pytest

from tests.mutation.changes import Mutant, mutated
from tests.mutation.reach import ARGUMENTS, HOME, OURS

FIRST = 8
"""Tests that are tried before all others are imported."""
_GIVEN = 60.0
"""Seconds for a trial besides what its tests take by themselves."""
_SLOWNESS = 12
"""How much longer than when they were measured tests may take."""
WARNED = ("-W", "ignore::pytest.PytestAssertRewriteWarning", "-o", "timeout=60", "--tb=no", "-x")
FORK = multiprocessing.get_context("fork")


class Verdict(StrEnum):
    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Trial:
    verdict: Verdict
    by: str = ""
    """The first test that failed."""
    tests: int = 0


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code


class _Finder:
    """Finds one module, changed."""

    def __init__(self, name: str, path: Path, number: int) -> None:
        self._name, self._path = name, path
        self._code = compile(mutated(path.read_text("utf-8"), number), str(path), "exec", dont_inherit=True)

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        if name != self._name:
            return None
        loader = _Loader(name, str(self._path), self._code)
        return importlib.util.spec_from_file_location(name, self._path, loader=loader)


class _Chosen:
    """A plugin of pytest: runs these tests, in this order, and says which fails first."""

    def __init__(self, tests: Sequence[str], result: Connection) -> None:
        self._rank = {test: number for number, test in enumerate(tests)}
        self._result = result
        self._is_told = False

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._rank), key=lambda item: self._rank[item.nodeid]
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._tell(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._tell(report)

    def _tell(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed and not self._is_told:
            self._is_told = True
            self._result.send(report.nodeid or "import")


def preload(libraries: Iterable[str]) -> None:
    """Imports what every trial needs and no mutant changes, so that a fork has it already."""
    with warnings.catch_warnings(), Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        warnings.simplefilter("ignore")
        for name in libraries:
            if not name.startswith(("_pytest", "pytest_", "xdist", "hypothesis", "_hypothesis")):
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
    gc.collect()
    gc.freeze()


def attempt(
    mutant: Mutant | None,
    tests: Sequence[str],
    seconds: dict[str, float],
    prepare: Callable[[Mutant], None] | None = None,
) -> Trial:
    """Runs these tests until one fails; without a mutant, all as it is.

    `prepare` changes what is imported already; without it, all is imported anew.
    """
    for part in (tests[:FIRST], tests[FIRST:]):
        if part:
            limit = _GIVEN + _SLOWNESS * sum(seconds[test] for test in part)
            verdict, by = _run(mutant, part, limit, prepare or _import_anew)
            if verdict is not Verdict.SURVIVED:
                return Trial(verdict, by, len(tests))
    return Trial(Verdict.SURVIVED, "", len(tests))


def _run(
    mutant: Mutant | None, tests: Sequence[str], limit: float, prepare: Callable[[Mutant], None]
) -> tuple[Verdict, str]:
    result, told = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_in_child, args=(mutant, tests, told, prepare))
    process.start()
    told.close()
    process.join(limit)
    if process.is_alive():
        process.kill()
        process.join()
        return Verdict.TIMED_OUT, ""
    by = ""
    with contextlib.suppress(EOFError):
        by = result.recv() if result.poll() else ""
    result.close()
    ran = process.exitcode in {0, int(pytest.ExitCode.NO_TESTS_COLLECTED)}
    return (Verdict.SURVIVED, "") if ran else (Verdict.KILLED, by or f"exit {process.exitcode}")


def _in_child(mutant: Mutant | None, tests: Sequence[str], told: Connection, prepare: Callable[[Mutant], None]) -> None:
    become_quiet()
    if prepare is _import_anew:
        forget_ours()
    if mutant is not None:
        prepare(mutant)
    paths = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    code = pytest.main([*ARGUMENTS, *WARNED, *paths], plugins=[_Chosen(tests, told)])
    told.close()
    os._exit(int(code))


def become_quiet() -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.chdir(HOME)
    sys.dont_write_bytecode = False  # what no mutant changes is compiled once


def forget_ours() -> None:
    """`tests` imports some of the product: all is imported anew."""
    for name in list(sys.modules):
        if name.partition(".")[0] in OURS and not name.startswith("tests.mutation"):
            del sys.modules[name]


def _import_anew(mutant: Mutant) -> None:
    name = mutant.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    sys.meta_path.insert(0, _Finder(name, HOME / mutant.file, mutant.number))
