"""``auditor sealed``: start a server where nothing can leave, send it marked prompts, and look for the marks."""

import argparse
import datetime as dt
import os
import platform
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from auditor.cli.progress import Lines, Stream
from auditor.cli.registry import Answer, Exit, command
from auditor.documents import read_bytes, write
from auditor.errors import UserError
from auditor.facts.canonical import canonical
from auditor.facts.sealed import Attempt, Phase, SealedRun, Trial
from auditor.judge.sealed import contradictions, doubts, target, words
from auditor.policy.arguments import SealedSilence
from auditor.policy.effective import Effective, Sealing
from auditor.policy.resolve import load_effective
from auditor.sealed.run import Options, Step, run_sealed

RESULT, REPLAY = "sealed.json", "sent.jsonl"
PHASES = {
    Phase.CONFIGURED: "As configured",
    Phase.SWITCHED_OFF: "Every known switch off",
    Phase.NO_ROUTE: "No route",
}
SHOWN = 30


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("command_line", nargs="*", metavar="COMMAND", help="the server's command line, behind --")
    parser.add_argument(
        "--policy",
        metavar="NAME|FILE",
        help="take minutes, profile, prompts and command from its sealed: section where they are not given here, and "
        "what may be called from its control",
    )
    parser.add_argument("--minutes", type=_minutes, metavar="N", help="watch each phase this long (default: 1)")
    parser.add_argument(
        "--profile",
        choices=("no-route", "sink", "both"),
        help="sink: every address answers, once as configured and once with every known switch off; no-route: nothing "
        "can be reached (default: both)",
    )
    parser.add_argument(
        "--prompts",
        type=Path,
        metavar="FILE",
        help="prompts of your own, one a line; {mark} is where the mark goes, else at both ends",
    )
    parser.add_argument(
        "--prompt-command",
        default="",
        metavar="COMMAND",
        help="sends prompts to a server of another kind: gets AUDITOR_URL, AUDITOR_PROMPT and AUDITOR_MARK",
    )
    parser.add_argument(
        "--wait", type=float, default=600.0, metavar="SECONDS", help="for the server to answer (default: 600)"
    )
    parser.add_argument("--service", default="", metavar="UNIT", help="take command and variables of a systemd service")
    parser.add_argument("--keep-home", action="store_true", help="let the server see HOME, read-only, not an empty one")
    parser.add_argument("--plain-model-path", action="store_true", help="do not put a mark into the model's path")
    parser.add_argument("--out", type=Path, default=Path("sealed"), metavar="DIR", help="default: ./sealed")
    parser.add_argument("--no-replay", action="store_true", help="do not keep what was sent")
    parser.add_argument(
        "--events", action="store_true", help="print progress and result as JSON lines; end of input means stop"
    )


def _minutes(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 10_080:
        raise argparse.ArgumentTypeError("0 to 10080 minutes")
    return value


@command(
    "sealed",
    "Start a server where nothing can leave, send it marked prompts, and look for the marks in all it sends",
    _arguments,
    example="auditor sealed --minutes 5 -- vllm serve /srv/models/m --port 8000",
)
def run(arguments: argparse.Namespace) -> Answer:
    """0 if it was silent as configured, 1 if a mark or a call was seen, 2 if the run does not suffice to say so."""
    cancel = threading.Event()
    stream = Stream(sys.stdout) if arguments.events else None
    policy = load_effective(arguments.policy, platform.node(), {}) if arguments.policy else None
    options = _options(arguments, policy.sealed if policy is not None else Sealing())
    previous = signal.signal(signal.SIGINT, lambda number, frame: _interrupt(cancel))
    say = Steps(stream, quiet=arguments.json)
    try:
        if stream is not None:
            Lines(sys.stdin, cancel).start()
        result = run_sealed(options, on_step=say, cancel=cancel)
    except UserError as error:
        if stream is not None:
            stream.write({"kind": "error", "message": error.message, "hint": error.hint, "where": error.where})
        raise
    finally:
        signal.signal(signal.SIGINT, previous)
    path = arguments.out / RESULT
    write(path, canonical(result))
    code = exit_of(result, _demand(policy))
    if stream is not None:
        stream.write({"kind": "result", "exit": int(code), "path": str(path)})
        return Answer(None, lambda: None, code)
    data = {**result.model_dump(mode="json", by_alias=True), "verdict": _VERDICTS[code], "file": str(path)}
    return Answer(data, lambda: _show(result, path, code, _demand(policy)), code)


_VERDICTS = {Exit.CONFORMS: "silent", Exit.DOES_NOT_CONFORM: "not_silent", Exit.INCONCLUSIVE: "inconclusive"}


def _demand(policy: Effective | None) -> SealedSilence:
    """What the policy's first control of sealed runs asks for."""
    controls = policy.controls if policy is not None else ()
    asked = next((control.arguments for control in controls if control.check == "sealed.silent"), {"minutes": 0})
    return SealedSilence.model_validate(asked)


def _options(arguments: argparse.Namespace, wanted: Sealing) -> Options:
    environment = _own_environment()
    line, folder = tuple(arguments.command_line), "."
    if arguments.service:
        if line:
            raise UserError("a service has its own command", "Leave out either --service or the command.")
        line, more, folder = service(arguments.service)
        environment |= more
    elif not line:
        line = wanted.command
    prompts = wanted.prompts
    if arguments.prompts is not None:
        text = read_bytes(arguments.prompts).decode("utf-8", "replace")
        prompts = tuple(line.strip() for line in text.splitlines() if line.strip())[:100]
        if not prompts:
            raise UserError("holds no prompt", "Write one prompt a line.", str(arguments.prompts))
    try:
        prompt_command = tuple(shlex.split(arguments.prompt_command))
    except ValueError as error:
        raise UserError(f"--prompt-command cannot be read: {error}") from None
    return Options(
        command=line,
        minutes=float(wanted.minutes) if arguments.minutes is None else arguments.minutes,
        patience=max(1.0, arguments.wait),
        profile=arguments.profile or wanted.profile,
        prompts=prompts,
        prompt_command=prompt_command,
        keep_home=arguments.keep_home,
        mark_model=not arguments.plain_model_path,
        folder=folder,
        environment=environment,
        replay=None if arguments.no_replay else arguments.out / REPLAY,
    )


def _own_environment() -> dict[str, str]:
    """The caller's variables, without what this program needs for itself where it is frozen or run by the app."""
    found = dict(os.environ)
    if getattr(sys, "frozen", False):
        found["LD_LIBRARY_PATH"] = found.pop("LD_LIBRARY_PATH_ORIG", "")
    package = str(Path(__file__).resolve().parents[2])
    paths = [path for path in found.get("PYTHONPATH", "").split(os.pathsep) if path and path != package]
    found["PYTHONPATH"] = os.pathsep.join(paths)
    return {name: value for name, value in found.items() if value or name not in ("LD_LIBRARY_PATH", "PYTHONPATH")}


def service(unit: str) -> tuple[tuple[str, ...], dict[str, str], str]:
    """Command line, variables and folder of a systemd service, which itself is left alone. Raises UserError."""
    try:
        told = subprocess.run(
            ["systemctl", "show", unit, "--property=ExecStart,Environment,EnvironmentFiles,WorkingDirectory"],
            capture_output=True, text=True, timeout=20, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise UserError(f"systemctl does not tell of it: {error}", "Give the command behind --.", unit) from None
    return read_service(told, unit)


def read_service(told: str, unit: str) -> tuple[tuple[str, ...], dict[str, str], str]:
    """The same, from what ``systemctl show`` printed."""
    fields = dict(line.partition("=")[::2] for line in told.splitlines() if "=" in line)
    _, found, line = fields.get("ExecStart", "").partition("argv[]=")
    words_ = shlex.split(line.split(" ;")[0]) if found else []
    if not words_:
        raise UserError("the service has no command", "Look for its name with: systemctl list-units", unit)
    variables = dict(pair.partition("=")[::2] for pair in shlex.split(fields.get("Environment", "")))
    for entry in fields.get("EnvironmentFiles", "").split(" (ignore_errors"):
        path = Path(entry.rpartition(" ")[2] or entry)
        if path.is_absolute() and path.is_file():
            for text in read_bytes(path).decode("utf-8", "replace").splitlines():
                name, equals, value = text.strip().partition("=")
                if equals and not name.startswith(("#", ";")):
                    variables[name] = value.strip("\"'")
    return tuple(words_), variables, fields.get("WorkingDirectory", "").removeprefix("!") or "/"


_ANY = SealedSilence(minutes=0)


def exit_of(result: SealedRun, demand: SealedSilence = _ANY) -> Exit:
    """Of the server in the phase that is asked for; of the only phase where another was run alone."""
    phase = _phase(result, demand)
    if any(True for _ in contradictions(result, phase, demand.destinations)):
        return Exit.DOES_NOT_CONFORM
    return Exit.INCONCLUSIVE if any(True for _ in doubts(result, phase, demand.minutes)) else Exit.CONFORMS


def _phase(result: SealedRun, demand: SealedSilence) -> Phase:
    asked = Phase(demand.phase)
    return asked if result.trial(asked) is not None else result.trials[0].phase


def _interrupt(cancel: threading.Event) -> None:
    """The first Ctrl-C ends the phase with what it has; the second ends the program, and the kernel the box."""
    if cancel.is_set():
        raise KeyboardInterrupt
    cancel.set()


class Steps:
    """Tells where the run is: a line on a terminal, JSON for a program."""

    def __init__(self, stream: Stream | None, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._begun = dt.datetime.now(dt.UTC)

    def __call__(self, step: Step) -> None:
        if self._stream is not None:
            told: dict[str, Any] = {"phase": step.phase.value, "stage": step.stage, "detail": step.detail}
            self._stream.write({"kind": "step", **told})
        elif not self._quiet and sys.stderr.isatty():
            seconds = (dt.datetime.now(dt.UTC) - self._begun).total_seconds()
            detail = step.detail.partition("\n")[0]
            said = f"{seconds:7.1f} s  {PHASES[step.phase]}: {step.stage} {detail}"
            sys.stderr.write(said.rstrip()[:200] + "\n")


def _show(result: SealedRun, path: Path, code: Exit, demand: SealedSilence) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(Text(f"{result.host}: {words(result)}", style="bold"))
    for trial in result.trials:
        _show_trial(console, trial)
    verdict = {
        Exit.CONFORMS: "No mark left the server, and it called nobody that is not permitted.",
        Exit.DOES_NOT_CONFORM: "The server is not silent.",
        Exit.INCONCLUSIVE: "The run does not suffice to say that the server is silent.",
    }[code]
    console.print(Text(f"\n{verdict}", style="bold"))
    for doubt in doubts(result, _phase(result, demand), demand.minutes):
        console.print(Text(f"  Not seen: {doubt}"))
    console.print(
        f"\nResult: {path}   Attach it: auditor audit --sealed {shlex.quote(str(path))}", markup=False, soft_wrap=True
    )
    if result.replay_sha256:
        console.print(
            f"Everything sent, with secrets as they were sent: {path.with_name(REPLAY)}", markup=False, soft_wrap=True
        )


def _show_trial(console: Console, trial: Trial) -> None:
    console.print(
        Text(f"\n{PHASES[trial.phase]} ({trial.ending.value}, watched {trial.observed_seconds} s)", style="bold")
    )
    if trial.note:
        console.print(Text(f"  {trial.note}"))
    answered = sum(one.ok for one in trial.answered)
    console.print(f"  Prompts answered: {answered} of {len(trial.answered)}" + (f" ({trial.api})" if trial.api else ""))
    found = sum(planted.found for planted in trial.control)
    if trial.control:
        console.print(f"  Control: {found} of {len(trial.control)} planted leaks found")
    else:
        console.print(f"  Control: none, {trial.observer or 'nothing can be planted here'}")
    for planted in trial.control:
        if not planted.found:
            console.print(Text(f"    missed: {planted.name}"))
    if not trial.attempts:
        console.print("  Calls: none seen")
        return
    for attempt in trial.attempts[:SHOWN]:
        _show_attempt(console, attempt)
    if len(trial.attempts) > SHOWN:
        console.print(f"  and {len(trial.attempts) - SHOWN} more, see the result")


def _show_attempt(console: Console, attempt: Attempt) -> None:
    by = attempt.process or "a process that could not be told"
    known = f", known: {attempt.product}" if attempt.product else ""
    outcome = attempt.outcome.replace("_", " ")
    said = f"  {target(attempt)} by {by}{known}: {attempt.count} × {outcome}, {attempt.bytes:,} bytes"
    console.print(Text(said))
    for line in attempt.requests[:2]:
        console.print(Text(f"      {line}", style="dim"))
    for mark in _marks(attempt):
        console.print(Text(f"      MARK: {mark}", style="bold"))


def _marks(attempt: Attempt) -> list[str]:
    seen = (f"{one.place.value} in {one.channel.value}, {' of '.join(one.encoding)}" for one in attempt.sightings)
    return list(dict.fromkeys(seen))
