"""A language that nobody speaks, built as ours are not: what a translation to come could break, breaks here first."""

from __future__ import annotations

import gettext
import re

LONG = "long"
"""Its code; it is none of `LANGUAGES`, and so nobody can choose it."""
_MORE = 0.4
"""How much longer than English a translation is allowed for, as a part of it, at the least 2 letters of each text."""
_NAMES = re.compile(r"\{[^{}]*\}")


class LongLanguage(gettext.NullTranslations):
    """Every text is longer, names what it names the other way round, and has another plural for each last digit."""

    def gettext(self, message: str) -> str:
        return _other(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _other(msgid2 if "{n}" not in msgid1 else msgid1) + f" ×{n % 10}"


def _other(message: str) -> str:
    names = _NAMES.findall(message)
    turned = _NAMES.sub(lambda _: names.pop(), message)
    return f"{turned} {('ñandúes ' * len(message))[: max(2, round(len(message) * _MORE) - 1)].strip()}"
