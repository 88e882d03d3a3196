"""Every small change of a source file that a test should notice: the mutants.

What is left out, by rule:

- what does nothing: annotations, docstrings, imports, `__slots__`, protocols, aliases of types, assertions, the branch
  that mypy proves unreachable;
- what goes to the log, and the words of an error that is no Refusal;
- sentences: `tests/bot/test_i18n.py` compares each with its translations;
- what checks or speeds up our own code alone: the arguments of `dataclass`, `lru_cache`, and `strict`;
- names that two places must share, where any change fails at once: the arguments of `bindparam`.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

_SWAPPED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_OTHER_FUNCTION = {"min": "max", "max": "min", "any": "all", "all": "any", "and_": "or_", "or_": "and_"}
_TEXT_METHODS = {"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title"}
_CONDITIONS = {"where", "and_", "or_"}
"""Functions whose arguments are conditions: each is left out in turn."""
_SENTENCES = {"N_", "t", "plural", "line"}
_NO_BEHAVIOUR = {"__slots__", "__all__"}
_LEFT_ALONE = {"dataclass", "lru_cache", "bindparam", "TypeVar", "NewType", "cast", "getLogger"}
_SAYS_NOTHING = {"strict", "stacklevel"}
_TOLD = {"Refusal", "AskBack"}
"""What is raised and told to whoever asked."""


@dataclass(frozen=True)
class Mutant:
    file: str
    number: int
    """Its place in the list of this file: with the file's text, all that is needed to make it again."""
    line: int
    end_line: int
    inside: str
    """The function or class, or the name that is assigned at module level."""
    before: str
    after: str
    names: tuple[str, ...] = ()
    """Where it is run at import: the names by which others use what it changes."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.inside}: {self.before} -> {self.after}"

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What an explanation of a survivor names; it does not move with the lines."""
        return self.file, self.inside, self.before, self.after


class _Change(NamedTuple):
    node: ast.AST
    before: str
    after: str
    make: Callable[[], None]


@dataclass(frozen=True)
class _Place:
    """Where a node hangs in its tree."""

    parent: ast.AST
    field: str
    index: int | None = None

    def put(self, new: ast.AST) -> None:
        old = self.get()
        for node in ast.walk(new):
            if isinstance(node, ast.expr | ast.stmt) and not hasattr(node, "lineno"):
                ast.copy_location(node, old)
        if self.index is None:
            setattr(self.parent, self.field, new)
        else:
            getattr(self.parent, self.field)[self.index] = new

    def get(self) -> ast.AST:
        value = getattr(self.parent, self.field)
        node: ast.AST = value if self.index is None else value[self.index]
        return node


def mutants(file: str, source: str) -> list[Mutant]:
    tree = ast.parse(source)
    return [
        Mutant(file, number, node.lineno, node.end_lineno or node.lineno, scope.name, before, after, scope.names)  # type: ignore[attr-defined]
        for number, (scope, (node, before, after, _)) in enumerate(_changes(tree))
    ]


def mutated(source: str, number: int) -> ast.Module:
    """The tree of the file with one change made."""
    tree = ast.parse(source)
    for found, (_, change) in enumerate(_changes(tree)):
        if found == number:
            change.make()
            return ast.fix_missing_locations(tree)
    raise LookupError(f"there is no mutant {number}")


def files(home: Path, scope: Iterable[str]) -> list[str]:
    """The Python files in these folders, or these files themselves."""
    found: list[str] = []
    for name in scope:
        path = home / name
        paths = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        found += [each.relative_to(home).as_posix() for each in paths]
    return found


class _Scope(NamedTuple):
    name: str = ""
    names: tuple[str, ...] = ()
    in_function: bool = False


def _changes(tree: ast.Module) -> Iterator[tuple[_Scope, _Change]]:
    yield from _within(tree, _Scope())


def _within(node: ast.AST, scope: _Scope) -> Iterator[tuple[_Scope, _Change]]:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        node.exc.is_raised = True  # type: ignore[attr-defined]
    for field, value in ast.iter_fields(node):
        if _is_left_out_field(node, field):
            continue
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if not isinstance(child, ast.AST) or _is_left_out(node, field, child):
                continue
            place = _Place(node, field, index if isinstance(value, list) else None)
            is_body = field == "body" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            inner = _scope_of(child, _Scope(scope.name, in_function=True) if is_body else scope)
            for change in _of(child, place):
                yield inner, change
            yield from _within(child, inner)


def _scope_of(node: ast.AST, scope: _Scope) -> _Scope:
    """The name of what surrounds this node, and, where it runs at import, by which names it is used."""
    prefix = f"{scope.name}." if scope.name else ""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return _Scope(prefix + node.name, () if scope.in_function else (node.name,), scope.in_function)
    if isinstance(node, ast.Assign | ast.AnnAssign) and not scope.in_function:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = tuple(name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
        # A field is used by its own name, and where its class is made.
        return _Scope(prefix + ", ".join(names), (*scope.names, *names))
    return scope


def _is_left_out_field(node: ast.AST, field: str) -> bool:
    if field in {"annotation", "returns", "type_comment", "type_params", "bases"}:
        return True
    return isinstance(node, ast.Call) and field == "func" and isinstance(node.func, ast.Name)


def _is_left_out(parent: ast.AST, field: str, node: ast.AST) -> bool:
    match node:
        case ast.stmt():
            return _is_left_out_statement(node)
        case ast.match_case(body=[ast.Expr(value=ast.Call(func=ast.Name(id="assert_never")))]):
            return True
        case ast.keyword(arg=name):
            return name in _SAYS_NOTHING or (name == "name" and _function(parent) == "create_task")
        case ast.Call() if _function(node) in _LEFT_ALONE:
            return True
        case ast.Constant() | ast.JoinedStr():
            return isinstance(parent, ast.Call) and _takes_words(parent, field)
        case _:
            return False


def _is_left_out_statement(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Global() | ast.Nonlocal() | ast.Assert():
            return True
        case ast.Expr(value=ast.Constant()):
            return True  # a docstring, or the `...` of a protocol
        case ast.Expr(value=ast.Call() as call):
            return _logs(call.func) or _function(call) == "assert_never"
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in _NO_BEHAVIOUR or (not name.isupper() and name[:1].isupper() and _is_type(node.value))
        case ast.ClassDef(bases=bases):
            return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in bases)
        case _:
            return False


def _is_type(value: ast.AST) -> bool:
    return isinstance(value, ast.Subscript | ast.Name) or (
        isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)
    )


def _logs(func: ast.AST) -> bool:
    return isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in {"log", "_log"}


def _function(node: ast.AST) -> str:
    """The name of what is called."""
    func = getattr(node, "func", None)
    name: str = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    return name


def _takes_words(call: ast.Call, field: str) -> bool:
    """Whether what is given here is a sentence, or says what went wrong to whoever reads the log."""
    name = _function(call)
    return field == "args" and (name in _SENTENCES or (hasattr(call, "is_raised") and name not in _TOLD))


def _text(node: ast.AST, limit: int = 90) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _replaced(place: _Place, *new: ast.AST) -> Iterator[_Change]:
    old = place.get()
    for each in new:
        yield _Change(old, _text(old), _text(each), partial(place.put, each))


def _edited(place: _Place, edit: Callable[[ast.AST], None]) -> Iterator[_Change]:
    """A copy of the node, edited, in its place."""
    copied = copy.deepcopy(place.get())
    edit(copied)
    yield from _replaced(place, copied)


def _of(node: ast.AST, place: _Place) -> Iterator[_Change]:
    match node:
        case ast.expr():
            yield from _of_expression(node, place)
        case ast.stmt():
            yield from _of_statement(node, place)
        case ast.comprehension(ifs=ifs):
            for index in range(len(ifs)):
                yield _left_out(node.ifs[index], node, "ifs", index)
        case ast.ExceptHandler(body=body) if not (len(body) == 1 and isinstance(body[0], ast.Raise)):
            yield _Change(
                node, f"{_text(node, 60)}", "raise", partial(_Place(node, "body", 0).put, ast.Raise(None, None))
            )
        case ast.match_case(guard=guard):
            if guard is not None:
                yield _Change(node.pattern, f"if {_text(guard)}", "no guard", partial(setattr, node, "guard", None))
        case _:
            pass


def _of_expression(node: ast.expr, place: _Place) -> Iterator[_Change]:
    yield from _of_condition(node, place)
    yield from _of_value(node, place)


def _of_condition(node: ast.expr, place: _Place) -> Iterator[_Change]:
    match node:
        case ast.Compare(ops=ops):
            for index, op in enumerate(ops):
                for new in _SWAPPED[type(op)]:
                    yield from _edited(place, partial(_put_in, field="ops", index=index, new=new()))
        case ast.BoolOp(values=values):
            for index in range(len(values)):
                rest = [value for number, value in enumerate(values) if number != index]
                yield from _replaced(place, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _replaced(place, operand)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _replaced(place, body, orelse)
        case _:
            pass


def _of_value(node: ast.expr, place: _Place) -> Iterator[_Change]:
    match node:
        case ast.Constant(value=value):
            yield from _replaced(place, *_of_constant(value))
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
            yield from _replaced(place, ast.BinOp(node.left, _ARITHMETIC[type(op)](), node.right))
        case ast.Call():
            yield from _of_call(node, place)
        case ast.Slice():
            for bound in ("lower", "upper"):
                if getattr(node, bound) is not None:
                    yield from _edited(place, partial(_set, field=bound))
        case ast.Set(elts=elements) | ast.List(elts=elements) if len(elements) > 1:
            for index, element in enumerate(elements):
                yield _left_out(element, node, "elts", index, "[…, {}]")


def _of_constant(value: object) -> Iterator[ast.Constant]:
    match value:
        case bool():
            yield ast.Constant(not value)
        case int() | float():
            yield ast.Constant(value + 1)
        case str():
            yield ast.Constant(f"{value}XX")
        case _:
            pass


def _of_call(node: ast.Call, place: _Place) -> Iterator[_Change]:
    name = _function(node)
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is not None and not _is_left_out(node, "keywords", keyword):
            yield _left_out(keyword, node, "keywords", index, f"{name}(…, {{}})")
    if name in _OTHER_FUNCTION and isinstance(node.func, ast.Name):
        yield from _edited(place, partial(_set, field="func", new=ast.Name(_OTHER_FUNCTION[name], ast.Load())))
    if name in _CONDITIONS and len(node.args) > 1:
        for index, condition in enumerate(node.args):
            yield _left_out(condition, node, "args", index, f"{name}(…, {{}})")
    if name in _TEXT_METHODS and isinstance(node.func, ast.Attribute):
        yield from _replaced(place, node.func.value)
    if name == "sorted" and node.args:
        yield from _replaced(place, ast.Call(ast.Name("list", ast.Load()), [node.args[0]], []))


def _of_statement(node: ast.stmt, place: _Place) -> Iterator[_Change]:
    match node:
        case ast.If(test=test) | ast.While(test=test) if not isinstance(test, ast.Constant):
            word, values = ("if", (True, False)) if isinstance(node, ast.If) else ("while", (False,))
            for value in values:
                yield _Change(test, f"{word} {_text(test)}", f"{word} {value}", partial(_set, node, "test", value))
        case ast.Match(cases=cases) if len(cases) > 1:
            for index, case in enumerate(cases):
                if not (isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None):
                    yield _left_out(case.pattern, node, "cases", index)
        case _ if _may_be_missing(node):
            yield _Change(node, _text(node), "pass", partial(place.put, ast.Pass()))
        case _:
            pass


def _may_be_missing(node: ast.stmt) -> bool:
    match node:
        case ast.Expr() | ast.AugAssign() | ast.Delete() | ast.Continue() | ast.Break() | ast.Return(value=None):
            return True
        case ast.Raise(exc=raised):
            return raised is not None
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            return True
        case _:
            return False


def _left_out(shown: ast.AST, parent: ast.AST, field: str, index: int, within: str = "{}") -> _Change:
    text = within.replace("{}", _text(shown))
    return _Change(shown, text, "left out", partial(_remove_from, parent, field, index))


def _remove_from(node: ast.AST, field: str, index: int) -> None:
    del getattr(node, field)[index]


def _put_in(node: ast.AST, field: str, index: int, new: ast.AST) -> None:
    getattr(node, field)[index] = new


def _set(node: ast.AST, field: str, new: object = None) -> None:
    if isinstance(new, bool):
        new = ast.Constant(new)
    setattr(node, field, new)
