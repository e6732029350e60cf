"""Places outside Italy: found by country, province and city together, never guessed, and read only when needed."""

from pathlib import Path

import pytest

from passo_lod.errors import VocabularyError
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_description import describe_place, place_iri
from passo_lod.mapping.places.place_index import PlaceIndex

FOLDER = Path(__file__).parents[3] / "data" / "places"
SUBDIVISIONS = "code,name,name_en,also_known_as,country,within,nuts\n"
CITIES = "code,name,name_en,also_known_as,country,within,lat,lon\n"


@pytest.fixture(scope="module")
def index() -> PlaceIndex:
    return PlaceIndex.open(FOLDER)


def found(index: PlaceIndex, country: str, province: str = "", city: str = "") -> str:
    place = index.find(country, kind="country")
    assert place is not None
    return index.smallest_abroad(place, province, city).code


@pytest.mark.parametrize(
    ("country", "province", "city", "code"),
    [
        ("Canada", "British Columbia", "Vancouver", "geonames-6173331"),
        ("Canada", "", "Vancouver", "geonames-6173331"),
        ("United States", "New York", "New York", "geonames-5128581"),
        ("Germany", "Bayern", "München", "geonames-2867714"),
        ("Belgique", "Bruxelles", "Bruxelles", "geonames-2800866"),
        ("Poland", "Łódź Voivodeship", "Łódź", "geonames-3093133"),
        ("Germany", "", "Köln", "geonames-2886242"),
        ("Brazil", "State of Paraná", "", "BR-PR"),
        ("United Kingdom", "England", "", "GB-ENG"),
        ("Spain", "Barcelona", "", "ES-B"),
        ("Mexico", "Mexico City", "Mexico City", "geonames-3530597"),
    ],
)
def test_names_together_decide_a_place(index: PlaceIndex, country: str, province: str, city: str, code: str) -> None:
    assert found(index, country, province, city) == code


@pytest.mark.parametrize(
    ("country", "province", "city", "code"),
    [
        ("United States", "", "Boston", "USA"),  # Boston in Massachusetts, Georgia, Indiana …
        ("United States", "Washington", "Vancouver Island", "US-WA"),
        ("Canada", "", "Atlantis", "CAN"),
        ("Canada", "Quebec", "Vancouver", "CA-QC"),  # Vancouver lies in British Columbia
        ("Brazil", "", "Bahia", "BRA"),  # a state, which stands where a city should
    ],
)
def test_a_name_that_decides_nothing_leaves_the_larger_place(
    index: PlaceIndex, country: str, province: str, city: str, code: str
) -> None:
    assert found(index, country, province, city) == code


def test_a_province_decides_between_cities_of_one_name(index: PlaceIndex) -> None:
    codes = {found(index, "United States", state, "Boston") for state in ("Massachusetts", "Georgia")}
    assert len(codes) == 2
    assert all(code.startswith("geonames-") for code in codes)


def test_a_name_without_a_country_is_looked_up_in_italy_only(index: PlaceIndex) -> None:
    assert index.find("Vancouver") is None
    assert index.find("Vancouver", "CAN") is not None
    assert {place.kind for place in index if not place.code.isdigit()} == {"country"}


def test_places_abroad_lie_in_their_subdivision_and_country(index: PlaceIndex) -> None:
    vancouver = index.by_code("geonames-6173331")
    assert vancouver is not None
    assert [place.code for place in index.ancestry(vancouver)] == ["geonames-6173331", "CA-BC", "CAN"]


def test_iris_and_matches_are_those_of_who_gives_the_code() -> None:
    base = "https://example.org/"
    city = Place("geonames-6173331", "municipality", "Vancouver", within="CA-BC")
    bavaria = Place("DE-BY", "region", "Baviera", within="DEU", nuts="DE2")
    assert place_iri(base, city).value == f"{base}id/place/geonames-6173331"
    assert place_iri(base, bavaria).value == f"{base}id/place/iso-de-by"
    described = {str(triple.object) for each in (city, bavaria) for triple in describe_place(base, each)}
    assert {
        "<https://sws.geonames.org/6173331/>",
        "<http://data.europa.eu/nuts/code/DE2>",
        f"<{base}id/place/iso-ca-bc>",
        f"<{base}id/place/country-deu>",
        '"6173331"',
    } <= described


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("countries", "regions", "provinces", "municipalities"):
        (tmp_path / f"{name}.csv").write_bytes((FOLDER / f"{name}.csv").read_bytes())
    return tmp_path


def test_the_tables_of_places_abroad_may_be_missing(folder: Path) -> None:
    assert found(PlaceIndex.open(folder), "Canada", "British Columbia", "Vancouver") == "CAN"


def test_a_wrong_line_is_told_when_its_country_is_looked_up(folder: Path) -> None:
    (folder / "subdivisions.csv").write_text(SUBDIVISIONS, encoding="utf-8")
    (folder / "cities.csv").write_text(CITIES + "Vancouver,Vancouver,,,CAN,,49.2,-123.1\n", encoding="utf-8")
    index = PlaceIndex.open(folder)
    assert found(index, "France", "", "Paris") == "FRA"
    with pytest.raises(VocabularyError, match=r"cities\.csv, line 2: 'Vancouver' is not the code of a municipality"):
        found(index, "Canada", "", "Vancouver")


def test_every_row_of_the_shipped_tables_is_right(index: PlaceIndex) -> None:
    for country in [place for place in index if place.kind == "country" and place.code != "ITA"]:
        index.candidates("x", country.code)
