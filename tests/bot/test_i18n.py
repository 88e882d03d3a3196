"""Every translation holds what belongs in it, and nothing is said past a Locale.

What is not translated yet stays English, and fails `make release-check` alone.
"""

from __future__ import annotations

import gettext
import os
import re
import string
import sys
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo

from bot import time_texts, translations
from bot.catalogue import listed
from bot.config import LANGUAGES
from bot.gatherings import door_texts
from bot.i18n import Locale, line
from bot.plain_text import plain
from bot.platform import registered
from bot.translations import compile_po, load, po_file
from bot.views import Form, Text, View
from tests import messages
from tests.samples.all_views import samples
from tests.samples.values import CONTACT, HOSTILE, LONG_ADDRESS, SUPPORT

AS_TYPED = re.compile(r"/htg(?:-host)?(?: [a-z]+)?|https?://\S+|HTG_[A-Z_]+|\d{4}-\d\d-\d\d \d\d:\d\d")
"""What is typed or read by a machine, and therefore the same in every language."""


@pytest.fixture(params=messages.translated_languages())
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@lru_cache
def today(language: str) -> list[Message]:
    """Every sentence of the sources, translated or not."""
    return [message for message in messages.updated(language) if message.id]


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Each translated sentence beside its translation; of plurals, form beside form."""
    for message in today(language):
        if messages.is_translated(message):
            yield from zip(ids(message), messages.forms(message), strict=True)


def untranslated(language: str) -> str:
    return " ".join(text for message in today(language) if not messages.is_translated(message) for text in ids(message))


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def fields(sentence: str) -> Counter[tuple[str, str | None, str | None]]:
    parsed = string.Formatter().parse(sentence)
    return Counter((name, form, turned) for _, name, form, turned in parsed if name is not None)


# ---- the files


def test_a_language_is_compiled_as_babel_compiles_it(language: str) -> None:
    by_babel = BytesIO()
    write_mo(by_babel, messages.read(language))
    ours = GNUTranslations(BytesIO(compile_po(po_file(language).read_text("utf-8"))))
    theirs = GNUTranslations(BytesIO(by_babel.getvalue()))
    for message in messages.read(language):
        singular, plural = (*ids(message), "")[:2]
        assert ours.gettext(singular) == theirs.gettext(singular)
        assert [ours.ngettext(singular, plural, n) for n in (1, 2)] == [
            theirs.ngettext(singular, plural, n) for n in (1, 2)
        ]


PO = r"""
# fuzzy, as many tools mark a header
#, fuzzy
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#: bot/doors.py
msgid "a \"door\"\n"
"opens"
msgstr "una «puerta»\n"
"se abre"

#, fuzzy, python-brace-format
msgid "changed since"
msgstr "como antes"

msgid "not yet"
msgstr ""

msgid "{n} place"
msgid_plural "{n} places"
msgstr[0] "{n} plaza"
msgstr[1] "{n} plazas"

#~ msgid "gone"
#~ msgstr "quitado"
"""


def test_no_translation_drops_a_sentence(language: str) -> None:
    joined = {"You are one member now ({platforms}). Your registrations are together."}
    count = re.compile(r"[.?!…:](?:\s|$)")
    assert [
        translated
        for sentence, translated in pairs(language)
        if len(count.findall(translated)) < len(count.findall(sentence)) and sentence not in joined
    ] == []


def test_what_is_not_translated_stays_english() -> None:
    compiled = GNUTranslations(BytesIO(compile_po(PO)))
    assert compiled.gettext('a "door"\nopens') == "una «puerta»\nse abre"
    assert [compiled.ngettext("{n} place", "{n} places", n) for n in (1, 2)] == ["{n} plaza", "{n} plazas"]
    assert [compiled.gettext(sentence) for sentence in ("changed since", "not yet", "gone", "new")] == [
        "changed since", "not yet", "gone", "new",
    ]  # fmt: skip


def test_what_was_compiled_counts_until_the_po_is_newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "LOCALE", tmp_path)
    assert load("es").gettext("not yet") == "not yet"
    po, mo = po_file("es"), po_file("es").with_suffix(".mo")
    po.parent.mkdir(parents=True)
    po.write_text(PO.replace("como antes", "now").replace("#, fuzzy, ", "#, "), "utf-8")
    assert load("es").gettext("changed since") == "now"
    mo.write_bytes(compile_po(PO))
    os.utime(mo, (po.stat().st_mtime, po.stat().st_mtime))
    assert load("es").gettext("changed since") == "changed since"
    os.utime(po, (mo.stat().st_mtime + 1, mo.stat().st_mtime + 1))
    assert load("es").gettext("changed since") == "now"


def test_the_files_say_nothing_of_when_and_where_they_were_made(language: str) -> None:
    header = messages.po(messages.read(language)).decode().partition("\n\n")[0]
    assert "Language: " in header
    assert not re.search(r"Date|Generated|Translator|Team|@|/home|/work", header)


# ---- the sentences


def test_what_is_filled_in_is_the_same(language: str) -> None:
    assert [each for each in pairs(language) if fields(each[0]) != fields(each[1])] == []


def test_nothing_but_a_name_is_filled_in(language: str) -> None:
    """No format, no conversion, no attribute: a sentence cannot reach into what it is given."""
    found = {each for pair in pairs(language) for sentence in pair for each in fields(sentence)}
    assert [each for each in found if not each[0].isidentifier() or each[1] or each[2]] == []


def test_what_is_typed_is_the_same(language: str) -> None:
    differ = [each for each in pairs(language) if AS_TYPED.findall(each[0]) != AS_TYPED.findall(each[1])]
    assert differ == []


def test_a_sentence_begins_and_ends_alike(language: str) -> None:
    def edges(sentence: str) -> tuple[bool, bool, str]:
        end = sentence.rstrip()[-1]
        return sentence[0].isspace(), sentence[-1].isspace(), end if end in ".:?…,;" else ""

    assert [each for each in pairs(language) if edges(each[0]) != edges(each[1])] == []


def test_nobody_is_shouted_at(language: str) -> None:
    assert [each for pair in pairs(language) for each in pair if re.search(r"[!¡]", each)] == []


def test_a_spanish_question_opens_as_it_closes(language: str) -> None:
    if language == "es":
        assert [each for _, each in pairs(language) if each.count("?") - each.count("?pwd=") != each.count("¿")] == []


def test_plurals_follow_the_number(language: str) -> None:
    locale = Locale(language)
    plurals = [message for message in today(language) if len(ids(message)) == 2 and messages.is_translated(message)]
    assert plurals or messages.waiting(messages.updated(language))
    form_of = gettext.c2py(messages.read(language).plural_expr)
    for message in plurals:
        singular, plural = ids(message)
        for n in (0, 1, 2, 5, 21):
            assert locale.plural(singular, plural, n) == messages.forms(message)[form_of(n)].replace("{n}", str(n))


# ---- the samples


def test_no_english_is_left(language: str) -> None:
    """No run of two English words from our sentences stands in a View of another language."""
    not_english = " ".join((*(other for _, other in pairs(language)), untranslated(language))).lower()
    english = {
        piece
        for one, other in pairs(language)
        for piece in pieces(one)
        if one != other and len(piece.split()) > 1 and piece.lower() not in not_english
    }
    assert len(english) > 200 or messages.waiting(messages.updated(language))
    left = [(name, piece) for name, text in texts(language) for piece in english if piece in text]
    assert left == []


def pieces(sentence: str) -> Iterator[str]:
    """What a sentence says by itself, between what is filled in, without its punctuation."""
    for literal, _, _, _ in string.Formatter().parse(sentence):
        yield from (each.strip() for each in re.split(r"[.,:;·()“”?]", literal) if each.strip())


def test_every_word_is_said_by_a_reader(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every translation between brackets, what stands outside of them is data."""
    speak(Bracketed(), monkeypatch)
    outside = {each for _, text in texts(language) for each in unbracketed(text)}
    data = " ".join(DATA)
    assert sorted(each for each in outside if each not in data) == []


def test_the_samples_hold_every_sentence_of_a_view(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    speak(heard, monkeypatch)
    list(texts(language))
    views = {f"bot/{name}.py" for name in VIEWS}
    said = [each for each in messages.template() if each.id and views & {file for file, _ in each.locations}]
    assert len(said) > 150
    assert [each.id for each in said if ids(each)[0] not in heard.sentences] == []


VIEWS = (
    "accounts/texts", "admission/texts", "announcements/texts", "audit/texts", "dispatcher_texts",
    "editing/cancel_texts", "gatherings/door_texts",
    "facilitators/texts", "gatherings/resolve_texts", "gatherings/texts", "help/texts", "members/texts",
    "messages/texts", "notifications/texts", "registrations/texts", "topics/suggest_texts", "topics/texts",
)  # fmt: skip
DATA = (
    HOSTILE, "Grief and Gratitude", "Living with illness", "An evening to be heard.", "No advice, no fixing.",
    "Frances is ill.", "Ada", "roster-12.csv", *(f"#channel-{n}" for n in range(25)),
    *(command.usage for group in ("htg", "htg-host") for command in listed(group)), "K7RXM-2QWPD", str(LONG_ADDRESS),
    "my-data.json", "gathering.ics", "W" * 200, "w " * 800,
    "https://example.org", CONTACT.label, *(line for lines in SUPPORT.values() for line in lines),
    *LANGUAGES.values(), *(f"{platform.name} {platform.shown_name}" for platform in registered()),
)  # fmt: skip
"""Outside of our sentences there are titles, names, commands, and nothing else with letters."""


class Bracketed(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Heard(gettext.NullTranslations):
    def __init__(self) -> None:
        super().__init__()
        self.sentences: set[str] = set()

    def gettext(self, message: str) -> str:
        self.sentences.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.sentences.add(msgid1)
        return msgid1 if n == 1 else msgid2


def speak(language: gettext.NullTranslations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["bot.i18n"], "_catalogue", lambda _: language)
    for module, name in ((time_texts, "_long"), (time_texts, "_length"), (door_texts, "_door_rule")):
        remembered = getattr(module, name)  # and would say it in the language it was first asked for
        monkeypatch.setattr(module, name, remembered.__wrapped__)


def unbracketed(text: str) -> Iterator[str]:
    """The runs of letters outside of brackets, line by line; a cut label may have lost its closing one."""
    for each in text.splitlines():
        while each != (less := re.sub(r"⟦[^⟦⟧]*⟧", "", each)):
            each = less  # noqa: PLW2901 - from the inside out
        yield from re.findall(r"[^\W\d_]{2,}", each.partition("⟦")[0])


def texts(language: str) -> Iterator[tuple[str, str]]:
    """Everything that the samples say in a language, as text."""
    locale = Locale(language, "America/New_York")
    for name, answer in samples(locale):
        yield name, plain(locale, answer) if isinstance(answer, View) else form_text(answer)


def form_text(form: Form) -> str:
    said = [form.title, form.submit]
    for field in form.fields:
        said += [field.label, field.hint, field.error, *(each.label for each in getattr(field, "choices", ()))]
    return "\n".join(said)


# ---- the tools


def test_a_sentence_said_inside_another_call_is_found() -> None:
    source = (
        b'view = lines(line(locale.t("one" " two"), n=reader.plural("a", "b", n)), room.say(who, text), N_("three"))'
    )
    found = {each[2] for each in messages.sentences(BytesIO(source), {}, (), {})}
    assert found == {("one two",), ("a", "b"), ("three",)}


@pytest.mark.parametrize("source", ['locale.t(f"{n} people")', 'locale.t("one" + more)', 'locale.t("a" if b else "c")'])
def test_a_sentence_put_together_before_it_is_said_is_refused(source: str) -> None:
    with pytest.raises(messages.Unreadable, match="as it stands"):
        list(messages.sentences(BytesIO(source.encode()), {}, (), {}))


def test_braces_in_what_is_filled_in_are_left_alone() -> None:
    assert line("{topic}.", topic="{x} {0}") == (Text("{x} {0}"), Text("."))
