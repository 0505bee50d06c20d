"""Takes the documents out of a dossier, or out of the folder of an audit."""

import io
import logging
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from auditor.documents import NAMES, Documents, read_bytes
from auditor.errors import UserError
from auditor.evidence.bounds import refuse
from auditor.evidence.signatures import examine

log = logging.getLogger(__name__)

LARGEST = 128 * 2**20
"""Bytes of one attached file."""


@dataclass(frozen=True)
class Opened:
    """The documents, and the bytes of the dossier that they were taken from; empty for a folder."""

    documents: Documents
    dossier: bytes = b""


def open_dossier(path: Path) -> Opened:
    """A dossier whose signatures are intact, or a folder with four documents that belong together. Raises UserError.

    Who signed is not decided, and nothing is judged again: ``auditor verify`` does that.
    """
    if path.is_dir():
        opened = Opened(Documents.read(path))
    else:
        data = read_bytes(path)
        opened = Opened(documents_of(data, str(path)), data)
    opened.documents.check()
    return opened


def documents_of(data: bytes, where: str) -> Documents:
    """The four documents of a signed dossier. Raises UserError where it is not as it was signed."""
    hint = "See what is wrong with: auditor verify"
    refused = refuse(data)
    if refused:
        raise UserError(f"is no dossier: {refused}", hint, where)
    try:
        signed = examine(data, ())
        files = extract(data)
        documents = Documents(**{name: files[f"{name}.json"] for name in NAMES})
    except (Exception, RecursionError, MemoryError) as error:  # a parser fed with hostile bytes raises anything
        log.info("no dossier", exc_info=True)
        raise UserError(f"cannot be read as a dossier ({type(error).__name__})", hint, where) from error
    if signed.problems or not signed.signatures:
        raise UserError(f"is not as it was signed: {(*signed.problems, 'there is no signature')[0]}", hint, where)
    return documents


def extract(data: bytes) -> dict[str, bytes]:
    """The attached files by name. Raises where they are not kept as a dossier keeps them."""
    files: dict[str, bytes] = {}
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
        listed = list(pdf.Root.Names.EmbeddedFiles.Names)
        associated = [each.objgen for each in pdf.Root.AF]
        for name, specification in zip(listed[::2], listed[1::2], strict=True):
            streams = specification.EF
            if str(name) in files or streams.F.objgen != streams.UF.objgen:
                raise ValueError("an attachment is given twice")
            if not str(name) == str(specification.F) == str(specification.UF):
                raise ValueError("an attachment has two names")
            if specification.objgen not in associated:
                raise ValueError("an attachment is not associated with the document")
            if streams.F.get("/Filter") not in (None, pikepdf.Name.FlateDecode) or "/DecodeParms" in streams.F:
                raise ValueError("an attachment is packed in a way that no dossier uses")
            content = streams.F.read_bytes()
            if len(content) > LARGEST:
                raise ValueError("an attachment is too large")
            files[str(name)] = content
        if len(associated) != len(files):
            raise ValueError("there are associated files beyond the attachments")
    return files
