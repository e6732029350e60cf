"""No text of the data turns the direction of a page, and no IRI with credentials becomes a link: on every page, with hostile data."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.store.conftest import BASE, DATA, write_release

CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
"""The characters of Unicode that set a direction (UAX #9, 2)."""
TURNED = f"exe{CONTROLS}gpj"
CREDENTIALS = "https://www.example.org:80@evil.example/"

HOSTILE = f"""
data:invented {{
  <{BASE}id/process/xx-0003> a passo:ParticipatoryProcess ; dct:title "{TURNED}"@it , "{TURNED}"@en ;
    passo:affectedTerritory <{BASE}id/place/istat-099003> ;
    passo:hasPhase <{BASE}id/process/xx-0003/phase/1> ;
    dct:license <{CREDENTIALS}licence> ; foaf:isPrimaryTopicOf <{BASE}doc/process/xx-0003> ;
    foaf:homepage <{CREDENTIALS}> , <HTTPS://user@evil.example/> , <https://park.example.org/@people> .
  <{BASE}id/process/xx-0003/phase/1> a passo:ProcessPhase ; dct:title "{TURNED}"@it .
}}
data:places {{ <{BASE}id/place/istat-099003> a dct:Location ; skos:prefLabel "{TURNED}"@it , "{TURNED}"@en . }}
<https://w3id.org/passo/controlled-vocabulary/turned> {{
  <https://w3id.org/passo/controlled-vocabulary/turned> a skos:ConceptScheme ; dct:title "{TURNED}"@it , "{TURNED}"@en .
}}
"""

CATALOGUE = f"""
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
<{BASE}catalog> a dcat:Catalog ; dcat:dataset <{BASE}dataset/invented> .
<{BASE}dataset/invented> a dcat:Dataset ; dct:title "{TURNED}"@it ; dct:description "{TURNED}"@it ; dct:license <{CREDENTIALS}> .
"""
BOTH = {"it": TURNED, "en": TURNED}
FEED = {
    "issues": [
        {
            "release": "2026-11-22T101500Z-abc123",
            "time": "2026-11-22T10:15:00Z",
            "told": [{"event": "added", "thing": f"{BASE}id/process/xx-0003", "names": BOTH}],
            "counts": {"process": {"added": 1}},
            "pages": [],
        }
    ]
}

QUERIES = [
    {"query": "SELECT ?t { ?p <http://purl.org/dc/terms/title> ?t }"},
    {"query": "SELECT ?p ?t { ?p <http://purl.org/dc/terms/title> ?t }", "view": "raw"},
    {"query": "SELECT ?t (COUNT(*) AS ?n) { ?p <http://purl.org/dc/terms/title> ?t } GROUP BY ?t", "view": "chart"},
    {"query": "SELECT ?t (44.5 AS ?lat) (11.3 AS ?long) { ?p <http://purl.org/dc/terms/title> ?t }", "view": "map"},
    {"query": "CONSTRUCT { ?p <x:p> ?t } { ?p <http://purl.org/dc/terms/title> ?t }"},
    {"query": "SELECT * { ?s <http://xmlns.com/foaf/0.1/homepage> ?page }"},
]
PAGES = [
    *("/", "/processes", "/places", "/vocabulary", "/problems", "/dump/", "/feed", "/catalog.html", "/sparql"),
    *("/dataset/invented", "/doc/process/xx-0003", "/doc/place/istat-099003", "/doc/controlled-vocabulary/turned"),
    *(f"/sparql?{urlencode(parameters)}" for parameters in QUERIES),
    *(f"/processes?{urlencode({'sort': TURNED})}", f"/nothing/{TURNED}", f"/catalog.html?page={TURNED}"),
]


@pytest.fixture(scope="module")
def hostile_client(tmp_path_factory: pytest.TempPathFactory, serve_folder: Any) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("turned")
    release = write_release(folder / "one", data=DATA + HOSTILE)
    manifest = json.loads((release / "manifest.json").read_text())
    manifest |= {"title": BOTH, "publisher": BOTH, "licence": CREDENTIALS}
    manifest["sources"][0] |= {"title": BOTH, "licence": CREDENTIALS}
    for file in manifest["files"]:
        file["title"] = BOTH
    (release / "feed").mkdir()
    texts = {"catalog.ttl": CATALOGUE, "feed/feed.ttl": "", "feed/index.json": json.dumps(FEED)}
    for path, text in texts.items():
        manifest["files"].append(_write(release, path, text))
    (release / "manifest.json").write_text(json.dumps(manifest))
    (folder / "current").symlink_to("one")
    with serve_folder(folder) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def _write(folder: Path, path: str, text: str) -> dict[str, object]:
    data = text.encode()
    (folder / path).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return {"path": path, "media_type": "text/turtle", "bytes": len(data), "sha256": digest, "title": BOTH}


def page(client: httpx.Client, path: str, language: str = "it") -> str:
    answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": language})
    assert answer.status_code < 500
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["it", "en"])
def test_no_page_has_a_character_that_turns_its_text(hostile_client: httpx.Client, path: str, language: str) -> None:
    text = page(hostile_client, path, language)
    assert not [hex(ord(control)) for control in CONTROLS if control in text]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/processes",
        "/places",
        "/vocabulary",
        "/feed",
        "/catalog.html",
        "/dataset/invented",
        "/doc/process/xx-0003",
    ],
)
def test_a_page_shows_that_there_was_such_a_character(hostile_client: httpx.Client, path: str) -> None:
    assert "exe⟨U+202A⟩" in page(hostile_client, path)


def test_the_query_stays_as_it_was_written(hostile_client: httpx.Client) -> None:
    """The text box, which no direction leaves, has the query that is sent again."""
    query = f"SELECT ('{TURNED}' AS ?x) {{}}"
    text = page(hostile_client, f"/sparql?{urlencode({'query': query})}")
    box = re.search("<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)
    assert box is not None
    assert TURNED in box[1]
    assert TURNED not in text[text.index('<section id="result"') : text.index('<section class="elsewhere"')]


@pytest.mark.parametrize("path", PAGES)
def test_no_link_has_credentials(hostile_client: httpx.Client, path: str) -> None:
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page(hostile_client, path))
    assert links
    assert not [link for link in links if "evil.example" in link and not link.startswith("/")]


def test_an_iri_with_credentials_is_shown_and_others_are_linked(hostile_client: httpx.Client) -> None:
    text = page(hostile_client, "/doc/process/xx-0003")
    assert "www.example.org:80@evil.example" in text
    assert 'href="https://park.example.org/@people"' in text


def test_no_header_links_to_an_iri_with_credentials(hostile_client: httpx.Client) -> None:
    answer = hostile_client.get("/doc/process/xx-0003.ttl")
    assert "evil.example" not in answer.headers["link"]
    assert 'rel="canonical"' in answer.headers["link"]
