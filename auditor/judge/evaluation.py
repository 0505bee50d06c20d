"""Evaluates an expression of a policy (CEL) over facts: every step is counted, every value bounded.

A fact without a value that is touched ends the evaluation; so does too much work. Operators do not cut each other
short, so that the order of writing changes nothing.
"""

import re
from collections.abc import Callable
from typing import Any

from celpy import celtypes
from celpy.evaluation import Activation, CELEvalError, CELSyntaxError, CELUnsupportedError, Evaluator
from lark import Token, Tree
from pydantic import BaseModel

from auditor.facts.audit import Facts
from auditor.facts.fact import Fact
from auditor.facts.traffic import Flow
from auditor.policy.effective import Deployer
from auditor.policy.expression import Refused, compile_expression

MOST_STEPS = 300_000
"""Of one control, all its subjects together."""
MOST_SIZE = 100_000
"""Entries of a list and characters of a text that an expression makes."""

_NAMES = ("name", "name_source", "alpn", "ja4", "ech")
_COUNTS = ("bytes_out", "bytes_in")


class Unseen(Exception):
    """A fact without a value was touched."""

    def __init__(self, pointer: str, why: str) -> None:
        super().__init__(pointer)
        self.pointer = pointer
        self.why = why


class Failed(Exception):
    """There is no answer: the expression does not fit the facts, or takes more work than any may. In words."""


class Evaluation:
    """Hands facts to an expression, and remembers which it asked for.

    ``steps`` is shared by all evaluations of one control.
    """

    def __init__(self, facts: Facts, deployer: Deployer, values: dict[str, Any], steps: list[int]) -> None:
        self.touched: dict[str, None] = {}
        """JSON pointers of facts."""
        self.roots: dict[str, None] = {}
        """Kinds of facts."""
        self._facts = facts
        self._deployer = deployer
        self._values = values
        self._steps = steps
        self._subject: tuple[str, str, Any, str] = ("", "", None, "")
        self._made: dict[str, Any] = {}

    def about(self, name: str, root: str, value: Any, pointer: str) -> None:
        """Let a name stand for one record, which is of this kind and stands at this place in the facts."""
        self._subject = (name, root, value, pointer)

    def run(self, text: str, each: str) -> bool:
        """The answer. Raises Unseen or Failed."""
        try:
            tree = compile_expression(text, each, self._values)
            answer = _Evaluator(tree, Activation(functions=_FUNCTIONS), self).evaluate()
        except Refused as refused:
            raise Failed(str(refused)) from refused
        except (CELEvalError, CELSyntaxError, CELUnsupportedError, ArithmeticError, TypeError, ValueError) as error:
            raise Failed(_words(error)) from error
        if not isinstance(answer, celtypes.BoolType):
            raise Failed("it is neither true nor false")
        return bool(answer)

    def step(self) -> None:
        """Count one step of the evaluation."""
        self._steps[0] += 1
        if self._steps[0] > MOST_STEPS:
            raise _exhausted()

    def name(self, name: str) -> Any:
        """What a name stands for. Raises KeyError."""
        subject, root, value, pointer = self._subject
        if name == subject and name:
            self.roots.setdefault(root)
            return self.convert(value, pointer)
        if name == "values":
            return celtypes.MapType({key: self.convert(each, "") for key, each in self._values.items()})
        if name == "deployer":
            self.roots.setdefault(name)
            return _Record(self._deployer, name, self)
        if name in Facts.model_fields:
            self.roots.setdefault(name)
            return self.convert(getattr(self._facts, name), f"/facts/{name}")
        raise KeyError(name)

    def touch(self, pointer: str) -> None:
        """Remember a fact that the answer rests on."""
        if pointer.startswith("/"):
            self.touched.setdefault(pointer)

    def convert(self, value: Any, pointer: str) -> Any:
        """A value of the facts as one of CEL. Raises Unseen where there is none."""
        if isinstance(value, Fact):
            if not value.seen:
                raise Unseen(pointer, value.note or value.status.value)
            value = value.value
        if isinstance(value, BaseModel):
            return _Record(value, pointer, self)
        if value is None:
            raise Unseen(pointer, "not told" if pointer.startswith("/") else "not stated")
        if isinstance(value, tuple | list):
            return self._list(value, pointer)
        if isinstance(value, dict):
            return celtypes.MapType({celtypes.StringType(k): self.convert(v, pointer) for k, v in value.items()})
        if isinstance(value, bool):
            return celtypes.BoolType(value)
        if isinstance(value, int):
            return celtypes.IntType(value)
        if isinstance(value, float):
            return celtypes.DoubleType(value)
        return celtypes.StringType(str(value))

    def _list(self, value: tuple[Any, ...] | list[Any], pointer: str) -> Any:
        if len(value) > MOST_SIZE:
            raise _exhausted()
        self.touch(pointer)
        if not pointer:
            return celtypes.ListType([self.convert(each, "") for each in value])
        if pointer not in self._made:
            converted = [self.convert(each, f"{pointer}/{at}") for at, each in enumerate(value)]
            self._made[pointer] = celtypes.ListType(converted)
        return self._made[pointer]


class _Record(celtypes.MapType):
    """A record of the facts; its fields are converted when they are asked for."""

    def __init__(self, record: BaseModel, pointer: str, reading: Evaluation) -> None:
        super().__init__()
        self._record, self._pointer, self._reading = record, pointer, reading

    def __getitem__(self, key: Any) -> Any:
        name = str(key)
        if name not in type(self._record).model_fields:
            raise KeyError(name)
        pointer = f"{self._pointer}/{name}"
        if isinstance(self._record, Flow) and _uncounted(self._record, name):
            raise Unseen(pointer, "no packets were looked at")
        found = self._reading.convert(getattr(self._record, name), pointer)
        if not isinstance(found, _Record):
            self._reading.touch(pointer)
        return found

    def _whole(self, *_: Any) -> Any:
        raise TypeError("a record is asked for its fields, not as a whole")

    __contains__ = __eq__ = __ne__ = __iter__ = __len__ = keys = values = items = contains = get = _whole  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return type(self._record).__name__

    def __bool__(self) -> bool:
        return True


def _uncounted(flow: Flow, name: str) -> bool:
    """Whether a field of a connection is empty only because nobody looked."""
    return (name in _NAMES and not flow.name_source) or (name in _COUNTS and not (flow.bytes_out or flow.bytes_in))


class _Evaluator(Evaluator):
    """The library's interpreter over facts, every step counted and every value bounded."""

    def __init__(self, ast: Tree[Token], activation: Activation, reading: Evaluation) -> None:
        super().__init__(ast, activation)
        self._reading = reading

    def sub_evaluator(self, ast: Tree[Token]) -> "_Evaluator":
        return _Evaluator(ast, self.activation, self._reading)

    def visit(self, tree: Tree[Token]) -> Any:
        self._reading.step()
        value = super().visit(tree)
        if isinstance(value, str | list) and len(value) > MOST_SIZE:
            raise _exhausted()
        return value

    def ident_value(self, name: str, root_scope: bool = False) -> Any:
        if name in self.activation.identifiers:
            return self.activation.resolve_variable(name)
        return self._reading.name(name)


def _numbers(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Arithmetic on numbers only: Python would repeat a text or fill in a format where these signs stand."""

    def run(left: Any, right: Any) -> Any:
        if not all(isinstance(each, celtypes.IntType | celtypes.DoubleType) for each in (left, right)):
            raise TypeError("no such overload")
        return function(left, right)

    run.__name__ = function.__name__
    return run


def _add(left: Any, right: Any) -> Any:
    sized = [len(each) for each in (left, right) if isinstance(each, str | list)]
    if sum(sized) > MOST_SIZE:
        raise _exhausted()
    return left + right


def _text(value: Any) -> Any:
    if isinstance(value, list | dict):
        raise TypeError("no such overload")
    return celtypes.StringType(value)


def _size(value: Any) -> Any:
    return celtypes.IntType(len(value))


def _times(left: Any, right: Any) -> Any:
    return left * right


def _over(left: Any, right: Any) -> Any:
    return left / right


def _rest(left: Any, right: Any) -> Any:
    return left % right


_FUNCTIONS: dict[str, Any] = {
    "_*_": _numbers(_times),
    "_/_": _numbers(_over),
    "_%_": _numbers(_rest),
    "_+_": _add,
    "string": _text,
    "size": _size,
}


_SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "in": "in",
          "add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%"}  # fmt: skip


def _words(error: Exception) -> str:
    """What went wrong, without places in memory."""
    text = str(error.args[0]) if error.args else type(error).__name__
    text = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", text)
    sign = re.search(r"Token\('RULE', '\w+_(\w+)'\)", text)
    if sign is not None and sign[1] in _SIGNS:
        text = text.replace(sign[0], f"'{_SIGNS[sign[1]]}'")
    return re.sub(r" at 0x[0-9a-f]+", "", text)[:200]


def _exhausted() -> Failed:
    return Failed("it takes more steps or room than any may")
