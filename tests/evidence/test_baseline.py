"""Baselines are signed with the keys of this product; read again, they become pins only where somebody vouches."""

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.errors import UserError
from auditor.evidence.baseline import anchors_of, pinned, pins_of, read_baseline, write_baseline
from auditor.evidence.keys import Key, make_key
from auditor.facts.fact import Fact, Status
from auditor.facts.weights import Weight
from auditor.judge.standing import pins_for
from auditor.policy.resolve import load_effective
from auditor.recognise.signing import Baseline, Piece, Resource, whole_files
from auditor.recognise.signing_trust import Anchors
from tests.recognise.signed import NOW, owner

A, B = "a" * 64, "b" * 64
BASELINE = whole_files("Tiny [1]", {"model.safetensors": A, "sub/model.safetensors": B})
RSA = make_key("Example", NOW)
EC = owner("Publisher", owner("Root", ca=True))
EC_KEY = Key(EC.private, EC.certificate, EC.chain)


def written(folder: Path, key: Key = EC_KEY, baseline: Baseline = BASELINE) -> Path:
    path = folder / "tiny.json"
    path.write_bytes(write_baseline(baseline, key))
    return path


@pytest.mark.parametrize("key", [RSA, EC_KEY], ids=["rsa", "ec"])
def test_what_was_signed_is_read_again(tmp_path: Path, key: Key) -> None:
    signed = read_baseline(written(tmp_path, key), Anchors((key.certificate,)), NOW)
    assert signed.baseline == BASELINE
    assert signed.signer.trusted
    assert signed.signer.fingerprint == key.fingerprint


def test_a_changed_byte_of_the_payload_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = path.read_bytes()
    start = data.index(b'"payload": "') + 40
    path.write_bytes(data[:start] + (b"A" if data[start : start + 1] != b"A" else b"B") + data[start + 1 :])
    with pytest.raises(UserError, match="does not fit"):
        read_baseline(path, Anchors((EC.certificate,)), NOW)


def test_a_baseline_of_somebody_else_is_refused_where_trust_was_given(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not vouch for Publisher"):
        read_baseline(written(tmp_path), Anchors((RSA.certificate,)), NOW)


def test_without_trust_it_is_read_and_pins_nothing(tmp_path: Path) -> None:
    signed = read_baseline(written(tmp_path), Anchors(), NOW)
    assert not signed.signer.trusted
    with pytest.raises(UserError, match="nobody vouches"):
        pinned(load_effective("truly-open", "host"), signed)


def weight(path: str) -> Weight:
    none = Fact[str](value=None, source="", method="", time="2026-11-22T13:00:00Z", status=Status.ABSENT)
    return Weight.model_construct(path=path, model="m", format="", sha256=none)


def test_a_pin_speaks_of_the_folder_and_the_file_and_of_no_other(tmp_path: Path) -> None:
    pins = pins_of(read_baseline(written(tmp_path), Anchors((EC.certificate,)), NOW))

    def digests(path: str) -> list[str]:
        return [pin.sha256 for pin in pins_for(weight(path), None, pins)]

    assert digests("/srv/Tiny [1]/model.safetensors") == [A]
    assert digests("/srv/Tiny [1]/sub/model.safetensors") == [B]
    assert digests("/srv/Tiny 1/model.safetensors") == []
    assert digests("/srv/Other/model.safetensors") == []


def test_the_policy_says_where_its_pins_came_from(tmp_path: Path) -> None:
    signed = read_baseline(written(tmp_path), Anchors((EC.certificate,)), NOW)
    policy = pinned(load_effective("truly-open", "host"), signed)
    assert {pin.source for pin in policy.pins} == {"baseline signed by Publisher (tiny.json)"}
    assert "2 digests were pinned for this audit" in policy.tailoring[-1].reason


def test_shards_cannot_be_pinned(tmp_path: Path) -> None:
    signed = read_baseline(written(tmp_path), Anchors((EC.certificate,)), NOW)
    sharded = Baseline("m", (Resource("w", Piece("sha256", 0, 1), A),), shard_size=1)
    with pytest.raises(UserError, match="whole files"):
        pins_of(replace(signed, baseline=sharded))


def test_trust_is_a_file_or_a_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_bytes(EC.pem)
    colons = ":".join(RSA.fingerprint[n : n + 2].upper() for n in range(0, 64, 2))
    found = anchors_of([str(tmp_path / "own.pem"), colons])
    assert found.certificates == (EC.certificate,)
    assert found.fingerprints == {RSA.fingerprint}


@pytest.mark.parametrize("data", [None, b"", b"{}", b"x" * (2**20 + 1)], ids=["absent", "empty", "json", "huge"])
def test_a_file_that_is_no_trust_or_no_baseline_is_named(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "file"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UserError, match="file"):
        anchors_of([str(path)])
    with pytest.raises(UserError, match="file"):
        read_baseline(path, Anchors(), NOW)
