"""Signing keys: read from PKCS#12 or PEM, or made here as a self-issued one.

A self-issued certificate (RSA-3072, or P-256 where asked for) shows that a file was not changed since it was signed,
not who signed it.
"""

import contextlib
import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from pyhanko.sign.signers import Signer, SimpleSigner
from pyhanko_certvalidator.registry import CertificateStore, SimpleCertificateStore

from auditor.errors import UserError

BITS = 3072
DAYS = 3 * 365
LARGEST = 1 << 20
"""Bytes; a key file is a few kilobytes."""

LONGEST = 64
"""Characters of a common name (RFC 5280, ub-common-name)."""
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning (RFC 9336)."""

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Passphrase = Callable[[Path], bytes]
"""Asked for when a key file is encrypted."""


@dataclass(frozen=True)
class Key:
    """A private key with its certificate and the certificates above it, as far as they are known."""

    private: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()
    path: Path | None = None

    @property
    def name(self) -> str:
        """Common name and organisation of the certificate."""
        return name_of(self.certificate.subject)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, lower-case hex."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @contextlib.contextmanager
    def signer(self, own: Any, chain: list[Any]) -> Iterator[Signer]:
        """What pyHanko signs with, from this certificate and those above it in its own types."""
        private = self.private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        store: CertificateStore = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple(chain)
        yield SimpleSigner(own, asn1_keys.PrivateKeyInfo.load(private), store)

    @property
    def self_issued(self) -> bool:
        """Whether nobody but its owner vouches for the certificate."""
        return self.certificate.issuer == self.certificate.subject

    @property
    def until(self) -> dt.datetime:
        """End of the certificate's validity."""
        return self.certificate.not_valid_after_utc

    def check(self, when: dt.datetime) -> None:
        """Raises UserError where the certificate is not valid at ``when``."""
        first, last = self.certificate.not_valid_before_utc, self.until
        if not first <= when <= last:
            raise UserError(
                f"the certificate of “{self.name}” is valid from {first:%Y-%m-%d} until {last:%Y-%m-%d} only",
                hint="Sign with a key whose certificate is valid, or make a new one: auditor keys new",
                where=str(self.path or ""),
            )


def name_of(subject: x509.Name) -> str:
    """Common name and organisation, once where the one begins with the other."""
    common, organisation = (_first(subject, oid) for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME))
    told = [common] if organisation and common.startswith(organisation) else [common, organisation]
    return ", ".join(part for part in told if part) or subject.rfc4514_string()


def _first(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def default_path() -> Path:
    """Where the user's own key lies."""
    return Path(platformdirs.user_data_dir("sovereignty-auditor")) / "keys" / "auditor.pem"


def default_key(now: dt.datetime) -> Key:
    """The user's own key; made, self-issued, where there is none yet or the last one has expired. Raises UserError."""
    return _own(default_path(), now, p256=False)


def default_baseline_key(now: dt.datetime) -> Key:
    """The user's own key for baselines, which other tools read only if it is of an elliptic curve. Raises UserError."""
    path = default_path()
    if path.exists():
        key = load_key(path)
        if isinstance(key.private, ec.EllipticCurvePrivateKey) and now <= key.until:
            return key
    return _own(path.with_name("baseline.pem"), now, p256=True)


def _own(path: Path, now: dt.datetime, *, p256: bool) -> Key:
    if path.exists():
        key = load_key(path)
        if not (key.self_issued and key.until < now):
            return key
        path.replace(path.with_name(f"{path.stem}-until-{key.until:%Y%m%d}.pem"))
    key = make_key("", now, p256=p256)
    save_key(key, path)
    return Key(key.private, key.certificate, path=path)


def make_key(organisation: str, now: dt.datetime, *, p256: bool = False) -> Key:
    """A new self-issued key: RSA, which every reader of PDF knows, or P-256, which tools for signed models read."""
    private: PrivateKey = (
        ec.generate_private_key(ec.SECP256R1())
        if p256
        else rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    )
    label = " (self-issued)"
    organisation = organisation.strip()[: LONGEST - len(label)]
    names = [x509.NameAttribute(NameOID.COMMON_NAME, (organisation or "Sovereignty Auditor") + label)]
    if organisation:
        names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    subject = x509.Name(names)
    now = now.replace(microsecond=0)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    # NSS does not accept document signing alone as a purpose for signing documents; with mail protection it does.
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(purposes, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    return Key(private, certificate)


def save_key(key: Key, path: Path, passphrase: bytes = b"") -> None:
    """Write a key that only its owner may read: PKCS#12 where the name ends so, else PEM. Never over another file.

    Raises UserError.
    """
    data = _pkcs12(key, passphrase) if path.suffix.lower() in (".p12", ".pfx") else _pem(key, passphrase)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp gives mode 0600 before a byte is written; linking refuses where the name is taken.
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.link(temporary, path)
        finally:
            os.unlink(temporary)
    except FileExistsError as error:
        raise UserError("there is such a file already", hint="Choose another --out.", where=str(path)) from error
    except OSError as error:
        raise UserError(f"the key cannot be written: {error.strerror}", where=str(path)) from error


def _encryption(passphrase: bytes) -> serialization.KeySerializationEncryption:
    return serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()


def _pem(key: Key, passphrase: bytes) -> bytes:
    private = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, _encryption(passphrase)
    )
    return private + b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (key.certificate, *key.chain))


def _pkcs12(key: Key, passphrase: bytes) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        key.name.encode(), key.private, key.certificate, list(key.chain) or None, _encryption(passphrase)
    )


def load_key(path: Path, passphrase: Passphrase | None = None) -> Key:
    """Read a key with its certificates from PKCS#12 or PEM, or find it on a token (``pkcs11:…``). Raises UserError."""
    if str(path).startswith("pkcs11:"):
        from auditor.evidence.tokens import load_token  # it is a kind of key itself

        return load_token(str(path), passphrase)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"the key cannot be read: {error.strerror}", where=str(path)) from error
    if len(data) > LARGEST:
        raise UserError("this is too large for a key file", where=str(path))
    try:
        private, certificates = _read_pem(path, data, passphrase) if b"-----BEGIN" in data else _read_pkcs12(
            path, data, passphrase
        )  # fmt: skip
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UserError(
            "this is no key with its certificate in PKCS#12 or PEM, or the passphrase is wrong",
            hint="Make one with: auditor keys new",
            where=str(path),
        ) from error
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise UserError("keys of this kind cannot sign a dossier", hint="Use RSA or ECDSA.", where=str(path))
    public = private.public_key()
    own = next((c for c in certificates if c.public_key() == public), None)
    if own is None:
        raise UserError("the file holds no certificate of its key", where=str(path))
    return Key(private, own, chain_of(own, certificates), path)


def _read_pem(path: Path, data: bytes, passphrase: Passphrase | None) -> tuple[object, list[x509.Certificate]]:
    encrypted = b"ENCRYPTED" in data
    private = serialization.load_pem_private_key(data, _ask(path, passphrase) if encrypted else None)
    return private, x509.load_pem_x509_certificates(data)


def _read_pkcs12(path: Path, data: bytes, passphrase: Passphrase | None) -> tuple[object, list[x509.Certificate]]:
    try:
        private, own, others = pkcs12.load_key_and_certificates(data, None)
    except (ValueError, TypeError):
        private, own, others = pkcs12.load_key_and_certificates(data, _ask(path, passphrase))
    return private, [c for c in (own, *others) if c is not None]


def _ask(path: Path, passphrase: Passphrase | None) -> bytes:
    if passphrase is None:
        raise UserError("the key is encrypted", hint="Give its passphrase.", where=str(path))
    return passphrase(path)


def chain_of(own: x509.Certificate, certificates: list[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """The certificates above ``own``, each signed by the next; others are left out."""
    chain: list[x509.Certificate] = []
    last = own
    while last.issuer != last.subject:
        above = next((c for c in certificates if c not in chain and c != own and issued(last, c)), None)
        if above is None:
            break
        chain.append(above)
        last = above
    return tuple(chain)


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether ``issuer`` signed ``certificate``."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
