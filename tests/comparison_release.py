"""A small release with four invented processes that can be compared: two regions, and two reasons for having no cost."""

import re
from pathlib import Path

import pyoxigraph as ox

from tests.store.conftest import BASE, write_release

ROOT = Path(__file__).resolve().parents[1]
PROCESSES = f"{BASE}id/process/"
REGIONS = {"istat-99": "Valdiprova", "istat-98": "Montediprova"}

_PREFIXES = """
@prefix answer: <https://w3id.org/passo/controlled-vocabulary/answer/> .
@prefix status: <https://w3id.org/passo/controlled-vocabulary/progress-status/> .
"""
_PLACES = """
data:places {
  <https://data.example.org/passo/id/place/istat-99> a dct:Location ; skos:prefLabel "Valdiprova"@it .
  <https://data.example.org/passo/id/place/istat-98> a dct:Location ; skos:prefLabel "Montediprova"@it .
}
<https://w3id.org/passo/controlled-vocabulary/progress-status> {
  status:completed skos:inScheme <https://w3id.org/passo/controlled-vocabulary/progress-status> ; skos:prefLabel "concluso"@it , "completed"@en .
  status:ongoing skos:inScheme <https://w3id.org/passo/controlled-vocabulary/progress-status> ; skos:prefLabel "in corso"@it , "ongoing"@en .
}
<https://w3id.org/passo/controlled-vocabulary/answer> {
  answer:not-stated skos:prefLabel "non indicato"@it , "not stated"@en .
  answer:not-asked skos:prefLabel "non chiesto"@it , "not asked"@en .
}
"""


def _process(name: str, region: str, year: int, status: str, cost: str = "", answer: str = "") -> str:
    """The statements of a process and its record."""
    iri, record = f"<{PROCESSES}{name}>", f"<{BASE}doc/process/{name}>"
    texts = [
        f'{iri} a passo:ParticipatoryProcess ; dct:identifier "{name}" ; dct:title "Titolo {name}"@it , "Title {name}"@en ;',
        f'  passo:comparisonRegion <{BASE}id/place/{region}> ; passo:startYear "{year}"^^xsd:gYear ;',
        f'  schema:startDate "{year}-03-01"^^xsd:date ; passo:progressStatus status:{status} .',
        f"{record} a passo:ObservatoryRecord ; foaf:primaryTopic {iri} .",
    ]
    if cost:
        value, currency = cost.split()
        texts += [
            f"{iri} passo:cost <{PROCESSES}{name}/cost> .",
            f'<{PROCESSES}{name}/cost> schema:value {value} ; schema:currency "{currency}" .',
        ]
    if answer:
        missing = f"<{BASE}doc/process/{name}#missing-cost>"
        texts += [
            f"{record} passo:hasMissingValue {missing} .",
            f"{missing} a passo:MissingValue ; passo:missingProperty passo:cost ; passo:answer answer:{answer} .",
        ]
    return "\n".join(texts)


def _declarations() -> str:
    """The declared dimensions and measures as a named graph in TriG, without blank nodes, as in a release."""
    text = (ROOT / "ontology" / "comparison.ttl").read_text(encoding="utf-8")
    triples = (
        " ".join(re.sub(r"^_:(\w+)$", rf"<{BASE}.well-known/genid/\1>", str(term)) for term in quad.triple)
        for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)
    )
    return "\n".join(["<https://w3id.org/passo/comparison> {", *(f"{triple} ." for triple in triples), "}"])


_DATA = "\n".join(
    [
        _PREFIXES,
        "data:invented {",
        _process("xx-1", "istat-99", 2019, "completed", cost="10000.00 EUR"),
        _process("xx-2", "istat-99", 2020, "completed", cost="20000.50 EUR"),
        _process("xx-3", "istat-99", 2021, "ongoing", answer="not-stated"),
        _process("xx-4", "istat-98", 2021, "completed"),
        "}",
        _PLACES,
        _declarations(),
    ]
)


def write_comparison_release(releases: Path) -> Path:
    """Write the release into a folder of releases, and return that folder."""
    write_release(releases / "one", data=_DATA)
    (releases / "current").symlink_to("one")
    return releases
