"""Read the CSV tables in data/places, of countries, places of Italy and places abroad, for `place_index` and `places_abroad`."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from passo_lod.errors import VocabularyError
from passo_lod.mapping.places.place import Place


@dataclass(frozen=True)
class PlaceTable:
    """One CSV file: the kind of its places, the pattern of their codes, its columns, and the column of the containing place."""

    file: str
    kind: str
    code: str
    columns: str
    parent: str = ""


TABLES = (
    PlaceTable("countries.csv", "country", "[A-Z]{3}", "code alpha2 name name_en also_known_as nuts"),
    PlaceTable(
        "regions.csv",
        "region",
        "[0-9]{2}",
        "code name other_name other_language name_en country nuts2",
        parent="country",
    ),
    PlaceTable(
        "provinces.csv",
        "province",
        "[0-9]{3}",
        "code name other_name other_language also_known_as abbreviation region nuts3",
        parent="region",
    ),
    PlaceTable(
        "municipalities.csv",
        "municipality",
        "[0-9]{6}",
        "code name other_name other_language also_known_as province cadastral_code former_codes nuts3 "
        "population population_year lat lon status",
        parent="province",
    ),
)
"""From countries down to municipalities, so that a parent is read before its children."""

SUBDIVISIONS = PlaceTable(
    "subdivisions.csv",
    "region",
    "[A-Z]{2}-[A-Z0-9]{1,3}",
    "code name name_en also_known_as country within nuts",
    parent="within",
)
"""Subdivisions of other countries (ISO 3166-2); one within another is a province."""

CITIES = PlaceTable(
    "cities.csv",
    "municipality",
    "geonames-[0-9]+",
    "code name name_en also_known_as country within lat lon",
    parent="within",
)
"""Cities of other countries (GeoNames)."""

STATUSES = ("current", "abolished")

Number = TypeVar("Number", int, Decimal)


def read_places(folder: Path) -> list[Place]:
    """Read the four tables of a folder such as `data/places`.

    Raises:
        VocabularyError: a table is missing or has a wrong line; the message names file and line.
    """
    lines_by_code: dict[str, str] = {}
    places = []
    for table in TABLES:
        for where, place in _read_table(folder / table.file, table):
            _check_code(place, where, table, lines_by_code)
            lines_by_code.update(dict.fromkeys((place.code, *place.former_codes), where))
            places.append(place)
    return places


def _read_table(path: Path, table: PlaceTable) -> Iterator[tuple[str, Place]]:
    """Yield the places of a file, each with its file and line for messages."""
    if not path.is_file():
        raise VocabularyError(f"{path}: missing; the places need {', '.join(table.file for table in TABLES)}")
    for where, row in read_rows(path, table):
        yield where, _parse_place(_cells(row, where, table), where, table)


def read_rows(path: Path, table: PlaceTable) -> Iterator[tuple[str, list[str]]]:
    """Yield the cells of each row below the header, with its file and line for messages.

    Raises:
        VocabularyError: the file cannot be read, or its header is not that of the table.
    """
    rows = csv.reader(_read_text(path).splitlines())
    _check_header(next(rows, []), path, table)
    for row in rows:
        yield f"{path}, line {rows.line_num}", row


def parse_row(row: list[str], where: str, table: PlaceTable) -> Place:
    """Return the place abroad that a row describes; without a subdivision it is within its country.

    Raises:
        VocabularyError: a cell is wrong.
    """
    cells = _cells(row, where, table)
    place = _parse_place(cells, where, table)
    _check_form(place.code, where, table)
    is_province = table is SUBDIVISIONS and place.within != ""
    return replace(place, within=place.within or cells["country"], kind="province" if is_province else place.kind)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise VocabularyError(f"{path}: byte {error.start} is not UTF-8; save the table as UTF-8") from None
    except OSError as problem:
        raise VocabularyError(f"{path}: cannot be read ({problem.strerror})") from problem


def _check_header(header: list[str], path: Path, table: PlaceTable) -> None:
    if header != table.columns.split():
        raise VocabularyError(f"{path}, line 1: the columns are {' '.join(header)!r}; expected {table.columns!r}")


def _cells(row: list[str], where: str, table: PlaceTable) -> dict[str, str]:
    columns = table.columns.split()
    if len(row) != len(columns):
        raise VocabularyError(f"{where}: {len(row)} cells; expected {len(columns)}, one for each column")
    return dict(zip(columns, row, strict=True))


def _parse_place(cells: Mapping[str, str], where: str, table: PlaceTable) -> Place:
    return Place(
        code=cells["code"],
        kind=table.kind,
        name=_required(cells["name"], where, "name"),
        other_name=cells.get("other_name", ""),
        other_language=cells.get("other_language", ""),
        also_known_as=_split_cell(cells.get("also_known_as", ""), ";"),
        name_en=cells.get("name_en", ""),
        abbreviation=cells.get("abbreviation", ""),
        alpha2=cells.get("alpha2", ""),
        within=cells.get(table.parent, ""),
        former_codes=_split_cell(cells.get("former_codes", ""), " "),
        cadastral_code=cells.get("cadastral_code", ""),
        nuts=next((cells[column] for column in ("nuts", "nuts2", "nuts3") if column in cells), ""),
        population=_parse_number(int, cells, "population", where),
        population_year=_parse_number(int, cells, "population_year", where),
        lat=_parse_number(_parse_degrees, cells, "lat", where),
        lon=_parse_number(_parse_degrees, cells, "lon", where),
        status=_parse_status(cells.get("status", "current"), where),
    )


def _required(text: str, where: str, column: str) -> str:
    if not text.strip():
        raise VocabularyError(f"{where}: {column} is empty; every place has one")
    return text


def _split_cell(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def _parse_number(parse: Callable[[str], Number], cells: Mapping[str, str], column: str, where: str) -> Number | None:
    text = cells.get(column, "")
    try:
        return parse(text) if text else None
    except (ValueError, InvalidOperation):
        raise VocabularyError(
            f"{where}: {column} {text!r} is no such number; leave it empty if it is unknown"
        ) from None


def _parse_degrees(text: str) -> Decimal:
    degrees = Decimal(text)
    if abs(degrees) > 180:
        raise ValueError(text)
    return degrees


def _parse_status(text: str, where: str) -> str:
    if text not in STATUSES:
        raise VocabularyError(f"{where}: status {text!r}; expected one of {', '.join(STATUSES)}")
    return text


def _check_code(place: Place, where: str, table: PlaceTable, lines_by_code: Mapping[str, str]) -> None:
    for code in (place.code, *place.former_codes):
        _check_form(code, where, table)
        if code in lines_by_code:
            raise VocabularyError(
                f"{where}: the code {code} is already that of {lines_by_code[code]}; a code names one place"
            )
    if table.parent and place.within not in lines_by_code:
        raise VocabularyError(
            f"{where}: the {table.parent} {place.within!r} is in no table; add it or correct the code"
        )


def _check_form(code: str, where: str, table: PlaceTable) -> None:
    if not re.fullmatch(table.code, code):
        raise VocabularyError(f"{where}: {code!r} is not the code of a {table.kind}; expected {table.code}")
