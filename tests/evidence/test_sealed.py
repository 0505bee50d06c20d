"""The chapter of sealed runs."""

import pytest

from auditor.evidence.attachments import attach
from auditor.evidence.chapters.sealed import sealed
from auditor.evidence.edition import BUDGETS, Edition
from auditor.evidence.words import languages, words
from auditor.facts.sealed import Channel, Phase, Place, Planted, SealedRun
from tests.evidence import samples
from tests.facts.sealed_runs import SIGHTING, attempt, sealed_run, trial


def edition(*runs: SealedRun, language: str = "en") -> Edition:
    audit, judgement, policy, knowledge = samples.empty()
    audit = audit.model_copy(update={"facts": audit.facts.model_copy(update={"sealed": runs})})
    cover = samples.cover()
    attached = attach(audit, judgement, policy, knowledge, cover)
    return Edition(audit, judgement, policy, knowledge, cover, attached, words(language), BUDGETS[0], {}, 88)


def test_without_a_run_there_is_no_chapter() -> None:
    assert sealed(edition()) == []


@pytest.mark.parametrize("language", languages())
def test_design_results_control_and_limits_are_told_in_every_language(language: str) -> None:
    missed = Planted(name="rot13", channel=Channel.BODY, found=False)
    leak = attempt(sightings=tuple(SIGHTING.model_copy(update={"place": place}) for place in Place))
    channels = attempt(sightings=tuple(SIGHTING.model_copy(update={"channel": channel}) for channel in Channel))
    run = sealed_run(trial(attempts=(leak, channels)), trial(Phase.SWITCHED_OFF, control=(missed,)),
                     trial(Phase.NO_ROUTE, control=(), observer="no rights"))  # fmt: skip
    made = edition(run, language=language)
    # Besides the headings: three paragraphs of design, and for each phase what it tried and its control.
    assert len(sealed(made)) > len(sealed(edition(sealed_run(), language=language))) - 2
    assert made.words("sealed.title") in [getattr(block, "outline", "") for block in sealed(made)]
