"""Lay out the result of a query as a map: rows with coordinates in, positions of dots, land and grid out; a template draws them as SVG.

No tile server is asked: the outlines of countries (`land_outlines`) are a file of this server.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from passo_lod.web.pages.land_outlines import land_path
from passo_lod.web.pages.map_projection import WIDTH, MapFrame, Point
from passo_lod.web.pages.result_table import Row, column_cells, is_numeric, parse_number

_MOST_POINTS = 1000
_LATITUDE = frozenset({"lat", "latitude", "latitudine"})
_LONGITUDE = frozenset({"long", "lon", "lng", "longitude", "longitudine"})
_WKT = re.compile(
    r"\s*(?:<([^<>]*)>\s*)?POINT\s*Z?\s*\(\s*([-+\d.eE]+)\s+([-+\d.eE]+)(?:\s+[-+\d.eE]+)?\s*\)\s*", re.IGNORECASE
)
_LONGITUDE_FIRST = ("", "http://www.opengis.net/def/crs/OGC/1.3/CRS84")
_LATITUDE_FIRST = ("http://www.opengis.net/def/crs/EPSG/0/4326",)
_GRID_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30)
_LARGEST_DOT = 5
_EDGE = 75
"""Units of the drawing near its edge where the grid has no labels."""


@dataclass(frozen=True)
class MapPlace:
    """A row with coordinates.

    Attributes:
        title: the texts of its other cells.
        href: the address it links to.
        size: from 0 to 1.
    """

    latitude: float
    longitude: float
    title: str
    href: str | None = None
    size: float = 0.0


@dataclass(frozen=True)
class MapDot:
    """A place on the drawing; its size is a whole number from 0 to 5."""

    x: float
    y: float
    size: int
    title: str
    href: str | None


@dataclass(frozen=True)
class GridLine:
    """A meridian or a parallel, with its degrees."""

    x1: float
    y1: float
    x2: float
    y2: float
    text: str


@dataclass(frozen=True)
class ResultMap:
    """A map.

    Attributes:
        height: in units of the drawing, which is 900 wide.
        land: outlines of the land, as SVG path data; None if there are none.
        grid: meridians and parallels.
        sized_by: the column that the sizes of the dots show.
        omitted: how many rows are not drawn.
    """

    height: float
    land: str | None
    grid: tuple[GridLine, ...]
    dots: tuple[MapDot, ...]
    sized_by: str | None
    omitted: int


def draw(columns: Sequence[str], rows: Sequence[Row], count: int) -> ResultMap | None:
    """Lay out the map of the rows.

    Args:
        columns: of the result.
        rows: the first solutions.
        count: of all solutions.

    Returns:
        None if no row has coordinates.
    """
    located, sized_by = locate_rows(columns, rows, coordinate_columns(columns, rows))
    if not located:
        return None
    drawn = located[:_MOST_POINTS]
    frame = MapFrame.around([(place.longitude, place.latitude) for place in drawn])
    dots = tuple(_dot(place, frame) for place in sorted(drawn, key=lambda place: -place.size))
    return ResultMap(round(frame.height, 1), land_path(frame), grid(frame), dots, sized_by, count - len(drawn))


# --------------------------------------------------------------------------------------------------------- coordinates


def coordinate_columns(columns: Sequence[str], rows: Sequence[Row]) -> tuple[int, ...]:
    """The indexes of the columns with coordinates: latitude and longitude, or one of WKT points; () if there are none."""
    names = [name.lower() for name in columns]
    pair = [next((names.index(name) for name in names if name in known), None) for known in (_LATITUDE, _LONGITUDE)]
    found = tuple(index for index in pair if index is not None)
    if len(found) == 2 and any(_point_of(row, found) for row in rows):
        return found
    with_points = (
        index for index in range(len(columns)) if any(parse_point(cell.raw) for cell in column_cells(rows, index))
    )
    return tuple(with_points)[:1]


def locate_rows(
    columns: Sequence[str], rows: Sequence[Row], coordinates: tuple[int, ...]
) -> tuple[list[MapPlace], str | None]:
    """The rows with coordinates as places, and the first column of numbers, which decides their sizes.

    Args:
        columns: of the result.
        rows: of the result.
        coordinates: the indexes of the columns with coordinates.
    """
    others = [index for index in range(len(columns)) if index not in coordinates]
    measure = next((index for index in others if is_numeric(column_cells(rows, index))), None)
    largest = _largest(rows, measure)
    located = []
    for row in rows:
        if (point := _point_of(row, coordinates)) is None:
            continue
        cells = [cell for index in others if (cell := row[index])]
        title = " · ".join(dict.fromkeys(cell.text for cell in cells)) or "{1:g}, {0:g}".format(*point)
        href = next((cell.href for cell in cells if cell.href), None)
        located.append(MapPlace(point[1], point[0], title, href, _size(row, measure, largest)))
    return located, columns[measure] if measure is not None else None


def _largest(rows: Sequence[Row], measure: int | None) -> float:
    if measure is None:
        return 0.0
    return max((abs(cell.number or 0) for cell in column_cells(rows, measure)), default=0.0)


def _size(row: Row, measure: int | None, largest: float) -> float:
    """The square root of a row's share of the largest number, so that the areas of dots compare."""
    cell = row[measure] if measure is not None else None
    return math.sqrt(abs(cell.number or 0) / largest) if cell and largest else 0.0


def _point_of(row: Row, coordinates: tuple[int, ...]) -> Point | None:
    """Longitude and latitude of a row."""
    cells = [cell for index in coordinates if (cell := row[index])]
    if not cells or len(cells) < len(coordinates):
        return None
    if len(cells) == 1:
        return parse_point(cells[0].raw)
    latitude, longitude = (parse_number(cell.raw) for cell in cells)
    return _on_earth(longitude, latitude)


def parse_point(text: str) -> Point | None:
    """Longitude and latitude of a point in well-known text (OGC 06-103r4), with CRS84 or EPSG:4326.

    >>> parse_point("POINT(11.33 44.49)"), parse_point("POINT(200 0)"), parse_point("Bologna")
    ((11.33, 44.49), None, None)
    """
    found = _WKT.fullmatch(text)
    if not found:
        return None
    first, second, system = parse_number(found[2]), parse_number(found[3]), found[1] or ""
    if system in _LATITUDE_FIRST:
        return _on_earth(second, first)
    return _on_earth(first, second) if system in _LONGITUDE_FIRST else None


def _on_earth(longitude: float | None, latitude: float | None) -> Point | None:
    if longitude is None or latitude is None or abs(longitude) > 180 or abs(latitude) > 90:
        return None
    return longitude, latitude


# ------------------------------------------------------------------------------------------------------- dots and grid


def _dot(place: MapPlace, frame: MapFrame) -> MapDot:
    x, y = frame.project(place.longitude, place.latitude)
    return MapDot(round(x, 1), round(y, 1), round(_LARGEST_DOT * place.size), place.title, place.href)


def grid(frame: MapFrame) -> tuple[GridLine, ...]:
    """The meridians and parallels within the frame."""
    wide, high = frame.east - frame.west, frame.north - frame.south
    step = next((step for step in _GRID_STEPS if max(wide, high) / step <= 7), _GRID_STEPS[-1])
    lines = []
    for degree in _multiples(frame.west, frame.east, step):
        x, _ = frame.project(degree, 0)
        text = _format_degrees(degree, "E", "W") if x < WIDTH - _EDGE else ""
        lines.append(GridLine(round(x, 1), 0, round(x, 1), round(frame.height, 1), text))
    for degree in _multiples(max(frame.south, -90), min(frame.north, 90), step):
        _, y = frame.project(0, degree)
        text = _format_degrees(degree, "N", "S") if y > _EDGE else ""
        lines.append(GridLine(0, round(y, 1), WIDTH, round(y, 1), text))
    return tuple(lines)


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [round(number * step, 6) for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _format_degrees(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):g}°{positive if value > 0 else negative if value < 0 else ''}"
