"""What the core has to know of Discord."""

from __future__ import annotations

import re

from bot.i18n import N_
from bot.platform import Platform

PLATFORM = Platform(
    name="discord",
    shown_name="Discord",
    account=re.compile(r"#?[0-9]{1,20}"),
    person_id=re.compile(r"[0-9]{15,20}"),
    person_example="discord:42",
    channel_example="discord:#4000",
    direct_messages_per_minute=20,
    # Bots that opened 25 to 40 in a row were flagged. Members who just acted come slower than this as a rule, and a
    # batch of reminders at the pace above, all of them to new members, is not held up by it.
    conversations_per_minute=20,
    opens_by_id=True,
    tells_zone=False,
    id_hint=N_("Their user ID, from “Copy User ID” in developer mode; or discord:42, or slack:T123/U456."),
    organisers=N_("members with Manage Events in our own Discord server"),
    facilitator_note=N_(
        "On Discord, members without Manage Events do not see /htg-host, until an administrator allows it to them;"
        " in a direct message to me it works all the same."
    ),
)
