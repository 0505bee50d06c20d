"""Pydantic's errors as messages with place and suggestion."""

import json
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from auditor.policy.message import MOST_TOLD, Message, nearest, tell
from auditor.policy.schema import WORDS
from auditor.policy.tree import Node


def validate(model: type[BaseModel], node: Node, within: str = "") -> tuple[BaseModel | None, tuple[Message, ...]]:
    """The value of a tree as a model, or all that is wrong with it.

    ``within`` names the thing in messages about missing keys. Types are strict: a number is no text.
    """
    try:
        # JSON is the strict mode in which a list may become a tuple and a text a date or an enumeration.
        return model.model_validate_json(json.dumps(node.plain()), strict=True), ()
    except ValidationError as error:
        errors = error.errors(include_url=False)[:MOST_TOLD]
        keys = {details["loc"][:-1] for details in errors if details["loc"][-1:] == ("[key]",)}
        errors = [details for details in errors if not any(details["loc"][: len(key)] == key for key in keys)] + [
            details for details in errors if details["loc"][-1:] == ("[key]",)
        ]
        found = tuple(_message(model, node, details, within) for details in errors)
    # A mistyped key is one mistake: the key that it was meant to be is not missing as well.
    meant = {message.suggestion for message in found if message.rule == "unknown-key"}
    return None, tuple(m for m in found if m.rule != "missing-key" or m.message.split("'")[1] not in meant)


def _message(model: type[BaseModel], node: Node, error: ErrorDetails, within: str) -> Message:
    path, kind, context = error["loc"], error["type"], error.get("ctx", {})
    if path and path[-1] == "[key]":
        path = path[:-1]
        found = node.nearest(path)
        wanted = WORDS.get(str(context.get("pattern")), "another form")
        return tell(found.key, "wrong-key", f"key {_show(path[-1])} has to be {wanted}")
    found = node.nearest(path)
    last = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        parent = _model_at(model, path[:-1]) or model
        known = [field.alias or name for name, field in parent.model_fields.items()]
        listed = "" if nearest(last, known) else f"; there is {', '.join(known) if known else 'none'}"
        return tell(found.key, "unknown-key", f"unknown key '{last}'{listed}", nearest(last, known))
    if kind == "missing":
        holder = f" in {within}" if within and len(path) == 1 else ""
        return tell(node.nearest(path[:-1]).place, "missing-key", f"'{last}' is missing here{holder}")
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", ""))
        allowed = re.findall(r"'([^']+)'", expected) or [expected.lower()]
        words = f"{_show(error['input'])} is not one of {', '.join(allowed)}"
        return tell(found.place, "wrong-value", words, nearest(error["input"], allowed))
    return tell(found.place, *_words(kind, context, error))


def _words(kind: str, context: dict[str, Any], error: ErrorDetails) -> tuple[str, str, str]:
    """Rule, message and suggestion for errors of type, form and range."""
    given = error["input"]
    shown = _show(given)
    if kind == "string_type":
        quoted = json.dumps(str(given)) if isinstance(given, int | float) and not isinstance(given, bool) else ""
        return "wrong-type", f"a text is needed here, {shown} is {_kind(given)}", quoted
    for start, wanted in _TYPES:
        if kind.startswith(start):
            return "wrong-type", f"{wanted} is needed here, {shown} is {_kind(given)}", ""
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern"))
        return "wrong-form", f"{shown} has to be {WORDS.get(pattern, f'of the form {pattern}')}", ""
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        side = "at least" if "ge" in context else "at most"
        return "out-of-range", f"{shown} has to be {side} {bound}", ""
    if kind in ("string_too_short", "too_short"):
        unit = "characters" if kind == "string_too_short" else "entries"
        return "too-short", f"{shown} is too short; it needs at least {context.get('min_length')} {unit}", ""
    if kind in ("string_too_long", "too_long"):
        return "too-long", f"too long; at most {context.get('max_length')} are allowed", ""
    if kind == "value_error":
        reason = str(context.get("error", error["msg"]))
        return "wrong-value", reason if shown in reason else f"{shown}: {reason}", ""
    return "wrong-value", f"{shown}: {error['msg']}", ""


_TYPES = (
    ("int_", "a whole number"),
    ("float_", "a number"),
    ("bool_", "true or false"),
    ("tuple_", "a list"),
    ("list_", "a list"),
    ("dict_", "a mapping (key: value)"),
    ("model_", "a mapping (key: value)"),
)


def _kind(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "a mapping"


def _show(value: object) -> str:
    if isinstance(value, dict | list):
        return "this"
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else f"'{value}'"
    return text if len(text) <= 80 else f"{text[:78]}…'"


def _model_at(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model that describes the value at a path."""
    here: type[BaseModel] | None = model
    for step in path:
        if isinstance(step, int) or here is None:
            continue
        field = next((f for name, f in here.model_fields.items() if step in (name, f.alias)), None)
        if field is not None:
            here = next(_models(field.annotation), None)
    return here


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and not issubclass(annotation, Enum):
        yield annotation
        return
    for inner in get_args(annotation):
        yield from _models(inner)
