"""Detached signatures: openssl reads them, this product reads them, and neither takes one for other content."""

import datetime as dt
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import UserError
from auditor.evidence.cades import check_detached, sign_detached
from auditor.evidence.keys import Key, load_key, make_key
from tests.evidence.samples import WHEN
from tests.evidence.test_keys import issue, pem

DATA = b'{"facts":[]}'


@pytest.fixture(scope="module")
def elliptic() -> Key:
    return make_key("Elliptic", WHEN, p256=True)


@pytest.fixture(scope="module")
def signature(elliptic: Key) -> bytes:
    return sign_detached(DATA, elliptic, WHEN)


def openssl(folder: Path, data: bytes, signature: bytes, root: bytes) -> subprocess.CompletedProcess[str]:
    for name, content in (("data", data), ("data.p7s", signature), ("root.pem", root)):
        (folder / name).write_bytes(content)
    command = "openssl cms -verify -inform DER -in data.p7s -content data -binary -CAfile root.pem -purpose any"
    return subprocess.run(
        [*command.split(), "-attime", str(int(WHEN.timestamp()) + 60), "-cades", "-out", "out"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("p256", [False, True], ids=["rsa", "p256"])
def test_openssl_verifies_it_and_refuses_other_content(p256: bool, key: Key, elliptic: Key, tmp_path: Path) -> None:
    signer = elliptic if p256 else key
    made, root = sign_detached(DATA, signer, WHEN), signer.certificate.public_bytes(Encoding.PEM)
    good = openssl(tmp_path, DATA, made, root)
    assert good.returncode == 0, good.stderr
    assert (tmp_path / "out").read_bytes() == DATA
    assert openssl(tmp_path, DATA + b" ", made, root).returncode != 0


def test_only_an_authority_vouches_for_others(tmp_path: Path) -> None:
    root_key, root = issue("Root")
    leaf_key, leaf = issue("Leaf", (root_key, "Root"))
    forged_key, forged = issue("The minister", (leaf_key, "Leaf"))
    path = tmp_path / "key.pem"
    path.write_bytes(pem(leaf_key, leaf))
    made = sign_detached(DATA, load_key(path), WHEN)
    assert check_detached(DATA, made, [root]).trusted
    assert not check_detached(DATA, made).trusted
    assert not check_detached(DATA, made, [issue("Stranger")[1]]).trusted
    path.write_bytes(pem(forged_key, forged, leaf))
    assert not check_detached(DATA, sign_detached(DATA, load_key(path), WHEN), [root]).trusted


def test_it_says_who_signed_and_when(signature: bytes, elliptic: Key) -> None:
    found = check_detached(DATA, signature)
    assert (found.name, found.fingerprint) == (elliptic.name, elliptic.fingerprint)
    assert found.time == f"{WHEN:%Y-%m-%dT%H:%M:%SZ}"
    assert not found.trusted
    assert check_detached(DATA, signature, [elliptic.certificate]).trusted


def test_other_content_is_named_as_such(signature: bytes) -> None:
    with pytest.raises(ValueError, match="of other content"):
        check_detached(DATA + b" ", signature)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_changed_signature_names_no_other_signer(signature: bytes, elliptic: Key, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(signature) - 1))
    changed = bytearray(signature)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        found = check_detached(DATA, bytes(changed))
    except ValueError:
        return
    assert (found.name, found.fingerprint, found.time) == (
        elliptic.name, elliptic.fingerprint, f"{WHEN:%Y-%m-%dT%H:%M:%SZ}"
    )  # fmt: skip


@given(st.binary(max_size=400))
def test_anything_else_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_detached(DATA, data)


def test_an_expired_key_signs_nothing(elliptic: Key) -> None:
    with pytest.raises(UserError, match="valid from"):
        sign_detached(DATA, elliptic, WHEN + dt.timedelta(days=4000))
