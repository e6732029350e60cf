"""Draw a result as a map: rows with coordinates in, shapes out.

Nobody else is asked for tiles: the outlines of countries are a file of our own, made at set-up. Where it was not made, the map has its net
of degrees only.
"""

import json
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from passo_lod.web.pages.result_table import Row, column, is_numeric, number

OUTLINES = Path(__file__).parents[1] / "static" / "built" / "outlines.json"
MOST_POINTS = 1000
WIDTH = 900.0
_LATITUDE = frozenset({"lat", "latitude", "latitudine"})
_LONGITUDE = frozenset({"long", "lon", "lng", "longitude", "longitudine"})
_WKT = re.compile(
    r"\s*(?:<([^<>]*)>\s*)?POINT\s*Z?\s*\(\s*([-+\d.eE]+)\s+([-+\d.eE]+)(?:\s+[-+\d.eE]+)?\s*\)\s*", re.IGNORECASE
)
_LONGITUDE_FIRST = ("", "http://www.opengis.net/def/crs/OGC/1.3/CRS84")
_LATITUDE_FIRST = ("http://www.opengis.net/def/crs/EPSG/0/4326",)
_NARROWEST = 1.2
_MARGIN = 0.08
_LOWEST, _HIGHEST = 0.5, 0.85
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30)
_LARGEST_DOT = 5
_WIDE, _THIN = 60, 20
"""Beyond so many degrees the outlines are thinned to points so many hundredths of a degree apart."""
_EDGE = 75

Point = tuple[float, float]


@dataclass(frozen=True)
class MapPlace:
    """A point of the result: where it is, what is said of it, where it leads, and how large it is drawn (0 to 1)."""

    latitude: float
    longitude: float
    title: str
    href: str | None = None
    size: float = 0.0


@dataclass(frozen=True)
class MapDot:
    """A place on the drawing; its size is one of six, from 0."""

    x: float
    y: float
    size: int
    title: str
    href: str | None


@dataclass(frozen=True)
class GridLine:
    """A line of the net of degrees."""

    x1: float
    y1: float
    x2: float
    y2: float
    text: str


@dataclass(frozen=True)
class MapFrame:
    """The part of the world that is drawn, and how: plate carrée, narrowed by the cosine of the middle latitude."""

    west: float
    south: float
    east: float
    north: float

    @property
    def scale(self) -> float:
        """Units of the drawing for a degree of latitude."""
        return WIDTH / ((self.east - self.west) * self.narrowing)

    @property
    def narrowing(self) -> float:
        """How much shorter a degree of longitude is than one of latitude, in the middle."""
        return max(0.05, math.cos(math.radians((self.south + self.north) / 2)))

    @property
    def height(self) -> float:
        """Of the drawing."""
        return (self.north - self.south) * self.scale

    def at(self, longitude: float, latitude: float) -> Point:
        """Where a place is on the drawing."""
        return (longitude - self.west) * self.narrowing * self.scale, (self.north - latitude) * self.scale


@dataclass(frozen=True)
class ResultMap:
    """All that is drawn, and how much is not."""

    height: float
    land: str | None
    net: tuple[GridLine, ...]
    dots: tuple[MapDot, ...]
    sized_by: str | None
    left_out: int


# ------------------------------------------------------------------------------------------------------------ places


def coordinates(columns: Sequence[str], rows: Sequence[Row]) -> tuple[int, ...]:
    """The columns that say where a thing is: one of latitudes and one of longitudes, or one of points; none of them: ()."""
    names = [name.lower() for name in columns]
    pairs = [next((names.index(name) for name in names if name in known), None) for known in (_LATITUDE, _LONGITUDE)]
    found = tuple(place for place in pairs if place is not None)
    if len(found) == 2 and any(_place(row, found) for row in rows):
        return found
    points = (place for place in range(len(columns)) if any(point(cell.raw) for cell in column(rows, place)))
    return tuple(points)[:1]


def _place(row: Row, where: tuple[int, ...]) -> Point | None:
    """Longitude and latitude of a row."""
    cells = [row[place] for place in where]
    if not where or any(cell is None for cell in cells):
        return None
    if len(cells) == 1:
        return point(cells[0].raw) if cells[0] else None
    latitude, longitude = (number(cell.raw) if cell else None for cell in cells)
    return _on_earth(longitude, latitude)


def point(text: str) -> Point | None:
    """Longitude and latitude of a point in well-known text (WKT).

    >>> point("POINT(11.33 44.49)"), point("POINT(200 0)"), point("Bologna")
    ((11.33, 44.49), None, None)
    """
    found = _WKT.fullmatch(text)
    if not found:
        return None
    first, second, system = number(found[2]), number(found[3]), found[1] or ""
    if system in _LATITUDE_FIRST:
        return _on_earth(second, first)
    return _on_earth(first, second) if system in _LONGITUDE_FIRST else None


def _on_earth(longitude: float | None, latitude: float | None) -> Point | None:
    if longitude is None or latitude is None or abs(longitude) > 180 or abs(latitude) > 90:
        return None
    return longitude, latitude


def places(columns: Sequence[str], rows: Sequence[Row], where: tuple[int, ...]) -> tuple[list[MapPlace], str | None]:
    """The rows that are somewhere, and the column of numbers that their size tells, if there is one."""
    others = [place for place in range(len(columns)) if place not in where]
    measure = next((place for place in others if is_numeric(column(rows, place))), None)
    largest = max((abs(cell.number or 0) for cell in column(rows, measure)), default=0) if measure is not None else 0
    found = []
    for row in rows:
        if (spot := _place(row, where)) is None:
            continue
        cells = [row[place] for place in others]
        title = " · ".join(dict.fromkeys(cell.text for cell in cells if cell)) or "{1:g}, {0:g}".format(*spot)
        href = next((cell.href for cell in cells if cell and cell.href), None)
        share = abs(row[measure].number or 0) / largest if measure is not None and row[measure] and largest else 0.0  # type: ignore[union-attr]
        found.append(MapPlace(spot[1], spot[0], title, href, math.sqrt(share)))
    return found, columns[measure] if measure is not None else None


# ----------------------------------------------------------------------------------------------------------- drawing


def draw(columns: Sequence[str], rows: Sequence[Row], count: int) -> ResultMap | None:
    """The map of the rows; None where none of them is anywhere."""
    found, sized_by = places(columns, rows, coordinates(columns, rows))
    if not found:
        return None
    drawn = found[:MOST_POINTS]
    frame = frame_of([(place.longitude, place.latitude) for place in drawn])
    dots = tuple(_dot(place, frame) for place in sorted(drawn, key=lambda place: -place.size))
    return ResultMap(round(frame.height, 1), land(frame), net(frame), dots, sized_by, count - len(drawn))


def _dot(place: MapPlace, frame: MapFrame) -> MapDot:
    x, y = frame.at(place.longitude, place.latitude)
    return MapDot(round(x, 1), round(y, 1), round(_LARGEST_DOT * place.size), place.title, place.href)


def frame_of(points: Sequence[Point]) -> MapFrame:
    """The part of the world that holds the points with a margin, neither too flat nor too high."""
    longitudes, latitudes = [x for x, _ in points], [y for _, y in points]
    middle_x, middle_y = (min(longitudes) + max(longitudes)) / 2, (min(latitudes) + max(latitudes)) / 2
    narrowing = max(0.05, math.cos(math.radians(middle_y)))
    high = max(_NARROWEST, (max(latitudes) - min(latitudes)) * (1 + 2 * _MARGIN))
    wide = max(_NARROWEST, (max(longitudes) - min(longitudes)) * narrowing * (1 + 2 * _MARGIN))
    wide, high = max(wide, high / _HIGHEST), max(high, wide * _LOWEST)
    half_x, half_y = wide / narrowing / 2, high / 2
    return MapFrame(middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y)


def net(frame: MapFrame) -> tuple[GridLine, ...]:
    """The lines of the net of degrees."""
    wide, high = frame.east - frame.west, frame.north - frame.south
    step = next((each for each in _STEPS if max(wide, high) / each <= 7), _STEPS[-1])
    lines = []
    for degree in _multiples(frame.west, frame.east, step):
        x, _ = frame.at(degree, 0)
        text = _degrees(degree, "E", "W") if x < WIDTH - _EDGE else ""
        lines.append(GridLine(round(x, 1), 0, round(x, 1), round(frame.height, 1), text))
    for degree in _multiples(max(frame.south, -90), min(frame.north, 90), step):
        _, y = frame.at(0, degree)
        lines.append(GridLine(0, round(y, 1), WIDTH, round(y, 1), _degrees(degree, "N", "S") if y > _EDGE else ""))
    return tuple(lines)


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [round(place * step, 6) for place in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _degrees(value: float, above: str, below: str) -> str:
    return f"{abs(value):g}°{above if value > 0 else below if value < 0 else ''}"


# ---------------------------------------------------------------------------------------------------------- outlines


@dataclass(frozen=True)
class LandOutline:
    """The outline of a piece of land, in hundredths of a degree, and the box it fills."""

    xs: "array[int]"
    ys: "array[int]"
    box: tuple[int, int, int, int]


def has_outlines() -> bool:
    """Whether the outlines were made at set-up."""
    return bool(_outlines(OUTLINES))


@cache
def _outlines(path: Path) -> tuple[LandOutline, ...]:
    if not path.is_file():
        return ()
    return tuple(map(_ring, json.loads(path.read_bytes())["rings"]))


@cache
def _thinned(path: Path) -> tuple[LandOutline, ...]:
    """The outlines with fewer points, for maps of a large part of the world."""
    thinned = (list(_apart(zip(ring.xs, ring.ys, strict=True))) for ring in _outlines(path))
    return tuple(_ring_of([x for x, _ in ring], [y for _, y in ring]) for ring in thinned if len(ring) > 3)


def _apart(points: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last: tuple[int, int] | None = None
    for point in points:
        if last is None or abs(point[0] - last[0]) + abs(point[1] - last[1]) >= _THIN:
            last = point
            yield point


def _ring(steps: Sequence[int]) -> LandOutline:
    return _ring_of(accumulate(steps[::2]), accumulate(steps[1::2]))


def _ring_of(longitudes: Iterable[int], latitudes: Iterable[int]) -> LandOutline:
    xs, ys = array("i", longitudes), array("i", latitudes)
    return LandOutline(xs, ys, (min(xs), min(ys), max(xs), max(ys)))


def land(frame: MapFrame) -> str | None:
    """The outlines within the frame as the data of one path; None where the file of outlines was not made."""
    rings = (_thinned if frame.east - frame.west > _WIDE else _outlines)(OUTLINES)
    if not has_outlines():
        return None
    edge = (frame.east - frame.west) * 0.1
    box = (
        (frame.west - edge) * 100,
        (frame.south - edge) * 100,
        (frame.east + edge) * 100,
        (frame.north + edge) * 100,
    )
    near = (ring for ring in rings if _overlap(ring.box, box))
    return "".join(_path(_clipped(ring, box), frame) for ring in near)


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _clipped(ring: LandOutline, box: Sequence[float]) -> Sequence[Point]:
    points = list(zip(ring.xs, ring.ys, strict=True))
    inside = box[0] <= ring.box[0] and box[1] <= ring.box[1] and ring.box[2] <= box[2] and ring.box[3] <= box[3]
    return points if inside else clip(points, box)


def _path(ring: Sequence[Point], frame: MapFrame) -> str:
    """A ring as path data; points that fall on one another are drawn once."""
    points: list[tuple[int, int]] = []
    for x, y in ring:
        at = frame.at(x / 100, y / 100)
        spot = (round(at[0]), round(at[1]))
        if not points or spot != points[-1]:
            points.append(spot)
    return "M" + "L".join(f"{x} {y}" for x, y in points) + "Z" if len(points) > 2 else ""


def clip(ring: Sequence[Point], box: Sequence[float]) -> list[Point]:
    """The part of a closed ring within a box, edge by edge.

    >>> clip([(-1, 0), (1, 0), (1, 2), (-1, 2)], (0, 0, 9, 1))
    [(0.0, 1), (0, 0.0), (1, 0), (1.0, 1)]
    """
    kept = list(ring)
    for axis, limit, sign in ((0, box[0], 1), (1, box[1], 1), (0, box[2], -1), (1, box[3], -1)):
        kept = list(_inside(kept, axis, limit, sign))
    return kept


def _inside(ring: Sequence[Point], axis: int, limit: float, sign: int) -> Iterator[Point]:
    for place, here in enumerate(ring):
        before = ring[place - 1]
        is_in, was_in = (each[axis] * sign >= limit * sign for each in (here, before))
        if is_in != was_in:
            share = (limit - before[axis]) / (here[axis] - before[axis])
            crossing = before[1 - axis] + (here[1 - axis] - before[1 - axis]) * share
            yield (limit, crossing) if axis == 0 else (crossing, limit)
        if is_in:
            yield here
