"""Reads chat templates as Jinja, never rendering one: which constructs reach beyond the messages they are given.

Only the syntax tree is looked at. Servers render templates in a sandbox, or should; a template that needs one says
something about who wrote it. References: CVE-2024-34359, CVE-2026-5760 (templates that ran code in a server).
"""

import re
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from auditor.facts.contents import Harm, Hazard
from auditor.recognise.models_leaf import clean

LONGEST = 256 * 1024
"""Characters of a template that is parsed."""
MOST_NODES = 100_000
LARGEST_RANGE = 100_000
MOST_HAZARDS = 50

_UNDER = re.compile(r"__\w+__")
_INNER = frozenset(
    [
        "mro",
        "func_globals",
        "func_code",
        "func_closure",
        "func_defaults",
        "im_func",
        "im_self",
        "im_class",
        "gi_frame",
        "gi_code",
        "gi_yieldfrom",
        "cr_frame",
        "cr_code",
        "ag_frame",
        "ag_code",
        "f_globals",
        "f_locals",
        "f_builtins",
        "f_back",
        "f_code",
        "tb_frame",
        "tb_next",
        "co_code",
        "co_consts",
    ]
)
_OUTER = frozenset(
    [
        "eval",
        "exec",
        "open",
        "compile",
        "getattr",
        "setattr",
        "globals",
        "locals",
        "vars",
        "os",
        "sys",
        "subprocess",
        "importlib",
        "builtins",
        "import_module",
        "popen",
        "system",
        "lipsum",
        "url_for",
        "get_flashed_messages",
        "request",
        "application",
    ]
)
"""Names that a template is not given, or that lead out of the sandbox of others."""
_NAMING = frozenset({"attribute", "by"})
_BUILDING = frozenset({"join", "format", "replace", "reverse", "lower", "upper", "string", "first", "last", "trim"})


class _Generation(Extension):
    """``{% generation %}``, by which templates mark what the assistant said."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def hazards_of(template: str) -> tuple[tuple[Hazard, ...], str]:
    """What a template does beyond printing messages, and why it could not be read; empty where it could."""
    if len(template) > LONGEST:
        return (), f"a template of {len(template)} characters is not parsed"
    environment = Environment(extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do", _Generation])
    try:
        tree = environment.parse(template)
    except TemplateError as error:
        return (), f"is no template that Jinja can parse: {clean(str(error), 200)}"
    except (RecursionError, ValueError, OverflowError, MemoryError) as error:
        return (), f"could not be parsed: {type(error).__name__}"
    found: dict[Hazard, None] = {}
    for count, node in enumerate(_every(tree)):
        if count >= MOST_NODES or len(found) >= MOST_HAZARDS:
            return tuple(found), "was not looked through to its end"
        for harm, detail in _of(node):
            line = f"line {node.lineno}" if node.lineno else ""
            found[Hazard(kind="template", harm=harm, detail=clean(detail), where=line)] = None
    return tuple(found), ""


def _every(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.iter_child_nodes())


def _of(node: nodes.Node) -> Iterator[tuple[Harm, str]]:
    if isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
        yield Harm.HIGH, f"loads another template ({type(node).__name__.lower()})"
    elif isinstance(node, nodes.Getattr):
        yield from _attribute(node.attr)
    elif isinstance(node, nodes.Getitem):
        yield from _item(node.arg)
    elif isinstance(node, nodes.Filter):
        yield from _filter(node)
    elif isinstance(node, nodes.Call):
        yield from _call(node)
    elif isinstance(node, nodes.Name) and node.ctx == "load" and (node.name in _OUTER or _UNDER.fullmatch(node.name)):
        yield Harm.MEDIUM, f"uses the name {node.name}"
    elif isinstance(node, nodes.Const) and isinstance(node.value, str):
        if _UNDER.search(node.value):
            yield Harm.MEDIUM, f"holds the text {node.value[:80]}"
        elif node.value in ("__", "_") or re.search(r"\\x5f|\\u005f", node.value):
            yield Harm.MEDIUM, "holds underscores as a text of their own, as names are put together from"
    elif isinstance(node, nodes.Pow):
        yield Harm.MEDIUM, "computes a power, by which a server can be kept busy"
    elif isinstance(node, nodes.Mul):
        yield from _product(node)


def _attribute(name: str) -> Iterator[tuple[Harm, str]]:
    if _UNDER.fullmatch(name) or name in _INNER:
        yield Harm.HIGH, f"reaches for the attribute {name}"
    elif name.startswith("_") or name in ("popen", "system", "import_module", "check_output", "format_map"):
        yield Harm.MEDIUM, f"reaches for the attribute {name}"


def _item(key: nodes.Expr) -> Iterator[tuple[Harm, str]]:
    if isinstance(key, nodes.Const):
        if isinstance(key.value, str):
            yield from _attribute(key.value)
    elif _builds_text(key):
        yield Harm.MEDIUM, "looks up a name that it puts together from texts"


def _builds_text(node: nodes.Node) -> bool:
    """Whether an expression makes a text out of texts; ``loop.index0 + 1`` does not."""
    if isinstance(node, nodes.Concat):
        return True
    if isinstance(node, nodes.Add | nodes.Mod | nodes.Mul):
        return any(isinstance(side, nodes.Const) and isinstance(side.value, str) for side in (node.left, node.right))
    if isinstance(node, nodes.Filter):
        return node.name in _BUILDING and node.name not in ("first", "last")
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
        inner = node.node.node
        return node.node.attr in ("join", "format", "replace") and isinstance(inner, nodes.Const)
    return False


def _filter(node: nodes.Filter) -> Iterator[tuple[Harm, str]]:
    named = [*node.args, *(pair.value for pair in node.kwargs if pair.key in _NAMING)]
    if node.name == "attr":
        constant = next((a.value for a in node.args if isinstance(a, nodes.Const)), None)
        harm = Harm.HIGH if not isinstance(constant, str) or any(_attribute(constant)) else Harm.MEDIUM
        yield harm, "reaches for an attribute by the filter attr"
    elif node.name in ("map", "selectattr", "rejectattr", "groupby", "sort", "unique", "sum", "min", "max"):
        for argument in named:
            value: Any = argument.value if isinstance(argument, nodes.Const) else None
            if isinstance(value, str):
                if value == "attr":
                    yield Harm.HIGH, "reaches for attributes by the filter attr"
                for part in value.split("."):
                    yield from _attribute(part)
            elif _builds_text(argument):
                yield Harm.MEDIUM, "looks up a name that it puts together from texts"
    elif node.name == "format" and isinstance(node.node, nodes.Const) and "__" in str(node.node.value):
        yield Harm.HIGH, "formats a text that reaches for inner attributes"


def _call(node: nodes.Call) -> Iterator[tuple[Harm, str]]:
    called = node.node
    if isinstance(called, nodes.Name) and called.name == "range":
        for argument in node.args:
            value = argument.value if isinstance(argument, nodes.Const) else None
            if (isinstance(value, int) and abs(value) > LARGEST_RANGE) or isinstance(argument, nodes.Pow | nodes.Mul):
                yield Harm.MEDIUM, "counts through a range so large that a server is kept busy"
    elif isinstance(called, nodes.Getattr) and called.attr in ("format", "format_map"):
        text = called.node.value if isinstance(called.node, nodes.Const) else ""
        if isinstance(text, str) and re.search(r"\{[^{}]*[._]_?\w*", text) and ("__" in text or ".mro" in text):
            yield Harm.HIGH, "formats a text that reaches for inner attributes"


def _product(node: nodes.Mul) -> Iterator[tuple[Harm, str]]:
    for side, other in ((node.left, node.right), (node.right, node.left)):
        large = isinstance(side, nodes.Const) and isinstance(side.value, int) and abs(side.value) > LARGEST_RANGE
        if large and (not isinstance(other, nodes.Const) or isinstance(other.value, str)):
            yield Harm.MEDIUM, "multiplies by a number so large that a server is kept busy"
            return
