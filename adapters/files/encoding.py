"""Converts text from Windows programs to UTF-8: UTF-16 with a byte order mark (Outlook, Excel), and Windows-1252."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from adapters.files.rows import Diagnostic

_FOLD = re.compile(rb"(?:\r\n|\r|\n)[ \t]")
_NOT_WINDOWS_1252 = re.compile(
    r"[^\t\n\r -~€…‘’“”•–—\u00a0¡«º»¿ª·°À-ÖØ-öø-ÿ]"  # a sign that no language of the West is written with
    r"|[À-ÿ]{3}"  # as other alphabets look in it
    r"|[^\W\d_][–—•€][^\W\d_]"  # as the letters of an older Mac do
    r"|[^\W\d_]’[b-df-gj-np-tv-xz][^\W\d_]{2}"
)


def as_utf8(content: bytes, *, folded: bool) -> tuple[bytes, list[Diagnostic]]:
    """The content as UTF-8, and a remark where the encoding was guessed; unchanged where no encoding fits.

    `folded`: a line may be broken in the middle of a letter, as calendars do.
    """
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        try:
            return content.decode("utf-16").encode(), []
        except UnicodeError:
            return content, []
    try:
        (_FOLD.sub(b"", content) if folded else content).decode()
    except UnicodeDecodeError:
        return _from_windows_1252(content)
    return content, []


def _from_windows_1252(content: bytes) -> tuple[bytes, list[Diagnostic]]:
    try:
        text = content.decode("windows-1252")
    except UnicodeDecodeError:
        return content, []
    if _NOT_WINDOWS_1252.search(text):
        return content, []
    word = re.search(r"\w*[^\x00-\x7f]\w*", text)
    shown = f", so that a word in it is '{word[0][:20]}'" if word else ""
    why = f"it is not UTF-8 text; it was read as Windows-1252{shown} (if that is wrong, save it as UTF-8)"
    return text.encode(), [Diagnostic(0, why)]
