"""List the sentences that translators need, and what each language lacks; rewrite the catalogues in order.

Sentences of findings are literals given to ``say``, and the decision rules of the checks. Others come as text: from
the probe, from captures, from the tables of licences; they are literals at the places that ``TOLD`` names.

    python tools/sentences.py              what is missing and what is stale
    python tools/sentences.py --write      write the catalogues in order, without what is stale
    python tools/sentences.py --add FILE   add translations: YAML, language to English sentence to translation
"""

import argparse
import ast
import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import yaml

from auditor.evidence.words import catalogue, languages
from auditor.knowledge.licences import load_licences
from auditor.policy.checks import SPECS

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "resources" / "translations" / "dossier"
TOLD = {
    "auditor/probe/blind.py": ("not_seen", "_of_packets", "_of_tables", "_beside_reports"),
    "auditor/recognise/packets/capture.py": ("ALWAYS", "_not_seen"),
    "auditor/judge/serving.py": ("_told", "_late_words"),
    "auditor/judge/transfers.py": ("_WORDS",),
    "auditor/judge/decision_terms.py": ("_TERRITORY",),
    "auditor/sealed/run.py": ("LIMITS",),
    "auditor/judge/gpu_state.py": ("_asked",),
    "auditor/recognise/sockets.py": ("KEPT", "_capture"),
    "auditor/recognise/packets/traffic.py": ("KEPT", "_capture"),
    "auditor/recognise/models_index.py": ("_total",),
    "auditor/probe/walk.py": ("explain",),
    "auditor/probe/stream.py": ("end",),
}
"""Functions and constants whose sentences are kept as text."""
WIDTH = 116
SECTIONS = ("sentences", "told")


class NotLiteral(Exception):
    """A template that cannot be extracted."""


def templates() -> set[str]:
    """Templates of findings, and decision rules. Raises NotLiteral for one that is put together."""
    found = {spec.rule for spec in SPECS.values()}
    for path in sorted((ROOT / "auditor" / "judge").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                found.update(_choices(node.args[0], f"{path.relative_to(ROOT)}:{node.lineno}"))
    return found


def told() -> set[str]:
    """Sentences that come as text, fields numbered."""
    found = {term.says for terms in load_licences().values() for term in terms.terms}
    for name, places in TOLD.items():
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if _name(node) in places:
                found.update(_literals(node))
    for path in sorted((ROOT / "auditor" / "probe").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for said in _problem(node):
                found.update(_literals(said))
    return found


def _problem(node: ast.AST) -> list[ast.expr]:
    """What a problem of a collector is made of, where that is told to the stream or kept for it."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return [node.value] if node.targets[0].id in ("what", "remedy") else []
    if not isinstance(node, ast.Call):
        return []
    if isinstance(node.func, ast.Name) and node.func.id == "Unavailable":
        return node.args
    told = isinstance(node.func, ast.Attribute) and node.func.attr in ("problem", "_problem")
    return node.args[1:] if told else []


def _choices(node: ast.expr, where: str) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _choices(node.body, where)
        yield from _choices(node.orelse, where)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        raise NotLiteral(f"{where}: give say() a literal, translators extract it")


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return ""


def _literals(node: ast.AST) -> Iterator[str]:
    """Sentences below a node: no docstrings, no templates, nothing that begins or ends within a sentence."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
        return
    if isinstance(node, ast.JoinedStr | ast.Constant):
        text = _template(node)
        if " " in text.strip() and text == text.strip() and sum(map(str.isalpha, text)) > len("{1}") * 2:
            yield text
        if isinstance(node, ast.Constant):
            return
    if isinstance(node, ast.Dict):
        values = [value.value for value in node.values if isinstance(value, ast.Constant)]
        yield from (value for value in values if isinstance(value, str) and value[:1].isupper())
    for child in _inner(node):
        yield from _literals(child)


def _inner(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.JoinedStr):
        yield from (part.value for part in node.values if isinstance(part, ast.FormattedValue))
    elif isinstance(node, ast.Dict):
        yield from node.values
    elif isinstance(node, ast.FunctionDef):
        yield from (child for child in node.body if not _is_docstring(child))
    elif isinstance(node, ast.Compare | ast.Subscript):
        return
    else:
        yield from (child for child in ast.iter_child_nodes(node) if not _is_docstring(child))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _template(node: ast.JoinedStr | ast.Constant) -> str:
    """A text with its fields numbered."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    text, number = "", 0
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            number += 1
            text += f"{{{number}:,}}" if part.format_spec is not None else f"{{{number}}}"
        elif isinstance(part, ast.Constant):
            text += str(part.value)
    return text


def wanted() -> dict[str, set[str]]:
    """What a catalogue has to hold, by its section."""
    return {"sentences": templates(), "told": told()}


def held(language: str) -> dict[str, dict[str, str]]:
    """What a catalogue holds, by its section."""
    own = catalogue(language)
    return {"sentences": own.sentences, "told": own.told}


def others() -> list[str]:
    """Every language but English, which needs no translations."""
    return [language for language in languages() if language != "en"]


def section(name: str, sentences: dict[str, str]) -> str:
    """A section of a catalogue, sorted by its English sentences."""
    lines = [f"{name}:" if sentences else f"{name}: {{}}"]
    for english in sorted(sentences):
        lines.append(f"  {json.dumps(english, ensure_ascii=False)}: >-")
        lines += textwrap.wrap(
            sentences[english],
            WIDTH,
            initial_indent="    ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines) + "\n"


def write(language: str, added: dict[str, str]) -> None:
    """Write the sections of one catalogue, with what was added and without what is stale."""
    path = CATALOGUES / f"{language}.yaml"
    kept = path.read_text(encoding="utf-8").partition("\nsentences:\n")[0] + "\n"
    need, have = wanted(), held(language)
    for name in SECTIONS:
        whole = {**have[name], **added}
        kept += section(name, {english: whole[english] for english in need[name] if english in whole})
    path.write_text(kept, encoding="utf-8")


def main() -> int:
    """Run the tool; 1 where a catalogue is not complete."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the catalogues in order, without what is stale")
    parser.add_argument("--add", type=Path, metavar="FILE", help="translations to add: YAML, by language and sentence")
    chosen = parser.parse_args()
    added = yaml.safe_load(chosen.add.read_text(encoding="utf-8")) if chosen.add else {}
    if chosen.write or chosen.add:
        for language in others():
            write(language, added.get(language, {}))
        catalogue.cache_clear()
    need, wrong = wanted(), 0
    for language in others():
        have = held(language)
        for name in SECTIONS:
            for english in sorted(need[name] - have[name].keys()):
                print(f"{language} lacks: {english}")
                wrong = 1
            for english in sorted(have[name].keys() - need[name]):
                print(f"{language} is stale: {english}")
                wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
