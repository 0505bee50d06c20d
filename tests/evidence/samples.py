"""Audits, policies and judgements made by hand: typical, empty and huge."""

import datetime as dt
import hashlib
from typing import Any

from auditor.evidence.cover import Cover
from auditor.evidence.level import Level
from auditor.facts.audit import Audit, Collector, Facts, Outcome, Probe, Problem, Target, Tool
from auditor.facts.canonical import digest
from auditor.facts.fact import Fact, Status
from auditor.facts.gpus import Gpu, GpuProcess, Pci
from auditor.facts.host import Clock, Host, OperatingSystem
from auditor.facts.models import Change, ChangeKind, Licence, Match, Model, Part, Statement, Store
from auditor.facts.serving import Custody, Footprint, Held, Layer, Served, Switch, SwitchState
from auditor.facts.traffic import Capture, Flow, Listener, Process, Tier, Traffic
from auditor.facts.weights import Expectation, Weight
from auditor.judge.engine import judge
from auditor.judge.finding import (
    Answer,
    AppliedWaiver,
    AuditReference,
    Confidence,
    Finding,
    Judgement,
    OpenAnswer,
    Openness,
    Overall,
    PolicyReference,
    Sentence,
    Subject,
    SubjectKind,
    Verdict,
)
from auditor.knowledge.knowledge import Knowledge, load
from auditor.policy.effective import Approval, Control, Effective, PolicySource, Severity, Tailored, Waiver

TIME = "2026-11-22T13:00:00Z"
LATER = "2026-11-22T14:03:20Z"
WHEN = dt.datetime(2026, 11, 22, 14, 11, tzinfo=dt.UTC)


def sha(text: str) -> str:
    """A digest that is stable and looks like one."""
    return hashlib.sha256(text.encode()).hexdigest()


def seen(value: Any, source: str = "test", status: Status = Status.OBSERVED) -> Fact[Any]:
    """A fact with a value."""
    return Fact(value=value, source=source, method="read", time=TIME, status=status)


def unseen(status: Status = Status.ABSENT, note: str = "") -> Fact[Any]:
    """A fact without a value."""
    return Fact(value=None, source="test", method="read", time=TIME, status=status, note=note)


def host(known: bool = True) -> Host:
    """A host of which all or nothing is known."""
    if not known:
        return Host(**{name: unseen(Status.DENIED) for name in Host.model_fields})
    return Host(
        hostname=seen("gpu-rack-03"),
        machine_id=seen(sha("machine")),
        os=seen(OperatingSystem(id="debian", name="Debian GNU/Linux", version="12")),
        kernel=seen("6.1.0-28-amd64"),
        architecture=seen("x86_64"),
        clock=seen(Clock(synchronised=True, max_error_us=1500)),
        booted=seen("2026-11-01T06:00:00Z"),
        memory_total=seen(1024 * 2**30),
        cpu=seen("2 × Example Server Processor 9554"),
        container=unseen(),
    )


def model(name: str, path: str = "", licence: str = "apache-2.0", **changes: Any) -> Model:
    """A model."""
    values: dict[str, Any] = {
        "id": name.rpartition("/")[2],
        "path": path or f"/srv/models/{name}",
        "store": Store.HUGGINGFACE_CACHE,
        "name": seen(name, status=Status.DECLARED),
        "family": seen("example"),
        "release": unseen(),
        "revision": seen("8d3f0c1"),
        "architecture": seen("ExampleForCausalLM"),
        "format": seen("safetensors"),
        "quantisation": seen("bf16"),
        "parameters": seen(32_762_123_264),
        "modality": seen(("text",)),
        "context": seen(131_072),
        "base": unseen(),
        "stated": (seen(Statement(where="README.md license", value=licence), status=Status.DECLARED),),
        "custom_code": unseen(),
    }
    return Model(**(values | changes))


def in_use(name: str, disk: str, mapped: str | None, held: Held = Held.MAPPED, layer: Layer = Layer.HOST) -> Custody:
    """A weight file of the server, with the digest on disk and that of the bytes in use."""
    path = f"/srv/models/{name}"
    return Custody(
        pid=4711,
        server=4711,
        path=path,
        weight=path,
        model=name.partition("/")[0],
        held=seen(held),
        disk_sha256=seen(sha(disk)),
        mapped_sha256=seen(sha(mapped)) if mapped else unseen(note="the loader left no trace"),
        replaced=seen(disk != mapped) if mapped else unseen(),
        identity=seen("8:1:1312"),
        namespace=seen("mnt:[4026531841]"),
        layer=seen(layer),
        modified=seen(TIME),
        changed=seen(TIME),
        after_start=seen(False),
        copied=seen(0) if held is Held.MAPPED else unseen(),
    )


def custody() -> tuple[Custody, ...]:
    """One file in use as on disk, one swapped, one whose loader left no trace."""
    return (
        in_use("Qwen3-32B-AWQ/model-00001-of-00002.safetensors", "one", "one"),
        in_use("Qwen3-32B-AWQ/model-00002-of-00002.safetensors", "two", "three", layer=Layer.WRITABLE),
        in_use("Gemma-3-27B-GGUF/gemma-3-27b-q4.gguf", "four", None, Held.NAMED),
    )


def weight(model: str, number: int = 1, of: int = 1, stated: str | None = None, read: bool = True) -> Weight:
    """A weight file; ``stated`` is the digest that the store names."""
    path = f"/srv/models/{model}/model-{number:05d}-of-{of:05d}.safetensors"
    return Weight(
        path=path,
        model=model,
        format="safetensors",
        size=seen(4_976_698_672),
        modified=seen("2026-10-01T08:00:00Z"),
        sha256=seen(sha(path)) if read else unseen(Status.DENIED, "no right to read the file"),
        header=unseen(),
        expected=(seen(Expectation(algorithm="sha256", digest=stated), "blob name"),) if stated else (),
    )


def gpu(index: int, known: bool = True) -> Gpu:
    """A GPU; of an unknown one only the address on the bus is known."""
    fields = dict.fromkeys(
        ("uuid", "serial", "part_number", "vbios", "memory_total", "ecc", "mig", "driver", "cuda", "processes", "name"),
        unseen(Status.UNSUPPORTED),
    )
    if known:
        fields |= {
            "name": seen("NVIDIA H100 80GB HBM3"),
            "uuid": seen(f"GPU-{sha(str(index))[:8]}-1c2d-4e5f-8a9b-{sha(str(index))[:12]}"),
            "memory_total": seen(85_520_809_984),
            "driver": seen("570.86.15"),
            "processes": seen((GpuProcess(pid=4711, name="vllm", used_memory=70 * 2**30),)),
        }
    return Gpu(
        index=index,
        pci=seen(Pci(bus=f"0000:{index:02x}:00.0", vendor="10de", device="2330")),
        sources=("nvidia-smi", "pci"),
        **fields,
    )


def traffic() -> Traffic:
    """Some listeners, permitted and unpermitted connections."""
    process = Process(pid=4711, name="vllm", exe="/opt/vllm/bin/python3.12", uid=998, container="vllm-qwen")
    return Traffic(
        capture=seen(
            Capture(
                tier=Tier.POLLING,
                first=TIME,
                last="2026-11-22T14:00:00Z",
                seconds=3600,
                samples=71_812,
                longest_gap_ms=212,
                not_seen=(
                    "connections shorter than the longest gap",
                    "names of destinations, because packets were not read",
                ),
            )
        ),
        listeners=(
            Listener(proto="tcp", address="0.0.0.0", port=8000, process=seen(process)),
            Listener(proto="tcp6", address="::1", port=11434, process=unseen(Status.DENIED)),
        ),
        flows=(
            *(
                Flow(
                    proto="tcp",
                    direction="out",
                    source_address="10.1.2.3",
                    source_port=40_000 + n,
                    address="203.0.113.77",
                    port=443,
                    attempt=n > 3,
                    first=TIME,
                    last=LATER,
                    process=seen(process),
                )
                for n in range(6)
            ),
            Flow(
                proto="tcp6",
                direction="out",
                source_address="2001:db8::3",
                source_port=41_000,
                address="2001:db8:1234:5678:9abc:def0:1234:5678",
                port=8443,
                attempt=False,
                first=TIME,
                last=LATER,
                process=unseen(Status.DENIED),
            ),
        ),
    )


def sentence(text: str) -> Sentence:
    """A sentence without fields."""
    return Sentence(template=text.replace("{", "{{").replace("}", "}}"))


def finding(
    control: str,
    verdict: Verdict,
    subject: str = "gpu-rack-03",
    kind: SubjectKind = SubjectKind.HOST,
    observed: str = "",
    severity: Severity = Severity.HIGH,
    waiver: AppliedWaiver | None = None,
    **changes: Any,
) -> Finding:
    """A finding."""
    told = observed or f"What was seen of {subject}."
    values: dict[str, Any] = {
        "control": control,
        "group": control[:3],
        "title": TITLES.get(control, f"Requirement {control}"),
        "severity": severity,
        "verdict": verdict,
        "subject": Subject(kind=kind, id=subject),
        "decision_rule": "Evidenced if all is as required; contradicted if something is not.",
        "expected": "All is as required.",
        "observed": told,
        "rests_on": ("/facts/models/0/stated/0", "/facts/licences/0/parts/0"),
        "not_seen": (),
        "rationale": "A dossier must show the right to use the model.",
        "remedy": "Replace the model or record a written licence as a waiver." if verdict is Verdict.FAIL else "",
        "references": {"nis2": ("Art. 21",), "gdpr": ("Art. 32(1)(b)", "Art. 44")},
        "waiver": waiver,
        "sentences": {"observed": (sentence(told),), "expected": (sentence("All is as required."),)},
    }
    return Finding(**(values | changes))


TITLES = {
    "LIC-001": "The licence permits commercial use",
    "LIC-006": "No right of the licensor to restrict use remotely",
    "WGT-001": "Every weight file is the published one",
    "NET-001": "No traffic outside the permitted destinations",
    "TEL-001": "Telemetry of every serving process is off",
    "GPU-001": "Only permitted accelerators",
    "OPN-003": "The model stays silent",
}


def policy(**changes: Any) -> Effective:
    """A policy with a waiver, a tailoring and controls of the findings above."""
    values: dict[str, Any] = {
        "id": "eu-onprem-baseline",
        "version": "1.2.0",
        "title": {"en": "EU on-prem baseline", "cs": "Základ pro lokální LLM v EU"},
        "valid_from": dt.date(2026, 1, 1),
        "valid_until": dt.date(2027, 12, 31),
        "host": "gpu-rack-03",
        "sources": (PolicySource(id="eu-onprem-baseline", version="1.2.0", sha256=sha("policy")),),
        "standards": {"gdpr": {"title": "Regulation (EU) 2016/679"}},
        "groups": {
            "LIC": {"en": "Model licences", "cs": "Licence modelů"},
            "WGT": {"en": "Weights"},
            "NET": {"en": "Network"},
            "OPN": {"en": "Open questions"},
        },
        "controls": (
            *(
                Control(id=name, group=name[:3], title={"en": title}, severity=Severity.HIGH, check="weights.match")
                for name, title in TITLES.items()
                if name != "OPN-003"
            ),
            Control(
                id="OPN-003",
                group="OPN",
                title={"en": TITLES["OPN-003"]},
                severity=Severity.MEDIUM,
                check="openness.answer",
                arguments={"question": "no_phone_home"},
            ),
        ),
        "tailoring": (Tailored(hosts=("gpu-rack-*",), set={"capture_seconds": 3600}, reason="Traffic is bursty."),),
        "waivers": (
            Waiver(
                id="W-2026-004",
                control="LIC-006",
                reason="Weights are kept locally; the licensor has no technical access.",
                approved_by=Approval(name="J. Nováková", role="DPO", on=dt.date(2026, 10, 1)),
                until=dt.date(2027, 3, 31),
                compensating=("Outbound firewall rule 4411",),
            ),
        ),
    }
    return Effective(**(values | changes))


def waiver(applies: bool = True) -> AppliedWaiver:
    """The policy's waiver as applied, or as refused."""
    return AppliedWaiver(
        id="W-2026-004",
        applies=applies,
        why="" if applies else "The weights changed after the waiver was approved.",
        reason="Weights are kept locally; the licensor has no technical access.",
        approved_by="J. Nováková",
        role="DPO",
        on="2026-10-01",
        until="2027-03-31",
        compensating=("Outbound firewall rule 4411",),
    )


def answer(value: Answer, why: str = "As the licence says.") -> OpenAnswer:
    """An answer to one question."""
    return OpenAnswer(answer=value, confidence=Confidence.MEASURED, why=why, sentence=sentence(why))


def openness(identity: str, licence: str, answers: str) -> Openness:
    """``answers`` is a letter for each question: yes, no, conditional, unknown."""
    letters = {"y": Answer.YES, "n": Answer.NO, "c": Answer.CONDITIONAL, "u": Answer.UNKNOWN}
    names = ("downloadable", "commercial", "no_phone_home", "modifiable", "redistributable")
    given = {name: answer(letters[letter]) for name, letter in zip(names, answers, strict=True)}
    return Openness(model=identity, name=identity, licence=licence, **given)


def audit(facts: Facts, name: str = "gpu-rack-03", partial: bool = False, **changes: Any) -> Audit:
    """An audit of these facts; every collector was complete unless told otherwise."""
    names = ("host", "models", "weights", "custody", "traffic", "processes", "gpus", "footprints")
    values: dict[str, Any] = {
        "target": Target(kind="ssh", name=name),
        "tool": Tool(name="Sovereignty Auditor", version="0.9.0"),
        "probe": Probe(version="1", python="3.11.2", uid=998, capabilities=("cap_dac_read_search",)),
        "started": TIME,
        "ended": LATER,
        "partial": partial,
        "collectors": tuple(
            Collector(name=each, outcome=Outcome.COMPLETE, started=TIME, ended=LATER, records=12) for each in names
        ),
        "facts": facts,
    }
    return Audit(**(values | changes))


def judged(
    audit: Audit, policy: Effective, findings: tuple[Finding, ...], answers: tuple[Openness, ...], verdict: Overall
) -> Judgement:
    """A judgement of these findings."""
    return Judgement(
        audit=AuditReference(
            id=audit.id,
            digest=audit.digest,
            target=audit.target,
            started=audit.started,
            ended=audit.ended,
            tool=audit.tool,
            partial=audit.partial,
        ),
        policy=PolicyReference(id=policy.id, version=policy.version, sha256=digest(policy), title=policy.title["en"]),
        knowledge=Knowledge().digest,
        judged="2026-11-22T14:10:00Z",
        verdict=verdict,
        counts={each: sum(f.verdict is each for f in findings) for each in Verdict},
        findings=findings,
        openness=answers,
    )


Case = tuple[Audit, Judgement, Effective, Knowledge]


def typical() -> Case:
    """Five models, findings of every verdict, Czech text, long names."""
    names = ("Qwen3-32B-AWQ", "Llama-4-Scout", "DeepSeek-V3-0324", "Gemma-3-27B-GGUF", "Mistral-Large-3")
    changes = (
        Change(
            clause="1.a",
            kind=ChangeKind.INSERTED,
            found="except for members of the European Union",
            before="",
            line=71,
            rights=("territory",),
        ),
        Change(clause="3.2", kind=ChangeKind.REPLACED, found="may", before="shall not", line=58, rights=("remote",)),
    )
    licences = (
        Licence(
            file="/srv/models/Llama-4-Scout/LICENSE",
            model="Llama-4-Scout",
            id=seen("llama-4", status=Status.INFERRED),
            match=Match.MODIFIED,
            parts=(
                Part(
                    id="llama-4",
                    spdx="",
                    title="Llama 4 Community License",
                    match=Match.MODIFIED,
                    first_line=1,
                    last_line=120,
                    changes=changes,
                ),
            ),
            sha256=seen(sha("licence")),
        ),
        Licence(
            file="/srv/models/Qwen3-32B-AWQ/LICENSE",
            model="Qwen3-32B-AWQ",
            id=seen("apache-2.0", status=Status.INFERRED),
            match=Match.EXACT,
            parts=(
                Part(id="apache-2.0", spdx="Apache-2.0", title="Apache License 2.0", match=Match.EXACT, first_line=1,
                     last_line=202),
            ),
            sha256=seen(sha("apache")),
        ),
    )  # fmt: skip
    facts = Facts(
        host=host(),
        models=tuple(
            model(f"example/{name}", path="/srv/příliš/žluťoučký/kůň/" + "very-long-folder-name/" * 6 + name)
            for name in names
        ),
        licences=licences,
        weights=(
            *(weight(names[0], n, 8, stated=sha(f"/srv/models/{names[0]}/model-{n:05d}-of-00008.safetensors"))
              for n in range(1, 9)),
            weight(names[2], 1, 163, stated=sha("published")),
            weight(names[2], 2, 163, read=False),
            weight(names[3]),
        ),
        traffic=traffic(),
        switches=(
            Switch(
                pid=4711,
                product="vLLM",
                entry="vllm-usage",
                hosts=("stats.vllm.ai",),
                state=seen(SwitchState.INEFFECTIVE),
                found=("VLLM_NO_USAGE_STATS=false",),
                rule="Off where the variable is 1 or true.",
            ),
            Switch(
                pid=4712,
                product="Ollama",
                entry="ollama-update",
                hosts=("ollama.com",),
                state=seen(SwitchState.OFF),
                found=(),
                rule="The server looks for updates on desktop systems only.",
            ),
        ),
        footprints=(
            Footprint(
                path="/home/alice/.config/vllm/usage_stats.json",
                product="vLLM",
                entry="vllm-usage",
                modified=seen("2026-11-20T09:30:00Z"),
                summary=seen("6 entries, last one 2026-11-20"),
            ),
        ),
        gpus=(gpu(0), gpu(1), gpu(2), gpu(3)),
        custody=custody(),
        serving=(
            Served(
                pid=4711,
                stack=seen("vllm"),
                version=seen("0.11.0"),
                exe=seen("/opt/vllm/bin/python3.12"),
                command=seen(("vllm", "serve", "/srv/models/Qwen3-32B-AWQ")),
                environment=seen({"VLLM_NO_USAGE_STATS": "false"}),
                started=seen(TIME),
                container=unseen(),
                models=seen(("Qwen3-32B-AWQ",)),
            ),
        ),
    )  # fmt: skip
    examined = audit(
        facts,
        problems=(
            Problem(
                collector="weights",
                where="/srv/models/DeepSeek-V3-0324/model-00002-of-00163.safetensors",
                what="no right to read the file",
                status=Status.DENIED,
                remedy="Give the probe CAP_DAC_READ_SEARCH.",
            ),
        ),
    )
    rule = policy()
    findings = (
        finding(
            "LIC-001", Verdict.FAIL, "Llama-4-Scout", SubjectKind.MODEL,
            "The licence gives no rights to a company based in the European Union, and the deployer is one (CZ).",
            Severity.CRITICAL,
        ),
        finding(
            "WGT-001", Verdict.FAIL, "DeepSeek-V3-0324", SubjectKind.MODEL,
            f"model-00001-of-00163.safetensors has the digest {sha('one')}; {sha('published')} was expected.",
            Severity.CRITICAL,
        ),
        finding(
            "TEL-001", Verdict.FAIL, "4711", SubjectKind.PROCESS,
            "VLLM_NO_USAGE_STATS is “false”, which this version reads as “not set”; usage data go to stats.vllm.ai.",
        ),
        finding("NET-001", Verdict.FAIL, observed="6 connections went to 203.0.113.77:443, which is not permitted.",
                waiver=waiver(applies=False)),
        finding("WGT-001", Verdict.UNKNOWN, "Gemma-3-27B-GGUF", SubjectKind.MODEL,
                "No digest from outside the host is known for the file.",
                not_seen=("A digest that the publisher vouches for.", "Žádný podpis vydavatele nebyl nalezen.")),
        finding("OPN-003", Verdict.UNKNOWN, "Mistral-Large-3", SubjectKind.MODEL, "The model was not running."),
        finding("LIC-006", Verdict.WAIVED, "Gemma-3-27B-GGUF", SubjectKind.MODEL,
                "Clause 3.2 reserves the right to restrict use “remotely or otherwise”.", Severity.MEDIUM, waiver()),
        finding("OPN-003", Verdict.WAIVED, "Gemma-3-27B-GGUF", SubjectKind.MODEL, "See above.", Severity.MEDIUM,
                waiver()),
        *(finding("LIC-001", Verdict.PASS, name, SubjectKind.MODEL, "The licence grants commercial use in clause 2.")
          for name in names if name != "Llama-4-Scout"),
        *(finding("GPU-001", Verdict.PASS, str(n), SubjectKind.GPU, "NVIDIA H100 80GB HBM3 is on the list.")
          for n in range(4)),
        finding("WGT-001", Verdict.NOT_APPLICABLE, "Mistral-Large-3", SubjectKind.MODEL, "No weight file was found."),
    )  # fmt: skip
    answers = (
        openness(names[0], "Apache-2.0", "yynyy"),
        openness(names[1], "Llama 4 Community", "cnynn"),
        openness(names[2], "MIT", "yyuyy"),
        openness(names[3], "Gemma Terms of Use", "ccncc"),
        openness(names[4], "Apache-2.0", "yyuyy"),
    )
    return examined, judged(examined, rule, findings, answers, Overall.DOES_NOT_CONFORM), rule, Knowledge()


def empty() -> Case:
    """Nothing was found and little was seen."""
    facts = Facts(host=host(known=False), traffic=Traffic(capture=unseen(Status.DENIED, "no right to read sockets")))
    examined = audit(
        facts,
        name="bare",
        partial=True,
        collectors=(
            Collector(name="host", outcome=Outcome.COMPLETE, started=TIME, ended=LATER),
            Collector(name="gpus", outcome=Outcome.FAILED, note="nvidia-smi did not answer within 20 s"),
            Collector(name="weights", outcome=Outcome.CANCELLED),
        ),
    )
    rule = policy(controls=(), tailoring=(), waivers=(), groups={})
    return examined, judged(examined, rule, (), (), Overall.INCONCLUSIVE), rule, Knowledge()


def clean() -> Case:
    """Everything was looked at, and nothing is open."""
    facts = Facts(
        host=host(),
        models=(model("example/Small-1B"),),
        weights=(weight("Small-1B"),),
        traffic=Traffic(
            capture=seen(Capture(tier=Tier.EBPF, first=TIME, last=LATER, seconds=3800, samples=1, packets=1_204_118,
                                 not_seen=()))
        ),
    )  # fmt: skip
    examined = audit(facts)
    rule = policy(tailoring=(), waivers=())
    findings = (finding("LIC-001", Verdict.PASS, "Small-1B", SubjectKind.MODEL),)
    answers = (openness("Small-1B", "Apache-2.0", "yyyyy"),)
    return examined, judged(examined, rule, findings, answers, Overall.CONFORMS), rule, Knowledge()


def real() -> Case:
    """Facts that the judge itself judged, with the knowledge of this release."""
    facts = typical()[0].facts
    examined = audit(facts.model_copy(update={"weights": (weight("Qwen3-32B-AWQ"),)}))
    rule = policy(
        controls=(
            Control(id="GPU-001", group="GPU", title={"en": "Accelerators"}, severity=Severity.HIGH,
                    check="gpus.permitted", arguments={"names": ["*H100*"]}),
            Control(id="NET-002", group="NET", title={"en": "Listeners"}, severity=Severity.HIGH,
                    check="traffic.listeners", arguments={"allowed": []}),
        ),
        waivers=(),
        groups={"GPU": {"en": "Accelerators"}, "NET": {"en": "Network"}},
    )  # fmt: skip
    knowledge = load()
    return examined, judge(examined, rule, knowledge, WHEN), rule, knowledge


def huge(models: int = 200, findings: int = 2000) -> Case:
    """More of everything than anybody reads, with names and texts as long as they come."""
    names = [f"Model-{n:03d}-" + "with-an-unreasonably-long-name-" * 3 for n in range(models)]
    long = "A very long explanation that goes on, with a path /srv/" + "x" * 300 + " and a digest " + sha("x") + ". "
    letters = ("yyyyy", "cnynn", "yyuyy", "ccncc", "uuuuu")
    facts = Facts(
        host=host(),
        models=tuple(model(f"example-organisation-with-a-long-name/{name}") for name in names),
        weights=tuple(weight(name, n, 4, stated=sha(f"{n}"), read=n != 3) for name in names for n in range(1, 5)),
        traffic=Traffic(
            capture=seen(
                Capture(tier=Tier.POLLING, first=TIME, last=LATER, seconds=3600, samples=9, not_seen=(long,) * 30)
            ),
            listeners=traffic().listeners * 200,
            flows=tuple(flow.model_copy(update={"port": port}) for flow in traffic().flows for port in range(1, 200)),
        ),
        gpus=tuple(gpu(n, known=n % 2 == 0) for n in range(64)),
    )
    examined = audit(
        facts,
        name="a-host-with-a-very-long-name-in-a-very-long-domain.example.internal.organisation.example",
        problems=tuple(
            Problem(collector="models", where=f"/srv/{n}/" + "y" * 200, what=long, status=Status.DENIED, remedy=long)
            for n in range(500)
        ),
    )
    rule = policy(title={"en": "A policy with a title that is longer than anybody would wish for, and longer " * 2})
    controls = list(TITLES)
    verdicts = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PASS)
    made = tuple(
        finding(
            controls[n % len(controls)],
            verdicts[n * len(verdicts) // findings],
            names[n % models],
            SubjectKind.MODEL,
            long * 4,
            rests_on=tuple(f"/facts/weights/{i}/sha256/value/with/a/long/pointer" for i in range(60)),
            waiver=waiver() if verdicts[n * len(verdicts) // findings] is Verdict.WAIVED else None,
            not_seen=(long,) * 9,
            remedy=long,
        )
        for n in range(findings)
    )
    answers = tuple(openness(name, "A licence with a long name " * 4, letters[n % 5]) for n, name in enumerate(names))
    return examined, judged(examined, rule, made, answers, Overall.DOES_NOT_CONFORM), rule, Knowledge()


def cover(level: Level = Level.B_B, **changes: Any) -> Cover:
    """A cover in English."""
    values: dict[str, Any] = {
        "language": "en",
        "organisation": "Lipová pojišťovna, a.s.",
        "classification": "Internal",
        "level": level,
        "signer": "M. Dvořák",
        "when": WHEN,
        "fingerprint": sha("certificate"),
        "seed": sha("seed"),
    }
    return Cover(**(values | changes))
