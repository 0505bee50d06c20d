"""Exports with a signature of their own: other programs read them, and find each change."""

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from auditor.documents import Documents
from auditor.evidence.cades import check_detached
from auditor.evidence.exports import asice
from auditor.evidence.exports.signed import SIGNED
from auditor.evidence.keys import Key
from auditor.recognise.signing import pae
from tests.evidence import samples


def documents() -> Documents:
    audit, judgement, policy, knowledge = samples.typical()
    return Documents.of(audit, policy, knowledge, judgement)


def test_the_facts_are_signed_beside_themselves(key: Key) -> None:
    made = SIGNED["cades"].write(documents(), b"", key, samples.WHEN)
    assert made["facts.json"] == documents().facts
    assert check_detached(made["facts.json"], made["facts.json.p7s"]).fingerprint == key.fingerprint


def test_a_container_is_what_the_standard_says(key: Key, tmp_path: Path) -> None:
    data = SIGNED["asice"].write(documents(), b"%PDF-1.7", key, samples.WHEN)["evidence.asice"]
    # Readers tell the kind from fixed places: the name at 30, the type behind it (EN 319 162-1, A.1).
    assert data[:4] == b"PK\3\4"
    assert data[30:38] == b"mimetype"
    assert data[38 : 38 + len(asice.MIMETYPE)] == asice.MIMETYPE.encode()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert names[0] == "mimetype"
        files = {name: archive.read(name) for name in names}
    space = {"asic": "http://uri.etsi.org/02918/v1.2.1#", "ds": "http://www.w3.org/2000/09/xmldsig#"}
    manifest = ElementTree.fromstring(files[asice.MANIFEST])
    assert manifest.find("asic:SigReference", space).attrib["URI"] == asice.SIGNATURE  # type: ignore[union-attr]
    told = {
        each.attrib["URI"]: base64.b64decode(each.findtext("ds:DigestValue", "", space))
        for each in manifest.findall("asic:DataObjectReference", space)
    }
    assert told == {n: hashlib.sha256(d).digest() for n, d in files.items() if "/" not in n and n != "mimetype"}
    assert set(told) == {"facts.json", "policy.json", "knowledge.json", "findings.json", "dossier.pdf"}
    (tmp_path / "manifest").write_bytes(files[asice.MANIFEST])
    (tmp_path / "p7s").write_bytes(files[asice.SIGNATURE])
    (tmp_path / "root").write_bytes(key.certificate.public_bytes(Encoding.PEM))
    command = "openssl cms -verify -inform DER -in p7s -content manifest -binary -CAfile root -purpose any -out out"
    when = ["-attime", str(int(samples.WHEN.timestamp()))]
    ran = subprocess.run([*command.split(), *when], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_each_summary_is_signed_over_its_type_and_payload(key: Key) -> None:
    (made,) = SIGNED["dsse"].write(documents(), b"", key, samples.WHEN).values()
    lines = made.splitlines()
    assert len(lines) == len(documents().audit.facts.models)
    for line in lines:
        envelope = json.loads(line)
        payload = base64.b64decode(envelope["payload"])
        (signature,) = envelope["signatures"]
        assert signature["keyid"] == key.fingerprint
        public = key.certificate.public_key()
        message = pae(payload, envelope["payloadType"])
        public.verify(base64.b64decode(signature["sig"]), message, padding.PKCS1v15(), SHA256())  # type: ignore[union-attr, call-arg, arg-type]
        assert json.loads(payload)["predicateType"].startswith("https://slsa.dev/verification_summary/")


def test_names_in_the_manifest_cannot_break_it() -> None:
    described = asice.manifest({'a"<&>.json': b""})
    (entry,) = ElementTree.fromstring(described)[1:]
    assert entry.attrib["URI"] == 'a"<&>.json'


@pytest.mark.parametrize("name", SIGNED)
def test_every_format_says_what_it_is_for(name: str) -> None:
    assert SIGNED[name].name == name
    assert SIGNED[name].purpose
