"""Make src/passo_lod/web/pages/place_outlines.json: the outlines of countries, Italian regions and Italian provinces for maps of comparisons.

    python -m tools.place_outlines LIMITS ATLAS

`LIMITS` is a folder with `limits_regions.topo.json` and `limits_provinces.topo.json` (openpolis, geojson-italy: boundaries of ISTAT, June 2023,
CC BY), `ATLAS` the file `countries-50m.json` of the npm package world-atlas 2.0.2 (Natural Earth, public domain). The arcs of a
topology are simplified one by one (Douglas and Peucker, 1973), so that neighbours keep their common border. Each ring is a list of
differences in hundredths of a degree: longitude and latitude in turn. A ring that crosses the 180th meridian is cut off at the edge of the map.
"""

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pycountry

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "src" / "passo_lod" / "web" / "pages" / "place_outlines.json"
REGION_TOLERANCE, PROVINCE_TOLERANCE, COUNTRY_TOLERANCE = 0.012, 0.015, 0.16
"""Degrees by which a line may be moved."""
LEAST_AREA = {REGION_TOLERANCE: 0.0008, PROVINCE_TOLERANCE: 0.0008, COUNTRY_TOLERANCE: 0.25}
"""Square degrees; of each place the largest ring is kept, however small."""

ANTARCTICA = "country-ata"
"""Not on the map of the world, which ends at 57 degrees south."""
ELSEWHERE = "elsewhere"
"""Stands for the land that has no code of its own, such as Kosovo."""

Point = tuple[float, float]
Ring = Sequence[Point]


def main(limits: Path, atlas: Path) -> None:
    """Write the file."""
    regions = read_places(limits / "limits_regions.topo.json", "regions", REGION_TOLERANCE)
    provinces = read_places(limits / "limits_provinces.topo.json", "provinces", PROVINCE_TOLERANCE)
    countries = read_places(atlas, "countries", COUNTRY_TOLERANCE)
    known = country_codes()
    found = {f"istat-{each['reg_istat_code']}": rings for each, rings in regions}
    found |= {f"istat-{each['prov_istat_code']}": rings for each, rings in provinces}
    for each, rings in countries:
        if known.get(each["id"]) == ANTARCTICA:
            continue
        found.setdefault(known.get(each["id"], ELSEWHERE), []).extend(rings)
    encoded = {code: [differences(ring) for ring in rings] for code, rings in sorted(found.items())}
    lines = (f"{json.dumps(code)}:{json.dumps(rings, separators=(',', ':'))}" for code, rings in encoded.items())
    OUTPUT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def country_codes() -> dict[str, str]:
    """The code of each country of data/places/countries.csv by its number in ISO 3166-1."""
    with (ROOT / "data" / "places" / "countries.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    return {pycountry.countries.get(alpha_3=code).numeric: f"country-{code.lower()}" for code in codes}


def read_places(file: Path, name: str, tolerance: float) -> Iterator[tuple[Mapping[str, str], list[Ring]]]:
    """The properties and the simplified rings of each place of a TopoJSON file; a country's number is its property `id`."""
    topology = json.loads(file.read_text(encoding="utf-8"))
    exact = list(decoded(topology))
    arcs = [simplified(arc, tolerance) for arc in exact]
    for each in topology["objects"][name]["geometries"]:
        shapes = {"Polygon": [each.get("arcs")], "MultiPolygon": each.get("arcs")}.get(each["type"], [])
        rings = sorted((ring_of(indexes, arcs, exact) for shape in shapes for indexes in shape), key=area, reverse=True)
        if rings:
            kept = [rings[0], *(ring for ring in rings[1:] if area(ring) >= LEAST_AREA[tolerance])]
            yield {**each["properties"], "id": each.get("id", "")}, kept


def decoded(topology: Mapping[str, Any]) -> Iterator[list[Point]]:
    """The arcs in degrees."""
    (scale_x, scale_y), (left, bottom) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append((x * scale_x + left, y * scale_y + bottom))
        yield points


def simplified(points: list[Point], tolerance: float) -> list[Point]:
    """A line without the points that are nearer to it than the tolerance; a closed one keeps its farthest point."""
    if len(points) < 3:
        return points
    if points[0] == points[-1]:
        middle = max(range(len(points)), key=lambda index: square(points[0], points[index]))
        return [*reduced(points[: middle + 1], tolerance), *reduced(points[middle:], tolerance)[1:]]
    return reduced(points, tolerance)


def reduced(points: list[Point], tolerance: float) -> list[Point]:
    """The algorithm of Douglas and Peucker with a stack."""
    kept, stack = {0, len(points) - 1}, [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        distances = [(distance(points[index], points[first], points[last]), index) for index in range(first + 1, last)]
        if distances and max(distances)[0] > tolerance:
            middle = max(distances)[1]
            kept.add(middle)
            stack += [(first, middle), (middle, last)]
    return [points[index] for index in sorted(kept)]


def distance(point: Point, start: Point, end: Point) -> float:
    """From a point to a segment."""
    length = square(start, end)
    if not length:
        return square(point, start) ** 0.5
    along = ((point[0] - start[0]) * (end[0] - start[0]) + (point[1] - start[1]) * (end[1] - start[1])) / length
    share = min(1.0, max(0.0, along))
    foot = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
    return float(square(point, foot) ** 0.5)


def square(one: Point, other: Point) -> float:
    """The square of the distance of two points."""
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def ring_of(indexes: Sequence[int], arcs: Sequence[Sequence[Point]], exact: Sequence[Sequence[Point]]) -> list[Point]:
    """The ring of some arcs; of their exact forms, if the simplified ones enclose nothing."""
    ring = within_the_map(joined(indexes, arcs))
    return ring if len(differences(ring)) >= 8 else within_the_map(joined(indexes, exact))


def joined(indexes: Sequence[int], arcs: Sequence[Sequence[Point]]) -> list[Point]:
    """The points of arcs one after another; a negative index is an arc from its end to its start."""
    points: list[Point] = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += arc[1:] if points else arc
    return points


def within_the_map(ring: list[Point]) -> list[Point]:
    """A ring that crosses the 180th meridian continues beyond it, and is cut off there."""
    turns, unwrapped = 0, ring[:1]
    for before, point in pairwise(ring):
        if abs(point[0] - before[0]) > 180 and point[1] > -89:
            turns -= 360 if point[0] > before[0] else -360
        unwrapped.append((point[0] + turns, point[1]))
    return [(min(180.0, max(-180.0, x)), y) for x, y in unwrapped]


def area(ring: Ring) -> float:
    """In square degrees."""
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairwise(ring))) / 2


def differences(ring: Ring) -> list[int]:
    """A ring in hundredths of a degree, each point as its difference from the one before."""
    steps: list[int] = []
    last = (0, 0)
    for x, y in ring:
        point = (round(x * 100), round(y * 100))
        if point != last or not steps:
            steps += [point[0] - last[0], point[1] - last[1]]
        last = point
    return steps


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
