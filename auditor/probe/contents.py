"""Looks into files that can run something when they are loaded: pickles, arrays of objects, archives, links.

Nothing is loaded and nothing is unpacked to disk. Of a file goes to the other side which names it imports and which
signs of harm it has, never its content. What could not be looked through is a problem of the record.
"""

import ast
import bz2
import gzip
import io
import lzma
import os
import re
import tarfile
import zipfile
import zlib
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Optional, Tuple

from . import limits, pickles
from .found import File, Found
from .names import ending, format_of, is_text, is_weight
from .paths import resolve
from .signs import Seen
from .text import path as shown
from .walk import explain, open_regular

Stop = Callable[[], bool]

_DATA_ONLY = ("safetensors", "gguf", "ggml")
"""Formats that hold nothing but numbers and settings; what a setting can do is told from header and texts."""
_OPAQUE = {
    "hdf5": "HDF5 can hold layers with code; it is not looked into",
    "tensorrt": "an engine can name plugins to load; it is not looked into",
    "onnx": "ONNX can name operators and files to load; it is not looked into",
    "llamafile": "a llamafile is a program",
    "7z": "a 7z archive is not looked into",
    "rar": "a RAR archive is not looked into",
    "lz4": "compressed with LZ4 and not looked into",
    "zstandard": "compressed with Zstandard and not looked into",
}
_STARTS = (
    (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07", "rar"),
    (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"), (b"\x93NUMPY", "numpy"), (b"GGUF", "gguf"),
    (b"\x89HDF\r\n", "hdf5"), (b"\x04\x22\x4d\x18", "lz4"), (b"\x28\xb5\x2f\xfd", "zstandard"),
)  # fmt: skip
_PACKED = {".gz": "gzip", ".tgz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".z": "zlib", ".joblib": "zlib"}
_STORAGE = re.compile(r"(?:^|/)data/\d+$")
_TORCH_PLAIN = re.compile(
    r"(?:^|/)(?:version|byteorder|\.format_version|\.storage_alignment|\.data/serialization_id)$", re.IGNORECASE
)
_CODE = re.compile(r"\.(?:py|pyc|so|pyd|dll|sh|exe)$", re.IGNORECASE)
_LAMBDA = re.compile(rb'"class_name"\s*:\s*"Lambda"')


def of_model(model: Found, stop: Stop) -> Iterator[Tuple[File, Dict[str, Any]]]:
    """What is to be told of the files of a model: weights first, then others that begin like a pickle or archive."""
    weights = {weight.file.name for weight in model.weights}
    sniffed = 0
    for file in sorted(model.files, key=lambda file: (file.name not in weights, file.name)):
        if stop():
            return
        beside = file.name not in weights
        if beside and not is_weight(os.path.basename(file.name)):
            if is_text(os.path.basename(file.name)) or sniffed >= limits.SNIFFED:
                continue
            sniffed += 1
        fields = _look(model, file, beside, stop)
        if fields is not None:
            yield file, fields


def _look(model: Found, file: File, beside: bool, stop: Stop) -> Optional[Dict[str, Any]]:
    seen = Seen()
    kind = ""
    _link(model, file, seen)
    try:
        with os.fdopen(open_regular(file.real, follow=True), "rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            kind = _kind(file.name, opened, beside)
            if kind:
                opened.seek(0)
                _scan(kind, opened, size, seen, "", stop, 0)
    except OSError as error:
        if not beside:
            seen.problem(explain(error)[0])
    except Exception as error:
        # Whatever a hostile file makes a parser do, the other files are looked at, and this one is not called clean.
        seen.problem(f"cannot be followed: {type(error).__name__}: {error}")
    if not kind and not seen.signs and (beside or not seen.problems):
        return None
    return {
        "kind": kind or "file",
        "pickles": seen.pickles,
        "imports": [each._asdict() for each in seen.imports],
        "signs": [each._asdict() for each in seen.signs],
        "problems": list(seen.problems),
    }


def _link(model: Found, file: File, seen: Seen) -> None:
    """A file of a folder that is a link to somewhere else; caches link into their own store."""
    if model.store in ("huggingface-cache", "ollama") or file.path == file.real:
        return
    root = resolve(model.path)
    if not os.path.isdir(root) or file.real.startswith(root.rstrip(os.sep) + os.sep):
        return
    seen.sign("link", f"is a link out of the model's folder, to {shown(file.real)}", "")


def _kind(name: str, file: BinaryIO, beside: bool) -> str:
    """What to look through it as; empty where nothing in it can run."""
    head = file.read(512)
    kind = _sniff(head)
    if kind == "safetensors" and _promises_pickle(name):
        # A loader that goes by names unpickles it, and the first bytes can be both.
        return "pickle"
    if kind:
        return kind
    if beside:
        return {".pkl": "pickle", ".pickle": "pickle"}.get(ending(name), "")
    told = format_of(name, head[:16])
    if told != "unknown":
        return told
    # By its name a loader would unpickle it, and the oldest protocols begin with no mark.
    return "pickle" if _promises_pickle(name) else _PACKED.get(ending(name), "unknown")


def _promises_pickle(name: str) -> bool:
    return ending(name) in (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".pdparams", ".distcp", ".joblib")


def _sniff(head: bytes) -> str:
    found = next((name for start, name in _STARTS if head.startswith(start)), "")
    if found:
        return found
    if format_of("", head[:16]) == "safetensors":
        return "safetensors"
    if len(head) >= 2 and head[0] == 0x80 and head[1] <= 5:
        return "pickle"
    if head[257:262] == b"ustar":
        return "tar"
    if len(head) >= 2 and head[0] == 0x78 and (head[0] * 256 + head[1]) % 31 == 0:
        return "zlib"
    return ""


def _scan(kind: str, file: BinaryIO, size: int, seen: Seen, where: str, stop: Stop, depth: int) -> None:
    if kind in _DATA_ONLY:
        return
    if depth > limits.ARCHIVE_NESTING:
        seen.problem(_at(where, f"is packed deeper than {limits.ARCHIVE_NESTING} times and was not looked into"))
    elif kind == "pickle":
        pickles.follow(file, size, seen, where, stop)
    elif kind == "numpy":
        _array(file, size, seen, where, stop)
    elif kind in ("zip", "keras"):
        _zip(file, seen, where, stop, depth)
    elif kind in ("tar", "nemo"):
        _tar(file, seen, where, stop, depth)
    elif kind in ("gzip", "bzip2", "xz", "zlib"):
        data = _unpacked(kind, file)
        if len(data) > limits.MEMBER:
            seen.problem(_at(where, f"unpacks to more than {limits.MEMBER} bytes; only these were looked through"))
            data = data[: limits.MEMBER]
        _scan(_sniff(data[:512]) or "pickle", io.BytesIO(data), len(data), seen, _below(where, kind), stop, depth + 1)
    else:
        seen.problem(_at(where, _OPAQUE.get(kind, "is of a kind that is not looked into")))


def _at(where: str, what: str) -> str:
    return f"{where}: {what}" if where else what


def _below(where: str, name: str) -> str:
    return f"{where} › {name}" if where else name


def _unpacked(kind: str, file: BinaryIO) -> bytes:
    """At most one byte more than may be looked through. Raises OSError, EOFError, zlib.error, lzma.LZMAError."""
    most = limits.MEMBER + 1
    if kind == "gzip":
        return gzip.GzipFile(fileobj=file).read(most)
    if kind == "bzip2":
        return bz2.BZ2File(file).read(most)
    if kind == "xz":
        return lzma.LZMADecompressor(memlimit=64 * limits.MIB).decompress(file.read(most), most)
    return zlib.decompressobj().decompress(file.read(most), most)


def _array(file: BinaryIO, size: int, seen: Seen, where: str, stop: Stop) -> None:
    """An array of numpy: one of objects goes on as a pickle."""
    file.read(6)
    major = file.read(2)[:1]
    length = int.from_bytes(file.read(2 if major == b"\x01" else 4), "little")
    if length > limits.PICKLE_LINE:
        seen.problem(_at(where, f"claims a header of {length} bytes"))
        return
    header = file.read(length).decode("latin-1")
    try:
        kind = ast.literal_eval(header.strip())["descr"]
    except (ValueError, SyntaxError, KeyError, TypeError, RecursionError, MemoryError):
        seen.problem(_at(where, "its header cannot be read"))
        return
    if "O" in str(kind):
        seen.sign("objects", "is an array of objects, which are kept as a pickle", where)
        pickles.follow(file, size, seen, where, stop)


class _Bounded(io.RawIOBase):
    """A file that refuses to be read in one go beyond all bounds."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(limits.ARCHIVE_LIST + 1 if size is None or size < 0 else size)
        if len(data) > limits.ARCHIVE_LIST:
            raise OSError("its list of members is too long")
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _zip(file: BinaryIO, seen: Seen, where: str, stop: Stop, depth: int) -> None:
    try:
        archive = zipfile.ZipFile(_Bounded(file))
        members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        seen.problem(_at(where, f"cannot be opened as a zip archive: {error}"))
        return
    names: Dict[str, int] = {}
    torch = any(re.search(r"(?:^|/)data\.pkl$", member.filename) for member in members)
    for member in members[: limits.MEMBERS]:
        if stop():
            seen.problem(_at(where, "was not looked through to its end: cancelled"))
            return
        inside = _below(where, shown(member.filename))
        _place(member.filename, seen, where)
        names[member.filename] = names.get(member.filename, 0) + 1
        if (member.external_attr >> 16) & 0o170000 == 0o120000:
            seen.sign("archive-link", f"holds the link {shown(member.filename)}", where)
        if _CODE.search(member.filename):
            seen.sign("code", f"holds the code {shown(member.filename)}", where)
        if member.is_dir() or (torch and (_STORAGE.search(member.filename) or _TORCH_PLAIN.search(member.filename))):
            continue
        try:
            with archive.open(member) as opened:
                _member(member.filename, opened.read(limits.MEMBER + 1), member.file_size, seen, inside, stop, depth)
        except Exception as error:
            # A loader may be more lenient than this reader; what it would find is not known.
            seen.problem(f"{inside}: cannot be unpacked: {type(error).__name__}: {error}")
    for name in sorted(name for name, count in names.items() if count > 1):
        seen.sign("twice", f"holds {shown(name)} more than once", where)
    if len(members) > limits.MEMBERS:
        seen.problem(_at(where, f"holds more than {limits.MEMBERS} files; those beyond were not looked into"))


def _member(name: str, data: bytes, size: int, seen: Seen, where: str, stop: Stop, depth: int) -> None:
    kind = _sniff(data[:512]) or ("pickle" if _promises_pickle(name) or name.endswith("/pickle") else "")
    if not kind:
        if name.endswith("config.json") and _LAMBDA.search(data):
            seen.sign("lambda", "describes a Lambda layer, which holds code", where)
        if name.endswith("schema.json") and b'"__loader__"' in data:
            seen.problem(f"{where}: names classes for the loader of skops, which are not looked into")
        kind = format_of(name, data[:16]) if is_weight(name) else ""
    if not kind:
        return
    if len(data) > limits.MEMBER and kind not in _DATA_ONLY:
        seen.problem(f"{where}: {size} bytes, of which only {limits.MEMBER} were looked through")
        data = data[: limits.MEMBER]
    _scan(kind, io.BytesIO(data), len(data), seen, where, stop, depth + 1)


def _tar(file: BinaryIO, seen: Seen, where: str, stop: Stop, depth: int) -> None:
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for number, member in enumerate(archive):
                if stop() or number >= limits.MEMBERS:
                    what = "cancelled" if stop() else f"it holds more than {limits.MEMBERS} files"
                    seen.problem(_at(where, f"was not looked through to its end: {what}"))
                    return
                _entry(archive, member, seen, where, stop, depth)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        seen.problem(_at(where, f"cannot be followed as a tar archive: {error}"))


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo, seen: Seen, where: str, stop: Stop, depth: int) -> None:
    _place(member.name, seen, where)
    if member.issym() or member.islnk():
        base = os.path.dirname(member.name) if member.issym() else ""
        target = os.path.normpath(os.path.join(base, member.linkname))
        if target.startswith(("..", "/")):
            seen.sign("archive-link", f"holds the link {member.name} to {member.linkname}, out of it", where)
    elif not member.isfile() and not member.isdir():
        seen.sign("archive-device", f"holds {member.name}, which is no ordinary file", where)
    elif _CODE.search(member.name):
        seen.sign("code", f"holds the code {member.name}", where)
    if member.isfile():
        opened = archive.extractfile(member)
        data = opened.read(limits.MEMBER + 1) if opened else b""
        _member(member.name, data, member.size, seen, _below(where, shown(member.name)), stop, depth)


def _place(name: str, seen: Seen, where: str) -> None:
    """A member whose name would put it outside of where an archive is unpacked."""
    parts: List[str] = re.split(r"[/\\]", name)
    if ".." in parts or name.startswith(("/", "\\")) or re.match(r"^[A-Za-z]:", name):
        seen.sign("traversal", f"would unpack {shown(name)} outside of its folder", where)
