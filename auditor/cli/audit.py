"""``auditor audit``: look, judge, and hand over a signed dossier."""

import argparse
import datetime as dt
import re
import shlex
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any, get_args

from auditor.audit import Options, Result, run_audit
from auditor.cli.passphrase import passphrase
from auditor.cli.progress import Lines, Stream, interrupt, progress_for
from auditor.cli.registry import Answer, command
from auditor.cli.sealing import add_authority, add_key, assurance
from auditor.cli.traffic import block
from auditor.cli.verdict import exit_of, show_judgement
from auditor.collect.request import TierChoice
from auditor.errors import UserError
from auditor.judge.finding import dump


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        nargs="?",
        default="local",
        metavar="TARGET",
        help="local (default), ssh://user@host:port, or files:DIR for what was exported from a host",
    )
    parser.add_argument("--sudo", action="store_true", help="on a host reached by ssh: run the probe by sudo -n")
    parser.add_argument(
        "--models",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="a folder or file with models, besides the usual stores; may be repeated",
    )
    parser.add_argument("--only-models", action="store_true", help="do not search the usual stores")
    parser.add_argument("--policy", default="truly-open", metavar="NAME|FILE", help="default: truly-open")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a parameter of the policy; may be repeated",
    )
    parser.add_argument(
        "--baseline",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="add the digests of a signed baseline to the policy's pins; may be repeated",
    )
    parser.add_argument(
        "--sealed",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="add the result of a sealed run (auditor sealed) to the evidence; may be repeated",
    )
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="FILE|SHA256",
        help="certificate or public key of who may have signed the baselines; may be repeated",
    )
    parser.add_argument(
        "--observe", type=_seconds, default=10, metavar="SECONDS", help="watch the network this long (default: 10)"
    )
    parser.add_argument(
        "--tier",
        choices=get_args(TierChoice),
        default="auto",
        help="how to watch: A loads observer programs into the kernel for that time, B looks at headers of packets, "
        "C hears the kernel's events, D and E read the tables of sockets again and again (default: the best that the "
        "host allows, together)",
    )
    parser.add_argument(
        "--endpoints",
        action="store_true",
        help="ask serving processes on loopback, by GET alone, for version, models and counters of requests",
    )
    parser.add_argument("--blake3", action="store_true", help="compute BLAKE3 in the same reading of the weights")
    parser.add_argument(
        "--rate", type=rate, default=0, metavar="BYTES", help="read weights no faster than this a second, e.g. 200MB"
    )
    parser.add_argument(
        "--reread", action="store_true", help="read every weight file, also what an interrupted audit has read already"
    )
    parser.add_argument(
        "--priority",
        choices=("low", "normal"),
        help="of reading, for CPU and disk; low lets what the host is for go first (default: as the policy says)",
    )
    parser.add_argument(
        "--capture",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="take a capture of packets (pcap or pcapng) of this host into the facts; may be repeated",
    )
    parser.add_argument(
        "--local",
        action="append",
        default=[],
        type=block,
        metavar="CIDR",
        help="addresses of the audited host in the captures (default: the ones that nearly all connections share)",
    )
    parser.add_argument(
        "--pseudonymise-clients",
        action="store_true",
        help="replace the addresses of those who call this host, under a key that is thrown away",
    )
    parser.add_argument("--out", type=Path, default=Path("audit"), metavar="DIR", help="default: ./audit")
    add_key(parser, "a self-issued key, made on first use")
    add_authority(parser)
    parser.add_argument("--previous", type=Path, metavar="PDF", help="the signed dossier that the new one follows")
    parser.add_argument("--organisation", default="", metavar="NAME", help="printed on page one")
    parser.add_argument("--classification", default="Internal", metavar="WORD", help="printed on every page")
    parser.add_argument("--language", default="en", metavar="CODE", help="language of the dossier (default: en)")
    parser.add_argument("--no-history", action="store_true", help="do not keep this audit in the history")
    parser.add_argument(
        "--events",
        action="store_true",
        help="print progress and result as JSON lines; read commands from standard input",
    )


def _seconds(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 604_800:
        raise argparse.ArgumentTypeError("0 to 604800 seconds")
    return value


def rate(text: str) -> int:
    """Bytes a second: a number, or one with a unit of powers of 1000. Raises ArgumentTypeError."""
    found = re.fullmatch(r"(\d{1,15})(?:([kMGT])B?)?", text.strip(), re.ASCII)
    if not found or not int(found[1]):
        raise argparse.ArgumentTypeError("bytes a second, such as 50000000 or 50MB")
    power = "kMGT".index(found[2]) + 1 if found[2] else 0
    return int(found[1]) * int(1000**power)


def _paths(arguments: argparse.Namespace) -> tuple[Path, ...]:
    """As the probe will find them: paths of this machine are made absolute, those of another are left alone."""
    if arguments.target == "local":
        return tuple(path.expanduser().absolute() for path in arguments.models)
    return tuple(arguments.models)


def _params(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UserError(f"--param {pair}: a parameter is set as NAME=VALUE")
        found[name] = value
    return found


@command(
    "audit",
    "Audit a host and write a signed dossier",
    _arguments,
    example="auditor audit local --models /srv/models --policy eu-onprem-baseline --observe 300",
)
def run(arguments: argparse.Namespace) -> Answer:
    """The main job."""
    if arguments.trust and not arguments.baseline:
        raise UserError("--trust says who may have signed a baseline", hint="Name the baseline with --baseline.")
    cancel = threading.Event()
    stream = Stream(sys.stdout) if arguments.events else None
    if stream is not None:
        Lines(sys.stdin, cancel).start()
    previous = signal.signal(signal.SIGINT, lambda number, frame: interrupt(cancel))
    options = Options(
        target=arguments.target,
        sudo=arguments.sudo,
        models=_paths(arguments),
        stores=not arguments.only_models,
        policy=arguments.policy,
        params=_params(arguments.param),
        sealed=tuple(arguments.sealed),
        baselines=tuple(arguments.baseline),
        trust=tuple(arguments.trust),
        observe=arguments.observe,
        tier=arguments.tier,
        endpoints=arguments.endpoints,
        captures=tuple(arguments.capture),
        local=tuple(arguments.local),
        pseudonymise=arguments.pseudonymise_clients,
        out=arguments.out,
        key=arguments.key,
        assurance=assurance(arguments),
        passphrase=passphrase,
        previous=arguments.previous,
        organisation=arguments.organisation,
        classification=arguments.classification,
        language=arguments.language,
        history=not arguments.no_history,
        reread=arguments.reread,
        blake3=arguments.blake3,
        bytes_per_second=arguments.rate,
        priority=arguments.priority,
        findings_early=stream is not None,
    )
    try:
        with progress_for(stream, quiet=arguments.json) as on_event:
            result = run_audit(options, on_event=on_event, cancel=cancel, clock=lambda: dt.datetime.now(dt.UTC))
    except UserError as error:
        if stream is not None:
            stream.write({"kind": "error", "message": error.message, "hint": error.hint, "where": error.where})
        raise
    finally:
        signal.signal(signal.SIGINT, previous)
    code = exit_of(result.judgement.verdict)
    if stream is not None:
        stream.write({"kind": "result", "exit": int(code), **_summary(result)})
        return Answer(None, lambda: None, code)
    return Answer(dump(result.judgement), lambda: _show(result), code)


def _summary(result: Result) -> dict[str, Any]:
    return {
        "verdict": result.judgement.verdict.value,
        "id": result.judgement.audit.id,
        "partial": result.judgement.audit.partial,
        "folder": str(result.folder),
        "unkept": result.unkept,
        **{name.partition(".")[0]: str(path) for name, path in result.paths.items()},
    }


def _show(result: Result) -> None:
    show_judgement(result.judgement)
    if result.unkept:
        sys.stdout.write(f"\nThis audit is not in the history: {result.unkept}\n")
    if result.judgement.audit.partial:
        sys.stdout.write("\nThe audit was stopped early; the dossier says so and what is missing.\n")
    sys.stdout.write(f"\nEvidence {result.judgement.audit.id}, signed by {result.signer} ({result.level})\n")
    sys.stdout.write(f"Dossier: {result.paths['dossier.pdf']}\n")
    sys.stdout.write(f"Check it with: {_own_name()} verify {shlex.quote(str(result.paths['dossier.pdf']))}\n")


def _own_name() -> str:
    """How this program can be called from the shell that called it."""
    if shutil.which("auditor"):
        return "auditor"
    beside = Path(sys.executable).with_name("auditor")
    if not beside.exists():
        return "python -m auditor"
    here = Path.cwd()
    return shlex.quote(str(beside.relative_to(here) if beside.is_relative_to(here) else beside))
