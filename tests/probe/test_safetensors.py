"""Reading safetensors headers: what is there, and every kind of damage."""

import io
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probe import limits, safetensors
from tests.probe import making


def read(data: bytes):
    return safetensors.read(io.BytesIO(data), len(data))


def tensor(first=0, last=16, dtype="BF16", shape=(2, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [first, last]}


def test_a_whole_file_is_summed_up():
    data = making.safetensors(
        {"__metadata__": {"format": "pt"}, "model.layers.0.w": tensor(), "lm_head.w": tensor(16, 32)}, b"\0" * 32
    )

    header = read(data)

    assert (header.tensors, header.parameters, header.dtypes) == (2, 16, {"BF16": 16})
    assert header.bytes == len(data)
    assert header.metadata == {"format": "pt"}
    assert header.fields()["prefixes"] == ["lm_head.w", "model.layers"]
    assert header.problems == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "too short"),
        (struct.pack("<Q", 2**60), "claims 1152921504606846976 bytes"),
        (struct.pack("<Q", 500) + b"{}", "truncated"),
        (struct.pack("<Q", 4) + b"{{{{", "not JSON"),
        (struct.pack("<Q", 2) + b"[]", "not a JSON object"),
        (struct.pack("<Q", 2) + b"\xff\xfe", "not JSON"),
        (struct.pack("<Q", 200_000) + b"[" * 200_000, "not JSON"),
        (struct.pack("<Q", 7) + b'{"a":1}', "not described"),
        (making.safetensors({"a": tensor(), "b": tensor(8, 24)}, b"\0" * 24), "overlaps"),
        (making.safetensors({"a": tensor(0, 16), "b": tensor(20, 36)}, b"\0" * 36), "belong to no tensor"),
        (making.safetensors({"a": tensor()}, b"\0" * 8), "truncated"),
        (making.safetensors({"a": tensor()}, b"\0" * 80), "after the last tensor"),
        (making.safetensors({"a": tensor(shape=(3, 4))}), "its shape needs 24"),
        (making.safetensors({"a": tensor(shape=(2**40, 2**40))}), "too large"),
        (making.safetensors({"a": tensor(-1, 15)}), "negative"),
        (making.safetensors({"a": tensor(dtype="Q99")}), "unknown type"),
        (making.safetensors({"a": tensor(16, 0)}), "ends before it begins"),
        (making.safetensors({"__metadata__": 7}), "not an object"),
    ],
)
def test_damage_is_named(data, said):
    assert said in "; ".join(read(data).problems)


def test_keys_given_twice_are_named():
    header = b'{"a":' + json.dumps(tensor()).encode() + b',"a":' + json.dumps(tensor()).encode() + b"}"

    assert "a is given twice" in read(struct.pack("<Q", len(header)) + header + b"\0" * 16).problems


def test_a_number_without_end_is_refused():
    header = b'{"a":' + b"1" * 1_000_000 + b"}"

    assert "more than 20 digits" in read(struct.pack("<Q", len(header)) + header).problems[0]


def test_more_tensors_than_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "TENSORS", 10)
    header = json.dumps({str(n): tensor() for n in range(20)}).encode()

    assert "more than 10 tensors" in read(struct.pack("<Q", len(header)) + header).problems[0]


@given(st.binary(max_size=400))
def test_no_bytes_raise(data):
    read(data)
    read(struct.pack("<Q", len(data)) + data)


numbers = st.integers() | st.none() | st.text(max_size=3)
described = st.dictionaries(
    st.text(max_size=5) | st.just("__metadata__"),
    st.none()
    | st.dictionaries(st.text(max_size=3), st.text(max_size=3))
    | st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(["F32", "BF16", "X", 3]),
            "shape": st.lists(numbers),
            "data_offsets": st.lists(numbers),
        }
    ),
)


@given(described, st.integers(0, 64))
def test_no_description_raises(tensors, extra):
    header = read(making.safetensors(tensors, b"\0" * extra))

    assert header.fields()["tensors"] <= len(tensors)
