"""Follows the opcodes of a pickle without running any: which names it imports, and what it does with them.

The machine keeps a stack and a memo as a loader does, but of all values only texts and imported names; so a name that
is put together from the memo is still told. Nothing is imported, called or built. What a loader would have run before
a stream breaks is reported all the same, with the break as a problem.
"""

import base64
import binascii
import io
import re
import struct
from typing import Any, BinaryIO, Callable, Dict, List, NamedTuple, Optional, Tuple

from . import limits
from .signs import Seen

TORCH_MAGIC = 0x1950A86A20F9469CFC6C
"""First value of a file in torch's format before 1.6; five pickles follow each other, then raw storages."""
_TORCH_PICKLES = 5


class Broken(Exception):
    """The stream cannot be followed any further."""


class _Opaque(NamedTuple):
    """A value of which only its origin is known: ``made`` by a call or class, or plain data."""

    made: bool


class _Global(NamedTuple):
    name: str


_DATA, _MADE = _Opaque(False), _Opaque(True)

_LENGTHS = {
    b"T": "<i", b"U": "<B", b"X": "<I", b"\x8c": "<B", b"\x8d": "<Q",
    b"B": "<I", b"C": "<B", b"\x8e": "<Q", b"\x96": "<Q", b"\x8a": "<B", b"\x8b": "<i",
}  # fmt: skip
"""Opcodes whose argument is preceded by its length."""
_TEXTS = (b"T", b"U", b"X", b"\x8c", b"\x8d")
_NUMBERS = {b"J": 4, b"K": 1, b"M": 2, b"G": 8}
_LINES = (b"F", b"I", b"L")
_EMPTY = (b"N", b"]", b"}", b")", b"\x8f", b"\x88", b"\x89", b"\x97")
_GETS, _PUTS = {b"h": "<B", b"j": "<I"}, {b"q": "<B", b"r": "<I"}
_EXTENSIONS = {b"\x82": "<B", b"\x83": "<H", b"\x84": "<i"}
_PICKLE = re.compile(rb"\x80[\x00-\x05]|\(*c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|\(*i[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n")
_BASE64 = re.compile(rb"(?:gA|KG|Y[2-7]|aW|KA)[A-Za-z0-9+/_=\-\s]{14,}\Z")
_HEX = re.compile(rb"(?:800[0-5]|63|28|69)(?:[0-9A-Fa-f]{2}){8,}\Z")


class _Reader:
    """Reads from a file without ever holding more than the bounds allow."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.size = size
        self.position = file.tell()

    def read(self, count: int) -> bytes:
        data = self.file.read(count)
        self.position += len(data)
        if len(data) < count:
            raise Broken(f"ends within an opcode at byte {self.position}")
        return data

    def number(self, form: str) -> int:
        return int(struct.unpack(form, self.read(struct.calcsize(form)))[0])

    def line(self) -> bytes:
        data = self.file.readline(limits.PICKLE_LINE + 1)
        self.position += len(data)
        if not data.endswith(b"\n"):
            raise Broken(f"has a line without end at byte {self.position}")
        return data[:-1]

    def skip(self, count: int) -> None:
        if count < 0 or count > self.size - self.position:
            raise Broken(f"claims {count} bytes at byte {self.position}, more than there are")
        self.file.seek(count, io.SEEK_CUR)
        self.position += count


class _Machine:
    def __init__(self, reader: _Reader, seen: Seen, where: str, stop: Callable[[], bool], depth: int) -> None:
        self.reader = reader
        self.seen = seen
        self.where = where
        self.stop = stop
        self.depth = depth
        self.stack: List[Any] = []
        self.marks: List[List[Any]] = []
        self.memo: Dict[int, Any] = {}
        self.number: Optional[int] = None
        """The value of a ``LONG1``, by which torch's older format is told."""

    def pop(self) -> Any:
        if self.stack:
            return self.stack.pop()
        self.seen.problem(f"takes a value from an empty stack at byte {self.reader.position}")
        return _MADE

    def unmark(self) -> List[Any]:
        items = self.stack
        if self.marks:
            self.stack = self.marks.pop()
        else:
            self.seen.problem(f"goes back to a mark that was not set at byte {self.reader.position}")
            self.stack = []
        return items

    def push(self, value: Any) -> None:
        if len(self.stack) >= limits.PICKLE_VALUES:
            raise Broken(f"keeps more than {limits.PICKLE_VALUES} values")
        self.stack.append(value)

    def remember(self, key: int) -> None:
        if len(self.memo) >= limits.PICKLE_VALUES:
            raise Broken(f"remembers more than {limits.PICKLE_VALUES} values")
        self.memo[key] = self.stack[-1] if self.stack else _MADE

    def recall(self, key: int) -> None:
        if key not in self.memo:
            self.seen.problem(f"recalls a value that was not remembered at byte {self.reader.position}")
        self.push(self.memo.get(key, _MADE))

    def imports(self, module: str, name: str, how: str) -> None:
        full = f"{module}.{name}"
        self.seen.imported(full, how, self.where)
        self.push(_Global(full))

    def call(self, function: Any, how: str) -> None:
        if not isinstance(function, _Global):
            self.seen.sign("computed-call", f"{how} calls something that is not an imported name", self.where)
        self.push(_MADE)

    def run(self) -> None:
        """Until ``STOP``. Raises Broken."""
        for step in range(limits.PICKLE_OPCODES):
            if step % 65536 == 65535 and self.stop():
                raise Broken("was not followed to its end: cancelled")
            code = self.reader.file.read(1)
            if not code:
                raise Broken(f"ends without a stop at byte {self.reader.position}")
            self.reader.position += 1
            if code == b".":
                return
            self.step(code)
        raise Broken(f"has more than {limits.PICKLE_OPCODES} opcodes")

    def step(self, code: bytes) -> None:
        if code in _LENGTHS:
            self.data(code)
        elif code in _EMPTY:
            self.push(_DATA)
        elif code in _NUMBERS:
            self.reader.read(_NUMBERS[code])
            self.push(_DATA)
        elif code in _LINES:
            self.reader.line()
            self.push(_DATA)
        elif code in _GETS:
            self.recall(self.reader.number(_GETS[code]))
        elif code in _PUTS:
            self.remember(self.reader.number(_PUTS[code]))
        elif code == b"\x94":
            self.remember(len(self.memo))
        elif code in (b"g", b"p"):
            self.named(code)
        elif code in (b"S", b"V"):
            self.text(code, self.reader.line())
        elif code in _EXTENSIONS:
            number = self.reader.number(_EXTENSIONS[code])
            self.seen.sign("extension", f"names entry {number} of the extension registry", self.where)
            self.push(_Global("copyreg extension"))
        elif code in (b"c", b"i", b"\x93", b"R", b"o", b"\x81", b"\x92", b"b"):
            self.acts(code)
        elif code in (b"P", b"Q"):
            self.reader.line() if code == b"P" else self.pop()
            self.push(_DATA)
        elif code == b"\x80":
            version = self.reader.number("<B")
            if version > 5:
                self.seen.problem(f"claims protocol {version}")
        elif code == b"\x95":
            length = self.reader.number("<Q")
            if length > self.reader.size - self.reader.position:
                self.seen.problem(f"has a frame of {length} bytes at byte {self.reader.position}, more than there are")
        else:
            self.shape(code)

    def shape(self, code: bytes) -> None:
        """Opcodes that only move values."""
        if code == b"(":
            if len(self.marks) >= limits.PICKLE_MARKS:
                raise Broken(f"is nested deeper than {limits.PICKLE_MARKS} marks")
            self.marks.append(self.stack)
            self.stack = []
        elif code == b"0":
            # As a loader does: without a value on the stack, the mark below is dropped.
            self.stack.pop() if self.stack else self.unmark()
        elif code == b"1":
            self.unmark()
        elif code == b"2":
            self.push(self.stack[-1] if self.stack else self.pop())
        elif code in (b"t", b"l", b"d", b"\x91"):
            self.unmark()
            self.push(_DATA)
        elif code in (b"e", b"u", b"\x90"):
            self.unmark()
        elif code == b"a":
            self.pop()
        elif code == b"s":
            self.pop()
            self.pop()
        elif code in (b"\x85", b"\x86", b"\x87"):
            for _ in range(code[0] - 0x84):
                self.pop()
            self.push(_DATA)
        elif code != b"\x98":
            raise Broken(f"has the unknown opcode 0x{code[0]:02x} at byte {self.reader.position - 1}")

    def acts(self, code: bytes) -> None:
        """Opcodes that import, call or build."""
        if code == b"c":
            module, name = _ascii(self.reader.line()), _ascii(self.reader.line())
            self.imports(module, name, "GLOBAL")
        elif code == b"i":
            module, name = _ascii(self.reader.line()), _ascii(self.reader.line())
            self.unmark()
            self.imports(module, name, "INST")
            self.pop()
            self.push(_MADE)
        elif code == b"\x93":
            name, module = self.pop(), self.pop()
            if isinstance(name, str) and isinstance(module, str):
                self.imports(module, name, "STACK_GLOBAL")
            else:
                self.seen.sign("computed-name", "imports a name that is computed while it is loaded", self.where)
                self.push(_MADE)
        elif code == b"R":
            self.pop()
            self.call(self.pop(), "REDUCE")
        elif code == b"o":
            items = self.unmark()
            self.call(items[0] if items else _MADE, "OBJ")
        elif code in (b"\x81", b"\x92"):
            for _ in range(1 if code == b"\x81" else 2):
                self.pop()
            self.call(self.pop(), "NEWOBJ")
        else:
            self.pop()
            if self.stack and isinstance(self.stack[-1], _Global):
                self.seen.sign("build", f"changes {self.stack[-1].name} itself", self.where)

    def named(self, code: bytes) -> None:
        line = self.reader.line()
        try:
            key = int(line)
        except ValueError:
            raise Broken(f"names a remembered value by no number at byte {self.reader.position}") from None
        self.recall(key) if code == b"g" else self.remember(key)

    def data(self, code: bytes) -> None:
        length = self.reader.number(_LENGTHS[code])
        if length < 0 or length > limits.PICKLE_KEPT:
            head = b""
            if length > 0:
                head = self.reader.read(min(32, length, max(0, self.reader.size - self.reader.position)))
            self.reader.skip(length - len(head))
            if code not in (b"\x8a", b"\x8b") and _PICKLE.match(head):
                self.seen.problem(f"holds {length} bytes that begin like a pickle and are too long to be followed")
            self.push(_DATA)
            return
        data = self.reader.read(length)
        if code in _TEXTS:
            self.text(code, data)
        elif code in (b"\x8a", b"\x8b"):
            self.number = int.from_bytes(data[:16], "little", signed=True)
            self.push(_DATA)
        else:
            self.nested(data)
            self.push(_DATA)

    def text(self, code: bytes, data: bytes) -> None:
        if code == b"S":
            data = _unquoted(data)
        self.nested(data)
        value = data.decode("raw-unicode-escape", "replace") if code == b"V" else _ascii(data)
        # A longer text is no name of anything; used as one, it counts as computed.
        self.push(value if len(value) <= limits.PICKLE_NAME else _DATA)

    def nested(self, data: bytes) -> None:
        """Follow a pickle in a text or in bytes, plain, in base64 or in hexadecimal digits."""
        if len(data) < 8 or self.depth >= limits.PICKLE_NESTING:
            if len(data) >= 8 and _PICKLE.match(data):
                self.seen.problem(f"holds pickles in pickles deeper than {limits.PICKLE_NESTING}")
            return
        for how, inner in _inner(data):
            found = Seen()
            where = f"{self.where} › {how}" if self.where else how
            done = True
            try:
                _Machine(_Reader(io.BytesIO(inner), len(inner)), found, where, self.stop, self.depth + 1).run()
            except Broken:
                done = False
            if found.imports or found.signs or (done and inner[:1] == b"\x80"):
                self.seen.sign("nested", f"holds another pickle ({how})", self.where)
                for each in found.imports:
                    self.seen.imported(*each)
                for sign in found.signs:
                    self.seen.sign(*sign)


def _inner(data: bytes) -> List[Tuple[str, bytes]]:
    if _PICKLE.match(data):
        return [("bytes in it", data)]
    if _HEX.match(data):
        found = binascii.unhexlify(data)
        return [("hexadecimal text in it", found)] if _PICKLE.match(found) else []
    if _BASE64.match(data):
        plain = re.sub(rb"\s", b"", data).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        try:
            found = base64.b64decode(plain + b"=" * (-len(plain) % 4))
        except binascii.Error:
            return []
        return [("base64 text in it", found)] if _PICKLE.match(found) else []
    return []


def _ascii(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _unquoted(data: bytes) -> bytes:
    data = data.strip()
    if len(data) >= 2 and data[:1] == data[-1:] and data[:1] in (b"'", b'"'):
        data = data[1:-1]
    try:
        return data.decode("unicode_escape").encode("latin-1")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return data


def follow(file: BinaryIO, size: int, seen: Seen, where: str, stop: Callable[[], bool]) -> None:
    """Follow the pickles of a file from where it stands, one after another, until its end; never raises Broken."""
    reader = _Reader(file, size)
    most = limits.PICKLES
    for number in range(1, limits.PICKLES + 1):
        begin = reader.position
        machine = _Machine(reader, seen, where, stop, 0)
        try:
            machine.run()
        except Broken as broken:
            what = str(broken) if number == 1 else f"has {size - begin} bytes after its end that are no pickle"
            seen.problem(f"{where}: {what}" if where else what)
            return
        seen.pickles += 1
        if number == 1 and machine.number == TORCH_MAGIC:
            most = _TORCH_PICKLES
        if reader.position >= size or number == most == _TORCH_PICKLES:
            return
    seen.problem(f"holds more than {limits.PICKLES} pickles one after another")
