"""One licence's terms against one deployer, clause by clause."""

import pytest

from auditor.judge.decision_terms import Answered, Place, decide_terms
from auditor.judge.finding import Answer
from auditor.knowledge.licences import DUTIES, TermKind, Terms, Use
from auditor.policy.effective import Deployer
from tests.facts import samples
from tests.judge.licensed import KNOWN

RICH = Deployer(country="FR", monthly_active_users=10**12, monthly_revenue_usd=10**12, trains_on_outputs=True)
POOR = Deployer(country="US", monthly_active_users=0, monthly_revenue_usd=0, commercial=False)


def decide(terms: Terms, deployer: Deployer, places: dict[str, Place] | None = None) -> list[Answered]:
    return decide_terms(terms, samples.model(), deployer, places or {}, KNOWN.licences)


@pytest.mark.parametrize("terms", KNOWN.licences.values(), ids=lambda terms: terms.id)
@pytest.mark.parametrize("deployer", [RICH, POOR, Deployer()], ids=["rich", "poor", "unknown"])
def test_every_known_licence_speaks_of_every_use(terms: Terms, deployer: Deployer) -> None:
    answered = decide(terms, deployer)
    assert {use for item in answered for use in item.uses} == set(Use)
    assert all(str(item.sentence) for item in answered)


def test_a_use_that_is_not_granted_is_denied() -> None:
    terms = Terms(id="x", title="X", spdx="LicenseRef-X", source="test", grants={Use.DEPLOY: "1"})
    assert {item.uses[0]: item.answer for item in decide(terms, POOR)} == {
        Use.DEPLOY: Answer.YES,
        Use.COMMERCIAL: Answer.NO,
        Use.MODIFY: Answer.NO,
        Use.REDISTRIBUTE: Answer.NO,
    }


def test_a_clause_is_placed_in_the_file_that_holds_it() -> None:
    places = {"qwen-2024": Place("/m/LICENSE", 2, {"4": 29}), "llama-4-aup": Place("/m/USE_POLICY.md", 1, {})}
    users = next(i for i in decide(KNOWN.licences["qwen-2024"], RICH, places) if i.clause == "4")
    assert (users.file, users.line, users.answer) == ("/m/LICENSE", 29, Answer.NO)
    union = next(i for i in decide(KNOWN.licences["llama-4"], RICH, places) if i.clause == "European Union")
    assert (union.file, union.line) == ("/m/USE_POLICY.md", 1), "a clause that was not found: where the text begins"


def test_a_clause_of_a_text_that_is_not_there_has_no_place() -> None:
    assert {(i.file, i.line) for i in decide(KNOWN.licences["qwen-2024"], RICH)} == {("", 0)}


def test_several_states_may_be_one_territory() -> None:
    terms = KNOWN.licences["hunyuan-3d-2.0"]
    for country, answer in (("KR", Answer.NO), ("GB", Answer.NO), ("CZ", Answer.NO), ("CH", Answer.YES)):
        found = decide(terms, POOR.model_copy(update={"country": country}))
        assert next(i for i in found if i.clause == "1.l").answer is answer


def test_what_is_only_told_decides_nothing() -> None:
    told = {TermKind.REMOTE, TermKind.LAW, TermKind.TERMINATION, TermKind.UPDATES, TermKind.GATING}
    gemma = KNOWN.licences["gemma-2025-03-24"]
    clauses = {term.clause for term in gemma.terms if term.kind in DUTIES}
    assert told & {term.kind for term in gemma.terms}
    assert {i.clause for i in decide(gemma, POOR)} == clauses | set(gemma.grants.values())
