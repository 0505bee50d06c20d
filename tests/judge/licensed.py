"""Models under licences for the judge's tests, built from the known clauses without any text."""

from typing import Any

from auditor.facts.audit import Audit
from auditor.facts.fact import Fact, Status
from auditor.facts.models import Change, ChangeKind, Licence, Match, Model, Part, Statement
from auditor.judge.decision import Decision, decide
from auditor.knowledge.fingerprints import load as load_fingerprints
from auditor.knowledge.knowledge import load
from auditor.policy.effective import Deployer
from tests.facts import samples

KNOWN = load()
ID = "acme/small"
EU = Deployer(country="DE", monthly_active_users=10_000, monthly_revenue_usd=1_000_000)


def text(id: str, file: str = "", match: Match = Match.EXACT, model: str = ID, **change: Any) -> Licence:
    """A copy of a known text beside a model; each clause on a line of its own."""
    known = load_fingerprints().get(id)
    assert known is not None
    changes = ()
    if match is not Match.EXACT:
        given = {"clause": "2", "kind": ChangeKind.REPLACED, "found": "7", "before": "700", "line": 46}
        changes = (Change(**{**given, "rights": ("users",), **change}),)
    part = Part(
        id=id,
        spdx=known.spdx,
        title=known.title,
        match=match,
        first_line=1,
        last_line=len(known.clauses),
        changes=changes,
        clauses={clause.name: line for line, clause in enumerate(known.clauses, 1)},
    )
    return _licence(file or f"/models/{model}/{id}.txt", model, id, match, (part,))


def strange(file: str = f"/models/{ID}/LICENSE", model: str = ID) -> Licence:
    """A text that is near no known one."""
    return _licence(file, model, None, Match.NONE, ())


def _licence(file: str, model: str, id: str | None, match: Match, parts: tuple[Part, ...]) -> Licence:
    fact = samples.seen(id, file, "fingerprint", Status.INFERRED) if id else samples.unseen()
    return Licence(file=file, model=model, id=fact, match=match, parts=parts, sha256=samples.seen("0" * 64))


def stated(*values: str) -> tuple[Fact[Statement], ...]:
    """What the card says, then the header."""
    places = ("README.md license", "general.license", "README.md license_name")
    return tuple(
        samples.seen(Statement(where=where, value=value), status=Status.DECLARED)
        for where, value in zip(places, values, strict=False)
    )


def named(name: str, **changes: Any) -> Model:
    """A model whose name, family and modality are those of the table of models."""
    told = KNOWN.models.named(name)
    values: dict[str, Any] = {"name": samples.seen(name, status=Status.DECLARED)}
    if told is not None:
        family = KNOWN.models.families[told.family]
        values["family"] = samples.seen(told.family, status=Status.INFERRED)
        modality = (told.model.modality if told.model else ()) or family.modality
        values["modality"] = samples.seen(tuple(modality), status=Status.INFERRED)
    return samples.model(**(values | changes))


def audit_with(model: Model, *licences: Licence, **facts: Any) -> Audit:
    """An audit of this model and these texts."""
    return samples.audit(models=(model,), licences=licences, **facts)


def decided(model: Model, *licences: Licence, deployer: Deployer = EU) -> Decision:
    """The decision for the model."""
    audit = audit_with(model, *licences)
    return decide(model, audit.facts.licences, audit, deployer, KNOWN)
