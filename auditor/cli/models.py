"""``auditor models``: which models lie here, where they come from, and what five questions answer about them."""

import argparse
import datetime as dt
import posixpath
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.audit import keeping, kept_readings, look
from auditor.cli.progress import progress_for
from auditor.cli.registry import Answer, Exit, command
from auditor.cli.verdict import ANSWERS
from auditor.collect.local import Local, blake3_folder
from auditor.collect.request import Options
from auditor.errors import UserError
from auditor.facts.audit import Audit
from auditor.facts.contents import Content
from auditor.facts.fact import Fact, Status
from auditor.facts.models import Engine, Model
from auditor.judge.chain import chain_of
from auditor.judge.context import Context
from auditor.judge.finding import Openness, dump
from auditor.judge.openness import openness
from auditor.judge.standing import contradictions_of
from auditor.knowledge.knowledge import load
from auditor.policy.resolve import load_effective
from auditor.recognise.models_leaf import clean

QUESTIONS = ("downloadable", "commercial", "no_phone_home", "modifiable", "redistributable")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a folder or file with models (default: the usual stores)"
    )
    parser.add_argument(
        "--policy", default="truly-open", metavar="NAME|FILE", help="whose facts about the deployer decide the answers"
    )


def look_at(
    paths: list[Path], collectors: tuple[str, ...], *, quiet: bool, blake3: bool = False, bytes_per_second: int = 0
) -> Audit:
    """What lies at these paths of this machine; the usual stores where none is given. Ctrl-C keeps what was seen.

    With ``blake3`` that digest is computed too, and both are kept in the history for a later check.
    """
    for path in paths:
        if not path.exists():
            raise UserError("there is no such file or folder", hint="Give a folder that holds models.", where=str(path))
    wanted = Options(
        paths=tuple(str(path.absolute()) for path in paths),
        stores=not paths,
        collectors=collectors,
        bytes_per_second=bytes_per_second,
        digests=("sha256", "blake3") if blake3 else ("sha256",),
        blake3=blake3_folder() if blake3 else "",
    )
    cancel = threading.Event()
    previous = signal.signal(signal.SIGINT, lambda number, frame: cancel.set())
    try:
        with progress_for(None, quiet=quiet) as on_event, kept_readings(Local(), blake3, resumable=False) as readings:
            return look(Local(), wanted, load(), on_event=keeping(on_event, readings), cancel=cancel)
    finally:
        signal.signal(signal.SIGINT, previous)


@command("models", "List the models on this machine, their licences and the five answers", _arguments,
         example="auditor models /srv/models")  # fmt: skip
def run(arguments: argparse.Namespace) -> Answer:
    """Look at headers, configuration and licences; weights are not read."""
    target = Local().facts().name
    policy = load_effective(arguments.policy, target, {})
    audit = look_at(arguments.paths, ("models",), quiet=arguments.json)
    context = Context(audit, policy, load(), dt.datetime.now(dt.UTC))
    answers = {answer.model: answer for answer in openness(context)}
    rows = [_row(model, answers.get(model.id), context) for model in audit.facts.models]
    return Answer(rows, lambda: _show(audit, answers), _code(audit))


def _code(audit: Audit) -> Exit:
    if any(any(contradictions_of(model)) for model in audit.facts.models):
        return Exit.DOES_NOT_CONFORM
    return Exit.INCONCLUSIVE if audit.partial or audit.problems or not audit.facts.models else Exit.CONFORMS


def _row(model: Model, answer: Openness | None, context: Context) -> dict[str, Any]:
    return {
        "id": model.id,
        "family": model.family.value,
        "name": model.name.value,
        "release": model.release.value,
        "path": model.path,
        "store": model.store.value,
        "format": model.format.value,
        "quantisation": model.quantisation.value,
        "parameters": model.parameters.value,
        "architecture": model.architecture.value,
        "modality": list(model.modality.value or ()),
        "context": model.context.value,
        "revision": model.revision.value,
        "base": list(model.base.value or ()),
        "chain": [dump(link) for link in chain_of(context, model)],
        "unchecked": list(unchecked_of(model)),
        "licence": {
            "stated": [dump(fact.value) for fact in model.stated if fact.value is not None],
            "effective": answer.licence if answer is not None else None,
        },
        "answers": {name: _answer(answer, name) for name in QUESTIONS},
        "unsafe": list(_unsafe(context.audit, model)),
        "engine": dump(model.engine.value) if model.engine is not None and model.engine.value else None,
        "custom_code": list(model.custom_code.value or ()),
        "contradictions": list(contradictions_of(model)),
    }


def _unsafe(audit: Audit, model: Model) -> Iterator[dict[str, str]]:
    for content in audit.facts.contents:
        if content.model == model.id:
            yield from harm_in(content)


def unchecked_of(model: Model) -> tuple[str, ...]:
    """Facts of the table of models that hold for this one and were compared with nothing."""
    table = load().models
    told = table.named(model.name.value) if model.name.value else None
    family = model.family.value or ""
    return table.unchecked(family, told.model if told is not None and told.family == family else None)


def _answer(answer: Openness | None, name: str) -> dict[str, str] | None:
    if answer is None:
        return None
    found = getattr(answer, name)
    return {"answer": found.answer.value, "confidence": found.confidence.value, "why": found.why}


def harm_in(content: Content) -> Iterator[dict[str, str]]:
    """Signs of harm in one file, and that it could not be looked through."""
    fact = content.hazards
    for hazard in fact.value or ():
        where = f" ({hazard.where})" if hazard.where else ""
        yield _sign(content, hazard.kind, f"{hazard.detail}{where}", hazard.harm.value)
    if fact.note and fact.status is not Status.INFERRED:
        yield _sign(content, "unseen", f"not looked through: {fact.note}", "low")


def _sign(content: Content, kind: str, detail: str, severity: str) -> dict[str, str]:
    return {"path": content.path, "kind": kind, "detail": detail, "severity": severity}


def plain(text: str, style: str = "") -> Text:
    """Text from the host as it may reach a terminal: no markup, no control characters."""
    indent = " " * (len(text) - len(text.lstrip(" ")))
    return Text(indent + clean(text, 4096), style=style)


def _show(audit: Audit, answers: dict[str, Openness]) -> None:
    console = Console(highlight=False)
    if not audit.facts.models:
        console.print("No model was found.")
    for model in audit.facts.models:
        console.print(_card(model, answers.get(model.id), list(_unsafe(audit, model))))
    for problem in audit.problems[:20]:
        console.print(plain(f"? {problem.where}: {problem.what}", "yellow"))
    if len(audit.problems) > 20:
        console.print(f"  … and {len(audit.problems) - 20} more that could not be seen")


def _card(model: Model, answer: Openness | None, unsafe: list[dict[str, str]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(width=14, style="bright_black")
    table.add_column()
    table.add_row(Text("\nModel"), Text(f"\n{model.name.value or model.id}", style="bold"))
    table.add_row("Path", plain(model.path))
    table.add_row("Family", _family(model))
    table.add_row(
        "Weights", Text(" · ".join(filter(None, (model.format.value, model.quantisation.value, _size(model)))))
    )
    unchecked = unchecked_of(model)
    if unchecked:
        words = {"billions": "number of parameters", "base": "origin", "released": "date of release"}
        listed = ", ".join(words.get(fact, fact) for fact in unchecked)
        table.add_row("Known", Text(f"not compared with the publisher: {listed}", style="yellow"))
    stated = "; ".join(f"{fact.value.where}: {fact.value.value}" for fact in model.stated if fact.value is not None)
    table.add_row("Licence", Text((answer.licence if answer is not None else "") or "not told by a text"))
    table.add_row("Stated", Text(stated or "nowhere"))
    if model.engine is not None:
        table.add_row("Engine", _engine(model.engine))
    if model.base.value:
        table.add_row("Made from", Text(", ".join(model.base.value)))
    for note in contradictions_of(model):
        table.add_row("Contradiction", Text(note, style="red"))
    if model.custom_code.value:
        table.add_row("Code", Text(", ".join(model.custom_code.value[:5]), style="red"))
    for sign in unsafe[:5]:
        colour = "yellow" if sign["severity"] == "low" else "red"
        table.add_row("Loading", plain(f"{posixpath.basename(sign['path'])}: {sign['detail']}", colour))
    if len(unsafe) > 5:
        table.add_row("", f"… and {len(unsafe) - 5} more (auditor weights {model.path})")
    if answer is not None:
        for label, name in zip(
            ("Obtain?", "In business?", "Stays silent?", "Modify?", "Pass on?"), QUESTIONS, strict=True
        ):
            found = getattr(answer, name)
            word, colour = ANSWERS[found.answer]
            table.add_row(label, Text.assemble((word, colour), f"  {found.why}"))
    return table


def _engine(fact: Fact[Engine]) -> Text:
    engine = fact.value
    if engine is None:
        return plain(fact.note, "yellow")
    built = ", ".join(f"{name} {value}" for name, value in engine.built.items())
    told = f"TensorRT-LLM {engine.version or 'of unknown version'}, {built}; "
    told += f"checkpoint: {engine.checkpoint or engine.producer or 'not named'}; "
    return plain(
        told + (f"recorded in {', '.join(engine.records)}" if engine.records else "nothing records its making")
    )


def _family(model: Model) -> Text:
    if model.family.value is None:
        return Text(f"not told: {model.family.note}", style="yellow")
    return Text(f"{model.family.value} ({model.family.status.value}), {_text(model.release)}, {model.release.note}")


def _text(fact: Fact[str]) -> str:
    return fact.value or "unknown"


def _size(model: Model) -> str:
    count = model.parameters.value
    if not count:
        return ""
    about = "about " if model.parameters.status.value == "inferred" else ""
    for size, word in ((1e9, " billion"), (1e6, " million"), (1e3, " thousand")):
        if count >= size:
            return f"{about}{count / size:.3g}{word} parameters"
    return f"{about}{count} parameters"
