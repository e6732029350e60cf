"""The catalogue describes exactly the files and data of the release, and has the same bytes while nothing changes."""

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib import DCTERMS, FOAF, PROV, RDF, SKOS, BNode, Literal, Namespace, URIRef

from passo_lod.media_types import JSON_LD, RDF_XML, TURTLE
from passo_lod.release.authority_tables import licence
from passo_lod.release.dataset_dates import DatasetDates, DatasetDating
from passo_lod.serialise import parse
from tests.catalogues import BASE, data_folder, edited, published

VOID = Namespace("http://rdfs.org/ns/void#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DQV = Namespace("http://www.w3.org/ns/dqv#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
DCATAPIT = Namespace("http://dati.gov.it/onto/dcatapit#")
FILES = [f"{stem}.{each}" for stem in ("catalog", "catalog-it") for each in ("ttl", "rdf", "jsonld")] + ["void.ttl"]
SOURCE = URIRef(f"{BASE}dataset/emilia-romagna")


@pytest.fixture(scope="module")
def data(small_data: Callable[[str], Path]) -> Path:
    return data_folder(small_data, "described", known_licence=False)


@pytest.fixture(scope="module")
def release(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(data, tmp_path_factory.mktemp("described") / "releases")


@pytest.fixture(scope="module")
def catalog(release: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(release / "catalog.ttl")


@pytest.fixture(scope="module")
def italian(release: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(release / "catalog-it.ttl")


@pytest.fixture(scope="module")
def void(release: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(release / "void.ttl")


# --- DCAT -------------------------------------------------------------------------------------------------------


def test_there_is_a_dataset_for_each_source_the_places_the_vocabulary_the_cube_and_all_data(
    catalog: rdflib.Graph,
) -> None:
    names = {str(each).removeprefix(f"{BASE}dataset/") for each in catalog.subjects(RDF.type, DCAT.Dataset)}
    assert names == {"emilia-romagna", "places", "vocabulary", "cube", "all"}
    assert set(catalog.objects(URIRef(f"{BASE}catalog"), DCAT.dataset)) == set(catalog.subjects(RDF.type, DCAT.Dataset))


def test_all_data_is_the_last_member_of_the_series_of_releases(catalog: rdflib.Graph) -> None:
    series, all_data = URIRef(f"{BASE}dataset/releases"), URIRef(f"{BASE}dataset/all")
    assert (series, RDF.type, DCAT.DatasetSeries) in catalog
    assert (series, DCAT.last, all_data) in catalog
    assert (all_data, DCAT.inSeries, series) in catalog


def test_size_and_checksum_of_every_file_are_correct(catalog: rdflib.Graph, release: Path) -> None:
    distributions = list(catalog.subjects(RDF.type, DCAT.Distribution))
    assert len(distributions) >= 4 * 4
    for node in distributions:
        path = str(catalog.value(node, DCAT.downloadURL)).removeprefix(BASE)
        data = (release / path).read_bytes()
        checksum = catalog.value(catalog.value(node, SPDX.checksum), SPDX.checksumValue)
        assert str(checksum).lower() == hashlib.sha256(data).hexdigest()
        assert catalog.value(node, DCAT.byteSize).toPython() == len(data)


def test_every_dump_of_the_release_is_described_once(catalog: rdflib.Graph, release: Path) -> None:
    described = sorted(str(each).removeprefix(BASE) for each in catalog.objects(None, DCAT.downloadURL))
    listed = [file["path"] for file in json.loads((release / "manifest.json").read_text())["files"]]
    assert described == sorted(path for path in listed if path.startswith("dump/"))


def test_a_dataset_has_as_many_triples_as_its_dump(catalog: rdflib.Graph, release: Path) -> None:
    for node in catalog.subjects(RDF.type, DCAT.Dataset):
        name = str(node).rpartition("/")[2]
        stem = "passo" if name == "all" else f"passo-{name}"
        lines = gzip.decompress((release / "dump" / f"{stem}.nt.gz").read_bytes()).splitlines()
        stated = int(str(catalog.value(node, VOID.triples)))
        # A triple in two graphs counts twice in all data, and is one line of N-Triples.
        assert stated >= len(lines) if name in ("all", "vocabulary") else stated == len(lines)


def test_the_endpoint_is_a_service_that_serves_every_dataset(catalog: rdflib.Graph) -> None:
    (service,) = catalog.subjects(RDF.type, DCAT.DataService)
    assert (URIRef(f"{BASE}catalog"), DCAT.service, service) in catalog
    assert set(catalog.objects(service, DCAT.servesDataset)) == set(catalog.subjects(RDF.type, DCAT.Dataset))
    assert catalog.value(service, DCAT.endpointURL) == URIRef(f"{BASE}sparql")


def test_a_source_has_a_provenance_and_a_rights_holder(catalog: rdflib.Graph) -> None:
    assert catalog.value(SOURCE, PROV.wasDerivedFrom) == URIRef("https://www.osservatoriopartecipazione.it/")
    holder = catalog.value(SOURCE, DCTERMS.rightsHolder)
    assert holder == URIRef(f"{BASE}id/organisation/er-osservatorio-partecipazione")
    assert Literal("Osservatorio partecipazione, Regione Emilia-Romagna", lang="it") in catalog.objects(
        holder, FOAF.name
    )


def test_a_source_covers_the_regions_and_the_period_of_its_processes(catalog: rdflib.Graph) -> None:
    region, country = URIRef(f"{BASE}id/place/istat-08"), "http://publications.europa.eu/resource/authority/country/ITA"
    assert set(catalog.objects(SOURCE, DCTERMS.spatial)) == {region, URIRef(country)}
    period = catalog.value(SOURCE, DCTERMS.temporal)
    assert catalog.value(period, DCAT.startDate) <= catalog.value(period, DCAT.endDate)


def test_a_licence_that_is_not_in_the_eu_table_is_published_as_it_is(catalog: rdflib.Graph) -> None:
    stated = URIRef("https://creativecommons.org/licenses/by/2.0/it/")
    assert set(catalog.objects(SOURCE, DCTERMS.license)) == {stated}
    assert catalog.value(stated, FOAF.name) == Literal("CC BY 2.0 IT")


def test_all_data_refers_to_every_licence_of_its_parts(catalog: rdflib.Graph) -> None:
    (one,) = catalog.objects(URIRef(f"{BASE}dataset/all"), DCTERMS.license)
    assert {str(each) for each in catalog.objects(one, DCTERMS.references)} == {
        "https://creativecommons.org/licenses/by/2.0/it/",
        "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0",
    }


def test_the_contact_is_an_office_and_no_person(catalog: rdflib.Graph) -> None:
    (contact,) = set(catalog.objects(None, DCAT.contactPoint))
    assert (contact, RDF.type, VCARD.Organization) in catalog
    assert not list(catalog.subjects(RDF.type, VCARD.Individual))
    assert catalog.value(contact, VCARD.hasEmail) == URIRef("mailto:ufficio@example.org")


def test_titles_and_descriptions_are_in_italian_and_english(catalog: rdflib.Graph) -> None:
    for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.DatasetSeries, DCAT.DataService, DCAT.Distribution):
        for node in catalog.subjects(RDF.type, kind):
            for predicate in (DCTERMS.title, DCTERMS.description):
                assert sorted(text.language for text in catalog.objects(node, predicate)) == ["en", "it"]


# --- Syntaxes and profiles ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_a_blank_node(release: Path, name: str) -> None:
    graph = rdflib.Graph().parse(release / name)
    assert [term for triple in graph for term in triple if isinstance(term, BNode)] == []


@pytest.mark.parametrize("stem", ["catalog", "catalog-it"])
def test_every_syntax_has_the_same_triples(release: Path, stem: str) -> None:
    graphs = [
        set(parse((release / f"{stem}.{each.extension}").read_bytes(), each)) for each in (TURTLE, RDF_XML, JSON_LD)
    ]
    assert graphs[0] == graphs[1] == graphs[2]
    read = rdflib.Graph().parse(release / f"{stem}.ttl")
    for syntax in ("rdf", "jsonld"):
        assert set(rdflib.Graph().parse(release / f"{stem}.{syntax}")) == set(read)


ITALIAN_LICENCES = "https://w3id.org/italia/controlled-vocabulary/licences/"


def test_the_italian_catalogue_has_the_same_subjects(catalog: rdflib.Graph, italian: rdflib.Graph) -> None:
    """But licences, which have their IRI in the Italian vocabulary there, matched to that in the catalogue."""
    matches = {(each, other) for each, _, other in italian.triples((None, SKOS.exactMatch, None))}
    former = {
        each: other
        for each, other in matches
        if str(each).startswith(ITALIAN_LICENCES) and other in set(catalog.subjects())
    }
    found = {tuple(former.get(term, term) for term in triple) for triple in italian}
    assert set(catalog.subjects()) == {subject for subject, _, _ in found}
    lost = {each for each in set(catalog) - found if each[1] not in (DCTERMS.title, FOAF.name, VCARD.fn)}
    assert lost == set()
    assert {str(each).removeprefix(ITALIAN_LICENCES) for each in former} == {"A21_CCBY40", "A27_CCBY20IT"}


def test_a_national_licence_is_close_to_the_international_one(catalog: rdflib.Graph) -> None:
    ported = URIRef("https://creativecommons.org/licenses/by/2.0/it/")
    table = "http://publications.europa.eu/resource/authority/licence/"
    assert list(catalog.objects(ported, SKOS.closeMatch)) == [URIRef(f"{table}CC_BY_2_0")]
    assert list(catalog.objects(ported, SKOS.exactMatch)) == []


def test_the_italian_catalogue_has_both_classes_and_one_title(italian: rdflib.Graph) -> None:
    for theirs, ours in ((DCAT.Catalog, "Catalog"), (DCAT.Dataset, "Dataset"), (DCAT.Distribution, "Distribution")):
        assert set(italian.subjects(RDF.type, theirs)) == set(italian.subjects(RDF.type, DCATAPIT[ours])) != set()
    assert list(italian.objects(URIRef(f"{BASE}catalog"), DCTERMS.title)) == [Literal("Catalogo di prova", lang="it")]
    for agent in italian.subjects(RDF.type, DCATAPIT.Agent):
        assert len(list(italian.objects(agent, FOAF.name))) == 1


def test_the_publisher_has_the_identifier_of_the_settings(italian: rdflib.Graph) -> None:
    assert italian.value(URIRef(f"{BASE}catalog#publisher"), DCTERMS.identifier) == Literal("codiceIPA:xx_prova")


# --- Counts ------------------------------------------------------------------------------------------------------------------


def test_property_partitions_add_up_to_the_triples(void: rdflib.Graph) -> None:
    for node in set(void.objects(None, FOAF.topic)):
        parts = void.objects(node, VOID.propertyPartition)
        counted = sum(int(str(void.value(part, VOID.triples))) for part in parts)
        assert counted == int(str(void.value(node, VOID.triples)))


def test_class_partitions_count_the_processes(void: rdflib.Graph, release: Path) -> None:
    process = URIRef("https://w3id.org/passo/onto/ParticipatoryProcess")
    (part,) = [each for each in void.objects(SOURCE, VOID.classPartition) if void.value(each, VOID["class"]) == process]
    dump = rdflib.Graph().parse(data=gzip.decompress((release / "dump/passo-emilia-romagna.ttl.gz").read_bytes()))
    assert int(str(void.value(part, VOID.entities))) == len(set(dump.subjects(RDF.type, process))) == 4


def test_completeness_is_the_share_of_processes_with_a_value_and_states_its_denominator(
    void: rdflib.Graph, release: Path
) -> None:
    dump = rdflib.Graph().parse(data=gzip.decompress((release / "dump/passo-emilia-romagna.ttl.gz").read_bytes()))
    processes = set(dump.subjects(RDF.type, URIRef("https://w3id.org/passo/onto/ParticipatoryProcess")))
    no_value = "https://w3id.org/passo/controlled-vocabulary/answer/not-"
    measured = list(void.subjects(RDF.type, DQV.QualityMeasurement))
    assert len(measured) > 10
    for node in measured:
        field = void.value(void.value(node, DQV.isMeasurementOf), VOID.property)
        of = int(str(void.value(void.value(node, DQV.computedOn), VOID.entities)))
        given = sum(
            1 for each in processes if any(not str(value).startswith(no_value) for value in dump.objects(each, field))
        )
        assert of == len(processes)
        assert abs(float(void.value(node, DQV.value)) - given / of) < 0.0001
        assert Literal(f"{given} of {of} processes", lang="en") in void.objects(node, DCTERMS.description)


def test_links_out_of_the_catalogue_are_linksets(void: rdflib.Graph) -> None:
    places = URIRef(f"{BASE}dataset/places")
    sets = [each for each in void.subjects(VOID.subjectsTarget, places) if (each, RDF.type, VOID.Linkset) in void]
    assert URIRef("https://data.europa.eu/") in {void.value(each, VOID.objectsTarget) for each in sets}
    assert all(int(str(void.value(each, VOID.triples))) > 0 for each in sets)


# --- Dates -------------------------------------------------------------------------------------------------------------------


def test_the_catalogue_is_the_same_bytes_when_nothing_changed(data: Path, tmp_path: Path) -> None:
    first, second = (published(data, tmp_path / "releases") for _ in range(2))
    assert first != second
    assert [(first / name).read_bytes() for name in FILES] == [(second / name).read_bytes() for name in FILES]


def test_one_more_record_changes_only_its_datasets_and_the_cube(data: Path, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    before = rdflib.Graph().parse(published(data, releases) / "catalog.ttl")
    extra = data / "sources/emilia-romagna/samples"
    sample = sorted(extra.glob("*.txt"))[0]
    content = sample.read_bytes()
    sample.unlink()
    try:
        after = rdflib.Graph().parse(published(data, releases) / "catalog.ttl")
    finally:
        sample.write_bytes(content)

    def versions(graph: rdflib.Graph) -> dict[str, str]:
        return {str(each): str(graph.value(each, DCAT.version)) for each in graph.subjects(RDF.type, DCAT.Dataset)}

    one, other = versions(before), versions(after)
    assert {iri.rpartition("/")[2] for iri in one if one[iri] != other[iri]} == {"emilia-romagna", "cube", "all"}


DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1)).map(date.isoformat)


@given(DAYS, DAYS, DAYS, DAYS)
def test_an_unchanged_dataset_keeps_its_dates(issued: str, modified: str, today: str, stated: str) -> None:
    before = DatasetDates(issued, modified, "abc")
    assert DatasetDating({"x": before}, today).dates("x", "abc", DatasetDates(stated, stated)) == before


@given(DAYS, DAYS, DAYS)
def test_a_changed_dataset_is_modified_on_the_day_of_publishing_and_never_earlier_than_before(
    issued: str, modified: str, today: str
) -> None:
    dates = DatasetDating({"x": DatasetDates(issued, modified, "abc")}, today).dates("x", "def", DatasetDates())
    assert dates == DatasetDates(issued, max(modified, today), "def")


@given(DAYS, DAYS)
def test_a_date_in_the_data_wins_over_the_day_of_publishing(issued: str, today: str) -> None:
    assert DatasetDating({}, today).dates("x", "abc", DatasetDates(issued)).issued == issued


def test_a_damaged_former_catalogue_has_no_dates(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    (tmp_path / "current" / "catalog.ttl").write_text("<a> <b")
    assert DatasetDating.read(tmp_path, date(2099, 1, 1)) == DatasetDating({}, "2099-01-01")


# --- The datasets that harvesters see ----------------------------------------------------------------------------------------


def harvested(data: Path, releases: Path, kinds: str) -> dict[str, rdflib.Graph]:
    """The catalogue documents of the second of two releases, published with a setting."""
    with (data / "passo.yaml").open("a", encoding="utf-8") as settings:
        settings.write(kinds)
    published(data, releases)
    release = published(edited(data), releases)
    return {stem: rdflib.Graph().parse(release / f"{stem}.ttl") for stem in ("catalog", "catalog-it", "datasets")}


def names_of_datasets(graph: rdflib.Graph) -> set[str]:
    names = {str(each).removeprefix(f"{BASE}dataset/") for each in graph.subjects(RDF.type, DCAT.Dataset)}
    return {re.sub("^all-[0-9a-f]{12}$", "all-VERSION", name) for name in names}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("", {"all", "cube", "emilia-romagna", "places", "vocabulary"}),
        ("harvested: [sources]\n", {"emilia-romagna"}),
        ("harvested: [all, versions]\n", {"all", "all-VERSION"}),
    ],
)
def test_harvesters_see_the_kinds_of_datasets_that_the_setting_names(
    small_data: Callable[[str], Path], tmp_path: Path, setting: str, expected: set[str]
) -> None:
    graphs = harvested(data_folder(small_data, "harvested"), tmp_path / "releases", setting)
    for stem in ("catalog", "catalog-it"):
        graph = graphs[stem]
        listed = {str(each).removeprefix(f"{BASE}dataset/") for each in graph.objects(None, DCAT.dataset)}
        assert names_of_datasets(graph) == expected
        assert len(listed) == len(expected)
        assert set(graph.objects(None, DCAT.servesDataset)) <= set(graph.subjects(RDF.type, DCAT.Dataset))
        series = set(graph.subjects(RDF.type, DCAT.DatasetSeries))
        assert bool(series) is ("all" in expected)
        about = {str(each) for each in graph.subjects()}
        hidden = names_of_datasets(graphs["datasets"]) - expected - {"all-VERSION"}
        assert not [each for each in about for name in hidden if each.startswith(f"{BASE}dataset/{name}#")]
    everything = {"all", "all-VERSION", "cube", "emilia-romagna", "places", "vocabulary"}
    assert names_of_datasets(graphs["datasets"]) == everything


# --- Licences ----------------------------------------------------------------------------------------------------------------

LICENCES = [
    ("https://creativecommons.org/licenses/by/4.0/", "licence/CC_BY_4_0", "CC BY 4.0", "Attribution"),
    ("https://creativecommons.org/licenses/by-sa/4.0/deed.it", "licence/CC_BYSA_4_0", "CC BY-SA 4.0", "ShareAlike"),
    ("http://creativecommons.org/publicdomain/zero/1.0/", "licence/CC0", "CC0 1.0", "PublicDomain"),
    ("https://creativecommons.org/licenses/by/3.0/it/", "licenses/by/3.0/it/", "CC BY 3.0 IT", "Attribution"),
    (
        "https://creativecommons.org/licenses/by-nc-sa/3.0/",
        "licence/CC_BYNCSA_3_0",
        "CC BY-NC-SA 3.0",
        "NonCommercial",
    ),
    ("https://creativecommons.org/licenses/by/2.5/", "licence/CC_BY_2_5", "CC BY 2.5", "Attribution"),
    ("https://creativecommons.org/licenses/by/3.0/nl/", "licence/CC_BY_3_0_NL", "CC BY 3.0 NL", "Attribution"),
    (
        "https://creativecommons.org/licenses/by-nd-nc/1.0/",
        "licence/CC_BYNCND_1_0",
        "CC BY-ND-NC 1.0",
        "NoDerivativeWork",
    ),
    ("https://creativecommons.org/licenses/by/9.0/", "licenses/by/9.0/", "CC BY 9.0", "Attribution"),
]


@pytest.mark.parametrize(("iri", "end", "name", "kind"), LICENCES)
def test_only_an_exactly_equal_licence_is_replaced_by_that_of_the_table(
    iri: str, end: str, name: str, kind: str
) -> None:
    found = licence(iri)
    assert found.node.value.endswith(end)
    assert found.name == name
    assert found.type is not None
    assert kind in found.type.value


def test_an_unknown_licence_is_published_as_it_is() -> None:
    found = licence("https://example.org/terms")
    assert (found.node.value, found.name, found.type) == (
        "https://example.org/terms",
        "https://example.org/terms",
        None,
    )
