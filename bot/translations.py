"""Loads the translations of a language: `locale/es/LC_MESSAGES/htg.po`, compiled to `.mo` for Python's gettext.

`setup.py` writes the `.mo` when the package is installed. Where there is none, as in a clone that was not installed, or
an older one, as after an update of a clone, the `.po` is compiled in memory.
"""

from __future__ import annotations

import ast
import gettext
import re
import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
_MAGIC = 0x950412DE
_HEADER_SIZE = 28  # bytes: seven numbers of 32 bits
_ROW_SIZE = 16  # bytes for each sentence: length and offset, of itself and of its translation


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "htg.po"


def load(language: str) -> gettext.NullTranslations:
    """What is not translated, or not checked again since its sentence changed, stays English."""
    po, mo = po_file(language), po_file(language).with_suffix(".mo")
    if not po.exists():
        return gettext.NullTranslations()
    up_to_date = mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime
    return gettext.GNUTranslations(BytesIO(mo.read_bytes() if up_to_date else compile_po(po.read_text("utf-8"))))


def compile_po(po: str) -> bytes:
    """The content of the `.mo` file: tables of lengths and offsets, then the texts, each ended by a zero byte.

    The format: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
    """
    pairs = sorted((sentence.encode(), translation.encode()) for sentence, translation in _pairs(po))
    columns = [[sentence for sentence, _ in pairs], [translation for _, translation in pairs]]
    offset = _HEADER_SIZE + _ROW_SIZE * len(pairs)
    table = b""
    for text in (text for column in columns for text in column):
        table += struct.pack("<2I", len(text), offset)
        offset += len(text) + 1
    second_column = _HEADER_SIZE + _ROW_SIZE // 2 * len(pairs)
    header = struct.pack("<7I", _MAGIC, 0, len(pairs), _HEADER_SIZE, second_column, 0, offset)
    return header + table + b"".join(text + b"\0" for column in columns for text in column)


def _pairs(po: str) -> Iterator[tuple[str, str]]:
    """(sentence, translation); the forms of a plural are joined by a zero byte. The header's sentence is empty."""
    for entry in re.split(r"\n\s*\n", po):
        fields = _fields(entry)
        translations = [text for keyword, text in sorted(fields.items()) if keyword.startswith("msgstr")]
        if translations and all(translations) and not _is_fuzzy(entry, fields):
            sentences = [fields[keyword] for keyword in ("msgid", "msgid_plural") if keyword in fields]
            yield "\0".join(sentences), "\0".join(translations)


def _is_fuzzy(entry: str, fields: dict[str, str]) -> bool:
    """Marked for another look. The header, whose sentence is empty, counts even so: it names the charset."""
    return bool(fields["msgid"]) and bool(re.search(r"^#,.*\bfuzzy\b", entry, re.MULTILINE))


def _fields(entry: str) -> dict[str, str]:
    """By keyword, `msgid` to `msgstr[1]`; a text may go on in the following lines."""
    fields: dict[str, str] = {}
    keyword = ""
    for line in entry.splitlines():
        if line.strip() and not line.startswith("#"):
            named, _, quoted = line.partition('"')
            keyword = named.strip() or keyword
            fields[keyword] = fields.get(keyword, "") + ast.literal_eval(f'"{quoted.rstrip()}')
    return fields
