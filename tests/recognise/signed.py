"""Makes keys, certificates and signed bundles for tests of baselines."""

import base64
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from auditor.recognise.signing import pae

NOW = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Owner:
    """A key of an elliptic curve with its certificate and those above it."""

    private: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def secret(self) -> bytes:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def file(self) -> bytes:
        """Key and certificates as one file of PEM."""
        return self.secret + self.pem + b"".join(each.public_bytes(Encoding.PEM) for each in self.chain)


def owner(
    name: str,
    issuer: Owner | None = None,
    *,
    ca: bool = False,
    signs: bool = True,
    path_length: int | None = None,
    days: int = 30,
    now: dt.datetime = NOW,
    critical: str = "",
) -> Owner:
    """A new key; self-issued without an issuer."""
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=signs, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=ca, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    if issuer is not None:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.private.public_key())
        builder = builder.add_extension(above, critical=False)
    if critical:
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(critical), b"\5\0"), True)
    certificate = builder.sign(issuer.private if issuer else private, hashes.SHA256())
    between = (issuer.certificate, *issuer.chain) if issuer is not None and issuer.chain else ()
    return Owner(private, certificate, between or ((issuer.certificate,) if issuer is not None else ()))


def bundle(payload: bytes, signer: Owner, material: Any = None, edit: Callable[[Any], None] | None = None) -> bytes:
    """A bundle around a payload, with the signer's certificates, or with other material; ``edit`` changes it after."""
    chain = [
        {"rawBytes": base64.b64encode(each.public_bytes(Encoding.DER)).decode()}
        for each in (signer.certificate, *signer.chain)
    ]
    signature = signer.private.sign(pae(payload), ec.ECDSA(hashes.SHA256()))
    document = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": material or {"x509CertificateChain": {"certificates": chain}, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": base64.b64encode(signature).decode(), "keyid": ""}],
        },
    }
    if edit is not None:
        edit(document)
    return json.dumps(document).encode()
