"""``auditor licence``: which licence a text is, every word that was changed, and what it lets a deployer do."""

import argparse
import hashlib
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.cli.registry import Answer, Exit, command
from auditor.cli.verdict import ANSWERS
from auditor.errors import UserError
from auditor.facts.fact import Fact, Status
from auditor.facts.models import Licence, Match, Model, Part, Store
from auditor.facts.records import TextRecord
from auditor.judge.decision import Decision, decide
from auditor.judge.finding import Answer as FoundAnswer
from auditor.knowledge.fingerprints import Kind
from auditor.knowledge.fingerprints import load as load_fingerprints
from auditor.knowledge.knowledge import Knowledge, load
from auditor.knowledge.licences import Terms, licences_of_tag
from auditor.policy.effective import Deployer
from auditor.recognise.licences import licence_of
from auditor.recognise.licences_text import LONGEST

_TIME = "1970-01-01T00:00:00Z"
"""A file looked at by itself is no evidence: its facts carry no time of their own."""
_MATCHES = {
    Match.EXACT: ("word for word", "green"),
    Match.TRUNCATED: ("cut short", "red"),
    Match.MODIFIED: ("changed", "red"),
    Match.NONE: ("no known licence", "yellow"),
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="licence texts; or: explain ID")
    parser.add_argument("--deployer", type=Path, metavar="FILE", help="YAML with the deployer's facts, or a policy")
    parser.add_argument("--model", default="", metavar="NAME", help="the model, for terms that depend on it")


@command(
    "licence",
    "Identify licence texts, show what was changed in them, and decide what they permit",
    _arguments,
    example="auditor licence LICENSE USE_POLICY.md --deployer deployer.yaml",
)
def run(arguments: argparse.Namespace) -> Answer:
    """Look at the files; ``explain ID`` tells what is known of a licence."""
    knowledge = load()
    if arguments.files[0] == "explain" and not Path("explain").exists():
        return _explain(arguments.files[1:], knowledge)
    deployer = _deployer(arguments.deployer) if arguments.deployer else Deployer()
    texts = [_read(Path(name), knowledge) for name in arguments.files]
    model = _model(arguments.model, knowledge)
    policies = [t for t in texts if t.parts and all(_is_policy(p, knowledge) for p in t.parts)]
    decided = [(t, decide(model, [t, *(p for p in policies if p is not t)], None, deployer, knowledge)) for t in texts]
    worst = {t.match for t in texts}
    code = (
        Exit.DOES_NOT_CONFORM
        if worst & {Match.MODIFIED, Match.TRUNCATED}
        else Exit.INCONCLUSIVE
        if Match.NONE in worst
        else Exit.CONFORMS
    )
    return Answer([_data(t, d, deployer) for t, d in decided], lambda: _show(decided, knowledge), code)


def _read(path: Path, knowledge: Knowledge) -> Licence:
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise UserError(error.strerror or "cannot be read", "Name a file that can be read.", str(path)) from error
    record = TextRecord(
        source=str(path),
        method="read",
        time=_TIME,
        model="",
        path=str(path),
        name=path.name,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        text=data[:LONGEST].decode("utf-8", "backslashreplace"),
        cut=len(data) > LONGEST,
    )
    return licence_of(record, "", knowledge, load_fingerprints())


def _deployer(path: Path) -> Deployer:
    hint = "Give a YAML file with the keys of deployer: in a policy, e.g. country: DE."
    try:
        with path.open("rb") as file:
            raw: Any = yaml.safe_load(file.read(LONGEST))
        found = raw.get("deployer", raw) if isinstance(raw, dict) else raw
        return Deployer.model_validate(found)
    except OSError as error:
        raise UserError(error.strerror or "cannot be read", hint, str(path)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError("is not YAML", hint, str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "deployer"
        raise UserError(f"{place}: {first['msg']}", hint, str(path)) from error


def _model(name: str, knowledge: Knowledge) -> Model:
    """The model that a text is looked at for; without a name nothing is known of it."""
    told = knowledge.models.named(name) if name else None
    family = knowledge.models.families[told.family] if told else None
    modality = (told.model.modality if told and told.model else ()) or (family.modality if family else ())

    def fact(value: Any) -> Fact[Any]:
        return Fact(
            value=value,
            source="--model",
            method="name",
            time=_TIME,
            status=Status.DECLARED if value is not None else Status.ABSENT,
        )

    nothing = fact(None)
    return Model(
        id="",
        path="",
        store=Store.DIRECTORY,
        name=fact(name or None),
        family=nothing,
        release=nothing,
        revision=nothing,
        architecture=nothing,
        format=nothing,
        quantisation=nothing,
        parameters=nothing,
        modality=fact(tuple(modality) or None),
        context=nothing,
        base=nothing,
        stated=(),
        custom_code=nothing,
    )


def _is_policy(part: Part, knowledge: Knowledge) -> bool:
    return part.id in knowledge.licences and knowledge.licences[part.id].kind is Kind.POLICY


def _data(licence: Licence, decision: Decision, deployer: Deployer) -> dict[str, Any]:
    first = licence.parts[0] if licence.parts else None
    main = next((p for p in licence.parts if p.id == licence.id.value), first)
    parts = [part.model_dump(mode="json") for part in licence.parts]
    return {
        "file": licence.file,
        "id": licence.id.value,
        "spdx": main.spdx if main else None,
        "title": main.title if main else None,
        "match": licence.match.value,
        "sha256": licence.sha256.value,
        "parts": parts,
        "changes": [change for part in parts for change in part["changes"]],
        "decision": {
            "deployer": deployer.model_dump(mode="json"),
            "answers": {use.value: answer.value for use, answer in decision.answers.items()},
            "confidence": decision.confidence.value,
            "steps": [
                {
                    "licence": s.licence,
                    "clause": s.clause,
                    "file": s.file,
                    "line": s.line,
                    "uses": [use.value for use in s.uses],
                    "answer": s.answer.value,
                    "effect": s.effect,
                }
                for s in decision.steps
            ],
            "duties": [duty.model_dump(mode="json") for duty in decision.duties],
            "not_seen": [str(sentence) for sentence in decision.not_seen],
        },
    }


def _show(decided: list[tuple[Licence, Decision]], knowledge: Knowledge) -> None:
    console = Console(highlight=False)
    for licence, decision in decided:
        word, colour = _MATCHES[licence.match]
        console.print(Text.assemble("\n", (licence.file, "bold"), "  ", (word, colour)))
        for part in licence.parts:
            word, colour = _MATCHES[part.match]
            where = f"lines {part.first_line} to {part.last_line}"
            console.print(Text.assemble(f"  {part.title} ({part.spdx}), {where}: ", (word, colour)))
            for change in part.changes:
                console.print(Text(f"    line {change.line}, clause {change.clause or '–'}, {change.kind.value}"))
                if change.before:
                    console.print(Text(f"      published  {change.before}", style="green"))
                if change.found:
                    console.print(Text(f"      found      {change.found}", style="red"))
                console.print(Text(f"      touches    {', '.join(change.rights)}"))
        if licence.parts and all(_is_policy(part, knowledge) for part in licence.parts):
            continue
        _show_decision(console, decision)


def _show_decision(console: Console, decision: Decision) -> None:
    reasons: dict[tuple[FoundAnswer, str], list[str]] = {}
    for use, answer in decision.answers.items():
        step = decision.deciding(use)
        place = f"  {step.file}:{step.line}" if step and step.line and step.file not in step.effect else ""
        reasons.setdefault((answer, step.effect + place if step else ""), []).append(use.value)
    table = Table(box=None, padding=(0, 2), show_header=False)
    for (answer, why), uses in reasons.items():
        word, colour = ANSWERS[answer]
        table.add_row("\n".join(uses), Text(word, style=colour), Text(why))
    console.print(table)
    for sentence in decision.not_seen:
        console.print(Text(f"  not seen: {sentence}", style="yellow"))


def _explain(names: list[str], knowledge: Knowledge) -> Answer:
    if not names:
        raise UserError("explain needs the id of a licence", f"Known: {', '.join(knowledge.licences)}.")
    every: list[Terms] = []
    for name in names:
        ids = [name] if name in knowledge.licences else list(licences_of_tag(name, knowledge.licences))
        if not ids:
            raise UserError(f"no licence is called {name}", f"Known: {', '.join(knowledge.licences)}.")
        every += [knowledge.licences[id] for id in ids]
    return Answer([terms.model_dump(mode="json") for terms in every], lambda: _show_terms(every))


def _show_terms(every: list[Terms]) -> None:
    console = Console(highlight=False)
    for terms in every:
        console.print(Text.assemble("\n", (terms.title, "bold"), f"  {terms.spdx}  {terms.date}"))
        if not terms.read:
            console.print(Text("  The text itself was not read.", style="yellow"))
        console.print(Text(f"  From: {terms.source}"))
        if terms.kind is Kind.LICENCE:
            console.print(Text(f"  Grants: {', '.join(use.value for use in terms.grants) or 'nothing'}"))
        table = Table(box=None, padding=(0, 2), show_header=False)
        for term in terms.terms:
            table.add_row(term.kind.value.replace("_", " "), term.clause or "–", term.says)
        console.print(table)
