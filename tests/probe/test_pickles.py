"""Opcodes of pickles are followed with bounds, and what is imported is told."""

import io
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probe import limits
from auditor.probe.pickles import follow
from auditor.probe.signs import Seen
from tests.probe import hostile


def followed(data, stop=lambda: False):
    seen = Seen()
    follow(io.BytesIO(data), len(data), seen, "", stop)
    return seen


def names(seen):
    return [each.name for each in seen.imports]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    | st.tuples(inner, inner),
    max_leaves=20,
)  # fmt: skip


@given(VALUES, st.integers(min_value=0, max_value=5))
def test_values_alone_import_nothing_that_runs(value, protocol):
    seen = followed(pickle.dumps(value, protocol))

    assert seen.pickles == 1
    assert not seen.problems
    # Bytes are kept as an encoded text before protocol 3.
    assert set(names(seen)) <= {"_codecs.encode", "__builtin__.bytes", "builtins.bytes"}


@given(st.binary(max_size=400))
def test_any_bytes_come_to_an_end(data):
    seen = followed(data)

    assert seen.pickles or seen.problems


@given(st.integers(min_value=0, max_value=5), st.data())
def test_a_pickle_that_is_cut_anywhere_is_never_whole(protocol, data):
    whole = hostile.runs(protocol)
    cut = data.draw(st.integers(min_value=0, max_value=len(whole) - 1))

    assert followed(whole[:cut]).problems


def test_what_a_broken_pickle_would_have_run_is_told():
    seen = followed(b"cos\nsystem\n(S'true'\ntR\xee")

    assert names(seen) == ["os.system"]
    assert list(seen.problems) == ["has the unknown opcode 0xee at byte 22"]


def test_the_raw_storages_of_torch_are_not_taken_for_pickles():
    seen = followed(hostile.torch_legacy())

    assert seen.pickles == 5
    assert not seen.problems
    assert names(seen) == ["collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch.FloatStorage"]


def test_bytes_after_the_end_that_are_no_pickle_are_told():
    assert list(followed(pickle.dumps(1) + b"\xff\xff").problems) == ["has 2 bytes after its end that are no pickle"]


@pytest.mark.parametrize(
    ("bound", "data", "problem"),
    [
        ("PICKLE_OPCODES", b"N0" * 30, "more than 20 opcodes"),
        ("PICKLE_VALUES", b"N" * 30, "keeps more than 20 values"),
        ("PICKLE_MARKS", b"(" * 30, "nested deeper than 20 marks"),
        ("PICKLE_LINE", b"V" + b"x" * 30 + b"\n.", "line without end"),
        ("PICKLES", b"N." * 30, "more than 20 pickles"),
    ],
)
def test_bounds(monkeypatch, bound, data, problem):
    monkeypatch.setattr(limits, bound, 20)

    assert any(problem in each for each in followed(data).problems)


def test_cancelling_ends_it():
    seen = followed(b"N0" * 100_000 + b".", stop=lambda: True)

    assert list(seen.problems) == ["was not followed to its end: cancelled"]


def test_a_long_text_is_passed_over_and_what_follows_is_seen():
    data = b"\x80\x04X" + (limits.PICKLE_KEPT + 1).to_bytes(4, "little") + b"a" * (limits.PICKLE_KEPT + 1) + b"0"

    assert names(followed(data + b"cos\nsystem\n.")) == ["os.system"]
