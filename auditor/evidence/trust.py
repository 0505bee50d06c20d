"""Certificates that the user names: of whom to trust, or in which chains have to end."""

from pathlib import Path

from asn1crypto import pem, x509

from auditor.errors import UserError

LARGEST = 1 << 22
"""Bytes of a file of certificates."""


def certificates(data: bytes) -> list[x509.Certificate]:
    """Certificates of a PEM or DER file. Raises UserError."""
    try:
        if pem.detect(data):
            found = [x509.Certificate.load(each, strict=True) for _, _, each in pem.unarmor(data, multiple=True)]
        else:
            found = [x509.Certificate.load(data, strict=True)]
        for each in found:
            _ = each.subject.native
        return found
    except (ValueError, TypeError) as error:
        raise UserError("this is no certificate in PEM or DER") from error


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Certificates of a file on disk. Raises UserError."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise UserError("this is too large for a file of certificates")
        return certificates(data)
    except OSError as error:
        raise UserError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    except UserError as error:
        raise UserError(error.message, error.hint, str(path)) from error
