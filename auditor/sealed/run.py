"""The sealed run itself: the phases one after another, and what was found in them, as one result.

Reads the clock, makes processes and namespaces; everything else is asked of the other modules here.
"""

import datetime as dt
import os
import platform
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from auditor import __version__
from auditor.errors import UserError
from auditor.facts.sealed import Answered, Channel, Ending, Phase, Place, Planted, SealedRun, Trial
from auditor.knowledge.phonehome import Entry, load_phone_home
from auditor.probe import masks
from auditor.sealed import control, files, switches
from auditor.sealed.attempts import Gathered
from auditor.sealed.box import Box
from auditor.sealed.canary import Marks
from auditor.sealed.messages import Event
from auditor.sealed.observer import Observer
from auditor.sealed.plan import Plan
from auditor.sealed.replay import Replay

Profile = Literal["no-route", "sink", "both"]
PHASES: dict[Profile, tuple[Phase, ...]] = {
    "sink": (Phase.CONFIGURED, Phase.SWITCHED_OFF),
    "no-route": (Phase.NO_ROUTE,),
    "both": (Phase.CONFIGURED, Phase.SWITCHED_OFF, Phase.NO_ROUTE),
}
_WEIGHTS = (".gguf", ".safetensors", ".bin", ".onnx", ".pt")

LIMITS = (
    "What a program sends encrypted by itself, or as numbers of tokens, is seen as bytes that leave, not as a prompt.",
    "A program that trusts a certificate of its own choice only (pinning) keeps its content closed; whom it called is "
    "seen.",
    "Of QUIC and HTTP/3 the name that is called and the number of bytes are seen, not the content.",
    "What a program does later than the run lasted, or on a certain day, is not seen: the clock was not shifted, "
    "because the kernel lets a namespace shift only the clocks since boot, by which no daily timer goes.",
    "Networks that are not of the kernel's IP stack (InfiniBand, RDMA, NVLink between hosts) are not watched; their "
    "devices were hidden.",
    "Sockets of local services outside /run could be used to pass data on; files, also those that other machines "
    "share, were read-only where the kernel can make them so.",
)
"""Of every sealed run, in words for the dossier."""


@dataclass(frozen=True)
class Options:
    """What the user asked for."""

    command: tuple[str, ...]
    minutes: float = 1.0
    """To watch each phase, from when the interface answered."""
    patience: float = 600.0
    """Seconds to wait for the interface."""
    profile: Profile = "both"
    prompts: tuple[str, ...] = ()
    prompt_command: tuple[str, ...] = ()
    keep_home: bool = False
    mark_model: bool = True
    """Give the model to the command under a marked path."""
    folder: str = "."
    environment: Mapping[str, str] = field(default_factory=dict)
    replay: Path | None = None
    """Where everything sent is kept."""


@dataclass(frozen=True)
class Step:
    """The run has come to this stage of a phase, or heard this of it."""

    phase: Phase
    stage: str
    """``starting``, ``control``, ``ready``, ``prompts``, ``answer``, ``watching``, ``attempt``, ``over``."""
    detail: str = ""


OnStep = Callable[[Step], None]


def run_sealed(
    options: Options,
    *,
    on_step: OnStep = lambda step: None,
    cancel: threading.Event | None = None,
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    random: Callable[[int], bytes] = os.urandom,
) -> SealedRun:
    """Run the phases; cancelling ends the phase at hand with what it saw, and leaves the others out.

    Raises UserError where the command is not there or no box can be made; then nothing was started.
    """
    cancel = cancel or threading.Event()
    folder = os.path.abspath(options.folder)
    _check(options, folder)
    entries = load_phone_home()
    marks = Marks.make(random)
    command, links = _marked_model(options.command, folder, marks) if options.mark_model else (options.command, {})
    started = clock()
    trials: list[Trial] = []
    separated: dict[str, None] = {}
    with Replay(options.replay) as replay:
        for phase in PHASES[options.profile]:
            if cancel.is_set() and trials:
                break
            environment = switches.scrubbed(options.environment, entries)
            home: dict[str, str] = {}
            environment["HOME"] = options.environment.get("HOME", "/") if options.keep_home else files.HOME
            set_: tuple[str, ...] = ()
            if phase is Phase.SWITCHED_OFF:
                off = switches.everything_off(entries)
                environment |= off.environment
                home = off.home_files
                set_ = tuple(sorted(f"{name}={value}" for name, value in off.environment.items()))
                set_ += tuple(sorted(f"~/{path}" for path in home))
            plan = Plan(
                command=command, folder=folder, environment=environment, marks=marks,
                route=phase is not Phase.NO_ROUTE, seconds=60 * options.minutes, patience=options.patience,
                prompts=options.prompts, prompt_command=options.prompt_command, home_files=home, links=links,
                keep_home=options.keep_home,
            )  # fmt: skip
            trial = _Trial(phase, plan, entries, replay, on_step, clock)
            trials.append(trial.run(cancel, set_))
            separated |= dict.fromkeys(trial.separated)
    return SealedRun(
        schema_="sovereign-sealed/1",
        version=__version__,
        host=platform.node(),
        command=tuple(masks.command(options.command)),
        started=_instant(started),
        ended=_instant(clock()),
        minutes=options.minutes,
        trials=tuple(trials),
        separated=tuple(separated),
        limits=LIMITS,
        replay_sha256=replay.sha256,
    )


def _check(options: Options, folder: str) -> None:
    if not options.command:
        raise UserError("no command to start", "Write it behind --, e.g. -- vllm serve /srv/models/m")
    if platform.system() != "Linux":
        raise UserError("a sealed run needs the namespaces of Linux")
    program = options.command[0]
    path = options.environment.get("PATH", os.defpath)
    found = os.path.isfile(os.path.join(folder, program)) if "/" in program else shutil.which(program, path=path)
    if not found:
        raise UserError("no such program", "Give its whole path, or set PATH.", program)


def _marked_model(command: tuple[str, ...], folder: str, marks: Marks) -> tuple[tuple[str, ...], dict[str, str]]:
    """The command with the model under a path that carries a mark, and the links that make it so."""
    words: list[str] = []
    links: dict[str, str] = {}
    for word in command:
        path = os.path.join(folder, word)
        if word.lower().endswith(_WEIGHTS) and os.path.isfile(path):
            model = True
        else:
            model = os.path.isfile(os.path.join(path, "config.json")) and os.path.isdir(path)
        if model:
            path = os.path.normpath(path)
            # The folder of a file, because the other parts of a split model lie beside it.
            inner = os.path.dirname(path) if os.path.isfile(path) else path
            link = f"{files.ROOM}/{marks.tokens[Place.MODEL_PATH]}-{len(links)}"
            links[link] = inner
            words.append(os.path.join(link, os.path.basename(path)) if os.path.isfile(path) else link)
        else:
            words.append(word)
    return tuple(words), links


class _Trial:
    """One phase, while it runs."""

    def __init__(
        self,
        phase: Phase,
        plan: Plan,
        entries: Iterable[Entry],
        replay: Replay,
        on_step: OnStep,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._phase, self._plan, self._replay, self._clock = phase, plan, replay, clock
        self._on_step = on_step
        self._gathered = Gathered(plan.marks, tuple(entries))
        self._observer = Observer()
        self._answered: list[Answered] = []
        self._api, self._ready, self._watched, self._note, self._dropped = "", 0, 0, "", 0
        self._without = ""
        self.separated: tuple[str, ...] = ()

    def run(self, cancel: threading.Event, set_: tuple[str, ...]) -> Trial:
        """From start to end."""
        started = self._clock()
        self._say("starting")
        stopped = whole = False
        with Box(self._plan) as box:
            try:
                for event in box:
                    if cancel.is_set() and not stopped:
                        stopped = True
                        box.stop()
                    self._hear(event, box)
                    whole = whole or event.kind == "end"
            finally:
                attempts = self._observer.close(box.network)
        for attempt in attempts:
            self._gathered.observed(attempt, alone=self._phase is Phase.NO_ROUTE)
        if not whole:
            self._note = self._note or "the box was ended from outside"
        ending = Ending.FAILED if self._note else Ending.COMPLETE
        if stopped:
            ending = Ending.CANCELLED
        self._say("over", self._note)
        return Trial(
            phase=self._phase,
            ending=ending,
            note=self._note[:2000],
            started=_instant(started),
            ended=_instant(self._clock()),
            ready_seconds=self._ready,
            observed_seconds=self._watched,
            api=self._api,
            answered=tuple(self._answered),
            attempts=self._gathered.attempts(),
            control=self._control(),
            observer=self._observer.missing,
            dropped=self._dropped + self._observer.lost,
            unsearched=self._gathered.unsearched,
            switches=set_,
        )

    def _say(self, stage: str, detail: str = "") -> None:
        self._on_step(Step(self._phase, stage, detail))

    def _hear(self, event: Event, box: Box) -> None:
        told = event.told
        match event.kind:
            case "walls":
                self._without = str(told["without"])
                self.separated = _separated(told["missing"])
                self._observer.open()
                box.go()
            case "stage":
                self._say(str(told["stage"]))
            case "ready":
                self._api, self._ready = str(told["api"]), int(told["seconds"])
                self._say("ready", f"{self._api} {told['model']}".strip())
            case "answer":
                answered = Answered.model_validate(told)
                self._answered.append(answered)
                self._say("answer", f"{answered.place.value} {answered.status}")
            case "record" if event.record is not None:
                self._replay.add(self._phase, event.record)
                fresh = self._gathered.add(event.record)
                if fresh:
                    self._say("attempt", fresh)
            case "over":
                self._watched = int(told.get("watched", 0))
                self._note = str(told["why"])
                if self._note and told["said"]:
                    last = masks.text("\n".join(told["said"])[-1200:])
                    self._note += f"; its last words: {last}"
            case "end":
                self._dropped = int(told["lost"])

    def _control(self) -> tuple[Planted, ...]:
        if self._plan.route:
            found = self._gathered.planted
            return tuple(
                Planted(name=leak.name, channel=leak.channel, found=leak.host in found)
                for leak in control.leaks(self._without)
            )
        if self._observer.missing:
            return ()
        seen = control.NOWHERE[0] in self._gathered.planted
        return (Planted(name="an attempt without a route", channel=Channel.PACKET, found=seen),)


def _separated(missing: Iterable[str]) -> tuple[str, ...]:
    lacking = set(missing)
    own = ("network", "processes", "users", "host name", "shared memory", "mounts")
    return own + tuple(name for name in ("read-only files", "a /proc of its own") if name not in lacking)


def _instant(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
