"""Decisions, duties, origins and Annex XII in the chapter on models."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from reportlab.platypus import Flowable

from auditor.evidence.attachments import attach
from auditor.evidence.blocks import Marked, Text
from auditor.evidence.chapters.terms import terms
from auditor.evidence.edition import BUDGETS, Edition
from auditor.evidence.grid import Grid
from auditor.evidence.words import languages, words
from auditor.facts.models import Licence, Model
from auditor.judge.engine import judge
from auditor.policy.effective import Deployer
from tests.evidence.samples import cover
from tests.facts.samples import audit, model, seen, unseen
from tests.judge.contexts import POLICY
from tests.judge.licensed import KNOWN, named, text

GIVES = Deployer(country="DE", monthly_active_users=10, monthly_revenue_usd=10, redistributes=True)


def _texts(block: Flowable) -> Iterator[str]:
    if isinstance(block, Text):
        yield block.getPlainText()
    elif isinstance(block, Marked):
        yield from _texts(block.text)
    elif isinstance(block, Grid):
        for row in block.rows:
            for cell in row.cells:
                for each in cell:
                    yield from _texts(each)


def printed(*models: Model, licences: tuple[Licence, ...] = (), budget: int = 0, language: str = "en") -> str:
    """All words of the sections."""
    seen_, policy = audit(models=models, licences=licences), POLICY.model_copy(update={"deployer": GIVES})
    judgement = judge(seen_, policy, KNOWN, dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    case: Any = (seen_, judgement, policy, KNOWN)
    made = Edition(*case, cover(), attach(*case, cover()), words(language), BUDGETS[budget], {}, 88)
    return "\n".join(text for block in terms(made, models) for text in _texts(block))


def test_each_step_is_told_with_clause_file_and_line() -> None:
    told = printed(model(), licences=(text("apache-2.0"),))
    assert "clause 4.a" in told
    assert "apache-2.0.txt:" in told


def test_a_clause_whose_text_is_not_on_the_host_says_so() -> None:
    assert "text not on this host" in printed(named("Qwen/Qwen3-32B", notices=unseen()))


def test_duties_that_are_not_kept_come_first() -> None:
    told = printed(model(notices=unseen()), licences=(text("llama-3.3"),))
    assert 0 < told.index("not kept") < told.index("\nnot seen") < told.index("\nkept") < told.index("no host shows it")


def test_duties_of_a_licence_that_nobody_knows_are_not_said_to_be_none() -> None:
    told = printed(model())
    assert "its duties are not known either" in told
    assert "No known duty" not in told


def test_the_chain_is_told_with_what_is_not_known_of_it() -> None:
    told = printed(model(base=seen(("nobody/knows-this",), method="card")), licences=(text("mit"),))
    assert "← nobody/knows-this" in told
    assert "model card" in told
    assert "that does not show that there is none" in printed(model())


def test_points_that_nothing_tells_are_gaps() -> None:
    told = printed(model(), licences=(text("mit"),))
    assert "2(c) training data" in told
    assert "1(c): gap" in told
    assert "1(h): MIT License" in told


def test_more_than_the_budget_is_counted() -> None:
    many = tuple(model(f"acme/m{n}") for n in range(BUDGETS[-1].devices + 3))
    assert "3 more in facts.json." in printed(*many, budget=len(BUDGETS) - 1)


def test_it_speaks_every_language() -> None:
    said = {printed(model(notices=unseen()), licences=(text("llama-3.3"),), language=each) for each in languages()}
    assert len(said) == len(languages())
