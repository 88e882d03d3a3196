"""What is stored is shown on both databases."""

from __future__ import annotations

import pytest

from tests.databases import KINDS


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind
