"""Test that a harvester gets the complete catalogue, in pages if it is large, and 503 if it is damaged."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import rdflib
from rdflib import RDF, Namespace, URIRef

from tests.catalogues import BASE, data_folder, edited, published
from tests.serving import served

DCAT = Namespace("http://www.w3.org/ns/dcat#")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
DOCUMENTS = [
    ("/catalog.ttl", "text/turtle", "turtle"),
    ("/catalog.rdf", "application/rdf+xml", "xml"),
    ("/catalog.jsonld", "application/ld+json", "json-ld"),
    ("/catalog-it.ttl", "text/turtle", "turtle"),
    ("/catalog-it.rdf", "application/rdf+xml", "xml"),
    ("/catalog-it.jsonld", "application/ld+json", "json-ld"),
    ("/void.ttl", "text/turtle", "turtle"),
]
MANY = 250


@pytest.fixture(scope="module")
def release(small_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(data_folder(small_data, "harvested"), tmp_path_factory.mktemp("harvested") / "releases")


@pytest.fixture(scope="module")
def client(release: Path) -> Iterator[httpx.Client]:
    with served(release) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def changed(release: Path, folder: Path, name: str, data: bytes) -> Path:
    """A copy of a release with another file, which its manifest agrees with."""
    shutil.copytree(release, folder)
    (folder / name).write_bytes(data)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for file in manifest["files"]:
        if file["path"] == name:
            file |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


# --- Documents ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "media_type", "syntax"), DOCUMENTS)
def test_a_document_has_the_media_type_of_its_extension(
    client: httpx.Client, release: Path, path: str, media_type: str, syntax: str
) -> None:
    for accept in ("*/*", "text/html", "application/json"):
        answer = client.get(path, headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.content == (release / path[1:]).read_bytes()
    assert len(rdflib.Graph().parse(data=answer.content, format=syntax)) > 100


@pytest.mark.parametrize("path", [*(each[0] for each in DOCUMENTS), "/catalog", "/catalog.html"])
def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize("path", [each[0] for each in DOCUMENTS[:6]])
def test_a_catalogue_has_a_last_modified_header(client: httpx.Client, path: str) -> None:
    graph = rdflib.Graph().parse(data=client.get("/catalog.ttl").content, format="turtle")
    modified = graph.value(URIRef(f"{BASE}catalog"), rdflib.DCTERMS.modified)
    assert client.head(path).headers["last-modified"] == modified.toPython().strftime("%a, %d %b %Y 00:00:00 GMT")


def test_a_harvester_with_the_same_entity_tag_gets_304(client: httpx.Client) -> None:
    tag = client.get("/catalog.ttl").headers["etag"]
    assert client.get("/catalog.ttl", headers={"If-None-Match": tag}).status_code == 304


NEGOTIATED = [
    ("*/*", "text/turtle"),
    ("text/turtle", "text/turtle"),
    ("application/rdf+xml", "application/rdf+xml"),
    ("application/ld+json, text/turtle;q=0.5", "application/ld+json"),
    ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
]


@pytest.mark.parametrize(("accept", "media_type"), NEGOTIATED)
def test_the_catalogue_itself_is_negotiated(client: httpx.Client, accept: str, media_type: str) -> None:
    answer = client.get("/catalog", headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert "Accept" in answer.headers["vary"]


def test_an_unknown_form_is_406_or_404(client: httpx.Client) -> None:
    assert client.get("/catalog", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/catalog-it.html").status_code == 404
    assert client.get("/catalog.nt").status_code == 404


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_page_lists_every_dataset_with_its_title(client: httpx.Client, language: str) -> None:
    page = client.get("/catalog.html", headers={"Accept-Language": language}).text
    titles = {"it": "Luoghi", "en": "Places"}
    for name in ("emilia-romagna", "places", "vocabulary", "all"):
        assert f'href="/dataset/{name}.html"' in page
    assert titles[language].lower() in page.lower()


def test_the_well_known_address_redirects_to_the_statistics(client: httpx.Client) -> None:
    answer = client.get("/.well-known/void")
    assert (answer.status_code, answer.headers["location"]) == (303, "/void.ttl")


# --- Datasets: the same telling ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["emilia-romagna", "places", "vocabulary", "all", "releases"])
def test_a_dataset_has_the_same_description_as_in_the_catalogue(client: httpx.Client, name: str) -> None:
    catalog = rdflib.Graph().parse(data=client.get("/catalog.ttl").content, format="turtle")
    own = rdflib.Graph().parse(data=client.get(f"/dataset/{name}.ttl").content, format="turtle")
    node = URIRef(f"{BASE}dataset/{name}")
    triples = set(catalog.triples((node, None, None)))
    assert triples
    assert triples <= set(own)
    for distribution in catalog.objects(node, DCAT.distribution):
        assert set(catalog.triples((distribution, None, None))) <= set(own)


@pytest.mark.parametrize("name", ["emilia-romagna", "places", "vocabulary", "all", "releases"])
def test_a_dataset_has_a_page_for_people(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/dataset/{name}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "<h1>" in answer.text


# --- Pages -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server whose catalogue has many datasets, each with what it refers to."""
    graph = rdflib.Graph().parse(release / "catalog.ttl")
    pattern = set(graph.triples((URIRef(f"{BASE}dataset/places"), None, None)))
    for number in range(MANY - 5):
        node = URIRef(f"{BASE}dataset/xx-{number:04}")
        period = URIRef(f"{node}#period")
        graph.add((URIRef(f"{BASE}catalog"), DCAT.dataset, node))
        graph.add((node, rdflib.DCTERMS.temporal, period))
        graph.add((period, RDF.type, rdflib.DCTERMS.PeriodOfTime))
        for _, predicate, value in pattern:
            if predicate not in (DCAT.distribution, rdflib.DCTERMS.temporal):
                graph.add((node, predicate, value))
    data = graph.serialize(format="turtle", encoding="utf-8")
    folder = changed(release, tmp_path_factory.mktemp("long") / "release", "catalog.ttl", data)
    with served(folder) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def followed(client: httpx.Client, path: str, syntax: str) -> list[rdflib.Graph]:
    """Every page, from one to the next, as a harvester that knows hydra follows them."""
    pages = []
    while path:
        answer = client.get(path)
        assert answer.status_code == 200
        pages.append(rdflib.Graph().parse(data=answer.content, format=syntax))
        (view,) = pages[-1].subjects(RDF.type, HYDRA.PartialCollectionView)
        assert (view, RDF.type, HYDRA.PagedCollection) in pages[-1]
        after = pages[-1].value(view, HYDRA.next)
        assert after == pages[-1].value(view, HYDRA.nextPage)
        path = f"/{str(after).removeprefix(BASE)}" if after else ""
    return pages


@pytest.mark.parametrize(("path", "syntax"), [("/catalog.ttl", "turtle"), ("/catalog.rdf", "xml")])
def test_all_pages_together_contain_every_dataset_once(long: httpx.Client, path: str, syntax: str) -> None:
    pages = followed(long, path, syntax)
    assert len(pages) == 3
    held = [each for page in pages for each in page.subjects(RDF.type, DCAT.Dataset)]
    assert (len(held), len(set(held))) == (MANY, MANY)


def test_a_page_contains_all_that_its_datasets_refer_to(long: httpx.Client) -> None:
    for page in followed(long, "/catalog.ttl", "turtle"):
        for dataset in page.subjects(RDF.type, DCAT.Dataset):
            for predicate in (rdflib.DCTERMS.publisher, DCAT.contactPoint, rdflib.DCTERMS.temporal, DCAT.distribution):
                for node in page.objects(dataset, predicate):
                    assert (node, RDF.type, None) in page
        listed = set(page.objects(URIRef(f"{BASE}catalog"), DCAT.dataset))
        assert listed == set(page.subjects(RDF.type, DCAT.Dataset))


def test_a_page_is_the_same_bytes_each_time(long: httpx.Client) -> None:
    assert long.get("/catalog.ttl?page=2").content == long.get("/catalog.ttl?page=2").content
    assert long.get("/catalog.ttl").content == long.get("/catalog.ttl?page=1").content


@pytest.mark.parametrize("page", ["0", "4", "-1", "two", "²", "99999999999999999999", ""])
def test_an_unknown_page_is_404_and_not_an_empty_page(long: httpx.Client, page: str) -> None:
    assert long.get(f"/catalog.ttl?page={page}").status_code == 404


def test_a_short_catalogue_has_no_pages(client: httpx.Client) -> None:
    assert b"hydra" not in client.get("/catalog.ttl").content
    assert client.get("/catalog.ttl?page=2").status_code == 404


# --- Trouble -----------------------------------------------------------------------------------------------------------------

EMPTY_CATALOGUE = f"<{BASE}catalog> a <http://www.w3.org/ns/dcat#Catalog> .".encode()
TROUBLES = {
    "missing": lambda release, folder: (shutil.copytree(release, folder) / "catalog.ttl").unlink(),
    "empty": lambda release, folder: (shutil.copytree(release, folder) / "catalog.ttl").write_bytes(b""),
    "cut": lambda release, folder: (shutil.copytree(release, folder) / "catalog.ttl").write_bytes(
        (release / "catalog.ttl").read_bytes()[:20000]
    ),
    "no Turtle": lambda release, folder: changed(release, folder, "catalog.ttl", b"<a> <b"),
    "without datasets": lambda release, folder: changed(release, folder, "catalog.ttl", EMPTY_CATALOGUE),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_damaged_catalogue_is_503_and_never_an_empty_answer(release: Path, tmp_path: Path, trouble: str) -> None:
    TROUBLES[trouble](release, tmp_path / "release")
    with served(tmp_path / "release") as address, httpx.Client(base_url=address, timeout=30) as client:
        for path in ("/catalog", "/catalog.ttl", "/catalog.rdf", "/catalog.html"):
            for method in ("GET", "HEAD"):
                answer = client.request(method, path)
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "300")
        assert client.get("/dataset/emilia-romagna.ttl").status_code == 200


def test_a_catalogue_that_is_damaged_while_it_is_served_is_503(release: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(release, tmp_path / "release")
    with served(folder) as address, httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/catalog.ttl").status_code == 200
        (folder / "catalog.ttl").write_bytes(b"")
        (folder / "catalog-it.rdf").unlink()
        assert client.get("/catalog.ttl").status_code == 503
        assert client.get("/catalog-it.rdf").status_code == 503
        assert client.get("/catalog.jsonld").status_code == 200


# --- The versions before -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def second(small_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The second of two releases, served."""
    data, releases = data_folder(small_data, "versions"), tmp_path_factory.mktemp("versions") / "releases"
    published(data, releases)
    published(edited(data), releases)
    with served(releases) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def test_the_page_of_releases_links_to_versions_and_they_to_their_files(second: httpx.Client) -> None:
    page = second.get("/dataset/releases", headers={"Accept": "text/html"}).text
    (version,) = set(re.findall(r'href="/dataset/(all-[0-9a-f]{12})"', page))
    its_own = second.get(f"/dataset/{version}", headers={"Accept": "text/html", "Accept-Language": "en"}).text
    assert "Address, while this version is available" in its_own
    addresses = re.findall(r'href="(/by-hash/sha256/[0-9a-f]{64})"', its_own)
    assert len(addresses) == 2
    for address in addresses:
        answer = second.get(address)
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == address.rpartition("/")[2]


def test_the_data_of_a_version_has_its_series_and_its_predecessor(second: httpx.Client) -> None:
    assert "dataset/all-" not in second.get("/catalog.ttl").text
    (version,) = set(re.findall(r"dataset/(all-[0-9a-f]{12})>", second.get("/dataset/all.ttl").text))
    turtle = second.get(f"/dataset/{version}.ttl").text
    assert "dcat:inSeries" in turtle
    assert version in second.get("/dataset/all.ttl").text, "dcat:prev"


def test_the_404_of_an_unknown_version_names_the_list_of_versions(second: httpx.Client) -> None:
    for name in ("all-0123456789ab", "all-0123456789ab.ttl"):
        answer = second.get(f"/dataset/{name}")
        assert answer.status_code == 404
        assert "/dataset/releases lists those that are" in answer.json()["detail"]
