"""A small release with invented data, in the form in which the publisher writes one."""

import gzip
import hashlib
import io
import json
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from passo_lod.media_types import JSON_LD, N_TRIPLES, TURTLE
from passo_lod.serialise import serialise
from tests.nquads import n_quads_lines

BASE = "https://data.example.org/passo/"

PREFIXES = """
@prefix id: <https://data.example.org/passo/id/> .
@prefix doc: <https://data.example.org/passo/doc/> .
@prefix data: <https://data.example.org/passo/dataset/> .
@prefix cvl: <https://w3id.org/passo/controlled-vocabulary/> .
@prefix passo: <https://w3id.org/passo/onto/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

DATA = """
data:invented {
  <https://data.example.org/passo/id/process/xx-0001> a passo:ParticipatoryProcess ;
    dct:identifier "xx-0001" ; dct:title "Il parco di tutti"@it ;
    passo:comparisonRegion <https://data.example.org/passo/id/place/istat-99> ;
    passo:progressStatus <https://w3id.org/passo/controlled-vocabulary/progress-status/completed> ;
    schema:startDate "2020-02-21"^^xsd:date ; schema:endDate "2020-11-15"^^xsd:date ;
    passo:participantCount 1200 ;
    passo:cost <https://data.example.org/passo/id/process/xx-0001/cost> ;
    passo:hasPhase <https://data.example.org/passo/id/process/xx-0001/phase/1> ,
      <https://data.example.org/passo/id/process/xx-0001/phase/2> , <https://data.example.org/passo/id/process/xx-0001/phase/10> ;
    passo:affectedTerritory <https://data.example.org/passo/id/place/istat-099001> ;
    dct:spatial <https://data.example.org/passo/id/place/istat-099001> ;
    foaf:homepage <https://park.example.org/> ;
    foaf:isPrimaryTopicOf <https://data.example.org/passo/doc/process/xx-0001> .
  <https://data.example.org/passo/id/process/xx-0001/cost> a schema:MonetaryAmount ; schema:value 10000.00 ; schema:currency "EUR" .
  <https://data.example.org/passo/id/process/xx-0001/phase/1> a passo:ProcessPhase ; dct:title "Ascolto"@it ; passo:plannedPeriod "marzo"@it .
  <https://data.example.org/passo/id/process/xx-0001/phase/2> a passo:ProcessPhase ; dct:title "Proposte"@it ; passo:plannedPeriod "aprile"@it .
  <https://data.example.org/passo/id/process/xx-0001/phase/10> a passo:ProcessPhase ; dct:title "Decisione"@it ; passo:plannedPeriod "maggio"@it .
  <https://data.example.org/passo/doc/process/xx-0001> a passo:ObservatoryRecord ;
    foaf:primaryTopic <https://data.example.org/passo/id/process/xx-0001> ;
    dct:modified "2022-12-21"^^xsd:date ; dct:license <https://creativecommons.org/licenses/by/4.0/> ;
    dct:source <https://observatory.example.org/1> ;
    passo:hasMissingValue <https://data.example.org/passo/doc/process/xx-0001#missing-policyArea> .
  <https://data.example.org/passo/doc/process/xx-0001#missing-policyArea> a passo:MissingValue ;
    passo:missingProperty passo:policyArea ;
    passo:answer <https://w3id.org/passo/controlled-vocabulary/answer/not-captured> .

  <https://data.example.org/passo/id/process/xx-0002> a passo:ParticipatoryProcess ;
    dct:title "<script>alert(1)</script> \\"quoted\\" \\u202Eabc"@it ;
    foaf:homepage <javascript:alert(2)> ; foaf:page <data:text/html,hello> ;
    passo:objectives "</dd><img src=x onerror=alert(3)>"@it .
  <https://data.example.org/passo/id/process/xx-00010> a passo:ParticipatoryProcess ; dct:title "Un altro"@it .
}
data:places {
  <https://data.example.org/passo/id/place/istat-99> a dct:Location ; skos:prefLabel "Valdiprova"@it .
  <https://data.example.org/passo/id/place/istat-099001> a dct:Location ; skos:prefLabel "Forlì di Prova"@it ; skos:notation "099001" .
}
<https://w3id.org/passo/onto> {
  <https://w3id.org/passo/onto> a owl:Ontology ; owl:versionIRI <https://w3id.org/passo/onto/0.1.0> ; dct:title "Ontologia"@it , "Ontology"@en .
  passo:ParticipatoryProcess a owl:Class ; rdfs:label "processo partecipativo"@it , "participatory process"@en .
  passo:cost a owl:ObjectProperty ; rdfs:label "costo complessivo"@it , "total cost"@en ; rdfs:isDefinedBy <https://w3id.org/passo/onto> .
  passo:policyArea a owl:ObjectProperty ; rdfs:label "ambito di intervento"@it , "policy area"@en .
  passo:affectedTerritory a owl:ObjectProperty ; rdfs:subPropertyOf dct:spatial ; rdfs:label "territorio interessato"@it , "affected territory"@en .
}
<https://w3id.org/passo/controlled-vocabulary/progress-status> {
  <https://w3id.org/passo/controlled-vocabulary/progress-status> a skos:ConceptScheme ; dct:title "Stato"@it , "Status"@en .
  <https://w3id.org/passo/controlled-vocabulary/progress-status/completed> a skos:Concept ;
    skos:inScheme <https://w3id.org/passo/controlled-vocabulary/progress-status> ; skos:prefLabel "concluso"@it , "completed"@en .
}
<https://w3id.org/passo/controlled-vocabulary/answer> {
  <https://w3id.org/passo/controlled-vocabulary/answer/not-captured> a skos:Concept ;
    skos:prefLabel "non rilevato nel testo"@it , "not captured from the text"@en .
}
<https://w3id.org/passo/alignment/other> {
  <https://w3id.org/passo/alignment/other> a void:Linkset ; dct:title "Altri"@it , "Others"@en .
  <https://w3id.org/passo/controlled-vocabulary/progress-status/completed> skos:closeMatch <https://other.example.org/done> .
}
"""

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix s: <https://w3id.org/passo/shapes/> .
s:ProcessShape a sh:NodeShape ; sh:property [ sh:path <http://purl.org/dc/terms/title> ; sh:minCount 1 ] .
"""

CONTEXT = {
    "dct": "http://purl.org/dc/terms/",
    "passo": "https://w3id.org/passo/onto/",
    "title": {"@id": "dct:title", "@container": "@language"},
    "affectedTerritory": {"@id": "passo:affectedTerritory", "@type": "@id"},
}

EXTRA_QUADS = 4000
"""Quads that make a product of triple patterns large enough to exceed any deadline."""


def write_release(folder: Path, identifier: str = "2026-11-22T101500Z-abc123", data: str = DATA) -> Path:
    """Write a release folder."""
    quads = list(ox.parse(io.BytesIO((PREFIXES + data).encode()), format=ox.RdfFormat.TRIG))
    graph = ox.NamedNode(BASE + "dataset/filling")
    for number in range(EXTRA_QUADS):
        subject, value = ox.NamedNode(f"{BASE}id/thing/t-{number}"), ox.Literal(str(number))
        quads.append(ox.Quad(subject, ox.NamedNode("http://purl.org/dc/terms/identifier"), value, graph))
    (folder / "dump").mkdir(parents=True)
    dumps = {
        "dump/passo.nq.gz": ("application/n-quads", "".join(n_quads_lines(quads)).encode()),
        **{
            f"dump/passo.{each.extension}.gz": (each.name, serialise(quads, each, CONTEXT))
            for each in (TURTLE, N_TRIPLES, JSON_LD)
        },
    }
    files = [_write(folder, path, name, content) for path, (name, content) in dumps.items()]
    others = {
        "context.jsonld": json.dumps({"@context": CONTEXT}),
        "shapes.ttl": SHAPES,
        "report.html": "<!doctype html><title>r</title><style>p{color:red}</style><p>3",
        "report.json": "{}",
        "report.ttl": "",
    }
    for name, text in others.items():
        (folder / name).write_text(text)
    manifest = {
        "id": identifier,
        "created": "2026-11-22T10:15:00Z",
        "base": BASE,
        "title": {"it": "Processi di prova", "en": "Test processes"},
        "publisher": {"it": "Chi prova", "en": "Who tests"},
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "software": "0.1.0",
        "quads": len(quads),
        "graphs": dict(Counter(quad.graph_name.value for quad in quads)),
        "accounting": {"in": 4, "published": 3, "quarantined": 1, "withdrawn": 0},
        "sources": [
            {
                "name": "invented",
                "dataset": BASE + "dataset/invented",
                "title": {"it": "Inventati", "en": "Invented"},
                "licence": "https://creativecommons.org/licenses/by/2.0/it/",
                "in": 4,
                "published": 3,
                "quarantined": 1,
                "withdrawn": 0,
            }
        ],
        "files": files,
        "a key of a later version": [1, 2],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def _write(folder: Path, path: str, media_type: str, content: bytes) -> dict[str, object]:
    packed = gzip.compress(content, mtime=0)
    (folder / path).write_bytes(packed)
    return {
        "path": path,
        "media_type": media_type,
        "encoding": "gzip",
        "bytes": len(packed),
        "sha256": hashlib.sha256(packed).hexdigest(),
        "content_bytes": len(content),
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "title": {"it": "Tutto", "en": "All"},
    }


@pytest.fixture(scope="session", name="write_release")
def write_release_fixture():
    """The function that writes another release."""
    return write_release


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release folder."""
    return write_release(tmp_path_factory.mktemp("releases") / "one")
