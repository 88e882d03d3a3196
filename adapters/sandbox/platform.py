"""What the core has to know of the sandbox."""

from __future__ import annotations

import re

from bot.i18n import N_
from bot.platform import Platform

PLATFORM = Platform(
    name="sandbox",
    account=re.compile(r"#?[a-z0-9-]{1,40}"),
    id_hint=N_("Their address, like slack:T123/U456 or discord:42."),
)
