"""A maker of cards for tests: its own root, its own chain, and cards that sign reports."""

import base64
import datetime as dt
import hashlib
import json
import struct
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding

FROM, UNTIL = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
NONCE = bytes(range(32))
FIELDS = {3: b"590.12\0", 6: bytes.fromhex("00a5009601000000"), 17: b"G520\0", 18: b"0200\0", 15: b"885\0\0"}


@dataclass(frozen=True)
class Maker:
    """A chain of three certificates and the keys of card and authorities."""

    chain: tuple[x509.Certificate, ...]
    key: ec.EllipticCurvePrivateKey

    @property
    def root(self) -> str:
        return hashlib.sha256(self.chain[-1].public_bytes(Encoding.DER)).hexdigest()

    @property
    def pem(self) -> bytes:
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.chain)

    def report(self, nonce: bytes = NONCE, fields: dict[int, bytes] | None = None) -> bytes:
        """A signed report with three bytes of measurements."""
        told = b"".join(struct.pack("<HH", kind, len(value)) + value for kind, value in (fields or FIELDS).items())
        request = bytes((0x11, 0xE0, 1, 0xFF)) + nonce + b"\0"
        response = bytes((0x11, 0x60, 0, 0, 1)) + (3).to_bytes(3, "little") + b"abc" + bytes(32)
        return self.sign(request + response + struct.pack("<H", len(told)) + told)

    def sign(self, words: bytes) -> bytes:
        """The words with the card's raw signature behind them."""
        r, s = utils.decode_dss_signature(self.key.sign(words, ec.ECDSA(hashes.SHA384())))
        return words + r.to_bytes(48, "big") + s.to_bytes(48, "big")


def maker(ca: bool = True, until: dt.datetime = UNTIL, curve: ec.EllipticCurve | None = None) -> Maker:
    """A maker; ``ca`` False: its intermediate may not issue certificates."""
    keys = [ec.generate_private_key(curve or ec.SECP384R1()), *(ec.generate_private_key(ec.SECP384R1()) for _ in "ab")]
    names = [_name("Card", "72CA"), _name("Cards", "2"), _name("Root", "1")]
    chain = []
    for place in range(3):
        issuer = min(place + 1, 2)
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[place])
            .issuer_name(names[issuer])
            .public_key(keys[place].public_key())
            .serial_number(place + 1)
            .not_valid_before(FROM)
            .not_valid_after(until)
        )
        if place:
            usage = dict.fromkeys(
                ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                 "crl_sign", "encipher_only", "decipher_only"), False)  # fmt: skip
            builder = builder.add_extension(x509.BasicConstraints(ca or place == 2, None), True)
            builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, **usage), True)
        chain.append(builder.sign(keys[issuer], hashes.SHA384()))
    return Maker(tuple(chain), keys[0])


def saved(*reports: tuple[bytes, bytes]) -> bytes:
    """Pairs of chain and report as a file."""
    text = [(base64.b64encode(chain).decode(), base64.b64encode(report).decode()) for chain, report in reports]
    return json.dumps(
        [{"certificate": chain, "evidence": report, "nonce": NONCE.hex()} for chain, report in text]
    ).encode()


def _name(common: str, serial: str) -> x509.Name:
    pairs = ((x509.NameOID.COMMON_NAME, common), (x509.NameOID.SERIAL_NUMBER, serial))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in pairs])
