"""Write the facts on which the built-in policies are tested: policies/facts/*.json.

Hosts that nobody owns: one that leaves nothing to be desired, one that contradicts whatever it can, the same with a
model of DeepSeek, one whose models were tampered with, and one of which nothing was seen. Run it again when the types
of facts or the known contacts of vLLM change.
"""

from pathlib import Path
from typing import Any, TypeVar

from auditor.facts.audit import Audit, Collector, Facts, Outcome, Probe, Target, Tool
from auditor.facts.canonical import canonical
from auditor.facts.contents import Content, Harm, Hazard
from auditor.facts.fact import Fact, Status
from auditor.facts.gpus import Gpu, Pci
from auditor.facts.host import Clock, Host, OperatingSystem
from auditor.facts.models import Change, ChangeKind, Licence, Match, Model, Part, Statement, Store
from auditor.facts.sealed import (
    Answered,
    Attempt,
    Channel,
    Ending,
    Phase,
    Place,
    Planted,
    SealedRun,
    Sighting,
    Trial,
)
from auditor.facts.serving import Custody, Held, Layer, Served, Switch, SwitchState
from auditor.facts.traffic import Capture, Flow, Listener, Process, Tier, Traffic
from auditor.facts.weights import Expectation, Header, Weight
from auditor.knowledge.knowledge import load

T = TypeVar("T")
FOLDER = Path(__file__).resolve().parents[1] / "policies" / "facts"
START, END = "2026-11-02T10:00:00Z", "2026-11-02T12:00:00Z"
COLLECTORS = ("host", "gpus", "processes", "models", "weights", "custody", "traffic", "footprints")
GIB = 1 << 30


def seen(value: T, source: str, method: str = "read", status: Status = Status.OBSERVED) -> Fact[Any]:
    """A fact with a value."""
    return Fact(value=value, source=source, method=method, time=START, status=status)


def unseen(source: str, status: Status = Status.ABSENT, note: str = "") -> Fact[Any]:
    """A fact without one."""
    return Fact(value=None, source=source, method="read", time=START, status=status, note=note)


def host(name: str) -> Host:
    """A plain Debian host."""
    return Host(
        hostname=seen(name, "/proc/sys/kernel/hostname"),
        machine_id=seen("0" * 64, "/etc/machine-id", "sha256"),
        os=seen(OperatingSystem(id="debian", name="Debian GNU/Linux 12", version="12"), "/etc/os-release"),
        kernel=seen("6.1.0", "uname", "call"),
        architecture=seen("x86_64", "uname", "call"),
        clock=seen(Clock(synchronised=True, max_error_us=500), "adjtimex", "call"),
        booted=seen("2026-11-01T06:00:00Z", "/proc/stat"),
        memory_total=seen(512 * GIB, "/proc/meminfo"),
        cpu=seen("EPYC", "/proc/cpuinfo"),
        container=unseen("/proc/1/cgroup"),
    )


def model(name: str, licence: str, *, format_: str, code: tuple[str, ...]) -> Model:
    """A model in a folder of its own, as the program of a hub fetched it."""
    path = f"/srv/models/{name}"
    return Model(
        id=name,
        path=path,
        store=Store.HUGGINGFACE_LOCAL,
        name=seen(name, f"{path}/README.md", status=Status.DECLARED),
        family=unseen(path),
        release=unseen(path),
        revision=seen("c" * 40, path, "store", Status.DECLARED),
        architecture=seen("LlamaForCausalLM", f"{path}/config.json", status=Status.DECLARED),
        format=seen(format_, path, "headers"),
        quantisation=unseen(path),
        parameters=seen(1_000_000, path, "headers"),
        modality=seen(("text",), f"{path}/config.json", status=Status.DECLARED),
        context=seen(8192, f"{path}/config.json", status=Status.DECLARED),
        base=unseen(f"{path}/README.md"),
        stated=(
            seen(
                Statement(where="README.md license", value=licence),
                f"{path}/README.md",
                status=Status.DECLARED,
            ),
        ),
        custom_code=seen(code, path),
    )


def licence(of: Model, id_: str, spdx: str, title: str) -> Licence:
    """A licence text that is word for word the known one."""
    file = f"{of.path}/LICENSE"
    part = Part(id=id_, spdx=spdx, title=title, match=Match.EXACT, first_line=1, last_line=200)
    return Licence(
        file=file,
        model=of.id,
        id=seen(id_, file, "fingerprint"),
        match=Match.EXACT,
        parts=(part,),
        sha256=seen("1" * 64, file, "sha256"),
    )


def weight(of: Model, file: str, format_: str, digest: str, stated: str = "") -> Weight:
    """A weight file, and what its store says that it should be."""
    path = f"{of.path}/{file}"
    header = Header(tensors=10, parameters=1_000_000, dtypes={"BF16": 1_000_000}, bytes=2_000_000)
    return Weight(
        path=path,
        model=of.id,
        format=format_,
        size=seen(2_000_400, path, "stat"),
        modified=seen(START, path, "stat"),
        sha256=seen(digest, path, "sha256"),
        header=seen(header, path, "header") if format_ == "safetensors" else unseen(path, Status.UNSUPPORTED),
        expected=(seen(Expectation(algorithm="sha256", digest=stated), f"{of.path}/.cache"),) if stated else (),
    )


def held(of: Weight, mapped: str, *, replaced: bool = False) -> Custody:
    """The weight file as that process has it mapped."""
    source = "/proc/4711/map_files/7f0000000000-7f0000200000"
    return Custody(
        pid=4711,
        server=4711,
        path=of.path,
        weight=of.path,
        model=of.model,
        held=seen(Held.MAPPED, source, "map_files"),
        disk_sha256=of.sha256,
        mapped_sha256=seen(mapped, source, "sha256"),
        replaced=seen(replaced, source, "device and inode"),
        identity=seen("8:1:1312", source, "stat"),
        namespace=seen("mnt:[4026531841]", "/proc/4711/ns/mnt", "readlink"),
        layer=seen(Layer.HOST, "/proc/4711/mountinfo", "mountinfo"),
        modified=of.modified,
        changed=of.modified,
        after_start=seen(False, source, "times compared", Status.INFERRED),
        copied=seen(0, "/proc/4711/smaps", "smaps"),
    )


def content(of: Model, file: str, kind: str, *imports: str) -> Content:
    """What was seen in a file without loading it."""
    path = f"{of.path}/{file}"
    hazards = tuple(Hazard(kind="import", harm=Harm.HIGH, detail=f"imports {name}", name=name) for name in imports)
    return Content(path=path, model=of.id, kind=kind, hazards=seen(hazards, path, "opcodes"))


def served(of: Model, *options: str, **variables: str) -> Served:
    """A vLLM process that serves the model."""
    source = "/proc/4711"
    return Served(
        pid=4711,
        stack=seen("vllm", source, "command line"),
        version=seen("0.11.0", source, "package"),
        exe=seen("/opt/vllm/bin/python3", source),
        command=seen(("python3", "-m", "vllm.entrypoints.openai.api_server", "--model", of.path, *options), source),
        environment=seen(variables, source),
        started=seen(START, source),
        container=unseen(source),
        models=seen((of.path,), source),
    )


def switches(state: SwitchState) -> tuple[Switch, ...]:
    """Every contact of vLLM that is known, each in this state."""
    return tuple(
        Switch(
            pid=4711,
            product=entry.product,
            entry=entry.id,
            hosts=entry.hosts,
            state=seen(state, "/proc/4711/environ", "rule"),
            found=(),
            rule="as published by the product",
        )
        for entry in load().phone_home
        if "vllm" in entry.stacks
    )


def gpu(index: int, name: str, memory: int) -> Gpu:
    """A card as its driver describes it."""
    source = "nvidia-smi -q -x"
    nothing = unseen(source)
    return Gpu(
        index=index,
        name=seen(name, source),
        uuid=seen(f"GPU-0000000{index}", source),
        serial=nothing,
        pci=seen(Pci(bus=f"00000000:{index + 1:02x}:00.0", vendor="10de", device="2330"), source)
        if "H100" in name
        else nothing,
        part_number=nothing,
        vbios=nothing,
        memory_total=seen(memory, source),
        ecc=nothing,
        mig=nothing,
        driver=seen("580.65.06", source),
        cuda=nothing,
        processes=nothing,
        sources=(source,),
    )


def listener(port: int, address: str, name: str, pid: int) -> Listener:
    """A socket that accepts."""
    process = Process(pid=pid, name=name)
    return Listener(proto="tcp", address=address, port=port, process=seen(process, f"/proc/{pid}/fd"))


def capture(seconds: int) -> Fact[Any]:
    """A watch by the events of the kernel."""
    return seen(
        Capture(
            tier=Tier.EVENTS,
            first=START,
            last=END,
            seconds=seconds,
            samples=seconds,
            longest_gap_ms=0,
            not_seen=("Amounts of data.",),
        ),
        "netlink",
        "events",
    )


def audit(name: str, outcome: Outcome, **facts: Any) -> Audit:
    """An audit whose collectors all ended alike."""
    return Audit(
        target=Target(kind="local", name=name),
        tool=Tool(name="Sovereignty Auditor", version="1.0.0"),
        probe=Probe(version="1", python="3.11.2", uid=0, capabilities=("CAP_NET_ADMIN", "CAP_SYS_PTRACE")),
        started=START,
        ended=END,
        partial=False,
        collectors=tuple(Collector(name=c, outcome=outcome, started=START, ended=END) for c in COLLECTORS),
        facts=Facts(**({"host": host(name)} | facts)),
    )


def sealed(name: str, *attempts: Attempt) -> SealedRun:
    """A sealed run with one phase."""
    answered = Answered(place=Place.PROMPT, api="POST /v1/chat/completions", status=200, ok=True)
    control = Planted(name="plain", channel=Channel.BODY, found=True)
    phase = Trial(
        phase=Phase.CONFIGURED, ending=Ending.COMPLETE, started=START, ended=END, ready_seconds=60,
        observed_seconds=3600, api="openai", answered=(answered,), attempts=attempts, control=(control,), observer="",
    )  # fmt: skip
    return SealedRun(
        schema_="sovereign-sealed/1", version="1", host=name, command=("vllm", "serve", "/srv/models/m"),
        started=START, ended=END, minutes=60, trials=(phase,), separated=("network",), limits=(),
    )  # fmt: skip


def leak() -> Attempt:
    """A prompt that went to a tracing service."""
    mark = Sighting(place=Place.PROMPT, channel=Channel.BODY, encoding=("plain",))
    return Attempt(
        name="traces.example.com", address="198.18.0.1", port=443, proto="tcp", process="python3", product="", entry="",
        count=1, bytes=900, first=START, outcome="answered", sightings=(mark,),
    )  # fmt: skip


def silent_rack() -> Audit:
    """Leaves nothing to be desired but pins, which a site has to bring."""
    small = model("acme/small", "apache-2.0", format_="safetensors", code=())
    file = weight(small, "model.safetensors", "safetensors", "a" * 64, "a" * 64)
    inside = Flow(
        proto="tcp",
        direction="out",
        source_address="10.0.0.5",
        source_port=40000,
        address="10.0.4.7",
        port=443,
        attempt=False,
        first=START,
        last=END,
        process=seen(Process(pid=900, name="chronyd"), "/proc/900/fd"),
    )
    return audit(
        "rack-01",
        Outcome.COMPLETE,
        sealed=(sealed("rack-01"),),
        models=(small,),
        licences=(licence(small, "apache-2.0", "Apache-2.0", "Apache License 2.0"),),
        weights=(file,),
        custody=(held(file, "a" * 64),),
        contents=(content(small, "model.safetensors", "safetensors"),),
        traffic=Traffic(
            capture=capture(7200),
            listeners=(listener(22, "0.0.0.0", "sshd", 800), listener(8000, "127.0.0.1", "python3", 4711)),
            flows=(inside,),
        ),
        serving=(served(small, "--disable-log-stats"),),
        switches=switches(SwitchState.OFF),
        gpus=tuple(gpu(index, "NVIDIA H100 80GB HBM3", 81_559 << 20) for index in range(8)),
    )


def talking_box() -> Audit:
    """Contradicts whatever a host can contradict."""
    closed = model("acme/closed", "cc-by-nc-4.0", format_="pickle", code=("modeling_acme.py",))
    file = weight(closed, "pytorch_model.bin", "pickle", "b" * 64, "c" * 64)
    outside = Flow(
        proto="tcp",
        direction="out",
        source_address="192.168.1.20",
        source_port=40001,
        address="203.0.113.7",
        port=443,
        attempt=False,
        first=START,
        last=END,
        process=seen(Process(pid=4711, name="python3"), "/proc/4711/fd"),
    )
    return audit(
        "box-07",
        Outcome.COMPLETE,
        sealed=(sealed("box-07", leak()),),
        models=(closed,),
        licences=(licence(closed, "cc-by-nc-4.0", "CC-BY-NC-4.0", "CC BY-NC 4.0"),),
        weights=(file,),
        custody=(held(file, "c" * 64, replaced=True),),
        contents=(content(closed, "pytorch_model.bin", "pickle", "posix.system"),),
        traffic=Traffic(
            capture=capture(7200), listeners=(listener(8000, "0.0.0.0", "python3", 4711),), flows=(outside,)
        ),
        serving=(served(closed, VLLM_SERVER_DEV_MODE="1"),),
        switches=switches(SwitchState.ON),
        gpus=(gpu(0, "NVIDIA GeForce GT 710", 2 * GIB),),
    )


def deepseek_box() -> Audit:
    """The same, with an open model of DeepSeek, watched for half an hour."""
    audit_ = talking_box()
    facts = audit_.facts
    name = facts.models[0].name.model_copy(update={"value": "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"})
    traffic = facts.traffic.model_copy(update={"capture": capture(1800)})
    models = (facts.models[0].model_copy(update={"name": name}), *facts.models[1:])
    return audit_.model_copy(update={"facts": facts.model_copy(update={"models": models, "traffic": traffic})})


def patched_box() -> Audit:
    """Models that were tampered with or lack a part, and one whose licensor may reach into its use."""
    patched = model("acme/patched", "mit", format_="safetensors", code=()).model_copy(
        update={"shards": seen(("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"), "index")}
    )
    text = licence(patched, "apache-2.0", "Apache-2.0", "Apache License 2.0")
    change = Change(clause="2", kind=ChangeKind.INSERTED, found="not for profit", before="", line=90)
    part = text.parts[0].model_copy(update={"match": Match.MODIFIED, "changes": (change,)})
    changed = text.model_copy(update={"match": Match.MODIFIED, "parts": (part,)})
    reached = model("acme/reached", "gemma", format_="safetensors", code=())
    return audit(
        "box-08",
        Outcome.COMPLETE,
        models=(patched, reached),
        licences=(changed, licence(reached, "gemma-2024-04-01", "LicenseRef-Gemma", "Gemma Terms of Use")),
        weights=(
            weight(patched, "model-00001-of-00002.safetensors", "safetensors", "d" * 64),
            weight(reached, "model.safetensors", "safetensors", "e" * 64),
        ),
        traffic=Traffic(capture=capture(7200)),
    )


def nothing_seen() -> Audit:
    """Every collector failed."""
    note = "the probe had no right to look"
    return audit("cellar-02", Outcome.FAILED, traffic=Traffic(capture=unseen("netlink", Status.DENIED, note)))


FILES = {
    "silent-rack.json": silent_rack,
    "talking-box.json": talking_box,
    "deepseek-box.json": deepseek_box,
    "patched-box.json": patched_box,
    "nothing-seen.json": nothing_seen,
}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, make in FILES.items():
        (FOLDER / name).write_bytes(canonical(make()) + b"\n")
        print(f"wrote {FOLDER / name}")
