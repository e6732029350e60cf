"""Build triples from texts by language, dates and lists of objects, for all documents of the catalogue."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.namespaces import DCT, XSD
from passo_lod.release.dataset_dates import DatasetDates

Texts = Mapping[str, str]
"""A text by language tag."""


def text_triples(node: NamedNode, predicate: NamedNode, texts: Texts) -> Iterator[Triple]:
    """Yield one triple per language."""
    for language, text in texts.items():
        yield Triple(node, predicate, Literal(text, language=language))


def object_triples(node: NamedNode, objects: Mapping[NamedNode, Sequence[NamedNode | Literal]]) -> Iterator[Triple]:
    """Yield one triple per object of each predicate."""
    for predicate, values in objects.items():
        for value in values:
            yield Triple(node, predicate, value)


def date_triples(node: NamedNode, dates: DatasetDates) -> Iterator[Triple]:
    """Yield dct:issued and dct:modified, if they are known."""
    for predicate, day in ((DCT.issued, dates.issued), (DCT.modified, dates.modified)):
        if day:
            yield Triple(node, predicate, Literal(day, datatype=XSD.date))


def nodes(iris: Iterable[str]) -> list[NamedNode]:
    """Turn IRIs into nodes."""
    return [NamedNode(iri) for iri in iris]


def integer(number: int) -> Literal:
    """Return an xsd:integer."""
    return Literal(str(number), datatype=XSD.integer)
