"""Test the feed over HTTP: its root, its immutable pages and Atom, with two releases and a real server."""

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pyoxigraph as ox
import pytest

from passo_lod.catalog import Catalog
from passo_lod.namespaces import TREE
from passo_lod.pipeline.publish import publish
from passo_lod.release.publish_policy import OPEN
from tests.serving import served

PAGES = Path(__file__).resolve().parents[2] / "fixtures" / "emilia-romagna"


@pytest.fixture(scope="module")
def releases(small_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = small_data("feed-served")
    samples = data / "sources" / "emilia-romagna" / "samples"
    folder = tmp_path_factory.mktemp("feed") / "releases"
    for name in ("good-l2", "good-l1"):
        shutil.copy(PAGES / f"{name}.txt", samples)
        publish(Catalog.open(data), folder, policy=OPEN)
    return folder


@pytest.fixture(scope="module")
def client(releases: Path) -> Iterator[httpx.Client]:
    with served(releases, "--workers", "1") as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def pages(releases: Path) -> list[str]:
    issues = json.loads((releases / "current/feed/index.json").read_bytes())["issues"]
    return [page for issue in issues for page in issue["pages"]]


FORMS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
}
EXTENSIONS = {"text/turtle": "ttl", "application/ld+json": "jsonld", "application/trig": "trig"}


@pytest.mark.parametrize("form", FORMS)
def test_the_root_is_the_same_graph_in_every_syntax(client: httpx.Client, form: str) -> None:
    """By the header and by the ending; the node is called by the address where it was fetched."""
    url = str(client.base_url.join("/feed"))
    answers = [client.get("/feed", headers={"Accept": form}), client.get(f"/feed.{EXTENSIONS[form]}")]
    assert [answer.headers["content-type"].partition(";")[0] for answer in answers] == [form, form]
    assert answers[0].content == answers[1].content
    quads = set(ox.parse(answers[0].content, format=FORMS[form], base_iri=url))
    turtle = client.get("/feed.ttl").content
    assert quads == set(ox.parse(turtle, format=ox.RdfFormat.TURTLE, base_iri=url))
    assert {quad.subject.value for quad in quads if quad.predicate == TREE.relation} == {url}


def test_pages_are_immutable_and_the_root_is_not(client: httpx.Client, pages: list[str]) -> None:
    assert client.get("/feed").headers["cache-control"] == "public, max-age=300"
    for page in pages:
        answer = client.get(f"/feed/pages/{page}")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "application/trig"


@pytest.mark.parametrize(
    "path", ["/feed", "/feed.atom", "/feed/pages/{}", "/feed/pages/{}.trig", "/feed/pages/{}.jsonld"]
)
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_client_with_the_entity_tag_gets_304(
    client: httpx.Client, pages: list[str], path: str, encoding: str
) -> None:
    headers = {"Accept-Encoding": encoding}
    answer = client.get(path.format(pages[0]), headers=headers)
    again = client.get(path.format(pages[0]), headers={**headers, "If-None-Match": answer.headers["etag"]})
    assert (answer.status_code, again.status_code, again.content) == (200, 304, b"")
    head = client.head(path.format(pages[0]), headers=headers)
    assert (head.status_code, head.headers["etag"], head.content) == (200, answer.headers["etag"], b"")


def test_a_page_is_sent_with_the_bytes_of_its_file(client: httpx.Client, pages: list[str], releases: Path) -> None:
    stored = (releases / f"current/feed/pages/{pages[0]}.trig.gz").read_bytes()
    with client.stream("GET", f"/feed/pages/{pages[0]}", headers={"Accept-Encoding": "gzip"}) as answer:
        assert b"".join(answer.iter_raw()) == stored
    plain = client.get(f"/feed/pages/{pages[0]}", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert plain.content == gzip.decompress(stored)


def test_a_page_has_the_same_quads_in_json_ld(client: httpx.Client, pages: list[str]) -> None:
    for page in pages:
        url = str(client.base_url.join(f"/feed/pages/{page}"))
        answers = {form: client.get(url, headers={"Accept": form}).content for form in list(FORMS)[1:]}
        json_ld, trig = (set(ox.parse(text, format=FORMS[form], base_iri=url)) for form, text in answers.items())
        assert json_ld == trig
        assert b"relative.invalid" not in answers["application/ld+json"]


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/feed/pages/nothing", None, 404),
        ("/feed/pages/..%2f..%2fmanifest.json", None, 404),
        ("/feed.rdf", None, 404),
        ("/feed.", None, 404),
        ("/feed", "application/rdf+xml", 406),
        ("/feed/pages/{}", "text/turtle", 406),
        ("/feed/pages/{}.ttl", None, 404),
    ],
)
def test_an_unknown_page_or_form_is_a_problem(
    client: httpx.Client, pages: list[str], path: str, accept: str | None, status: int
) -> None:
    headers = {"Accept": accept} if accept else {}
    answer = client.get(path.format(pages[0]), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(("language", "word"), [("it", "Nuovo: "), ("en", "New: ")])
def test_the_atom_feed_is_in_the_language_of_the_reader(client: httpx.Client, language: str, word: str) -> None:
    by_link = client.get(f"/feed.atom?lang={language}")
    by_header = client.get("/feed.atom", headers={"Accept-Language": language})
    assert by_link.content == by_header.content
    assert by_link.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert by_link.headers["content-language"] == language
    titles = [
        each.text or "" for each in ElementTree.fromstring(by_link.content).iter("{http://www.w3.org/2005/Atom}title")
    ]
    assert len([title for title in titles if title.startswith(word)]) == 2


@pytest.mark.parametrize(("language", "words"), [("it", ("Novità", "Modificati")), ("en", ("Changes", "Changed"))])
def test_the_page_lists_the_changes_of_each_release(
    client: httpx.Client, language: str, words: tuple[str, str]
) -> None:
    answer = client.get("/feed", headers={"Accept": "text/html", "Accept-Language": language})
    assert all(word in answer.text for word in words)
    assert "/doc/process/er-good-l2" in answer.text
    assert answer.text.count("<section id=") == 2


def test_every_page_links_to_the_feed_if_there_is_one(
    client: httpx.Client, serve_folder: Callable[[Path], object], write_release: Callable[[Path], Path], tmp_path: Path
) -> None:
    link = '<link rel="alternate" type="application/atom+xml" href="/feed.atom?lang=it"'
    assert link in client.get("/", headers={"Accept": "text/html"}).text
    write_release(tmp_path / "one")
    (tmp_path / "current").symlink_to("one")
    with serve_folder(tmp_path) as address:  # type: ignore[attr-defined]
        assert "feed.atom" not in httpx.get(address, headers={"Accept": "text/html"}).text
        assert [httpx.get(f"{address}{path}").status_code for path in ("/feed", "/feed.atom")] == [404, 404]
