"""The container: only the form that this product writes is taken."""

import hashlib
import io

import pytest
from asn1crypto import cms as asn1
from pyhanko.pdf_utils.reader import PdfFileReader

from auditor.evidence.cms import faults
from auditor.evidence.keys import Key


@pytest.fixture(scope="module")
def container(sealed: bytes) -> bytes:
    """The container of a seal, without padding."""
    (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    return asn1.ContentInfo.load(signature.pkcs7_content).dump()


def written(data: bytes, padding: int = 8) -> bytes:
    """As it stands in the file."""
    return b"<" + data.hex().upper().encode() + b"00" * padding + b">"


def rebuilt(container: bytes, change: str) -> bytes:
    """The container with one thing changed."""
    info = asn1.ContentInfo.load(container).copy()
    signed = info["content"]
    signer = signed["signer_infos"][0]
    if change == "version":
        signed["version"] = "v5"
    elif change == "digest":
        signed["digest_algorithms"] = [{"algorithm": "sha384"}]
    elif change == "mechanism":
        signer["signature_algorithm"] = {"algorithm": "rsassa_pkcs1v15"}
    elif change == "certificates":
        signed["certificates"] = []
    elif change == "unsigned":
        signer["unsigned_attrs"] = [{"type": "content_type", "values": ["data"]}]
    elif change == "content":
        signed["encap_content_info"] = {"content_type": "data", "content": b"more"}
    elif change == "type":
        signed["encap_content_info"] = {"content_type": "signed_data"}
    return bytes(info.dump(force=True))


def test_the_own_form_has_no_faults(container: bytes, key: Key) -> None:
    assert faults(written(container), [key.fingerprint]) == []
    assert faults(written(container, 0), [key.fingerprint]) == []


@pytest.mark.parametrize(
    "change", ["version", "digest", "mechanism", "certificates", "unsigned", "content", "type"]
)  # fmt: skip
def test_any_other_form_has(container: bytes, key: Key, change: str) -> None:
    assert faults(written(rebuilt(container, change)), [key.fingerprint]) != []


def test_other_certificates_than_the_pinned_ones_are_a_fault(container: bytes, key: Key) -> None:
    assert faults(written(container), [hashlib.sha256(b"another").hexdigest()])
    assert faults(written(container), [])
    assert faults(written(container), [key.fingerprint, key.fingerprint])


@pytest.mark.parametrize("gap", [b"", b"<>", b"<0>", b"<zz>", b"<00", b"00>", b"<30 82>", b"<30820000>", b"<3080>"])
def test_what_is_no_container_is_a_fault(gap: bytes) -> None:
    assert faults(gap, []) != []


def test_lower_case_and_padding_are_faults(container: bytes, key: Key) -> None:
    assert faults(written(container).lower(), [key.fingerprint])
    assert faults(written(container + b"\0\0\1"), [key.fingerprint])


def test_an_indefinite_length_is_a_fault(container: bytes, key: Key) -> None:
    body = container[4:]
    assert faults(written(b"\x30\x80" + body + b"\0\0"), [key.fingerprint])
