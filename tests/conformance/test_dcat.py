"""The catalogue conforms to DCAT-AP's own shapes, to our transcription of DCAT-AP_IT, to the MQA metrics and to CKAN.

The official shapes are read in place. The EU authority tables are on the web; `TABLES` states what the shapes need to know of the values that a
catalogue may use.
"""

import csv
import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pyshacl
import pytest
import rdflib
from rdflib import DCTERMS, FOAF, RDF, SH, SKOS, Namespace, URIRef
from rdflib.term import Node

from tests.catalogues import BASE, data_folder, edited, published
from tests.ckan import environment
from tests.serving import served

ROOT = Path(__file__).resolve().parents[2]
DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
EU = "http://publications.europa.eu/resource/authority/"
DOCUMENTS = ("catalog", "catalog-it")

TABLES = {
    "access-right": (DCTERMS.RightsStatement, ["PUBLIC"]),
    "country": (DCTERMS.Location, ["ITA"]),
    "data-theme": (SKOS.Concept, ["GOVE"]),
    "file-type": (
        DCTERMS.MediaTypeOrExtent,
        ["CSV", "JSON", "JSON_LD", "PARQUET", "RDF_N_QUADS", "RDF_N_TRIPLES", "RDF_TRIG", "RDF_TURTLE", "RDF_XML"],
    ),
    "frequency": (DCTERMS.Frequency, ["IRREG"]),
    "language": (DCTERMS.LinguisticSystem, ["ENG", "ITA"]),
    "licence": (DCTERMS.LicenseDocument, ["CC_BY_4_0"]),
    "planned-availability": (SKOS.Concept, ["STABLE", "TEMPORARY"]),
}
"""Values of the EU authority tables, with their class."""

LICENCE_TYPES = ["Attribution"]

SPDX_ALGORITHM = {("NodeConstraintComponent", str(SPDX.algorithm))}
"""The shapes for code lists require an https IRI of the algorithm, but SPDX has http IRIs only."""

MACHINE_READABLE = frozenset(
    ["CSV", "JSON", "JSON_LD", "PARQUET", "RDF_N_QUADS", "RDF_N_TRIPLES", "RDF_TRIG", "RDF_TURTLE", "RDF_XML", "XML"]
)
NON_PROPRIETARY = MACHINE_READABLE | {"HTML", "TXT"}
"""The formats of a release that the metrics count as open."""


@pytest.fixture(scope="module")
def release(small_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second of two releases with all kinds of datasets; its source has a licence of the EU authority table."""
    data, releases = data_folder(small_data, "conforming"), tmp_path_factory.mktemp("conforming") / "releases"
    with (data / "passo.yaml").open("a", encoding="utf-8") as settings:
        settings.write("harvested: [sources, places, vocabulary, all, versions]\n")
    published(data, releases)
    return published(edited(data), releases)


@pytest.fixture(scope="module")
def release_with_unlisted_licence(small_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release whose source has a licence that is in no table."""
    data = data_folder(small_data, "licensed", known_licence=False)
    return published(data, tmp_path_factory.mktemp("licensed") / "releases")


def catalogue(release: Path, document: str = "catalog") -> rdflib.Graph:
    return rdflib.Graph().parse(release / f"{document}.ttl")


def tables() -> rdflib.Graph:
    """The statements of the authority tables about the values in `TABLES`."""
    graph = rdflib.Graph()
    for table, (kind, codes) in TABLES.items():
        scheme = URIRef(EU + table)
        graph.add((scheme, RDF.type, SKOS.ConceptScheme))
        graph.add((scheme, DCTERMS.title, rdflib.Literal(table)))
        for code in codes:
            for type_ in (kind, SKOS.Concept):
                graph.add((URIRef(f"{EU}{table}/{code}"), RDF.type, type_))
            graph.add((URIRef(f"{EU}{table}/{code}"), SKOS.prefLabel, rdflib.Literal(code)))
            graph.add((URIRef(f"{EU}{table}/{code}"), SKOS.inScheme, scheme))
    kinds = URIRef("http://purl.org/adms/licencetype/1.0")
    graph.add((kinds, RDF.type, SKOS.ConceptScheme))
    graph.add((kinds, DCTERMS.title, rdflib.Literal("licence type")))
    for code in LICENCE_TYPES:
        node = URIRef(f"http://purl.org/adms/licencetype/{code}")
        graph.add((node, RDF.type, SKOS.Concept))
        graph.add((node, SKOS.prefLabel, rdflib.Literal(code)))
        graph.add((node, SKOS.inScheme, kinds))
    return graph


def violations(data: rdflib.Graph, shapes: Path) -> Counter[tuple[str, str]]:
    """The number of violations by constraint and path, without warnings and infos."""
    shapes_graph = rdflib.Graph().parse(shapes)
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes_graph, inference="none", advanced=False)
    assert isinstance(report, rdflib.Graph)
    return Counter(
        (
            str(report.value(each, SH.sourceConstraintComponent)).rpartition("#")[2],
            str(report.value(each, SH.resultPath)),
        )
        for each in report.objects(None, SH.result)
        if (each, SH.resultSeverity, SH.Violation) in report
    )


# --- DCAT-AP -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("name", ["shapes", "shapes_recommended", "range", "deprecateduris"])
def test_the_catalogue_conforms_to_the_shapes_of_dcat_ap(release: Path, shared: Path, document: str, name: str) -> None:
    data = catalogue(release, document) + tables()
    assert violations(data, shared / "conformance" / "dcat-ap-3.0.1" / f"{name}.ttl") == Counter()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_its_values_are_those_of_the_controlled_vocabularies(release: Path, shared: Path, document: str) -> None:
    data = catalogue(release, document) + tables()
    found = violations(data, shared / "conformance" / "dcat-ap-3.0.1" / "mdr-vocabularies.shape.ttl")
    assert set(found) == SPDX_ALGORITHM


def test_the_shapes_of_dcat_ap_find_a_fault(release: Path, shared: Path) -> None:
    data = catalogue(release)
    data.remove((None, DCTERMS.publisher, None))
    found = violations(data, shared / "conformance" / "dcat-ap-3.0.1" / "shapes.ttl")
    assert ("MinCountConstraintComponent", str(DCTERMS.publisher)) in found


# --- DCAT-AP_IT --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_catalogue_conforms_to_our_shapes(release: Path, document: str) -> None:
    assert violations(catalogue(release, document), ROOT / "shapes" / "catalog.ttl") == Counter()


def test_the_italian_catalogue_conforms_to_our_transcription_of_dcat_ap_it(release: Path) -> None:
    assert violations(catalogue(release, "catalog-it"), ROOT / "shapes" / "catalog-it.ttl") == Counter()


def test_every_term_of_the_italian_profile_that_we_use_is_in_its_ontology(release: Path, shared: Path) -> None:
    ontology = rdflib.Graph().parse(shared / "conformance" / "dcat-ap-it-owl" / "DCAT-AP_IT.ttl")
    start = "http://dati.gov.it/onto/dcatapit#"
    used = {term for triple in catalogue(release, "catalog-it") for term in triple if str(term).startswith(start)}
    assert used
    # Two of its terms stand there with another scheme or host, by a slip: their names are what counts.
    known = {str(term).rpartition("#")[2] for triple in ontology for term in triple if "/onto/dcatapit#" in str(term)}
    assert {str(term).removeprefix(start) for term in used} - known == set()


def test_italian_harvesters_need_no_default_value(release: Path) -> None:
    """For a missing value, harvesters use one of these defaults (OP_DATPRO, UNKNOWN, N/A)."""
    text = (release / "catalog-it.ttl").read_text(encoding="utf-8")
    assert [word for word in ("OP_DATPRO", "UNKNOWN", "C1_Unknown", '"N/A"') if word in text] == []


# --- MQA: the 23 metrics of data.europa.eu -----------------------------------------------------------------------------------


class Metrics:
    """The metrics of one dataset: one method for each name in `metrics.tsv`; a metric of distributions holds if all distributions pass."""

    def __init__(self, graph: rdflib.Graph, dataset: Node, head: Callable[[str], int], conforms: bool) -> None:
        self._graph = graph
        self._dataset = dataset
        self._distributions = list(graph.objects(dataset, DCAT.distribution))
        self._head = head
        self._conforms = conforms

    def passes(self, name: str) -> bool:
        """Whether a metric holds; a dataset without distributions fails all metrics of distributions."""
        return bool(getattr(self, f"_{name}")())

    def _has(self, predicate: Node) -> bool:
        return self._graph.value(self._dataset, predicate) is not None

    def _all(self, right: Callable[[Node], bool]) -> bool:
        return bool(self._distributions) and all(right(each) for each in self._distributions)

    def _all_have(self, predicate: Node) -> bool:
        return self._all(lambda each: self._graph.value(each, predicate) is not None)

    def _answers(self, predicate: Node) -> bool:
        return self._all(lambda each: 200 <= self._head(str(self._graph.value(each, predicate))) < 300)

    def _formats_in(self, codes: frozenset[str]) -> bool:
        return self._all(lambda each: str(self._graph.value(each, DCTERMS["format"])).rpartition("/")[2] in codes)

    def _keywordAvailability(self) -> bool:  # noqa: N802 - the metric's name
        return self._has(DCAT.keyword)

    def _categoryAvailability(self) -> bool:  # noqa: N802
        return self._has(DCAT.theme)

    def _spatialAvailability(self) -> bool:  # noqa: N802
        return self._has(DCTERMS.spatial)

    def _temporalAvailability(self) -> bool:  # noqa: N802
        return self._has(DCTERMS.temporal)

    def _accessUrlStatusCode(self) -> bool:  # noqa: N802
        return self._answers(DCAT.accessURL)

    def _downloadUrlAvailability(self) -> bool:  # noqa: N802
        return self._all_have(DCAT.downloadURL)

    def _downloadUrlStatusCode(self) -> bool:  # noqa: N802
        return self._answers(DCAT.downloadURL)

    def _formatAvailability(self) -> bool:  # noqa: N802
        return self._all_have(DCTERMS["format"])

    def _mediaTypeAvailability(self) -> bool:  # noqa: N802
        return self._all_have(DCAT.mediaType)

    def _formatMediaTypeVocabularyAlignment(self) -> bool:  # noqa: N802
        known = {f"{EU}file-type/{code}" for code in TABLES["file-type"][1]}
        iana = "https://www.iana.org/assignments/media-types/"
        return self._all(
            lambda each: (
                str(self._graph.value(each, DCTERMS["format"])) in known
                and str(self._graph.value(each, DCAT.mediaType)).startswith(iana)
            )
        )

    def _formatMediaTypeNonProprietary(self) -> bool:  # noqa: N802
        return self._formats_in(NON_PROPRIETARY)

    def _formatMediaTypeMachineInterpretable(self) -> bool:  # noqa: N802
        return self._formats_in(MACHINE_READABLE)

    def _dcatApCompliance(self) -> bool:  # noqa: N802
        return self._conforms

    def _licenceAvailability(self) -> bool:  # noqa: N802
        return self._all_have(DCTERMS.license)

    def _knownLicence(self) -> bool:  # noqa: N802
        return self._all(lambda each: str(self._graph.value(each, DCTERMS.license)).startswith(f"{EU}licence/"))

    def _accessRightsAvailability(self) -> bool:  # noqa: N802
        return self._has(DCTERMS.accessRights)

    def _accessRightsVocabularyAlignment(self) -> bool:  # noqa: N802
        return str(self._graph.value(self._dataset, DCTERMS.accessRights)).startswith(f"{EU}access-right/")

    def _contactPointAvailability(self) -> bool:  # noqa: N802
        return self._has(DCAT.contactPoint)

    def _publisherAvailability(self) -> bool:  # noqa: N802
        return self._has(DCTERMS.publisher)

    def _rightsAvailability(self) -> bool:  # noqa: N802
        return self._all_have(DCTERMS.rights)

    def _byteSizeAvailability(self) -> bool:  # noqa: N802
        return self._all_have(DCAT.byteSize)

    def _dateIssuedAvailability(self) -> bool:  # noqa: N802
        return self._has(DCTERMS.issued) and self._all_have(DCTERMS.issued)

    def _dateModifiedAvailability(self) -> bool:  # noqa: N802
        return self._has(DCTERMS.modified) and self._all_have(DCTERMS.modified)


def points(shared: Path) -> dict[str, int]:
    """The points of each metric, from `metrics.tsv`."""
    with (shared / "conformance" / "mqa" / "metrics.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    return {row[1]: int(row[2]) for row in rows}


def scores(release: Path, shared: Path, base: str = BASE) -> dict[str, dict[str, int]]:
    """The points that each dataset of a catalogue below a base loses, by metric, with its URLs requested from a server."""
    graph = rdflib.Graph().parse(release / "catalog.ttl")
    shapes = shared / "conformance" / "dcat-ap-3.0.1" / "shapes.ttl"
    conforms = violations(graph + tables(), shapes) == Counter()
    lost = {}
    with served(release) as address, httpx.Client(timeout=30) as client:

        def head(url: str) -> int:
            assert url.startswith(base)
            return client.head(url.replace(base, f"{address}/", 1)).status_code

        for dataset in graph.subjects(RDF.type, DCAT.Dataset):
            metrics = Metrics(graph, dataset, head, conforms)
            name = str(dataset).removeprefix(f"{base}dataset/")
            lost[name] = {each: worth for each, worth in points(shared).items() if not metrics.passes(each)}
    return lost


def test_there_are_23_metrics_of_405_points(shared: Path) -> None:
    assert (len(points(shared)), sum(points(shared).values())) == (23, 405)


def test_every_dataset_has_405_of_405_points_if_its_licence_is_in_the_table(release: Path, shared: Path) -> None:
    found = scores(release, shared)
    (version,) = (name for name in found if name.startswith("all-"))
    assert found == {name: {} for name in ("all", version, "emilia-romagna", "places", "vocabulary")}


def test_the_licence_of_the_cases_of_participedia_is_in_the_table(shipped: Path) -> None:
    graph = rdflib.Graph().parse(shipped / "catalog.ttl")
    (found,) = graph.objects(URIRef("https://w3id.org/passo/dataset/participedia"), DCTERMS.license)
    assert str(found) == "http://publications.europa.eu/resource/authority/licence/CC_BYNCSA_3_0"


def test_the_shipped_datasets_have_405_points_but_for_a_licence_in_no_table(shipped: Path, shared: Path) -> None:
    unknown = {"knownLicence": 10}
    found = scores(shipped, shared, "https://w3id.org/passo/")
    assert found == {
        "all": unknown,
        "cube": unknown,
        "emilia-romagna": unknown,
        "participedia": {},
        "places": {},
        "vocabulary": {},
    }


def test_a_licence_that_is_in_no_table_costs_its_points_and_no_others(
    release_with_unlisted_licence: Path, shared: Path
) -> None:
    """It is published nevertheless: the source decides its licence."""
    unknown = {"knownLicence": 10}
    assert scores(release_with_unlisted_licence, shared) == {
        "all": unknown,
        "cube": unknown,
        "emilia-romagna": unknown,
        "places": {},
        "vocabulary": {},
    }


def test_a_file_that_cannot_be_downloaded_costs_points(release: Path, shared: Path, tmp_path: Path) -> None:
    graph = rdflib.Graph().parse(release / "catalog.ttl")
    dataset = URIRef(f"{BASE}dataset/places")
    metrics = Metrics(graph, dataset, lambda url: 404 if "/dump/" in url else 200, conforms=True)
    failed = [name for name in points(shared) if not metrics.passes(name)]
    assert failed == ["downloadUrlStatusCode"]


# --- CKAN --------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def ckan() -> Path:
    """The Python of an environment with CKAN's reader, installed by the first test that needs it."""
    return environment.python()


@pytest.fixture(scope="module", params=["catalog.ttl", "catalog.rdf", "catalog.jsonld", "catalog-it.ttl"])
def read_by_ckan(request: pytest.FixtureRequest, ckan: Path, release: Path) -> dict[str, dict[str, object]]:
    """Each dataset as CKAN's reader returns it, by IRI."""
    syntax = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}[request.param.partition(".")[2]]
    script = ROOT / "tests" / "ckan" / "read.py"
    command = [str(ckan), "-W", "ignore", str(script), str(release / request.param), syntax]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env={}, cwd=release)
    assert answer.returncode == 0, answer.stderr
    read = json.loads(answer.stdout)
    assert read["next"] is None
    return {extras(each)["uri"]: each for each in read["datasets"]}


def extras(dataset: dict[str, object]) -> dict[str, str]:
    return {each["key"]: each["value"] for each in dataset["extras"]}  # type: ignore[attr-defined,index]


def texts(graph: rdflib.Graph, node: Node, predicate: Node) -> set[str]:
    return {str(each) for each in graph.objects(node, predicate)}


OF_A_DATASET = {
    "identifier": [DCTERMS.identifier],
    "issued": [DCTERMS.issued],
    "modified": [DCTERMS.modified],
    "frequency": [DCTERMS.accrualPeriodicity],
    "access_rights": [DCTERMS.accessRights],
    "contact_uri": [DCAT.contactPoint],
    "contact_name": [DCAT.contactPoint, VCARD.fn],
    "publisher_uri": [DCTERMS.publisher],
    "publisher_name": [DCTERMS.publisher, FOAF.name],
    "publisher_identifier": [DCTERMS.publisher, DCTERMS.identifier],
    "creator_uri": [DCTERMS.creator],
    "creator_name": [DCTERMS.creator, FOAF.name],
    "temporal_start": [DCTERMS.temporal, DCAT.startDate],
    "temporal_end": [DCTERMS.temporal, DCAT.endDate],
}
LISTS = {"language": DCTERMS.language, "theme": DCAT.theme, "conforms_to": DCTERMS.conformsTo}
OF_A_RESOURCE = {
    "access_url": [DCAT.accessURL],
    "download_url": [DCAT.downloadURL],
    "issued": [DCTERMS.issued],
    "modified": [DCTERMS.modified],
    "license": [DCTERMS.license],
    "mimetype": [DCAT.mediaType],
    "format": [DCTERMS["format"]],
    "size": [DCAT.byteSize],
    "hash": [SPDX.checksum, SPDX.checksumValue],
    "hash_algorithm": [SPDX.checksum, SPDX.algorithm],
    "compress_format": [DCAT.compressFormat],
    "name": [DCTERMS.title],
    "description": [DCTERMS.description],
}


def reached(graph: rdflib.Graph, node: Node, path: list[Node]) -> set[str]:
    """The values at the end of a path of predicates."""
    nodes: set[Node] = {node}
    for predicate in path:
        nodes = {value for each in nodes for value in graph.objects(each, predicate)}
    return {str(each) for each in nodes}


def test_ckan_reads_every_dataset(read_by_ckan: dict[str, dict[str, object]], release: Path) -> None:
    assert set(read_by_ckan) == {str(each) for each in catalogue(release).subjects(RDF.type, DCAT.Dataset)}


def test_ckan_loses_no_field_of_a_dataset(read_by_ckan: dict[str, dict[str, object]], release: Path) -> None:
    graph = catalogue(release)
    for iri, dataset in read_by_ckan.items():
        node, kept = URIRef(iri), extras(dataset)
        assert dataset["title"] in texts(graph, node, DCTERMS.title)
        assert dataset["notes"] in texts(graph, node, DCTERMS.description)
        assert dataset["version"] in texts(graph, node, DCAT.version)
        assert dataset["url"] in texts(graph, node, DCAT.landingPage)
        assert {each["name"] for each in dataset["tags"]} == texts(graph, node, DCAT.keyword)  # type: ignore[attr-defined]
        for key, path in OF_A_DATASET.items():
            values = reached(graph, node, path)
            assert (kept.get(key) in values) if values else key not in kept, key
        for key, predicate in LISTS.items():
            assert set(json.loads(kept[key])) == texts(graph, node, predicate), key


def test_ckan_loses_no_field_of_a_file(read_by_ckan: dict[str, dict[str, object]], release: Path) -> None:
    graph, italian = catalogue(release), rdflib.Graph().parse(release / "catalog-it.ttl")
    for iri, dataset in read_by_ckan.items():
        resources = {each["uri"]: each for each in dataset["resources"]}  # type: ignore[attr-defined]
        assert set(resources) == texts(graph, URIRef(iri), DCAT.distribution)
        for uri, resource in resources.items():
            for key, path in OF_A_RESOURCE.items():
                values = reached(graph, URIRef(uri), path)
                if key == "license":  # the Italian document names it by its IRI in the Italian vocabulary
                    values |= reached(italian, URIRef(uri), path)
                assert (str(resource.get(key)) in values) if values else key not in resource, key
