"""What licences let a deployer do: each clause with its file and line, the strictest answer wins."""

import pytest

from auditor.facts.models import Match
from auditor.judge.decision import Decision
from auditor.judge.finding import Answer, Confidence
from auditor.knowledge.licences import TermKind, Use
from auditor.policy.effective import Deployer
from tests.facts import samples
from tests.judge.licensed import EU, ID, decided, named, stated, strange, text

YES, NO, TERMS, UNKNOWN = Answer.YES, Answer.NO, Answer.CONDITIONAL, Answer.UNKNOWN
ABROAD = EU.model_copy(update={"country": "US"})


def answers(decision: Decision) -> list[Answer]:
    return [decision.answers[use] for use in (Use.DEPLOY, Use.COMMERCIAL, Use.MODIFY, Use.REDISTRIBUTE)]


def test_permissive_licences_permit_with_notices_for_handing_on() -> None:
    for id in ("mit", "apache-2.0"):
        assert answers(decided(samples.model(), text(id))) == [YES, YES, YES, TERMS]


def test_a_company_of_the_union_gets_no_licence_for_a_multimodal_llama_4() -> None:
    decision = decided(
        named("meta-llama/Llama-4-Scout-17B-16E-Instruct"),
        text("llama-4"),
        text("llama-4-aup", "/models/USE_POLICY.md"),
    )
    assert answers(decision) == [NO] * 4
    step = decision.deciding(Use.DEPLOY)
    assert step is not None
    assert (step.clause, step.file) == ("European Union", "/models/USE_POLICY.md")
    assert step.line > 1
    assert "Acceptable Use Policy" in step.effect
    assert decision.confidence is Confidence.MEASURED


def test_the_same_company_may_run_the_text_model_of_llama_3_3_on_terms() -> None:
    decision = decided(named("meta-llama/Llama-3.3-70B-Instruct"), text("llama-3.3"), text("llama-3.3-aup"))
    assert answers(decision) == [TERMS] * 4
    assert {duty.kind for duty in decision.duties} >= {TermKind.POLICY, TermKind.NAMING, TermKind.NOTICE}


def test_the_exclusion_does_not_reach_companies_elsewhere_nor_end_with_an_unknown_home() -> None:
    scout = named("meta-llama/Llama-4-Scout-17B-16E-Instruct")
    assert decided(scout, text("llama-4"), deployer=ABROAD).answers[Use.DEPLOY] is TERMS
    nowhere = EU.model_copy(update={"country": None})
    assert decided(scout, text("llama-4"), deployer=nowhere).answers[Use.DEPLOY] is UNKNOWN


def test_the_exclusion_is_unknown_while_the_modality_is() -> None:
    assert decided(samples.model(), text("llama-4")).answers[Use.DEPLOY] is UNKNOWN


def test_the_exclusion_holds_though_the_policy_is_not_beside_the_model() -> None:
    decision = decided(named("meta-llama/Llama-4-Maverick-17B-128E-Instruct"), text("llama-4"))
    assert answers(decision) == [NO] * 4
    assert "not beside the model" in str(decision.not_seen[0])


@pytest.mark.parametrize(
    ("id", "users", "answer"),
    [
        ("qwen-2024", 100_000_000, YES),
        ("qwen-2024", 100_000_001, NO),
        ("qwen-2024", None, UNKNOWN),
        ("llama-3.1", 700_000_000, TERMS),
        ("llama-3.1", 700_000_001, NO),
        ("llama-3.1", None, UNKNOWN),
    ],
)
def test_the_number_of_users_decides(id: str, users: int | None, answer: Answer) -> None:
    deployer = EU.model_copy(update={"monthly_active_users": users})
    assert decided(samples.model(), text(id), deployer=deployer).answers[Use.COMMERCIAL] is answer


@pytest.mark.parametrize(("revenue", "answer"), [(20_000_000, YES), (20_000_001, NO), (None, UNKNOWN)])
def test_revenue_decides_over_devstral_2(revenue: int | None, answer: Answer) -> None:
    deployer = EU.model_copy(update={"monthly_revenue_usd": revenue})
    model = named("mistralai/Devstral-2-123B-Instruct-2512", stated=stated("other", "", "modified-mit"))
    decision = decided(model, deployer=deployer)
    assert decision.licences == ("modified-mit-mistral",)
    assert decision.answers[Use.COMMERCIAL] is answer
    assert decision.confidence is Confidence.DECLARED


@pytest.mark.parametrize("id", ["mrl-0.1", "qwen-research-2024-09-19", "cc-by-nc-4.0", "exaone-1.1-nc", "llama-1"])
def test_research_licences_deny_a_commercial_deployer_everything(id: str) -> None:
    assert answers(decided(samples.model(), text(id))) == [NO] * 4


def test_research_licences_let_research_go_on() -> None:
    decision = decided(samples.model(), text("mrl-0.1"), deployer=EU.model_copy(update={"commercial": False}))
    assert answers(decision) == [TERMS, NO, TERMS, TERMS]


def test_training_on_outputs_is_denied_where_a_clause_forbids_it() -> None:
    trains = EU.model_copy(update={"trains_on_outputs": True})
    assert decided(samples.model(), text("llama-3"), deployer=trains).answers[Use.DEPLOY] is NO
    assert decided(samples.model(), text("llama-3.1"), deployer=trains).answers[Use.DEPLOY] is TERMS


def test_a_changed_licence_is_never_decided_as_the_original() -> None:
    decision = decided(samples.model(stated=stated("mit")), text("mit", match=Match.MODIFIED, found="revocable"))
    assert answers(decision) == [UNKNOWN] * 4
    assert decision.undecided
    assert "revocable" in decision.steps[0].effect
    assert decision.steps[0].line == 46


def test_a_cut_licence_is_not_decided_either() -> None:
    assert answers(decided(samples.model(), text("apache-2.0", match=Match.TRUNCATED))) == [UNKNOWN] * 4


def test_a_changed_policy_makes_its_licence_unknown() -> None:
    decision = decided(
        named("meta-llama/Llama-3.3-70B-Instruct"), text("llama-3.3"), text("llama-3.3-aup", match=Match.MODIFIED)
    )
    assert answers(decision) == [UNKNOWN] * 4


def test_an_unknown_text_beside_a_permissive_one_makes_it_unknown() -> None:
    assert answers(decided(samples.model(), text("mit"), strange())) == [UNKNOWN] * 4


def test_a_declared_licence_is_decided_as_declared() -> None:
    decision = decided(samples.model(stated=stated("apache-2.0")))
    assert answers(decision) == [YES, YES, YES, TERMS]
    assert decision.confidence is Confidence.DECLARED
    assert decision.rests_on == ("/facts/models/0/stated/0",)


def test_a_name_that_says_nothing_is_no_statement() -> None:
    decision = decided(samples.model(stated=stated("other", "https://example.org/license", "llama3.1")))
    assert decision.licences == ("llama-3.1",)


def test_a_name_that_nobody_knows_is_unknown() -> None:
    decision = decided(samples.model(stated=stated("acme-license-9")))
    assert answers(decision) == [UNKNOWN] * 4
    assert "acme-license-9" in decision.steps[0].effect


def test_a_name_that_nobody_knows_does_not_outweigh_a_whole_text() -> None:
    decision = decided(samples.model(stated=stated("acme-license-9")), text("mit"))
    assert decision.answers[Use.DEPLOY] is YES
    assert decision.conflict is None


def test_nothing_stated_is_unknown() -> None:
    decision = decided(samples.model())
    assert answers(decision) == [UNKNOWN] * 4
    assert decision.rests_on == ("/facts/models/0",)


def test_where_statements_disagree_the_strictest_wins_and_it_is_said() -> None:
    decision = decided(samples.model(stated=stated("apache-2.0", "mrl")))
    assert answers(decision) == [NO] * 4
    assert decision.conflict is not None
    assert "Apache License 2.0" in str(decision.conflict)
    assert any(step.effect == str(decision.conflict) for step in decision.steps)


def test_a_series_means_the_text_that_is_there() -> None:
    decision = decided(samples.model(stated=stated("gemma")), text("gemma-2025-03-24"))
    assert decision.licences == ("gemma-2025-03-24",)
    assert decision.conflict is None


def test_a_distilled_model_keeps_the_licence_of_its_base() -> None:
    decision = decided(named("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", stated=stated("mit")), text("mit"))
    assert set(decision.licences) == {"mit", "llama-3.3"}
    assert decision.answers[Use.DEPLOY] is TERMS


def test_a_base_that_the_card_names_counts() -> None:
    model = samples.model(stated=stated("apache-2.0"), base=samples.seen(("mistralai/Mistral-Large-Instruct-2407",)))
    assert decided(model).answers[Use.COMMERCIAL] is NO


def test_a_base_that_nobody_knows_makes_the_answer_unknown() -> None:
    model = samples.model(stated=stated("apache-2.0"), base=samples.seen(("someone/zzz-thing",)))
    decision = decided(model, text("apache-2.0"))
    assert answers(decision) == [UNKNOWN] * 4
    assert "someone/zzz-thing" in decision.steps[0].effect


def test_texts_of_other_models_do_not_count() -> None:
    assert decided(samples.model(), text("mit", model="acme/other")).licences == ()


def test_duties_apply_to_what_the_deployer_states() -> None:
    keeps = decided(samples.model(), text("apache-2.0"))
    serves = decided(samples.model(), text("apache-2.0"), deployer=EU.model_copy(update={"redistributes": True}))
    assert [duty.applies for duty in keeps.duties] == [False] * 3
    assert [duty.applies for duty in serves.duties] == [True] * 3
    assert {duty.clause for duty in serves.duties} == {"4.a", "4.b", "4.d"}
    assert all(duty.line > 0 and duty.file.endswith("apache-2.0.txt") for duty in serves.duties)


def test_steps_that_decide_come_first_and_point_into_the_facts() -> None:
    decision = decided(samples.model(), text("qwen-research-2024-09-19"))
    assert [step.answer for step in decision.steps] == sorted(
        (step.answer for step in decision.steps), key=[NO, UNKNOWN, TERMS, YES].index
    )
    assert decision.rests_on == ("/facts/licences/0",)
    assert decision.model == ID


def test_without_facts_of_the_deployer_nothing_is_assumed() -> None:
    decision = decided(named("meta-llama/Llama-3.3-70B-Instruct"), text("llama-3.3"), deployer=Deployer())
    assert answers(decision) == [UNKNOWN] * 4
