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
    "by-nd-nc": "NoDerivativeWork",
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
        similar: the international licence in the EU authority table, of a licence for one country; None for any other.
        italian: its IRI in the Italian vocabulary of licences; None if it is not in it.
    """

    node: NamedNode
    iri: str
    name: str
    version: str = ""
    type: NamedNode | None = None
    similar: NamedNode | None = None
    italian: NamedNode | None = None


def licence(iri: str) -> Licence:
    """Describe a licence by its IRI.

    >>> licence("https://creativecommons.org/licenses/by-nc-sa/4.0/").node.value
    'http://publications.europa.eu/resource/authority/licence/CC_BYNCSA_4_0'
    >>> licence("https://creativecommons.org/licenses/by/3.0/nl/").node.value
    'http://publications.europa.eu/resource/authority/licence/CC_BY_3_0_NL'
    >>> ported = licence("https://creativecommons.org/licenses/by/2.0/it/")
    >>> ported.name, ported.similar.value.rpartition("/")[2], ported.italian.value.rpartition("/")[2]
    ('CC BY 2.0 IT', 'CC_BY_2_0', 'A27_CCBY20IT')
    """
    found = _CREATIVE_COMMONS.fullmatch(iri)
    if not found or found["kind"] not in _TYPES:
        return Licence(NamedNode(iri), iri, iri)
    words = ["CC0" if found["kind"] == "zero" else f"CC {found['kind'].upper()}", found["version"], found["port"]]
    name = " ".join([words[0], *(word.upper() for word in words[1:] if word)])
    type_ = NamedNode(_LICENCE_TYPE + _TYPES[found["kind"]])
    international = _table_entry(found["kind"], found["version"])
    italian = _italian_entry(found["kind"], found["version"], (found["port"] or "").upper())
    if found["port"]:
        if (
            code := f"{_letters(found['kind'])}_{found['version']}_{found['port']}".replace(".", "_").upper()
        ) in _PORTED:
            return Licence(NamedNode(f"{_EU}licence/CC_{code}"), iri, name, found["version"], type_, None, italian)
        return Licence(NamedNode(iri), iri, name, found["version"], type_, international, italian)
    return Licence(international or NamedNode(iri), iri, name, found["version"], type_, None, italian)


_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
"""The versions of the Creative Commons licences in the EU authority table, which has each of the six licences in each version."""

_PORTED = frozenset({"BY_3_0_AT", "BY_3_0_NL", "BYSA_3_0_NL"})
"""The Creative Commons licences for one country in that table, after `CC_`."""


def _table_entry(kind: str, version: str) -> NamedNode | None:
    """Find an international licence, or CC0, in the EU authority table."""
    if kind == "zero":
        return NamedNode(f"{_EU}licence/CC0")
    return NamedNode(f"{_EU}licence/CC_{_letters(kind)}_{version.replace('.', '_')}") if version in _VERSIONS else None


def _letters(kind: str) -> str:
    """The letters of a licence in the code of the table; version 1.0 of by-nc-nd has its words in another order."""
    return {"by-nd-nc": "by-nc-nd"}.get(kind, kind).replace("-", "").upper()


def _italian_entry(kind: str, version: str, port: str) -> NamedNode | None:
    """Find a licence in the Italian vocabulary, whose codes begin with a number in it: `A27_CCBY20IT`."""
    name = "CCO10" if kind == "zero" else f"CC{kind.replace('-', '').upper()}{version.replace('.', '')}{port}"
    number = _ITALIAN_LICENCES.get(name)
    return NamedNode(f"https://w3id.org/italia/controlled-vocabulary/licences/{number}_{name}") if number else None


_ITALIAN_LICENCES: Mapping[str, str] = {
    "CCO10": "A11",  # with the letter O, as the vocabulary writes it
    "CCBY40": "A21",
    "CCBY30": "A22",
    "CCBY30IT": "A23",
    "CCBY25": "A24",
    "CCBY25IT": "A25",
    "CCBY20": "A26",
    "CCBY20IT": "A27",
    "CCBY10": "A28",
    "CCBYSA40": "A31",
    "CCBYSA30": "A32",
    "CCBYSA30IT": "A33",
    "CCBYSA25": "A34",
    "CCBYSA25IT": "A35",
    "CCBYSA20": "A36",
    "CCBYSA20IT": "A37",
    "CCBYSA10": "A38",
    "CCBYNC40": "B11",
    "CCBYNCSA30": "B110",
    "CCBYNCSA30IT": "B111",
    "CCBYNCSA25": "B112",
    "CCBYNCSA25IT": "B113",
    "CCBYNCSA20": "B114",
    "CCBYNCSA20IT": "B115",
    "CCBYNCSA10": "B116",
    "CCBYNC30": "B12",
    "CCBYNC30IT": "B13",
    "CCBYNC25": "B14",
    "CCBYNC25IT": "B15",
    "CCBYNC20": "B16",
    "CCBYNC20IT": "B17",
    "CCBYNC10": "B18",
    "CCBYNCSA40": "B19",
    "CCBYND40": "B21",
    "CCBYND30": "B22",
    "CCBYND30IT": "B23",
    "CCBYND25": "B24",
    "CCBYND25IT": "B25",
    "CCBYND20": "B26",
    "CCBYND20IT": "B27",
    "CCBYND10": "B28",
}
"""The number of each licence in https://w3id.org/italia/controlled-vocabulary/licences (AgID)."""


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
