"""Keeps the languages in step with the sentences in the sources: `make messages` runs it, the tests check it.

A sentence is a literal said through a Reader, `to.say("…")` or `to.count("one", "many", n)`, or marked
`N_("…")` where it is declared. Each language has one `.po`, which people edit, and one `.mo`, which the bot reads.
What is written depends on the sentences alone: no dates, no line numbers, nothing of the machine.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import IO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser, write_po

from bot.house import LANGUAGES

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "bot" / "words" / "locale"
SOURCES = ("bot/**.py", "adapters/**.py")
OURS = "en"
"""The language of the sources: it needs no catalogue."""
WORDS = {"say": 1, "count": 2, "N_": 1}
"""What a sentence is said or marked with, and how many of its first arguments are sentences."""

Found = tuple[int, str, tuple[str, ...], list[str]]
"""Line, how it is said, the sentence (or its two forms), comments."""


class Unreadable(ValueError):
    """A sentence that is put together before it is translated, so that no translator ever sees it."""


def sentences(
    file: IO[bytes], keywords: Mapping[str, object], tags: Collection[str], options: Mapping[str, object]
) -> Iterator[Found]:
    """An extraction method for Babel. Its own would lose a sentence that is said inside another `say(…)`."""
    del keywords, tags, options
    for call in ast.walk(ast.parse(file.read())):
        if isinstance(call, ast.Call) and (word := _word(call)):
            given = call.args[: WORDS[word]]
            texts = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if len(texts) == len(given) == WORDS[word]:
                yield call.lineno, word, tuple(texts), []
            elif any(isinstance(each, ast.JoinedStr | ast.BinOp | ast.IfExp) for each in given):
                raise Unreadable(f"{getattr(file, 'name', '')}:{call.lineno}: {word} takes a sentence as it stands")


def _word(call: ast.Call) -> str:
    """`say` and `count` are a Reader's, so they are said to somebody; `N_` stands alone."""
    match call.func:
        case ast.Attribute(attr=("say" | "count") as word) | ast.Name(id="N_" as word):
            return word
        case _:
            return ""


def template() -> Catalog:
    """Every sentence in the sources, with the files that say it."""
    found = Catalog(fuzzy=False)
    extracted = extract_from_dir(
        ROOT,
        [(pattern, sentences) for pattern in SOURCES],  # type: ignore[misc]  # Babel also takes the function itself
        keywords={"say": None, "count": (1, 2), "N_": None},
        directory_filter=lambda folder: not Path(folder).name.startswith((".", "_")),
    )
    for file, line, sentence, comments, _ in sorted(extracted, key=lambda each: (each[0], each[1])):
        found.add(sentence, locations=[(file, line)], auto_comments=comments)
    return found


class Language(Catalog):
    """A catalogue whose header says only what readers of it need."""

    def _headers(self) -> list[tuple[str, str]]:
        kept = ("Language", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Plural-Forms")
        return [(name, value) for name, value in self._get_mime_headers() if name in kept]

    mime_headers = property(_headers, Catalog._set_mime_headers)


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "htg.po"


def read(language: str) -> Language:
    """The language as it is kept; empty when it is new."""
    found = Language(language, domain="htg", header_comment="# Healing Together Gatherings", fuzzy=False)
    if po_file(language).exists():
        with po_file(language).open(encoding="utf-8") as file:
            PoFileParser(found).parse(file)
    found.header_comment = "# Healing Together Gatherings"
    return found


def updated(language: str) -> Language:
    """With every sentence of today; one that was changed keeps its old translation, marked for another look."""
    found = read(language)
    found.update(template())
    found.obsolete.clear()
    return found


def po(language: Language) -> bytes:
    written = BytesIO()
    write_po(written, language, width=110, include_lineno=False, sort_by_file=True)
    return written.getvalue().rstrip() + b"\n"


def mo(language: Language) -> bytes:
    written = BytesIO()
    write_mo(written, language)
    return written.getvalue()


def waiting(language: Language) -> list[Message]:
    """The sentences that nobody has translated, or looked at again since they changed."""
    return [each for each in language if each.id and (each.fuzzy or not all(forms(each)))]


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def main() -> int:
    """Updates and compiles every language; says what waits for a translator."""
    left = 0
    for name in LANGUAGES:
        if name == OURS:
            continue
        language = updated(name)
        po_file(name).parent.mkdir(parents=True, exist_ok=True)
        po_file(name).write_bytes(po(language))
        po_file(name).with_suffix(".mo").write_bytes(mo(language))
        missing = waiting(language)
        left += len(missing)
        sys.stdout.write(f"{name}: {len(language)} sentences, {len(missing)} waiting for a translation\n")
        for each in missing:
            sys.stdout.write(f"  {each.id!r}\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
