"""A process that has imported the product and all tests, and tries mutants of function bodies in forks of itself.

There a function gets the changed code, and nothing is imported anew. A change of what is run at import survives here;
then `tests/mutation/trial.py` imports the changed file.
"""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Sequence
from multiprocessing.connection import Connection
from types import CodeType, FunctionType

import pytest

from tests.mutation import trial
from tests.mutation.changes import Mutant, mutated
from tests.mutation.reach import ARGUMENTS, HOME

_Key = tuple[str, int, str]
"""Of a function: its file, first line and qualified name, which no change moves."""


class Prepared:
    def __init__(self) -> None:
        self._line, theirs = trial.FORK.Pipe()
        self._process = trial.FORK.Process(target=_serve, args=(theirs,))
        self._process.start()
        theirs.close()

    def attempt(self, mutant: Mutant | None, tests: Sequence[str], seconds: dict[str, float]) -> trial.Trial:
        self._line.send((mutant, list(tests), {test: seconds[test] for test in tests}))
        done: trial.Trial = self._line.recv()
        return done

    def close(self) -> None:
        self._line.close()
        self._process.join()


def _serve(line: Connection) -> None:
    trial.become_quiet()
    trial.forget_ours()
    pytest.main([*ARGUMENTS, *trial.WARNED, "--collect-only", "tests"])
    functions = _functions()
    gc.collect()
    gc.freeze()
    with contextlib.suppress(EOFError):
        while True:
            mutant, tests, seconds = line.recv()
            line.send(trial.attempt(mutant, tests, seconds, lambda mutant: _patch(mutant, functions)))
    os._exit(0)


def _functions() -> dict[_Key, list[FunctionType]]:
    found: dict[_Key, list[FunctionType]] = {}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and not each.__code__.co_filename.startswith("<"):
            found.setdefault(_key(each.__code__), []).append(each)
    return found


def _key(code: CodeType) -> _Key:
    return code.co_filename, code.co_firstlineno, code.co_qualname


def _patch(mutant: Mutant, functions: dict[_Key, list[FunctionType]]) -> None:
    path = HOME / mutant.file
    whole = compile(mutated(path.read_text("utf-8"), mutant.number), str(path), "exec", dont_inherit=True)
    waiting = [whole]
    while waiting:
        code = waiting.pop()
        for function in functions.get(_key(code), ()):
            if function.__code__ != code:
                function.__code__ = code
        waiting += [each for each in code.co_consts if isinstance(each, CodeType)]
