"""Reads and writes signed baselines of models: Sigstore bundle v0.3, in it a DSSE envelope, in it an in-toto statement.

It is the format of OpenSSF Model Signing (``https://model_signing/signature/v1.0``): the statement names every file of
a model, or every shard of every file, with its digest; its subject's digest is the SHA-256 over the binary digests in
the order in which they are listed. DSSE 1.0.2 (pre-authentication encoding), in-toto Statement v1.

Everything here is pure. Who signed, and whether that is worth anything: :mod:`auditor.recognise.signing_trust`.
Everything that is not as it has to be raises ValueError.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from auditor.facts.canonical import parse

LARGEST = 64 * 2**20
"""Bytes of a bundle."""
MOST_RESOURCES = 500_000
MOST_CERTIFICATES = 10
MOST_IGNORED = 1_000

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_MEDIA_TYPES = (MEDIA_TYPE, "application/vnd.dev.sigstore.bundle+json;version=0.3")
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://model_signing/signature/v1.0"
_OLD_PREDICATE = "https://model_signing/Digests/v0.1"

LENGTHS = {"sha256": 32, "blake2b": 64, "blake3": 32}
"""Bytes of the digests that occur in baselines."""
GIT = (".git", ".github", ".gitattributes", ".gitignore")
"""What other tools of this format leave out unless told otherwise."""
SINGLE = "."
"""The name of the only file of a model that is a file and not a folder."""


class Piece(NamedTuple):
    """A file or a part of it as it is hashed: bytes ``start`` to before ``end``; None: to the end of the file."""

    algorithm: str
    start: int = 0
    end: int | None = None


class Resource(NamedTuple):
    """One digest of a baseline: of the file ``name``, relative to the model, or of a shard of it."""

    name: str
    piece: Piece
    digest: str


@dataclass(frozen=True)
class Baseline:
    """What a statement says of a model."""

    model: str
    """Last part of the path that was signed; says nothing about the content."""
    resources: tuple[Resource, ...]
    """In the order of the statement; shards of one file follow each other without gap."""
    algorithm: str = "sha256"
    shard_size: int | None = None
    """Bytes; None: whole files."""
    links: bool = False
    """Links to files were followed."""
    ignored: tuple[str, ...] = ()
    """Paths, with all below them, that the statement does not speak of."""

    @property
    def root(self) -> str:
        """The digest of all digests: names the model's content in one value."""
        return hashlib.sha256(b"".join(bytes.fromhex(each.digest) for each in self.resources)).hexdigest()

    def files(self) -> dict[str, tuple[Resource, ...]]:
        """The digests by file."""
        found: dict[str, list[Resource]] = {}
        for each in self.resources:
            found.setdefault(each.name, []).append(each)
        return {name: tuple(each) for name, each in found.items()}

    def ignores(self, name: str) -> bool:
        """Whether the statement leaves this path out on purpose."""
        return any(name == path or name.startswith(path + "/") or path == "." for path in self.ignored)


@dataclass(frozen=True)
class Bundle:
    """A statement with its signature and what is needed to check that; nothing is checked yet."""

    payload: bytes
    signature: bytes
    chain: tuple[x509.Certificate, ...] = ()
    """The signer's certificate and those above it; empty where a bare key signed."""
    hint: str = ""
    """SHA-256 of the bare key in PEM."""
    kind: str = PAYLOAD_TYPE
    """Type of the payload; it is signed with it."""


def whole_files(
    model: str, digests: Mapping[str, str], *, links: bool = False, ignored: Iterable[str] = GIT
) -> Baseline:
    """A baseline of SHA-256 digests by file name, listed in the order of path parts."""
    names = sorted(digests, key=lambda name: name.split("/"))
    resources = tuple(Resource(_name(name), Piece("sha256"), digests[name]) for name in names)
    return Baseline(model, resources, links=links, ignored=tuple(ignored))


def pae(payload: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    """What a DSSE signature is made over."""
    return b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)


def statement(baseline: Baseline) -> bytes:
    """The in-toto statement of a baseline of whole files."""
    if baseline.shard_size is not None:
        raise ValueError("only baselines of whole files are written")
    serialization = {
        "method": "files",
        "hash_type": baseline.algorithm,
        "allow_symlinks": baseline.links,
        "ignore_paths": list(baseline.ignored),
    }
    resources = [
        {"name": each.name, "algorithm": each.piece.algorithm, "digest": each.digest} for each in baseline.resources
    ]
    document = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": baseline.model, "digest": {"sha256": baseline.root}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {"serialization": serialization, "resources": resources},
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def write_bundle(bundle: Bundle) -> bytes:
    """The JSON of a bundle: with certificates where there are some, else with the digest of the bare key."""
    der = [certificate.public_bytes(Encoding.DER) for certificate in bundle.chain]
    certificates = [{"rawBytes": base64.b64encode(each).decode()} for each in der]
    material: dict[str, Any] = (
        {"x509CertificateChain": {"certificates": certificates}} if der else {"publicKey": {"hint": bundle.hint}}
    )
    document = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {**material, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": base64.b64encode(bundle.payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": base64.b64encode(bundle.signature).decode(), "keyid": ""}],
        },
    }
    return json.dumps(document).encode() + b"\n"


def read_bundle(data: bytes) -> Bundle:
    """Take a bundle apart."""
    document = _object(_parse(data, "the bundle"), "the bundle")
    if document.get("mediaType") not in _MEDIA_TYPES:
        raise ValueError(f"is no Sigstore bundle of version 0.3 (mediaType {str(document.get('mediaType'))[:80]!r})")
    envelope = _object(document.get("dsseEnvelope"), "dsseEnvelope")
    if envelope.get("payloadType") != PAYLOAD_TYPE:
        raise ValueError("dsseEnvelope/payloadType: no in-toto statement")
    signatures = envelope.get("signatures")
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise ValueError("dsseEnvelope/signatures: exactly one is expected")
    material = _object(document.get("verificationMaterial"), "verificationMaterial")
    hint = _object(material.get("publicKey", {}), "verificationMaterial/publicKey").get("hint") or ""
    return Bundle(
        payload=_bytes(envelope.get("payload"), "dsseEnvelope/payload"),
        signature=_bytes(_object(signatures[0], "signatures/0").get("sig"), "dsseEnvelope/signatures/0/sig"),
        chain=tuple(_certificates(material)),
        hint=hint.lower() if isinstance(hint, str) else "",
    )


def read_statement(payload: bytes) -> Baseline:
    """What a statement says; its subject has to be the digest of what it lists."""
    document = _object(_parse(payload, "the statement"), "the statement")
    if document.get("_type") != STATEMENT_TYPE:
        raise ValueError("_type: no in-toto statement of version 1")
    if document.get("predicateType") == _OLD_PREDICATE:
        raise ValueError("predicateType: a signature from before version 1.0 of the format; sign the model again")
    if document.get("predicateType") != PREDICATE_TYPE:
        raise ValueError("predicateType: the statement is not about the files of a model")
    predicate = _object(document.get("predicate"), "predicate")
    how = _object(predicate.get("serialization"), "predicate/serialization")
    algorithm, shard_size = how.get("hash_type"), _shard_size(how)
    if not isinstance(algorithm, str) or algorithm not in LENGTHS:
        raise ValueError(f"predicate/serialization/hash_type: {str(algorithm)[:40]!r} is not known")
    listed = predicate.get("resources")
    if not isinstance(listed, list) or len(listed) > MOST_RESOURCES:
        raise ValueError("predicate/resources: no list, or too long")
    resources = tuple(_resource(each, n, algorithm, shard_size) for n, each in enumerate(listed))
    _check_order(resources, shard_size)
    ignored = how.get("ignore_paths", [])
    if not isinstance(ignored, list) or len(ignored) > MOST_IGNORED or not all(isinstance(p, str) for p in ignored):
        raise ValueError(f"predicate/serialization/ignore_paths: no list of at most {MOST_IGNORED} paths")
    name, root = _subject(document)
    links = how.get("allow_symlinks") is True
    baseline = Baseline(name, resources, algorithm, shard_size, links, tuple(path.rstrip("/") for path in ignored))
    if baseline.root != root:
        raise ValueError(f"subject: the digest is {root}, the listed digests give {baseline.root}")
    return baseline


def _subject(document: dict[str, Any]) -> tuple[str, str]:
    subjects = document.get("subject")
    if not isinstance(subjects, list) or len(subjects) != 1:
        raise ValueError("subject: exactly one is expected")
    subject = _object(subjects[0], "subject/0")
    name, digest = subject.get("name", ""), _object(subject.get("digest"), "subject/0/digest").get("sha256")
    if not isinstance(name, str) or not isinstance(digest, str):
        raise ValueError("subject/0: name and sha256 are expected")
    return name, digest.lower()


def _shard_size(how: dict[str, Any]) -> int | None:
    """Bytes; numbers come as ``1000000000.0`` too, as protobuf writes them."""
    if how.get("method") == "files":
        return None
    size = how.get("shard_size")
    if how.get("method") != "shards" or not isinstance(size, int | float) or not 1 <= size < 2**53 or size != int(size):
        raise ValueError("predicate/serialization: neither files nor shards of a whole number of bytes")
    return int(size)


def _resource(entry: Any, number: int, algorithm: str, shard_size: int | None) -> Resource:
    where = f"predicate/resources/{number}"
    fields = _object(entry, where)
    name, named, digest = fields.get("name"), fields.get("algorithm"), fields.get("digest")
    if not isinstance(name, str) or not isinstance(digest, str):
        raise ValueError(f"{where}: name and digest are expected")
    start, end = 0, None
    if shard_size is not None:
        name, start, end = _shard(name, where)
    if named != (algorithm if shard_size is None else f"{algorithm}-sharded-{shard_size}"):
        raise ValueError(f"{where}: the algorithm {str(named)[:40]!r} is not that of the baseline")
    digest = digest.lower()
    if len(digest) != 2 * LENGTHS[algorithm] or not set(digest) <= set("0123456789abcdef"):
        raise ValueError(f"{where}: no digest of {algorithm}")
    return Resource(_name(name), Piece(algorithm, start, end), digest)


def _shard(name: str, where: str) -> tuple[str, int, int]:
    file, *ends = name.rsplit(":", 2)
    if len(ends) != 2 or not all(end.isascii() and end.isdigit() and len(end) < 20 for end in ends):
        raise ValueError(f"{where}: the name is not FILE:START:END")
    return file, int(ends[0]), int(ends[1])


def _name(name: str) -> str:
    """A path that stays below the model's folder."""
    outside = name != SINGLE and any(part in ("", ".", "..") for part in name.split("/"))
    if outside or "\0" in name:
        raise ValueError(f"the name {name[:80]!r} is no path inside the model")
    return name


def _check_order(resources: Iterable[Resource], shard_size: int | None) -> None:
    """Each file stands once; its shards are of the stated size and leave nothing out."""
    done: set[str] = set()
    last: Resource | None = None
    for each in resources:
        start, end = each.piece.start, each.piece.end
        follows = last is not None and last.name == each.name and shard_size is not None
        if not follows and each.name in done:
            raise ValueError(f"predicate/resources: {each.name[:80]!r} stands twice")
        if shard_size is not None and end is not None:
            expected = last.piece.end if follows and last is not None else 0
            short = follows and last is not None and (last.piece.end or 0) - last.piece.start != shard_size
            if start != expected or short or not 0 < end - start <= shard_size:
                raise ValueError(f"predicate/resources: the shards of {each.name[:80]!r} leave something out")
        done.add(each.name)
        last = each


def _certificates(material: dict[str, Any]) -> Iterable[x509.Certificate]:
    where = "verificationMaterial"
    if "certificate" in material:
        listed = [material["certificate"]]
    else:
        listed = _object(material.get("x509CertificateChain", {}), where).get("certificates", [])
    if not isinstance(listed, list) or len(listed) > MOST_CERTIFICATES:
        raise ValueError(f"{where}: no list of at most {MOST_CERTIFICATES} certificates")
    for each in listed:
        yield x509.load_der_x509_certificate(_bytes(_object(each, where).get("rawBytes"), f"{where}: a certificate"))


def _bytes(value: Any, where: str) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"{where}: is missing")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{where}: is not base64") from error


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: an object is expected")
    return value


def _parse(data: bytes, what: str) -> Any:
    """JSON without doubled keys: two readers must not take the same bytes for two statements."""
    if len(data) > LARGEST:
        raise ValueError(f"{what} is larger than {LARGEST // 2**20} MiB")
    try:
        value = parse(data)
        json.dumps(value, ensure_ascii=False).encode()  # A lone surrogate could not be printed or signed again.
        return value
    except RecursionError as error:
        raise ValueError(f"{what} is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"{what} is not JSON: {error}") from error
