"""bpf(2) by ctypes: assemble small observer programs, load and attach them, read their ring buffer.

Nothing is pinned and every attachment is a link (BPF_LINK_CREATE): all of it is held by descriptors of this process
and is gone when the process is, however it ends. Layouts and numbers are those of linux/bpf.h. Functions raise OSError
with the kernel's reason; a program that the verifier refuses carries the verifier's last words.
"""

import ctypes
import errno
import mmap
import os
import platform
import resource
import select
import struct
import sys
from typing import Dict, Iterator, List, NamedTuple, Tuple, Union

_NUMBERS = {"x86_64": 321, "aarch64": 280}
"""Of the system call, by machine."""

MAP_CREATE, MAP_LOOKUP, PROG_LOAD, INFO, PROG_QUERY, LINK_CREATE = 0, 1, 5, 15, 16, 28
_TAKE = 25
"""BPF_MAP_LOOKUP_AND_DELETE_BATCH"""
_HASH, _ARRAY, _RINGBUF = 1, 2, 27
_WHEN_NEEDED = 1
"""BPF_F_NO_PREALLOC"""
_LOG = 64 * 1024

# Instruction classes of linux/bpf.h, in the combinations used here.
_LOAD_W, _STORE_W, _STORE_DW, _STORE_IMM_DW, _LOAD_IMM_DW = 0x61, 0x63, 0x7B, 0x7A, 0x18
_MOVE, _MOVE_IMM, _ADD_IMM, _JUMP_EQ_IMM, _JUMP_NE_IMM, _ATOMIC_DW, _CALL, _EXIT = (
    0xBF, 0xB7, 0x07, 0x15, 0x55, 0xDB, 0x85, 0x95,
)  # fmt: skip
_LOAD_B, _STORE_B, _AND_IMM, _SHIFT_IMM, _JUMP = 0x71, 0x73, 0x57, 0x67, 0x05
_FROM_MAP, _FROM_MAP_VALUE = 1, 2

R0, R1, R2, R3, R4, R6, R7, FRAME = 0, 1, 2, 3, 4, 6, 7, 10

_BUSY, _DISCARDED = 1 << 31, 1 << 30
_HEADER = 8


class Instruction(NamedTuple):
    """One instruction; ``target`` is the label that a jump leads to."""

    code: int
    dst: int = 0
    src: int = 0
    offset: int = 0
    value: int = 0
    target: str = ""


Code = List[Union[Instruction, str]]
"""Instructions, with labels among them."""


def load_word(register: int, base: int, offset: int) -> Instruction:
    """Thirty-two bits of memory."""
    return Instruction(_LOAD_W, register, base, offset)


def load_byte(register: int, base: int, offset: int) -> Instruction:
    """Eight bits of memory."""
    return Instruction(_LOAD_B, register, base, offset)


def store_byte(base: int, offset: int, register: int) -> Instruction:
    """Eight bits to memory."""
    return Instruction(_STORE_B, base, register, offset)


def mask(register: int, value: int) -> Instruction:
    """Keep these bits of a register."""
    return Instruction(_AND_IMM, register, value=value)


def shift_left(register: int, bits: int) -> Instruction:
    """Multiply a register by a power of two."""
    return Instruction(_SHIFT_IMM, register, value=bits)


def add_to(base: int, offset: int, register: int) -> Instruction:
    """Add a register to sixty-four bits of memory, atomically."""
    return Instruction(_ATOMIC_DW, base, register, offset)


def jump(target: str) -> Instruction:
    """Jump forward."""
    return Instruction(_JUMP, target=target)


def store_word(base: int, offset: int, register: int) -> Instruction:
    """Thirty-two bits to memory."""
    return Instruction(_STORE_W, base, register, offset)


def store_double(base: int, offset: int, register: int) -> Instruction:
    """Sixty-four bits to memory."""
    return Instruction(_STORE_DW, base, register, offset)


def clear_double(base: int, offset: int) -> Instruction:
    """Sixty-four zero bits to memory."""
    return Instruction(_STORE_IMM_DW, base, 0, offset)


def move(register: int, other: int) -> Instruction:
    """Copy a register."""
    return Instruction(_MOVE, register, other)


def put(register: int, value: int) -> Instruction:
    """A number into a register."""
    return Instruction(_MOVE_IMM, register, value=value)


def add(register: int, value: int) -> Instruction:
    """Add a number to a register."""
    return Instruction(_ADD_IMM, register, value=value)


def jump_if(register: int, value: int, target: str) -> Instruction:
    """Jump forward where the register is this number."""
    return Instruction(_JUMP_EQ_IMM, register, value=value, target=target)


def jump_unless(register: int, value: int, target: str) -> Instruction:
    """Jump forward where the register is another number."""
    return Instruction(_JUMP_NE_IMM, register, value=value, target=target)


def call(helper: int) -> Instruction:
    """Call a helper of the kernel."""
    return Instruction(_CALL, value=helper)


def address_of_map(register: int, descriptor: int) -> Code:
    """The map itself, as helpers want it."""
    return [Instruction(_LOAD_IMM_DW, register, _FROM_MAP, 0, descriptor), Instruction(0)]


def count_up(descriptor: int) -> Code:
    """Add one to the only value of an array map, atomically."""
    return [
        Instruction(_LOAD_IMM_DW, R1, _FROM_MAP_VALUE, 0, descriptor),
        Instruction(0),
        put(R2, 1),
        Instruction(_ATOMIC_DW, R1, R2),
    ]


def leave() -> Instruction:
    """End of the program."""
    return Instruction(_EXIT)


def assemble(code: Code) -> bytes:
    """The bytes of a program. Raises ValueError for a label that is missing, twice there, or behind its jump."""
    labels: Dict[str, int] = {}
    plain: List[Instruction] = []
    for item in code:
        if isinstance(item, str):
            if item in labels:
                raise ValueError(f"the label {item} is there twice")
            labels[item] = len(plain)
        else:
            plain.append(item)
    parts = []
    for place, step in enumerate(plain):
        offset = step.offset
        if step.target:
            offset = labels.get(step.target, -1) - place - 1
            if offset < 0:
                raise ValueError(f"no label {step.target} follows the jump")
        # The nibbles of the registers lie the other way round on big-endian machines; none of those is known here.
        parts.append(struct.pack("<BBhi", step.code, step.dst | step.src << 4, offset, step.value))
    return b"".join(parts)


class Refused(OSError):
    """The kernel's refusal, with the attributes as it left them."""

    def __init__(self, code: int, why: str, attributes: bytes) -> None:
        super().__init__(code, why)
        self.attributes = attributes


def call_kernel(command: int, attributes: bytes) -> Tuple[int, bytes]:
    """The system call; gives its result and the attributes as the kernel left them. Raises OSError."""
    number = _NUMBERS.get(platform.machine())
    if number is None or not sys.platform.startswith("linux") or sys.maxsize < 2**32:
        raise OSError(errno.ENOSYS, f"bpf(2) is not known for {sys.platform} on {platform.machine()}")
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    library = ctypes.CDLL(None, use_errno=True)
    result = library.syscall(number, command, buffer, len(attributes))
    if result < 0:
        code = ctypes.get_errno()
        raise Refused(code, os.strerror(code), buffer.raw)
    return int(result), buffer.raw


def allow_locked_memory() -> None:
    """Let this process lock memory: kernels before 5.11 count maps and programs by that limit."""
    for limit in (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]):
        try:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))
            return
        except (OSError, ValueError):
            continue


def load(program: bytes, kind: int, attach: int, name: str) -> int:
    """Load a program for this kind of attachment; gives its descriptor. Raises OSError."""
    code = ctypes.create_string_buffer(program, len(program))
    # Some helpers are offered only to programs under a licence that the kernel is compatible with.
    licence = ctypes.create_string_buffer(b"GPL")
    head = (kind, len(program) // 8, ctypes.addressof(code), ctypes.addressof(licence))
    tail = (0, 0, name.encode("ascii")[:15], 0, attach)
    try:
        return call_kernel(PROG_LOAD, struct.pack("=IIQQIIQII16sII", *head, 0, 0, 0, *tail))[0]
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EACCES):
            raise
    # Once more, now with the verifier's reasons.
    log = ctypes.create_string_buffer(_LOG)
    try:
        return call_kernel(PROG_LOAD, struct.pack("=IIQQIIQII16sII", *head, 1, _LOG, ctypes.addressof(log), *tail))[0]
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}: {last_words(log.value)}") from error


def last_words(log: bytes) -> str:
    """Of the verifier's log, the line that says why."""
    lines = [line for line in log.decode("ascii", "replace").splitlines() if line and not line.startswith("processed ")]
    return lines[-1][:200] if lines else "the verifier gave no reason"


def link(program: int, cgroup: int, attach: int) -> int:
    """Attach a program to a control group for as long as the descriptor given is open. Raises OSError."""
    return call_kernel(LINK_CREATE, struct.pack("=IIII32x", program, cgroup, attach, 0))[0]


def attached(cgroup: int, attach: int) -> List[int]:
    """Numbers of the programs attached to a control group. Raises OSError."""
    numbers = (ctypes.c_uint32 * 64)()
    asked = struct.pack("=IIIIQI12x", cgroup, attach, 0, 0, ctypes.addressof(numbers), len(numbers))
    answer = call_kernel(PROG_QUERY, asked)[1]
    return list(numbers[: struct.unpack_from("=I", answer, 24)[0]])


class Counter:
    """A number that programs count up."""

    def __init__(self) -> None:
        self.descriptor = call_kernel(MAP_CREATE, struct.pack("=IIII56x", _ARRAY, 4, 8, 1))[0]

    def read(self) -> int:
        """What was counted so far. Raises OSError."""
        key, value = ctypes.c_uint32(0), ctypes.c_uint64(0)
        asked = struct.pack("=I4xQQQ", self.descriptor, ctypes.addressof(key), ctypes.addressof(value), 0)
        call_kernel(MAP_LOOKUP, asked)
        return value.value

    def close(self) -> None:
        """Give the map back."""
        os.close(self.descriptor)


class Table:
    """A hash table that programs write to. Sizes of keys and values in bytes; at most ``most`` entries."""

    def __init__(self, key: int, value: int, most: int) -> None:
        self._key, self._value = key, value
        asked = struct.pack("=IIIII52x", _HASH, key, value, most, _WHEN_NEEDED)
        self.descriptor = call_kernel(MAP_CREATE, asked)[0]

    def take(self, batch: int) -> Iterator[Tuple[bytes, bytes]]:
        """Take all entries out, so many in one call. Raises OSError."""
        keys, values = ctypes.create_string_buffer(self._key * batch), ctypes.create_string_buffer(self._value * batch)
        here, following = ctypes.create_string_buffer(8), ctypes.create_string_buffer(8)
        first, more = True, True
        while more:
            places = (0 if first else ctypes.addressof(here), ctypes.addressof(following))
            asked = struct.pack(
                "=QQQQIIQQ", *places, ctypes.addressof(keys), ctypes.addressof(values), batch, self.descriptor, 0, 0
            )
            try:
                answer = call_kernel(_TAKE, asked)[1]
            except Refused as error:
                # The end of the table; entries may come with it.
                if error.errno != errno.ENOENT:
                    raise
                answer, more = error.attributes, False
            count = struct.unpack_from("=I", answer, 32)[0]
            for place in range(min(count, batch)):
                key = keys.raw[place * self._key : (place + 1) * self._key]
                yield key, values.raw[place * self._value : (place + 1) * self._value]
            first, here.raw = False, following.raw

    def close(self) -> None:
        """Give the map back."""
        os.close(self.descriptor)


class Ring:
    """A ring buffer that programs write to and this process reads. ``size`` is a power of two, at least a page."""

    def __init__(self, size: int) -> None:
        self._size = size
        page = mmap.PAGESIZE
        self.descriptor = call_kernel(MAP_CREATE, struct.pack("=IIII56x", _RINGBUF, 0, 0, size))[0]
        try:
            self._own = mmap.mmap(self.descriptor, page, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
            self._theirs = mmap.mmap(
                self.descriptor, page + 2 * size, mmap.MAP_SHARED, mmap.PROT_READ, offset=page
            )  # fmt: skip
            self._poll = select.epoll()
            self._poll.register(self.descriptor, select.EPOLLIN)
        except BaseException:
            os.close(self.descriptor)
            raise
        # Eight bytes are read and written at once through these, never in parts.
        self._consumed = memoryview(self._own).cast("Q")
        self._produced = memoryview(self._theirs)[:8].cast("Q")

    def wait(self, seconds: float) -> None:
        """Until there is something to read, at most so long."""
        self._poll.poll(seconds)

    def read(self) -> Iterator[bytes]:
        """Everything that is there now, oldest first."""
        data, page, mask = self._theirs, mmap.PAGESIZE, self._size - 1
        place = self._consumed[0]
        # Only as far as it is now: a flood must not keep the reader here for ever.
        end = self._produced[0]
        while place < end:
            at = page + (place & mask)
            (length,) = struct.unpack_from("=I", data, at)
            if length & _BUSY:
                return
            size = length & ~(_BUSY | _DISCARDED)
            event = None if length & _DISCARDED else data[at + _HEADER : at + _HEADER + size]
            place += (size + _HEADER + 7) & ~7
            self._consumed[0] = place
            if event is not None:
                yield event

    def close(self) -> None:
        """Give the memory and the map back."""
        self._poll.close()
        self._consumed.release()
        self._produced.release()
        self._own.close()
        self._theirs.close()
        os.close(self.descriptor)
