"""Expressions of policies (CEL): their grammar, the names they may use and their bounds, before anything is judged.

An expression is what ``facts.expression`` asks of the facts in the Common Expression Language. It is parsed by a
library and then looked through here: only names of facts, only functions of a closed list, only so long, so deep and
so many macros. Whoever evaluates it (:mod:`auditor.judge.expressions`) counts its steps besides.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from celpy.celparser import CELParseError, CELParser
from lark import Token, Tree
from pydantic import BaseModel

from auditor.facts.audit import Facts
from auditor.facts.fact import Fact
from auditor.policy.effective import Deployer
from auditor.policy.message import nearest

LONGEST = 2_000
"""Characters."""
DEEPEST = 16
"""Brackets and signs within each other."""
DEEPEST_PARSED = 200
"""Levels of the tree as the grammar has it; one bracket makes ten of them."""
DEEPEST_TREE = 64
"""Levels of the tree that is walked; a chain of so many operators makes as many."""
MOST_MACROS = 12
MOST_NESTED = 3
"""Macros within each other: each multiplies the work by the length of a list."""

MACROS = ("all", "exists", "exists_one", "filter", "map")
METHODS = ("contains", "endsWith", "matches", "startsWith")
FUNCTIONS = ("double", "duration", "int", "size", "string", "timestamp")
KEYWORDS = ("true", "false", "null")

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "host": (),
    "model": ("models",),
    "process": ("serving",),
    "gpu": ("gpus",),
    "listener": ("traffic", "listeners"),
}
"""What an expression may be asked for each of, and where in the facts these stand; also the name of each in it."""


@dataclass(frozen=True, order=True)
class Fault:
    """Something wrong in an expression, at a line and column of it, both from 1."""

    line: int
    column: int
    words: str
    suggestion: str = ""

    def __str__(self) -> str:
        meant = f" (did you mean '{self.suggestion}'?)" if self.suggestion else ""
        return f"{self.line}:{self.column}: {self.words}{meant}"


class Refused(ValueError):
    """An expression that cannot be used, with the first of its faults."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def roots() -> dict[str, Any]:
    """Every name that stands for facts, with its type."""
    found = {name: field.annotation for name, field in Facts.model_fields.items()}
    return {**found, "deployer": Deployer}


def compile_expression(text: str, each: str, values: Mapping[str, Any]) -> Tree[Token]:
    """The tree of an expression that may be evaluated. Raises Refused with its first fault."""
    tree, faults = _examined(text, each, tuple(sorted(values)))
    if tree is None or faults:
        raise Refused(faults[0])
    return tree


def faults_of(text: str, each: str, values: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Everything that is wrong with an expression, in the order of its text."""
    return _examined(text, each, tuple(sorted(values)))[1]


@lru_cache(maxsize=256)
def _examined(text: str, each: str, values: tuple[str, ...]) -> tuple[Tree[Token] | None, tuple[Fault, ...]]:
    try:
        _bound(text)
        parsed = _parser().parse(text)
        _bound_depth(parsed, DEEPEST_PARSED)
        tree = _simplified(parsed)
        _bound_depth(tree, DEEPEST_TREE)
    except Refused as refused:
        return None, (refused.fault,)
    except CELParseError as error:
        return None, (_unparsed(text, error),)
    names = roots()
    if each != "host":
        names[each] = _element(_below(Facts, SUBJECTS[each]))
    reader = _Reader(values)
    reader.read(tree, names, 0)
    if not reader.faults and not reader.touched:
        reader.faults.append(Fault(1, 1, "the expression asks for no fact, so that it decides nothing"))
    return tree, tuple(sorted(set(reader.faults)))


@cache
def _parser() -> CELParser:
    return CELParser()


def _bound(text: str) -> None:
    """Refuse what is too long or too deep to be parsed without harm."""
    if len(text) > LONGEST:
        raise Refused(Fault(1, 1, f"an expression has at most {LONGEST} characters, this one {len(text)}"))
    depth, signs, line, start = 0, 0, 1, 0
    for at, char in enumerate(text):
        if char == "\n":
            line, start = line + 1, at + 1
        depth += (char in "([{") - (char in ")]}")
        signs = signs + 1 if char in "!-" else signs if char.isspace() else 0
        if depth + signs > DEEPEST:
            raise Refused(Fault(line, at - start + 1, f"an expression is nested at most {DEEPEST} levels deep"))


def _bound_depth(tree: Tree[Token], deepest: int) -> None:
    """Refuse a tree that could not be walked with Python's stack."""
    waiting = [(tree, 1)]
    while waiting:
        here, depth = waiting.pop()
        if depth > deepest:
            place = Fault(here.meta.line, here.meta.column, "too many operators in one expression; use two controls")
            raise Refused(place)
        waiting += [(child, depth + 1) for child in here.children if isinstance(child, Tree)]


def _unparsed(text: str, error: CELParseError) -> Fault:
    """What the parser could not read, in words."""
    lines = text.split("\n")
    line, column = error.line or 0, error.column or 0
    if line < 1 or line > len(lines):
        line, column = len(lines), len(lines[-1]) + 1
    open_ = _never_closed(text)
    if open_ is not None:
        return open_
    rest = lines[line - 1][column - 1 :]
    if rest[:1] == "=" and rest[:2] != "==":
        return Fault(line, column, "'=' compares nothing", "==")
    word = rest.split()[0] if rest.split() else ""
    if word in ("and", "or", "not"):
        return Fault(line, column, f"'{word}' is no operator", {"and": "&&", "or": "||", "not": "!"}[word])
    shown = f"'{word[:20]}'" if word else "the end of the expression"
    return Fault(line, column, f"this is no CEL: {shown} does not fit here")


_QUOTED = re.compile(r"""//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[()\[\]{}\n]""")


def _never_closed(text: str) -> Fault | None:
    """The innermost bracket that is never closed."""
    waiting: list[Fault] = []
    line, start = 1, 0
    for found in _QUOTED.finditer(text):
        sign = found[0]
        if sign == "\n":
            line, start = line + 1, found.end()
        elif sign in "([{":
            waiting.append(Fault(line, found.start() - start + 1, f"'{sign}' is never closed"))
        elif sign in ")]}" and waiting:
            waiting.pop()
    return waiting[-1] if waiting else None


def _simplified(tree: Tree[Token]) -> Tree[Token]:
    """The tree without rules that only hand their one child on; it means the same and is walked faster."""
    keep = ("primary", "paren_expr", "list_lit", "exprlist", "map_lit", "mapinits")
    children = [_simplified(child) if isinstance(child, Tree) else child for child in tree.children]
    only = children[0] if len(children) == 1 else None
    if isinstance(only, Tree) and tree.data not in keep and not str(tree.data).startswith(("relation_", "addition_")):
        if str(tree.data).startswith("multiplication_"):
            return Tree(tree.data, children, tree.meta)
        return only
    return Tree(tree.data, children, tree.meta)


class _Reader:
    """Walks a tree with what is known of the types of names; an unknown type is None and permits everything."""

    def __init__(self, values: tuple[str, ...]) -> None:
        self.faults: list[Fault] = []
        self.touched = False
        self._values = values
        self._macros = 0

    def read(self, tree: Tree[Token], names: Mapping[str, Any], nested: int) -> Any:
        """The type of an expression's value, as far as it is known."""
        kind = str(tree.data)
        if kind == "ident":
            return self._name(tree, names)
        if kind == "member_dot":
            return self._field(tree, names, nested)
        if kind == "member_dot_arg":
            return self._method(tree, names, nested)
        if kind == "ident_arg":
            return self._call(tree, names, nested)
        if kind in ("member_object", "dot_ident", "dot_ident_arg"):
            self._say(tree, "only facts, values and functions of the reference can stand here")
            return None
        found = [self.read(child, names, nested) for child in tree.children if isinstance(child, Tree)]
        if kind == "member_index":
            return _element(found[0])
        return found[0] if kind in ("primary", "paren_expr") and found else None

    def _name(self, tree: Tree[Token], names: Mapping[str, Any]) -> Any:
        name = str(tree.children[0])
        if name == "values" and name not in names:
            return dict.fromkeys(self._values)
        if name in KEYWORDS:
            return None
        if name not in names:
            known = [*names, *(("values",) if self._values else ())]
            near = nearest(name, known)
            self._say(tree, f"unknown name '{name}'" + ("" if near else f"; there is {', '.join(known)}"), near)
            return None
        if names[name] is not _BOUND:
            self.touched = True
        return None if names[name] is _BOUND else names[name]

    def _field(self, tree: Tree[Token], names: Mapping[str, Any], nested: int) -> Any:
        holder, name = self.read(_tree(tree.children[0]), names, nested), _token(tree.children[1])
        if isinstance(holder, dict):
            if name not in holder:
                self._say(name, f"'values' has no '{name}'", nearest(str(name), holder))
            return None
        model = _record(holder)
        if model is None:
            return None
        if name not in model.model_fields:
            near = nearest(str(name), model.model_fields)
            words = f"{model.__name__} has no '{name}'"
            listed = "" if near else f"; there is {', '.join(model.model_fields)}"
            self._say(name, words + listed, near)
            return None
        return model.model_fields[str(name)].annotation

    def _method(self, tree: Tree[Token], names: Mapping[str, Any], nested: int) -> Any:
        holder, name = self.read(_tree(tree.children[0]), names, nested), _token(tree.children[1])
        arguments = _arguments(tree.children[2:])
        if name not in MACROS:
            if name not in METHODS:
                known = (*MACROS, *METHODS)
                listed = "" if nearest(str(name), known) else f"; there is {', '.join(known)}"
                self._say(name, f"unknown function '{name}'{listed}", nearest(str(name), known))
            elif len(arguments) != 1:
                self._say(name, f"'{name}' takes one argument")
            for argument in arguments:
                self.read(argument, names, nested)
            return None
        self._macros += 1
        if self._macros > MOST_MACROS or nested >= MOST_NESTED:
            limit = f"{MOST_MACROS} in all, {MOST_NESTED} within each other"
            self._say(name, f"too many of {', '.join(MACROS)}: {limit}")
            return None
        bound = _bound_name(arguments[0]) if len(arguments) == 2 else None
        if bound is None:
            self._say(name, f"'{name}' is written LIST.{name}(NAME, EXPRESSION)")
            return None
        element = _element(holder)
        self.read(arguments[1], {**names, bound: _BOUND if element is None else element}, nested + 1)
        return holder if name == "filter" else None

    def _call(self, tree: Tree[Token], names: Mapping[str, Any], nested: int) -> Any:
        name, arguments = _token(tree.children[0]), _arguments(tree.children[1:])
        if name == "has":
            words = "'has' would make an answer of what was not seen; ask for the fact itself"
            self._say(name, words)
        elif name not in FUNCTIONS:
            listed = "" if nearest(str(name), FUNCTIONS) else f"; there is {', '.join(FUNCTIONS)}"
            self._say(name, f"unknown function '{name}'{listed}", nearest(str(name), FUNCTIONS))
        elif len(arguments) != 1:
            self._say(name, f"'{name}' takes one argument")
        for argument in arguments:
            self.read(argument, names, nested)
        return None

    def _say(self, at: Tree[Token] | Token, words: str, suggestion: str = "") -> None:
        place = at if isinstance(at, Token) else at.meta
        self.faults.append(Fault(place.line or 1, place.column or 1, words, suggestion))


_BOUND = object()
"""The type of a macro's name where nothing is known of it."""


def _tree(child: Tree[Token] | Token) -> Tree[Token]:
    return child if isinstance(child, Tree) else Tree("primary", [Tree("literal", [child])])


def _token(child: Tree[Token] | Token) -> Token:
    if isinstance(child, Tree):
        raise Refused(Fault(child.meta.line, child.meta.column, "a name is needed here"))
    return child


def _arguments(children: list[Tree[Token] | Token]) -> list[Tree[Token]]:
    found: list[Tree[Token]] = []
    for child in children:
        if isinstance(child, Tree):
            found += [_tree(each) for each in child.children] if child.data == "exprlist" else [child]
    return found


def _bound_name(tree: Tree[Token]) -> str | None:
    """The name that a macro binds, where its first argument is a bare name."""
    while tree.data == "primary" and len(tree.children) == 1 and isinstance(tree.children[0], Tree):
        tree = tree.children[0]
    return str(tree.children[0]) if tree.data == "ident" else None


def _below(model: type[BaseModel], path: tuple[str, ...]) -> Any:
    found: Any = model
    for name in path:
        holder = _record(found)
        found = holder.model_fields[name].annotation if holder is not None else None
    return found


def _bare(annotation: Any) -> Iterator[Any]:
    """The types of a value once it is seen: without the fact around it, and without None."""
    if isinstance(annotation, type) and issubclass(annotation, Fact):
        arguments = annotation.__pydantic_generic_metadata__["args"]
        for inner in arguments:
            yield from _bare(inner)
    elif get_origin(annotation) in (Union, UnionType):
        for inner in get_args(annotation):
            yield from _bare(inner)
    elif annotation is not type(None):
        yield annotation


def _record(annotation: Any) -> type[BaseModel] | None:
    """The record that a type is, if it is one."""
    for bare in _bare(annotation):
        if isinstance(bare, type) and issubclass(bare, BaseModel):
            return bare
    return None


def _element(annotation: Any) -> Any:
    """The type of a list's elements."""
    for bare in _bare(annotation):
        if get_origin(bare) in (tuple, list):
            return get_args(bare)[0]
    return None
