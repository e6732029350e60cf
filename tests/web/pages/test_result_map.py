"""Test which rows of a result have coordinates, and where a map draws them, the grid and the land."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passo_lod.web.pages import land_outlines
from passo_lod.web.pages.land_outlines import clip_ring, land_path
from passo_lod.web.pages.map_projection import WIDTH, MapFrame
from passo_lod.web.pages.result_map import coordinate_columns, draw, parse_point
from tests.web.rows import row

ROME, TURIN = ("http://p/rome", 41.9, 12.5, 7), ("http://p/turin", 45.1, 7.7, 2)
COLUMNS = ("place", "lat", "long", "n")


def test_coordinates_are_recognised_by_the_names_of_columns_or_by_wkt():
    assert coordinate_columns(COLUMNS, [row(*ROME)]) == (1, 2)
    assert coordinate_columns(("Longitude", "LAT"), [row(12.5, 41.9)]) == (1, 0)
    assert coordinate_columns(("a", "where"), [row("Rome", "POINT(12.5 41.9)")]) == (1,)
    assert coordinate_columns(("a", "b"), [row("Rome", 41.9)]) == ()
    assert coordinate_columns(("lat", "long"), [row("north", "east")]) == ()
    assert coordinate_columns(("lat", "long"), [row(141.9, 12.5)]) == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("POINT(12.5 41.9)", (12.5, 41.9)),
        ("point Z (12.5 41.9 30)", (12.5, 41.9)),
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(41.9 12.5)", (12.5, 41.9)),
        ("<http://www.opengis.net/def/crs/EPSG/0/3003> POINT(1 2)", None),
        ("LINESTRING(1 2, 3 4)", None),
        ("POINT(12,5 41,9)", None),
    ],
)
def test_points_in_well_known_text_are_read(text, place):
    assert parse_point(text) == place


def test_north_is_up_east_is_right_and_a_dot_links_to_its_thing():
    result_map = draw(COLUMNS, [row(*ROME), row(*TURIN)], 2)
    rome, turin = result_map.dots
    assert rome.x > turin.x
    assert rome.y > turin.y
    assert (rome.href, rome.title) == ("http://p/rome", "http://p/rome · 7")
    assert rome.size > turin.size
    assert result_map.sized_by == "n"


def test_a_row_without_coordinates_is_counted_as_omitted():
    result_map = draw(COLUMNS, [row(*ROME), row("x", None, None, 1)], 2)
    assert (len(result_map.dots), result_map.omitted) == (1, 1)
    assert draw(("a",), [row("x")], 1) is None


def test_without_the_file_of_outlines_the_map_has_its_grid(tmp_path, monkeypatch):
    monkeypatch.setattr(land_outlines, "OUTLINES", tmp_path / "none.json")
    result_map = draw(COLUMNS, [row(*ROME), row(*TURIN)], 2)
    assert result_map.land is None
    assert {line.text for line in result_map.grid} >= {"10°E", "44°N"}


def test_land_is_drawn_at_its_coordinates_and_only_within_the_frame(tmp_path, monkeypatch):
    square = [1000, 4000, 500, 0, 0, 400, -500, 0]
    far = [-9000, -4000, 500, 0, 0, 400, -500, 0]
    (tmp_path / "outlines.json").write_text(json.dumps({"steps": 100, "rings": [square, far]}))
    monkeypatch.setattr(land_outlines, "OUTLINES", tmp_path / "outlines.json")
    frame = MapFrame(9.0, 39.0, 16.0, 45.0)
    corners = {
        (round(x), round(y))
        for x, y in (frame.project(10, 40), frame.project(15, 40), frame.project(15, 44), frame.project(10, 44))
    }
    drawn = {tuple(map(int, pair.split())) for pair in land_path(frame).strip("MZ").split("L")}
    assert drawn == corners


PLACES = st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.one_of(st.none(), st.floats(-1e6, 1e6)))


@settings(max_examples=40)
@given(st.lists(PLACES, min_size=1, max_size=40))
def test_every_point_is_inside_the_map(places):
    result_map = draw(("lat", "lon", "n"), [row(*place) for place in places], len(places))
    for dot in result_map.dots:
        assert 0 <= dot.x <= WIDTH
        assert 0 <= dot.y <= result_map.height
        assert 0 <= dot.size <= 5
    assert result_map.height <= WIDTH


BOX = (0.0, 0.0, 100.0, 100.0)


@given(st.lists(st.tuples(st.integers(-300, 300), st.integers(-300, 300)), min_size=3, max_size=30))
def test_a_clipped_ring_is_inside_the_box(ring):
    assert all(-1e-6 <= x <= 100 + 1e-6 and -1e-6 <= y <= 100 + 1e-6 for x, y in clip_ring(ring, BOX))
