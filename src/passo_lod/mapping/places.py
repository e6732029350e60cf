"""Find the place a text names, and say what is known of it: regions write names, comparison needs ISTAT codes."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from pyoxigraph import Literal, NamedNode, Quad, Triple

from passo_lod.errors import MappingError, VocabularyError
from passo_lod.namespaces import curie
from passo_lod.text_folding import fold


@dataclass(frozen=True)
class Place:
    """A municipality, province, region or country; `within` is the code of the next larger one."""

    code: str
    kind: str
    name: str
    other_name: str = ""
    other_language: str = ""
    also_known_as: tuple[str, ...] = ()
    name_en: str = ""
    abbreviation: str = ""
    within: str = ""
    former_codes: tuple[str, ...] = ()
    cadastral_code: str = ""
    nuts: str = ""
    alpha2: str = ""
    population: int | None = None
    population_year: int | None = None
    lat: Decimal | None = None
    lon: Decimal | None = None
    status: str = "current"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it goes by, once each, its Italian one first; a bilingual name in halves and whole."""
        whole = f"{self.name}/{self.other_name}" if self.other_name else ""
        names = (self.name, self.other_name, whole, *self.also_known_as, self.name_en)
        return tuple(dict.fromkeys(filter(None, names)))


class Places:
    """The countries, and the places of Italy, found by code or by name. A name that fits two places is never guessed.

    >>> rimini = Place("099014", "municipality", "Rimini", within="099")
    >>> Places([rimini]).find("RIMINI").code
    '099014'
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_code = {place.code: place for place in sorted(places, key=lambda place: place.code)}
        self._by_former_code = {former: place for place in self for former in place.former_codes}
        self._by_name = _index_names(self)
        self._with_regions = {place.within for place in self if place.kind == "region"}

    @classmethod
    def open(cls, folder: Path) -> "Places":
        """Read the four tables of a folder such as `data/places`.

        Raises:
            VocabularyError: a table is missing, or a line of it is wrong; the message names file and line.
        """
        placed: dict[str, str] = {}
        places = []
        for table in TABLES:
            for where, place in _read_table(folder / table.file, table):
                _check_code(place, where, table, placed)
                placed.update(dict.fromkeys((place.code, *place.former_codes), where))
                places.append(place)
        return cls(places)

    def __iter__(self) -> Iterator[Place]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def by_code(self, code: str) -> Place | None:
        """The place that has this code or had it before; a place's own code goes first."""
        return self._by_code.get(code) or self._by_former_code.get(code)

    def find(self, name: str, within: str | None = None, kind: str = "municipality") -> Place | None:
        """The one place of this name, or None where there is none or more than one (see `candidates`)."""
        found = self.candidates(name, within, kind)
        return found[0] if len(found) == 1 else None

    def candidates(self, name: str, within: str | None = None, kind: str = "municipality") -> tuple[Place, ...]:
        """Every place of this name inside `within` (a code); abolished ones only if no current one bears it."""
        key = _name_key(name)
        bare = _DESIGNATIONS[kind].sub("", key) if kind in _DESIGNATIONS else key
        named = self._inside(self._by_name.get((kind, key)) or self._by_name.get((kind, bare), ()), within)
        return tuple(place for place in named if place.status == "current") or named

    def suggest(self, name: str, within: str | None = None, n: int = 3, kind: str = "municipality") -> tuple[str, ...]:
        """The names nearest to one that was not found, nearest first, for the message that says so."""
        places = self._inside((place for place in self if place.kind == kind), within)
        names = {_name_key(known): known for place in places for known in place.names}
        return tuple(names[key] for key in get_close_matches(_name_key(name), names, n))

    def parent_of(self, place: Place) -> Place | None:
        """The next larger place: a municipality's province, a province's region; None for a country."""
        return self._by_code.get(place.within)

    def region_of(self, place: Place) -> Place | None:
        """The region a place is, or lies in; None for a country."""
        return next((step for step in self.ancestry(place) if step.kind == "region"), None)

    def comparison_region(self, country: str | None, province: str | None, city: str | None) -> Place | None:
        """The region a process counts under, as far as three texts of its record tell; None where they do not.

        In a country whose regions are known, the region that the province text names or lies in; failing that, the region
        of the municipality that the city text names. In any other country, the country.
        """
        found = self.find(country or "", kind="country")
        if found is None or found.code not in self._with_regions:
            return found
        texts = ((province, "region"), (province, "province"), (city, "municipality"))
        regions = (self._region_of_all(self.candidates(text, found.code, kind)) for text, kind in texts if text)
        return next(filter(None, regions), None)

    def knows_regions_of(self, country: Place) -> bool:
        """Whether the regions of a country are among the places."""
        return country.code in self._with_regions

    def _region_of_all(self, places: Iterable[Place]) -> Place | None:
        """The region that all of these lie in, if it is one: two towns of one name in one region leave no doubt about it."""
        regions = {self.region_of(place) for place in places}
        return regions.pop() if len(regions) == 1 else None

    def ancestry(self, place: Place) -> Iterator[Place]:
        """The place itself, then each larger place around it."""
        step: Place | None = place
        while step is not None:
            yield step
            step = self.parent_of(step)

    def _inside(self, places: Iterable[Place], within: str | None) -> tuple[Place, ...]:
        if within is None:
            return tuple(places)
        if within not in self._by_code:
            # Every name of a source would be unknown there: the call is wrong, not the names.
            raise MappingError(
                f"no place has the code {within!r}; a region has two digits, such as '08', a province three"
            )
        return tuple(place for place in places if any(step.code == within for step in self.ancestry(place)))


def _index_names(places: Iterable[Place]) -> dict[tuple[str, str], tuple[Place, ...]]:
    index: dict[tuple[str, str], tuple[Place, ...]] = {}
    for place in places:
        codes = (place.code, place.alpha2) if place.kind == "country" else ()
        for key in {(place.kind, _name_key(name)) for name in (*place.names, *filter(None, codes))}:
            index[key] = (*index.get(key, ()), place)
    return index


def _name_key(name: str) -> str:
    # "Bolzano/Bozen", "Bolzano / Bozen" and "Bolzano - Bozen" are one name.
    return fold(name.replace("/", " "))


_DESIGNATIONS = {
    "region": re.compile(r"^(regione|region of) | region$"),
    "province": re.compile(
        r"^(provincia( autonoma)? (di|del)|province of|citta metropolitana di|metropolitan city of) "
    ),
}
"""What records put around the name of a place to say its kind, folded: "Province of Bologna"."""


# --- The tables ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlaceTable:
    """One CSV file: the kind of its places, the pattern of their codes, its columns, and which column names the parent."""

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
"""From the largest places to the smallest, so that a parent is always known before its children."""

STATUSES = ("current", "abolished")

Number = TypeVar("Number", int, Decimal)


def _read_table(path: Path, table: PlaceTable) -> Iterator[tuple[str, Place]]:
    """The places of a file, each with the file and line it stands in."""
    if not path.is_file():
        raise VocabularyError(f"{path}: missing; the places need {', '.join(table.file for table in TABLES)}")
    rows = csv.reader(_read_text(path).splitlines())
    _check_header(next(rows, []), path, table)
    for row in rows:
        where = f"{path}, line {rows.line_num}"
        yield where, _place(_cells(row, where, table), where, table)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise VocabularyError(f"{path}: byte {error.start} is not UTF-8; save the table as UTF-8") from None


def _check_header(header: list[str], path: Path, table: PlaceTable) -> None:
    if header != table.columns.split():
        raise VocabularyError(f"{path}, line 1: the columns are {' '.join(header)!r}; expected {table.columns!r}")


def _cells(row: list[str], where: str, table: PlaceTable) -> dict[str, str]:
    columns = table.columns.split()
    if len(row) != len(columns):
        raise VocabularyError(f"{where}: {len(row)} cells; expected {len(columns)}, one for each column")
    return dict(zip(columns, row, strict=True))


def _place(cells: Mapping[str, str], where: str, table: PlaceTable) -> Place:
    return Place(
        code=cells["code"],
        kind=table.kind,
        name=_required(cells["name"], where, "name"),
        other_name=cells.get("other_name", ""),
        other_language=cells.get("other_language", ""),
        also_known_as=_listed(cells.get("also_known_as", ""), ";"),
        name_en=cells.get("name_en", ""),
        abbreviation=cells.get("abbreviation", ""),
        alpha2=cells.get("alpha2", ""),
        within=cells.get(table.parent, ""),
        former_codes=_listed(cells.get("former_codes", ""), " "),
        cadastral_code=cells.get("cadastral_code", ""),
        nuts=next((cells[column] for column in ("nuts", "nuts2", "nuts3") if column in cells), ""),
        population=_number(int, cells, "population", where),
        population_year=_number(int, cells, "population_year", where),
        lat=_number(_degrees, cells, "lat", where),
        lon=_number(_degrees, cells, "lon", where),
        status=_status(cells.get("status", "current"), where),
    )


def _required(text: str, where: str, column: str) -> str:
    if not text.strip():
        raise VocabularyError(f"{where}: {column} is empty; every place has one")
    return text


def _listed(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def _number(read: Callable[[str], Number], cells: Mapping[str, str], column: str, where: str) -> Number | None:
    text = cells.get(column, "")
    try:
        return read(text) if text else None
    except (ValueError, InvalidOperation):
        raise VocabularyError(
            f"{where}: {column} {text!r} is no such number; leave it empty where it is unknown"
        ) from None


def _degrees(text: str) -> Decimal:
    degrees = Decimal(text)
    if abs(degrees) > 180:
        raise ValueError(text)
    return degrees


def _status(text: str, where: str) -> str:
    if text not in STATUSES:
        raise VocabularyError(f"{where}: status {text!r}; expected one of {', '.join(STATUSES)}")
    return text


def _check_code(place: Place, where: str, table: PlaceTable, placed: Mapping[str, str]) -> None:
    for code in (place.code, *place.former_codes):
        if not re.fullmatch(table.code, code):
            raise VocabularyError(f"{where}: {code!r} is not the code of a {place.kind}; expected {table.code}")
        if code in placed:
            raise VocabularyError(f"{where}: the code {code} is already that of {placed[code]}; a code names one place")
    if table.parent and place.within not in placed:
        raise VocabularyError(f"{where}: the {table.parent} {place.within!r} is in no table; add it or mend the code")


# --- RDF ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlaceKind:
    """How places of one kind are written in RDF: class, end of the IRI, the same place elsewhere, kind of the parent."""

    rdf_class: str
    local_name: Callable[[str], str]
    elsewhere: Callable[[str], str]
    parent: str = ""


_ISTAT = "istat-{}".format
_TERRITORIES = "https://w3id.org/italia/controlled-vocabulary/territorial-classifications"

KINDS = {
    "country": PlaceKind(
        "clvapit:Country",
        local_name=lambda code: f"country-{code.lower()}",
        elsewhere="http://publications.europa.eu/resource/authority/country/{}".format,
    ),
    "region": PlaceKind("clvapit:Region", _ISTAT, elsewhere=(_TERRITORIES + "/regions/{}").format, parent="country"),
    "province": PlaceKind(
        "clvapit:Province", _ISTAT, elsewhere=(_TERRITORIES + "/provinces/{}").format, parent="region"
    ),
    "municipality": PlaceKind(
        "clvapit:City",
        _ISTAT,
        # ISPRA drops the leading zero: Bomporto, 036002, is its place 36002.
        elsewhere=lambda code: f"http://dati.isprambiente.it/id/place/{int(code)}",
        parent="province",
    ),
}


def place_iri(base: str, place: Place) -> NamedNode:
    """The place's own IRI below a base IRI that ends with a slash.

    >>> place_iri("https://example.org/", Place("08", "region", "Emilia-Romagna")).value
    'https://example.org/id/place/istat-08'
    """
    return _iri(base, place.kind, place.code)


def place_quads(base: str, places: Places, graph: NamedNode) -> Iterator[Quad]:
    """What is known of every place, as quads of one graph, in the order of the codes."""
    for place in places:
        for triple in describe(base, place):
            yield Quad(triple.subject, triple.predicate, triple.object, graph)


def describe(base: str, place: Place) -> Iterator[Triple]:
    """What is known of one place."""
    subject = place_iri(base, place)
    for predicate, value in _statements(base, place):
        yield Triple(subject, curie(predicate), value)


def _iri(base: str, kind: str, code: str) -> NamedNode:
    return NamedNode(f"{base}id/place/{KINDS[kind].local_name(code)}")


def _statements(base: str, place: Place) -> Iterator[tuple[str, NamedNode | Literal]]:
    yield from (("rdf:type", curie(name)) for name in (KINDS[place.kind].rdf_class, "dct:Location", "skos:Concept"))
    yield from _labels(place)
    yield from _codes(place)
    yield from _position(base, place)
    yield from _population(place)
    yield from _matches(place)
    if place.status == "abolished":
        yield "owl:deprecated", Literal("true", datatype=curie("xsd:boolean"))


def _labels(place: Place) -> Iterator[tuple[str, Literal]]:
    yield "skos:prefLabel", Literal(place.name, language="it")
    if place.name_en:
        yield "skos:prefLabel", Literal(place.name_en, language="en")
    if place.other_name:
        yield "skos:altLabel", Literal(place.other_name, language=place.other_language or None)
        yield "skos:altLabel", Literal(f"{place.name}/{place.other_name}")
    for name in place.also_known_as:
        # A name that some source uses, in whatever language.
        yield "skos:altLabel", Literal(name)
    for code in filter(None, (place.abbreviation, place.alpha2)):
        yield "skos:altLabel", Literal(code)


def _codes(place: Place) -> Iterator[tuple[str, Literal]]:
    yield "skos:notation", Literal(place.code)
    for code in place.former_codes:
        yield "passo:formerCode", Literal(code)


def _position(base: str, place: Place) -> Iterator[tuple[str, NamedNode | Literal]]:
    if place.within:
        yield "clvapit:situatedWithin", _iri(base, KINDS[place.kind].parent, place.within)
    for predicate, degrees in (("geo:lat", place.lat), ("geo:long", place.lon)):
        if degrees is not None:
            yield predicate, Literal(f"{degrees:f}", datatype=curie("xsd:decimal"))


def _population(place: Place) -> Iterator[tuple[str, Literal]]:
    if place.population is not None:
        yield "passo:population", Literal(str(place.population), datatype=curie("xsd:integer"))
    if place.population_year is not None:
        yield "passo:populationYear", Literal(str(place.population_year), datatype=curie("xsd:gYear"))


def _matches(place: Place) -> Iterator[tuple[str, NamedNode]]:
    yield "skos:exactMatch", NamedNode(KINDS[place.kind].elsewhere(place.code))
    # A municipality lies in a NUTS 3 area, it is not one.
    if place.nuts and place.kind != "municipality":
        yield "skos:exactMatch", NamedNode(f"http://data.europa.eu/nuts/code/{place.nuts}")
