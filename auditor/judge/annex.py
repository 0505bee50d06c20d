"""What Annex XII of Regulation (EU) 2024/1689 asks to be told of a model, and what of it the host tells.

The annex binds providers of general-purpose models towards those who build on them. A row shows a deployer which of
its points can be filled from the host and from the product's own table, and which have to be asked of the provider.
"""

from auditor.facts.fact import Value
from auditor.facts.models import Model
from auditor.judge.context import Context
from auditor.judge.finding import Confidence
from auditor.judge.licences import decision_of, licences_beside
from auditor.judge.served import serves
from auditor.knowledge.licences import TermKind


class Item(Value):
    """One point of the annex for one model."""

    point: str
    """``1(a)`` ... ``2(c)``."""
    topic: str
    """Key of what is asked: tasks, policy, release ..."""
    value: str
    """What is told; empty: a gap."""
    confidence: Confidence | None = None
    """What it rests on; None for a gap."""
    rests_on: tuple[str, ...] = ()
    """JSON pointers into facts.json."""

    @property
    def is_gap(self) -> bool:
        """Whether neither host nor table tells it."""
        return not self.value


def annex_of(context: Context, model: Model) -> tuple[Item, ...]:
    """The points of Annex XII in their order."""
    at = f"/facts/models/{context.audit.facts.models.index(model)}"
    architecture, parameters = model.architecture, model.parameters
    modality, length = model.modality, model.context
    return (
        _gap("1(a)", "tasks"),
        _policy(context, model, at),
        _release(context, model, at),
        _gap("1(d)", "interaction"),
        _software(context, model),
        _item("1(f)", "architecture", architecture.value if architecture.seen else "", f"{at}/architecture"),
        _item("1(f)", "parameters", f"{parameters.value:,}" if parameters.seen else "", f"{at}/parameters"),
        _item("1(g)", "modality", ", ".join(modality.value or ()) if modality.seen else "", f"{at}/modality"),
        _licence(context, model),
        _gap("2(a)", "integration"),
        _item("2(b)", "context", f"{length.value:,}" if length.seen else "", f"{at}/context"),
        _gap("2(c)", "training"),
    )


def _gap(point: str, topic: str) -> Item:
    return Item(point=point, topic=topic, value="")


def _item(point: str, topic: str, value: str | None, *rests_on: str, how: Confidence = Confidence.DECLARED) -> Item:
    if not value:
        return _gap(point, topic)
    return Item(point=point, topic=topic, value=value, confidence=how, rests_on=rests_on)


def _policy(context: Context, model: Model, at: str) -> Item:
    """Use policies that the licences in force name, or the clause that holds the restrictions itself."""
    decision, known = decision_of(context, model), context.knowledge.licences
    beside = {part.id: f"/facts/licences/{n}" for n, lic in licences_beside(context, model) for part in lic.parts}
    policies = list(dict.fromkeys(id for own in decision.licences for id in known[own].policies))
    if policies:
        there = [beside[id] for id in policies if id in beside]
        how = Confidence.MEASURED if len(there) == len(policies) else Confidence.INFERRED
        return _item("1(b)", "policy", "; ".join(known[id].title for id in policies), *(there or [at]), how=how)
    clauses = [(known[id], term) for id in decision.licences for term in known[id].of(TermKind.POLICY)]
    value = "; ".join(f"{terms.title}, {term.clause or '–'}" for terms, term in clauses)
    return _item("1(b)", "policy", value, *decision.rests_on, how=decision.confidence)


def _release(context: Context, model: Model, at: str) -> Item:
    """The day that the table of models has for exactly this release; a derived model has another one."""
    table = context.knowledge.models
    told = table.named(model.name.value) if model.name.seen and model.name.value else None
    if told is None or told.model is None or not told.exact:
        return _gap("1(c)", "release")
    day = told.model.released or table.families[told.family].released
    return _item("1(c)", "release", day, f"{at}/name", how=Confidence.INFERRED)


def _software(context: Context, model: Model) -> Item:
    """What serves the model here."""
    serving = [(n, s) for n, s in enumerate(context.audit.facts.serving) if serves(s, model) and s.stack.value]
    names = dict.fromkeys(f"{s.stack.value} {s.version.value or ''}".strip() for _, s in serving)
    pointers = [f"/facts/serving/{n}" for n, _ in serving]
    return _item("1(e)", "software", ", ".join(names), *pointers, how=Confidence.MEASURED)


def _licence(context: Context, model: Model) -> Item:
    decision = decision_of(context, model)
    titles = "; ".join(context.knowledge.licences[id].title for id in decision.licences)
    return _item("1(h)", "licence", titles, *decision.rests_on, how=decision.confidence)
