"""Keys: made, kept and read with care; errors say what to do."""

import datetime as dt
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from auditor.errors import UserError
from auditor.evidence import keys
from auditor.evidence.keys import BITS, Key, load_key, save_key
from tests.evidence.samples import WHEN


def issue(name: str, by: tuple[ec.EllipticCurvePrivateKey, str] | None = None) -> tuple[
    ec.EllipticCurvePrivateKey, x509.Certificate
]:  # fmt: skip
    """A certificate, issued by another or by itself."""
    private = ec.generate_private_key(ec.SECP256R1())
    signer, issuer = by or (private, name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(WHEN - dt.timedelta(days=1))
        .not_valid_after(WHEN + dt.timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    return private, builder.sign(signer, hashes.SHA256())


def test_a_new_key_is_rsa_and_says_that_it_is_self_issued(key: Key) -> None:
    assert key.private.key_size == BITS
    assert key.self_issued
    assert key.name == "Lipová pojišťovna, a.s. (self-issued)"


def test_its_purposes_include_mail_so_that_other_readers_accept_it(key: Key) -> None:
    purposes = key.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert keys.ExtendedKeyUsageOID.EMAIL_PROTECTION in purposes
    assert keys.DOCUMENT_SIGNING in purposes


@pytest.mark.parametrize("name", ["key.pem", "key.p12"])
@pytest.mark.parametrize("passphrase", [b"", "heslo ř".encode()])
def test_a_key_comes_back_as_it_was_saved(key: Key, tmp_path: Path, name: str, passphrase: bytes) -> None:
    path = tmp_path / "new folder" / name
    save_key(key, path, passphrase)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = load_key(path, lambda _: passphrase)
    assert loaded.fingerprint == key.fingerprint
    assert loaded.path == path


def test_an_encrypted_key_asks_for_its_passphrase(key: Key, tmp_path: Path) -> None:
    save_key(key, tmp_path / "key.pem", b"secret")
    with pytest.raises(UserError, match="encrypted"):
        load_key(tmp_path / "key.pem")
    with pytest.raises(UserError, match="passphrase is wrong"):
        load_key(tmp_path / "key.pem", lambda _: b"wrong")


def test_no_file_is_overwritten(key: Key, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("precious")
    with pytest.raises(UserError, match="already"):
        save_key(key, path)
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    with pytest.raises(UserError, match="no key") as caught:
        load_key(path, lambda _: b"")
    assert caught.value.where == str(path)


def test_a_missing_or_oversized_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        load_key(tmp_path / "none.pem")
    (tmp_path / "big.pem").write_bytes(b"x" * (keys.LARGEST + 1))
    with pytest.raises(UserError, match="too large"):
        load_key(tmp_path / "big.pem")


def pem(private: object, *certificates: x509.Certificate) -> bytes:
    """A PEM file."""
    data = private.private_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return data + b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


def test_the_chain_is_put_in_order_and_strangers_are_left_out(tmp_path: Path) -> None:
    root_key, root = issue("Root")
    middle_key, middle = issue("Middle", (root_key, "Root"))
    leaf_key, leaf = issue("Leaf", (middle_key, "Middle"))
    _, stranger = issue("Stranger")
    path = tmp_path / "key.pem"
    path.write_bytes(pem(leaf_key, root, stranger, leaf, middle))
    loaded = load_key(path)
    assert loaded.name == "Leaf"
    assert loaded.chain == (middle, root)
    assert not loaded.self_issued


def test_a_key_without_its_certificate_is_refused(tmp_path: Path) -> None:
    private, _ = issue("One")
    _, other = issue("Other")
    path = tmp_path / "key.pem"
    path.write_bytes(pem(private, other))
    with pytest.raises(UserError, match="no certificate of its key"):
        load_key(path)


def test_a_key_that_cannot_sign_a_dossier_is_refused(tmp_path: Path) -> None:
    _, certificate = issue("One")
    path = tmp_path / "key.pem"
    path.write_bytes(pem(ed25519.Ed25519PrivateKey.generate(), certificate))
    with pytest.raises(UserError, match="RSA or ECDSA"):
        load_key(path)


def test_a_certificate_is_used_within_its_validity_only(key: Key) -> None:
    key.check(WHEN)
    for when in (WHEN - dt.timedelta(days=1), WHEN + dt.timedelta(days=keys.DAYS + 1)):
        with pytest.raises(UserError, match="valid from"):
            key.check(when)


def test_the_default_key_is_made_once_and_replaced_when_it_has_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "default_path", lambda: tmp_path / "auditor.pem")
    first = keys.default_key(WHEN)
    assert keys.default_key(WHEN).fingerprint == first.fingerprint
    later = WHEN + dt.timedelta(days=keys.DAYS + 1)
    assert keys.default_key(later).fingerprint != first.fingerprint
    assert len(list(tmp_path.glob("auditor-until-*.pem"))) == 1
