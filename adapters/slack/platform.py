"""What the core has to know of Slack."""

from __future__ import annotations

import re

from bot.i18n import N_
from bot.platform import Platform

PLATFORM = Platform(
    name="slack",
    shown_name="Slack",
    account=re.compile(r"(?:[TE][A-Z0-9]{1,30}/)?[UWCGD][A-Z0-9]{1,30}"),
    channel_prefixes=("C", "G"),
    has_workspaces=True,
    person_id=re.compile(r"[UW][A-Z0-9]{5,30}"),
    person_example="slack:T123/U456",
    channel_example="slack:T123/C789",
    direct_messages_per_minute=200,
    conversations_per_minute=40,  # Slack lets conversations.open be called 50 times a minute in a workspace (Tier 3)
    sending_opens=True,
    holds_files=False,
    opens_by_id=True,
    id_hint=N_("Their member ID, from “Copy member ID” in their profile; or slack:T123/U456, or discord:42."),
    organisers=N_("owners and admins of our own Slack workspace"),
)
