"""The tables of data/places are complete and consistent, and an error in them names file and line."""

import shutil
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from passo_lod.errors import VocabularyError
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.mapping.places.place_tables import TABLES

FOLDER = Path(__file__).parents[3] / "data" / "places"
PLACES = PlaceIndex.open(FOLDER)
MUNICIPALITIES = [place for place in PLACES if place.kind == "municipality"]
CURRENT = [place for place in MUNICIPALITIES if place.status == "current"]
ABOLISHED = [place for place in MUNICIPALITIES if place.status == "abolished"]


MUNICIPALITIES_BY_REGION = {
    "01": 1180, "02": 74, "03": 1502, "04": 282, "05": 560, "06": 215, "07": 234, "08": 330, "09": 273, "10": 92,
    "11": 225, "12": 378, "13": 305, "14": 136, "15": 550, "16": 257, "17": 131, "18": 404, "19": 391, "20": 377,
}  # fmt: skip


def region_code(place: Place) -> str:
    region = PLACES.region_of(place)
    assert region is not None
    return region.code


def test_every_municipality_lies_in_a_province_a_region_and_a_country() -> None:
    for place in MUNICIPALITIES:
        assert [step.kind for step in PLACES.ancestry(place)] == ["municipality", "province", "region", "country"]


def test_a_current_municipality_begins_with_the_code_of_its_province() -> None:
    assert all(place.code.startswith(place.within) for place in CURRENT)


def test_codes_and_former_codes_name_one_place_each() -> None:
    codes = [code for place in PLACES for code in (place.code, *place.former_codes)]
    assert len(codes) == len(set(codes))


def test_the_number_of_municipalities_by_region() -> None:
    assert Counter(region_code(place) for place in CURRENT) == MUNICIPALITIES_BY_REGION
    assert Counter(place.kind for place in PLACES) == {
        "municipality": 7911,
        "province": 107,
        "region": 20,
        "country": 249,
    }
    assert len(ABOLISHED) == 15


def test_the_population_is_that_of_the_2011_census() -> None:
    assert sum(place.population or 0 for place in MUNICIPALITIES) == 59_433_744
    assert {place.population_year for place in MUNICIPALITIES if place.population is not None} == {2011}


def test_a_population_has_a_year() -> None:
    unknown = [place for place in MUNICIPALITIES if place.population is None]
    assert {place.population_year for place in unknown} == {None}
    assert len(unknown) == 7


def test_centroids_lie_in_italy() -> None:
    located = [(place.lat, place.lon) for place in MUNICIPALITIES if place.lat is not None and place.lon is not None]
    assert len(located) == 7898
    assert all(35 < lat < 48 and 6 < lon < 19 for lat, lon in located)


@pytest.mark.parametrize("kind", ["province", "region", "country"])
def test_a_nuts_code_names_one_place_of_a_kind(kind: str) -> None:
    """It is published as skos:exactMatch, which would make two places with one code the same."""
    codes = [place.nuts for place in PLACES if place.kind == kind and place.nuts]
    assert len(codes) == len(set(codes))


def test_the_nuts_codes_of_a_municipality_its_province_and_its_region_agree() -> None:
    for place in CURRENT:
        _, province, region, country = PLACES.ancestry(place)
        assert place.nuts == province.nuts
        assert region.nuts in ("", province.nuts[:4])
        assert province.nuts.startswith(country.nuts)


def test_only_trentino_alto_adige_has_no_single_nuts_2_area() -> None:
    assert [place.name for place in PLACES if place.kind == "region" and not place.nuts] == ["Trentino-Alto Adige"]


@pytest.mark.parametrize("file", [table.file for table in TABLES])
def test_a_table_is_sorted_by_code_has_unix_lines_and_stays_small(file: str) -> None:
    text = (FOLDER / file).read_bytes()
    codes = [line.split(b",")[0] for line in text.splitlines()[1:]]
    assert codes == sorted(codes)
    assert b"\r" not in text
    assert text.endswith(b"\n")
    assert len(text) < 1_000_000


def test_no_name_has_a_damaged_letter() -> None:
    letters = {character for place in PLACES for name in place.names for character in name}
    assert not [letter for letter in letters if letter in "?\ufffd" or unicodedata.category(letter).startswith("C")]


# --- Errors ---


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("regions.csv", "08,Emilia", "8,Emilia", r"regions\.csv, line 9: '8' is not the code of a region"),
        ("regions.csv", "09,Toscana", "08,Toscana", r"regions\.csv, line 10: the code 08 is already that of .*line 9"),
        (
            "regions.csv",
            "nuts2",
            "nuts",
            r"regions\.csv, line 1: the columns are 'code .* nuts'; expected 'code .* nuts2'",
        ),
        ("provinces.csv", ",MO,08,", ",MO,88,", r"provinces\.csv, line 37: the region '88' is in no table"),
        ("provinces.csv", ",MO,08,", ",08,", r"provinces\.csv, line 37: 7 cells; expected 8"),
        ("countries.csv", "ABW,AW", "Abw,AW", r"countries\.csv, line 2: 'Abw' is not the code of a country"),
        ("countries.csv", ",Aruba,", ", ,", r"countries\.csv, line 2: name is empty"),
        ("municipalities.csv", ",2644,", ",many,", r"municipalities\.csv, line 2: population 'many' is no such number"),
        ("municipalities.csv", ",45.3659,", ",453659,", r"municipalities\.csv, line 2: lat '453659' is no such number"),
        ("municipalities.csv", ",45.3659,", ",NaN,", r"municipalities\.csv, line 2: lat 'NaN' is no such number"),
        ("municipalities.csv", ",abolished", ",gone", r"status 'gone'; expected one of current, abolished"),
        ("municipalities.csv", "Agliè", "Agli\udce8", r"municipalities\.csv: byte \d+ is not UTF-8"),
    ],
)
def test_an_error_names_the_line(file: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "places"))
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(VocabularyError, match=message):
        PlaceIndex.open(folder)


def test_a_missing_table_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"countries\.csv: missing; the places need countries\.csv, regions\.csv"):
        PlaceIndex.open(tmp_path)
