"""``auditor keys``: make a self-issued signing key, or show which key signs."""

import argparse
import datetime as dt
import getpass
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from rich.console import Console
from rich.text import Text

from auditor.cli.registry import Answer, command
from auditor.errors import UserError
from auditor.evidence.keys import Key, default_path, load_key, make_key, save_key


def _new_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", default="", metavar="ORG", help="organisation to name in the certificate")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a .pem or .p12 file (default: the user's own key)")
    parser.add_argument(
        "--p256",
        action="store_true",
        help="an elliptic-curve key, which other tools that read baselines of weights need; default: RSA-3072",
    )
    parser.add_argument("--passphrase", action="store_true", help="ask for a passphrase and encrypt the key with it")


@command(
    "keys new",
    "Make a self-issued signing key (it shows integrity, not identity)",
    _new_arguments,
    example='auditor keys new --name "Example Ltd" --out example.p12 --passphrase',
)
def new(arguments: argparse.Namespace) -> Answer:
    """Make a key."""
    path = arguments.out or default_path()
    passphrase = _ask_twice() if arguments.passphrase else b""
    key = make_key(arguments.name, dt.datetime.now(dt.UTC), p256=arguments.p256)
    save_key(key, path, passphrase)
    return _answer(key, path)


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="a .pem or .p12 file, or pkcs11:URI (default: the user's own key)"
    )


@command("keys show", "Show the key that signs", _show_arguments, example="auditor keys show")
def show(arguments: argparse.Namespace) -> Answer:
    """Show a key."""
    path = arguments.key or default_path()
    if not str(path).startswith("pkcs11:") and not path.exists():
        raise UserError("there is no key yet", hint="Make one with: auditor keys new", where=str(path))
    return _answer(load_key(path, ask), path)


def ask(path: Path) -> bytes:
    """The passphrase of a key file, from the terminal."""
    return getpass.getpass(f"Passphrase or PIN of {path}: ").encode()


def _ask_twice() -> bytes:
    first, second = getpass.getpass("New passphrase: "), getpass.getpass("Again: ")
    if first != second or not first:
        raise UserError("the two passphrases differ, or are empty")
    return first.encode()


def _answer(key: Key, path: Path) -> Answer:
    data: dict[str, Any] = {
        "name": key.name,
        "path": str(path),
        "algorithm": _algorithm(key),
        "fingerprint": key.fingerprint,
        "self_issued": key.self_issued,
        "valid_until": key.until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "chain": len(key.chain),
    }
    return Answer(data, partial(_print, data))


def _algorithm(key: Key) -> str:
    public = key.certificate.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        return f"EC {public.curve.name}"
    return f"RSA-{public.key_size}" if isinstance(public, rsa.RSAPublicKey) else "other"


def _print(data: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(data["name"], style="bold"))
    for label, key in (
        ("File", "path"),
        ("Key", "algorithm"),
        ("SHA-256", "fingerprint"),
        ("Valid until", "valid_until"),
    ):
        console.print(Text(f"  {label:<12}", style="bright_black").append(str(data[key]), style="default"))
    if data["self_issued"]:
        console.print(
            Text("  Self-issued: it shows that a dossier was not changed, not who signed it. Tell its SHA-256 to the "
                 "reader by another way.", style="yellow")
        )  # fmt: skip
