"""Tell in VoID how much each dataset holds: its classes, properties and links, where its dumps are and where it can be asked.

https://www.w3.org/TR/void/
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.namespaces import DCT, FOAF, PREFIXES, RDF, VOID, XSD
from passo_lod.release.catalogue.dataset_descriptions import VOCABULARY, WHOLE, DatasetDescription
from passo_lod.release.catalogue.dcat import url
from passo_lod.release.content import Content
from passo_lod.release.dump.statistics import GraphStatistics

_FEATURES: Mapping[str, str] = {
    "jsonld": "http://www.w3.org/ns/formats/JSON-LD",
    "nq": "http://www.w3.org/ns/formats/N-Quads",
    "nt": "http://www.w3.org/ns/formats/N-Triples",
    "rdf": "http://www.w3.org/ns/formats/RDF_XML",
    "trig": "http://www.w3.org/ns/formats/TriG",
    "ttl": "http://www.w3.org/ns/formats/Turtle",
}
"""The W3C's names of the syntaxes, by extension."""


def void_description(
    content: Content, datasets: Sequence[DatasetDescription], tally: GraphStatistics
) -> Iterator[Triple]:
    """The VoID description of a release, which is itself a document with a topic."""
    document = NamedNode(f"{url(content)}void.ttl")
    yield Triple(document, RDF.type, VOID.DatasetDescription)
    for each in datasets:
        yield Triple(document, FOAF.topic, NamedNode(each.iri))
        yield from _dataset(content, each)
        yield from _partitions(each)
        if each.name == WHOLE:
            yield from _parts(each, datasets)
        else:
            yield from _linksets(each, datasets, tally)


def _dataset(content: Content, each: DatasetDescription) -> Iterator[Triple]:
    node = NamedNode(each.iri)
    yield Triple(node, RDF.type, VOID.Dataset)
    for language, title in each.title.items():
        yield Triple(node, DCT.title, Literal(title, language=language))
    yield Triple(node, VOID.triples, _integer(each.counts.triples))
    yield Triple(node, VOID.entities, _integer(each.counts.processes))
    yield Triple(node, VOID.classes, _integer(len(each.counts.classes)))
    yield Triple(node, VOID.properties, _integer(len(each.counts.properties)))
    yield Triple(node, VOID.uriSpace, Literal(_space(content, each)))
    yield Triple(node, VOID.sparqlEndpoint, NamedNode(f"{url(content)}sparql"))
    for file in each.files:
        if feature := _FEATURES.get(file.media_type.extension):
            yield Triple(node, VOID.dataDump, NamedNode(f"{url(content)}{file.path}"))
            yield Triple(node, VOID.feature, NamedNode(feature))
    for vocabulary in _vocabularies(each):
        yield Triple(node, VOID.vocabulary, NamedNode(vocabulary))


def _space(content: Content, each: DatasetDescription) -> str:
    return PREFIXES["passo"].removesuffix("onto/") if each.name == VOCABULARY else content.base


def _vocabularies(each: DatasetDescription) -> list[str]:
    """The namespaces of the terms that a dataset uses."""
    used = {*each.counts.classes, *each.counts.properties}
    return sorted({start for start in PREFIXES.values() if any(term.startswith(start) for term in used)})


def _partitions(each: DatasetDescription) -> Iterator[Triple]:
    """A part for each class and each property, with a lasting IRI below the dataset's."""
    node = NamedNode(each.iri)
    for kind, counted, terms in (
        ("class", VOID.entities, each.counts.classes),
        ("property", VOID.triples, each.counts.properties),
    ):
        for term, number in terms.items():
            part = NamedNode(f"{each.iri}#{kind}-{_short(term)}")
            yield Triple(node, VOID[f"{kind}Partition"], part)
            yield Triple(part, VOID["class" if kind == "class" else "property"], NamedNode(term))
            yield Triple(part, counted, _integer(number))


def _parts(whole: DatasetDescription, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    for each in datasets:
        if each is not whole:
            yield Triple(NamedNode(whole.iri), VOID.subset, NamedNode(each.iri))


def _linksets(
    each: DatasetDescription, datasets: Sequence[DatasetDescription], tally: GraphStatistics
) -> Iterator[Triple]:
    """What leads out of the catalogue, by predicate and by whose things it leads to."""
    for (predicate, host), number in each.counts.links.items():
        linkset = NamedNode(f"{each.iri}#links-{_short(predicate)}-{host}")
        yield Triple(linkset, RDF.type, VOID.Linkset)
        yield Triple(NamedNode(each.iri), VOID.subset, linkset)
        yield Triple(linkset, VOID.subjectsTarget, NamedNode(each.iri))
        yield Triple(linkset, VOID.objectsTarget, NamedNode(f"https://{host}/"))
        yield Triple(linkset, VOID.linkPredicate, NamedNode(predicate))
        yield Triple(linkset, VOID.triples, _integer(number))


def _short(iri: str) -> str:
    """A term in a fragment: its prefix and name, or a digest where it has no prefix of ours."""
    for prefix, start in PREFIXES.items():
        name = iri.removeprefix(start)
        if iri.startswith(start) and name.replace("-", "").replace("_", "").isalnum() and name.isascii():
            return f"{prefix}-{name}"
    return sha256(iri.encode()).hexdigest()[:12]


def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer)
