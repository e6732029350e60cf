"""The media types of dumps and HTTP answers, in one table: IANA name, file extension, RDF or SPARQL result syntax."""

from dataclasses import dataclass
from enum import Enum

from pyoxigraph import QueryResultsFormat, RdfFormat


class ContentKind(Enum):
    """What a representation can contain."""

    PAGE = "page"
    GRAPH = "graph"
    DATASET = "dataset"
    RESULTS = "results"
    TABLE = "table"
    TEXT = "text"


@dataclass(frozen=True, eq=False)
class MediaType:
    """A media type: its IANA name, its file extension and, if it is an RDF or result syntax, its name in pyoxigraph.

    Each media type exists once, below; media types are compared by identity.
    """

    name: str
    extension: str
    kind: ContentKind
    title: str
    rdf: RdfFormat | None = None
    results: QueryResultsFormat | None = None

    @property
    def content_type(self) -> str:
        """The value of a `Content-Type` header: text is always UTF-8 and says so (RFC 9110, 8.3)."""
        return f"{self.name}; charset=utf-8" if self.name.startswith("text/") else self.name


HTML = MediaType("text/html", "html", ContentKind.PAGE, "HTML")
TURTLE = MediaType("text/turtle", "ttl", ContentKind.GRAPH, "Turtle", rdf=RdfFormat.TURTLE)
JSON_LD = MediaType("application/ld+json", "jsonld", ContentKind.GRAPH, "JSON-LD", rdf=RdfFormat.JSON_LD)
N_TRIPLES = MediaType("application/n-triples", "nt", ContentKind.GRAPH, "N-Triples", rdf=RdfFormat.N_TRIPLES)
RDF_XML = MediaType("application/rdf+xml", "rdf", ContentKind.GRAPH, "RDF/XML", rdf=RdfFormat.RDF_XML)
N_QUADS = MediaType("application/n-quads", "nq", ContentKind.DATASET, "N-Quads", rdf=RdfFormat.N_QUADS)
TRIG = MediaType("application/trig", "trig", ContentKind.DATASET, "TriG", rdf=RdfFormat.TRIG)
RESULTS_JSON = MediaType(
    "application/sparql-results+json", "srj", ContentKind.RESULTS, "SPARQL JSON", results=QueryResultsFormat.JSON
)
RESULTS_XML = MediaType(
    "application/sparql-results+xml", "srx", ContentKind.RESULTS, "SPARQL XML", results=QueryResultsFormat.XML
)
RESULTS_CSV = MediaType("text/csv", "csv", ContentKind.RESULTS, "CSV", results=QueryResultsFormat.CSV)
RESULTS_TSV = MediaType("text/tab-separated-values", "tsv", ContentKind.RESULTS, "TSV", results=QueryResultsFormat.TSV)
ATOM = MediaType("application/atom+xml", "atom", ContentKind.TEXT, "Atom")
SITEMAP = MediaType("application/xml", "xml", ContentKind.TEXT, "sitemap")
PARQUET = MediaType("application/vnd.apache.parquet", "parquet", ContentKind.TABLE, "Parquet")
CSV = MediaType("text/csv", "csv", ContentKind.TABLE, "CSV")
CSVW = MediaType("application/csvm+json", "json", ContentKind.TEXT, "CSV on the Web metadata")
DATA_PACKAGE = MediaType("application/json", "json", ContentKind.TEXT, "Frictionless data package")
JSON = MediaType("application/json", "json", ContentKind.TEXT, "JSON")
PROBLEM = MediaType("application/problem+json", "json", ContentKind.TEXT, "problem (RFC 9457)")

GRAPHS = (TURTLE, JSON_LD, N_TRIPLES, RDF_XML)
DATASETS = (TRIG, N_QUADS)
"""Syntaxes of datasets, which can represent a graph too."""
RESULTS = (RESULTS_JSON, RESULTS_XML, RESULTS_CSV, RESULTS_TSV)
PAGES = (HTML, *GRAPHS)


def by_extension(extension: str, offered: tuple[MediaType, ...]) -> MediaType | None:
    """The offered media type with a file extension; None if there is none.

    >>> by_extension("ttl", GRAPHS).name
    'text/turtle'
    """
    return next((media_type for media_type in offered if media_type.extension == extension), None)
