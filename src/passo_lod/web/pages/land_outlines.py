"""Draw the outlines of countries within the frame of a map as SVG path data, from the file that `make setup` builds with npm."""

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from passo_lod.web.pages.map_projection import MapFrame, Point

OUTLINES = Path(__file__).parents[1] / "static" / "built" / "outlines.json"
_WIDE_FRAME, _LEAST_STEP = 60, 20
"""On a map of more degrees, the points of an outline are at least so many hundredths of a degree apart."""


@dataclass(frozen=True)
class LandOutline:
    """The outline of a piece of land in hundredths of a degree, and its bounding box (west, south, east, north)."""

    xs: "array[int]"
    ys: "array[int]"
    box: tuple[int, int, int, int]

    @classmethod
    def of(cls, longitudes: Iterable[int], latitudes: Iterable[int]) -> "LandOutline":
        """The outline with these points."""
        xs, ys = array("i", longitudes), array("i", latitudes)
        return cls(xs, ys, (min(xs), min(ys), max(xs), max(ys)))


def has_outlines() -> bool:
    """Whether the file has been built."""
    return bool(_read_outlines(OUTLINES))


def land_path(frame: MapFrame) -> str | None:
    """The outlines within a frame as path data; None if the file has not been built."""
    outlines = (_simplify_outlines if frame.east - frame.west > _WIDE_FRAME else _read_outlines)(OUTLINES)
    if not has_outlines():
        return None
    edge = (frame.east - frame.west) * 0.1
    box = tuple(
        100 * degrees for degrees in (frame.west - edge, frame.south - edge, frame.east + edge, frame.north + edge)
    )
    near = (outline for outline in outlines if _overlap(outline.box, box))
    return "".join(_path_data(_clip_outline(outline, box), frame) for outline in near)


@cache
def _read_outlines(file: Path) -> tuple[LandOutline, ...]:
    if not file.is_file():
        return ()
    rings = json.loads(file.read_bytes())["rings"]
    # A ring has the differences between its points: longitude and latitude in turn.
    return tuple(LandOutline.of(accumulate(steps[::2]), accumulate(steps[1::2])) for steps in rings)


@cache
def _simplify_outlines(file: Path) -> tuple[LandOutline, ...]:
    """The outlines with fewer points, for maps of a large part of the world."""
    rings = (list(_drop_near_points(zip(ring.xs, ring.ys, strict=True))) for ring in _read_outlines(file))
    return tuple(LandOutline.of([x for x, _ in ring], [y for _, y in ring]) for ring in rings if len(ring) > 3)


def _drop_near_points(points: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last: tuple[int, int] | None = None
    for point in points:
        if last is None or abs(point[0] - last[0]) + abs(point[1] - last[1]) >= _LEAST_STEP:
            last = point
            yield point


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _clip_outline(outline: LandOutline, box: Sequence[float]) -> Sequence[Point]:
    points = list(zip(outline.xs, outline.ys, strict=True))
    west, south, east, north = outline.box
    is_inside = box[0] <= west and box[1] <= south and east <= box[2] and north <= box[3]
    return points if is_inside else clip_ring(points, box)


def _path_data(ring: Sequence[Point], frame: MapFrame) -> str:
    """A ring as path data; successive points with the same position are drawn once."""
    points: list[tuple[int, int]] = []
    for x, y in ring:
        position = frame.project(x / 100, y / 100)
        rounded = (round(position[0]), round(position[1]))
        if not points or rounded != points[-1]:
            points.append(rounded)
    return "M" + "L".join(f"{x} {y}" for x, y in points) + "Z" if len(points) > 2 else ""


def clip_ring(ring: Sequence[Point], box: Sequence[float]) -> list[Point]:
    """Clip a closed ring to a box, edge by edge (Sutherland and Hodgman, 1974).

    >>> clip_ring([(-1, 0), (1, 0), (1, 2), (-1, 2)], (0, 0, 9, 1))
    [(0.0, 1), (0, 0.0), (1, 0), (1.0, 1)]
    """
    clipped = list(ring)
    for axis, limit, sign in ((0, box[0], 1), (1, box[1], 1), (0, box[2], -1), (1, box[3], -1)):
        clipped = list(_clip_edge(clipped, axis, limit, sign))
    return clipped


def _clip_edge(ring: Sequence[Point], axis: int, limit: float, sign: int) -> Iterator[Point]:
    for index, point in enumerate(ring):
        previous = ring[index - 1]
        is_inside, was_inside = (each[axis] * sign >= limit * sign for each in (point, previous))
        if is_inside != was_inside:
            share = (limit - previous[axis]) / (point[axis] - previous[axis])
            crossing = previous[1 - axis] + (point[1 - axis] - previous[1 - axis]) * share
            yield (limit, crossing) if axis == 0 else (crossing, limit)
        if is_inside:
            yield point
