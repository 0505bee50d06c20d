"""The closed registry of checks: name, arguments, what each looks at and when it cannot tell.

The judge implements them; a test demands that both sides agree. Policies hold no code, only these names.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from auditor.facts.fact import Value
from auditor.policy.addresses import check_cidr


class Arguments(Value):
    """Base of the arguments of a check: what a control gives in ``with:``."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class NoArguments(Arguments):
    """For checks that take none."""


class Permits(Arguments):
    """Arguments of ``licence.permits``."""

    use: Literal["deploy", "commercial", "modify", "redistribute"]
    """What the deployer does with the model."""
    accept_conditions: bool = True
    """Whether a permission with duties (notices, names, use policy) passes."""
    accepted: tuple[str, ...] = ()
    """SPDX ids (globs) that may be used at all; empty: any that permits."""


class Standing(Arguments):
    """Arguments of ``weights.match``."""

    standing: Literal["pinned", "self_consistent"] = "pinned"
    """``pinned``: only a digest from outside the host passes."""


class ServedBytes(Arguments):
    """Arguments of ``weights.served``."""

    standing: Literal["any", "pinned", "self_consistent"] = "any"
    """What the digest of the bytes in use must equal: any digest of the file on disk, one stated, or one pinned."""


class Formats(Arguments):
    """Arguments of ``weights.format``."""

    allowed: tuple[Literal["safetensors", "gguf", "tensorrt", "onnx", "pickle"], ...] = ("safetensors", "gguf")
    """Formats that weight files may have, as their first bytes tell."""


class SafeContent(Arguments):
    """Arguments of ``weights.safe_content``."""

    allow: tuple[str, ...] = ()
    """Names (globs) that pickles may import besides those that only make values, e.g. ``transformers.*``."""
    tolerate: Literal["none", "low", "medium"] = "low"
    """Signs of harm up to this degree contradict nothing; ``medium`` is what is not known to be harmless."""


def _block(text: str) -> str:
    """A CIDR block, checked. Raises ValueError."""
    problem, meant = check_cidr(text)
    if problem:
        raise ValueError(f"{problem}; perhaps {meant}" if meant else problem)
    return text


Block = Annotated[str, AfterValidator(_block)]
PORT = r"^\d{1,5}(-\d{1,5})?(/(tcp|udp))?$"
HOURS = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"


class Watch(Arguments):
    """How long and how well the network has to be watched; part of the arguments of other checks."""

    observe_seconds: int = Field(300, ge=0, le=604_800)
    """A shorter watch cannot pass."""
    worst_tier: Literal["A", "B", "C", "D", "E", "F"] = "E"
    """A lesser means of observation cannot pass."""
    maximum_drops: int = Field(0, ge=0)
    """A watch that is known to have lost more packets or reports cannot pass."""
    minimum_accepted: int = Field(0, ge=0)
    """Connections from others that have to be accepted meanwhile: silence without load proves little."""


class Permit(Arguments):
    """One rule of ``permitted``: everything that it gives has to fit; without ``to`` and ``names`` nothing does."""

    to: tuple[Block, ...] = ()
    """CIDR blocks."""
    names: tuple[str, ...] = ()
    """Globs over the name that packets told. A name is the sender's word; give ``to`` with it where you can."""
    ports: tuple[Annotated[str, StringConstraints(pattern=PORT)], ...] = ()
    """``443``, ``443/tcp`` or ``8000-8010``; empty: any."""
    processes: tuple[str, ...] = ()
    """Globs over the name or the program of the process; empty: any."""
    hours: Annotated[str, StringConstraints(pattern=HOURS)] | None = None
    """``22:00-04:00``, UTC; a connection has to begin and end within. Unset: any time."""


class Destinations(Watch):
    """Arguments of ``traffic.only``."""

    destinations: tuple[Block, ...] = ()
    """CIDR blocks that may be contacted; loopback always may."""
    permitted: tuple[Permit, ...] = ()
    """Further rules, by block, name, port, process and time of day; one that fits is enough."""


class Named(Watch):
    """Arguments of ``traffic.named``."""

    unnamed: tuple[Block, ...] = ()
    """CIDR blocks that may be contacted without a name; own networks always may."""


class Residency(Watch):
    """Arguments of ``traffic.residency``."""

    accept: tuple[Literal["eea", "adequate", "conditional", "third"], ...] = ("eea",)
    """Classes of transfer that pass: ``eea``; ``adequate``, a decision for recipients in general; ``conditional``, a
    decision for some recipients only, as for those certified under the EU-US Data Privacy Framework."""


class Budget(Watch):
    """Arguments of ``traffic.budget``."""

    providers: tuple[str, ...] = ()
    """Globs over names of the providers; empty: every interface of an AI provider that knowledge names."""
    destinations: tuple[Block, ...] = ()
    """CIDR blocks that belong to the providers as well."""
    calls_percent: int = Field(5, ge=0, le=100)
    """Largest share of connections: those to providers among all that serve, here or there."""
    bytes_percent: int = Field(5, ge=0, le=100)
    """Largest share of bytes, both ways, in the same sense."""


class Listeners(Arguments):
    """Arguments of ``traffic.listeners``."""

    allowed: tuple[Annotated[str, StringConstraints(pattern=r"^[^\s]+:(\d{1,5}|\*)$")], ...] = ()
    """``address:port`` globs that may listen beyond loopback, e.g. ``10.0.0.5:8000`` or ``*:22``."""


class PermittedGpus(Arguments):
    """Arguments of ``gpus.permitted``."""

    names: tuple[str, ...]
    """Globs over product names, case-insensitive, e.g. ``*H100*``."""
    minimum_memory_gib: int = Field(0, ge=0)
    """Each has to have so much memory at least."""
    at_least: int = Field(0, ge=0)
    """How many must be there; 0: a host without accelerators is not applicable."""


class KnownStacks(Arguments):
    """Arguments of ``serving.known``."""

    stacks: tuple[str, ...] = ()
    """Keys of knowledge that may serve; empty: any known one."""


class Question(Arguments):
    """Arguments of ``openness.answer``."""

    question: Literal["downloadable", "commercial", "no_phone_home", "modifiable", "redistributable"]
    """Which of the five questions."""
    accept_conditions: bool = True
    """Whether *yes, on terms* passes."""


class SealedSilence(Arguments):
    """Arguments of ``sealed.silent``."""

    phase: Literal["configured", "switched_off"] = "configured"
    """As the command sets its switches, or with every known switch off."""
    destinations: tuple[str, ...] = ()
    """Globs over names and addresses that the server may call, e.g. ``*.example.internal``; never with a prompt."""
    minutes: int = Field(1, ge=0, le=10_080)
    """A shorter watch cannot pass."""
    days: int = Field(90, ge=1, le=3_650)
    """An older run cannot pass."""


@dataclass(frozen=True)
class Spec:
    """Documentation of a check, printed in the reference and in the dossier's decision rules."""

    name: str
    arguments: type[Arguments]
    group: str
    subject: str
    looks_at: str
    rule: str
    """The decision rule in a sentence: when pass, when fail."""
    unknown_when: str
    example: str = "{}"
    """A ``with:`` of a control, as YAML."""
    example_pass: str = ""
    """Something on a host that is evidenced under the example."""
    example_fail: str = ""
    """Something on a host that is contradicted under it."""


_ALL = (
    Spec(
        "licence.identified",
        NoArguments,
        "licences",
        "model",
        "every licence text beside the model",
        "Evidenced if a licence text is there and is word for word a known one; contradicted if it was changed or cut.",
        "no licence text is there, or no known text is near it",
        example="{}",
        example_pass="LICENSE beside the weights is Apache-2.0, word for word.",
        example_fail="LICENSE is Apache-2.0 with a sentence added to section 2 that forbids commercial use.",
    ),
    Spec(
        "licence.permits",
        Permits,
        "licences",
        "model",
        "the licence in force for the model and its bases, the deployer's facts",
        "Evidenced if the licence grants this use to this deployer; contradicted if a clause denies it.",
        "the licence is not known, was changed, or a fact about the deployer that it asks for is not stated",
        example="{use: commercial, accepted: [Apache-2.0, MIT]}",
        example_pass="A model under MIT, its text unchanged.",
        example_fail="A model under CC-BY-NC-4.0; or one under a licence that permits the use and is not on the list.",
    ),
    Spec(
        "licence.consistent",
        NoArguments,
        "licences",
        "model",
        "every place that states a licence: files, card, headers, store",
        "Evidenced if all places that state a licence agree; contradicted if two name different licences.",
        "no place states a licence",
        example="{}",
        example_pass="The card says apache-2.0 and LICENSE is Apache-2.0.",
        example_fail="The card says apache-2.0 and LICENSE is the Llama 3.1 Community License.",
    ),
    Spec(
        "licence.no_remote_restriction",
        NoArguments,
        "licences",
        "model",
        "the clauses of the licence in force",
        "Evidenced if the licence gives its licensor no right to restrict use remotely; contradicted if it does.",
        "the licence is not known or was changed",
        example="{}",
        example_pass="A model under Apache-2.0.",
        example_fail="A model under terms by which the licensor may restrict its use remotely.",
    ),
    Spec(
        "licence.duties",
        NoArguments,
        "licences",
        "model",
        "licence texts, use policies and Notice files beside the model, names of models and of what is served",
        "Evidenced if every duty that applies to the deployer's stated use and that a host can show is kept; "
        "contradicted if one is visibly not kept. Conduct, which no host shows, decides nothing.",
        "the licence is not known, not all beside the model was seen, or a duty is kept in a user interface",
        example="{}",
        example_pass="A deployer who passes the model on, with the text of Apache-2.0 beside the weights.",
        example_fail="A deployer who passes a Llama 3.3 model on, without the licence text beside the weights.",
    ),
    Spec(
        "weights.match",
        Standing,
        "weights",
        "model",
        "the SHA-256 of every weight file, digests pinned by the policy, digests that the store states",
        "Evidenced if every weight file has an expected digest of the demanded standing; contradicted if one differs.",
        "a file was not read, or no digest of the demanded standing is known for it",
        example="{standing: pinned}",
        example_pass="Every shard has the SHA-256 that the policy pins for it.",
        example_fail="One shard differs from its pin, or from the digest that the store states for it.",
    ),
    Spec(
        "weights.served",
        ServedBytes,
        "weights",
        "process",
        "weight files that processes hold mapped or open, compared with those on disk by device, inode and digest",
        "Evidenced if every weight file in use is byte for byte the hashed one on disk and was not written to after "
        "the process had started; contradicted if the bytes differ, if the file is gone, or if it was written to.",
        "a file in use could not be read, the loader left no trace of it, or not every process could be looked into",
        example="{standing: pinned}",
        example_pass="A server that maps model.gguf, the very file that was hashed and that the policy pins.",
        example_fail="A server that still maps a file which was replaced on disk after it had started.",
    ),
    Spec(
        "weights.fixed",
        NoArguments,
        "weights",
        "process",
        "command line and environment of each serving process, what is known of endpoints that change weights",
        "Evidenced if no endpoint of the server can change its weights while it runs; contradicted if one can.",
        "the stack is not known, nothing is known of its endpoints, or its settings could not be read",
        example="{}",
        example_pass="vLLM without development mode and without adapters at run time.",
        example_fail="Ollama, whose interface pulls, creates and deletes models.",
    ),
    Spec(
        "weights.format",
        Formats,
        "weights",
        "model",
        "the format of every weight file",
        "Evidenced if every weight file is of an allowed format; contradicted if one is not.",
        "the format of a file could not be told",
        example="{allowed: [safetensors, gguf]}",
        example_pass="model-00001-of-00004.safetensors and three more of the kind.",
        example_fail="pytorch_model.bin, which is a pickle whatever its name says.",
    ),
    Spec(
        "weights.complete",
        NoArguments,
        "weights",
        "model",
        "headers, sizes and shard lists",
        "Evidenced if all files that the model names are there and hold what their headers say; contradicted if not.",
        "a header could not be read",
        example="{}",
        example_pass="All four shards of the index are there, each as long as its header says.",
        example_fail="The third shard is missing, or shorter than its header says.",
    ),
    Spec(
        "weights.no_custom_code",
        NoArguments,
        "weights",
        "model",
        "auto_map entries and code files beside the weights",
        "Evidenced if nothing beside the weights is executed by a loader; contradicted if something is.",
        "the configuration could not be read",
        example="{}",
        example_pass="config.json without auto_map, no .py file beside it.",
        example_fail="auto_map names modeling_x.py, which a loader may run.",
    ),
    Spec(
        "weights.safe_content",
        SafeContent,
        "weights",
        "model",
        "what pickles import, chat templates, archives, links, and settings that fetch code, none of it loaded",
        "Evidenced if every file of the model was looked through and shows no sign of harm beyond what is tolerated; "
        "contradicted if one shows such a sign.",
        "a file could not be looked through, such as a broken pickle, a packed archive or an HDF5 file",
        example="{allow: ['transformers.training_args.*']}",
        example_pass="pytorch_model.bin, which imports only what rebuilds tensors; a template that prints messages.",
        example_fail="model.pkl, which imports posix.system; a chat template that reaches for __class__.",
    ),
    Spec(
        "traffic.only",
        Destinations,
        "traffic",
        "host",
        "connections and attempts seen while watching, who owns them, how well was watched",
        "Evidenced if every destination seen is permitted and the watch was long and good enough; contradicted "
        "if one is not permitted.",
        "the watch was shorter or weaker than demanded, lost more or met less load than allowed, or did not take "
        "place; or a name or process that a permit asks for was not seen",
        example="{destinations: [10.0.0.0/8], permitted: [{names: ['*.corp.example'], ports: ['443/tcp']}], "
        "observe_seconds: 300}",
        example_pass="Connections to 10.0.4.7:443 only, watched for 600 s as root.",
        example_fail="A connection to a public address, even one that was refused.",
    ),
    Spec(
        "traffic.named",
        Named,
        "traffic",
        "host",
        "names in DNS, TLS, QUIC and HTTP for each public address that was contacted",
        "Evidenced if packets told a name for every public address that was contacted; contradicted if one was "
        "contacted for which they told none.",
        "no packets were looked at, or the watch was shorter or weaker than demanded",
        example="{worst_tier: F, observe_seconds: 300}",
        example_pass="A look-up of proxy.corp.example, then a connection to the address in the answer.",
        example_fail="A connection to a public address that no look-up gave and no handshake named.",
    ),
    Spec(
        "traffic.residency",
        Residency,
        "traffic",
        "host",
        "operator of each destination, the country in which it and the address are registered, decisions on adequacy",
        "Evidenced if every public destination is of an accepted class of transfer; contradicted if one is of another.",
        "operator and country of a destination are not known, or the watch was shorter or weaker than demanded",
        example="{accept: [eea, adequate]}",
        example_pass="Connections to a network of a German operator, registered in Germany.",
        example_fail="A connection to a region in Frankfurt of an operator that is registered in the United States.",
    ),
    Spec(
        "traffic.budget",
        Budget,
        "traffic",
        "host",
        "connections and bytes to the named providers, and those that this host served itself",
        "Evidenced if the shares of connections and bytes that went to providers keep within both limits; "
        "contradicted if one is over its limit.",
        "names or bytes were not looked at, nothing was served, or the watch was shorter or weaker than demanded",
        example="{providers: [api.mistral.ai], calls_percent: 5, bytes_percent: 5, worst_tier: F}",
        example_pass="2 connections to the provider while 98 requests were served on premises.",
        example_fail="One in five connections goes to the provider.",
    ),
    Spec(
        "traffic.listeners",
        Listeners,
        "traffic",
        "host",
        "listening sockets of all network namespaces that could be read",
        "Evidenced if only permitted sockets listen beyond loopback; contradicted if another does.",
        "sockets could not be read",
        example='{allowed: ["*:22"]}',
        example_pass="sshd on 0.0.0.0:22 and vLLM on 127.0.0.1:8000.",
        example_fail="vLLM on 0.0.0.0:8000.",
    ),
    Spec(
        "telemetry.off",
        NoArguments,
        "serving",
        "process",
        "environment, command line and files of each serving process, the rule of its version",
        "Evidenced if every known phone-home of the stack is switched off in the way that its version honours; "
        "contradicted if one is on or its switch has no effect.",
        "environment or version of the process could not be read",
        example="{}",
        example_pass="vLLM with VLLM_NO_USAGE_STATS=1, which its version honours.",
        example_fail="A switch that is set to a value its version does not read as off.",
    ),
    Spec(
        "sealed.silent",
        SealedSilence,
        "traffic",
        "host",
        "sealed runs that were handed to the audit: what a server tried to send while nothing could leave",
        "Evidenced if the server answered marked prompts and called nobody that is not permitted, and the search found "
        "every leak planted to test it; contradicted if it did, or if a mark was found in anything it sent.",
        "no sealed run was handed to the audit, its control failed, no prompt was answered, it was cut short or is "
        "too old",
        example='{phase: configured, destinations: ["*.example.internal"], minutes: 5, days: 90}',
        example_pass="Five marked prompts answered, nothing sent in 10 minutes, 41 of 41 planted leaks found.",
        example_fail="A prompt found in a request to a tracing service; or a call to a host that is not permitted.",
    ),
    Spec(
        "gpus.permitted",
        PermittedGpus,
        "gpus",
        "gpu",
        "name and memory of each accelerator",
        "Evidenced if name and memory are on the list; contradicted if not.",
        "the name could not be read, or the ids of the card belong to another product",
        example='{names: ["*H100*", "*L40S*"], minimum_memory_gib: 40}',
        example_pass="NVIDIA H100 80GB HBM3.",
        example_fail="NVIDIA GeForce RTX 3060; or fewer accelerators than at_least asks for.",
    ),
    Spec(
        "serving.known",
        KnownStacks,
        "serving",
        "process",
        "processes that hold weights, GPUs or a serving port",
        "Evidenced if the stack and its version are known and permitted; contradicted if the stack is not permitted.",
        "stack or version could not be told",
        example="{stacks: [vllm, sglang]}",
        example_pass="A vLLM process whose version was read.",
        example_fail="An Ollama process, where only vLLM and SGLang are permitted.",
    ),
    Spec(
        "openness.answer",
        Question,
        "openness",
        "model",
        "the five questions of an open model",
        "Evidenced if the answer is yes (or yes on terms, where the policy accepts it); contradicted if it is no.",
        "the answer is not known",
        example="{question: modifiable, accept_conditions: true}",
        example_pass="A licence that permits derived models, if they keep its notices.",
        example_fail="A licence that permits no derived models.",
    ),
)

SPECS: dict[str, Spec] = {spec.name: spec for spec in _ALL}
"""Every check there is, by name."""
