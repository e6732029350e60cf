"""Describe a release in DCAT-AP 3: the catalogue, its datasets and their files, the series of releases, the SPARQL endpoint.

Every node has an IRI: of a dataset below it (`dataset/x#passo-x.ttl.gz`), of the catalogue below that (`catalog#contact`). Nothing is
said twice and nothing says when it was written. High-value datasets are left out on purpose (docs/catalogue.md).

https://semiceu.github.io/DCAT-AP/releases/3.0.1/
"""

from collections.abc import Iterator, Mapping, Sequence

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.namespaces import DCAT, DCATAP, DCT, FOAF, OWL, PROV, RDF, RDFS, SKOS, SPDX, VCARD, VOCABULARY, VOID, XSD
from passo_lod.release import authority_tables as authority
from passo_lod.release.catalogue.dataset_descriptions import (
    DESCRIPTIONS,
    SERIES,
    TITLES,
    WHOLE,
    DatasetDescription,
    RightsHolder,
    Texts,
    publisher,
)
from passo_lod.release.content import Content
from passo_lod.release.dataset_dates import DatasetDates
from passo_lod.release.distribution import Distribution
from passo_lod.release.dump.statistics import GraphStatistics

_CONFORMS = (VOCABULARY + "onto", VOCABULARY + "shapes")
"""What the data follow: the ontology and the shapes, which have their own versions."""

_SERVICE: Texts = {"it": "Interrogazioni SPARQL", "en": "SPARQL endpoint"}
_SERVICE_DESCRIPTION: Texts = {
    "it": "Interrogazioni SPARQL 1.1 a tutti i dati, in sola lettura; una risposta è intera o è un rifiuto motivato.",
    "en": "SPARQL 1.1 queries to all the data, read only; an answer is whole, or is a refusal with its reason.",
}
_RIGHTS: Texts = {
    "it": "Chiunque può usare questi dati, alle condizioni della licenza.",
    "en": "Anybody may use these data, under the terms of the licence.",
}
_ATTRIBUTION: Texts = {"it": "Da citare: {attribution}.", "en": "To be cited: {attribution}."}
_PROVENANCE: Texts = {
    "it": "Da ciò che {holder} ha pubblicato; ogni scheda rimanda alla sua pagina d’origine.",
    "en": "From what {holder} has published; each record refers to the page it comes from.",
}

Objects = NamedNode | Literal


def url(content: Content) -> str:
    """The address under which the server is reached."""
    return content.portal.url or content.base


def catalogue_triples(
    content: Content, datasets: Sequence[DatasetDescription], tally: GraphStatistics
) -> Iterator[Triple]:
    """The DCAT-AP catalogue of a release."""
    yield from _catalogue(content, datasets)
    yield from _agent(publisher(content))
    yield from _contact(content)
    yield from _service(content, datasets)
    yield from _series(content, datasets)
    yield from _standards()
    for each in datasets:
        yield from _dataset(content, each)
        yield from _places(each, tally)
        for file in each.files:
            yield from _distribution(content, each, file)


def _catalogue(content: Content, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    node = NamedNode(f"{content.base}catalog")
    homepage = NamedNode(f"{url(content)}catalog.html")
    yield from _said(node, DCT.title, content.title)
    yield from _said(node, DCT.description, content.description or content.title)
    yield from _dated(node, _dates_of_all(datasets))
    yield from _all(
        node,
        {
            RDF.type: [DCAT.Catalog],
            DCT.publisher: [NamedNode(publisher(content).iri)],
            DCT.creator: [NamedNode(publisher(content).iri)],
            DCT.license: [authority.licence(content.licence).node],
            DCT.language: _languages(content.languages),
            DCT.spatial: _nodes(dict.fromkeys(place for each in datasets for place in each.places)),
            DCAT.themeTaxonomy: [authority.THEMES],
            DCAT.contactPoint: [NamedNode(f"{content.base}catalog#contact")],
            DCAT.dataset: _nodes(each.iri for each in datasets),
            DCAT.service: [NamedNode(f"{content.base}catalog#sparql")],
            DCAT.resource: [NamedNode(f"{content.base}dataset/{SERIES}")],
            FOAF.homepage: [homepage],
        },
    )
    yield Triple(homepage, RDF.type, FOAF.Document)
    yield from _licence(content.licence)


def _dataset(content: Content, each: DatasetDescription) -> Iterator[Triple]:
    node, base = NamedNode(each.iri), content.base
    landing = NamedNode(f"{url(content)}dataset/{each.name}.html")
    rights = NamedNode(f"{each.iri}#rights")
    yield from _said(node, DCT.title, each.title)
    yield from _said(node, DCT.description, each.description)
    yield from _keywords(node, content)
    yield from _dated(node, each.dates)
    yield from _agent(each.holder)
    yield from _all(
        node,
        {
            RDF.type: [DCAT.Dataset, VOID.Dataset],
            DCT.identifier: [Literal(each.iri)],
            DCT.publisher: [NamedNode(publisher(content).iri)],
            DCT.creator: [NamedNode(each.holder.iri)],
            DCT.rightsHolder: [NamedNode(each.holder.iri)],
            DCT.license: [_licence_node(each)],
            DCT.accessRights: [authority.PUBLIC],
            DCT.accrualPeriodicity: [authority.frequency(content.portal.frequency)],
            DCT.language: _languages(each.languages),
            DCT.spatial: _nodes(each.places),
            DCT.conformsTo: _nodes(_CONFORMS),
            DCAT.contactPoint: [NamedNode(f"{base}catalog#contact")],
            DCAT.theme: [authority.theme(content.portal.theme)],
            DCAT.landingPage: [landing],
            DCAT.distribution: [_file_node(each, file) for file in each.files],
            DCAT.inSeries: [NamedNode(f"{base}dataset/{SERIES}")] if each.name == WHOLE else [],
            DCAT.version: [Literal(each.dates.version)] if each.dates.version else [],
            VOID.triples: [_integer(each.counts.triples)],
        },
    )
    yield Triple(landing, RDF.type, FOAF.Document)
    yield Triple(authority.PUBLIC, RDF.type, DCT.RightsStatement)
    yield Triple(rights, RDF.type, DCT.RightsStatement)
    yield from _said(rights, RDFS.label, _rights(each))
    yield from _licences(each)
    yield from _period(each)
    yield from _origin(each)


def _keywords(node: NamedNode, content: Content) -> Iterator[Triple]:
    """The keywords of the settings; where there are none, the catalogue's title is one."""
    keywords = content.portal.keywords or {language: (title,) for language, title in content.title.items()}
    for language, words in keywords.items():
        for word in words:
            yield Triple(node, DCAT.keyword, Literal(word, language=language))


def _rights(each: DatasetDescription) -> Texts:
    if not each.attribution:
        return _RIGHTS
    cited = {language: text.format(attribution=each.attribution) for language, text in _ATTRIBUTION.items()}
    return {language: f"{text} {cited[language]}" for language, text in _RIGHTS.items()}


def _period(each: DatasetDescription) -> Iterator[Triple]:
    """The time a dataset covers."""
    if not any(each.period):
        return
    period = NamedNode(f"{each.iri}#period")
    yield Triple(NamedNode(each.iri), DCT.temporal, period)
    yield Triple(period, RDF.type, DCT.PeriodOfTime)
    for predicate, day in zip((DCAT.startDate, DCAT.endDate), each.period, strict=True):
        if day:
            yield Triple(period, predicate, Literal(day, datatype=XSD.date))


def _origin(each: DatasetDescription) -> Iterator[Triple]:
    """Where the data of a source come from."""
    if not each.site:
        return
    node, statement = NamedNode(each.iri), NamedNode(f"{each.iri}#provenance")
    yield Triple(node, PROV.wasDerivedFrom, NamedNode(each.site))
    yield Triple(node, DCT.provenance, statement)
    yield Triple(statement, RDF.type, DCT.ProvenanceStatement)
    names = each.holder.name
    told = {
        language: text.format(holder=names.get(language) or next(iter(names.values())))
        for language, text in _PROVENANCE.items()
    }
    yield from _said(statement, RDFS.label, told)


def _places(each: DatasetDescription, tally: GraphStatistics) -> Iterator[Triple]:
    """The places that a dataset covers, and what others call them."""
    for place in each.places:
        node = NamedNode(place)
        yield Triple(node, RDF.type, DCT.Location)
        for other in sorted(tally.known_as(place)):
            yield Triple(node, SKOS.exactMatch, NamedNode(other))


def _distribution(content: Content, each: DatasetDescription, file: Distribution) -> Iterator[Triple]:
    node = _file_node(each, file)
    address = NamedNode(f"{url(content)}{file.path}")
    name = file.path.rpartition("/")[2]
    title = {language: f"{text}, {file.media_type.title} ({name})" for language, text in each.title.items()}
    media_type = authority.iana(file.media_type.name)
    format_ = authority.file_type(file.media_type)
    packed = authority.compression(file.encoding) if file.encoding else None
    yield from _said(node, DCT.title, title)
    yield from _said(node, DCT.description, title)
    yield from _dated(node, DatasetDates(each.dates.issued, each.dates.modified))
    yield from _all(
        node,
        {
            RDF.type: [DCAT.Distribution],
            DCT.format: [format_] if format_ else [],
            DCT.license: [_licence_node(each)],
            DCT.rights: [NamedNode(f"{each.iri}#rights")],
            DCT.language: _languages(each.languages),
            DCATAP.availability: [authority.STABLE],
            DCAT.accessURL: [NamedNode(f"{url(content)}dataset/{each.name}.html")],
            DCAT.downloadURL: [address],
            DCAT.mediaType: [media_type],
            DCAT.compressFormat: [packed] if packed else [],
            DCAT.byteSize: [Literal(str(file.bytes), datatype=XSD.nonNegativeInteger)],
            SPDX.checksum: [NamedNode(f"{node.value}-sha256")],
        },
    )
    yield from _checksum(NamedNode(f"{node.value}-sha256"), file)
    for each_type in filter(None, (media_type, packed)):
        yield Triple(each_type, RDF.type, DCT.MediaType)
    if format_:
        yield Triple(format_, RDF.type, DCT.MediaTypeOrExtent)


def _checksum(node: NamedNode, file: Distribution) -> Iterator[Triple]:
    yield Triple(node, RDF.type, SPDX.Checksum)
    yield Triple(node, SPDX.algorithm, authority.SHA256)
    yield Triple(node, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary))
    yield Triple(authority.SHA256, RDF.type, SPDX.ChecksumAlgorithm)


def _series(content: Content, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    """The releases as a series, of which the whole dataset is the last; those before it are told in `versions`."""
    node = NamedNode(f"{content.base}dataset/{SERIES}")
    whole = next(each for each in datasets if each.name == WHOLE)
    yield from _said(node, DCT.title, TITLES[SERIES])
    yield from _said(node, DCT.description, DESCRIPTIONS[SERIES])
    yield from _dated(node, DatasetDates(whole.dates.issued, whole.dates.modified))
    yield from _all(
        node,
        {
            RDF.type: [DCAT.DatasetSeries],
            DCT.publisher: [NamedNode(publisher(content).iri)],
            DCT.accrualPeriodicity: [authority.frequency(content.portal.frequency)],
            DCT.spatial: _nodes(whole.places),
            DCAT.contactPoint: [NamedNode(f"{content.base}catalog#contact")],
            DCAT.theme: [authority.theme(content.portal.theme)],
            DCAT.last: [NamedNode(whole.iri)],
        },
    )


def _service(content: Content, datasets: Sequence[DatasetDescription]) -> Iterator[Triple]:
    node = NamedNode(f"{content.base}catalog#sparql")
    endpoint = NamedNode(f"{url(content)}sparql")
    yield from _said(node, DCT.title, _SERVICE)
    yield from _said(node, DCT.description, _SERVICE_DESCRIPTION)
    yield from _keywords(node, content)
    yield from _all(
        node,
        {
            RDF.type: [DCAT.DataService],
            DCT.publisher: [NamedNode(publisher(content).iri)],
            DCT.license: [authority.licence(content.licence).node],
            DCT.accessRights: [authority.PUBLIC],
            DCT.conformsTo: [authority.SPARQL_PROTOCOL],
            DCAT.contactPoint: [NamedNode(f"{content.base}catalog#contact")],
            DCAT.theme: [authority.theme(content.portal.theme)],
            DCAT.endpointURL: [endpoint],
            DCAT.endpointDescription: [endpoint],
            DCAT.servesDataset: _nodes(each.iri for each in datasets),
        },
    )


def _standards() -> Iterator[Triple]:
    """What data and endpoint conform to, as standards with an identifier."""
    titles: Mapping[str, Texts] = {
        _CONFORMS[0]: {"it": "Ontologia dei processi partecipativi", "en": "Participatory Process Ontology"},
        _CONFORMS[1]: {
            "it": "Forme SHACL dei processi partecipativi",
            "en": "SHACL shapes for participatory processes",
        },
        authority.SPARQL_PROTOCOL.value: {"it": "Protocollo SPARQL 1.1", "en": "SPARQL 1.1 Protocol"},
    }
    for iri, title in titles.items():
        yield Triple(NamedNode(iri), RDF.type, DCT.Standard)
        yield Triple(NamedNode(iri), DCT.identifier, Literal(iri))
        yield from _said(NamedNode(iri), DCT.title, title)


def _agent(holder: RightsHolder) -> Iterator[Triple]:
    node = NamedNode(holder.iri)
    yield Triple(node, RDF.type, FOAF.Agent)
    yield Triple(node, DCT.identifier, Literal(holder.identifier))
    yield from _said(node, FOAF.name, holder.name)


def _contact(content: Content) -> Iterator[Triple]:
    """The office that answers questions: an organisation and no person."""
    node, portal = NamedNode(f"{content.base}catalog#contact"), content.portal
    yield Triple(node, RDF.type, VCARD.Kind)
    yield Triple(node, RDF.type, VCARD.Organization)
    yield from _said(node, VCARD.fn, portal.contact or content.publisher)
    yield Triple(node, VCARD.hasURL, NamedNode(portal.page or url(content)))
    if portal.email:
        yield Triple(node, VCARD.hasEmail, NamedNode(f"mailto:{portal.email}"))


def _licence_node(each: DatasetDescription) -> NamedNode:
    """The one licence that a dataset may state; where several are in it, a document that names them."""
    if len(each.licences) == 1:
        return authority.licence(each.licences[0]).node
    return NamedNode(f"{each.iri}#licences")


def _licences(each: DatasetDescription) -> Iterator[Triple]:
    for iri in each.licences:
        yield from _licence(iri)
    if len(each.licences) > 1:
        node = _licence_node(each)
        yield Triple(node, RDF.type, DCT.LicenseDocument)
        yield Triple(node, FOAF.name, Literal(", ".join(authority.licence(iri).name for iri in each.licences)))
        for iri in each.licences:
            yield Triple(node, DCT.references, authority.licence(iri).node)


def _licence(iri: str) -> Iterator[Triple]:
    licence = authority.licence(iri)
    yield Triple(licence.node, RDF.type, DCT.LicenseDocument)
    yield Triple(licence.node, FOAF.name, Literal(licence.name))
    if licence.type:
        yield Triple(licence.node, DCT.type, licence.type)
    if licence.version:
        yield Triple(licence.node, OWL.versionInfo, Literal(licence.version))
    if licence.node.value != licence.stated:
        yield Triple(licence.node, SKOS.exactMatch, NamedNode(licence.stated))


# ---------------------------------------------------------------------------------------------------------- small words


def _file_node(each: DatasetDescription, file: Distribution) -> NamedNode:
    return NamedNode(f"{each.iri}#{file.path.rpartition('/')[2]}")


def _said(node: NamedNode, predicate: NamedNode, texts: Texts) -> Iterator[Triple]:
    for language, text in texts.items():
        yield Triple(node, predicate, Literal(text, language=language))


def _all(node: NamedNode, values: Mapping[NamedNode, Sequence[Objects]]) -> Iterator[Triple]:
    for predicate, objects in values.items():
        for value in objects:
            yield Triple(node, predicate, value)


def _dated(node: NamedNode, dates: DatasetDates) -> Iterator[Triple]:
    for predicate, day in ((DCT.issued, dates.issued), (DCT.modified, dates.modified)):
        if day:
            yield Triple(node, predicate, Literal(day, datatype=XSD.date))


def _dates_of_all(datasets: Sequence[DatasetDescription]) -> DatasetDates:
    issued = [each.dates.issued for each in datasets if each.dates.issued]
    return DatasetDates(min(issued, default=""), max((each.dates.modified for each in datasets), default=""))


def _nodes(iris: object) -> list[NamedNode]:
    return [NamedNode(iri) for iri in iris]  # type: ignore[attr-defined]


def _languages(tags: Sequence[str]) -> list[NamedNode]:
    return [node for tag in tags if (node := authority.language(tag))]


def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer)
