"""``facts.expression``: true is evidenced, false contradicted, and whatever was not seen is unknown."""

from pathlib import Path
from typing import Any

import pytest

import auditor.judge.expressions  # noqa: F401
from auditor.documents import read_audit
from auditor.facts.audit import Audit, Outcome
from auditor.facts.canonical import canonical
from auditor.facts.fact import Status
from auditor.judge.evaluation import MOST_STEPS
from auditor.judge.finding import SubjectKind
from auditor.knowledge.resources import root
from tests.judge.contexts import ask, texts, verdicts


def recorded(name: str = "silent-rack") -> Audit:
    return read_audit(Path(str(root())) / "policies" / "facts" / f"{name}.json")


def said(cel: str, audit: Audit | None = None, each: str = "host", **values: Any) -> list[str]:
    return verdicts(ask("facts.expression", audit or recorded(), cel=cel, each=each, values=values))


def test_true_is_evidenced_and_false_contradicted() -> None:
    assert said("models.all(m, m.format == 'safetensors')") == ["pass"]
    assert said("models.all(m, m.format == 'gguf')") == ["fail"]


def test_each_subject_has_its_own_answer_and_names_the_facts_it_rests_on() -> None:
    outcomes = ask("facts.expression", recorded(), cel="model.format in values.formats", each="model",
                   values={"formats": ["safetensors"]})  # fmt: skip

    assert [(o.subject.kind, o.verdict.value) for o in outcomes] == [(SubjectKind.MODEL, "pass")]
    assert outcomes[0].rests_on == ("/facts/models/0/format",)


@pytest.mark.parametrize("each", ["model", "process", "gpu", "listener"])
def test_where_there_is_no_subject_it_is_not_applicable_and_where_not_all_were_seen_unknown(each: str) -> None:
    audit = recorded()
    facts = audit.facts
    empty = facts.model_copy(update={"models": (), "serving": (), "gpus": (),
                                     "traffic": facts.traffic.model_copy(update={"listeners": ()})})  # fmt: skip
    bare = audit.model_copy(update={"facts": empty})
    cel = {"model": "model.id != ''", "process": "process.pid > 0", "gpu": "gpu.index >= 0",
           "listener": "listener.port > 0"}[each]  # fmt: skip

    assert said(cel, bare, each) == ["not_applicable"]
    assert said(cel, recorded("nothing-seen"), each) == ["unknown"]


@pytest.mark.parametrize("status", [Status.ABSENT, Status.DENIED, Status.UNSUPPORTED, Status.ERROR])
@pytest.mark.parametrize(
    "cel",
    [
        "host.kernel != 'x'",
        "!(host.kernel == 'x')",
        "size(models) > 0 || host.kernel == 'x'",
        "host.kernel == 'x' || size(models) > 0",
        "size(models) < 0 && host.kernel == 'x' ? false : true",
        "[host.kernel].exists(k, true)",
    ],
)
def test_a_fact_without_a_value_makes_it_unknown_whatever_the_rest_says(cel: str, status: Status) -> None:
    audit = recorded()
    unseen = audit.facts.host.kernel.model_copy(update={"value": None, "status": status, "note": "no right"})
    host = audit.facts.host.model_copy(update={"kernel": unseen})
    blind = audit.model_copy(update={"facts": audit.facts.model_copy(update={"host": host})})

    outcomes = ask("facts.expression", blind, cel=cel)

    assert verdicts(outcomes) == ["unknown"]
    assert "/facts/host/kernel: no right" in texts(outcomes)


@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.CANCELLED, Outcome.FAILED, Outcome.NOT_RUN])
def test_a_collector_that_did_not_see_all_makes_it_unknown(outcome: Outcome) -> None:
    audit = recorded()
    collectors = tuple(c.model_copy(update={"outcome": outcome}) if c.name == "models" else c for c in audit.collectors)
    short = audit.model_copy(update={"collectors": collectors})

    assert said("models.all(m, m.format == 'safetensors')", short) == ["unknown"]
    assert said("size(gpus) > 0", short) == ["pass"]


def test_silence_of_a_network_that_lost_packets_is_unknown() -> None:
    audit = recorded()
    traffic = audit.facts.traffic
    assert traffic.capture.value is not None
    lossy = traffic.capture.model_copy(update={"value": traffic.capture.value.model_copy(update={"dropped": 3})})
    facts = audit.facts.model_copy(update={"traffic": traffic.model_copy(update={"capture": lossy})})

    assert said("traffic.flows.all(f, f.port != 1)") == ["pass"]
    assert said("traffic.flows.all(f, f.port != 1)", audit.model_copy(update={"facts": facts})) == ["unknown"]


def test_what_nobody_counted_is_not_zero() -> None:
    audit = recorded()
    assert audit.facts.traffic.flows

    assert said("traffic.flows.all(f, f.bytes_out < 1000000)") == ["unknown"]
    assert said("traffic.flows.all(f, f.name == '')") == ["unknown"]


def test_what_the_deployer_did_not_state_is_unknown() -> None:
    assert said("deployer.country == 'CZ' || size(models) > 0") == ["unknown"]


@pytest.mark.parametrize(
    "cel",
    [
        "size(models)",
        "host.kernel",
        "size(models) + 1 > 'a'",
        "1 / (size(models) - size(models)) == 1",
        "models[99].id == 'a'",
        "models == models",
        "models[0] == models[0]",
        "size(models[0]) == 1",
        "'id' in models[0]",
        "string(models) == ''",
        "9223372036854775807 + size(models) > 0",
        "host.kernel.matches('(')",
        "int(host.kernel) > 0",
        "models.exists(m, m.id)",
    ],
)
def test_an_expression_that_does_not_fit_the_facts_is_unknown(cel: str) -> None:
    assert said(cel) == ["unknown"]


@pytest.mark.parametrize(
    "cel",
    [
        "host.kernel * 1000000000 == ''",
        "('%0999999999d' % size(models)) == ''",
        "[host.kernel]" + ".map(x, x + x + x + x + x + x + x + x)" * 12 + "[0] == ''",
        "[[1]]" + ".map(x, x + x + x + x + x + x + x + x)" * 12 + "[0] == models",
        "host.kernel.matches('(a*)*(b*)*(c*)*(a|aa)+$') && host.kernel.matches('((((.*)*)*)*)*x')",
    ],
)
def test_a_hostile_expression_ends_without_an_answer(cel: str) -> None:
    assert "pass" not in said(cel)


def test_steps_are_counted_over_all_subjects_of_a_control() -> None:
    audit = recorded()
    many = tuple(audit.facts.models[0].model_copy(update={"id": f"m{n}"}) for n in range(200))
    crowd = audit.model_copy(update={"facts": audit.facts.model_copy(update={"models": many})})
    cel = "models.all(a, models.all(b, a.id != '' && b.id != ''))"

    outcomes = ask("facts.expression", crowd, cel=f"{cel} && model.id != ''", each="model")

    assert len(outcomes) == 200
    assert verdicts(outcomes)[-1] == "unknown"
    assert "more steps" in texts(outcomes)
    assert MOST_STEPS < 1_000_000


def test_the_same_facts_give_the_same_bytes() -> None:
    def once() -> bytes:
        cel = "models.exists(m, m.format == 'safetensors') && size(gpus) > 0 && host.kernel != ''"
        return b"".join(canonical(outcome) for outcome in ask("facts.expression", recorded(), cel=cel))

    assert once() == once()
