"""The namespaces and prefixes of all vocabularies that we use, in one table, and CURIEs made of them."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pyoxigraph import NamedNode

from passo_lod.memoize import memoize_short_texts

VOCABULARY = "https://w3id.org/passo/"
"""The namespace of our vocabulary, for all publishers; the base IRI of a catalogue is a setting (passo.yaml)."""

PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "adms": "http://www.w3.org/ns/adms#",
        "admsapit": "https://w3id.org/italia/onto/ADMS/",
        "as": "https://www.w3.org/ns/activitystreams#",
        "attribute": VOCABULARY + "attribute/",
        "clvapit": "https://w3id.org/italia/onto/CLV/",
        "covapit": "https://w3id.org/italia/onto/COV/",
        "cpevapit": "https://w3id.org/italia/onto/CPEV/",
        "cv": "http://data.europa.eu/m8g/",
        "cvl": VOCABULARY + "controlled-vocabulary/",
        "dcat": "http://www.w3.org/ns/dcat#",
        "dcatap": "http://data.europa.eu/r5r/",
        "dcatapit": "http://dati.gov.it/onto/dcatapit#",
        "dct": "http://purl.org/dc/terms/",
        "dimension": VOCABULARY + "dimension/",
        "dqv": "http://www.w3.org/ns/dqv#",
        "eli": "http://data.europa.eu/eli/ontology#",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
        "hydra": "http://www.w3.org/ns/hydra/core#",
        "l0": "https://w3id.org/italia/onto/l0/",
        "ldes": "https://w3id.org/ldes#",
        "locn": "http://www.w3.org/ns/locn#",
        "measure": VOCABULARY + "measure/",
        "oa": "http://www.w3.org/ns/oa#",
        "org": "http://www.w3.org/ns/org#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "passo": VOCABULARY + "onto/",
        "prov": "http://www.w3.org/ns/prov#",
        "qb": "http://purl.org/linked-data/cube#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "s": VOCABULARY + "shapes/",
        "sd": "http://www.w3.org/ns/sparql-service-description#",
        "schema": "https://schema.org/",
        "sdmx-attribute": "http://purl.org/linked-data/sdmx/2009/attribute#",
        "sdmx-code": "http://purl.org/linked-data/sdmx/2009/code#",
        "sdmx-concept": "http://purl.org/linked-data/sdmx/2009/concept#",
        "sdmx-dimension": "http://purl.org/linked-data/sdmx/2009/dimension#",
        "sh": "http://www.w3.org/ns/shacl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "spdx": "http://spdx.org/rdf/terms#",
        "tree": "https://w3id.org/tree#",
        "unit": "http://qudt.org/vocab/unit/",
        "vann": "http://purl.org/vocab/vann/",
        "vcard": "http://www.w3.org/2006/vcard/ns#",
        "void": "http://rdfs.org/ns/void#",
        "vs": "http://www.w3.org/2003/06/sw-vocab-status/ns#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
)


class Namespace:
    """The terms of one namespace, as attributes.

    >>> Namespace("dct").title
    <NamedNode value=http://purl.org/dc/terms/title>
    """

    def __init__(self, prefix: str) -> None:
        self.iri = PREFIXES[prefix]

    def __getattr__(self, name: str) -> NamedNode:
        if name.startswith("__"):
            raise AttributeError(name)
        term = self.__dict__[name] = NamedNode(self.iri + name)
        return term

    def __getitem__(self, name: str) -> NamedNode:
        return NamedNode(self.iri + name)


AS = Namespace("as")
CVL = Namespace("cvl")
DCAT = Namespace("dcat")
DCATAP = Namespace("dcatap")
DCATAPIT = Namespace("dcatapit")
DCT = Namespace("dct")
DQV = Namespace("dqv")
FOAF = Namespace("foaf")
HYDRA = Namespace("hydra")
LDES = Namespace("ldes")
OA = Namespace("oa")
OWL = Namespace("owl")
PASSO = Namespace("passo")
PROV = Namespace("prov")
QB = Namespace("qb")
RDF = Namespace("rdf")
RDFS = Namespace("rdfs")
SCHEMA = Namespace("schema")
SD = Namespace("sd")
SH = Namespace("sh")
SKOS = Namespace("skos")
SPDX = Namespace("spdx")
TREE = Namespace("tree")
VCARD = Namespace("vcard")
VOID = Namespace("void")
XSD = Namespace("xsd")


@cache
def curie(text: str) -> NamedNode:
    """The IRI that a prefixed name stands for.

    >>> curie("passo:cost").value
    'https://w3id.org/passo/onto/cost'

    Raises:
        KeyError: the prefix is not in `PREFIXES`.
    """
    prefix, _, name = text.partition(":")
    return NamedNode(PREFIXES[prefix] + name)


def shorten(iri: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """An IRI as a prefixed name, with the longest namespace that fits; an IRI outside all of them as it is.

    >>> shorten("https://w3id.org/passo/onto/cost")
    'passo:cost'
    """
    return _shorten_with_our_prefixes(iri) if prefixes is PREFIXES else _shorten(iri, prefixes)


@memoize_short_texts
def _shorten_with_our_prefixes(iri: str) -> str:
    return _shorten(iri, PREFIXES)


def _shorten(iri: str, prefixes: Mapping[str, str]) -> str:
    matches = [
        (len(namespace), prefix, namespace) for prefix, namespace in prefixes.items() if iri.startswith(namespace)
    ]
    if not matches:
        return iri
    _, prefix, namespace = max(matches)
    return f"{prefix}:{iri[len(namespace) :]}"
