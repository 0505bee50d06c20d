"""Maintainer's command: the map of the world, from the packages named below, into resources/map/world.zst.

    python -m tools.build_map FOLDER

FOLDER holds the packages as ``npm pack`` names them; a package with another digest than the one below is refused. The
shapes are Natural Earth's at 1:110 million; countries too small for that scale get a point from 1:50 million. Only
coordinates and codes are taken, and no code of either package.
"""

import base64
import hashlib
import io
import itertools
import json
import struct
import sys
import tarfile
from pathlib import Path
from typing import Any

import zstandard

from auditor.knowledge.resources import resource

SHAPES = (
    "world-atlas-2.0.2",
    "sha512-IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ==",
)
CODES = (
    "i18n-iso-countries-7.14.0",
    "sha512-nXHJZYtNrfsi1UQbyRqm3Gou431elgLjKl//CYlnBGt5aTWdRPH1PiS2T/p/n8Q8LnqYqzQJik3Q7mkwvLokeg==",
)
NUMBERLESS = {"Kosovo": "XK"}
"""Shapes without a number of ISO 3166-1 that have a code in use; others are land of no code."""
PARTS = {
    "GF": (-53.1, 3.9), "GI": (-5.35, 36.14), "GP": (-61.5, 16.2), "MQ": (-61.0, 14.65), "RE": (55.55, -21.1),
    "YT": (45.15, -12.8), "BQ": (-68.27, 12.18), "SJ": (16.0, 78.5), "TV": (179.2, -8.5), "TK": (-171.8, -9.2),
    "CX": (105.65, -10.45), "CC": (96.85, -12.15),
}  # fmt: skip
"""Codes of their own in the registries that Natural Earth draws as a part of another country, or too small to draw."""
LEFT_OUT = "AQ"
"""Nobody is registered there, and it would take a fifth of the height."""
UNIT = 100
Ring = list[tuple[float, float]]


def member(folder: Path, package: tuple[str, str], name: str) -> Any:
    """A document of a package. Raises ValueError where the package is another one."""
    title, integrity = package
    data = (folder / f"{title}.tgz").read_bytes()
    if "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode() != integrity:
        raise ValueError(f"{title} does not have the digest that is named here")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        file = archive.extractfile(f"package/{name}")
        if file is None:
            raise ValueError(f"{name} is no file")
        return json.loads(file.read())


def arcs(topology: Any) -> list[Ring]:
    """Lines in degrees; TopoJSON keeps differences of whole numbers (specification 1.0, 2.1.3)."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        found.append(line)
    return found


def rings(geometry: Any, lines: list[Ring]) -> list[Ring]:
    """Outer and inner rings of one country; a negative number is a line taken backwards."""
    polygons = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}.get(geometry["type"], [])
    found = []
    for polygon in polygons:
        for places in polygon:
            ring: Ring = []
            for place in places:
                line = lines[place] if place >= 0 else lines[~place][::-1]
                ring += line[1:] if ring else line
            found += cut(ring)
    return found


def cut(ring: Ring) -> list[Ring]:
    """The parts of a ring on the map: what reaches over the edge at 180 degrees goes on at the other edge."""
    whole = [ring[0]]
    for x, y in ring[1:]:
        last = whole[-1][0]
        whole.append((x + 360 * round((last - x) / 360), y))
    found = []
    for turn in (-360, 0, 360):
        part = _keep([(x + turn, y) for x, y in whole], 180, below=True)
        part = _keep(part, -180, below=False)
        if len(part) > 2:
            found.append([*part, part[0]] if part[0] != part[-1] else part)
    return found


def _keep(ring: Ring, edge: float, *, below: bool) -> Ring:
    """What of a ring lies at one side of a meridian (Sutherland and Hodgman 1974)."""
    found: Ring = []
    for (a, b), (c, d) in itertools.pairwise([*ring, *ring[:1]]):
        here, there = (a <= edge, c <= edge) if below else (a >= edge, c >= edge)
        if here:
            found.append((a, b))
        if here != there:
            found.append((edge, b + (d - b) * (edge - a) / (c - a)))
    return found


def middle(found: list[Ring]) -> tuple[float, float]:
    """Centre of gravity of the largest ring."""
    largest = max(found, key=lambda ring: abs(_twice_the_area(ring)))
    area = _twice_the_area(largest)
    if not area:
        return largest[0]
    x = sum((a + c) * (a * d - c * b) for (a, b), (c, d) in itertools.pairwise(largest))
    y = sum((b + d) * (a * d - c * b) for (a, b), (c, d) in itertools.pairwise(largest))
    return x / (3 * area), y / (3 * area)


def _twice_the_area(ring: Ring) -> float:
    return sum(a * d - c * b for (a, b), (c, d) in itertools.pairwise(ring))


def countries(topology: Any, codes: dict[str, str]) -> dict[str, list[Ring]]:
    """Rings by code."""
    lines = arcs(topology)
    found: dict[str, list[Ring]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        name = geometry["properties"]["name"]
        code = codes.get(str(geometry.get("id", "")).zfill(3), NUMBERLESS.get(name, ""))
        if code != LEFT_OUT:
            found[code] = found.get(code, []) + rings(geometry, lines)
    return found


def pack(coarse: dict[str, list[Ring]], fine: dict[str, list[Ring]]) -> bytes:
    """The file that :mod:`auditor.desktop.world` reads."""
    places = {code: middle(found) for code, found in {**fine, **coarse}.items() if code}
    places = dict(sorted((PARTS | places).items()))
    head = {
        "source": f"Natural Earth 1:110m and 1:50m (public domain), from {SHAPES[0]} {SHAPES[1]}",
        "rings": {code: [len(ring) for ring in found] for code, found in sorted(coarse.items())},
        "points": {code: [round(x, 2), round(y, 2)] for code, (x, y) in places.items()},
    }
    body = b"".join(
        struct.pack("<hh", round(x * UNIT), round(y * UNIT))
        for _, found in sorted(coarse.items())
        for ring in found
        for x, y in ring
    )
    line = json.dumps(head, sort_keys=True, separators=(",", ":")).encode()
    return zstandard.ZstdCompressor(level=19).compress(line + b"\n" + body)


def main(folder: Path) -> None:
    """Write the map."""
    codes = {number: alpha2 for alpha2, _, number, _ in member(folder, CODES, "codes.json")}
    coarse = countries(member(folder, SHAPES, "countries-110m.json"), codes)
    fine = countries(member(folder, SHAPES, "countries-50m.json"), codes)
    out = resource("map", "world.zst")
    out.parent.mkdir(exist_ok=True)
    out.write_bytes(pack(coarse, fine))
    print(f"{out.name}: {out.stat().st_size:,} bytes, {len(coarse)} shapes, {len(fine)} points")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
