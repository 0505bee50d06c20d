"""``auditor weights seal`` writes a signed baseline; ``auditor weights --baseline`` holds a model against one."""

import argparse
import datetime as dt
import os
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from rich.console import Console

from auditor.cli.models import look_at, plain
from auditor.cli.passphrase import passphrase
from auditor.cli.registry import Answer, Exit, command
from auditor.collect.tree import WHOLE, Tree, known_of, measure
from auditor.documents import write
from auditor.errors import UserError
from auditor.evidence.baseline import Signed, anchors_of, read_baseline, write_baseline
from auditor.evidence.keys import Key, default_baseline_key, load_key
from auditor.facts.audit import Audit
from auditor.facts.weights import Weight
from auditor.judge.standing import Stand
from auditor.recognise.signing import GIT, SINGLE, Baseline, Piece, whole_files
from auditor.recognise.signing_compare import Comparison, Held, compare

LISTED = 20
"""Names of one kind that a person is shown."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="PATH", help="the folder or file of one model")
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="PKCS#12 or PEM to sign with; default: the user's own, self-issued P-256 key",
    )
    parser.add_argument(
        "--bare-key",
        action="store_true",
        help="name the public key in place of the certificate, for tools that are given a public key to verify with",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: NAME.baseline.json in the current folder")


@command("weights seal", "Write a signed baseline: the digest of every file of a model", _arguments,
         example="auditor weights seal /srv/models/Qwen3-8B --key example.p12")  # fmt: skip
def seal(arguments: argparse.Namespace) -> Answer:
    """Hash all files of a model and sign the list; a file that cannot be read ends it, so that none is left out."""
    now = dt.datetime.now(dt.UTC)
    key = load_key(arguments.key, passphrase) if arguments.key else default_baseline_key(now)
    key.check(now)
    audit = look_at([arguments.path], ("models", "weights"), quiet=arguments.json)
    if audit.partial:
        raise UserError("stopped before everything was read; nothing was signed", where=str(arguments.path))
    root = arguments.path.resolve()
    # As an audit will tell the path: folders by their real name, a file that is named by the name that was given.
    name = root.name if root.is_dir() else Path(os.path.abspath(arguments.path)).name
    out = arguments.out or Path(f"{name}.baseline.json")
    if out.exists():
        raise UserError("there is such a file already", hint="Choose another --out.", where=str(out))
    ignored = (*GIT, *_inside(out, root))
    left_out = Baseline("", (), ignored=ignored)
    tree = measure(root, lambda name: (WHOLE,), known=known_of(audit.facts.weights), ignored=left_out.ignores)
    for unread, problem in tree.problems.items():
        raise UserError(f"{problem}; nothing was signed", "A baseline has to name every file.", str(root / unread))
    named = {each: file for each, file in tree.files.items() if not left_out.ignores(each)}
    if not named:
        raise UserError("there is no file to sign", "Name the folder of a model.", str(root))
    digests = {each: file.digests[WHOLE] for each, file in named.items()}
    baseline = whole_files(name, digests, links=tree.links, ignored=ignored)
    write(out, write_baseline(baseline, key, bare=arguments.bare_key))
    data = {
        "baseline": str(out),
        "model": baseline.model,
        "root": baseline.root,
        "files": len(named),
        "bytes": sum(file.size for file in named.values()),
        "weights": len(audit.facts.weights),
        "links": tree.links,
        "ignored": sorted(set(tree.files) - set(named)),
        "signer": {"name": key.name, "fingerprint": key.fingerprint, "self_issued": key.self_issued},
    }
    return Answer(data, lambda: _show_seal(data, key))


def _inside(out: Path, root: Path) -> tuple[str, ...]:
    """The baseline itself, where it will lie in the model's folder."""
    place = out.resolve()
    return (place.relative_to(root).as_posix(),) if place.is_relative_to(root) else ()


def _show_seal(data: dict[str, Any], key: Key) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(plain(f"✓ {data['baseline']}  {_count(data['files'])}, {data['bytes']} bytes", "green"))
    console.print(plain(f"  {data['root']}  over all digests", "bright_black"))
    console.print(plain(f"  signed by {key.name}, SHA-256 of the certificate {key.fingerprint}", "bright_black"))
    for line in _listed(data["ignored"], "left out, as other tools of this format do"):
        console.print(plain(f"? {line}", "yellow"))
    if data["links"]:
        console.print(plain("  Links were followed; other tools need to be told so to verify this.", "bright_black"))
    if not isinstance(key.private, ec.EllipticCurvePrivateKey):
        console.print(
            plain("  Other tools of this format verify signatures of elliptic-curve keys only.", "bright_black")
        )


def _count(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"


def _listed(names: tuple[str, ...] | list[str], what: str) -> Iterator[str]:
    yield from (f"{name}  {what}" for name in names[:LISTED])
    if len(names) > LISTED:
        yield f"… and {len(names) - LISTED} more  {what}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``weights`` that name a baseline."""
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="hold the one PATH against a signed baseline")
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="FILE|SHA256",
        help="certificate or public key of who may have signed the baseline; may be repeated",
    )


def _name_in(root: Path, path: str) -> str:
    return SINGLE if os.path.realpath(path) == str(root) else posixpath.relpath(path, str(root))


@dataclass(frozen=True)
class Against:
    """A model held against a baseline."""

    signed: Signed
    root: Path
    comparison: Comparison
    tree: Tree

    @property
    def trusted(self) -> bool:
        """Whether somebody outside the host vouches for the baseline."""
        return self.signed.signer.trusted

    def name_of(self, path: str) -> str:
        """The name of a file of the model in the baseline."""
        return _name_in(self.root, path)

    def became(self, path: str) -> Held:
        """What became of one file; a path beyond the model is not covered."""
        return self.comparison.held.get(self.name_of(path), Held.UNCOVERED)

    def stand(self, weight: Weight, stand: Stand) -> Stand:
        """What the digest of a weight rests on, the baseline added to all else that is stated."""
        held = self.became(weight.path)
        if held is Held.DIFFERENT:
            return Stand.MISMATCH
        if held is not Held.EQUAL or stand in (Stand.MISMATCH, Stand.UNREADABLE, Stand.PINNED):
            return stand
        if self.tree.files[self.name_of(weight.path)].digests.get(WHOLE) != weight.sha256.value:
            return Stand.UNREADABLE
        return Stand.PINNED if self.trusted else Stand.SELF_CONSISTENT

    def complete(self, data: dict[str, Any]) -> None:
        """Add to the JSON of ``weights`` what the baseline states."""
        stated = self.signed.baseline.files()
        for row in data["files"]:
            row["expected"] += [
                {"algorithm": each.piece.algorithm, "digest": each.digest, "source": self.signed.source}
                | ({"start": each.piece.start, "end": each.piece.end} if each.piece.end is not None else {})
                for each in stated.get(self.name_of(row["path"]), ())
            ]
            if self.became(row["path"]) is Held.EXTRA:
                row["standing"] = Held.EXTRA.value
        data["baseline"] = self.data()

    def code(self, code: Exit) -> Exit:
        """The exit code, the baseline considered."""
        if self.comparison.broken:
            return Exit.DOES_NOT_CONFORM
        return Exit.INCONCLUSIVE if code is Exit.CONFORMS and not self.comparison.whole else code

    def data(self) -> dict[str, Any]:
        """The part of JSON about the baseline."""
        signed, held = self.signed, self.comparison
        signer = signed.signer
        return {
            "file": str(signed.path),
            "model": signed.baseline.model,
            "root": signed.baseline.root,
            "signer": {
                "name": signer.name, "fingerprint": signer.fingerprint, "checked": signer.checked,
                "trusted": signer.trusted, "why": signer.why,
            },
            "equal": len(held.names(Held.EQUAL)),
            **{
                each.value: list(held.names(each))
                for each in (Held.DIFFERENT, Held.MISSING, Held.EXTRA, Held.UNCOVERED, Held.UNREAD)
            },
            "notes": held.notes,
        }  # fmt: skip

    def show(self) -> None:
        """Print what became of the files, those that are equal as a number."""
        console, held, signer = Console(highlight=False, soft_wrap=True), self.comparison, self.signed.signer
        console.print(plain(f"Baseline {self.signed.path}"))
        mark, colour = ("✓", "green") if signer.trusted else ("?", "yellow")
        console.print(plain(f"{mark} {_who(self.signed)}", colour))
        for kind, words, mark, colour in (
            (Held.DIFFERENT, "differs from the baseline", "✕", "red"),
            (Held.MISSING, "is not there, but the baseline names it", "✕", "red"),
            (Held.EXTRA, "is there, but the baseline does not name it", "✕", "red"),
            (Held.UNREAD, "could not be compared", "?", "yellow"),
            (Held.UNCOVERED, "is not covered", "?", "yellow"),
        ):
            names = held.names(kind)
            for line in _listed([f"{self._path(name)}{self._note(name)}" for name in names], words):
                console.print(plain(f"{mark} {line}", colour))
        equal, stated = len(held.names(Held.EQUAL)), len(self.signed.baseline.files())
        console.print(plain(f"  equal to it: {equal} of {_count(stated)}", "bright_black"))

    def _path(self, name: str) -> str:
        return self.root.name if name == SINGLE else name

    def _note(self, name: str) -> str:
        return f" ({self.comparison.notes[name]})" if name in self.comparison.notes else ""


def _who(signed: Signed) -> str:
    signer = signed.signer
    if signer.trusted:
        return f"signed by {signer.name}: {signer.why}"
    checked = "it names as its signer" if signer.checked else "its signature could not be checked; it names"
    return f"{checked} {signer.name}; {signer.why}. Name whom you trust with --trust."


def baseline_of(arguments: argparse.Namespace) -> Signed | None:
    """The baseline that was named, if one was. Raises UserError."""
    if arguments.baseline is None:
        if arguments.trust:
            raise UserError("--trust says who may have signed a baseline", hint="Name the baseline with --baseline.")
        return None
    if len(arguments.paths) != 1:
        raise UserError("a baseline speaks of one model", hint="Give exactly one PATH with --baseline.")
    return read_baseline(arguments.baseline, anchors_of(arguments.trust), dt.datetime.now(dt.UTC))


def hold(signed: Signed, path: Path, audit: Audit) -> Against:
    """Compare all files of a model with a baseline; digests that were just collected are not computed again."""
    baseline, root = signed.baseline, Path(os.path.realpath(path))
    files = baseline.files()
    weights = {_name_in(root, weight.path) for weight in audit.facts.weights}

    def pieces(name: str) -> set[Piece]:
        # Of weights the whole digest too, so that a file exchanged between two readings is noticed.
        return {each.piece for each in files.get(name, ())} | ({WHOLE} if name in weights else set())

    tree = measure(
        root,
        pieces,
        known=known_of(audit.facts.weights),
        ignored=lambda name: name not in files and baseline.ignores(name),
        skip=signed.path,
    )
    return Against(signed, root, compare(baseline, tree.files), tree)
