"""Records become an audit; a recogniser that fails takes nothing else away."""

import threading

import pytest

from auditor.collect import assemble as module
from auditor.collect.assemble import assemble
from auditor.collect.collect import collect
from auditor.collect.local import Local
from auditor.collect.request import Options, build
from auditor.facts.audit import Audit, Tool
from auditor.facts.canonical import canonical, parse
from auditor.knowledge import fingerprints
from auditor.knowledge.knowledge import load
from tests.probe import making

TOOL = Tool(name="auditor", version="1")


@pytest.fixture
def collected(tmp_path):
    making.cache(tmp_path / "hub")
    making.ollama(tmp_path / "ollama")
    options = Options(paths=(str(tmp_path),), stores=False, traffic_seconds=0, nice=False)
    return collect(Local(), build(options), cancel=threading.Event())


def audit_of(collected):
    return assemble(collected, load(), fingerprints.load(), TOOL, Local("host").facts())


def test_what_was_found_is_in_the_facts(collected):
    audit = audit_of(collected)

    assert [str(model.store) for model in audit.facts.models] == ["huggingface-cache", "ollama"]
    assert {weight.sha256.value for weight in audit.facts.weights} == {
        making.digest(making.safetensors()),
        making.digest(making.gguf()),
    }
    assert audit.facts.host.kernel.seen
    assert str(audit.facts.traffic.capture.value.tier) == "S"
    assert audit.target.kind == "local"
    assert not audit.partial


def test_the_same_records_give_the_same_audit(collected):
    assert audit_of(collected).digest == audit_of(collected).digest


def test_an_audit_survives_its_canonical_form(collected):
    audit = audit_of(collected)

    assert Audit.model_validate(parse(canonical(audit))) == audit


@pytest.mark.parametrize(
    ("recogniser", "kept"),
    [
        ("models_of", "host"),
        ("weights_of", "models"),
        ("licences_of", "weights"),
        ("traffic_of", "models"),
        ("gpus_of", "models"),
        ("serving_of", "models"),
        ("switches_of", "models"),
        ("footprints_of", "models"),
    ],
)
def test_a_recogniser_that_fails_becomes_a_problem(collected, monkeypatch, recogniser, kept):
    def fail(*arguments, **named):
        raise LookupError("a fault")

    monkeypatch.setattr(module, recogniser, fail)

    audit = audit_of(collected)

    assert [problem.what for problem in audit.problems if problem.where.startswith("recognise.")] == [
        "the records could not be understood: LookupError: a fault"
    ]
    assert getattr(audit.facts, kept)
    assert audit.facts.traffic.capture.status in ("observed", "error")
