"""A letter as the mail server gets it: headers, plain text, HTML and files (RFC 5322, 2045, 8058).

Put together by hand: the standard library's classes parse and fold each header anew, and take longer for a letter than
everything else does. That what comes of it is sound is tested by reading it back with them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr

from adapters.mail.addresses import Mailbox
from adapters.mail.render import LetterWords, words
from bot.i18n import Locale
from bot.text import tidy
from bot.views import Attachment, View

_SAFE_LINE = 900
"""Bytes; a line of a letter may have 998 (RFC 5322, 2.1.1)."""
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")


def message_id(sender: Mailbox, to: str, key: str) -> str:
    """Follows from the notification's key: a letter that had to be sent twice is one to mailboxes that look at it."""
    digest = hashlib.sha256(f"htg letter\n{sender.address}\n{to}\n{key}".encode()).hexdigest()[:40]
    return f"<{digest}@{sender.domain}>"


def letter(
    view: View, locale: Locale, *, sender: Mailbox, to: str, key: str, at: datetime, reply_to: str = ""
) -> bytes:
    """The bytes of the letter. `reply_to`: whom answers reach. Raises NotForLetters."""
    said = words(view, locale)
    headers = [
        ("From", _from(tidy(sender.name), sender.address)),
        ("To", to),
        ("Subject", _encoded("Subject", said.subject or tidy(sender.name) or sender.domain)),
        ("Date", format_datetime(at)),
        ("Message-ID", message_id(sender, to, key)),
        ("Content-Language", locale.language),
        # RFC 3834: no program answers; the second is what Microsoft's servers heed.
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("MIME-Version", "1.0"),
    ]
    if reply_to:
        headers.append(("Reply-To", reply_to))
    if said.unsubscribe:
        headers.append(("List-Unsubscribe", f"<{said.unsubscribe}>"))
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return b"".join(_header(name, value) for name, value in headers) + _content(said)


def _header(name: str, value: str) -> bytes:
    """One header. Raises ValueError where it would end before its end, or hold what headers do not."""
    folded = value.split("\r\n ")
    if not all(line.isascii() and line.isprintable() and line.strip() for line in folded):
        raise ValueError(f"{name} holds what a header cannot")
    return f"{name}: {value}\r\n".encode("ascii")


def _from(name: str, address: str) -> str:
    return formataddr((name, address)) if name.isascii() else f"{_encoded('From', name)} <{address}>"


def _encoded(header: str, text: str) -> str:
    """As it is where that is ASCII, since no subject is too long for a line; else RFC 2047, folded."""
    if text.isascii():
        return text
    return Header(text, "utf-8", header_name=header).encode(linesep="\r\n")


def _content(said: LetterWords) -> bytes:
    both = _multipart("alternative", _text("plain", said.text), _text("html", said.html))
    return _multipart("mixed", both, *map(_file, said.files)) if said.files else both


def _multipart(subtype: str, *parts: bytes) -> bytes:
    # By chance, so that nobody can write into a letter what would end a part of it.
    boundary = b"=_" + secrets.token_hex(16).encode()
    head = b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n' % (subtype.encode(), boundary)
    return head + b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


def _text(subtype: str, text: str) -> bytes:
    """As it is where that is ASCII in short lines, else quoted-printable: every server can pass both on."""
    content = text.encode("utf-8", "replace").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    is_plain = content.isascii() and max(map(len, content.split(b"\n"))) <= _SAFE_LINE and b"\0" not in content
    body = content if is_plain else binascii.b2a_qp(content, istext=True)
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: "
    encoding = "7bit" if is_plain else "quoted-printable"
    return f"{head}{encoding}\r\n\r\n".encode() + body.replace(b"\n", b"\r\n")


def _file(file: Attachment) -> bytes:
    name = _NOT_IN_A_NAME.sub("_", file.name)
    parameters = "; charset=utf-8; method=PUBLISH" if file.media_type == "text/calendar" else ""
    head = (
        f"Content-Type: {file.media_type}{parameters}\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(file.content).replace(b"\n", b"\r\n")
