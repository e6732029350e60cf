"""The values that portals know: the EU authority tables, IANA's media types, and the licences as both profiles want them.

A value that is not in a table is published as it is and never bent to one that is: a licence is what its source says, also where it
costs points with portals.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode

from passo_lod.media_types import MediaType

_EU = "http://publications.europa.eu/resource/authority/"
_LICENCE_TYPE = "http://purl.org/adms/licencetype/"
_CREATIVE_COMMONS = re.compile(
    r"https?://creativecommons\.org/(?:licenses|publicdomain)/(?P<kind>[a-z-]+)/(?P<version>[\d.]+)(?:/(?P<port>[a-z]{2,3}))?/?(?:deed(?:\.\w+)?|legalcode)?"
)

PUBLIC = NamedNode(f"{_EU}access-right/PUBLIC")
STABLE = NamedNode(f"{_EU}planned-availability/STABLE")
TEMPORARY = NamedNode(f"{_EU}planned-availability/TEMPORARY")
SHA256 = NamedNode("http://spdx.org/rdf/terms#checksumAlgorithm_sha256")
SPARQL_PROTOCOL = NamedNode("https://www.w3.org/TR/sparql11-protocol/")
THEMES = NamedNode(f"{_EU}data-theme")
COUNTRIES = f"{_EU}country/"
REGIONS = (
    "http://data.europa.eu/nuts/code/",
    "https://w3id.org/italia/controlled-vocabulary/territorial-classifications/",
)
"""What the IRIs of regions begin with, in the EU's nomenclature of territorial units and in ISTAT's classification."""

_FILE_TYPES: Mapping[str, str] = {
    "application/ld+json": "JSON_LD",
    "application/n-quads": "RDF_N_QUADS",
    "application/n-triples": "RDF_N_TRIPLES",
    "application/rdf+xml": "RDF_XML",
    "application/trig": "RDF_TRIG",
    "application/csvm+json": "JSON",
    "application/json": "JSON",
    "application/vnd.apache.parquet": "PARQUET",
    "application/zip": "ZIP",
    "text/csv": "CSV",
    "text/html": "HTML",
    "text/turtle": "RDF_TURTLE",
}
"""Codes of the EU authority table file-type."""

_COMPRESSIONS: Mapping[str, str] = {"gzip": "application/gzip", "zstd": "application/zstd", "zip": "application/zip"}

_LANGUAGES: Mapping[str, str] = {
    "bg": "BUL",
    "cs": "CES",
    "da": "DAN",
    "de": "DEU",
    "el": "ELL",
    "en": "ENG",
    "es": "SPA",
    "et": "EST",
    "eu": "EUS",
    "fi": "FIN",
    "fr": "FRA",
    "fur": "FUR",
    "ga": "GLE",
    "hr": "HRV",
    "hu": "HUN",
    "it": "ITA",
    "lld": "LLD",
    "lt": "LIT",
    "lv": "LAV",
    "mt": "MLT",
    "nl": "NLD",
    "pl": "POL",
    "pt": "POR",
    "ro": "RON",
    "sc": "SRD",
    "sk": "SLK",
    "sl": "SLV",
    "sv": "SWE",
}
"""Language tags and the codes of the EU authority table language."""

_TYPES: Mapping[str, str] = {
    "by": "Attribution",
    "by-sa": "ShareAlike-CopyleftNotice",
    "by-nc": "NonCommercialUseOnly",
    "by-nc-sa": "NonCommercialUseOnly",
    "by-nd": "NoDerivativeWork",
    "by-nc-nd": "NoDerivativeWork",
    "zero": "PublicDomain",
}
"""ADMS licence types, one a licence, by the part of a Creative Commons address: what restricts most."""


@dataclass(frozen=True)
class Licence:
    """A licence as a portal wants it described.

    Attributes:
        node: its IRI, of the EU authority table where it is in there.
        stated: its IRI as the data say it.
        type: of the ADMS licence types; None where nothing is known.
    """

    node: NamedNode
    stated: str
    name: str
    version: str = ""
    type: NamedNode | None = None


def licence(iri: str) -> Licence:
    """What portals call a licence.

    >>> licence("https://creativecommons.org/licenses/by-nc-sa/4.0/").node.value
    'http://publications.europa.eu/resource/authority/licence/CC_BYNCSA_4_0'
    >>> licence("https://creativecommons.org/licenses/by/2.0/it/").name
    'CC BY 2.0 IT'
    """
    found = _CREATIVE_COMMONS.fullmatch(iri)
    if not found or found["kind"] not in _TYPES:
        return Licence(NamedNode(iri), iri, iri)
    words = ["CC0" if found["kind"] == "zero" else f"CC {found['kind'].upper()}", found["version"], found["port"]]
    name = " ".join([words[0], *(word.upper() for word in words[1:] if word)])
    type_ = NamedNode(_LICENCE_TYPE + _TYPES[found["kind"]])
    return Licence(NamedNode(_listed(found) or iri), iri, name, found["version"], type_)


def _listed(found: re.Match[str]) -> str | None:
    """The entry of the EU authority table for a licence: only the international ones of version 4.0, and CC0."""
    if found["port"]:
        return None
    if found["kind"] == "zero":
        return f"{_EU}licence/CC0"
    letters = found["kind"].replace("by-", "by").replace("-", "").upper()
    return f"{_EU}licence/CC_{letters}_4_0" if found["version"] == "4.0" else None


def theme(code: str) -> NamedNode:
    """A data theme."""
    return NamedNode(f"{_EU}data-theme/{code}")


def frequency(code: str) -> NamedNode:
    """How often a dataset is published anew."""
    return NamedNode(f"{_EU}frequency/{code}")


def language(tag: str) -> NamedNode | None:
    """The language of a tag, where the table has it.

    >>> language("it-IT").value.rpartition("/")[2], language("tlh")
    ('ITA', None)
    """
    code = _LANGUAGES.get(tag.partition("-")[0].lower())
    return NamedNode(f"{_EU}language/{code}") if code else None


def file_type(media_type: MediaType) -> NamedNode | None:
    """The format of a file, where the table has it."""
    code = _FILE_TYPES.get(media_type.name)
    return NamedNode(f"{_EU}file-type/{code}") if code else None


def iana(media_type: str) -> NamedNode:
    """A media type at IANA."""
    return NamedNode(f"https://www.iana.org/assignments/media-types/{media_type}")


def compression(encoding: str) -> NamedNode:
    """How a file is compressed, as a media type."""
    return iana(_COMPRESSIONS.get(encoding, f"application/{encoding}"))
