"""Draw a comparison by places as maps: Italy by region or province, and the world by country, each place in the shade of its figure.

A place whose figure is of fewer than ten processes has a dot in that shade instead. A place without an outline has a ringed dot at its coordinates;
one without coordinates is named beside the map. Where the data have no process, or no known value, the place is hatched.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from passo_lod.comparison.answer_rows import AnswerRow, code_of
from passo_lod.comparison.declarations import MeasureKind
from passo_lod.comparison.evidence import REASONS
from passo_lod.messages.message_catalogue import message
from passo_lod.web.pages.drawing_legend import LegendItem
from passo_lod.web.pages.drawn_rows import DrawnRows
from passo_lod.web.pages.heat_table import class_legend
from passo_lod.web.pages.map_projection import MapFrame, Point
from passo_lod.web.pages.place_outlines import middle_of, other_land, outline_path, place_outlines, rings_path
from passo_lod.web.pages.value_classes import ValueClass, classify, shade_of

_ITALY = MapFrame(6.2, 35.3, 19.0, 47.3)
_WORLD = MapFrame(-180, -57, 180, 84)
_ITALIAN, _COUNTRY = "istat-", "country-"
_ITALIAN_STATE = "country-ita"
_SHARES = {"italy": 0.58, "world": 1.0}


@dataclass(frozen=True)
class MapArea:
    """A place with an outline.

    Attributes:
        group: its value; empty if the comparison has no such group.
        shade: of its figure; 0 without one.
        hatched: whether the data have no process in it, or no known value.
    """

    group: str
    path: str
    shade: int
    hatched: bool
    title: str


@dataclass(frozen=True)
class MapSpot:
    """A dot at a place: its figure is of few processes, or (`ringed`) the place has no outline."""

    group: str
    x: float
    y: float
    shade: int
    ringed: bool
    title: str


@dataclass(frozen=True)
class MapPanel:
    """One map.

    Attributes:
        place: `italy` or `world`.
        height: in units of the drawing, which is 900 wide.
        share: of the width of a page or image that it fills at most, from 0 to 1.
        land: what belongs to no place of the comparison, as path data.
    """

    place: str
    name: str
    height: float
    share: float
    land: str
    areas: tuple[MapArea, ...]
    spots: tuple[MapSpot, ...]


@dataclass(frozen=True)
class ComparisonMap:
    """The maps of a comparison."""

    panels: tuple[MapPanel, ...]
    legend: tuple[LegendItem, ...]
    notes: tuple[str, ...]
    kind: str = "map"


def is_of_places(groups: Sequence[str]) -> bool:
    """Whether the groups of a comparison are places, so that a map can be asked for."""
    values = [each for each in groups if each not in REASONS]
    return bool(values) and all("/place/" in each for each in values)


def without_outline(groups: Sequence[str]) -> list[str]:
    """The places whose coordinates a map needs."""
    return [each for each in groups if each not in REASONS and code_of(each) not in place_outlines()]


def comparison_map(drawn: DrawnRows, coordinates: Mapping[str, Point]) -> ComparisonMap | None:
    """The maps of a comparison by one dimension of places.

    Args:
        drawn: its rows.
        coordinates: longitude and latitude of places without an outline, by IRI, as far as they are known.

    Returns:
        None for another comparison, or if no figure can be drawn.
    """
    answered = drawn.answered
    if answered.comparison.series or not is_of_places(answered.table.groups):
        return None
    rows = {row.group: row for row in reversed(drawn.drawable)}
    classes = classify(number for row in rows.values() if (number := drawn.headline(row)) is not None)
    if not rows:
        return None
    painter = _Painter(drawn, rows, classes, coordinates)
    panels = tuple(painter.panels())
    return ComparisonMap(panels, tuple(_legend(classes, panels, drawn)), tuple(painter.notes()))


@dataclass(frozen=True)
class _Painter:
    drawn: DrawnRows
    rows: Mapping[str, AnswerRow]
    classes: tuple[ValueClass, ...]
    coordinates: Mapping[str, Point]

    def panels(self) -> Iterator[MapPanel]:
        by_code = {code_of(group): group for group in self.drawn.answered.table.groups if group not in REASONS}
        italian = [code for code in by_code if code.startswith(_ITALIAN) and code in place_outlines()]
        if italian:
            length = max(map(len, italian))
            drawn = [each for each in place_outlines() if each.startswith(_ITALIAN) and len(each) == length]
            yield self._panel("italy", _ITALY, drawn, by_code, ())
        if len(italian) < len(by_code):
            drawn = [each for each in place_outlines() if each.startswith(_COUNTRY)]
            # Where Italy is compared by its regions, the map of the world has nothing to say of it as a whole.
            by_parts = _ITALIAN_STATE not in by_code and bool(italian)
            yield self._panel("world", _WORLD, drawn, by_code, (_ITALIAN_STATE,) if by_parts else ())

    def _panel(
        self, name: str, frame: MapFrame, codes: Sequence[str], by_code: Mapping[str, str], plain: Sequence[str]
    ) -> MapPanel:
        areas = [self._area(by_code.get(code, ""), outline_path(code, frame)) for code in codes if code not in plain]
        land = rings_path(other_land(), frame) if frame == _WORLD else ""
        land += "".join(outline_path(code, frame) for code in plain)
        inner = [self._spot(by_code[code], middle_of(code), frame, ringed=False) for code in codes if code in by_code]
        is_world = frame == _WORLD
        outer = [
            self._spot(group, point, frame, ringed=True)
            for group, point in self.coordinates.items()
            if group in self.rows and code_of(group).startswith(_ITALIAN) != is_world
        ]
        few = [each for each in inner if self._is_few(each.group)]
        return MapPanel(
            name,
            message(f"page.compare-map-{name}", self.drawn.language),
            round(frame.height, 1),
            _SHARES[name],
            land,
            tuple(areas),
            (*few, *outer),
        )

    def _is_few(self, group: str) -> bool:
        return group in self.rows and self.drawn.is_few(self.rows[group])

    def _area(self, group: str, path: str) -> MapArea:
        row = self.rows.get(group)
        if row is None:
            why = "none-known" if group else "none"
            name = f"{self.drawn.label(group)}: " if group else ""
            return MapArea(group, path, 0, True, f"{name}{message(f'page.compare-map-{why}', self.drawn.language)}")
        number = None if self.drawn.is_few(row) else self.drawn.headline(row)
        return MapArea(group, path, shade_of(number, self.classes), False, self.drawn.title(row))

    def _spot(self, group: str, point: Point, frame: MapFrame, *, ringed: bool) -> MapSpot:
        x, y = frame.project(*point)
        row = self.rows.get(group)
        number = self.drawn.headline(row) if row else None
        title = self.drawn.title(row) if row else self.drawn.label(group)
        return MapSpot(group, round(x, 1), round(y, 1), shade_of(number, self.classes), ringed, title)

    def notes(self) -> Iterator[str]:
        language = self.drawn.language
        yield from self.drawn.notes(0)
        yield message("page.compare-shades", language)
        if self.drawn.kind is MeasureKind.PROCESSES:
            yield message("page.compare-map-counts", language)
        lost = [each for each in without_outline(list(self.rows)) if each not in self.coordinates]
        if lost:
            names = ", ".join(sorted(map(self.drawn.label, lost)))
            yield message("page.compare-not-on-the-map", language, names=names)
        yield message("page.compare-map-source", language)


def _legend(classes: tuple[ValueClass, ...], panels: Sequence[MapPanel], drawn: DrawnRows) -> Iterator[LegendItem]:
    yield from class_legend(classes, drawn)
    spots = [spot for panel in panels for spot in panel.spots]
    marks = (
        ("map-few", any(not spot.ringed for spot in spots)),
        ("map-ringed", any(spot.ringed for spot in spots)),
        ("no-data", any(area.hatched for panel in panels for area in panel.areas)),
    )
    for mark, has in marks:
        if has:
            yield LegendItem(mark, message(f"page.compare-mark-{mark}", drawn.language))
