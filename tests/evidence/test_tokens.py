"""Keys on a token: found by their URI, signing where they are, in SoftHSM."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from auditor.cli.main import run
from auditor.errors import UserError
from auditor.evidence.keys import load_key, make_key
from auditor.evidence.seal import seal
from auditor.evidence.tokens import parse
from auditor.evidence.verify import verify
from tests.evidence.samples import WHEN

PIN = "842617"
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
needs_softhsm = pytest.mark.skipif(
    not MODULE.exists() or shutil.which("softhsm2-util") is None or importlib.util.find_spec("pkcs11") is None,
    reason="softhsm2 or python-pkcs11 is not installed",
)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A token with an RSA and an ECDSA key, each with its certificate; its URI without the object."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    # The module reads its configuration once in a process, when it is first loaded.
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    label = ["softhsm2-util", "--token", "audit", "--pin", PIN]
    made = ["softhsm2-util", "--init-token", "--free", "--label", "audit", "--pin", PIN, "--so-pin", "99887766"]
    subprocess.run(made, check=True, capture_output=True)
    import pkcs11

    for number, (name, p256) in enumerate((("rsa", False), ("ec", True)), 1):
        key, path = make_key(f"Token {name}", WHEN, p256=p256), folder / f"{name}.pem"
        path.write_bytes(
            key.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        held = ["--import", str(path), "--label", name, "--id", f"0{number}"]
        subprocess.run([*label, *held], check=True, capture_output=True)
        slot = pkcs11.lib(str(MODULE)).get_token(token_label="audit")
        with slot.open(rw=True, user_pin=PIN) as session:
            session.create_object(
                {
                    pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                    pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    pkcs11.Attribute.TOKEN: True,
                    pkcs11.Attribute.LABEL: name,
                    pkcs11.Attribute.ID: bytes([number]),
                    pkcs11.Attribute.SUBJECT: key.certificate.subject.public_bytes(),
                    pkcs11.Attribute.VALUE: key.certificate.public_bytes(serialization.Encoding.DER),
                }
            )
    return f"pkcs11:token=audit;object={{}}?module-path={MODULE}"


def pin(path: Path) -> bytes:
    """As a person types it."""
    return PIN.encode()


@needs_softhsm
@pytest.mark.parametrize("name", ["rsa", "ec"])
def test_a_token_signs_like_a_file(name: str, token: str, unsigned: bytes) -> None:
    key = load_key(Path(token.format(name)), pin)
    assert key.name.startswith(f"Token {name}")
    found = verify(seal(unsigned, key, when=WHEN))
    assert found.ok, found.problems
    assert found.signatures[0].fingerprint == key.fingerprint


@needs_softhsm
def test_a_wrong_pin_and_a_missing_key_are_said_without_the_pin(token: str) -> None:
    with pytest.raises(UserError, match="PIN is wrong") as caught:
        load_key(Path(token.format("rsa")), lambda path: b"111111")
    assert "111111" not in str(caught.value)
    with pytest.raises(UserError, match="0 certificates") as caught:
        load_key(Path(token.format("nobody")), pin)
    assert "ec, rsa" in caught.value.hint


@needs_softhsm
def test_the_pin_is_not_shown(token: str) -> None:
    key = load_key(Path(token.format("rsa")), pin)
    assert PIN not in repr(key)
    with pytest.raises(UserError, match="does not leave"):
        key.private.private_bytes(None, None, None)  # type: ignore[arg-type]


@needs_softhsm
def test_the_command_shows_the_key(
    token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("auditor.cli.keys.ask", pin)
    assert run(["keys", "show", "--key", token.format("ec")]) == 0
    assert "EC secp256r1" in capsys.readouterr().out


def test_an_address_is_read_as_the_standard_says() -> None:
    found = parse("pkcs11:token=My%20token;object=sig;id=%01%AB?module-path=/usr/lib/x.so")
    assert (found.token, found.object, found.id, found.module) == ("My token", "sig", b"\x01\xab", "/usr/lib/x.so")
    assert parse("pkcs11:object=sig", "/usr/lib/y.so").module == "/usr/lib/y.so"


@pytest.mark.parametrize(
    ("uri", "told"),
    [("pkcs11:token", "no PKCS #11"), ("pkcs11:token=a;token=b", "no PKCS #11"), ("pkcs11:object=a", "module"),
     ("pkcs11:object=a?pin-value=1234", "PIN"), ("pkcs11:object=a?pin-source=file:/x", "PIN"),
     ("pkcs11:slot-id=3?module-path=/x", "cannot be found by"), ("pkcs11:token=%FF?module-path=/x", "UTF-8")],
)  # fmt: skip
def test_what_is_no_address_is_refused(uri: str, told: str) -> None:
    with pytest.raises(UserError, match=told) as caught:
        parse(uri)
    assert "1234" not in str(caught.value)


def test_a_module_that_is_none_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("pkcs11")
    with pytest.raises(UserError, match="cannot be used"):
        load_key(Path(f"pkcs11:token=a?module-path={tmp_path / 'none.so'}"), pin)
