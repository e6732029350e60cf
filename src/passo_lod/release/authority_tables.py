"""Look up licences, themes, languages and formats in the EU authority tables and at IANA, for the DCAT catalogue.

A value that is not in a table is published as it is, and never replaced by a similar one: a licence is what its source says, even if
portals rate it lower.
"""

import re
from collections.abc import Iterable, Mapping
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
"""What the IRIs of regions begin with: in NUTS, the EU's nomenclature of territorial units, and in ISTAT's classification."""

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
"""Codes of the EU authority table file-type, by media type."""

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
"""Codes of the EU authority table language, by language tag."""

_TYPES: Mapping[str, str] = {
    "by": "Attribution",
    "by-sa": "ShareAlike-CopyleftNotice",
    "by-nc": "NonCommercialUseOnly",
    "by-nc-sa": "NonCommercialUseOnly",
    "by-nd": "NoDerivativeWork",
    "by-nc-nd": "NoDerivativeWork",
    "zero": "PublicDomain",
}
"""The most restrictive ADMS licence type of each Creative Commons licence, by the part of its IRI."""


@dataclass(frozen=True)
class Licence:
    """A licence as DCAT-AP and DCAT-AP_IT describe it.

    Attributes:
        node: its IRI in the EU authority table; if it is not in the table, the IRI in the data.
        iri: its IRI in the data.
        type: its ADMS licence type; None if unknown.
    """

    node: NamedNode
    iri: str
    name: str
    version: str = ""
    type: NamedNode | None = None


def licence(iri: str) -> Licence:
    """Describe a licence by its IRI.

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
    return Licence(NamedNode(_table_entry(found) or iri), iri, name, found["version"], type_)


def _table_entry(found: re.Match[str]) -> str | None:
    """Find the licence in the EU authority table, which has only the international ones of version 4.0, and CC0."""
    if found["port"]:
        return None
    if found["kind"] == "zero":
        return f"{_EU}licence/CC0"
    letters = found["kind"].replace("by-", "by").replace("-", "").upper()
    return f"{_EU}licence/CC_{letters}_4_0" if found["version"] == "4.0" else None


def theme(code: str) -> NamedNode:
    """Return the IRI of a data theme, such as `GOVE`."""
    return NamedNode(f"{_EU}data-theme/{code}")


def frequency(code: str) -> NamedNode:
    """Return the IRI of an update frequency, such as `MONTHLY`."""
    return NamedNode(f"{_EU}frequency/{code}")


def language(tag: str) -> NamedNode | None:
    """Return the IRI of the language of a tag (BCP 47); None if the table does not have it.

    >>> language("it-IT").value.rpartition("/")[2], language("tlh")
    ('ITA', None)
    """
    code = _LANGUAGES.get(tag.partition("-")[0].lower())
    return NamedNode(f"{_EU}language/{code}") if code else None


def languages(tags: Iterable[str]) -> list[NamedNode]:
    """Return the IRIs of the languages that the table has."""
    return [node for tag in tags if (node := language(tag))]


def file_type(media_type: MediaType) -> NamedNode | None:
    """Return the IRI of a file format; None if the table does not have it."""
    code = _FILE_TYPES.get(media_type.name)
    return NamedNode(f"{_EU}file-type/{code}") if code else None


def iana(media_type: str) -> NamedNode:
    """Return the IRI of a media type at IANA."""
    return NamedNode(f"https://www.iana.org/assignments/media-types/{media_type}")


def compression(encoding: str) -> NamedNode:
    """Return the IRI of the media type of a content coding, such as `gzip`."""
    return iana(_COMPRESSIONS.get(encoding, f"application/{encoding}"))
