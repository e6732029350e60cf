"""A city's text may name its province and country too: they are told apart where they can mean one thing only."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.places.place_names import PlaceNames, separate_names, smallest_place

FOLDER = Path(__file__).parents[3] / "data" / "places"
INDEX = PlaceIndex.open(FOLDER)


def located(city: str, country: str | None = None, province: str | None = None, default: str | None = None) -> str:
    """The code of the place that is located; empty if none is."""
    names = separate_names(INDEX, PlaceNames(country, province, city), default)
    region = INDEX.comparison_region(names.country, names.province, names.city)
    place = smallest_place(INDEX, region, names)
    return place.code if place else ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Konstanz, Germany", "geonames-2885679"),
        ("Berlin (Deutschland)", "geonames-2950159"),
        ("Paris, France", "geonames-2988507"),
        ("Austin, TX, USA", "geonames-4671654"),
        ("Austin, TX, US", "geonames-4671654"),
        ("Paris, Texas, USA", "geonames-4717560"),
        ("London, Ontario, Canada", "geonames-6058560"),
        ("London, England", "geonames-2643743"),
        ("Città di Lugano, Svizzera", "geonames-2659836"),
        ("Zürich – Schweiz", "geonames-2657896"),
        ("Madrid / España", "geonames-3117735"),
        ("Tbilisi, Georgia", "geonames-611717"),
        ("Bologna, Italia", "037006"),
        ("Castro, LE, Italia", "075096"),
        ("Castro (LE)", "075096"),
        ("Carpi (Modena)", "036005"),
        ("Carpi, MO", "036005"),
        ("Carpi, Modena, Italia", "036005"),
        ("Bolzano / Bozen", "021008"),
        ("Comune di Modena", "036023"),
    ],
)
def test_a_city_beside_its_country_is_located(text: str, code: str) -> None:
    assert located(text, default="Italia") == code


@pytest.mark.parametrize("text", ["Austin, USA", "Kleindorf, USA"])
def test_of_a_city_that_a_country_has_twice_or_not_at_all_the_country_is_known(text: str) -> None:
    assert located(text) == "USA"


@pytest.mark.parametrize(
    "text",
    [
        "Atlanta, Georgia",
        "Arlon, Luxembourg",
        "Salem, IN",
        "Los Angeles, CA",
        "Paris, Texas",
        "Paris",
        "Bologna, Modena, Parma",
        "Bologna / Modena",
        "Carpi, Modena",
        "Bologna (Modena)",
        "Bologna, MO",
    ],
)
def test_what_may_mean_two_things_is_no_place(text: str) -> None:
    assert located(text) == ""


@pytest.mark.parametrize(
    ("text", "country", "province", "code"),
    [
        ("Konstanz, Germany", "Germania", None, "geonames-2885679"),
        ("Konstanz, Germany", "France", None, "FRA"),
        ("Salem, IN", "USA", None, "geonames-4264334"),
        ("Los Angeles, CA", "USA", "California", "geonames-5368361"),
        ("Los Angeles, CA", "USA", "Texas", "US-TX"),
    ],
)
def test_the_other_fields_of_the_record_count_first(text: str, country: str, province: str | None, code: str) -> None:
    assert located(text, country, province) == code


@given(st.text(max_size=40))
def test_any_text_is_read(text: str) -> None:
    names = separate_names(INDEX, PlaceNames(None, None, text))
    assert names.city is not None
    assert names.city in text
