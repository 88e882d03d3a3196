"""Compiles a file of the product with changes that stand in memory alone, wherever it is imported from now on."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from tests.simulation.planted.bug import Bug, Change

HOME = Path(__file__).resolve().parents[3]
PRODUCT = ("bot", "storage", "adapters", "cli", "htg", "settings")


def changed(text: str, changes: Sequence[Change]) -> str:
    """Raises ValueError where an old text does not occur exactly once."""
    for change in changes:
        if text.count(change.old) != 1:
            raise ValueError(f"{change.file} holds this {text.count(change.old)} times: {change.old}")
        text = text.replace(change.old, change.new)
    return text


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, changes: Sequence[Change]) -> None:
        super().__init__(name, path)
        self._changes = changes

    def get_code(self, fullname: str) -> CodeType:
        text = changed(Path(self.path).read_text("utf-8"), self._changes)
        return compile(text, self.path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        file = f"{fullname.replace('.', '/')}.py"
        changes = [change for change in self._changes if change.file == file]
        if not changes:
            return None
        return importlib.util.spec_from_loader(fullname, _Loader(fullname, str(HOME / file), changes))


def plant(bug: Bug) -> None:
    """In a process of its own: what was imported of the product, and of its tests, is imported anew."""
    for name in [each for each in sys.modules if each.partition(".")[0] in (*PRODUCT, "tests")]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(bug.changes))
