"""From a model to its bases."""

import datetime as dt

from auditor.facts.fact import Fact, Status
from auditor.facts.models import Licence, Model
from auditor.judge.chain import Link, Origin, chain_of
from auditor.judge.context import Context
from auditor.judge.decision_sources import LONGEST_CHAIN
from auditor.judge.finding import Confidence
from tests.facts import samples
from tests.judge.contexts import POLICY
from tests.judge.licensed import KNOWN, named, stated, text


def chain(*models: Model, licences: tuple[Licence, ...] = ()) -> tuple[Link, ...]:
    audit = samples.audit(models=models, licences=licences)
    return chain_of(Context(audit, POLICY, KNOWN, dt.datetime(2026, 11, 2, tzinfo=dt.UTC)), models[0])


def base(*names: str, method: str = "card", note: str = "") -> Fact[tuple[str, ...]]:
    return samples.seen(names, method=method, status=Status.DECLARED).model_copy(update={"note": note})


def test_a_model_without_origin_is_its_own_chain() -> None:
    (link,) = chain(samples.model(), licences=(text("mit"),))
    assert (link.model, link.of, link.origin) == ("acme/small", "", Origin.HOST)
    assert (link.licences, link.confidence) == (("MIT License",), Confidence.MEASURED)


def test_each_link_says_how_it_is_known_and_under_which_licence() -> None:
    tuned = named("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", stated=stated("mit"))
    own, *bases = chain(tuned)
    assert (own.licences, own.confidence) == (("MIT License",), Confidence.DECLARED)
    assert (bases[0].of, bases[0].origin) == (own.model, Origin.KNOWLEDGE)
    assert "Llama 3" in bases[0].licences[0]
    assert bases[0].confidence is Confidence.INFERRED


def test_card_header_and_configuration_are_told_apart() -> None:
    for method, origin in (("card", Origin.CARD), ("header", Origin.HEADER), ("config", Origin.CONFIGURATION)):
        assert chain(samples.model(base=base("acme/large", method=method)))[1].origin is origin


def test_what_the_files_do_not_state_themselves_is_knowledge() -> None:
    note = "not stated by the publisher of these files: Qwen/Qwen3-32B; acme/b stands in config.json"
    links = chain(samples.model(base=base("acme/a", "acme/b", "Qwen/Qwen3-32B", note=note)))
    assert [link.origin for link in links[1:4]] == [Origin.CARD, Origin.CONFIGURATION, Origin.KNOWLEDGE]


def test_an_unknown_link_is_said() -> None:
    link = chain(samples.model(base=base("nobody/knows-this")))[1]
    assert (link.known, link.licences, link.confidence) == (False, (), None)


def test_a_base_on_the_same_host_stands_under_what_lies_beside_it() -> None:
    tuned = samples.model("acme/tuned", base=base("acme/small"))
    own, link = chain(tuned, samples.model(), licences=(text("apache-2.0"),))
    assert own.licences == ()
    assert (link.model, link.licences, link.confidence) == (
        "acme/small",
        ("Apache License 2.0",),
        Confidence.MEASURED,
    )


def test_the_chain_goes_on_through_bases_of_bases() -> None:
    links = chain(samples.model(base=base("deepseek-ai/DeepSeek-R1-Distill-Llama-70B")))
    assert [link.depth for link in links] == sorted(link.depth for link in links)
    assert links[-1].depth == 2
    assert links[-1].of == "deepseek-ai/DeepSeek-R1-Distill-Llama-70B"


def test_circles_and_floods_end() -> None:
    one = samples.model("acme/one", base=base("acme/two"))
    two = samples.model("acme/two", base=base("acme/one"))
    assert len(chain(one, two)) == 2
    many = base(*(f"acme/m{n}" for n in range(500)))
    assert len(chain(samples.model(base=many))) == LONGEST_CHAIN
