"""What is changed, what is left out, and that a trial tells a test that notices from one that does not."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.mutation.__main__ import SCOPE, all_mutants, interval
from tests.mutation.changes import mutants, mutated
from tests.mutation.explained import PAGE, explanations
from tests.mutation.reach import HOME


def changes(source: str) -> set[str]:
    return {f"{mutant.before} -> {mutant.after}" for mutant in mutants("some.py", source)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b", {"a < b -> a <= b", "a < b -> a >= b"}),
        ("x = a and b", {"a and b -> a", "a and b -> b"}),
        ("x = a if b else c", {"a if b else c -> a", "a if b else c -> c"}),
        ("x = not a", {"not a -> a"}),
        ("x = [a for a in b if a]", {"a -> left out"}),
        ("x = f(a, b=c)", {"f(…, b=c) -> left out"}),
        ("x = q.where(a, b)", {"where(…, a) -> left out", "where(…, b) -> left out"}),
        ("x = a[b:]", {"b: -> :"}),
        ("x = min(a, b)", {"min(a, b) -> max(a, b)"}),
        ("x = 7", {"7 -> 8"}),
        ("x = {a, b}", {"[…, a] -> left out", "[…, b] -> left out"}),
        ("if a:\n    b()", {"if a -> if True", "if a -> if False", "b() -> pass"}),
        ("a.b = c", {"a.b = c -> pass"}),
        ("raise Wrong('how')", {"raise Wrong('how') -> pass"}),
        ("match a:\n    case 1:\n        b.c = d\n    case _:\n        pass", {"1 -> left out", "b.c = d -> pass"}),
        ("try:\n    a.b = c\nexcept E:\n    pass", {"a.b = c -> pass", "except E: pass -> raise"}),
    ],
)
def test_what_is_changed(source: str, expected: set[str]) -> None:
    assert expected <= changes(source)


@pytest.mark.parametrize(
    "source",
    [
        "from a import b",
        'def f() -> "a | b":\n    """What it does."""\n    x: int | None',
        "log.warning('it broke: %s', 1)",
        "x = locale.t('Some sentence.')",
        "Result = tuple[int, str] | None",
        "@dataclass(frozen=True)\nclass A:\n    x: int",
        "class A(Protocol):\n    def f(self, a: int = 1) -> bool: ...",
        "match a:\n    case _:\n        assert_never(a)",
        "x = bindparam('name', expanding=True)",
    ],
)
def test_what_is_left_out(source: str) -> None:
    assert changes(source) == set()


def test_one_change_is_made_and_no_other() -> None:
    source = "def f(a, b):\n    return a < b and a > 0\n"
    texts = [ast.unparse(mutated(source, mutant.number)) for mutant in mutants("some.py", source)]
    assert len(texts) == len({*texts, ast.unparse(ast.parse(source))} - {ast.unparse(ast.parse(source))})


def test_the_interval() -> None:
    low, high = interval(85, 100)
    assert (round(low, 3), round(high, 3)) == (0.767, 0.907)


def test_whatever_is_explained_is_still_a_mutant() -> None:
    known = {mutant.identity for mutant in all_mutants(SCOPE)}
    assert [identity for identity in explanations() if identity not in known] == []
    assert len(explanations()) == PAGE.read_text("utf-8").count("\n| `"), "a row is not read"


TRIAL = """
from tests.mutation import trial
from tests.mutation.changes import mutants
from tests.mutation.reach import HOME
file = "bot/admission/model.py"
all_of_it = mutants(file, (HOME / file).read_text("utf-8"))
[always] = [m for m in all_of_it if m.before == "if now >= gathering.ends_at" and m.after == "if True"]
for name in ("test_nobody_new_ever_comes_in_outside_the_rule", "test_a_cancelled_gathering_lets_nobody_in"):
    test = f"tests/bot/admission/test_model.py::{name}"
    print(trial.attempt(always, [test], {test: 1.0}).verdict)
"""


@pytest.mark.process
def test_a_trial_tells_a_test_that_notices_from_one_that_does_not() -> None:
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", TRIAL], cwd=HOME, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["killed", "survived"]
