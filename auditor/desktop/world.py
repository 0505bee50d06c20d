"""The shapes of the countries, read from ``resources/map/world.zst`` and projected once.

The shapes are Natural Earth's (public domain), packed by ``tools/build_map.py``: a line of JSON, then pairs of 16-bit
integers in hundredths of a degree. Natural Earth draws borders as they are held, not as anybody claims them.

Projection: Natural Earth (Patterson; polynomial by Šavrič, Jenny et al. 2011).
"""

import json
import math
import struct
from dataclasses import dataclass
from functools import cache

import zstandard

from auditor.knowledge.resources import resource

Point = tuple[float, float]
MOST = 2**20
"""Bytes, unpacked."""
_UNIT = 100
_HALF = math.pi * 0.8707
"""Half of the projected width of the world."""


@dataclass(frozen=True)
class World:
    """Rings of each country by ISO 3166-1 alpha-2; ``""`` for land of no code. Small countries have a point only."""

    rings: dict[str, tuple[tuple[Point, ...], ...]]
    points: dict[str, Point]
    """Where a country is marked: the middle of its largest part."""


def project(longitude: float, latitude: float) -> Point:
    """Degrees to the plane: x from -1 to 1, y downwards in the same unit."""
    along, up = math.radians(longitude), math.radians(latitude)
    square = up * up
    fourth = square * square
    x = along * (0.8707 - 0.131979 * square + fourth * (-0.013791 + fourth * (0.003971 * square - 0.001529 * fourth)))
    y = up * (1.007226 + square * (0.015085 + fourth * (-0.044475 + 0.028874 * square - 0.005916 * fourth)))
    return x / _HALF, -y / _HALF


@cache
def world() -> World:
    """The one map."""
    return unpack(resource("map", "world.zst").read_bytes())


def unpack(packed: bytes) -> World:
    """Raises ValueError for what is no such file."""
    try:
        data = zstandard.ZstdDecompressor().decompress(packed, max_output_size=MOST)
        line, _, body = data.partition(b"\n")
        head = json.loads(line)
        numbers = iter(struct.iter_unpack("<hh", body))
        rings = {
            str(code): tuple(
                tuple(project(x / _UNIT, y / _UNIT) for x, y in (next(numbers) for _ in range(length)))
                for length in lengths
            )
            for code, lengths in head["rings"].items()
        }
        points = {str(code): project(x, y) for code, (x, y) in head["points"].items()}
    except (zstandard.ZstdError, struct.error, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ValueError(f"no map: {error}") from error
    return World(rings, points)
