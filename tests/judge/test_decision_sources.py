"""Every place that puts a model under a licence."""

from auditor.facts.fact import Status
from auditor.judge.decision_sources import conflict_of, is_intact, sources_of
from auditor.judge.finding import Confidence
from tests.facts import samples
from tests.judge.licensed import KNOWN, named, stated, strange, text


def test_texts_come_before_statements_and_inferences() -> None:
    model = named("meta-llama/Llama-3.1-8B-Instruct", stated=stated("llama3.1"))
    sources = sources_of(model, 0, [(4, text("llama-3.1"))], KNOWN)
    assert [(s.ids, s.how) for s in sources] == [
        (("llama-3.1",), Confidence.MEASURED),
        (("llama-3.1",), Confidence.DECLARED),
    ]
    assert [s.pointer for s in sources] == ["/facts/licences/4", "/facts/models/0/stated/0"]


def test_a_policy_is_no_licence() -> None:
    assert sources_of(samples.model(), 0, [(0, text("llama-4-aup"))], KNOWN) == ()


def test_the_publisher_s_licence_counts_where_nothing_is_stated() -> None:
    (source,) = sources_of(named("meta-llama/Llama-3.1-8B-Instruct"), 0, [], KNOWN)
    assert (source.ids, source.how) == (("llama-3.1",), Confidence.INFERRED)


def test_a_statement_without_a_value_is_passed_over() -> None:
    model = samples.model(stated=(samples.unseen(Status.DENIED),))
    assert sources_of(model, 0, [], KNOWN) == ()


def test_a_chain_of_bases_is_followed_once() -> None:
    model = samples.model(base=samples.seen(("meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B")))
    assert [s.base for s in sources_of(model, 0, [], KNOWN)] == ["meta-llama/Llama-3.1-8B"]


def test_two_texts_are_no_contradiction_but_two_statements_are() -> None:
    both = sources_of(samples.model(), 0, [(0, text("mit")), (1, text("deepseek-1.0"))], KNOWN)
    assert conflict_of(both, KNOWN) is None
    other = sources_of(samples.model(stated=stated("mit")), 0, [(0, text("deepseek-1.0"))], KNOWN)
    assert "DeepSeek" in str(conflict_of(other, KNOWN))


def test_a_model_sold_under_another_licence_than_its_publisher_s_is_a_contradiction() -> None:
    sold = named("mistralai/Mistral-Large-Instruct-2411", stated=stated("apache-2.0"))
    assert "Mistral AI Research License" in str(conflict_of(sources_of(sold, 0, [], KNOWN), KNOWN))
    honest = named("mistralai/Mistral-Large-Instruct-2411", stated=stated("mrl"))
    assert conflict_of(sources_of(honest, 0, [], KNOWN), KNOWN) is None


def test_terms_of_a_base_that_cannot_be_shed_are_a_contradiction() -> None:
    llama = named("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", stated=stated("mit"))
    assert "go along" in str(conflict_of(sources_of(llama, 0, [], KNOWN), KNOWN))
    qwen = named("deepseek-ai/DeepSeek-R1-Distill-Qwen-14B", stated=stated("mit"))
    assert conflict_of(sources_of(qwen, 0, [], KNOWN), KNOWN) is None


def test_only_a_whole_text_is_intact() -> None:
    whole, odd = sources_of(samples.model(), 0, [(0, text("mit")), (1, strange())], KNOWN)
    assert is_intact(whole)
    assert not is_intact(odd)
