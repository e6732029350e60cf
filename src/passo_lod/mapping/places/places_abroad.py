"""Read the places outside Italy, the tables subdivisions.csv and cities.csv, country by country when needed; for `place_index`."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_tables import CITIES, SUBDIVISIONS, PlaceTable, parse_row, read_rows

Row = tuple[str, list[str]]
"""A file and line for messages, and the cells."""


class PlacesAbroad:
    """Subdivisions (ISO 3166-2) and cities (GeoNames) outside Italy.

    Args:
        folder: such as `data/places`; each table may be missing. They are read at the first look-up, and a row becomes a
            `Place` when a record names its country, because there are five times as many as places of Italy.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._by_country: dict[str, tuple[Place, ...]] = {}

    def in_country(self, country: str) -> tuple[Place, ...]:
        """Return the places of a country (ISO 3166-1 alpha-3).

        Raises:
            VocabularyError: a row is wrong; the message names file and line.
        """
        if country not in self._by_country:
            self._by_country[country] = tuple(self._read(country))
        return self._by_country[country]

    def country_of(self, code: str) -> str | None:
        """Return the country of the place with this code."""
        return self._country_by_code.get(code)

    def subdivision_names(self) -> Iterator[tuple[str, str]]:
        """Yield each name of a subdivision with the code of its country."""
        columns = SUBDIVISIONS.columns.split()
        names = [columns.index(column) for column in ("name", "name_en", "also_known_as")]
        for (file, country), rows in self._rows.items():
            for _, cells in rows if file == SUBDIVISIONS.file else ():
                yield from ((name, country) for at in names for name in cells[at].split(";") if name)

    def _read(self, country: str) -> Iterator[Place]:
        for table in (SUBDIVISIONS, CITIES):
            for where, cells in self._rows.get((table.file, country), ()):
                yield parse_row(cells, where, table)

    @cached_property
    def _rows(self) -> Mapping[tuple[str, str], list[Row]]:
        """The rows of each table and country."""
        rows: dict[tuple[str, str], list[Row]] = {}
        for table, country, row in self._all_rows():
            rows.setdefault((table.file, country), []).append(row)
        return rows

    def _all_rows(self) -> Iterator[tuple[PlaceTable, str, Row]]:
        for table in (SUBDIVISIONS, CITIES):
            path = self._folder / table.file if self._folder else None
            if path is not None and path.is_file():
                at = table.columns.split().index("country")
                for where, cells in read_rows(path, table):
                    yield table, cells[at], (where, cells)

    @cached_property
    def _country_by_code(self) -> Mapping[str, str]:
        return {cells[0]: country for (_, country), rows in self._rows.items() for _, cells in rows}
