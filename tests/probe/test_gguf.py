"""Reading GGUF headers: what is there, and every kind of damage."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probe import gguf, limits
from tests.probe import making
from tests.probe.making import described, pair, text


def read(data: bytes):
    return gguf.read(io.BytesIO(data), len(data))


def number(value: int) -> bytes:
    return struct.pack("<I", value)


def array(kind: int, count: int, data: bytes = b"") -> bytes:
    return struct.pack("<IQ", kind, count) + data


@pytest.mark.parametrize("version", [2, 3])
def test_a_whole_file_is_summed_up(version):
    data = making.gguf(
        [
            pair("general.architecture", 8, text("llama")),
            pair("general.license", 8, text("apache-2.0")),
            pair("llama.context_length", 4, number(8192)),
            pair("llama.rope", 6, struct.pack("<f", 0.5)),
            pair("general.flag", 7, b"\1"),
            pair("tokenizer.ggml.tokens", 9, array(8, 3, text("a") + text("b") + text("ccc"))),
            pair("tokenizer.ggml.scores", 9, array(6, 2, b"\0" * 8)),
            pair("nested", 9, array(9, 1, array(0, 2, b"\0\0"))),
        ],
        [described("blk.0.attn", (4, 2)), described("output.weight", (32, 1), 8, 32)],
        version,
        data=b"\0" * 66,
    )

    header = read(data)

    assert header.problems == []
    assert header.metadata["general.license"] == "apache-2.0"
    assert header.metadata["llama.context_length"] == "8192"
    assert header.metadata["general.flag"] == "true"
    assert "tokenizer.ggml.tokens" not in header.metadata
    assert (header.tensors, header.parameters, header.dtypes) == (2, 40, {"F32": 8, "Q8_0": 32})
    assert header.bytes == len(data)
    assert header.fields()["prefixes"] == ["blk.0", "output.weight"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "truncated"),
        (b"GGML" + b"\0" * 40, "does not begin with GGUF"),
        (b"GGUF" + number(1) + b"\0" * 16, "version 1 is not supported"),
        (b"GGUF" + struct.pack(">I", 3) + b"\0" * 16, "big-endian"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 10**9), "claims 1000000000 keys"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0), "claims 1152921504606846976 tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 999_999), "truncated"),
        (making.gguf([pair("a", 99, b"")]), "unknown type 99"),
        (making.gguf([pair("a", 9, array(99, 1))]), "array of the unknown type"),
        (making.gguf([pair("a", 9, array(8, 2**62))]), "truncated"),
        (making.gguf([pair("a", 9, array(4, 2**62))]), "truncated"),
        (making.gguf([pair("a", 9, array(9, 1, array(9, 1, array(9, 1, array(9, 1, array(0, 0))))))]), "nested deeper"),
        (making.gguf([pair("a", 8, struct.pack("<Q", 2**63))]), "truncated"),
        (making.gguf([pair("a", 4, number(1)), pair("a", 4, number(2))]), "given twice"),
        (making.gguf([], [described("t", (8,)), described("t", (8,), 0, 32)]), "tensor t is given twice"),
        (making.gguf([], [described("t", (8,)), described("u", (8,), 0, 16)]), "overlaps"),
        (making.gguf([], [described("t", (800,))]), "truncated"),
        (making.gguf([], [described("t", (8,), 77)]), "unknown type 77"),
        (making.gguf([], [described("t", (1,) * 9)]), "claims 9 dimensions"),
        (making.gguf([], [described("t", (2**60, 2**60))]), "elements"),
    ],
)
def test_damage_is_named(data, said):
    assert said in "; ".join(read(data).problems)


def test_a_chat_template_is_kept_to_its_limit():
    long = "x" * (limits.METADATA_VALUE + 5)

    kept = read(making.gguf([pair("tokenizer.chat_template", 8, text(long)), pair("after", 4, number(7))])).metadata

    assert kept["tokenizer.chat_template"].startswith("x" * limits.METADATA_VALUE)
    assert len(kept["tokenizer.chat_template"]) <= limits.METADATA_VALUE + 1
    assert kept["after"] == "7"


def test_a_vocabulary_longer_than_the_buffer_is_passed_over():
    tokens = b"".join(text("token" * (n % 7)) for n in range(150_000))

    header = read(making.gguf([pair("tokens", 9, array(8, 150_000, tokens)), pair("after", 8, text("here"))]))

    assert header.metadata == {"after": "here"}
    assert header.problems == []


def test_the_alignment_of_the_file_is_used():
    data = making.gguf([pair("general.alignment", 4, number(64))], [described("t", (16,))])
    header = read(data + b"\0" * 64)

    assert header.bytes % 64 == 0


def test_reading_stops_when_asked():
    assert "cancelled" in gguf.read(io.BytesIO(making.gguf()), 100, lambda: True).problems[0]


@given(st.binary(max_size=300), st.integers(0, 40), st.integers(0, 40))
def test_no_bytes_raise(data, tensors, keys):
    read(data)
    read(b"GGUF" + struct.pack("<IQQ", 3, tensors, keys) + data)


@given(st.data())
def test_no_flipped_byte_raises(data):
    whole = bytearray(making.gguf([pair("a", 9, array(8, 2, text("x") + text("y")))], [described("t.u", (8, 2))]))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))

    header = read(bytes(whole[: data.draw(st.integers(0, len(whole)))]))

    assert isinstance(header.parameters, int)


def test_metadata_without_end_is_cut():
    pairs = [pair(f"key {n}", 4, number(n)) for n in range(limits.METADATA_KEYS + 10)]

    header = read(making.gguf(pairs))

    assert len(header.metadata) == limits.METADATA_KEYS
    assert header.problems == ["metadata is too long, not all of it was kept"]


def test_problems_without_end_are_cut():
    header = read(making.gguf([], [described("t", (8,), 77, 0) for _ in range(100)]))

    assert len(header.problems) == limits.HEADER_PROBLEMS + 1
