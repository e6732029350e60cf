"""Read the outlines of countries, Italian regions and Italian provinces, which `tools/place_outlines.py` makes."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

from passo_lod.web.pages.map_projection import MapFrame, Point

_FILE = Path(__file__).with_name("place_outlines.json")
_ELSEWHERE = "elsewhere"
"""The key of the land that has no code of its own."""

Ring = Sequence[tuple[int, int]]
"""The points of a closed line in hundredths of a degree."""


@cache
def place_outlines() -> Mapping[str, tuple[Ring, ...]]:
    """The rings of each place by its code, such as `istat-08`, `istat-037` or `country-fra`; the largest ring first."""
    content: dict[str, list[list[int]]] = json.loads(_FILE.read_bytes())
    return {code: tuple(map(_ring, rings)) for code, rings in content.items()}


def _ring(steps: Sequence[int]) -> Ring:
    return tuple(zip(accumulate(steps[::2]), accumulate(steps[1::2]), strict=True))


def other_land() -> tuple[Ring, ...]:
    """The rings of the land that has no code of its own."""
    return place_outlines().get(_ELSEWHERE, ())


@cache
def outline_path(code: str, frame: MapFrame) -> str:
    """The outline of a place as SVG path data, in whole units of the drawing; empty for one without an outline."""
    return rings_path(place_outlines().get(code, ()), frame)


def rings_path(rings: Sequence[Ring], frame: MapFrame) -> str:
    """Rings as SVG path data; one that is smaller than a unit of the drawing is drawn as a square of one unit."""
    return "".join(_ring_path(ring, frame) for ring in rings)


def _ring_path(ring: Ring, frame: MapFrame) -> str:
    points: list[tuple[int, int]] = []
    for x, y in ring:
        position = frame.project(x / 100, y / 100)
        rounded = (round(position[0]), round(position[1]))
        if not points or rounded != points[-1]:
            points.append(rounded)
    if len(points) < 4:
        return f"M{points[0][0]} {points[0][1]}h1v1h-1z"
    steps = (f"{after[0] - before[0]} {after[1] - before[1]}" for before, after in pairwise(points[:-1]))
    return f"M{points[0][0]} {points[0][1]}l{' '.join(steps)}z"


@cache
def middle_of(code: str) -> Point:
    """The centroid of the largest ring of a place with an outline: longitude and latitude."""
    ring = place_outlines()[code][0]
    twice = [x * next_y - next_x * y for (x, y), (next_x, next_y) in pairwise(ring)]
    if not sum(twice):
        return ring[0][0] / 100, ring[0][1] / 100
    sides = list(zip(pairwise(ring), twice, strict=True))
    x = sum((one[0] + other[0]) * weight for (one, other), weight in sides) / (3 * sum(twice))
    y = sum((one[1] + other[1]) * weight for (one, other), weight in sides) / (3 * sum(twice))
    return x / 100, y / 100
