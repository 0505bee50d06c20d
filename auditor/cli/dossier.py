"""``auditor dossier``: print and sign recorded documents, as judged then or judged again; no host is looked at."""

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from rich.console import Console

from auditor.audit import DOSSIER, Options, cover_of, known
from auditor.cli.dossier_decide import decide_on as decide_on
from auditor.cli.passphrase import passphrase
from auditor.cli.registry import Answer, command
from auditor.cli.sealing import add_authority, add_key, assurance
from auditor.cli.verdict import exit_of, show_judgement
from auditor.documents import Documents, read_bytes, write
from auditor.errors import UserError
from auditor.evidence.compose import compose
from auditor.evidence.keys import default_key, load_key
from auditor.evidence.previous import follow
from auditor.evidence.seal import seal
from auditor.judge.engine import judge
from auditor.policy.resolve import load_effective


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="with facts.json, policy.json, knowledge.json and findings.json")
    parser.add_argument("--policy", metavar="NAME|FILE", help="judge the facts again, under this policy")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where documents and dossier go")
    parser.add_argument("--unsigned", action="store_true", help="write the documents only")
    add_key(parser, "the user's own")
    add_authority(parser)
    parser.add_argument("--previous", type=Path, metavar="PDF", help="the signed dossier that the new one follows")
    parser.add_argument("--organisation", default="", metavar="NAME", help="printed on page one")
    parser.add_argument("--classification", default="Internal", metavar="WORD", help="printed on every page")
    parser.add_argument("--language", default="en", metavar="CODE", help="language of the dossier (default: en)")


@command(
    "dossier",
    "Print and sign recorded documents, judged again if a policy is named",
    _arguments,
    example="auditor dossier audit --key example.p12 --out signed",
)
def run(arguments: argparse.Namespace) -> Answer:
    """Documents in, documents and dossier out; an earlier dossier in the folder is replaced."""
    if arguments.out.resolve() == arguments.folder.resolve():
        raise UserError("the documents would be written over themselves", "Name another folder.", str(arguments.out))
    now = dt.datetime.now(dt.UTC)
    documents = Documents.read(arguments.folder)
    documents.check()
    if arguments.policy:
        documents = judge_again(documents, arguments.policy, now)
    options = Options(
        assurance=assurance(arguments),
        out=arguments.out,
        key=arguments.key,
        organisation=arguments.organisation,
        classification=arguments.classification,
        language=arguments.language,
    )
    signed: dict[str, Any] = {}
    pdf = b""
    if not arguments.unsigned:
        key = load_key(options.key, passphrase) if options.key else default_key(now)
        key.check(now)
        options.assurance.rehearse(key)
        old = arguments.previous
        previous = follow(read_bytes(old), str(old), documents.judgement) if old else None
        cover = cover_of(options, key, now, previous)
        pages = compose(documents.audit, documents.judgement, documents.effective, documents.tables, cover)
        pdf = seal(pages, key, when=now, assurance=options.assurance)
        signed = {"dossier": str(options.out / DOSSIER), "signer": key.name, "level": cover.level.value}
    documents.write(options.out)
    if pdf:
        write(options.out / DOSSIER, pdf)
    judgement = documents.judgement
    data = {"folder": str(options.out), "id": judgement.audit.id, "verdict": judgement.verdict.value, **signed}
    return Answer(data, lambda: _show(documents, data), exit_of(judgement.verdict))


def judge_again(documents: Documents, policy: str, now: dt.datetime) -> Documents:
    """The same facts under another policy and with this release's knowledge. Raises UserError."""
    audit, knowledge = documents.audit, known()
    effective = load_effective(policy, audit.target.name, {})
    return Documents.of(audit, effective, knowledge, judge(audit, effective, knowledge, now))


def _show(documents: Documents, data: dict[str, Any]) -> None:
    show_judgement(documents.judgement)
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    if "dossier" in data:
        console.print(f"Dossier: {data['dossier']}, signed by {data['signer']} ({data['level']})", markup=False)
    else:
        console.print(f"Documents: {data['folder']}", markup=False)
