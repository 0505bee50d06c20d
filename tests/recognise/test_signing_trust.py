"""A baseline counts for something only where the reader's own anchors reach its signer."""

import base64
import datetime as dt
import hashlib
import re
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key

from auditor.recognise.signing import read_bundle
from auditor.recognise.signing_trust import Anchors, Signer, identify, read_anchors
from tests.recognise.signed import NOW, Owner, bundle, owner

ROOT = owner("Root", ca=True)
BETWEEN = owner("Between", ROOT, ca=True)
LEAF = owner("Publisher", BETWEEN)
OTHER = owner("Somebody else", ca=True)


def signer(signed_by: Owner, *anchors: x509.Certificate, when: dt.datetime = NOW, **more: Any) -> Signer:
    return identify(read_bundle(bundle(b"{}", signed_by)), Anchors(anchors, **more), when)


def test_a_certificate_inside_the_bundle_is_no_reason_to_trust_it() -> None:
    found = signer(LEAF)
    assert found.checked
    assert not found.trusted
    assert found.name == "Publisher"


@pytest.mark.parametrize("anchor", [ROOT, BETWEEN, LEAF], ids=["root", "between", "own"])
def test_the_certificate_itself_or_one_above_it_vouches(anchor: Owner) -> None:
    assert signer(LEAF, anchor.certificate).trusted


def test_a_fingerprint_or_a_public_key_vouches_too() -> None:
    assert signer(LEAF, fingerprints=frozenset({LEAF.fingerprint})).trusted
    assert signer(LEAF, fingerprints=frozenset({BETWEEN.fingerprint})).trusted
    assert signer(LEAF, keys=(LEAF.private.public_key(),)).trusted


def test_another_certificate_does_not_vouch() -> None:
    found = signer(LEAF, OTHER.certificate)
    assert not found.trusted
    assert "neither given nor issued" in found.why


def test_a_signer_of_the_same_name_is_another_signer() -> None:
    assert not signer(owner("Publisher"), LEAF.certificate).trusted


@pytest.mark.parametrize(
    ("leaf", "why"),
    [
        (owner("Leaf", owner("No issuer", ROOT)), "not made for issuing others"),
        (owner("Leaf", BETWEEN, signs=False), "not made for signing"),
        (owner("Leaf", BETWEEN, days=0), "valid from"),
        (owner("Leaf", BETWEEN, critical="1.2.3.4.5"), r"critical extension 1\.2\.3\.4\.5"),
    ],
    ids=["issuer", "usage", "expired", "critical"],
)
def test_a_path_with_a_fault_does_not_carry_trust(leaf: Owner, why: str) -> None:
    found = signer(leaf, ROOT.certificate, when=NOW + dt.timedelta(days=1))
    assert not found.trusted
    assert re.search(why, found.why)


def test_a_root_may_forbid_others_between() -> None:
    root = owner("Short", ca=True, path_length=0)
    between = owner("Between", root, ca=True)
    assert signer(owner("Direct", root), root.certificate).trusted
    assert not signer(owner("Leaf", between), root.certificate).trusted


def test_an_expired_certificate_that_was_given_itself_still_counts_and_says_so() -> None:
    found = signer(LEAF, LEAF.certificate, when=NOW + dt.timedelta(days=90))
    assert found.trusted
    assert "expired on 2026-12-02" in found.why


def test_a_signature_over_something_else_is_refused() -> None:
    def edit(document: Any) -> None:
        document["dsseEnvelope"]["payload"] = base64.b64encode(b"[]").decode()

    with pytest.raises(ValueError, match="does not fit"):
        identify(read_bundle(bundle(b"{}", LEAF, edit=edit)), Anchors((ROOT.certificate,)), NOW)


def test_a_certificate_that_was_exchanged_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        identify(read_bundle(bundle(b"{}", Owner(OTHER.private, LEAF.certificate))), Anchors(), NOW)


def bare(hint: str | None, signed_by: Owner = LEAF) -> bytes:
    return bundle(b"{}", signed_by, material={"publicKey": {"hint": hint}, "tlogEntries": []})


HINT = hashlib.sha256(LEAF.public).hexdigest()


@pytest.mark.parametrize("hint", [HINT, None], ids=["named", "unnamed"])
def test_a_bare_key_counts_where_it_is_given(hint: str | None) -> None:
    assert identify(read_bundle(bare(hint)), read_anchors(LEAF.public), NOW).trusted
    assert identify(read_bundle(bare(hint)), read_anchors(LEAF.pem), NOW).trusted
    for anchors in (Anchors(), read_anchors(OTHER.public)):
        found = identify(read_bundle(bare(hint)), anchors, NOW)
        assert (found.checked, found.trusted) == (False, False)


def test_a_bare_key_that_did_not_sign_is_told() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        identify(read_bundle(bare(HINT, OTHER)), read_anchors(LEAF.public), NOW)


def test_anchors_are_read_from_pem_and_der_and_private_keys_are_left_alone() -> None:
    found = read_anchors(LEAF.file + OTHER.public)
    assert found.certificates == (LEAF.certificate, BETWEEN.certificate, ROOT.certificate)
    assert found.keys == (load_pem_public_key(OTHER.public),)
    assert read_anchors(LEAF.certificate.public_bytes(Encoding.DER)).certificates == (LEAF.certificate,)


@pytest.mark.parametrize("data", [b"", b"nonsense", b"-----BEGIN PUBLIC KEY-----\n", LEAF.secret])
def test_a_file_without_anchors_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="holds no certificate"):
        read_anchors(data)
