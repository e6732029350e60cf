"""Lists for people: all processes, the places that have some, the vocabularies, what the release holds."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import HTML
from passo_lod.namespaces import DCT, OWL, PASSO, RDF, SCHEMA, SKOS, VOID
from passo_lod.store.protocol import Store, subjects, value_of
from passo_lod.web.endpoints.problem_details import STATUS_OF_REFUSAL, HttpProblem
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation as negotiate
from passo_lod.web.http import headers
from passo_lod.web.http.iri_policy import IriPolicy
from passo_lod.web.pages.page_builder import PageBuilder
from passo_lod.web.pages.page_model import ListEntry, PageLink, Value
from passo_lod.web.pages.reader_locale import ReaderLocale, reader_of
from passo_lod.web.request_release import release_of

LISTED = PASSO.ParticipatoryProcess
PLACED_BY = PASSO.affectedTerritory
COLUMNS: Mapping[str, NamedNode] = {
    "title": DCT.title,
    "region": PASSO.comparisonRegion,
    "status": PASSO.progressStatus,
    "start": SCHEMA.startDate,
    "end": SCHEMA.endDate,
}
"""The columns of the list of processes, by the words of their heads."""

VOCABULARIES = (OWL.Ontology, SKOS.ConceptScheme, VOID.Linkset)
PAGE = 50
_TOP_PLACES = 24


@dataclass(frozen=True)
class ProcessRow:
    """One process of the list."""

    link: PageLink
    cells: Mapping[str, Value | None]
    keys: Mapping[str, str]


@dataclass(frozen=True)
class PlaceCount:
    """A place and how many processes concern it."""

    link: PageLink
    count: int


class Listings:
    """The lists of one release; each is made once for a reader."""

    def __init__(self, store: Store, addresses: IriPolicy) -> None:
        self._store = store
        self._addresses = addresses
        self.processes = lru_cache(8)(self._processes)
        self.places = lru_cache(8)(self._places)
        self.vocabularies = lru_cache(8)(self._vocabularies)

    def _writer(self, reader: ReaderLocale) -> PageBuilder:
        return PageBuilder(self._store, self._addresses, reader)

    def _processes(self, reader: ReaderLocale) -> tuple[ProcessRow, ...]:
        writer = self._writer(reader)
        iris = sorted(set(subjects(self._store, RDF.type, LISTED)))
        columns = {key: self._firsts(predicate, set(iris)) for key, predicate in COLUMNS.items()}
        values = (
            value_of(value) for column in columns.values() for value in column.values() if isinstance(value, NamedNode)
        )
        self._store.prefetch([*iris, *values])
        return tuple(_line(iri, {key: columns[key].get(iri) for key in COLUMNS}, writer) for iri in iris)

    def _firsts(self, predicate: NamedNode, among: set[str]) -> dict[str, object]:
        """The first value that each of the things has for a property."""
        found: dict[str, list[object]] = {}
        for quad in self._store.pattern(None, predicate, None):
            if value_of(quad.subject) in among:
                found.setdefault(value_of(quad.subject), []).append(quad.object)
        return {iri: min(values, key=str) for iri, values in found.items()}

    def _places(self, reader: ReaderLocale) -> tuple[PlaceCount, ...]:
        writer = self._writer(reader)
        counts = Counter(value_of(quad.object) for quad in self._store.pattern(None, PLACED_BY, None))
        self._store.prefetch(counts)
        places = [PlaceCount(writer.link(iri), count) for iri, count in counts.items()]
        return tuple(sorted(places, key=lambda place: (-place.count, place.link.text)))

    def _vocabularies(self, reader: ReaderLocale) -> tuple[tuple[PageLink, tuple[ListEntry, ...]], ...]:
        writer = self._writer(reader)
        groups = []
        for kind in VOCABULARIES:
            members = sorted(set(subjects(self._store, RDF.type, kind)))
            self._store.prefetch(members)
            entries = [ListEntry(writer.link(iri), self._description(iri, writer)) for iri in members]
            groups.append((writer.link(kind.value), tuple(sorted(entries, key=lambda entry: entry.link.text.lower()))))
        return tuple(groups)

    def _description(self, iri: str, writer: PageBuilder) -> Value | None:
        values = [quad.object for quad in self._store.pattern(NamedNode(iri), DCT.description, None)]
        return writer.value(writer.in_language(values)[0]) if values else None


def _line(iri: str, raw: Mapping[str, object | None], writer: PageBuilder) -> ProcessRow:
    cells = {key: writer.value(value) if value is not None else None for key, value in raw.items()}
    link = writer.link(iri)
    keys = {key: _sort_key(raw[key], cell) for key, cell in cells.items()} | {"title": link.text.lower()}
    return ProcessRow(link, cells, keys)


def _sort_key(raw: object, cell: Value | None) -> str:
    """Names sort as they are shown, dates as they are written."""
    return cell.text.lower() if isinstance(cell, PageLink) else str(raw or "\uffff")


# ---------------------------------------------------------------------------------------------------------- endpoints


def home(request: Request) -> Response:
    """`/`: what this is, how much of it there is, and the ways in."""
    listings = release_of(request).listings
    return _page(
        request,
        "home.html",
        lambda reader: {"places": listings.places(reader)[:_TOP_PLACES], "count": len(listings.processes(reader))},
    )


def processes(request: Request) -> Response:
    """`/processes`: all of them, fifty a page."""
    listings = release_of(request).listings
    column = request.query_params.get("sort", "title")
    if column not in COLUMNS:
        raise HttpProblem(400, f"sort: {column!r} is no column; the columns are {', '.join(COLUMNS)}")
    return _page(
        request,
        "processes.html",
        lambda reader: _leaf(request, sorted_lines(listings.processes(reader), column), column),
    )


def sorted_lines(lines: tuple[ProcessRow, ...], column: str) -> list[ProcessRow]:
    """The lines in the order of a column; equal ones by title."""
    return sorted(lines, key=lambda line: (line.keys[column], line.keys["title"]))


def _leaf(request: Request, lines: list[ProcessRow], column: str) -> dict[str, object]:
    pages = max(1, ceil(len(lines) / PAGE))
    asked = request.query_params.get("page", "1")
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:9]) <= pages:
        raise HttpProblem(404, f"page: the pages are 1 to {pages}")
    page = int(asked)
    here = lines[(page - 1) * PAGE : page * PAGE]
    return {
        "lines": here,
        "columns": tuple(COLUMNS),
        "column": column,
        "page": page,
        "pages": pages,
        "total": len(lines),
    }


def places(request: Request) -> Response:
    """`/places`: the places that processes concern."""
    listings = release_of(request).listings
    return _page(request, "places.html", lambda reader: {"places": listings.places(reader)})


def vocabularies(request: Request) -> Response:
    """`/vocabulary`: the ontology, the controlled vocabularies and the alignments."""
    listings = release_of(request).listings
    return _page(request, "vocabulary.html", lambda reader: {"groups": listings.vocabularies(reader)})


def refusals(request: Request) -> Response:
    """`/problems`: the reasons for which a query is refused; problem documents point here."""
    return _page(request, "problems.html", lambda reader: {"reasons": STATUS_OF_REFUSAL})


def _page(request: Request, template: str, values: Callable[[ReaderLocale], dict[str, object]]) -> Response:
    if negotiate.best(request.headers.get("accept"), (HTML,)) is None:
        raise HttpProblem(406, "this is a page for people; the data is at /dump/ and /sparql", offered=(HTML,))
    reader = reader_of(request)
    body = render(request, template, reader, **values(reader))
    said = {"Content-Language": reader.language, "Vary": "Accept, Accept-Language", **headers.CACHED}
    return headers.conditional(request, body, HTML.content_type, said)
