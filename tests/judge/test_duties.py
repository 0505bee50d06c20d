"""Duties of licences: kept, not kept, not to be seen."""

import datetime as dt
from typing import Any

import pytest

from auditor.facts.audit import Audit, Outcome, Problem
from auditor.facts.fact import Fact, Status
from auditor.facts.models import Licence, Match, Model
from auditor.facts.serving import Served
from auditor.judge.context import CHECKS, Context
from auditor.judge.duties import Kept, duty_states
from auditor.judge.finding import Outcome as Said
from auditor.knowledge.licences import TermKind
from auditor.policy.arguments import NoArguments
from auditor.policy.effective import Deployer
from tests.facts import samples
from tests.judge.contexts import POLICY, texts, verdicts
from tests.judge.licensed import EU, ID, KNOWN, audit_with, named, stated, strange, text

GIVES = EU.model_copy(update={"redistributes": True})
SERVES = EU.model_copy(update={"serves_third_parties": True})
LLAMA = "meta-llama/Llama-3.3-70B-Instruct"


def context(audit: Audit, deployer: Deployer = GIVES) -> Context:
    policy = POLICY.model_copy(update={"deployer": deployer})
    return Context(audit, policy, KNOWN, dt.datetime(2026, 11, 2, tzinfo=dt.UTC))


def said(audit: Audit, deployer: Deployer = GIVES) -> list[Said]:
    return list(CHECKS["licence.duties"](context(audit, deployer), NoArguments()))


def states(model: Model, *licences: Licence, deployer: Deployer = GIVES, **facts: Any) -> dict[TermKind, Kept]:
    audit = audit_with(model, *licences, **facts)
    return {state.duty.kind: state.kept for state in duty_states(context(audit, deployer), audit.facts.models[0])}


def listed(*names: str) -> Fact[tuple[str, ...]]:
    return samples.seen(names) if names else samples.unseen()


def model(*notices: str, **changes: Any) -> Model:
    """A model whose folder was listed whole."""
    return samples.model(**({"notices": listed(*notices)} | changes))


def test_a_text_beside_the_model_keeps_the_duty_to_hand_it_on() -> None:
    found = said(audit_with(model(), text("apache-2.0")))
    assert verdicts(found) == ["pass"]
    assert "/facts/licences/0" in found[0].rests_on
    assert "changed" in texts(found), "conduct is told beside the answer"


def test_no_text_beside_a_model_that_is_passed_on_is_a_contradiction() -> None:
    found = said(audit_with(named("Qwen/Qwen3-32B", notices=listed())))
    assert verdicts(found) == ["fail"]
    assert "4.a" in texts(found)
    assert found[0].remedy is not None


def test_duties_of_handing_on_do_not_apply_to_who_keeps_the_model() -> None:
    assert verdicts(said(audit_with(model(), text("mit")), EU)) == ["not_applicable"]


def test_serving_others_leaves_open_what_a_licence_calls_handing_on() -> None:
    found = said(audit_with(named("Qwen/Qwen3-32B", notices=listed())), SERVES)
    assert verdicts(found) == ["unknown"]
    assert "serving others" in texts(found)


class TestTexts:
    """Licence and use policies beside a model."""

    def test_a_changed_copy_is_none(self) -> None:
        declared = named(LLAMA, notices=listed("Notice"), stated=stated("llama3.3"))
        assert states(declared, text("llama-3.3", match=Match.MODIFIED))[TermKind.COPY] is Kept.NOT_KEPT

    def test_a_text_that_nobody_knows_may_be_it(self) -> None:
        given = states(named("Qwen/Qwen3-32B", notices=listed()), strange())
        assert given[TermKind.COPY] is Kept.NOT_SEEN

    def test_forbidden_uses_are_passed_on_by_the_policy_that_holds_them(self) -> None:
        gemma, policy = text("gemma-2025-03-24"), text("gemma-pup")
        assert states(model(), gemma)[TermKind.PASS_ON] is Kept.NOT_KEPT
        assert states(model(), gemma, policy)[TermKind.PASS_ON] is Kept.KEPT

    def test_forbidden_uses_within_the_licence_go_along_with_it(self) -> None:
        assert states(model(), text("deepseek-1.0"))[TermKind.PASS_ON] is Kept.KEPT

    @pytest.mark.parametrize("notices", [None, samples.unseen(Status.UNSUPPORTED)], ids=["old facts", "one file"])
    def test_no_text_can_be_told_to_be_absent_of_what_was_not_listed(self, notices: Fact[tuple[str, ...]]) -> None:
        assert states(named("Qwen/Qwen3-32B", notices=notices))[TermKind.COPY] is Kept.NOT_SEEN

    def test_a_licence_whose_text_was_never_read_cannot_be_told_to_be_absent(self) -> None:
        given = states(named("tiiuae/Falcon3-7B-Instruct", notices=listed()))
        assert given[TermKind.PASS_ON] is Kept.NOT_SEEN


class TestNotices:
    """Files called Notice."""

    def test_a_file_of_the_name_keeps_the_duty(self) -> None:
        assert states(model("Notice.txt"), text("llama-3.3"))[TermKind.NOTICE] is Kept.KEPT

    def test_none_in_a_whole_list_is_not_kept(self) -> None:
        assert states(model(), text("llama-3.3"))[TermKind.NOTICE] is Kept.NOT_KEPT

    @pytest.mark.parametrize("status", [Status.DENIED, Status.ERROR, Status.UNSUPPORTED])
    def test_a_list_that_is_not_whole_shows_nothing(self, status: Status) -> None:
        given = states(samples.model(notices=samples.unseen(status)), text("llama-3.3"))
        assert given[TermKind.NOTICE] is Kept.NOT_SEEN

    def test_facts_from_before_notices_were_listed_show_nothing(self) -> None:
        assert states(samples.model(), text("llama-3.3"))[TermKind.NOTICE] is Kept.NOT_SEEN

    def test_a_notice_that_the_release_does_not_have_is_not_missed(self) -> None:
        assert states(model(), text("apache-2.0"))[TermKind.NOTICE] is Kept.KEPT

    def test_the_permission_of_mit_is_its_own_notice(self) -> None:
        assert states(model(), text("mit"))[TermKind.NOTICE] is Kept.KEPT

    def test_credit_that_no_file_shows_is_not_seen(self) -> None:
        assert verdicts(said(audit_with(model(), text("cc-by-4.0")))) == ["unknown"]


class TestNames:
    """Names of derived models, and phrases to be displayed."""

    def test_what_people_are_shown_cannot_be_seen_on_a_host(self) -> None:
        found = said(audit_with(named(LLAMA, notices=listed("Notice")), text("llama-3.3")))
        assert verdicts(found) == ["unknown"]
        assert "Built with Llama" in texts(found)

    def test_a_derived_model_has_to_begin_with_the_name(self) -> None:
        good, bad = named("acme/Llama-3.3-70B-Legal"), named("acme/Legal-Llama-3.3-70B")
        assert states(good, text("llama-3.3"))[TermKind.NAMING] is Kept.NOT_SEEN, "the phrase is still to be shown"
        assert states(bad, text("llama-3.3"))[TermKind.NAMING] is Kept.NOT_KEPT

    def test_the_publishers_own_release_may_be_called_as_it_is(self) -> None:
        own = named("meta-llama/Meta-Llama-3.1-8B-Instruct")
        assert states(own, text("llama-3.1"))[TermKind.NAMING] is Kept.NOT_SEEN

    def test_the_name_under_which_it_is_served_counts_too(self) -> None:
        unseen, path = samples.unseen(), f"/models/{ID}"
        served = Served(
            pid=1, stack=unseen, version=unseen, exe=unseen, command=unseen, environment=unseen, started=unseen,
            container=unseen, models=samples.seen((path, "our-assistant")),
        )  # fmt: skip
        given = states(named("acme/Llama-3.3-70B-Legal"), text("llama-3.3"), serving=(served,))
        assert given[TermKind.NAMING] is Kept.NOT_KEPT

    def test_a_number_that_the_deployer_does_not_reach_lifts_the_duty(self) -> None:
        big = EU.model_copy(update={"monthly_active_users": 200_000_000})
        kimi = text("modified-mit-moonshot")
        assert states(model(), kimi, deployer=EU)[TermKind.NAMING] is Kept.NOT_DUE
        assert states(model(), kimi, deployer=big)[TermKind.NAMING] is Kept.NOT_SEEN
        assert states(model(), kimi, deployer=Deployer())[TermKind.NAMING] is Kept.NOT_SEEN


class TestUnseen:
    """What was not seen is never kept."""

    def test_a_changed_licence_has_no_known_duties(self) -> None:
        assert verdicts(said(audit_with(model(), text("mit", match=Match.MODIFIED)))) == ["unknown"]

    def test_no_licence_is_unknown(self) -> None:
        assert verdicts(said(audit_with(model()))) == ["unknown"]

    @pytest.mark.parametrize("deployer", [GIVES, EU], ids=["gives", "keeps"])
    def test_a_folder_that_was_not_read_whole_is_unknown(self, deployer: Deployer) -> None:
        audit = audit_with(model(), text("apache-2.0"))
        problem = Problem(collector="models", where=f"/models/{ID}/NOTICE", what="no right", status=Status.DENIED)
        partial = samples.audit(collectors={"models": Outcome.PARTIAL}).collectors
        ended = tuple(c.model_copy(update={"ended": samples.TIME}) for c in partial)
        audit = audit.model_copy(update={"problems": (problem,), "collectors": ended})
        assert verdicts(said(audit, deployer)) == ["unknown"]

    @pytest.mark.parametrize("ended", [o for o in Outcome if o is not Outcome.COMPLETE])
    def test_a_search_that_did_not_complete_never_passes(self, ended: Outcome) -> None:
        audit = audit_with(model(), text("apache-2.0"))
        audit = audit.model_copy(update={"collectors": samples.audit(collectors={"models": ended}).collectors})
        assert "pass" not in verdicts(said(audit))
        assert "unknown" in verdicts(said(audit))

    def test_no_model_is_not_applicable(self) -> None:
        assert verdicts(said(samples.audit())) == ["not_applicable"]


def test_signs_stand_only_at_duties() -> None:
    for terms in KNOWN.licences.values():
        for term in terms.terms:
            marked = term.shown_by or term.begins or term.display or term.users or term.revenue
            assert not marked or term.kind in (TermKind.COPY, TermKind.PASS_ON, TermKind.NOTICE, TermKind.NAMING), term
