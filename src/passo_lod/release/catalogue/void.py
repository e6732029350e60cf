"""Describe in VoID the size, classes, properties and links of each dataset, and where its dumps and its SPARQL endpoint are.

https://www.w3.org/TR/void/
"""

from collections.abc import Iterator, Mapping, Sequence

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.digests import sha256_of
from passo_lod.namespaces import DCT, FOAF, PREFIXES, RDF, VOID
from passo_lod.release.catalogue.dataset_descriptions import ALL_DATA, VOCABULARY, DatasetDescription
from passo_lod.release.catalogue.triple_builders import integer, text_triples
from passo_lod.release.content import Content

_FEATURES: Mapping[str, str] = {
    "jsonld": "http://www.w3.org/ns/formats/JSON-LD",
    "nq": "http://www.w3.org/ns/formats/N-Quads",
    "nt": "http://www.w3.org/ns/formats/N-Triples",
    "rdf": "http://www.w3.org/ns/formats/RDF_XML",
    "trig": "http://www.w3.org/ns/formats/TriG",
    "ttl": "http://www.w3.org/ns/formats/Turtle",
}
"""The W3C IRIs of the syntaxes, by file extension."""


def void_description(content: Content, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    """Yield the VoID description of a release, which is itself a document about the datasets."""
    document = NamedNode(f"{content.server_url}void.ttl")
    yield Triple(document, RDF.type, VOID.DatasetDescription)
    for dataset in datasets:
        yield Triple(document, FOAF.topic, NamedNode(dataset.iri))
        yield from _dataset(content, dataset)
        yield from _partitions(dataset)
        if dataset.name == ALL_DATA:
            yield from _subsets(dataset, datasets)
        else:
            yield from _linksets(dataset)


def _dataset(content: Content, dataset: DatasetDescription) -> Iterator[Triple]:
    node = NamedNode(dataset.iri)
    yield Triple(node, RDF.type, VOID.Dataset)
    yield from text_triples(node, DCT.title, dataset.title)
    yield Triple(node, VOID.triples, integer(dataset.counts.triples))
    yield Triple(node, VOID.entities, integer(dataset.counts.processes))
    yield Triple(node, VOID.classes, integer(len(dataset.counts.classes)))
    yield Triple(node, VOID.properties, integer(len(dataset.counts.properties)))
    yield Triple(node, VOID.uriSpace, Literal(_uri_space(content, dataset)))
    yield Triple(node, VOID.sparqlEndpoint, NamedNode(f"{content.server_url}sparql"))
    for file in dataset.files:
        if feature := _FEATURES.get(file.media_type.extension):
            yield Triple(node, VOID.dataDump, NamedNode(f"{content.server_url}{file.path}"))
            yield Triple(node, VOID.feature, NamedNode(feature))
    for vocabulary in _vocabularies(dataset):
        yield Triple(node, VOID.vocabulary, NamedNode(vocabulary))


def _uri_space(content: Content, dataset: DatasetDescription) -> str:
    return PREFIXES["passo"].removesuffix("onto/") if dataset.name == VOCABULARY else content.base


def _vocabularies(dataset: DatasetDescription) -> list[str]:
    """Return the namespaces of the terms that a dataset uses."""
    used = {*dataset.counts.classes, *dataset.counts.properties}
    return sorted({start for start in PREFIXES.values() if any(term.startswith(start) for term in used)})


def _partitions(dataset: DatasetDescription) -> Iterator[Triple]:
    """Describe the subset of each class and each property, with a stable IRI below that of the dataset."""
    node = NamedNode(dataset.iri)
    for kind, counted, terms in (
        ("class", VOID.entities, dataset.counts.classes),
        ("property", VOID.triples, dataset.counts.properties),
    ):
        for term, number in terms.items():
            part = NamedNode(f"{dataset.iri}#{kind}-{_short(term)}")
            yield Triple(node, VOID[f"{kind}Partition"], part)
            yield Triple(part, VOID["class" if kind == "class" else "property"], NamedNode(term))
            yield Triple(part, counted, integer(number))


def _subsets(all_data: DatasetDescription, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    for dataset in datasets:
        if dataset is not all_data:
            yield Triple(NamedNode(all_data.iri), VOID.subset, NamedNode(dataset.iri))


def _linksets(dataset: DatasetDescription) -> Iterator[Triple]:
    """Describe the links out of the catalogue, by predicate and host."""
    for (predicate, host), number in dataset.counts.links.items():
        linkset = NamedNode(f"{dataset.iri}#links-{_short(predicate)}-{host}")
        yield Triple(linkset, RDF.type, VOID.Linkset)
        yield Triple(NamedNode(dataset.iri), VOID.subset, linkset)
        yield Triple(linkset, VOID.subjectsTarget, NamedNode(dataset.iri))
        yield Triple(linkset, VOID.objectsTarget, NamedNode(f"https://{host}/"))
        yield Triple(linkset, VOID.linkPredicate, NamedNode(predicate))
        yield Triple(linkset, VOID.triples, integer(number))


def _short(iri: str) -> str:
    """Return a term as part of a fragment identifier: prefix and name, or a digest if we have no prefix for it."""
    for prefix, start in PREFIXES.items():
        name = iri.removeprefix(start)
        if iri.startswith(start) and name.replace("-", "").replace("_", "").isalnum() and name.isascii():
            return f"{prefix}-{name}"
    return sha256_of(iri.encode())[:12]
