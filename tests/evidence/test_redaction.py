"""Redacted copies: nothing hidden leaks, everything shown is proved, every change is found."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import UserError
from auditor.evidence.cades import sign_detached
from auditor.evidence.compose import compose
from auditor.evidence.copies import Made, check_copy, make_copy
from auditor.evidence.keys import Key
from auditor.evidence.merkle import leaves, root_of
from auditor.evidence.redaction import CATEGORIES, Hidden, Original, Redacted, Shown, redact, root_of_copy
from auditor.evidence.seal import seal
from auditor.facts.canonical import canonical, parse
from tests.evidence import samples

SEED = bytes.fromhex(samples.sha("seed"))
SECRETS = {
    "hosts": ("gpu-rack-03", samples.sha("machine")),
    "addresses": ("203.0.113.77", "10.1.2.3"),
    "serials": ("GPU-5feceb66-1c2d-4e5f-8a9b",),
    "paths": ("/srv/models", "/opt/vllm", "/home/alice"),
    "processes": ("vllm-qwen", "VLLM_NO_USAGE_STATS=false"),
    "people": ("Nováková",),
}


def documents() -> dict[str, Any]:
    audit, judgement, _, _ = samples.typical()
    return {"facts.json": parse(canonical(audit)), "findings.json": parse(canonical(judgement))}


def copy(*categories: str) -> Redacted:
    original = Original(root=root_of(documents(), SEED), sha256=samples.sha("file"), fingerprint=samples.sha("signer"))
    return redact(documents(), SEED, original, categories or CATEGORIES)


def shown(made: Redacted) -> dict[str, Any]:
    return {each.place: each.value for each in made.leaves if isinstance(each, Shown)}


@pytest.fixture(scope="module")
def dossier(key: Key) -> bytes:
    cover = samples.cover(signer=key.name, fingerprint=key.fingerprint)
    return seal(compose(*samples.typical(), cover), key, when=samples.WHEN)


@pytest.fixture(scope="module")
def made(dossier: bytes, key: Key) -> Made:
    return make_copy(dossier, "dossier.pdf", CATEGORIES, key, samples.WHEN)


@pytest.mark.parametrize("category", CATEGORIES)
def test_what_is_to_be_hidden_stands_nowhere_in_the_copy(category: str) -> None:
    whole = json.dumps(documents(), ensure_ascii=False)
    told = json.dumps([each.model_dump() for each in copy(category).leaves], ensure_ascii=False)
    for secret in SECRETS[category]:
        assert secret in whole
        assert secret not in told


def test_with_all_hidden_the_verdicts_still_stand_there() -> None:
    told = shown(copy())
    judgement = samples.typical()[1]
    assert told["findings.json#/verdict"] == judgement.verdict.value
    for number, finding in enumerate(judgement.findings):
        assert told[f"findings.json#/findings/{number}/verdict"] == finding.verdict.value
        assert told[f"findings.json#/findings/{number}/title"] == finding.title
    # Models, licences and digests of published weights are what the copy is for.
    assert told["facts.json#/facts/models/0/name/value"].endswith("Qwen3-32B-AWQ")
    assert len(told["facts.json#/facts/weights/0/sha256/value"]) == 64
    assert told["facts.json#/facts/gpus/0/name/value"] == "NVIDIA H100 80GB HBM3"


def test_no_unsalted_digest_of_the_hidden_is_told() -> None:
    audit, judgement, _, _ = samples.typical()
    told = json.dumps([each.model_dump() for each in copy("serials").leaves])
    assert audit.digest not in told
    assert judgement.audit.id not in told


@given(st.sets(st.sampled_from(CATEGORIES), min_size=1))
@settings(max_examples=20, deadline=None)
def test_whatever_is_hidden_the_root_is_the_originals(categories: set[str]) -> None:
    assert root_of_copy(copy(*categories)) == root_of(documents(), SEED)


def test_a_hidden_value_has_no_place_and_no_salt() -> None:
    dumped = [each for each in json.loads(canonical(copy()))["leaves"] if "hash" in each]
    assert dumped
    assert all(set(each) == {"hash"} for each in dumped)


def test_a_copy_is_proved_by_its_signature_the_root_and_the_original(dossier: bytes, made: Made, key: Key) -> None:
    by_signature = check_copy(made.copy, made.signature)
    assert by_signature.ok, by_signature.problems
    assert by_signature.issuer is not None
    assert by_signature.issuer.fingerprint == key.fingerprint
    by_root = check_copy(made.copy, b"", root=made.root)
    assert (by_root.ok, by_root.compared) == (True, "root")
    by_original = check_copy(made.copy, made.signature, original=dossier, trust=[key.certificate])
    assert (by_original.ok, by_original.compared) == (True, "original"), by_original.problems
    assert by_original.issuer is not None
    assert by_original.issuer.trusted
    assert by_original.verdict == "does_not_conform"
    assert by_original.shown_values + by_original.hidden_values == len(list(leaves(documents())))


def test_without_signature_and_root_nobody_vouches(made: Made) -> None:
    found = check_copy(made.copy, b"")
    assert not found.ok
    assert "Nobody vouches" in found.problems[0]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_change_of_a_leaf_is_found(made: Made, data: st.DataObject) -> None:
    document = json.loads(made.copy)
    entries = document["leaves"]
    place = data.draw(st.integers(0, len(entries) - 1))
    entry = entries[place]
    match data.draw(st.sampled_from(["change", "drop", "twice", "swap", "hide"])):
        case "change" if "hash" in entry:
            entry["hash"] = samples.sha(entry["hash"])
        case "change":
            entry["value"] = f"{entry['value']}!"
        case "drop":
            del entries[place]
        case "twice":
            entries.insert(place, entry)
        case "swap":
            other = (place + 1) % len(entries)
            entries[place], entries[other] = entries[other], entries[place]
        case "hide":
            entries[place] = {"hash": samples.sha("other")}
    changed = canonical(document)
    assert not check_copy(changed, b"", root=made.root).ok
    assert not check_copy(changed, made.signature).ok


def test_another_root_needs_another_signature(made: Made, key: Key, dpo: Key) -> None:
    document = json.loads(made.copy)
    document["leaves"] = document["leaves"][1:]
    document["original"]["root"] = root_of_copy(Redacted.model_validate(document))
    forged = canonical(document)
    assert not check_copy(forged, made.signature).ok
    assert not check_copy(forged, b"", root=made.root).ok
    stranger = check_copy(forged, sign_detached(forged, dpo, samples.WHEN))
    assert "signed by another" in stranger.problems[0]
    document["original"]["fingerprint"] = dpo.fingerprint
    forged = canonical(document)
    own = sign_detached(forged, dpo, samples.WHEN)
    assert not check_copy(forged, own, trust=[key.certificate]).ok


def test_a_copy_of_another_original_is_told_apart(made: Made, sealed: bytes) -> None:
    found = check_copy(made.copy, made.signature, original=sealed)
    assert not found.ok
    assert any("another root" in each for each in found.problems)


def test_only_the_key_of_the_dossier_makes_copies_of_it(dossier: bytes, dpo: Key) -> None:
    with pytest.raises(UserError, match="signed with another key"):
        make_copy(dossier, "dossier.pdf", CATEGORIES, dpo, samples.WHEN)


def test_a_dossier_without_a_root_is_named_as_such(key: Key) -> None:
    cover = samples.cover(signer=key.name, fingerprint=key.fingerprint, seed="")
    old = seal(compose(*samples.real(), cover), key, when=samples.WHEN)
    with pytest.raises(UserError, match="no root for redacted copies"):
        make_copy(old, "dossier.pdf", CATEGORIES, key, samples.WHEN)


@given(st.binary(max_size=300))
def test_anything_else_is_refused_with_a_reason(data: bytes) -> None:
    found = check_copy(data, b"")
    assert not found.ok
    assert found.problems


def test_hidden_leaves_are_counted(made: Made) -> None:
    entries = Redacted.model_validate(json.loads(made.copy)).leaves
    assert made.hidden == sum(isinstance(each, Hidden) for each in entries) > 50
