"""Where the passphrase of a key file comes from."""

import getpass
import os
import sys
from pathlib import Path

from auditor.errors import UserError


def passphrase(path: Path) -> bytes:
    """For a key that is encrypted: from AUDITOR_KEY_PASSPHRASE, else asked for on a terminal."""
    given = os.environ.get("AUDITOR_KEY_PASSPHRASE")
    if given is None and sys.stdin.isatty():
        given = getpass.getpass(f"{'PIN' if str(path).startswith('pkcs11:') else 'Passphrase'} of {path}: ")
    if given is None:
        raise UserError(
            "the key is encrypted", hint="Set AUDITOR_KEY_PASSPHRASE, or run on a terminal.", where=str(path)
        )
    return given.encode()
