"""Say the same catalogue the way Italian harvesters read it (DCAT-AP_IT): the same IRIs, typed twice, and one name of each agent.

Their reader passes over a dataset that is not a `dcatapit:Dataset`, and their profile, made from DCAT-AP 1.1, allows a catalogue one
title in all. So the two profiles are two documents and not one.
"""

from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Triple

from passo_lod.namespaces import DCAT, DCATAPIT, DCT, FOAF, OWL, RDF, VCARD

_TYPES: Mapping[NamedNode, NamedNode] = {
    DCAT.Catalog: DCATAPIT.Catalog,
    DCAT.Dataset: DCATAPIT.Dataset,
    DCAT.Distribution: DCATAPIT.Distribution,
    DCT.LicenseDocument: DCATAPIT.LicenseDocument,
    DCT.Standard: DCATAPIT.Standard,
    FOAF.Agent: DCATAPIT.Agent,
    VCARD.Organization: DCATAPIT.Organization,
}
"""The class of the Italian profile beside that of DCAT."""

_ALSO: Mapping[NamedNode, NamedNode] = {
    DCAT.startDate: DCATAPIT.startDate,
    DCAT.endDate: DCATAPIT.endDate,
    DCAT.version: OWL.versionInfo,
}
"""What the Italian profile says with another property, beside DCAT's."""

_ONE_NAME = (FOAF.name, VCARD.fn)
_LANGUAGE = "it"


def dcat_ap_it(triples: Iterable[Triple]) -> Iterator[Triple]:
    """The catalogue in DCAT-AP_IT, made from that in DCAT-AP."""
    every = list(triples)
    catalogues: set[object] = {triple.subject for triple in every if triple.object == DCAT.Catalog}
    for triple in _one_name(every, catalogues):
        yield triple
        if triple.predicate == RDF.type and triple.object in _TYPES:
            yield Triple(triple.subject, RDF.type, _TYPES[triple.object])  # type: ignore[index]
        elif triple.predicate in _ALSO:
            yield Triple(triple.subject, _ALSO[triple.predicate], triple.object)


def _one_name(triples: list[Triple], catalogues: set[object]) -> Iterator[Triple]:
    """Only one text of what may have one only: the Italian one, or else the first."""
    chosen: dict[tuple[object, NamedNode], Triple] = {}
    for triple in triples:
        if triple.predicate in _ONE_NAME or (triple.predicate == DCT.title and triple.subject in catalogues):
            key = (triple.subject, triple.predicate)
            chosen[key] = min(triple, chosen.get(key, triple), key=_rank)
        else:
            yield triple
    yield from chosen.values()


def _rank(triple: Triple) -> tuple[bool, str]:
    language = triple.object.language if isinstance(triple.object, Literal) else None
    return language != _LANGUAGE, str(triple.object)
