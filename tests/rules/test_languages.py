"""Every sentence is said in every language, whole, with what belongs in it; and nothing is said past a Reader."""

from __future__ import annotations

import gettext
import re
import string
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO

import pytest
from babel.messages.catalog import Message

from bot.house import LANGUAGES
from bot.views import Form, Text, View
from bot.words import clock, gatherings, line
from bot.words.plain import plain
from bot.words.reader import Reader
from tests.rules import messages
from tests.samples.all_views import all_views
from tests.samples.values import HOSTILE, LONG_ADDRESS

OTHERS = [each for each in LANGUAGES if each != messages.OURS]
AS_TYPED = re.compile(r"/htg(?:-host)?(?: [a-z]+)?|https?://\S+|HTG_[A-Z_]+|\d{4}-\d\d-\d\d \d\d:\d\d")
"""What is typed or read by a machine, and therefore the same in every language."""


@pytest.fixture(params=OTHERS)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Each sentence beside its translation; of plurals, form beside form."""
    for message in messages.read(language):
        if message.id:
            yield from zip(ids(message), messages.forms(message), strict=True)


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def fields(sentence: str) -> Counter[tuple[str, str | None, str | None]]:
    parsed = string.Formatter().parse(sentence)
    return Counter((name, form, turned) for _, name, form, turned in parsed if name is not None)


# ---- the files


def test_every_sentence_of_today_is_there_and_no_other(language: str) -> None:
    kept, said = messages.read(language), messages.template()
    assert {each.id for each in said} - {each.id for each in kept} == set(), "run: make messages"
    assert {each.id for each in kept} - {each.id for each in said} == set(), "run: make messages"
    assert not kept.obsolete


def test_every_sentence_has_a_translation_that_someone_has_looked_at(language: str) -> None:
    assert [each.id for each in messages.waiting(messages.read(language))] == []


def test_the_files_are_as_make_messages_writes_them(language: str) -> None:
    file = messages.po_file(language)
    assert file.read_bytes() == messages.po(messages.updated(language)), "run: make messages"
    assert file.with_suffix(".mo").read_bytes() == messages.mo(messages.read(language)), "run: make messages"


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
    to = Reader(language)
    plurals = [each for each in messages.read(language) if len(ids(each)) == 2]
    assert len(plurals) > 10
    for message in plurals:
        singular, plural = ids(message)
        one, many = messages.forms(message)
        for n, form in ((0, many), (1, one), (2, many), (21, many)):
            assert to.count(singular, plural, n) == form.format(n=n)


# ---- the samples


def test_no_english_is_left(language: str) -> None:
    """No run of two English words from our sentences stands in a View of another language."""
    translations = " ".join(other for _, other in pairs(language)).lower()
    english = {
        piece
        for one, other in pairs(language)
        for piece in pieces(one)
        if one != other and len(piece.split()) > 1 and piece.lower() not in translations
    }
    assert len(english) > 200
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
    views = {f"bot/words/{each}.py" for each in VIEWS}
    said = [each for each in messages.template() if each.id and views & {file for file, _ in each.locations}]
    assert len(said) > 150
    assert [each.id for each in said if ids(each)[0] not in heard.sentences] == []


VIEWS = (
    "acts", "door", "gatherings", "hosting", "house", "membership", "messages", "notices", "registrations",
    "scheduling", "team", "topics",
)  # fmt: skip
DATA = (
    HOSTILE, "Grief and Gratitude", "Living with illness", "An evening to be heard.", "No advice, no fixing.",
    "Frances is ill.", "English Español", "Ada", "slack", "roster-12.csv", *(f"#channel-{n}" for n in range(25)),
    "/htg-host list register unregister mine join settings suggest help create edit announce roster doors cancel log",
    "connect privacy message team topics K7RXM-2QWPD", str(LONG_ADDRESS), "discord sandbox Slack Discord",
    "my-data.json", "[gathering] [topic] [code]", "W" * 200, "w " * 800,
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
    monkeypatch.setattr(sys.modules["bot.words.reader"], "_catalogue", lambda _: language)
    for module, name in ((clock, "_long"), (clock, "_length"), (gatherings, "_door_rule")):
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
    to = Reader(language, "America/New_York")
    for name, answer in all_views():
        if name.startswith(f"{language}/"):
            yield name, plain(to, answer) if isinstance(answer, View) else form_text(answer)


def form_text(form: Form) -> str:
    said = [form.title, form.submit]
    for field in form.fields:
        said += [field.label, field.hint, field.error, *(each.label for each in getattr(field, "choices", ()))]
    return "\n".join(said)


# ---- the tools


def test_a_sentence_said_inside_another_call_is_found() -> None:
    source = b'view = say(line(to.say("one" " two"), n=reader.count("a", "b", n)), room.say(who, text), N_("three"))'
    found = {each[2] for each in messages.sentences(BytesIO(source), {}, (), {})}
    assert found == {("one two",), ("a", "b"), ("three",)}


@pytest.mark.parametrize("source", ['to.say(f"{n} people")', 'to.say("one" + more)', 'to.say("a" if b else "c")'])
def test_a_sentence_put_together_before_it_is_said_is_refused(source: str) -> None:
    with pytest.raises(messages.Unreadable, match="as it stands"):
        list(messages.sentences(BytesIO(source.encode()), {}, (), {}))


def test_braces_in_what_is_filled_in_are_left_alone() -> None:
    assert line("{topic}.", topic="{x} {0}") == (Text("{x} {0}"), Text("."))
