"""Keys on smart cards and in hardware modules, by PKCS #11, named by a URI (RFC 7512).

``pkcs11:token=LABEL;object=LABEL?module-path=/usr/lib/libsofthsm2.so``; ``serial`` and ``id`` may name them too. The
module may also be given by the environment (``AUDITOR_PKCS11_MODULE``). The PIN is asked for, kept for the run of the
command, and written nowhere; a PIN within the URI is refused, because others can read command lines.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from auditor.errors import UserError
from auditor.evidence.keys import Key, Passphrase, PrivateKey, chain_of

SCHEME = "pkcs11:"
MODULE = "AUDITOR_PKCS11_MODULE"
_PLACE = {"token", "serial", "object", "id", "type", "manufacturer", "model"}


@dataclass(frozen=True)
class Address:
    """What a URI names."""

    uri: str
    token: str = ""
    serial: str = ""
    object: str = ""
    id: bytes = b""
    module: str = ""


def parse(uri: str, environment: str = "") -> Address:
    """A PKCS #11 URI; ``environment`` is the module where it names none. Raises UserError."""
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    named: dict[str, bytes] = {}
    for part in filter(None, path.split(";") + query.split("&")):
        name, equals, value = part.partition("=")
        if not equals or name in named:
            raise UserError("this is no PKCS #11 URI", hint="pkcs11:token=NAME;object=NAME?module-path=FILE", where=uri)
        named[name] = unquote_to_bytes(value)
    if {"pin-value", "pin-source"} & set(named):
        raise UserError("a PIN does not belong into an address: others can read it", hint="It will be asked for.")
    unknown = set(named) - _PLACE - {"module-path"}
    if unknown:
        raise UserError(f"a key cannot be found by {', '.join(sorted(unknown))}", hint="Use token, serial, object, id.")
    try:
        texts = {key: named.get(key, b"").decode() for key in ("token", "serial", "object", "module-path")}
    except UnicodeDecodeError as error:
        raise UserError("the address is not UTF-8", where=uri) from error
    module = texts.pop("module-path") or environment
    if not module:
        raise UserError(
            "the module of the token is not named",
            hint=f"Add ?module-path=/path/to/module.so to the address, or set {MODULE}.",
            where=uri,
        )
    return Address(uri, id=named.get("id", b""), module=module, **texts)


class _Kept:
    """In the place of a private key that does not leave its token."""

    def __getattr__(self, name: str) -> Any:
        raise UserError("the key does not leave its token", hint="This needs a key in a file.")


@dataclass(frozen=True)
class TokenKey(Key):
    """A key that signs where it is."""

    address: Address = Address("")
    pin: str = field(default="", repr=False)

    @contextlib.contextmanager
    def signer(self, own: Any, chain: list[Any]) -> Iterator[Any]:
        """What pyHanko signs with; the session with the token ends with the block."""
        from pyhanko.config.pkcs11 import PKCS11SignatureConfig
        from pyhanko.sign.pkcs11 import PKCS11SigningContext

        config = PKCS11SignatureConfig(
            module_path=self.address.module,
            token_criteria=_criteria(self.address),
            # Named rather than given: a given one would be carried twice in the signature.
            cert_label=self.address.object or None,
            cert_id=self.address.id or None,
            key_label=self.address.object or None,
            key_id=self.address.id or None,
            other_certs=chain,
            user_pin=self.pin,
            # Not every module can hash for ECDSA (SoftHSM 2.6 cannot): it is given the digest.
            raw_mechanism=isinstance(self.certificate.public_key(), ec.EllipticCurvePublicKey),
        )
        with _explained(self.address), PKCS11SigningContext(config) as signer:
            yield signer


def load_token(uri: str, passphrase: Passphrase | None) -> TokenKey:
    """The key that a URI names, with its certificate and those above it on the token. Raises UserError."""
    address = parse(uri, os.environ.get(MODULE, ""))
    with _explained(address):
        import pkcs11
        from pyhanko.sign.pkcs11 import open_pkcs11_session

        if passphrase is None:
            raise UserError("the token asks for a PIN", hint="Give it.", where=uri)
        pin = passphrase(Path(uri)).decode()
        with open_pkcs11_session(address.module, token_criteria=_criteria(address), user_pin=pin) as session:
            wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE}
            held = [
                (each[pkcs11.Attribute.LABEL], each[pkcs11.Attribute.ID], each[pkcs11.Attribute.VALUE])
                for each in session.get_objects(wanted)
            ]
    found = [
        (label, identifier, x509.load_der_x509_certificate(value))
        for label, identifier, value in held
        if (not address.object or label == address.object) and (not address.id or identifier == address.id)
    ]
    if len(found) != 1:
        raise UserError(
            f"the token holds {len(found)} certificates of that name",
            hint="Name one by object= or id=: " + (", ".join(sorted({str(each[0]) for each in held})) or "it is empty"),
            where=uri,
        )
    others = [x509.load_der_x509_certificate(value) for _, _, value in held]
    ((label, identifier, own),) = found
    exact = replace(address, object=label or "", id=identifier or b"")
    return TokenKey(cast(PrivateKey, _Kept()), own, chain_of(own, others), Path(uri), exact, pin)


def _criteria(address: Address) -> Any:
    from pyhanko.config.pkcs11 import TokenCriteria

    serial = address.serial.encode() or None
    return TokenCriteria(label=address.token or None, serial=serial) if address.token or serial else None


@contextlib.contextmanager
def _explained(address: Address) -> Iterator[None]:
    """Errors of the module in words."""
    try:
        import pkcs11
        from pyhanko.sign.general import SigningError
    except ImportError as error:
        raise UserError(
            "keys on tokens need a package that is not installed", hint="pip install 'sovereignty-auditor[pkcs11]'"
        ) from error
    try:
        yield
    except (pkcs11.exceptions.PinIncorrect, pkcs11.exceptions.PinLenRange, pkcs11.exceptions.PinInvalid) as error:
        raise UserError("the PIN is wrong", hint="Tokens lock after a few attempts.", where=address.uri) from error
    except pkcs11.exceptions.PinLocked as error:
        raise UserError("the PIN is locked", where=address.uri) from error
    except (pkcs11.exceptions.PKCS11Error, SigningError, RuntimeError, LookupError) as error:
        if isinstance(error, SigningError) and error.__cause__ is not None:
            raise
        told = str(error) or type(error).__name__
        raise UserError(f"the token cannot be used: {told}", where=address.uri) from error
