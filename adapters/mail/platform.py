"""What the core has to know of e-mail."""

from __future__ import annotations

import re

from adapters.mail.addresses import canonical
from bot.i18n import N_
from bot.platform import Platform

PLATFORM = Platform(
    name="mail",
    shown_name=N_("E-mail"),
    account=re.compile(
        r"(?=.{3,254}\Z)[a-z0-9.!#$%&'*+=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}"
    ),
    canonical=canonical,
    channel_prefixes=(),
    person_example="mail:ada@example.org",
    direct_messages_per_minute=60,
    tells_zone=False,
    by_letter=True,
    id_hint=N_("Their address, like slack:T123/U456 or discord:42."),
)
