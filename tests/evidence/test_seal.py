"""The seal: appended to the composed bytes, certifying, with or without a time stamp, never weaker than asked for."""

import datetime as dt
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.timestamps import DummyTimeStamper, TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation import read_certification_data
from pyhanko_certvalidator.registry import SimpleCertificateStore

from auditor.errors import UserError
from auditor.evidence.assurance import Assurance
from auditor.evidence.keys import Key, load_key
from auditor.evidence.level import Level
from auditor.evidence.seal import countersign, seal
from auditor.evidence.verify import verify
from tests.evidence.samples import WHEN
from tests.evidence.test_keys import issue, pem


def stamper(key: Key) -> DummyTimeStamper:
    """A time stamp authority of one key, without a network."""
    private = key.private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = asn1_x509.Certificate.load(key.certificate.public_bytes(serialization.Encoding.DER))
    store = SimpleCertificateStore()
    return DummyTimeStamper(certificate, asn1_keys.PrivateKeyInfo.load(private), store, fixed_dt=WHEN)


def test_the_sealed_file_begins_with_the_composed_bytes(unsigned: bytes, sealed: bytes, countersigned: bytes) -> None:
    assert sealed.startswith(unsigned)
    assert countersigned.startswith(sealed)


def test_the_seal_certifies_and_permits_signatures_only(sealed: bytes) -> None:
    reader = PdfFileReader(io.BytesIO(sealed))
    certified = read_certification_data(reader)
    assert certified is not None
    assert certified.permission is MDPPerm.FILL_FORMS
    (signature,) = reader.embedded_signatures
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"


def test_rsa_makes_the_same_seal_of_the_same_file_at_the_same_time(unsigned: bytes, key: Key) -> None:
    (one,) = PdfFileReader(io.BytesIO(seal(unsigned, key, when=WHEN))).embedded_signatures
    assert one.self_reported_timestamp == WHEN


def test_an_expired_key_signs_nothing(unsigned: bytes, key: Key) -> None:
    with pytest.raises(UserError, match="valid from"):
        seal(unsigned, key, when=WHEN + dt.timedelta(days=4000))


def test_a_file_without_fields_is_refused(key: Key) -> None:
    import pikepdf

    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    with pytest.raises(UserError, match="cannot be signed"):
        seal(out.getvalue(), key, when=WHEN)


def test_a_dossier_is_sealed_once(sealed: bytes, key: Key) -> None:
    with pytest.raises(UserError, match="cannot be signed"):
        seal(sealed, key, when=WHEN)


def test_a_time_stamp_makes_level_b_t(unsigned: bytes, key: Key, dpo: Key) -> None:
    found = verify(seal(unsigned, key, when=WHEN, assurance=Assurance(Level.B_T, stamper(dpo))))
    assert [each.level for each in found.signatures] == ["B-T"]
    assert found.ok, found.problems


class Silent(TimeStamper):
    """A time stamp authority that does not answer."""

    async def async_request_tsa_response(self, req: object) -> object:
        raise TimestampRequestError("no answer")


def test_without_the_time_stamp_nothing_is_signed(unsigned: bytes, key: Key) -> None:
    with pytest.raises(UserError, match="no time stamp") as caught:
        seal(unsigned, key, when=WHEN, assurance=Assurance(Level.B_T, Silent()))
    assert "Nothing was signed" in caught.value.hint


def test_an_issued_ecdsa_certificate_signs_with_its_chain(unsigned: bytes, tmp_path: Path) -> None:
    root_key, _ = issue("Root")
    middle_key, middle = issue("Middle", (root_key, "Root"))
    leaf_key, leaf = issue("Leaf", (middle_key, "Middle"))
    path = tmp_path / "key.pem"
    path.write_bytes(pem(leaf_key, leaf, middle))
    found = verify(seal(unsigned, load_key(path), when=WHEN))
    assert [each.signer for each in found.signatures] == ["Leaf"]
    assert found.ok, found.problems


@pytest.mark.peer
def test_poppler_agrees(countersigned: bytes, tmp_path: Path) -> None:
    if shutil.which("pdfsig") is None:
        pytest.skip("pdfsig (poppler-utils) is not installed")
    path = tmp_path / "dossier.pdf"
    path.write_bytes(countersigned)
    told = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False).stdout
    assert told.count("Signature is Valid") == 2
    assert told.count("Total document signed") == 1


@pytest.mark.peer
def test_qpdf_finds_nothing_wrong(countersigned: bytes, tmp_path: Path) -> None:
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    path = tmp_path / "dossier.pdf"
    path.write_bytes(countersigned)
    subprocess.run(["qpdf", "--check", str(path)], check=True, capture_output=True)


def test_a_countersignature_keeps_the_seal(countersigned: bytes, dpo: Key) -> None:
    found = verify(countersigned)
    assert [(each.role, each.intact) for each in found.signatures] == [("auditor", True), ("dpo", True)]
    with pytest.raises(UserError, match="cannot be signed"):
        countersign(countersigned, dpo, when=WHEN)
