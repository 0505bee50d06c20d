"""A collector that could not see something leaves open the models that this concerns, and no other."""

from typing import Any

import pytest

from auditor.facts.audit import Audit, Outcome, Problem
from auditor.facts.fact import Status
from auditor.facts.models import Store
from auditor.facts.records import AnyRecord
from auditor.judge import digests, weights
from auditor.judge.finding import Outcome as Said
from auditor.judge.finding import Verdict
from auditor.policy.arguments import Formats, NoArguments, Standing
from tests.judge.audits import audit_of, context_of, outcomes, problem
from tests.recognise.model_records import header, model, text, weight

A = "a" * 64
ONE, OTHER = "/srv/models/one", "/srv/models/other"
CHECKS = [
    ("weights.match", Standing(standing="self_consistent")),
    ("weights.format", Formats()),
    ("weights.complete", NoArguments()),
    ("weights.no_custom_code", NoArguments()),
]

CHECKED = (digests, weights)
"""Imported so that their checks register."""


def whole(path: str, **more: Any) -> tuple[AnyRecord, ...]:
    """A model with nothing wrong about it."""
    file = weight(path, "w.safetensors", expected=[(A, "blob name")])
    parts = (text(path, "config.json", {}), file, header(path, "w.safetensors", bytes=100))
    return model(*parts, path=path, name=path.rsplit("/", 1)[-1], **more)


def two(*problems: Problem, **ended: Outcome) -> Audit:
    return audit_of([*whole(ONE), *whole(OTHER)], problems=problems, **ended)


def verdicts(audit: Audit, name: str, arguments: Any) -> dict[str, str]:
    return {id_: said.verdict.value for id_, said in outcomes(name, context_of(audit), arguments).items()}


@pytest.mark.parametrize(("name", "arguments"), CHECKS)
def test_what_was_wholly_looked_at_passes(name: str, arguments: Any) -> None:
    assert verdicts(two(), name, arguments) == {"one": "pass", "other": "pass"}


@pytest.mark.parametrize("where", [ONE, f"{ONE}/sub", f"{ONE}/sub/README.md"])
@pytest.mark.parametrize(("name", "arguments"), CHECKS)
def test_a_problem_at_or_under_a_model_leaves_that_model_open(name: str, arguments: Any, where: str) -> None:
    found = verdicts(two(problem(where), models=Outcome.PARTIAL), name, arguments)
    assert found == {"one": "unknown", "other": "pass"}


@pytest.mark.parametrize(("name", "arguments"), CHECKS)
def test_a_problem_above_leaves_everything_below_open_and_more_may_be_there(name: str, arguments: Any) -> None:
    found = verdicts(two(problem("/srv"), models=Outcome.PARTIAL), name, arguments)
    assert found == {"host": "unknown", "one": "unknown", "other": "unknown"}


@pytest.mark.parametrize(("name", "arguments"), CHECKS)
def test_a_problem_beside_them_says_nothing_against_them_but_models_may_be_there(name: str, arguments: Any) -> None:
    found = verdicts(two(problem("/srv/models/third"), models=Outcome.PARTIAL), name, arguments)
    assert found == {"host": "unknown", "one": "pass", "other": "pass"}


def test_a_file_that_was_not_read_concerns_its_own_model_and_there_the_digest_only() -> None:
    file = weight(ONE, "x.safetensors", sha256=None, note="was written to while it was read")
    records = [*whole(ONE), file, header(ONE, "x.safetensors", bytes=100), *whole(OTHER)]
    hit = problem(f"{ONE}/x.safetensors", "weights", Status.ERROR)
    audit = audit_of(records, problems=[hit], weights=Outcome.PARTIAL)
    found = {name: verdicts(audit, name, arguments) for name, arguments in CHECKS}
    assert found["weights.match"] == {"one": "unknown", "other": "pass"}
    for name in ("weights.format", "weights.complete", "weights.no_custom_code"):
        assert found[name] == {"one": "pass", "other": "pass"}


@pytest.mark.parametrize("ended", [Outcome.FAILED, Outcome.NOT_RUN])
@pytest.mark.parametrize("name", ["weights.match", "weights.format", "weights.complete"])
def test_a_collector_that_did_not_work_leaves_everything_open(name: str, ended: Outcome) -> None:
    found = verdicts(two(weights=ended), name, dict(CHECKS)[name])
    assert set(found.values()) == {"unknown"}
    assert set(verdicts(two(weights=ended), "weights.no_custom_code", NoArguments()).values()) == {"pass"}


def test_a_stream_that_broke_off_leaves_everything_open() -> None:
    audit = two(weights=Outcome.PARTIAL)
    broken = [c.model_copy(update={"ended": None}) if c.name == "weights" else c for c in audit.collectors]
    found = outcomes("weights.format", context_of(audit.model_copy(update={"collectors": tuple(broken)})), Formats())
    assert found["one"].verdict is Verdict.UNKNOWN
    assert str(found["one"].not_seen[0]) == "The collector weights ended as broken off."
    assert "others may not have been" in str(found["one"].observed)
    assert str(found["one"].remedy) == "Audit again, and let it complete."


def test_reading_that_was_cancelled_keeps_what_it_had_read() -> None:
    cut = weight(OTHER, "x.safetensors", sha256=None, note="cancelled after 5 of 100 bytes")
    audit = audit_of([*whole(ONE), *whole(OTHER), cut], weights=Outcome.CANCELLED)
    found = verdicts(audit, "weights.match", Standing(standing="self_consistent"))
    assert found == {"one": "pass", "other": "unknown"}


def test_problems_beyond_the_list_may_concern_every_model() -> None:
    beyond = problem("", status=Status.UNSUPPORTED)
    found = verdicts(two(beyond, models=Outcome.PARTIAL), "weights.format", Formats())
    assert set(found.values()) == {"unknown"}


def test_what_a_collector_passed_over_by_rule_takes_nothing_away() -> None:
    passed = problem(f"{ONE}/link", status=Status.UNSUPPORTED)
    assert set(verdicts(two(passed, models=Outcome.PARTIAL), "weights.format", Formats()).values()) == {"pass"}


def said(records: list[AnyRecord], where: str) -> dict[str, Said]:
    audit = audit_of(records, problems=[problem(where)], models=Outcome.PARTIAL)
    return outcomes("weights.match", context_of(audit), Standing(standing="self_consistent"))


def test_lists_of_digests_that_a_cache_keeps_beside_its_snapshots_concern_the_snapshot() -> None:
    store = "/hub/models--o--n"
    records = [*whole(f"{store}/snapshots/c1", store=Store.HUGGINGFACE_CACHE),
               *whole(f"{store}/snapshots/c2", store=Store.HUGGINGFACE_CACHE)]  # fmt: skip
    found = said(records, f"{store}/trees/c1.json")
    assert {id_: one.verdict.value for id_, one in found.items()} == {"c1": "unknown", "c2": "pass"}


def test_a_blob_concerns_the_tags_whose_manifest_names_it() -> None:
    def tag(name: str, digest: str) -> tuple[AnyRecord, ...]:
        path = f"/ollama/manifests/registry/library/m/{name}"
        layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"}
        manifest = text(path, "manifest", {"layers": [layer]})
        blob = weight(path, "x", "gguf", expected=[(A, "blob name")]).model_copy(
            update={"path": "/ollama/blobs/sha256-" + A}
        )
        return model(manifest, *([blob] if digest == A else []), path=path, name=f"m:{name}", store=Store.OLLAMA)

    found = said([*tag("1b", A), *tag("2b", "b" * 64)], "/ollama/blobs/sha256-" + "b" * 64)
    assert found["m:1b"].verdict is Verdict.PASS
    assert any("may not be read" in str(sentence) for sentence in found["m:2b"].not_seen)
    assert "host" not in found


def test_what_was_not_seen_is_named_and_what_is_beyond_is_counted() -> None:
    def not_seen(count: int) -> list[str]:
        problems = [problem(f"{ONE}/d{n}") for n in range(count)]
        found = outcomes("weights.format", context_of(two(*problems, models=Outcome.PARTIAL)), Formats())["one"]
        assert found.remedy is not None
        assert str(found.remedy) == f"Audit again with the right to read all of {ONE}."
        return [str(sentence) for sentence in found.not_seen]

    assert not_seen(1) == [f"{ONE}/d0: may not be read by this user."]
    assert not_seen(6)[-1] == "1 more problem of this model is listed in facts.json."
    assert not_seen(9)[-1] == "4 more problems of this model are listed in facts.json."
