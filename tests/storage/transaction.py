"""A test of what one transaction stores and reads, written as such a transaction is."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

from storage.engine.open import OpenStorage


def in_transaction(test: Callable[..., None]) -> Callable[..., Coroutine[Any, Any, None]]:
    """Decorates a test whose first argument is the UnitOfWork of a transaction in `storage`."""

    @functools.wraps(test)
    async def run(storage: OpenStorage, **fixtures: Any) -> None:
        await storage.run(lambda uow: test(uow, **fixtures))

    signature = inspect.signature(test)
    uow, *others = signature.parameters.values()
    run.__signature__ = signature.replace(parameters=[uow.replace(name="storage"), *others])  # type: ignore[attr-defined]
    return run
