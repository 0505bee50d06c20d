"""An invented audit with every kind of fact and verdict in it, for tests and pictures of the app."""

import datetime as dt
from typing import Any

from auditor.documents import Documents
from auditor.facts import gpus, host, models, serving, traffic, weights
from auditor.facts.audit import Audit, Collector, Facts, Outcome, Probe, Problem, Target, Tool
from auditor.facts.canonical import digest
from auditor.facts.fact import Fact, Status
from auditor.judge import finding as f
from auditor.judge.destination import Destination, Owner, Reach
from auditor.judge.engine import SEVERITY_ORDER, VERDICT_ORDER
from auditor.knowledge.knowledge import load
from auditor.knowledge.operators import TransferClass
from auditor.policy.effective import Approval, Control, Effective, PolicySource, Severity, Waiver

DAY = "2026-11-22"
QWEN = "Qwen3-32B"
"""Ids of the models."""
LLAMA = "Llama-3.3-70B-Instruct"
GEMMA = "gemma3-27b"
UNKNOWN = "in-house-7b"


def at(clock: str) -> str:
    """A time of the sample's day."""
    return f"{DAY}T{clock}Z"


def fact(value: Any, source: str = "/proc", method: str = "read", status: Status = Status.OBSERVED) -> Fact[Any]:
    """A fact that was seen."""
    return Fact[Any](value=value, source=source, method=method, time=at("12:00:12"), status=status)


def missing(status: Status = Status.ABSENT, source: str = "", note: str = "") -> Fact[Any]:
    """A fact that was not."""
    return Fact[Any](value=None, source=source, method="read", time=at("12:00:12"), status=status, note=note)


def _model(name: str, path: str, family: str, shape: str, parameters: int, licence: str, **more: Any) -> models.Model:
    config = f"{path}/config.json"
    return models.Model(
        id=name,
        path=path,
        store=more.pop("store", models.Store.HUGGINGFACE_CACHE),
        name=fact(more.pop("full", name), config, status=Status.DECLARED),
        family=fact(family, config, "fingerprint", Status.INFERRED) if family else missing(source=config),
        release=missing(),
        revision=fact("9216db5781bf21249d130ec9da846c4624c16137", f"{path}/refs/main"),
        architecture=fact(more.pop("architecture", "Qwen3ForCausalLM"), config),
        format=fact(shape, path, "header"),
        quantisation=fact(more.pop("quantisation", "BF16"), path, "header"),
        parameters=fact(parameters, path, "header"),
        modality=fact(("text",), config),
        context=fact(40960, config),
        base=missing(source=f"{path}/README.md"),
        stated=(
            (fact(models.Statement(where="README.md license", value=licence), f"{path}/README.md"),) if licence else ()
        ),
        custom_code=fact((), config),
    )


def _licence(model: str, path: str, key: str, match: models.Match, title: str) -> models.Licence:
    change = models.Change(
        clause="4",
        kind=models.ChangeKind.INSERTED,
        found="You may not use the Work for services offered to third parties.",
        before="",
        line=118,
        rights=("commercial",),
    )
    part = models.Part(
        id=key,
        spdx=key,
        title=title,
        match=match,
        first_line=1,
        last_line=201,
        changes=(change,) if match is models.Match.MODIFIED else (),
    )
    return models.Licence(
        file=f"{path}/LICENSE",
        model=model,
        id=fact(key, f"{path}/LICENSE", "fingerprint"),
        match=match,
        parts=(part,),
        sha256=fact("3d" * 32, f"{path}/LICENSE", "sha256"),
    )


def _weight(model: str, path: str, number: int, size: int, differs: bool = False, read: bool = True) -> weights.Weight:
    name = f"{path}/model-{number:05d}-of-00004.safetensors"
    digest = f"{number * 0x1F2E3D4C5B6A7988 % 2**64:016x}" * 4
    return weights.Weight(
        path=name,
        model=model,
        format="safetensors",
        size=fact(size, name, "stat"),
        modified=fact("2026-09-14T08:12:44Z", name, "stat"),
        sha256=fact(digest, name, "sha256") if read else missing(Status.DENIED, name, "no right to read"),
        header=fact(weights.Header(tensors=310, parameters=8_190_735_360, dtypes={"BF16": 8_190_735_360}, bytes=size)),
        expected=(
            fact(
                weights.Expectation(algorithm="sha256", digest="ab" * 32 if differs else digest),
                name.replace("snapshots", "blobs"),
                status=Status.DECLARED,
            ),
        ),
    )


def _served(pid: int, stack: str, version: str, command: tuple[str, ...], model: str) -> serving.Served:
    return serving.Served(
        pid=pid,
        stack=fact(stack, f"/proc/{pid}/cmdline", "fingerprint", Status.INFERRED),
        version=fact(version, f"/proc/{pid}/root", "metadata"),
        exe=fact(f"/opt/{stack}/bin/python3", f"/proc/{pid}/exe"),
        command=fact(command, f"/proc/{pid}/cmdline"),
        environment=fact({"VLLM_NO_USAGE_STATS": "true"} if stack == "vllm" else {}, f"/proc/{pid}/environ"),
        started=fact(at("06:30:00"), f"/proc/{pid}/stat"),
        container=fact("docker", f"/proc/{pid}/cgroup"),
        models=fact((model,), f"/proc/{pid}/cmdline", status=Status.INFERRED),
    )


def _in_use(pid: int, model: str, *, swapped: bool) -> serving.Custody:
    path, source = f"/srv/models/{model}/model.safetensors", f"/proc/{pid}/map_files/7f00-7f80"
    return serving.Custody(
        pid=pid,
        server=pid,
        path=path,
        weight=path,
        model=model,
        held=fact(serving.Held.MAPPED, source, "map_files"),
        disk_sha256=fact("cd" * 32, path, "sha256"),
        mapped_sha256=fact(("ef" if swapped else "cd") * 32, source, "sha256 through map_files"),
        replaced=fact(swapped, source, "device and inode"),
        identity=fact("8:1:1312", source, "stat"),
        namespace=fact("mnt:[4026531841]", f"/proc/{pid}/ns/mnt", "readlink"),
        layer=fact(serving.Layer.VOLUME, f"/proc/{pid}/mountinfo", "mountinfo"),
        modified=fact(at("06:00:00"), source, "stat"),
        changed=fact(at("06:00:00"), source, "stat"),
        after_start=fact(False, source, "times compared", Status.INFERRED),
        copied=fact(0, f"/proc/{pid}/smaps", "smaps"),
    )


def _flow(address: str, port: int, first: str, last: str, attempt: bool = False, pid: int = 4188) -> traffic.Flow:
    owner = traffic.Process(pid=pid, name="vllm" if pid == 4188 else "promtail", exe="/opt/vllm/bin/python3", uid=990)
    return traffic.Flow(
        proto="tcp",
        direction="out",
        source_address="10.20.4.11",
        source_port=42144,
        address=address,
        port=port,
        attempt=attempt,
        first=at(first),
        last=at(last),
        process=fact(owner, f"/proc/{pid}/fd"),
    )


def _traffic() -> traffic.Traffic:
    ollama = traffic.Process(pid=5120, name="ollama", exe="/usr/bin/ollama", uid=991)
    return traffic.Traffic(
        capture=fact(
            traffic.Capture(
                tier=traffic.Tier.POLLING,
                first=at("12:00:20"),
                last=at("13:00:20"),
                seconds=3600,
                samples=71_994,
                longest_gap_ms=184,
                not_seen=(
                    "Connections that began and ended between two looks, at most 184 ms apart.",
                    "What was in the connections: names, sizes and content.",
                ),
            ),
            "/proc/net/tcp",
            "poll",
        ),
        listeners=(
            traffic.Listener(proto="tcp", address="127.0.0.1", port=11434, process=fact(ollama)),
            traffic.Listener(
                proto="tcp",
                address="0.0.0.0",
                port=8000,
                process=fact(traffic.Process(pid=4188, name="vllm", exe="/opt/vllm/bin/python3", uid=990)),
            ),
            traffic.Listener(proto="tcp6", address="::", port=22, process=missing(Status.DENIED, "/proc/702/fd")),
        ),
        flows=(
            *(_flow("203.0.113.24", 443, f"12:{m:02d}:11", f"12:{m:02d}:12") for m in range(4, 60, 10)),
            _flow("198.51.100.7", 443, "12:04:11", "12:04:41", attempt=True),
            _flow("198.51.100.7", 443, "12:05:02", "12:05:11", attempt=True),
            *(_flow("10.20.4.30", 3100, f"12:{m:02d}:22", f"12:{m:02d}:52", pid=1902) for m in range(1, 58, 2)),
        ),
    )


def _gpu(index: int) -> gpus.Gpu:
    return gpus.Gpu(
        index=index,
        name=fact("NVIDIA H100 80GB HBM3", "nvidia-smi"),
        uuid=fact(f"GPU-5e1a0c7d-88b2-4f0a-9d31-00000000000{index}", "nvidia-smi"),
        serial=fact(f"165372301418{index}", "nvidia-smi"),
        pci=fact(gpus.Pci(bus=f"0000:{index + 1}a:00.0", vendor="10de", device="2330", subsystem="10de:16c1")),
        part_number=fact("692-2G520-0200-000", "nvidia-smi"),
        vbios=fact("96.00.89.00.01", "nvidia-smi"),
        memory_total=fact(85_520_809_984, "nvidia-smi"),
        ecc=fact("enabled", "nvidia-smi"),
        mig=fact("disabled", "nvidia-smi"),
        driver=fact("580.95.05", "nvidia-smi"),
        cuda=fact("13.0", "nvidia-smi"),
        processes=fact(
            (gpus.GpuProcess(pid=4188, name="vllm", used_memory=71_303_168_000),) if index == 0 else (), "nvidia-smi"
        ),
        sources=("nvidia-smi", "/sys/bus/pci"),
    )


def audit(**changes: Any) -> Audit:
    """The sample; ``changes`` replace fields of the audit."""
    root = "/srv/models/hub"
    machine = host.Host(
        hostname=fact("inference-1", "/proc/sys/kernel/hostname"),
        machine_id=fact("5c" * 32, "/etc/machine-id", "sha256"),
        os=fact(host.OperatingSystem(id="debian", name="Debian GNU/Linux", version="12"), "/etc/os-release"),
        kernel=fact("6.1.0-38-amd64", "uname"),
        architecture=fact("x86_64", "uname"),
        clock=fact(host.Clock(synchronised=True, max_error_us=16_000), "adjtimex"),
        booted=fact("2026-11-02T04:11:09Z", "/proc/stat"),
        memory_total=fact(1_081_998_508_032, "/proc/meminfo"),
        cpu=fact("AMD EPYC 9654 96-Core Processor", "/proc/cpuinfo"),
        container=missing(source="/proc/1/cgroup"),
    )
    found = Facts(
        host=machine,
        models=(
            _model(
                QWEN,
                f"{root}/models--Qwen--Qwen3-32B",
                "qwen3",
                "safetensors",
                32_762_123_264,
                "apache-2.0",
                full="Qwen/Qwen3-32B",
            ),
            _model(
                LLAMA,
                f"{root}/models--meta-llama--Llama-3.3-70B-Instruct",
                "llama-3.3",
                "safetensors",
                70_553_706_496,
                "llama3.3",
                architecture="LlamaForCausalLM",
                full="meta-llama/Llama-3.3-70B-Instruct",
            ),
            _model(
                GEMMA,
                "/usr/share/ollama/.ollama/models/manifests/library/gemma3/27b",
                "gemma-3",
                "gguf",
                27_432_406_640,
                "gemma",
                store=models.Store.OLLAMA,
                quantisation="Q4_K_M",
                architecture="gemma3",
            ),
            _model(UNKNOWN, "/srv/models/in-house-7b", "", "safetensors", 7_248_023_552, ""),
        ),
        licences=(
            _licence(
                QWEN, f"{root}/models--Qwen--Qwen3-32B", "apache-2.0", models.Match.MODIFIED, "Apache License 2.0"
            ),
            _licence(
                LLAMA,
                f"{root}/models--meta-llama--Llama-3.3-70B-Instruct",
                "llama-3.3",
                models.Match.EXACT,
                "Llama 3.3 Community License",
            ),
        ),
        weights=(
            *(
                _weight(QWEN, f"{root}/models--Qwen--Qwen3-32B/snapshots/9216db57", n, 16_381_517_208)
                for n in (1, 2, 3, 4)
            ),
            *(
                _weight(
                    LLAMA,
                    f"{root}/models--meta-llama--Llama-3.3-70B-Instruct/snapshots/6f6073b4",
                    n,
                    4_584_408_808,
                    n == 3,
                )
                for n in (1, 2, 3, 4)
            ),
            _weight(UNKNOWN, "/srv/models/in-house-7b", 1, 14_496_078_512, read=False),
        ),
        traffic=_traffic(),
        switches=(
            serving.Switch(
                pid=4188,
                product="vLLM",
                entry="vllm-usage",
                hosts=("stats.example",),
                state=fact(serving.SwitchState.INEFFECTIVE, "/proc/4188/environ", "rule", Status.INFERRED),
                found=("VLLM_NO_USAGE_STATS=true",),
                rule="Only the value 1 switches it off.",
            ),
        ),
        footprints=(
            serving.Footprint(
                path="/home/vllm/.config/vllm/usage_stats.json",
                product="vLLM",
                entry="vllm-usage",
                modified=fact(at("12:54:12"), "/home/vllm/.config/vllm/usage_stats.json", "stat"),
                summary=fact("6 lines since the audit began", "/home/vllm/.config/vllm/usage_stats.json"),
            ),
        ),
        gpus=(_gpu(0), _gpu(1)),
        custody=(
            _in_use(4188, QWEN, swapped=False),
            _in_use(5120, GEMMA, swapped=True),
        ),
        serving=(
            _served(4188, "vllm", "0.11.0", ("vllm", "serve", "Qwen/Qwen3-32B", "--port", "8000"), QWEN),
            _served(5120, "ollama", "0.12.6", ("ollama", "runner", "--port", "35911"), GEMMA),
        ),
    )
    values: dict[str, Any] = {
        "target": Target(kind="local", name="inference-1"),
        "tool": Tool(name="Sovereignty Auditor", version="1.0.0"),
        "probe": Probe(version="1.0.0", python="3.11.2", uid=1000, capabilities=()),
        "started": at("12:00:02"),
        "ended": at("13:03:40"),
        "partial": False,
        "collectors": tuple(
            Collector(
                name=name,
                outcome=Outcome.PARTIAL if name == "weights" else Outcome.COMPLETE,
                started=at("12:00:05"),
                ended=at("12:20:00"),
                records=12,
                note="1 file could not be read" if name == "weights" else "",
            )
            for name in ("host", "gpus", "processes", "models", "weights", "custody", "traffic", "footprints")
        ),
        "facts": found,
        "problems": (
            Problem(
                collector="weights",
                where="/srv/models/in-house-7b/model-00001-of-00004.safetensors",
                what="The digest of 1 weight file",
                status=Status.DENIED,
                remedy="Give the auditor's account the right to read it, and repeat the audit.",
            ),
            Problem(
                collector="processes",
                where="/proc/702/fd",
                what="The owner of the socket that listens on port 22",
                status=Status.DENIED,
                remedy="Repeat as root.",
            ),
        ),
    }
    return Audit(**(values | changes))


def policy(**changes: Any) -> Effective:
    """A policy with the controls that the findings name."""
    control = {
        "LIC-001": ("licence.permits", "licences", "The licence permits commercial use", Severity.CRITICAL),
        "LIC-002": ("licence.identified", "licences", "The licence text is the published one", Severity.HIGH),
        "WGT-001": ("weights.match", "weights", "Weights are the published files", Severity.CRITICAL),
        "NET-001": ("traffic.only", "traffic", "Only permitted destinations are contacted", Severity.CRITICAL),
        "NET-002": ("traffic.listeners", "traffic", "Only permitted sockets listen", Severity.MEDIUM),
        "SRV-001": ("telemetry.off", "serving", "Telemetry is switched off", Severity.HIGH),
        "GPU-001": ("gpus.permitted", "gpus", "Only permitted accelerators are used", Severity.LOW),
    }
    values: dict[str, Any] = {
        "id": "sample-baseline",
        "version": "1.2.0",
        "title": {"en": "Sample baseline"},
        "valid_from": dt.date(2026, 1, 1),
        "valid_until": dt.date(2027, 12, 31),
        "host": "inference-1",
        "sources": (PolicySource(id="sample-baseline", version="1.2.0", sha256="ef" * 32),),
        "groups": {"licences": {"en": "Licences"}, "traffic": {"en": "Traffic"}},
        "controls": tuple(
            Control(
                id=key,
                group=group,
                title={"en": title},
                severity=severity,
                check=check,
                **{"with": {"use": "commercial"} if check == "licence.permits" else {}},
                references={"gdpr": ("Art. 32(1)(b)",)},
                origin="sample.yaml:12",
            )
            for key, (check, group, title, severity) in control.items()
        ),
        "waivers": (
            Waiver(
                id="W-2026-004",
                control="LIC-001",
                subject={"model": GEMMA},
                reason="Written agreement with the publisher, kept by the legal department.",
                approved_by=Approval(name="J. Novak", role="DPO", on=dt.date(2026, 10, 1)),
                until=dt.date(2027, 3, 31),
            ),
        ),
    }
    return Effective(**(values | changes))


def _finding(
    control: Control,
    verdict: f.Verdict,
    subject: tuple[f.SubjectKind, str],
    observed: str,
    rests_on: tuple[str, ...],
    title: str = "",
    not_seen: tuple[str, ...] = (),
    waiver: f.AppliedWaiver | None = None,
) -> f.Finding:
    expected = control.title["en"] + "."
    remedy = "Change the setting, restart the service and repeat the audit."
    return f.Finding(
        control=control.id,
        group=control.group,
        title=title or control.title["en"],
        severity=control.severity,
        verdict=verdict,
        subject=f.Subject(kind=subject[0], id=subject[1]),
        decision_rule="Evidenced if all that was seen agrees; contradicted if one thing does not.",
        expected=expected,
        observed=observed,
        rests_on=rests_on,
        not_seen=not_seen,
        rationale="The dossier has to show that data stays where the organisation says that it stays.",
        remedy=remedy,
        references=control.references,
        waiver=waiver,
        sentences={"expected": (f.say(expected),), "observed": (f.say(observed),), "remedy": (f.say(remedy),)},
    )


def findings() -> tuple[f.Finding, ...]:
    """One of each verdict and more."""
    by_id = {c.id: c for c in policy().controls}
    model, host_, process = f.SubjectKind.MODEL, f.SubjectKind.HOST, f.SubjectKind.PROCESS
    waiver = f.AppliedWaiver(
        id="W-2026-004",
        applies=True,
        reason="Written agreement with the publisher, kept by the legal department.",
        approved_by="J. Novak",
        role="DPO",
        on="2026-10-01",
        until="2027-03-31",
    )
    rows = (
        (
            "LIC-001",
            f.Verdict.FAIL,
            (model, QWEN),
            "Clause 4 was inserted and denies services to others.",
            ("/facts/licences/0",),
        ),
        (
            "LIC-001",
            f.Verdict.PASS,
            (model, LLAMA),
            "The licence grants commercial use on terms.",
            ("/facts/licences/1",),
        ),
        (
            "LIC-001",
            f.Verdict.WAIVED,
            (model, GEMMA),
            "The terms let the publisher restrict use.",
            ("/facts/models/2",),
        ),
        (
            "LIC-002",
            f.Verdict.FAIL,
            (model, QWEN),
            "1 run of words was inserted at line 118.",
            ("/facts/licences/0/parts/0",),
        ),
        (
            "LIC-002",
            f.Verdict.PASS,
            (model, LLAMA),
            "The text is word for word the published one.",
            ("/facts/licences/1",),
        ),
        (
            "LIC-002",
            f.Verdict.UNKNOWN,
            (model, UNKNOWN),
            "No licence text lies beside the model.",
            ("/facts/models/3",),
        ),
        ("WGT-001", f.Verdict.PASS, (model, QWEN), "4 of 4 files have the expected digest.", ("/facts/weights/0",)),
        (
            "WGT-001",
            f.Verdict.FAIL,
            (model, LLAMA),
            "1 of 4 files differs from the digest the store states.",
            ("/facts/weights/6",),
        ),
        ("WGT-001", f.Verdict.UNKNOWN, (model, UNKNOWN), "1 of 1 files could not be read.", ("/facts/weights/8",)),
        (
            "NET-001",
            f.Verdict.FAIL,
            (host_, "inference-1"),
            "6 connections went to 203.0.113.24:443, which is not permitted.",
            tuple(f"/facts/traffic/flows/{n}" for n in range(8)),
        ),
        (
            "NET-002",
            f.Verdict.FAIL,
            (f.SubjectKind.LISTENER, "0.0.0.0:8000"),
            "vllm listens on 0.0.0.0:8000.",
            ("/facts/traffic/listeners/1",),
        ),
        (
            "SRV-001",
            f.Verdict.FAIL,
            (process, "4188"),
            "VLLM_NO_USAGE_STATS=true has no effect.",
            ("/facts/switches/0",),
        ),
        ("SRV-001", f.Verdict.UNKNOWN, (process, "5120"), "The environment could not be read.", ("/facts/serving/1",)),
        (
            "GPU-001",
            f.Verdict.PASS,
            (f.SubjectKind.GPU, "0"),
            "NVIDIA H100 80GB HBM3, 79.6 GiB.",
            ("/facts/gpus/0/name",),
        ),
        (
            "GPU-001",
            f.Verdict.NOT_APPLICABLE,
            (f.SubjectKind.GPU, "1"),
            "The accelerator is not used.",
            ("/facts/gpus/1",),
        ),
    )
    return tuple(
        _finding(
            by_id[key],
            verdict,
            subject,
            observed,
            rests_on,
            not_seen=("The digest of a file the account may not read.",) if verdict is f.Verdict.UNKNOWN else (),
            waiver=waiver if verdict is f.Verdict.WAIVED else None,
        )
        for key, verdict, subject, observed, rests_on in rows
    )


def _answers(name: str, licence: str, words: str) -> f.Openness:
    answers = {"y": f.Answer.YES, "n": f.Answer.NO, "c": f.Answer.CONDITIONAL, "u": f.Answer.UNKNOWN}
    given = [
        f.OpenAnswer(
            answer=answers[letter],
            confidence=f.Confidence.MEASURED,
            why="The licence beside the weights says so.",
            sentence=f.say("The licence beside the weights says so."),
        )
        for letter in words
    ]
    return f.Openness(
        model=name,
        name=name,
        licence=licence,
        downloadable=given[0],
        commercial=given[1],
        no_phone_home=given[2],
        modifiable=given[3],
        redistributable=given[4],
    )


def judgement(of: Audit | None = None, under: Effective | None = None, **changes: Any) -> f.Judgement:
    """The findings of the sample; ``changes`` replace fields of the judgement."""
    of, under = of or audit(), under or policy()
    rows = tuple(sorted(changes.pop("findings", findings()), key=_rank))
    values: dict[str, Any] = {
        "audit": f.AuditReference(
            id=of.id,
            digest=of.digest,
            target=of.target,
            started=of.started,
            ended=of.ended,
            tool=of.tool,
            partial=of.partial,
        ),
        "policy": f.PolicyReference(id=under.id, version=under.version, sha256=digest(under), title=under.title["en"]),
        "knowledge": load().digest,
        "judged": at("13:03:41"),
        "verdict": f.Overall.DOES_NOT_CONFORM,
        "counts": {verdict: sum(r.verdict is verdict for r in rows) for verdict in f.Verdict},
        "findings": rows,
        "openness": (
            _answers(QWEN, "Apache-2.0, changed", "ynnnn"),
            _answers(LLAMA, "Llama 3.3 Community", "ccycc"),
            _answers(GEMMA, "Gemma Terms of Use", "ccucc"),
            _answers(UNKNOWN, "", "yuuuu"),
        ),
    }
    return f.Judgement(**(values | changes))


def _rank(finding: f.Finding) -> tuple[int, int, str, str]:
    """Worst first, as the judge lists them."""
    return (
        VERDICT_ORDER.index(finding.verdict),
        SEVERITY_ORDER.index(finding.severity),
        finding.control,
        finding.subject.id,
    )


def documents(of: Audit | None = None, under: Effective | None = None, **changes: Any) -> Documents:
    """The four documents of the sample."""
    of, under = of or audit(), under or policy()
    return Documents.of(of, under, load(), judgement(of, under, **changes))


def earlier() -> tuple[f.Finding, ...]:
    """The findings of an audit before, with less contradicted and more not seen."""
    swapped = {f.Verdict.FAIL: f.Verdict.PASS, f.Verdict.PASS: f.Verdict.UNKNOWN}
    return tuple(
        one.model_copy(update={"verdict": swapped.get(one.verdict, one.verdict)}) if number % 3 else one
        for number, one in enumerate(findings())
    )


EARLY = (
    (
        "LIC-001",
        "The licence permits commercial use",
        "Licence dovoluje komerční užití",
        "Die Lizenz erlaubt gewerbliche Nutzung",
        "critical",
        "fail",
    ),
    (
        "SRV-001",
        "Telemetry is off",
        "Telemetrie je vypnutá",
        "Die Telemetrie ist abgeschaltet",
        "high",
        "fail",
    ),
    *(
        ("GPU-001", "The GPU is permitted", "GPU je povolená", "Die GPU ist erlaubt", "medium", "pass")
        for _ in range(4)
    ),
)
"""Findings that are certain early: control, titles, severity, verdict."""


def messages() -> list[dict[str, Any]]:
    """What a probe has said in the middle of an audit."""
    done = ("host", "gpus", "processes", "models", "custody", "footprints")
    rates = [2.8e9 if number % 17 else 1.9e9 for number in range(60)]
    return [
        {"kind": "stage", "stage": "collect"},
        {"kind": "hello", "uid": 1000, "capabilities": []},
        *({"kind": "begin", "collector": name} for name in (*done, "weights", "traffic")),
        *({"kind": "end", "collector": name, "outcome": "complete", "records": 12} for name in done),
        *(
            {
                "kind": "finding",
                "control": control,
                "title": {"en": title, "cs": czech, "de": german},
                "severity": severity,
                "verdict": verdict,
                "subject": {"kind": "model", "id": "meta-llama/Llama-3.3-70B-Instruct"},
                "observed": "As the text says.",
            }
            for control, title, czech, german, severity, verdict in EARLY
        ),
        {
            "kind": "problem",
            "collector": "processes",
            "where": "/proc/4711/environ",
            "what": "may not be read by this user",
            "status": "denied",
            "remedy": "run the audit as root",
        },
        *(
            {
                "kind": "progress",
                "collector": "weights",
                "done": 17_220_000_000 * number,
                "total": 1_520_000_000_000,
                "unit": "bytes",
                "rate": rate,
                "left": 174,
                "what": "/srv/models/hub/models--Qwen--Qwen3-32B/snapshots/9216db57/model-00003-of-00004.safetensors",
            }
            for number, rate in enumerate(rates, start=1)
        ),
        {
            "kind": "progress",
            "collector": "traffic",
            "done": 380,
            "total": 3600,
            "unit": "seconds",
            "rate": None,
            "left": 3220,
            "what": "",
        },
    ]


def destinations() -> tuple[Destination, ...]:
    """Contacts of every class of transfer, invented."""
    rows = (
        ("stats.example.cn", "203.0.113.24", "Example Cloud (Beijing)", ("CN",), TransferClass.THIRD, False, 6),
        ("models.example.com", "198.51.100.7", "Example Models Inc.", ("US",), TransferClass.CONDITIONAL, False, 2),
        ("files.example.com", "198.51.100.8", "Example Models Inc.", ("US",), TransferClass.CONDITIONAL, False, 9),
        ("cdn.example.net", "198.51.100.90", "Example Edge, Inc.", ("US",), TransferClass.CONDITIONAL, True, 4),
        ("mirror.example.jp", "203.0.113.80", "Example KK", ("JP",), TransferClass.ADEQUATE, False, 3),
        ("", "203.0.113.99", "", (), TransferClass.UNKNOWN, False, 1),
        ("ntp.example.de", "192.0.2.40", "Example Zeit GmbH", ("DE",), TransferClass.EEA, False, 12),
        ("pypi.example.fr", "192.0.2.41", "Example SAS", ("FR",), TransferClass.EEA, False, 5),
        ("gateway.example.sg", "192.0.2.42", "Example Pte", ("SG",), TransferClass.THIRD, False, 2),
        ("", "10.20.4.30", "", (), TransferClass.OWN, False, 29),
    )
    return tuple(
        Destination(
            id=name or address,
            name=name,
            addresses=(address,),
            ports=("443/tcp",),
            reach=Reach.ATTEMPT if name.startswith("models") else Reach.TRANSFER,
            operator=operator,
            operator_country=", ".join(countries),
            countries=countries,
            cdn=cdn,
            transfer=transfer,
            owners=(Owner(pid=4188, name="vllm", package="vLLM", version="0.11.2"),),
            connections=0 if name.startswith("models") else number,
            attempts=number if name.startswith("models") else 0,
            bytes_out=number * 5_120,
            bytes_in=number * 48_300,
            first=at("12:04:11"),
            last=at("12:55:02"),
        )
        for name, address, operator, countries, transfer, cdn, number in rows
    )


def watched() -> list[dict[str, Any]]:
    """Messages of a watch of forty seconds to the destinations of the sample."""
    told: list[dict[str, Any]] = []
    for second in range(40):
        times = [second // (number + 2) for number in range(len(destinations()))]
        flows = [
            {
                "proto": "tcp", "direction": "out", "address": one.addresses[0], "port": 443,
                "attempt": one.reach is Reach.ATTEMPT, "pid": 4188, "name": "vllm", "host": one.name,
                "bytes_out": one.bytes_out * times[number], "bytes_in": one.bytes_in * times[number],
                "operator": one.operator, "countries": list(one.countries), "cdn": one.cdn,
                "transfer": one.transfer.value,
            }
            for number, one in enumerate(destinations())
            if second >= number
        ]  # fmt: skip
        told.append({"kind": "progress", "done": second, "total": 60})
        told.append(
            {
                "kind": "live", "seconds": second, "tiers": ["A", "B", "D"], "connections": 12 + second,
                "packets": 412 * second, "dropped": 0, "flows": flows,
            }
        )  # fmt: skip
    return told
