"""The chapters' own reasoning: what counts as worst, as different, as unseen."""

from dataclasses import replace

from auditor.evidence.attachments import attach
from auditor.evidence.chapters.blind import blind_spots
from auditor.evidence.chapters.front import most_important, ranked, waived_answers
from auditor.evidence.chapters.inventory import agrees, differs, summed
from auditor.evidence.chapters.loading import loading
from auditor.evidence.chapters.markup import cut, digest, fitted, middle, paragraph, prose, section, shortened
from auditor.evidence.chapters.network import destinations
from auditor.evidence.edition import BUDGETS, Edition
from auditor.evidence.styles import BODY
from auditor.evidence.words import words
from auditor.facts.contents import Content, Harm, Hazard
from auditor.facts.fact import Status
from auditor.judge.finding import Verdict
from tests.evidence import samples


def edition(case: samples.Case) -> Edition:
    """An edition of a case in English."""
    cover = samples.cover()
    return Edition(*case, cover, attach(*case, cover), words("en"), BUDGETS[0], {}, 88)


def test_models_come_worst_first() -> None:
    assert [each.model for each in ranked(edition(samples.typical()))][:3] == [
        "Llama-4-Scout",
        "Gemma-3-27B-GGUF",
        "Qwen3-32B-AWQ",
    ]


def test_the_most_important_findings_are_of_different_controls() -> None:
    controls = [finding.control for _, finding in most_important(edition(samples.typical()))]
    assert controls == ["LIC-001", "WGT-001", "TEL-001"]


def test_one_bad_model_does_not_fill_the_list_of_what_matters_most() -> None:
    told = [finding for _, finding in most_important(edition(samples.typical()))]
    assert len({(finding.subject.kind, finding.subject.id) for finding in told}) == len(told)
    assert all(finding.verdict is Verdict.FAIL for finding in told)


def test_a_waived_answer_is_known_by_its_question() -> None:
    assert waived_answers(edition(samples.typical())) == {("Gemma-3-27B-GGUF", "no_phone_home")}


def test_blind_spots_are_gathered_from_everywhere_and_named_once() -> None:
    spots = blind_spots(edition(samples.typical()))
    told = [spot.what for spot in spots]
    assert any("example/Gemma-3-27B-GGUF" in what for what in told), "findings that were not seen"
    assert any("model-00002-of-00163" in what for what in told), "problems"
    assert any("network" in what for what in told), "what the watch cannot see"
    assert len(set(spots)) == len(spots)


def test_an_audit_that_ended_early_says_so_first() -> None:
    spots = blind_spots(edition(samples.empty()))
    assert spots[0].what == "The audit was ended early."
    assert {"GPUs: not completed.", "Weights: not completed.", "The network traffic."} <= {s.what for s in spots}


def test_nothing_unseen_must_be_earned() -> None:
    assert blind_spots(edition(samples.clean())) == ()


def test_open_findings_keep_their_place_in_findings_json() -> None:
    told = edition(samples.typical())
    assert all(told.judgement.findings[index] is finding for index, finding in told.open)
    assert {finding.verdict for finding in told.settled} == {Verdict.PASS, Verdict.NOT_APPLICABLE}


def test_a_weight_differs_agrees_or_is_not_stated() -> None:
    path = "/srv/models/m/model-00001-of-00001.safetensors"
    same, other = samples.weight("m", stated=samples.sha(path)), samples.weight("m", stated=samples.sha("x"))
    unnamed, unread = samples.weight("m"), samples.weight("m", stated=samples.sha("x"), read=False)
    assert (agrees(same), differs(same)) == (True, False)
    assert (agrees(other), differs(other)) == (False, True)
    assert (agrees(unread), differs(unread)) == (False, False)
    counted = summed([same, other, unnamed, unread])
    assert (counted.files, counted.read) == (4, 3)
    assert (counted.agreeing, counted.differing, counted.unnamed) == (1, 1, 1)


def test_destinations_are_summed_by_socket_and_process() -> None:
    first, second = destinations(samples.traffic().flows)
    assert (first.address, first.connections, first.attempts) == ("203.0.113.77", 4, 2)
    assert (second.process, second.connections) == ("", 1)


def test_incoming_connections_are_no_destinations() -> None:
    flows = [flow.model_copy(update={"direction": "in"}) for flow in samples.traffic().flows]
    assert destinations(flows) == []


def test_texts_are_shortened_where_they_say_least() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert middle("/srv/models/very/long/file.bin", 15) == "/srv…g/file.bin"
    assert len(middle("x" * 100, 15)) == 15
    assert shortened("it is " + "a" * 64 + ".") == "it is aaaaaaaa…."


def test_a_line_is_never_wider_than_its_room() -> None:
    assert fitted("short", 200, BODY) == "short"
    assert fitted("w" * 500, 60, BODY).endswith("…")


def test_digests_stand_in_groups_of_eight() -> None:
    assert "aaaaaaaa aaaaaaaa" in digest("a" * 64)
    assert "aaaaaaaa aaaaaaaa" in prose("It is " + "a" * 64 + ".")


def test_markup_of_others_is_text() -> None:
    assert prose("<b>&") == "&lt;b&gt;&amp;"


def test_what_loading_would_do_is_told_worst_first_with_what_was_not_seen() -> None:
    case = samples.typical()
    model, fact = edition(case).audit.facts.models[0].id, edition(case).audit.facts.host.kernel
    hazard = Hazard(kind="import", harm=Harm.HIGH, detail="imports os.system", name="os.system", where="data.pkl")

    def content(path: str, hazards: tuple[Hazard, ...] | None, note: str = "") -> Content:
        status = Status.ERROR if hazards is None else Status.OBSERVED
        told = fact.model_copy(update={"value": hazards, "status": status, "note": note})
        return Content(path=path, model=model, kind="pickle", hazards=told)

    contents = (content("/m/a.pkl", None, "ends early"), content("/m/b.pkl", ()), content("/m/c.pkl", (hazard,)))
    facts = edition(case).audit.facts.model_copy(update={"contents": contents})
    told = replace(edition(case), audit=edition(case).audit.model_copy(update={"facts": facts}))
    assert not loading(edition(case))
    # A heading and the counts, then a list and a space for each of the two files that have something to tell.
    assert len(loading(told)) - len(section("x") + paragraph("x")) == 4
