"""The map of the world is packed from shapes in differences of whole numbers, cut where they reach over its edge."""

import base64
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from auditor.desktop.world import project, unpack
from tools.build_map import arcs, countries, cut, member, middle, pack

SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]


def topology(**country: object) -> dict[str, object]:
    given = {"type": "Polygon", "arcs": [[0]], "id": "276", "properties": {"name": "Germany"}} | country
    return {
        "transform": {"scale": [0.5, 0.5], "translate": [-10, 40]},
        "arcs": [[[0, 0], [20, 0], [0, 20], [-20, 0], [0, -20]]],
        "objects": {"countries": {"geometries": [given]}},
    }


def test_lines_are_sums_of_differences() -> None:
    assert arcs(topology())[0] == [(-10, 40), (0, 40), (0, 50), (-10, 50), (-10, 40)]


def test_a_country_is_packed_and_read_again() -> None:
    shapes = countries(topology(), {"276": "DE"})
    world = unpack(pack(shapes, {"SG": [SQUARE]}))
    assert {"DE", "SG", "GP"} <= set(world.points)
    (ring,) = world.rings["DE"]
    assert set(ring) == {project(x, y) for x in (-10, 0) for y in (40, 50)}
    assert world.points["DE"] == project(-5, 45)


def test_the_south_pole_is_left_out_and_land_without_a_code_is_kept() -> None:
    assert countries(topology(id="010"), {"010": "AQ"}) == {}
    assert list(countries(topology(id=None, properties={"name": "Nowhere"}), {})) == [""]
    assert list(countries(topology(id=None, properties={"name": "Kosovo"}), {})) == ["XK"]


def test_what_reaches_over_the_edge_goes_on_at_the_other() -> None:
    assert cut(SQUARE) == [SQUARE]
    parts = cut([(170.0, 0.0), (-170.0, 0.0), (-170.0, 10.0), (170.0, 10.0), (170.0, 0.0)])
    assert sorted((min(x for x, _ in part), max(x for x, _ in part)) for part in parts) == [(-180, -170), (170, 180)]


def test_the_middle_is_that_of_the_largest_part() -> None:
    assert middle([[(50.0, 50.0), (51.0, 50.0), (50.0, 51.0), (50.0, 50.0)], SQUARE]) == (5, 5)


def test_another_package_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        data = json.dumps([1]).encode()
        entry = tarfile.TarInfo("package/x.json")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    (tmp_path / "p-1.tgz").write_bytes(buffer.getvalue())
    known = "sha512-" + base64.b64encode(hashlib.sha512(buffer.getvalue()).digest()).decode()
    assert member(tmp_path, ("p-1", known), "x.json") == [1]
    with pytest.raises(ValueError, match="does not have the digest"):
        member(tmp_path, ("p-1", "sha512-x"), "x.json")
