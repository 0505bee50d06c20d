"""Pickles and archives made by hand: some do harm when they are loaded, some are what torch and numpy write."""

import base64
import bz2
import gzip
import io
import lzma
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections import OrderedDict
from typing import Any

TORCH_MAGIC = 0x1950A86A20F9469CFC6C


class Runs:
    """Runs a command when it is loaded."""

    def __reduce__(self) -> Any:
        return os.system, ("true",)


def runs(protocol: int = 2) -> bytes:
    """A pickle that runs a command."""
    return pickle.dumps(Runs(), protocol)


def text(value: str) -> bytes:
    """``SHORT_BINUNICODE``."""
    data = value.encode()
    return b"\x8c" + bytes([len(data)]) + data


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def tarred(members: dict[str, bytes], link: tuple[str, str] | None = None) -> bytes:
    """A tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo(link[0])
            info.type, info.linkname = tarfile.SYMTYPE, link[1]
            archive.addfile(info)
    return out.getvalue()


def tensors() -> bytes:
    """``data.pkl`` as torch writes it: a dictionary of tensors that name their storage by a persistent id."""
    one = (
        b"X\x06\x00\x00\x00weightq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02"
        b"((X\x07\x00\x00\x00storageq\x03ctorch\nFloatStorage\nq\x04X\x01\x00\x00\x000q\x05X\x03\x00\x00\x00cpuq\x06K\x04tq\x07Q"
        b"K\x00K\x02K\x02\x86q\x08K\x02K\x01\x86q\x09\x89ccollections\nOrderedDict\nq\x0a)Rq\x0btq\x0cRq\x0ds"
    )
    return b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x0e" + one + b"."


def torch_zip(pickled: bytes = b"") -> bytes:
    """A file as ``torch.save`` writes it."""
    inside = {"data.pkl": pickled or tensors(), "byteorder": b"little", "data/0": b"\x80\x04" + bytes(14)}
    inside |= {"version": b"3\n", ".data/serialization_id": b"0" * 40}
    return zipped({f"archive/{name}": data for name, data in inside.items()})


def torch_legacy(pickled: bytes = b"") -> bytes:
    """A file as torch before 1.6 wrote it: five pickles, then raw storages."""
    info = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
    head = b"".join(pickle.dumps(value, 2) for value in (TORCH_MAGIC, 1001, info))
    return head + (pickled or tensors()) + pickle.dumps(["0"], 2) + struct.pack("<Q", 4) + b"\x80\x04c." * 4


def array(pickled: bytes, descr: str = "|O") -> bytes:
    """An ``.npy`` file."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + pickled


_NAME = text("os") + text("system")
_CALL = text("true") + b"\x85R."
HARMFUL: dict[str, bytes] = {
    **{f"reduce, protocol {n}.pkl": runs(n) for n in range(6)},
    "global.pkl": b"cos\nsystem\n(S'true'\ntR.",
    "inst.pkl": b"(S'true'\nios\nsystem\n.",
    "obj.pkl": b"(cos\nsystem\nS'true'\no.",
    "newobj.pkl": b"\x80\x02csubprocess\nPopen\nX\x04\x00\x00\x00true\x85\x81.",
    "newobj_ex.pkl": b"\x80\x04" + text("subprocess") + text("Popen") + b"\x93" + text("true") + b"\x85}\x92.",
    "stack_global.pkl": b"\x80\x04" + _NAME + b"\x93" + _CALL,
    "names from the memo.pkl": b"\x80\x04" + text("system") + b"\x940" + text("os") + b"\x94h\x00\x93" + _CALL,
    "names put by number.pkl": b"(Vos\np7\n0Vsystem\np900\n0g7\ng900\n\x93" + _CALL,
    "name doubled.pkl": b"\x80\x04" + text("pty") + text("spawn") + b"20" + b"\x93" + _CALL,
    "name in escapes.pkl": b"\x80\x04V\\u006fs\nVsys\\u0074em\n\x93" + _CALL,
    "name computed.pkl": b"\x80\x04" + text("os") + b"c_codecs\nencode\n" + text("system") + b"\x85R\x93" + _CALL,
    "extension registry.pkl": b"\x80\x02\x82\x01(tR.",
    "build.pkl": b"\x80\x02ccollections\nOrderedDict\n}X\x01\x00\x00\x00xcos\nsystem\nsb.",
    "build on what was imported.pkl": b"\x80\x02ccollections\nOrderedDict\n}X\x01\x00\x00\x00xNsb.",
    "attribute of a harmless module.pkl": b"\x80\x04" + text("collections") + text("_sys.exit") + b"\x93)R.",
    "rebuilt by a load.pkl": b"\x80\x02ctorch.storage\n_load_from_bytes\nC\x01x\x85R.",
    "nested in bytes.pkl": pickle.dumps({"x": runs()}, 4),
    "nested in base64.pkl": pickle.dumps({"x": base64.b64encode(runs(4)).decode()}, 4),
    "nested in hex.pkl": pickle.dumps({"x": runs().hex()}, 4),
    "nested twice.pkl": pickle.dumps([pickle.dumps([runs()])], 4),
    "second of two.pkl": pickle.dumps({"a": 1}) + runs(),
    "after the stop.pkl": pickle.dumps({"a": 1}) + b"\xff\xff" + runs(),
    "truncated.pkl": runs(0)[:-1] + b"X\xff\xff\x00\x00",
    "cut at once.pkl": runs(4)[:6],
    "gigantic frame.pkl": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f" + _NAME + b"\x93" + _CALL,
    "gigantic text.pkl": b"\x80\x04cos\nsystem\n\x8d\xff\xff\xff\xff\xff\xff\xff\x7fx.",
    "unknown opcode.pkl": b"\x80\x04cos\nsystem\n\xee.",
    "stack that is empty.pkl": b"\x80\x02000cos\nsystem\n(tR.",
    "torch.pt": torch_zip(runs()),
    "torch.bin": torch_legacy(runs()),
    "zip.bin": zipped({"x/data.pkl": runs()}, zipfile.ZIP_DEFLATED),
    "zip in a zip.zip": zipped({"inner.zip": zipped({"m.pkl": runs(0)})}),
    "tar.nemo": tarred({"weights.ckpt": torch_zip(runs())}),
    "gzip.joblib": gzip.compress(runs()),
    "bzip2.joblib": bz2.compress(runs()),
    "xz.joblib": lzma.compress(runs()),
    "zlib.joblib": zlib.compress(runs()),
    "objects.npy": array(runs()),
    "objects.npz": zipped({"a.npy": array(runs())}),
    "7z.bin": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(64),
    "named otherwise.bin": b"\x00\x01\x02 no pickle at all",
    "checksum.bin": torch_zip(runs()).replace(b"system", b"sysTem", 1),
    "traversal.zip": zipped({"../../etc/cron.d/x": b"x"}),
    "absolute.zip": zipped({"/etc/cron.d/x": b"x"}),
    "drive.zip": zipped({"C:\\x": b"x"}),
    "link.tar": tarred({"a": b""}, ("b", "../../etc/passwd")),
    "lambda.keras": zipped({"config.json": b'{"layers": [{"class_name": "Lambda"}]}'}),
}
"""By file name; none of them may be called clean."""

ORDINARY: dict[str, bytes] = {
    **{
        f"values, protocol {n}.pkl": pickle.dumps({"a": [1, -2.5, None, True, "ž"], "b": (b"x", {1}, range(3))}, n)
        for n in range(6)
    },
    "ordered.pkl": pickle.dumps(OrderedDict(a=1), 2),
    "many.pkl": pickle.dumps([str(n) for n in range(5000)], 4),
    "digits.pkl": pickle.dumps({"hash": "800" + "0" * 61, "token": "gAAAAABlongenoughtobebase64butnothingelse=="}, 4),
    "torch.pt": torch_zip(),
    "torch.bin": torch_legacy(),
    "numbers.npy": array(b"\x80\x04c" * 8, "<f8"),
    "numbers.npz": zipped({"a.npy": array(b"\x80\x04c" * 8, "<f8")}, zipfile.ZIP_DEFLATED),
    "layers.keras": zipped({"config.json": b'{"layers": [{"class_name": "Dense"}]}'}),
    "plain.tar": tarred({"a/b.txt": b"x"}, ("a/c", "b.txt")),
}
"""By file name; none of them may be said to harm."""
