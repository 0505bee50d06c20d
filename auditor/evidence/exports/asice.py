"""ASiC-E containers with CAdES (ETSI EN 319 162-1, 4.4): files and one signature over a manifest of their digests.

``mimetype`` comes first and is stored, ``META-INF/ASiCManifest.xml`` names every file with its SHA-256, and
``META-INF/signature.p7s`` is a detached CAdES signature of the manifest.
"""

import base64
import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from auditor.evidence.cades import sign_detached
from auditor.evidence.keys import Key

MIMETYPE = "application/vnd.etsi.asic-e+zip"
MANIFEST, SIGNATURE = "META-INF/ASiCManifest.xml", "META-INF/signature.p7s"
_ASIC, _DSIG = "http://uri.etsi.org/02918/v1.2.1#", "http://www.w3.org/2000/09/xmldsig#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_MEDIA = {".json": "application/json", ".pdf": "application/pdf", ".csv": "text/csv"}


def write(files: Mapping[str, bytes], key: Key, when: dt.datetime) -> bytes:
    """The container of ``files``. Raises UserError where the key cannot sign."""
    described = manifest(files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        _put(archive, "mimetype", MIMETYPE.encode(), zipfile.ZIP_STORED)
        for name, data in files.items():
            _put(archive, name, data, zipfile.ZIP_DEFLATED)
        _put(archive, MANIFEST, described, zipfile.ZIP_DEFLATED)
        _put(archive, SIGNATURE, sign_detached(described, key, when), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def manifest(files: Mapping[str, bytes]) -> bytes:
    """What is signed: every file by name, type and digest."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<asic:ASiCManifest xmlns:asic="{_ASIC}" xmlns:ds="{_DSIG}">',
        f'<asic:SigReference URI="{SIGNATURE}" MimeType="application/pkcs7-signature"/>',
    ]
    for name, data in files.items():
        media = _MEDIA.get("." + name.rpartition(".")[2], "application/octet-stream")
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        lines += [
            f"<asic:DataObjectReference URI={quoteattr(name)} MimeType={quoteattr(media)}>",
            f'<ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue>{digest}</ds:DigestValue>',
            "</asic:DataObjectReference>",
        ]
    return "\n".join([*lines, "</asic:ASiCManifest>", ""]).encode()


def _put(archive: zipfile.ZipFile, name: str, data: bytes, how: int) -> None:
    """An entry without the time of this machine and without extra fields, which the first entry must not have."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = how
    archive.writestr(entry, data)
