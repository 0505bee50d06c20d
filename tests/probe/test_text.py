"""Whatever a host holds becomes exact JSON."""

import datetime as dt
import json
import os

from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.canonical import canonical
from auditor.probe import text

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)) | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
    max_leaves=20,
)


@given(anything)
def test_every_value_becomes_canonical_json(value):
    cleaned = text.clean(value)

    assert canonical(cleaned)
    assert json.loads(json.dumps(cleaned)) == cleaned


def test_a_path_that_is_not_utf8_shows_its_bytes():
    assert text.path(os.fsdecode(b"/srv/m\xffodel")) == "/srv/m\\xffodel"
    assert text.path("/srv/größe") == "/srv/größe"


def test_integers_beyond_the_exact_range_are_text():
    assert text.clean(2**53 - 1) == 2**53 - 1
    assert text.clean(2**53) == "9007199254740992"
    assert text.clean(-(2**60)) == str(-(2**60))


def test_a_lone_surrogate_is_named():
    assert text.clean("a\ud800b") == "a\\ud800b"


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**30), 10**30))
def test_every_time_is_a_time_of_the_format(seconds):
    shown = text.instant(seconds)

    dt.datetime.strptime(shown, "%Y-%m-%dT%H:%M:%S.%fZ")
    assert len(shown) == 27
