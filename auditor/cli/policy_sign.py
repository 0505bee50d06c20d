"""``auditor policy sign``: an approver signs a waiver."""

import argparse
import base64
import datetime as dt
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from auditor.cli.passphrase import passphrase
from auditor.cli.registry import Answer, command
from auditor.documents import write
from auditor.errors import UserError
from auditor.evidence.keys import Key, default_key, load_key
from auditor.evidence.raw import sign as sign_bytes
from auditor.judge.approval import signature_of
from auditor.policy.effective import Waiver, WaiverSignature
from auditor.policy.loader import examine, find
from auditor.policy.message import PolicyError, nearest
from auditor.policy.resolve import effective
from auditor.policy.waivers import SIGNED_TYPE, add_signature, signed_bytes
from auditor.recognise.signing import pae

REFUSED = {
    "signer": "the policy does not name this certificate for {approver}",
    "signature": "the signature does not fit",
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("policy", type=Path, metavar="FILE", help="the policy that holds the waiver")
    parser.add_argument("waiver", help="id of the waiver, e.g. W-2026-004")
    parser.add_argument("--key", type=Path, metavar="FILE", help="PKCS#12 or PEM; without it, your own")
    parser.add_argument("--write", action="store_true", help="change the file; without it the result is printed")


@command(
    "policy sign",
    "Sign a waiver as the one who approves it",
    _arguments,
    example="auditor policy sign site.yaml W-2026-004 --key novakova.p12 --write",
)
def sign(arguments: argparse.Namespace) -> Answer:
    """The policy with the signature; refused where the policy would not accept it."""
    path = find(arguments.policy).resolve()
    now = dt.datetime.now(dt.UTC)
    key = load_key(arguments.key, passphrase) if arguments.key else default_key(now)
    key.check(now)
    written = sign_waiver(path, path.read_bytes().decode("utf-8-sig"), arguments.waiver, key)
    if arguments.write:
        save(path, written)
    data = {
        "file": str(path),
        "waiver": arguments.waiver,
        "written": arguments.write,
        "signer": {"name": key.name, "fingerprint": key.fingerprint},
        "text": written,
    }
    line = f"{path}: {arguments.waiver} signed by {key.name}, SHA-256 of the certificate {key.fingerprint}"
    return Answer(data, lambda: print(line if arguments.write else written))


def save(path: Path, text: str) -> None:
    """Write the policy, its mode kept."""
    mode = path.stat().st_mode & 0o777
    write(path, text.encode())
    path.chmod(mode)


def sign_waiver(path: Path, text: str, name: str, key: Key) -> str:
    """The text of the policy with a waiver of it signed. Raises UserError."""
    waiver = _waiver(path, text, name)
    signed = WaiverSignature(
        certificates=tuple(
            base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in (key.certificate, *key.chain)
        ),
        value=base64.b64encode(sign_bytes(pae(signed_bytes(waiver), SIGNED_TYPE), key)).decode(),
    )
    try:
        written = add_signature(text, name, signed)
    except ValueError as error:
        raise UserError(str(error), "Nothing was written.", str(path)) from None
    loaded, messages = examine(path, written.encode())
    if loaded is None:
        raise PolicyError(messages)
    policy = effective(loaded, "")
    result = signature_of(next(each for each in policy.waivers if each.id == name), policy)
    if result.obstacle:
        words = REFUSED.get(result.obstacle, result.obstacle).format(approver=waiver.approved_by.name)
        hint = f"Name it under 'approvers': {{name: {waiver.approved_by.name}, sha256: {key.fingerprint}}}"
        raise UserError(words, hint, str(path))
    return written


def _waiver(path: Path, text: str, name: str) -> Waiver:
    loaded, messages = examine(path, text.encode())
    if loaded is None:
        raise PolicyError(messages)
    waivers = {each.id: each for each in effective(loaded, "").waivers}
    if name not in waivers:
        near = nearest(name, waivers)
        raise UserError(f"the policy has no waiver {name}", f"Did you mean '{near}'?" if near else "", str(path))
    return waivers[name]
