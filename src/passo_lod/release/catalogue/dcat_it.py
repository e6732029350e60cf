"""Convert the DCAT-AP catalogue to the Italian profile DCAT-AP_IT: the same IRIs with a second class, and one name per agent.

The Italian harvester skips a dataset that is not a `dcatapit:Dataset`, and the profile, made from DCAT-AP 1.1, allows a catalogue only one
title in all languages. So each profile has its own document.
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
"""The class of the Italian profile that each class of DCAT-AP gets beside it."""

_PROPERTIES: Mapping[NamedNode, NamedNode] = {
    DCAT.startDate: DCATAPIT.startDate,
    DCAT.endDate: DCATAPIT.endDate,
    DCAT.version: OWL.versionInfo,
}
"""The property of the Italian profile that repeats each property of DCAT."""

_SINGLE_VALUED = (FOAF.name, VCARD.fn)
_LANGUAGE = "it"


def dcat_ap_it(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Yield the catalogue in DCAT-AP_IT.

    Args:
        triples: of the catalogue in DCAT-AP.
    """
    dcat_ap = list(triples)
    catalogues: set[object] = {triple.subject for triple in dcat_ap if triple.object == DCAT.Catalog}
    for triple in _with_single_texts(dcat_ap, catalogues):
        yield triple
        if triple.predicate == RDF.type and triple.object in _TYPES:
            yield Triple(triple.subject, RDF.type, _TYPES[triple.object])  # type: ignore[index]
        elif triple.predicate in _PROPERTIES:
            yield Triple(triple.subject, _PROPERTIES[triple.predicate], triple.object)


def _with_single_texts(triples: list[Triple], catalogues: set[object]) -> Iterator[Triple]:
    """Keep only one text of a single-valued property: the Italian one, or else the first."""
    chosen: dict[tuple[object, NamedNode], Triple] = {}
    for triple in triples:
        if triple.predicate in _SINGLE_VALUED or (triple.predicate == DCT.title and triple.subject in catalogues):
            key = (triple.subject, triple.predicate)
            chosen[key] = min(triple, chosen.get(key, triple), key=_preference)
        else:
            yield triple
    yield from chosen.values()


def _preference(triple: Triple) -> tuple[bool, str]:
    language = triple.object.language if isinstance(triple.object, Literal) else None
    return language != _LANGUAGE, str(triple.object)
