"""Caches the input of a form that needs correction, until its owner opens the form again.

In memory only, for a limited time and number: a Zoom link may be in it. Once it is gone (a restart, a long pause)
the same button opens an empty form.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from datetime import datetime, timedelta

from adapters.discord.custom_ids import FORM_TAG
from bot.addresses import Address
from bot.views import Form

CACHE_LIFETIME = timedelta(minutes=15)
CACHE_SIZE = 500


class FormCache:
    def __init__(self) -> None:
        self._forms: OrderedDict[str, tuple[Address, Form, datetime]] = OrderedDict()

    def put(self, owner: Address, form: Form, now: datetime) -> str:
        """Caches a form for one person; returns the tag of the button that opens it again."""
        self._evict(now)
        tag = FORM_TAG + secrets.token_urlsafe(9)
        self._forms[tag] = (owner, form, now + CACHE_LIFETIME)
        return tag

    def get(self, tag: str, who: Address, now: datetime) -> Form | None:
        """The form, for its owner only."""
        self._evict(now)
        owner, form, _ = self._forms.get(tag, (None, None, None))
        return form if owner == who else None

    def _evict(self, now: datetime) -> None:
        while self._forms and (len(self._forms) >= CACHE_SIZE or next(iter(self._forms.values()))[2] <= now):
            self._forms.popitem(last=False)
