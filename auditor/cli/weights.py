"""``auditor weights``: the digest of every weight file, what it equals, and what could be unsafe about it."""

import argparse
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from auditor.cli.audit import rate
from auditor.cli.models import harm_in, look_at, plain
from auditor.cli.registry import Answer, Exit, command
from auditor.cli.weights_recheck import recheck as recheck
from auditor.cli.weights_seal import Against, add_arguments, baseline_of, hold
from auditor.cli.weights_served import custody_entry
from auditor.collect.local import Local
from auditor.facts.audit import Audit, Outcome
from auditor.facts.models import Model
from auditor.facts.weights import Weight
from auditor.judge.standing import Stand, ends_of, missing_of, pins_for, root_of, standing_of
from auditor.policy.effective import Pin
from auditor.policy.resolve import load_effective
from auditor.recognise.weights import promises_pickle

MISSING = "missing"

_STYLES = {
    Stand.PINNED: ("✓", "green"),
    Stand.SELF_CONSISTENT: ("✓", "green"),
    Stand.MISMATCH: ("✕", "red"),
    Stand.UNPINNED: ("?", "yellow"),
    Stand.UNREADABLE: ("?", "yellow"),
}
_WORDS = {
    Stand.PINNED: "equals a digest that somebody outside this host vouches for",
    Stand.SELF_CONSISTENT: "equals what is stated for it on this host",
    Stand.MISMATCH: "differs from what is stated for it",
    Stand.UNPINNED: "nothing states what it should be",
    Stand.UNREADABLE: "not wholly read",
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a folder or file with weights")
    parser.add_argument("--policy", metavar="NAME|FILE", help="take the digests that this policy pins")
    parser.add_argument(
        "--blake3", action="store_true", help="compute BLAKE3 in the same reading, and keep both for weights recheck"
    )
    parser.add_argument(
        "--rate", type=rate, default=0, metavar="BYTES", help="read no faster than this a second, e.g. 200MB"
    )
    add_arguments(parser)


@command("weights", "Hash weight files and compare them with every digest that is stated for them", _arguments,
         example="auditor weights /srv/models --policy my-policy.yaml")  # fmt: skip
def run(arguments: argparse.Namespace) -> Answer:
    """Read every weight file below the paths, whole."""
    pins = load_effective(arguments.policy, Local().facts().name, {}).pins if arguments.policy else ()
    signed = baseline_of(arguments)
    audit = look_at(arguments.paths, ("models", "weights", "processes", "custody"), quiet=arguments.json,
                    blake3=arguments.blake3, bytes_per_second=arguments.rate)  # fmt: skip
    against = hold(signed, arguments.paths[0], audit) if signed is not None else None
    models = {model.id: model for model in audit.facts.models}
    stands = [
        (weight, standing_of(weight, pins_for(weight, models.get(weight.model), pins)))
        for weight in audit.facts.weights
    ]
    if against is not None:
        stands = [(weight, against.stand(weight, stand)) for weight, stand in stands]
    missing = [(model, name) for model in audit.facts.models for name in missing_of(model, _of(audit, model))]
    unsafe = [entry for model in audit.facts.models for entry in unsafe_of(model, _of(audit, model))]
    unsafe += [entry for content in audit.facts.contents for entry in harm_in(content)]
    data = {
        "files": [_file(weight, stand, pins, models) for weight, stand in stands]
        + [_missing(*pair) for pair in missing],
        "unsafe": unsafe,
        "served": [custody_entry(file) for file in audit.facts.custody if file.weight],
        "roots": [{"path": model.path, "digest": root_of(model, _of(audit, model))} for model in audit.facts.models],
        "not_looked": [] if arguments.blake3 else ["blake3"],
        "problems": [problem.model_dump(mode="json") for problem in audit.problems],
    }
    code = _code(audit, [stand for _, stand in stands], bool(missing or any(e["severity"] == "high" for e in unsafe)))
    if against is not None:
        against.complete(data)
        code = against.code(code)
    return Answer(data, lambda: _show(audit, stands, missing, unsafe, against), code)


def _of(audit: Audit, model: Model) -> list[Weight]:
    return [weight for weight in audit.facts.weights if weight.model == model.id]


def _code(audit: Audit, stands: list[Stand], bad: bool) -> Exit:
    if bad or Stand.MISMATCH in stands:
        return Exit.DOES_NOT_CONFORM
    proven = bool(stands) and all(stand in (Stand.PINNED, Stand.SELF_CONSISTENT) for stand in stands)
    seen = all(audit.collector(name).outcome is Outcome.COMPLETE for name in ("models", "weights"))
    lost = any(problem.collector in ("models", "weights") for problem in audit.problems)
    return Exit.CONFORMS if proven and seen and not lost else Exit.INCONCLUSIVE


def _file(weight: Weight, stand: Stand, pins: tuple[Pin, ...], models: dict[str, Model]) -> dict[str, Any]:
    stated = [
        {"algorithm": fact.value.algorithm, "digest": fact.value.digest, "source": fact.source}
        for fact in weight.expected
        if fact.value is not None
    ]
    pinned = [
        {"algorithm": "sha256", "digest": pin.sha256, "source": f"policy: {pin.source}"}
        for pin in pins_for(weight, models.get(weight.model), pins)
    ]
    return {
        "path": weight.path,
        "model": weight.model,
        "format": weight.format,
        "size": weight.size.value,
        "sha256": weight.sha256.value,
        "blake3": weight.blake3.value if weight.blake3 is not None else None,
        "standing": stand.value,
        "expected": pinned + stated,
    }


def _missing(model: Model, name: str) -> dict[str, Any]:
    return {
        "path": posixpath.join(model.path, name), "model": model.id, "format": "", "size": None, "sha256": None,
        "blake3": None, "standing": MISSING, "expected": [],
    }  # fmt: skip


def unsafe_of(model: Model, weights: list[Weight]) -> Iterator[dict[str, str]]:
    """What could harm whoever loads the model: formats that run code, code beside it, files that are not whole."""
    named = _named(model)
    for weight in weights:
        if weight.format in ("pickle", "joblib", "numpy", "keras", "hdf5"):
            yield _unsafe(weight.path, "format", f"{weight.format} can run code when it is loaded", "high")
        if promises_pickle(weight):
            detail = "has the name of a pickle and holds safetensors; a loader that goes by names unpickles it"
            yield _unsafe(weight.path, "name", detail, "medium")
        if weight.header.seen and weight.header.note:
            yield _unsafe(weight.path, "header", weight.header.note, "high")
        if named and weight.format == "safetensors" and named.isdisjoint(ends_of(weight.path)):
            yield _unsafe(weight.path, "extra", "the model's index does not name this file", "low")
    for entry in model.custom_code.value or ():
        yield _unsafe(model.path, "code", f"a loader may execute {entry}", "high")


def _unsafe(path: str, kind: str, detail: str, severity: str) -> dict[str, str]:
    return {"path": path, "kind": kind, "detail": detail, "severity": severity}


def _named(model: Model) -> frozenset[str]:
    """The files that the model's index names; empty where none was read."""
    shards = model.shards
    return frozenset(shards.value or ()) if shards is not None and shards.method == "index" else frozenset()


def _show(
    audit: Audit,
    stands: list[tuple[Weight, Stand]],
    missing: list[tuple[Model, str]],
    unsafe: list[dict[str, str]],
    against: Against | None,
) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if against is not None:
        against.show()
    if not stands:
        console.print("No weight file was found.")
    for weight, stand in stands:
        mark, colour = _STYLES[stand]
        console.print(Text.assemble((f"{mark} ", colour), plain(weight.path), (f"  {_WORDS[stand]}", colour)))
        if weight.sha256.value:
            console.print(plain(f"  {weight.sha256.value}  {weight.size.value} bytes", "bright_black"))
        if stand is Stand.MISMATCH:
            for fact in weight.expected:
                if fact.value is not None and fact.value.digest != weight.sha256.value:
                    console.print(plain(f"  {fact.value.digest}  says {fact.source}", "red"))
        if stand is Stand.UNREADABLE:
            console.print(plain(f"  {weight.sha256.note}", "yellow"))
    for model, name in missing:
        console.print(plain(f"✕ {posixpath.join(model.path, name)}  is not there, but the model calls for it", "red"))
    for entry in unsafe:
        console.print(
            plain(f"✕ {entry['path']}: {entry['detail']}", "red" if entry["severity"] == "high" else "yellow")
        )
    for problem in audit.problems[:20]:
        console.print(plain(f"? {problem.where}: {problem.what}", "yellow"))
