"""The shipped map: every country of the table of countries has its place, and a damaged file is refused."""

import itertools

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from auditor.desktop.world import project, unpack, world
from auditor.knowledge.knowledge import load
from auditor.knowledge.resources import resource


def test_the_world_is_small_and_has_the_countries_that_matter() -> None:
    assert resource("map", "world.zst").stat().st_size < 50_000
    known = world().points
    assert {"DE", "CZ", "SG", "HK", "MT", "LI", "US", "CN", "XK"} <= set(known)
    assert {each.id for each in load().transfers if len(each.id) == 2} - set(known) == set()


def test_no_line_crosses_the_map() -> None:
    """A ring that jumps over the edge at 180 degrees would be drawn through every country between."""
    for code, rings in world().rings.items():
        for ring in rings:
            steps = [abs(a[0] - b[0]) for a, b in itertools.pairwise(ring)]
            assert max(steps) < 0.2, code


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_the_projection_keeps_the_order_of_the_globe(longitude: float, latitude: float) -> None:
    x, y = project(longitude, latitude)
    assert abs(x) <= 1.0001
    assert abs(y) <= 0.53
    assert (x >= 0) == (longitude >= 0) or abs(x) < 1e-9
    assert project(longitude, 0)[0] == pytest.approx(longitude / 180)


@given(st.binary(max_size=200))
def test_what_is_no_map_is_refused(data: bytes) -> None:
    for packed in (
        data,
        zstandard.compress(data),
        zstandard.compress(b'{"rings":{"DE":[9]},"points":{}}\n' + data[:8]),
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            unpack(packed)
