"""The checks of licences."""

import datetime as dt

import pytest

from auditor.facts.audit import Audit, Outcome, Problem
from auditor.facts.fact import Status
from auditor.facts.models import Match
from auditor.judge import licences as _registered
from auditor.judge.context import CHECKS, Context
from auditor.judge.finding import Outcome as Said
from auditor.judge.finding import SubjectKind, Verdict
from auditor.policy.checks import SPECS
from auditor.policy.effective import Deployer
from tests.facts import samples
from tests.judge.contexts import POLICY, ask, texts, verdicts
from tests.judge.licensed import EU, KNOWN, audit_with, named, stated, strange, text

assert _registered

CHECKED = ("licence.identified", "licence.consistent", "licence.no_remote_restriction")


def permits(audit: Audit, deployer: Deployer = EU, **arguments: object) -> list[Said]:
    policy = POLICY.model_copy(update={"deployer": deployer})
    context = Context(audit, policy, KNOWN, dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
    return list(CHECKS["licence.permits"](context, SPECS["licence.permits"].arguments.model_validate(arguments)))


class TestIdentified:
    """``licence.identified``."""

    def test_a_whole_text_passes(self) -> None:
        said = ask("licence.identified", audit_with(samples.model(), text("mit")))
        assert verdicts(said) == ["pass"]
        assert said[0].rests_on == ("/facts/licences/0",)

    @pytest.mark.parametrize("match", [Match.MODIFIED, Match.TRUNCATED])
    def test_a_changed_or_cut_text_fails_with_its_words(self, match: Match) -> None:
        said = ask("licence.identified", audit_with(samples.model(), text("mit"), text("llama-4", match=match)))
        assert verdicts(said) == ["fail"]
        assert "700" in texts(said)

    def test_a_strange_text_is_unknown_even_beside_a_whole_one(self) -> None:
        assert verdicts(ask("licence.identified", audit_with(samples.model(), text("mit"), strange()))) == ["unknown"]

    def test_no_text_is_unknown(self) -> None:
        said = ask("licence.identified", audit_with(samples.model()))
        assert verdicts(said) == ["unknown"]
        assert said[0].not_seen

    def test_a_policy_alone_is_no_licence(self) -> None:
        said = ask("licence.identified", audit_with(samples.model(), text("llama-4-aup")))
        assert verdicts(said) == ["unknown"]


class TestPermits:
    """``licence.permits``."""

    def test_conditions_pass_unless_the_policy_refuses_them(self) -> None:
        audit = audit_with(named("meta-llama/Llama-3.3-70B-Instruct"), text("llama-3.3"), text("llama-3.3-aup"))
        assert verdicts(permits(audit, use="deploy")) == ["pass"]
        assert verdicts(permits(audit, use="deploy", accept_conditions=False)) == ["fail"]

    def test_a_clause_that_denies_fails_and_is_named(self) -> None:
        audit = audit_with(named("meta-llama/Llama-4-Scout-17B-16E-Instruct"), text("llama-4"), text("llama-4-aup"))
        said = permits(audit, use="commercial")
        assert verdicts(said) == ["fail"]
        assert "European Union" in texts(said)

    def test_a_fact_that_is_not_stated_is_unknown(self) -> None:
        audit = audit_with(samples.model(), text("qwen-2024"))
        said = permits(audit, Deployer(), use="commercial")
        assert verdicts(said) == ["unknown"]
        assert "deployer" in str(said[0].remedy)

    def test_only_accepted_licences_pass(self) -> None:
        audit = audit_with(samples.model(), text("mit"))
        assert verdicts(permits(audit, use="deploy", accepted=["Apache-*", "MIT"])) == ["pass"]
        said = permits(audit, use="deploy", accepted=["Apache-*"])
        assert verdicts(said) == ["fail"]
        assert "Apache-*" in texts(said)

    def test_an_unknown_licence_is_not_an_accepted_one(self) -> None:
        assert verdicts(permits(audit_with(samples.model()), use="deploy", accepted=["MIT"])) == ["unknown"]

    def test_a_changed_licence_never_passes(self) -> None:
        audit = audit_with(samples.model(stated=stated("mit")), text("mit", match=Match.MODIFIED))
        for use in ("deploy", "commercial", "modify", "redistribute"):
            assert verdicts(permits(audit, use=use)) == ["unknown"]

    def test_a_policy_that_is_not_there_is_told(self) -> None:
        said = permits(audit_with(named("meta-llama/Llama-3.3-70B-Instruct"), text("llama-3.3")), use="deploy")
        assert verdicts(said) == ["pass"]
        assert "Acceptable Use Policy" in " ".join(map(str, said[0].not_seen))


class TestConsistent:
    """``licence.consistent``."""

    def test_places_that_agree_pass(self) -> None:
        audit = audit_with(samples.model(stated=stated("apache-2.0", "Apache License 2.0")), text("apache-2.0"))
        said = ask("licence.consistent", audit)
        assert verdicts(said) == ["pass"]
        assert "state a licence: 3" in texts(said)

    def test_places_that_disagree_fail_with_both_names(self) -> None:
        said = ask("licence.consistent", audit_with(samples.model(stated=stated("mit")), text("llama-3.1")))
        assert verdicts(said) == ["fail"]
        assert "MIT License" in texts(said)
        assert "Llama 3.1" in texts(said)

    def test_a_distilled_model_sold_as_mit_fails(self) -> None:
        model = named("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", stated=stated("mit"))
        said = ask("licence.consistent", audit_with(model, text("mit")))
        assert verdicts(said) == ["fail"]
        assert "Llama 3.3" in texts(said)

    def test_no_statement_is_unknown(self) -> None:
        assert verdicts(ask("licence.consistent", audit_with(samples.model()))) == ["unknown"]

    def test_what_is_only_inferred_is_no_statement(self) -> None:
        model = named("meta-llama/Llama-3.1-8B-Instruct")
        assert verdicts(ask("licence.consistent", audit_with(model))) == ["unknown"]


class TestNoRemoteRestriction:
    """``licence.no_remote_restriction``."""

    @pytest.mark.parametrize("id", ["gemma-2025-03-24", "deepseek-1.0", "bigscience-openrail-m", "bigcode-openrail-m"])
    def test_a_right_to_restrict_from_afar_fails(self, id: str) -> None:
        said = ask("licence.no_remote_restriction", audit_with(samples.model(), text(id)))
        assert verdicts(said) == ["fail"]
        assert "remotely" in texts(said)

    @pytest.mark.parametrize("id", ["mit", "apache-2.0", "llama-3.3", "qwen-2024"])
    def test_licences_without_it_pass(self, id: str) -> None:
        assert verdicts(ask("licence.no_remote_restriction", audit_with(samples.model(), text(id)))) == ["pass"]

    def test_a_changed_text_is_unknown(self) -> None:
        audit = audit_with(samples.model(), text("mit", match=Match.MODIFIED))
        assert verdicts(ask("licence.no_remote_restriction", audit)) == ["unknown"]


def _partial(where: str) -> Audit:
    """One model under MIT, and something of the search that could not be read."""
    audit = samples.audit(
        collectors={"models": Outcome.PARTIAL},
        models=(samples.model(stated=stated("mit")),),
        licences=(text("mit"),),
    )
    problem = Problem(collector="models", where=where, what="not read", status=Status.DENIED)
    return audit.model_copy(update={"problems": (problem,)})


@pytest.mark.parametrize("check", CHECKED)
@pytest.mark.parametrize("where", ["/models/acme/small/NOTICE", "/models/acme", "/models"])
def test_nothing_passes_of_a_model_that_the_search_did_not_wholly_reach(check: str, where: str) -> None:
    said = ask(check, _partial(where))
    assert {one.verdict for one in said if one.subject.kind is SubjectKind.MODEL} == {Verdict.UNKNOWN}
    assert f"{where}: not read" in texts(said)


@pytest.mark.parametrize("check", CHECKED)
def test_what_was_not_reached_elsewhere_is_said_of_the_host_and_not_of_the_model(check: str) -> None:
    said = ask(check, _partial("/srv"))
    assert {one.verdict for one in said if one.subject.kind is SubjectKind.HOST} == {Verdict.UNKNOWN}
    assert {one.verdict for one in said if one.subject.kind is SubjectKind.MODEL} == {Verdict.PASS}


@pytest.mark.parametrize("check", CHECKED)
def test_a_host_without_models_is_told_so(check: str) -> None:
    (said,) = ask(check, samples.audit())
    assert said.verdict is Verdict.NOT_APPLICABLE
