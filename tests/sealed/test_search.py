"""Marks are found in every form, under three layers, and nowhere else."""

import base64
import codecs
import gzip
import itertools
import os
import random
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.sealed import Place
from auditor.sealed.canary import Marks, needles
from auditor.sealed.search import find

MARKS = Marks.make(random.Random(7).randbytes)
TOKEN = MARKS.tokens[Place.PROMPT].encode()
Encode = Callable[[bytes], bytes]

WHOLE: dict[str, Encode] = {
    "utf-16": lambda data: data.decode("latin-1").encode("utf-16"),
    "percent": lambda data: b"".join(b"%%%02X" % byte for byte in data),
    "json": lambda data: b"".join(b"\\u%04x" % byte for byte in data),
    "hex": lambda data: data.hex().encode(),
    "base32": base64.b32encode,
    "base64": base64.b64encode,
    "base64 url-safe": base64.urlsafe_b64encode,
    "reversed": lambda data: data[::-1],
    "rot13": lambda data: codecs.encode(data.decode("latin-1"), "rot13").encode("latin-1"),
}
PACKED: dict[str, Encode] = {
    "gzip": gzip.compress, "zlib": zlib.compress, "zstd": zstandard.compress, "brotli": brotli.compress,
}  # fmt: skip
ENCODINGS = WHOLE | PACKED


def places(data: bytes) -> set[Place]:
    return {hit.place for hit in find(data, MARKS).hits}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc", b"abcd"])
def test_a_mark_is_found_in_every_encoding_at_every_place(encode: Encode, before: bytes) -> None:
    assert places(encode(before + TOKEN + b" and more")) == {Place.PROMPT}


def test_a_mark_is_found_whatever_its_case() -> None:
    assert places(b"HELLO " + TOKEN.upper()) == {Place.PROMPT}
    assert places(TOKEN.title()) == {Place.PROMPT}


def test_a_mark_is_found_under_three_layers() -> None:
    missed = []
    # Nobody writes what is no text in wide characters.
    for names in itertools.product(ENCODINGS, repeat=3):
        outer, middle, inner = (ENCODINGS[name] for name in names)
        if "utf-16" in names and set(names[names.index("utf-16") :]) & set(PACKED):
            continue
        if not places(outer(middle(inner(b"hello " + TOKEN + b" bye")))) & {Place.PROMPT}:
            missed.append(names)
    assert missed == []


def test_the_innermost_form_is_named_last() -> None:
    (hit,) = find(base64.b64encode(gzip.compress(TOKEN.hex().encode())), MARKS).hits
    assert hit.encoding == ("base64", "gzip", "hex")


def test_a_mark_is_found_inside_text_that_looks_the_same() -> None:
    assert places(b"GET /v1/traces/" + base64.b64encode(gzip.compress(TOKEN)) + b"/end HTTP/1.1") == {Place.PROMPT}


def test_a_compressed_body_that_was_cut_is_read_as_far_as_it_goes() -> None:
    noise = random.Random(1).randbytes(2000)
    for pack in PACKED.values():
        packed = pack(TOKEN * 20 + noise)
        assert places(packed[: len(packed) - 20]) & {Place.PROMPT}


def test_each_mark_is_told_from_the_others() -> None:
    for place, token in MARKS.tokens.items():
        assert places(b"x" + base64.b64encode(token.encode())) == {place}


def test_a_piece_that_is_too_short_to_tell_which_is_found_as_such() -> None:
    assert places(MARKS.prefix.encode() + b"!") == {Place.UNKNOWN}


def test_marks_of_another_run_are_not_found() -> None:
    other = Marks.make(os.urandom)
    assert find(b" ".join(token.encode() for token in other.tokens.values()), MARKS).hits == ()


def test_random_data_holds_no_mark() -> None:
    noise = random.Random(2)
    assert all(find(noise.randbytes(1 << 20), MARKS) == ((), True) for _ in range(8))


def test_what_decodes_to_too_much_is_not_followed_and_said() -> None:
    bomb = zlib.compress(bytes(40 * 2**20), 9)
    found = find(bomb, MARKS)
    assert not found.whole


@given(st.binary(max_size=400))
def test_whatever_comes_is_searched(data: bytes) -> None:
    assert find(data, MARKS).hits == ()


@given(st.binary(max_size=40), st.binary(max_size=40), st.sampled_from(sorted(WHOLE)))
def test_a_mark_between_other_bytes_is_found(before: bytes, after: bytes, name: str) -> None:
    assert places(before + b" " + WHOLE[name](TOKEN) + b" " + after) >= {Place.PROMPT}


def test_forms_are_those_of_a_word_alone() -> None:
    assert all(len(needle.data) >= 12 for needle in needles(MARKS.prefix))
