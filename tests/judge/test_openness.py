"""The five questions."""

import datetime as dt
from typing import Any

import pytest

from auditor.facts.audit import Audit, Outcome
from auditor.facts.fact import Status
from auditor.facts.models import Match, Model, Store
from auditor.facts.serving import Served, Switch, SwitchState
from auditor.facts.traffic import Capture, Flow, Process, Tier, Traffic
from auditor.judge.context import Context
from auditor.judge.finding import Answer, Confidence, Openness
from auditor.judge.openness import openness
from auditor.recognise.models_leaf import CONTRADICTION
from tests.facts import samples
from tests.judge.contexts import POLICY, ask, texts, verdicts
from tests.judge.licensed import KNOWN, audit_with, named, text

PID = 42

UNKNOWN = Answer.UNKNOWN


def served(model: str = "acme/small") -> Served:
    unseen = samples.unseen()
    return Served(
        pid=PID, stack=samples.seen("vllm"), version=samples.seen("0.11.0"), exe=unseen, command=unseen,
        environment=unseen, started=unseen, container=unseen, models=samples.seen((model,)),
    )  # fmt: skip


def switch(state: SwitchState = SwitchState.OFF) -> Switch:
    return Switch(pid=PID, product="vLLM", entry="vllm-usage", hosts=(), state=samples.seen(state), found=(), rule="r")


def flow(address: str, pid: int | None = PID) -> Flow:
    return Flow(
        proto="tcp", direction="out", source_address="10.0.0.5", source_port=4000, address=address, port=443,
        attempt=False, first=samples.TIME, last=samples.TIME,
        process=samples.seen(Process(pid=pid, name="python")) if pid else samples.unseen(),
    )  # fmt: skip


def traffic(*flows: Flow, tier: Tier = Tier.POLLING, **changes: Any) -> Traffic:
    given = {"first": samples.TIME, "last": samples.TIME, "seconds": 600, "samples": 9, "not_seen": ()}
    return Traffic(capture=samples.seen(Capture(**{"tier": tier, **given, **changes})), flows=flows)


def fetched(**changes: Any) -> Model:
    """A model in the store of a hub's own program."""
    return samples.model(**({"store": Store.HUGGINGFACE_CACHE, "revision": samples.seen("a" * 40)} | changes))


def watched(licence: str = "apache-2.0", **facts: Any) -> Audit:
    given = {"serving": (served(),), "switches": (switch(),), "traffic": traffic(), "weights": (samples.weight(),)}
    return audit_with(fetched(), text(licence), **(given | facts))


def of(audit: Audit) -> Openness:
    (found,) = openness(Context(audit, POLICY, KNOWN, dt.datetime(2026, 11, 2, tzinfo=dt.UTC)))
    return found


def test_an_open_model_that_was_watched_gets_five_good_answers() -> None:
    found = of(watched())
    assert [found.downloadable.answer, found.commercial.answer, found.no_phone_home.answer] == [Answer.YES] * 3
    assert found.downloadable.confidence is Confidence.INFERRED
    assert (found.modifiable.answer, found.redistributable.answer) == (Answer.YES, Answer.CONDITIONAL)
    assert found.no_phone_home.confidence is Confidence.MEASURED
    assert found.licence == "Apache License 2.0"


def test_a_contact_with_a_public_address_is_no_silence() -> None:
    found = of(watched(traffic=traffic(flow("10.0.0.9"), flow("93.184.216.34")))).no_phone_home
    assert found.answer is Answer.NO
    assert "93.184.216.34" in found.why
    assert found.rests_on == ("/facts/traffic/flows/1",)


@pytest.mark.parametrize("state", [SwitchState.ON, SwitchState.INEFFECTIVE])
def test_a_phone_home_that_is_on_is_no_silence(state: SwitchState) -> None:
    assert of(watched(switches=(switch(state),))).no_phone_home.answer is Answer.NO


@pytest.mark.parametrize(
    "facts",
    [
        {"traffic": Traffic(capture=samples.unseen())},
        {"traffic": traffic(tier=Tier.SNAPSHOT)},
        {"traffic": traffic(seconds=0)},
        {"traffic": traffic(dropped=3)},
        {"traffic": traffic(flow("93.184.216.34", pid=None))},
        {"switches": ()},
        {"switches": (switch(SwitchState.UNKNOWN),)},
        {"serving": ()},
        {"serving": (served("acme/other"),)},
    ],
    ids=["no watch", "one look", "no time", "drops", "owner unseen", "no switch", "state unknown", "idle", "another"],
)
def test_silence_that_was_not_watched_is_unknown(facts: dict[str, Any]) -> None:
    assert of(watched(**facts)).no_phone_home.answer is UNKNOWN


def test_a_watch_that_did_not_complete_is_unknown() -> None:
    audit = watched().model_copy(
        update={"collectors": samples.audit(collectors={"traffic": Outcome.PARTIAL}).collectors}
    )
    assert of(audit).no_phone_home.answer is UNKNOWN


def test_a_contact_on_the_own_network_is_silence() -> None:
    assert of(watched(traffic=traffic(flow("10.0.0.9"), flow("::1")))).no_phone_home.answer is Answer.YES


def test_silence_under_a_right_to_restrict_from_afar_is_on_terms() -> None:
    found = of(watched("gemma-2025-03-24")).no_phone_home
    assert found.answer is Answer.CONDITIONAL
    assert "3.2" in found.why


class TestFreeToObtain:
    """Inferred at best: that files lie here does not tell how they came."""

    def test_a_release_that_knowledge_tells_of_is_public(self) -> None:
        found = of(audit_with(named("Qwen/Qwen3-32B"), text("apache-2.0"))).downloadable
        assert (found.answer, found.confidence) == (Answer.YES, Confidence.INFERRED)
        assert "Qwen/Qwen3-32B" in found.why

    def test_a_publisher_who_asks_for_consent_sets_terms(self) -> None:
        found = of(audit_with(named("meta-llama/Llama-3.3-70B-Instruct"), text("llama-3.3"))).downloadable
        assert (found.answer, found.confidence) == (Answer.CONDITIONAL, Confidence.INFERRED)

    def test_the_revision_of_a_hub_shows_where_it_came_from_but_not_its_gate(self) -> None:
        found = of(audit_with(fetched())).downloadable
        assert (found.answer, found.confidence) == (Answer.YES, Confidence.INFERRED)
        assert "a" * 40 in found.why
        assert "not seen" in found.why

    def test_a_licence_that_speaks_of_consent_sets_terms_on_a_fetched_model(self) -> None:
        assert of(audit_with(fetched(), text("llama-3.3"))).downloadable.answer is Answer.CONDITIONAL

    @pytest.mark.parametrize(
        "model",
        [
            samples.model(),
            named("acme/Qwen3-32B-Legal"),
            fetched(revision=samples.seen("main")),
            fetched(revision=samples.unseen(Status.DENIED)),
            fetched(store=Store.OLLAMA),
            fetched(format=samples.unseen()),
            fetched(
                name=samples.seen("acme/small", status=Status.DECLARED).model_copy(
                    update={"note": f"{CONTRADICTION} the header"}
                )
            ),
        ],
        ids=["folder", "derived", "no commit", "denied", "other store", "no files", "contradiction"],
    )
    def test_what_nothing_tells_is_unknown_and_says_so(self, model: Model) -> None:
        found = of(audit_with(model, text("apache-2.0"))).downloadable
        assert (found.answer, found.confidence) == (UNKNOWN, Confidence.INFERRED)

    def test_weight_files_alone_show_nothing(self) -> None:
        found = of(audit_with(samples.model(), text("apache-2.0"), weights=(samples.weight(),))).downloadable
        assert found.answer is UNKNOWN
        assert "would show it" in found.why


def test_a_changed_licence_answers_nothing() -> None:
    found = of(audit_with(samples.model(), text("mit", match=Match.MODIFIED)))
    assert (found.commercial.answer, found.modifiable.answer, found.redistributable.answer) == (UNKNOWN,) * 3


def test_the_strict_family_is_closed_to_a_company_of_the_union() -> None:
    found = of(audit_with(named("meta-llama/Llama-4-Scout-17B-16E-Instruct"), text("llama-4")))
    assert found.commercial.answer is UNKNOWN, "the policy of this test names no country"


QUESTIONS = ("downloadable", "commercial", "no_phone_home", "modifiable", "redistributable")


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_check_says_what_the_answer_says(question: str) -> None:
    said = ask("openness.answer", watched(), question=question)
    assert verdicts(said) == ["pass"]
    assert getattr(of(watched()), question).why in texts(said)


def test_the_check_refuses_terms_where_the_policy_does() -> None:
    audit = watched()
    assert verdicts(ask("openness.answer", audit, question="redistributable", accept_conditions=False)) == ["fail"]
    assert verdicts(ask("openness.answer", audit, question="modifiable", accept_conditions=False)) == ["pass"]


def test_what_is_unknown_says_what_was_not_seen() -> None:
    said = ask("openness.answer", audit_with(samples.model()), question="no_phone_home")
    assert verdicts(said) == ["unknown"]
    assert said[0].not_seen
