"""The points of Annex XII."""

import datetime as dt
from typing import Any

from auditor.facts.fact import Status
from auditor.facts.models import Licence, Model
from auditor.judge.annex import Item, annex_of
from auditor.judge.context import Context
from auditor.judge.finding import Confidence
from tests.facts import samples
from tests.judge.contexts import POLICY
from tests.judge.licensed import KNOWN, audit_with, named, text

GAPS = {"tasks", "interaction", "integration", "training"}
"""What no file of a host tells."""


def told(model: Model, *licences: Licence, **facts: Any) -> dict[str, Item]:
    audit = audit_with(model, *licences, **facts)
    context = Context(audit, POLICY, KNOWN, dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
    return {item.topic: item for item in annex_of(context, model)}


def test_points_stand_in_the_order_of_the_annex() -> None:
    points = [item.point for item in told(samples.model()).values()]
    assert points == sorted(points)
    assert {point[0] for point in points} == {"1", "2"}


def test_what_the_host_does_not_tell_is_a_gap() -> None:
    found = told(samples.model())
    assert all(item.is_gap for item in found.values())
    assert all(item.confidence is None and not item.rests_on for item in found.values())


def test_what_the_host_tells_rests_on_facts() -> None:
    model = named(
        "Qwen/Qwen3-32B",
        architecture=samples.seen("Qwen3ForCausalLM"),
        parameters=samples.seen(32_762_123_264),
        context=samples.seen(40_960),
    )
    found = told(model, text("apache-2.0"))
    assert {topic for topic, item in found.items() if item.is_gap} == GAPS | {"policy", "software"}
    assert found["parameters"].value == "32,762,123,264"
    assert found["licence"].confidence is Confidence.MEASURED
    assert found["release"].confidence is Confidence.INFERRED
    assert all(item.rests_on for item in found.values() if not item.is_gap)


def test_a_derived_model_has_no_known_day_of_release() -> None:
    assert told(named("acme/Qwen3-32B-Legal"))["release"].is_gap


def test_a_use_policy_is_measured_only_where_its_text_lies_beside() -> None:
    model = named("meta-llama/Llama-3.3-70B-Instruct")
    assert told(model, text("llama-3.3"))["policy"].confidence is Confidence.INFERRED
    assert told(model, text("llama-3.3"), text("llama-3.3-aup"))["policy"].confidence is Confidence.MEASURED


def test_restrictions_within_a_licence_are_named_by_their_clause() -> None:
    assert "Attachment A" in told(samples.model(), text("deepseek-1.0"))["policy"].value


def test_facts_that_were_denied_are_gaps() -> None:
    denied = samples.unseen(Status.DENIED)
    found = told(samples.model(architecture=denied, parameters=denied, modality=denied, context=denied))
    assert all(found[topic].is_gap for topic in ("architecture", "parameters", "modality", "context"))
