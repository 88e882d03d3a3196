"""Keeps the translations in step with the sentences in the sources: `make messages` runs it, the tests check it.

A sentence is a literal in a call of `METHODS`, `locale.t("…")`, or marked `N_("…")` where it is declared. Each language
has one `.po`, which people edit, and one `.mo`, compiled from it, which git does not hold.
What is written depends on the sentences alone: no dates, no line numbers, nothing of the machine.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import IO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import PoFileParser, write_po

from bot.config import LANGUAGES
from bot.translations import compile_po, po_file
from tests import read_aloud, readme_table
from tests.bot import zone_names

ROOT = Path(__file__).parents[1]
SOURCES = ("bot/**.py", "adapters/**.py")
OURS = "en"
"""The language of the sources: it needs no catalogue."""
METHODS = {"t": 1, "plural": 2}
"""What translates a sentence, called on whoever reads it; and how many of its first arguments are sentences."""
MARKERS = {"N_": 1}
"""What marks a sentence, called by itself."""
KEYWORDS = METHODS | MARKERS

Extracted = tuple[int, str, tuple[str, ...], list[str]]
"""Line, keyword, the sentence (or its two forms), comments."""


class Unreadable(ValueError):
    """A sentence that is put together before it is translated, so that no translator ever sees it."""


def sentences(
    file: IO[bytes], keywords: Mapping[str, object], tags: Collection[str], options: Mapping[str, object]
) -> Iterator[Extracted]:
    """An extraction method for Babel. Its own would lose a sentence inside another translated call."""
    del keywords, tags, options
    for call in ast.walk(ast.parse(file.read())):
        if isinstance(call, ast.Call) and (keyword := _keyword(call)):
            arguments = call.args[: KEYWORDS[keyword]]
            texts = [node.value for node in arguments if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            if len(texts) == len(arguments) == KEYWORDS[keyword]:
                yield call.lineno, keyword, tuple(texts), []
            elif any(isinstance(node, ast.JoinedStr | ast.BinOp | ast.IfExp) for node in arguments):
                raise Unreadable(f"{getattr(file, 'name', '')}:{call.lineno}: {keyword} takes a sentence as it stands")


def _keyword(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) if name in METHODS:
            return name
        case ast.Name(id=name) if name in MARKERS:
            return name
        case _:
            return ""


def template() -> Catalog:
    """Every sentence in the sources, with the files that say it."""
    catalog = Catalog(fuzzy=False)
    for file, line, sentence in _extracted():
        catalog.add(sentence, locations=[(file, line)])
    return catalog


@cache
def _extracted() -> Sequence[tuple[str, int, str | tuple[str, ...]]]:
    """File, line and sentence. The sources stay as they are while a process looks at them."""
    extracted = extract_from_dir(
        ROOT,
        [(pattern, sentences) for pattern in SOURCES],  # type: ignore[misc]  # Babel also takes the function itself
        keywords={keyword: None if count == 1 else (1, 2) for keyword, count in KEYWORDS.items()},
        directory_filter=lambda folder: not Path(folder).name.startswith((".", "_")),
    )
    return sorted((row[:3] for row in extracted), key=lambda row: row[:2])


class Language(Catalog):
    """A catalogue whose header says only what readers of it need."""

    def _headers(self) -> list[tuple[str, str]]:
        needed = ("Language", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Plural-Forms")
        return [(name, value) for name, value in self._get_mime_headers() if name in needed]

    mime_headers = property(_headers, Catalog._set_mime_headers)


def read(language: str) -> Language:
    """The language as its file has it; empty when it is new."""
    catalog = Language(language, domain="htg", header_comment="# Healing Together Gatherings", fuzzy=False)
    if po_file(language).exists():
        with po_file(language).open(encoding="utf-8") as file:
            PoFileParser(catalog).parse(file)
    catalog.header_comment = "# Healing Together Gatherings"
    return catalog


def updated(language: str) -> Language:
    """With every sentence of today; one that was changed keeps its old translation, marked for another look."""
    catalog = read(language)
    catalog.update(template())
    catalog.obsolete.clear()
    return catalog


def po(language: Language) -> bytes:
    file = BytesIO()
    write_po(file, language, width=110, include_lineno=False, sort_by_file=True)
    return file.getvalue().rstrip() + b"\n"


def is_translated(message: Message) -> bool:
    """By somebody who has looked at it since the sentence changed."""
    return not message.fuzzy and all(forms(message))


def waiting(language: Language) -> list[Message]:
    """The sentences that wait for a translator."""
    return [message for message in language if message.id and not is_translated(message)]


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def translated_languages() -> list[str]:
    return [language for language in LANGUAGES if language != OURS]


def report(name: str, language: Language) -> int:
    """Prints what waits for a translator, with the files that say it; how many there are."""
    missing = waiting(language)
    sys.stdout.write(f"{name}: {len(language)} sentences, {len(missing)} waiting for a translation\n")
    for message in missing:
        files = ", ".join(sorted({file for file, _ in message.locations}))
        sys.stdout.write(f"  {message.id!r} ({files})\n")
    return len(missing)


def main() -> int:
    """Updates and compiles every language, and writes what else follows from the sources."""
    readme_table.write()
    zone_names.write()
    missing = 0
    for name in translated_languages():
        language = updated(name)
        po_file(name).parent.mkdir(parents=True, exist_ok=True)
        po_file(name).write_bytes(po(language))
        po_file(name).with_suffix(".mo").write_bytes(compile_po(po(language).decode()))
        missing += report(name, language)
    read_aloud.write()  # last, since it speaks every language as it stands now
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
