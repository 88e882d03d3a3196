"""A letter as the mail server gets it: headers, plain text, HTML and files (RFC 5322, 2045, 8058). Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from adapters.mail.addresses import Mailbox
from adapters.mail.render import LetterWords, words
from bot.i18n import Locale
from bot.text import tidy
from bot.views import View

_POLICY = SMTP.clone(cte_type="7bit")
"""Every server can pass it on, also one that takes no eight bits."""


def message_id(sender: Mailbox, to: str, key: str) -> str:
    """Follows from the notification's key: a letter that had to be sent twice is one to mailboxes that look at it."""
    digest = hashlib.sha256(f"htg letter\n{sender.address}\n{to}\n{key}".encode()).hexdigest()[:40]
    return f"<{digest}@{sender.domain}>"


def letter(view: View, locale: Locale, *, sender: Mailbox, to: str, key: str, at: datetime) -> bytes:
    """The bytes of the letter. Raises NotForLetters."""
    said = words(view, locale)
    message = EmailMessage(policy=_POLICY)
    # Structured headers refuse line breaks; what people wrote is on one line without control characters besides.
    message["From"] = HeaderAddress(tidy(sender.name), addr_spec=sender.address)
    message["To"] = HeaderAddress(addr_spec=to)
    message["Subject"] = said.subject or tidy(sender.name) or sender.domain
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(sender, to, key)
    # RFC 3834: no program answers; the second is what Microsoft's servers heed.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if said.unsubscribe:
        message["List-Unsubscribe"] = f"<{said.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    _fill(message, said)
    message["Content-Language"] = locale.language  # after the content, which takes such headers along into a part
    return message.as_bytes()


def _fill(message: EmailMessage, said: LetterWords) -> None:
    message.set_content(said.text)
    message.add_alternative(said.html, subtype="html")
    for file in said.files:
        maintype, _, subtype = file.media_type.partition("/")
        if maintype == "text":
            text = file.content.decode("utf-8")
            parameters = {"method": "PUBLISH"} if subtype == "calendar" else {}
            message.add_attachment(text, subtype=subtype, filename=file.name, params=parameters)
        else:
            message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
