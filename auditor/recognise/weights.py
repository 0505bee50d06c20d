"""Records of weight files → weights: size, digest, header, and every digest that something on the host states."""

from collections.abc import Iterable

from auditor.facts.canonical import MAX_INT
from auditor.facts.fact import SEEN, Fact, Status
from auditor.facts.models import Model
from auditor.facts.records import AnyRecord, HeaderRecord, WeightRecord
from auditor.facts.weights import EARLIER, Expectation, Header, Weight
from auditor.recognise.models_files import group
from auditor.recognise.models_leaf import clean, seen, unseen

READABLE = ("safetensors", "gguf")
"""Formats whose header is read; the others can only be told by running them."""

_CUT = ("was cut at", "metadata is too long")
"""Problems of the probe's bounds, which say nothing against the file."""

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
"""Endings by which loaders take a file for a pickle, whatever is in it."""

_DIGEST_LENGTHS = {"sha256": 64, "git-sha1": 40, "blake3": 64}


def weights_of(records: Iterable[AnyRecord], models: Iterable[Model]) -> tuple[Weight, ...]:
    """The weight files of the models, ordered by model and path; files of no known model are left out."""
    ids = {model.path: model.id for model in models}
    found: list[Weight] = []
    for files in group(records):
        if files.model.path in ids:
            headers = {header.path: header for header in files.headers}
            ordered = sorted(files.weights, key=lambda weight: weight.path)
            found += [_weight(record, headers.get(record.path), ids[files.model.path]) for record in ordered]
    return tuple(found)


def is_told(weight: Weight) -> bool:
    """Whether the content of a file told its format."""
    return weight.format not in ("", "unknown")


def promises_pickle(weight: Weight) -> bool:
    """Whether a file that holds safetensors has the name of a pickle: a loader that goes by names unpickles it."""
    return weight.format == "safetensors" and weight.path.lower().endswith(_PICKLES)


def _weight(record: WeightRecord, header: HeaderRecord | None, model: str) -> Weight:
    return Weight(
        path=record.path,
        model=model,
        format=_format(record, header),
        size=_size(record),
        modified=seen(record, record.modified, "stat", source=record.path),
        sha256=_digest(record),
        header=_header(record, header),
        blake3=_blake3(record),
        expected=tuple(dict.fromkeys(_expected(record))),
    )


def _format(record: WeightRecord, header: HeaderRecord | None) -> str:
    """As the content tells; a file that was not opened for its digest may have had its header read."""
    if record.sha256 is None and header is not None and header.tensors:
        return header.format
    return clean(record.format, 32)


def _size(record: WeightRecord) -> Fact[int]:
    if 0 <= record.size <= MAX_INT:
        return seen(record, record.size, "stat", source=record.path)
    return unseen(record, "stat", f"a size of {record.size} bytes", Status.ERROR, source=record.path)


def _digest(record: WeightRecord) -> Fact[str]:
    value = (record.sha256 or "").lower()
    if _is_digest(value, "sha256") and record.read is not None:
        found = seen(record, value, EARLIER, note=record.note, source=record.path)
        return found.model_copy(update={"time": record.read})
    if _is_digest(value, "sha256"):
        # Of an exported list it is the word of whoever made the list.
        status = Status.DECLARED if record.status is Status.DECLARED else Status.OBSERVED
        return seen(record, value, "sha256", status, record.note, record.path)
    # A record without a digest that says "observed" is one of a file that was seen and not wholly read.
    status = Status.ERROR if record.status in SEEN else record.status
    note = record.note or ("the digest is not a SHA-256" if value else "the file was not wholly read")
    return unseen(record, "sha256", note, status, source=record.path)


def _blake3(record: WeightRecord) -> Fact[str] | None:
    """Of the same bytes as the SHA-256; without that one it proves nothing of them."""
    if not record.blake3 and not record.blake3_note:
        return None
    value = (record.blake3 or "").lower()
    if not _is_digest(value, "blake3"):
        note = clean(record.blake3_note) or "the digest is not a BLAKE3"
        return unseen(record, "blake3", note, Status.ABSENT, source=record.path)
    found = seen(record, value, "blake3" if record.read is None else EARLIER, note=record.note, source=record.path)
    return found if record.read is None else found.model_copy(update={"time": record.read})


def _header(record: WeightRecord, header: HeaderRecord | None) -> Fact[Header]:
    if header is None:
        if record.sha256 is None and not record.format.replace("unknown", ""):
            # Not opened: whether it has a header that can be read is as little known as anything else of it.
            status = Status.ERROR if record.status in SEEN else record.status
            return unseen(record, "header", record.note or "the file was not read", status, source=record.path)
        if record.format in READABLE:
            return unseen(record, "header", "the header was not read", Status.ERROR, source=record.path)
        note = f"the header of {clean(record.format, 32) or 'an unknown format'} is not read"
        return unseen(record, "header", note, Status.UNSUPPORTED, source=record.path)
    problems = [problem for problem in header.problems if not any(cut in problem for cut in _CUT)]
    note = "; ".join(clean(problem) for problem in problems)
    numbers = (header.tensors, header.parameters, header.bytes, *header.dtypes.values())
    if any(not 0 <= number <= MAX_INT for number in numbers):
        return unseen(header, "header", f"numbers beyond all bounds; {note}", Status.ERROR, source=header.path)
    if header.status not in SEEN:
        return unseen(header, "header", header.note or note, header.status, source=header.path)
    if problems and not header.tensors and not any("truncated" in problem for problem in problems):
        return unseen(header, "header", note, Status.ERROR, source=header.path)
    value = Header(
        tensors=header.tensors,
        parameters=header.parameters,
        dtypes={clean(name, 32): count for name, count in header.dtypes.items()},
        bytes=header.bytes,
    )
    return seen(header, value, "header", note=note, source=header.path)


def _expected(record: WeightRecord) -> Iterable[Fact[Expectation]]:
    for stated in record.expected:
        algorithm, digest = stated.algorithm.lower(), stated.digest.lower()
        if _is_digest(digest, algorithm):
            value = Expectation(algorithm=algorithm, digest=digest)
            yield seen(record, value, "stated", Status.DECLARED, source=clean(stated.source, 4096))


def _is_digest(text: str, algorithm: str) -> bool:
    return len(text) == _DIGEST_LENGTHS.get(algorithm, -1) and all(letter in "0123456789abcdef" for letter in text)
