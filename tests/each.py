"""One test of many samples: far quicker than a test for each, and it too names every sample that fails."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pytest

SHOWN = 3
"""How many failures are shown whole: a fault of a renderer may be in all of a thousand samples."""


def each(argument: str, samples: Mapping[str, object]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorates a test, which is called with each sample, by its name, as this argument; and fails after the last."""
    assert samples, f"no {argument} to test"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def of_each(*args: Any, **fixtures: Any) -> None:
            failures: dict[str, BaseException] = {}
            for name, sample in samples.items():
                try:
                    test(*args, **fixtures, **{argument: sample})
                except (Exception, pytest.fail.Exception) as failure:  # noqa: BLE001 - raised again below
                    failure.add_note(f"with {argument} {name}")
                    failures[name] = failure
            if failures:
                message = f"{len(failures)} of {len(samples)} fail: {', '.join(failures)}"
                raise BaseExceptionGroup(message, list(failures.values())[:SHOWN])

        signature = inspect.signature(test)
        fixtures = [given for name, given in signature.parameters.items() if name != argument]
        of_each.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return of_each

    return decorate
