"""The story itself: collect, judge, compose, seal, keep."""

import contextlib
import datetime as dt
import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import platformdirs

from auditor import __version__
from auditor.archive.history import History
from auditor.archive.readings import Readings
from auditor.collect import request
from auditor.collect.assemble import assemble
from auditor.collect.captures import read_captures
from auditor.collect.collect import Collected, collect
from auditor.collect.completion import complete
from auditor.collect.exported import PREFIX, Files
from auditor.collect.exported_reading import read_export
from auditor.collect.local import Local, blake3_folder
from auditor.collect.osv import with_imports
from auditor.collect.ssh import Ssh
from auditor.collect.stream import Event, Seen
from auditor.collect.target import Target
from auditor.documents import Documents, decode, read_bytes, write
from auditor.errors import UserError
from auditor.evidence.assurance import PLAIN, Assurance
from auditor.evidence.baseline import anchors_of, pinned, read_baseline
from auditor.evidence.compose import compose
from auditor.evidence.cover import Cover, Predecessor
from auditor.evidence.keys import Key, default_key, load_key
from auditor.evidence.opened import documents_of
from auditor.evidence.previous import follow
from auditor.evidence.seal import seal
from auditor.evidence.words import words
from auditor.facts.audit import Audit, Outcome, Tool
from auditor.facts.records import WeightRecord
from auditor.facts.sealed import SealedRun
from auditor.judge.certain import certain
from auditor.judge.engine import judge
from auditor.judge.finding import Finding, Judgement
from auditor.knowledge import fingerprints, stacks
from auditor.knowledge.knowledge import Knowledge, load
from auditor.knowledge.registries import Registries, load_registries
from auditor.policy.effective import Effective, Reading
from auditor.policy.resolve import load_effective
from auditor.recognise.packets.reading import Network

DOSSIER = "dossier.pdf"
T = TypeVar("T")
MOST_EARLY = 500
"""Findings that are told before the end."""
log = logging.getLogger(__name__)

TOOL = Tool(name="Sovereignty Auditor", version=__version__)


@dataclass(frozen=True)
class Stage:
    """The audit has come to this stage: collect, judge, compose, seal, done."""

    name: str


@dataclass(frozen=True)
class Certain:
    """A finding that nothing still to come can change, while the audit runs; ``title`` by language."""

    finding: Finding
    title: dict[str, str]


OnEvent = Callable[[Event | Stage | Certain], None]


@dataclass(frozen=True)
class Options:
    """What the user asked for."""

    target: str = "local"
    sudo: bool = False
    """Run the probe as root on a host reached by ssh."""
    models: tuple[Path, ...] = ()
    stores: bool = True
    policy: str = "truly-open"
    params: dict[str, str] = field(default_factory=dict)
    sealed: tuple[Path, ...] = ()
    """Results of sealed runs that become part of the evidence."""
    baselines: tuple[Path, ...] = ()
    """Signed baselines whose digests are added to the policy's pins."""
    trust: tuple[str, ...] = ()
    """Who may have signed them: files of certificates or public keys, or the SHA-256 of certificates."""
    observe: int = 10
    """Seconds to watch the network."""
    tier: request.TierChoice = "auto"
    """By which means; auto: all of the best that the host allows, together."""
    captures: tuple[Path, ...] = ()
    """Captures of packets that are taken into the facts."""
    local: tuple[Network, ...] = ()
    """Addresses of the audited host in them; none: the ones that nearly all connections share."""
    endpoints: bool = False
    """Ask serving processes on loopback what they are and what they serve."""
    pseudonymise: bool = False
    """Replace the addresses of clients by pseudonyms that nobody can turn back."""
    out: Path = Path("audit")
    key: Path | None = None
    passphrase: Callable[[Path], bytes] | None = None
    """Asked for when the key is encrypted."""
    assurance: Assurance = PLAIN
    """At which level to sign, and who vouches for the time."""
    previous: Path | None = None
    """The signed dossier that the new one follows."""
    organisation: str = ""
    classification: str = "Internal"
    language: str = "en"
    history: bool = True
    """Keep the audit, and each digest as its file is read, so that an interrupted audit goes on where it was."""
    reread: bool = False
    """Read every weight file, whatever the policy lets stand in for that."""
    blake3: bool = False
    """Compute BLAKE3 too, besides where the policy asks for it."""
    bytes_per_second: int = 0
    """Limit of reading weights, besides the policy's; 0: none."""
    priority: Literal["low", "normal"] | None = None
    """Of reading, for CPU and disk: low lets what the host is for go first; None: as the policy says."""
    findings_early: bool = False
    """Tell findings as soon as they are certain; each collector that ends costs a judgement then."""


@dataclass(frozen=True)
class Result:
    """What an audit leaves: the documents, where they lie, and who signed."""

    documents: Documents
    judgement: Judgement
    folder: Path
    paths: dict[str, Path]
    signer: str
    level: str
    unkept: str = ""
    """Why the audit is not in the history; empty where it is, or was not to be."""


def run_audit(
    options: Options, *, on_event: OnEvent, cancel: threading.Event, clock: Callable[[], dt.datetime]
) -> Result:
    """The main job. Everything that can be refused is refused before the host is looked at.

    Raises UserError. Cancelling ends the collection; what was collected is judged, sealed and marked partial.
    """
    target = target_of(options.target, sudo=options.sudo)
    policy = load_effective(options.policy, target.facts().name, options.params)
    sealed = tuple(read_sealed(path) for path in options.sealed)
    for path in options.baselines:
        policy = pinned(policy, read_baseline(path, anchors_of(options.trust), clock()))
    key = load_key(options.key, options.passphrase) if options.key else default_key(clock())
    key.check(clock())
    options.assurance.rehearse(key)
    words(options.language)
    previous = read_bytes(options.previous) if options.previous else b""
    if previous:
        documents_of(previous, str(options.previous))
    captures = (*options.captures, *(target.captures() if isinstance(target, Files) else ()))
    captured = read_captures(captures, options.local) if captures else None
    knowledge = known()

    on_event(Stage("collect"))
    with kept_readings(target, options.history) as readings:
        wanted = _wanted(options, policy.reading, target, readings)
        merged = ("traffic",) if captured is not None else ()
        early = _Early(policy, knowledge, clock, on_event, merged) if options.findings_early else None
        heard = keeping(on_event, readings)
        audit = look(target, wanted, knowledge, on_event=heard, on_part=early, cancel=cancel)
        if readings is not None and _read_all(audit):
            _tolerate(lambda: readings.close(clock()))
    audit = complete(
        audit,
        captured,
        load_registries(registries_folder()),
        secrets.token_bytes(32) if options.pseudonymise else None,
    )
    audit = audit.model_copy(update={"facts": audit.facts.model_copy(update={"sealed": sealed})})

    on_event(Stage("judge"))
    now = clock()
    judgement = judge(audit, policy, knowledge, now)
    documents = Documents.of(audit, policy, knowledge, judgement)
    # The documents are on disk before the dossier is made: nothing collected is lost if that fails.
    paths = documents.write(options.out)

    on_event(Stage("compose"))
    cover = cover_of(options, key, now, follow(previous, str(options.previous), judgement) if previous else None)
    dossier = compose(audit, judgement, policy, knowledge, cover)
    on_event(Stage("seal"))
    paths[DOSSIER] = options.out / DOSSIER
    write(paths[DOSSIER], seal(dossier, key, when=now, assurance=options.assurance))
    unkept = keep(documents, paths[DOSSIER]) if options.history else ""
    on_event(Stage("done"))
    return Result(documents, judgement, options.out, paths, key.name, cover.level.value, unkept)


@contextlib.contextmanager
def kept_readings(target: Target, history: bool, *, resumable: bool = True) -> Iterator[Readings | None]:
    """The readings of a target's weight files; None where none are to be kept, or they cannot be."""
    try:
        opened = History() if history else None
    except UserError as error:
        log.warning("readings are not kept: %s", error)
        opened = None
    if opened is None:
        yield None
        return
    with opened:
        yield Readings(opened, target.facts().name, resumable=resumable)


def keeping(on_event: OnEvent, readings: Readings | None) -> OnEvent:
    """``on_event``, after which a finished weight file is kept at once."""

    def hear(event: Event | Stage | Certain) -> None:
        if readings is not None and isinstance(event, Seen) and isinstance(event.record, WeightRecord):
            readings.keep(event.record)
        on_event(event)

    return hear


def _wanted(options: Options, reading: Reading, target: Target, readings: Readings | None) -> request.Options:
    """What the probe is asked for: the person's choice, held to what the policy says of reading."""
    earlier = None
    if readings is not None and reading.earlier != "never" and not options.reread:
        interrupted = reading.earlier == "interrupted"
        known = _tolerate(lambda: readings.known(interrupted=interrupted, most=request.KNOWN)) or {}
        earlier = request.Earlier(hours=reading.earlier_hours, machines=known)
    limits = [limit for limit in (options.bytes_per_second, reading.bytes_per_second) if limit]
    blake3 = options.blake3 or reading.blake3
    return request.Options(
        paths=tuple(map(str, options.models)),
        stores=options.stores,
        traffic_seconds=options.observe,
        tier=options.tier,
        endpoints=options.endpoints,
        bytes_per_second=min(limits, default=0),
        digests=("sha256", "blake3") if blake3 else ("sha256",),
        blake3=blake3_folder() if blake3 and isinstance(target, Local) else "",
        earlier=earlier,
        nice=(options.priority or reading.priority) == "low",
    )


def _read_all(audit: Audit) -> bool:
    """Whether the weights were read to the end, however that ended for single files."""
    return (
        audit.target.kind != "files"
        and not audit.partial
        and audit.collector("weights").outcome in (Outcome.COMPLETE, Outcome.PARTIAL)
    )


def _tolerate(do: Callable[[], T]) -> T | None:
    """A history that cannot be used costs time, not the audit."""
    try:
        return do()
    except UserError as error:
        log.warning("readings cannot be used: %s", error)
        return None


def read_sealed(path: Path) -> SealedRun:
    """The result of a sealed run. Raises UserError."""
    return decode(read_bytes(path), SealedRun, str(path))


def keep(documents: Documents, dossier: Path) -> str:
    """Put an audit into the history; says why where that fails, because the audit itself is done and on disk."""
    try:
        with History() as history:
            history.add(documents, str(dossier.absolute()))
    except UserError as error:
        return str(error)
    return ""


def target_of(name: str, *, sudo: bool = False) -> Target:
    """The target that a person names: ``local``, ``ssh://user@host:port`` or ``files:DIR``. Raises UserError."""
    if name == "local":
        return Local()
    if name.startswith("ssh://"):
        return Ssh.parse(name, sudo=sudo)
    if name.startswith(PREFIX):
        return Files.parse(name)
    raise UserError(f"no target {name!r}", hint="Say local, ssh://user@host:port, or files:DIR for exported files.")


def look(
    target: Target,
    wanted: request.Options,
    knowledge: Knowledge,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    on_part: Callable[[Audit], None] | None = None,
    cancel: threading.Event | None = None,
    registries: Registries | None = None,
) -> Audit:
    """Everything seen on the target, with its meaning; nothing judged. Raises UserError where no probe answered.

    ``registries`` where they are loaded already.
    """
    asked = request.build(
        wanted,
        patterns=stacks.patterns(knowledge),
        variables=stacks.variables(knowledge),
        packages=stacks.packages(knowledge),
        footprints=[{"entry": entry, "path": path} for entry, path in stacks.footprints(knowledge)],
        endpoints=stacks.endpoints(knowledge),
    )
    known, tables = fingerprints.load(), registries or load_registries(registries_folder())

    def facts(collected: Collected) -> Audit:
        audit = assemble(collected, knowledge, known, TOOL, target.facts())
        return complete(audit, registries=tables)

    if isinstance(target, Files):
        return facts(read_export(target, asked, on_event=on_event, cancel=cancel or threading.Event()))
    part = None if on_part is None else lambda collected: on_part(facts(collected))
    return facts(collect(target, asked, on_event=on_event, on_part=part, cancel=cancel or threading.Event()))


def known() -> Knowledge:
    """The shipped knowledge with what this user imported. Raises UserError where that cannot be read."""
    return with_imports(load(), vulnerabilities_folder())


def vulnerabilities_folder() -> Path:
    """Where imported vulnerabilities are kept for this user."""
    return Path(platformdirs.user_data_dir("sovereignty-auditor")) / "vulnerabilities"


def registries_folder() -> Path:
    """Where newer tables of countries and networks are kept for this user."""
    return Path(platformdirs.user_data_dir("sovereignty-auditor")) / "registries"


class _Early:
    """Judges what is there whenever a collector has ended, and tells each finding that is certain once."""

    def __init__(
        self,
        policy: Effective,
        knowledge: Knowledge,
        clock: Callable[[], dt.datetime],
        on_event: OnEvent,
        merged: Sequence[str] = (),
    ) -> None:
        """``merged`` names collectors whose facts still get more after they have ended, from captures."""
        self._policy, self._knowledge, self._clock, self._on_event = policy, knowledge, clock, on_event
        self._titles = {control.id: control.title for control in policy.controls}
        self._merged = frozenset(merged)
        self._told: set[tuple[str, str, str]] = set()

    def __call__(self, audit: Audit) -> None:
        running = self._merged | {c.name for c in audit.collectors if c.outcome is Outcome.NOT_RUN}
        findings = judge(audit, self._policy, self._knowledge, self._clock()).findings if running else ()
        for finding in certain(findings, self._policy, running):
            key = (finding.control, finding.subject.kind.value, finding.subject.id)
            if key not in self._told and len(self._told) < MOST_EARLY:
                self._told.add(key)
                self._on_event(Certain(finding, self._titles[finding.control]))


def cover_of(options: Options, key: Key, now: dt.datetime, previous: Predecessor | None = None) -> Cover:
    """What the dossier says beyond facts and findings. The level is decided before the pages say it."""
    return Cover(
        language=options.language,
        organisation=options.organisation,
        classification=options.classification,
        level=options.assurance.level,
        signer=key.name,
        when=now,
        fingerprint=key.fingerprint,
        self_issued=key.self_issued,
        seed=secrets.token_hex(32),
        previous=previous,
    )
