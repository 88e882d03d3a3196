"""The mutants of which tests/mutation/survivors.md says why no behaviour differs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

PAGE = Path(__file__).with_name("survivors.md")
_ROW = re.compile(r"^\| `([^`]+)` \| `([^`]*)` \| `(.+?)` → `(.+?)` \| (.+) \|$", re.MULTILINE)


@cache
def explanations() -> dict[tuple[str, str, str, str], str]:
    """By file, where in it, and the text before and after: why it makes no difference."""
    text = PAGE.read_text("utf-8")
    return {
        (row[1], row[2], row[3].replace("\\|", "|"), row[4].replace("\\|", "|")): row[5] for row in _ROW.finditer(text)
    }
