"""Maps: coordinates are found where they are, and drawn where they belong."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passo_lod.web.pages import result_map as maps
from tests.web.rows import row

ROME, TURIN = ("http://p/rome", 41.9, 12.5, 7), ("http://p/turin", 45.1, 7.7, 2)
COLUMNS = ("place", "lat", "long", "n")


def test_columns_are_known_by_their_names_and_points_by_their_text():
    assert maps.coordinates(COLUMNS, [row(*ROME)]) == (1, 2)
    assert maps.coordinates(("Longitude", "LAT"), [row(12.5, 41.9)]) == (1, 0)
    assert maps.coordinates(("a", "where"), [row("Rome", "POINT(12.5 41.9)")]) == (1,)
    assert maps.coordinates(("a", "b"), [row("Rome", 41.9)]) == ()
    assert maps.coordinates(("lat", "long"), [row("north", "east")]) == ()
    assert maps.coordinates(("lat", "long"), [row(141.9, 12.5)]) == ()


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
    assert maps.point(text) == place


def test_north_is_up_east_is_right_and_a_point_leads_to_its_thing():
    found = maps.draw(COLUMNS, [row(*ROME), row(*TURIN)], 2)
    rome, turin = found.dots
    assert rome.x > turin.x
    assert rome.y > turin.y
    assert (rome.href, rome.title) == ("http://p/rome", "http://p/rome · 7")
    assert rome.size > turin.size
    assert found.sized_by == "n"


def test_a_row_that_is_nowhere_is_counted():
    found = maps.draw(COLUMNS, [row(*ROME), row("x", None, None, 1)], 2)
    assert (len(found.dots), found.left_out) == (1, 1)
    assert maps.draw(("a",), [row("x")], 1) is None


def test_without_the_file_of_outlines_the_map_has_its_net(tmp_path, monkeypatch):
    monkeypatch.setattr(maps, "OUTLINES", tmp_path / "none.json")
    found = maps.draw(COLUMNS, [row(*ROME), row(*TURIN)], 2)
    assert found.land is None
    assert {line.text for line in found.net} >= {"10°E", "44°N"}


def test_land_is_drawn_where_it_is(tmp_path, monkeypatch):
    square = [1000, 4000, 500, 0, 0, 400, -500, 0]
    far = [-9000, -4000, 500, 0, 0, 400, -500, 0]
    (tmp_path / "outlines.json").write_text(json.dumps({"steps": 100, "rings": [square, far]}))
    monkeypatch.setattr(maps, "OUTLINES", tmp_path / "outlines.json")
    frame = maps.MapFrame(9.0, 39.0, 16.0, 45.0)
    corners = {
        (round(x), round(y)) for x, y in (frame.at(10, 40), frame.at(15, 40), frame.at(15, 44), frame.at(10, 44))
    }
    drawn = {tuple(map(int, pair.split())) for pair in maps.land(frame).strip("MZ").split("L")}
    assert drawn == corners


PLACES = st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.one_of(st.none(), st.floats(-1e6, 1e6)))


@settings(max_examples=40)
@given(st.lists(PLACES, min_size=1, max_size=40))
def test_every_point_is_inside_the_map(places):
    found = maps.draw(("lat", "lon", "n"), [row(*each) for each in places], len(places))
    for dot in found.dots:
        assert 0 <= dot.x <= maps.WIDTH
        assert 0 <= dot.y <= found.height
        assert 0 <= dot.size <= 5
    assert found.height <= maps.WIDTH


BOX = (0.0, 0.0, 100.0, 100.0)


@given(st.lists(st.tuples(st.integers(-300, 300), st.integers(-300, 300)), min_size=3, max_size=30))
def test_what_is_left_of_a_ring_is_inside_the_box(ring):
    assert all(-1e-6 <= x <= 100 + 1e-6 and -1e-6 <= y <= 100 + 1e-6 for x, y in maps.clip(ring, BOX))
