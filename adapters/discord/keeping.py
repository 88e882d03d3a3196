"""Keeps what was typed into a form that needs another look, until its window is opened again.

In memory alone, for a quarter of an hour, so many at most: a Zoom link may be among it. When it is gone (a
restart, a long pause) the same button opens the form as it would open anew.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from datetime import datetime, timedelta

from adapters.discord.marks import FORM
from bot.addresses import Address
from bot.views import Form

KEPT = timedelta(minutes=15)
LIMIT = 500


class KeptForms:
    def __init__(self) -> None:
        self._forms: OrderedDict[str, tuple[Address, Form, datetime]] = OrderedDict()

    def keep(self, who: Address, form: Form, now: datetime) -> str:
        """Keeps a form for one person; returns the mark of the button that opens it again."""
        self._forget(now)
        mark = FORM + secrets.token_urlsafe(9)
        self._forms[mark] = (who, form, now + KEPT)
        return mark

    def find(self, mark: str, who: Address, now: datetime) -> Form | None:
        """The form, for the one who typed it alone."""
        self._forget(now)
        owner, form, _ = self._forms.get(mark, (None, None, None))
        return form if owner == who else None

    def _forget(self, now: datetime) -> None:
        while self._forms and (len(self._forms) >= LIMIT or next(iter(self._forms.values()))[2] <= now):
            self._forms.popitem(last=False)
